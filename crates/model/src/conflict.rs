//! The outcome of a three-way merge, as data.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::checks::Finding;

/// Whether a merge needs a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every edit of both sides is in the result.
    Merged,
    /// At least one field waits for a person.
    Conflict,
}

/// What the two sides did, seen from the device that holds `local`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictKind {
    /// Both changed it.
    UpdateUpdate,
    /// Changed here, deleted there.
    UpdateDelete,
    /// Deleted here, changed there.
    DeleteUpdate,
    /// Made in both places.
    CreateCreate,
    /// A resource it refers to is gone or unknown.
    Reference,
}

impl ConflictKind {
    /// The word stored and printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UpdateUpdate => "update-update",
            Self::UpdateDelete => "update-delete",
            Self::DeleteUpdate => "delete-update",
            Self::CreateCreate => "create-create",
            Self::Reference => "reference",
        }
    }

    /// Reads the stored word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::UpdateUpdate,
            Self::UpdateDelete,
            Self::DeleteUpdate,
            Self::CreateCreate,
            Self::Reference,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == word)
    }
}

/// One field that a person decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldConflict {
    /// Where, with list keys in brackets: `Patient.telecom[system=phone,use=work].value`.
    pub path: String,
    /// The value both sides started from; `null` when there was none.
    pub base: Value,
    /// This device's value; `null` when it was removed.
    pub local: Value,
    /// The server's value; `null` when it was removed.
    pub remote: Value,
    /// Whether a person must decide whatever the strategy says.
    pub guarded: bool,
    /// The rule that stopped the machine, for example `both-changed` or `weakened`.
    pub rule: String,
}

/// What `merge` answers, in the shape that `haven merge --json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MergeOutcome {
    /// Merged, or in conflict.
    pub outcome: Outcome,
    /// What the two sides did; absent when merged.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<ConflictKind>,
    /// `true` when the result is that the resource is deleted; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deleted: Option<bool>,
    /// Every edit that does not conflict, and the base's value where one does; `null` when both
    /// sides deleted, or where there is no base to show.
    pub resource: Value,
    /// The fields that wait for a person, in document order.
    pub fields: Vec<FieldConflict>,
    /// Why edits that could each stand alone wait for a person, in words.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<Finding>,
}
