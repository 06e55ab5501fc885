//! Words of `haven_model::display`, in the forms that screens need.

use crate::present::phrase::{say, told};
use std::collections::HashSet;

use haven_model::vitals::Flag;
use haven_model::{Timestamp, changes, display};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Now;
use super::filed::text;
use super::now::{Moment, NOT_RECORDED};
use crate::view::{FlagState, FlagView};

/// What a resource is called in a list: "lisinopril", "Blood pressure 182/110 mmHg".
#[must_use]
pub fn key_title(resource: &Value) -> String {
    display::resource_title(resource)
}

/// The resource in one line; the same words as its title.
pub(crate) fn summary(resource: &Value) -> String {
    key_title(resource)
}

/// "TREVIÑO, Enrique".
pub(crate) fn banner_name(patient: &Value) -> String {
    display::human_name(patient).name
}

/// "Treviño, Enrique".
pub(crate) fn plain_name(patient: &Value) -> String {
    let name = display::human_name(patient);
    if name.family.is_empty() || name.given.is_empty() {
        return name.name;
    }
    let comma = if name.name.contains('،') { '،' } else { ',' };
    format!("{}{comma} {}", name.family, name.given)
}

/// Family and given names as recorded.
pub(crate) fn name_parts(patient: &Value) -> (String, String) {
    let name = display::human_name(patient);
    (name.family, name.given)
}

/// "Mr"; empty when none.
pub(crate) fn title(patient: &Value) -> String {
    display::human_name(patient).prefix
}

/// Label and value: "MRN", "870 062 165".
pub(crate) fn identifier(patient: &Value) -> (String, String) {
    let identifier = display::identifier(patient);
    (identifier.label, identifier.value)
}

pub(crate) fn gender(patient: &Value) -> String {
    display::gender(patient).to_owned()
}

/// "25-Jul-1962", "1962"; "Not recorded".
pub(crate) fn born(patient: &Value, now: &Now) -> String {
    birth(patient, now).map_or_else(|| say(NOT_RECORDED).to_owned(), |born| born.date(now))
}

/// "64 y"; at death for those who died, and empty when it cannot be told.
pub(crate) fn age(patient: &Value, now: &Now) -> String {
    let Some(born) = text(patient, "birthDate") else {
        return String::new();
    };
    match (died(patient, now), is_deceased(patient)) {
        (Some(died), _) => display::age(born, &iso(died.at, now)),
        (None, true) => String::new(),
        (None, false) => display::age(born, &iso(now.at, now)),
    }
}

/// Whole years of age at an instant; `None` when it cannot be told.
pub(crate) fn age_years(patient: &Value, at: Timestamp, now: &Now) -> Option<u32> {
    display::age_years(text(patient, "birthDate")?, &iso(at, now))
}

pub(crate) fn is_deceased(patient: &Value) -> bool {
    patient.get("deceasedDateTime").is_some()
        || patient.get("deceasedBoolean").and_then(Value::as_bool) == Some(true)
}

/// "Died 03-Feb-2020 (aged 81 y)"; `None` for the living.
pub(crate) fn deceased(patient: &Value, now: &Now) -> Option<String> {
    if !is_deceased(patient) {
        return None;
    }
    let Some(died) = died(patient, now) else {
        return Some(say("Died, date not recorded").to_owned());
    };
    let age = age(patient, now);
    Some(if age.is_empty() {
        told!("Died {}", died.date(now))
    } else {
        told!("Died {} (aged {})", died.date(now), age)
    })
}

/// "TREVIÑO, Enrique · born 25-Jul-1962 · MRN 870 062 165".
pub(crate) fn two_identifiers(patient: &Value, now: &Now) -> String {
    let (label, value) = identifier(patient);
    told!(
        "{} · born {} · {} {}",
        banner_name(patient),
        born(patient, now),
        label,
        value
    )
}

fn birth(patient: &Value, now: &Now) -> Option<Moment> {
    Moment::read(text(patient, "birthDate")?, now)
}

