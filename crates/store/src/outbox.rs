//! What waits to be sent, what is on its way, and what the server last had.

use haven_model::{Operation, Resource, ResourceKey, Timestamp, VectorClock};
use serde::{Deserialize, Serialize};

/// Where a waiting change stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// Waits for its turn, or for the next attempt.
    Pending,
    /// Sent, the answer not yet recorded.
    Syncing,
    /// Waits for a person's decision.
    Conflict,
    /// The server refused it; waits to be changed, offered again or discarded.
    Rejected,
}

impl OutboxState {
    /// The word stored and printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Syncing => "syncing",
            Self::Conflict => "conflict",
            Self::Rejected => "rejected",
        }
    }

    /// Reads the stored word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Pending, Self::Syncing, Self::Conflict, Self::Rejected]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// One waiting change; at most one per resource.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxEntry {
    /// Position: lower was queued earlier. Kept when a later edit coalesces into it.
    pub seq: i64,
    /// The resource.
    pub key: ResourceKey,
    /// What the server is to do.
    pub operation: Operation,
    /// The patient whose chart it belongs to.
    pub patient: Option<String>,
    /// When the first of the coalesced edits was made.
    pub queued_at: Timestamp,
    /// When the last of them was made.
    pub edited_at: Timestamp,
    /// How often sending was tried and failed.
    pub attempts: u32,
    /// Not before this instant; `None` for at once.
    pub next_attempt_at: Option<Timestamp>,
    /// Where it stands.
    pub state: OutboxState,
    /// The last failure or refusal, in words.
    pub last_error: Option<String>,
    /// The server's version that the change was made on; `None` for a create.
    pub base_version: Option<String>,
}

/// The last version that this device and the server had in common.
#[derive(Clone, Debug, PartialEq)]
pub struct BaseState {
    /// Its body; `None` when it was a deletion.
    pub resource: Option<Resource>,
    /// The server's version id.
    pub server_version: Option<String>,
    /// What it had seen.
    pub vector_clock: VectorClock,
}

/// A change that was sent, exactly as it was sent, until its outcome is known.
#[derive(Clone, Debug, PartialEq)]
pub struct InFlight {
    /// `<incarnation>:<seq>`; the same id always carries the same content.
    pub op_id: String,
    /// The resource.
    pub key: ResourceKey,
    /// What the server is to do.
    pub operation: Operation,
    /// The body sent; `None` for a delete.
    pub resource: Option<Resource>,
    /// The server's version it was made on; `None` for a create.
    pub base_version: Option<String>,
    /// What it has seen, itself included.
    pub vector_clock: VectorClock,
    /// The local version it is a copy of.
    pub row_version: i64,
    /// When it was edited.
    pub edited_at: Timestamp,
}

/// The server's yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// The version id the server gave.
    pub server_version: String,
    /// The server's `meta.lastUpdated`.
    pub last_updated: Timestamp,
    /// What the server's version has seen.
    pub vector_clock: VectorClock,
}
