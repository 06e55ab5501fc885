//! A backup is restorable or it is not there; a restore gives everything back or nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::support::needle::Needles;
use super::support::station::Station;
use super::support::{folder, rows, say};
use super::{patient, put};

/// The count of a long run, or that of a short one.
fn rounds(variable: &str, short: usize) -> usize {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(short)
}

/// A store that holds a small clinic.
fn clinic(dir: &Path, patients: u32) -> (Station, Vec<Vec<u8>>) {
    let station = Station::own(dir);
    let rows = rows::clinic(patients, 5);
    let path = station.file("clinic.ndjson", &rows::ndjson(&rows));
    station.run(&["import", &path.display().to_string()]);
    (station, rows)
}

fn exported(station: &Station, to: &Path) -> folder::Lines {
    station.run(&["export", &to.display().to_string()]);
    folder::exported(to)
}

fn words(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn a_restored_store_is_the_one_that_was_backed_up_byte_for_byte() {
    let dir = tempfile::tempdir().expect("a folder");
    let (station, rows) = clinic(dir.path(), 3);
    let file = dir.path().join("clinic.haven-backup");
    let made = station.run(&["backup", "create", &words(&file)]);
    assert_eq!(made["verified"], true);
    assert_eq!(made["resources"], rows.len());
    let status = station.run(&["status"]);
    assert_eq!(
        status["lastBackup"], made["madeAt"],
        "the store knows its backup"
    );
    let before = exported(&station, &dir.path().join("before"));
    for round in 0..rounds("HAVEN_RESTORES", 2) {
        let back = station.moved(dir.path().join(format!("back-{round}")));
        let answer = back.run(&["backup", "restore", &words(&file)]);
        assert_eq!(answer["resources"], rows.len());
        assert_ne!(
            answer["deviceId"], answer["previousDeviceId"],
            "a restored store is a device of its own"
        );
        back.assert_sound();
        let after = exported(&back, &dir.path().join(format!("after-{round}")));
        folder::assert_same(&before, &after, "before and after");
    }
    // Over a good backup only a better one.
    let again = station.run(&["backup", "create", &words(&file)]);
    assert!(again["auditEntries"].as_u64() > made["auditEntries"].as_u64());
    let left: Vec<_> = fs::read_dir(dir.path())
        .expect("lists")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .collect();
    assert_eq!(
        left,
        Vec::<std::ffi::OsString>::new(),
        "nothing is left over"
    );
}

#[test]
fn nothing_of_a_patient_can_be_read_in_a_backup() {
    let dir = tempfile::tempdir().expect("a folder");
    let (station, rows) = clinic(dir.path(), 6);
    let file = dir.path().join("b");
    station.run(&["backup", "create", &words(&file)]);
    let mut texts = BTreeSet::new();
    for row in &rows {
        let value: Value = serde_json::from_slice(row).expect("JSON");
        texts.extend(value["id"].as_str().map(str::to_owned));
        texts.extend(value["name"][0]["family"].as_str().map(str::to_owned));
    }
    texts.retain(|text| text.len() >= super::support::needle::SHORTEST);
    assert!(texts.len() > 100, "enough to look for");
    let bytes = fs::read(&file).expect("reads");
    assert_eq!(Needles::of(&texts).found_in(&bytes), BTreeSet::new());
}

#[test]
fn a_flipped_byte_is_refused_and_leaves_nothing_behind() {
    let seed = 71;
    say(&format!("seed {seed}"));
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let dir = tempfile::tempdir().expect("a folder");
    let (station, _) = clinic(dir.path(), 1);
    let file = dir.path().join("b");
    station.run(&["backup", "create", &words(&file)]);
    let whole = fs::read(&file).expect("reads");
    let mut places: Vec<usize> = vec![0, 9, 40, whole.len() - 1];
    places.extend((0..rounds("HAVEN_FLIPS", 24)).map(|_| dice.random_range(0..whole.len())));
    for at in places {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << dice.random_range(0..8);
        let harmed = dir.path().join("harmed");
        fs::write(&harmed, &bytes).expect("writes");
        let back = station.moved(dir.path().join("back"));
        back.refused(&["backup", "restore", &words(&harmed)], 6, "integrity")
            .comforts();
        back.refused(&["backup", "verify", &words(&harmed)], 6, "integrity");
        assert!(
            !back.store.exists(),
            "flipped at {at}: nothing is left behind"
        );
        assert!(!dir.path().join(".back.restoring").exists());
    }
    for length in [0, 11, 700, whole.len() / 2, whole.len() - 1] {
        let cut = dir.path().join("cut");
        fs::write(&cut, &whole[..length]).expect("writes");
        let back = station.moved(dir.path().join("back"));
        back.refused(&["backup", "restore", &words(&cut)], 6, "integrity");
        assert!(
            !back.store.exists(),
            "cut to {length}: nothing is left behind"
        );
    }
    let wrong = station
        .moved(dir.path().join("back"))
        .with_passphrase("another one entirely");
    wrong
        .refused(&["backup", "restore", &words(&file)], 3, "wrong_passphrase")
        .comforts();
    assert!(!wrong.store.exists());
}

#[test]
fn a_restore_never_overwrites() {
    let dir = tempfile::tempdir().expect("a folder");
    let (station, _) = clinic(dir.path(), 1);
    let file = dir.path().join("b");
    station.run(&["backup", "create", &words(&file)]);
    let before = folder::content(&station.store, &["attempts.json"]);
    station
        .refused(&["backup", "restore", &words(&file)], 5, "already_exists")
        .comforts()
        .says("-restored-1");
    let harmed = station.moved(dir.path().join("harmed"));
    folder::copy(&station.store, &harmed.store);
    fs::write(harmed.store.join("keys.json"), b"{}").expect("harm");
    harmed
        .refused(&["backup", "restore", &words(&file)], 6, "unreadable")
        .comforts()
        .says("-restored-1");
    let other = station.moved(dir.path().join("photos"));
    fs::create_dir_all(&other.store).expect("made");
    fs::write(other.store.join("holiday.jpg"), b"x").expect("written");
    other
        .refused(&["backup", "restore", &words(&file)], 5, "precondition")
        .comforts();
    assert_eq!(
        folder::differences(
            &before,
            &folder::content(&station.store, &["attempts.json"])
        ),
        Vec::<String>::new(),
        "the store that was there stays as it was"
    );
    // What is no backup is not written over, and the store's own folder is no place for one.
    let photo = words(&other.store.join("holiday.jpg"));
    station.refused(&["backup", "create", &photo], 5, "precondition");
    let inside = words(&station.store.join("b"));
    station.refused(&["backup", "create", &inside], 1, "invalid");
}

/// Lets a seeded time pass, so that the end falls anywhere. Nothing is waited for.
fn spin(time: Duration) {
    let started = Instant::now();
    while started.elapsed() < time {
        std::hint::spin_loop();
    }
}

#[test]
fn a_backup_killed_at_any_moment_is_absent_or_restorable_and_the_store_unharmed() {
    let seed = 72;
    say(&format!("seed {seed}"));
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let dir = tempfile::tempdir().expect("a folder");
    let (station, rows) = clinic(dir.path(), 3);
    let file = dir.path().join("b");
    let started = Instant::now();
    let mut batch = station.batch();
    batch.ask("unlock --check");
    let unlocked = Instant::now();
    batch.ask(&format!("backup create {}", words(&file)));
    let takes = unlocked.elapsed();
    batch.end();
    say(&format!(
        "unlock {:?}, backup {takes:?}",
        unlocked - started
    ));
    fs::remove_file(&file).expect("the first one goes");
    let kills = rounds("HAVEN_BACKUP_KILLS", 20);
    let (mut there, mut whole) = (0, 0);
    for round in 0..kills {
        let mut batch = station.batch();
        // It says nothing before it is unlocked.
        let one = patient(&format!("extra-{round}"), "Tanaka");
        put(&mut batch, &station, &one);
        assert!(batch.send(&format!("backup create {}", words(&file))));
        spin(takes.mul_f64(dice.random_range(0.0..2.5)));
        batch.kill();
        if file.exists() {
            there += 1;
            if round % 5 == 0 || round + 1 == kills {
                let back = station.moved(dir.path().join(format!("back-{round}")));
                let answer = back.run(&["backup", "restore", &words(&file)]);
                assert!(answer["resources"].as_u64() >= Some(rows.len() as u64));
                whole += 1;
            } else {
                let checked = station.run(&["backup", "verify", &words(&file)]);
                assert_eq!(checked["verified"], true, "what bears the name is whole");
            }
        }
    }
    station.assert_sound();
    assert_eq!(
        station.run(&["status"])["resources"],
        rows.len() + kills,
        "no edit was lost to a dying backup"
    );
    let made = station.run(&["backup", "create", &words(&file)]);
    assert_eq!(made["verified"], true, "and the next one succeeds");
    assert!(
        !dir.path().join(".b.partial").exists(),
        "what the killed ones left is cleared"
    );
    say(&format!(
        "{kills} kills, {there} after the name was given, {whole} of them restored"
    ));
}

#[test]
fn others_write_while_a_backup_is_made() {
    let dir = tempfile::tempdir().expect("a folder");
    let (station, rows) = clinic(dir.path(), 20);
    let file = dir.path().join("b");
    let mut making = station.batch();
    let mut writing = station.batch();
    making.ask("unlock --check");
    writing.ask("unlock --check");
    assert!(making.send(&format!("backup create {}", words(&file))));
    let mut slowest = Duration::ZERO;
    for number in 0..40 {
        let started = Instant::now();
        put(
            &mut writing,
            &station,
            &patient(&format!("w-{number}"), "Osei"),
        );
        slowest = slowest.max(started.elapsed());
    }
    let made: Value =
        serde_json::from_slice(&making.answer().expect("it ends")).expect("an answer");
    assert_eq!(made["verified"], json!(true), "{made}");
    assert!(made["resources"].as_u64() >= Some(rows.len() as u64));
    making.end();
    writing.end();
    say(&format!("slowest of 40 saves beside a backup: {slowest:?}"));
    assert_eq!(station.run(&["status"])["resources"], rows.len() + 40);
    station.assert_sound();
}

#[test]
fn a_backup_is_checked_with_the_store_s_own_keys_when_the_passphrase_is_not_its_own_any_more() {
    let dir = tempfile::tempdir().expect("a folder");
    let (station, _) = clinic(dir.path(), 1);
    let file = dir.path().join("b");
    station.run(&["backup", "create", &words(&file)]);
    let mut batch = station.batch();
    let checked = batch.ask(&format!("backup verify {}", words(&file)));
    assert_eq!(checked["verified"], true);
    batch.refused(&format!("backup restore {}", words(&file)), "invalid");
    batch.end();
    let nowhere = station.moved(dir.path().join("nowhere"));
    assert_eq!(
        nowhere.run(&["backup", "verify", &words(&file)])["verified"],
        true,
        "no store is needed"
    );
    assert!(!nowhere.store.exists());
}
