//! Random edits of any document.

use serde_json::{Value, json};

/// One random edit: what to do, where, and with what.
pub type Edit = (u8, u32, u8);

/// The document after some edits; type, id and what the server stamps stay.
pub fn edited(base: &Value, edits: &[Edit]) -> Value {
    let mut document = base.clone();
    for edit in edits {
        edit_once(&mut document, *edit);
    }
    document
}

fn edit_once(document: &mut Value, (what, place, content): Edit) {
    let mut places = Vec::new();
    collect(document, String::new(), &mut places);
    if places.is_empty() {
        return;
    }
    let pointer = places[place as usize % places.len()].clone();
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        return;
    };
    let (parent, last) = (
        parent.to_owned(),
        last.replace("~1", "/").replace("~0", "~"),
    );
    match what % 8 {
        0..=2 => {
            let node = document.pointer_mut(&pointer).expect("a collected place");
            change(node, content);
        }
        3 => remove(document, &parent, &last),
        4 => {
            // A copy of an item, changed, as a new item; or of a member under another name.
            let node = document
                .pointer(&pointer)
                .expect("a collected place")
                .clone();
            if let Some(Value::Array(items)) = document.pointer_mut(&parent) {
                let mut copy = node;
                change_all(&mut copy, content);
                let at = content as usize % (items.len() + 1);
                items.insert(at, copy);
            }
        }
        5 => {
            if let Some(Value::Array(items)) = document.pointer_mut(&parent) {
                if content.is_multiple_of(2) {
                    items.reverse();
                } else {
                    items.rotate_left(1);
                }
            }
        }
        6 => {
            if let Some(Value::Object(members)) = document.pointer_mut(&parent)
                && members.get(&last).is_some_and(Value::is_string)
                && !last.starts_with('_')
            {
                members.insert(
                    format!("_{last}"),
                    json!({"id": format!("e{}", content % 3)}),
                );
            }
        }
        _ => {
            if let Some(Value::Object(members)) = document.pointer_mut(&pointer) {
                let url = format!("urn:x{}", content % 3);
                let extension = json!({"url": url, "valueString": format!("v{}", content % 2)});
                match members.get_mut("extension") {
                    Some(Value::Array(list)) => list.push(extension),
                    _ => {
                        members.insert("extension".to_owned(), json!([extension]));
                    }
                }
            }
        }
    }
}

fn remove(document: &mut Value, parent: &str, last: &str) {
    match document.pointer_mut(parent) {
        Some(Value::Array(items)) => {
            if let Ok(at) = last.parse::<usize>() {
                items.remove(at);
            }
            if items.is_empty()
                && let Some((parent, last)) = parent.rsplit_once('/')
            {
                let (parent, last) = (parent.to_owned(), last.to_owned());
                remove(document, &parent, &last);
            }
        }
        Some(Value::Object(members)) => {
            members.shift_remove(last);
            if members.is_empty()
                && let Some((parent, last)) = parent.rsplit_once('/')
            {
                let (parent, last) = (parent.to_owned(), last.to_owned());
                remove(document, &parent, &last);
            }
        }
        _ => {}
    }
}

fn change(node: &mut Value, content: u8) {
    let content = content % 3;
    match node {
        Value::Null => {}
        Value::Bool(flag) => *flag = !*flag,
        Value::Number(_) => {
            *node = format!("{content}.50")
                .parse()
                .map_or(Value::Null, Value::Number)
        }
        Value::String(text) => text.push_str(["é", "x", "yy"][content as usize]),
        Value::Array(items) => {
            if let Some(item) = items.last_mut() {
                change(item, content);
            }
        }
        Value::Object(members) => {
            if let Some((_, member)) = members.iter_mut().last() {
                change(member, content);
            }
        }
    }
}

fn change_all(node: &mut Value, content: u8) {
    match node {
        Value::Array(items) => items.iter_mut().for_each(|item| change_all(item, content)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|item| change_all(item, content)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => change(node, content),
    }
}

fn collect(value: &Value, pointer: String, places: &mut Vec<String>) {
    const FIXED: [&str; 4] = [
        "/resourceType",
        "/id",
        "/meta/versionId",
        "/meta/lastUpdated",
    ];
    if FIXED.contains(&pointer.as_str()) || pointer == "/contained" {
        return;
    }
    if !pointer.is_empty() {
        places.push(pointer.clone());
    }
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                collect(item, format!("{pointer}/{at}"), places);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(member, format!("{pointer}/{name}"), places);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
