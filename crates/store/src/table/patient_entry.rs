//! The patient list's own rows.

use haven_model::SensitivityClass;
use rusqlite::{Connection, OptionalExtension, named_params};

use super::code::class_code;
use crate::error::Result;
use crate::facts::Listing;

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

/// Start of the latest encounter of a chart, as written in it.
pub(crate) fn last_seen(connection: &Connection, patient_no: i64) -> Result<Option<String>> {
    Ok(connection
        .prepare_cached(include_str!("patient_entry/last_seen.sql"))?
        .query_row(named_params! {":patient_no": patient_no}, |row| {
            row.get("last_seen")
        })
        .optional()?
        .flatten())
}

/// How many resources of a chart are pending or on their way, in conflict, and refused.
pub(crate) fn unsynced(connection: &Connection, patient_no: i64) -> Result<(u32, u32, u32)> {
    Ok(connection
        .prepare_cached(include_str!("patient_entry/unsynced.sql"))?
        .query_row(named_params! {":patient_no": patient_no}, |row| {
            Ok((
                row.get("pending")?,
                row.get("conflicts")?,
                row.get("rejected")?,
            ))
        })?)
}
