//! The numbers of conflicts and sync in words, each with its unit and what it is.

use haven_model::{ConflictKind, display};
use serde_json::{Value, json};

use super::conflict::what;
use super::phrase::{say, told};
use super::{Backdrop, words};
use crate::session::MetricsAnswer;
use crate::view::{DaysView, MeasureRow, MeasureView, MeasuresView};

/// The windows that can be asked for, in days.
const WINDOWS: [u32; 3] = [7, 30, 90];

/// What stands where there was nothing to measure.
const NOTHING: &str = "–";

/// The numbers of a window.
pub(crate) fn measures(measured: &MetricsAnswer, backdrop: Backdrop<'_>) -> MeasuresView {
    let days = measured.window_days;
    MeasuresView {
        as_of: told!("As of {}", backdrop.now.today_or_date_time(backdrop.now.at)),
        window: told!("The last {} days, today included, on this device", days),
        days,
        windows: WINDOWS
            .map(|days| DaysView {
                days,
                label: told!("{} days", days),
            })
            .into(),
        tiles: tiles(measured),
        rows: rows(measured),
        columns: columns(),
    }
}

fn tiles(measured: &MetricsAnswer) -> Vec<MeasureView> {
    let (conflicts, sync) = (&measured.conflicts, &measured.sync);
    let waits = sync
        .oldest_unsynced_age_seconds
        .map(|seconds| told!("the oldest for {}", took(seconds)));
    vec![
        tile(
            "rate",
            say("Conflict rate"),
            per_week(conflicts.opened, measured.window_days),
            say("a week"),
            say("Conflicts that came to a person on this device."),
        ),
        tile(
            "shareMerged",
            say("Merged by the machine"),
            percent(conflicts.share_merged),
            unit_of(conflicts.share_merged),
            say("Of edits made in two places at once, those put together without a person."),
        ),
        tile(
            "opened",
            say("Came to a person"),
            conflicts.opened.to_string(),
            "",
            say("Conflicts that were found in this time."),
        ),
        tile(
            "decided",
            say("Decided"),
            conflicts.decided.to_string(),
            "",
            say("Conflicts that a person decided on this device."),
        ),
        tile(
            "open",
            say("Open now"),
            conflicts.open.to_string(),
            "",
            say("Conflicts that wait, those of other devices before the clinic included."),
        ),
        tile(
            "escalated",
            say("Before the clinic"),
            conflicts.escalated.to_string(),
            "",
            say("Of the open ones, those that colleagues elsewhere may decide."),
        ),
        tile(
            "loops",
            say("Loops"),
            conflicts.loops.to_string(),
            "",
            say(
                "Conflicts whose other side moved on three times or more, or that were merged again and again.",
            ),
        ),
        tile(
            "successRate",
            say("Syncs that ended well"),
            percent(sync.success_rate),
            unit_of(sync.success_rate),
            say("Of runs that reached the server and had something to exchange."),
        ),
        tile(
            "outboxDepth",
            say("Waiting to be sent"),
            sync.outbox_depth.to_string(),
            waits.as_deref().unwrap_or_default(),
            say("Changes that only this device has."),
        ),
        tile(
            "storeBytes",
            say("Space taken"),
            // One megabyte is a million bytes.
            measured.store_bytes.div_ceil(1_000_000).to_string(),
            say("MB"),
            say("What the records of this device take on its disk, encrypted."),
        ),
    ]
}

fn columns() -> Vec<MeasureView> {
    let column =
        |key: &str, label: &str, definition: &str| tile(key, label, String::new(), "", definition);
    vec![
        column(
            "opened",
            say("To a person"),
            say("Conflicts that were found in this time."),
        ),
        column(
            "merged",
            say("Merged"),
            say("Edits of both sides put together without a person."),
        ),
        column(
            "decided",
            say("Decided"),
            say("Conflicts that a person decided on this device."),
        ),
        column(
            "median",
            say("Time to decide"),
            say("From the finding of a conflict to its end: the middle one."),
        ),
        column(
            "p95",
            say("Slowest 5 %"),
            say("From the finding of a conflict to its end: 95 of 100 took no longer."),
        ),
    ]
}

fn tile(key: &str, label: &str, amount: String, unit: &str, definition: &str) -> MeasureView {
    MeasureView {
        key: key.to_owned(),
        label: label.to_owned(),
        amount,
        unit: unit.to_owned(),
        definition: definition.to_owned(),
    }
}

fn rows(measured: &MetricsAnswer) -> Vec<MeasureRow> {
    let duration = |seconds: Option<u64>| seconds.map_or_else(|| NOTHING.to_owned(), took);
    measured
        .conflicts
        .by_type_and_kind
        .iter()
        .map(|row| MeasureRow {
            record: words::capitalized(&display::resource_kind(
                &json!({"resourceType": row.resource_type}),
            )),
            what: kind_words(row.kind.as_deref()),
            opened: row.opened.to_string(),
            merged: row.merged.to_string(),
            decided: row.decided.to_string(),
            median: duration(row.median_seconds),
            p95: duration(row.p95_seconds),
        })
        .collect()
}

fn kind_words(kind: Option<&str>) -> String {
    let Some(word) = kind else {
        return say("Merged automatically").to_owned();
    };
    let known: Option<ConflictKind> = serde_json::from_value(Value::from(word)).ok();
    known.map_or_else(|| word.to_owned(), |kind| what(kind).to_owned())
}

/// "97.2"; what was measured of nothing is not known.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(
        || say("Not known").to_owned(),
        |share| format!("{:.1}", share * 100.0),
    )
}

fn unit_of(share: Option<f64>) -> &'static str {
    share.map_or("", |_| say("%"))
}

/// "2.3": so many a week.
#[allow(
    clippy::cast_precision_loss,
    reason = "counts of a clinic are exact in f64"
)]
fn per_week(count: u64, days: u32) -> String {
    format!("{:.1}", count as f64 * 7.0 / f64::from(days.max(1)))
}

/// "40 s", "35 min", "4 h", "2 days".
fn took(seconds: u64) -> String {
    match seconds {
        0..60 => told!("{} s", seconds),
        60..5_400 => told!("{} min", (seconds + 30) / 60),
        5_400..129_600 => told!("{} h", (seconds + 1_800) / 3_600),
        _ => told!("{} days", (seconds + 43_200) / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_nothing_is_not_known_rather_than_nought() {
        assert_eq!(percent(None), "Not known");
        assert_eq!(percent(Some(0.9719)), "97.2");
        assert_eq!(per_week(10, 30), "2.3");
        assert_eq!(
            [40, 2_100, 14_400, 172_800].map(took),
            ["40 s", "35 min", "4 h", "2 days"]
        );
        assert_eq!(
            kind_words(Some("update-delete")),
            "Deleted on server, edited here"
        );
    }
}
