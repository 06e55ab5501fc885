//! Conflicts put before the whole clinic: what travels, and what may be done about one.
//!
//! Bodies travel as raw JSON (`RawValue`), as in [`crate::wire`].

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::clock::VectorClock;
use crate::conflict::{ConflictKind, FieldConflict};
use crate::role::SensitivityClass;

/// Where an escalated conflict stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EscalationStatus {
    /// Waits for a decision.
    Open,
    /// Decided by one person; a second one has to approve it.
    Review,
    /// Decided: a version of the resource says how.
    Resolved,
    /// Over without a decision of the clinic, for example because another version came.
    Closed,
}

impl EscalationStatus {
    /// Every status there is.
    pub const ALL: [Self; 4] = [Self::Open, Self::Review, Self::Resolved, Self::Closed];

    /// The word stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Review => "review",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// Reads the stored word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether somebody still has to do something.
    #[must_use]
    pub fn waits(self) -> bool {
        match self {
            Self::Open | Self::Review => true,
            Self::Resolved | Self::Closed => false,
        }
    }
}

/// Who made a side of a conflict, when and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Maker {
    /// The login name, where known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub author: Option<String>,
    /// RFC 3339.
    pub at: String,
    /// The device's name for people, where known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub device: Option<String>,
}

/// A conflict as the device that found it tells of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConflictCase {
    /// The conflict's id on that device, and from then on everywhere.
    pub id: String,
    /// Resource type.
    pub collection: String,
    /// Resource id.
    pub record_id: String,
    /// The patient whose chart it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub patient: Option<String>,
    /// The most sensitive class of its sides: who may not read that does not hear of it.
    pub class: SensitivityClass,
    /// What the two sides did.
    pub kind: ConflictKind,
    /// The rule that stopped the machine.
    pub rule: String,
    /// The fields that wait for a person.
    pub fields: Vec<FieldConflict>,
    /// What both started from; absent when there was nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub base: Option<Box<RawValue>>,
    /// The device's side; absent when it deleted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub local: Option<Box<RawValue>>,
    /// The server's side; absent when it was deleted there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remote: Option<Box<RawValue>>,
    /// What the device's side has seen, itself included: a decision carries it on.
    pub local_clock: VectorClock,
    /// The version id of the device's side, as only the device numbers it.
    pub local_version: String,
    /// The server's version id of the other side.
    pub remote_version: String,
    /// What that has seen.
    pub remote_clock: VectorClock,
    /// Who made the device's side.
    pub local_maker: Maker,
    /// Who made the server's.
    pub remote_maker: Maker,
    /// How often the server's side moved on while the conflict was open.
    pub retry_count: u32,
    /// When it was found, RFC 3339, by the device's clock.
    pub opened_at: String,
    /// Why it is escalated: `asked`, `age` or `role`.
    #[serde(default)]
    pub escalated_because: String,
}

/// What somebody said about a conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Comment {
    /// The login name.
    pub author: String,
    /// When the hub took it, RFC 3339.
    pub at: String,
    /// What was said.
    pub text: String,
}

/// A decision that waits for a second person.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    /// Who decided.
    pub by: String,
    /// The name for people.
    pub display_name: String,
    /// When, RFC 3339.
    pub at: String,
    /// Why.
    pub reason: String,
    /// The body decided for; absent for a deletion.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub data: Option<Box<RawValue>>,
    /// Whether the other text of a signed note is kept as well, as an addendum to it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub addendum: bool,
}

/// How an escalated conflict ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ending {
    /// The login name of who ended it.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// The hub's version that says how; absent when it was closed without one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
    /// Who approved it, where a second person had to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reviewer: Option<String>,
}

