//! Vital signs: what they are, what is usual, what was typed, and their FHIR form.
//!
//! Invariants: what is not known is never taken for normal; a typed decimal keeps its digits; a
//! value in another unit is converted only when the unit is known, and then says so.

mod check;
mod limits;
mod measure;
mod observe;
mod reading;
mod typed;
mod unit;

pub use check::{EntryCheck, Previous, check, check_blood_pressure};
pub use limits::{Flag, Limits, flag, limits};
pub use measure::{Measure, VitalKind};
pub use observe::{UnreadableEntry, VitalsEntry, observations};
pub use reading::{ReadingPart, VitalReading, reading};
pub use typed::{Typed, typed};
