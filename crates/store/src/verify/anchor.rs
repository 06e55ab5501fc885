//! Comparing the log with what the hub keeps of it.

use haven_model::Timestamp;
use serde::Serialize;

use super::problem;
use crate::audit::VerifyReport;
use crate::audit::anchor::{AuditAnchor, AuditStanding};
use crate::audit::merkle::Hash;

/// How far the log is covered by the hub's memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnchorReport {
    /// Entries that the hub keeps the head of.
    pub size: u64,
    /// The Merkle root over them, in hex.
    pub root: String,
    /// When the hub took it, FHIR `instant`, by its clock.
    pub at: String,
    /// How long ago that was; absent where nobody said what time it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<u64>,
    #[serde(skip)]
    taken: AuditAnchor,
    /// Entries made since: these alone could be cut off unnoticed by whoever holds disk and keys.
    pub since: u64,
}

impl VerifyReport {
    /// Tells the age of the anchor as of `now`.
    pub fn age_anchor(&mut self, now: Timestamp) {
        if let Some(report) = &mut self.anchor {
            report.age_seconds = Some(report.taken.age_seconds(now));
        }
    }
}

/// Adds what the hub's memory says; `root` is the log's own at the size of the anchor.
pub(super) fn report(hub: &AuditStanding, root: Option<Hash>, report: &mut VerifyReport) {
    if hub.altered {
        report.problems.push(problem(
            "what this store keeps of the hub's memory of its audit log was altered",
            None,
            None,
        ));
    }
    if let Some(rollback) = &hub.rollback {
        report
            .problems
            .push(problem(rollback.finding(), Some(rollback.size), None));
    }
    let Some(anchor) = &hub.anchor else { return };
    report.anchor = Some(AnchorReport {
        size: anchor.size,
        root: hex::encode(anchor.root),
        at: anchor.at.to_instant(),
        age_seconds: None,
        taken: anchor.clone(),
        since: report.entries.saturating_sub(anchor.size),
    });
    if root != Some(anchor.root) {
        report.problems.push(problem(
            format!(
                "the audit log is not the one whose {} entries the hub keeps since {}: it was cut off, rolled back or rewritten",
                anchor.size,
                anchor.at.to_instant()
            ),
            Some(anchor.size),
            None,
        ));
    }
}
