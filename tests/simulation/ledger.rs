//! What was acknowledged to a person, so that it can be asked for at the end.

use haven_model::{ResourceKey, VectorClock};

/// Which part of a resource an edit touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An item of its own in a list: nothing but a deletion or a person may take it away again.
    Item,
    /// One of the values that a later edit replaces.
    Value(&'static str),
    /// The whole resource is deleted.
    Deletion,
}

/// An edit that `transact` acknowledged.
#[derive(Clone, Debug)]
pub struct Edit {
    pub key: ResourceKey,
    pub part: Part,
    /// Unique in the schedule, so that finding the text is finding the edit.
    pub text: String,
    /// What the version that it made had seen, itself included.
    pub clock: VectorClock,
    pub station: usize,
}

/// A person's decision.
#[derive(Clone, Debug)]
pub struct Resolution {
    pub key: ResourceKey,
    pub clock: VectorClock,
}

#[derive(Debug, Default)]
pub struct Ledger {
    pub edits: Vec<Edit>,
    pub resolutions: Vec<Resolution>,
    pub keys: Vec<ResourceKey>,
}

impl Ledger {
    pub fn deletes(&self) -> usize {
        self.edits
            .iter()
            .filter(|edit| edit.part == Part::Deletion)
            .count()
    }

    /// Whether someone who knew of `edit` changed the same part later.
    pub fn is_superseded(&self, edit: &Edit) -> bool {
        let by_edit = self.edits.iter().any(|later| {
            later.key == edit.key
                && later.part == edit.part
                && later.text != edit.text
                && later.clock.includes(&edit.clock)
                && later.clock != edit.clock
        });
        by_edit && edit.part != Part::Deletion
    }

    /// Whether a person who knew of `edit` decided about the resource later.
    pub fn is_decided(&self, edit: &Edit) -> bool {
        self.resolutions
            .iter()
            .any(|decision| decision.key == edit.key && decision.clock.includes(&edit.clock))
    }
}
