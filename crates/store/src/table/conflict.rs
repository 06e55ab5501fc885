//! Conflicts, and the sealed parts that tell of a patient.

use haven_model::{ConflictKind, Resource, ResourceKey, SensitivityClass, Timestamp, VectorClock};
use rusqlite::{OptionalExtension, Row as SqlRow, named_params};

use super::code::{IdOut, class_code, class_of};
use super::resource::restored;
use crate::conflict::{ConflictRow, ConflictStatus};
use crate::error::{Result, StoreError};
use crate::link::Link;
use crate::seal::{Place, Vault};
use crate::stored::RemoteVersion;

/// A conflict with what only the store needs of it.
pub(crate) struct Held {
    pub(crate) class: SensitivityClass,
    pub(crate) remote_modified: Timestamp,
    pub(crate) remote_device_id: Option<String>,
    pub(crate) conflict: ConflictRow,
}

impl Held {
    /// The remote side as it came.
    pub(crate) fn remote(&self) -> RemoteVersion {
        let conflict = &self.conflict;
        RemoteVersion {
            key: conflict.key.clone(),
            resource: conflict.remote.clone(),
            server_version: conflict.remote_version.clone(),
            vector_clock: conflict.remote_clock.clone(),
            last_modified: self.remote_modified,
            device_id: self.remote_device_id.clone(),
            device_name: conflict.remote_device.clone(),
            user: conflict.remote_author.clone(),
            edited_at: Some(conflict.remote_at),
        }
    }
}

/// A conflict as written, its sealed parts aside.
pub(crate) struct Written<'a> {
    pub(crate) id: &'a str,
    pub(crate) row_id: i64,
    pub(crate) class: SensitivityClass,
    pub(crate) kind: ConflictKind,
    pub(crate) rule: &'a str,
    pub(crate) remote: &'a RemoteVersion,
    pub(crate) local_author: Option<&'a str>,
    pub(crate) local_at: Timestamp,
    pub(crate) local_device: &'a str,
    /// Packed, as in the row.
    pub(crate) local_clock: &'a [u8],
    pub(crate) local_version: i64,
    pub(crate) retry_count: u32,
    pub(crate) opened_at: Timestamp,
}

/// Writes a conflict, open.
pub(crate) fn put(link: &Link, written: &Written<'_>) -> Result<()> {
    let remote = written.remote;
    link.connection
        .prepare_cached(include_str!("conflict/put.sql"))?
        .execute(named_params! {
            ":conflict_id": written.id,
            ":row_id": written.row_id,
            ":class": class_code(written.class),
            ":kind": written.kind.as_str(),
            ":rule": written.rule,
            ":remote_version": remote.server_version,
            ":remote_clock": link.words.pack_clock(&link.connection, &remote.vector_clock)?,
            ":remote_modified": remote.last_modified.as_millis(),
            ":remote_device_id": remote.device_id,
            ":remote_device": remote.device_name,
            ":remote_author": remote.user,
            ":remote_at": remote.edited_at.unwrap_or(remote.last_modified).as_millis(),
            ":local_author": written.local_author,
            ":local_at": written.local_at.as_millis(),
            ":local_device": written.local_device,
            ":local_clock": written.local_clock,
            ":local_version": written.local_version,
            ":retry_count": written.retry_count,
            ":opened_at": written.opened_at.as_millis(),
        })?;
    Ok(())
}

/// The number of the open conflict of a row.
pub(crate) fn open_id(link: &Link, row_id: i64) -> Result<Option<String>> {
    Ok(link
        .connection
        .prepare_cached(include_str!("conflict/open_id.sql"))?
        .query_row(named_params! {":row_id": row_id}, |row| {
            row.get("conflict_id")
        })
        .optional()?)
}

/// Closes a conflict; `version` is what a decision made here became.
pub(crate) fn close(
    link: &Link,
    id: &str,
    by: &str,
    version: Option<i64>,
    now: Timestamp,
) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("conflict/close.sql"))?
        .execute(named_params! {
            ":conflict_id": id, ":by": by, ":version": version, ":now": now.as_millis(),
        })?;
    Ok(())
}

/// Where the two sides of a conflict stand when it is opened again.
pub(crate) struct Reopened<'a> {
    pub(crate) remote_version: &'a str,
    pub(crate) remote_clock: &'a [u8],
    pub(crate) local_clock: &'a [u8],
    pub(crate) local_version: i64,
}

