//! Keys of list items: what makes two versions of an item the same item, and its name in a path.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::piece::{Three, canonical};
use super::rules::{ListKeys, TELLING, element_of};
use super::shape;

/// The most children that make up a key.
const MOST_TELLING: usize = 4;

/// The longest key value that stands in a path as it is, in characters.
const LONGEST_LABEL_CHARS: usize = 160;

/// The keys that one list goes by; a set of children is their names, apart by blanks.
pub(super) struct Keys {
    strong: Vec<Cow<'static, str>>,
    weak: &'static [&'static str],
    same: &'static str,
    label: Vec<Cow<'static, str>>,
    alone: bool,
}

impl Keys {
    /// Chooses the keys for a list, looking at its items on all sides.
    pub fn choose(element: &str, datatype: Option<&str>, items: &Three<&[Value]>) -> Self {
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
            return Self::telling(&["id"]);
        }
        match shape::list_keys(element, datatype, &every) {
            Some(keys) => Self::of(keys),
            None => Self::telling(&least_telling(items, &every)),
        }
    }

    fn of(keys: &'static ListKeys) -> Self {
        let sets =
            |sets: &'static [&'static str]| sets.iter().copied().map(Cow::Borrowed).collect();
        Self {
            strong: sets(keys.strong),
            weak: keys.weak,
            same: keys.same,
            label: sets(keys.label),
            alone: keys.alone,
        }
    }

    fn telling(children: &[&str]) -> Self {
        let label: Vec<Cow<'static, str>> = (1..=children.len())
            .filter_map(|count| Some(Cow::Owned(children.get(..count)?.join(" "))))
            .collect();
        Self {
            strong: label.last().cloned().into_iter().collect(),
            weak: &[],
            same: "",
            label,
            alone: false,
        }
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
    pub fn weak(&self) -> &'static [&'static str] {
        self.weak
    }

    /// Whether one item may be an edit of the other although they share no member.
    pub fn may_be_edit(&self, one: &Value, other: &Value) -> bool {
        self.same
            .split_ascii_whitespace()
            .all(|name| child(one, name).map(identity) == child(other, name).map(identity))
    }

    /// A name for every row, unique in the list, from the item that stands for the row.
    pub fn labels(&self, items: &[&Value]) -> Vec<String> {
        let mut labels: Vec<Option<String>> = vec![None; items.len()];
        let mut used = HashSet::new();
        let mut longest = Vec::new();
        for set in &self.label {
            longest = items.iter().map(|item| label_of(item, set)).collect();
            let mut counts: HashMap<&str, usize> = HashMap::new();
            for text in longest.iter().flatten() {
                *counts.entry(text).or_insert(0) += 1;
            }
            for (label, text) in labels.iter_mut().zip(&longest) {
                if let (None, Some(text)) = (&label, text)
                    && counts.get(text.as_str()) == Some(&1)
                    && used.insert(text.clone())
                {
                    *label = Some(text.clone());
                }
            }
        }
        longest.resize(items.len(), None);
        let numbered = |(label, stem): (Option<String>, Option<String>)| {
            label.unwrap_or_else(|| {
                let stem = stem.map_or_else(String::new, |stem| format!("{stem},"));
                let mut number = 1_usize;
                loop {
                    let text = format!("{stem}#{number}");
                    if used.insert(text.clone()) {
                        return text;
                    }
                    number += 1;
                }
            })
        };
        labels.into_iter().zip(longest).map(numbered).collect()
    }
}

/// The fewest telling children, in their order, that differ between all items of each side.
fn least_telling(items: &Three<&[Value]>, every: &[&Value]) -> Vec<&'static str> {
    let mut chosen: Vec<&'static str> = Vec::new();
    for telling in TELLING.iter() {
        if chosen.len() >= MOST_TELLING || !every.iter().any(|item| child(item, telling).is_some())
        {
            continue;
        }
        chosen.push(telling);
        let set = chosen.join(" ");
        let unique = items.all().iter().all(|items| {
            let mut seen = HashSet::new();
            items.iter().all(|item| seen.insert(joined(item, &set)))
        });
        if unique {
            break;
        }
    }
    chosen
}

/// The texts of a set of an item's children, `None` when it has none of them.
pub(super) fn joined(item: &Value, set: &str) -> Option<String> {
    let mut found = false;
    let mut key = String::new();
    for name in set.split_ascii_whitespace() {
        if let Some(value) = child(item, name) {
            found = true;
            key.push_str(&identity(value));
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
                member.len() > name.len() && member.starts_with(name) && element_of(member) == name
            })
            .map(|(_, value)| value)
    })
}

/// What a value identifies, as text: the codes of a concept, the target of a reference.
fn identity(value: &Value) -> String {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    if let Some(coding) = value.get("coding").and_then(Value::as_array)
        && !coding.is_empty()
    {
        let mut codes: Vec<String> = coding.iter().map(identity).collect();
        codes.sort_unstable();
        return codes.join("+");
    }
    if let (Some(resource), Some(id)) = (text("resourceType"), text("id")) {
        return format!("{resource}/{id}");
    }
    if let Some(code) = text("code") {
        return format!("{}|{code}", text("system").unwrap_or_default());
    }
    if let Some(words) = text("reference").or_else(|| text("text")) {
        return words.to_owned();
    }
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let mut names: Vec<String> = items.iter().map(identity).collect();
            names.sort_unstable();
            names.join("+")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => canonical(value),
    }
}

fn label_of(item: &Value, set: &str) -> Option<String> {
    let parts: Vec<String> = set
        .split_ascii_whitespace()
        .filter_map(|name| {
            let (key, text) = readable(child(item, name)?);
            let key = if name == "." { key } else { name };
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
    if let (Some(resource), Some(id)) = (text("resourceType"), text("id")) {
        return ("value", format!("{resource}/{id}"));
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
