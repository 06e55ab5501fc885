//! Signatures whose bodies are being written (this file goes away).
use super::{Backdrop, Patients};
use crate::view::*;
use haven_model::{FieldConflict, Resource};
use haven_store::{ConflictRow, OutboxEntry, PatientRow, Stored};
use serde::{Deserialize, Serialize};
use serde_json::Value;

fn later() -> ! {
    #[expect(clippy::unimplemented, reason = "being written")]
    {
        unimplemented!()
    }
}

pub fn patient_rows(_rows: &[PatientRow], _backdrop: Backdrop<'_>) -> Vec<PatientRowView> { later() }
/// The strip over the list; `None` when no two names of the page are alike.
pub fn similar(_rows: &[PatientRow]) -> Option<SimilarNames> { later() }
/// Whether one of `others` (itself aside) has a name easily taken for the patient's.
pub fn has_similar_name(_patient: &Stored, _others: &[PatientRow]) -> bool { later() }
pub fn today(_appointments: &[Stored], _patients: &Patients, _backdrop: Backdrop<'_>) -> TodayView { later() }
/// The ids of the patients of today's appointments (for the Today filter).
pub fn patients_today(_appointments: &[Stored], _backdrop: Backdrop<'_>) -> Vec<String> { later() }

pub struct ChartInput<'a> {
    pub patient: &'a Stored,
    pub resources: &'a [Stored],
    pub conflicts: &'a [ConflictRow],
    pub outbox: &'a [OutboxEntry],
    pub similar_name: bool,
    /// Whether the clinical part of the chart may be read here; `false` shows allergies as unavailable.
    pub whole: bool,
}
pub fn chart(_input: &ChartInput<'_>, _backdrop: Backdrop<'_>) -> ChartView { later() }
pub fn banner(_input: &ChartInput<'_>, _backdrop: Backdrop<'_>) -> BannerView { later() }

pub fn vitals_form(_patient: &Stored, _resources: &[Stored], _backdrop: Backdrop<'_>) -> VitalsFormView { later() }
pub fn check_vitals(_input: &VitalsInput, _patient: &Stored, _resources: &[Stored], _backdrop: Backdrop<'_>) -> VitalsCheckView { later() }
/// `new_id` draws UUIDv7s; `performer` is the display name of who is at work.
/// # Errors
/// The check, when it cannot be saved.
pub fn to_observations(_input: &VitalsInput, _patient: &Stored, _resources: &[Stored], _performer: &str, _new_id: &mut dyn FnMut() -> String, _backdrop: Backdrop<'_>) -> Result<Vec<Value>, VitalsCheckView> { later() }
pub fn saved(_observations: &[Value], _backdrop: Backdrop<'_>) -> SavedView { later() }

/// One waiting change with what is needed to word it.
pub struct Queued<'a> {
    pub entry: &'a OutboxEntry,
    /// As it stands here; `None` for a deletion.
    pub current: Option<Resource>,
    /// What the server last had.
    pub base: Option<Resource>,
    /// The open conflict's id.
    pub conflict_id: Option<String>,
}
/// The account at the server.
pub struct AccountFacts {
    /// Display name of who is signed in to the server.
    pub signed_in: Option<String>,
    pub until: Option<haven_model::Timestamp>,
    /// "haven hub".
    pub server: String,
    pub round_trip_ms: Option<u32>,
}
pub struct CentreInput<'a> {
    pub queue: &'a [Queued<'a>],
    pub patients: &'a Patients,
    pub account: &'a AccountFacts,
    /// All waiting changes, where `queue` holds only the first ones.
    pub total: u32,
    pub patients_on_device: u32,
    pub resources_on_device: u32,
    pub used_bytes: u64,
    pub free_bytes: Option<u64>,
}
pub fn sync_centre(_input: &CentreInput<'_>, _backdrop: Backdrop<'_>) -> SyncCentreView { later() }

/// Resolved and merged today are counted by the caller.
pub fn inbox(_conflicts: &[ConflictRow], _patients: &Patients, _resolved_today: u32, _merged_today: u32, _backdrop: Backdrop<'_>) -> InboxView { later() }

pub struct ConflictInput<'a> {
    pub row: &'a ConflictRow,
    pub draft: &'a Draft,
    pub banner: Option<BannerView>,
    /// All open conflicts in inbox order, this one included.
    pub queue: Vec<InboxRow>,
    pub resolved_today: u32,
    /// The clinic's name of this device.
    pub clinic: &'a str,
}
pub fn conflict(_input: &ConflictInput<'_>, _backdrop: Backdrop<'_>) -> ConflictView { later() }

/// A half-made decision: every choice in order, so that each can be undone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Draft { pub(crate) steps: Vec<FieldConflict> }
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    #[error("this field is not in conflict any more")]
    NoSuchField,
    /// What was typed does not fit the field; the words say why.
    #[error("{0}")]
    Typed(String),
}
#[derive(Clone, Debug, PartialEq)]
pub enum Resolution { Body(Value), Deleted }
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{left} fields wait for a choice")]
pub struct NotReady { pub left: u32 }
impl Draft {
    /// From what `Tx::save_draft` kept; unreadable text is an empty draft.
    pub fn from_text(_text: Option<&str>) -> Self { later() }
    pub fn to_text(&self) -> String { later() }
    /// # Errors
    /// When the field is gone or the typed text does not fit.
    pub fn choose(&mut self, _row: &ConflictRow, _choice: &ChoiceInput) -> Result<(), ChoiceError> { later() }
    /// Takes back the last choice; `false` when there is none.
    pub fn undo(&mut self) -> bool { later() }
    /// # Errors
    /// While fields wait.
    pub fn resolution(&self, _row: &ConflictRow) -> Result<Resolution, NotReady> { later() }
}
/// "Blood pressure 182/110 mmHg", "lisinopril": what a resource is called in a list.
pub fn key_title(_resource: &Value) -> String { later() }
