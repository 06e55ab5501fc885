//! Taking an edit: the one place where versions are made.

use haven_model::clock::HUB_NODE;
use haven_model::splice::without_server_meta;
use haven_model::{
    Action, Operation, Resource, ResourceKey, Role, SensitivityClass, Timestamp, VectorClock,
};
use rusqlite::{OptionalExtension, Transaction, named_params};
use serde_json::Value;

use super::version::Version;
use crate::error::{HubError, Result};

/// Who made an edit, where and when; each as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Author<'a> {
    /// The login name.
    pub user: Option<&'a str>,
    /// The device.
    pub device: Option<&'a str>,
    /// The device's clock, RFC 3339.
    pub edited_at: Option<&'a str>,
}

/// A version after an edit, and whether the edit made it.
pub struct Written {
    /// The current version now.
    pub version: Version,
    /// `false` when the content was there already.
    pub changed: bool,
}

/// Why an edit is refused whatever its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteRefusal {
    /// The role may not write the new content.
    Content,
    /// The role may not change what is there.
    Current,
}

/// One write transaction on resources.
///
/// Invariant: all its versions carry one instant, later than that of every earlier transaction, so
/// `last_updated` never falls as `seq` rises.
pub struct Accepting<'t> {
    tx: &'t Transaction<'t>,
    instant: Timestamp,
}

