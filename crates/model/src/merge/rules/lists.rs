//! How the items of lists are told apart.

use super::Words;

/// How the items of a list are told apart. Each key is a set of the item's children; `.` is the
/// item itself.
pub(crate) struct ListKeys {
    /// What makes an item itself; the first set of which the item has a child is its key.
    pub strong: &'static [&'static str],
    /// What still finds an edited item, where exactly one fits.
    pub weak: &'static [&'static str],
    /// Children that two items share if one may be an edit of the other.
    pub same: &'static str,
    /// How an item is named in a path, shortest first.
    pub label: &'static [&'static str],
    /// An item that has none of the children of `strong` has the empty key (one address).
    pub alone: bool,
}

const LIST: ListKeys = ListKeys {
    strong: &[],
    weak: &[],
    same: "",
    label: &[],
    alone: false,
};

/// Keys by data type.
pub(crate) const IDENTIFIER: ListKeys = ListKeys {
    strong: &["system value"],
    weak: &["system use type", "system", "value"],
    same: "system",
    label: &["system value", "system value use", "system value use type"],
    ..LIST
};
pub(crate) const CONTACT_POINT: ListKeys = ListKeys {
    strong: &["system use value"],
    weak: &["system value", "system use rank", "system use", "value"],
    same: "system",
    label: &["system use", "system use value", "system use value rank"],
    ..LIST
};
pub(crate) const HUMAN_NAME: ListKeys = ListKeys {
    strong: &["use period", "text family given"],
    weak: &["use", "text", "family given", "family", "given"],
    label: &["use", "use period", "use period text family given"],
    ..LIST
};
pub(crate) const ADDRESS: ListKeys = ListKeys {
    strong: &["use type period"],
    weak: &["use type", "use", "line city", "line"],
    label: &["use", "use type", "use type period", "use line city"],
    alone: true,
    ..LIST
};
pub(crate) const CODING: ListKeys = ListKeys {
    strong: &["system code", "display"],
    same: "system",
    label: &["code", "system code", "system code version"],
    ..LIST
};
pub(crate) const CONCEPT: ListKeys = ListKeys {
    strong: &["."],
    label: &["."],
    ..LIST
};
pub(crate) const REFERENCE: ListKeys = ListKeys {
    strong: &["reference", "identifier", "display"],
    label: &[
        "reference",
        "reference identifier",
        "reference identifier display",
    ],
    ..LIST
};
pub(crate) const ANNOTATION: ListKeys = ListKeys {
    strong: &["time author", "text"],
    label: &["time", "time author", "time author text"],
    ..LIST
};
pub(crate) const ATTACHMENT: ListKeys = ListKeys {
    strong: &["url", "hash", "title"],
    label: &["url", "url hash", "url hash title"],
    ..LIST
};
pub(crate) const EXTENSION: ListKeys = ListKeys {
    strong: &["url"],
    same: "url",
    label: &["url"],
    ..LIST
};
pub(crate) const PRIMITIVE: ListKeys = ListKeys {
    strong: &["."],
    label: &["."],
    ..LIST
};

/// Keys by data type, for elements that R4 defines.
const DATATYPES: &[(&str, ListKeys)] = &[
    ("Address", ADDRESS),
    ("Annotation", ANNOTATION),
    ("Attachment", ATTACHMENT),
    ("CodeableConcept", CONCEPT),
    ("Coding", CODING),
    ("ContactPoint", CONTACT_POINT),
    ("Extension", EXTENSION),
    ("HumanName", HUMAN_NAME),
    ("Identifier", IDENTIFIER),
    ("Reference", REFERENCE),
];

/// The keys of a list of one data type.
pub(crate) fn of_datatype(datatype: &str) -> Option<&'static ListKeys> {
    DATATYPES
        .iter()
        .find(|(name, _)| *name == datatype)
        .map(|(_, keys)| keys)
}

/// The keys of a list by its element's name.
pub(crate) fn named(element: &str) -> Option<&'static ListKeys> {
    LISTS
        .iter()
        .find(|(name, _)| *name == element)
        .map(|(_, keys)| keys)
}

