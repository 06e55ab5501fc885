//! Counters since the process started.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use haven_model::wire::PushResponse;

#[derive(Default)]
pub(crate) struct Counters {
    pulls: AtomicU64,
    pulled_changes: AtomicU64,
    pushes: AtomicU64,
    accepted: AtomicU64,
    rejected: AtomicU64,
    conflicts: AtomicU64,
    fhir_requests: AtomicU64,
    fhir_errors: AtomicU64,
}

/// What the database holds, counted when asked.
pub(crate) struct Gauges {
    pub(crate) resources: u64,
    pub(crate) versions: u64,
    pub(crate) devices: u64,
    pub(crate) revoked_devices: u64,
}

impl Counters {
    pub(crate) fn pulled(&self, changes: usize) {
        self.pulls.fetch_add(1, Relaxed);
        self.pulled_changes.fetch_add(count(changes), Relaxed);
    }

    pub(crate) fn pushed(&self, answer: &PushResponse) {
        let conflicts = answer
            .rejected
            .iter()
            .filter(|rejection| rejection.reason.starts_with("conflict"))
            .count();
        self.pushes.fetch_add(1, Relaxed);
        self.accepted
            .fetch_add(count(answer.accepted.len()), Relaxed);
        self.rejected
            .fetch_add(count(answer.rejected.len()), Relaxed);
        self.conflicts.fetch_add(count(conflicts), Relaxed);
    }

    pub(crate) fn fhir_answered(&self, status: u16) {
        self.fhir_requests.fetch_add(1, Relaxed);
        if status >= 400 {
            self.fhir_errors.fetch_add(1, Relaxed);
        }
    }

    /// The Prometheus text exposition.
    pub(crate) fn exposition(&self, gauges: &Gauges) -> String {
        let rows = [
            (
                "haven_hub_pulls_total",
                "counter",
                "Pulls answered.",
                self.pulls.load(Relaxed),
            ),
            (
                "haven_hub_pulled_changes_total",
                "counter",
                "Changes sent in answers to pulls.",
                self.pulled_changes.load(Relaxed),
            ),
            (
                "haven_hub_pushes_total",
                "counter",
                "Pushes answered.",
                self.pushes.load(Relaxed),
            ),
            (
                "haven_hub_push_accepted_total",
                "counter",
                "Pushed changes accepted, replays included.",
                self.accepted.load(Relaxed),
            ),
            (
                "haven_hub_push_rejected_total",
                "counter",
                "Pushed changes rejected, conflicts included.",
                self.rejected.load(Relaxed),
            ),
            (
                "haven_hub_push_conflicts_total",
                "counter",
                "Pushed changes rejected as conflicts.",
                self.conflicts.load(Relaxed),
            ),
            (
                "haven_hub_fhir_requests_total",
                "counter",
                "FHIR requests answered.",
                self.fhir_requests.load(Relaxed),
            ),
            (
                "haven_hub_fhir_errors_total",
                "counter",
                "FHIR requests answered with 400 or above.",
                self.fhir_errors.load(Relaxed),
            ),
            (
                "haven_hub_resources",
                "gauge",
                "Resources held, not deleted.",
                gauges.resources,
            ),
            (
                "haven_hub_versions",
                "gauge",
                "Versions held, tombstones included.",
                gauges.versions,
            ),
            (
                "haven_hub_devices",
                "gauge",
                "Devices that may sync.",
                gauges.devices,
            ),
            (
                "haven_hub_devices_revoked",
                "gauge",
                "Devices shut out.",
                gauges.revoked_devices,
            ),
        ];
        rows.iter()
            .fold(String::new(), |mut text, (name, kind, help, value)| {
                // Writing to a String cannot fail.
                let _ = write!(
                    text,
                    "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"
                );
                text
            })
    }
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
