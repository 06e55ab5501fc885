//! Medication against the patient's other medication and allergies.
//!
//! Two names are taken for the same only by an equal code or an equal ingredient as written: Haven
//! carries no drug dictionary, so classes (amoxicillin for a penicillin allergy) are not known here.

use std::collections::BTreeSet;

use serde_json::Value;

use super::phrase::say_with;
use super::{Finding, FindingCode, Severity, codings, has_code, type_of, words};

/// No known allergy: such a statement is about no substance.
const NO_KNOWN: &[&str] = &[
    "716186003",
    "409137002",
    "429625007",
    "428607008",
    "716184000",
    "716185004",
];

pub(super) fn findings(result: &Value, beside: &[&Value]) -> Vec<Finding> {
    let others = || {
        beside.iter().copied().filter(|other| {
            type_of(other) != type_of(result) || other.get("id") != result.get("id")
        })
    };
    let mut found = Vec::new();
    if let Some(drug) = Drug::active(result) {
        let twin = others()
            .filter(|other| type_of(other) == type_of(result))
            .filter_map(Drug::active)
            .find(|other| drug.is_same(other));
        if twin.is_some() {
            found.push(Finding {
                code: FindingCode::DuplicateMedication,
                severity: Severity::Warning,
                message: say_with(
                    "{} is active in another record of this patient too.",
                    std::slice::from_ref(&drug.name),
                ),
                paths: vec![format!("{}.medication", type_of(result))],
            });
        }
        for allergy in others().filter_map(Allergy::standing) {
            found.extend(clash(
                &drug,
                &allergy,
                format!("{}.medication", type_of(result)),
            ));
        }
    }
    if let Some(allergy) = Allergy::standing(result) {
        for drug in others().filter_map(Drug::active) {
            // To record how dangerous an allergy is must never wait for what is prescribed: it is the
            // order that is looked at again.
            let found_from_allergy = clash(&drug, &allergy, "AllergyIntolerance.code".to_owned());
            found.extend(found_from_allergy.map(|finding| Finding {
                severity: Severity::Warning,
                ..finding
            }));
        }
    }
    found
}

fn clash(drug: &Drug, allergy: &Allergy, path: String) -> Option<Finding> {
    if !allergy.is_to(drug) {
        return None;
    }
    let names = [drug.name.clone(), allergy.name.to_owned()];
    let (severity, message) = if allergy.dangerous {
        let dangerous = say_with(
            "{} is active medication, and an allergy to {} with a high risk is recorded.",
            &names,
        );
        (Severity::Blocker, dangerous)
    } else {
        let known = say_with(
            "{} is active medication, and an allergy to {} is recorded.",
            &names,
        );
        (Severity::Warning, known)
    };
    Some(Finding {
        code: FindingCode::AllergyMedication,
        severity,
        message,
        paths: vec![path],
    })
}

/// Medication that the patient is to take, or takes.
struct Drug<'a> {
    name: String,
    codes: Vec<(&'a str, &'a str)>,
    reference: Option<&'a str>,
    ingredients: BTreeSet<String>,
}

impl<'a> Drug<'a> {
    fn active(resource: &'a Value) -> Option<Self> {
        let text = |name: &str| resource.get(name).and_then(Value::as_str);
        if !matches!(
            type_of(resource),
            "MedicationRequest" | "MedicationStatement"
        ) || text("status") != Some("active")
            || matches!(text("intent"), Some("proposal" | "plan" | "option"))
            || resource.get("doNotPerform") == Some(&Value::Bool(true))
        {
            return None;
        }
        let reference = resource
            .get("medicationReference")
            .and_then(|reference| reference.get("reference")?.as_str());
        let contained = reference.and_then(|reference| inside(resource, reference));
        let concept = resource
            .get("medicationCodeableConcept")
            .or_else(|| contained?.get("code"));
        let mut concepts: Vec<&Value> = concept.into_iter().collect();
        let listed = contained.and_then(|drug| drug.get("ingredient")?.as_array());
        concepts.extend(
            listed
                .into_iter()
                .flatten()
                .filter_map(|ingredient| ingredient.get("itemCodeableConcept")),
        );
        let name = concept.and_then(words).or_else(|| {
            resource
                .get("medicationReference")?
                .get("display")?
                .as_str()
        })?;
        let mut written: Vec<&str> = concepts
            .iter()
            .filter_map(|concept| words(concept))
            .collect();
        written.push(name);
        Some(Self {
            name: name.to_owned(),
            codes: concepts
                .iter()
                .flat_map(|concept| codings(concept))
                .collect(),
            reference: reference.filter(|reference| !reference.starts_with('#')),
            ingredients: written.into_iter().flat_map(ingredients).collect(),
        })
    }

