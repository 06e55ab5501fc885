//! What stays on this device, and for how long.
//!
//! Invariants: only copies are removed, of what the server has acknowledged; nothing that waits, is on
//! its way, is in conflict or was never sent; nothing of a pinned patient; nothing that something kept
//! refers to; and of a chart that stays, nothing whose absence would read as "none known".

mod choose;
mod references;

use std::collections::BTreeMap;

use haven_model::{ResourceKey, Timestamp};
use rusqlite::named_params;
use serde::{Deserialize, Serialize};

use crate::error::{Result, StoreError};
use crate::op::{Op, OpKind};
use crate::store::Store;
use crate::table::code::IdIn;
use crate::tx::Tx;

/// The act that the audit log notes for a copy removed.
pub(crate) const PRUNED: &str = "prune";

/// The setting that holds the policy, as JSON.
pub const RETENTION_POLICY: &str = "retention.policy";

/// Copies removed in one transaction.
const ROWS_PER_TRANSACTION: usize = 250;

const DAY_MS: i64 = 86_400_000;
const DEFAULT_DAYS: u32 = 730;

/// Types whose absence from a chart would be read as "there is none": they leave only with the whole
/// chart, whatever a policy says.
const WITH_THE_CHART: [&str; 15] = [
    "AdverseEvent",
    "AllergyIntolerance",
    "CarePlan",
    "Condition",
    "Consent",
    "Coverage",
    "DetectedIssue",
    "Device",
    "DeviceUseStatement",
    "FamilyMemberHistory",
    "Flag",
    "Immunization",
    "MedicationRequest",
    "MedicationStatement",
    "Patient",
];

/// How long copies of a type stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionRule {
    /// Days since the resource was last changed and its chart last opened; `null` for ever.
    pub days: Option<u32>,
    /// Whether it leaves only together with everything of its patient.
    #[serde(default)]
    pub whole_chart: bool,
}

/// How long copies stay, by type: `{"default": {"days": 730}, "types": {"Observation": {"days": 365}}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionPolicy {
    /// For types not named.
    pub default: RetentionRule,
    /// By type.
    #[serde(default)]
    pub types: BTreeMap<String, RetentionRule>,
}

impl Default for RetentionPolicy {
    /// Two years, for every type.
    fn default() -> Self {
        Self {
            default: RetentionRule {
                days: Some(DEFAULT_DAYS),
                whole_chart: false,
            },
            types: BTreeMap::new(),
        }
    }
}

impl RetentionPolicy {
    /// Reads a policy.
    ///
    /// # Errors
    /// `invalid` when it is not of the form above; an unknown member is not passed over.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|_| {
            StoreError::invalid(
                "A retention policy looks like {\"default\": {\"days\": 730}, \"types\": {\"Observation\": {\"days\": 365}}}.",
            )
        })
    }

    /// The rule of a type.
    #[must_use]
    pub fn rule(&self, resource_type: &str) -> RetentionRule {
        let rule = self.types.get(resource_type).unwrap_or(&self.default);
        RetentionRule {
            days: rule.days,
            whole_chart: rule.whole_chart || WITH_THE_CHART.contains(&resource_type),
        }
    }

    /// The latest last use at which a copy of the type is old; `None` when it never is.
    fn old_before(&self, resource_type: &str, now: Timestamp) -> Option<Timestamp> {
        let days = i64::from(self.rule(resource_type).days?);
        Some(now.plus_ms(-days.saturating_mul(DAY_MS)))
    }
}

/// Why a copy was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptBecause {
    /// Used within the time that the policy names.
    Recent,
    /// It waits to be sent, is on its way, was refused, or is in conflict.
    NotSynced,
    /// It is on this device only.
    OnlyHere,
    /// An edit of it that was dropped may have reached the server under a count not seen back yet.
    MayHaveBeenSent,
    /// Its patient is pinned.
    Pinned,
    /// The policy keeps its type for ever.
    Policy,
    /// It leaves only with the whole chart, and something of that stays.
    ChartInUse,
    /// Something kept refers to it.
    Referenced,
    /// The user cannot read what might refer to it, or it itself.
    NotReadable,
}

