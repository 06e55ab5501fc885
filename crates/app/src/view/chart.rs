//! One patient's chart.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{SyncBadge, VitalsView};

/// Who this is: shown on every screen of one patient.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BannerView {
    /// Logical id.
    pub id: String,
    /// "TREVIÑO, Enrique".
    pub name: String,
    /// "Mr"; empty when none.
    pub title: String,
    /// "25-Jul-1962".
    pub born: String,
    /// "64 y".
    pub age: String,
    /// "Male".
    pub gender: String,
    /// "MRN".
    pub identifier_label: String,
    /// "870 062 165".
    pub identifier: String,
    /// Whether somebody else here has a similar name.
    pub similar_name: bool,
    /// "Died 03-Feb-2020 (aged 81 y)"; absent for the living.
    pub deceased: Option<String>,
    /// The allergies in one line.
    pub allergies: AllergyLine,
}

/// What is known of allergies; the four never look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum AllergyState {
    /// There are some.
    Known,
    /// Somebody asked, there are none.
    NoneKnown,
    /// Nobody has recorded anything.
    NotRecorded,
    /// Not on this device.
    Unavailable,
}

/// The banner's allergy line.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AllergyLine {
    /// Which of the four.
    pub state: AllergyState,
    /// "Allergies:" items, or "No known allergies", "Allergies not recorded".
    pub text: String,
    /// Substance and criticality word, for emphasis.
    pub items: Vec<AllergyLineItem>,
}

/// One substance in the banner.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AllergyLineItem {
    /// "penicillin".
    pub substance: String,
    /// "High", "Low", "Criticality not recorded".
    pub criticality: String,
    /// Whether it is high.
    pub high: bool,
    /// "recorded twice"; absent for one record alone.
    pub twice: Option<String>,
}

/// One allergy: one record, or several of the same code, all of which stay.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AllergyView {
    /// `AllergyIntolerance/…`.
    pub key: String,
    /// "penicillin".
    pub substance: String,
    /// "medicine", "food"; empty when unknown.
    pub category: String,
    /// "High criticality", "Criticality not recorded".
    pub criticality: String,
    /// Whether it is high.
    pub high: bool,
    /// "Hives, moderate severity", "Reaction not recorded".
    pub reaction: String,
    /// Its sync state; absent when synced.
    pub sync: Option<SyncBadge>,
    /// "Recorded twice, shown once"; absent for one record alone.
    pub twice: Option<String>,
    /// Whether the records say different things.
    pub differs: bool,
    /// The records, where there are several; none of them was joined or removed.
    pub sources: Vec<AllergySourceView>,
}

/// One of several records of the same allergy.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AllergySourceView {
    /// `AllergyIntolerance/…`.
    pub key: String,
    /// "A. Orn · today 10:42".
    pub by: String,
    /// "High criticality".
    pub criticality: String,
    /// Whether it is high.
    pub high: bool,
    /// "Hives, moderate severity".
    pub reaction: String,
    /// Its sync state; absent when synced.
    pub sync: Option<SyncBadge>,
    /// What the chart says once this record no longer counts: "Low criticality · Itching".
    pub left: String,
    /// What the chart then no longer says; empty where nothing grave is lost.
    pub weakens: String,
}

/// A record that was marked as entered in error: nobody acts on it, and its history can bring it back.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RetractedView {
    /// `AllergyIntolerance/…`.
    pub key: String,
    /// "penicillin".
    pub name: String,
    /// "A. Orn · today 10:42".
    pub by: String,
    /// Its sync state; absent when synced.
    pub sync: Option<SyncBadge>,
}

/// One problem.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProblemView {
    /// `Condition/…`.
    pub key: String,
    /// "Hypertension".
    pub name: String,
    /// Whether it is active.
    pub active: bool,
    /// "since 09-Oct-1980", "until 02-Jan-2020".
    pub when: String,
    /// "Active", "Resolved".
    pub status: String,
    /// Its sync state; absent when synced.
    pub sync: Option<SyncBadge>,
}

/// One medication.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MedicationView {
    /// `MedicationRequest/…`.
    pub key: String,
    /// "lisinopril", "hydroCHLOROthiazide".
    pub name: String,
    /// "10 mg – oral – once a day".
    pub dose: String,
    /// Whether it is active.
    pub active: bool,
    /// "since 14-Jan-2026".
    pub when: String,
    /// "Active", "Stopped".
    pub status: String,
    /// Its sync state; absent when synced.
    pub sync: Option<SyncBadge>,
}

