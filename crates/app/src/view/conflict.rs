//! The conflict inbox and the conflict view.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{BannerView, CaseView};

/// The inbox, high risk first, then oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct InboxView {
    /// All open conflicts.
    pub rows: Vec<InboxRow>,
    /// Of these, how many are high risk.
    pub high_risk: u32,
    /// Resolved today by people on this device.
    pub resolved_today: u32,
    /// Merged by machine today.
    pub merged_today: u32,
}

/// One open conflict.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct InboxRow {
    /// The conflict's id.
    pub id: String,
    /// Whether a guarded field differs.
    pub high_risk: bool,
    /// "High risk: medicine dose"; empty for routine ones.
    pub risk_text: String,
    /// "TREVIÑO, Enrique".
    pub name: String,
    /// "25-Jul-1962".
    pub born: String,
    /// "64 y".
    pub age_of_patient: String,
    /// "MRN".
    pub identifier_label: String,
    /// "870 062 165".
    pub identifier: String,
    /// "lisinopril – dose, instructions".
    pub item: String,
    /// "Changed in two places", "Deleted on server, edited here".
    pub what: String,
    /// "This device", or the name of the one on which it began.
    pub device_label: String,
    /// "A. Orn".
    pub device_who: String,
    /// "Q. Beahan".
    pub server_who: String,
    /// "2 days", "22 h", "5 min".
    pub age: String,
    /// "4 fields differ · 3 merged automatically".
    pub summary: String,
    /// The first fields, for the preview.
    pub preview: Vec<InboxPreviewField>,
    /// "Laptop 3": the workstation on which it began; empty of one that began here.
    pub origin: String,
    /// "Before the clinic", "Waits for approval"; empty of one that is this device's own.
    pub stage: String,
    /// Who is to decide: "A. Orn", "You"; empty for nobody in particular.
    pub assignee: String,
    /// Whether that is who looks at it.
    pub mine: bool,
    /// How many comments there are.
    pub comments: u32,
}

/// One field in the preview.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct InboxPreviewField {
    /// "Dose and timing".
    pub label: String,
    /// This device's value.
    pub device: String,
    /// The server's value.
    pub server: String,
    /// Before both.
    pub before: String,
}

/// A run of words that was kept, removed or added against the base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Segment {
    /// What became of it.
    pub op: SegmentOp,
    /// The words.
    pub text: String,
}

/// What became of some words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SegmentOp {
    /// As before.
    Same,
    /// Taken out.
    Removed,
    /// Put in.
    Added,
}

/// Who made one side, where and when.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SideView {
    /// "This device", "Server".
    pub label: String,
    /// "A. Orn, clinician".
    pub person: String,
    /// "Laptop 3 · North Shore Home Care".
    pub place: String,
    /// "Edited 23-Nov-2026 10:42 · not uploaded".
    pub edited: String,
    /// Whether this side deleted the resource.
    pub deleted: bool,
    /// Whose record this side is, with two identifiers: "TREVIÑO, Enrique · born 25-Jul-1962 · MRN 870
    /// 062 165". Empty where the two sides agree and the banner says it.
    pub identity: String,
}

/// A choice for one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum PickView {
    /// Nothing chosen yet.
    Undecided,
    /// This device's value.
    Device,
    /// The server's value.
    Server,
    /// Both (list items only).
    Both,
    /// The value before both.
    Before,
    /// Typed by the resolver.
    Edited,
    /// Entered as unknown.
    Unknown,
}

/// How a field can be typed over.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum EditWidget {
    /// It cannot be; pick a side.
    None,
    /// Free text.
    Text,
    /// A date as DD-MMM-YYYY.
    Date,
    /// A number; the unit stays.
    #[serde(rename_all = "camelCase")]
    Number {
        /// "mg".
        unit: String,
    },
    /// One of some codes.
    #[serde(rename_all = "camelCase")]
    Code {
        /// Value and word.
        options: Vec<CodeOption>,
    },
}

/// One code to choose.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CodeOption {
    /// The code.
    pub value: String,
    /// The word for people.
    pub label: String,
}

/// One conflicting field.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FieldView {
    /// The merge path; names the field in every call.
    pub path: String,
    /// "Dose and timing".
    pub label: String,
    /// "Why a person decides", in words.
    pub why: String,
    /// Whether it is guarded.
    pub high_risk: bool,
    /// Whether both values can be kept.
    pub can_keep_both: bool,
    /// Whether "unknown" can be entered for it.
    pub can_be_unknown: bool,
    /// The value before both; "Not recorded" when there was none.
    pub before: String,
    /// This device's value, with its changes.
    pub device: Vec<Segment>,
    /// The server's value, with its changes.
    pub server: Vec<Segment>,
    /// What a screen reader says: "This device: removed 10 mg, added 20 mg. Server: …".
    pub spoken: String,
    /// The choice so far.
    pub pick: PickView,
    /// The chosen value in words; empty while undecided.
    pub result: String,
    /// How it can be edited.
    pub edit: EditWidget,
    /// What to put into the editor first.
    pub edit_text: String,
}

