//! Issues as a FHIR OperationOutcome.

use serde_json::{Value, json};

use super::{Issue, Severity};

/// The issues as a FHIR `OperationOutcome`, each with the element it is about.
#[must_use]
pub fn operation_outcome(issues: &[Issue]) -> Value {
    let mut listed: Vec<Value> = issues.iter().map(issue_value).collect();
    if listed.is_empty() {
        // An OperationOutcome without an issue is not valid itself.
        listed.push(json!({
            "severity": "information",
            "code": "informational",
            "diagnostics": "No problem was found.",
        }));
    }
    json!({ "resourceType": "OperationOutcome", "issue": listed })
}

fn issue_value(issue: &Issue) -> Value {
    json!({
        "severity": match issue.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "code": issue.code.as_str(),
        "diagnostics": issue.message,
        "expression": [issue.path],
    })
}
