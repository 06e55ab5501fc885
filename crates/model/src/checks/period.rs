//! An end does not come before its start.

use serde_json::{Map, Value};

use super::phrase::{say, say_with};
use super::{Finding, FindingCode, Severity, type_of};
use crate::time::Timestamp;

/// Deeper than this no period is looked for.
const DEEPEST: usize = 24;

/// Elements of one type that stand in an order: type, the earlier, the later.
const ORDERED: &[(&str, &str, &str)] = &[
    ("Appointment", "start", "end"),
    ("Condition", "onset", "abatement"),
    ("Patient", "birthDate", "deceased"),
    ("Slot", "start", "end"),
];

/// What is said where the later lies before the earlier.
fn in_disorder(resource_type: &str) -> &'static str {
    match resource_type {
        "Condition" => say("It is over before it began."),
        "Patient" => say("The date of death is before the birth date."),
        _ => say("It ends before it starts."),
    }
}

/// Whether edits of these elements, one on each side, can put an end before its start.
pub(super) fn concerns(resource_type: &str, local: &[&str], remote: &[&str]) -> bool {
    ORDERED.iter().any(|(kind, first, last)| {
        let crossed = |one: &[&str], other: &[&str]| one.contains(first) && other.contains(last);
        *kind == resource_type && (crossed(local, remote) || crossed(remote, local))
    })
}

/// Periods, and elements that stand in an order, whose end lies before their start.
pub(super) fn findings(resource: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut path = type_of(resource).to_owned();
    walk(resource, &mut path, 0, &mut findings);
    let Some(members) = resource.as_object() else {
        return findings;
    };
    let resource_type = type_of(resource);
    for (_, first, last) in ORDERED.iter().filter(|(kind, ..)| *kind == resource_type) {
        let (Some(start), Some(end)) = (moment(members, first), moment(members, last)) else {
            continue;
        };
        if is_before(end, start) {
            findings.push(Finding {
                code: FindingCode::PeriodOrder,
                severity: Severity::Blocker,
                message: in_disorder(resource_type).to_owned(),
                paths: vec![
                    format!("{resource_type}.{first}"),
                    format!("{resource_type}.{last}"),
                ],
            });
        }
    }
    findings
}

/// The moment that an element gives, by any spelling of a choice.
fn moment<'a>(members: &'a Map<String, Value>, element: &str) -> Option<&'a str> {
    ["", "DateTime", "Date"]
        .iter()
        .find_map(|datatype| members.get(&format!("{element}{datatype}"))?.as_str())
}

fn walk(value: &Value, path: &mut String, depth: usize, findings: &mut Vec<Finding>) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str);
            // Appointments and slots have a start and an end of their own.
            if depth > 0
                && let (Some(start), Some(end)) = (text("start"), text("end"))
                && is_before(end, start)
            {
                findings.push(Finding {
                    code: FindingCode::PeriodOrder,
                    severity: Severity::Blocker,
                    message: say_with(
                        "{} ends before it starts.",
                        &[crate::display::field_label(path)],
                    ),
                    paths: vec![path.clone()],
                });
            }
            for (name, member) in members {
                if member.is_object() || member.is_array() {
                    let length = path.len();
                    path.push('.');
                    path.push_str(name);
                    walk(member, path, depth + 1, findings);
                    path.truncate(length);
                }
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let length = path.len();
                path.push_str(&format!("[{at}]"));
                walk(item, path, depth + 1, findings);
                path.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether one moment certainly lies before another: instants by the clock, anything less by what
/// both of them say.
fn is_before(one: &str, other: &str) -> bool {
    if let (Some(one), Some(other)) = (Timestamp::parse(one), Timestamp::parse(other)) {
        return one < other;
    }
    let day = |text: &str| {
        let looks = text.len() >= 4
            && text
                .bytes()
                .take(10)
                .all(|byte| byte.is_ascii_digit() || byte == b'-');
        looks.then(|| text.chars().take(10).collect::<String>())
    };
    let (Some(one), Some(other)) = (day(one), day(other)) else {
        return false;
    };
    let known = one.len().min(other.len());
    one.get(..known) < other.get(..known)
}
