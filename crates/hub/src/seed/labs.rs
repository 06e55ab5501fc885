//! Laboratory panels: what each holds, its reference ranges, and the values a body gives.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::body::{Body, Course, burden, has, months_until};
use super::dice::Dice;
use super::fhir::{Code, decimal, hl7, loinc, quantity};
use super::problems::Problem;

/// A set of tests that is ordered together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Panel {
    Metabolic,
    Lipids,
    BloodCount,
    GlycatedHemoglobin,
    Thyroid,
    UrineAlbumin,
    Natriuretic,
    Clotting,
    Urate,
    Ferritin,
    Glucose,
    Liver,
    HivMonitoring,
}

/// A single test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Sodium,
    Potassium,
    Chloride,
    Bicarbonate,
    Urea,
    Creatinine,
    Filtration,
    FastingGlucose,
    Cholesterol,
    Ldl,
    Hdl,
    Triglycerides,
    Hemoglobin,
    WhiteCells,
    Platelets,
    CellVolume,
    GlycatedHemoglobin,
    Thyrotropin,
    AlbuminCreatinine,
    ProBnp,
    Inr,
    Urate,
    Ferritin,
    Alt,
    ViralLoad,
    Cd4,
}

/// How a [`Test`] is coded, printed and judged.
struct Assay {
    code: Code,
    text: &'static str,
    unit: (&'static str, &'static str),
    places: usize,
    /// Reference range of men, of women; an open end is `None`.
    range: [(Option<f64>, Option<f64>); 2],
}

impl Panel {
    /// Code and name of the report.
    pub(super) fn code(self) -> (Code, &'static str) {
        match self {
            Self::Metabolic => (
                loinc("51990-0", "Basic metabolic panel - Blood"),
                "Basic metabolic panel",
            ),
            Self::Lipids => (
                loinc("57698-3", "Lipid panel with direct LDL - Serum or Plasma"),
                "Lipid panel",
            ),
            Self::BloodCount => (
                loinc("58410-2", "CBC panel - Blood by Automated count"),
                "Blood count",
            ),
            Self::GlycatedHemoglobin => (assay(Test::GlycatedHemoglobin).code, "Hemoglobin A1c"),
            Self::Thyroid => (assay(Test::Thyrotropin).code, "TSH"),
            Self::UrineAlbumin => (
                assay(Test::AlbuminCreatinine).code,
                "Urine albumin/creatinine",
            ),
            Self::Natriuretic => (assay(Test::ProBnp).code, "NT-proBNP"),
            Self::Clotting => (assay(Test::Inr).code, "INR"),
            Self::Urate => (assay(Test::Urate).code, "Uric acid"),
            Self::Ferritin => (assay(Test::Ferritin).code, "Ferritin"),
            Self::Glucose => (assay(Test::FastingGlucose).code, "Glucose"),
            Self::Liver => (assay(Test::Alt).code, "ALT"),
            Self::HivMonitoring => (
                loinc("24467-3", "CD3+CD4+ (T4 helper) cells [#/volume] in Blood"),
                "HIV monitoring",
            ),
        }
    }

    /// The tests of the panel.
    pub(super) fn tests(self) -> &'static [Test] {
        match self {
            Self::Metabolic => &[
                Test::Sodium,
                Test::Potassium,
                Test::Chloride,
                Test::Bicarbonate,
                Test::Urea,
                Test::Creatinine,
                Test::Filtration,
                Test::FastingGlucose,
            ],
            Self::Lipids => &[Test::Cholesterol, Test::Triglycerides, Test::Ldl, Test::Hdl],
            Self::BloodCount => &[
                Test::Hemoglobin,
                Test::WhiteCells,
                Test::Platelets,
                Test::CellVolume,
            ],
            Self::GlycatedHemoglobin => &[Test::GlycatedHemoglobin],
            Self::Thyroid => &[Test::Thyrotropin],
            Self::UrineAlbumin => &[Test::AlbuminCreatinine],
            Self::Natriuretic => &[Test::ProBnp],
            Self::Clotting => &[Test::Inr],
            Self::Urate => &[Test::Urate],
            Self::Ferritin => &[Test::Ferritin],
            Self::Glucose => &[Test::FastingGlucose],
            Self::Liver => &[Test::Alt],
            Self::HivMonitoring => &[Test::ViralLoad, Test::Cd4],
        }
    }

    /// Days after which it is taken again.
    pub(super) fn interval_days(self) -> i64 {
        match self {
            Self::Clotting => 45,
            Self::GlycatedHemoglobin | Self::HivMonitoring | Self::Glucose => 120,
            Self::Metabolic | Self::Thyroid | Self::Natriuretic | Self::Liver => 200,
            Self::Lipids | Self::BloodCount | Self::UrineAlbumin | Self::Urate | Self::Ferritin => {
                350
            }
        }
    }
}

