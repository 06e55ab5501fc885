//! Several processes at one store.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::hub::Hub;
use super::support::rows;
use super::support::station::Station;
use super::{patient, put};

/// How many patients of its own each writes, and how often both write the shared one.
const OWN: usize = 40;
const SHARED: usize = 15;

#[test]
fn three_processes_writing_at_once_lose_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let clinic = rows::clinic(1, 4);
    let path = station.file("clinic.ndjson", &rows::ndjson(&clinic));
    std::thread::scope(|scope| {
        for writer in ["left", "right"] {
            let station = &station;
            scope.spawn(move || {
                let mut batch = station.batch();
                for number in 0..OWN {
                    put(
                        &mut batch,
                        station,
                        &patient(&format!("{writer}-{number}"), "Haugen"),
                    );
                    if number < SHARED {
                        let family = format!("{writer}-{number}");
                        let body = patient("shared", &family).to_string();
                        let file = station.file(&format!("{family}.shared.json"), body.as_bytes());
                        batch.ask(&format!("put {}", file.display()));
                    }
                }
                batch.end();
            });
        }
        let summary = station.run(&["import", &path.display().to_string()]);
        assert_eq!(summary["imported"], clinic.len(), "{summary}");
    });
    let mut batch = station.batch();
    for writer in ["left", "right"] {
        for number in 0..OWN {
            let id = format!("{writer}-{number}");
            assert_eq!(
                batch.ask(&format!("get Patient/{id}")),
                patient(&id, "Haugen")
            );
        }
    }
    let history = batch.ask("history Patient/shared");
    let versions = history.as_array().expect("a list");
    let families: BTreeSet<&str> = versions
        .iter()
        .filter_map(|version| version["resource"]["name"][0]["family"].as_str())
        .collect();
    assert_eq!(
        versions.len(),
        2 * SHARED,
        "every write made a version of its own"
    );
    assert_eq!(families.len(), 2 * SHARED, "and each is still to be read");
    let status = batch.ask("status");
    assert_eq!(status["resources"], clinic.len() + 2 * OWN + 1);
    assert_eq!(batch.ask("verify --deep")["problems"], json!([]));
    batch.end();
}

#[test]
fn two_syncs_of_one_store_at_once_send_each_edit_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(dir.path(), "hub");
    let station = Station::joined(dir.path(), &hub, &hub.url(), "albertine", "clinician");
    let mut batch = station.batch();
    for number in 0..30 {
        put(
            &mut batch,
            &station,
            &patient(&format!("p-{number}"), "Haugen"),
        );
    }
    batch.end();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| station.run(&["sync", "--once"]));
        }
    });
    let status = station.run(&["status"]);
    assert_eq!(
        (&status["pending"], &status["conflicts"]),
        (&0.into(), &0.into())
    );
    let token = hub.token();
    for number in 0..30 {
        let (_, body) = hub.fhir(&token, &format!("Patient/p-{number}/_history"));
        let history: Value = serde_json::from_slice(&body).expect("a Bundle");
        assert_eq!(
            history["entry"].as_array().map(Vec::len),
            Some(1),
            "once and not twice"
        );
    }
    station.assert_sound();
}
