//! Immunizations: the childhood schedule, boosters, influenza every autumn.

use jiff::civil::{Date, date};
use serde_json::{Value, json};

use super::body::has;
use super::calendar::{Moment, age_on, shifted, working_day_before, years_after};
use super::chart::Chart;
use super::fhir::{CVX, Code, decimal, quantity, snomed};
use super::problems::Problem;
use super::staff::Craft;

const fn cvx(code: &'static str, display: &'static str) -> Code {
    Code {
        system: CVX,
        code,
        display,
    }
}

const HEPATITIS_B: Code = cvx("08", "Hep B, adolescent or pediatric");
const ROTAVIRUS: Code = cvx("119", "rotavirus, monovalent");
const DTAP: Code = cvx("20", "DTaP");
const HIB: Code = cvx("49", "Hib (PRP-OMP)");
const PNEUMOCOCCAL: Code = cvx("133", "Pneumococcal conjugate PCV 13");
const POLIO: Code = cvx("10", "IPV");
const MMR: Code = cvx("03", "MMR");
const VARICELLA: Code = cvx("21", "varicella");
const HEPATITIS_A: Code = cvx("83", "Hep A, ped/adol, 2 dose");
const TDAP: Code = cvx("115", "Tdap");
const MENINGOCOCCAL: Code = cvx("114", "meningococcal MCV4P");
const HPV: Code = cvx("165", "HPV9");
const TETANUS: Code = cvx(
    "113",
    "Td (adult), 5 Lf tetanus toxoid, preservative free, adsorbed",
);
const INFLUENZA: Code = cvx("140", "Influenza, split virus, trivalent, PF");
const PNEUMOCOCCAL_23: Code = cvx("33", "pneumococcal polysaccharide PPV23");
const ZOSTER: Code = cvx("187", "zoster recombinant");
const COVID: Code = cvx("208", "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose");

/// Vaccine, name on a chart, ages in days of its doses.
const CHILDHOOD: [(Code, &str, &[i64]); 12] = [
    (HEPATITIS_B, "Hepatitis B vaccine", &[2, 61, 183]),
    (ROTAVIRUS, "Rotavirus vaccine", &[61, 122]),
    (
        DTAP,
        "Diphtheria, tetanus, pertussis vaccine",
        &[61, 122, 183, 480, 1560],
    ),
    (HIB, "Hib vaccine", &[61, 122, 380]),
    (PNEUMOCOCCAL, "Pneumococcal vaccine", &[61, 122, 183, 380]),
    (POLIO, "Polio vaccine", &[61, 122, 300, 1560]),
    (MMR, "Measles, mumps, rubella vaccine", &[372, 1560]),
    (VARICELLA, "Chickenpox vaccine", &[372, 1560]),
    (HEPATITIS_A, "Hepatitis A vaccine", &[372, 560]),
    (TDAP, "Tetanus, diphtheria, pertussis booster", &[4060]),
    (MENINGOCOCCAL, "Meningococcal vaccine", &[4060, 5900]),
    (HPV, "HPV vaccine", &[4100, 4290]),
];

struct Dose {
    code: Code,
    text: &'static str,
    day: Date,
    number: usize,
}

/// Writes what was given, oldest first.
pub(super) fn write(chart: &mut Chart<'_>) {
    let mut doses = if chart.person.age < 18 {
        childhood(chart)
    } else {
        adult(chart)
    };
    doses.extend(influenza(chart));
    let last = chart.person.died.unwrap_or(chart.practice.today);
    doses.retain(|dose| dose.day < last && dose.day >= chart.person.birth);
    doses.sort_by_key(|dose| dose.day);
    for dose in doses {
        write_dose(chart, &dose);
    }
}

fn childhood(chart: &mut Chart<'_>) -> Vec<Dose> {
    let mut doses = Vec::new();
    for (code, text, ages) in CHILDHOOD {
        // A few families miss a whole series.
        let missed = chart.dice.chance(4);
        for (index, age) in ages.iter().enumerate() {
            let late = chart.dice.between(0, 12);
            let day = working_day_before(shifted(chart.person.birth, age + late));
            // Given at a visit where there was one around that day.
            let day = chart
                .visits
                .iter()
                .map(|visit| visit.start.day)
                .find(|seen| *seen >= shifted(day, -15) && *seen <= shifted(day, 20))
                .unwrap_or(day);
            if !missed {
                doses.push(Dose {
                    code,
                    text,
                    day,
                    number: index + 1,
                });
            }
        }
    }
    doses
}

