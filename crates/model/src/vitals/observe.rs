//! Typed vitals as FHIR Observations.

use serde_json::{Number, Value, json};

use super::typed::Typed;
use super::{Measure, VitalKind, typed};

/// What was typed, measure by measure; an empty text means not measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VitalsEntry {
    /// Each measure once.
    pub values: Vec<(Measure, String)>,
}

impl VitalsEntry {
    fn typed(&self, measure: Measure) -> Result<Option<Typed>, UnreadableEntry> {
        let text = self
            .values
            .iter()
            .find(|(of, _)| *of == measure)
            .map(|(_, text)| text.trim())
            .filter(|text| !text.is_empty());
        text.map(|text| typed(measure, text).ok_or(UnreadableEntry { measure }))
            .transpose()
    }
}

/// A typed value that is not a number, so that nothing may be written in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is not a number", .measure.label())]
pub struct UnreadableEntry {
    /// Which one.
    pub measure: Measure,
}

const LOINC: &str = "http://loinc.org";
const UCUM: &str = "http://unitsofmeasure.org";

/// The Observations for what was typed, one for each kind, in the order of the chart.
///
/// `effective` is a FHIR dateTime with its zone, `performer` the display name of who measured,
/// `ids` draws a new id for each.
///
/// # Errors
/// When a typed value cannot be read; callers have shown [`super::check`]'s answer before.
pub fn observations(
    entry: &VitalsEntry,
    patient_id: &str,
    effective: &str,
    performer: &str,
    mut ids: impl FnMut() -> String,
) -> Result<Vec<Value>, UnreadableEntry> {
    let mut made = Vec::new();
    for kind in VitalKind::ALL {
        if kind == VitalKind::BodyMassIndex {
            continue;
        }
        let values = kind
            .measures()
            .iter()
            .map(|measure| Ok((*measure, entry.typed(*measure)?)))
            .collect::<Result<Vec<_>, UnreadableEntry>>()?;
        if values.iter().all(|(_, value)| value.is_none()) {
            continue;
        }
        let mut observation = json!({
            "resourceType": "Observation",
            "id": ids(),
            "status": "final",
            "category": [{
                "coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                    "code": "vital-signs",
                    "display": "Vital Signs",
                }],
            }],
            "code": code(kind),
            "subject": { "reference": format!("Patient/{patient_id}") },
            "effectiveDateTime": effective,
            "performer": [{ "display": performer }],
        });
        let notes: Vec<Value> = values
            .iter()
            .filter_map(|(_, value)| value.as_ref()?.converted_from.as_ref())
            .map(|original| json!({ "text": format!("Entered as {original}.") }))
            .collect();
        if let Some(members) = observation.as_object_mut() {
            if !notes.is_empty() {
                members.insert("note".to_owned(), Value::Array(notes));
            }
            match values.as_slice() {
                [(measure, Some(value))] => {
                    members.insert("valueQuantity".to_owned(), quantity(*measure, value));
                }
                parts => {
                    let components = parts.iter().map(component).collect();
                    members.insert("component".to_owned(), Value::Array(components));
                }
            }
        }
        made.push(observation);
    }
    Ok(made)
}

fn code(kind: VitalKind) -> Value {
    let (code, display) = kind.loinc();
    let mut codings = vec![json!({ "system": LOINC, "code": code, "display": display })];
    if kind == VitalKind::OxygenSaturation {
        // FHIR's vital signs profile finds a saturation by this code.
        codings.push(json!({
            "system": LOINC,
            "code": "2708-6",
            "display": "Oxygen saturation in Arterial blood",
        }));
    }
    json!({ "coding": codings, "text": kind.label() })
}

fn component((measure, value): &(Measure, Option<Typed>)) -> Value {
    let (code, display) = if *measure == Measure::Systolic {
        ("8480-6", "Systolic blood pressure")
    } else {
        ("8462-4", "Diastolic blood pressure")
    };
    let code = json!({
        "coding": [{ "system": LOINC, "code": code, "display": display }],
        "text": display,
    });
    match value {
        Some(value) => json!({ "code": code, "valueQuantity": quantity(*measure, value) }),
        None => json!({
            "code": code,
            "dataAbsentReason": {
                "coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/data-absent-reason",
                    "code": "not-performed",
                    "display": "Not Performed",
                }],
            },
        }),
    }
}

