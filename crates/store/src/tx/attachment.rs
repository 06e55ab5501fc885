//! Writing what an attachment is and what has come of it.

use haven_model::attachment::{Attachment, attachments_of};
use haven_model::{Action, Resource, ResourceKey, Timestamp};
use rusqlite::named_params;

use super::Tx;
use super::write::Held;
use crate::attachment::{
    AttachmentRow, AttachmentStanding, NewAttachment, select, select_attachments,
};
use crate::error::{Result, StoreError};
use crate::seal::Place;
use crate::table::code::class_code;
use crate::table::resource::{self, Row};

impl Tx<'_> {
    /// Brings what is kept of a row's attachments in step with what the row refers to.
    pub(super) fn follow_attachments(
        &mut self,
        row: &Row,
        resource: &Resource,
        existed: bool,
    ) -> Result<()> {
        // The content of a Binary that is kept as a resource is in it.
        if row.key.resource_type == "Binary" {
            return Ok(());
        }
        let found = attachments_of(resource.bytes());
        let known = if existed {
            self.attachments_of_row(row.row_id)?
        } else {
            Vec::new()
        };
        for mut one in known.iter().cloned() {
            let named = found.iter().find(|attachment| attachment.url == one.url);
            if one.class != row.class {
                self.seal_for_class(&mut one, row.class)?;
            }
            match named {
                Some(named) => self.follow(one, named)?,
                None if !one.own && one.standing != AttachmentStanding::Whole => {
                    self.forget_content(&mut one)?;
                    self.link
                        .connection
                        .prepare_cached(include_str!("../attachment/remove.sql"))?
                        .execute(named_params! {":no": one.no})?;
                }
                None => {}
            }
        }
        for new in found {
            if known.iter().any(|one| one.url == new.url) {
                continue;
            }
            self.link
                .connection
                .prepare_cached(include_str!("../attachment/add.sql"))?
                .execute(named_params! {
                    ":row_id": row.row_id,
                    ":url": new.url,
                    ":id": new.id,
                    ":class": class_code(row.class),
                    ":content_type": new.content_type,
                    ":declared_bytes": signed(new.bytes),
                    ":declared_hash": new.hash,
                    ":now": self.op.now.as_millis(),
                })?;
        }
        Ok(())
    }

    /// Looks for attachments of a resource that was kept before attachments were followed.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn examine_attachments(&mut self, key: &ResourceKey) -> Result<()> {
        match self.held(key)? {
            Some(Held {
                row,
                resource: Some(resource),
            }) => self.follow_attachments(&row, &resource, true),
            Some(_) | None => Ok(()),
        }
    }

    /// Takes over what the resource says of the content now; content of another hash is asked for anew.
    fn follow(&mut self, mut one: AttachmentRow, named: &Attachment) -> Result<()> {
        let differs = |before: bool, now: bool| before && now;
        let another_hash = differs(one.declared_hash.is_some(), named.hash.is_some())
            && one.declared_hash != named.hash;
        let another_size = differs(one.declared_bytes.is_some(), named.bytes.is_some())
            && one.declared_bytes != named.bytes;
        let unchanged = one.declared_hash == named.hash
            && one.declared_bytes == named.bytes
            && one.content_type == named.content_type;
        if unchanged {
            return Ok(());
        }
        let is_unsent = one.own && one.standing == AttachmentStanding::ToSend;
        if (another_hash || another_size) && !is_unsent {
            self.forget_content(&mut one)?;
            one.own = false;
            one.standing = AttachmentStanding::Wanted;
            (one.attempts, one.next_attempt_at, one.reason) = (0, None, None);
        }
        one.declared_hash = named.hash.clone().or(one.declared_hash);
        one.declared_bytes = named.bytes.or(one.declared_bytes);
        one.content_type = named.content_type.clone().or(one.content_type);
        self.put_attachment(&one)
    }

    /// Keeps content made here beside the resource that refers to it; [`Tx::append_content`] brings it,
    /// in the same transaction.
    ///
    /// # Errors
    /// `not_found` when the resource does not refer to it; `not_permitted` by role.
    pub fn begin_own_attachment(&mut self, new: &NewAttachment) -> Result<AttachmentRow> {
        let row = resource::by_key(self.link, &new.owner)?
            .ok_or_else(|| StoreError::not_found(&new.owner.resource_type))?;
        self.vault.permit(Action::Write, row.class)?;
        let mut one = self
            .attachments_of_row(row.row_id)?
            .into_iter()
            .find(|one| one.url == new.url)
            .ok_or_else(|| StoreError::not_found("attachment"))?;
        self.forget_content(&mut one)?;
        one.own = true;
        one.standing = AttachmentStanding::ToSend;
        one.total_bytes = Some(new.bytes);
        one.sha256 = Some(new.sha256);
        one.verified_by = Some("made_here".to_owned());
        self.put_attachment(&one)?;
        self.note("attachment-add", Some(&new.owner), None, None)?;
        Ok(one)
    }

    /// Keeps the next piece of content, sealed to its place.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn append_content(&mut self, one: &mut AttachmentRow, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let (link, vault) = (self.reader.link, self.reader.vault);
        let too_large = || StoreError::invalid("The attachment is too large.");
        let begins_at = i64::try_from(one.held_bytes).map_err(|_| too_large())?;
        let length = i64::try_from(bytes.len()).map_err(|_| too_large())?;
        let (part, key) = (one.part(), one.key());
        let place = Place {
            part: &part,
            class: one.class,
            key: &key,
            version: begins_at,
            deleted: false,
        };
        let body = link.codec.seal_plainly(vault, &place, bytes)?;
        link.connection
            .prepare_cached(include_str!("../attachment/add_chunk.sql"))?
            .execute(named_params! {
                ":no": one.no, ":begins_at": begins_at, ":bytes": length, ":body": body,
            })?;
        one.held_bytes = one.held_bytes.saturating_add(bytes.len() as u64);
        self.put_attachment(one)
    }

    /// Throws away what is held of content that has to be read anew.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn drop_content(&mut self, one: &mut AttachmentRow) -> Result<()> {
        if one.own {
            return Err(StoreError::precondition(
                "Content made on this device is kept until the server has it.",
            ));
        }
        self.forget_content(one)?;
        self.put_attachment(one)
    }

    fn forget_content(&mut self, one: &mut AttachmentRow) -> Result<()> {
        self.link
            .connection
            .prepare_cached(include_str!("../attachment/remove_chunks.sql"))?
            .execute(named_params! {":no": one.no})?;
        (one.held_bytes, one.total_bytes) = (0, None);
        (one.validator, one.sha256, one.verified_by) = (None, None, None);
        Ok(())
    }

    /// Writes how an attachment stands.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put_attachment(&mut self, one: &AttachmentRow) -> Result<()> {
        self.link
            .connection
            .prepare_cached(include_str!("../attachment/put.sql"))?
            .execute(named_params! {
                ":no": one.no,
                ":url": one.url,
                ":class": class_code(one.class),
                ":own": one.own,
                ":standing": one.standing.code(),
                ":content_type": one.content_type,
                ":declared_bytes": signed(one.declared_bytes),
                ":declared_hash": one.declared_hash,
                ":total_bytes": signed(one.total_bytes),
                ":held_bytes": signed(Some(one.held_bytes)),
                ":sent_bytes": signed(Some(one.sent_bytes)),
                ":validator": one.validator,
                ":sha256": one.sha256.as_ref().map(<[u8; 32]>::as_slice),
                ":verified_by": one.verified_by,
                ":sent_as": one.sent_as,
                ":attempts": one.attempts,
                ":next_attempt_at": one.next_attempt_at.map(Timestamp::as_millis),
                ":reason": one.reason,
                ":now": self.op.now.as_millis(),
            })?;
        Ok(())
    }

    /// Notes that content is whole: here (`attachment-received`) or at the server (`attachment-sent`).
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn attachment_arrived(&mut self, one: &AttachmentRow) -> Result<()> {
        self.put_attachment(one)?;
        let act = if one.own {
            "attachment-sent"
        } else {
            "attachment-received"
        };
        self.note(act, Some(&one.owner), None, None)?;
        self.changes.sync = true;
        Ok(())
    }

    /// Makes the resource name the id that the server chose for content made here: an edit that
    /// travels as any other.
    ///
    /// # Errors
    /// `conflict` while the resource waits for a person; it is then renamed later.
    pub fn rename_attachment(&mut self, one: &AttachmentRow) -> Result<()> {
        let Some(new_id) = one.sent_as.clone() else {
            return Ok(());
        };
        let renamed = AttachmentRow {
            url: format!("Binary/{new_id}"),
            sent_as: None,
            ..one.clone()
        };
        let held = self.held(&one.owner)?.and_then(|held| held.resource);
        self.put_attachment(&renamed)?;
        let Some(resource) = held else {
            return Ok(());
        };
        let text = String::from_utf8_lossy(resource.bytes());
        let changed = text.replace(&format!("\"{}\"", one.url), &format!("\"{}\"", renamed.url));
        let changed = Resource::parse(changed.as_bytes())
            .map_err(|_| StoreError::integrity("a stored resource does not parse"))?;
        self.edit(changed)
    }

    fn attachments_of_row(&self, row_id: i64) -> Result<Vec<AttachmentRow>> {
        select(
            self.link,
            select_attachments!("of_row"),
            &[(":row_id", &row_id)],
        )
    }

    /// Content follows the class of the resource that refers to it.
    fn seal_for_class(
        &mut self,
        one: &mut AttachmentRow,
        class: haven_model::SensitivityClass,
    ) -> Result<()> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let (part, key) = (one.part(), one.key());
        let mut statement = link
            .connection
            .prepare_cached(include_str!("../attachment/chunks.sql"))?;
        let mut rows = statement.query(named_params! {":no": one.no, ":from": -1})?;
        while let Some(row) = rows.next()? {
            let body: Vec<u8> = row.get("body")?;
            let before = Place {
                part: &part,
                class: one.class,
                key: &key,
                version: row.get("begins_at")?,
                deleted: false,
            };
            let bytes = link.codec.open(vault, &before, &body)?;
            let after = Place { class, ..before };
            let body = link.codec.seal_plainly(vault, &after, &bytes)?;
            let chunk_no: i64 = row.get("chunk_no")?;
            link.connection
                .prepare_cached(include_str!("../attachment/put_chunk.sql"))?
                .execute(named_params! {":chunk_no": chunk_no, ":body": body})?;
        }
        one.class = class;
        self.put_attachment(one)
    }
}

fn signed(bytes: Option<u64>) -> Option<i64> {
    bytes.and_then(|bytes| i64::try_from(bytes).ok())
}
