//! What can go wrong, one fault at a time: a clear message that says what is safe, the exit status of
//! the contract, and nothing lost.

mod conflict;
mod damage;
mod disk;
mod input;
mod network;
mod passphrase;
mod people;
mod permission;
mod power;
mod precondition;
#[path = "../support/mod.rs"]
mod support;
mod together;

use std::path::Path;

use serde_json::{Value, json};
use support::station::{Batch, Station};

/// A valid patient.
fn patient(id: &str, family: &str) -> Value {
    json!({
        "resourceType": "Patient",
        "id": id,
        "name": [{"family": family, "given": ["Mira"]}],
        "birthDate": "1980-05-06"
    })
}

/// Writes a resource to a file of its own, beside the store.
fn file_of(station: &Station, resource: &Value) -> String {
    let name = format!("{}.json", resource["id"].as_str().unwrap_or("new"));
    station
        .file(&name, resource.to_string().as_bytes())
        .display()
        .to_string()
}

/// Puts a resource through a batch.
fn put(batch: &mut Batch, station: &Station, resource: &Value) -> Value {
    batch.ask(&format!("put {}", file_of(station, resource)))
}

/// A store that holds a small clinic, closed; and its rows.
fn small_clinic(dir: &Path) -> (Station, Vec<Vec<u8>>) {
    let station = Station::own(dir);
    let rows = support::rows::clinic(2, 3);
    let path = station.file("clinic.ndjson", &support::rows::ndjson(&rows));
    let summary = station.run(&["import", &path.display().to_string()]);
    assert_eq!(summary["imported"], rows.len());
    (station, rows)
}

/// Asserts that a store holds these rows, byte for byte, and is sound.
fn assert_holds(station: &Station, rows: &[Vec<u8>]) {
    let mut batch = station.batch();
    for row in rows {
        let (resource_type, id) = support::folder::key(row);
        let got = batch.bytes(&format!("get {resource_type}/{id}"));
        assert!(got == *row, "{resource_type}/{id} is what was saved");
    }
    assert_eq!(
        batch.ask("verify --deep")["problems"],
        json!([]),
        "the store is sound"
    );
    batch.end();
}
