//! The whole record in words, aligned: this device, the result, the server.

use crate::present::phrase::say;
use std::collections::HashSet;

use haven_model::definitions::r4;
use haven_model::{FieldConflict, changes};
use serde_json::{Map, Value};

use super::sides::{Absent, Sides, value_words};
use crate::present::segments::{same, segments};
use crate::present::words;
use crate::view::{FieldView, MergedFieldView, PickView, RecordLine, SegmentOp};

/// Members that a server writes, that repeat the rest, or that the banner says better; a conflict in
/// them is shown all the same.
const NOT_SHOWN: [&str; 6] = ["resourceType", "id", "meta", "text", "subject", "patient"];

/// What the machine merged: every change of one side that is not in conflict.
pub(super) fn merged(sides: &Sides, conflicting: &[FieldConflict]) -> Vec<MergedFieldView> {
    let [base, local, remote] = sides.as_options();
    if base.is_none() || local.is_none() || remote.is_none() {
        return Vec::new();
    }
    let mut found: Vec<MergedFieldView> = Vec::new();
    for (side, from) in [(local, PickView::Device), (remote, PickView::Server)] {
        for change in changes(base, side) {
            if conflicting.iter().any(|field| field.path == change.path) {
                continue;
            }
            if let Some(known) = found.iter_mut().find(|known| known.path == change.path) {
                known.from = PickView::Both;
                continue;
            }
            let label = words::field_label(&change.path);
            let element = words::field_label(element_of(&change.path));
            found.push(MergedFieldView {
                part: within(&label, &element),
                label,
                element,
                before: value_words(&change.path, &change.from, Absent::NotRecorded),
                result: value_words(&change.path, &change.to, Absent::Removed),
                path: change.path,
                from,
            });
        }
    }
    found
}

/// The path of the element, or the item of a list, that a path lies in: `Patient.address[use=home]`.
fn element_of(path: &str) -> &str {
    let mut depth = 0_u32;
    let mut dots = 0;
    for (at, letter) in path.char_indices() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => {
                dots += 1;
                if dots == 2 {
                    return path.get(..at).unwrap_or(path);
                }
            }
            _ => {}
        }
    }
    path
}

/// What a label says beyond that of its element: "City" of "Address, home – city".
fn within(label: &str, element: &str) -> String {
    let rest = label
        .strip_prefix(element)
        .and_then(|rest| rest.strip_prefix(" – "));
    rest.map_or_else(|| label.to_owned(), words::capitalized)
}

