//! The versions of a conflict as they are stored, for administrators.

use haven_store::ConflictRow;
use serde_json::Value;

use super::Sides;
use crate::present::segments::segments;
use crate::view::RawConflictView;

/// Both versions as JSON against the one before them.
#[must_use]
pub(crate) fn raw(row: &ConflictRow) -> RawConflictView {
    let sides = Sides::of(row);
    let base = text(&sides.base);
    let against = |side: &Value| {
        if side.is_null() {
            Vec::new()
        } else {
            segments(&base, &text(side))
        }
    };
    RawConflictView {
        device: against(&sides.local),
        server: against(&sides.remote),
    }
}

fn text(body: &Value) -> String {
    if body.is_null() {
        return String::new();
    }
    serde_json::to_string_pretty(body).unwrap_or_default()
}
