//! Reading a configuration: everything that is wrong is named at once, each with its place.

use super::measure::{self, BYTES_ALLOWED, RETENTION_ALLOWED};
use super::walk::{Object, Problems};
use super::{
    ConfigProblem, Direction, Retention, RetryPolicy, Strategies, TypeStrategy, guarded_because,
};
use crate::definitions::r4;
use crate::json;
use crate::merge::Strategy;

/// The only cipher there is.
const ALGORITHM: &str = "AES-256-GCM";

const MAX_BATCH: u32 = 1_000;
const MAX_ATTEMPTS: u32 = 100;
const MAX_BACKOFF_SECONDS: u32 = 86_400;
const MIN_INTERVAL_SECONDS: u32 = 5;
const MAX_INTERVAL_SECONDS: u32 = 86_400;
const MAX_ROTATION_DAYS: u32 = 90;

const CONFLICT_ALLOWED: &str = "\"merge\", \"manual\", \"server_wins\" or \"client_wins\"";

impl Strategies {
    /// Reads a configuration.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place and what is allowed there.
    pub fn read(text: &str) -> Result<Self, Vec<ConfigProblem>> {
        let problems = Problems::default();
        let mut read = Self::default();
        match json::parse(text.as_bytes()) {
            Ok(value) => {
                if let Some(root) = Object::at("", &value, &problems) {
                    read_root(root, &mut read);
                }
            }
            Err(error) => problems.note("", error.to_string()),
        }
        let problems = problems.into_list();
        if problems.is_empty() {
            Ok(read)
        } else {
            Err(problems)
        }
    }
}

fn read_root(root: Object<'_>, read: &mut Strategies) {
    root.only(&["offline"]);
    if root.get("offline").is_none() {
        root.problem("offline", "is missing; everything stands in it");
    }
    root.within("offline", |offline| {
        offline.only(&["enabled", "storage", "sync", "cache"]);
        if offline.truth("enabled") == Some(false) {
            offline.problem(
                "enabled",
                "must be true: Haven keeps its records on this device, there is no other way of working",
            );
        }
        offline.within("storage", |storage| read_storage(storage, read));
        // What holds for all types is read before what holds for one.
        offline.within("sync", |sync| read_sync(sync, read));
        offline.within("sync", |sync| {
            sync.within("resourceStrategies", |types| {
                for name in types.names() {
                    let mut one = read.usual.clone();
                    read_member(types, name, |object| read_type(object, name, &mut one));
                    read.types.insert(name.clone(), one);
                }
            });
        });
        offline.within("cache", |cache| {
            cache.only(&["strategies"]);
            cache.within("strategies", |types| {
                for name in types.names() {
                    let known = read.types.get(name).cloned();
                    let mut one = known.clone().unwrap_or_else(|| read.usual.clone());
                    read_member(types, name, |object| {
                        object.only(&["retention", "priority"]);
                        read_cache(object, &mut one, known.as_ref());
                    });
                    read.types.insert(name.clone(), one);
                }
            });
        });
    });
}

/// Works on the member of a type, once its name is that of one.
fn read_member(types: Object<'_>, name: &str, work: impl FnOnce(Object<'_>)) {
    if r4().is_resource_type(name) {
        types.within(name, work);
    } else {
        types.problem(
            name,
            "is not a FHIR R4 resource type; write it as Patient or Observation",
        );
    }
}

fn read_storage(storage: Object<'_>, read: &mut Strategies) {
    storage.only(&["maxSize", "encryptionAlgorithm", "keyRotationDays"]);
    read.max_bytes = storage.word("maxSize", BYTES_ALLOWED, measure::bytes);
    storage.word(
        "encryptionAlgorithm",
        "\"AES-256-GCM\"; Haven knows no other",
        |word| (word == ALGORITHM).then_some(()),
    );
    read.key_rotation_days = storage.whole("keyRotationDays", 1, MAX_ROTATION_DAYS);
}

fn read_sync(sync: Object<'_>, read: &mut Strategies) {
    sync.only(&[
        "autoSync",
        "interval",
        "syncInterval",
        "batchSize",
        "maxRetries",
        "conflictResolution",
        "direction",
        "retryPolicy",
        "syncOnWifiOnly",
        "backgroundSync",
        "resourceStrategies",
    ]);
    read.auto_sync = sync.truth("autoSync").unwrap_or(read.auto_sync);
    read.background_sync = sync.truth("backgroundSync").unwrap_or(read.background_sync);
    read.wifi_only = sync.truth("syncOnWifiOnly").unwrap_or(read.wifi_only);
    read.interval_seconds = read_interval(sync);
    let usual = &mut read.usual;
    if let Some(retries) = sync.whole("maxRetries", 0, MAX_ATTEMPTS - 1) {
        usual.retry.max_attempts = retries + 1;
    }
    usual.batch_size = sync.whole("batchSize", 1, MAX_BATCH);
    usual.direction = read_direction(sync).unwrap_or_default();
    sync.within("retryPolicy", |retry| read_retry(retry, &mut usual.retry));
    if let Some(strategy) = read_conflict(sync) {
        if matches!(strategy, Strategy::ServerWins | Strategy::ClientWins) {
            sync.problem(
                "conflictResolution",
                "must be \"merge\" or \"manual\": for all types at once it holds for clinical records too, where no side may silently win. Set a side for a single administrative type, such as Appointment, under resourceStrategies",
            );
        } else {
            usual.conflict = strategy;
        }
    }
}