/// Keys by element name, for lists of backbone elements and of what R4 does not define.
pub(super) const LISTS: &[(&str, ListKeys)] = &[
    ("agent", also(&["who type role"], &["who"])),
    ("attester", keyed(&["mode party", "mode"])),
    ("availableTime", keyed(&["daysOfWeek availableStartTime"])),
    ("careTeam", keyed(&["sequence", "provider"])),
    ("characteristic", also(&["code value"], &["code"])),
    ("class", keyed(&["type value"])),
    ("classHistory", also(&["class period"], &["class"])),
    ("communication", keyed(&["language"])),
    ("component", keyed(&["code"])),
    ("concept", keyed(&["code"])),
    ("condition", keyed(&["code"])),
    (
        "contact",
        ListKeys {
            strong: &["relationship name"],
            weak: &["name", "relationship"],
            label: &["relationship", "relationship name"],
            alone: true,
            ..LIST
        },
    ),
    ("contained", keyed(&["id"])),
    ("costToBeneficiary", keyed(&["type"])),
    (
        "diagnosis",
        also(&["sequence", "condition use"], &["condition"]),
    ),
    ("dosage", keyed(&["sequence", "text"])),
    ("dosageInstruction", keyed(&["sequence", "text"])),
    ("entity", also(&["what role"], &["what"])),
    ("entry", keyed(&["fullUrl", "item", "resource"])),
    ("extension", EXTENSION),
    ("finding", keyed(&["itemCodeableConcept itemReference"])),
    ("identifier", IDENTIFIER),
    ("input", also(&["type value"], &["type"])),
    ("insurance", keyed(&["sequence", "coverage"])),
    ("investigation", keyed(&["code"])),
    ("item", keyed(&["linkId", "sequence"])),
    (
        "link",
        also(&["other type", "target", "relation", "url"], &["other"]),
    ),
    (
        "location",
        also(&["location period", "reference"], &["location"]),
    ),
    ("media", keyed(&["link"])),
    ("member", keyed(&["entity"])),
    ("modifierExtension", EXTENSION),
    ("note", ANNOTATION),
    ("output", also(&["type value"], &["type"])),
    (
        "participant",
        also(
            &["actor individual member role type"],
            &["actor individual member"],
        ),
    ),
    (
        "performer",
        also(
            &["actor function", "reference", "identifier", "display"],
            &["actor"],
        ),
    ),
    ("prediction", keyed(&["outcome"])),
    ("protocolApplied", also(&["series doseNumber"], &["series"])),
    ("qualification", also(&["identifier", "code"], &["code"])),
    (
        "reaction",
        ListKeys {
            strong: &["substance manifestation"],
            weak: &["substance", "manifestation", "onset"],
            label: &["manifestation", "substance manifestation"],
            ..LIST
        },
    ),
    (
        "recommendation",
        also(&["vaccineCode targetDisease"], &["vaccineCode"]),
    ),
    ("relatesTo", keyed(&["target code", "code"])),
    ("section", keyed(&["code", "title"])),
    ("series", keyed(&["uid"])),
    ("stage", keyed(&["type", "summary"])),
    ("statusHistory", also(&["status period"], &["status"])),
    ("suspectEntity", keyed(&["instance"])),
    ("target", keyed(&["measure", "reference"])),
    ("telecom", CONTACT_POINT),
];

/// A list whose items keep part of their key through an edit.
const fn also(strong: &'static [&'static str], weak: &'static [&'static str]) -> ListKeys {
    ListKeys {
        strong,
        weak,
        label: strong,
        ..LIST
    }
}

const fn keyed(strong: &'static [&'static str]) -> ListKeys {
    ListKeys {
        strong,
        label: strong,
        ..LIST
    }
}

/// Children that tell the items of any other list apart, most telling first.
pub(crate) const TELLING: Words = Words(
    "id linkId uid fullUrl sequence number url reference system code actor \
             individual member who what other target condition item language type \
             function role relationship use substance coverage location identifier \
             name key kind class relation label path expression status period date \
             title resource value",
);
