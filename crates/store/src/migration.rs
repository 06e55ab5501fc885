//! Numbered schema steps: applied in order, checksummed, reversible, and a newer store refused.

mod account;

use haven_model::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};
use sha2::{Digest, Sha256};

use crate::discarded::{self, KEEPS_DISCARDED};
use crate::error::{Result, StoreError};
use crate::reseal::spelling::{self, LEAVES_OUT};

pub use account::{Loss, SchemaStep};
pub(crate) use account::{losses, steps};

struct Migration {
    number: u32,
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal),+ $(,)?) => {
        &[$(Migration {
            number: $number,
            name: $name,
            up: include_str!(concat!("../../../migrations/local/", $name, ".up.sql")),
            down: include_str!(concat!("../../../migrations/local/", $name, ".down.sql")),
        }),+]
    };
}

const MIGRATIONS: &[Migration] = migrations![
    1 "0001_foundation",
    2 "0002_resource",
    3 "0003_outbox",
    4 "0004_conflict",
    5 "0005_search",
    6 "0006_audit",
    7 "0007_search_index",
    9 "0009_life",
    10 "0010_dictionary",
    11 "0011_rotation",
    12 "0012_search_list",
    14 "0014_remote",
    15 "0015_sums",
    16 "0016_escalation",
    17 "0017_agreement",
    18 "0018_attachment",
    19 "0019_left_out",
    20 "0020_discarded",
];

/// The newest schema this Haven knows.
pub(crate) const NEWEST: u32 = 20;

impl Migration {
    fn checksum(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.up.as_bytes());
        hash.update([0]);
        hash.update(self.down.as_bytes());
        hex::encode(hash.finalize())
    }
}

/// Brings the schema to `target`, upward or downward, each step in a transaction of its own.
///
/// # Errors
/// `newer_store` when the store knows a step that this Haven does not; `integrity` when a step that
/// was applied is not the step of that number here; `precondition` when an older schema could not open
/// a body that is there.
pub(crate) fn migrate(connection: &mut Connection, target: u32, now: Timestamp) -> Result<()> {
    connection.execute_batch(include_str!("migration/table.sql"))?;
    let current = check(connection)?;
    for step in MIGRATIONS
        .iter()
        .filter(|step| step.number > current && step.number <= target)
    {
        let transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        // Another process may have got here first.
        if check(&transaction)? < step.number {
            transaction.execute_batch(step.up)?;
            transaction.execute(
                include_str!("migration/insert.sql"),
                named_params! {":number": step.number, ":name": step.name,
                ":checksum": step.checksum(), ":applied_at": now.as_millis()},
            )?;
        }
        crate::failpoint::step("migration: stepped up");
        transaction.commit()?;
        crate::failpoint::step("migration: up");
    }
    for step in MIGRATIONS
        .iter()
        .rev()
        .filter(|step| step.number <= current && step.number > target)
    {
        let transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        if step.number == LEAVES_OUT {
            spelling::require_whole(&transaction)?;
        }
        if step.number == KEEPS_DISCARDED {
            discarded::require_none(&transaction)?;
        }
        transaction.execute_batch(step.down)?;
        transaction.execute(
            include_str!("migration/delete.sql"),
            named_params! {":number": step.number},
        )?;
        crate::failpoint::step("migration: stepped down");
        transaction.commit()?;
        crate::failpoint::step("migration: down");
    }
    Ok(())
}

/// The number of the last applied step, each compared with the one known here.
///
/// # Errors
/// As [`migrate`].
pub(crate) fn current(connection: &Connection) -> Result<u32> {
    check(connection)
}

/// The number of the last applied step, whoever knows it.
pub(crate) fn found(connection: &Connection) -> Result<u32> {
    let newest: Option<u32> =
        connection.query_row(include_str!("migration/newest.sql"), [], |row| {
            row.get("newest")
        })?;
    Ok(newest.unwrap_or(0))
}

/// The number of the last applied step, every step compared with its checksum.
fn check(connection: &Connection) -> Result<u32> {
    let mut current = 0;
    for step in MIGRATIONS {
        let applied: Option<String> = connection
            .query_row(
                include_str!("migration/checksum.sql"),
                named_params! {":number": step.number},
                |row| row.get("checksum"),
            )
            .optional()?;
        match applied {
            None => break,
            Some(checksum) if checksum == step.checksum() => current = step.number,
            Some(_) => {
                return Err(StoreError::integrity(format!(
                    "schema step {} of this store is not the one this Haven knows",
                    step.name
                )));
            }
        }
    }
    let newest: Option<u32> =
        connection.query_row(include_str!("migration/newest.sql"), [], |row| {
            row.get("newest")
        })?;
    match newest {
        Some(found) if found > NEWEST => Err(StoreError::NewerStore {
            found,
            known: NEWEST,
        }),
        Some(_) | None => Ok(current),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(connection: &Connection) -> Vec<String> {
        let mut statement = connection
            .prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
            .expect("the schema is readable");
        statement
            .query_map([], |row| row.get("name"))
            .expect("the schema is readable")
            .map(|name| name.expect("a name"))
            .collect()
    }

    #[test]
    fn every_step_goes_up_and_comes_back_down() {
        let mut connection = Connection::open_in_memory().expect("memory");
        let mut before = Vec::new();
        for target in 0..=NEWEST {
            migrate(&mut connection, target, Timestamp(0)).expect("up");
            before.push(tables(&connection));
        }
        for target in (0..=NEWEST).rev() {
            migrate(&mut connection, target, Timestamp(0)).expect("down");
            assert_eq!(
                tables(&connection),
                before[target as usize],
                "a step down must leave exactly what was there before the step up"
            );
        }
        migrate(&mut connection, NEWEST, Timestamp(0)).expect("up again after going down");
    }

    #[test]
    fn a_store_from_the_future_is_refused_and_left_alone() {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate(&mut connection, NEWEST, Timestamp(0)).expect("up");
        connection
            .execute(
                "INSERT INTO schema_migration VALUES (?1, 'later', 'x', 0)",
                [NEWEST + 1],
            )
            .expect("a newer Haven was here");
        let refused = migrate(&mut connection, NEWEST, Timestamp(0)).expect_err("must refuse");
        assert!(matches!(refused, StoreError::NewerStore { found, .. } if found == NEWEST + 1));
        assert!(
            !tables(&connection).is_empty(),
            "a refusal must drop nothing"
        );
    }

    #[test]
    fn an_edited_step_is_noticed() {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate(&mut connection, NEWEST, Timestamp(0)).expect("up");
        connection
            .execute(
                "UPDATE schema_migration SET checksum = 'other' WHERE number = 2",
                [],
            )
            .expect("tamper");
        let refused = migrate(&mut connection, NEWEST, Timestamp(0)).expect_err("must refuse");
        assert!(
            matches!(refused, StoreError::Integrity { .. }),
            "a landed step is never edited"
        );
    }

    #[test]
    fn the_constant_names_the_last_step() {
        assert_eq!(MIGRATIONS.last().map(|step| step.number), Some(NEWEST));
    }
}