/// Opens a closed conflict again.
pub(crate) fn reopen(link: &Link, id: &str, sides: &Reopened<'_>) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("conflict/reopen.sql"))?
        .execute(named_params! {
            ":conflict_id": id,
            ":remote_version": sides.remote_version,
            ":remote_clock": sides.remote_clock,
            ":local_clock": sides.local_clock,
            ":local_version": sides.local_version,
        })?;
    Ok(())
}

/// Notes which version the server's side is now, its content unchanged.
pub(crate) fn move_remote(
    link: &Link,
    id: &str,
    version: &str,
    clock: &VectorClock,
    modified: Timestamp,
) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("conflict/move_remote.sql"))?
        .execute(named_params! {
            ":conflict_id": id,
            ":remote_version": version,
            ":remote_clock": link.words.pack_clock(&link.connection, clock)?,
            ":remote_modified": modified.as_millis(),
        })?;
    Ok(())
}

/// Notes with which others a conflict was decided.
pub(crate) fn set_batch(link: &Link, id: &str, batch: &str) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("conflict/set_batch.sql"))?
        .execute(named_params! {":conflict_id": id, ":batch": batch})?;
    Ok(())
}

/// Notes who ended a closed conflict.
pub(crate) fn set_ending(link: &Link, id: &str, by: &str) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("conflict/set_ending.sql"))?
        .execute(named_params! {":conflict_id": id, ":by": by})?;
    Ok(())
}

/// Notes that the server has what was decided of a row up to a version.
pub(crate) fn told(link: &Link, row_id: i64, version: i64) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("conflict/told.sql"))?
        .execute(named_params! {":row_id": row_id, ":version": version})?;
    Ok(())
}

/// What was decided of a row up to a version that the server has not taken, oldest first.
pub(crate) fn untold(link: &Link, row_id: i64, version: i64) -> Result<Vec<String>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("conflict/untold.sql"))?;
    let ids = statement.query_map(
        named_params! {":row_id": row_id, ":version": version},
        |row| row.get("conflict_id"),
    )?;
    Ok(ids.collect::<rusqlite::Result<Vec<String>>>()?)
}

/// The name of a sealed part.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Base,
    Local,
    Remote,
    Fields,
    Draft,
    Reason,
}

impl Part {
    fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Local => "local",
            Self::Remote => "remote",
            Self::Fields => "fields",
            Self::Draft => "draft",
            Self::Reason => "reason",
        }
    }
}

/// What a sealed part belongs to.
pub(crate) struct Owner<'a> {
    pub(crate) id: &'a str,
    pub(crate) key: &'a ResourceKey,
    pub(crate) class: SensitivityClass,
}

impl Owner<'_> {
    fn place<'a>(&'a self, named: &'a str, deleted: bool) -> Place<'a> {
        Place {
            part: named,
            class: self.class,
            key: self.key,
            version: 0,
            deleted,
        }
    }

    fn named(&self, part: Part) -> String {
        format!("conflict:{}:{}", self.id, part.as_str())
    }
}

/// Seals and keeps one part; `None` stands for a side that deleted.
pub(crate) fn put_part(
    link: &Link,
    vault: &Vault,
    owner: &Owner<'_>,
    part: Part,
    bytes: Option<&[u8]>,
) -> Result<()> {
    let named = owner.named(part);
    let body = link.codec.seal(
        vault,
        &owner.place(&named, bytes.is_none()),
        bytes.unwrap_or_default(),
    )?;
    link.connection.prepare_cached(include_str!("conflict/put_part.sql"))?.execute(named_params! {
        ":conflict_id": owner.id, ":part": part.as_str(), ":deleted": bytes.is_none(), ":body": body,
    })?;
    Ok(())
}

fn part(link: &Link, vault: &Vault, owner: &Owner<'_>, part: Part) -> Result<Option<Vec<u8>>> {
    let found: Option<(bool, Vec<u8>)> = link
        .connection
        .prepare_cached(include_str!("conflict/part.sql"))?
        .query_row(
            named_params! {":conflict_id": owner.id, ":part": part.as_str()},
            |row| Ok((row.get("deleted")?, row.get("body")?)),
        )
        .optional()?;
    let Some((deleted, body)) = found else {
        return Ok(None);
    };
    let named = owner.named(part);
    let bytes = link
        .codec
        .open(vault, &owner.place(&named, deleted), &body)?;
    Ok((!deleted).then_some(bytes))
}

