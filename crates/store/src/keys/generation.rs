//! The rows that tell which generation of each class key is sealed under, and how often it was.

use std::cell::Cell;

use haven_model::{SensitivityClass, Timestamp};
use rusqlite::{Connection, OptionalExtension, named_params};

use super::held::Known;
use crate::error::{Result, StoreError};
use crate::table::code::{class_code, class_of};

/// Seals after which a class key is replaced.
///
/// Source: NIST SP 800-38D §8.3 allows 2³² random nonces per key; a quarter of it is taken.
pub(crate) const MAX_SEALS: u64 = 1 << 30;

/// Seals are counted in blocks, so that the count costs no page of its own in most transactions. A
/// session that ends counts its block whole: the count is never below the truth.
const BLOCK: u32 = 1024;

/// A generation of a class key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Generation {
    pub(crate) class: SensitivityClass,
    pub(crate) number: u16,
    pub(crate) made_at: Timestamp,
    pub(crate) seals: u64,
    pub(crate) destroyed_at: Option<Timestamp>,
}

/// Writes the first generation of every class of a new store.
pub(crate) fn insert_first(connection: &Connection, now: Timestamp) -> Result<()> {
    for class in SensitivityClass::ALL {
        insert(connection, class, 1, now)?;
    }
    Ok(())
}

/// Writes a generation, from now on the one that its class is sealed under.
pub(crate) fn insert(
    connection: &Connection,
    class: SensitivityClass,
    number: u16,
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        include_str!("generation/insert.sql"),
        named_params! {":class": class_code(class), ":generation": number, ":now": now.as_millis()},
    )?;
    Ok(())
}

/// Every generation there was, oldest first by class.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Generation>> {
    let mut statement = connection.prepare_cached(include_str!("generation/all.sql"))?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Generation {
            class: class_of(row.get("class")?)?,
            number: row.get("generation")?,
            made_at: Timestamp(row.get("made_at")?),
            seals: u64::try_from(row.get::<_, i64>("seals")?).unwrap_or(u64::MAX),
            destroyed_at: row.get::<_, Option<i64>>("destroyed_at")?.map(Timestamp),
        });
    }
    Ok(found)
}

/// Notes that no key of that generation is left anywhere.
pub(crate) fn destroy(
    connection: &Connection,
    class: SensitivityClass,
    number: u16,
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        include_str!("generation/destroy.sql"),
        named_params! {":class": class_code(class), ":generation": number, ":now": now.as_millis()},
    )?;
    Ok(())
}

/// The epoch alone, for asking at the start of every transaction.
pub(crate) fn epoch(connection: &Connection) -> Result<i64> {
    connection
        .prepare_cached(include_str!("generation/epoch.sql"))?
        .query_row([], |row| row.get("epoch"))
        .optional()?
        .ok_or_else(|| StoreError::integrity("store.db does not say which keys are in use"))
}

/// Which keys are in use.
pub(crate) fn known(connection: &Connection) -> Result<Known> {
    let tables: i64 = connection
        .prepare_cached(include_str!("generation/tables.sql"))?
        .query_row([], |row| row.get("n"))?;
    if tables == 0 {
        // Looked at as it is, without the step that brings them.
        return Ok(Known::default());
    }
    let blind_generation = connection
        .prepare_cached(include_str!("generation/epoch.sql"))?
        .query_row([], |row| row.get("blind_generation"))?;
    let mut current: Vec<(SensitivityClass, u16)> = Vec::new();
    for generation in all(connection)? {
        current.retain(|(class, _)| *class != generation.class);
        current.push((generation.class, generation.number));
    }
    Ok(Known {
        epoch: epoch(connection)?,
        blind_generation,
        current,
    })
}

/// Tells every session that the keys have changed.
pub(crate) fn next_epoch(connection: &Connection, blind_generation: Option<u16>) -> Result<()> {
    connection.execute(
        include_str!("generation/next_epoch.sql"),
        named_params! {":blind_generation": blind_generation},
    )?;
    Ok(())
}

/// How often one connection has sealed since it last counted, and how much of its block is left.
#[derive(Default)]
pub(crate) struct SealCount {
    used: [Cell<u32>; 4],
    left: [Cell<u32>; 4],
}

impl SealCount {
    /// One more.
    pub(crate) fn add(&self, class: SensitivityClass) {
        if let Some(used) = self.used.get(place(class)) {
            used.set(used.get().saturating_add(1));
        }
    }

    /// Forgets the block: it was never written, or belongs to an earlier generation.
    pub(crate) fn forget(&self) {
        for cell in self.used.iter().chain(&self.left) {
            cell.set(0);
        }
    }

    /// Counts within the open transaction; answers whether a key has sealed as often as it may.
    ///
    /// # Errors
    /// When the count cannot be written.
    pub(crate) fn write(&self, connection: &Connection, known: &Known) -> Result<bool> {
        let mut worn = false;
        for class in SensitivityClass::ALL {
            let (Some(used), Some(left)) =
                (self.used.get(place(class)), self.left.get(place(class)))
            else {
                continue;
            };
            let wanted = used.take();
            if wanted > left.get() {
                let blocks = (wanted - left.get()).div_ceil(BLOCK).saturating_mul(BLOCK);
                let seals: Option<i64> = connection
                    .prepare_cached(include_str!("generation/count.sql"))?
                    .query_row(
                        named_params! {":class": class_code(class),
                        ":generation": known.generation(class), ":n": blocks},
                        |row| row.get("seals"),
                    )
                    .optional()?;
                let seals = seals.ok_or_else(|| {
                    StoreError::integrity("store.db does not know the key that is sealed under")
                })?;
                worn |= u64::try_from(seals).unwrap_or(u64::MAX) >= MAX_SEALS;
                left.set(left.get().saturating_add(blocks));
            }
            left.set(left.get().saturating_sub(wanted));
        }
        Ok(worn)
    }
}

fn place(class: SensitivityClass) -> usize {
    usize::try_from(class_code(class)).unwrap_or(usize::MAX)
}
