//! What the merge knows of medicine and of FHIR, as tables.
//!
//! Sources: design.md §7; `reference/sync.md` §5 (what no machine may merge); FHIR R4 for the names.

/// The elements of one resource type that need a person once both sides changed them.
pub(crate) struct TypeRules {
    /// The resource type; `""` stands for every type without a row of its own.
    pub resource: &'static str,
    /// Elements that a person decides when both sides changed them, whatever the strategy says.
    pub guarded: &'static [&'static str],
    /// Guarded elements that belong together: one side changing one and the other side another is
    /// a conflict of both (a new dose must never silently join a new drug).
    pub group: &'static [&'static str],
    /// Members of `group` whose list items stand alone among themselves: two different components
    /// of one panel may be corrected by two people, but not a component and the panel's status.
    pub per_item: &'static [&'static str],
    /// Every element is guarded and they all form one group.
    pub whole: bool,
    /// The element and its codes that make the document a signed or final one.
    pub signed: &'static [(&'static str, &'static [&'static str])],
    /// Making it twice must never be joined by a machine, not even by a strategy.
    pub identity: bool,
}

const ANY: TypeRules = TypeRules {
    resource: "",
    guarded: &[],
    group: &[],
    per_item: &[],
    whole: false,
    signed: &[],
    identity: false,
};

const FINAL: &[&str] = &["final", "amended", "corrected", "appended"];

