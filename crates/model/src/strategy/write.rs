//! A configuration as it would be written: what [`Strategies::read`] reads as the same.

use serde_json::{Map, Value, json};

use super::measure::{bytes_text, retention_text};
use super::{Direction, RetryPolicy, Strategies, TypeStrategy};
use crate::merge::Strategy;

impl Strategies {
    /// The configuration with nothing left out but what it leaves to the store.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut storage = Map::new();
        if let Some(bytes) = self.max_bytes {
            storage.insert("maxSize".to_owned(), json!(bytes_text(bytes)));
        }
        storage.insert("encryptionAlgorithm".to_owned(), json!("AES-256-GCM"));
        if let Some(days) = self.key_rotation_days {
            storage.insert("keyRotationDays".to_owned(), json!(days));
        }
        let mut sync = Map::new();
        sync.insert("autoSync".to_owned(), json!(self.auto_sync));
        if let Some(seconds) = self.interval_seconds {
            sync.insert("interval".to_owned(), json!(seconds));
        }
        if let Some(size) = self.usual.batch_size {
            sync.insert("batchSize".to_owned(), json!(size));
        }
        sync.insert(
            "conflictResolution".to_owned(),
            json!(conflict_word(self.usual.conflict)),
        );
        sync.insert(
            "direction".to_owned(),
            json!(direction_word(self.usual.direction)),
        );
        sync.insert("retryPolicy".to_owned(), retry_value(self.usual.retry));
        sync.insert("syncOnWifiOnly".to_owned(), json!(self.wifi_only));
        sync.insert("backgroundSync".to_owned(), json!(self.background_sync));
        let types: Map<String, Value> = self
            .types
            .iter()
            .map(|(name, one)| (name.clone(), type_value(one)))
            .collect();
        sync.insert("resourceStrategies".to_owned(), Value::Object(types));
        json!({"offline": {"enabled": true, "storage": storage, "sync": sync}})
    }
}

/// One type's part.
pub(super) fn type_value(one: &TypeStrategy) -> Value {
    let mut value = Map::new();
    value.insert("direction".to_owned(), json!(direction_word(one.direction)));
    value.insert(
        "conflictResolution".to_owned(),
        json!(conflict_word(one.conflict)),
    );
    value.insert("priority".to_owned(), json!(one.priority));
    if let Some(size) = one.batch_size {
        value.insert("batchSize".to_owned(), json!(size));
    }
    value.insert("retryPolicy".to_owned(), retry_value(one.retry));
    let mut cache = Map::new();
    cache.insert("priority".to_owned(), json!(one.fetch_priority));
    if let Some(retention) = one.retention {
        cache.insert("retention".to_owned(), json!(retention_text(retention)));
    }
    value.insert("cacheStrategy".to_owned(), Value::Object(cache));
    Value::Object(value)
}

pub(super) fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Bidirectional => "bidirectional",
        Direction::PullOnly => "pull_only",
        Direction::PushOnly => "push_only",
        Direction::None => "none",
    }
}

pub(super) fn conflict_word(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Merge => "merge",
        Strategy::Manual => "manual",
        Strategy::ServerWins => "server_wins",
        Strategy::ClientWins => "client_wins",
    }
}

fn retry_value(retry: RetryPolicy) -> Value {
    let multiplier = if retry.multiplier_percent.is_multiple_of(100) {
        json!(retry.multiplier_percent / 100)
    } else {
        json!(f64::from(retry.multiplier_percent) / 100.0)
    };
    json!({
        "maxAttempts": retry.max_attempts,
        "backoffMultiplier": multiplier,
        "maxBackoffSeconds": retry.max_backoff_seconds,
    })
}
