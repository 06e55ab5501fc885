//! Ids that sealed bodies leave out and name by number.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, named_params};

use super::code::{IdIn, IdOut};
use crate::error::{Result, StoreError};

/// Bounds memory; more than any one import or list touches at a time.
const REMEMBERED: usize = 20_000;

/// Ids lately met by one connection.
///
/// Invariant: forgotten when a transaction rolls back, as it may have held ids of it.
#[derive(Default)]
pub(crate) struct LeftOut {
    numbers: RefCell<HashMap<String, u64>>,
    ids: RefCell<HashMap<u64, Arc<str>>>,
}

impl LeftOut {
    pub(crate) fn forget(&self) {
        self.numbers.borrow_mut().clear();
        self.ids.borrow_mut().clear();
    }

    /// The number of an id, given one now where it has none.
    pub(crate) fn intern(&self, connection: &Connection, id: &str) -> Result<u64> {
        if let Some(number) = self.numbers.borrow().get(id) {
            return Ok(*number);
        }
        let found: Option<i64> = connection
            .prepare_cached(include_str!("left_out/find.sql"))?
            .query_row(named_params! {":id": IdIn(id)}, |row| row.get("no"))
            .optional()?;
        let number = match found {
            Some(number) => number.unsigned_abs(),
            None => {
                connection
                    .prepare_cached(include_str!("left_out/insert.sql"))?
                    .execute(named_params! {":id": IdIn(id)})?;
                connection.last_insert_rowid().unsigned_abs()
            }
        };
        remember(&mut self.numbers.borrow_mut(), id.to_owned(), number);
        Ok(number)
    }

    /// The id of a number.
    pub(crate) fn id(&self, connection: &Connection, number: u64) -> Result<Arc<str>> {
        if let Some(id) = self.ids.borrow().get(&number) {
            return Ok(Arc::clone(id));
        }
        let gone = || StoreError::integrity("a body leaves out an id that is not there");
        let id: IdOut = connection
            .prepare_cached(include_str!("left_out/id.sql"))?
            .query_row(
                named_params! {":no": i64::try_from(number).map_err(|_| gone())?},
                |row| row.get("id"),
            )
            .optional()?
            .ok_or_else(gone)?;
        let id: Arc<str> = id.0.into();
        remember(&mut self.ids.borrow_mut(), number, Arc::clone(&id));
        Ok(id)
    }
}

fn remember<K: std::hash::Hash + Eq, V>(known: &mut HashMap<K, V>, key: K, value: V) {
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(key, value);
}
