//! Numbered migrations, applied in order, their checksums kept and compared at every open.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, named_params};
use sha2::{Digest, Sha256};

/// Why a schema is not one this program works with.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A later version of the hub wrote it.
    #[error("the database is of a newer hub (migration {found}, this program knows {known})")]
    Newer {
        /// The database's newest migration.
        found: u32,
        /// This program's newest one.
        known: u32,
    },
    /// `migrate up` has not been run.
    #[error("the database lacks migrations ({found} of {known}); run `haven-hub migrate up`")]
    Behind {
        /// The database's newest migration.
        found: u32,
        /// This program's newest one.
        known: u32,
    },
    /// An applied migration is not the one this program has.
    #[error("migration {0} differs from the one that was applied")]
    Changed(u32),
    /// The database's own failure.
    #[error("the database failed while migrating")]
    Database(#[from] rusqlite::Error),
}

struct Migration {
    version: u32,
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

/// In order, numbers may have gaps; a landed one is never edited.
const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "clinic",
        up: include_str!("../../../../migrations/hub-sqlite/0001_clinic.up.sql"),
        down: include_str!("../../../../migrations/hub-sqlite/0001_clinic.down.sql"),
    },
    Migration {
        version: 2,
        name: "audit_head",
        up: include_str!("../../../../migrations/hub-sqlite/0002_audit_head.up.sql"),
        down: include_str!("../../../../migrations/hub-sqlite/0002_audit_head.down.sql"),
    },
    Migration {
        version: 3,
        name: "glass",
        up: include_str!("../../../../migrations/hub-sqlite/0003_glass.up.sql"),
        down: include_str!("../../../../migrations/hub-sqlite/0003_glass.down.sql"),
    },
    Migration {
        version: 4,
        name: "conflict",
        up: include_str!("../../../../migrations/hub-sqlite/0004_conflict.up.sql"),
        down: include_str!("../../../../migrations/hub-sqlite/0004_conflict.down.sql"),
    },
    Migration {
        version: 5,
        name: "attachment",
        up: include_str!("../../../../migrations/hub-sqlite/0005_attachment.up.sql"),
        down: include_str!("../../../../migrations/hub-sqlite/0005_attachment.down.sql"),
    },
];

/// One migration and whether the database has it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MigrationState {
    /// Its number.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
}

/// The newest migration this program knows.
#[must_use]
pub fn newest() -> u32 {
    MIGRATIONS
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0)
}

fn checksum(migration: &Migration) -> Vec<u8> {
    Sha256::new()
        .chain_update(migration.up)
        .chain_update([0])
        .chain_update(migration.down)
        .finalize()
        .to_vec()
}

/// The newest migration applied, each applied one compared with what this program has.
fn applied(connection: &Connection) -> Result<u32, MigrationError> {
    let there: bool = connection.query_row(
        include_str!("../sql/migration_table_exists.sql"),
        [],
        |row| row.get("there"),
    )?;
    if !there {
        return Ok(0);
    }
    let mut statement = connection.prepare(include_str!("../sql/migrations_applied.sql"))?;
    let rows = statement
        .query_map([], |row| {
            Ok((
                row.get::<_, u32>("version")?,
                row.get::<_, Vec<u8>>("checksum")?,
            ))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let mut newest_applied = 0;
    for (version, stored) in rows {
        match MIGRATIONS
            .iter()
            .find(|migration| migration.version == version)
        {
            None => {
                return Err(MigrationError::Newer {
                    found: version,
                    known: newest(),
                });
            }
            Some(migration) if checksum(migration) != stored => {
                return Err(MigrationError::Changed(version));
            }
            Some(_) => newest_applied = newest_applied.max(version),
        }
    }
    Ok(newest_applied)
}

/// Refuses a database that is not exactly at this program's schema.
pub(super) fn require_current(connection: &Connection) -> Result<(), MigrationError> {
    match applied(connection)? {
        found if found < newest() => Err(MigrationError::Behind {
            found,
            known: newest(),
        }),
        _ => Ok(()),
    }
}

/// Applies what is missing, each migration in a transaction of its own; returns how many.
///
/// # Errors
/// When the database is newer, an applied migration differs, or SQLite fails.
pub fn up(connection: &mut Connection) -> Result<u32, MigrationError> {
    connection.execute_batch(include_str!("../sql/migration_table.sql"))?;
    let from = applied(connection)?;
    let mut count = 0;
    for migration in MIGRATIONS
        .iter()
        .filter(|migration| migration.version > from)
    {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(migration.up)?;
        tx.execute(
            include_str!("../sql/migration_record.sql"),
            named_params! {
                ":version": migration.version, ":name": migration.name, ":checksum": checksum(migration),
            },
        )?;
        tx.commit()?;
        count += 1;
    }
    Ok(count)
}

/// Takes back every migration above `to`, newest first; returns how many.
///
/// # Errors
/// As [`up`].
pub fn down(connection: &mut Connection, to: u32) -> Result<u32, MigrationError> {
    let from = applied(connection)?;
    let mut count = 0;
    for migration in MIGRATIONS
        .iter()
        .rev()
        .filter(|m| m.version > to && m.version <= from)
    {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(migration.down)?;
        tx.execute(
            include_str!("../sql/migration_forget.sql"),
            named_params! {":version": migration.version},
        )?;
        tx.commit()?;
        count += 1;
    }
    Ok(count)
}

/// Every migration this program knows, and whether the database has it.
///
/// # Errors
/// As [`up`].
pub fn status(connection: &Connection) -> Result<Vec<MigrationState>, MigrationError> {
    let applied = applied(connection)?;
    Ok(MIGRATIONS
        .iter()
        .map(|migration| MigrationState {
            version: migration.version,
            name: migration.name.to_owned(),
            applied: migration.version <= applied,
        })
        .collect())
}

/// Whether any resource is stored, in a database of any schema.
///
/// # Errors
/// As [`up`].
pub fn holds_resources(connection: &Connection) -> Result<bool, MigrationError> {
    if applied(connection)? == 0 {
        return Ok(false);
    }
    let found: Option<bool> = connection
        .query_row(include_str!("../sql/holds_resources.sql"), [], |row| {
            row.get("holds")
        })
        .optional()?;
    Ok(found.unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_and_down_meet_again_and_a_newer_database_is_refused() {
        let mut connection = Connection::open_in_memory().expect("memory database");
        let all = u32::try_from(MIGRATIONS.len()).expect("few");
        assert_eq!(up(&mut connection).expect("up"), all);
        assert_eq!(
            up(&mut connection).expect("up again"),
            0,
            "nothing is applied twice"
        );
        assert_eq!(down(&mut connection, 0).expect("down"), all);
        assert_eq!(up(&mut connection).expect("up after down"), all);
        connection
            .execute_batch("INSERT INTO schema_migration VALUES (9999, 'later', x'00', 0)")
            .expect("a later hub leaves its mark");
        assert!(
            matches!(
                require_current(&connection),
                Err(MigrationError::Newer { found: 9999, .. })
            ),
            "an old program must not touch a newer database"
        );
    }

    #[test]
    fn an_altered_migration_is_named() {
        let mut connection = Connection::open_in_memory().expect("memory database");
        up(&mut connection).expect("up");
        connection
            .execute_batch("UPDATE schema_migration SET checksum = x'00' WHERE version = 1")
            .expect("tampered");
        assert!(matches!(
            require_current(&connection),
            Err(MigrationError::Changed(1))
        ));
    }
}
