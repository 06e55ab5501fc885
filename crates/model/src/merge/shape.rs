//! FHIR data types told by their shape, so that the merge needs no schema at hand.

use serde_json::{Map, Value};

use super::rules::{self, ListKeys};

/// Whether a value merges as one piece: a data type whose parts only mean something together
/// (never one side's value with the other's unit).
///
/// The data type is the definition's, where R4 defines the element; the shape tells it elsewhere.
pub(super) fn is_atomic(element: &str, datatype: Option<&str>, value: &Value) -> bool {
    let Some(object) = value.as_object() else {
        return !value.is_array();
    };
    if rules::ATOMIC.contains(element) || is_extension(element) {
        return true;
    }
    if let Some(datatype) = datatype {
        return rules::ATOMIC_TYPES.contains(datatype);
    }
    if is_contact_point(element, object) || is_address(element, object) {
        return false;
    }
    element == "identifier"
        || is_quantity(object)
        || is_concept(object)
        || is_coding(object)
        || is_reference(object)
        || is_human_name(element, object)
        || is_identifier(object)
        || is_attachment(object)
        || (of(object, &["start", "end"]))
        || (of(object, &["low", "high"]))
        || (of(object, &["numerator", "denominator"]))
        || (of(object, &["status", "div"]))
        || (of(object, &["authorReference", "authorString", "time", "text"])
            && has(object, &["text"]))
        || has(object, &["origin", "dimensions"])
        || has(object, &["when", "who", "type"])
        || has(object, &["expression", "language"])
        || (of(object, &["event", "repeat", "code"]) && any(object, &["event", "repeat"]))
}

/// Whether a value is a number with a unit or a currency, or could be one.
pub(super) fn is_measure(value: &Value) -> bool {
    value.as_object().is_some_and(is_quantity)
}

/// How the items of a list are told apart: by their data type, by the list's name, by their shape.
pub(super) fn list_keys(
    element: &str,
    datatype: Option<&str>,
    items: &[&Value],
) -> Option<&'static ListKeys> {
    if items.iter().all(|item| !item.is_object()) {
        return Some(&rules::PRIMITIVE);
    }
    if let Some(datatype) = datatype {
        return rules::of_datatype(datatype).or_else(|| rules::named(element));
    }
    let every = |test: &dyn Fn(&Map<String, Value>) -> bool| {
        items.iter().filter_map(|item| item.as_object()).all(test)
    };
    if every(&is_reference) && element != "identifier" {
        return Some(&rules::REFERENCE);
    }
    if every(&|object| is_contact_point(element, object)) {
        return Some(&rules::CONTACT_POINT);
    }
    if let Some(keys) = rules::named(element) {
        return Some(keys);
    }
    if every(&is_coding) {
        Some(&rules::CODING)
    } else if every(&is_concept) {
        Some(&rules::CONCEPT)
    } else if every(&|object| is_human_name(element, object)) {
        Some(&rules::HUMAN_NAME)
    } else if every(&|object| is_address(element, object)) {
        Some(&rules::ADDRESS)
    } else if every(&is_identifier) {
        Some(&rules::IDENTIFIER)
    } else if every(&is_attachment) {
        Some(&rules::ATTACHMENT)
    } else {
        None
    }
}

fn is_extension(element: &str) -> bool {
    element == "extension" || element == "modifierExtension"
}

fn is_quantity(object: &Map<String, Value>) -> bool {
    of(
        object,
        &["value", "comparator", "unit", "system", "code", "currency"],
    ) && (object.get("value").is_some_and(Value::is_number)
        || any(object, &["unit", "comparator", "currency"]))
}

fn is_concept(object: &Map<String, Value>) -> bool {
    of(object, &["coding", "text"])
}

fn is_coding(object: &Map<String, Value>) -> bool {
    of(
        object,
        &["system", "version", "code", "display", "userSelected"],
    ) && any(object, &["code", "display", "system"])
}

fn is_reference(object: &Map<String, Value>) -> bool {
    of(object, &["reference", "type", "identifier", "display"])
        && any(object, &["reference", "identifier", "display"])
        && object.get("identifier").is_none_or(Value::is_object)
}

fn is_human_name(element: &str, object: &Map<String, Value>) -> bool {
    of(
        object,
        &[
            "use", "text", "family", "given", "prefix", "suffix", "period",
        ],
    ) && (element == "name" || any(object, &["family", "given", "prefix", "suffix"]))
}

fn is_address(element: &str, object: &Map<String, Value>) -> bool {
    const PARTS: &[&str] = &[
        "use",
        "type",
        "text",
        "line",
        "city",
        "district",
        "state",
        "postalCode",
        "country",
        "period",
    ];
    of(object, PARTS)
        && (element == "address"
            || any(
                object,
                &["line", "city", "district", "state", "postalCode", "country"],
            ))
}

fn is_contact_point(element: &str, object: &Map<String, Value>) -> bool {
    const SYSTEMS: &[&str] = &["phone", "fax", "email", "pager", "url", "sms", "other"];
    of(object, &["system", "value", "use", "rank", "period"])
        && (element == "telecom"
            || object
                .get("system")
                .and_then(Value::as_str)
                .is_some_and(|system| SYSTEMS.contains(&system)))
}

fn is_identifier(object: &Map<String, Value>) -> bool {
    of(
        object,
        &["use", "type", "system", "value", "period", "assigner"],
    ) && any(object, &["system", "value"])
}

fn is_attachment(object: &Map<String, Value>) -> bool {
    of(
        object,
        &[
            "contentType",
            "language",
            "data",
            "url",
            "size",
            "hash",
            "title",
            "creation",
        ],
    ) && any(object, &["contentType", "data", "url", "size", "hash"])
}

/// Whether the object has members and no others than these, siblings and what any element may have
/// aside.
fn of(object: &Map<String, Value>, names: &[&str]) -> bool {
    let mut named = false;
    let known = object.keys().all(|member| {
        let name = member.strip_prefix('_').unwrap_or(member);
        let known = names.contains(&name);
        named |= known;
        known || name == "id" || name == "extension"
    });
    known && named
}

fn any(object: &Map<String, Value>, names: &[&str]) -> bool {
    names.iter().any(|name| object.contains_key(*name))
}

fn has(object: &Map<String, Value>, names: &[&str]) -> bool {
    names.iter().all(|name| object.contains_key(*name))
}
