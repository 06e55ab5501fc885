//! Doses: how much, by which way, how often.

use serde_json::Value;

use super::timing::{self, plain};
use super::{codeable, items, text_at};

/// What is shown where no dose is recorded.
const NO_DOSE: &str = "Dose not recorded";

/// The doses of a MedicationRequest, -Statement, -Dispense or -Administration:
/// "10 mg – oral – once a day".
#[must_use]
pub fn dosage(resource: &Value) -> String {
    let lists = ["dosageInstruction", "dosage"]
        .into_iter()
        .flat_map(|name| items(resource, name));
    let words: Vec<String> = lists.map(dosage_words).collect();
    if !words.is_empty() {
        return words.join("; then ");
    }
    // An administration has one dosage, with the dose directly in it.
    match resource.get("dosage").filter(|dosage| dosage.is_object()) {
        Some(dosage) => dosage_words(dosage),
        None => NO_DOSE.to_owned(),
    }
}

/// One Dosage. Where nothing of it is structured, its text stands as it was written.
#[must_use]
pub fn dosage_words(dosage: &Value) -> String {
    let dose = dose(dosage);
    let when = when(dosage);
    if dose.is_none()
        && let Some(text) = text_at(dosage, "/text")
    {
        return text.to_owned();
    }
    let mut parts = vec![dose.unwrap_or_else(|| NO_DOSE.to_owned())];
    parts.extend(dosage.get("route").map(route));
    parts.extend(dosage.get("site").map(codeable));
    parts.extend(when);
    if let Some(most) = dosage.get("maxDosePerPeriod") {
        parts.push(format!("at most {}", super::datatype::ratio(most)));
    }
    parts.join(" – ")
}

/// What is to be told beside dose and timing: instructions for the patient, and the written text
/// where the dose is structured too. Empty when there is none.
#[must_use]
pub fn instructions(resource: &Value) -> String {
    let mut words: Vec<String> = Vec::new();
    for dosage in items(resource, "dosageInstruction").chain(items(resource, "dosage")) {
        let structured = dose(dosage).is_some();
        let said = [
            text_at(dosage, "/text").filter(|_| structured),
            text_at(dosage, "/patientInstruction"),
        ];
        words.extend(said.into_iter().flatten().map(str::to_owned));
        words.extend(items(dosage, "additionalInstruction").map(codeable));
    }
    words.dedup();
    words.join(" ")
}

fn dose(dosage: &Value) -> Option<String> {
    let from = items(dosage, "doseAndRate").next().unwrap_or(dosage);
    let amount = from
        .get("doseQuantity")
        .or_else(|| from.get("dose"))
        .and_then(amount)
        .or_else(|| range(from.get("doseRange")?));
    let rate = ["rateQuantity", "rateRange", "rateRatio"]
        .into_iter()
        .find_map(|name| Some((name, from.get(name)?)))
        .and_then(|(name, rate)| match name {
            "rateQuantity" => self::amount(rate),
            "rateRange" => range(rate),
            _ => Some(super::datatype::ratio(rate)),
        });
    match (amount, rate) {
        (Some(amount), Some(rate)) => Some(format!("{amount} at {rate}")),
        (Some(amount), None) => Some(amount),
        (None, Some(rate)) => Some(rate),
        (None, None) => None,
    }
}

/// A dose with its unit. Without one it says so: "1" of what is not for a screen to guess.
fn amount(quantity: &Value) -> Option<String> {
    let number = digits(quantity)?;
    Some(match dose_unit(quantity) {
        Some(unit) => format!("{number} {}", counted(&unit, &number)),
        None => format!("{number} (unit not recorded)"),
    })
}

fn range(range: &Value) -> Option<String> {
    let (low, high) = (range.get("low"), range.get("high"));
    match (low.and_then(digits), high.and_then(digits)) {
        (Some(from), Some(to)) => {
            let unit = high.and_then(dose_unit).or_else(|| low.and_then(dose_unit));
            Some(match unit {
                Some(unit) => format!("{from} to {to} {}", counted(&unit, &to)),
                None => format!("{from} to {to} (unit not recorded)"),
            })
        }
        (Some(_), None) => low.and_then(amount).map(|low| format!("at least {low}")),
        (None, Some(_)) => high.and_then(amount).map(|high| format!("at most {high}")),
        (None, None) => None,
    }
}

fn digits(quantity: &Value) -> Option<String> {
    let number = quantity.get("value")?.as_number()?;
    Some(plain(number.as_str()))
}

/// The unit of a dose; those that were read wrongly too often are spelled out.
fn dose_unit(quantity: &Value) -> Option<String> {
    let unit = text_at(quantity, "/unit").or_else(|| text_at(quantity, "/code"))?;
    Some(
        match unit {
            "U" | "u" | "IU" | "iu" | "[iU]" | "[IU]" | "UNT" | "unit" => "units",
            "ug" | "mcg" | "µg" | "μg" | "MCG" => "micrograms",
            "ug/kg" | "mcg/kg" => "micrograms/kg",
            "ug/min" | "mcg/min" => "micrograms/min",
            "ml" | "ML" => "mL",
            "TAB" | "tab" | "{tablet}" | "{tbl}" => "tablet",
            "CAP" | "cap" | "{capsule}" => "capsule",
            "PUFF" | "{puff}" | "puffs" => "puff",
            "{drop}" | "[drp]" | "drops" => "drop",
            "1" | "{dose}" => "dose",
            other => other,
        }
        .to_owned(),
    )
}

