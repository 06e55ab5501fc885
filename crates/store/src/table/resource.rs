//! Resources as they stand, tombstones included.

use std::sync::OnceLock;

use haven_model::{Resource, ResourceKey, SensitivityClass, SyncStatus, Timestamp, VectorClock};
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Params, Row as SqlRow, named_params};

use super::code::{IdIn, IdOut, class_code, class_of, status_code, status_of};
use crate::error::{Result, StoreError};
use crate::link::Link;
use crate::seal::{Place, Vault};
use crate::stored::{RowState, Stored};
use crate::sums;

/// A row as it stands in the table; its body still sealed, its clock still packed.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) row_id: i64,
    pub(crate) key: ResourceKey,
    pub(crate) patient: Option<String>,
    pub(crate) patient_no: Option<i64>,
    pub(crate) class: SensitivityClass,
    pub(crate) version: i64,
    pub(crate) server_version: Option<String>,
    pub(crate) clock: Vec<u8>,
    pub(crate) ticks: u64,
    pub(crate) last_modified: Timestamp,
    pub(crate) device_no: i64,
    pub(crate) author_no: Option<i64>,
    pub(crate) status: SyncStatus,
    pub(crate) deleted_at: Option<Timestamp>,
    pub(crate) deleted_by_no: Option<i64>,
    pub(crate) seen_at: Option<String>,
    pub(crate) last_accessed: Option<Timestamp>,
    pub(crate) body: Vec<u8>,
}

/// Where each column stands in the select list that all queries of whole rows share.
struct Columns {
    row_id: usize,
    type_no: usize,
    id: usize,
    patient: usize,
    patient_no: usize,
    class: usize,
    version: usize,
    server_version: usize,
    clock: usize,
    ticks: usize,
    last_modified: usize,
    device_no: usize,
    author_no: usize,
    status: usize,
    deleted_at: usize,
    deleted_by_no: usize,
    seen_at: usize,
    last_accessed: usize,
    body: usize,
}

static COLUMNS: OnceLock<Columns> = OnceLock::new();

impl Columns {
    /// Looked up by name with the first query: doing so costs more than reading a row.
    fn of(statement: &CachedStatement<'_>) -> Result<&'static Self> {
        if let Some(known) = COLUMNS.get() {
            return Ok(known);
        }
        let found = Self::look_up(statement)?;
        Ok(COLUMNS.get_or_init(|| found))
    }

    fn look_up(statement: &CachedStatement<'_>) -> Result<Self> {
        let at = |name| statement.column_index(name);
        Ok(Self {
            row_id: at("row_id")?,
            type_no: at("type_no")?,
            id: at("id")?,
            patient: at("patient")?,
            patient_no: at("patient_no")?,
            class: at("class")?,
            version: at("version")?,
            server_version: at("server_version")?,
            clock: at("clock")?,
            ticks: at("ticks")?,
            last_modified: at("last_modified")?,
            device_no: at("device_no")?,
            author_no: at("author_no")?,
            status: at("status")?,
            deleted_at: at("deleted_at")?,
            deleted_by_no: at("deleted_by_no")?,
            seen_at: at("seen_at")?,
            last_accessed: at("last_accessed")?,
            body: at("body")?,
        })
    }

    fn read(&self, link: &Link, row: &SqlRow<'_>) -> Result<Row> {
        let type_no: i64 = row.get(self.type_no)?;
        let id: IdOut = row.get(self.id)?;
        let resource_type = link.words.text(&link.connection, type_no)?;
        Ok(Row {
            row_id: row.get(self.row_id)?,
            key: ResourceKey {
                resource_type,
                id: id.0,
            },
            patient: row.get::<_, Option<IdOut>>(self.patient)?.map(|id| id.0),
            patient_no: row.get(self.patient_no)?,
            class: class_of(row.get(self.class)?)?,
            version: row.get(self.version)?,
            server_version: row.get(self.server_version)?,
            clock: row.get(self.clock)?,
            ticks: u64::try_from(row.get::<_, i64>(self.ticks)?).unwrap_or(0),
            last_modified: Timestamp(row.get(self.last_modified)?),
            device_no: row.get(self.device_no)?,
            author_no: row.get(self.author_no)?,
            status: status_of(row.get(self.status)?)?,
            deleted_at: row.get::<_, Option<i64>>(self.deleted_at)?.map(Timestamp),
            deleted_by_no: row.get(self.deleted_by_no)?,
            seen_at: row.get(self.seen_at)?,
            last_accessed: row
                .get::<_, Option<i64>>(self.last_accessed)?
                .map(Timestamp),
            body: row.get(self.body)?,
        })
    }
}

/// The select list and joins that every query of whole rows starts with.
macro_rules! select_rows {
    ($rest:literal) => {
        concat!(
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/src/table/resource/columns.sql"
            )),
            include_str!($rest)
        )
    };
}
pub(crate) use select_rows;

