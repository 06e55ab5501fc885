//! The sync centre: which link broke, and what waits.

use crate::present::phrase::{say, told};
use haven_model::language::spoken;
use haven_model::{Operation, Resource, Timestamp};
use haven_store::{OutboxEntry, OutboxState};
use serde_json::Value;

use super::now::NOT_RECORDED;
use super::people::short_name;
use super::status::{NEEDS_REVIEW, badge, grouped, progress_words, refused_words, retrying_words};
use super::{AgreementInput, Backdrop, Now, Patients, SyncFacts, agreement, words};
use crate::view::{
    BadgeState, ConnectionState, LinkTone, LinkView, OutboxAction, OutboxRowView, ProgressView,
    SyncBadge, SyncCentreView,
};

/// More rows than a person reads.
const MAX_ROWS: usize = 500;

/// One waiting change with what is needed to word it.
#[derive(Clone, Debug)]
pub struct Queued<'a> {
    /// The change.
    pub entry: &'a OutboxEntry,
    /// The resource as it stands here; `None` for a deletion.
    pub current: Option<Resource>,
    /// What the server last had; `None` for what is new.
    pub base: Option<Resource>,
    /// The open conflict's id.
    pub conflict_id: Option<String>,
}

/// The server and the account on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFacts {
    /// Display name of who is signed in to the server.
    pub signed_in: Option<String>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// "haven hub".
    pub server: String,
    /// How long the last answer took, in milliseconds.
    pub round_trip_ms: Option<u32>,
}

/// What the sync centre shows.
#[derive(Clone, Copy, Debug)]
pub struct CentreInput<'a> {
    /// The waiting changes, at least the first 500 of them and all that need a person.
    pub queue: &'a [Queued<'a>],
    /// The patients they belong to.
    pub patients: &'a Patients,
    /// The account.
    pub account: &'a AccountFacts,
    /// All waiting changes, those not in `queue` included.
    pub total: u32,
    /// Patients on this device.
    pub patients_on_device: u32,
    /// Resources on this device.
    pub resources_on_device: u32,
    /// What the store takes, in bytes.
    pub used_bytes: u64,
    /// What the disk has left, in bytes.
    pub free_bytes: Option<u64>,
    /// Where this device and the server do not agree by themselves.
    pub agreement: &'a AgreementInput,
}

/// The sync centre.
#[must_use]
pub fn sync_centre(input: &CentreInput<'_>, backdrop: Backdrop<'_>) -> SyncCentreView {
    let (facts, now) = (backdrop.facts, backdrop.now);
    let mut queue: Vec<&Queued<'_>> = input.queue.iter().collect();
    queue.sort_by_key(|queued| {
        (
            need(queued.entry.state),
            queued.entry.queued_at,
            queued.entry.seq,
        )
    });
    let needs_you = queue
        .iter()
        .filter(|queued| {
            matches!(
                queued.entry.state,
                OutboxState::Rejected | OutboxState::Conflict
            )
        })
        .count();
    let needs_you = u32::try_from(needs_you).unwrap_or(u32::MAX);
    SyncCentreView {
        links: links(input.account, needs_you, facts, now),
        progress: facts.running.as_ref().map(|running| ProgressView {
            text: progress_words(running),
            done: running.done,
            total: running.total,
        }),
        rows: queue
            .into_iter()
            .take(MAX_ROWS)
            .map(|queued| row(queued, input.patients, backdrop))
            .collect(),
        total: input.total,
        needs_you,
        last_sent: last(facts.last_sent, now),
        last_received: last(facts.last_received, now),
        patients: input.patients_on_device,
        resources: input.resources_on_device,
        space: space(input.used_bytes, input.free_bytes),
        clock: input
            .agreement
            .clock_skew_ms
            .and_then(agreement::clock_words),
        held: agreement::held(&input.agreement.held, input.patients, backdrop),
        attachments: input
            .agreement
            .attachments
            .as_ref()
            .and_then(agreement::attachments),
    }
}

/// What needs a person comes first, then what is on its way.
fn need(state: OutboxState) -> u8 {
    match state {
        OutboxState::Rejected => 0,
        OutboxState::Conflict => 1,
        OutboxState::Syncing => 2,
        OutboxState::Pending => 3,
    }
}

