use proptest::prelude::{any, prop_assert_eq, proptest};

use super::*;
use crate::merge::Strategy;

const APPENDIX_B: &str = r#"{"offline": {"enabled": true,
  "storage": {"maxSize": "1GB", "encryptionAlgorithm": "AES-256-GCM", "keyRotationDays": 90},
  "sync": {"autoSync": true, "interval": 300, "batchSize": 50, "maxRetries": 3, "conflictResolution": "merge"},
  "cache": {"strategies": {
    "Patient": {"retention": "90d", "priority": "high"},
    "Observation": {"retention": "30d", "priority": "medium"}}}}}"#;

fn problems(text: &str) -> Vec<(String, String)> {
    Strategies::read(text)
        .expect_err("it is refused")
        .into_iter()
        .map(|problem| (problem.path, problem.message))
        .collect()
}

fn sync(member: &str) -> String {
    format!(r#"{{"offline": {{"sync": {{{member}}}}}}}"#)
}

#[test]
fn the_guides_own_example_is_read_as_it_is_meant() {
    let read = Strategies::read(APPENDIX_B).expect("the example is one");
    assert_eq!(read.max_bytes, Some(1_000_000_000));
    assert_eq!(read.key_rotation_days, Some(90));
    assert_eq!(read.interval_seconds, Some(300));
    let patient = read.of("Patient");
    assert_eq!(patient.retention, Some(Retention::Days(90)));
    assert_eq!((patient.priority, patient.batch_size), (1, Some(50)));
    assert_eq!(
        patient.retry.max_attempts, 4,
        "three retries are four attempts"
    );
    assert_eq!(
        read.of("Encounter").retention,
        None,
        "what is not named keeps the store's policy"
    );
}

#[test]
fn the_guides_strategy_of_a_type_is_read_as_it_is_meant() {
    let read = Strategies::read(&sync(
        r#""autoSync": true, "syncInterval": 5, "syncOnWifiOnly": false, "backgroundSync": true,
           "maxRetries": 3, "resourceStrategies": {"Patient": {"direction": "bidirectional",
           "conflictResolution": "merge", "priority": 1, "batchSize": 50,
           "retryPolicy": {"maxAttempts": 3, "backoffMultiplier": 2, "maxBackoffSeconds": 300},
           "cacheStrategy": {"priority": "high", "retention": {"active": "permanent", "recent": "90_days"}}}}"#,
    ))
    .expect("the example is one");
    assert_eq!(read.interval_seconds, Some(300), "minutes, there");
    let patient = read.of("Patient");
    assert_eq!(patient.retry.max_attempts, 3);
    assert_eq!(patient.retry.multiplier_percent, 200);
    assert_eq!(patient.retention, Some(Retention::Days(90)));
    assert_eq!((patient.priority, patient.fetch_priority), (1, 1));
}

#[test]
fn a_misspelt_key_is_named_with_its_place_and_what_is_allowed() {
    let found = problems(&sync(r#""batchsize": 50"#));
    assert_eq!(found[0].0, "offline.sync.batchsize");
    assert!(
        found[0].1.contains("batchSize"),
        "the right spelling is among what is allowed: {found:?}"
    );
}

#[test]
fn everything_wrong_is_told_at_once() {
    let found = problems(
        r#"{"offline": {"enabled": false, "storage": {"maxSize": "1 gigabyte",
        "encryptionAlgorithm": "ROT13", "keyRotationDays": 400},
        "sync": {"autoSync": "yes", "interval": 1, "conflictResolution": "newest"},
        "cache": {"strategies": {"Pateint": {"retention": "90d"}, "Observation": {"retention": "soon"}}}}}"#,
    );
    let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    for path in [
        "offline.enabled",
        "offline.storage.maxSize",
        "offline.storage.encryptionAlgorithm",
        "offline.storage.keyRotationDays",
        "offline.sync.autoSync",
        "offline.sync.interval",
        "offline.sync.conflictResolution",
        "offline.cache.strategies.Pateint",
        "offline.cache.strategies.Observation.retention",
    ] {
        assert!(paths.contains(&path), "{path} is missing of {paths:?}");
    }
    assert_eq!(found.len(), 9, "and nothing else: {found:?}");
}