/// Every row that a query answers, handed over one by one.
pub(crate) fn each<E: From<StoreError>>(
    link: &Link,
    sql: &str,
    parameters: impl Params,
    mut visit: impl FnMut(Row) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = link
        .connection
        .prepare_cached(sql)
        .map_err(StoreError::from)?;
    let columns = Columns::of(&statement)?;
    let mut rows = statement.query(parameters).map_err(StoreError::from)?;
    while let Some(row) = rows.next().map_err(StoreError::from)? {
        visit(columns.read(link, row)?)?;
    }
    Ok(())
}

/// The one row that a query answers, if any.
fn one(link: &Link, sql: &str, parameters: impl Params) -> Result<Option<Row>> {
    let mut statement = link.connection.prepare_cached(sql)?;
    let columns = Columns::of(&statement)?;
    let mut rows = statement.query(parameters)?;
    rows.next()?.map(|row| columns.read(link, row)).transpose()
}

/// The row of a key.
pub(crate) fn by_key(link: &Link, key: &ResourceKey) -> Result<Option<Row>> {
    let Some(type_no) = link.words.find(&link.connection, &key.resource_type)? else {
        return Ok(None);
    };
    one(
        link,
        select_rows!("resource/by_key.sql"),
        named_params! {":type_no": type_no, ":id": IdIn(&key.id)},
    )
}

/// Rows by number, one after another: the statement is looked up once for all of them.
pub(crate) struct ByRowId<'l> {
    link: &'l Link,
    statement: CachedStatement<'l>,
}

impl<'l> ByRowId<'l> {
    pub(crate) fn new(link: &'l Link) -> Result<Self> {
        let sql = select_rows!("resource/by_row_id.sql");
        let statement = link.connection.prepare_cached(sql)?;
        Ok(Self { link, statement })
    }

    /// The row of a number.
    pub(crate) fn get(&mut self, row_id: i64) -> Result<Option<Row>> {
        let columns = Columns::of(&self.statement)?;
        let mut rows = self.statement.query([row_id])?;
        rows.next()?
            .map(|row| columns.read(self.link, row))
            .transpose()
    }
}

/// The row of a number.
pub(crate) fn by_row_id(link: &Link, row_id: i64) -> Result<Option<Row>> {
    ByRowId::new(link)?.get(row_id)
}

/// Adds a row; answers its number.
pub(crate) fn insert(link: &Link, row: &Row) -> Result<i64> {
    let type_no = link
        .words
        .intern(&link.connection, &row.key.resource_type)?;
    link.connection
        .prepare_cached(include_str!("resource/insert.sql"))?
        .execute(named_params! {
            ":type_no": type_no,
            ":id": IdIn(&row.key.id),
            ":patient_no": row.patient_no,
            ":class": class_code(row.class),
            ":version": row.version,
            ":server_version": row.server_version,
            ":clock": row.clock,
            ":ticks": i64::try_from(row.ticks).unwrap_or(i64::MAX),
            ":last_modified": row.last_modified.as_millis(),
            ":device_no": row.device_no,
            ":author_no": row.author_no,
            ":status": status_code(row.status),
            ":deleted_at": row.deleted_at.map(Timestamp::as_millis),
            ":deleted_by_no": row.deleted_by_no,
            ":seen_at": row.seen_at,
            ":body": row.body,
        })?;
    let row_id = link.connection.last_insert_rowid();
    sums::note_added(link, sums::RESOURCE, |digest| {
        add_to_sum(digest, row, row_id, type_no);
    });
    Ok(row_id)
}

fn text(text: Option<&str>) -> ValueRef<'_> {
    text.map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes()))
}

