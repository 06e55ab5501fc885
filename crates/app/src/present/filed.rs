//! A stored resource, parsed once for one screen.

use haven_model::vitals::{VitalReading, reading};
use haven_model::{ResourceKey, SyncStatus};
use haven_store::{RowState, Stored};
use serde_json::Value;

use super::Now;
use super::now::{DATE_NOT_RECORDED, Moment};

/// A resource's tree beside what the store knows of it.
#[derive(Debug)]
pub(crate) struct Filed<'a> {
    pub key: &'a ResourceKey,
    pub value: Value,
    pub status: SyncStatus,
    /// What the store notes of it.
    pub row: &'a RowState,
    /// What it says as a vital sign; read once, since every part of a chart asks.
    pub reading: Option<VitalReading>,
}

impl<'a> Filed<'a> {
    /// Parses a live resource; `None` for a tombstone.
    pub fn open(stored: &'a Stored) -> Option<Self> {
        let resource = stored.resource.as_ref()?;
        if stored.row.deleted_at.is_some() {
            return None;
        }
        let value = resource.value();
        Some(Self {
            key: &stored.key,
            reading: reading(&value),
            value,
            status: stored.row.sync_status,
            row: &stored.row,
        })
    }

    pub fn is(&self, resource_type: &str) -> bool {
        self.key.resource_type == resource_type
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        text(&self.value, name)
    }

    /// The element `status`; empty when there is none.
    pub fn state(&self) -> &str {
        self.text("status").unwrap_or_default()
    }

    /// Whether its author took it back; such a record is no clinical fact.
    pub fn is_entered_in_error(&self) -> bool {
        self.state() == "entered-in-error"
            || codes(&self.value, "verificationStatus").any(|code| code == "entered-in-error")
    }

    /// The first of the elements that holds a readable date.
    pub fn moment(&self, elements: &[&str], now: &Now) -> Option<Moment> {
        elements
            .iter()
            .filter_map(|element| text(&self.value, element))
            .find_map(|text| Moment::read(text, now))
    }
}

/// A member's text, found by name or by a dotted path of objects; empty text counts as none.
pub(crate) fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    path.split('.')
        .try_fold(value, |value, name| value.get(name))
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
}

/// The items of a list element; none when it is absent or no list.
pub(crate) fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// The codes of a CodeableConcept element.
pub(crate) fn codes<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    value
        .get(name)
        .map(|concept| items(concept, "coding"))
        .unwrap_or_default()
        .iter()
        .filter_map(|coding| text(coding, "code"))
}

/// A number of the tree, whatever its digits.
pub(crate) fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        // With arbitrary precision a number is text; reading it never fails on digits alone.
        Value::Number(number) => number.to_string().parse().ok(),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// The date in words, or that there is none.
pub(crate) fn date_words(moment: Option<Moment>, now: &Now) -> String {
    moment.map_or_else(|| DATE_NOT_RECORDED.to_owned(), |moment| moment.date(now))
}

/// For order newest first: what has no readable date comes last.
pub(crate) fn newest_first(moment: Option<Moment>) -> std::cmp::Reverse<Option<i64>> {
    std::cmp::Reverse(moment.map(|moment| moment.at.as_millis()))
}
