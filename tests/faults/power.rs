//! Power cuts: SIGKILL in the middle of writing.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::support::station::{Batch, Station};
use super::support::{folder, rows, say};
use super::{file_of, patient};

/// How many patients are written again and again.
const PATIENTS: usize = 6;

type Held = BTreeMap<String, Value>;

fn held_by(batch: &mut Batch) -> Held {
    (0..PATIENTS)
        .map(|number| format!("p-{number}"))
        .filter_map(|id| {
            let answer = batch.any(&format!("get Patient/{id}"));
            (answer["resourceType"] == "Patient").then_some((id, answer))
        })
        .collect()
}

/// Lets a seeded time pass, so that the cut falls anywhere. Nothing is waited for.
fn spin(micros: u64) {
    let started = Instant::now();
    while started.elapsed() < Duration::from_micros(micros) {
        std::hint::spin_loop();
    }
}

#[test]
fn what_a_batch_answered_survives_its_death_at_any_moment() {
    let seed = 61;
    say(&format!("seed {seed}"));
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let mut expected = Held::new();
    let mut under_way: Vec<Value> = Vec::new();
    let (mut answered, mut number) = (0, 0);
    for moment in 0..=12 {
        let mut batch = station.batch();
        let held = held_by(&mut batch);
        // Lines are done in order, so what stands is what was answered and some of the rest, in order.
        let mut possible = expected.clone();
        let mut states = Vec::new();
        for (count, edit) in std::iter::once(&Value::Null).chain(&under_way).enumerate() {
            if let Some(id) = edit["id"].as_str() {
                possible.insert(id.to_owned(), edit.clone());
            }
            if count >= answered {
                states.push(possible.clone());
            }
        }
        assert!(
            states.contains(&held),
            "after cut {moment}: every answered line is there, and none by half"
        );
        assert_eq!(
            batch.ask("verify --deep")["problems"],
            json!([]),
            "after cut {moment}"
        );
        expected = held;
        let mut edit = |dice: &mut ChaCha8Rng| {
            number += 1;
            let id = format!("p-{}", dice.random_range(0..PATIENTS));
            let mut edit = patient(&id, &format!("Edit{number}"));
            // Each line reads a file of its own, since it may be read late.
            let body = edit.to_string();
            let path = station.file(&format!("{number}.json"), body.as_bytes());
            edit["id"] = json!(id);
            (edit, format!("put {}", path.display()))
        };
        for _ in 0..dice.random_range(0..6_usize) {
            let (edit, line) = edit(&mut dice);
            batch.ask(&line);
            expected.insert(edit["id"].as_str().expect("an id").to_owned(), edit);
        }
        under_way.clear();
        for _ in 0..dice.random_range(1..8_usize) {
            let (edit, line) = edit(&mut dice);
            batch.send(&line);
            under_way.push(edit);
        }
        spin(dice.random_range(0..40_000));
        answered = batch.kill();
    }
    station.assert_sound();
}

#[test]
fn an_import_that_dies_at_any_moment_leaves_whole_transactions() {
    let seed = 67;
    say(&format!("seed {seed}"));
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let dir = tempfile::tempdir().expect("a folder");
    let blank = Station::own(dir.path());
    let clinic = rows::clinic(3, 9);
    let parts: Vec<&[Vec<u8>]> = clinic.chunks(clinic.len() / 12).collect();
    let mut arguments = vec!["import".to_owned()];
    for (number, part) in parts.iter().enumerate() {
        let path = blank.file(&format!("part-{number}.ndjson"), &rows::ndjson(part));
        arguments.push(path.display().to_string());
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let whole_sums: Vec<usize> = (0..=parts.len())
        .map(|count| parts[..count].iter().map(|part| part.len()).sum())
        .collect();
    let mut cut_short = 0;
    for moment in 0..8 {
        let station = blank.moved(dir.path().join(format!("cut-{moment}")));
        folder::copy(&blank.store, &station.store);
        let log_bytes = dice.random_range(0..600_000);
        let mut child = station
            .command(&arguments)
            .stdout(Stdio::null())
            .spawn()
            .expect("haven import starts");
        let log = station.store.join("store.db-wal");
        loop {
            let ended = child.try_wait().expect("a child can be asked").is_some();
            let reached = fs::metadata(&log).is_ok_and(|file| file.len() >= log_bytes);
            if ended || reached {
                break;
            }
            std::thread::yield_now();
        }
        child.kill().expect("a child can be killed");
        child.wait().expect("it ends");
        let mut batch = station.batch();
        let resources = batch.ask("status")["resources"].as_u64().expect("a count");
        let resources = usize::try_from(resources).expect("small");
        assert!(
            whole_sums.contains(&resources),
            "cut {moment} at {log_bytes} bytes of log: {resources} is a sum of {whole_sums:?}"
        );
        cut_short += usize::from(resources < clinic.len());
        assert_eq!(
            batch.ask("verify --deep")["problems"],
            json!([]),
            "after cut {moment}"
        );
        for row in &clinic[..resources] {
            let (resource_type, id) = folder::key(row);
            assert_eq!(batch.bytes(&format!("get {resource_type}/{id}")), *row);
        }
        if moment < 2 {
            let again = batch.ask(&arguments.join(" "));
            assert_eq!(again["imported"], clinic.len(), "the same import again");
            let status = batch.ask("status");
            let ends = (&status["resources"], &status["pending"]);
            let whole = serde_json::json!(clinic.len());
            assert_eq!(ends, (&whole, &whole), "ends where it should have");
        }
        batch.end();
    }
    say(&format!("{cut_short} of 8 imports were cut short"));
    assert!(cut_short >= 3, "the cuts fall into the work");
}

#[test]
fn an_init_that_dies_leaves_a_store_or_none() {
    let seed = 71;
    say(&format!("seed {seed}"));
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let dir = tempfile::tempdir().expect("a folder");
    let mut told = 0;
    for moment in 0..6 {
        let station = Station::at(dir.path().join(format!("place-{moment}/store")), "ada");
        let mut child = station
            .command(&["init"])
            .stdout(Stdio::null())
            .spawn()
            .expect("haven init starts");
        let wanted = dice.random_range(1..6_usize);
        let place = dir.path().join(format!("place-{moment}"));
        while child.try_wait().expect("asked").is_none() && folder::files(&place).len() < wanted {
            std::thread::yield_now();
        }
        child.kill().expect("killed");
        child.wait().expect("ends");
        let output = station.attempt(&["status"]);
        if !output.status.success() {
            station.refused(&["status"], 1, "not_found").comforts();
            // Nothing had been made, so the same command makes it now.
            station.run(&["init"]);
            told += 1;
        }
        station.run(&["put", &file_of(&station, &patient("p", "Osei"))]);
        station.assert_sound();
    }
    say(&format!("{told} of 6 were cut short"));
}
