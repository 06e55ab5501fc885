//! Changes made in two places, kept until a person decides and afterwards.

use haven_model::{
    ConflictKind, FieldConflict, Resource, ResourceKey, SensitivityClass, Timestamp, VectorClock,
};
use serde::{Deserialize, Serialize};

use crate::stored::RemoteVersion;

/// Whether a conflict still waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictStatus {
    /// Waits for a person.
    Open,
    /// Decided, or overtaken by a newer version.
    Resolved,
}

/// A conflict, with all three sides as they were.
#[derive(Clone, Debug, PartialEq)]
pub struct ConflictRow {
    /// UUIDv7.
    pub id: String,
    /// The resource.
    pub key: ResourceKey,
    /// The patient whose chart it belongs to.
    pub patient: Option<String>,
    /// What the two sides did.
    pub kind: ConflictKind,
    /// What both started from; `None` when there was nothing.
    pub base: Option<Resource>,
    /// This device's side; `None` when it deleted.
    pub local: Option<Resource>,
    /// The server's side; `None` when it was deleted there.
    pub remote: Option<Resource>,
    /// The server's version id of the remote side.
    pub remote_version: String,
    /// What the remote side has seen.
    pub remote_clock: VectorClock,
    /// Who made the local side.
    pub local_author: Option<String>,
    /// When it was made.
    pub local_at: Timestamp,
    /// The name of the device it was made on.
    pub local_device: String,
    /// Who made the remote side, where known.
    pub remote_author: Option<String>,
    /// When it was made, or taken by the server.
    pub remote_at: Timestamp,
    /// The name of the device it was made on, where known.
    pub remote_device: Option<String>,
    /// The fields that wait for a person.
    pub fields: Vec<FieldConflict>,
    /// The rule that stopped the machine.
    pub rule: String,
    /// How often the remote side moved on while this was open.
    pub retry_count: u32,
    /// Whether it still waits.
    pub status: ConflictStatus,
    /// When it was found.
    pub opened_at: Timestamp,
    /// When it was decided.
    pub resolved_at: Option<Timestamp>,
    /// Who decided; `superseded` carries the worker's name.
    pub resolved_by: Option<String>,
    /// Why it was decided so.
    pub resolved_reason: Option<String>,
    /// A half-made decision, as the screen left it.
    pub draft: Option<String>,
    /// The most sensitive class of its sides.
    pub class: SensitivityClass,
    /// What this device's side has seen; `None` of one that an earlier Haven opened.
    pub local_clock: Option<VectorClock>,
    /// The local version of this device's side.
    pub local_version: Option<i64>,
    /// The local version that the decision became.
    pub decided_version: Option<i64>,
    /// The decisions made together with this one.
    pub batch: Option<String>,
}

/// A conflict to be opened.
#[derive(Clone, Debug)]
pub struct NewConflict<'a> {
    /// The resource.
    pub key: ResourceKey,
    /// What the two sides did.
    pub kind: ConflictKind,
    /// What both started from.
    pub base: Option<Resource>,
    /// This device's side.
    pub local: Option<Resource>,
    /// The server's side.
    pub remote: RemoteVersion,
    /// The fields that wait for a person.
    pub fields: &'a [FieldConflict],
    /// The rule that stopped the machine.
    pub rule: String,
}
