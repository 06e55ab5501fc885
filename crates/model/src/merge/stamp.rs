//! The server's own elements of `meta`: version, time and source of the last write. They never
//! conflict; one side's are kept, together.

use serde_json::{Map, Value};

use super::piece::{Side, Three, canonical};
use crate::time::Timestamp;

const STAMP: [&str; 3] = ["versionId", "lastUpdated", "source"];

/// Whether an element of `meta` is the server's own.
pub(super) fn is_stamp(element: &str) -> bool {
    STAMP.contains(&element)
}

/// The side whose stamp is kept: the one that has a new one, else the later.
pub(super) fn newer(versions: &Three<Option<&Map<String, Value>>>) -> Side {
    let stamp = |side: Side| {
        let object = (*versions.of(side))?;
        let parts = STAMP.map(|name| object.get(name));
        parts.iter().any(Option::is_some).then_some(parts)
    };
    let (base, local, remote) = (stamp(Side::Base), stamp(Side::Local), stamp(Side::Remote));
    if remote == base {
        return Side::Local;
    }
    if local == base {
        return Side::Remote;
    }
    let (Some(one), Some(other)) = (local, remote) else {
        return if local.is_some() {
            Side::Local
        } else {
            Side::Remote
        };
    };
    let rank = |parts: [Option<&Value>; 3]| {
        let updated = parts[1].and_then(Value::as_str).and_then(Timestamp::parse);
        (updated, parts.map(|part| part.map(canonical)))
    };
    if rank(one) >= rank(other) {
        Side::Local
    } else {
        Side::Remote
    }
}

/// Whether two documents differ in nothing but the server's own elements.
pub(super) fn same_content(one: &Value, other: &Value) -> bool {
    one == other || without(one) == without(other)
}

fn without(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(object) = value.as_object_mut()
        && let Some(meta) = object.get_mut("meta").and_then(Value::as_object_mut)
    {
        for name in STAMP {
            meta.shift_remove(name);
        }
        if meta.is_empty() {
            object.shift_remove("meta");
        }
    }
    value
}
