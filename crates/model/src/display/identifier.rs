//! Which number a patient is known by.

use serde_json::Value;

use super::phrase::say;
use super::{items, not_recorded, text_at};

/// An identifier with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentifierDisplay {
    /// "MRN".
    pub label: String,
    /// "870 062 165"; "Not recorded" when there is none.
    pub value: String,
}

const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";

/// The identifier to show: the medical record number, else the usual one, else one that is not a
/// licence, passport or social security number.
#[must_use]
pub fn identifier(patient: &Value) -> IdentifierDisplay {
    items(patient, "identifier")
        .filter(|identifier| text_at(identifier, "/value").is_some())
        .min_by_key(|identifier| rank(identifier))
        .map_or_else(
            || IdentifierDisplay {
                label: say("MRN").to_owned(),
                value: not_recorded().to_owned(),
            },
            one,
        )
}

fn types(identifier: &Value) -> impl Iterator<Item = &str> {
    identifier
        .pointer("/type/coding")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|coding| coding.get("code").and_then(Value::as_str))
}

fn rank(identifier: &Value) -> u8 {
    let is_old = identifier.get("use").and_then(Value::as_str) == Some("old");
    if is_old {
        return 5;
    }
    if types(identifier).any(|code| code == "MR") {
        return 0;
    }
    if types(identifier).any(|code| matches!(code, "SS" | "DL" | "PPN")) {
        return 4;
    }
    match identifier.get("use").and_then(Value::as_str) {
        Some("usual") => 1,
        Some("official") => 2,
        _ => 3,
    }
}

/// One Identifier with its label.
pub(super) fn one(identifier: &Value) -> IdentifierDisplay {
    let value = text_at(identifier, "/value").unwrap_or(not_recorded());
    let is_nhs = text_at(identifier, "/system") == Some(NHS_NUMBER);
    let is_record = types(identifier).any(|code| code == "MR");
    let label = if is_record {
        say("MRN")
    } else if is_nhs {
        say("NHS number")
    } else {
        text_at(identifier, "/type/text")
            .or_else(|| text_at(identifier, "/type/coding/0/display"))
            .unwrap_or_else(|| say("ID"))
    };
    IdentifierDisplay {
        label: label.to_owned(),
        value: grouped(value, is_nhs),
    }
}

/// Nine digits in threes, an NHS number as `999 123 4567`, anything else as it stands.
fn grouped(value: &str, is_nhs: bool) -> String {
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    let wanted = value.len() == 9 || (is_nhs && value.len() == 10);
    match (value.get(..3), value.get(3..6), value.get(6..)) {
        (Some(first), Some(second), Some(third)) if is_number && wanted => {
            format!("{first} {second} {third}")
        }
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::NOT_RECORDED;
    use serde_json::json;

    #[test]
    fn the_medical_record_number_comes_first() {
        let shown = identifier(&json!({"identifier": [
            {"system": "http://a.example", "value": "x"},
            {"type": {"coding": [{"code": "SS"}]}, "value": "999-84-4261"},
            {"type": {"coding": [{"code": "MR"}], "text": "Medical Record Number"},
                "value": "870062165"}
        ]}));
        assert_eq!(
            (shown.label.as_str(), shown.value.as_str()),
            ("MRN", "870 062 165")
        );
    }

    #[test]
    fn without_one_the_usual_stands_and_a_secret_number_last() {
        let shown = identifier(&json!({"identifier": [
            {"type": {"coding": [{"code": "SS"}], "text": "Social Security Number"}, "value": "1"},
            {"system": "urn:example:nonlatin", "value": "NL-006"}
        ]}));
        assert_eq!(
            (shown.label.as_str(), shown.value.as_str()),
            ("ID", "NL-006")
        );
        let nhs =
            identifier(&json!({"identifier": [{"system": NHS_NUMBER, "value": "9991234567"}]}));
        assert_eq!(
            (nhs.label.as_str(), nhs.value.as_str()),
            ("NHS number", "999 123 4567")
        );
        assert_eq!(identifier(&json!({})).value, NOT_RECORDED);
    }
}
