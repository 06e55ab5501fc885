//! Content that resources refer to as an attachment: wanted, kept piece by piece, whole, or to be sent.
//!
//! Invariants: a piece is sealed to its attachment and its place in it; `sha256` is set only once all
//! of the content is here and was found to be what it should be, and whoever reads the content compares
//! with it again; what was made here leaves only with the server's word that it is whole there.

use haven_model::{ResourceKey, SensitivityClass, Timestamp};
use rusqlite::{Row as SqlRow, named_params};
use sha2::{Digest, Sha256};

use crate::error::{Result, StoreError};
use crate::link::Link;
use crate::reader::Reader;
use crate::seal::{Place, Vault};
use crate::store::Store;
use crate::table::code::{IdOut, class_of};
use crate::tx::Tx;

/// Where an attachment's content stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachmentStanding {
    /// Not here, or not all of it.
    Wanted,
    /// Here, and verified.
    Whole,
    /// Made here, and not yet at the server.
    ToSend,
    /// At another server than the resource's own; it is not fetched.
    Elsewhere,
}

impl AttachmentStanding {
    const ALL: [Self; 4] = [Self::Wanted, Self::Whole, Self::ToSend, Self::Elsewhere];

    /// The word that JSON answers print.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Whole => "whole",
            Self::ToSend => "to_send",
            Self::Elsewhere => "elsewhere",
        }
    }

    pub(crate) fn code(self) -> i64 {
        match self {
            Self::Wanted => 0,
            Self::Whole => 1,
            Self::ToSend => 2,
            Self::Elsewhere => 3,
        }
    }

    fn of(code: i64) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|one| one.code() == code)
            .ok_or_else(|| StoreError::integrity("an attachment stands in an unknown way"))
    }
}

/// An attachment, as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentRow {
    /// Its number in this store.
    pub no: i64,
    /// The resource that refers to it.
    pub owner: ResourceKey,
    /// The patient in whose chart that is.
    pub patient: Option<String>,
    /// Where the resource says it is.
    pub url: String,
    /// The Binary's id when it was first met; its content is sealed to it.
    pub id: String,
    /// The resource's class.
    pub class: SensitivityClass,
    /// Whether it was made here.
    pub own: bool,
    /// Where it stands.
    pub standing: AttachmentStanding,
    /// `Attachment.contentType`.
    pub content_type: Option<String>,
    /// `Attachment.size`.
    pub declared_bytes: Option<u64>,
    /// `Attachment.hash`, base64.
    pub declared_hash: Option<String>,
    /// Its size, as the server told or as it was made.
    pub total_bytes: Option<u64>,
    /// So much of it is here, from the first byte on.
    pub held_bytes: u64,
    /// So much of it is at the server.
    pub sent_bytes: u64,
    /// What the server called the version that the bytes held are of.
    pub validator: Option<String>,
    /// SHA-256 of the whole, once verified.
    pub sha256: Option<[u8; 32]>,
    /// What it was verified by.
    pub verified_by: Option<String>,
    /// The id that the server chose, until the resource names it.
    pub sent_as: Option<String>,
    /// Failed attempts in a row.
    pub attempts: u32,
    /// Not tried before this.
    pub next_attempt_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub reason: Option<String>,
    /// When any of this changed.
    pub changed_at: Timestamp,
    pub(crate) row_id: i64,
}

impl AttachmentRow {
    pub(crate) fn read(link: &Link, row: &SqlRow<'_>) -> Result<Self> {
        let bytes = |name: &str| -> Result<Option<u64>> {
            let found: Option<i64> = row.get(name)?;
            Ok(found.and_then(|bytes| u64::try_from(bytes).ok()))
        };
        let sha256: Option<Vec<u8>> = row.get("sha256")?;
        let sha256 = sha256
            .map(|digest| {
                <[u8; 32]>::try_from(digest)
                    .map_err(|_| StoreError::integrity("an attachment's digest is cut short"))
            })
            .transpose()?;
        let patient: Option<IdOut> = row.get("patient")?;
        Ok(Self {
            no: row.get("no")?,
            owner: ResourceKey {
                resource_type: link.words.text(&link.connection, row.get("type_no")?)?,
                id: row.get::<_, IdOut>("owner_id")?.0,
            },
            patient: patient.map(|id| id.0),
            url: row.get("url")?,
            id: row.get("id")?,
            class: class_of(row.get("class")?)?,
            own: row.get("own")?,
            standing: AttachmentStanding::of(row.get("standing")?)?,
            content_type: row.get("content_type")?,
            declared_bytes: bytes("declared_bytes")?,
            declared_hash: row.get("declared_hash")?,
            total_bytes: bytes("total_bytes")?,
            held_bytes: bytes("held_bytes")?.unwrap_or(0),
            sent_bytes: bytes("sent_bytes")?.unwrap_or(0),
            validator: row.get("validator")?,
            sha256,
            verified_by: row.get("verified_by")?,
            sent_as: row.get("sent_as")?,
            attempts: row.get("attempts")?,
            next_attempt_at: row.get::<_, Option<i64>>("next_attempt_at")?.map(Timestamp),
            reason: row.get("reason")?,
            changed_at: Timestamp(row.get("changed_at")?),
            row_id: row.get("row_id")?,
        })
    }