/// An escalated conflict as the hub keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EscalatedConflict {
    /// The conflict itself.
    pub conflict: ConflictCase,
    /// Where it stands.
    pub status: EscalationStatus,
    /// The device it was found on.
    pub origin_device: String,
    /// That device's name for people.
    pub origin_device_name: String,
    /// Who escalated it.
    pub escalated_by: String,
    /// When the hub took it, RFC 3339.
    pub escalated_at: String,
    /// Who is to decide it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assignee: Option<String>,
    /// In the order they came.
    #[serde(default)]
    pub comments: Vec<Comment>,
    /// Present under [`EscalationStatus::Review`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proposal: Option<Proposal>,
    /// Present once it is over.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ending: Option<Ending>,
    /// How often a decision was taken back.
    #[serde(default)]
    pub reopened: u32,
    /// Whether the clinic asks for a second person at this type.
    #[serde(default)]
    pub needs_review: bool,
    /// The hub's count of changes to its conflicts when this one changed last.
    pub seq: u64,
}

impl EscalatedConflict {
    /// Why it ended so, as whoever ended it said with the decision; empty while that is not told.
    #[must_use]
    pub fn why(&self) -> &str {
        self.ending
            .as_ref()
            .map_or("", |ending| ending.reason.as_str())
    }
}

/// `POST /api/v2/conflicts`: idempotent by the conflict's id.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EscalateRequest {
    /// Who sends.
    pub device_id: String,
    /// The conflict; sent again it replaces the sides kept, as long as it is open.
    pub conflict: ConflictCase,
}

/// What can be done about an escalated conflict, named by the last part of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// Put before the clinic.
    Escalate,
    /// Say something.
    Comments,
    /// Name who is to decide, or nobody.
    Assign,
    /// Decide; where the clinic asks for a second person, propose.
    Resolve,
    /// Say why one decided so, where the decision travels as an edit.
    Reason,
    /// Send a proposal back.
    Return,
    /// Open again what was decided.
    Reopen,
    /// End it without a decision.
    Close,
}

impl ActKind {
    /// Every kind there is.
    pub const ALL: [Self; 8] = [
        Self::Escalate,
        Self::Comments,
        Self::Assign,
        Self::Resolve,
        Self::Reason,
        Self::Return,
        Self::Reopen,
        Self::Close,
    ];

    /// The word stored, and the last part of the path.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Escalate => "escalate",
            Self::Comments => "comments",
            Self::Assign => "assign",
            Self::Resolve => "resolve",
            Self::Reason => "reason",
            Self::Return => "return",
            Self::Reopen => "reopen",
            Self::Close => "close",
        }
    }

    /// Reads the stored word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// `POST /api/v2/conflicts/{id}/{act}`: idempotent by `actId`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Act {
    /// Names this act for ever.
    pub act_id: String,
    /// The device it was done on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub device_id: Option<String>,
    /// When, RFC 3339, by that device's clock.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<String>,
    /// What is said, or why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// Who is to decide.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assignee: Option<String>,
    /// The body decided for; absent for a deletion.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub data: Option<Box<RawValue>>,
    /// As [`Proposal::addendum`].
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub addendum: bool,
}

/// How a device stands, for those who watch over all of them. No patient data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Changes that wait to be sent, or are being sent.
    pub waiting: u64,
    /// Open conflicts.
    pub conflicts: u64,
    /// Changes that the hub refused.
    pub rejected: u64,
    /// When the oldest change that waits was made, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub oldest_waiting_at: Option<String>,
}

/// `POST /api/v2/conflicts/changes`: what is new about escalated conflicts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConflictChangesRequest {
    /// Who asks.
    pub device_id: String,
    /// The `seq` of the last answer; 0 for everything.
    #[serde(default)]
    pub since: u64,
    /// How this device stands.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub standing: Option<Standing>,
}

/// The answer to [`ConflictChangesRequest`] and to `GET /api/v2/conflicts`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConflictChanges {
    /// Those that changed, in the order they did, each once.
    pub conflicts: Vec<EscalatedConflict>,
    /// Where to go on.
    pub seq: u64,
    /// Whether there are more.
    #[serde(default)]
    pub has_more: bool,
    /// The resource types at which the clinic asks for a second person.
    #[serde(default)]
    pub second_reviewer: Vec<String>,
}
