//! Damaged files: told, kept as they are, never made anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::support::station::{Batch, Station};
use super::support::{folder, say};
use super::{assert_holds, patient, put, small_clinic};

/// Counting an attempt is not harm to the data.
const MAY_CHANGE: [&str; 1] = ["attempts.json"];

/// Reads, verifies and makes anew a store harmed by `harm`; all must be refused, and every file stay.
fn assert_kept_as_it_is(whole: &Station, dir: &Path, name: &str, harm: impl Fn(&Path)) {
    let station = whole.moved(dir.join(name.replace([' ', '/', '.'], "-")));
    folder::copy(&whole.store, &station.store);
    harm(&station.store);
    let before = folder::content(&station.store, &MAY_CHANGE);
    for arguments in [&["get", "Patient/x"], &["verify", "--deep"]] {
        let output = station.attempt(arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            output.status.code(),
            Some(6),
            "{name}: {arguments:?} exits 6: {told}"
        );
        let answer = super::support::station::json(&output);
        if let Some(problems) = answer["problems"].as_array() {
            assert_eq!(arguments[0], "verify", "{name}: only a check reports");
            assert!(
                !problems.is_empty(),
                "{name}: the report names what is wrong: {answer}"
            );
            continue;
        }
        let code = answer["code"].as_str().unwrap_or_default().to_owned();
        assert!(
            code == "integrity" || code == "unreadable",
            "{name}: {arguments:?} says what it is: {answer}"
        );
        super::support::station::refusal(&output, name, 6, &code).comforts();
    }
    station.refused(&["init"], 5, "already_exists").comforts();
    let after = folder::content(&station.store, &MAY_CHANGE);
    assert_eq!(
        folder::differences(&before, &after),
        Vec::<String>::new(),
        "{name}: every file is left as it was found"
    );
}

fn cut(path: &Path, length: u64) {
    let file = fs::OpenOptions::new()
        .write(true)
        .open(path)
        .expect("opens");
    file.set_len(length).expect("cut");
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).expect("reads");
    bytes[at] ^= 0x10;
    fs::write(path, bytes).expect("writes");
}

#[test]
fn a_truncated_or_zeroed_store_is_told_and_left_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let (whole, rows) = small_clinic(dir.path());
    let length = fs::metadata(whole.store.join("store.db"))
        .expect("there")
        .len();
    for left in [
        0,
        1,
        100,
        4_095,
        4_096,
        length / 2 / 4_096 * 4_096,
        length - 4_096,
        length - 1,
    ] {
        assert_kept_as_it_is(&whole, dir.path(), &format!("cut to {left}"), |store| {
            cut(&store.join("store.db"), left);
        });
    }
    assert_kept_as_it_is(&whole, dir.path(), "all zeros", |store| {
        let zeros = vec![0_u8; usize::try_from(length).expect("small")];
        fs::write(store.join("store.db"), zeros).expect("writes");
    });
    assert_kept_as_it_is(&whole, dir.path(), "first byte flipped", |store| {
        flip(&store.join("store.db"), 0);
    });
    assert_kept_as_it_is(&whole, dir.path(), "first page flipped", |store| {
        flip(&store.join("store.db"), 2_000);
    });
    assert_holds(&whole, &rows);
}

#[test]
fn damaged_or_missing_keys_are_told_and_left_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let (whole, rows) = small_clinic(dir.path());
    let length = fs::read(whole.store.join("keys.json")).expect("keys").len();
    let mut dice = ChaCha8Rng::seed_from_u64(41);
    say("seed 41");
    assert_kept_as_it_is(&whole, dir.path(), "no keys", |store| {
        fs::remove_file(store.join("keys.json")).expect("gone");
    });
    assert_kept_as_it_is(&whole, dir.path(), "no database", |store| {
        fs::remove_file(store.join("store.db")).expect("gone");
    });
    for left in [0, 1, length / 2, length - 1] {
        assert_kept_as_it_is(
            &whole,
            dir.path(),
            &format!("keys cut to {left}"),
            |store| {
                cut(&store.join("keys.json"), left as u64);
            },
        );
    }
    for _ in 0..6 {
        let at = dice.random_range(0..length);
        flip_of_keys(&whole, dir.path(), at);
    }
    assert_holds(&whole, &rows);
}

