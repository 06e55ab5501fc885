//! What the command line prints: small documents with stable names.

use std::collections::BTreeMap;

use haven_model::{FieldConflict, Operation, SyncStatus, Timestamp, VectorClock};
use haven_store::{ConflictRow, ConflictStatus, OutboxEntry, OutboxState, Stored};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::arrival::FirstSyncAnswer;
use super::case::Case;

/// A resource's standing after a write.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    /// `Patient/…`.
    pub key: String,
    /// The type.
    pub resource_type: String,
    /// The logical id.
    pub id: String,
    /// The local version.
    pub version: i64,
    /// Where it stands towards the server.
    pub sync_status: SyncStatus,
    /// What this version has seen.
    pub vector_clock: VectorClock,
    /// Whether it is deleted.
    pub deleted: bool,
}

impl Written {
    pub(super) fn of(stored: &Stored) -> Self {
        Self {
            key: stored.key.to_string(),
            resource_type: stored.key.resource_type.clone(),
            id: stored.key.id.clone(),
            version: stored.row.version,
            sync_status: stored.row.sync_status,
            vector_clock: stored.row.vector_clock.clone(),
            deleted: stored.resource.is_none(),
        }
    }
}

/// One version of a resource.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionAnswer {
    /// The local version.
    pub version: i64,
    /// The server's version, where it has one.
    pub server_version: Option<String>,
    /// What it had seen.
    pub vector_clock: VectorClock,
    /// When it was made, FHIR `instant`.
    pub last_modified: String,
    /// The device that made it.
    pub device_id: String,
    /// The user who made it, where known.
    pub author: Option<String>,
    /// Whether it is the version that stands now.
    pub current: bool,
    /// Whether it is a tombstone.
    pub deleted: bool,
    /// What made it: `edited`, `merged` by the machine, `decided`, `taken_back`, `received`, `deleted`;
    /// absent where the audit log no longer tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<&'static str>,
    /// Of a machine's merge the versions it was made of: this device's, then the server's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_from: Option<[i64; 2]>,
    /// The body of that version.
    pub resource: Option<Box<RawValue>>,
}

/// One change that waits.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboxAnswer {
    /// Its position.
    pub seq: i64,
    /// `Observation/…`.
    pub key: String,
    /// What the server is to do.
    pub operation: Operation,
    /// The patient whose chart it belongs to.
    pub patient: Option<String>,
    /// Where it stands.
    pub state: OutboxState,
    /// Failed attempts so far.
    pub attempts: u32,
    /// When it was queued, FHIR `instant`.
    pub queued_at: String,
    /// Not tried before this instant.
    pub next_attempt_at: Option<String>,
    /// The last failure or refusal.
    pub last_error: Option<String>,
    /// The server's version it was made on.
    pub base_version: Option<String>,
}

impl From<OutboxEntry> for OutboxAnswer {
    fn from(entry: OutboxEntry) -> Self {
        Self {
            seq: entry.seq,
            key: entry.key.to_string(),
            operation: entry.operation,
            patient: entry.patient,
            state: entry.state,
            attempts: entry.attempts,
            queued_at: entry.queued_at.to_instant(),
            next_attempt_at: entry.next_attempt_at.map(Timestamp::to_instant),
            last_error: entry.last_error,
            base_version: entry.base_version,
        }
    }
}

/// One conflict.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConflictAnswer {
    /// Its id.
    pub id: String,
    /// `Patient/…`.
    pub key: String,
    /// The type.
    pub resource_type: String,
    /// The logical id of the resource.
    pub resource_id: String,
    /// The patient whose chart it belongs to.
    pub patient: Option<String>,
    /// What the two sides did.
    pub kind: haven_model::ConflictKind,
    /// The rule that stopped the machine.
    pub rule: String,
    /// Whether it still waits.
    pub status: ConflictStatus,
    /// How often the server's side moved on meanwhile.
    pub retry_count: u32,
    /// When it was found, FHIR `instant`.
    pub opened_at: String,
    /// When it was decided.
    pub resolved_at: Option<String>,
    /// By whom.
    pub resolved_by: Option<String>,
    /// Why so.
    pub resolved_reason: Option<String>,
    /// This device's side.
    pub local_side: SideAnswer,
    /// The server's side.
    pub remote_side: SideAnswer,
    /// The fields that wait for a person.
    pub fields: Vec<FieldConflict>,
    /// How long it has been waiting, or had to wait.
    pub age_seconds: u64,
    /// The name of the device on which it began.
    pub origin_device: String,
    /// Whether it began on this device.
    pub here: bool,
    /// Whether it is before the clinic, or on its way there.
    pub escalated: bool,
    /// What the hub says of it: `open`, `review`, `resolved` or `closed`; `queued` before it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalation_status: Option<&'static str>,
    /// Why it was escalated: `asked`, `age` or `role`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalated_because: Option<String>,
    /// Who is to decide it.
    pub assignee: Option<String>,
    /// What was said of it.
    pub comments: Vec<CommentAnswer>,
    /// Whether the clinic asks for a second person here.
    pub needs_review: bool,
    /// Whose decision waits for a second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<String>,
    /// Who approved the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed_by: Option<String>,
    /// The decisions made together with this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_id: Option<String>,
}

/// What somebody said of a conflict.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CommentAnswer {
    /// The login name.
    pub author: String,
    /// When, FHIR `instant`, by the hub's clock.
    pub at: String,
    /// What.
    pub text: String,
}

/// Who made a side, where and when.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SideAnswer {
    /// Who, where known.
    pub author: Option<String>,
    /// When, FHIR `instant`.
    pub at: String,
    /// On which device, where known.
    pub device: Option<String>,
    /// The server's version id; absent for this device's side.
    pub version: Option<String>,
}

