//! Edits that were given up, for those who review.

use serde::{Deserialize, Serialize};
use specta::Type;

/// An edit that was given up before the server took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DiscardedRow {
    /// Names it in every call: the number of its audit entry.
    pub seq: u32,
    /// "today 14:05".
    pub when: String,
    /// "A. Orn, clinician".
    pub who: String,
    /// "Added", "Changed", "Deleted".
    pub operation: String,
    /// "Medication".
    pub kind: String,
    /// "TREVIÑO, Enrique"; empty where this user does not read the record.
    pub name: String,
    /// "25-Jul-1962"; empty as above.
    pub born: String,
    /// "870 062 165"; empty as above.
    pub identifier: String,
    /// Why; empty as above.
    pub reason: String,
    /// Whether this user may look at the content.
    pub readable: bool,
}

/// What an edit was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DiscardedContent {
    /// What is known of it from outside.
    pub row: DiscardedRow,
    /// "Blood pressure 182/110 mmHg", "Deletion of the record".
    pub title: String,
    /// "Edited today 10:42, A. Orn, clinician".
    pub edited: String,
    /// What the server had answered; empty where it had not refused it.
    pub refusal: String,
    /// Element by element; none of a deletion.
    pub lines: Vec<DiscardedLine>,
}

/// One element of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DiscardedLine {
    /// "Dose and timing".
    pub label: String,
    /// "10 mg daily".
    pub value: String,
}
