//! What the merge knows of medicine and of FHIR, as tables.
//!
//! Sources: design.md §7; `reference/sync.md` §5 (what no machine may merge); FHIR R4 for the names.

mod elements;
mod lists;
mod safety;

pub(crate) use elements::{ATOMIC, ATOMIC_TYPES, ORDERED, element_of};
pub(crate) use lists::{
    ADDRESS, ATTACHMENT, CODING, CONCEPT, CONTACT_POINT, HUMAN_NAME, IDENTIFIER, ListKeys,
    PRIMITIVE, REFERENCE, TELLING, named, of_datatype,
};
pub(crate) use safety::{NEVER_LOST, WEAKENINGS, Weakening};

/// Words of a table, set apart by blanks.
#[derive(Clone, Copy)]
pub(crate) struct Words(&'static str);

impl Words {
    pub fn contains(self, word: &str) -> bool {
        self.iter().any(|other| other == word)
    }

    pub fn iter(self) -> impl Iterator<Item = &'static str> {
        self.0.split_ascii_whitespace()
    }

    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// The elements of one resource type that need a person once both sides changed them.
pub(crate) struct TypeRules {
    /// The resource type; `""` stands for every type without a row of its own.
    pub resource: &'static str,
    /// Elements that a person decides when both sides changed them, whatever the strategy says.
    pub guarded: Words,
    /// Guarded elements that belong together: one side changing one and the other side another is
    /// a conflict of both (a new dose must never silently join a new drug).
    pub group: Words,
    /// Members of `group` whose list items stand alone among themselves: two different components
    /// of one panel may be corrected by two people, but not a component and the panel's status.
    pub per_item: Words,
    /// Every element is guarded and they all form one group.
    pub whole: bool,
    /// The element and its codes that make the document a signed or final one.
    pub signed: Option<(&'static str, Words)>,
    /// Making it twice must never be joined by a machine, not even by a strategy.
    pub identity: bool,
}

const ANY: TypeRules = TypeRules {
    resource: "",
    guarded: Words(""),
    group: Words(""),
    per_item: Words(""),
    whole: false,
    signed: None,
    identity: false,
};

const FINAL: Words = Words("final amended corrected appended");

/// One row per type; elements that are guarded everywhere are in [`ALWAYS_GUARDED`].
const TYPES: &[TypeRules] = &[
    TypeRules {
        resource: "AllergyIntolerance",
        guarded: Words("onset lastOccurrence"),
        group: Words(
            "code clinicalStatus verificationStatus criticality type category reaction \
             patient",
        ),
        ..ANY
    },
    TypeRules {
        resource: "BiologicallyDerivedProduct",
        guarded: Words("productCategory productCode"),
        ..ANY
    },
    TypeRules {
        resource: "ClinicalImpression",
        signed: Some(("status", Words("completed"))),
        ..ANY
    },
    TypeRules {
        resource: "Composition",
        guarded: Words("author attester title type"),
        signed: Some(("status", FINAL)),
        ..ANY
    },
    TypeRules {
        resource: "Condition",
        guarded: Words("severity abatement onset"),
        group: Words("code clinicalStatus verificationStatus subject"),
        ..ANY
    },
    TypeRules {
        resource: "Consent",
        whole: true,
        ..ANY
    },
    TypeRules {
        resource: "DetectedIssue",
        guarded: Words("code severity implicated"),
        ..ANY
    },
    TypeRules {
        resource: "DeviceRequest",
        guarded: Words("code intent"),
        ..ANY
    },
    TypeRules {
        resource: "DiagnosticReport",
        guarded: Words("code conclusion conclusionCode result effective"),
        signed: Some(("status", FINAL)),
        ..ANY
    },
    TypeRules {
        resource: "DocumentReference",
        guarded: Words("content author authenticator type"),
        signed: Some(("docStatus", FINAL)),
        ..ANY
    },
    TypeRules {
        resource: "Flag",
        group: Words("code status category subject period"),
        ..ANY
    },
    TypeRules {
        resource: "Immunization",
        guarded: Words("lotNumber site occurrence protocolApplied"),
        group: Words("vaccineCode status statusReason doseQuantity route patient"),
        ..ANY
    },
    TypeRules {
        resource: "Medication",
        group: Words("code status form amount ingredient batch"),
        ..ANY
    },
    TypeRules {
        resource: "MedicationAdministration",
        group: Words("medication dosage status statusReason effective subject"),
        ..ANY
    },
    TypeRules {
        resource: "MedicationDispense",
        group: Words(
            "medication dosageInstruction quantity daysSupply status statusReason \
             substitution subject",
        ),
        ..ANY
    },
    TypeRules {
        resource: "MedicationRequest",
        group: Words(
            "medication dosageInstruction status statusReason intent doNotPerform \
             dispenseRequest substitution subject",
        ),
        ..ANY
    },
    TypeRules {
        resource: "MedicationStatement",
        group: Words("medication dosage status statusReason subject"),
        ..ANY
    },
    TypeRules {
        resource: "NutritionOrder",
        guarded: Words("allergyIntolerance excludeFoodModifier enteralFormula intent"),
        ..ANY
    },
    TypeRules {
        resource: "Observation",
        guarded: Words("effective specimen method bodySite"),
        group: Words("status value code component dataAbsentReason interpretation subject"),
        per_item: Words("component"),
        ..ANY
    },
    TypeRules {
        resource: "Patient",
        guarded: Words("name birthDate gender deceased link active multipleBirth"),
        identity: true,
        ..ANY
    },
    TypeRules {
        resource: "Person",
        guarded: Words("name birthDate gender link active"),
        identity: true,
        ..ANY
    },
    TypeRules {
        resource: "Procedure",
        guarded: Words("code bodySite"),
        ..ANY
    },
    TypeRules {
        resource: "QuestionnaireResponse",
        signed: Some(("status", Words("completed amended"))),
        ..ANY
    },
    TypeRules {
        resource: "RelatedPerson",
        guarded: Words("name birthDate gender relationship active"),
        identity: true,
        ..ANY
    },
    TypeRules {
        resource: "ServiceRequest",
        guarded: Words("orderDetail quantity bodySite"),
        group: Words("code status intent doNotPerform subject"),
        ..ANY
    },
    TypeRules {
        resource: "Specimen",
        group: Words("type status subject accessionIdentifier"),
        ..ANY
    },
    TypeRules {
        resource: "VisionPrescription",
        guarded: Words("lensSpecification"),
        ..ANY
    },
];

/// The row of a type.
pub(crate) fn of_type(resource: &str) -> &'static TypeRules {
    TYPES
        .iter()
        .find(|row| row.resource == resource)
        .unwrap_or(&ANY)
}

/// Element names that are guarded wherever they stand: states, identities, whose record it is, and
/// what can reverse a meaning.
pub(crate) const ALWAYS_GUARDED: Words = Words(
    "status clinicalStatus verificationStatus docStatus lifecycleStatus \
             identifier modifierExtension doNotPerform intent subject patient \
             beneficiary implicitRules",
);

/// Elements of `meta` that are guarded: confidentiality decides who may read.
pub(crate) const GUARDED_META: &str = "security";
