//! The patient list and today's schedule.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::SyncBadge;

/// Which patients to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum PatientFilter {
    /// All on this device.
    #[default]
    All,
    /// With an appointment today.
    Today,
    /// With a change that the server has not acknowledged.
    NotSynced,
    /// With a conflict.
    NeedsReview,
}

/// A page of the patient list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PatientListQuery {
    /// Name words, birth date or identifier; empty lists all.
    pub text: String,
    /// Which patients.
    pub filter: PatientFilter,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to answer, 500 at most.
    pub limit: u32,
}

/// The patient list.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PatientListView {
    /// One page, by family name (or by rank when searching).
    pub rows: Vec<PatientRowView>,
    /// How many match.
    pub total: u32,
    /// How many patients are on this device.
    pub on_device: u32,
    /// Numbers beside the filters.
    pub today: u32,
    /// As above.
    pub not_synced: u32,
    /// As above.
    pub needs_review: u32,
    /// "2 people here have similar names: …"; absent when there are none in this page.
    pub similar: Option<SimilarNames>,
    /// "23-Nov-2026 09:12".
    pub data_as_of: Option<String>,
}

/// People easily taken for one another.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SimilarNames {
    /// "2 people here have similar names:".
    pub title: String,
    /// "Treviño, Eduardo and Treviño, Enrique. Check birth date and MRN before you open a chart."
    pub text: String,
}

/// One patient in the list.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PatientRowView {
    /// Logical id.
    pub id: String,
    /// "TREVIÑO, Enrique".
    pub name: String,
    /// Whether somebody else here has a similar name.
    pub similar_name: bool,
    /// "25-Jul-1962", or "Not recorded".
    pub born: String,
    /// "64 y"; empty when unknown.
    pub age: String,
    /// "Male", "Not recorded".
    pub gender: String,
    /// "MRN".
    pub identifier_label: String,
    /// "870 062 165", or "Not recorded".
    pub identifier: String,
    /// "23-Nov-2026"; "Not recorded".
    pub last_seen: String,
    /// Deceased people are marked by word and pattern.
    pub deceased: bool,
    /// The state of everything in this chart.
    pub sync: SyncBadge,
}

/// Where an appointment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum AppointmentState {
    /// To come.
    Booked,
    /// The patient is here or being seen.
    InProgress,
    /// Over.
    Done,
    /// Cancelled or missed.
    Off,
}

/// One appointment of the day.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AppointmentView {
    /// "13:45".
    pub time: String,
    /// Logical id of the patient.
    pub patient_id: String,
    /// "TREVIÑO, Enrique".
    pub name: String,
    /// "25-Jul-1962".
    pub born: String,
    /// "870 062 165".
    pub identifier: String,
    /// "Blood pressure review".
    pub reason: String,
    /// For the mark.
    pub state: AppointmentState,
    /// "Done", "In progress", "" when booked.
    pub state_text: String,
}

/// Today's schedule.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TodayView {
    /// "Mon 23-Nov-2026".
    pub date: String,
    /// By time.
    pub appointments: Vec<AppointmentView>,
}
