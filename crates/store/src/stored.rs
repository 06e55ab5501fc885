//! A resource as the store holds it.

use haven_model::{Resource, ResourceKey, SensitivityClass, SyncStatus, Timestamp, VectorClock};

/// A resource with everything the store knows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Type and id.
    pub key: ResourceKey,
    /// The bytes as they came; `None` for a tombstone.
    pub resource: Option<Resource>,
    /// Version, clock and state.
    pub row: RowState,
}

/// What the store keeps beside a body.
#[derive(Clone, Debug, PartialEq)]
pub struct RowState {
    /// Counts the versions of this row on this device.
    pub version: i64,
    /// The server's version id of the last version known to be there.
    pub server_version: Option<String>,
    /// What this version has seen.
    pub vector_clock: VectorClock,
    /// The server's last update when synced, else the time of the edit here.
    pub last_modified: Timestamp,
    /// The device that made this version; empty where the server did not say.
    pub device_id: String,
    /// The user who made this version, where known.
    pub author: Option<String>,
    /// Where it stands towards the server.
    pub sync_status: SyncStatus,
    /// When it was deleted; `None` while it lives.
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it.
    pub deleted_by: Option<String>,
    /// The patient whose chart it belongs to.
    pub patient: Option<String>,
    /// Which key seals it.
    pub class: SensitivityClass,
    /// When its chart was last opened here.
    pub last_accessed: Option<Timestamp>,
}

/// One version of a resource, current or earlier.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// The local version number.
    pub version: i64,
    /// The body of that version; `None` for a tombstone.
    pub resource: Option<Resource>,
    /// The server's version id, where that version came from or reached the server.
    pub server_version: Option<String>,
    /// What that version had seen.
    pub vector_clock: VectorClock,
    /// When it was made.
    pub last_modified: Timestamp,
    /// The device that made it.
    pub device_id: String,
    /// The user who made it, where known.
    pub author: Option<String>,
    /// Whether this is the row as it stands now.
    pub current: bool,
}

/// A version as the server holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteVersion {
    /// Type and id.
    pub key: ResourceKey,
    /// The server's body; `None` for a deletion.
    pub resource: Option<Resource>,
    /// The server's version id, opaque.
    pub server_version: String,
    /// What that version has seen.
    pub vector_clock: VectorClock,
    /// When the server took it.
    pub last_modified: Timestamp,
    /// The device that made it, where known.
    pub device_id: Option<String>,
    /// The device's name for people, where known.
    pub device_name: Option<String>,
    /// The user who made it, where known.
    pub user: Option<String>,
    /// When it was edited there; shown, never used for order.
    pub edited_at: Option<Timestamp>,
}

/// How many of what the store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Live resources by type, sorted by type.
    pub by_type: Vec<(String, u64)>,
    /// Rows, tombstones included, by sync status.
    pub by_status: Vec<(SyncStatus, u64)>,
    /// Live patients.
    pub patients: u64,
    /// Resources waiting to be sent, or being sent.
    pub pending: u64,
    /// Resources waiting for a person's decision.
    pub conflicts: u64,
    /// Resources that the server refused.
    pub rejected: u64,
}
