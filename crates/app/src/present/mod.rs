//! From stored resources to what is on the screen.
//!
//! Invariants: everything here is a pure function of its arguments. Time, zone, names of people and
//! the state of sync are handed in ([`Backdrop`]); nothing is read from a store, and nothing a record
//! holds is dropped for being odd: what cannot be read is said to be not recorded.

pub(crate) mod agreement;
pub(crate) mod attachment;
pub(crate) mod bulk;
mod case;
mod centre;
mod chart;
mod conflict;
pub(crate) mod discarded;
pub(crate) mod double;
mod entry;
mod filed;
mod inbox;
mod keeping;
mod measures;
mod merged;
mod now;
pub(crate) mod past;
mod patients;
mod people;
pub(crate) mod phrase;
mod said;
mod segments;
mod session;
mod status;
mod today;
mod words;
mod workstation;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde_json::Value;

pub use agreement::AgreementInput;
pub(crate) use agreement::clock_words;
pub(crate) use case::Reader;
pub use centre::{AccountFacts, CentreInput, Queued, sync_centre};
pub use chart::{ChartInput, INCOMPLETE, banner, chart};
pub(crate) use conflict::raw as raw_conflict;
pub use conflict::{ChoiceError, Draft, NotReady, Resolution};
pub(crate) use conflict::{ConflictInput, conflict};
pub use entry::{check_vitals, saved, to_observations, vitals_form};
pub(crate) use inbox::inbox;
#[cfg(test)]
pub(crate) use inbox::inbox_rows;
pub use keeping::{draft, glass, locking_soon, notices};
pub(crate) use measures::measures;
pub(crate) use merged::{Merge, merges};
pub use now::Now;
pub use patients::{has_similar_name, patient_rows, similar};
pub use people::People;
pub(crate) use phrase::{accepted_words, sent_back_words};
pub(crate) use said::said;
pub use session::{lobby, session};
pub use status::{Running, SyncFacts, status};
pub use today::{patients_today, today};
pub use words::key_title;
pub use workstation::{WorkstationInput, backed_up, rotated, verified, workstation};

/// What all presenters share: the moment, the state of sync, and who people are.
#[derive(Clone, Copy, Debug)]
pub struct Backdrop<'a> {
    /// The moment and zone.
    pub now: &'a Now,
    /// The state of sync.
    pub facts: &'a SyncFacts,
    /// Who login names stand for.
    pub people: &'a People,
}

/// Patient resources by logical id, as far as a screen needs them.
pub type Patients = HashMap<String, Value>;
