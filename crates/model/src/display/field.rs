//! A value at a path of a resource, in words: what the conflict table shows.

use serde_json::Value;

use super::datatype::{by_elements, by_shape, each, words};
use super::label::of_name;
use super::{medicine_name, not_recorded, resource_title, text_at};
use crate::definitions::r4;

/// The value at a path such as `Patient.telecom[system=phone,use=home]` or
/// `MedicationRequest.dosageInstruction`, in words; `null` is "Not recorded".
///
/// A value of a known datatype is never shown as JSON.
#[must_use]
pub fn field_value(path: &str, value: &Value) -> String {
    if value.is_null() {
        return not_recorded().to_owned();
    }
    if value.get("resourceType").is_some() {
        return resource_title(value);
    }
    let is_medicine = path
        .rsplit('.')
        .next()
        .is_some_and(|name| name.starts_with("medication"));
    if is_medicine {
        return medicine_name(&typed(path, value));
    }
    typed(path, value)
}

/// Several values at one path in words, such that two different values never look alike: where
/// their words are the same, what tells them apart follows in brackets.
#[must_use]
pub fn field_values<const COUNT: usize>(path: &str, values: [&Value; COUNT]) -> [String; COUNT] {
    let told = values.map(|value| field_value(path, value));
    std::array::from_fn(|at| {
        let (Some(value), Some(words)) = (values.get(at), told.get(at)) else {
            return String::new();
        };
        let mut twins = values.iter().zip(&told);
        let ambiguous = twins.any(|(other, same)| other != value && same == words);
        if ambiguous && !value.is_null() {
            format!("{words} ({})", leaves(value).join(", "))
        } else {
            words.clone()
        }
    })
}

/// Every simple value within a value, with its name.
fn leaves(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) => object
            .iter()
            .flat_map(|(name, inner)| {
                let name = of_name(name);
                leaves(inner).into_iter().map(move |leaf| {
                    if leaf.contains(": ") {
                        leaf
                    } else {
                        format!("{name}: {leaf}")
                    }
                })
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => vec![by_shape(value)],
        // A name may hold a colon; the words of a leaf must not be taken for a named one.
        Value::String(text) => vec![text.replace(": ", ":")],
    }
}

fn typed(path: &str, value: &Value) -> String {
    let bare = without_keys(path);
    if let Some((parent, name)) = bare.rsplit_once('.')
        && let Some(object) = value.as_object()
        && let Some(wrapped) = wrapped(parent, name, object)
    {
        return wrapped;
    }
    let Some(type_code) = r4().datatype_of(&bare) else {
        return by_shape(value);
    };
    let named_by_key = type_code == "ContactPoint" && path.contains("system=");
    each(value, |item| {
        if named_by_key && item.get("period").is_none() {
            // The label beside it says "Phone, home" already.
            return text_at(item, "/value").unwrap_or(not_recorded()).to_owned();
        }
        words(type_code, item)
            .or_else(|| {
                let node = r4().type_node(&bare).or_else(|| r4().node_of(&bare))?;
                Some(by_elements(node, item.as_object()?, 0))
            })
            .unwrap_or_else(|| by_shape(item))
    })
}

/// A choice, or a primitive with its extensions, comes as an object that names its members:
/// `{"valueString": "x"}`, `{"birthDate": "…", "_birthDate": {…}}`.
fn wrapped(parent: &str, name: &str, object: &serde_json::Map<String, Value>) -> Option<String> {
    let belongs = |member: &str| {
        let member = member.strip_prefix('_').unwrap_or(member);
        let choice = r4()
            .choice_of(parent, member)
            .is_some_and(|(element, _)| element.strip_suffix("[x]") == Some(name));
        member == name || choice
    };
    if object.is_empty() || !object.keys().all(|member| belongs(member)) {
        return None;
    }
    // A Period within a Period does not exist, but `value` within a Quantity does.
    let is_own_member = object.len() == 1
        && object.keys().next().is_some_and(|only| only == name)
        && r4()
            .datatype_of(&format!("{parent}.{name}.{name}"))
            .is_some();
    if is_own_member {
        return None;
    }
    let mut told: Vec<String> = object
        .iter()
        .filter(|(member, _)| !member.starts_with('_'))
        .map(|(member, value)| typed_member(parent, member, value))
        .collect();
    let extended = object
        .iter()
        .filter(|(member, value)| member.starts_with('_') && !value.is_null())
        .filter_map(|(_, value)| extensions(value));
    told.extend(extended);
    Some(if told.is_empty() {
        not_recorded().to_owned()
    } else {
        told.join(" – ")
    })
}

fn typed_member(parent: &str, member: &str, value: &Value) -> String {
    match r4().datatype_of(&format!("{parent}.{member}")) {
        Some(type_code) => each(value, |item| {
            words(type_code, item).unwrap_or_else(|| by_shape(item))
        }),
        None => by_shape(value),
    }
}

fn extensions(holder: &Value) -> Option<String> {
    let single = std::slice::from_ref(holder);
    let holders = holder.as_array().map_or(single, Vec::as_slice);
    let told: Vec<String> = holders
        .iter()
        .flat_map(|holder| super::items(holder, "extension"))
        .filter_map(|extension| words("Extension", extension))
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// `Patient.telecom[system=phone].value` as `Patient.telecom.value`; brackets may hold dots.
fn without_keys(path: &str) -> String {
    let mut depth = 0_u32;
    path.chars()
        .filter(|letter| {
            match letter {
                '[' => depth += 1,
                ']' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect()
}
