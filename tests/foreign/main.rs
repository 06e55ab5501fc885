//! Sync with plain FHIR servers: one whose behaviours are switches, Haven's own hub by its FHIR face,
//! and one that others made.

mod access;
mod arrival;
mod deletion;
mod desk;
mod exchange;
mod face;
mod failure;
mod history;
mod ids;
mod others;
mod paging;
mod protection;
mod storm;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;

use desk::Desk;
use serde_json::{Value, json};
use support::plain_server::PlainServer;

/// A workstation of its own that knows `server` as `clinic`; nothing is exchanged yet.
fn beside(dir: &Path, name: &str, url: &str) -> Desk {
    let folder = dir.join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    let station = Desk::own(&folder);
    station.run(&["remote", "add", "clinic", "--fhir", url]);
    station
}

/// A workstation that has synced once with a server, and the folder that holds it.
fn synced(server: &PlainServer) -> (tempfile::TempDir, Desk) {
    let dir = tempfile::tempdir().expect("a folder");
    let station = beside(dir.path(), "one", &server.url());
    sync(&station);
    (dir, station)
}

fn sync(station: &Desk) -> Value {
    station.run(&["sync", "--once", "--remote", "clinic"])
}

fn put(station: &Desk, resource: &Value) -> Value {
    let name = format!("{}.json", resource["id"].as_str().unwrap_or("new"));
    let path = station.file(&name, resource.to_string().as_bytes());
    station.run(&["put", &path.display().to_string()])
}

/// Changes what a workstation holds.
fn change(station: &Desk, key: &str, change: impl FnOnce(&mut Value)) {
    let mut resource = station.run(&["get", key]);
    change(&mut resource);
    put(station, &resource);
}

fn patient(id: &str, family: &str) -> Value {
    json!({"resourceType": "Patient", "id": id, "birthDate": "1962-07-25",
        "name": [{"use": "official", "family": family, "given": ["Enrique"]}],
        "telecom": [{"system": "phone", "use": "home", "value": "+1 555 0100"}]})
}

fn observation(id: &str, patient: &str, value: u32) -> Value {
    json!({"resourceType": "Observation", "id": id, "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": format!("Patient/{patient}")},
        "valueQuantity": {"value": value, "unit": "/min"}})
}

/// A resource without what a server says of it.
fn bare(resource: &Value) -> Value {
    let mut bare = resource.clone();
    if let Some(object) = bare.as_object_mut() {
        object.remove("meta");
    }
    bare
}
