//! Two records side by side, and whether they may be of one person.

use haven_model::Resource;
use serde_json::Value;

use super::filed::{items, text};
use super::phrase::{say, told};
use super::{Now, words};
use crate::view::{DoubleLine, DoubleView};

/// What is compared of two people.
const ELEMENTS: [&str; 6] = [
    "identifier",
    "name",
    "gender",
    "birthDate",
    "telecom",
    "address",
];

/// Of one of two records: the Patient, and what its chart holds.
#[derive(Clone, Debug)]
pub(crate) struct Half {
    /// The Patient.
    pub patient: Value,
    /// The other resources of the chart.
    pub chart: Vec<Resource>,
}

/// Why two records may be of one person; `None` where nothing says so. Twins share a family name and a
/// birth date, so both names have to be the same.
pub(crate) fn why_double(one: &Value, other: &Value) -> Option<&'static str> {
    let shares_identifier = items(one, "identifier").iter().any(|mine| {
        items(other, "identifier").iter().any(|theirs| {
            text(mine, "value").is_some()
                && text(mine, "value") == text(theirs, "value")
                && text(mine, "system") == text(theirs, "system")
        })
    });
    if shares_identifier {
        return Some(say("Same identifier"));
    }
    let folded = |patient: &Value| {
        let (family, given) = words::name_parts(patient);
        (words::fold(&family), words::fold(&given))
    };
    let (mine, theirs) = (folded(one), folded(other));
    let is_named = !mine.0.is_empty() && !mine.1.is_empty();
    let born = text(one, "birthDate");
    let same_birth = born.is_some() && born == text(other, "birthDate");
    (is_named && mine == theirs && same_birth).then(|| say("Same name and birth date"))
}

/// Both, side by side.
pub(crate) fn double(
    id: &str,
    here: &Half,
    there: &Half,
    (linked, why): (bool, &str),
    now: &Now,
) -> DoubleView {
    let mut lines: Vec<DoubleLine> = ELEMENTS
        .iter()
        .map(|element| {
            let path = format!("Patient.{element}");
            let value = |half: &Half| element_words(&path, half.patient.get(element));
            line(words::field_label(&path), value(here), value(there))
        })
        .filter(|line| !(line.here.is_empty() && line.there.is_empty()))
        .collect();
    lines.push(line(
        say("Last seen").to_owned(),
        last_seen(here, now),
        last_seen(there, now),
    ));
    for (label, kind) in [
        (say("Visits"), "Encounter"),
        (say("Allergies"), "AllergyIntolerance"),
        (say("Problems"), "Condition"),
        (say("Medicines"), "MedicationRequest"),
    ] {
        let count = |half: &Half| {
            let of_kind = half.chart.iter();
            let of_kind = of_kind.filter(|resource| resource.key().resource_type == kind);
            of_kind.count().to_string()
        };
        lines.push(line(label.to_owned(), count(here), count(there)));
    }
    for line in &mut lines {
        for side in [&mut line.here, &mut line.there] {
            if side.is_empty() {
                say(super::now::NOT_RECORDED).clone_into(side);
            }
        }
    }
    DoubleView {
        id: id.to_owned(),
        other: words::two_identifiers(&there.patient, now),
        linked,
        why: why.to_owned(),
        lines,
    }
}

fn line(label: String, here: String, there: String) -> DoubleLine {
    DoubleLine {
        differs: here != there,
        label,
        here,
        there,
    }
}

fn element_words(path: &str, value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::Array(items)) => {
            let all: Vec<String> = items
                .iter()
                .map(|item| words::field_value(path, item))
                .filter(|words| !words.is_empty())
                .collect();
            all.join("; ")
        }
        Some(value) => words::field_value(path, value),
    }
}

fn last_seen(half: &Half, now: &Now) -> String {
    let starts = half.chart.iter();
    let starts = starts.filter(|resource| resource.key().resource_type == "Encounter");
    let newest = starts
        .filter_map(|resource| {
            let body = resource.value();
            let start = body.pointer("/period/start").and_then(Value::as_str)?;
            super::now::Moment::read(start, now)
        })
        .max_by_key(|moment| moment.at);
    newest.map_or_else(String::new, |moment| moment.date(now))
}

/// What is said of a person's word on two records.
pub(crate) fn double_words(verdict: crate::view::DoubleVerdict, clock: &str) -> String {
    use crate::view::DoubleVerdict as Verdict;
    match verdict {
        Verdict::Link => told!("Linked; both records stay. Saved on this device {}", clock),
        Verdict::Unlink => told!("No longer linked. Saved on this device {}", clock),
        Verdict::KeepApart => {
            say("Kept as two people. They are not offered as one again.").to_owned()
        }
    }
}
