//! What travels between a workstation and the hub (`X-API-Version: 2.0`).
//!
//! Resource bodies travel as raw JSON (`RawValue`): decimals and unknown fields are never
//! re-serialised on the way.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::clock::VectorClock;
use crate::role::Role;
use crate::sync::Operation;

/// The header that names the protocol version, and its value.
pub const API_VERSION_HEADER: (&str, &str) = ("X-API-Version", "2.0");

/// `POST /api/v2/sync/pull`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PullRequest {
    /// Opaque; from the last answer. Absent for a first pull.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cursor: Option<String>,
    /// The last answer's `syncTimestamp`; used only where there is no cursor.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_sync_timestamp: Option<String>,
    /// Resource types; empty means all that the user may read.
    #[serde(default)]
    pub collections: Vec<String>,
    /// Who asks.
    pub device_id: String,
    /// At most this many changes in the answer.
    #[serde(default)]
    pub max_records: Option<u32>,
    /// Only versions last updated at or after this instant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<String>,
    /// Only versions last updated before this instant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<String>,
    /// Only what belongs to one of these patients; empty for no such limit.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub patients: Vec<String>,
    /// Nothing that belongs to one of these patients.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub except_patients: Vec<String>,
    /// Only these resources, `Type/id`; empty for no such limit.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub records: Vec<String>,
    /// Binary resources of more bytes than this are left out: their content is fetched by itself, where
    /// something refers to it. Absent for all of them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub binaries_up_to: Option<u64>,
}

/// The head of a device's audit log, offered to the hub for keeping (RFC 6962).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditHead {
    /// Entries.
    pub size: u64,
    /// The Merkle root over them, in hex.
    pub root: String,
    /// How it continues the head that the hub kept last; absent when the device cannot show that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub consistency: Option<AuditConsistency>,
}

/// An RFC 6962 consistency proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditConsistency {
    /// Entries of the earlier log; 0 where the device knows of no earlier head.
    pub from: u64,
    /// The nodes, in hex, in the order of RFC 6962 §2.1.2.
    pub path: Vec<String>,
}

/// The head that the hub kept last for a device incarnation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditAnchor {
    /// Entries.
    pub size: u64,
    /// The Merkle root over them, in hex.
    pub root: String,
    /// When the hub took it, RFC 3339, by its clock.
    pub at: String,
}

/// The answer to a pull.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PullResponse {
    /// In the hub's order; at most one per resource, its newest version.
    pub changes: Vec<Change>,
    /// Whether another pull with `cursor` brings more.
    pub has_more: bool,
    /// To be kept in the transaction that keeps the changes.
    pub cursor: String,
    /// Everything the hub has seen.
    pub server_vector_clock: VectorClock,
    /// The hub's clock, RFC 3339.
    pub sync_timestamp: String,
    /// How many changes lie behind the cursor, this page included.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub total: Option<u64>,
    /// Who the `user`s of the changes are, by login name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub people: BTreeMap<String, Person>,
    /// The head of this device's audit log that the hub kept last, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audit_anchor: Option<AuditAnchor>,
}

/// Someone with a login at the hub, as others may know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The name for people.
    pub display_name: String,
    /// What they are.
    pub role: Role,
}

/// One version of one resource, as the hub holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Names this change for ever.
    pub id: String,
    /// Resource type.
    pub collection: String,
    /// Resource id.
    pub record_id: String,
    /// What happened last.
    pub operation: Operation,
    /// The body with the hub's `meta`; absent for a tombstone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub data: Option<Box<RawValue>>,
    /// The hub's version id.
    pub version: String,
    /// What this version has seen.
    pub vector_clock: VectorClock,
    /// When the hub took it, RFC 3339; equals `meta.lastUpdated`.
    pub last_modified: String,
    /// The device that made it, where known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub device_id: Option<String>,
    /// The device's name for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub device_name: Option<String>,
    /// The user who made it, where known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<String>,
    /// When it was edited on that device, RFC 3339; shown, never used for order.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub edited_at: Option<String>,
}

/// `POST /api/v2/sync/push`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushRequest {
    /// Who sends.
    pub device_id: String,
    /// In the order they are to be applied.
    pub changes: Vec<PushChange>,
    /// The head of this device's audit log, for the hub to keep.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audit_head: Option<AuditHead>,
    /// Emergency access on this device that the hub has not taken word of yet.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub glass: Vec<GlassAlert>,
}

