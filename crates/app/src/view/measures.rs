//! What is measured of conflicts and sync, for administrators. Nothing of a patient.

use serde::{Deserialize, Serialize};
use specta::Type;

/// The numbers of a window of time.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MeasuresView {
    /// "As of today 14:05".
    pub as_of: String,
    /// "The last 30 days, today included, on this device".
    pub window: String,
    /// The days that are counted.
    pub days: u32,
    /// The days that can be asked for.
    pub windows: Vec<DaysView>,
    /// The numbers, each with its unit and what it is.
    pub tiles: Vec<MeasureView>,
    /// By type and kind.
    pub rows: Vec<MeasureRow>,
    /// What the columns of the rows are, in words.
    pub columns: Vec<MeasureView>,
}

/// A window of time to choose.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DaysView {
    /// How many days.
    pub days: u32,
    /// "30 days".
    pub label: String,
}

/// One number.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MeasureView {
    /// Names it: `shareMerged`.
    pub key: String,
    /// "Merged by the machine".
    pub label: String,
    /// "97.2"; "Not known" where there was nothing to measure. Empty of a column.
    pub amount: String,
    /// "%"; empty of a bare count, and of what is not known.
    pub unit: String,
    /// What it is, in a sentence.
    pub definition: String,
}

/// The numbers of one type and kind.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MeasureRow {
    /// "Medicine".
    pub record: String,
    /// "Changed in two places"; "Merged automatically" of merges, whose kind is not known.
    pub what: String,
    /// "12".
    pub opened: String,
    /// "3".
    pub merged: String,
    /// "12".
    pub decided: String,
    /// "35 min"; "–" where nothing was decided.
    pub median: String,
    /// "4 h".
    pub p95: String,
}
