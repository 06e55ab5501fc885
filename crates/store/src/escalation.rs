//! Conflicts before the whole clinic, as this device knows of them.

use haven_model::escalation::{Act, ActKind, EscalatedConflict};
use haven_model::{ResourceKey, SensitivityClass};

/// A conflict that is before the clinic, or on its way there.
#[derive(Clone, Debug)]
pub struct Escalation {
    /// The conflict's id.
    pub id: String,
    /// The resource.
    pub key: ResourceKey,
    /// Which key seals what is kept of it.
    pub class: SensitivityClass,
    /// Whether it began on this device.
    pub own: bool,
    /// The local version that a decision made here became.
    pub decided_version: Option<i64>,
    /// Whether the server has still to take that version.
    pub decision_waits: bool,
    /// What the hub told of it last; `None` before its first answer.
    pub record: Option<EscalatedConflict>,
    /// What the hub has still to hear of, in order.
    pub queued: Vec<QueuedAct>,
}

impl Escalation {
    /// Whether it is before the clinic or on its way there; the hub may have refused it.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.record.is_some() || !self.queued.is_empty()
    }

    /// Whether the hub says that somebody still has to do something about it, and nobody here has.
    #[must_use]
    pub fn waits(&self) -> bool {
        let told = self.record.as_ref();
        !self.decision_waits && told.is_some_and(|record| record.status.waits())
    }

    /// Whether it waits because a decision was taken back: the resource waits for it on no device.
    #[must_use]
    pub fn waits_again(&self) -> bool {
        let told = self.record.as_ref();
        self.waits() && told.is_some_and(|record| record.reopened > 0)
    }
}

/// Something that was done about a conflict and that the hub has still to hear of.
#[derive(Clone, Debug)]
pub struct QueuedAct {
    /// Its place; lower was done earlier.
    pub no: i64,
    /// What.
    pub kind: ActKind,
    /// The particulars.
    pub act: Act,
}

/// Which conflict something is done about.
#[derive(Clone, Debug)]
pub struct ConflictName {
    /// The conflict's id.
    pub id: String,
    /// The resource.
    pub key: ResourceKey,
    /// The most sensitive class of its sides.
    pub class: SensitivityClass,
    /// Whether it began on this device.
    pub own: bool,
}
