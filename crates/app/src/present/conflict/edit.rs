//! Typing over a conflicting field: which editor fits, and what the typed text means.

use crate::present::phrase::say;
use haven_model::FieldConflict;
use haven_model::definitions::r4;
use serde_json::{Number, Value, json};

use super::draft::ChoiceError;
use crate::present::filed::{codes, text};
use crate::present::now::{latin_digits, parse_date, typed_date_words};
use crate::present::words;
use crate::view::{CodeOption, EditWidget};

/// More codes than this are no choice for a person; a side is picked instead.
const MAX_OPTIONS: usize = 60;

/// The editor for a field; `None` where a typed value could lose more than it says.
pub(crate) fn widget(field: &FieldConflict) -> EditWidget {
    match editor(field) {
        Editor::None => EditWidget::None,
        Editor::Text | Editor::TextMember(_) => EditWidget::Text,
        Editor::Date => EditWidget::Date,
        Editor::Number => EditWidget::Number {
            unit: String::new(),
        },
        Editor::Quantity(template) => EditWidget::Number {
            unit: words::quantity_parts(template).1,
        },
        Editor::Code(options) | Editor::Concept(options) => EditWidget::Code {
            options: options
                .into_iter()
                .map(|(_, code)| CodeOption {
                    value: code.to_owned(),
                    label: words::field_value(&field.path, &Value::String(code.to_owned())),
                })
                .collect(),
        },
        Editor::Boolean => EditWidget::Code {
            options: [("true", say("Yes")), ("false", say("No"))]
                .map(|(value, label)| CodeOption {
                    value: value.to_owned(),
                    label: label.to_owned(),
                })
                .into(),
        },
    }
}

