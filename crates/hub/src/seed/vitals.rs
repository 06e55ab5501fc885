//! Vital signs as they are taken at a visit.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::body::{Body, Course, present};
use super::dice::Dice;
use super::fhir::{Code, decimal, loinc, quantity};
use super::problems::Problem;

const PRESSURE: Code = loinc("85354-9", "Blood pressure panel with all children optional");
const SYSTOLIC: Code = loinc("8480-6", "Systolic blood pressure");
const DIASTOLIC: Code = loinc("8462-4", "Diastolic blood pressure");
const HEART_RATE: Code = loinc("8867-4", "Heart rate");
const BREATHS: Code = loinc("9279-1", "Respiratory rate");
const TEMPERATURE: Code = loinc("8310-5", "Body temperature");
const SATURATION: Code = loinc(
    "59408-5",
    "Oxygen saturation in Arterial blood by Pulse oximetry",
);
const SATURATION_PROFILE: Code = loinc("2708-6", "Oxygen saturation in Arterial blood");
const WEIGHT: Code = loinc("29463-7", "Body weight");
const HEIGHT: Code = loinc("8302-2", "Body height");
const MASS_INDEX: Code = loinc("39156-5", "Body mass index (BMI) [Ratio]");
const HEAD: Code = loinc("9843-4", "Head Occipital-frontal circumference");
const PAIN: Code = loinc(
    "72514-3",
    "Pain severity - 0-10 verbal numeric rating [Score] - Reported",
);

/// What a visit measures.
pub(super) struct Setting<'a> {
    pub(super) body: &'a Body,
    pub(super) courses: &'a [Course],
    pub(super) day: Date,
    pub(super) today: Date,
    pub(super) fever: bool,
    /// The first visit on record, at which height is taken.
    pub(super) first: bool,
    /// Taken in someone's home, with what fits in a bag.
    pub(super) at_home: bool,
}

/// The bodies (code, value, components) of what was measured, in the order of taking.
pub(super) fn measured(setting: &Setting<'_>, dice: &mut Dice) -> Vec<Value> {
    let Setting {
        body,
        courses,
        day,
        today,
        fever,
        first,
        at_home,
    } = *setting;
    let age = body.age(day);
    let mut taken = Vec::new();
    if age >= 3 {
        let (high, low) = body.pressure(day, courses, dice);
        taken.push(pressure(high, low));
    }
    let rate = body.heart_rate(day, fever, courses, dice);
    taken.push(number(
        HEART_RATE,
        "Heart rate",
        decimal(rate, 0),
        ("/min", "/min"),
    ));
    let lungs = present(courses, day).any(|course| {
        matches!(
            course.problem,
            Problem::Copd | Problem::Asthma | Problem::HeartFailure | Problem::Bronchitis
        )
    });
    if lungs || dice.chance(60) {
        let breaths = body.breaths(day, courses, dice);
        taken.push(number(
            BREATHS,
            "Respiratory rate",
            decimal(breaths, 0),
            ("/min", "/min"),
        ));
    }
    if fever || dice.chance(80) {
        let degrees = body.temperature(fever, dice);
        taken.push(number(
            TEMPERATURE,
            "Temperature",
            decimal(degrees, 1),
            ("°C", "Cel"),
        ));
    }
    if lungs || dice.chance(75) {
        let percent = body.saturation(day, courses, dice);
        let mut one = number(SATURATION, "SpO₂", decimal(percent, 0), ("%", "%"));
        if let Some(codings) = one
            .pointer_mut("/code/coding")
            .and_then(Value::as_array_mut)
        {
            codings.push(SATURATION_PROFILE.coding());
        }
        taken.push(one);
    }
    if !at_home || dice.chance(60) {
        let kilos = body.weight_kg(day, today, courses, dice);
        let places = if age < 2 { 2 } else { 1 };
        taken.push(number(
            WEIGHT,
            "Weight",
            decimal(kilos, places),
            ("kg", "kg"),
        ));
        if age < 19 || first {
            let height = body.height_cm(day);
            taken.push(number(HEIGHT, "Height", decimal(height, 1), ("cm", "cm")));
            let index = kilos / (height * height / 10_000.0);
            if age >= 2 {
                taken.push(number(
                    MASS_INDEX,
                    "BMI",
                    decimal(index, 1),
                    ("kg/m²", "kg/m2"),
                ));
            }
            if age < 2 {
                let head = 34.5 + (height - 49.0) * 0.33 + dice.sway() * 0.5;
                taken.push(number(
                    HEAD,
                    "Head circumference",
                    decimal(head, 1),
                    ("cm", "cm"),
                ));
            }
        }
    }
    if age >= 6 && (fever || dice.chance(55)) {
        let score = Body::pain(day, courses, dice);
        taken.push(number(
            PAIN,
            "Pain (0–10)",
            decimal(score, 0),
            ("score", "{score}"),
        ));
    }
    taken
}

fn number(code: Code, text: &str, value: Value, (unit, ucum): (&str, &str)) -> Value {
    json!({"code": code.concept_as(text), "valueQuantity": quantity(value, unit, ucum)})
}

fn pressure(high: f64, low: f64) -> Value {
    let part = |code: Code, text: &str, value: f64| {
        json!({"code": code.concept_as(text),
               "valueQuantity": quantity(decimal(value, 0), "mmHg", "mm[Hg]")})
    };
    json!({
        "code": PRESSURE.concept_as("Blood pressure"),
        "component": [part(SYSTOLIC, "Systolic", high), part(DIASTOLIC, "Diastolic", low)],
    })
}
