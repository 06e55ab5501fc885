//! Where a resource stands between this device and the server.

use serde::{Deserialize, Serialize};

/// The state of one local resource towards the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncStatus {
    /// The server has acknowledged this very content.
    Synced,
    /// Changed here, waiting to be sent.
    Pending,
    /// Sent, the server's answer not yet recorded.
    Syncing,
    /// Changed in two places; a person decides.
    Conflict,
    /// The server refused it; the content is kept here.
    Rejected,
    /// Never leaves this device.
    LocalOnly,
}

impl SyncStatus {
    /// The word stored and printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Synced => "synced",
            Self::Pending => "pending",
            Self::Syncing => "syncing",
            Self::Conflict => "conflict",
            Self::Rejected => "rejected",
            Self::LocalOnly => "local_only",
        }
    }

    /// Reads the stored word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Synced,
            Self::Pending,
            Self::Syncing,
            Self::Conflict,
            Self::Rejected,
            Self::LocalOnly,
        ]
        .into_iter()
        .find(|status| status.as_str() == word)
    }
}

/// What an edit does to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// First version.
    Create,
    /// A later version.
    Update,
    /// A tombstone.
    Delete,
}

impl Operation {
    /// The word stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// Reads the stored word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Create, Self::Update, Self::Delete]
            .into_iter()
            .find(|operation| operation.as_str() == word)
    }
}
