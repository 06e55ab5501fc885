//! The pieces every seeded resource is made of: codings, quantities, references, labels.

use serde_json::{Number, Value, json};

pub(super) const SNOMED: &str = "http://snomed.info/sct";
pub(super) const LOINC: &str = "http://loinc.org";
pub(super) const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
pub(super) const CVX: &str = "http://hl7.org/fhir/sid/cvx";
pub(super) const UCUM: &str = "http://unitsofmeasure.org";
pub(super) const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

/// A code with the words people read for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) system: &'static str,
    pub(super) code: &'static str,
    pub(super) display: &'static str,
}

/// A SNOMED CT code.
pub(super) const fn snomed(code: &'static str, display: &'static str) -> Code {
    Code {
        system: SNOMED,
        code,
        display,
    }
}

/// A LOINC code.
pub(super) const fn loinc(code: &'static str, display: &'static str) -> Code {
    Code {
        system: LOINC,
        code,
        display,
    }
}

impl Code {
    /// As a FHIR Coding.
    pub(super) fn coding(self) -> Value {
        json!({"system": self.system, "code": self.code, "display": self.display})
    }

    /// As a CodeableConcept that reads as its display.
    pub(super) fn concept(self) -> Value {
        self.concept_as(self.display)
    }

    /// As a CodeableConcept that reads as `text`.
    pub(super) fn concept_as(self, text: &str) -> Value {
        json!({"coding": [self.coding()], "text": text})
    }
}

/// A CodeableConcept of a terminology.hl7.org code system, without a text of its own.
pub(super) fn hl7(code_system: &str, code: &str) -> Value {
    let system = format!("http://terminology.hl7.org/CodeSystem/{code_system}");
    json!({"coding": [{"system": system, "code": code}]})
}

/// A decimal that keeps its trailing zeros: `decimal(93.0, 1)` is written `93.0`.
pub(super) fn decimal(value: f64, places: usize) -> Value {
    let written = format!("{value:.places$}");
    // "-0.0" is a number nobody measured.
    let written = if written.trim_start_matches(['-', '0', '.']).is_empty() {
        written.trim_start_matches('-').to_owned()
    } else {
        written
    };
    written.parse::<Number>().map_or(Value::Null, Value::Number)
}

/// A UCUM quantity.
pub(super) fn quantity(value: Value, unit: &str, ucum: &str) -> Value {
    json!({"value": value, "unit": unit, "system": UCUM, "code": ucum})
}

/// A reference to `kind`/`id`.
pub(super) fn reference(kind: &str, id: &str) -> Value {
    json!({"reference": format!("{kind}/{id}")})
}

/// A reference that also says whom or what it means.
pub(super) fn named_reference(kind: &str, id: &str, display: &str) -> Value {
    json!({"reference": format!("{kind}/{id}"), "display": display})
}

/// Puts `value` under `key`; objects only, anything else is left alone.
pub(super) fn set(target: &mut Value, key: &str, value: Value) {
    if let Some(object) = target.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

/// The `meta` of a resource that only roles with the sensitive class may open.
pub(super) fn restricted() -> Value {
    json!({"security": [{
        "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
        "code": "R",
        "display": "restricted",
    }]})
}

/// A resource that begins with its type and id and, when `sensitive`, the restricting label.
pub(super) fn resource(kind: &str, id: &str, sensitive: bool, body: Value) -> Value {
    let mut whole = serde_json::Map::new();
    whole.insert("resourceType".to_owned(), Value::from(kind));
    whole.insert("id".to_owned(), Value::from(id));
    if sensitive {
        whole.insert("meta".to_owned(), restricted());
    }
    if let Value::Object(fields) = body {
        whole.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
    }
    Value::Object(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_the_precision_they_were_measured_with() {
        assert_eq!(decimal(93.0, 1).to_string(), "93.0");
        assert_eq!(decimal(141.4, 0).to_string(), "141");
        assert_eq!(decimal(-0.04, 1).to_string(), "0.0", "no negative zero");
    }

    #[test]
    fn a_sensitive_resource_carries_its_label_and_drops_what_is_absent() {
        let made = resource(
            "Condition",
            "c1",
            true,
            json!({"onsetDateTime": null, "note": []}),
        );
        assert_eq!(
            made.pointer("/meta/security/0/code"),
            Some(&Value::from("R"))
        );
        assert!(
            made.get("onsetDateTime").is_none(),
            "an absent field is absent, not null"
        );
    }
}
