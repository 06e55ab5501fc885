use haven_model::{SyncStatus, Timestamp};

use super::Now;
use crate::present::phrase::{say, told};
use crate::view::{BadgeState, ConnectionState, ConnectionView, StatusView, SyncBadge};

/// A run of the sync worker, as far as it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Whether it sends; else it receives.
    pub sending: bool,
    /// Items done.
    pub done: u32,
    /// Items in all; 0 when not known.
    pub total: u32,
    /// When it began.
    pub since: Option<Timestamp>,
}

/// Everything known of sync at one moment, from which badges and status are worded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncFacts {
    /// How the last request went.
    pub connection: ConnectionState,
    /// What the worker does; `None` while it rests.
    pub running: Option<Running>,
    /// When the worker tries again by itself.
    pub retry_at: Option<Timestamp>,
    /// Changes that wait to be sent.
    pub waiting: u32,
    /// Conflicts that wait for a person.
    pub needs_review: u32,
    /// Records that the machine merged since somebody last looked at what it had merged.
    pub merged: u32,
    /// When the last push was answered.
    pub last_sent: Option<Timestamp>,
    /// When the last pull was complete.
    pub last_received: Option<Timestamp>,
    /// The server's clock at the end of the last complete pull.
    pub data_as_of: Option<Timestamp>,
}

impl SyncFacts {
    /// Facts of a device that has never met a server.
    #[must_use]
    pub fn not_enrolled() -> Self {
        Self {
            connection: ConnectionState::NotEnrolled,
            running: None,
            retry_at: None,
            waiting: 0,
            needs_review: 0,
            merged: 0,
            last_sent: None,
            last_received: None,
            data_as_of: None,
        }
    }

    /// When this device and the server last agreed on anything.
    #[must_use]
    pub fn last_synced(&self) -> Option<Timestamp> {
        self.last_sent.max(self.last_received)
    }

    /// Whether what is saved now stays here until something changes.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        !matches!(self.connection, ConnectionState::Connected)
    }
}

/// What the app bar and the rail show.
#[must_use]
pub fn status(facts: &SyncFacts, now: &Now) -> StatusView {
    StatusView {
        connection: connection(facts, now),
        sync: overall(facts, now),
        waiting: facts.waiting,
        needs_review: facts.needs_review,
        data_as_of: facts.data_as_of.map(|at| now.date_time(at)),
    }
}

/// The connection in words: `text` and `detail` together are the sentence of `reference/ux.md` §3.
pub(crate) fn connection(facts: &SyncFacts, now: &Now) -> ConnectionView {
    let (text, detail) = match facts.connection {
        ConnectionState::Connected => (say("Connected").to_owned(), String::new()),
        ConnectionState::Offline => (
            say("Offline – keep working").to_owned(),
            say("Changes are kept on this device.").to_owned(),
        ),
        ConnectionState::ServerDown => (
            say("Couldn’t reach server").to_owned(),
            trying_again(facts.retry_at, now),
        ),
        ConnectionState::SignedOut => (
            say("Sign in to sync").to_owned(),
            say("Your work is safe on this device.").to_owned(),
        ),
        ConnectionState::NotEnrolled => (
            say("No server set up").to_owned(),
            say("Changes are kept on this device.").to_owned(),
        ),
    };
    ConnectionView {
        state: facts.connection,
        text,
        detail,
    }
}

fn overall(facts: &SyncFacts, now: &Now) -> SyncBadge {
    if let Some(running) = &facts.running {
        return badge(BadgeState::Syncing, progress_words(running));
    }
    if facts.waiting > 0 {
        return badge(
            BadgeState::Waiting,
            told!("Waiting to sync · {}", grouped(facts.waiting)),
        );
    }
    if facts.needs_review > 0 {
        return badge(BadgeState::Review, say(NEEDS_REVIEW));
    }
    match facts.last_synced() {
        Some(at) if facts.merged > 0 => badge(
            BadgeState::Merged,
            told!("{} – merged automatically", synced_words(at, now)),
        ),
        Some(at) => badge(BadgeState::Synced, synced_words(at, now)),
        None => badge(BadgeState::Saved, say("Not synced yet")),
    }
}