    fn is_same(&self, other: &Self) -> bool {
        let code = self.codes.iter().any(|code| other.codes.contains(code));
        let reference = self.reference.is_some() && self.reference == other.reference;
        let named = !self.ingredients.is_empty() && self.ingredients == other.ingredients;
        code || reference || named
    }
}

/// An allergy that stands.
struct Allergy<'a> {
    name: &'a str,
    codes: Vec<(&'a str, &'a str)>,
    substances: BTreeSet<String>,
    dangerous: bool,
}

impl<'a> Allergy<'a> {
    fn standing(resource: &'a Value) -> Option<Self> {
        if type_of(resource) != "AllergyIntolerance"
            || has_code(resource.get("clinicalStatus"), &["inactive", "resolved"])
            || has_code(
                resource.get("verificationStatus"),
                &["refuted", "entered-in-error"],
            )
            || has_code(resource.get("code"), NO_KNOWN)
        {
            return None;
        }
        let reactions = resource.get("reaction").and_then(Value::as_array);
        let reactions = reactions.map(Vec::as_slice).unwrap_or_default();
        let substances = reactions
            .iter()
            .filter_map(|reaction| reaction.get("substance"));
        let concepts: Vec<&Value> = resource.get("code").into_iter().chain(substances).collect();
        let severe = reactions
            .iter()
            .any(|reaction| reaction.get("severity").and_then(Value::as_str) == Some("severe"));
        Some(Self {
            name: concepts.iter().find_map(|concept| words(concept))?,
            codes: concepts
                .iter()
                .flat_map(|concept| codings(concept))
                .collect(),
            substances: concepts
                .iter()
                .filter_map(|concept| words(concept))
                .map(substance)
                .filter(|name| !name.is_empty())
                .collect(),
            dangerous: severe
                || resource.get("criticality").and_then(Value::as_str) == Some("high"),
        })
    }

    fn is_to(&self, drug: &Drug) -> bool {
        let code = self.codes.iter().any(|code| drug.codes.contains(code));
        let named = self.substances.iter().any(|substance| {
            drug.ingredients
                .iter()
                .any(|ingredient| has_words(ingredient, substance))
        });
        code || named
    }
}

/// A contained resource.
fn inside<'a>(resource: &'a Value, reference: &str) -> Option<&'a Value> {
    let id = reference.strip_prefix('#')?;
    resource
        .get("contained")?
        .as_array()?
        .iter()
        .find(|item| item.get("id").and_then(Value::as_str) == Some(id))
}

/// The ingredients in a medicine's name: the words before each strength.
///
/// `Acetaminophen 325 MG / HYDROcodone Bitartrate 7.5 MG Oral Tablet` has two.
fn ingredients(name: &str) -> Vec<String> {
    name.split('/')
        .filter_map(|part| {
            let mut words = part.split_whitespace().peekable();
            // `24 HR Metoprolol …`: how long one dose lasts comes first.
            while words.peek().is_some_and(|word| starts_with_digit(word)) {
                words.next();
                words.next();
            }
            let words: Vec<String> = words
                .take_while(|word| !starts_with_digit(word))
                .map(plain)
                .filter(|word| !word.is_empty())
                .collect();
            (!words.is_empty()).then(|| words.join(" "))
        })
        .collect()
}

/// The substance in the words for an allergy.
fn substance(name: &str) -> String {
    let name = name.split('(').next().unwrap_or(name);
    let words = name.split_whitespace().map(plain);
    let telling: Vec<String> = words
        .filter(|word| {
            !matches!(
                word.as_str(),
                "" | "allergy"
                    | "allergic"
                    | "to"
                    | "disposition"
                    | "intolerance"
                    | "drug"
                    | "product"
                    | "containing"
            )
        })
        .collect();
    telling.join(" ")
}

fn starts_with_digit(word: &str) -> bool {
    word.bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_digit())
}

fn plain(word: &str) -> String {
    word.trim_matches(|letter: char| !letter.is_alphanumeric())
        .to_lowercase()
}

/// Whether the words of one name stand in another in that order.
fn has_words(name: &str, words: &str) -> bool {
    format!(" {name} ").contains(&format!(" {words} "))
}