/// What of a new row goes into the sum over the table, in the order of its columns there.
fn add_to_sum(digest: &mut sums::RowDigest, row: &Row, row_id: i64, type_no: i64) {
    let integer = |number: Option<i64>| number.map_or(ValueRef::Null, ValueRef::Integer);
    let id = IdIn(&row.key.id).value();
    for value in [
        ValueRef::Integer(row_id),
        ValueRef::Integer(type_no),
        ValueRef::from(&id),
        integer(row.patient_no),
        ValueRef::Integer(class_code(row.class)),
        ValueRef::Integer(row.version),
        text(row.server_version.as_deref()),
        ValueRef::Blob(&row.clock),
        ValueRef::Integer(i64::try_from(row.ticks).unwrap_or(i64::MAX)),
        ValueRef::Integer(row.last_modified.as_millis()),
        ValueRef::Integer(row.device_no),
        integer(row.author_no),
        ValueRef::Integer(status_code(row.status)),
        integer(row.deleted_at.map(Timestamp::as_millis)),
        integer(row.deleted_by_no),
        text(row.seen_at.as_deref()),
    ] {
        digest.add(value);
    }
    digest.add_sealed(&row.body);
}

/// Writes a row that is there.
pub(crate) fn update(link: &Link, row: &Row) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("resource/update.sql"))?
        .execute(named_params! {
            ":row_id": row.row_id,
            ":patient_no": row.patient_no,
            ":class": class_code(row.class),
            ":version": row.version,
            ":server_version": row.server_version,
            ":clock": row.clock,
            ":ticks": i64::try_from(row.ticks).unwrap_or(i64::MAX),
            ":last_modified": row.last_modified.as_millis(),
            ":device_no": row.device_no,
            ":author_no": row.author_no,
            ":status": status_code(row.status),
            ":deleted_at": row.deleted_at.map(Timestamp::as_millis),
            ":deleted_by_no": row.deleted_by_no,
            ":seen_at": row.seen_at,
            ":body": row.body,
        })?;
    Ok(())
}

/// Writes only what sync moves: state, server version and clock.
pub(crate) fn update_state(link: &Link, row: &Row) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("resource/update_state.sql"))?
        .execute(named_params! {
            ":row_id": row.row_id,
            ":server_version": row.server_version,
            ":clock": row.clock,
            ":status": status_code(row.status),
        })?;
    Ok(())
}

impl Row {
    /// The place that the row's body is sealed for.
    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            part: "row",
            class: self.class,
            key: &self.key,
            version: self.version,
            deleted: self.deleted_at.is_some(),
        }
    }

    /// The body, opened; `None` for a tombstone.
    pub(crate) fn open(&self, link: &Link, vault: &Vault) -> Result<Option<Resource>> {
        let bytes = link.open_row(vault, &self.place(), &self.body)?;
        Ok(restored(&self.key, self.deleted_at.is_some(), bytes))
    }

    /// What this version has seen.
    pub(crate) fn vector_clock(&self, link: &Link) -> Result<VectorClock> {
        link.words.unpack_clock(&link.connection, &self.clock)
    }

    /// The row as callers see it.
    pub(crate) fn into_stored(self, link: &Link, vault: &Vault) -> Result<Stored> {
        let resource = self.open(link, vault)?;
        let word = |number| link.words.text(&link.connection, number);
        let row = RowState {
            version: self.version,
            vector_clock: self.vector_clock(link)?,
            last_modified: self.last_modified,
            device_id: word(self.device_no)?,
            author: self.author_no.map(word).transpose()?,
            sync_status: self.status,
            deleted_at: self.deleted_at,
            deleted_by: self.deleted_by_no.map(word).transpose()?,
            class: self.class,
            last_accessed: self.last_accessed,
            server_version: self.server_version,
            patient: self.patient,
        };
        Ok(Stored {
            key: self.key,
            resource,
            row,
        })
    }
}

/// The resource of opened bytes; `None` for those of a tombstone. Their seal proves that they are the
/// ones that were parsed when they came.
pub(crate) fn restored(key: &ResourceKey, deleted: bool, bytes: Vec<u8>) -> Option<Resource> {
    (!deleted).then(|| Resource::from_trusted_bytes(key.clone(), bytes))
}
