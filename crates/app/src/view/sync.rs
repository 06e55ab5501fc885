//! The sync centre.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::SyncBadge;

/// How a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum LinkTone {
    /// Works.
    Good,
    /// At work.
    Active,
    /// Not now, nothing wrong.
    Quiet,
    /// Needs a person.
    Warning,
}

/// One of the four links between this device and the server.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    /// `network`, `server`, `account`, `sync`.
    pub key: String,
    /// "Server".
    pub label: String,
    /// "Answers".
    pub state: String,
    /// "haven hub, 240 ms".
    pub detail: String,
    /// For the colour.
    pub tone: LinkTone,
}

/// A run of the sync worker.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProgressView {
    /// "Syncing 4 of 12", "Receiving 1,200 of about 13,570".
    pub text: String,
    /// Items done.
    pub done: u32,
    /// Items in all; 0 when not known.
    pub total: u32,
}

/// What a person can do about a waiting change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum OutboxAction {
    /// Nothing is needed.
    None,
    /// Open the conflict.
    Review,
    /// Send again now.
    RetryNow,
}

/// One change that waits.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OutboxRowView {
    /// `Observation/…`.
    pub key: String,
    /// Logical id of the patient; absent for what belongs to none.
    pub patient_id: Option<String>,
    /// "TREVIÑO, Enrique".
    pub name: String,
    /// "25-Jul-1962".
    pub born: String,
    /// "870 062 165".
    pub identifier: String,
    /// "Blood pressure 182/110 mmHg".
    pub change: String,
    /// "Added", "Changed", "Deleted".
    pub operation: String,
    /// "today 13:52".
    pub edited: String,
    /// Its state.
    pub sync: SyncBadge,
    /// What can be done.
    pub action: OutboxAction,
    /// The conflict to open.
    pub conflict_id: Option<String>,
    /// Whether it can be given up, with a reason; its content stays in the history.
    pub may_discard: bool,
}

/// Deletions of the server that are too many to be done unseen.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HeldView {
    /// "The server deleted 34 records at once. They are still on this device."
    pub text: String,
    /// How many.
    pub total: u32,
    /// By kind of record, most first.
    pub kinds: Vec<HeldKind>,
    /// The records, 100 at most.
    pub rows: Vec<HeldRow>,
}

/// How many of one kind.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HeldKind {
    /// "Observation".
    pub label: String,
    /// "30".
    pub count: String,
}

/// A record whose deletion waits for a person.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HeldRow {
    /// `Observation/…`.
    pub key: String,
    /// "TREVIÑO, Enrique".
    pub name: String,
    /// "25-Jul-1962".
    pub born: String,
    /// "870 062 165".
    pub identifier: String,
    /// "Blood pressure 182/110 mmHg".
    pub title: String,
}

/// What a person says of deletions that were held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum HeldVerdict {
    /// They are deleted here, too.
    Delete,
    /// The records are kept, and sent to the server again.
    Keep,
}

/// The sync centre.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SyncCentreView {
    /// Network, server, account, sync.
    pub links: Vec<LinkView>,
    /// Present while the worker runs.
    pub progress: Option<ProgressView>,
    /// What needs a person first, then oldest first; 500 at most.
    pub rows: Vec<OutboxRowView>,
    /// All that wait.
    pub total: u32,
    /// Of these, how many need a person.
    pub needs_you: u32,
    /// "today 14:05", "never".
    pub last_sent: String,
    /// As above.
    pub last_received: String,
    /// Patients on this device.
    pub patients: u32,
    /// Resources on this device.
    pub resources: u32,
    /// "61 MB, 40 GB free".
    pub space: String,
    /// "This computer's clock is 9 min fast"; absent while it is as good as right.
    pub clock: Option<String>,
    /// Deletions that wait for a person; absent where there are none.
    pub held: Option<HeldView>,
    /// "3 to receive, 11 MB"; absent where all attachments are where they should be.
    pub attachments: Option<String>,
}
