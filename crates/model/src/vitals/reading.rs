//! Vitals in Observations of any maker.

use serde_json::Value;

use super::typed::rounded;
use super::unit::{Conversion, conversion, shown};
use super::{Flag, Measure, VitalKind, flag};

/// One number of a reading.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingPart {
    /// What was measured.
    pub measure: Measure,
    /// In the measure's unit, for comparing and drawing.
    pub value: f64,
    /// As shown, in the measure's unit, with no more digits than a chart shows: "38.4".
    pub text: String,
    /// "185 lb", when it was converted.
    pub converted_from: Option<String>,
    /// Whether the maker wrote a unit at all. Without one there is nothing to compare with.
    pub unit_recorded: bool,
}

/// A vital sign that was measured at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct VitalReading {
    /// What it is.
    pub kind: VitalKind,
    /// Its numbers, in the order of [`VitalKind::measures`]; one of a blood pressure may be absent.
    pub parts: Vec<ReadingPart>,
    /// The FHIR dateTime or instant, as it stands; `None` when none is recorded.
    pub effective: Option<String>,
    /// Who measured, where a name is given.
    pub performer: Option<String>,
    /// Whether any number was converted from another unit.
    pub converted: bool,
}

impl VitalReading {
    /// The number of one measure.
    #[must_use]
    pub fn part(&self, measure: Measure) -> Option<&ReadingPart> {
        self.parts.iter().find(|part| part.measure == measure)
    }

    /// "182/110", "38.4"; a missing half is a dash. "112/75 (no unit)" where none was recorded.
    #[must_use]
    pub fn text(&self) -> String {
        let words: Vec<&str> = self
            .kind
            .measures()
            .iter()
            .map(|measure| self.part(*measure).map_or("–", |part| part.text.as_str()))
            .collect();
        let unit = if self.unit_recorded() {
            ""
        } else {
            " (no unit)"
        };
        format!("{}{unit}", words.join("/"))
    }

    /// Whether every number has a unit; without, it is shown and never compared.
    #[must_use]
    pub fn unit_recorded(&self) -> bool {
        self.parts.iter().all(|part| part.unit_recorded)
    }

    /// "182/110 mmHg", "38.4 °C".
    #[must_use]
    pub fn text_with_unit(&self) -> String {
        match self.kind.measures() {
            _ if !self.unit_recorded() => self.text(),
            [measure] => measure.with_unit(&self.text()),
            _ => format!("{} {}", self.text(), self.kind.unit()),
        }
    }

    /// How it stands; of a blood pressure, the worse half.
    #[must_use]
    pub fn flag(&self, age_years: Option<u32>) -> Flag {
        self.parts
            .iter()
            .map(|part| {
                if part.unit_recorded {
                    flag(part.measure, part.value, age_years)
                } else {
                    Flag::NoRange
                }
            })
            .reduce(Flag::worse)
            .unwrap_or(Flag::NoRange)
    }
}

/// Reads a vital sign; `None` for any other Observation, for one without a value, for one in a
/// unit that is not known, and for one that was entered in error.
///
/// A pressure, rate or saturation without any unit is read where it can only be in the usual one
/// (Synthea writes such pressures); a weight, height or temperature could be in two, and is not.
#[must_use]
pub fn reading(observation: &Value) -> Option<VitalReading> {
    if observation.get("resourceType")?.as_str()? != "Observation"
        || matches!(
            observation.get("status").and_then(Value::as_str),
            Some("entered-in-error" | "cancelled")
        )
    {
        return None;
    }
    let measured = codes(observation).find_map(meaning)?;
    let parts = match measured {
        Meaning::Measure(measure) => vec![part(measure, observation.get("valueQuantity")?)?],
        Meaning::BloodPressure => blood_pressure(observation),
    };
    let kind = parts.first()?.measure.kind();
    Some(VitalReading {
        kind,
        converted: parts.iter().any(|part| part.converted_from.is_some()),
        parts,
        effective: effective(observation).map(str::to_owned),
        performer: observation
            .pointer("/performer/0/display")
            .and_then(Value::as_str)
            .map(str::to_owned),
    })
}

enum Meaning {
    BloodPressure,
    Measure(Measure),
}