/// One laboratory result.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ResultView {
    /// `Observation/…`.
    pub key: String,
    /// "Potassium".
    pub name: String,
    /// "5.1".
    pub value: String,
    /// "mmol/L".
    pub unit: String,
    /// Its flag.
    pub flag: FlagView,
    /// "3.5–5.0", "–".
    pub range: String,
    /// "20-Nov-2026".
    pub taken: String,
}

/// A flag: unknown never means normal.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FlagView {
    /// Which.
    pub state: FlagState,
    /// "High", "Critical high", "In range", "No range".
    pub text: String,
}

/// The five flags, and that there is no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum FlagState {
    /// Within the reference range.
    InRange,
    /// Above it.
    High,
    /// Far above it.
    CriticalHigh,
    /// Below it.
    Low,
    /// Far below it.
    CriticalLow,
    /// Nothing to compare with.
    NoRange,
}

/// One encounter.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EncounterView {
    /// `Encounter/…`.
    pub key: String,
    /// "26-Oct-2026".
    pub date: String,
    /// "09:30–09:50"; empty when unknown.
    pub time: String,
    /// "Follow-up".
    pub title: String,
    /// "Home visit", "Ambulatory".
    pub class: String,
    /// "Q. Beahan"; empty when unknown.
    pub with: String,
    /// "Finished".
    pub status: String,
}

/// One document, note, or immunization.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DocumentView {
    /// Type and id.
    pub key: String,
    /// "Progress note".
    pub title: String,
    /// "26-Oct-2026".
    pub date: String,
    /// Author, site or status.
    pub detail: String,
    /// Plain text, where the document is plain text and on this device.
    pub text: Option<String>,
}

/// One point of the story, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TimelineItem {
    /// "Today 13:52", "20-Nov-2026".
    pub when: String,
    /// "Home visit".
    pub title: String,
    /// "Vitals · A. Orn".
    pub detail: String,
    /// Shown when not synced.
    pub sync: Option<SyncBadge>,
}

/// An unresolved conflict, as the chart shows it: both values, equal weight.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChartConflictView {
    /// The conflict's id.
    pub id: String,
    /// `MedicationRequest/…`.
    pub key: String,
    /// "lisinopril".
    pub title: String,
    /// Whether it is high risk.
    pub high_risk: bool,
    /// The first fields that differ.
    pub fields: Vec<ChartConflictField>,
    /// "A. Orn · 23-Nov-2026 10:42".
    pub device_who: String,
    /// "Q. Beahan · 22-Nov-2026 16:20".
    pub server_who: String,
}

/// One field with both its values.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChartConflictField {
    /// "Dose and timing".
    pub label: String,
    /// This device's value.
    pub device: String,
    /// The server's value.
    pub server: String,
    /// The value before both.
    pub before: String,
}

/// The whole chart.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChartView {
    /// Who it is.
    pub banner: BannerView,
    /// "23-Nov-2026 09:12"; absent before the first sync.
    pub data_as_of: Option<String>,
    /// All allergies.
    pub allergies: Vec<AllergyView>,
    /// Allergies that were marked as entered in error.
    pub retracted: Vec<RetractedView>,
    /// Active first.
    pub problems: Vec<ProblemView>,
    /// Active first.
    pub medications: Vec<MedicationView>,
    /// Vitals with trends.
    pub vitals: VitalsView,
    /// Newest first.
    pub results: Vec<ResultView>,
    /// Newest first.
    pub encounters: Vec<EncounterView>,
    /// Newest first.
    pub notes: Vec<DocumentView>,
    /// Newest first.
    pub immunizations: Vec<DocumentView>,
    /// Newest first, thirty at most.
    pub timeline: Vec<TimelineItem>,
    /// Unresolved conflicts of this patient.
    pub conflicts: Vec<ChartConflictView>,
    /// Changes of this chart that wait to be sent.
    pub waiting: u32,
    /// The state of the whole chart.
    pub sync: SyncBadge,
    /// Whether everything that the server has of this chart is on this device.
    pub complete: bool,
    /// "Not on this device yet: …"; absent when it is complete.
    pub incomplete: Option<String>,
}