fn row(queued: &Queued<'_>, patients: &Patients, backdrop: Backdrop<'_>) -> OutboxRowView {
    let now = backdrop.now;
    let entry = queued.entry;
    let current = queued.current.as_ref().map(Resource::value);
    let base = queued.base.as_ref().map(Resource::value);
    let patient = entry
        .patient
        .as_ref()
        .and_then(|id| patients.get(id))
        .or_else(|| {
            current
                .as_ref()
                .filter(|_| entry.key.resource_type == "Patient")
        });
    let (sync, action) = state(queued, backdrop.facts, now);
    OutboxRowView {
        key: entry.key.to_string(),
        patient_id: entry.patient.clone(),
        name: patient.map_or_else(
            || match &entry.patient {
                Some(_) => say("Not on this device").to_owned(),
                None => say("No patient").to_owned(),
            },
            words::banner_name,
        ),
        born: patient.map_or_else(
            || say(NOT_RECORDED).to_owned(),
            |patient| words::born(patient, now),
        ),
        identifier: patient.map_or_else(
            || say(NOT_RECORDED).to_owned(),
            |patient| words::identifier(patient).1,
        ),
        change: change(entry.operation, current.as_ref(), base.as_ref()),
        operation: match entry.operation {
            Operation::Create => say("Added"),
            Operation::Update => say("Changed"),
            Operation::Delete => say("Deleted"),
        }
        .to_owned(),
        edited: now.today_or_date_time(entry.edited_at),
        sync,
        action,
        conflict_id: queued.conflict_id.clone(),
        may_discard: entry.state == OutboxState::Rejected,
    }
}

/// "Blood pressure 182/110 mmHg"; of an update, what changed: "Phone, mobile", "lisinopril – dose".
fn change(operation: Operation, current: Option<&Value>, base: Option<&Value>) -> String {
    const SHOWN_LABELS: usize = 3;
    let Some(body) = current.or(base) else {
        return say("Record").to_owned();
    };
    let title = words::key_title(body);
    let (Operation::Update, Some(current), Some(base)) = (operation, current, base) else {
        return title;
    };
    let labels = words::changed_labels(base, current);
    if labels.is_empty() || labels.len() > SHOWN_LABELS {
        return title;
    }
    let labels = labels.join(spoken().comma());
    if body.get("resourceType").and_then(Value::as_str) == Some("Patient") {
        words::capitalized(&labels)
    } else {
        format!("{title} – {labels}")
    }
}

fn state(queued: &Queued<'_>, facts: &SyncFacts, now: &Now) -> (SyncBadge, OutboxAction) {
    let entry = queued.entry;
    match entry.state {
        OutboxState::Rejected => (
            badge(
                BadgeState::Refused,
                refused_words(entry.last_error.as_deref()),
            ),
            OutboxAction::RetryNow,
        ),
        OutboxState::Conflict => (
            badge(BadgeState::Review, say(NEEDS_REVIEW)),
            match queued.conflict_id {
                Some(_) => OutboxAction::Review,
                None => OutboxAction::None,
            },
        ),
        OutboxState::Syncing if facts.running.is_some() => (
            badge(BadgeState::Syncing, say("Syncing now")),
            OutboxAction::None,
        ),
        OutboxState::Pending | OutboxState::Syncing => {
            let later = entry.next_attempt_at.filter(|at| *at > now.at);
            match (facts.connection, later) {
                (ConnectionState::Connected | ConnectionState::ServerDown, Some(at))
                    if entry.attempts > 0 =>
                {
                    (
                        badge(BadgeState::Retrying, retrying_words(Some(at), now)),
                        OutboxAction::RetryNow,
                    )
                }
                (ConnectionState::Connected, _) => (
                    badge(BadgeState::Waiting, say("Waiting to sync")),
                    OutboxAction::None,
                ),
                (
                    ConnectionState::Offline
                    | ConnectionState::ServerDown
                    | ConnectionState::SignedOut
                    | ConnectionState::NotEnrolled,
                    _,
                ) => (
                    badge(BadgeState::Saved, say("Saved offline")),
                    OutboxAction::None,
                ),
            }
        }
    }
}

