//! What each resource type asks of a merge. Types without a row have the defaults, and every element
//! that R4 calls a modifier is guarded without being named here.

use super::{TypeRules, Words};

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
pub(super) const TYPES: &[TypeRules] = &[
    TypeRules {
        resource: "AdverseEvent",
        group: Words("event suspectEntity seriousness severity outcome subject"),
        guarded: Words("date detected"),
        ..ANY
    },
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
        resource: "Appointment",
        group: Words("status start end minutesDuration requestedPeriod"),
        guarded: Words("participant"),
        ..ANY
    },
    TypeRules {
        resource: "AuditEvent",
        whole: true,
        ..ANY
    },
    TypeRules {
        resource: "Binary",
        group: Words("contentType data"),
        ..ANY
    },
    TypeRules {
        resource: "BiologicallyDerivedProduct",
        guarded: Words("productCategory productCode"),
        ..ANY
    },
    TypeRules {
        resource: "CarePlan",
        group: Words("status intent activity subject"),
        per_item: Words("activity"),
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
        signed: Some(("status", Words("final amended"))),
        ..ANY
    },
    TypeRules {
        resource: "Condition",
        guarded: Words("severity abatement onset"),
        group: Words("code clinicalStatus verificationStatus bodySite subject"),
        ..ANY
    },
    TypeRules {
        resource: "Consent",
        whole: true,
        ..ANY
    },
    TypeRules {
        resource: "Contract",
        whole: true,
        ..ANY
    },
    TypeRules {
        resource: "Coverage",
        group: Words("subscriberId subscriber policyHolder payor dependent"),
        ..ANY
    },
    TypeRules {
        resource: "DetectedIssue",
        guarded: Words("code severity implicated"),
        ..ANY
    },
    TypeRules {
        resource: "Device",
        guarded: Words("type serialNumber lotNumber udiCarrier"),
        ..ANY
    },
    TypeRules {
        resource: "DeviceRequest",
        group: Words("code parameter status intent subject"),
        ..ANY
    },
    TypeRules {
        resource: "DiagnosticReport",
        guarded: Words("code effective"),
        group: Words("conclusion conclusionCode result"),
        per_item: Words("result"),
        signed: Some(("status", FINAL)),
        ..ANY
    },
    TypeRules {
        resource: "DocumentManifest",
        guarded: Words("content author"),
        ..ANY
    },
    TypeRules {
        resource: "DocumentReference",
        guarded: Words("author authenticator type"),
        group: Words("status docStatus content"),
        per_item: Words("content"),
        signed: Some(("docStatus", Words("final amended"))),
        ..ANY
    },
    TypeRules {
        resource: "Encounter",
        guarded: Words("class"),
        ..ANY
    },
    TypeRules {
        resource: "FamilyMemberHistory",
        guarded: Words("relationship deceased"),
        ..ANY
    },
    TypeRules {
        resource: "Flag",
        group: Words("code status category subject period"),
        ..ANY
    },
    TypeRules {
        resource: "Goal",
        guarded: Words("achievementStatus"),
        ..ANY
    },
    TypeRules {
        resource: "Group",
        guarded: Words("characteristic"),
        ..ANY
    },
    TypeRules {
        resource: "Immunization",
        guarded: Words("site occurrence protocolApplied"),
        group: Words(
            "vaccineCode lotNumber expirationDate manufacturer status statusReason doseQuantity \
             route patient",
        ),
        ..ANY
    },
    TypeRules {
        resource: "ImmunizationRecommendation",
        guarded: Words("recommendation"),
        ..ANY
    },
    TypeRules {
        resource: "List",
        group: Words("emptyReason entry mode code"),
        per_item: Words("entry"),
        ..ANY
    },
    TypeRules {
        resource: "Media",
        guarded: Words("content bodySite"),
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
        resource: "MedicationKnowledge",
        guarded: Words("code ingredient amount contraindication"),
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
        group: Words("medication dosage status statusReason effective subject"),
        ..ANY
    },
    TypeRules {
        resource: "NutritionOrder",
        group: Words(
            "status intent allergyIntolerance excludeFoodModifier enteralFormula oralDiet \
             supplement patient",
        ),
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
        guarded: Words("gender deceased active multipleBirth"),
        group: Words("name birthDate link"),
        per_item: Words("name"),
        identity: true,
        ..ANY
    },
    TypeRules {
        resource: "Person",
        guarded: Words("gender active"),
        group: Words("name birthDate link"),
        per_item: Words("name"),
        identity: true,
        ..ANY
    },
    TypeRules {
        resource: "Practitioner",
        guarded: Words("name birthDate gender qualification active"),
        ..ANY
    },
    TypeRules {
        resource: "Procedure",
        group: Words("code bodySite"),
        ..ANY
    },
    TypeRules {
        resource: "Provenance",
        whole: true,
        ..ANY
    },
    TypeRules {
        resource: "QuestionnaireResponse",
        signed: Some(("status", Words("completed amended"))),
        ..ANY
    },
    TypeRules {
        resource: "RelatedPerson",
        guarded: Words("gender relationship active"),
        group: Words("name birthDate"),
        per_item: Words("name"),
        identity: true,
        ..ANY
    },
    TypeRules {
        resource: "RiskAssessment",
        guarded: Words("prediction"),
        ..ANY
    },
    TypeRules {
        resource: "ServiceRequest",
        group: Words("code orderDetail quantity bodySite status intent doNotPerform subject"),
        ..ANY
    },
    TypeRules {
        resource: "Slot",
        group: Words("start end status"),
        ..ANY
    },
    TypeRules {
        resource: "Specimen",
        group: Words("type status subject accessionIdentifier"),
        ..ANY
    },
    TypeRules {
        resource: "Substance",
        group: Words("code instance ingredient status"),
        ..ANY
    },
    TypeRules {
        resource: "SupplyRequest",
        group: Words("status item quantity"),
        ..ANY
    },
    TypeRules {
        resource: "Task",
        group: Words("status code focus for owner"),
        ..ANY
    },
    TypeRules {
        resource: "VisionPrescription",
        group: Words("status lensSpecification"),
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
