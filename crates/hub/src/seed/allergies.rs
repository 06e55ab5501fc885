//! What people react to, and the resources that say so or say there is nothing.

use serde_json::{Value, json};

use super::dice::Dice;
use super::fhir::{Code, RXNORM, hl7, reference, resource, snomed};
use super::medicines::Family;

/// What a chart says about allergies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AllergyRecord {
    /// Nobody has asked yet; not the same as none.
    NotRecorded,
    /// Asked, and there is none.
    NoneKnown,
    /// Rows of [`ALLERGENS`] with their severity.
    Known(Vec<(usize, Severity)>),
}

/// How bad it may get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    High,
    Low,
    Unknown,
}

/// Something people react to.
pub(super) struct Allergen {
    pub(super) code: Code,
    pub(super) text: &'static str,
    pub(super) category: &'static str,
    pub(super) blocks: &'static [Family],
    reactions: &'static [Code],
    /// Of 1000 people with an allergy.
    weight: u64,
}

const HIVES: Code = snomed("247472004", "Wheal");
const SWELLING: Code = snomed("41291007", "Angioedema");
const ANAPHYLAXIS: Code = snomed("39579001", "Anaphylaxis");
const RASH: Code = snomed("271807003", "Eruption of skin");
const WHEEZE: Code = snomed("56018004", "Wheezing");
const SNEEZING: Code = snomed("76067001", "Sneezing");
const VOMITING: Code = snomed("422400008", "Vomiting");
const COUGH: Code = snomed("49727002", "Cough");
const ITCH: Code = snomed("418290006", "Itching");

const fn drug(code: &'static str, display: &'static str) -> Code {
    Code {
        system: RXNORM,
        code,
        display,
    }
}

use Family as F;

/// Every allergen of the clinic.
#[rustfmt::skip]
pub(super) static ALLERGENS: [Allergen; 15] = [
    Allergen { code: snomed("91936005", "Allergy to penicillin"), text: "penicillin", category: "medication", blocks: &[F::Penicillin], reactions: &[HIVES, ANAPHYLAXIS, RASH], weight: 200 },
    Allergen { code: snomed("300913006", "Allergy to shellfish"), text: "shellfish", category: "food", blocks: &[], reactions: &[SWELLING, HIVES, VOMITING], weight: 90 },
    Allergen { code: snomed("300916003", "Latex allergy"), text: "latex", category: "environment", blocks: &[], reactions: &[ITCH, HIVES], weight: 60 },
    Allergen { code: snomed("91935009", "Allergy to peanut"), text: "peanuts", category: "food", blocks: &[], reactions: &[ANAPHYLAXIS, SWELLING, HIVES], weight: 90 },
    Allergen { code: drug("10831", "sulfamethoxazole / trimethoprim"), text: "sulfamethoxazole and trimethoprim", category: "medication", blocks: &[F::Sulfonamide], reactions: &[RASH], weight: 90 },
    Allergen { code: drug("5640", "ibuprofen"), text: "ibuprofen and other NSAIDs", category: "medication", blocks: &[F::Nsaid], reactions: &[WHEEZE, SWELLING], weight: 80 },
    Allergen { code: drug("1191", "aspirin"), text: "aspirin", category: "medication", blocks: &[F::Nsaid], reactions: &[WHEEZE, HIVES], weight: 60 },
    Allergen { code: drug("29046", "lisinopril"), text: "lisinopril and other ACE inhibitors", category: "medication", blocks: &[F::AceInhibitor], reactions: &[COUGH, SWELLING], weight: 50 },
    Allergen { code: drug("18631", "azithromycin"), text: "azithromycin", category: "medication", blocks: &[F::Macrolide], reactions: &[RASH, VOMITING], weight: 20 },
    Allergen { code: drug("83367", "atorvastatin"), text: "atorvastatin", category: "medication", blocks: &[F::Statin], reactions: &[RASH], weight: 20 },
    Allergen { code: drug("2670", "codeine"), text: "codeine", category: "medication", blocks: &[], reactions: &[ITCH, VOMITING], weight: 60 },
    Allergen { code: snomed("91930004", "Allergy to eggs"), text: "egg", category: "food", blocks: &[], reactions: &[HIVES, VOMITING], weight: 40 },
    Allergen { code: snomed("425525006", "Allergy to dairy product"), text: "dairy", category: "food", blocks: &[], reactions: &[VOMITING, RASH], weight: 40 },
    Allergen { code: snomed("424213003", "Allergy to bee venom"), text: "bee venom", category: "environment", blocks: &[], reactions: &[ANAPHYLAXIS, SWELLING], weight: 40 },
    Allergen { code: snomed("418689008", "Allergy to grass pollen"), text: "grass pollen", category: "environment", blocks: &[], reactions: &[SNEEZING, ITCH], weight: 60 },
];

