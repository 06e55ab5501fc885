//! Earlier versions.

use haven_model::{SensitivityClass, Timestamp};
use rusqlite::named_params;

use super::code::{class_code, class_of};
use super::resource::{Row, restored};
use crate::error::{Result, StoreError};
use crate::link::Link;
use crate::seal::{Place, Vault};
use crate::stored::HistoryEntry;

/// Keeps a row as it stands, body sealed as it is, before it is replaced.
pub(crate) fn keep(link: &Link, row: &Row) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("history/insert.sql"))?
        .execute(named_params! {
            ":row_id": row.row_id,
            ":version": row.version,
            ":class": class_code(row.class),
            ":deleted": row.deleted_at.is_some(),
            ":server_version": row.server_version,
            ":clock": row.clock,
            ":last_modified": row.last_modified.as_millis(),
            ":device_no": row.device_no,
            ":author_no": row.author_no,
            ":body": row.body,
        })?;
    Ok(())
}

struct Kept {
    version: i64,
    class: SensitivityClass,
    deleted: bool,
    server_version: Option<String>,
    clock: Vec<u8>,
    last_modified: Timestamp,
    device_no: i64,
    author_no: Option<i64>,
    body: Vec<u8>,
}

/// The earlier versions of a row, newest first; those of a class the user may not read are left out.
pub(crate) fn of(link: &Link, vault: &Vault, row: &Row) -> Result<Vec<HistoryEntry>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("history/of_row.sql"))?;
    let mut rows = statement.query(named_params! {":row_id": row.row_id})?;
    let mut entries = Vec::new();
    while let Some(found) = rows.next()? {
        let kept = Kept {
            version: found.get("version")?,
            class: class_of(found.get("class")?)?,
            deleted: found.get("deleted")?,
            server_version: found.get("server_version")?,
            clock: found.get("clock")?,
            last_modified: Timestamp(found.get("last_modified")?),
            device_no: found.get("device_no")?,
            author_no: found.get("author_no")?,
            body: found.get("body")?,
        };
        if vault.reads_of(kept.class, row.patient.as_deref()) {
            entries.push(opened(link, vault, row, kept)?);
        }
    }
    Ok(entries)
}

fn opened(link: &Link, vault: &Vault, row: &Row, kept: Kept) -> Result<HistoryEntry, StoreError> {
    let place = Place {
        part: "row",
        class: kept.class,
        key: &row.key,
        version: kept.version,
        deleted: kept.deleted,
    };
    let bytes = link.open_row(vault, &place, &kept.body)?;
    let word = |number| link.words.text(&link.connection, number);
    Ok(HistoryEntry {
        version: kept.version,
        resource: restored(&row.key, kept.deleted, bytes),
        server_version: kept.server_version,
        vector_clock: link.words.unpack_clock(&link.connection, &kept.clock)?,
        last_modified: kept.last_modified,
        device_id: word(kept.device_no)?,
        author: kept.author_no.map(word).transpose()?,
        current: false,
    })
}
