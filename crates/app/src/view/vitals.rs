//! Vitals: the summary table, the trends and the form.
//!
//! Decimals are exported to TypeScript as `u32` is, a plain `number`: the generator makes an `f64`
//! nullable for the sake of NaN, and none of these is ever NaN.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{FlagState, FlagView, SyncBadge};

/// Vitals of one patient.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VitalsView {
    /// The summary's columns, oldest first: "28-Sep-2026", …, "Today 13:52".
    pub columns: Vec<String>,
    /// One row a measure.
    pub rows: Vec<VitalsRow>,
    /// One series a measure, for the trends.
    pub series: Vec<VitalSeries>,
    /// Every set of readings, newest first, for the table.
    pub readings: Vec<VitalsReading>,
    /// "182/110 Critical high", words for the newest critical reading.
    pub alert: Option<VitalsAlert>,
    /// "shaded band = reference range for adults".
    pub note: String,
}

/// The newest reading that is critical.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VitalsAlert {
    /// "182/110 Critical high".
    pub text: String,
    /// "A. Orn, today 13:52".
    pub who: String,
    /// For the icon.
    pub flag: FlagState,
}

/// One measure in the summary.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VitalsRow {
    /// `bloodPressure`, `heartRate`, …: the key of its series.
    pub kind: String,
    /// "Blood pressure".
    pub label: String,
    /// "mmHg".
    pub unit: String,
    /// As many as columns.
    pub cells: Vec<VitalsCell>,
    /// Where no column has a value: the last one with its date, "172 cm, 20-Nov-2025".
    pub older: Option<String>,
}

/// One value; an empty text means not measured.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VitalsCell {
    /// "141/87", "–".
    pub text: String,
    /// Its flag.
    pub flag: Option<FlagView>,
}

/// One measure over time.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VitalSeries {
    /// `bloodPressure`.
    pub kind: String,
    /// "Blood pressure".
    pub label: String,
    /// "mmHg".
    pub unit: String,
    /// Oldest first.
    pub points: Vec<VitalPoint>,
    /// Reference bands, shaded only where known: one, or two for blood pressure.
    pub ranges: Vec<RangeBand>,
    /// Limits beyond which a value is critical.
    #[specta(type = Option<u32>)]
    pub critical_low: Option<f64>,
    /// As above.
    #[specta(type = Option<u32>)]
    pub critical_high: Option<f64>,
    /// "92 in range".
    pub latest: String,
}

/// A reference band.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RangeBand {
    /// "Systolic range 90–140".
    pub label: String,
    /// Lower end.
    #[specta(type = u32)]
    pub low: f64,
    /// Upper end.
    #[specta(type = u32)]
    pub high: f64,
}

/// One reading.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VitalPoint {
    /// Milliseconds since the epoch, for the axis.
    #[specta(type = u32)]
    pub at_ms: f64,
    /// "23-Nov-2026 13:52".
    pub when: String,
    /// The value; the systolic one for blood pressure.
    #[specta(type = u32)]
    pub value: f64,
    /// The diastolic one.
    #[specta(type = Option<u32>)]
    pub low: Option<f64>,
    /// "182/110".
    pub text: String,
    /// Its flag.
    pub flag: FlagView,
}

/// A set of readings taken together.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VitalsReading {
    /// "23-Nov-2026 13:52".
    pub taken: String,
    /// Values with their labels and units.
    pub values: Vec<ReadingValue>,
    /// "A. Orn"; empty when unknown.
    pub by: String,
    /// Its sync state.
    pub sync: SyncBadge,
}

/// One value of a set.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReadingValue {
    /// `bloodPressure`.
    pub kind: String,
    /// "182/110".
    pub text: String,
    /// "mmHg".
    pub unit: String,
    /// Its flag.
    pub flag: FlagView,
}

/// One input of the form.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VitalsField {
    /// `systolic`, `diastolic`, `heartRate`, `respiratoryRate`, `temperature`, `spo2`, `weight`,
    /// `height`, `pain`.
    pub key: String,
    /// "Systolic".
    pub label: String,
    /// "mmHg".
    pub unit: String,
    /// "Last 148 mmHg, 20-Nov-2026"; absent when never measured.
    pub last: Option<String>,
}

/// The form for one patient.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VitalsFormView {
    /// Two identifiers in words: "TREVIÑO, Enrique · born 25-Jul-1962 · MRN 870 062 165".
    pub patient: String,
    /// "23-Nov-2026".
    pub date: String,
    /// "14:03".
    pub time: String,
    /// The inputs, in order.
    pub fields: Vec<VitalsField>,
}

/// What was typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VitalsInput {
    /// Logical id of the patient.
    pub patient_id: String,
    /// "23-Nov-2026".
    pub date: String,
    /// "14:03", 24 h.
    pub time: String,
    /// Field key and typed text; empty text means not measured.
    pub values: Vec<TypedValue>,
    /// Field keys whose unusual value was confirmed.
    pub confirmed: Vec<String>,
}

/// One typed value.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TypedValue {
    /// Field key.
    pub key: String,
    /// As typed.
    pub text: String,
}

/// How a typed value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum EntryState {
    /// Nothing typed.
    Empty,
    /// Fine.
    Ok,
    /// Unusual; needs a confirmation.
    Unusual,
    /// Unusual and confirmed.
    Confirmed,
    /// Cannot be right; blocks saving.
    Blocked,
}

/// What Rust says of one typed value.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EntryCheckView {
    /// Field key, or `date`, `time`.
    pub key: String,
    /// How it stands.
    pub state: EntryState,
    /// "184/112 is critical high".
    pub title: String,
    /// "Range 90–140 / 60–90. At 13:52 it was 182/110."
    pub detail: String,
    /// "37.8": offered when a decimal point seems to be missing.
    pub suggestion: Option<String>,
    /// Its flag, for the icon.
    pub flag: Option<FlagView>,
}

/// What Rust says of the whole form.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VitalsCheckView {
    /// One for each input that is not plainly fine.
    pub checks: Vec<EntryCheckView>,
    /// Whether Save will be taken.
    pub can_save: bool,
    /// Why not: "Confirm 1 unusual value".
    pub reason: String,
}

/// What was saved.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SavedView {
    /// "Saved on this device 13:52".
    pub text: String,
    /// "182/110 mmHg, 38.4 °C".
    pub what: String,
    /// The resources made.
    pub keys: Vec<String>,
    /// "Saved offline" while the server has not answered.
    pub sync: SyncBadge,
}