const fn both(low: f64, high: f64) -> [(Option<f64>, Option<f64>); 2] {
    [(Some(low), Some(high)), (Some(low), Some(high))]
}

const fn under(high: f64) -> [(Option<f64>, Option<f64>); 2] {
    [(None, Some(high)), (None, Some(high))]
}

const fn above(low: f64) -> [(Option<f64>, Option<f64>); 2] {
    [(Some(low), None), (Some(low), None)]
}

const fn by_sex(men: (f64, f64), women: (f64, f64)) -> [(Option<f64>, Option<f64>); 2] {
    [(Some(men.0), Some(men.1)), (Some(women.0), Some(women.1))]
}

const MMOL: (&str, &str) = ("mmol/L", "mmol/L");
const MG_DL: (&str, &str) = ("mg/dL", "mg/dL");

#[rustfmt::skip]
fn assay(test: Test) -> Assay {
    let row = |code, display, text, unit, places, range| Assay { code: loinc(code, display), text, unit, places, range };
    match test {
        Test::Sodium => row("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "Sodium", MMOL, 0, both(135.0, 145.0)),
        Test::Potassium => row("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "Potassium", MMOL, 1, both(3.5, 5.0)),
        Test::Chloride => row("2075-0", "Chloride [Moles/volume] in Serum or Plasma", "Chloride", MMOL, 0, both(98.0, 107.0)),
        Test::Bicarbonate => row("1963-8", "Bicarbonate [Moles/volume] in Serum or Plasma", "Bicarbonate", MMOL, 0, both(22.0, 29.0)),
        Test::Urea => row("3094-0", "Urea nitrogen [Mass/volume] in Serum or Plasma", "Urea nitrogen", MG_DL, 0, both(7.0, 20.0)),
        Test::Creatinine => row("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "Creatinine", MG_DL, 2, by_sex((0.7, 1.3), (0.5, 1.1))),
        Test::Filtration => row("98979-8", "Glomerular filtration rate [Volume Rate/Area] in Serum, Plasma or Blood by Creatinine-based formula (CKD-EPI 2021)/1.73 sq M", "eGFR", ("mL/min/1.73 m²", "mL/min/{1.73_m2}"), 0, above(60.0)),
        Test::FastingGlucose => row("1558-6", "Fasting glucose [Mass/volume] in Serum or Plasma", "Glucose, fasting", MG_DL, 0, both(70.0, 99.0)),
        Test::Cholesterol => row("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", "Total cholesterol", MG_DL, 0, under(200.0)),
        Test::Ldl => row("18262-6", "Cholesterol in LDL [Mass/volume] in Serum or Plasma by Direct assay", "LDL cholesterol", MG_DL, 0, under(130.0)),
        Test::Hdl => row("2085-9", "Cholesterol in HDL [Mass/volume] in Serum or Plasma", "HDL cholesterol", MG_DL, 0, [(Some(40.0), None), (Some(50.0), None)]),
        Test::Triglycerides => row("2571-8", "Triglyceride [Mass/volume] in Serum or Plasma", "Triglycerides", MG_DL, 0, under(150.0)),
        Test::Hemoglobin => row("718-7", "Hemoglobin [Mass/volume] in Blood", "Hemoglobin", ("g/dL", "g/dL"), 1, by_sex((13.5, 17.5), (12.0, 15.5))),
        Test::WhiteCells => row("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "White cells", ("10*3/uL", "10*3/uL"), 1, both(4.0, 11.0)),
        Test::Platelets => row("777-3", "Platelets [#/volume] in Blood by Automated count", "Platelets", ("10*3/uL", "10*3/uL"), 0, both(150.0, 400.0)),
        Test::CellVolume => row("787-2", "MCV [Entitic volume] by Automated count", "MCV", ("fL", "fL"), 0, both(80.0, 100.0)),
        Test::GlycatedHemoglobin => row("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "Hemoglobin A1c", ("%", "%"), 1, both(4.0, 5.6)),
        Test::Thyrotropin => row("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "TSH", ("mIU/L", "m[IU]/L"), 2, both(0.40, 4.00)),
        Test::AlbuminCreatinine => row("9318-7", "Albumin/Creatinine [Mass Ratio] in Urine", "Urine albumin/creatinine", ("mg/g", "mg/g"), 0, under(30.0)),
        Test::ProBnp => row("33762-6", "Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma", "NT-proBNP", ("pg/mL", "pg/mL"), 0, under(125.0)),
        Test::Inr => row("6301-6", "INR in Platelet poor plasma by Coagulation assay", "INR", ("INR", "{INR}"), 1, both(2.0, 3.0)),
        Test::Urate => row("3084-1", "Urate [Mass/volume] in Serum or Plasma", "Uric acid", MG_DL, 1, by_sex((3.5, 7.2), (2.6, 6.0))),
        Test::Ferritin => row("2276-4", "Ferritin [Mass/volume] in Serum or Plasma", "Ferritin", ("ng/mL", "ng/mL"), 0, by_sex((24.0, 336.0), (11.0, 307.0))),
        Test::Alt => row("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "ALT", ("U/L", "U/L"), 0, by_sex((7.0, 55.0), (7.0, 45.0))),
        Test::ViralLoad => row("20447-9", "HIV 1 RNA [#/volume] (viral load) in Serum or Plasma by NAA with probe detection", "HIV viral load", ("copies/mL", "{copies}/mL"), 0, under(20.0)),
        Test::Cd4 => row("24467-3", "CD3+CD4+ (T4 helper) cells [#/volume] in Blood", "CD4 cells", ("cells/uL", "{cells}/uL"), 0, both(500.0, 1500.0)),
    }
}

/// What the values of one panel have in common.
pub(super) struct Sample<'a> {
    pub(super) body: &'a Body,
    pub(super) courses: &'a [Course],
    pub(super) day: Date,
    filtration: f64,
    sugar: f64,
    lipids: [f64; 3],
}

impl<'a> Sample<'a> {
    /// Blood drawn on `day`.
    pub(super) fn draw(body: &'a Body, courses: &'a [Course], day: Date, dice: &mut Dice) -> Self {
        let own = body.chemistry();
        let left = |problem| burden(courses, problem, day);
        let age = f64::from(i32::try_from(body.age(day)).unwrap_or_default());
        let healthy = 116.0 - (age - 25.0).max(0.0) * 0.62 + own * 7.0;
        // Kidneys fail slowly: the fall is under way before anyone names it.
        let filtration = months_until(courses, Problem::KidneyDisease, day)
            .map_or(healthy.max(63.0), |months| {
                (46.0 + own * 8.0 + months * 0.6).min(healthy.max(63.0))
            });
        let sugar = if has(courses, Problem::Type2Diabetes, day) {
            6.5 + 2.6 * left(Problem::Type2Diabetes)
        } else if has(courses, Problem::Prediabetes, day) {
            6.0
        } else {
            5.25
        };
        let ldl = 108.0 + own * 18.0 + 68.0 * left(Problem::Hyperlipidemia);
        let triglycerides = 112.0 + own * 40.0 + 55.0 * left(Problem::Obesity);
        let hdl = 46.0 + f64::from(u8::from(body.female)) * 9.0 - own * 6.0;
        Self {
            body,
            courses,
            day,
            filtration: filtration + dice.sway() * 4.0,
            sugar: sugar + own * 0.15 + dice.sway() * 0.25,
            lipids: [
                ldl + dice.sway() * 10.0,
                hdl + dice.sway() * 4.0,
                triglycerides + dice.sway() * 25.0,
            ],
        }
    }

    fn value(&self, test: Test, dice: &mut Dice) -> f64 {
        let left = |problem| burden(self.courses, problem, self.day);
        let there = |problem| f64::from(u8::from(has(self.courses, problem, self.day)));
        let woman = f64::from(u8::from(self.body.female));
        let own = self.body.chemistry();
        let noise = dice.sway();
        let [ldl, hdl, triglycerides] = self.lipids;
        match test {
            Test::Sodium => 139.8 - 2.0 * there(Problem::HeartFailure) + noise * 3.0,
            Test::Potassium => {
                4.2 + 0.55 * there(Problem::KidneyDisease) - 0.2 * there(Problem::Hypertension)
                    + noise * 0.6
            }
            Test::Chloride => 102.3 + noise * 3.0,
            Test::Bicarbonate => 25.4 - 2.5 * there(Problem::KidneyDisease) + noise * 2.5,
            Test::Urea => 12.0 + (95.0 - self.filtration).max(0.0) * 0.35 + noise * 3.5,
            Test::Creatinine => (88.0 - 15.0 * woman) / self.filtration.max(15.0) + noise * 0.05,
            Test::Filtration => self.filtration,
            Test::FastingGlucose => 24.0 * self.sugar - 36.0 + noise * 8.0,
            Test::Cholesterol => ldl + hdl + triglycerides / 5.0,
            Test::Ldl => ldl,
            Test::Hdl => hdl,
            Test::Triglycerides => triglycerides,
            Test::Hemoglobin => {
                15.0 - 1.5 * woman
                    - 2.9 * left(Problem::IronDeficiency)
                    - 1.4 * there(Problem::KidneyDisease)
                    - 1.1 * there(Problem::Pregnancy)
                    + noise * 0.7
            }
            Test::WhiteCells => 6.9 + own + noise * 1.6,
            Test::Platelets => 246.0 + own * 30.0 + noise * 40.0,
            Test::CellVolume => {
                90.0 - 11.0 * left(Problem::IronDeficiency)
                    + 6.0 * there(Problem::AlcoholUse)
                    + noise * 3.0
            }
            Test::GlycatedHemoglobin => self.sugar,
            Test::Thyrotropin => {
                1.9 + own * 0.5 + 7.0 * left(Problem::Hypothyroidism) + noise * 0.5
            }
            Test::AlbuminCreatinine => {
                11.0 + 70.0 * there(Problem::KidneyDisease)
                    + 16.0 * left(Problem::Type2Diabetes)
                    + noise * 6.0
            }
            Test::ProBnp => 70.0 + 2200.0 * left(Problem::HeartFailure) + noise * 40.0,
            Test::Inr => 2.45 + noise * 0.7,
            Test::Urate => 5.4 - woman + 3.0 * left(Problem::Gout) + noise * 0.6,
            Test::Ferritin => 84.0 - 66.0 * left(Problem::IronDeficiency) + noise * 12.0,
            Test::Alt => {
                24.0 + 46.0 * left(Problem::AlcoholUse)
                    + 14.0 * left(Problem::OpioidUse)
                    + noise * 7.0
            }
            Test::ViralLoad => 61_000.0 * (left(Problem::Hiv) - 0.35).max(0.0) + noise.abs() * 15.0,
            Test::Cd4 => 710.0 - 430.0 * left(Problem::Hiv) + noise * 60.0,
        }
    }

    /// Code, value, range and interpretation of one test of the sample.
    pub(super) fn result(&self, test: Test, dice: &mut Dice) -> Value {
        let assay = assay(test);
        let value = self.value(test, dice).max(0.1);
        let (low, high) = assay.range[usize::from(self.body.female)];
        let bound = |end: Option<f64>| {
            end.map(|end| quantity(decimal(end, assay.places), assay.unit.0, assay.unit.1))
        };
        let mut measured = quantity(decimal(value, assay.places), assay.unit.0, assay.unit.1);
        if test == Test::ViralLoad && value < 20.0 {
            measured = quantity(decimal(20.0, 0), assay.unit.0, assay.unit.1);
            super::fhir::set(&mut measured, "comparator", Value::from("<"));
        }
        // Judged as printed, so that flag and number never disagree.
        let printed = measured
            .get("value")
            .and_then(Value::as_f64)
            .unwrap_or(value);
        let under_detection = measured.get("comparator").is_some();
        let flag = if low.is_some_and(|low| printed < low) {
            "L"
        } else if high.is_some_and(|high| printed > high) && !under_detection {
            "H"
        } else {
            "N"
        };
        let mut range = json!({});
        for (key, end) in [("low", bound(low)), ("high", bound(high))] {
            if let Some(end) = end {
                super::fhir::set(&mut range, key, end);
            }
        }
        super::fhir::set(
            &mut range,
            "text",
            Value::from(range_text(low, high, assay.places)),
        );
        json!({
            "code": assay.code.concept_as(assay.text),
            "valueQuantity": measured,
            "interpretation": [hl7("v3-ObservationInterpretation", flag)],
            "referenceRange": [range],
        })
    }
}

fn range_text(low: Option<f64>, high: Option<f64>, places: usize) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("{low:.places$}–{high:.places$}"),
        (Some(low), None) => format!("≥ {low:.places$}"),
        (None, Some(high)) => format!("≤ {high:.places$}"),
        (None, None) => String::new(),
    }
}