impl<'t> Accepting<'t> {
    /// Starts accepting in a write transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub fn begin(tx: &'t Transaction<'t>, now: Timestamp) -> Result<Self> {
        let last: Option<i64> = tx
            .prepare_cached(include_str!("../sql/last_instant.sql"))?
            .query_row([], |row| row.get("last_updated"))
            .optional()?;
        let instant = last.map_or(now, |last| now.max(Timestamp(last).plus_ms(1)));
        Ok(Self { tx, instant })
    }

    /// The transaction itself, for reading.
    #[must_use]
    pub fn tx(&self) -> &'t Transaction<'t> {
        self.tx
    }

    /// The instant of this transaction.
    #[must_use]
    pub fn instant(&self) -> Timestamp {
        self.instant
    }

    /// Whether a role may make this edit: `content` is the new class, absent for a deletion.
    ///
    /// # Errors
    /// Which side of the edit is refused.
    pub fn check_role(
        role: Role,
        current: Option<&Version>,
        content: Option<SensitivityClass>,
    ) -> Result<(), WriteRefusal> {
        let action = if content.is_some() {
            Action::Write
        } else {
            Action::Delete
        };
        if current.is_some_and(|current| !role.permits(action, current.class)) {
            return Err(WriteRefusal::Current);
        }
        if content.is_some_and(|class| !role.permits(Action::Write, class)) {
            return Err(WriteRefusal::Content);
        }
        Ok(())
    }

    /// Makes `resource` the current version, unless that content is current already: then only the
    /// clocks are joined. Whether the edit may follow `current` is the caller's to decide.
    ///
    /// # Errors
    /// When the database fails, or `meta` cannot take the hub's members.
    pub fn put(
        &self,
        current: Option<&Version>,
        resource: &Resource,
        value: &Value,
        clock: &VectorClock,
        author: Author<'_>,
    ) -> Result<Written> {
        if let Some(current) = current
            && content_equal(current, value)
        {
            return Ok(Written {
                version: self.join_clock(current, clock)?,
                changed: false,
            });
        }
        self.put_anew(current, resource, value, clock, author)
    }

    /// As [`Accepting::put`], but a version even where the content is current already: a decision that
    /// leaves things as they are is news to those whose edit it overrules.
    ///
    /// # Errors
    /// As [`Accepting::put`].
    pub fn put_anew(
        &self,
        current: Option<&Version>,
        resource: &Resource,
        value: &Value,
        clock: &VectorClock,
        author: Author<'_>,
    ) -> Result<Written> {
        let number = next_number(current);
        let operation = match current {
            Some(current) if !current.is_deleted() => Operation::Update,
            _ => Operation::Create,
        };
        let body = resource
            .with_server_meta(&number.to_string(), self.instant)
            .map_err(|_| HubError::BadInput("meta is not an object".to_owned()))?;
        let version = Version {
            seq: 0,
            key: resource.key().clone(),
            version: number,
            operation,
            class: SensitivityClass::of(value),
            body: Some(body.bytes().to_vec()),
            clock: next_clock(current, clock),
            last_updated: self.instant,
            user: author.user.map(str::to_owned),
            device: author.device.map(str::to_owned),
            edited_at: author.edited_at.map(str::to_owned),
        };
        let version = self.insert(version, Resource::patient_of(value).as_deref())?;
        self.index_identifiers(&version.key, current.is_some(), value)?;
        Ok(Written {
            version,
            changed: true,
        })
    }

    /// Puts a tombstone after `current`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn delete(
        &self,
        current: &Version,
        clock: &VectorClock,
        author: Author<'_>,
    ) -> Result<Version> {
        let version = Version {
            seq: 0,
            key: current.key.clone(),
            version: next_number(Some(current)),
            operation: Operation::Delete,
            class: current.class,
            body: None,
            clock: next_clock(Some(current), clock),
            last_updated: self.instant,
            user: author.user.map(str::to_owned),
            device: author.device.map(str::to_owned),
            edited_at: author.edited_at.map(str::to_owned),
        };
        self.forget_identifiers(&version.key)?;
        self.insert(version, None)
    }

    /// Notes that `current` has been seen together with `clock`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn join_clock(&self, current: &Version, clock: &VectorClock) -> Result<Version> {
        let joined = current.clock.clone().join(clock);
        if joined != current.clock {
            self.tx
                .prepare_cached(include_str!("../sql/version_set_clock.sql"))?
                .execute(named_params! {":seq": current.seq, ":vector_clock": joined.to_json()})?;
            self.note_seen(&joined)?;
        }
        Ok(Version {
            clock: joined,
            ..current.clone()
        })
    }

    fn insert(&self, version: Version, patient: Option<&str>) -> Result<Version> {
        let clock = version.clock.to_json();
        self.tx
            .prepare_cached(include_str!("../sql/version_insert.sql"))?
            .execute(named_params! {
                ":type": version.key.resource_type, ":id": version.key.id,
                ":version": version.version, ":operation": version.operation.as_str(),
                ":class": version.class.as_str(), ":body": version.body,
                ":vector_clock": clock, ":last_updated": version.last_updated.as_millis(),
                ":user_name": version.user, ":device_id": version.device,
                ":edited_at": version.edited_at,
            })?;
        let seq = self.tx.last_insert_rowid();
        self.tx
            .prepare_cached(include_str!("../sql/resource_upsert.sql"))?
            .execute(named_params! {
                ":type": version.key.resource_type, ":id": version.key.id,
                ":version": version.version, ":seq": seq, ":deleted": version.is_deleted(),
                ":class": version.class.as_str(), ":patient": patient,
            })?;
        self.note_seen(&version.clock)?;
        Ok(Version { seq, ..version })
    }

    fn note_seen(&self, clock: &VectorClock) -> Result<()> {
        self.tx
            .prepare_cached(include_str!("../sql/seen_clock_join.sql"))?
            .execute(named_params! {":clock": clock.to_json()})?;
        Ok(())
    }

    fn forget_identifiers(&self, key: &ResourceKey) -> Result<()> {
        self.tx
            .prepare_cached(include_str!("../sql/identifiers_forget.sql"))?
            .execute(named_params! {":type": key.resource_type, ":id": key.id})?;
        Ok(())
    }

    fn index_identifiers(&self, key: &ResourceKey, had_some: bool, value: &Value) -> Result<()> {
        if had_some {
            self.forget_identifiers(key)?;
        }
        for (system, identifier) in identifiers(value) {
            self.tx
                .prepare_cached(include_str!("../sql/identifier_add.sql"))?
                .execute(named_params! {
                    ":type": key.resource_type, ":id": key.id, ":system": system,
                    ":value": identifier,
                })?;
        }
        Ok(())
    }
}

/// Whether a version holds this content, the hub's own `meta` members aside.
#[must_use]
pub fn content_equal(current: &Version, value: &Value) -> bool {
    let stored = current
        .body
        .as_deref()
        .and_then(|body| haven_model::json::parse(body).ok());
    stored.is_some_and(|stored| without_server_meta(&stored) == without_server_meta(value))
}

fn next_number(current: Option<&Version>) -> i64 {
    current.map_or(1, |current| current.version.saturating_add(1))
}

fn next_clock(current: Option<&Version>, clock: &VectorClock) -> VectorClock {
    let joined = match current {
        Some(current) => clock.clone().join(&current.clock),
        None => clock.clone(),
    };
    joined.tick(HUB_NODE)
}

/// (system, value) of each top-level identifier; an absent system is the empty text.
fn identifiers(value: &Value) -> Vec<(&str, &str)> {
    let listed = match value.get("identifier") {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(single @ Value::Object(_)) => vec![single],
        _ => Vec::new(),
    };
    listed
        .into_iter()
        .filter_map(|identifier| {
            let text = identifier.get("value").and_then(Value::as_str)?;
            let system = identifier
                .get("system")
                .and_then(Value::as_str)
                .unwrap_or_default();
            Some((system, text))
        })
        .collect()
}
