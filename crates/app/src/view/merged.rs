//! What the machine merged.

use serde::{Deserialize, Serialize};
use specta::Type;

/// What the machine merged today on this device.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MergesView {
    /// "3 records merged automatically today"; empty when there was nothing to merge.
    pub text: String,
    /// The records, the newest merge first; 50 at most.
    pub rows: Vec<MergedRow>,
}

/// A record that the machine merged.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MergedRow {
    /// `MedicationRequest/…`, to open its history by.
    pub key: String,
    /// "lisinopril".
    pub title: String,
    /// "TREVIÑO, Enrique".
    pub name: String,
    /// "25-Jul-1962".
    pub born: String,
    /// "870 062 165".
    pub identifier: String,
    /// "today 14:05".
    pub when: String,
}
