//! The order of matches.

use std::cmp::Ordering;

use haven_model::search::{Query, SortBy, SortValue};
use serde_json::Value as Json;

/// A row that matches, or that could.
pub(super) struct Candidate {
    pub(super) row_id: i64,
    pub(super) last_modified: i64,
    pub(super) id: Option<String>,
    pub(super) sort: Vec<Option<SortValue>>,
}

/// The values by which a body sorts, one for each key.
pub(super) fn sort_values(query: &Query, body: &Json) -> Vec<Option<SortValue>> {
    query
        .sort
        .iter()
        .map(|key| match &key.by {
            SortBy::Parameter(parameter) => SortValue::of(parameter, body, key.descending),
            SortBy::Id | SortBy::LastUpdated => None,
        })
        .collect()
}

/// By the keys asked for, then by arrival; what has no value comes last either way.
pub(super) fn in_order(query: &Query, left: &Candidate, right: &Candidate) -> Ordering {
    for (at, key) in query.sort.iter().enumerate() {
        let order = match &key.by {
            SortBy::Id => left.id.cmp(&right.id),
            SortBy::LastUpdated => left.last_modified.cmp(&right.last_modified),
            SortBy::Parameter(_) => {
                let value = |side: &Candidate| side.sort.get(at).cloned().flatten();
                match (value(left), value(right)) {
                    (Some(left), Some(right)) => left.compare(&right),
                    (None, None) => Ordering::Equal,
                    (None, Some(_)) => return Ordering::Greater,
                    (Some(_), None) => return Ordering::Less,
                }
            }
        };
        let order = if key.descending {
            order.reverse()
        } else {
            order
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    let arrival = left.row_id.cmp(&right.row_id);
    // The latest of what was updated at once came last.
    match query.sort.first() {
        Some(key) if key.descending && matches!(key.by, SortBy::LastUpdated) => arrival.reverse(),
        Some(_) | None => arrival,
    }
}
