//! Facts that keep a patient safe, and what weakens them.

use super::Words;

/// How a change weakens a fact that keeps a patient safe.
pub(crate) enum Weakening {
    /// The value had this code and has it no more.
    Loses(&'static str),
    /// The value has one of these codes and had it not.
    Becomes(Words),
    /// The value goes down this list, which runs from strongest to weakest, or away.
    Lowered(Words),
    /// The element, or one item of it, is gone.
    Removed,
    /// It was true or set, and is false or gone.
    Unset,
}

/// One fact and the change that weakens it: type (`"*"` for any), element trail, change. A trail
/// of one name that starts with `*` holds at any depth.
pub(crate) const WEAKENINGS: &[(&str, &str, Weakening)] = &[
    (
        "AllergyIntolerance",
        "clinicalStatus",
        Weakening::Lowered(Words("active inactive resolved")),
    ),
    (
        "AllergyIntolerance",
        "verificationStatus",
        Weakening::Lowered(Words("confirmed unconfirmed refuted entered-in-error")),
    ),
    (
        "AllergyIntolerance",
        "criticality",
        Weakening::Loses("high"),
    ),
    ("AllergyIntolerance", "reaction", Weakening::Removed),
    (
        "AllergyIntolerance",
        "reaction.substance",
        Weakening::Removed,
    ),
    (
        "AllergyIntolerance",
        "reaction.manifestation",
        Weakening::Removed,
    ),
    (
        "AllergyIntolerance",
        "reaction.severity",
        Weakening::Lowered(Words("severe moderate mild")),
    ),
    (
        "AllergyIntolerance",
        "code",
        Weakening::Becomes(NO_KNOWN_ALLERGY),
    ),
    ("AllergyIntolerance", "code", Weakening::Removed),
    (
        "Condition",
        "verificationStatus",
        Weakening::Becomes(Words("refuted entered-in-error")),
    ),
    (
        "DetectedIssue",
        "severity",
        Weakening::Lowered(Words("high moderate low")),
    ),
    ("Flag", "status", Weakening::Loses("active")),
    ("Consent", "status", Weakening::Loses("active")),
    ("Consent", "provision", Weakening::Removed),
    ("Consent", "provision.type", Weakening::Loses("deny")),
    ("List", "emptyReason", Weakening::Becomes(Words("nilknown"))),
    (
        "MedicationAdministration",
        "status",
        Weakening::Loses("stopped"),
    ),
    ("MedicationRequest", "status", Weakening::Loses("stopped")),
    ("MedicationRequest", "status", Weakening::Loses("cancelled")),
    ("MedicationStatement", "status", Weakening::Loses("stopped")),
    ("NutritionOrder", "allergyIntolerance", Weakening::Removed),
    ("NutritionOrder", "excludeFoodModifier", Weakening::Removed),
    ("Patient", "deceased", Weakening::Unset),
    (
        "*",
        "*status",
        Weakening::Becomes(Words("entered-in-error")),
    ),
    ("*", "*doNotPerform", Weakening::Unset),
    ("*", "*modifierExtension", Weakening::Removed),
    (
        "*",
        "meta.security",
        Weakening::Lowered(Words("V R N M L U")),
    ),
    ("*", "meta.security", Weakening::Unset),
];

/// SNOMED CT: no known allergy, to substance, food, drug, environment; not otherwise specified.
const NO_KNOWN_ALLERGY: Words =
    Words("716186003 409137002 429625007 428607008 716184000 716185004");

/// Codes whose loss from any element weakens: not for resuscitation (SNOMED CT, HL7 v3), blood group A,
/// B, AB, O and Rhesus D positive, negative (SNOMED CT; LOINC answers), pregnant (SNOMED CT, LOINC answer).
pub(crate) const NEVER_LOST: Words = Words(
    "304253006 143021000119109 450475007 450476008 DNR DNRCD \
             112144000 112149005 165743006 58460004 165747007 165746003 \
             LA19710-5 LA19709-7 LA28449-9 LA19708-9 77386006 LA15173-0",
);