/// "Syncing 4 of 12"; without a known total only that it runs.
pub(crate) fn progress_words(running: &Running) -> String {
    match (running.sending, running.total) {
        (true, 0) => say("Syncing").to_owned(),
        (true, total) => told!("Syncing {} of {}", grouped(running.done), grouped(total)),
        (false, 0) if running.done == 0 => say("Syncing").to_owned(),
        (false, 0) => told!("Receiving {}", grouped(running.done)),
        (false, total) => told!(
            "Receiving {} of about {}",
            grouped(running.done),
            grouped(total)
        ),
    }
}

/// "Couldn’t reach server. Trying again in 2 min."
pub(crate) fn retrying_words(retry_at: Option<Timestamp>, now: &Now) -> String {
    told!("Couldn’t reach server. {}", trying_again(retry_at, now))
}

fn trying_again(retry_at: Option<Timestamp>, now: &Now) -> String {
    let Some(at) = retry_at else {
        return say("Trying again soon.").to_owned();
    };
    let seconds = at.as_millis().saturating_sub(now.at.as_millis()).max(0) / 1000;
    match seconds {
        0 => say("Trying again now.").to_owned(),
        1..60 => told!("Trying again in {} s.", seconds),
        60..5400 => told!("Trying again in {} min.", (seconds + 30) / 60),
        _ => told!("Trying again in {} h.", (seconds + 1800) / 3600),
    }
}

/// The words for a conflict where there is room.
pub(crate) const NEEDS_REVIEW: &str = "Needs review – changed in two places";

/// How much room a badge's words have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// A list row.
    Row,
    /// A line of its own.
    Line,
}

/// The badge of one resource, or of a chart whose worst resource is in that state.
pub(crate) fn badge_of(
    status: SyncStatus,
    reason: Option<&str>,
    facts: &SyncFacts,
    room: Room,
    now: &Now,
) -> SyncBadge {
    match status {
        SyncStatus::Rejected => badge(BadgeState::Refused, refused_words(reason)),
        SyncStatus::Conflict => badge(
            BadgeState::Review,
            match room {
                Room::Row => say("Needs review"),
                Room::Line => say(NEEDS_REVIEW),
            },
        ),
        SyncStatus::Syncing if facts.running.is_some() => {
            badge(BadgeState::Syncing, say("Syncing now"))
        }
        SyncStatus::Pending | SyncStatus::Syncing
            if facts.connection == ConnectionState::NotEnrolled =>
        {
            badge(BadgeState::Saved, say("Saved on this device"))
        }
        SyncStatus::Pending | SyncStatus::Syncing if facts.is_offline() => {
            badge(BadgeState::Saved, say("Saved offline"))
        }
        SyncStatus::Pending | SyncStatus::Syncing => {
            badge(BadgeState::Waiting, say("Waiting to sync"))
        }
        SyncStatus::LocalOnly => badge(BadgeState::Saved, say("Saved on this device")),
        SyncStatus::Synced => match facts.last_synced() {
            Some(at) => badge(BadgeState::Synced, synced_words(at, now)),
            None => badge(BadgeState::Synced, say("Synced")),
        },
    }
}

/// The badge, unless there is nothing to say of it.
pub(crate) fn badge_unless_synced(
    status: SyncStatus,
    facts: &SyncFacts,
    now: &Now,
) -> Option<SyncBadge> {
    match status {
        SyncStatus::Synced | SyncStatus::LocalOnly => None,
        SyncStatus::Pending | SyncStatus::Syncing | SyncStatus::Conflict | SyncStatus::Rejected => {
            Some(badge_of(status, None, facts, Room::Row, now))
        }
    }
}

/// How much a state needs a person; the chart's badge is that of its worst resource.
pub(crate) fn urgency(status: SyncStatus) -> u8 {
    match status {
        SyncStatus::Rejected => 4,
        SyncStatus::Conflict => 3,
        SyncStatus::Syncing => 2,
        SyncStatus::Pending => 1,
        SyncStatus::Synced | SyncStatus::LocalOnly => 0,
    }
}