/// One row per type; elements that are guarded everywhere are in [`ALWAYS_GUARDED`].
const TYPES: &[TypeRules] = &[
    TypeRules {
        resource: "AllergyIntolerance",
        guarded: &["onset", "lastOccurrence"],
        group: &[
            "code",
            "clinicalStatus",
            "verificationStatus",
            "criticality",
            "type",
            "category",
            "reaction",
            "patient",
        ],
        ..ANY
    },
    TypeRules {
        resource: "BiologicallyDerivedProduct",
        guarded: &["productCategory", "productCode"],
        ..ANY
    },
    TypeRules {
        resource: "ClinicalImpression",
        signed: &[("status", &["completed"])],
        ..ANY
    },
    TypeRules {
        resource: "Composition",
        guarded: &["author", "attester", "title", "type"],
        signed: &[("status", FINAL)],
        ..ANY
    },
    TypeRules {
        resource: "Condition",
        guarded: &["severity", "abatement", "onset"],
        group: &["code", "clinicalStatus", "verificationStatus", "subject"],
        ..ANY
    },
    TypeRules {
        resource: "Consent",
        whole: true,
        ..ANY
    },
    TypeRules {
        resource: "DetectedIssue",
        guarded: &["code", "severity", "implicated"],
        ..ANY
    },
    TypeRules {
        resource: "DeviceRequest",
        guarded: &["code", "intent"],
        ..ANY
    },
    TypeRules {
        resource: "DiagnosticReport",
        guarded: &[
            "code",
            "conclusion",
            "conclusionCode",
            "result",
            "effective",
        ],
        signed: &[("status", FINAL)],
        ..ANY
    },
    TypeRules {
        resource: "DocumentReference",
        guarded: &["content", "author", "authenticator", "type"],
        signed: &[("docStatus", FINAL)],
        ..ANY
    },
    TypeRules {
        resource: "Flag",
        group: &["code", "status", "category", "subject", "period"],
        ..ANY
    },
    TypeRules {
        resource: "Immunization",
        guarded: &["lotNumber", "site", "occurrence", "protocolApplied"],
        group: &[
            "vaccineCode",
            "status",
            "statusReason",
            "doseQuantity",
            "route",
            "patient",
        ],
        ..ANY
    },
    TypeRules {
        resource: "Medication",
        group: &["code", "status", "form", "amount", "ingredient", "batch"],
        ..ANY
    },
    TypeRules {
        resource: "MedicationAdministration",
        group: &[
            "medication",
            "dosage",
            "status",
            "statusReason",
            "effective",
            "subject",
        ],
        ..ANY
    },
    TypeRules {
        resource: "MedicationDispense",
        group: &[
            "medication",
            "dosageInstruction",
            "quantity",
            "daysSupply",
            "status",
            "statusReason",
            "substitution",
            "subject",
        ],
        ..ANY
    },
    TypeRules {
        resource: "MedicationRequest",
        group: &[
            "medication",
            "dosageInstruction",
            "status",
            "statusReason",
            "intent",
            "doNotPerform",
            "dispenseRequest",
            "substitution",
            "subject",
        ],
        ..ANY
    },
    TypeRules {
        resource: "MedicationStatement",
        group: &["medication", "dosage", "status", "statusReason", "subject"],
        ..ANY
    },
    TypeRules {
        resource: "NutritionOrder",
        guarded: &[
            "allergyIntolerance",
            "excludeFoodModifier",
            "enteralFormula",
            "intent",
        ],
        ..ANY
    },
    TypeRules {
        resource: "Observation",
        guarded: &["effective", "specimen", "method", "bodySite"],
        group: &[
            "status",
            "value",
            "code",
            "component",
            "dataAbsentReason",
            "interpretation",
            "subject",
        ],
        per_item: &["component"],
        ..ANY
    },
    TypeRules {
        resource: "Patient",
        guarded: &[
            "name",
            "birthDate",
            "gender",
            "deceased",
            "link",
            "active",
            "multipleBirth",
        ],
        identity: true,
        ..ANY
    },
    TypeRules {
        resource: "Person",
        guarded: &["name", "birthDate", "gender", "link", "active"],
        identity: true,
        ..ANY
    },
    TypeRules {
        resource: "Procedure",
        guarded: &["code", "bodySite"],
        ..ANY
    },
    TypeRules {
        resource: "QuestionnaireResponse",
        signed: &[("status", &["completed", "amended"])],
        ..ANY
    },
    TypeRules {
        resource: "RelatedPerson",
        guarded: &["name", "birthDate", "gender", "relationship", "active"],
        identity: true,
        ..ANY
    },
    TypeRules {
        resource: "ServiceRequest",
        guarded: &["orderDetail", "quantity", "bodySite"],
        group: &["code", "status", "intent", "doNotPerform", "subject"],
        ..ANY
    },
    TypeRules {
        resource: "Specimen",
        group: &["type", "status", "subject", "accessionIdentifier"],
        ..ANY
    },
    TypeRules {
        resource: "VisionPrescription",
        guarded: &["lensSpecification"],
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
pub(crate) const ALWAYS_GUARDED: &[&str] = &[
    "status",
    "clinicalStatus",
    "verificationStatus",
    "docStatus",
    "lifecycleStatus",
    "identifier",
    "modifierExtension",
    "doNotPerform",
    "intent",
    "subject",
    "patient",
    "beneficiary",
    "implicitRules",
];

/// Elements of `meta` that are guarded: confidentiality decides who may read.
pub(crate) const GUARDED_META: &str = "security";

/// How a change weakens a fact that keeps a patient safe.
pub(crate) enum Weakening {
    /// The value had this code and has it no more.
    Loses(&'static str),
    /// The value has one of these codes and had it not.
    Becomes(&'static [&'static str]),
    /// The value goes down this list, which runs from strongest to weakest, or away.
    Lowered(&'static [&'static str]),
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
        Weakening::Lowered(&["active", "inactive", "resolved"]),
    ),
    (
        "AllergyIntolerance",
        "verificationStatus",
        Weakening::Lowered(&[
            "confirmed",
            "presumed",
            "unconfirmed",
            "refuted",
            "entered-in-error",
        ]),
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
        Weakening::Lowered(&["severe", "moderate", "mild"]),
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
        Weakening::Becomes(&["refuted", "entered-in-error"]),
    ),
    (
        "DetectedIssue",
        "severity",
        Weakening::Lowered(&["high", "moderate", "low"]),
    ),
    ("Flag", "status", Weakening::Loses("active")),
    ("Consent", "status", Weakening::Loses("active")),
    ("Consent", "provision", Weakening::Removed),
    ("Patient", "deceased", Weakening::Unset),
    ("*", "*status", Weakening::Becomes(&["entered-in-error"])),
    ("*", "*doNotPerform", Weakening::Unset),
    ("*", "*modifierExtension", Weakening::Removed),
];

