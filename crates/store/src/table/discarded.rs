//! Edits that were given up, and their sealed parts.

use haven_model::{Operation, Resource, ResourceKey, SensitivityClass, Timestamp};
use rusqlite::{Connection, Row as SqlRow, named_params};

use super::code::{IdIn, IdOut, class_code, class_of, operation_code, operation_of};
use crate::discarded::{Discarded, DiscardedWords};
use crate::error::{Result, StoreError};
use crate::link::Link;
use crate::seal::{Place, Vault};

const BODY: &str = "body";
const CIRCUMSTANCES: &str = "circumstances";

/// What a part is sealed to, besides its resource: its audit entry.
pub(crate) fn part_name(seq: i64, part: &str) -> String {
    format!("discarded:{seq}:{part}")
}

/// What the parts belong to.
pub(crate) struct Owner<'a> {
    pub(crate) seq: u64,
    pub(crate) key: &'a ResourceKey,
    pub(crate) class: SensitivityClass,
    pub(crate) version: i64,
    pub(crate) deleted: bool,
}

/// Both parts, opened.
pub(crate) struct Content {
    pub(crate) words: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

impl Content {
    /// The edited resource; `None` of a deletion.
    pub(crate) fn resource(&self, key: &ResourceKey) -> Result<Option<Resource>> {
        if self.body.is_empty() {
            return Ok(None);
        }
        let resource = Resource::parse(&self.body).map_err(|_| {
            StoreError::integrity("what was kept of a discarded edit is no resource")
        })?;
        if resource.key() != key {
            return Err(StoreError::integrity(
                "what was kept of a discarded edit is of another resource",
            ));
        }
        Ok(Some(resource))
    }
}

impl<'a> Owner<'a> {
    pub(crate) fn of(discarded: &'a Discarded) -> Self {
        Self {
            seq: discarded.seq,
            key: &discarded.key,
            class: discarded.class,
            version: discarded.version,
            deleted: discarded.operation == Operation::Delete,
        }
    }

    fn number(&self) -> i64 {
        i64::try_from(self.seq).unwrap_or(i64::MAX)
    }

    fn place<'p>(&'p self, part: &'p str) -> Place<'p> {
        Place {
            part,
            class: self.class,
            key: self.key,
            version: self.version,
            deleted: self.deleted,
        }
    }

    fn put(&self, link: &Link, vault: &Vault, part: &str, bytes: &[u8]) -> Result<()> {
        let name = part_name(self.number(), part);
        let body = link.codec.seal(vault, &self.place(&name), bytes)?;
        link.connection
            .prepare_cached(include_str!("discarded/put_part.sql"))?
            .execute(named_params! {":audit_seq": self.number(), ":part": part, ":body": body})?;
        Ok(())
    }

    fn part(&self, link: &Link, vault: &Vault, part: &str) -> Result<Vec<u8>> {
        let gone = || StoreError::integrity("what was kept of a discarded edit is gone");
        let mut statement = link
            .connection
            .prepare_cached(include_str!("discarded/part.sql"))?;
        let mut rows =
            statement.query(named_params! {":audit_seq": self.number(), ":part": part})?;
        let body: Vec<u8> = rows.next()?.ok_or_else(gone)?.get("body")?;
        let name = part_name(self.number(), part);
        link.codec.open(vault, &self.place(&name), &body)
    }

    /// Seals both parts to their audit entry.
    pub(crate) fn seal(&self, link: &Link, vault: &Vault, content: &Content) -> Result<()> {
        self.put(link, vault, CIRCUMSTANCES, &content.words)?;
        self.put(link, vault, BODY, &content.body)
    }

    /// Opens both parts.
    pub(crate) fn open(&self, link: &Link, vault: &Vault) -> Result<Content> {
        Ok(Content {
            words: self.part(link, vault, CIRCUMSTANCES)?,
            body: self.part(link, vault, BODY)?,
        })
    }

