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

/// One number, with what it is.
pub(crate) struct Number {
    pub(crate) name: &'static str,
    /// `counter` since the process started, or `gauge` as of now.
    pub(crate) kind: &'static str,
    pub(crate) help: &'static str,
    /// `{type="Patient",kind="update-update"}`, or nothing.
    pub(crate) labels: String,
    pub(crate) value: u64,
}

impl Number {
    pub(crate) fn gauge(name: &'static str, help: &'static str, value: u64) -> Self {
        Self {
            name,
            kind: "gauge",
            help,
            labels: String::new(),
            value,
        }
    }

    /// Name and labels.
    pub(crate) fn series(&self) -> String {
        format!("{}{}", self.name, self.labels)
    }
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

    /// What was counted.
    pub(crate) fn numbers(&self) -> Vec<Number> {
        let rows = [
            ("haven_hub_pulls_total", "Pulls answered.", &self.pulls),
            (
                "haven_hub_pulled_changes_total",
                "Changes sent in answers to pulls.",
                &self.pulled_changes,
            ),
            ("haven_hub_pushes_total", "Pushes answered.", &self.pushes),
            (
                "haven_hub_push_accepted_total",
                "Pushed changes accepted, replays included.",
                &self.accepted,
            ),
            (
                "haven_hub_push_rejected_total",
                "Pushed changes rejected, conflicts included.",
                &self.rejected,
            ),
            (
                "haven_hub_push_conflicts_total",
                "Pushed changes rejected as conflicts.",
                &self.conflicts,
            ),
            (
                "haven_hub_fhir_requests_total",
                "FHIR requests answered.",
                &self.fhir_requests,
            ),
            (
                "haven_hub_fhir_errors_total",
                "FHIR requests answered with 400 or above.",
                &self.fhir_errors,
            ),
        ];
        rows.into_iter()
            .map(|(name, help, value)| Number {
                name,
                kind: "counter",
                help,
                labels: String::new(),
                value: value.load(Relaxed),
            })
            .collect()
    }
}

/// The Prometheus text exposition; numbers of one name stand together.
pub(crate) fn exposition(numbers: &[Number]) -> String {
    let mut text = String::new();
    let mut last = "";
    for number in numbers {
        let Number {
            name, kind, help, ..
        } = number;
        // Writing to a String cannot fail.
        if last != *name {
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
            last = name;
        }
        let _ = writeln!(text, "{} {}", number.series(), number.value);
    }
    text
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