/// How many lines nobody changed.
pub(super) fn unchanged(record: &[RecordLine]) -> u32 {
    let is_as_before = |line: &&RecordLine| {
        let mut segments = line.device.iter().chain(&line.server);
        segments.all(|segment| segment.op == SegmentOp::Same)
    };
    let count = record
        .iter()
        .filter(|line| line.from == PickView::Before && !line.conflict && line.path.is_none())
        .filter(is_as_before)
        .count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Every element of the three versions, by section; each conflicting field has a line of its own.
pub(super) fn lines(
    sides: &Sides,
    result: Option<&Value>,
    fields: &[FieldView],
    merged: &[MergedFieldView],
) -> Vec<RecordLine> {
    let kind = sides
        .any()
        .get("resourceType")
        .and_then(Value::as_str)
        .unwrap_or("Resource");
    let mut lines: Vec<(usize, &'static str, RecordLine)> = Vec::new();
    let mut placed: HashSet<&str> = HashSet::new();
    for element in elements(kind, sides, result) {
        let path = format!("{kind}.{element}");
        let (order, section) = section(kind, &element);
        let own = fields.iter().filter(|field| is_within(&field.path, &path));
        let mut is_whole_element = false;
        let mut conflict_lines = Vec::new();
        for field in own {
            placed.insert(&field.path);
            is_whole_element |= field.path == path;
            conflict_lines.push((order, section, conflict_line(field)));
        }
        let is_told = is_whole_element
            || NOT_SHOWN.contains(&element.as_str())
            || is_covered(&element, &path, sides, fields);
        if !is_told {
            let waits = fields
                .iter()
                .any(|field| is_within(&field.path, &path) && field.pick == PickView::Undecided);
            lines.push((
                order,
                section,
                element_line(kind, &element, sides, result, waits, merged),
            ));
        }
        lines.extend(conflict_lines);
    }
    for field in fields
        .iter()
        .filter(|field| !placed.contains(field.path.as_str()))
    {
        lines.push((usize::MAX, "Record", conflict_line(field)));
    }
    lines.sort_by_key(|(order, ..)| *order);
    let mut last = "";
    lines
        .into_iter()
        .map(|(_, section, mut line)| {
            if section != last {
                line.section = say(section).to_owned();
                last = section;
            }
            line
        })
        .collect()
}

/// Whether the conflicting fields below an element leave nothing of it to be told.
fn is_covered(element: &str, path: &str, sides: &Sides, fields: &[FieldView]) -> bool {
    let below: Vec<&str> = fields
        .iter()
        .filter_map(|field| field.path.strip_prefix(path))
        .collect();
    if below.is_empty() {
        return false;
    }
    [&sides.base, &sides.local, &sides.remote]
        .into_iter()
        .filter_map(|body| body.get(element))
        .all(|value| match value {
            Value::Array(items) => {
                let whole_items = below
                    .iter()
                    .filter(|rest| rest.starts_with('[') && rest.ends_with(']'))
                    .count();
                items.len() <= whole_items
            }
            Value::Object(members) => members.keys().all(|name| {
                below
                    .iter()
                    .any(|rest| rest.strip_prefix('.') == Some(name))
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        })
}

fn conflict_line(field: &FieldView) -> RecordLine {
    RecordLine {
        section: String::new(),
        label: field.label.clone(),
        path: Some(field.path.clone()),
        device: field.device.clone(),
        result: field.result.clone(),
        server: field.server.clone(),
        from: field.pick,
        conflict: true,
        high_risk: field.high_risk,
    }
}

fn element_line(
    kind: &str,
    element: &str,
    sides: &Sides,
    result: Option<&Value>,
    waits: bool,
    merged: &[MergedFieldView],
) -> RecordLine {
    let path = format!("{kind}.{element}");
    let words = |body: &Value| element_words(kind, element, body);
    let (before, device, server) = (
        words(&sides.base),
        words(&sides.local),
        words(&sides.remote),
    );
    let differing = |side: &str| {
        if side == before {
            same(side)
        } else {
            segments(&before, side)
        }
    };
    let mut from = PickView::Before;
    for merged in merged
        .iter()
        .filter(|merged| is_within(&merged.path, &path))
    {
        from = match (from, merged.from) {
            (PickView::Before, other) => other,
            (PickView::Device, PickView::Device) => PickView::Device,
            (PickView::Server, PickView::Server) => PickView::Server,
            _ => PickView::Both,
        };
    }
    RecordLine {
        section: String::new(),
        label: words::field_label(&path),
        path: None,
        device: differing(&device),
        result: match result {
            Some(result) if !waits => words(result),
            Some(_) | None => String::new(),
        },
        server: differing(&server),
        from,
        conflict: false,
        high_risk: false,
    }
}

/// The element in words; of a list, its items.
fn element_words(kind: &str, element: &str, body: &Value) -> String {
    let Some((name, value)) = member(kind, element, body) else {
        return String::new();
    };
    let path = format!("{kind}.{name}");
    match value {
        Value::Array(items) => items
            .iter()
            .map(|item| words::field_value(&path, item))
            .filter(|words| !words.is_empty())
            .collect::<Vec<_>>()
            .join("; "),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            words::field_value(&path, value)
        }
    }
}

/// The member that stands for an element: `value` may be `valueQuantity`.
fn member<'a>(kind: &str, element: &str, body: &'a Value) -> Option<(&'a str, &'a Value)> {
    let members: &Map<String, Value> = body.as_object()?;
    members
        .iter()
        .find(|(name, _)| stem(kind, name) == element)
        .map(|(name, value)| (name.as_str(), value))
}

/// The element a JSON member belongs to: `effectiveDateTime` is `effective`.
fn stem(kind: &str, name: &str) -> String {
    match r4().choice_of(kind, name) {
        Some((choice, _)) => choice.strip_suffix("[x]").unwrap_or(choice).to_owned(),
        None => name.to_owned(),
    }
}

/// The elements of all versions, in the order of the definition; unknown ones last.
fn elements(kind: &str, sides: &Sides, result: Option<&Value>) -> Vec<String> {
    let bodies = [&sides.base, &sides.local, &sides.remote];
    let mut names: Vec<String> = Vec::new();
    for body in bodies.into_iter().chain(result) {
        for name in body.as_object().into_iter().flat_map(Map::keys) {
            // `_birthDate` is shown with `birthDate`.
            let name = stem(kind, name.strip_prefix('_').unwrap_or(name));
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let defined = r4().elements(kind).unwrap_or_default();
    names.sort_by_key(|name| {
        defined
            .iter()
            .position(|element| element.stem() == name)
            .unwrap_or(usize::MAX)
    });
    names
}

/// Whether a path is the element, or lies in it.
fn is_within(path: &str, element: &str) -> bool {
    path.strip_prefix(element)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The heading under which an element stands, and the heading's place.
fn section(kind: &str, element: &str) -> (usize, &'static str) {
    let sections: &[(&str, &[&str])] = match kind {
        "Patient" => &[
            (
                "Identity",
                &[
                    "identifier",
                    "name",
                    "gender",
                    "birthDate",
                    "deceased",
                    "multipleBirth",
                    "active",
                    "link",
                ],
            ),
            (
                "Contact",
                &["telecom", "address", "contact", "communication"],
            ),
        ],
        "MedicationRequest" | "MedicationStatement" => &[
            (
                "Order",
                &[
                    "medication",
                    "status",
                    "statusReason",
                    "intent",
                    "category",
                    "priority",
                    "doNotPerform",
                    "reasonCode",
                    "reasonReference",
                    "requester",
                    "authoredOn",
                ],
            ),
            ("Dose", &["dosageInstruction", "dosage", "effective"]),
            ("Supply", &["dispenseRequest", "substitution", "note"]),
        ],
        "AllergyIntolerance" => &[
            (
                "Allergy",
                &[
                    "code",
                    "type",
                    "category",
                    "criticality",
                    "clinicalStatus",
                    "verificationStatus",
                ],
            ),
            ("Reaction", &["reaction", "onset", "lastOccurrence"]),
        ],
        "Condition" => &[
            (
                "Problem",
                &[
                    "code",
                    "clinicalStatus",
                    "verificationStatus",
                    "severity",
                    "category",
                    "bodySite",
                ],
            ),
            ("When", &["onset", "abatement", "recordedDate"]),
        ],
        "Observation" => &[
            (
                "Measurement",
                &[
                    "code",
                    "value",
                    "component",
                    "interpretation",
                    "referenceRange",
                    "dataAbsentReason",
                    "status",
                ],
            ),
            (
                "Taken",
                &[
                    "effective",
                    "issued",
                    "performer",
                    "method",
                    "bodySite",
                    "device",
                ],
            ),
        ],
        _ => &[],
    };
    sections
        .iter()
        .enumerate()
        .find(|(_, (_, elements))| elements.contains(&element))
        .map_or((sections.len(), "Record"), |(at, (section, _))| {
            (at, *section)
        })
}
