//! Where a store stands with a plain server, type by type.

use std::collections::BTreeMap;

use haven_model::Timestamp;
use serde::{Deserialize, Serialize};

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
}

/// How far a walk has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Walk {
    /// The type it is at.
    pub kind: String,
    /// The page that follows, as the server told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
    /// Where there are no links: from this instant on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<String>,
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
}

impl FirstSync {
    /// Whether all that was there has come.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.phase == DONE
    }

    /// Reads it from where the store stands.
    pub(super) fn of(cursor: Option<&str>) -> Self {
        let read: Option<Cursor> = cursor.and_then(|text| serde_json::from_str(text).ok());
        match read {
            None => Self {
                phase: "not_started",
                receiving: None,
            },
            Some(Cursor { whole: true, .. }) => Self {
                phase: DONE,
                receiving: None,
            },
            Some(Cursor { walk, .. }) => Self {
                phase: "receiving",
                receiving: walk.map(|walk| walk.kind),
            },
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
    let next = types.iter().skip_while(|name| *name != kind).nth(1);
    cursor.whole |= next.is_none();
    cursor.walk = next.map(|kind| Walk {
        kind: kind.clone(),
        ..Walk::default()
    });
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
