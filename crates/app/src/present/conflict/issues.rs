//! What to look at before a result is accepted.

use crate::present::phrase::{say, told};
use haven_model::validate::{Severity, validate};
use haven_model::vitals::{Measure, reading};
use serde_json::Value;

use super::sides::Sides;
use crate::present::filed::{items, text};
use crate::present::now::{Moment, Precision};
use crate::present::{Now, words};
use crate::view::ResultIssue;

/// Checks of the result as it stands: what blocks first.
pub(crate) fn issues(sides: &Sides, result: Option<&Value>, now: &Now) -> Vec<ResultIssue> {
    let mut found = Vec::new();
    if is_about_two_people(sides) {
        found.push(block(say(
            "Different patient? The two sides do not look like the same person.",
        )));
    }
    if let Some(result) = result {
        let (here, there) = (faults(&sides.local, now), faults(&sides.remote, now));
        found.extend(faults(result, now).into_iter().map(|text| ResultIssue {
            // What both sides had before is no reason to keep the record from being decided.
            blocks: !(here.contains(&text) && there.contains(&text)),
            text,
        }));
        found.extend(invalid(sides, result));
    }
    found.sort_by_key(|issue| !issue.blocks);
    found
}

fn block(text: &str) -> ResultIssue {
    ResultIssue {
        blocks: true,
        text: text.to_owned(),
    }
}

/// Another subject, or a Patient of whom nothing that identifies a person agrees.
pub(super) fn is_about_two_people(sides: &Sides) -> bool {
    let (local, remote) = (&sides.local, &sides.remote);
    if local.is_null() || remote.is_null() {
        return false;
    }
    if text(local, "resourceType") != Some("Patient") {
        let subject = haven_model::Resource::patient_of;
        return subject(local) != subject(remote);
    }
    let differs = |left: Option<String>, right: Option<String>| match (left, right) {
        (Some(left), Some(right)) => left != right,
        // What one side does not say cannot disagree.
        _ => false,
    };
    let family = |patient: &Value| {
        let family = words::fold(&words::name_parts(patient).0);
        (!family.is_empty()).then_some(family)
    };
    let born = |patient: &Value| text(patient, "birthDate").map(str::to_owned);
    let shared_identifier = items(local, "identifier").iter().any(|one| {
        items(remote, "identifier").iter().any(|other| {
            text(one, "value").is_some()
                && text(one, "value") == text(other, "value")
                && text(one, "system") == text(other, "system")
        })
    });
    !shared_identifier
        && differs(family(local), family(remote))
        && differs(born(local), born(remote))
}

fn pressure_is_upside_down(result: &Value) -> bool {
    let Some(reading) = reading(result) else {
        return false;
    };
    match (
        reading.part(Measure::Systolic),
        reading.part(Measure::Diastolic),
    ) {
        (Some(upper), Some(lower)) => upper.value <= lower.value,
        _ => false,
    }
}

/// What cannot be right across the elements of one record, in sentences.
fn faults(body: &Value, now: &Now) -> Vec<String> {
    let kind = text(body, "resourceType").unwrap_or_default();
    let mut found = Vec::new();
    let Some(members) = body.as_object() else {
        return found;
    };
    if pressure_is_upside_down(body) {
        found.push(say("Systolic is not higher than diastolic.").to_owned());
    }
    for (name, value) in members {
        if has_reversed_period(value, now, 0) {
            let label = words::field_label(&format!("{kind}.{name}"));
            found.push(told!("{} ends before it starts.", label));
        }
    }
    for (earlier, later, sentence) in [
        (
            "onsetDateTime",
            "abatementDateTime",
            "It is over before it began.",
        ),
        (
            "birthDate",
            "deceasedDateTime",
            "The date of death is before the birth date.",
        ),
        ("start", "end", "It ends before it starts."),
    ] {
        let moment = |name: &str| text(body, name).and_then(|text| Moment::read(text, now));
        if let (Some(earlier), Some(later)) = (moment(earlier), moment(later))
            && is_before(later, earlier)
        {
            found.push(say(sentence).to_owned());
        }
    }
    found
}

fn has_reversed_period(value: &Value, now: &Now, depth: usize) -> bool {
    if depth > 8 {
        return false;
    }
    match value {
        Value::Array(items) => items
            .iter()
            .any(|item| has_reversed_period(item, now, depth + 1)),
        Value::Object(members) => {
            let bound = |name: &str| text(value, name).and_then(|text| Moment::read(text, now));
            match (bound("start"), bound("end")) {
                (Some(start), Some(end)) if is_before(end, start) => true,
                _ => members
                    .values()
                    .any(|member| has_reversed_period(member, now, depth + 1)),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Surely before: two days without times, or a month and a day in it, may overlap.
fn is_before(end: Moment, start: Moment) -> bool {
    let coarse = |moment: Moment| match moment.precision {
        Precision::Year => 366 * 86_400_000,
        Precision::Month => 31 * 86_400_000,
        Precision::Day => 86_400_000,
        Precision::Instant => 1,
    };
    end.at.plus_ms(coarse(end) - 1) < start.at
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
