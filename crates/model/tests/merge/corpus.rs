//! Cases with the answer that a clinician would give, written before the merge was asked.
//!
//! One file per field of work in `tests/merge_corpus`; see the README there for the form. Every case
//! is merged as it is, with the sides swapped, from text, and once more with its own result.

use std::collections::BTreeSet;
use std::path::Path;

use haven_model::conflict::{ConflictKind, FieldConflict, MergeOutcome, Outcome};
use haven_model::{MergedText, merge, merge_texts};
use serde_json::{Value, json};

use super::edit::after;

struct Case {
    label: String,
    base: Option<Value>,
    local: Option<Value>,
    remote: Option<Value>,
    case: Value,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/merge_corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    files.iter().flat_map(|file| cases_of(file)).collect()
}

fn cases_of(file: &Path) -> Vec<Case> {
    let text = std::fs::read(file).expect("readable");
    let file = file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let document =
        haven_model::json::parse(&text).unwrap_or_else(|error| unreachable!("{file}: {error}"));
    let resources = &document["resources"];
    let list = document["cases"].as_array().expect("cases");
    list.iter()
        .map(|case| {
            let base = match &case["base"] {
                Value::String(name) => Some(resources[name].clone()),
                Value::Null => None,
                inline @ (Value::Bool(_)
                | Value::Number(_)
                | Value::Array(_)
                | Value::Object(_)) => Some(inline.clone()),
            };
            let side = |side: &Value| match side {
                Value::Null => None,
                Value::Array(edits) => Some(after(base.as_ref().expect("a base"), edits)),
                whole @ (Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Object(_)) => Some(whole.clone()),
            };
            Case {
                label: format!("{file}: {}", case["name"].as_str().expect("a name")),
                local: side(&case["local"]),
                remote: side(&case["remote"]),
                base: base.clone(),
                case: case.clone(),
            }
        })
        .collect()
}

