//! FHIR search, as far as it can be told from the resources alone: what a query asks, and whether a
//! resource meets it.
//!
//! Invariant: whatever is asked and not evaluated here is an error, never passed over.
//! Source: FHIR R4 §3.1 Search.

mod criterion;
mod date;
mod number;
mod parameter;
mod path;
mod query;
mod reference;
mod unit;
mod value;

pub use criterion::{Criterion, Test, referred};
pub use date::{Prefix, Range};
pub use number::{Amount, Measured};
pub use parameter::{Kind, Parameter};
pub use path::{Item, Path};
pub use query::{DEFAULT_COUNT, Include, MAX_COUNT, Query, ReferredBy, SortBy, SortKey, SortValue};
pub use reference::{Referred, type_and_id};
pub(crate) use unit::{Unit, written as written_unit};
pub use value::{Likeness, System, Wanted};

/// Why a search is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// A parameter, modifier or form that Haven does not evaluate.
    #[error("searching by \"{0}\" is not supported")]
    Unsupported(String),
    /// A value of the wrong form; the parameter is named, the value is not.
    #[error("the value of the search parameter {0} cannot be read")]
    Malformed(String),
}

#[cfg(test)]
mod tests;
