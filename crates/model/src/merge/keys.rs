//! Keys of list items: what makes two versions of an item the same item, and its name in a path.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::piece::{Three, canonical};
use super::rules::{ListKeys, TELLING, element_of};
use super::shape;

/// The longest key value that stands in a path as it is, in characters.
const LONGEST_LABEL_CHARS: usize = 160;

/// The keys that one list goes by.
pub(super) struct Keys {
    strong: Vec<Vec<&'static str>>,
    weak: &'static [&'static [&'static str]],
    same: &'static [&'static str],
    label: Vec<Vec<&'static str>>,
    alone: bool,
}

impl Keys {
    /// Chooses the keys for a list, looking at its items on all sides.
    pub fn choose(element: &str, items: &Three<&[Value]>) -> Self {
        let every: Vec<&Value> = items
            .all()
            .into_iter()
            .flat_map(|items| items.iter())
            .collect();
        if every.len() > 1
            && every
                .iter()
                .all(|item| item.get("id").is_some_and(Value::is_string))
        {
            return Self::telling(vec!["id"]);
        }
        match shape::list_keys(element, &every) {
            Some(keys) => Self::of(keys),
            None => Self::telling(Self::least_telling(items, &every)),
        }
    }

    fn of(keys: &'static ListKeys) -> Self {
        let owned = |sets: &'static [&'static [&'static str]]| {
            sets.iter().map(|set| set.to_vec()).collect::<Vec<_>>()
        };
        Self {
            strong: owned(keys.strong),
            weak: keys.weak,
            same: keys.same,
            label: owned(keys.label),
            alone: keys.alone,
        }
    }

    fn telling(children: Vec<&'static str>) -> Self {
        let strong = if children.is_empty() {
            Vec::new()
        } else {
            vec![children.clone()]
        };
        let label = (1..=children.len())
            .filter_map(|count| children.get(..count).map(<[_]>::to_vec))
            .collect();
        Self {
            strong,
            weak: &[],
            same: &[],
            label,
            alone: false,
        }
    }

    /// The fewest telling children, in their order, that differ between all items of each side.
    fn least_telling(items: &Three<&[Value]>, every: &[&Value]) -> Vec<&'static str> {
        let mut chosen: Vec<&'static str> = Vec::new();
        for telling in TELLING {
            if chosen.len() >= 4 || !every.iter().any(|item| child(item, telling).is_some()) {
                continue;
            }
            chosen.push(telling);
            let unique = items.all().iter().all(|items| {
                let mut seen = HashSet::new();
                items.iter().all(|item| seen.insert(joined(item, &chosen)))
            });
            if unique {
                break;
            }
        }
        chosen
    }

    /// The item's key; items without one are told apart by their whole content.
    pub fn strong(&self, item: &Value) -> Option<String> {
        let key = self
            .strong
            .iter()
            .enumerate()
            .find_map(|(at, set)| joined(item, set).map(|key| format!("{at}{key}")));
        key.or_else(|| self.alone.then(String::new))
    }

    /// What still finds the item after an edit, best first.
    pub fn weak(&self) -> impl Iterator<Item = &'static [&'static str]> {
        self.weak.iter().copied()
    }

    /// Whether one item may be an edit of the other.
    pub fn may_be_edit(&self, one: &Value, other: &Value) -> bool {
        self.same
            .iter()
            .all(|name| text_of(one, name) == text_of(other, name))
    }

    /// A name for every row, unique in the list, from the item that stands for the row.
    pub fn labels(&self, items: &[&Value]) -> Vec<String> {
        let mut labels: Vec<Option<String>> = vec![None; items.len()];
        let mut used = HashSet::new();
        for set in &self.label {
            let candidates: Vec<Option<String>> = items
                .iter()
                .zip(&labels)
                .map(|(item, label)| label.is_none().then(|| label_of(item, set)).flatten())
                .collect();
            let mut counts: HashMap<String, usize> = HashMap::new();
            for (item, _) in items.iter().zip(&labels) {
                if let Some(text) = label_of(item, set) {
                    *counts.entry(text).or_insert(0) += 1;
                }
            }
            for (label, candidate) in labels.iter_mut().zip(candidates) {
                if let Some(text) = candidate
                    && counts.get(&text) == Some(&1)
                    && used.insert(text.clone())
                {
                    *label = Some(text);
                }
            }
        }
        let longest = self.label.last();
        let mut finished = Vec::with_capacity(labels.len());
        for (at, label) in labels.into_iter().enumerate() {
            finished.push(label.unwrap_or_else(|| {
                let stem = items
                    .get(at)
                    .and_then(|item| longest.and_then(|set| label_of(item, set)))
                    .map_or_else(String::new, |stem| format!("{stem},"));
                let mut number = 1_usize;
                loop {
                    let text = format!("{stem}#{number}");
                    if used.insert(text.clone()) {
                        return text;
                    }
                    number += 1;
                }
            }));
        }
        finished
    }
}

