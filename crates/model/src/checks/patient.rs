//! Whose record it is.

use serde_json::Value;

use super::phrase::say;
use super::{Context, Finding, FindingCode, Severity, type_of};
use crate::display::human_name;
use crate::fold::fold;
use crate::resource::Resource;

/// Elements that say whose a record is.
const WHOSE: [&str; 3] = ["subject", "patient", "beneficiary"];

/// Sides that are about different patients.
pub(super) fn findings(result: &Value, context: &Context<'_>) -> Vec<Finding> {
    let (Some(local), Some(remote)) = (context.local, context.remote) else {
        return Vec::new();
    };
    let said = |message: &'static str, path: String| Finding {
        code: FindingCode::PatientMismatch,
        severity: Severity::Blocker,
        message: message.to_owned(),
        paths: vec![path],
    };
    if type_of(result) == "Patient" {
        let unlike = are_of_two_people(local, remote).then(|| {
            said(
                say("Different patient? The two sides do not look like the same person. Check whose record this is before anything else."),
                "Patient".to_owned(),
            )
        });
        return unlike.into_iter().collect();
    }
    let elements = mismatched(local, remote).into_iter();
    let mut found: Vec<Finding> = elements
        .map(|element| {
            said(
                say("Different patient? The two sides name different people. Check whose record this is before anything else."),
                format!("{}.{element}", type_of(result)),
            )
        })
        .collect();
    if found.is_empty() && are_of_two_people(local, remote) {
        found.push(said(
            say("Different patient? The two sides name different people. Check whose record this is before anything else."),
            type_of(result).to_owned(),
        ));
    }
    found
}

/// Whether two versions are of two people: they name different patients, or are Patients of whom
/// nothing that identifies a person agrees. What one side does not say cannot disagree.
#[must_use]
pub fn are_of_two_people(local: &Value, remote: &Value) -> bool {
    fn differ<T: PartialEq>(left: Option<T>, right: Option<T>) -> bool {
        left.zip(right).is_some_and(|(left, right)| left != right)
    }
    if type_of(local) != "Patient" || type_of(remote) != "Patient" {
        return differ(Resource::patient_of(local), Resource::patient_of(remote));
    }
    let family = |patient: &Value| {
        let family = fold(&human_name(patient).family);
        (!family.is_empty()).then_some(family)
    };
    let born = |patient: &Value| {
        let born = patient.get("birthDate").and_then(Value::as_str);
        born.map(str::to_owned)
    };
    !shares_identifier(local, remote)
        && differ(family(local), family(remote))
        && differ(born(local), born(remote))
}

/// Whether an identifier, system and value, stands in both.
fn shares_identifier(local: &Value, remote: &Value) -> bool {
    fn all(patient: &Value) -> impl Iterator<Item = (Option<&str>, &str)> {
        let list = patient.get("identifier").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|identifier| {
            let text = |name: &str| identifier.get(name).and_then(Value::as_str);
            Some((text("system"), text("value")?))
        })
    }
    all(local).any(|one| all(remote).any(|other| one == other))
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
