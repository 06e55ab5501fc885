//! Charts, by patient.

use std::cell::RefCell;
use std::collections::HashMap;

use haven_model::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};

use super::code::IdIn;
use crate::error::Result;

/// Numbers of charts lately met by one connection.
#[derive(Default)]
pub(crate) struct Compartments(RefCell<HashMap<String, i64>>);

/// More than any one import touches at a time; bounds memory.
const REMEMBERED: usize = 20_000;

impl Compartments {
    pub(crate) fn forget(&self) {
        self.0.borrow_mut().clear();
    }

    /// The number of a patient's chart, given one now where it has none.
    pub(crate) fn intern(&self, connection: &Connection, patient: &str) -> Result<i64> {
        if let Some(number) = self.0.borrow().get(patient) {
            return Ok(*number);
        }
        let number = match find(connection, patient)? {
            Some(number) => number,
            None => {
                connection
                    .prepare_cached(include_str!("compartment/insert.sql"))?
                    .execute(named_params! {":id": IdIn(patient)})?;
                connection.last_insert_rowid()
            }
        };
        let mut remembered = self.0.borrow_mut();
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(patient.to_owned(), number);
        Ok(number)
    }
}

/// The number of a patient's chart, where it has one.
pub(crate) fn find(connection: &Connection, patient: &str) -> Result<Option<i64>> {
    Ok(connection
        .prepare_cached(include_str!("compartment/find.sql"))?
        .query_row(named_params! {":id": IdIn(patient)}, |row| row.get("no"))
        .optional()?)
}

/// Notes that something of a chart came from or reached the server.
pub(crate) fn set_synced(connection: &Connection, number: i64, now: Timestamp) -> Result<()> {
    connection
        .prepare_cached(include_str!("compartment/set_synced.sql"))?
        .execute(named_params! {":no": number, ":at": now.as_millis()})?;
    Ok(())
}

/// Notes that a chart was opened.
pub(crate) fn set_accessed(connection: &Connection, number: i64, now: Timestamp) -> Result<()> {
    connection
        .prepare_cached(include_str!("compartment/set_accessed.sql"))?
        .execute(named_params! {":no": number, ":at": now.as_millis()})?;
    Ok(())
}
