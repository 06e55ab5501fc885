//! What is measured of conflicts and sync. Nothing of a patient.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use haven_store::ConflictStatus;
use serde::Serialize;

use super::Session;
use crate::error::Result;

/// One day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// How often a conflict's other side moves on before it counts as a loop.
const LOOP_ROUNDS: u32 = 3;

/// What is measured, and over which time.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricsAnswer {
    /// When it was measured, FHIR `instant`.
    pub as_of: String,
    /// The days that are counted, today included.
    pub window_days: u32,
    /// The numbers of conflicts.
    pub conflicts: ConflictMetrics,
    /// The numbers of sync.
    pub sync: SyncMetrics,
    /// Bytes that the store takes on the disk.
    pub store_bytes: u64,
    /// What each number is.
    pub definitions: BTreeMap<&'static str, &'static str>,
}

/// The numbers of conflicts.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConflictMetrics {
    /// Conflicts that came to a person.
    pub opened: u64,
    /// Concurrent edits that the machine put together.
    pub merged: u64,
    /// Conflicts that a person decided.
    pub decided: u64,
    /// `merged / (merged + opened)`; absent where there was nothing to put together.
    pub share_merged: Option<f64>,
    /// Conflicts that wait now.
    pub open: u64,
    /// Of those, how many are before the clinic.
    pub escalated: u64,
    /// Conflicts whose other side moved on three times or more, or that a machine merged too often.
    pub loops: u64,
    /// By resource type and kind.
    pub by_type_and_kind: Vec<ConflictMetric>,
}

/// The numbers of one resource type and kind; of merges a kind is not known.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConflictMetric {
    /// The type.
    pub resource_type: String,
    /// `update-update` and so on; absent where only merges are counted.
    pub kind: Option<String>,
    /// As in [`ConflictMetrics`].
    pub opened: u64,
    /// As in [`ConflictMetrics`].
    pub merged: u64,
    /// As in [`ConflictMetrics`].
    pub decided: u64,
    /// From the finding of a conflict to its decision: the middle one.
    pub median_seconds: Option<u64>,
    /// From the finding of a conflict to its decision: 95 of 100 took no longer.
    pub p95_seconds: Option<u64>,
}

/// The numbers of sync.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncMetrics {
    /// Runs that exchanged something and ended well.
    pub ok: u64,
    /// Runs that failed at a server that was there.
    pub failed: u64,
    /// `ok / (ok + failed)`; absent where there was none.
    pub success_rate: Option<f64>,
    /// Changes that wait to be sent.
    pub outbox_depth: u64,
    /// How long the oldest of them has been waiting; absent when none does.
    pub oldest_unsynced_age_seconds: Option<u64>,
}

