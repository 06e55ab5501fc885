//! Lengths of time and of storage, as people write them.

use super::Retention;

/// A hundred years: longer is for ever.
const MAX_DAYS: u32 = 36_500;

/// The least quota that a store can be used with, in bytes.
pub(super) const MIN_BYTES: u64 = 50_000_000;

/// The largest quota that is taken, in bytes: 16 TB.
pub(super) const MAX_BYTES: u64 = 16_000_000_000_000;

/// What [`retention`] takes, for people.
pub(super) const RETENTION_ALLOWED: &str =
    "a length of time such as \"90d\", \"90_days\", \"12w\", \"2_years\", or \"permanent\"";

/// What [`bytes`] takes, for people.
pub(super) const BYTES_ALLOWED: &str =
    "a size such as \"500MB\", \"1GB\" or \"1GiB\", from 50MB to 16TB";

/// `90d`, `90_days`, `12w`, `2_years`, `permanent`.
pub(super) fn retention(text: &str) -> Option<Retention> {
    if text == "permanent" {
        return Some(Retention::Permanent);
    }
    let (number, unit) = split(text)?;
    let days_each = match unit.trim_start_matches(['_', ' ']) {
        "d" | "day" | "days" => 1,
        "w" | "week" | "weeks" => 7,
        "y" | "year" | "years" => 365,
        _ => return None,
    };
    let days = u32::try_from(number).ok()?.checked_mul(days_each)?;
    (1..=MAX_DAYS)
        .contains(&days)
        .then_some(Retention::Days(days))
}

/// `500MB`, `1GB` (powers of ten), `1GiB` (powers of two).
pub(super) fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let each = match unit
        .trim_start_matches(['_', ' '])
        .to_ascii_uppercase()
        .as_str()
    {
        "B" => 1,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        "MIB" => 1 << 20,
        "GIB" => 1 << 30,
        "TIB" => 1 << 40,
        _ => return None,
    };
    let bytes = number.checked_mul(each)?;
    (MIN_BYTES..=MAX_BYTES).contains(&bytes).then_some(bytes)
}

/// The digits a text begins with, and the rest.
fn split(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}

/// A retention as the configuration writes it.
pub(super) fn retention_text(retention: Retention) -> String {
    match retention {
        Retention::Permanent => "permanent".to_owned(),
        Retention::Days(days) => format!("{days}d"),
    }
}

/// A number of bytes as the configuration writes it: in the largest unit that divides it.
pub(super) fn bytes_text(bytes: u64) -> String {
    let units = [
        (1_000_000_000_000, "TB"),
        (1 << 40, "TiB"),
        (1_000_000_000, "GB"),
        (1 << 30, "GiB"),
        (1_000_000, "MB"),
        (1 << 20, "MiB"),
    ];
    units
        .iter()
        .find(|(each, _)| bytes >= *each && bytes.is_multiple_of(*each))
        .map_or_else(
            || format!("{bytes}B"),
            |(each, unit)| format!("{}{unit}", bytes / each),
        )
}
