//! Exact vector clocks: one entry per device incarnation, plus the hub's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The entry that the hub ticks.
pub const HUB_NODE: &str = "hub";

/// How two versions of a resource relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Causality {
    /// Both have seen the same edits.
    Equal,
    /// The left one is an ancestor of the right one.
    Before,
    /// The left one descends from the right one.
    After,
    /// Neither has seen all of the other's edits.
    Concurrent,
}

/// Counts the edits that a version has seen, by the node that made them.
///
/// Serialises as a plain JSON object, for example `{"0190…":3,"hub":2}`. Entries are never pruned:
/// a pruned clock can miss a conflict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VectorClock(BTreeMap<String, u64>);

impl VectorClock {
    /// A clock that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many edits of `node` this version has seen.
    #[must_use]
    pub fn get(&self, node: &str) -> u64 {
        self.0.get(node).copied().unwrap_or(0)
    }

    /// Counts one more edit by `node`.
    #[must_use]
    pub fn tick(mut self, node: &str) -> Self {
        let entry = self.0.entry(node.to_owned()).or_insert(0);
        *entry = entry.saturating_add(1);
        self
    }

    /// The element-wise maximum: everything either side has seen.
    #[must_use]
    pub fn join(mut self, other: &Self) -> Self {
        for (node, count) in &other.0 {
            let entry = self.0.entry(node.clone()).or_insert(0);
            *entry = (*entry).max(*count);
        }
        self
    }

    /// Whether this version has seen every edit that `other` has.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        other.0.iter().all(|(node, count)| self.get(node) >= *count)
    }

    /// How this version relates to `other`.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Causality {
        match (self.includes(other), other.includes(self)) {
            (true, true) => Causality::Equal,
            (true, false) => Causality::After,
            (false, true) => Causality::Before,
            (false, false) => Causality::Concurrent,
        }
    }

    /// Every node that has ticked, with its count, in order of their names.
    pub fn entries(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(node, count)| (node.as_str(), *count))
    }

    /// Whether no node has an entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The clock as compact JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_else(|_| "{}".to_owned())
    }
}

impl FromIterator<(String, u64)> for VectorClock {
    fn from_iter<I: IntoIterator<Item = (String, u64)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_devices_that_edit_the_same_version_are_concurrent() {
        let base = VectorClock::new().tick(HUB_NODE);
        let (left, right) = (base.clone().tick("a"), base.clone().tick("b"));
        assert_eq!(left.compare(&right), Causality::Concurrent);
        assert_eq!(base.compare(&left), Causality::Before);
        let joined = left.clone().join(&right);
        assert!(
            joined.includes(&left) && joined.includes(&right),
            "a join must have seen both sides"
        );
    }
}
