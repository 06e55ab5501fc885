//! Two different resources that both sides put inside under one id: one is given another id, and
//! what refers to it follows, so that both are kept and every `#id` still finds its own.

use std::collections::HashMap;

use serde_json::Value;

use super::piece::{Three, canonical};

/// The versions with such ids told apart, or `None` where there are none.
///
/// Which of the two keeps the id depends on their content alone, never on whose it is.
pub(super) fn separate(versions: &Three<Option<&Value>>) -> Option<Three<Option<Value>>> {
    let (local, remote) = (versions.local?, versions.remote?);
    let base = versions.base?;
    let known = by_id(base);
    let (ours, theirs) = (by_id(local), by_id(remote));
    let mut local_renames = HashMap::new();
    let mut remote_renames = HashMap::new();
    for (id, one) in &ours {
        let Some(other) = theirs.get(id) else {
            continue;
        };
        if known.contains_key(id) || one == other {
            continue;
        }
        let local_keeps = canonical(one) <= canonical(other);
        let (renamed, renames) = if local_keeps {
            (other, &mut remote_renames)
        } else {
            (one, &mut local_renames)
        };
        let free = free_id(id, renamed, &[&known, &ours, &theirs]);
        renames.insert(format!("#{id}"), format!("#{free}"));
    }
    if local_renames.is_empty() && remote_renames.is_empty() {
        return None;
    }
    Some(Three {
        base: Some(base.clone()),
        local: Some(renamed(local, &local_renames)),
        remote: Some(renamed(remote, &remote_renames)),
    })
}

fn by_id(resource: &Value) -> HashMap<&str, &Value> {
    let contained = resource
        .get("contained")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    contained
        .filter_map(|item| Some((item.get("id")?.as_str()?, item)))
        .collect()
}

/// An id that no one uses, unless for this very content.
fn free_id(id: &str, content: &Value, used: &[&HashMap<&str, &Value>]) -> String {
    let mut number = 2_usize;
    loop {
        let candidate = format!("{id}-{number}");
        let mut named = content.clone();
        if let Some(object) = named.as_object_mut() {
            object.insert("id".to_owned(), Value::String(candidate.clone()));
        }
        let free = used.iter().all(|items| {
            items
                .get(candidate.as_str())
                .is_none_or(|item| **item == named)
        });
        if free {
            return candidate;
        }
        number += 1;
    }
}

/// A copy with contained ids and the references to them renamed.
fn renamed(resource: &Value, renames: &HashMap<String, String>) -> Value {
    let mut copy = resource.clone();
    if let Some(items) = copy.get_mut("contained").and_then(Value::as_array_mut) {
        for item in items {
            let id = item
                .get("id")
                .and_then(Value::as_str)
                .map(|id| format!("#{id}"));
            if let Some(new) = id.and_then(|id| renames.get(&id))
                && let Some(object) = item.as_object_mut()
            {
                let bare = new.trim_start_matches('#').to_owned();
                object.insert("id".to_owned(), Value::String(bare));
            }
        }
    }
    follow(&mut copy, renames);
    copy
}

fn follow(value: &mut Value, renames: &HashMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if name == "reference"
                    && let Some(new) = member.as_str().and_then(|text| renames.get(text))
                {
                    *member = Value::String(new.clone());
                } else {
                    follow(member, renames);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                follow(item, renames);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