/// What a LOINC code means here; the synonyms are those that servers and Synthea use.
fn meaning(loinc: &str) -> Option<Meaning> {
    let measure = match loinc {
        "85354-9" | "55284-4" | "35094-2" => return Some(Meaning::BloodPressure),
        "8480-6" | "8459-0" | "8460-8" | "8461-6" => Measure::Systolic,
        "8462-4" | "8453-3" | "8454-1" | "8455-8" => Measure::Diastolic,
        "8867-4" | "8893-0" => Measure::HeartRate,
        "9279-1" => Measure::RespiratoryRate,
        // Body, oral, rectal, tympanic, axillary, core, temporal artery.
        "8310-5" | "8331-1" | "8332-9" | "8333-7" | "8328-7" | "8329-5" | "75539-7" => {
            Measure::Temperature
        }
        "59408-5" | "2708-6" => Measure::OxygenSaturation,
        "29463-7" | "3141-9" | "3142-7" => Measure::Weight,
        "8302-2" | "8306-3" | "3137-7" | "3138-5" => Measure::Height,
        "72514-3" | "38208-5" => Measure::Pain,
        "39156-5" => Measure::BodyMassIndex,
        _ => return None,
    };
    Some(Meaning::Measure(measure))
}

fn codes(coded: &Value) -> impl Iterator<Item = &str> {
    coded
        .pointer("/code/coding")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|coding| coding.get("system").and_then(Value::as_str) == Some("http://loinc.org"))
        .filter_map(|coding| coding.get("code").and_then(Value::as_str))
}

fn blood_pressure(observation: &Value) -> Vec<ReadingPart> {
    let components = observation
        .get("component")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut parts: Vec<ReadingPart> = components
        .filter_map(|component| match codes(component).find_map(meaning)? {
            Meaning::Measure(measure @ (Measure::Systolic | Measure::Diastolic)) => {
                part(measure, component.get("valueQuantity")?)
            }
            Meaning::Measure(_) | Meaning::BloodPressure => None,
        })
        .collect();
    parts.sort_by_key(|part| part.measure);
    parts.dedup_by_key(|part| part.measure);
    parts
}

fn part(measure: Measure, quantity: &Value) -> Option<ReadingPart> {
    let Value::Number(number) = quantity.get("value")? else {
        return None;
    };
    let original: f64 = number.as_str().parse().ok()?;
    let unit = unit_of(quantity);
    let unit_recorded = !unit.is_empty() || measure == Measure::Pain;
    let how = if unit_recorded {
        conversion(measure, unit)?
    } else if can_only_be_usual(measure, original) {
        Conversion::Same
    } else {
        return None;
    };
    let comparator = quantity
        .get("comparator")
        .and_then(Value::as_str)
        .map(|sign| format!("{sign} "))
        .unwrap_or_default();
    let value = how.apply(original);
    let (shown_text, converted_from) = match how {
        Conversion::Same => (shortened(number.as_str(), original, measure), None),
        Conversion::Times(_) | Conversion::From { .. } => (
            rounded(value, measure),
            Some(format!("{comparator}{} {}", number.as_str(), shown(unit))),
        ),
    };
    Some(ReadingPart {
        measure,
        value,
        text: format!("{comparator}{shown_text}"),
        converted_from,
        unit_recorded,
    })
}

fn can_only_be_usual(measure: Measure, value: f64) -> bool {
    let (low, high) = measure.facts().plausible;
    let has_one_unit = matches!(
        measure,
        Measure::Systolic
            | Measure::Diastolic
            | Measure::HeartRate
            | Measure::RespiratoryRate
            | Measure::OxygenSaturation
    );
    has_one_unit && (low..=high).contains(&value)
}

/// The UCUM code, else the printed unit.
fn unit_of(quantity: &Value) -> &str {
    let text = |name: &str| quantity.get(name).and_then(Value::as_str);
    let is_ucum = text("system") == Some("http://unitsofmeasure.org");
    text("code")
        .filter(|_| is_ucum)
        .or_else(|| text("unit"))
        .or_else(|| text("code"))
        .unwrap_or("")
        .trim()
}

/// The recorded digits, unless a machine wrote more of them than anyone measured.
fn shortened(text: &str, value: f64, measure: Measure) -> String {
    let digits = text.split_once('.').map_or(0, |(_, part)| part.len());
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain && digits <= measure.decimals() {
        return text.to_owned();
    }
    rounded(value, measure)
}

