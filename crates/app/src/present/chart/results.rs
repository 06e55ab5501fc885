//! Laboratory results: the flag is the laboratory's own, or none.

use crate::present::phrase::{say, told};
use serde_json::Value;

use crate::present::filed::{Filed, codes, date_words, items, newest_first, number, text};
use crate::present::{Backdrop, words};
use crate::view::{FlagState, FlagView, ResultView};

/// Newest first.
pub(super) fn results(filed: &[Filed<'_>], backdrop: Backdrop<'_>) -> Vec<ResultView> {
    let now = backdrop.now;
    let mut rows: Vec<_> = filed
        .iter()
        .filter(|filed| is_result(filed))
        .map(|filed| (taken(filed, backdrop), filed))
        .collect();
    rows.sort_by_key(|(taken, _)| newest_first(*taken));
    rows.into_iter()
        .map(|(taken, filed)| {
            let (value, unit) = value_of(&filed.value);
            ResultView {
                key: filed.key.to_string(),
                name: words::name_of(filed.value.get("code")),
                value,
                unit,
                flag: flag(&filed.value),
                range: range_words(&filed.value),
                taken: date_words(taken, now),
            }
        })
        .collect()
}

/// Where an Observation may say when it was taken, the best first.
pub(super) const TAKEN: &[&str] = &[
    "effectiveDateTime",
    "effectivePeriod.start",
    "effectiveInstant",
    "issued",
];

pub(super) fn taken(
    filed: &Filed<'_>,
    backdrop: Backdrop<'_>,
) -> Option<crate::present::now::Moment> {
    filed.moment(TAKEN, backdrop.now)
}

/// An Observation that is neither shown with the vitals nor an answer to a questionnaire; a vital
/// sign that cannot be read (an unknown unit, a head circumference) is listed here as it stands.
pub(super) fn is_result(filed: &Filed<'_>) -> bool {
    filed.is("Observation")
        && !super::vitals::is_vital(filed)
        && !items(&filed.value, "category").iter().any(|category| {
            items(category, "coding")
                .iter()
                .any(|coding| matches!(text(coding, "code"), Some("survey" | "social-history")))
        })
}

/// The value as recorded, and its unit apart.
fn value_of(observation: &Value) -> (String, String) {
    if let Some(quantity) = observation.get("valueQuantity") {
        return words::quantity_parts(quantity);
    }
    let plain = ["valueString", "valueDateTime", "valueTime"]
        .iter()
        .find_map(|name| text(observation, name))
        .map(str::to_owned)
        .or_else(|| {
            observation
                .get("valueCodeableConcept")
                .map(words::concept)
                .filter(|words| !words.is_empty())
        })
        .or_else(|| observation.get("valueInteger").map(Value::to_string))
        .or_else(|| {
            observation
                .get("valueBoolean")
                .and_then(Value::as_bool)
                .map(|yes| if yes { say("Yes") } else { say("No") }.to_owned())
        })
        .or_else(|| component_words(observation))
        .or_else(|| {
            observation
                .get("dataAbsentReason")
                .map(|reason| told!("No value: {}", words::concept(reason).to_lowercase()))
        })
        .unwrap_or_else(|| say(crate::present::now::NOT_RECORDED).to_owned());
    (plain, String::new())
}

fn component_words(observation: &Value) -> Option<String> {
    let parts: Vec<String> = items(observation, "component")
        .iter()
        .filter_map(|component| {
            let (value, unit) = component
                .get("valueQuantity")
                .map(words::quantity_parts)
                .or_else(|| {
                    component
                        .get("valueCodeableConcept")
                        .map(|concept| (words::concept(concept), String::new()))
                })?;
            let name = words::name_of(component.get("code"));
            Some(format!("{name} {value} {unit}").trim().to_owned())
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The laboratory's interpretation, else its reference range, else "No range".
fn flag(observation: &Value) -> FlagView {
    let interpretation = items(observation, "interpretation")
        .iter()
        .flat_map(|concept| items(concept, "coding"))
        .filter_map(|coding| text(coding, "code"))
        .find_map(interpreted);
    if let Some(state) = interpretation {
        return words::flag(state);
    }
    let abnormal = items(observation, "interpretation").iter().any(|concept| {
        items(concept, "coding")
            .iter()
            .any(|coding| matches!(text(coding, "code"), Some("A" | "AA")))
    });
    if abnormal {
        return FlagView {
            state: FlagState::NoRange,
            text: say("Abnormal").to_owned(),
        };
    }
    words::flag(compared(observation).unwrap_or(FlagState::NoRange))
}

/// HL7 v3 ObservationInterpretation.
fn interpreted(code: &str) -> Option<FlagState> {
    match code {
        "HH" | "HU" => Some(FlagState::CriticalHigh),
        "H" | "HX" | ">" => Some(FlagState::High),
        "LL" | "LU" => Some(FlagState::CriticalLow),
        "L" | "LX" | "<" => Some(FlagState::Low),
        "N" => Some(FlagState::InRange),
        _ => None,
    }
}

fn compared(observation: &Value) -> Option<FlagState> {
    let quantity = observation.get("valueQuantity")?;
    // "< 5" may lie anywhere below five: it cannot be compared.
    if text(quantity, "comparator").is_some() {
        return None;
    }
    let value = number(quantity.get("value"))?;
    let range = normal_range(observation)?;
    let (low, high) = (range.get("low"), range.get("high"));
    for bound in [low, high].into_iter().flatten() {
        if !same_unit(quantity, bound) {
            return None;
        }
    }
    let (low, high) = (
        number(low.and_then(|low| low.get("value"))),
        number(high.and_then(|high| high.get("value"))),
    );
    match (low, high) {
        (None, None) => None,
        (Some(low), _) if value < low => Some(FlagState::Low),
        (_, Some(high)) if value > high => Some(FlagState::High),
        _ => Some(FlagState::InRange),
    }
}

/// The one range that holds for this person; with several that depend on age or sex, none.
fn normal_range(observation: &Value) -> Option<&Value> {
    let mut ranges = items(observation, "referenceRange").iter().filter(|range| {
        range
            .get("type")
            .is_none_or(|_| codes(range, "type").any(|code| code == "normal"))
    });
    let first = ranges.next()?;
    ranges.next().is_none().then_some(first)
}

/// A bound without a unit is in the value's.
fn same_unit(value: &Value, bound: &Value) -> bool {
    let unit = |quantity: &Value| {
        text(quantity, "code")
            .or_else(|| text(quantity, "unit"))
            .map(str::to_owned)
    };
    match (unit(value), unit(bound)) {
        (_, None) => true,
        (left, right) => left == right || text(value, "unit") == text(bound, "unit"),
    }
}

fn range_words(observation: &Value) -> String {
    let Some(range) = normal_range(observation) else {
        return "–".to_owned();
    };
    let bound = |name: &str| {
        range
            .get(name)
            .map(|quantity| words::quantity_parts(quantity).0)
            .filter(|words| !words.is_empty())
    };
    match (bound("low"), bound("high")) {
        (Some(low), Some(high)) => format!("{low}–{high}"),
        (Some(low), None) => format!("≥ {low}"),
        (None, Some(high)) => format!("≤ {high}"),
        (None, None) => text(range, "text").map_or_else(|| "–".to_owned(), str::to_owned),
    }
}
