//! Instants, as milliseconds since the Unix epoch.

use serde::{Deserialize, Serialize};

/// An instant in UTC, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Shown to people and kept in records; never used to order edits (vector clocks do that).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The instant as milliseconds since the epoch.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// The FHIR `instant` with milliseconds and `Z`, for example `2026-11-23T14:05:00.000Z`.
    #[must_use]
    pub fn to_instant(self) -> String {
        jiff::Timestamp::from_millisecond(self.0)
            .map(|t| t.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
            .unwrap_or_default()
    }

    /// Reads a FHIR `instant` or `dateTime` that carries a zone; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|t| Self(t.as_millisecond()))
    }

    /// Reads the date of an HTTP header (RFC 9110 §5.6.7, its preferred form); `None` for anything else.
    #[must_use]
    pub fn parse_http(text: &str) -> Option<Self> {
        jiff::fmt::rfc2822::parse(text.trim())
            .ok()
            .map(|zoned| Self(zoned.timestamp().as_millisecond()))
    }

    /// This instant moved by a number of milliseconds, stopping at the ends of the range.
    #[must_use]
    pub fn plus_ms(self, delta_ms: i64) -> Self {
        Self(self.0.saturating_add(delta_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_survives_its_text() {
        let instant = Timestamp(1_795_442_700_123);
        assert_eq!(
            Timestamp::parse(&instant.to_instant()),
            Some(instant),
            "the text form must lose nothing above a millisecond"
        );
    }

    #[test]
    fn the_date_of_a_header_is_read() {
        assert_eq!(
            Timestamp::parse_http("Sun, 06 Nov 1994 08:49:37 GMT").map(Timestamp::to_instant),
            Some("1994-11-06T08:49:37.000Z".to_owned())
        );
        assert_eq!(Timestamp::parse_http("tomorrow"), None);
    }
}