/// Appendix B counts `interval` in seconds, 1.3 `syncInterval` in minutes.
fn read_interval(sync: Object<'_>) -> Option<u32> {
    let seconds = sync.whole("interval", MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS);
    let minutes = sync.whole("syncInterval", 1, MAX_INTERVAL_SECONDS / 60);
    match (seconds, minutes.map(|minutes| minutes * 60)) {
        (Some(seconds), Some(same)) if seconds != same => {
            sync.problem(
                "syncInterval",
                "says another time (in minutes) than interval (in seconds); leave one of them out",
            );
            None
        }
        (seconds, minutes) => seconds.or(minutes),
    }
}

fn read_type(object: Object<'_>, name: &str, one: &mut TypeStrategy) {
    object.only(&[
        "direction",
        "conflictResolution",
        "priority",
        "batchSize",
        "retryPolicy",
        "cacheStrategy",
    ]);
    one.direction = read_direction(object).unwrap_or(one.direction);
    if let Some(strategy) = read_conflict(object) {
        let silent = matches!(strategy, Strategy::ServerWins | Strategy::ClientWins);
        match guarded_because(name).filter(|_| silent) {
            Some(reason) => object.problem(
                "conflictResolution",
                format!(
                    "must be \"merge\" or \"manual\": no side may silently win for {name}, as {reason}"
                ),
            ),
            None => one.conflict = strategy,
        }
    }
    one.batch_size = object.whole("batchSize", 1, MAX_BATCH).or(one.batch_size);
    object.within("retryPolicy", |retry| read_retry(retry, &mut one.retry));
    let priority = read_priority(object);
    object.within("cacheStrategy", |cache| {
        cache.only(&["retention", "priority"]);
        read_cache(cache, one, None);
    });
    if let Some(priority) = priority {
        let is_fetch_given = object
            .get("cacheStrategy")
            .is_some_and(|cache| cache.get("priority").is_some());
        one.priority = priority;
        if !is_fetch_given {
            one.fetch_priority = priority;
        }
    }
}

/// `retention` and `priority` of a type's copies; `known` is what another place said of them.
fn read_cache(cache: Object<'_>, one: &mut TypeStrategy, known: Option<&TypeStrategy>) {
    if let Some(retention) = read_retention(cache) {
        let other = known.and_then(|known| known.retention);
        if other.is_some_and(|other| other != retention) {
            cache.problem(
                "retention",
                "says something else than cacheStrategy.retention of the same type; leave one of them out",
            );
        }
        one.retention = Some(retention);
    }
    if let Some(priority) = read_priority(cache) {
        one.fetch_priority = priority;
        if known.is_none() {
            one.priority = priority;
        }
    }
}

/// A length of time, or `{"active": "permanent", "recent": "90_days"}`: what is pinned or waits is
/// active and always stays, so only `recent` can be chosen.
fn read_retention(cache: Object<'_>) -> Option<Retention> {
    if !cache.get("retention")?.is_object() {
        return cache.word("retention", RETENTION_ALLOWED, measure::retention);
    }
    let mut recent = None;
    cache.within("retention", |retention| {
        retention.only(&["active", "recent"]);
        retention.word(
            "active",
            "\"permanent\": pinned charts and what waits to be sent always stay",
            |word| (word == "permanent").then_some(()),
        );
        recent = retention.word("recent", RETENTION_ALLOWED, measure::retention);
        if retention.get("recent").is_none() {
            retention.problem(
                "recent",
                format!("is missing; it must be {RETENTION_ALLOWED}"),
            );
        }
    });
    recent
}

fn read_priority(object: Object<'_>) -> Option<u8> {
    const ALLOWED: &str = "\"high\", \"medium\", \"low\", or a number from 1 (first) to 10 (last)";
    let value = object.get("priority")?;
    if let Some(number) = value.as_u64() {
        let read = u8::try_from(number)
            .ok()
            .filter(|one| (1..=10).contains(one));
        if read.is_none() {
            object.problem("priority", format!("must be {ALLOWED}"));
        }
        return read;
    }
    object.word("priority", ALLOWED, |word| match word {
        "high" => Some(1),
        "medium" => Some(super::USUAL_PRIORITY),
        "low" => Some(9),
        _ => None,
    })
}

fn read_direction(object: Object<'_>) -> Option<Direction> {
    object.word(
        "direction",
        "\"bidirectional\", \"pull_only\", \"push_only\" or \"none\"",
        |word| match word {
            "bidirectional" | "both" => Some(Direction::Bidirectional),
            "pull" | "pull_only" => Some(Direction::PullOnly),
            "push" | "push_only" => Some(Direction::PushOnly),
            "none" => Some(Direction::None),
            _ => None,
        },
    )
}

fn read_conflict(object: Object<'_>) -> Option<Strategy> {
    object.word("conflictResolution", CONFLICT_ALLOWED, |word| match word {
        "merge" => Some(Strategy::Merge),
        "manual" => Some(Strategy::Manual),
        "server_wins" => Some(Strategy::ServerWins),
        "client_wins" => Some(Strategy::ClientWins),
        _ => None,
    })
}

fn read_retry(object: Object<'_>, retry: &mut RetryPolicy) {
    object.only(&["maxAttempts", "backoffMultiplier", "maxBackoffSeconds"]);
    if let Some(attempts) = object.whole("maxAttempts", 1, MAX_ATTEMPTS) {
        retry.max_attempts = attempts;
    }
    if let Some(seconds) = object.whole("maxBackoffSeconds", 1, MAX_BACKOFF_SECONDS) {
        retry.max_backoff_seconds = seconds;
    }
    if let Some(value) = object.get("backoffMultiplier") {
        match value
            .as_f64()
            .filter(|number| (1.0..=10.0).contains(number))
        {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a number from 1 to 10, in hundredths"
            )]
            Some(number) => retry.multiplier_percent = (number * 100.0).round() as u32,
            None => object.problem("backoffMultiplier", "must be a number from 1 to 10"),
        }
    }
}
