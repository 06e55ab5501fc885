//! Which plain FHIR server a row belongs to.

use std::collections::{BTreeMap, HashMap};

use haven_model::{ResourceKey, SyncStatus};
use rusqlite::{OptionalExtension, named_params};

use super::code::{IdIn, IdOut, status_of};
use crate::error::Result;
use crate::link::Link;
use crate::ownership::{RowThere, Standing};

/// Notes that a resource belongs to the server of that name; one that is not here is passed over.
pub(crate) fn put(link: &Link, key: &ResourceKey, remote: &str) -> Result<()> {
    let Some(type_no) = link.words.find(&link.connection, &key.resource_type)? else {
        return Ok(());
    };
    let remote_no = link.words.intern(&link.connection, remote)?;
    link.connection
        .prepare_cached(include_str!("remote_row/put.sql"))?
        .execute(named_params! {
            ":type_no": type_no, ":id": IdIn(&key.id), ":remote_no": remote_no,
        })?;
    Ok(())
}

/// The server that a resource belongs to; `None` for the hub's, or nobody's yet.
pub(crate) fn of(link: &Link, key: &ResourceKey) -> Result<Option<String>> {
    let Some(type_no) = link.words.find(&link.connection, &key.resource_type)? else {
        return Ok(None);
    };
    let number: Option<i64> = link
        .connection
        .prepare_cached(include_str!("remote_row/of_row.sql"))?
        .query_row(
            named_params! {":type_no": type_no, ":id": IdIn(&key.id)},
            |row| row.get("remote_no"),
        )
        .optional()?;
    number
        .map(|number| link.words.text(&link.connection, number))
        .transpose()
}

/// Whether any row belongs to a plain server.
pub(crate) fn some(link: &Link) -> Result<bool> {
    Ok(link
        .connection
        .prepare_cached(include_str!("remote_row/some.sql"))?
        .query_row([], |row| row.get("some"))?)
}

/// The servers of waiting changes: of the row itself, else of the patient whose chart it is in.
pub(crate) fn waiting(link: &Link) -> Result<HashMap<ResourceKey, String>> {
    let patient_type = link.words.find(&link.connection, "Patient")?;
    let mut statement = link
        .connection
        .prepare_cached(include_str!("remote_row/waiting.sql"))?;
    let mut rows = statement.query(named_params! {":patient_type": patient_type})?;
    let mut waiting = HashMap::new();
    while let Some(row) = rows.next()? {
        let resource_type = link.words.text(&link.connection, row.get("type_no")?)?;
        let id: IdOut = row.get("id")?;
        let key = ResourceKey {
            resource_type,
            id: id.0,
        };
        let remote = link.words.text(&link.connection, row.get("remote_no")?)?;
        waiting.insert(key, remote);
    }
    Ok(waiting)
}

/// What is known of a key's versions; `None` where there is no such row.
pub(crate) fn standing(link: &Link, key: &ResourceKey) -> Result<Option<Standing>> {
    let Some(type_no) = link.words.find(&link.connection, &key.resource_type)? else {
        return Ok(None);
    };
    let mut statement = link
        .connection
        .prepare_cached(include_str!("remote_row/standing.sql"))?;
    let mut rows = statement.query(named_params! {":type_no": type_no, ":id": IdIn(&key.id)})?;
    rows.next()?
        .map(|row| {
            Ok(Standing {
                status: status_of(row.get("status")?)?,
                deleted: row.get::<_, Option<i64>>("deleted_at")?.is_some(),
                server_version: row.get("server_version")?,
                base_version: row.get("base_version")?,
                conflict_version: row.get("conflict_version")?,
            })
        })
        .transpose()
}

/// The rows of a type that the server of that name is known to hold.
pub(crate) fn there(link: &Link, remote: &str, resource_type: &str) -> Result<Vec<RowThere>> {
    let words = &link.words;
    let (Some(remote_no), Some(type_no)) = (
        words.find(&link.connection, remote)?,
        words.find(&link.connection, resource_type)?,
    ) else {
        return Ok(Vec::new());
    };
    let mut statement = link
        .connection
        .prepare_cached(include_str!("remote_row/there.sql"))?;
    let rows = statement.query_map(
        named_params! {":remote_no": remote_no, ":type_no": type_no},
        |row| {
            Ok(RowThere {
                id: row.get::<_, IdOut>("id")?.0,
                server_version: row.get("server_version")?,
                clean: row.get("clean")?,
            })
        },
    )?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
}

/// How many rows of each type the server of that name is known to hold.
pub(crate) fn counts(link: &Link, remote: &str) -> Result<BTreeMap<String, u64>> {
    let Some(remote_no) = link.words.find(&link.connection, remote)? else {
        return Ok(BTreeMap::new());
    };
    let mut statement = link
        .connection
        .prepare_cached(include_str!("remote_row/count.sql"))?;
    let mut rows = statement.query(named_params! {":remote_no": remote_no})?;
    let mut counts = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let resource_type = link.words.text(&link.connection, row.get("type_no")?)?;
        let n = u64::try_from(row.get::<_, i64>("n")?).unwrap_or(0);
        counts.insert(resource_type, n);
    }
    Ok(counts)
}

/// How many rows belong to the server of that name, whatever their state.
pub(crate) fn owned(link: &Link, remote: &str) -> Result<u64> {
    let Some(remote_no) = link.words.find(&link.connection, remote)? else {
        return Ok(0);
    };
    let n: i64 = link
        .connection
        .prepare_cached(include_str!("remote_row/any_of.sql"))?
        .query_row(named_params! {":remote_no": remote_no}, |row| row.get("n"))?;
    Ok(u64::try_from(n).unwrap_or(0))
}

impl Standing {
    /// Whether a version of the server is known here: held, built upon, or before a person.
    #[must_use]
    pub fn knows(&self, version: &str) -> bool {
        let held = match self.status {
            SyncStatus::Synced => self.server_version.as_deref(),
            SyncStatus::Pending
            | SyncStatus::Syncing
            | SyncStatus::Conflict
            | SyncStatus::Rejected
            | SyncStatus::LocalOnly => self.base_version.as_deref(),
        };
        held == Some(version) || self.conflict_version.as_deref() == Some(version)
    }
}
