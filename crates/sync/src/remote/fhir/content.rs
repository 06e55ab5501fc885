//! Whether two bodies say the same, whatever a server does to what it is sent.

use haven_model::splice::without_server_meta;
use serde_json::{Map, Value};

/// Members of `meta` that servers set for themselves.
const SERVER_META: [&str; 8] = [
    "source",
    "author",
    "project",
    "account",
    "accounts",
    "compartment",
    "onBehalfOf",
    "extension",
];

/// How a body compares with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// They say the same, the server's own `meta` aside.
    Same,
    /// They say the same, numbers with fewer digits: 1.50 has become 1.5.
    Shortened,
    /// They differ.
    Different,
}

/// Compares what was sent with what a server shows.
pub(crate) fn likeness(sent: &[u8], shown: &[u8]) -> Likeness {
    if sent == shown {
        return Likeness::Same;
    }
    let (Ok(sent), Ok(shown)) = (serde_json::from_slice(sent), serde_json::from_slice(shown))
    else {
        return Likeness::Different;
    };
    likeness_of(&plain(&sent), &plain(&shown))
}

fn plain(value: &Value) -> Value {
    let mut value = without_server_meta(value);
    if let Some(object) = value.as_object_mut()
        && let Some(meta) = object.get_mut("meta").and_then(Value::as_object_mut)
    {
        for member in SERVER_META {
            meta.shift_remove(member);
        }
        if meta.is_empty() {
            object.shift_remove("meta");
        }
    }
    value
}

fn likeness_of(left: &Value, right: &Value) -> Likeness {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => of_objects(left, right),
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => worst(
            left.iter()
                .zip(right)
                .map(|(left, right)| likeness_of(left, right)),
        ),
        (Value::Number(left), Value::Number(right)) => {
            let (left, right) = (left.to_string(), right.to_string());
            if left == right {
                Likeness::Same
            } else if decimal(&left).is_some_and(|left| Some(left) == decimal(&right)) {
                Likeness::Shortened
            } else {
                Likeness::Different
            }
        }
        _ if left == right => Likeness::Same,
        _ => Likeness::Different,
    }
}

fn of_objects(left: &Map<String, Value>, right: &Map<String, Value>) -> Likeness {
    if left.len() != right.len() {
        return Likeness::Different;
    }
    worst(left.iter().map(|(name, left)| match right.get(name) {
        Some(right) => likeness_of(left, right),
        None => Likeness::Different,
    }))
}

fn worst(all: impl Iterator<Item = Likeness>) -> Likeness {
    let mut found = Likeness::Same;
    for one in all {
        match one {
            Likeness::Different => return Likeness::Different,
            Likeness::Shortened => found = Likeness::Shortened,
            Likeness::Same => {}
        }
    }
    found
}

/// A JSON number as sign, significant digits and exponent, exactly; `None` where it is none.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let digits = digits.trim_start_matches('0');
    let short = digits.trim_end_matches('0');
    if short.is_empty() {
        return Some((false, String::new(), 0));
    }
    let dropped = i64::try_from(digits.len() - short.len()).ok()?;
    Some((negative, short.to_owned(), exponent.checked_add(dropped)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_meta_and_lost_digits_are_told_from_changes() {
        let sent = br#"{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.50}}"#;
        for (shown, expected) in [
            (
                r#"{"id":"o","resourceType":"Observation","meta":{"versionId":"1","lastUpdated":"2026-01-01T00:00:00Z","author":{"reference":"Practitioner/x"}},"valueQuantity":{"value":1.50}}"#,
                Likeness::Same,
            ),
            (
                r#"{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.5}}"#,
                Likeness::Shortened,
            ),
            (
                r#"{"resourceType":"Observation","id":"o","valueQuantity":{"value":15e-1}}"#,
                Likeness::Shortened,
            ),
            (
                r#"{"resourceType":"Observation","id":"o","valueQuantity":{"value":15}}"#,
                Likeness::Different,
            ),
            (
                r#"{"resourceType":"Observation","id":"o","meta":{"tag":[{"code":"x"}]},"valueQuantity":{"value":1.50}}"#,
                Likeness::Different,
            ),
        ] {
            assert_eq!(likeness(sent, shown.as_bytes()), expected, "{shown}");
        }
    }

    #[test]
    fn numbers_are_compared_to_the_last_digit() {
        assert_eq!(decimal("0.0"), decimal("-0"));
        assert_eq!(decimal("1200"), decimal("12e2"));
        assert_ne!(
            decimal("12345678901234567.8901"),
            decimal("12345678901234567.8902"),
            "no number is squeezed through a float"
        );
    }
}