/// SNOMED CT: no known allergy, to substance, food, drug, environment; not otherwise specified.
const NO_KNOWN_ALLERGY: &[&str] = &[
    "716186003",
    "409137002",
    "429625007",
    "428607008",
    "716184000",
    "716185004",
];

/// Codes whose loss from any element weakens: not for resuscitation (SNOMED CT, HL7 v3).
pub(crate) const NEVER_LOST: &[&str] = &[
    "304253006",
    "143021000119109",
    "450475007",
    "450476008",
    "DNR",
    "DNRCD",
];

/// Backbone elements that merge as one piece, because their parts only mean something together.
pub(crate) const ATOMIC: &[&str] = &[
    "dosage",
    "dosageInstruction",
    "doseAndRate",
    "ingredient",
    "lensSpecification",
    "position",
    "prism",
    "referenceRange",
    "repeat",
    "timing",
    "udiCarrier",
];

/// Lists whose order carries meaning.
pub(crate) const ORDERED: &[&str] = &[
    "action",
    "dosage",
    "dosageInstruction",
    "entry",
    "given",
    "item",
    "line",
    "prefix",
    "section",
    "step",
    "suffix",
];

/// Names of choice elements (`value[x]` and its like) in R4. `dose` is not here: outside Dosage,
/// which is one piece, `doseQuantity` is a plain element.
const CHOICES: &[&str] = &[
    "abatement",
    "additive",
    "age",
    "allowed",
    "amount",
    "answer",
    "asNeeded",
    "author",
    "born",
    "bounds",
    "chargeItem",
    "collected",
    "content",
    "deceased",
    "defaultValue",
    "definition",
    "detail",
    "diagnosis",
    "doseNumber",
    "due",
    "effective",
    "entity",
    "event",
    "exposure",
    "fastingStatus",
    "fixed",
    "identified",
    "indication",
    "item",
    "legallyBinding",
    "location",
    "maxValue",
    "medication",
    "minValue",
    "multipleBirth",
    "occurred",
    "occurrence",
    "offset",
    "onset",
    "pattern",
    "performed",
    "probability",
    "procedure",
    "product",
    "rate",
    "reported",
    "scheduled",
    "seriesDoses",
    "serviced",
    "source",
    "start",
    "statusReason",
    "subject",
    "substance",
    "target",
    "time",
    "timing",
    "topic",
    "used",
    "value",
];

/// Choice elements that may be of any type; only they end in one of [`OPEN_TYPES`].
const OPEN_CHOICES: &[&str] = &[
    "answer",
    "defaultValue",
    "fixed",
    "maxValue",
    "minValue",
    "pattern",
    "value",
];

/// R4's data types as they end the name of a choice element.
const CHOICE_TYPES: &[&str] = &[
    "Address",
    "Age",
    "Annotation",
    "Attachment",
    "Boolean",
    "Canonical",
    "CodeableConcept",
    "Coding",
    "ContactDetail",
    "ContactPoint",
    "Contributor",
    "Count",
    "DataRequirement",
    "Date",
    "DateTime",
    "Decimal",
    "Distance",
    "Dosage",
    "Duration",
    "Expression",
    "HumanName",
    "Identifier",
    "Instant",
    "Integer",
    "Markdown",
    "Money",
    "ParameterDefinition",
    "Period",
    "PositiveInt",
    "Quantity",
    "Range",
    "Ratio",
    "Reference",
    "RelatedArtifact",
    "SampledData",
    "Signature",
    "String",
    "Timing",
    "TriggerDefinition",
    "UnsignedInt",
    "Uri",
    "UsageContext",
];

