//! Edits of a document as the corpus writes them, and small dice for the random tests.

use serde_json::Value;

/// Applies one edit: `["set", "/pointer", value]` puts a member or item (`-` adds at the end),
/// `["remove", "/pointer"]`, `["move", "/from", "/to"]` within one list.
pub fn apply(document: &mut Value, edit: &Value) {
    let words = edit.as_array().expect("an edit is a list");
    let word = |at: usize| words[at].as_str().expect("a word");
    match word(0) {
        "set" => set(document, word(1), words[2].clone()),
        "remove" => {
            take(document, word(1));
        }
        "move" => {
            let item = take(document, word(1));
            let (list, at) = word(2).rsplit_once('/').expect("a pointer");
            let list = document.pointer_mut(list).expect("a list").as_array_mut();
            list.expect("a list")
                .insert(at.parse().expect("a place"), item);
        }
        other => unreachable!("no such edit: {other}"),
    }
}

fn set(document: &mut Value, pointer: &str, value: Value) {
    let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
    let parent = document
        .pointer_mut(parent)
        .unwrap_or_else(|| unreachable!("nothing at {pointer}"));
    match parent {
        Value::Array(items) if last == "-" => items.push(value),
        Value::Array(items) => items[last.parse::<usize>().expect("a place")] = value,
        Value::Object(members) => {
            members.insert(last.to_owned(), value);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            unreachable!("{pointer} leads into {parent}")
        }
    }
}

fn take(document: &mut Value, pointer: &str) -> Value {
    let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
    match document.pointer_mut(parent) {
        Some(Value::Array(items)) => items.remove(last.parse().expect("a place")),
        Some(Value::Object(members)) => members.shift_remove(last).expect("it is there"),
        _ => unreachable!("nothing at {pointer}"),
    }
}

/// A document after some edits.
pub fn after(base: &Value, edits: &[Value]) -> Value {
    let mut document = base.clone();
    for edit in edits {
        apply(&mut document, edit);
    }
    document
}

/// A small generator (splitmix64), so that a run can be repeated by its seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another.
    pub fn below(&mut self, count: usize) -> usize {
        (self.roll() % count.max(1) as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

/// A seed from the environment, else the usual one.
pub fn seed(usual: u64) -> u64 {
    std::env::var("HAVEN_MERGE_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}