/// One conflict.
///
/// # Errors
/// `not_permitted` when the user may not read its class.
pub(crate) fn get(link: &Link, vault: &Vault, id: &str) -> Result<Option<Held>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("conflict/get.sql"))?;
    let mut rows = statement.query(named_params! {":conflict_id": id})?;
    rows.next()?.map(|row| read(link, vault, row)).transpose()
}

/// Conflicts that the user may read, oldest first.
pub(crate) fn list(link: &Link, vault: &Vault, open_only: bool) -> Result<Vec<ConflictRow>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("conflict/list.sql"))?;
    let mut rows = statement
        .query(named_params! {":open_only": open_only, ":readable": vault.readable_bits()})?;
    let mut conflicts = Vec::new();
    while let Some(row) = rows.next()? {
        conflicts.push(read(link, vault, row)?.conflict);
    }
    Ok(conflicts)
}

fn read(link: &Link, vault: &Vault, row: &SqlRow<'_>) -> Result<Held> {
    let id: String = row.get("conflict_id")?;
    let resource_type = link.words.text(&link.connection, row.get("type_no")?)?;
    let key = ResourceKey {
        resource_type,
        id: row.get::<_, IdOut>("id")?.0,
    };
    let class = class_of(row.get("class")?)?;
    let owner = Owner {
        id: &id,
        key: &key,
        class,
    };
    let side = |which| -> Result<Option<Resource>> {
        Ok(part(link, vault, &owner, which)?.and_then(|bytes| restored(&key, false, bytes)))
    };
    let text = |which| -> Result<Option<String>> {
        part(link, vault, &owner, which)?
            .map(String::from_utf8)
            .transpose()
            .map_err(|_| StoreError::integrity("a part of a conflict is not text"))
    };
    let malformed = || StoreError::integrity("a conflict's row cannot be read");
    let fields = part(link, vault, &owner, Part::Fields)?.unwrap_or_else(|| b"[]".to_vec());
    let clock: Vec<u8> = row.get("remote_clock")?;
    let remote_clock: VectorClock = link.words.unpack_clock(&link.connection, &clock)?;
    let local_clock = row
        .get::<_, Option<Vec<u8>>>("local_clock")?
        .map(|clock| link.words.unpack_clock(&link.connection, &clock))
        .transpose()?;
    let conflict = ConflictRow {
        patient: row.get::<_, Option<IdOut>>("patient")?.map(|id| id.0),
        kind: ConflictKind::from_word(&row.get::<_, String>("kind")?).ok_or_else(malformed)?,
        base: side(Part::Base)?,
        local: side(Part::Local)?,
        remote: side(Part::Remote)?,
        remote_version: row.get("remote_version")?,
        remote_clock,
        local_author: row.get("local_author")?,
        local_at: Timestamp(row.get("local_at")?),
        local_device: row.get("local_device")?,
        remote_author: row.get("remote_author")?,
        remote_at: Timestamp(row.get("remote_at")?),
        remote_device: row.get("remote_device")?,
        fields: serde_json::from_slice(&fields).map_err(|_| malformed())?,
        rule: row.get("rule")?,
        retry_count: row.get("retry_count")?,
        status: match row.get::<_, i64>("status")? {
            0 => ConflictStatus::Open,
            _ => ConflictStatus::Resolved,
        },
        opened_at: Timestamp(row.get("opened_at")?),
        resolved_at: row.get::<_, Option<i64>>("resolved_at")?.map(Timestamp),
        resolved_by: row.get("resolved_by")?,
        resolved_reason: text(Part::Reason)?,
        draft: text(Part::Draft)?,
        class,
        local_clock,
        local_version: row.get("local_version")?,
        decided_version: row.get("decided_version")?,
        batch: row.get("batch")?,
        id: id.clone(),
        key: key.clone(),
    };
    Ok(Held {
        class,
        remote_modified: Timestamp(row.get("remote_modified")?),
        remote_device_id: row.get("remote_device_id")?,
        conflict,
    })
}