fn died(patient: &Value, now: &Now) -> Option<Moment> {
    Moment::read(text(patient, "deceasedDateTime")?, now)
}

/// The day of an instant here, as FHIR writes it.
fn iso(at: Timestamp, now: &Now) -> String {
    now.local(at).date().to_string()
}

/// A CodeableConcept or Coding in words; empty when it says nothing.
pub(crate) fn concept(concept: &Value) -> String {
    match display::codeable(concept) {
        words if words == display::not_recorded() => String::new(),
        words => words,
    }
}

/// What an element of coded things is called: "Hypertension".
pub(crate) fn name_of(coded: Option<&Value>) -> String {
    coded
        .map(concept)
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| say("Name not recorded").to_owned())
}

/// Number and unit apart: "5.1", "mmol/L"; the digits as recorded.
pub(crate) fn quantity_parts(quantity: &Value) -> (String, String) {
    let whole = display::quantity(quantity);
    let mut bare = serde_json::Map::new();
    for name in ["comparator", "value"] {
        if let Some(value) = quantity.get(name) {
            bare.insert(name.to_owned(), value.clone());
        }
    }
    let number = display::quantity(&Value::Object(bare));
    let unit = whole.strip_prefix(&number).unwrap_or_default().trim();
    (number, unit.to_owned())
}

/// The unit of a Quantity, bare or below the one member that names it.
pub(crate) fn unit_of(value: &Value) -> String {
    let within = value
        .as_object()
        .and_then(|members| members.values().next());
    let bare = match value.get("value") {
        Some(_) => Some(value),
        None => within,
    };
    bare.map_or_else(String::new, |quantity| quantity_parts(quantity).1)
}

/// The label of an element by its merge path: "Dose and timing".
pub(crate) fn field_label(path: &str) -> String {
    display::field_label(path)
}

/// A value of an element in words.
pub(crate) fn field_value(path: &str, value: &Value) -> String {
    display::field_value(path, value)
}

/// Labels of what a side changed, each once, to stand within a sentence: "dose", "phone, mobile".
pub(crate) fn changed_labels(base: &Value, side: &Value) -> Vec<String> {
    let mut seen = HashSet::new();
    changes(Some(base), Some(side))
        .iter()
        .map(|change| lower_first(&field_label(&change.path)))
        .filter(|label| seen.insert(label.clone()))
        .collect()
}

/// A label within a sentence; "MRN" and the like stay as they are.
pub(crate) fn lower_first(label: &str) -> String {
    let mut letters = label.chars();
    let (first, second) = (letters.next(), letters.next());
    match (first, second) {
        (Some(first), second) if !second.is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(label.chars().skip(1)).collect()
        }
        _ => label.to_owned(),
    }
}

pub(crate) fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

pub(crate) fn flag(state: FlagState) -> FlagView {
    let text = match state {
        FlagState::InRange => Flag::InRange,
        FlagState::High => Flag::High,
        FlagState::CriticalHigh => Flag::CriticalHigh,
        FlagState::Low => Flag::Low,
        FlagState::CriticalLow => Flag::CriticalLow,
        FlagState::NoRange => Flag::NoRange,
    }
    .words();
    FlagView {
        state,
        text: say(text).to_owned(),
    }
}

pub(crate) fn vital_flag(state: Flag) -> FlagView {
    flag(match state {
        Flag::InRange => FlagState::InRange,
        Flag::High => FlagState::High,
        Flag::CriticalHigh => FlagState::CriticalHigh,
        Flag::Low => FlagState::Low,
        Flag::CriticalLow => FlagState::CriticalLow,
        Flag::NoRange => FlagState::NoRange,
    })
}

/// A name without case and marks, for comparing: "Treviño" is "trevino"; Arabic and Persian forms
/// of one letter are one.
pub(crate) fn fold(name: &str) -> String {
    name.nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .map(|letter| match letter {
            'ي' | 'ى' => 'ی',
            'ك' => 'ک',
            other => other,
        })
        .filter(|letter| letter.is_alphanumeric() || *letter == ' ')
        .collect()
}