pub(crate) fn badge(state: BadgeState, text: impl Into<String>) -> SyncBadge {
    SyncBadge {
        state,
        text: text.into(),
    }
}

/// "Server refused: {reason}", the wire's code word left out.
pub(crate) fn refused_words(reason: Option<&str>) -> String {
    let reason = reason.map(|reason| {
        ["conflict: ", "invalid: ", "forbidden: ", "op-id-reused: "]
            .iter()
            .find_map(|code| reason.strip_prefix(code))
            .unwrap_or(reason)
            .trim()
    });
    match reason {
        Some(reason) if !reason.is_empty() => told!("Server refused: {}", reason),
        Some(_) | None => say("Server refused it").to_owned(),
    }
}

fn synced_words(at: Timestamp, now: &Now) -> String {
    told!("Synced {}", now.clock_or_date(at))
}

/// "1,200".
pub(crate) fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Now {
        Now::with_offset(
            Timestamp::parse("2026-11-23T14:05:00Z").expect("an instant"),
            0,
        )
    }

    fn facts(connection: ConnectionState) -> SyncFacts {
        SyncFacts {
            connection,
            last_received: Timestamp::parse("2026-11-23T14:05:00Z"),
            ..SyncFacts::not_enrolled()
        }
    }

    #[test]
    fn the_words_are_those_of_the_reference() {
        let now = now();
        let sentence = |facts: &SyncFacts| {
            let view = connection(facts, &now);
            format!("{}. {}", view.text, view.detail)
        };
        assert_eq!(
            sentence(&facts(ConnectionState::Offline)),
            "Offline – keep working. Changes are kept on this device."
        );
        assert_eq!(
            sentence(&facts(ConnectionState::SignedOut)),
            "Sign in to sync. Your work is safe on this device."
        );
        let down = SyncFacts {
            retry_at: Some(now.at.plus_ms(120_000)),
            ..facts(ConnectionState::ServerDown)
        };
        assert_eq!(
            sentence(&down),
            "Couldn’t reach server. Trying again in 2 min."
        );
    }

    #[test]
    fn the_bar_says_what_is_under_way_first() {
        let now = now();
        let mut facts = facts(ConnectionState::Connected);
        assert_eq!(status(&facts, &now).sync.text, "Synced 14:05");
        facts.merged = 2;
        let merged = status(&facts, &now).sync;
        assert_eq!(merged.text, "Synced 14:05 – merged automatically");
        assert_eq!(
            merged.state,
            BadgeState::Merged,
            "and leads to what was merged"
        );
        facts.waiting = 12;
        assert_eq!(status(&facts, &now).sync.text, "Waiting to sync · 12");
        facts.running = Some(Running {
            sending: true,
            done: 4,
            total: 12,
            since: None,
        });
        assert_eq!(status(&facts, &now).sync.text, "Syncing 4 of 12");
        facts.running = Some(Running {
            sending: false,
            done: 1200,
            total: 13_570,
            since: None,
        });
        assert_eq!(
            status(&facts, &now).sync.text,
            "Receiving 1,200 of about 13,570"
        );
    }

    #[test]
    fn a_local_save_never_claims_the_server() {
        let now = now();
        let text =
            |connection, status| badge_of(status, None, &facts(connection), Room::Row, &now).text;
        assert_eq!(
            text(ConnectionState::Offline, SyncStatus::Pending),
            "Saved offline"
        );
        assert_eq!(
            text(ConnectionState::Connected, SyncStatus::Pending),
            "Waiting to sync"
        );
        assert_eq!(
            text(ConnectionState::Connected, SyncStatus::Synced),
            "Synced 14:05"
        );
        assert_eq!(
            badge_of(
                SyncStatus::Rejected,
                Some("invalid: author is not known there."),
                &facts(ConnectionState::Connected),
                Room::Line,
                &now
            )
            .text,
            "Server refused: author is not known there."
        );
    }
}