/// What to put into the editor first.
pub(crate) fn edit_text(field: &FieldConflict, value: &Value) -> String {
    match editor(field) {
        Editor::None => String::new(),
        Editor::Text => value.as_str().unwrap_or_default().to_owned(),
        Editor::TextMember(member) => match text(value, member) {
            Some(text) => text.to_owned(),
            None if value.is_null() => String::new(),
            None => words::field_value(&field.path, value),
        },
        Editor::Date => value
            .as_str()
            .map(|date| {
                date.parse()
                    .map_or_else(|_| words::field_value(&field.path, value), typed_date_words)
            })
            .unwrap_or_default(),
        Editor::Number => match value {
            Value::Number(number) => number.to_string(),
            Value::Null
            | Value::Bool(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => String::new(),
        },
        Editor::Quantity(_) => words::quantity_parts(value).0,
        Editor::Code(_) => value.as_str().unwrap_or_default().to_owned(),
        Editor::Concept(_) => first_code(value),
        Editor::Boolean => value
            .as_bool()
            .map(|yes| yes.to_string())
            .unwrap_or_default(),
    }
}

fn first_code(value: &Value) -> String {
    codes(&json!({ "c": value }), "c")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// The value that a typed text stands for.
///
/// # Errors
/// Words for people when the text does not fit the field.
pub(crate) fn typed(field: &FieldConflict, typed: &str) -> Result<Value, ChoiceError> {
    let wrong = |words: &str| Err(ChoiceError::Typed(words.to_owned()));
    let entered = typed.trim();
    if entered.is_empty() {
        return wrong(say("Type a value, or use one of the sides"));
    }
    match editor(field) {
        Editor::None => wrong(say("This field cannot be typed; use one of the sides")),
        Editor::Text => Ok(Value::String(entered.to_owned())),
        Editor::TextMember(member) => Ok(json!({ member: entered })),
        Editor::Date => date(entered)
            .map(Value::String)
            .ok_or_else(|| ChoiceError::Typed(say("Write the date as 23-Nov-2026").to_owned())),
        Editor::Number => number(entered).map(Value::Number),
        Editor::Quantity(template) => {
            let mut quantity = template.clone();
            let value = number(entered)?;
            if let Some(object) = quantity.as_object_mut() {
                object.insert("value".to_owned(), Value::Number(value));
                object.remove("comparator");
            }
            Ok(quantity)
        }
        Editor::Code(options) => match options.iter().find(|(_, code)| *code == entered) {
            Some((_, code)) => Ok(Value::String((*code).to_owned())),
            None => wrong(say("Choose one of the codes")),
        },
        Editor::Concept(options) => match options.iter().find(|(_, code)| *code == entered) {
            Some((system, code)) => Ok(json!({"coding": [{"system": system, "code": code}]})),
            None => wrong(say("Choose one of the codes")),
        },
        Editor::Boolean => match entered {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => wrong(say("Choose Yes or No")),
        },
    }
}

enum Editor<'a> {
    None,
    Text,
    /// An object of which the typed text becomes one member: a dosage in words, a note.
    TextMember(&'static str),
    Date,
    Number,
    Quantity(&'a Value),
    Code(Vec<(&'static str, &'static str)>),
    Concept(Vec<(&'static str, &'static str)>),
    Boolean,
}

fn editor(field: &FieldConflict) -> Editor<'_> {
    let sides = [&field.local, &field.remote, &field.base];
    if sides.iter().any(|value| value.is_array()) {
        return Editor::None;
    }
    match r4().datatype_of(&field.path) {
        Some("string" | "markdown") => Editor::Text,
        Some("Dosage" | "Annotation") => Editor::TextMember("text"),
        Some("date") => Editor::Date,
        // A typed date would drop the time of day.
        Some("dateTime")
            if sides
                .iter()
                .all(|value| value.as_str().is_none_or(|text| text.len() <= 10)) =>
        {
            Editor::Date
        }
        Some("decimal" | "integer" | "positiveInt" | "unsignedInt") => Editor::Number,
        Some("boolean") => Editor::Boolean,
        Some("Quantity" | "Age" | "Duration" | "SimpleQuantity") => quantity(&sides),
        Some("code") => match options(&field.path) {
            Some(options) => Editor::Code(options),
            None => Editor::None,
        },
        Some("CodeableConcept") => match options(&field.path) {
            Some(options) => Editor::Concept(options),
            None => Editor::None,
        },
        Some(_) => Editor::None,
        None => choice(&field.path, &sides),
    }
}

/// `Observation.value` may be of several types; the sides themselves show which one it is. Sides of
/// different types come as objects that name their members, and are not typed over.
fn choice<'a>(path: &str, sides: &[&'a Value; 3]) -> Editor<'a> {
    let may_be = |code: &str| {
        path.split_once('.')
            .and_then(|(resource_type, rest)| r4().element(resource_type, rest))
            .is_some_and(|element| {
                element.is_choice() && element.types.iter().any(|one| one.code == code)
            })
    };
    let mut present = sides.iter().filter(|value| !value.is_null()).peekable();
    if present.peek().is_none() {
        return Editor::None;
    }
    let all =
        |holds: &dyn Fn(&Value) -> bool| sides.iter().all(|value| value.is_null() || holds(value));
    if may_be("Quantity") && all(&|value| value.get("value").is_some_and(Value::is_number)) {
        return quantity(sides);
    }
    if may_be("dateTime") {
        let is_day = |value: &Value| {
            value
                .as_str()
                .is_some_and(|text| text.parse::<jiff::civil::Date>().is_ok())
        };
        return if all(&is_day) {
            Editor::Date
        } else {
            Editor::None
        };
    }
    if may_be("string") && all(&Value::is_string) {
        return Editor::Text;
    }
    if may_be("boolean") && all(&Value::is_boolean) {
        return Editor::Boolean;
    }
    Editor::None
}

/// Only where all sides have one unit: a number typed under two units could mean either.
fn quantity<'a>(sides: &[&'a Value]) -> Editor<'a> {
    let mut present = sides.iter().filter(|value| value.is_object());
    let Some(first) = present.next() else {
        return Editor::None;
    };
    let unit =
        |value: &Value| ["unit", "code", "system"].map(|name| text(value, name).map(str::to_owned));
    if present.all(|other| unit(other) == unit(first)) {
        Editor::Quantity(first)
    } else {
        Editor::None
    }
}

