//! The versions of a record, decisions that were made, and what taking them back does.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{BannerView, ChangeLine, InboxPreviewField};

/// The versions of one record, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HistoryView {
    /// `MedicationRequest/…`.
    pub key: String,
    /// "lisinopril".
    pub title: String,
    /// Who it is about; absent for what belongs to no patient.
    pub banner: Option<BannerView>,
    /// The versions.
    pub versions: Vec<VersionView>,
}

/// One version of a record.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VersionView {
    /// Names it in every call.
    pub version: u32,
    /// "today 14:05".
    pub when: String,
    /// "A. Orn, clinician".
    pub who: String,
    /// "This device"; empty of another.
    pub place: String,
    /// "Edited", "Merged automatically", "Decided".
    pub what: String,
    /// Whether a machine put it together.
    pub merged: bool,
    /// Of what: "From this device: A. Orn, clinician, today 10:42", and the same of the server; empty of
    /// what was not put together.
    pub sources: Vec<String>,
    /// Whether it stands now.
    pub current: bool,
    /// What it changed against the one before.
    pub changes: Vec<ChangeLine>,
    /// What it did, where there is no element to show: "Deleted", "Added".
    pub outcome: String,
    /// Why it was decided so; empty of what was no decision.
    pub reason: String,
    /// The conflict whose decision it is and that can be asked to be taken back; else empty.
    pub conflict_id: String,
    /// Whether it can be brought back.
    pub may_return: bool,
}

/// What taking something back comes to.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReturnPreview {
    /// What happens, in sentences.
    pub text: String,
    /// What returns, element by element.
    pub changes: Vec<ChangeLine>,
    /// What returns, where there is no element to show.
    pub outcome: String,
    /// Whether it can be done now.
    pub possible: bool,
    /// Why not; empty when it can.
    pub why_not: String,
}

/// What was decided on this device or for it, newest first.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DecidedView {
    /// The decisions.
    pub rows: Vec<DecidedRow>,
    /// Those that were made together and can be taken back together.
    pub batches: Vec<BatchView>,
}

/// One decision.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DecidedRow {
    /// The conflict's id.
    pub id: String,
    /// `MedicationRequest/…`.
    pub key: String,
    /// "TREVIÑO, Enrique".
    pub name: String,
    /// "25-Jul-1962".
    pub born: String,
    /// "870 062 165".
    pub identifier: String,
    /// "lisinopril – dose".
    pub item: String,
    /// "today 14:05".
    pub when: String,
    /// "A. Orn", "You".
    pub who: String,
    /// Why; empty when nobody said.
    pub reason: String,
    /// The batch it was decided in; empty of one decided by itself.
    pub batch: String,
}

/// Decisions made together.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BatchView {
    /// Names it.
    pub id: String,
    /// "48 decided together, today 14:05, by A. Orn".
    pub text: String,
    /// Why.
    pub reason: String,
}

/// What can be decided by one rule.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BulkChoicesView {
    /// The elements that wait, the most frequent first.
    pub elements: Vec<BulkElement>,
    /// Reasons to choose from.
    pub reasons: Vec<String>,
}

/// An element that waits in several records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BulkElement {
    /// `Patient`.
    pub resource_type: String,
    /// `Patient.telecom`.
    pub path: String,
    /// "Patient – Contact".
    pub label: String,
    /// In how many conflicts it waits.
    pub count: u32,
}

/// A rule, and what it leaves alone.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BulkInput {
    /// `Patient`.
    pub resource_type: String,
    /// `Patient.telecom`.
    pub path: String,
    /// `local`, `remote`, `base` or `both`.
    pub take: String,
    /// The conflicts that are left out.
    pub exclude: Vec<String>,
    /// Why; absent for a preview.
    pub reason: Option<String>,
}

/// What a rule does, or would do.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BulkView {
    /// "48 would be decided · 1 high risk, left to a person · 1 left out".
    pub text: String,
    /// How many are decided, or would be.
    pub applied: u32,
    /// Names the batch; absent of a preview.
    pub batch_id: Option<String>,
    /// Those that the rule covers, those it decides first.
    pub rows: Vec<BulkRow>,
}

/// One conflict that a rule covers.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BulkRow {
    /// The conflict.
    pub id: String,
    /// "TREVIÑO, Enrique".
    pub name: String,
    /// "25-Jul-1962".
    pub born: String,
    /// "870 062 165".
    pub identifier: String,
    /// "Phone, mobile".
    pub item: String,
    /// Both sides of its fields.
    pub fields: Vec<InboxPreviewField>,
    /// Whether the rule decides it.
    pub applies: bool,
    /// Why it is left alone; empty when it is not.
    pub because: String,
    /// Whether it was left out on request, and can be taken in again.
    pub excluded: bool,
}