/// One conflict with its bodies.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConflictDetail {
    /// The conflict.
    #[serde(flatten)]
    pub conflict: ConflictAnswer,
    /// What both started from.
    pub base: Option<Box<RawValue>>,
    /// This device's side.
    pub local: Option<Box<RawValue>>,
    /// The server's side.
    pub remote: Option<Box<RawValue>>,
    /// Every edit that does not conflict, and the base's value where one does.
    pub resource: Value,
}

impl ConflictAnswer {
    pub(super) fn of(case: &Case, now: Timestamp) -> Self {
        let row: &ConflictRow = &case.row;
        let record = case.record();
        let until = row.resolved_at.unwrap_or(now);
        let age_ms = until.as_millis().saturating_sub(row.opened_at.as_millis());
        let comments = record.map_or(&[][..], |record| &record.comments);
        Self {
            age_seconds: u64::try_from(age_ms / 1_000).unwrap_or(0),
            origin_device: record.map_or_else(
                || row.local_device.clone(),
                |record| record.origin_device_name.clone(),
            ),
            here: case.is_here,
            escalated: case.escalation.is_some(),
            escalation_status: case
                .escalation
                .as_ref()
                .map(|_| record.map_or("queued", |record| record.status.as_str())),
            escalated_because: record.map(|record| record.conflict.escalated_because.clone()),
            assignee: record.and_then(|record| record.assignee.clone()),
            comments: comments
                .iter()
                .map(|comment| CommentAnswer {
                    author: comment.author.clone(),
                    at: comment.at.clone(),
                    text: comment.text.clone(),
                })
                .collect(),
            needs_review: record.is_some_and(|record| record.needs_review),
            proposed_by: record
                .and_then(|record| record.proposal.as_ref())
                .map(|proposal| proposal.by.clone()),
            reviewed_by: record
                .and_then(|record| record.ending.as_ref())
                .and_then(|ending| ending.reviewer.clone()),
            batch_id: row.batch.clone(),
            id: row.id.clone(),
            key: row.key.to_string(),
            resource_type: row.key.resource_type.clone(),
            resource_id: row.key.id.clone(),
            patient: row.patient.clone(),
            kind: row.kind,
            rule: row.rule.clone(),
            status: row.status,
            retry_count: row.retry_count,
            opened_at: row.opened_at.to_instant(),
            resolved_at: row.resolved_at.map(Timestamp::to_instant),
            resolved_by: row.resolved_by.clone(),
            resolved_reason: row.resolved_reason.clone(),
            local_side: SideAnswer {
                author: row.local_author.clone(),
                at: row.local_at.to_instant(),
                device: Some(row.local_device.clone()),
                version: None,
            },
            remote_side: SideAnswer {
                author: row.remote_author.clone(),
                at: row.remote_at.to_instant(),
                device: row.remote_device.clone(),
                version: Some(row.remote_version.clone()),
            },
            fields: row.fields.clone(),
        }
    }
}

/// What a decision led to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    /// The conflict.
    pub id: String,
    /// The resource as it stands now.
    pub resource: Written,
    /// Whether the decision waits for the second person that the clinic asks for.
    pub awaiting_review: bool,
    /// Conflicts that still wait.
    pub open: u64,
}

/// How the store stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusAnswer {
    /// Names the store for ever.
    pub store_id: String,
    /// Who is at work.
    pub user: String,
    /// The name for people.
    pub display_name: String,
    /// What the user is.
    pub role: haven_model::Role,
    /// The clinic.
    pub clinic: String,
    /// This device's incarnation.
    pub device_id: String,
    /// This device's name.
    pub device_name: String,
    /// The server's address, where one is set up.
    pub remote: Option<String>,
    /// Every server that the store exchanges with.
    pub remotes: Vec<super::RemoteAnswer>,
    /// Live resources.
    pub resources: u64,
    /// Live resources by type.
    pub types: BTreeMap<String, u64>,
    /// Live patients.
    pub patients: u64,
    /// Changes that wait or are being sent.
    pub pending: u64,
    /// Open conflicts.
    pub conflicts: u64,
    /// Changes that the server refused.
    pub rejected: u64,
    /// When the last exchange with the server ended well, FHIR `instant`.
    pub last_synced: Option<String>,
    /// The server's time up to which its changes are here.
    pub data_as_of: Option<String>,
    /// When the last good backup was made, FHIR `instant`.
    pub last_backup: Option<String>,
    /// How much room the store takes, and what is left for it.
    pub storage: haven_store::Storage,
    /// How far the hub's memory covers the audit log; absent when this device was never at a hub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_anchor: Option<AuditAnchorAnswer>,
    /// What the hub has seen of the audit log and the store lacks, as a clause for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_rollback: Option<String>,
    /// How far the first sync has come; absent for a store of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_sync: Option<FirstSyncAnswer>,
    /// By how many milliseconds this computer's clock is ahead of the server's; absent before it was
    /// measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_skew_ms: Option<i64>,
    /// "This computer's clock is 9 min fast"; absent while it is right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_words: Option<String>,
    /// Deletions of the server that a person has to accept, by type.
    pub held_deletions: BTreeMap<String, u64>,
    /// How many attachments stand where.
    pub attachments: super::AttachmentCountsAnswer,
}

/// How far the hub's memory covers the audit log.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditAnchorAnswer {
    /// Entries that the hub keeps the head of.
    pub size: u64,
    /// When it took it, FHIR `instant`, by its clock.
    pub at: String,
    /// How long ago that was.
    pub age_seconds: u64,
    /// Entries made since.
    pub since: u64,
}
