//! What is applied, and what going back would cost.

use std::collections::{BTreeMap, BTreeSet};

use haven_model::Timestamp;
use rusqlite::Connection;
use serde::Serialize;

use super::MIGRATIONS;
use crate::error::Result;

/// One schema step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SchemaStep {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// When it was applied; `None` when it is not.
    pub applied_at: Option<Timestamp>,
    /// Whether this Haven knows it.
    pub known: bool,
}

/// Data that a step down takes away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The table, or `table.column`.
    pub what: String,
    /// Rows in it.
    pub rows: u64,
}

impl Loss {
    /// Whether bodies that stay could not be opened without it.
    pub(crate) fn closes_bodies(&self) -> bool {
        // One generation of each of the four classes is what a new store has.
        self.what == "dictionary" || (self.what == "key_generation" && self.rows > 4)
    }
}

/// Every step, applied or known, in order.
pub(crate) fn steps(connection: &Connection) -> Result<Vec<SchemaStep>> {
    let mut statement = connection.prepare(include_str!("applied.sql"))?;
    let mut rows = statement.query([])?;
    let mut steps: BTreeMap<u32, SchemaStep> = MIGRATIONS
        .iter()
        .map(|step| {
            let known = SchemaStep {
                number: step.number,
                name: step.name.to_owned(),
                applied_at: None,
                known: true,
            };
            (step.number, known)
        })
        .collect();
    while let Some(row) = rows.next()? {
        let number: u32 = row.get("number")?;
        let name: String = row.get("name")?;
        let step = steps.entry(number).or_insert(SchemaStep {
            number,
            name,
            applied_at: None,
            known: false,
        });
        step.applied_at = Some(Timestamp(row.get("applied_at")?));
    }
    Ok(steps.into_values().collect())
}

type Shape = BTreeMap<String, BTreeSet<String>>;

fn shape(connection: &Connection) -> Result<Shape> {
    let mut statement = connection.prepare(include_str!("columns.sql"))?;
    let mut rows = statement.query([])?;
    let mut shape = Shape::new();
    while let Some(row) = rows.next()? {
        shape
            .entry(row.get("table_name")?)
            .or_default()
            .insert(row.get("column_name")?);
    }
    Ok(shape)
}

/// What going down to `target` would take away, found by doing it and rolling back.
pub(crate) fn losses(connection: &mut Connection, target: u32) -> Result<Vec<Loss>> {
    let current = super::check(connection)?;
    let transaction = connection.transaction()?;
    let before = shape(&transaction)?;
    let mut counts = BTreeMap::new();
    for table in before.keys() {
        // A name from the schema itself, not from outside.
        let quoted = table.replace('"', "\"\"");
        let rows: i64 =
            transaction.query_row(&format!("SELECT count(*) FROM \"{quoted}\""), [], |row| {
                row.get(0)
            })?;
        counts.insert(table.clone(), u64::try_from(rows).unwrap_or(0));
    }
    for step in MIGRATIONS
        .iter()
        .rev()
        .filter(|step| step.number <= current && step.number > target)
    {
        transaction.execute_batch(step.down)?;
    }
    let after = shape(&transaction)?;
    transaction.rollback()?;
    let mut losses = Vec::new();
    for (table, columns) in before {
        let rows = counts.get(&table).copied().unwrap_or(0);
        if rows == 0 {
            continue;
        }
        match after.get(&table) {
            None => losses.push(Loss { what: table, rows }),
            Some(left) => losses.extend(columns.difference(left).map(|column| Loss {
                what: format!("{table}.{column}"),
                rows,
            })),
        }
    }
    Ok(losses)
}