fn effective(observation: &Value) -> Option<&str> {
    [
        "/effectiveDateTime",
        "/effectiveInstant",
        "/effectivePeriod/start",
        "/effectiveTiming/event/0",
    ]
    .into_iter()
    .find_map(|pointer| observation.pointer(pointer).and_then(Value::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn observation(code: &str, quantity: Value) -> Value {
        json!({
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "effectiveDateTime": "2026-11-23T13:52:00+01:00",
            "valueQuantity": quantity,
        })
    }

    fn ucum(value: f64, code: &str) -> Value {
        json!({"value": value, "system": "http://unitsofmeasure.org", "code": code})
    }

    #[test]
    fn other_units_are_converted_and_marked() {
        for (code, quantity, text, from) in [
            ("3141-9", ucum(185.0, "[lb_av]"), "83.9", "185.0 lb"),
            ("8310-5", ucum(101.2, "[degF]"), "38.4", "101.2 °F"),
            ("8302-2", ucum(66.9, "[in_i]"), "169.9", "66.9 in"),
        ] {
            let reading = reading(&observation(code, quantity)).expect(code);
            assert_eq!(reading.text(), text, "{code}");
            assert!(reading.converted, "{code}");
            assert_eq!(reading.parts[0].converted_from.as_deref(), Some(from));
        }
    }

    #[test]
    fn synonyms_of_makers_are_read() {
        let oral = reading(&observation("8331-1", ucum(37.61, "Cel"))).expect("oral temperature");
        assert_eq!(oral.kind, VitalKind::Temperature);
        assert_eq!(oral.text_with_unit(), "37.61 °C");
        let old = json!({
            "resourceType": "Observation", "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "55284-4"}]},
            "component": [
                {"code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]},
                    "valueQuantity": ucum(110.0, "mm[Hg]")},
                {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
                    "valueQuantity": {"value": 182, "unit": "mmHg"}},
            ]
        });
        let pressure = reading(&old).expect("the older panel");
        assert_eq!(
            pressure.text_with_unit(),
            "182/110 mmHg",
            "systolic comes first"
        );
        assert_eq!(pressure.flag(Some(64)), Flag::CriticalHigh);
        assert_eq!(pressure.effective, None);
    }

    #[test]
    fn nothing_is_made_of_what_is_not_understood() {
        let unknown_unit = observation("29463-7", ucum(12.0, "[stone_av]"));
        assert_eq!(reading(&unknown_unit), None, "a unit is never guessed");
        let no_unit = observation("29463-7", json!({"value": 70}));
        assert_eq!(reading(&no_unit), None, "70 may be pounds");
        let glucose = observation("2339-0", ucum(90.0, "mg/dL"));
        assert_eq!(reading(&glucose), None, "that is no vital sign");
        let mut mistake = observation("8867-4", ucum(80.0, "/min"));
        assert!(reading(&mistake).is_some());
        mistake["status"] = json!("entered-in-error");
        assert_eq!(reading(&mistake), None, "it never was");
    }

    #[test]
    fn a_pressure_without_a_unit_is_shown_and_never_called_normal() {
        let part = |code: &str, value: f64| {
            json!({"code": {"coding": [{"system": "http://loinc.org", "code": code}]},
                "valueQuantity": {"value": value, "system": "http://unitsofmeasure.org"}})
        };
        let bare = json!({
            "resourceType": "Observation", "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "55284-4"}]},
            "component": [part("8462-4", 74.842_574), part("8480-6", 111.676_077)]
        });
        let reading = reading(&bare).expect("112/75 cannot be kPa");
        assert_eq!(reading.text_with_unit(), "112/75 (no unit)");
        assert_eq!(reading.flag(Some(40)), Flag::NoRange);
    }

    #[test]
    fn a_machines_digits_are_shortened_for_the_eye() {
        let height = reading(&observation("8302-2", ucum(171.437_912, "cm"))).expect("height");
        assert_eq!(height.text(), "171.4");
    }

    #[test]
    fn a_comparator_is_shown() {
        let mut low = observation("8310-5", ucum(35.0, "Cel"));
        low["valueQuantity"]["comparator"] = json!("<");
        assert_eq!(reading(&low).expect("readable").text(), "< 35.0");
    }
}
