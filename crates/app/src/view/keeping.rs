//! What keeps the store safe while people work: notices, the lock, drafts, the glass.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::VitalsInput;

/// Something that whoever unlocked must be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NoticeView {
    /// Whether something may have been altered; else it is a warning.
    pub critical: bool,
    /// What happened.
    pub title: String,
    /// What is safe and what to do.
    pub detail: String,
}

/// A form that was typed and not saved.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DraftView {
    /// What was typed.
    pub input: VitalsInput,
    /// Two identifiers of the patient, parted by " · ".
    pub patient: String,
    /// "Vitals, kept today 14:03".
    pub kept: String,
}

/// Whether some of a chart lies behind the glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum GlassState {
    /// Nothing that this user could open that way.
    Clear,
    /// Some records are hidden, and this user may break the glass.
    Hidden,
    /// The glass is broken for this patient.
    Broken,
}

/// What the chart says of records behind the glass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct GlassView {
    /// Which of the three.
    pub state: GlassState,
    /// "Some records are hidden", "Emergency access until 15:05 – recorded"; empty when clear.
    pub text: String,
    /// What it means, in a sentence.
    pub detail: String,
    /// How long it lasts, in milliseconds, at most a day; absent unless broken.
    pub left_ms: Option<u32>,
}
