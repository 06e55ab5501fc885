//! FHIR search over one resource type.
//!
//! The indexes narrow, bodies decide: a plan names every row that could match, and each row of which
//! the indexes do not tell all is opened and asked. Invariant: the answer is that of asking every
//! live readable body.

mod answer;
mod entries;
mod include;
pub(crate) mod index;
mod order;
mod plan;
mod referred_by;

use haven_model::search::SearchError;

use crate::error::StoreError;
use crate::stored::Stored;

/// A page of search results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchPage {
    /// The matches of this page.
    pub resources: Vec<Stored>,
    /// What `_include` and `_revinclude` add to them, each once, none of them a match of this page.
    pub included: Vec<Stored>,
    /// Whether only the number was asked for (`_summary=count`, `_count=0`).
    pub only_total: bool,
    /// How many match in all; with `_total=none`, how many are known to.
    pub total: u64,
    /// The `_offset` of the next page, when there is one.
    pub next_offset: Option<u64>,
}

impl From<SearchError> for StoreError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Unsupported(parameter) => Self::UnsupportedSearch { parameter },
            SearchError::Malformed(parameter) => Self::Invalid {
                what: format!("The value of the search parameter {parameter} cannot be read."),
            },
        }
    }
}

/// The search parameter whose date is kept for a type.
pub(crate) fn dated_parameter(resource_type: &str) -> Option<&'static str> {
    Some(match resource_type {
        "Patient" => "birthdate",
        "Observation" | "DiagnosticReport" | "Encounter" | "Procedure" | "Immunization"
        | "DocumentReference" | "Appointment" | "CarePlan" | "Composition" => "date",
        "Condition" => "onset-date",
        "MedicationRequest" => "authoredon",
        "ServiceRequest" => "authored",
        "Task" => "authored-on",
        "Slot" => "start",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