/// System and code of every value that FHIR allows at the path.
fn options(path: &str) -> Option<Vec<(&'static str, &'static str)>> {
    let (resource_type, rest) = path.split_once('.')?;
    let set = r4()
        .element(resource_type, rest)?
        .required_value_set
        .and_then(|url| r4().value_set(url))?;
    let options: Vec<_> = set
        .systems
        .iter()
        .flat_map(|(system, codes)| codes.iter().map(move |code| (*system, *code)))
        // Taking a record back is an act of its own, not a correction of a field.
        .filter(|(_, code)| *code != "entered-in-error")
        .collect();
    (!options.is_empty() && options.len() <= MAX_OPTIONS).then_some(options)
}

/// "23-Nov-2026", "Nov-2026" or "2026" as FHIR has it.
fn date(entered: &str) -> Option<String> {
    if let Some(date) = parse_date(entered) {
        return Some(date.to_string());
    }
    let entered = latin_digits(entered);
    if entered.len() == 4 && entered.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(entered);
    }
    let date = parse_date(&format!("01-{entered}"))?;
    Some(format!("{:04}-{:02}", date.year(), date.month()))
}

/// A decimal with the digits as typed: 0.50 stays 0.50.
fn number(entered: &str) -> Result<Number, ChoiceError> {
    let digits = latin_digits(entered);
    let well_formed = {
        let unsigned = digits.strip_prefix('-').unwrap_or(&digits);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        [whole, fraction]
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
            && (whole.len() == 1 || !whole.starts_with('0'))
    };
    well_formed
        .then(|| digits.parse().ok())
        .flatten()
        .ok_or_else(|| ChoiceError::Typed(say("Write a number, for example 0.5").to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(path: &str, local: Value, remote: Value) -> FieldConflict {
        FieldConflict {
            path: path.to_owned(),
            base: Value::Null,
            local,
            remote,
            guarded: false,
            rule: "both-changed".to_owned(),
        }
    }

    #[test]
    fn a_typed_date_becomes_a_fhir_date() {
        let birth = field(
            "Patient.birthDate",
            json!("1962-07-25"),
            json!("1962-07-26"),
        );
        assert!(matches!(widget(&birth), EditWidget::Date));
        assert_eq!(edit_text(&birth, &birth.local), "25-Jul-1962");
        assert_eq!(
            typed(&birth, "27-Jul-1962").expect("a date"),
            json!("1962-07-27")
        );
        assert_eq!(
            typed(&birth, "Jul-1962").expect("a month"),
            json!("1962-07")
        );
        assert!(typed(&birth, "27/07/62").is_err(), "no date is guessed");
    }

    #[test]
    fn a_typed_number_keeps_its_digits_and_its_unit() {
        let weight = |value: &str| {
            serde_json::from_str::<Value>(&format!(
                r#"{{"value":{value},"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}"#
            ))
            .expect("JSON")
        };
        let field = field("Observation.valueQuantity", weight("70.0"), weight("71.0"));
        assert!(matches!(widget(&field), EditWidget::Number { unit } if unit == "kg"));
        let value = typed(&field, "70.50").expect("a number");
        assert_eq!(value.to_string(), weight("70.50").to_string());
        assert!(
            typed(&field, ".5").is_err(),
            "a bare point is a dose error in waiting"
        );
    }

    #[test]
    fn two_units_are_not_typed_over() {
        let field = field(
            "Observation.valueQuantity",
            json!({"value": 70, "unit": "kg"}),
            json!({"value": 154, "unit": "lb"}),
        );
        assert!(matches!(widget(&field), EditWidget::None));
    }

    #[test]
    fn a_code_is_chosen_from_those_that_fhir_allows() {
        let gender = field("Patient.gender", json!("male"), json!("other"));
        let EditWidget::Code { options } = widget(&gender) else {
            unreachable!("gender is bound to a value set");
        };
        assert_eq!(options.len(), 4);
        assert_eq!(typed(&gender, "unknown").expect("a code"), json!("unknown"));
        assert!(typed(&gender, "m").is_err());
    }
}