/// A flipped byte of the keys may lie in the name or the salt, where it reads as another login or
/// another passphrase: refused all the same, and never opened to something else.
fn flip_of_keys(whole: &Station, dir: &Path, at: usize) {
    let station = whole.moved(dir.join(format!("keys-{at}")));
    folder::copy(&whole.store, &station.store);
    flip(&station.store.join("keys.json"), at);
    let before = folder::content(&station.store, &MAY_CHANGE);
    let output = station.attempt(&["status"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        matches!(output.status.code(), Some(6 | 3 | 1)) && !told.is_empty(),
        "keys.json flipped at {at} of it: {:?} {told}",
        output.status
    );
    say(&format!(
        "keys.json flipped at {at}: exit {:?}",
        output.status.code()
    ));
    let after = folder::content(&station.store, &MAY_CHANGE);
    assert_eq!(
        folder::differences(&before, &after),
        Vec::<String>::new(),
        "left alone"
    );
}

#[test]
fn a_flipped_byte_anywhere_never_shows_as_other_content() {
    let dir = tempfile::tempdir().expect("a folder");
    let (whole, rows) = small_clinic(dir.path());
    let length = fs::read(whole.store.join("store.db")).expect("there").len();
    let mut dice = ChaCha8Rng::seed_from_u64(43);
    say("seed 43");
    for _ in 0..10 {
        let at = dice.random_range(4_096..length);
        let station = whole.moved(dir.path().join(format!("flipped-{at}")));
        folder::copy(&whole.store, &station.store);
        flip(&station.store.join("store.db"), at);
        let mut seen = "refused at once";
        let output = station.attempt(&["status"]);
        if output.status.success() {
            let mut batch = station.batch();
            assert_no_other_content(&mut batch, &rows, at);
            batch.end();
            seen = "found by verify";
            let found = station.attempt(&["verify", "--deep"]);
            assert_eq!(
                found.status.code(),
                Some(6),
                "a byte flipped at {at} of {length} is found: {}",
                String::from_utf8_lossy(&found.stdout)
            );
        } else {
            assert_eq!(output.status.code(), Some(6), "flipped at {at}");
        }
        let kept = fs::metadata(station.store.join("store.db"))
            .expect("still there")
            .len();
        assert!(kept >= length as u64, "the file is not made anew ({seen})");
    }
    assert_holds(&whole, &rows);
}

fn assert_no_other_content(batch: &mut Batch, rows: &[Vec<u8>], at: usize) {
    for row in rows {
        let (resource_type, id) = folder::key(row);
        let got = batch.bytes(&format!("get {resource_type}/{id}"));
        if got != *row {
            let answer: serde_json::Value = serde_json::from_slice(&got).expect("JSON");
            assert_eq!(
                answer["code"], "integrity",
                "flipped at {at}: what cannot be trusted is refused, not shown: {answer}"
            );
        }
    }
}

/// How many changes wait, as the unlock screen tells.
fn pending_of(store: &Path) -> u64 {
    let text = fs::read(store.join("lobby.json")).expect("the lobby");
    let told: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    told["lobby"]["pending"].as_u64().expect("a count")
}

/// A store whose last changes are still in its write-ahead log, as a power cut leaves it.
fn with_log(dir: &Path) -> (Station, PathBuf) {
    let (station, _) = small_clinic(dir);
    let before = pending_of(&station.store);
    let mut batch = station.batch();
    for number in 0..20 {
        put(
            &mut batch,
            &station,
            &patient(&format!("late-{number}"), "Okafor"),
        );
    }
    // What a flipped byte takes away is told by lobby.json, which follows a moment after a save.
    let started = Instant::now();
    while pending_of(&station.store) < before + 20 {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "lobby.json catches up with the database"
        );
        std::thread::yield_now();
    }
    batch.kill();
    let log = station.store.join("store.db-wal");
    assert!(
        fs::metadata(&log).is_ok_and(|file| file.len() > 40_000),
        "the changes are in the log"
    );
    (station, log)
}