/// Network, server, account, sync: the first that is not good is the one that broke.
fn links(account: &AccountFacts, needs_you: u32, facts: &SyncFacts, now: &Now) -> Vec<LinkView> {
    let (network, server) = match facts.connection {
        ConnectionState::Connected | ConnectionState::SignedOut => (
            (say("Connected"), "", LinkTone::Good),
            (say("Answers"), "", LinkTone::Good),
        ),
        ConnectionState::ServerDown => (
            (say("Connected"), "", LinkTone::Good),
            (
                say("Doesn’t answer"),
                say("We try again by ourselves."),
                LinkTone::Quiet,
            ),
        ),
        ConnectionState::Offline => (
            (
                say("No network"),
                say("Keep working; changes stay here."),
                LinkTone::Quiet,
            ),
            (
                say("Not reached"),
                say("We try again by ourselves."),
                LinkTone::Quiet,
            ),
        ),
        ConnectionState::NotEnrolled => (
            (
                say("Not needed"),
                say("Everything stays on this device."),
                LinkTone::Quiet,
            ),
            (
                say("None set up"),
                say("Join a hub with a code."),
                LinkTone::Quiet,
            ),
        ),
    };
    let server_detail = match (server.1, account.round_trip_ms) {
        ("", Some(ms)) => told!("{}, {} ms", account.server, grouped(ms)),
        ("", None) => account.server.clone(),
        (detail, _) => detail.to_owned(),
    };
    let link = |key: &str, label: &str, (state, tone): (&str, LinkTone), detail: String| LinkView {
        key: key.to_owned(),
        label: label.to_owned(),
        state: state.to_owned(),
        detail,
        tone,
    };
    let (account_state, account_detail) = account_words(account, facts.connection, now);
    let (sync_state, sync_detail) = sync_words(needs_you, facts, now);
    vec![
        link(
            "network",
            say("Network"),
            (network.0, network.2),
            network.1.to_owned(),
        ),
        link("server", say("Server"), (server.0, server.2), server_detail),
        link("account", say("Account"), account_state, account_detail),
        link("sync", say("Sync"), sync_state, sync_detail),
    ]
}

fn account_words(
    account: &AccountFacts,
    connection: ConnectionState,
    now: &Now,
) -> ((&'static str, LinkTone), String) {
    match (connection, &account.signed_in) {
        (ConnectionState::SignedOut, _) => (
            (say("Signed out"), LinkTone::Warning),
            say("Sign in to sync. Your work is safe on this device.").to_owned(),
        ),
        (ConnectionState::NotEnrolled, _) => ((say("None"), LinkTone::Quiet), String::new()),
        (_, Some(name)) => (
            (say("Signed in"), LinkTone::Good),
            match account.until {
                Some(until) => told!("{}, until {}", short_name(name), now.clock_or_date(until)),
                None => short_name(name),
            },
        ),
        (_, None) => (
            (say("Not signed in"), LinkTone::Quiet),
            say("Signs in when the server answers.").to_owned(),
        ),
    }
}

fn sync_words(needs_you: u32, facts: &SyncFacts, now: &Now) -> ((&'static str, LinkTone), String) {
    if let Some(running) = &facts.running {
        let detail = match running.since {
            Some(since) => told!("Since {}. Keep working.", now.clock(since)),
            None => say("Keep working.").to_owned(),
        };
        let state = if running.sending {
            say("Sending")
        } else {
            say("Receiving")
        };
        return ((state, LinkTone::Active), detail);
    }
    if needs_you > 0 {
        let detail = match needs_you {
            1 => say("1 change waits for you.").to_owned(),
            _ => told!("{} changes wait for you.", grouped(needs_you)),
        };
        return ((say("Needs you"), LinkTone::Warning), detail);
    }
    if facts.connection == ConnectionState::NotEnrolled {
        return ((say("Off"), LinkTone::Quiet), String::new());
    }
    match (facts.waiting, facts.last_synced()) {
        (0, Some(at)) => (
            (say("Up to date"), LinkTone::Good),
            told!("Last synced {}", now.today_or_date_time(at)),
        ),
        (0, None) => ((say("Not synced yet"), LinkTone::Quiet), String::new()),
        (waiting, _) => (
            (say("Waiting"), LinkTone::Quiet),
            match waiting {
                1 => say("1 change waits.").to_owned(),
                _ => told!("{} changes wait.", grouped(waiting)),
            },
        ),
    }
}

fn last(at: Option<Timestamp>, now: &Now) -> String {
    at.map_or_else(|| say("never").to_owned(), |at| now.today_or_date_time(at))
}

/// "61 MB, 40 GB free".
fn space(used_bytes: u64, free_bytes: Option<u64>) -> String {
    match free_bytes {
        Some(free) => told!("{}, {} free", size(used_bytes), size(free)),
        None => size(used_bytes),
    }
}

pub(super) fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    for (unit, one) in UNITS {
        if bytes >= one {
            return format!("{} {unit}", (bytes + one / 2) / one);
        }
    }
    told!("{} bytes", bytes)
}
