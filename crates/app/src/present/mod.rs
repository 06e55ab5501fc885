//! From stored resources to what is on the screen.
//!
//! Invariants: everything here is a pure function of its arguments. Time, zone, names of people and
//! the state of sync are handed in ([`Backdrop`]); nothing is read from a store, and nothing a record
//! holds is dropped for being odd: what cannot be read is said to be not recorded.

mod later;
mod now;
mod people;
mod segments;
mod session;
mod status;

use std::collections::HashMap;

use serde_json::Value;

pub use later::*;
pub use now::Now;
pub use people::People;
pub use session::{lobby, session};
pub use status::{Running, SyncFacts, status};

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
