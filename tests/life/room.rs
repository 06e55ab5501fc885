//! A store at its limit takes nothing more in, and goes on saving what people write.

use serde_json::json;

use super::support::hub::Hub;
use super::support::rows;
use super::support::station::Station;
use super::{patient, put_all};

#[test]
fn a_full_store_refuses_imports_and_still_saves_edits() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let status = station.run(&["status"]);
    assert_eq!(status["storage"]["state"], "ok");
    let used = status["storage"]["usedBytes"].as_u64().expect("a number");
    let near = (used * 10 / 9).to_string();
    assert_eq!(
        station.run(&["storage", "--quota-bytes", &near])["state"],
        "warn",
        "told before it is full"
    );
    assert_eq!(
        station.run(&["storage", "--quota-bytes", "1000"])["state"],
        "full"
    );
    let path = station.file("more.ndjson", &rows::ndjson(&rows::clinic(1, 2)));
    station
        .refused(&["import", &path.display().to_string()], 1, "disk_full")
        .comforts()
        .says("haven prune");
    put_all(&station, &[patient("p1", "Garcia")]);
    assert_eq!(station.run(&["status"])["resources"], 1);
    station.run(&["storage", "--quota-bytes", "500000000"]);
    station.run(&["import", &path.display().to_string()]);
    station.assert_sound();
}

#[test]
fn a_full_store_sends_what_was_made_in_it_and_takes_the_rest_later() {
    let dir = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(dir.path(), "hub");
    let ours = Station::joined(dir.path(), &hub, &hub.url(), "albertine", "admin");
    let theirs = Station::joined(dir.path(), &hub, &hub.url(), "bashir", "clinician");
    put_all(&theirs, &[patient("p2", "Okafor")]);
    theirs.run(&["sync", "--once"]);
    ours.run(&["storage", "--quota-bytes", "1000"]);
    put_all(&ours, &[patient("p1", "Garcia")]);
    ours.refused(&["sync", "--once"], 1, "disk_full").comforts();
    assert_eq!(
        hub.fhir(&hub.token(), "Patient/p1").0,
        200,
        "an edit gets out of a full store"
    );
    ours.refused(&["get", "Patient/p2"], 1, "not_found");
    ours.run(&["storage", "--quota-bytes", "500000000"]);
    ours.run(&["sync", "--once"]);
    assert_eq!(ours.run(&["get", "Patient/p2"])["id"], json!("p2"));
}

#[test]
fn old_audit_entries_move_to_sealed_files_and_the_log_stays_whole() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let path = station.file("more.ndjson", &rows::ndjson(&rows::clinic(1, 2)));
    station.run(&["import", &path.display().to_string()]);
    let before = station.assert_sound();
    let moved = station.run(&["audit", "archive", "--older-than-days", "0"]);
    assert!(moved["archived"].as_u64() >= before["entries"].as_u64());
    put_all(&station, &[patient("p1", "Garcia")]);
    station.run(&["audit", "archive", "--older-than-days", "0"]);
    let after = station.assert_sound();
    assert!(after["entries"].as_u64() > before["entries"].as_u64());
    let listed = station.run(&["audit", "list", "--limit", "100000"]);
    let listed = listed.as_array().expect("a list");
    assert_eq!(
        listed.last().map(|entry| &entry["seq"]),
        Some(&json!(1)),
        "the list goes on into the archive"
    );
    let file = dir.path().join("b").display().to_string();
    station.run(&["backup", "create", &file]);
    let back = station.moved(dir.path().join("back"));
    back.run(&["backup", "restore", &file]);
    back.assert_sound();
    // An archive file is evidence like the database.
    let archive = station.store.join("audit-archive-000001.sealed");
    let mut bytes = std::fs::read(&archive).expect("reads");
    bytes[40] ^= 1;
    std::fs::write(&archive, &bytes).expect("writes");
    let told = station.attempt(&["audit", "verify"]);
    assert_eq!(told.status.code(), Some(6), "an altered archive is told");
    std::fs::remove_file(&archive).expect("gone");
    let told = station.attempt(&["audit", "verify"]);
    assert_eq!(told.status.code(), Some(6), "a missing one too");
    assert!(String::from_utf8_lossy(&told.stderr).contains("audit-archive-000001.sealed"));
}
