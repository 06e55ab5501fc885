//! How records travel and how long they stay, by type: one configuration, read, checked and worded.
//!
//! Its shape is that of the implementation guide, appendix B, with the per-type part of its 1.3:
//! `{"offline": {"enabled", "storage": {…}, "sync": {…, "resourceStrategies": {TYPE: {…}}},
//! "cache": {"strategies": {TYPE: {"retention", "priority"}}}}}`.
//!
//! Invariant: a configuration that was read never lets one side silently win over clinical content,
//! never keeps an acknowledged edit from being kept, and never weakens the encryption.

mod measure;
mod preview;
mod read;
#[cfg(test)]
mod tests;
mod walk;
mod write;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use crate::merge::Strategy;
use crate::role::SensitivityClass;

pub use preview::{ConfigChange, changes_between};

/// What is wrong at one place of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigProblem {
    /// `offline.sync.batchSize`.
    pub path: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

/// Which way records of a type travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Both ways.
    #[default]
    Bidirectional,
    /// Only from the server; edits made here wait here.
    PullOnly,
    /// Only to the server.
    PushOnly,
    /// Neither; edits made here wait here.
    None,
}

impl Direction {
    /// Whether the server's changes are taken in.
    #[must_use]
    pub fn pulls(self) -> bool {
        matches!(self, Self::Bidirectional | Self::PullOnly)
    }

    /// Whether edits made here are sent.
    #[must_use]
    pub fn pushes(self) -> bool {
        matches!(self, Self::Bidirectional | Self::PushOnly)
    }
}

/// How often sending is tried, and how long is waited between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RetryPolicy {
    /// After so many failures of its own a change is set aside for a person.
    pub max_attempts: u32,
    /// By how much each wait is longer than the one before, in hundredths: 200 doubles it.
    pub multiplier_percent: u32,
    /// No wait is longer, in seconds, save one that the server asks for.
    pub max_backoff_seconds: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 8,
            multiplier_percent: 200,
            max_backoff_seconds: 300,
        }
    }
}

/// How long a copy stays on the device after it was last used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    /// For ever.
    Permanent,
    /// So many days.
    Days(u32),
}

/// The priority of a type that none is given for; 1 is first, 10 is last.
pub const USUAL_PRIORITY: u8 = 5;

/// How records of one type travel and stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeStrategy {
    /// Which way.
    pub direction: Direction,
    /// Who wins where both sides changed what is not guarded.
    pub conflict: Strategy,
    /// The order of sending; 1 is first, 10 is last.
    pub priority: u8,
    /// The order of the first sync; 1 is first, 10 is last.
    pub fetch_priority: u8,
    /// At most so many changes of the type in a parcel sent; `None` for the usual.
    pub batch_size: Option<u32>,
    /// How often, and how patiently.
    pub retry: RetryPolicy,
    /// How long copies stay; `None` for the store's own policy.
    pub retention: Option<Retention>,
}

impl Default for TypeStrategy {
    fn default() -> Self {
        Self {
            direction: Direction::default(),
            conflict: Strategy::default(),
            priority: USUAL_PRIORITY,
            fetch_priority: USUAL_PRIORITY,
            batch_size: None,
            retry: RetryPolicy::default(),
            retention: None,
        }
    }
}

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strategies {
    /// What the store may take, in bytes; `None` for the store's own quota.
    pub max_bytes: Option<u64>,
    /// After so many days a class key is replaced; `None` for 90.
    pub key_rotation_days: Option<u32>,
    /// Whether Haven syncs with nobody asking for it.
    pub auto_sync: bool,
    /// How often the server is asked for news, in seconds; `None` for the usual.
    pub interval_seconds: Option<u32>,
    /// Whether it is asked for news while nothing happens here.
    pub background_sync: bool,
    /// Whether syncs that nobody asked for wait while the network is metered.
    pub wifi_only: bool,
    /// For types that are not named.
    pub usual: TypeStrategy,
    /// By type.
    pub types: BTreeMap<String, TypeStrategy>,
}

impl Default for Strategies {
    fn default() -> Self {
        Self {
            max_bytes: None,
            key_rotation_days: None,
            auto_sync: true,
            interval_seconds: None,
            background_sync: true,
            wifi_only: false,
            usual: TypeStrategy::default(),
            types: BTreeMap::new(),
        }
    }
}

impl Strategies {
    /// How records of a type travel and stay.
    #[must_use]
    pub fn of(&self, resource_type: &str) -> &TypeStrategy {
        self.types.get(resource_type).unwrap_or(&self.usual)
    }

    /// Whether every type is taken in from the server.
    #[must_use]
    pub fn pulls_everything(&self) -> bool {
        self.usual.direction.pulls() && self.types.values().all(|one| one.direction.pulls())
    }

    /// The types that are taken in; empty for all of them.
    #[must_use]
    pub fn pulled_types(&self) -> Vec<String> {
        if self.pulls_everything() {
            return Vec::new();
        }
        let mut types: Vec<String> = crate::definitions::r4()
            .resource_types()
            .filter(|name| self.of(name).direction.pulls())
            .map(str::to_owned)
            .collect();
        types.sort_unstable();
        types
    }
}

/// Why no side may silently win for a type; `None` where one may.
///
/// Source: design.md §7 (guarded elements) and `reference/ux.md` §1, "Strategies".
#[must_use]
pub fn guarded_because(resource_type: &str) -> Option<&'static str> {
    if matches!(resource_type, "Patient" | "RelatedPerson") {
        return Some("it says who somebody is");
    }
    match SensitivityClass::of(&json!({"resourceType": resource_type})) {
        SensitivityClass::Core => None,
        SensitivityClass::Clinical | SensitivityClass::Sensitive => {
            Some("it is part of the clinical record")
        }
        SensitivityClass::Admin => Some("it is part of what is audited"),
    }
}
