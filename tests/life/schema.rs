//! Stores of another age, and stores that cannot be read.

use std::fs;

use serde_json::Value;

use super::support::station::{Station, json};
use super::support::{folder, rows};
use super::{patient, put_all};

#[test]
fn a_store_goes_back_a_step_and_forward_again_with_its_data() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let path = station.file("rows.ndjson", &rows::ndjson(&rows::clinic(1, 2)));
    station.run(&["import", &path.display().to_string()]);
    station.run(&["audit", "archive", "--older-than-days", "0"]);
    let before = station.run(&["migrate", "status"]);
    assert_eq!(before["current"], before["newest"]);
    station.run(&["pin", "p1"]);
    station
        .refused(&["migrate", "down", "--to", "6"], 5, "precondition")
        .comforts()
        .says("pin (1 rows)");
    station.refused(&["migrate", "down", "--to", "3"], 1, "invalid");
    station.run(&["unpin", "p1"]);
    station
        .refused(&["migrate", "down", "--to", "6"], 5, "precondition")
        .says("search_date");
    let down = station.run(&["migrate", "down", "--to", "6", "--yes"]);
    assert_eq!(down["current"], 6, "nothing stood in the way");
    let up = station.run(&["migrate", "up"]);
    assert_eq!(up["current"], up["newest"]);
    let report = station.assert_sound();
    assert!(
        report["entries"].as_u64() > Some(20),
        "the archived entries came back"
    );
}

#[test]
fn what_was_discarded_is_not_lost_unasked_by_going_back_a_step() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    put_all(&station, &[patient("p1", "Garcia")]);
    let reason = "made twice, she is p7";
    station.run(&["outbox", "discard", "Patient/p1", "--reason", reason]);
    let list = station.run(&["outbox", "discarded", "list"]);
    assert_eq!(list[0]["reason"], reason);
    let seq = list[0]["seq"].to_string();
    let shown = station.run(&["outbox", "discarded", "show", &seq]);
    assert_eq!(shown["resource"]["name"][0]["family"], "Garcia");
    station
        .refused(&["migrate", "down", "--to", "19"], 5, "precondition")
        .comforts()
        .says("discarded (1 rows)");
    assert_eq!(
        station.run(&["outbox", "discarded", "show", &seq])["reason"],
        reason,
        "a refused step down takes nothing"
    );
    station.run(&["migrate", "down", "--to", "19", "--yes"]);
    station.run(&["migrate", "up"]);
    let left = station.run(&["outbox", "discarded", "list"]);
    assert_eq!(left, serde_json::json!([]));
    station.assert_sound();
}

#[test]
fn an_unreadable_store_is_reported_beside_its_folder_and_left_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    put_all(&station, &[patient("p-secret", "Garcia-Marquez")]);
    let database = station.store.join("store.db");
    let mut bytes = fs::read(&database).expect("reads");
    bytes[2_000] ^= 1;
    bytes.truncate(bytes.len() - 100);
    fs::write(&database, &bytes).expect("harm");
    let before = folder::content(&station.store, &["attempts.json"]);
    let output = station.attempt(&["status"]);
    assert_eq!(output.status.code(), Some(6));
    let message = json(&output)["message"].as_str().expect("words").to_owned();
    assert!(message.contains("store.quarantine.json"), "{message}");
    let report = dir.path().join("store.quarantine.json");
    let text = fs::read_to_string(&report).expect("the report is there");
    assert!(!text.contains("Garcia") && !text.contains("p-secret"));
    let told: Value = serde_json::from_str(&text).expect("JSON");
    let database = told["files"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|file| file["name"] == "store.db")
        .expect("named")
        .clone();
    assert!(
        database["state"]
            .as_str()
            .expect("words")
            .contains("ends within a page"),
        "{database}"
    );
    assert_eq!(database["sha256"].as_str().map(str::len), Some(64));
    fs::remove_file(&report).expect("gone");
    station.run(&["debug", "quarantine"]);
    assert!(report.exists(), "on demand too, without a passphrase");
    assert_eq!(
        folder::differences(
            &before,
            &folder::content(&station.store, &["attempts.json"])
        ),
        Vec::<String>::new(),
        "the store is left as it was found"
    );
}
