//! Where a conflict stands before the clinic.

use serde::{Deserialize, Serialize};
use specta::Type;

/// What the clinic says of a conflict.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CaseView {
    /// Whether it is before the clinic, or on its way there.
    pub escalated: bool,
    /// "Before the clinic since 22-Nov-2026 16:05"; empty of one that is this device's own.
    pub stage: String,
    /// "Laptop 3": the workstation on which it began; empty of one that began here.
    pub origin: String,
    /// The login name of who is to decide; empty for nobody in particular.
    pub assignee: String,
    /// "A. Orn", "You"; empty for nobody in particular.
    pub assignee_text: String,
    /// Whether that is who looks at it.
    pub mine: bool,
    /// Who may be named.
    pub people: Vec<PersonChoice>,
    /// What was said, in order.
    pub comments: Vec<CommentView>,
    /// A decision that waits for a second person.
    pub proposal: Option<ProposalView>,
    /// That the clinic asks for a second person here, in words; empty where it does not.
    pub second: String,
    /// Whether it can be put before the clinic from here.
    pub may_escalate: bool,
    /// "2 days".
    pub age: String,
}

/// Somebody who can be named to decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PersonChoice {
    /// The login name.
    pub login: String,
    /// "A. Orn, clinician".
    pub label: String,
}

/// What somebody said of a conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CommentView {
    /// "A. Orn", "You".
    pub who: String,
    /// "today 14:05".
    pub at: String,
    /// What.
    pub text: String,
    /// Whether the server has still to hear of it.
    pub waits: bool,
}

/// A decision that waits for a second person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProposalView {
    /// "Proposed by A. Orn, today 14:05".
    pub text: String,
    /// Why; empty when nobody said.
    pub reason: String,
    /// What approving it changes at the server; empty when it leaves the server's version as it is.
    pub changes: Vec<ChangeLine>,
    /// What comes of it, where there is no line to show: "Deletes the record".
    pub outcome: String,
    /// Whether this user may approve it.
    pub may_approve: bool,
    /// Whether this user may send it back.
    pub may_return: bool,
    /// Why it cannot be approved here; empty when it can.
    pub why_not: String,
}

/// One element before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChangeLine {
    /// "Dose and timing".
    pub label: String,
    /// Before.
    pub from: String,
    /// After.
    pub to: String,
    /// Whether a wrong value could harm the patient.
    pub high_risk: bool,
}

/// What puts a conflict before the clinic.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EscalateInput {
    /// The conflict.
    pub conflict_id: String,
    /// The login name of who is to decide; empty for nobody in particular.
    pub assignee: String,
    /// What to say of it; may be empty.
    pub comment: String,
}

/// A second person's word on what another has decided.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReviewInput {
    /// The conflict.
    pub conflict_id: String,
    /// Whether it becomes a version; else it goes back.
    pub approve: bool,
    /// Why; needed to send it back.
    pub reason: String,
}