/// The texts of some children of an item, `None` when it has none of them.
pub(super) fn joined(item: &Value, children: &[&str]) -> Option<String> {
    let mut found = false;
    let mut key = String::new();
    for name in children {
        if let Some(text) = text_of(item, name) {
            found = true;
            key.push_str(&text);
        }
        key.push('\u{1f}');
    }
    found.then_some(key)
}

/// A child by its name, or by any spelling of a choice; `.` is the item itself.
fn child<'a>(item: &'a Value, name: &str) -> Option<&'a Value> {
    if name == "." {
        return Some(item);
    }
    let object = item.as_object()?;
    object.get(name).or_else(|| {
        object
            .iter()
            .find(|(member, _)| {
                !member.starts_with('_') && member.starts_with(name) && element_of(member) == name
            })
            .map(|(_, value)| value)
    })
}

fn text_of(item: &Value, name: &str) -> Option<String> {
    child(item, name).map(identity)
}

/// What a value identifies, as text: the codes of a concept, the target of a reference.
fn identity(value: &Value) -> String {
    if let Some(coding) = value.get("coding").and_then(Value::as_array) {
        let mut codes: Vec<String> = coding.iter().map(identity).collect();
        codes.sort_unstable();
        return codes.join("+");
    }
    if let Some(code) = value.get("code").and_then(Value::as_str) {
        let system = value
            .get("system")
            .and_then(Value::as_str)
            .unwrap_or_default();
        return format!("{system}|{code}");
    }
    if let Some(reference) = value.get("reference").and_then(Value::as_str) {
        return reference.to_owned();
    }
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(identity).collect::<Vec<_>>().join("+"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => canonical(value),
    }
}

fn label_of(item: &Value, children: &[&str]) -> Option<String> {
    let parts: Vec<String> = children
        .iter()
        .filter_map(|name| {
            let (key, text) = readable(child(item, name)?);
            let key = if *name == "." { key } else { name };
            Some(format!("{key}={}", fitted(&text)))
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(","))
}

/// The shortest words for a value: `8480-6` for a concept, a reference's target.
fn readable(value: &Value) -> (&'static str, String) {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(items) = value.as_array() {
        return (
            "value",
            items
                .iter()
                .map(|item| readable(item).1)
                .collect::<Vec<_>>()
                .join("+"),
        );
    }
    if let Some(coding) = value.get("coding").and_then(Value::as_array)
        && !coding.is_empty()
    {
        return (
            "code",
            coding
                .iter()
                .map(|coding| readable(coding).1)
                .collect::<Vec<_>>()
                .join("+"),
        );
    }
    for (key, name) in [
        ("code", "code"),
        ("reference", "reference"),
        ("text", "text"),
        ("value", "value"),
        ("display", "display"),
        ("start", "start"),
        ("family", "family"),
    ] {
        if let Some(text) = text(name) {
            return (key, text);
        }
    }
    match value {
        Value::String(text) => ("value", text.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            ("value", canonical(value))
        }
    }
}

/// A key value as it stands in a path: quoted where it would be misread, cut with a digest where
/// it is long.
fn fitted(text: &str) -> String {
    let text = if text.chars().count() > LONGEST_LABEL_CHARS {
        let digest = hex::encode(Sha256::digest(text.as_bytes()));
        let head: String = text.chars().take(24).collect();
        format!("{head}~{}", digest.get(..12).unwrap_or_default())
    } else {
        text.to_owned()
    };
    let plain = !text.is_empty()
        && !text
            .contains(|c: char| c.is_control() || matches!(c, '[' | ']' | ',' | '=' | '"' | '#'));
    if plain {
        text
    } else {
        Value::String(text).to_string()
    }
}
