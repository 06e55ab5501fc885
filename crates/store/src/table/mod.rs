//! The tables, one module each, with their SQL beside them.

pub(crate) mod adopted_id;
pub(crate) mod audit;
pub(crate) mod base;
pub(crate) mod chart_body;
pub(crate) mod code;
pub(crate) mod compartment;
pub(crate) mod conflict;
pub(crate) mod dictionary;
pub(crate) mod discarded;
pub(crate) mod escalation;
pub(crate) mod history;
pub(crate) mod identity;
pub(crate) mod in_flight;
pub(crate) mod left_out;
pub(crate) mod occurrence;
pub(crate) mod outbox;
pub(crate) mod patient_entry;
pub(crate) mod remote_row;
pub(crate) mod resource;
pub(crate) mod search_date;
pub(crate) mod search_pending;
pub(crate) mod setting;
pub(crate) mod tally;
pub(crate) mod term;
pub(crate) mod word;

use std::collections::HashMap;

use crate::error::Result;
use crate::link::Link;

/// How often each row is named by a query of row numbers.
fn counted(link: &Link, sql: &str) -> Result<HashMap<i64, u32>> {
    let mut statement = link.connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut counted = HashMap::new();
    while let Some(row) = rows.next()? {
        *counted.entry(row.get("row_id")?).or_insert(0) += 1;
    }
    Ok(counted)
}