/// One field that the machine merged.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MergedFieldView {
    /// The merge path.
    pub path: String,
    /// "Refills", "Address, home – city".
    pub label: String,
    /// The element it is a part of: "Address, home".
    pub element: String,
    /// What it is called within that: "City"; as `label` where it is the element itself.
    pub part: String,
    /// Before both.
    pub before: String,
    /// The merged value.
    pub result: String,
    /// Which side it came from: `Device`, `Server` or `Both`.
    pub from: PickView,
}

/// One line of the full record, for the three panes.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RecordLine {
    /// "Dose"; the first line of a section carries it.
    pub section: String,
    /// "Refills".
    pub label: String,
    /// The conflicting field's path, for lines that wait for or hold a choice.
    pub path: Option<String>,
    /// This device, with its changes.
    pub device: Vec<Segment>,
    /// The result so far; empty while undecided.
    pub result: String,
    /// The server, with its changes.
    pub server: Vec<Segment>,
    /// Where the result comes from; `Before` when nobody changed it.
    pub from: PickView,
    /// Whether it is one of the conflicting fields.
    pub conflict: bool,
    /// Whether it is high risk.
    pub high_risk: bool,
}

/// Something to look at before accepting.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ResultIssue {
    /// Whether it blocks.
    pub blocks: bool,
    /// Words for people.
    pub text: String,
}

/// Both texts of a signed note, one as an addendum to the other.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct KeepBothView {
    /// What is chosen by [`PickView::Both`] for it.
    pub path: String,
    /// What it does, in sentences.
    pub text: String,
    /// "Keep both, with an addendum".
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// The conflict view.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConflictView {
    /// The conflict's id.
    pub id: String,
    /// Who it is about; absent for what belongs to no patient.
    pub banner: Option<BannerView>,
    /// "lisinopril".
    pub title: String,
    /// "Medicine · Changed in two places since version 6".
    pub subtitle: String,
    /// `update-update` and so on.
    pub kind: String,
    /// This device.
    pub device: SideView,
    /// The server.
    pub server: SideView,
    /// The conflicting fields.
    pub fields: Vec<FieldView>,
    /// What the machine merged.
    pub merged: Vec<MergedFieldView>,
    /// How many elements nobody changed.
    pub unchanged: u32,
    /// The full record, aligned.
    pub record: Vec<RecordLine>,
    /// Fields without a choice.
    pub left: u32,
    /// "2 fields left · 1 high risk", "All decided".
    pub left_text: String,
    /// What to check before accepting.
    pub issues: Vec<ResultIssue>,
    /// The way to keep both texts of a signed note; absent of everything else.
    pub keep_both: Option<KeepBothView>,
    /// Whether a reason is needed.
    pub reason_required: bool,
    /// Reasons to choose from.
    pub reasons: Vec<String>,
    /// The sentence to confirm, when high risk: "I have checked … with two identifiers."
    pub confirm_text: Option<String>,
    /// Whether there is something to undo.
    pub can_undo: bool,
    /// Whether the server changed again since choices were made.
    pub stale: bool,
    /// The other open conflicts, in inbox order, for "next".
    pub queue: Vec<InboxRow>,
    /// "3 of 7 resolved · 2 high risk".
    pub queue_text: String,
    /// Whether this user may see the versions as JSON.
    pub may_show_raw: bool,
    /// Where it stands before the clinic.
    pub case: CaseView,
}

/// The versions of a conflict as JSON, with what each side changed.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RawConflictView {
    /// This device's version against the one before both; empty when it was deleted.
    pub device: Vec<Segment>,
    /// The server's version against the one before both; empty when it was deleted.
    pub server: Vec<Segment>,
}

/// A person's choice for one field.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChoiceInput {
    /// The conflict.
    pub conflict_id: String,
    /// The field.
    pub path: String,
    /// The choice; `Edited` takes `text`.
    pub pick: PickView,
    /// What was typed.
    pub text: Option<String>,
}

/// A person's word that the result is right.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AcceptInput {
    /// The conflict.
    pub conflict_id: String,
    /// The reason; needed where the view says so.
    pub reason: String,
    /// Whether the high-risk sentence was confirmed.
    pub confirmed: bool,
}

/// What was accepted.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedView {
    /// "Saved on this device 14:05".
    pub text: String,
    /// The next conflict to open, highest risk first.
    pub next: Option<String>,
}