/// How many copies stay for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Why.
    pub reason: KeptBecause,
    /// How many.
    pub count: u64,
    /// Of which types.
    pub types: BTreeMap<String, u64>,
}

/// What pruning did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PruneReport {
    /// Whether nothing was removed on purpose.
    pub dry_run: bool,
    /// Copies removed, by type.
    pub removed: BTreeMap<String, u64>,
    /// Copies kept, by reason.
    pub kept: Vec<Kept>,
}

/// A pinned chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pin {
    /// The patient's id.
    pub patient: String,
    /// Since when.
    pub pinned_at: Timestamp,
    /// By whom.
    pub pinned_by: String,
}

impl Store {
    /// The policy in force.
    ///
    /// # Errors
    /// When the store cannot be read, or holds a policy that is none.
    pub fn retention_policy(&self) -> Result<RetentionPolicy> {
        self.setting(RETENTION_POLICY)?.map_or_else(
            || Ok(RetentionPolicy::default()),
            |text| RetentionPolicy::from_json(&text),
        )
    }

    /// Keeps a policy.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin.
    pub fn set_retention_policy(&self, policy: &RetentionPolicy, now: Timestamp) -> Result<()> {
        self.admin_only("change how long records stay on this device")?;
        let text = serde_json::to_string(policy)
            .map_err(|_| StoreError::invalid("The retention policy cannot be kept."))?;
        let op = Op::new(OpKind::Configure, &self.session().user, now);
        self.transact(op, |tx| -> Result<()> {
            tx.set_setting(RETENTION_POLICY, Some(&text))?;
            tx.note("retention-changed", None, None, None)
        })?;
        Ok(())
    }

    /// Removes copies that the policy does not ask to keep. The server is not told: nothing was
    /// deleted, and a later change of the server brings the resource back.
    ///
    /// # Errors
    /// When the store cannot be read or written; what earlier transactions removed stays removed.
    pub fn prune(
        &self,
        policy: &RetentionPolicy,
        dry_run: bool,
        now: Timestamp,
    ) -> Result<PruneReport> {
        let chosen = self.snapshot(|reader| choose::choose(reader, policy, now))?;
        let mut report = PruneReport {
            dry_run,
            removed: BTreeMap::new(),
            kept: chosen.kept,
        };
        if dry_run {
            for key in chosen.leaving {
                *report.removed.entry(key.resource_type).or_default() += 1;
            }
            return Ok(report);
        }
        for keys in chosen.leaving.chunks(ROWS_PER_TRANSACTION) {
            let op = Op::new(OpKind::Configure, &self.session().user, now);
            let (removed, _) = self.transact(op, |tx| -> Result<Vec<ResourceKey>> {
                let mut removed = Vec::new();
                for key in keys {
                    if tx.prune(key)? {
                        removed.push(key.clone());
                    }
                }
                Ok(removed)
            })?;
            crate::failpoint::step("prune: removed");
            for key in removed {
                *report.removed.entry(key.resource_type).or_default() += 1;
            }
        }
        Ok(report)
    }

    /// Every pinned chart, by patient id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn pins(&self) -> Result<Vec<Pin>> {
        self.snapshot(|reader| choose::pins(&reader.link.connection))
    }
}

impl Tx<'_> {
    /// Keeps everything of a patient on this device, however old, or no longer so.
    ///
    /// # Errors
    /// `invalid` for what is no id; `not_found` when an unpinned chart is unpinned.
    pub fn pin(&mut self, patient: &str, pinned: bool) -> Result<()> {
        let key = ResourceKey::new("Patient", patient)?;
        let (by, now) = (self.op().actor.clone(), self.op().now);
        let connection = &self.link.connection;
        if pinned {
            connection.execute(
                include_str!("retention/pin.sql"),
                named_params! {":patient": IdIn(patient), ":at": now.as_millis(), ":by": by},
            )?;
        } else {
            let gone = connection.execute(
                include_str!("retention/unpin.sql"),
                named_params! {":patient": IdIn(patient)},
            )?;
            if gone == 0 {
                return Err(StoreError::not_found("pinned patient"));
            }
        }
        self.note(if pinned { "pin" } else { "unpin" }, Some(&key), None, None)
    }
}