    fn words(&self, link: &Link, vault: &Vault) -> Result<DiscardedWords> {
        serde_json::from_slice(&self.part(link, vault, CIRCUMSTANCES)?)
            .map_err(|_| StoreError::integrity("why an edit was discarded does not read"))
    }
}

/// Writes what is known of an edit without its key.
pub(crate) fn insert(link: &Link, one: &Discarded) -> Result<()> {
    let word = |text: &str| link.words.intern(&link.connection, text);
    link.connection
        .prepare_cached(include_str!("discarded/insert.sql"))?
        .execute(named_params! {
            ":audit_seq": i64::try_from(one.seq).unwrap_or(i64::MAX),
            ":type_no": word(&one.key.resource_type)?,
            ":id": IdIn(&one.key.id),
            ":class": class_code(one.class),
            ":version": one.version,
            ":deleted": one.operation == Operation::Delete,
            ":operation": operation_code(one.operation),
            ":edited_at": one.edited_at.as_millis(),
            ":edited_by_no": one.edited_by.as_deref().map(word).transpose()?,
            ":at": one.at.as_millis(),
            ":actor_no": word(&one.actor)?,
            ":device_no": word(&one.device)?,
        })?;
    Ok(())
}

/// What was given up, newest first, with its words where this login reads them.
pub(crate) fn list(
    link: &Link,
    vault: &Vault,
    before_seq: Option<u64>,
    limit: u32,
) -> Result<Vec<Discarded>> {
    let before = before_seq.map(|seq| i64::try_from(seq).unwrap_or(i64::MAX));
    let mut statement = link
        .connection
        .prepare_cached(include_str!("discarded/list.sql"))?;
    let mut rows = statement.query(named_params! {":before": before, ":limit": limit})?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut one = read(link, row)?;
        if vault.reads(one.class) {
            one.words = Some(Owner::of(&one).words(link, vault)?);
        }
        found.push(one);
    }
    Ok(found)
}

/// The one of an audit entry.
pub(crate) fn one(link: &Link, vault: &Vault, seq: u64) -> Result<Option<Discarded>> {
    let found = list(link, vault, Some(seq.saturating_add(1)), 1)?.pop();
    Ok(found.filter(|one| one.seq == seq))
}

/// All of them, without their words.
pub(crate) fn all(link: &Link) -> Result<Vec<Discarded>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("discarded/list.sql"))?;
    let mut rows = statement.query(named_params! {":before": None::<i64>, ":limit": u32::MAX})?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(link, row)?);
    }
    Ok(found)
}

pub(crate) fn count(connection: &Connection) -> Result<u64> {
    let n: i64 =
        connection.query_row(include_str!("discarded/count.sql"), [], |row| row.get("n"))?;
    Ok(n.unsigned_abs())
}

pub(crate) fn clear(connection: &Connection) -> Result<()> {
    connection.execute(include_str!("discarded/clear_parts.sql"), [])?;
    connection.execute(include_str!("discarded/clear.sql"), [])?;
    Ok(())
}

fn read(link: &Link, row: &SqlRow<'_>) -> Result<Discarded> {
    let word = |number| link.words.text(&link.connection, number);
    Ok(Discarded {
        seq: row.get::<_, i64>("audit_seq")?.unsigned_abs(),
        at: Timestamp(row.get("at")?),
        actor: word(row.get("actor_no")?)?,
        device: word(row.get("device_no")?)?,
        key: ResourceKey {
            resource_type: word(row.get("type_no")?)?,
            id: row.get::<_, IdOut>("id")?.0,
        },
        class: class_of(row.get("class")?)?,
        version: row.get("version")?,
        operation: operation_of(row.get("operation")?)?,
        edited_at: Timestamp(row.get("edited_at")?),
        edited_by: row
            .get::<_, Option<i64>>("edited_by_no")?
            .map(word)
            .transpose()?,
        words: None,
    })
}