impl Session {
    /// Measures, over the last so many days.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn metrics(&self, window_days: u32) -> Result<MetricsAnswer> {
        let now = self.platform().now();
        let window_days = window_days.max(1);
        let since = now.plus_ms(-i64::from(window_days - 1) * DAY_MS);
        let mut rows: BTreeMap<(String, Option<String>), ConflictMetric> = BTreeMap::new();
        let mut row =
            |resource_type: &str, kind: Option<&str>, add: &dyn Fn(&mut ConflictMetric)| {
                let key = (resource_type.to_owned(), kind.map(str::to_owned));
                let metric = rows.entry(key).or_insert_with(|| ConflictMetric {
                    resource_type: resource_type.to_owned(),
                    kind: kind.map(str::to_owned),
                    ..ConflictMetric::default()
                });
                add(metric);
            };
        let (mut opened, mut merged, mut decided) = (0, 0, 0);
        let (mut ok, mut failed) = (0, 0);
        for (name, label, n) in self.store().occurrences(since)? {
            let (resource_type, kind) = match label.split_once(' ') {
                Some((resource_type, kind)) => (resource_type, Some(kind)),
                None => (label.as_str(), None),
            };
            match name.as_str() {
                "opened" => {
                    opened += n;
                    row(resource_type, kind, &|metric| metric.opened += n);
                }
                "merged" => {
                    merged += n;
                    row(resource_type, kind, &|metric| metric.merged += n);
                }
                "decided" => {
                    decided += n;
                    row(resource_type, kind, &|metric| metric.decided += n);
                }
                "sync" if label == "ok" => ok += n,
                "sync" => failed += n,
                _ => {}
            }
        }
        let mut took: BTreeMap<(String, String), Vec<u64>> = BTreeMap::new();
        let (mut loops, mut open, mut escalated) = (0, 0, 0);
        for case in self.cases(false)? {
            let conflict = &case.row;
            if conflict.status == ConflictStatus::Open {
                open += 1;
                escalated += u64::from(case.escalation.is_some());
            }
            let is_loop =
                conflict.retry_count >= LOOP_ROUNDS || conflict.rule == "merged-too-often";
            loops += u64::from(is_loop && conflict.opened_at >= since);
            let Some(resolved_at) = conflict.resolved_at.filter(|at| *at >= since) else {
                continue;
            };
            let ms = resolved_at
                .as_millis()
                .saturating_sub(conflict.opened_at.as_millis());
            let key = (
                conflict.key.resource_type.clone(),
                conflict.kind.as_str().to_owned(),
            );
            took.entry(key)
                .or_default()
                .push(u64::try_from(ms / 1_000).unwrap_or(0));
        }
        for ((resource_type, kind), mut seconds) in took {
            seconds.sort_unstable();
            let (median, p95) = (percentile(&seconds, 50), percentile(&seconds, 95));
            row(&resource_type, Some(&kind), &|metric| {
                metric.median_seconds = median;
                metric.p95_seconds = p95;
            });
        }
        let counts = self.store().counts()?;
        let oldest = self
            .store()
            .outbox()?
            .into_iter()
            .map(|entry| entry.queued_at)
            .min();
        let age = oldest.map(|at| now.as_millis().saturating_sub(at.as_millis()) / 1_000);
        Ok(MetricsAnswer {
            as_of: now.to_instant(),
            window_days,
            conflicts: ConflictMetrics {
                opened,
                merged,
                decided,
                share_merged: share(merged, opened),
                open,
                escalated,
                loops,
                by_type_and_kind: rows.into_values().collect(),
            },
            sync: SyncMetrics {
                ok,
                failed,
                success_rate: share(ok, failed),
                outbox_depth: counts.pending,
                oldest_unsynced_age_seconds: age.map(|age| u64::try_from(age).unwrap_or(0)),
            },
            store_bytes: self.storage(None)?.used_bytes,
            definitions: DEFINITIONS.iter().copied().collect(),
        })
    }
}

/// What each number is, in words.
const DEFINITIONS: &[(&str, &str)] = &[
    ("opened", "conflicts that came to a person, on this device"),
    (
        "merged",
        "concurrent edits of one resource that the machine put together",
    ),
    ("decided", "conflicts that a person decided on this device"),
    ("shareMerged", "merged / (merged + opened)"),
    (
        "open",
        "conflicts that wait now, those of other devices that are before the clinic included",
    ),
    ("escalated", "of the open ones, those before the clinic"),
    (
        "loops",
        "conflicts whose other side moved on three times or more, or that a machine merged too often",
    ),
    (
        "medianSeconds",
        "from the finding of a conflict to its end, by the device's clock",
    ),
    ("p95Seconds", "as medianSeconds; 95 of 100 took no longer"),
    ("ok", "runs of sync that exchanged something and ended well"),
    (
        "failed",
        "runs of sync that failed at a server that was there",
    ),
    ("successRate", "ok / (ok + failed)"),
    ("outboxDepth", "changes that wait to be sent now"),
    (
        "oldestUnsyncedAgeSeconds",
        "how long the oldest of them has been waiting",
    ),
    ("storeBytes", "bytes that the store takes on the disk"),
];

