//! Codes, quantities and references.

use serde_json::Value;

use super::phrase::say_known;
use super::{items, not_recorded, text_at};

/// A CodeableConcept or Coding in words: its text, else what a person chose, else a display, else
/// the code.
#[must_use]
pub fn codeable(concept: &Value) -> String {
    if let Some(text) = concept.as_str() {
        return text.to_owned();
    }
    let chosen = items(concept, "coding")
        .filter(|coding| coding.get("userSelected") == Some(&Value::Bool(true)))
        .chain(items(concept, "coding"))
        .find_map(|coding| text_at(coding, "/display"));
    text_at(concept, "/text")
        .or(chosen)
        .or_else(|| text_at(concept, "/display"))
        .map(|text| without_tag(text).to_owned())
        .or_else(|| {
            items(concept, "coding")
                .find_map(|coding| text_at(coding, "/code"))
                .or_else(|| text_at(concept, "/code"))
                .map(code_words)
        })
        .unwrap_or_else(|| not_recorded().to_owned())
}

/// SNOMED CT's semantic tags; they tell a terminologist the hierarchy and a clinician nothing.
const TAGS: [&str; 21] = [
    "(disorder)",
    "(finding)",
    "(procedure)",
    "(situation)",
    "(organism)",
    "(substance)",
    "(product)",
    "(medicinal product)",
    "(person)",
    "(event)",
    "(environment)",
    "(regime/therapy)",
    "(qualifier value)",
    "(observable entity)",
    "(body structure)",
    "(morphologic abnormality)",
    "(physical object)",
    "(record artifact)",
    "(occupation)",
    "(social concept)",
    "(navigational concept)",
];

pub(super) fn without_tag(text: &str) -> &str {
    TAGS.iter()
        .find_map(|tag| text.strip_suffix(tag))
        .map(str::trim_end)
        .filter(|bare| !bare.is_empty())
        .unwrap_or(text)
}

/// A code of FHIR's own as words: "entered-in-error" is "Entered in error".
#[must_use]
pub fn code_words(code: &str) -> String {
    let is_word = code
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if !is_word {
        return code.to_owned();
    }
    let mut letters = code.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    let words: String = first
        .into_iter()
        .chain(letters)
        .map(|letter| if letter == '-' { ' ' } else { letter })
        .collect();
    say_known(&words)
}

/// A Quantity with its unit, digits as recorded: "5.1 mmol/L", "< 0.5 mg/dL".
#[must_use]
pub fn quantity(quantity: &Value) -> String {
    let Some(Value::Number(number)) = quantity.get("value") else {
        return not_recorded().to_owned();
    };
    let comparator = text_at(quantity, "/comparator")
        .map(|sign| match sign {
            "<=" => "≤ ".to_owned(),
            ">=" => "≥ ".to_owned(),
            sign => format!("{sign} "),
        })
        .unwrap_or_default();
    match unit(quantity) {
        Some("%") => format!("{comparator}{} %", number.as_str()),
        Some(unit) => format!("{comparator}{} {unit}", number.as_str()),
        None => format!("{comparator}{}", number.as_str()),
    }
}

/// The unit as shown; `None` where there is none, and for counts and scores.
pub(super) fn unit(quantity: &Value) -> Option<&str> {
    let unit = text_at(quantity, "/unit").or_else(|| text_at(quantity, "/code"))?;
    Some(match unit {
        "mm[Hg]" => "mmHg",
        "Cel" => "°C",
        "[degF]" => "°F",
        "[lb_av]" => "lb",
        "[in_i]" => "in",
        "kg/m2" => "kg/m²",
        "mL/min/{1.73_m2}" => "mL/min/1.73 m²",
        "[iU]" | "IU" => "units",
        "[iU]/L" => "units/L",
        "{score}" | "score" | "1" => return None,
        annotation if annotation.starts_with('{') && annotation.ends_with('}') => {
            annotation.trim_matches(['{', '}'])
        }
        unit => unit,
    })
}

/// A Reference: its display, else what it points to.
#[must_use]
pub fn reference(reference: &Value) -> String {
    text_at(reference, "/display")
        .or_else(|| text_at(reference, "/reference"))
        .or_else(|| text_at(reference, "/identifier/value"))
        .unwrap_or(not_recorded())
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::NOT_RECORDED;
    use serde_json::json;

    #[test]
    fn a_concept_speaks_in_its_best_words() {
        for (concept, expected) in [
            (
                json!({"text": "Hives", "coding": [{"display": "Urticaria"}]}),
                "Hives",
            ),
            (
                json!({"coding": [{"display": "a"}, {"display": "b", "userSelected": true}]}),
                "b",
            ),
            (json!({"coding": [{"code": "active"}]}), "Active"),
            (json!({"coding": [{"display": "Mold (organism)"}]}), "Mold"),
            (json!({"coding": [{"display": "(finding)"}]}), "(finding)"),
            (json!({}), NOT_RECORDED),
        ] {
            assert_eq!(codeable(&concept), expected);
        }
    }

    #[test]
    fn a_quantity_keeps_its_digits_and_shows_a_readable_unit() {
        let read = |text: &str| quantity(&crate::json::parse(text.as_bytes()).expect("JSON"));
        assert_eq!(read(r#"{"value":5.10,"unit":"mmol/L"}"#), "5.10 mmol/L");
        assert_eq!(read(r#"{"value":37,"code":"Cel"}"#), "37 °C");
        assert_eq!(read(r#"{"value":3,"unit":"{score}"}"#), "3");
        assert_eq!(
            read(r#"{"value":60,"comparator":">=","unit":"mL/min"}"#),
            "≥ 60 mL/min"
        );
        assert_eq!(read(r#"{"unit":"mg"}"#), NOT_RECORDED);
    }

    #[test]
    fn codes_of_fhir_become_words() {
        assert_eq!(code_words("entered-in-error"), "Entered in error");
        assert_eq!(code_words("AMB"), "AMB");
    }
}