    pub(crate) fn key(&self) -> ResourceKey {
        ResourceKey {
            resource_type: "Binary".to_owned(),
            id: self.id.clone(),
        }
    }

    pub(crate) fn part(&self) -> String {
        part_of(self.no)
    }
}

fn part_of(no: i64) -> String {
    format!("attachment:{no}")
}

/// What is made here and has to reach the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAttachment {
    /// The resource that refers to it, already written.
    pub owner: ResourceKey,
    /// The url in it.
    pub url: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of the whole.
    pub sha256: [u8; 32],
}

/// How many attachments stand where, of those that the user may see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttachmentCounts {
    /// Here and verified.
    pub whole: u64,
    /// Still to come.
    pub to_receive: u64,
    /// So many bytes of them, as far as that is known.
    pub to_receive_bytes: u64,
    /// Still to be sent.
    pub to_send: u64,
    /// So many bytes of them.
    pub to_send_bytes: u64,
    /// Of both, those whose last attempt failed.
    pub failed: u64,
}

/// The select list and joins that every query of whole rows starts with.
macro_rules! select_attachments {
    ($rest:literal) => {
        concat!(
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/src/attachment/columns.sql"
            )),
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/src/attachment/",
                $rest,
                ".sql"
            ))
        )
    };
}
pub(crate) use select_attachments;

pub(crate) fn select(
    link: &Link,
    sql: &str,
    parameters: &[(&str, &dyn rusqlite::ToSql)],
) -> Result<Vec<AttachmentRow>> {
    let mut statement = link.connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(AttachmentRow::read(link, row)?);
    }
    Ok(found)
}

/// Whether a row refers to content that the server has yet to get, or to be asked for by a new name.
pub(crate) fn is_sent_with(link: &Link, row_id: i64) -> Result<bool> {
    Ok(link
        .connection
        .prepare_cached(include_str!("tx/prune/sends_attachment.sql"))?
        .query_row(named_params! {":row_id": row_id}, |row| row.get("needed"))?)
}

/// Seals a chunk again under the present key of its class; answers how many that was.
pub(crate) fn reseal_chunk(tx: &mut Tx<'_>, chunk_no: i64) -> Result<u64> {
    let (link, vault) = (tx.link, tx.vault);
    let mut statement = link
        .connection
        .prepare_cached(include_str!("reseal/attachment.sql"))?;
    let mut rows = statement.query(named_params! {":number": chunk_no})?;
    let Some(row) = rows.next()? else {
        return Ok(0);
    };
    let (class, body): (_, Vec<u8>) = (class_of(row.get("class")?)?, row.get("body")?);
    if !crate::reseal::is_stale(vault, class, &body) {
        return Ok(0);
    }
    let part = part_of(row.get("no")?);
    let key = ResourceKey {
        resource_type: "Binary".to_owned(),
        id: row.get("id")?,
    };
    let place = Place {
        part: &part,
        class,
        key: &key,
        version: row.get("begins_at")?,
        deleted: false,
    };
    let body = link.codec.transfer(vault, &place, &body)?;
    link.connection
        .prepare_cached(include_str!("attachment/put_chunk.sql"))?
        .execute(named_params! {":chunk_no": chunk_no, ":body": body})?;
    Ok(1)
}

/// Hands the bytes held to `visit` in order, from a place on; a gap, an overlap or an altered piece is
/// an error.
fn visit_content<E: From<StoreError>>(
    link: &Link,
    vault: &Vault,
    row: &AttachmentRow,
    from: u64,
    mut visit: impl FnMut(&[u8]) -> Result<bool, E>,
) -> Result<(), E> {
    let damaged = || StoreError::integrity("the content of an attachment has a gap");
    let (part, key) = (row.part(), row.key());
    let mut statement = link
        .connection
        .prepare_cached(include_str!("attachment/chunks.sql"))
        .map_err(StoreError::from)?;
    let start = i64::try_from(from).map_err(|_| damaged())?;
    let mut rows = statement
        .query(named_params! {":no": row.no, ":from": start})
        .map_err(StoreError::from)?;
    let mut at = None;
    while let Some(chunk) = rows.next().map_err(StoreError::from)? {
        let begins_at: i64 = chunk.get("begins_at").map_err(StoreError::from)?;
        let body: Vec<u8> = chunk.get("body").map_err(StoreError::from)?;
        if at.is_some_and(|at| at != begins_at) || (at.is_none() && begins_at > start) {
            return Err(damaged().into());
        }
        let place = Place {
            part: &part,
            class: row.class,
            key: &key,
            version: begins_at,
            deleted: false,
        };
        let bytes = link.codec.open(vault, &place, &body)?;
        let length = i64::try_from(bytes.len()).map_err(|_| damaged())?;
        let skipped = usize::try_from(start.saturating_sub(begins_at).max(0)).unwrap_or(0);
        at = Some(begins_at.saturating_add(length));
        if !visit(bytes.get(skipped..).unwrap_or_default())? {
            return Ok(());
        }
    }
    let held = i64::try_from(row.held_bytes).map_err(|_| damaged())?;
    if at.unwrap_or(start.min(held)) != held {
        return Err(damaged().into());
    }
    Ok(())
}