#[allow(
    clippy::cast_precision_loss,
    reason = "counts of a clinic are exact in f64"
)]
fn share(part: u64, rest: u64) -> Option<f64> {
    let whole = part.saturating_add(rest);
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The nearest-rank percentile of sorted numbers.
fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

impl MetricsAnswer {
    /// The Prometheus text exposition. Numbers of the window are gauges: they fall as days leave it.
    #[must_use]
    pub fn exposition(&self) -> String {
        let mut text = String::new();
        let mut family = |name: &str, help: &str, samples: &[(String, f64)]| {
            if samples.is_empty() {
                return;
            }
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "# HELP haven_{name} {help}\n# TYPE haven_{name} gauge\n"
            );
            for (labels, value) in samples {
                let _ = writeln!(text, "haven_{name}{labels} {value}");
            }
        };
        let plain = |value: f64| vec![(String::new(), value)];
        let of = |number: fn(&ConflictMetric) -> Option<u64>| -> Vec<(String, f64)> {
            let rows = self.conflicts.by_type_and_kind.iter();
            rows.filter_map(|row| {
                let kind = row.kind.as_deref().unwrap_or_default();
                let labels = format!("{{type=\"{}\",kind=\"{kind}\"}}", row.resource_type);
                Some((labels, whole(number(row)?)))
            })
            .collect()
        };
        let (conflicts, sync) = (&self.conflicts, &self.sync);
        family(
            "window_days",
            "Days that are counted.",
            &plain(f64::from(self.window_days)),
        );
        family(
            "conflicts_opened",
            "Conflicts that came to a person.",
            &of(|row| Some(row.opened)),
        );
        family(
            "conflicts_merged",
            "Concurrent edits put together by the machine.",
            &of(|row| Some(row.merged)),
        );
        family(
            "conflicts_decided",
            "Conflicts decided by a person.",
            &of(|row| Some(row.decided)),
        );
        family(
            "conflict_resolution_median_seconds",
            "From finding to end, the middle one.",
            &of(|row| row.median_seconds),
        );
        family(
            "conflict_resolution_p95_seconds",
            "From finding to end, 95 of 100 took no longer.",
            &of(|row| row.p95_seconds),
        );
        if let Some(share) = conflicts.share_merged {
            family(
                "conflicts_share_merged",
                "merged / (merged + opened).",
                &plain(share),
            );
        }
        family(
            "conflicts_open",
            "Conflicts that wait.",
            &plain(whole(conflicts.open)),
        );
        family(
            "conflicts_escalated",
            "Conflicts that wait before the clinic.",
            &plain(whole(conflicts.escalated)),
        );
        family(
            "conflict_loops",
            "Conflicts that kept coming back.",
            &plain(whole(conflicts.loops)),
        );
        family(
            "sync_runs",
            "Runs that exchanged something, by how they ended.",
            &[
                ("{outcome=\"ok\"}".to_owned(), whole(sync.ok)),
                ("{outcome=\"failed\"}".to_owned(), whole(sync.failed)),
            ],
        );
        if let Some(rate) = sync.success_rate {
            family("sync_success_rate", "ok / (ok + failed).", &plain(rate));
        }
        family(
            "outbox_depth",
            "Changes that wait to be sent.",
            &plain(whole(sync.outbox_depth)),
        );
        if let Some(age) = sync.oldest_unsynced_age_seconds {
            family(
                "oldest_unsynced_age_seconds",
                "How long the oldest waiting change waits.",
                &plain(whole(age)),
            );
        }
        family(
            "store_bytes",
            "Bytes that the store takes.",
            &plain(whole(self.store_bytes)),
        );
        text
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts of a clinic are exact in f64"
)]
fn whole(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_was_seen() {
        assert_eq!(percentile(&[], 50), None, "of nothing there is no middle");
        assert_eq!(percentile(&[7], 95), Some(7));
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!(
            (percentile(&hundred, 50), percentile(&hundred, 95)),
            (Some(50), Some(95)),
            "nearest rank"
        );
    }

    #[test]
    fn a_share_of_nothing_is_unknown_rather_than_nought() {
        assert_eq!(share(0, 0), None);
        assert_eq!(share(19, 1), Some(0.95));
    }
}