fn quantity(measure: Measure, value: &Typed) -> Value {
    // The digits typed are the digits stored: `38.40` does not pass through a float.
    let number = value
        .text
        .parse::<Number>()
        .map_or(Value::Null, Value::Number);
    let unit = if measure == Measure::Pain {
        "score"
    } else {
        measure.unit()
    };
    json!({ "value": number, "unit": unit, "system": UCUM, "code": measure.ucum() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::validate;
    use crate::vitals::reading;

    fn entry(values: &[(Measure, &str)]) -> VitalsEntry {
        VitalsEntry {
            values: values
                .iter()
                .map(|(measure, text)| (*measure, (*text).to_owned()))
                .collect(),
        }
    }

    fn observed(values: &[(Measure, &str)]) -> Vec<Value> {
        let mut number = 0;
        observations(
            &entry(values),
            "p1",
            "2026-11-23T14:03:00+01:00",
            "A. Orn",
            || {
                number += 1;
                format!("o{number}")
            },
        )
        .expect("readable")
    }

    #[test]
    fn a_temperature_becomes_an_observation_with_its_digits() {
        let made = observed(&[(Measure::Temperature, "٣٨٫٤٠"), (Measure::Weight, " ")]);
        assert_eq!(made.len(), 1, "what was left empty was not measured");
        let text = serde_json::to_string_pretty(&made[0]).expect("writes");
        insta::assert_snapshot!(text);
        assert!(
            made[0].to_string().contains("\"value\":38.40"),
            "digits typed are kept"
        );
    }

    #[test]
    fn all_vitals_are_valid_fhir_and_read_back_as_typed() {
        let typed: Vec<_> = Measure::TYPED
            .into_iter()
            .zip(["184", "112", "90", "18", "36.80", "97", "93.7", "178", "3"])
            .collect();
        let made = observed(&typed);
        assert_eq!(made.len(), 8, "both pressures share one observation");
        let mut read = Vec::new();
        for observation in &made {
            assert_eq!(validate(observation), [], "Haven writes valid FHIR");
            let reading = reading(observation).expect("Haven reads what it writes");
            assert!(!reading.converted);
            read.extend(
                reading
                    .parts
                    .into_iter()
                    .map(|part| (part.measure, part.text)),
            );
        }
        for (measure, text) in typed {
            assert!(
                read.contains(&(measure, text.to_owned())),
                "{measure:?} {text} is not in {read:?}"
            );
        }
    }

    #[test]
    fn half_a_blood_pressure_says_what_was_not_measured() {
        let made = observed(&[(Measure::Systolic, "120")]);
        assert_eq!(validate(&made[0]), []);
        assert_eq!(
            made[0].pointer("/component/1/dataAbsentReason/coding/0/code"),
            Some(&json!("not-performed"))
        );
        assert_eq!(reading(&made[0]).expect("readable").text(), "120/–");
    }

    #[test]
    fn a_converted_value_says_what_was_typed() {
        let made = observed(&[(Measure::Temperature, "101.2 F")]);
        assert_eq!(made[0].pointer("/valueQuantity/value"), Some(&json!(38.4)));
        assert_eq!(
            made[0].pointer("/note/0/text"),
            Some(&json!("Entered as 101.2 °F."))
        );
    }

    #[test]
    fn an_unreadable_value_writes_nothing() {
        let wrong = entry(&[(Measure::HeartRate, "80"), (Measure::Weight, "heavy")]);
        let refused = observations(&wrong, "p1", "2026-11-23", "A. Orn", String::new);
        assert_eq!(
            refused,
            Err(UnreadableEntry {
                measure: Measure::Weight
            }),
            "half a form must not be saved as if it were whole"
        );
    }
}
