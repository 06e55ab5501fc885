//! Where a store stands with a plain server, type by type.

use std::collections::BTreeMap;

use haven_model::Timestamp;
use serde::{Deserialize, Serialize};

use super::arrival::{Arrival, Stage};
use crate::first::FirstPhase;

/// Where this store stands with the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// The latest change seen of each type, as the server wrote it.
    #[serde(default)]
    pub since: BTreeMap<String, String>,
    /// Whether every type has been walked to its end once.
    #[serde(default)]
    pub whole: bool,
    /// The walk under way.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub walk: Option<Walk>,
    /// Whether the round under way asks for histories.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub by_history: bool,
    /// When searches were last compared with histories, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub compared_ms: Option<i64>,
    /// The first sync under way.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first: Option<Box<Arrival>>,
}

/// A part of a type, which is read newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Piece {
    /// Search parameters that narrow it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<(String, String)>,
    /// The patients one of whom each resource must name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<String>,
    /// Changed at this instant or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Changed before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl Piece {
    pub(super) fn with(parameter: &str, value: impl Into<String>) -> Self {
        Self {
            with: vec![(parameter.to_owned(), value.into())],
            ..Self::default()
        }
    }

    /// Whether something changed at that instant is none of it; a server that keeps instants by the
    /// second, or rounds them, is not caught out.
    pub(super) fn excludes(&self, updated: Option<&str>) -> bool {
        const LENIENT_MS: i64 = 60_000;
        if self.from.is_none() && self.until.is_none() {
            return false;
        }
        let Some(at) = updated.and_then(Timestamp::parse) else {
            return true;
        };
        let of = |bound: &Option<String>| bound.as_deref().and_then(Timestamp::parse);
        of(&self.from).is_some_and(|from| at < from.plus_ms(-LENIENT_MS))
            || of(&self.until).is_some_and(|until| at > until.plus_ms(LENIENT_MS))
    }
}

/// How far a walk has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Walk {
    /// The type it is at.
    pub kind: String,
    /// The page that follows, as the server told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
    /// Where there are no links: from this instant on, or back from it where it is a part that is read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<String>,
    /// The part of the type that is read, newest first; absent for all of it, oldest first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub piece: Option<Piece>,
    /// How many pages are behind.
    #[serde(default)]
    pub pages: usize,
    /// Whether a page was in no order.
    #[serde(default)]
    pub unsorted: bool,
    /// Whether links are passed over, as they have died twice at one place.
    #[serde(default)]
    pub linkless: bool,
    /// The earliest change on the page before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub low: Option<String>,
    /// Ids already seen that carry that very instant.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ties: Vec<String>,
    /// Where one instant fills a page: so many of it are behind.
    #[serde(default)]
    pub offset: usize,
    /// The latest change seen in this type.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub high: Option<String>,
    /// The server's clock when the type was begun.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub began: Option<String>,
}

/// The word for a first sync that is over.
const DONE: &str = "done";

/// How far the first sync with a server has come. Until it is done, a chart may lack what is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstSync {
    /// `not_started`, `receiving` or `done`.
    pub phase: &'static str,
    /// The type that is being received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiving: Option<String>,
    /// What it is busy with.
    #[serde(skip)]
    pub busy: FirstPhase,
    /// How much is here, by type.
    pub types: BTreeMap<String, FirstOfType>,
    #[serde(skip)]
    arrival: Option<Box<Arrival>>,
}

/// How far one type has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstOfType {
    /// Resources that are here.
    pub done: u64,
    /// Resources in all, never fewer than are here; absent where the server does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Bytes that have come.
    pub bytes: u64,
}