#[test]
fn no_side_may_silently_win_over_what_is_clinical() {
    for (name, word) in [
        ("Patient", "server_wins"),
        ("AllergyIntolerance", "client_wins"),
        ("MedicationRequest", "server_wins"),
        ("Observation", "client_wins"),
        ("Consent", "server_wins"),
    ] {
        let found = problems(&sync(&format!(
            r#""resourceStrategies": {{"{name}": {{"conflictResolution": "{word}"}}}}"#
        )));
        assert_eq!(
            found[0].0,
            format!("offline.sync.resourceStrategies.{name}.conflictResolution")
        );
        assert!(
            found[0].1.contains("as it"),
            "the reason is told: {found:?}"
        );
    }
    let found = problems(&sync(r#""conflictResolution": "server_wins""#));
    assert!(
        found[0].1.contains("clinical"),
        "not for all types at once either: {found:?}"
    );
    let allowed = Strategies::read(&sync(
        r#""resourceStrategies": {"Appointment": {"conflictResolution": "server_wins"}}"#,
    ))
    .expect("an appointment is administrative");
    assert_eq!(allowed.of("Appointment").conflict, Strategy::ServerWins);
}

#[test]
fn what_two_places_say_differently_is_refused() {
    let found = problems(
        r#"{"offline": {"sync": {"interval": 60, "syncInterval": 5, "resourceStrategies":
        {"Task": {"cacheStrategy": {"retention": "10d"}}}},
        "cache": {"strategies": {"Task": {"retention": "20d"}}}}}"#,
    );
    let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "offline.sync.syncInterval",
            "offline.cache.strategies.Task.retention"
        ]
    );
}

#[test]
fn a_key_given_twice_and_what_is_no_json_are_refused() {
    assert_eq!(problems(r#"{"offline": {}, "offline": {}}"#).len(), 1);
    assert_eq!(problems("offline: yes").len(), 1);
    assert_eq!(problems("[]")[0].1, "must be an object, { … }");
    assert_eq!(problems("{}")[0].0, "offline");
}

#[test]
fn a_preview_tells_every_change_in_words() {
    let after = Strategies::read(APPENDIX_B).expect("the example is one");
    let changes = changes_between(&Strategies::default(), &after);
    let words: Vec<&str> = changes.iter().map(|change| change.words.as_str()).collect();
    for wanted in [
        "Records on this device may take 1GB (until now as much as its quota says).",
        "The server is asked for news every 300 s (until now at Haven's usual pace).",
        "Observation: copies that nobody used for 30 days may leave this device; the server keeps them.",
        "Patient: sent with priority 1 of 10 (until now 5).",
    ] {
        assert!(words.contains(&wanted), "{wanted} is missing of {words:#?}");
    }
    assert!(
        changes_between(&after, &after).is_empty(),
        "the same configuration changes nothing"
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same(
        mega in 50_u64..9_000_000,
        days in 1_u32..=90,
        interval in 5_u32..=86_400,
        batch in proptest::option::of(1_u32..=1_000),
        percent in 100_u32..=1_000,
        direction in 0_usize..4,
        stay in proptest::option::of(1_u32..=36_500),
        truths in proptest::array::uniform3(any::<bool>()),
    ) {
        let directions = [
            Direction::Bidirectional, Direction::PullOnly, Direction::PushOnly, Direction::None,
        ];
        let one = TypeStrategy {
            direction: directions[direction],
            conflict: Strategy::Manual,
            priority: 3,
            fetch_priority: 7,
            batch_size: batch,
            retry: RetryPolicy { max_attempts: 5, multiplier_percent: percent, max_backoff_seconds: 60 },
            retention: stay.map(Retention::Days),
        };
        let strategies = Strategies {
            max_bytes: Some(mega * 1_000_000),
            key_rotation_days: Some(days),
            auto_sync: truths[0],
            interval_seconds: Some(interval),
            background_sync: truths[1],
            wifi_only: truths[2],
            usual: TypeStrategy { batch_size: batch, ..TypeStrategy::default() },
            types: [("Observation".to_owned(), one)].into(),
        };
        // A type that names no batch size takes that of all types.
        let text = strategies.to_value().to_string();
        prop_assert_eq!(Strategies::read(&text), Ok(strategies), "{}", text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        let _read = Strategies::read(&text);
    }
}
