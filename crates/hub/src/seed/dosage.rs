//! How a medicine is taken, in words and as a FHIR Dosage.

use serde_json::{Value, json};

use super::fhir::{SNOMED, quantity};
use super::medicines::Medicine;

/// How often a medicine is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rhythm {
    Daily(u8),
    Weekly,
    AtNight,
    AsNeeded,
}

/// Where a medicine goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Oral,
    Inhaled,
    UnderSkin,
    OnSkin,
    UnderTongue,
}

impl Medicine {
    fn dose(&self, higher: bool) -> &'static str {
        self.doses[usize::from(higher)]
    }

    /// "1 puff", "2 puffs".
    fn unit_word(&self, higher: bool) -> &'static str {
        let plural = self.unit.0;
        if self.dose(higher) == "1" {
            plural.trim_end_matches('s')
        } else {
            plural
        }
    }

    /// The dose with its unit: "10 mg".
    fn dose_text(&self, higher: bool) -> String {
        format!("{} {}", self.dose(higher), self.unit_word(higher))
    }

    /// The line of a chart: "10 mg, oral, once a day".
    fn sig(&self, higher: bool) -> String {
        let course = self
            .course_days
            .map(|days| format!(", for {days} days"))
            .unwrap_or_default();
        let route = self.route_words().1;
        format!(
            "{}, {route}, {}{course}",
            self.dose_text(higher),
            self.rhythm_words()
        )
    }

    fn rhythm_words(&self) -> &'static str {
        match self.rhythm {
            Rhythm::Daily(1) => "once a day",
            Rhythm::Daily(2) => "twice a day",
            Rhythm::Daily(3) => "three times a day",
            Rhythm::Daily(_) => "four times a day",
            Rhythm::Weekly => "once a week",
            Rhythm::AtNight => "at night",
            Rhythm::AsNeeded => "as needed",
        }
    }

    fn route_words(&self) -> (&'static str, &'static str, &'static str) {
        match self.route {
            Route::Oral => ("26643006", "oral", "Oral route"),
            Route::Inhaled => ("447694001", "inhaled", "Respiratory tract route"),
            Route::UnderSkin => ("34206005", "under the skin", "Subcutaneous route"),
            Route::OnSkin => ("6064005", "on the skin", "Topical route"),
            Route::UnderTongue => ("37839007", "under the tongue", "Sublingual route"),
        }
    }

    /// The FHIR Dosage.
    pub(super) fn dosage(&self, higher: bool) -> Value {
        let (frequency, unit) = match self.rhythm {
            Rhythm::Daily(times) => (times, "d"),
            Rhythm::Weekly => (1, "wk"),
            Rhythm::AtNight | Rhythm::AsNeeded => (1, "d"),
        };
        let mut repeat = json!({"frequency": frequency, "period": 1, "periodUnit": unit});
        if let Some(days) = self.course_days {
            repeat = json!({
                "boundsDuration": {"value": days, "unit": "days",
                                   "system": super::fhir::UCUM, "code": "d"},
                "frequency": frequency, "period": 1, "periodUnit": unit,
            });
        }
        if self.rhythm == Rhythm::AtNight {
            super::fhir::set(&mut repeat, "when", json!(["HS"]));
        }
        let mut timing = json!({"repeat": repeat});
        if self.rhythm != Rhythm::AsNeeded {
            super::fhir::set(&mut timing, "code", json!({"text": self.rhythm_words()}));
        }
        let (route, text, display) = self.route_words();
        let amount = self.dose(higher).parse().map_or(Value::Null, Value::Number);
        json!({
            "sequence": 1,
            "text": self.sig(higher),
            "timing": timing,
            "asNeededBoolean": self.rhythm == Rhythm::AsNeeded,
            "route": {"coding": [{"system": SNOMED, "code": route, "display": display}],
                      "text": text},
            "doseAndRate": [{
                "type": {"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/dose-rate-type",
                    "code": "ordered", "display": "Ordered"}]},
                "doseQuantity": quantity(amount, self.unit_word(higher), self.unit.1),
            }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::medicines::Drug;
    use super::*;

    #[test]
    fn a_dosage_says_the_dose_in_words_and_in_numbers() {
        let dosage = Drug::Lisinopril.medicine().dosage(false);
        assert_eq!(
            dosage.pointer("/text"),
            Some(&json!("10 mg, oral, once a day"))
        );
        let dose = dosage
            .pointer("/doseAndRate/0/doseQuantity")
            .expect("a dose");
        assert_eq!(
            dose.get("value").map(ToString::to_string).as_deref(),
            Some("10")
        );
        assert_eq!(dose.get("code"), Some(&json!("mg")), "UCUM");
    }

    #[test]
    fn one_puff_is_not_one_puffs() {
        let dosage = |higher| Drug::Fluticasone.medicine().sig(higher);
        assert_eq!(dosage(false), "1 puff, inhaled, twice a day");
        assert_eq!(dosage(true), "2 puffs, inhaled, twice a day");
    }
}
