//! Whether an edit weakens a fact that keeps the patient safe.

use serde_json::Value;

use super::piece::{Piece, Side};
use super::rules::{self, Weakening};
use super::tree::{Leaf, LeafKind};

/// Whether a side's edit weakens a fact that keeps the patient safe.
pub(super) fn weakens(leaf: &Leaf, side: Side) -> bool {
    let (before, after) = (&leaf.pieces.base, leaf.pieces.of(side));
    let (old, new) = (codes(before), codes(after));
    if old
        .iter()
        .any(|code| rules::NEVER_LOST.contains(code) && !new.contains(code))
    {
        return true;
    }
    let trail = leaf.trail.join(".");
    rules::WEAKENINGS.iter().any(|(resource, place, change)| {
        let anywhere = place.strip_prefix('*');
        let here = (*resource == "*" || *resource == leaf.resource)
            && match anywhere {
                Some(name) => leaf.trail.contains(&name),
                None => *place == trail,
            };
        here && match change {
            Weakening::Loses(code) => old.contains(code) && !new.contains(code),
            Weakening::Becomes(codes) => codes
                .iter()
                .any(|code| new.contains(&code) && !old.contains(&code)),
            Weakening::Lowered(ladder) => {
                let rung = |codes: &[&str]| {
                    ladder
                        .iter()
                        .position(|code| codes.contains(&code))
                        .unwrap_or(usize::MAX)
                };
                rung(&new) > rung(&old)
            }
            Weakening::Removed => is_removed(leaf, before, after),
            Weakening::Unset => is_set(before) && !is_set(after),
        }
    })
}

/// Whether the piece, or an item of the list that it is, is gone.
fn is_removed(leaf: &Leaf, before: &Piece, after: &Piece) -> bool {
    if before.is_absent() {
        return false;
    }
    if after.is_absent() || leaf.kind == LeafKind::Replaced {
        return true;
    }
    match (
        before.single().and_then(Value::as_array),
        after.single().and_then(Value::as_array),
    ) {
        (Some(before), Some(after)) => before.iter().any(|item| !after.contains(item)),
        _ => false,
    }
}

fn is_set(piece: &Piece) -> bool {
    piece
        .values()
        .any(|value| value != &Value::Bool(false) && !value.is_null())
}

/// Every code in a piece: a plain code, or those of a coding, a concept or a list of them.
fn codes<'a>(piece: &Piece<'a>) -> Vec<&'a str> {
    let mut found = Vec::new();
    for value in piece.values() {
        collect_codes(value, &mut found, 0);
    }
    found
}

fn collect_codes<'a>(value: &'a Value, found: &mut Vec<&'a str>, depth: usize) {
    if depth > 8 {
        return;
    }
    match value {
        Value::String(code) if depth == 0 => found.push(code),
        Value::Array(items) => {
            for item in items {
                collect_codes(item, found, depth + 1);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(code) if name == "code" => found.push(code),
                    Value::Object(_) | Value::Array(_) => collect_codes(member, found, depth + 1),
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