/// What opening may leave behind without harm: the count of attempts, and SQLite's own index.
const BESIDE_THE_LOG: [&str; 2] = ["attempts.json", "store.db-shm"];

#[test]
fn a_flipped_byte_in_the_log_does_not_take_saved_changes_away_unseen() {
    let dir = tempfile::tempdir().expect("a folder");
    let (whole, log) = with_log(dir.path());
    let length = fs::read(&log).expect("the log").len();
    // The last frames too: what the next unlock writes must not make up for what is missing.
    for at in [40, length / 4, length / 2, length - 5_000, length - 40] {
        let station = whole.moved(dir.path().join(format!("log-{at}")));
        folder::copy(&whole.store, &station.store);
        flip(&station.store.join("store.db-wal"), at);
        let before = folder::content(&station.store, &BESIDE_THE_LOG);
        for arguments in [
            &["unlock", "--check"][..],
            &["get", "Patient/late-1"],
            &["verify"],
            &["audit", "verify"],
            &["status"],
        ] {
            let output = station.attempt(arguments);
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(
                output.status.code(),
                Some(6),
                "log flipped at {at} of {length}, {arguments:?}: {told}"
            );
            assert!(
                told.contains("rolled back"),
                "{arguments:?} says so: {told}"
            );
        }
        let taken = dir.path().join(format!("taken-{at}"));
        let output = station.attempt(&["export", taken.to_str().expect("a path")]);
        assert_eq!(
            output.status.code(),
            Some(6),
            "what is left can be taken out"
        );
        assert!(taken.join("Patient.ndjson").exists());
        let after = folder::content(&station.store, &BESIDE_THE_LOG);
        assert_eq!(
            folder::differences(&before, &after),
            Vec::<String>::new(),
            "the log is left as it was found, for whoever can read more of it"
        );
        goes_on(&station, at);
    }
    let mut batch = whole.batch();
    for number in 0..20 {
        batch.ask(&format!("get Patient/late-{number}"));
    }
    batch.end();
    whole.assert_sound();
}

/// A person decides to work on with what is left; the log as found is kept.
fn goes_on(station: &Station, at: usize) {
    let refused = station.attempt(&["unlock", "--accept-rollback", " "]);
    assert_eq!(refused.status.code(), Some(1), "a reason is needed");
    let found = fs::read(station.store.join("store.db-wal")).expect("the log");
    station.run(&["unlock", "--accept-rollback", "no backup is at hand"]);
    let kept = fs::read_dir(&station.store)
        .expect("the store")
        .flatten()
        .find(|file| file.file_name().to_string_lossy().ends_with(".kept"))
        .expect("the log is kept");
    assert_eq!(
        fs::read(kept.path()).expect("reads"),
        found,
        "flipped at {at}: as it was found"
    );
    let entries = station.run(&["audit", "list"]);
    assert!(
        entries
            .as_array()
            .expect("a list")
            .iter()
            .any(|entry| entry["action"] == "rollback-accepted"),
        "who went on is in the audit log for good"
    );
    station.run(&["status"]);
    station.assert_sound();
    station
        .refused(&["unlock", "--accept-rollback", "again"], 5, "precondition")
        .comforts();
}

#[test]
fn an_altered_lobby_is_told_and_locks_nobody_out() {
    let dir = tempfile::tempdir().expect("a folder");
    let (whole, rows) = small_clinic(dir.path());
    let lobby = whole.store.join("lobby.json");
    let text = fs::read_to_string(&lobby).expect("the lobby");
    fs::write(&lobby, text.replace("Harbour Clinic", "Harbour Clinik")).expect("altered");
    let output = whole.attempt(&["verify"]);
    assert_eq!(
        output.status.code(),
        Some(6),
        "an altered lobby is a finding"
    );
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("lobby.json"),
        "and is named"
    );
    let mut batch = whole.batch();
    for row in &rows {
        let (resource_type, id) = folder::key(row);
        assert_eq!(
            batch.bytes(&format!("get {resource_type}/{id}")),
            *row,
            "the data is there"
        );
    }
    batch.end();
}