fn counted(unit: &str, number: &str) -> String {
    match unit {
        "tablet" | "capsule" | "puff" | "drop" | "dose" | "patch" if number != "1" => {
            let ending = if unit == "patch" { "es" } else { "s" };
            format!("{unit}{ending}")
        }
        "units" if number == "1" => "unit".to_owned(),
        unit => unit.to_owned(),
    }
}

fn route(route: &Value) -> String {
    let words = codeable(route);
    let short = words
        .strip_suffix(" route")
        .or_else(|| words.strip_suffix(" Route"))
        .unwrap_or(&words);
    match short.to_lowercase().as_str() {
        "topical" => "skin".to_owned(),
        "po" => "oral".to_owned(),
        // An abbreviation stays as it is written.
        lower if short.len() > 3 => lower.to_owned(),
        _ => short.to_owned(),
    }
}

fn when(dosage: &Value) -> Option<String> {
    let rhythm = dosage.get("timing").and_then(timing::words);
    let needed = match (
        dosage.get("asNeededBoolean"),
        dosage.get("asNeededCodeableConcept"),
    ) {
        (_, Some(reason)) => Some(format!("as needed for {}", codeable(reason))),
        (Some(Value::Bool(true)), None) => Some("as needed".to_owned()),
        _ => None,
    };
    match (rhythm, needed) {
        (Some(rhythm), Some(needed)) => Some(format!("{rhythm}, {needed}")),
        (rhythm, needed) => rhythm.or(needed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(dosage: Value) -> String {
        super::dosage(&json!({"dosageInstruction": [dosage]}))
    }

    fn once_a_day() -> Value {
        json!({"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}})
    }

    #[test]
    fn a_dose_reads_amount_way_and_rhythm() {
        let oral =
            json!({"coding": [{"code": "26643006", "display": "Oral Route (qualifier value)"}]});
        assert_eq!(
            one(json!({"timing": once_a_day(), "route": oral,
                "doseAndRate": [{"doseQuantity": {"value": 10, "unit": "mg"}}]})),
            "10 mg – oral – once a day"
        );
        assert_eq!(
            one(json!({"asNeededBoolean": true, "route": {"text": "oral"},
                "doseAndRate": [{"doseQuantity": {"value": 25, "unit": "mg"}}]})),
            "25 mg – oral – as needed"
        );
    }

    #[test]
    fn amounts_are_written_so_that_none_becomes_tenfold() {
        let dose = |text: &str| {
            let quantity = crate::json::parse(text.as_bytes()).expect("JSON");
            one(json!({"doseAndRate": [{"doseQuantity": quantity}]}))
        };
        assert_eq!(
            dose(r#"{"value":5.0,"unit":"mg"}"#),
            "5 mg",
            "no trailing zero"
        );
        assert_eq!(dose(r#"{"value":0.50,"unit":"mg"}"#), "0.5 mg");
        assert_eq!(dose(r#"{"value":14,"code":"[iU]"}"#), "14 units", "never U");
        assert_eq!(dose(r#"{"value":50,"unit":"mcg"}"#), "50 micrograms");
        assert_eq!(dose(r#"{"value":2,"unit":"TAB"}"#), "2 tablets");
        assert_eq!(dose(r#"{"value":1}"#), "1 (unit not recorded)");
    }

    #[test]
    fn what_is_missing_is_said() {
        assert_eq!(
            one(json!({"timing": once_a_day()})),
            "Dose not recorded – once a day"
        );
        assert_eq!(one(json!({"text": "as directed"})), "as directed");
        assert_eq!(super::dosage(&json!({})), "Dose not recorded");
    }

    #[test]
    fn ranges_rates_and_steps_are_told() {
        assert_eq!(
            one(
                json!({"doseAndRate": [{"doseRange": {"low": {"value": 1, "unit": "TAB"},
                "high": {"value": 2, "unit": "TAB"}}}]})
            ),
            "1 to 2 tablets"
        );
        let resource = json!({"dosageInstruction": [
            {"text": "one"}, {"text": "two"}
        ]});
        assert_eq!(super::dosage(&resource), "one; then two");
        let administered = json!({"dosage": {"dose": {"value": 5, "unit": "mL"}}});
        assert_eq!(super::dosage(&administered), "5 mL");
    }

    #[test]
    fn instructions_stand_beside_a_structured_dose() {
        let resource = json!({"dosageInstruction": [{
            "text": "Take in the morning.",
            "patientInstruction": "Recheck potassium in 4 weeks.",
            "doseAndRate": [{"doseQuantity": {"value": 10, "unit": "mg"}}]
        }]});
        assert_eq!(
            instructions(&resource),
            "Take in the morning. Recheck potassium in 4 weeks."
        );
    }
}
