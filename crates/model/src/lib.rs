//! What Haven knows without any input or output: resources, clocks, merging, conflicts, clinical
//! rules and the wire types.
//!
//! Invariants: this crate does no IO, reads no clock and draws no random number (time and
//! randomness are arguments), and knows neither SQL nor HTTP.

pub mod attachment;
pub mod audit_event;
pub mod both;
pub mod checks;
pub mod clock;
pub mod conflict;
pub mod definitions;
pub mod display;
pub mod escalation;
pub mod fold;
mod head;
pub mod json;
pub mod language;
pub mod merge;
pub mod merkle;
pub mod outline;
pub mod provenance;
pub mod references;
pub mod resolve;
pub mod resource;
pub mod role;
pub mod rounding;
pub mod search;
pub mod splice;
pub mod splice_id;
pub mod strategy;
pub mod sync;
pub mod time;
pub mod validate;
pub mod vitals;
pub mod wire;

pub use clock::{Causality, VectorClock};
pub use conflict::{ConflictKind, FieldConflict, MergeOutcome, Outcome};
pub use merge::{
    FieldChange, MergeRules, MergedText, Strategy, changes, merge, merge_texts, merge_with,
};
pub use resolve::{Choice, Resolution, ResolveError, resolve, resolve_with};
pub use resource::{Resource, ResourceError, ResourceKey};
pub use role::{Action, Role, SensitivityClass};
pub use sync::{Operation, SyncStatus};
pub use time::Timestamp;