impl FirstSync {
    /// Whether all that was there has come.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.phase == DONE
    }

    /// Whether everything of a patient's chart has come.
    #[must_use]
    pub fn covers(&self, patient: &str) -> bool {
        let first = self.arrival.as_ref();
        self.is_done() || first.is_some_and(|first| first.covers(patient))
    }

    /// Resources here, and in all; `None` until the server has told of every type.
    #[must_use]
    pub fn sums(&self) -> (u64, Option<u64>) {
        let done = self.types.values().map(|one| one.done).sum();
        let has_asked = self
            .arrival
            .as_ref()
            .is_some_and(|first| first.has_asked_all());
        if !has_asked && !self.is_done() {
            return (done, None);
        }
        let total = self.types.values().map(|one| one.total).sum();
        (done, total)
    }

    /// Reads it from where the store stands, and how many resources of each type it holds.
    pub(super) fn of(cursor: Option<&str>, here: &BTreeMap<String, u64>) -> Self {
        let read: Option<Cursor> = cursor.and_then(|text| serde_json::from_str(text).ok());
        let (phase, busy) = match &read {
            None => ("not_started", FirstPhase::Everything),
            Some(Cursor { whole: true, .. }) => (DONE, FirstPhase::Complete),
            Some(Cursor { first, .. }) => {
                let busy = match first.as_ref().map(|first| first.stage) {
                    Some(Stage::People) => FirstPhase::People,
                    Some(Stage::Schedule | Stage::Care | Stage::Charts) => FirstPhase::Own,
                    Some(Stage::Newest | Stage::Windows) => FirstPhase::Rest,
                    Some(Stage::CatchingUp | Stage::Verifying | Stage::Again | Stage::Done) => {
                        FirstPhase::CatchingUp
                    }
                    Some(Stage::Whole) | None => FirstPhase::Everything,
                };
                ("receiving", busy)
            }
        };
        let read = read.unwrap_or_default();
        let arrival = read.first.filter(|_| !read.whole);
        let mut types: BTreeMap<String, FirstOfType> = BTreeMap::new();
        for (name, done) in here {
            let of_type = types.entry(name.clone()).or_default();
            of_type.done = *done;
            of_type.total = (phase == DONE).then_some(*done);
        }
        for (name, total) in arrival.iter().flat_map(|first| &first.total) {
            let of_type = types.entry(name.clone()).or_default();
            of_type.total = Some(of_type.done.max(*total));
        }
        for (name, bytes) in arrival.iter().flat_map(|first| &first.bytes) {
            types.entry(name.clone()).or_default().bytes = *bytes;
        }
        Self {
            phase,
            receiving: read.walk.filter(|_| phase != DONE).map(|walk| walk.kind),
            busy,
            types,
            arrival,
        }
    }
}

/// The walk that is under way, or a new one.
pub(super) fn current(cursor: &mut Cursor, types: &[String]) -> Option<Walk> {
    let walk = cursor.walk.take().filter(|walk| types.contains(&walk.kind));
    walk.or_else(|| {
        types.first().map(|kind| Walk {
            kind: kind.clone(),
            ..Walk::default()
        })
    })
}

/// Ends the walk of a type and begins that of the next.
pub(super) fn close(cursor: &mut Cursor, kind: &str, types: &[String], done: &Walk) {
    note_since(cursor, kind, done);
    let next = types.iter().skip_while(|name| *name != kind).nth(1);
    cursor.whole |= next.is_none();
    cursor.walk = next.map(|kind| Walk {
        kind: kind.clone(),
        ..Walk::default()
    });
}

/// Keeps up to where a type has been read.
pub(super) fn note_since(cursor: &mut Cursor, kind: &str, done: &Walk) {
    if let Some(high) = &done.high {
        // What was changed while the type was walked may have slipped from one page to another.
        let high = match &done.began {
            Some(began) if later(high, began) => began,
            Some(_) | None => high,
        };
        let earlier = cursor.since.get(kind);
        if earlier.is_none_or(|earlier| later(high, earlier)) {
            cursor.since.insert(kind.to_owned(), high.clone());
        }
    }
}

/// Whether an instant is after another; what cannot be read is after nothing.
pub(super) fn later(left: &str, right: &str) -> bool {
    match (left.parse::<Instant>(), right.parse::<Instant>()) {
        (Ok(left), Ok(right)) => left > right,
        _ => false,
    }
}

/// The later of two instants.
pub(super) fn latest_of(left: Option<&str>, right: Option<&str>) -> Option<String> {
    match (left, right) {
        (Some(left), Some(right)) => Some(if later(right, left) { right } else { left }.to_owned()),
        (one, None) | (None, one) => one.map(str::to_owned),
    }
}

/// An instant as finely as the server writes it.
#[derive(PartialEq, PartialOrd)]
struct Instant(i64, String);

impl std::str::FromStr for Instant {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let at = Timestamp::parse(text).ok_or(())?;
        // What is finer than a millisecond, as digits that sort.
        let finer: String = text
            .split_once('.')
            .map(|(_, rest)| {
                rest.chars()
                    .take_while(char::is_ascii_digit)
                    .skip(3)
                    .collect()
            })
            .unwrap_or_default();
        Ok(Self(at.as_millis(), finer))
    }
}

#[cfg(test)]
mod tests {
    use super::{later, latest_of};

    #[test]
    fn instants_are_compared_whatever_their_zone_and_digits() {
        assert!(later(
            "2026-01-01T10:00:00.000000002Z",
            "2026-01-01T10:00:00.000000001Z"
        ));
        assert!(later("2026-01-01T10:00:00+01:00", "2026-01-01T08:59:59Z"));
        assert!(!later("2026-01-01T10:00:00Z", "2026-01-01T11:00:00+01:00"));
        assert!(!later("soon", "2026-01-01T11:00:00Z"));
        assert_eq!(
            latest_of(None, Some("2026-01-01T11:00:00Z")).as_deref(),
            Some("2026-01-01T11:00:00Z")
        );
    }
}
