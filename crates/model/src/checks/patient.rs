//! Whose record it is.

use serde_json::Value;

use super::{Context, Finding, FindingCode, Severity, type_of};

/// Elements that say whose a record is.
const WHOSE: [&str; 3] = ["subject", "patient", "beneficiary"];

/// Sides that are about different patients.
pub(super) fn findings(result: &Value, context: &Context<'_>) -> Vec<Finding> {
    let (Some(local), Some(remote)) = (context.local, context.remote) else {
        return Vec::new();
    };
    let elements = mismatched(local, remote).into_iter();
    elements
        .map(|element| Finding {
            code: FindingCode::PatientMismatch,
            severity: Severity::Blocker,
            message: "Different patient? The two sides name different people. Check whose record this is before anything else.".to_owned(),
            paths: vec![format!("{}.{element}", type_of(result))],
        })
        .collect()
}

/// The elements by which two versions name different patients.
pub(crate) fn mismatched(local: &Value, remote: &Value) -> Vec<&'static str> {
    fn named<'a>(side: &'a Value, element: &str) -> Option<&'a str> {
        let reference = side.get(element)?.get("reference")?.as_str()?;
        Some(bare(reference))
    }
    let differs = |element: &&str| {
        let names = named(local, element).zip(named(remote, element));
        names.is_some_and(|(one, other)| one != other)
    };
    WHOSE.into_iter().filter(differs).collect()
}

/// A reference without its server and version.
fn bare(reference: &str) -> &str {
    let reference = reference.split("/_history/").next().unwrap_or(reference);
    let Some((head, id)) = reference.rsplit_once('/') else {
        return reference;
    };
    let resource = head.rsplit('/').next().unwrap_or(head);
    let start = reference.len() - id.len() - 1 - resource.len();
    reference.get(start..).unwrap_or(reference)
}
