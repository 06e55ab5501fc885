//! Reading versions.

use haven_model::{Action, Operation, ResourceKey, Role, SensitivityClass, Timestamp, VectorClock};
use rusqlite::{OptionalExtension, Row, Transaction, named_params};

use crate::error::{HubError, Result};

/// One version of one resource, as stored.
#[derive(Clone)]
pub struct Version {
    /// Its place in the hub's order.
    pub seq: i64,
    /// Which resource.
    pub key: ResourceKey,
    /// 1, 2, 3 … for this resource.
    pub version: i64,
    /// What made it.
    pub operation: Operation,
    /// What governs access to it.
    pub class: SensitivityClass,
    /// The bytes with the hub's `meta`; none for a tombstone.
    pub body: Option<Vec<u8>>,
    /// What it has seen.
    pub clock: VectorClock,
    /// When the hub took it.
    pub last_updated: Timestamp,
    /// Who made it.
    pub user: Option<String>,
    /// On which device.
    pub device: Option<String>,
    /// When it was edited there, RFC 3339.
    pub edited_at: Option<String>,
}

impl Version {
    /// Reads the row of any statement that selects a version's columns.
    pub(crate) fn from_row(row: &Row<'_>) -> Result<Self> {
        let key = ResourceKey::new(row.get::<_, String>("type")?, row.get::<_, String>("id")?)
            .map_err(|_| HubError::Corrupt("a resource's key"))?;
        Ok(Self {
            seq: row.get("seq")?,
            key,
            version: row.get("version")?,
            operation: Operation::from_word(&row.get::<_, String>("operation")?)
                .ok_or(HubError::Corrupt("a version's operation"))?,
            class: SensitivityClass::from_word(&row.get::<_, String>("class")?)
                .ok_or(HubError::Corrupt("a version's class"))?,
            body: row.get("body")?,
            clock: serde_json::from_str(&row.get::<_, String>("vector_clock")?)
                .map_err(|_| HubError::Corrupt("a version's clock"))?,
            last_updated: Timestamp(row.get("last_updated")?),
            user: row.get("user_name")?,
            device: row.get("device_id")?,
            edited_at: row.get("edited_at")?,
        })
    }

    /// Whether this version is a tombstone.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.body.is_none()
    }

    /// Whether a role may see it.
    #[must_use]
    pub fn readable_by(&self, role: Role) -> bool {
        role.permits(Action::Read, self.class)
    }

    /// `W/"3"`.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("W/\"{}\"", self.version)
    }
}

/// The current version of a resource, tombstones included.
///
/// # Errors
/// When the database fails.
pub fn current(tx: &Transaction<'_>, key: &ResourceKey) -> Result<Option<Version>> {
    tx.prepare_cached(include_str!("../sql/version_current.sql"))?
        .query_row(
            named_params! {":type": key.resource_type, ":id": key.id},
            |row| Ok(Version::from_row(row)),
        )
        .optional()?
        .transpose()
}

/// The last place in the hub's order; 0 in an empty hub.
///
/// # Errors
/// When the database fails.
pub fn head_seq(tx: &Transaction<'_>) -> Result<i64> {
    Ok(tx
        .prepare_cached(include_str!("../sql/head_seq.sql"))?
        .query_row([], |row| row.get("seq"))?)
}

/// The first place whose version was taken at or after an instant; past the end where there is none.
///
/// # Errors
/// When the database fails.
pub fn seq_at(tx: &Transaction<'_>, instant: Timestamp) -> Result<i64> {
    let found: Option<i64> = tx
        .prepare_cached(include_str!("../sql/seq_at.sql"))?
        .query_row(named_params! {":instant": instant.as_millis()}, |row| {
            row.get("seq")
        })
        .optional()?;
    match found {
        Some(seq) => Ok(seq),
        None => Ok(head_seq(tx)?.saturating_add(1)),
    }
}

/// What tells the version at a place from any other that could come to stand there; 0 where none is.
///
/// A hub that was put back to an earlier state gives the same places out again, at later instants.
///
/// # Errors
/// When the database fails.
pub fn mark_at(tx: &Transaction<'_>, seq: i64) -> Result<i64> {
    let found: Option<i64> = tx
        .prepare_cached(include_str!("../sql/mark_at.sql"))?
        .query_row(named_params! {":seq": seq}, |row| row.get("mark"))
        .optional()?;
    Ok(found.unwrap_or(0))
}

/// The join of every clock the hub has taken.
///
/// # Errors
/// When the database fails.
pub fn seen_clock(tx: &Transaction<'_>) -> Result<VectorClock> {
    Ok(tx
        .prepare_cached(include_str!("../sql/seen_clock.sql"))?
        .query_map([], |row| {
            Ok((
                row.get::<_, String>("node")?,
                u64::try_from(row.get::<_, i64>("count")?).unwrap_or(0),
            ))
        })?
        .collect::<rusqlite::Result<_>>()?)
}
