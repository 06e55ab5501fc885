//! Two records that may be of one person.

use serde::{Deserialize, Serialize};
use specta::Type;

/// Another patient's record that may be of the same person, or is said to be.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DoubleView {
    /// The other patient's id.
    pub id: String,
    /// "TREVIÑO, Enrique · born 25-Jul-1962 · MRN 870 062 165".
    pub other: String,
    /// Whether somebody has said that they are one person.
    pub linked: bool,
    /// "Same name and birth date", "Same identifier".
    pub why: String,
    /// Both, side by side.
    pub lines: Vec<DoubleLine>,
}

/// One thing of two records, side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DoubleLine {
    /// "Birth date".
    pub label: String,
    /// Of the open chart.
    pub here: String,
    /// Of the other.
    pub there: String,
    /// Whether the two differ.
    pub differs: bool,
}

/// A person's word on two records.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DoubleInput {
    /// The open chart's patient.
    pub patient_id: String,
    /// The other patient.
    pub other_id: String,
    /// What they say.
    pub verdict: DoubleVerdict,
    /// Why.
    pub reason: String,
}

/// What a person says of two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum DoubleVerdict {
    /// They are one person; both records stay, each naming the other.
    Link,
    /// They are not, after all.
    Unlink,
    /// They are two people; the pair is not offered again.
    KeepApart,
}
