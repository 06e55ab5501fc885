//! The life of a store: backed up while it works, brought back, pruned, moved between schemas.

mod again;
mod backup;
mod old_stores;
mod room;
mod schema;
#[path = "../support/mod.rs"]
mod support;

use serde_json::{Value, json};
use support::station::{Batch, Station};

fn patient(id: &str, family: &str) -> Value {
    json!({"resourceType": "Patient", "id": id, "name": [{"family": family}],
        "birthDate": "1980-05-06"})
}

fn observation(id: &str, patient: &str, value: u32) -> Value {
    json!({"resourceType": "Observation", "id": id, "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": format!("Patient/{patient}")},
        "valueQuantity": {"value": value, "unit": "/min"}})
}

/// Puts a resource through a batch.
fn put(batch: &mut Batch, station: &Station, resource: &Value) -> Value {
    let name = format!("{}.json", resource["id"].as_str().unwrap_or("new"));
    let path = station.file(&name, resource.to_string().as_bytes());
    batch.ask(&format!("put {}", path.display()))
}

/// Puts resources, one after the other.
fn put_all(station: &Station, resources: &[Value]) {
    let mut batch = station.batch();
    for resource in resources {
        put(&mut batch, station, resource);
    }
    batch.end();
}

/// Type and id of what an answer lists under `member`, in order.
fn keys(answer: &Value, member: &str) -> Vec<String> {
    let mut keys: Vec<String> = answer[member]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| one["key"].as_str().expect("a key").to_owned())
        .collect();
    keys.sort();
    keys
}
