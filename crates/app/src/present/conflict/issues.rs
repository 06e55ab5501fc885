//! What to look at before a result is accepted.

use haven_model::checks::{self, Context};
use haven_model::validate::{Severity, validate};
use serde_json::Value;

use super::sides::Sides;
use crate::present::words;
use crate::view::ResultIssue;

/// Checks of the result as it stands, beside other records of the patient: what blocks first.
pub(crate) fn issues(sides: &Sides, result: Option<&Value>, beside: &[Value]) -> Vec<ResultIssue> {
    // Whose record it is matters before anything is chosen, and for a deletion too.
    let looked_at = result.unwrap_or_else(|| sides.any());
    let [base, local, remote] = sides.as_options();
    let beside: Vec<&Value> = beside.iter().collect();
    let context = Context {
        base,
        local,
        remote,
        beside: if result.is_some() { &beside } else { &[] },
    };
    let mut found: Vec<ResultIssue> = checks::of_decision(looked_at, &context)
        .into_iter()
        .filter(|finding| result.is_some() || finding.code == checks::FindingCode::PatientMismatch)
        .map(|finding| ResultIssue {
            blocks: finding.severity == checks::Severity::Blocker,
            text: finding.message,
        })
        .collect();
    if let Some(result) = result {
        found.extend(invalid(sides, result));
    }
    found.sort_by_key(|issue| !issue.blocks);
    found.dedup_by(|one, other| one.text == other.text);
    found
}

/// Another subject, or a Patient of whom nothing that identifies a person agrees.
pub(super) fn is_about_two_people(sides: &Sides) -> bool {
    let (local, remote) = (&sides.local, &sides.remote);
    !local.is_null() && !remote.is_null() && checks::patient::are_of_two_people(local, remote)
}

/// What is not FHIR in the result; it blocks only where neither side had it already.
fn invalid(sides: &Sides, result: &Value) -> Vec<ResultIssue> {
    const SHOWN: usize = 5;
    let mut known = validate(&sides.local);
    known.extend(validate(&sides.remote));
    validate(result)
        .into_iter()
        .filter(|issue| issue.severity == Severity::Error)
        .take(SHOWN)
        .map(|issue| ResultIssue {
            blocks: !known
                .iter()
                .any(|old| old.path == issue.path && old.code == issue.code),
            text: format!("{}: {}.", words::field_label(&issue.path), issue.message),
        })
        .collect()
}