/// Someone broke the glass: one patient's sensitive records, for an hour, with a reason that stays
/// sealed on the device. The same device and number always name the same breaking; what is sent again
/// only tells of its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GlassAlert {
    /// Which one on this device, from 1.
    pub seq: u64,
    /// Who.
    pub actor: String,
    /// The patient's id.
    pub patient: String,
    /// From when, RFC 3339.
    pub opened_at: String,
    /// Until when, RFC 3339.
    pub until: String,
    /// When it was ended by hand, RFC 3339; absent when it was not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<String>,
}

/// One edit offered to the hub.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushChange {
    /// The op id, `<incarnation>:<seq>`; the same id always carries the same content.
    pub id: String,
    /// Resource type.
    pub collection: String,
    /// Resource id.
    pub record_id: String,
    /// What it does.
    pub operation: Operation,
    /// The body; absent for a delete.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub data: Option<Box<RawValue>>,
    /// The hub's version this edit was made on; absent for a create. A number is read as its text.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        deserialize_with = "version_text"
    )]
    pub base_version: Option<String>,
    /// What this edit has seen, itself included.
    #[serde(default)]
    pub vector_clock: VectorClock,
    /// When it was edited, RFC 3339; shown, never used for order.
    #[serde(default)]
    pub last_modified: Option<String>,
    /// The conflicts that this edit decides: it becomes a version even where it changes nothing, and
    /// closes those that were escalated.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub resolves: Vec<String>,
}

fn version_text<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let value = Option::<serde_json::Value>::deserialize(deserializer)?;
    match value {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(serde_json::Value::String(text)) => Ok(Some(text)),
        Some(serde_json::Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(serde::de::Error::custom("baseVersion is a string")),
    }
}

/// The answer to a push: every change is in `accepted` or in `rejected`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushResponse {
    /// Ids of the changes the hub now holds.
    pub accepted: Vec<String>,
    /// The others.
    pub rejected: Vec<Rejection>,
    /// What became of each accepted change.
    #[serde(default)]
    pub results: Vec<Accepted>,
    /// The head of this device's audit log that the hub keeps now, where one was sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audit_anchor: Option<AuditAnchor>,
    /// The numbers of the emergency accesses that the hub has taken word of.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub glass_taken: Vec<u64>,
}

/// The version that an accepted change became.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// The op id.
    pub change_id: String,
    /// The hub's version id.
    pub version: String,
    /// The hub's `meta.lastUpdated`, RFC 3339.
    pub last_modified: String,
    /// What that version has seen.
    pub vector_clock: VectorClock,
}

/// Why a change was not taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rejection {
    /// The op id.
    pub change_id: String,
    /// One of `conflict`, `invalid`, `forbidden`, `op-id-reused`, with `: ` and words for people.
    pub reason: String,
    /// What the hub holds instead, when the reason is `conflict`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conflict: Option<Change>,
    /// FHIR OperationOutcome, when the reason is `invalid`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcome: Option<serde_json::Value>,
}

/// `POST /devices` with an invitation code: join the clinic.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnrolRequest {
    /// The one-time code that `haven-hub invite` printed.
    pub code: String,
    /// The device's incarnation.
    pub device_id: String,
    /// The device's name for people.
    pub device_name: String,
    /// The passphrase with which this user signs in to the hub.
    pub password: String,
}

/// The answer to [`EnrolRequest`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnrolResponse {
    /// The hub's own id; another id at the same address is another clinic.
    pub hub_id: String,
    /// The clinic's name.
    pub clinic: String,
    /// The login name the code was made for.
    pub user: String,
    /// The name for people.
    pub display_name: String,
    /// What the user is.
    pub role: Role,
    /// Tokens for the first contact.
    pub tokens: TokenResponse,
}

/// The answer of `POST /auth/token` and `POST /auth/refresh` (RFC 6749 §5.1, snake case).
#[derive(Clone, Serialize, Deserialize)]
pub struct TokenResponse {
    /// EdDSA JWT.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// Seconds.
    pub expires_in: u64,
    /// Opaque, one use.
    pub refresh_token: String,
}

/// `GET /healthz`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// `ok`.
    pub status: String,
    /// The hub's own id.
    pub hub_id: String,
    /// Changes when the hub is restored from a backup.
    pub epoch: String,
    /// The hub's clock, RFC 3339.
    pub time: String,
}
