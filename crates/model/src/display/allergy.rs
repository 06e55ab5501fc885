//! Allergies: what, how dangerous, what happened.

use serde_json::Value;

use super::phrase::{say, say_known, say_with};
use super::{code_words, codeable, items, not_recorded, text_at};
use crate::language::spoken;

/// An AllergyIntolerance in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllergyDisplay {
    /// "penicillin".
    pub substance: String,
    /// "medicine", "food, environment"; empty when unknown.
    pub category: String,
    /// "High criticality", "Criticality not recorded".
    pub criticality: String,
    /// "High", "Low"; "Criticality not recorded".
    pub criticality_short: String,
    /// Whether a next exposure may be life-threatening.
    pub high: bool,
    /// "Hives, moderate severity"; "Reaction not recorded".
    pub reaction: String,
    /// "Active", "Resolved"; "Not recorded".
    pub clinical_status: String,
    /// "Confirmed", "Unconfirmed"; "Not recorded".
    pub verification: String,
    /// Whether it says that there is no allergy of some kind.
    pub says_none: bool,
    /// Whether it still holds: not resolved, refuted or entered in error.
    pub active: bool,
}

/// One reaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReactionDisplay {
    /// "Hives, moderate severity".
    pub text: String,
}

/// SNOMED CT codes and FHIR terms that say: asked, and there is none.
const NONE_KNOWN: [&str; 7] = [
    "716186003",
    "409137002",
    "428607008",
    "429625007",
    "428197003",
    "no-known-allergies",
    "no-allergies",
];

/// An AllergyIntolerance in words; what it does not say is said to be missing, never taken as low.
#[must_use]
pub fn allergy(resource: &Value) -> AllergyDisplay {
    let (criticality, short, high) = match text_at(resource, "/criticality") {
        Some("high") => ("High criticality", "High", true),
        Some("low") => ("Low criticality", "Low", false),
        Some("unable-to-assess") => ("Criticality could not be assessed", "Not assessed", false),
        _ => (
            "Criticality not recorded",
            "Criticality not recorded",
            false,
        ),
    };
    let clinical = text_at(resource, "/clinicalStatus/coding/0/code");
    let verification = text_at(resource, "/verificationStatus/coding/0/code");
    let ended = matches!(clinical, Some("inactive" | "resolved"))
        || matches!(verification, Some("refuted" | "entered-in-error"));
    let categories: Vec<String> = items(resource, "category")
        .filter_map(Value::as_str)
        .map(|category| match category {
            "medication" => say("medicine").to_owned(),
            other => say_known(other),
        })
        .collect();
    let reactions: Vec<String> = items(resource, "reaction")
        .map(|reaction| self::reaction(reaction).text)
        .collect();
    AllergyDisplay {
        substance: resource
            .get("code")
            .map_or_else(|| not_recorded().to_owned(), codeable),
        category: categories.join(spoken().comma()),
        criticality: say(criticality).to_owned(),
        criticality_short: say(short).to_owned(),
        high,
        reaction: if reactions.is_empty() {
            say("Reaction not recorded").to_owned()
        } else {
            reactions.join("; ")
        },
        clinical_status: clinical.map_or_else(|| not_recorded().to_owned(), code_words),
        verification: verification.map_or_else(|| not_recorded().to_owned(), code_words),
        says_none: resource
            .pointer("/code/coding")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|coding| coding.get("code").and_then(Value::as_str))
            .any(|code| NONE_KNOWN.contains(&code)),
        active: !ended,
    }
}

/// One AllergyIntolerance.reaction in words.
pub(super) fn reaction(reaction: &Value) -> ReactionDisplay {
    let signs: Vec<String> = items(reaction, "manifestation").map(codeable).collect();
    let signs = if signs.is_empty() {
        text_at(reaction, "/description")
            .unwrap_or_else(|| say("Reaction not recorded"))
            .to_owned()
    } else {
        signs.join(", ")
    };
    let text = match text_at(reaction, "/severity") {
        Some(severity) => say_with("{}, {} severity", &[signs, say_known(severity)]),
        None => signs,
    };
    ReactionDisplay { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn criticality_and_severity_are_told_apart() {
        let shown = allergy(&json!({
            "code": {"text": "penicillin"}, "category": ["medication"], "criticality": "high",
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "reaction": [{"manifestation": [{"text": "Hives"}], "severity": "moderate"}]
        }));
        assert_eq!(shown.substance, "penicillin");
        assert_eq!(shown.category, "medicine");
        assert_eq!(shown.criticality, "High criticality");
        assert_eq!(shown.reaction, "Hives, moderate severity");
        assert!(shown.high && shown.active && !shown.says_none);
    }

    #[test]
    fn what_is_not_recorded_is_never_low() {
        let shown = allergy(&json!({"code": {"text": "shellfish"}}));
        assert_eq!(shown.criticality, "Criticality not recorded");
        assert_eq!(shown.reaction, "Reaction not recorded");
        assert!(
            shown.active,
            "an allergy without a status is held to be one"
        );
    }

    #[test]
    fn none_known_is_a_statement() {
        let none =
            json!({"code": {"coding": [{"code": "716186003", "display": "No known allergy"}]}});
        assert!(allergy(&none).says_none);
        let refuted = json!({"verificationStatus": {"coding": [{"code": "refuted"}]}});
        assert!(!allergy(&refuted).active);
    }
}