impl AllergyRecord {
    /// Draws what a chart says: mostly nothing known, sometimes one to three, sometimes no answer.
    pub(super) fn draw(dice: &mut Dice) -> Self {
        match dice.below(100) {
            0..12 => Self::NotRecorded,
            12..58 => Self::NoneKnown,
            _ => {
                let mut known: Vec<(usize, Severity)> = Vec::new();
                for _ in 0..=dice.pick(&[0_u8, 0, 0, 1, 1, 2]) {
                    let row = draw_allergen(dice);
                    if known.iter().all(|(has, _)| *has != row) {
                        known.push((row, draw_severity(dice)));
                    }
                }
                Self::Known(known)
            }
        }
    }

    /// The record of the allergens with these texts; a text that is in no row is left out.
    pub(super) fn named(known: &[(&str, Severity)]) -> Self {
        let rows = known.iter().filter_map(|(text, severity)| {
            let row = ALLERGENS
                .iter()
                .position(|allergen| allergen.text == *text)?;
            Some((row, *severity))
        });
        Self::Known(rows.collect())
    }

    /// The medicine families this record rules out.
    pub(super) fn blocked(&self) -> Vec<Family> {
        match self {
            Self::NotRecorded | Self::NoneKnown => Vec::new(),
            Self::Known(rows) => {
                let allergens = rows.iter().filter_map(|(row, _)| ALLERGENS.get(*row));
                allergens
                    .flat_map(|allergen| allergen.blocks.iter().copied())
                    .collect()
            }
        }
    }

    /// The resources of the record.
    pub(super) fn resources(
        &self,
        patient: &str,
        recorder: &Value,
        recorded: &str,
        (ids, dice): (&mut Dice, &mut Dice),
    ) -> Vec<Value> {
        match self {
            Self::NotRecorded => Vec::new(),
            Self::NoneKnown => vec![none_known(&ids.uuid(), patient, recorder, recorded)],
            Self::Known(rows) => {
                let mut made = Vec::new();
                for (row, severity) in rows {
                    if let Some(allergen) = ALLERGENS.get(*row) {
                        let mut one = allergen.resource(&ids.uuid(), patient, *severity, dice);
                        super::fhir::set(&mut one, "recordedDate", Value::from(recorded));
                        super::fhir::set(&mut one, "recorder", recorder.clone());
                        made.push(one);
                    }
                }
                made
            }
        }
    }
}

impl Allergen {
    fn resource(&self, id: &str, patient: &str, severity: Severity, dice: &mut Dice) -> Value {
        let (criticality, word, first) = match severity {
            Severity::High => ("high", "severe", 1),
            Severity::Low => ("low", "mild", 0),
            Severity::Unknown => ("unable-to-assess", "moderate", 0),
        };
        let told = severity == Severity::High || dice.chance(70);
        let manifestation = self.reactions.get(first).or(self.reactions.first());
        let reaction = manifestation.filter(|_| told).map(
            |code| json!([{"manifestation": [code.concept_as(plain(*code))], "severity": word}]),
        );
        resource(
            "AllergyIntolerance",
            id,
            false,
            json!({
                "clinicalStatus": hl7("allergyintolerance-clinical", "active"),
                "verificationStatus": hl7("allergyintolerance-verification",
                    if told { "confirmed" } else { "unconfirmed" }),
                "type": "allergy",
                "category": [self.category],
                "criticality": criticality,
                "code": self.code.concept_as(self.text),
                "patient": reference("Patient", patient),
                "reaction": reaction,
            }),
        )
    }
}

fn plain(code: Code) -> &'static str {
    if code == HIVES {
        "Hives"
    } else if code == RASH {
        "Rash"
    } else if code == SWELLING {
        "Swelling of face or lips"
    } else {
        code.display
    }
}

fn none_known(id: &str, patient: &str, recorder: &Value, recorded: &str) -> Value {
    let code = snomed("716186003", "No known allergy");
    resource(
        "AllergyIntolerance",
        id,
        false,
        json!({
            "clinicalStatus": hl7("allergyintolerance-clinical", "active"),
            "verificationStatus": hl7("allergyintolerance-verification", "confirmed"),
            "code": code.concept(),
            "patient": reference("Patient", patient),
            "recordedDate": recorded,
            "recorder": recorder,
        }),
    )
}

fn draw_allergen(dice: &mut Dice) -> usize {
    let total = ALLERGENS.iter().map(|allergen| allergen.weight).sum();
    let mut left = dice.below(total);
    for (row, allergen) in ALLERGENS.iter().enumerate() {
        if left < allergen.weight {
            return row;
        }
        left -= allergen.weight;
    }
    0
}

fn draw_severity(dice: &mut Dice) -> Severity {
    match dice.below(10) {
        0..4 => Severity::High,
        4..8 => Severity::Low,
        _ => Severity::Unknown,
    }
}
