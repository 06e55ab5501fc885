//! What another configuration would change, in words.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::measure::{bytes_text, retention_text};
use super::write::{conflict_word, direction_word};
use super::{Direction, Retention, Strategies, TypeStrategy};
use crate::merge::Strategy;

/// One thing that would change.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigChange {
    /// The resource type; absent for what holds for the device, `*` for every type not named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// The setting, as the configuration names it.
    pub setting: &'static str,
    /// What holds until now; `null` for Haven's usual.
    pub from: Value,
    /// What would hold.
    pub to: Value,
    /// The change in a sentence.
    pub words: String,
}

/// Everything that going from `before` to `after` would change.
#[must_use]
pub fn changes_between(before: &Strategies, after: &Strategies) -> Vec<ConfigChange> {
    let mut changes = of_the_device(before, after);
    changes.extend(of_a_type("*", &before.usual, &after.usual));
    let names: BTreeSet<&String> = before.types.keys().chain(after.types.keys()).collect();
    for name in names {
        changes.extend(of_a_type(name, before.of(name), after.of(name)));
    }
    changes
}

fn of_the_device(before: &Strategies, after: &Strategies) -> Vec<ConfigChange> {
    let size = |bytes: Option<u64>| bytes.map_or(Value::Null, |bytes| json!(bytes_text(bytes)));
    let size_words = |bytes: Option<u64>| {
        bytes.map_or_else(|| "as much as its quota says".to_owned(), bytes_text)
    };
    let days = |days: Option<u32>| days.unwrap_or(90);
    let pace = |seconds: Option<u32>| {
        seconds.map_or_else(
            || "at Haven's usual pace".to_owned(),
            |seconds| format!("every {seconds} s"),
        )
    };
    let rows = [
        (
            "offline.storage.maxSize",
            size(before.max_bytes),
            size(after.max_bytes),
            format!(
                "Records on this device may take {} (until now {}).",
                size_words(after.max_bytes),
                size_words(before.max_bytes)
            ),
        ),
        (
            "offline.storage.keyRotationDays",
            json!(days(before.key_rotation_days)),
            json!(days(after.key_rotation_days)),
            format!(
                "Keys are replaced after {} days (until now {}).",
                days(after.key_rotation_days),
                days(before.key_rotation_days)
            ),
        ),
        (
            "offline.sync.autoSync",
            json!(before.auto_sync),
            json!(after.auto_sync),
            if after.auto_sync {
                "Haven syncs by itself.".to_owned()
            } else {
                "Haven syncs only when someone asks for it; changes wait on this device until then."
                    .to_owned()
            },
        ),
        (
            "offline.sync.interval",
            json!(before.interval_seconds),
            json!(after.interval_seconds),
            format!(
                "The server is asked for news {} (until now {}).",
                pace(after.interval_seconds),
                pace(before.interval_seconds)
            ),
        ),
        (
            "offline.sync.backgroundSync",
            json!(before.background_sync),
            json!(after.background_sync),
            if after.background_sync {
                "The server is asked for news while nobody is working.".to_owned()
            } else {
                "The server is asked for news only after a save or when someone asks.".to_owned()
            },
        ),
        (
            "offline.sync.syncOnWifiOnly",
            json!(before.wifi_only),
            json!(after.wifi_only),
            if after.wifi_only {
                "On a metered network Haven syncs only when someone asks for it.".to_owned()
            } else {
                "Haven syncs on metered networks too.".to_owned()
            },
        ),
    ];
    rows.into_iter()
        .filter(|(_, from, to, _)| from != to)
        .map(|(setting, from, to, words)| ConfigChange {
            resource_type: None,
            setting,
            from,
            to,
            words,
        })
        .collect()
}

fn of_a_type(name: &str, before: &TypeStrategy, after: &TypeStrategy) -> Vec<ConfigChange> {
    let who = if name == "*" {
        "Every other type"
    } else {
        name
    };
    let size = |size: Option<u32>| size.map_or(Value::Null, |size| json!(size));
    let stay = |one: Option<Retention>| one.map_or(Value::Null, |one| json!(retention_text(one)));
    let retry = |one: &TypeStrategy| {
        json!({
            "maxAttempts": one.retry.max_attempts,
            "backoffMultiplier": f64::from(one.retry.multiplier_percent) / 100.0,
            "maxBackoffSeconds": one.retry.max_backoff_seconds,
        })
    };
    let rows = [
        (
            "direction",
            json!(direction_word(before.direction)),
            json!(direction_word(after.direction)),
            format!("{who}: {}.", direction_words(after.direction)),
        ),
        (
            "conflictResolution",
            json!(conflict_word(before.conflict)),
            json!(conflict_word(after.conflict)),
            format!("{who}: {}.", conflict_words(after.conflict)),
        ),
        (
            "priority",
            json!(before.priority),
            json!(after.priority),
            format!(
                "{who}: sent with priority {} of 10 (until now {}).",
                after.priority, before.priority
            ),
        ),
        (
            "cacheStrategy.priority",
            json!(before.fetch_priority),
            json!(after.fetch_priority),
            format!(
                "{who}: received with priority {} of 10 in a first sync (until now {}).",
                after.fetch_priority, before.fetch_priority
            ),
        ),
        (
            "batchSize",
            size(before.batch_size),
            size(after.batch_size),
            match after.batch_size {
                Some(size) => format!("{who}: at most {size} changes in a parcel."),
                None => format!("{who}: parcels of Haven's usual size."),
            },
        ),
        (
            "retryPolicy",
            retry(before),
            retry(after),
            format!(
                "{who}: a change that the server fails at {} times is set aside for a person; waits grow to {} s.",
                after.retry.max_attempts, after.retry.max_backoff_seconds
            ),
        ),
        (
            "cacheStrategy.retention",
            stay(before.retention),
            stay(after.retention),
            format!("{who}: {}.", stay_words(after.retention)),
        ),
    ];
    rows.into_iter()
        .filter(|(_, from, to, _)| from != to)
        .map(|(setting, from, to, words)| ConfigChange {
            resource_type: Some(name.to_owned()),
            setting,
            from,
            to,
            words,
        })
        .collect()
}

fn direction_words(direction: Direction) -> &'static str {
    match direction {
        Direction::Bidirectional => "sent and received",
        Direction::PullOnly => "only received; changes made here wait on this device",
        Direction::PushOnly => "only sent; the server's changes are not taken in",
        Direction::None => "neither sent nor received; changes made here wait on this device",
    }
}

fn conflict_words(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Merge => {
            "edits of both sides are put together where that is safe, a person decides the rest"
        }
        Strategy::Manual => "a person decides whenever both sides changed the same record",
        Strategy::ServerWins => {
            "where both sides changed the same field, the server's value stands; guarded fields go to a person"
        }
        Strategy::ClientWins => {
            "where both sides changed the same field, this device's value stands; guarded fields go to a person"
        }
    }
}

fn stay_words(retention: Option<Retention>) -> String {
    match retention {
        None => "copies stay as long as the store's own policy says".to_owned(),
        Some(Retention::Permanent) => "copies stay on this device for ever".to_owned(),
        Some(Retention::Days(days)) => format!(
            "copies that nobody used for {days} days may leave this device; the server keeps them"
        ),
    }
}
