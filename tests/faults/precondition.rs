//! States that are not the ones a command asks for.

use std::fs;

use serde_json::json;

use super::support::folder;
use super::support::station::Station;
use super::{file_of, patient, put, small_clinic};

#[test]
fn a_put_of_what_has_changed_meanwhile_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let mut held = patient("p", "Lindqvist");
    held["meta"] = json!({"versionId": "3"});
    let path = file_of(&station, &held);
    station.run(&["put", &path]);
    let mut stale = held.clone();
    stale["meta"]["versionId"] = json!("2");
    stale["gender"] = json!("male");
    let path = file_of(&station, &stale);
    station
        .refused(&["put", &path], 5, "precondition")
        .comforts()
        .says("Read it again");
    let mut batch = station.batch();
    assert_eq!(batch.ask("get Patient/p"), held, "the stored one stands");
    let mut unversioned = patient("p", "Lindqvist-Berg");
    unversioned["gender"] = json!("female");
    assert_eq!(
        put(&mut batch, &station, &unversioned)["version"],
        2,
        "without a version it replaces"
    );
    assert_eq!(batch.ask("get Patient/p"), unversioned);
    batch.end();
    station.assert_sound();
}

#[test]
fn a_second_init_is_refused_and_harms_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let (station, rows) = small_clinic(dir.path());
    let before = folder::content(&station.store, &[]);
    station.refused(&["init"], 5, "already_exists").comforts();
    station
        .with_passphrase("another long passphrase")
        .refused(&["init"], 5, "already_exists");
    let after = folder::content(&station.store, &[]);
    assert_eq!(folder::differences(&before, &after), Vec::<String>::new());
    super::assert_holds(&station, &rows);
}

#[test]
fn without_a_store_every_command_says_so_and_makes_none() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::at(dir.path().join("nothing"), "ada");
    for arguments in [
        &["status"][..],
        &["search", "Patient"],
        &["verify"],
        &["sync", "--once"],
    ] {
        station
            .refused(arguments, 1, "not_found")
            .says("haven init")
            .comforts();
    }
    assert!(!station.store.exists(), "asking makes no store");
    let own = Station::own(dir.path());
    let stranger = Station::at(&own.store, "mallory");
    stranger
        .refused(&["status"], 1, "not_found")
        .says("no login of that name")
        .comforts();
}

#[test]
fn an_export_to_where_nothing_can_be_written_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let (station, rows) = small_clinic(dir.path());
    // A file in the place of the folder stops root too.
    let blocked = dir.path().join("a-file");
    fs::write(&blocked, b"in the way").expect("writes");
    for target in [blocked.clone(), blocked.join("below")] {
        station
            .refused(&["export", &target.display().to_string()], 1, "io")
            .comforts()
            .says("export folder");
    }
    let busy = dir.path().join("busy");
    fs::create_dir_all(busy.join("Patient.ndjson.partial")).expect("in the way");
    station
        .refused(&["export", &busy.display().to_string()], 1, "io")
        .comforts();
    assert_eq!(
        fs::read(&blocked).expect("reads"),
        b"in the way",
        "what was there stays"
    );
    super::assert_holds(&station, &rows);
}