impl Reader<'_> {
    /// The attachments of classes that the user may read: one by its id, or all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn attachments(&self, id: Option<&str>) -> Result<Vec<AttachmentRow>> {
        let readable = self.vault.readable_bits();
        select(
            self.link,
            select_attachments!("list"),
            &[(":readable", &readable), (":id", &id)],
        )
    }

    /// The attachment of that number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn attachment(&self, no: i64) -> Result<Option<AttachmentRow>> {
        let found = select(self.link, select_attachments!("by_no"), &[(":no", &no)])?;
        Ok(found.into_iter().next())
    }

    /// What is to be sent to a server or received from it, what is sent first. As `remote`,
    /// `None` is the hub; as `now`, it also finds what waits for a later try.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn due_attachments(
        &self,
        remote: Option<&str>,
        takes_unclaimed: bool,
        now: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<AttachmentRow>> {
        let link = self.link;
        let patient_type = link.words.find(&link.connection, "Patient")?;
        let (readable, now) = (self.vault.readable_bits(), now.map(Timestamp::as_millis));
        select(
            link,
            select_attachments!("due"),
            &[
                (":patient_type", &patient_type),
                (":readable", &readable),
                (":now", &now),
                (":remote", &remote),
                (":unclaimed", &takes_unclaimed),
                (":limit", &limit),
            ],
        )
    }

    /// Those that the server knows by another id than the resource that refers to them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn unnamed_attachments(&self) -> Result<Vec<AttachmentRow>> {
        let readable = self.vault.readable_bits();
        select(
            self.link,
            select_attachments!("unnamed"),
            &[(":readable", &readable)],
        )
    }

    /// How many stand where.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn attachment_counts(&self) -> Result<AttachmentCounts> {
        let mut statement = self
            .link
            .connection
            .prepare_cached(include_str!("attachment/counts.sql"))?;
        let mut rows = statement.query(named_params! {":readable": self.vault.readable_bits()})?;
        let mut counts = AttachmentCounts::default();
        while let Some(row) = rows.next()? {
            let number = |name: &str| -> Result<u64> {
                let found: f64 = row.get(name)?;
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a sum of sizes, none negative"
                )]
                Ok(found as u64)
            };
            let n = u64::try_from(row.get::<_, i64>("n")?).unwrap_or(0);
            let bytes = number("bytes")?;
            match AttachmentStanding::of(row.get("standing")?)? {
                AttachmentStanding::Whole => counts.whole += n,
                AttachmentStanding::Wanted => {
                    counts.to_receive += n;
                    counts.to_receive_bytes += bytes.saturating_sub(number("held")?);
                }
                AttachmentStanding::ToSend => {
                    counts.to_send += n;
                    counts.to_send_bytes += bytes.saturating_sub(number("sent")?);
                }
                AttachmentStanding::Elsewhere => {}
            }
            if row.get("failed")? {
                counts.failed += n;
            }
        }
        Ok(counts)
    }

    /// Hands the bytes held of an attachment to `visit`, in order, from a place on, until it answers
    /// that it has enough.
    ///
    /// # Errors
    /// `integrity` when a piece is missing or altered; whatever `visit` answers.
    pub fn attachment_bytes<E: From<StoreError>>(
        &self,
        row: &AttachmentRow,
        from: u64,
        visit: impl FnMut(&[u8]) -> Result<bool, E>,
    ) -> Result<(), E> {
        visit_content(self.link, self.vault, row, from, visit)
    }
}

impl Store {
    /// Hands the content of a whole attachment to `visit`; it was right only when this ends well.
    ///
    /// # Errors
    /// `precondition` when it is not whole here; `integrity` when it is not what was verified once;
    /// whatever `visit` answers.
    pub fn attachment_content<E: From<StoreError>>(
        &self,
        row: &AttachmentRow,
        mut visit: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(expected) = row.sha256 else {
            let not_here = "The content of this attachment is not on this device yet.";
            return Err(StoreError::precondition(not_here).into());
        };
        let mut digest = Sha256::new();
        self.snapshot(|reader| {
            reader.attachment_bytes(row, 0, |bytes| {
                digest.update(bytes);
                visit(bytes).map(|()| true)
            })
        })?;
        let found: [u8; 32] = digest.finalize().into();
        if found != expected {
            let altered = "the content of an attachment is not what was verified";
            return Err(StoreError::integrity(altered).into());
        }
        Ok(())
    }

    /// As [`Reader::attachments`].
    ///
    /// # Errors
    /// As [`Reader::attachments`].
    pub fn attachments(&self, id: Option<&str>) -> Result<Vec<AttachmentRow>> {
        self.snapshot(|reader| reader.attachments(id))
    }
}
