//! The patient list's own rows.

mod standing;

use haven_model::{SensitivityClass, Timestamp};
use rusqlite::{CachedStatement, Connection, named_params};

use super::code::class_code;
use crate::error::Result;
use crate::facts::Listing;

pub(crate) use standing::{by_row, stands};

/// Writes how a patient stands in the list.
pub(crate) fn put(
    connection: &Connection,
    row_id: i64,
    patient_no: i64,
    class: SensitivityClass,
    listing: &Listing,
) -> Result<()> {
    connection
        .prepare_cached(include_str!("patient_entry/put.sql"))?
        .execute(named_params! {
            ":row_id": row_id, ":patient_no": patient_no, ":class": class_code(class),
            ":sort_name": listing.sort_name, ":birth_date": listing.birth_date,
        })?;
    Ok(())
}

/// Takes a patient off the list.
pub(crate) fn remove(connection: &Connection, row_id: i64) -> Result<()> {
    connection
        .prepare_cached(include_str!("patient_entry/delete.sql"))?
        .execute(named_params! {":row_id": row_id})?;
    Ok(())
}

/// What a list tells of a chart beside its patient.
pub(crate) struct Beside {
    /// Start of the latest encounter, as written in it.
    pub(crate) last_seen: Option<String>,
    /// How many resources are pending or on their way.
    pub(crate) pending: u32,
    pub(crate) conflicts: u32,
    pub(crate) rejected: u32,
    /// When anything of it last came from or reached the server.
    pub(crate) last_synced: Option<Timestamp>,
}

/// What a list tells of charts, one after another: the statements are looked up once for all of them.
pub(crate) struct BesideEach<'c> {
    connection: &'c Connection,
    beside: CachedStatement<'c>,
}

impl<'c> BesideEach<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Result<Self> {
        Ok(Self {
            connection,
            beside: connection.prepare_cached(include_str!("patient_entry/beside.sql"))?,
        })
    }

    /// What a list tells of a chart.
    pub(crate) fn of(&mut self, patient_no: i64) -> Result<Beside> {
        let (mut beside, has_others) = self.beside.query_row([patient_no], |row| {
            let beside = Beside {
                last_seen: row.get("last_seen")?,
                pending: row.get("unsynced")?,
                conflicts: 0,
                rejected: 0,
                last_synced: row.get::<_, Option<i64>>("last_synced")?.map(Timestamp),
            };
            Ok((beside, row.get("has_others")?))
        })?;
        // Few charts have any: in the rest, whatever is not synced is pending.
        if has_others {
            (beside.pending, beside.conflicts, beside.rejected) = self
                .connection
                .prepare_cached(include_str!("patient_entry/others.sql"))?
                .query_row([patient_no], |row| {
                    Ok((
                        row.get("pending")?,
                        row.get("conflicts")?,
                        row.get("rejected")?,
                    ))
                })?;
        }
        Ok(beside)
    }
}