/// Data types that end the name of an open choice only: `productCode` is no choice.
const OPEN_TYPES: &[&str] = &[
    "Base64Binary",
    "Code",
    "Id",
    "Meta",
    "Oid",
    "Time",
    "Url",
    "Uuid",
];

/// The element that an object's member belongs to: `_birthDate` to `birthDate`, `valueQuantity`
/// and `_valueString` to `value`, any other to itself.
pub(crate) fn element_of(member: &str) -> &str {
    let name = member.strip_prefix('_').unwrap_or(member);
    name.char_indices()
        .filter(|(at, letter)| *at > 0 && letter.is_ascii_uppercase())
        .filter_map(|(at, _)| name.split_at_checked(at))
        .find(|(choice, datatype)| {
            (CHOICE_TYPES.contains(datatype) && CHOICES.contains(choice))
                || (OPEN_TYPES.contains(datatype) && OPEN_CHOICES.contains(choice))
        })
        .map_or(name, |(choice, _)| choice)
}

/// How the items of a list are told apart. Each key is a set of the item's children; `.` is the
/// item itself.
pub(crate) struct ListKeys {
    /// What makes an item itself; the first set of which the item has a child is its key.
    pub strong: &'static [&'static [&'static str]],
    /// What still finds an edited item, where exactly one fits.
    pub weak: &'static [&'static [&'static str]],
    /// Children that two items share if one may be an edit of the other.
    pub same: &'static [&'static str],
    /// How an item is named in a path, shortest first.
    pub label: &'static [&'static [&'static str]],
    /// An item that has none of the children of `strong` has the empty key (one address).
    pub alone: bool,
}

const LIST: ListKeys = ListKeys {
    strong: &[],
    weak: &[],
    same: &[],
    label: &[],
    alone: false,
};

/// Keys by data type.
pub(crate) const IDENTIFIER: ListKeys = ListKeys {
    strong: &[&["system", "value"]],
    weak: &[&["system", "use", "type"], &["system"]],
    same: &["system"],
    label: &[
        &["system", "value"],
        &["system", "value", "use"],
        &["system", "value", "use", "type"],
    ],
    ..LIST
};
pub(crate) const CONTACT_POINT: ListKeys = ListKeys {
    strong: &[&["system", "use", "value"]],
    weak: &[
        &["system", "value"],
        &["system", "use", "rank"],
        &["system", "use"],
    ],
    same: &["system"],
    label: &[
        &["system", "use"],
        &["system", "use", "value"],
        &["system", "use", "value", "rank"],
    ],
    ..LIST
};
pub(crate) const HUMAN_NAME: ListKeys = ListKeys {
    strong: &[&["use", "period"], &["text", "family", "given"]],
    weak: &[
        &["use"],
        &["text"],
        &["family", "given"],
        &["family"],
        &["given"],
    ],
    label: &[
        &["use"],
        &["use", "period"],
        &["use", "period", "text", "family", "given"],
    ],
    ..LIST
};
pub(crate) const ADDRESS: ListKeys = ListKeys {
    strong: &[&["use", "type", "period"]],
    weak: &[&["use", "type"], &["use"], &["line", "city"], &["line"]],
    label: &[
        &["use"],
        &["use", "type"],
        &["use", "type", "period"],
        &["use", "line", "city"],
    ],
    alone: true,
    ..LIST
};
pub(crate) const CODING: ListKeys = ListKeys {
    strong: &[&["system", "code"], &["display"]],
    same: &["system"],
    label: &[
        &["code"],
        &["system", "code"],
        &["system", "code", "version"],
    ],
    ..LIST
};
pub(crate) const CONCEPT: ListKeys = ListKeys {
    strong: &[&["."]],
    label: &[&["."]],
    ..LIST
};
pub(crate) const REFERENCE: ListKeys = ListKeys {
    strong: &[&["reference"], &["identifier"], &["display"]],
    label: &[
        &["reference"],
        &["reference", "identifier"],
        &["reference", "identifier", "display"],
    ],
    ..LIST
};
pub(crate) const ANNOTATION: ListKeys = ListKeys {
    strong: &[&["time", "author"], &["text"]],
    label: &[&["time"], &["time", "author"], &["time", "author", "text"]],
    ..LIST
};
pub(crate) const ATTACHMENT: ListKeys = ListKeys {
    strong: &[&["url"], &["hash"], &["title"]],
    label: &[&["url"], &["url", "hash"], &["url", "hash", "title"]],
    ..LIST
};
pub(crate) const EXTENSION: ListKeys = ListKeys {
    strong: &[&["url"]],
    same: &["url"],
    label: &[&["url"]],
    ..LIST
};
pub(crate) const PRIMITIVE: ListKeys = ListKeys {
    strong: &[&["."]],
    label: &[&["."]],
    ..LIST
};

/// Keys by element name, before the data type is looked at.
pub(crate) const LISTS: &[(&str, ListKeys)] = &[
    ("communication", keyed(&[&["language"]])),
    ("component", keyed(&[&["code"]])),
    (
        "contact",
        ListKeys {
            strong: &[&["relationship", "name"]],
            weak: &[&["name"], &["relationship"]],
            label: &[&["relationship"], &["relationship", "name"]],
            alone: true,
            ..LIST
        },
    ),
    ("contained", keyed(&[&["id"]])),
    ("diagnosis", keyed(&[&["sequence"], &["condition", "use"]])),
    ("dosage", keyed(&[&["sequence"], &["text"]])),
    ("dosageInstruction", keyed(&[&["sequence"], &["text"]])),
    ("entry", keyed(&[&["fullUrl"], &["item"], &["resource"]])),
    ("extension", EXTENSION),
    ("identifier", IDENTIFIER),
    ("insurance", keyed(&[&["sequence"], &["coverage"]])),
    ("item", keyed(&[&["linkId"], &["sequence"]])),
    (
        "link",
        keyed(&[&["other", "type"], &["target"], &["relation"], &["url"]]),
    ),
    (
        "location",
        keyed(&[&["location", "period"], &["reference"]]),
    ),
    ("modifierExtension", EXTENSION),
    ("note", ANNOTATION),
    (
        "participant",
        keyed(&[&["actor", "individual", "member", "role", "type"]]),
    ),
    (
        "performer",
        keyed(&[
            &["actor", "function"],
            &["reference"],
            &["identifier"],
            &["display"],
        ]),
    ),
    (
        "reaction",
        ListKeys {
            strong: &[&["substance", "manifestation"]],
            weak: &[&["substance"], &["manifestation"], &["onset"]],
            label: &[&["manifestation"], &["substance", "manifestation"]],
            ..LIST
        },
    ),
    ("section", keyed(&[&["code"], &["title"]])),
    ("stage", keyed(&[&["type"], &["summary"]])),
    ("target", keyed(&[&["measure"], &["reference"]])),
    ("telecom", CONTACT_POINT),
];

const fn keyed(strong: &'static [&'static [&'static str]]) -> ListKeys {
    ListKeys {
        strong,
        label: strong,
        ..LIST
    }
}

/// Children that tell the items of any other list apart, most telling first.
pub(crate) const TELLING: &[&str] = &[
    "id",
    "linkId",
    "uid",
    "fullUrl",
    "sequence",
    "number",
    "url",
    "reference",
    "system",
    "code",
    "actor",
    "individual",
    "member",
    "who",
    "what",
    "other",
    "target",
    "condition",
    "item",
    "language",
    "type",
    "function",
    "role",
    "relationship",
    "use",
    "substance",
    "coverage",
    "location",
    "identifier",
    "name",
    "key",
    "kind",
    "class",
    "relation",
    "label",
    "path",
    "expression",
    "status",
    "period",
    "date",
    "title",
    "resource",
    "value",
];
