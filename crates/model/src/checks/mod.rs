//! Clinical cross-checks on a resource that is about to be accepted, with words for people.
//!
//! They are pure and look at nothing but what they are given; what they cannot tell they leave unsaid,
//! and silence is never "safe". Sources: `reference/ux.md` §2 (validation of the result), §1;
//! `reference/sync.md` §5.

mod medicine;
pub mod patient;
mod period;
mod phrase;
mod pressure;
pub(crate) mod unit;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::splice::without_server_meta;

/// Whether the result can be accepted as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A person changes it, or says why it stands.
    Blocker,
    /// A person looks at it.
    Warning,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingCode {
    /// Active medication with the same ingredient as other active medication.
    DuplicateMedication,
    /// Medication with what the patient is allergic to.
    AllergyMedication,
    /// A systolic pressure that is not above its diastolic.
    PressureOrder,
    /// An end before its start.
    PeriodOrder,
    /// The unit for a code is not what it was.
    UnitChanged,
    /// The sides are about different patients.
    PatientMismatch,
}

/// One thing that a person should know before accepting a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was found.
    pub code: FindingCode,
    /// Whether it stops the result from being accepted.
    pub severity: Severity,
    /// Words for a person.
    pub message: String,
    /// The elements concerned, written as a conflict writes them.
    pub paths: Vec<String>,
}

/// What the result is looked at against.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The version that both sides started from.
    pub base: Option<&'a Value>,
    /// This device's version.
    pub local: Option<&'a Value>,
    /// The server's version.
    pub remote: Option<&'a Value>,
    /// Other resources of the same patient: medication, allergies, observations.
    pub beside: &'a [&'a Value],
}

/// Everything that is to be said of a resource, blockers first.
#[must_use]
pub fn of(result: &Value, context: &Context<'_>) -> Vec<Finding> {
    let mut findings = within(result);
    findings.extend(patient::findings(result, context));
    findings.extend(unit::findings(result, context));
    findings.extend(medicine::findings(result, context.beside));
    findings.sort_by_key(|finding| finding.severity);
    findings
}

/// What is to be said of a result that a person made of two sides, blockers first: as [`of`], but what
/// must not stop anybody is no blocker.
///
/// - What both sides had already is no reason to leave the record undecided.
/// - A unit that one side gave with its number was somebody's to give.
/// - Of two people's records one taken whole is no mixture of both.
#[must_use]
pub fn of_decision(result: &Value, context: &Context<'_>) -> Vec<Finding> {
    let mut findings = of(result, context);
    if findings
        .iter()
        .all(|finding| finding.severity != Severity::Blocker)
    {
        return findings;
    }
    let alone = Context {
        local: None,
        remote: None,
        ..*context
    };
    let had = [context.local, context.remote].map(|side| {
        let side = side.filter(|side| !side.is_null());
        side.map_or_else(Vec::new, |side| of(side, &alone))
    });
    let is_one_side = [context.local, context.remote]
        .into_iter()
        .flatten()
        .any(|side| without_server_meta(side) == without_server_meta(result));
    for finding in &mut findings {
        let same = |known: &Finding| {
            known.code == finding.code
                && known.paths == finding.paths
                && known.message == finding.message
        };
        let [here, there] = [&had[0], &had[1]].map(|known| known.iter().any(same));
        let stands = match finding.code {
            FindingCode::PatientMismatch => is_one_side,
            FindingCode::UnitChanged => here || there,
            FindingCode::DuplicateMedication
            | FindingCode::AllergyMedication
            | FindingCode::PressureOrder
            | FindingCode::PeriodOrder => here && there,
        };
        if stands {
            finding.severity = Severity::Warning;
        }
    }
    findings.sort_by_key(|finding| finding.severity);
    findings
}

/// What stands against a resource in itself, whatever it is compared with.
#[must_use]
pub fn within(result: &Value) -> Vec<Finding> {
    let mut findings = pressure::findings(result);
    findings.extend(period::findings(result));
    findings
}

/// Whether edits of these elements, some on each side, may together make what neither side made.
pub(crate) fn may_arise(resource_type: &str, local: &[&str], remote: &[&str]) -> bool {
    let components = |tops: &[&str]| tops.contains(&"component");
    (resource_type == "Observation" && components(local) && components(remote))
        || period::concerns(resource_type, local, remote)
}

/// The type of a resource, as paths begin.
fn type_of(resource: &Value) -> &str {
    resource
        .get("resourceType")
        .and_then(Value::as_str)
        .unwrap_or("Resource")
}

/// System and code of each coding of a concept.
fn codings(concept: &Value) -> impl Iterator<Item = (&str, &str)> {
    let list = concept.get("coding").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|coding| {
        let text = |name: &str| coding.get(name).and_then(Value::as_str);
        Some((text("system").unwrap_or_default(), text("code")?))
    })
}

/// Whether a concept has one of these codes.
fn has_code(concept: Option<&Value>, codes: &[&str]) -> bool {
    concept.is_some_and(|concept| codings(concept).any(|(_, code)| codes.contains(&code)))
}

/// The words for a concept: its text, else the first display.
fn words(concept: &Value) -> Option<&str> {
    let display = || {
        let list = concept.get("coding")?.as_array()?;
        list.iter()
            .find_map(|coding| coding.get("display").and_then(Value::as_str))
    };
    concept.get("text").and_then(Value::as_str).or_else(display)
}