#[test]
fn every_case_has_the_answer_that_a_clinician_gave() {
    let cases = cases();
    let mut wrong = Vec::new();
    let mut types = BTreeSet::new();
    for case in &cases {
        let known = [&case.base, &case.local, &case.remote];
        let resource = known.into_iter().flatten().next().expect("a version");
        types.insert(
            resource["resourceType"]
                .as_str()
                .expect("a type")
                .to_owned(),
        );
        assert!(
            case.case["why"]
                .as_str()
                .is_some_and(|why| why.ends_with(['.', '?'])),
            "{} says why in a sentence",
            case.label
        );
        let (base, local, remote) = (
            case.base.as_ref(),
            case.local.as_ref(),
            case.remote.as_ref(),
        );
        let outcome = merge(base, local, remote);
        let mut faults = judged(case, &outcome);
        faults.extend(mirrored(&outcome, &merge(base, remote, local)));
        faults.extend(from_text(case, &outcome));
        if faults.is_empty() && outcome.outcome == Outcome::Merged && outcome.deleted.is_none() {
            for side in [local, remote] {
                let again = merge(base, Some(&outcome.resource), side);
                if again.resource != outcome.resource || !again.fields.is_empty() {
                    faults.push(format!(
                        "merged again: {:?} {}",
                        again.fields, again.resource
                    ));
                }
            }
        }
        if !faults.is_empty() {
            wrong.push(format!("{}\n    {}", case.label, faults.join("\n    ")));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    assert!(cases.len() >= 300, "{} cases are too few", cases.len());
    assert!(types.len() >= 25, "{} types are too few", types.len());
}

/// What is not as the case says.
fn judged(case: &Case, outcome: &MergeOutcome) -> Vec<String> {
    let expected = &case.case["expect"];
    let mut faults = Vec::new();
    let word = if outcome.outcome == Outcome::Merged {
        "merged"
    } else {
        "conflict"
    };
    if expected["outcome"] != word {
        faults.push(format!("{word}: {:?}", told(&outcome.fields)));
        return faults;
    }
    let kind = expected["kind"].as_str().unwrap_or("update-update");
    if outcome.outcome == Outcome::Conflict && outcome.kind.map(ConflictKind::as_str) != Some(kind)
    {
        faults.push(format!("kind {:?}", outcome.kind));
    }
    if outcome.deleted.unwrap_or(false) != (expected["deleted"] == true) {
        faults.push(format!("deleted {:?}", outcome.deleted));
    }
    faults.extend(fields_fault(expected, &outcome.fields));
    let base = case.base.clone().unwrap_or(Value::Null);
    let edits = |side: &str| case.case[side].as_array().cloned().unwrap_or_default();
    let both = [edits("local"), edits("remote")].concat();
    let shown = &outcome.resource;
    let right = match &expected["result"] {
        Value::String(who) if who == "both" => same_set(shown, &after(&base, &both)),
        Value::String(who) => *shown == after(&base, &edits(who)),
        Value::Array(edits) => *shown == after(&base, edits),
        Value::Null if expected["outcome"] == "conflict" && expected["fields"].is_array() => {
            case.base.is_none() || *shown == base
        }
        Value::Null => true,
        whole @ (Value::Bool(_) | Value::Number(_) | Value::Object(_)) => shown == whole,
    };
    if !right {
        faults.push(format!("result {shown}"));
    }
    for (pointer, value) in expected["facts"].as_object().into_iter().flatten() {
        if shown.pointer(pointer) != Some(value) {
            faults.push(format!("{pointer} is {:?}", shown.pointer(pointer)));
        }
    }
    for (pointer, name) in expected["found"].as_object().into_iter().flatten() {
        let id = shown
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default();
        let contained = shown["contained"].as_array().cloned().unwrap_or_default();
        let own = contained
            .iter()
            .find(|item| format!("#{}", item["id"].as_str().unwrap_or_default()) == id);
        if own.map(|item| &item["name"][0]["text"]) != Some(name) {
            faults.push(format!("{pointer} finds {own:?}"));
        }
    }
    faults
}

fn fields_fault(expected: &Value, fields: &[FieldConflict]) -> Option<String> {
    let fine = match &expected["fields"] {
        Value::Array(rows) => {
            let told =
                |field: &FieldConflict| json!([field.path, field.rule, field.guarded]).to_string();
            let mut is: Vec<String> = fields.iter().map(told).collect();
            let mut should: Vec<String> = rows.iter().map(ToString::to_string).collect();
            if expected["order"] == "any" {
                is.sort();
                should.sort();
            }
            is == should
        }
        Value::String(which) => {
            let within = expected["kinds_of_path"].as_str().expect("where");
            !fields.is_empty()
                && fields.iter().all(|field| field.path.starts_with(within))
                && (which == "any" || fields.iter().all(|field| field.guarded))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => fields.is_empty(),
    };
    (!fine).then(|| format!("fields {:?}", told(fields)))
}

fn told(fields: &[FieldConflict]) -> Vec<(&str, &str, bool)> {
    let rows = fields.iter();
    rows.map(|field| (field.path.as_str(), field.rule.as_str(), field.guarded))
        .collect()
}

/// Equal but for the order of lists of things, which additions of two sides do not have.
fn same_set(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, value)| other.get(name).is_some_and(|same| same_set(value, same)))
        }
        (Value::Array(one), Value::Array(other)) => {
            let mut left: Vec<&Value> = other.iter().collect();
            one.len() == other.len()
                && one.iter().all(|item| {
                    let at = left.iter().position(|same| same_set(item, same));
                    at.map(|at| left.remove(at)).is_some()
                })
        }
        (one, other) => one == other,
    }
}

/// What differs when the sides are swapped.
fn mirrored(outcome: &MergeOutcome, swapped: &MergeOutcome) -> Option<String> {
    let turned: Vec<FieldConflict> = swapped
        .fields
        .iter()
        .map(|field| FieldConflict {
            local: field.remote.clone(),
            remote: field.local.clone(),
            ..field.clone()
        })
        .collect();
    let same = outcome.fields == turned && written(&outcome.resource) == written(&swapped.resource);
    (!same).then(|| format!("swapped: {:?} {}", told(&swapped.fields), swapped.resource))
}

/// A document as it is written: order and digits count.
fn written(value: &Value) -> String {
    value.to_string()
}

/// What differs when texts are merged.
fn from_text(case: &Case, outcome: &MergeOutcome) -> Option<String> {
    let text = |value: &Option<Value>| value.as_ref().map(|value| value.to_string().into_bytes());
    let (base, local, remote) = (text(&case.base), text(&case.local), text(&case.remote));
    match merge_texts(base.as_deref(), local.as_deref(), remote.as_deref()) {
        Ok(MergedText::Resource(text)) => {
            let text = String::from_utf8(text).expect("utf-8");
            let same = outcome.fields.is_empty() && text == written(&outcome.resource);
            (!same).then(|| format!("as text: {text}"))
        }
        Ok(MergedText::Outcome(other)) => {
            (other != *outcome).then(|| format!("as text: {other:?}"))
        }
        Err(error) => Some(format!("as text: {error}")),
    }
}