fn adult(chart: &mut Chart<'_>) -> Vec<Dose> {
    let mut doses = Vec::new();
    let today = chart.practice.today;
    let mut give = |code, text, day, number| {
        doses.push(Dose {
            code,
            text,
            day: working_day_before(day),
            number,
        });
    };
    let months_ago = chart.dice.between(8, 110) * 30;
    let tetanus = shifted(today, -months_ago);
    give(TETANUS, "Tetanus and diphtheria vaccine", tetanus, 1);
    if age_on(chart.person.birth, years_after(tetanus, -10)) >= 18 {
        give(
            TETANUS,
            "Tetanus and diphtheria vaccine",
            years_after(tetanus, -10),
            1,
        );
    }
    if has(&chart.courses, Problem::Pregnancy, today) {
        give(
            TDAP,
            "Tetanus, diphtheria, pertussis booster",
            shifted(today, -14),
            1,
        );
    }
    if chart.person.age >= 65 {
        let day = shifted(
            years_after(chart.person.birth, 65),
            chart.dice.between(10, 300),
        );
        give(PNEUMOCOCCAL_23, "Pneumococcal vaccine", day, 1);
    }
    if chart.person.age >= 52 && chart.dice.chance(60) {
        let first = shifted(today, -chart.dice.between(200, 1400));
        give(ZOSTER, "Shingles vaccine", first, 1);
        give(ZOSTER, "Shingles vaccine", shifted(first, 91), 2);
    }
    if chart.dice.chance(82) {
        let first = shifted(date(2021, 3, 1), chart.dice.between(0, 150));
        give(COVID, "COVID-19 vaccine", first, 1);
        give(COVID, "COVID-19 vaccine", shifted(first, 28), 2);
        if chart.dice.chance(60) {
            give(COVID, "COVID-19 vaccine", shifted(first, 240), 3);
        }
    }
    doses
}

fn influenza(chart: &mut Chart<'_>) -> Vec<Dose> {
    let today = chart.practice.today;
    let at_risk = chart.person.age >= 65 || !chart.courses.is_empty();
    let likely = if at_risk { 78 } else { 30 };
    let mut doses = Vec::new();
    for back in 0..6 {
        let season = years_after(date(today.year(), 10, 1), -back);
        let day = working_day_before(shifted(season, chart.dice.between(3, 55)));
        let given = chart.dice.chance(likely);
        if given && day < today && day > shifted(chart.person.birth, 183) {
            doses.push(Dose {
                code: INFLUENZA,
                text: "Influenza vaccine",
                day,
                number: 1,
            });
        }
    }
    doses
}

fn write_dose(chart: &mut Chart<'_>, dose: &Dose) {
    let id = chart.ids.uuid();
    let at = chart.visit_on(dose.day).map_or_else(
        || Moment::at(dose.day, 9, 50),
        |visit| visit.start.plus_minutes(12),
    );
    let infant = age_on(chart.person.birth, dose.day) < 2;
    let drops = dose.code == ROTAVIRUS;
    let (site, route) = if drops {
        (
            Value::Null,
            snomed("26643006", "Oral route").concept_as("oral"),
        )
    } else {
        let route = snomed("78421000", "Intramuscular route").concept_as("into the muscle");
        let site = if infant {
            snomed("61396006", "Structure of left thigh").concept_as("Left thigh")
        } else {
            snomed("368208006", "Left upper arm structure").concept_as("Left arm")
        };
        (site, route)
    };
    let amount = if drops {
        decimal(1.0, 1)
    } else {
        decimal(0.5, 1)
    };
    let body = json!({
        "status": "completed",
        "vaccineCode": dose.code.concept_as(dose.text),
        "patient": chart.subject(),
        "encounter": chart.encounter_on(dose.day),
        "occurrenceDateTime": chart.stamp(at),
        "primarySource": true,
        "lotNumber": chart.dice.fill("?##??"),
        "site": site,
        "route": route,
        "doseQuantity": quantity(amount, "mL", "mL"),
        "performer": [{"actor": chart.colleague(Craft::Nurse).reference()}],
        "protocolApplied": [{"doseNumberPositiveInt": dose.number}],
    });
    chart.add("Immunization", &id, false, body);
}
