//! A small clinic for the stories: stores in temporary folders and resources to put into them.

#![allow(dead_code, reason = "each story uses its own part of the clinic")]

use std::path::Path;
use std::time::{Duration, Instant};

use haven_model::{Resource, ResourceKey, Role, Timestamp, VectorClock};
use haven_store::{
    InitOptions, KdfParams, Lobby, Op, OpKind, Passphrase, RemoteVersion, Store, StoreError,
};
use serde_json::{Value, json};

/// A Monday morning.
pub const NOW: Timestamp = Timestamp(1_795_442_700_000);

pub const USER: &str = "amina";

pub fn passphrase() -> Passphrase {
    Passphrase::new("four random words together".to_owned())
}

pub fn options(role: Role) -> InitOptions {
    InitOptions {
        user: USER.to_owned(),
        display_name: "Dr Amina Okafor".to_owned(),
        role,
        clinic: "Riverside".to_owned(),
        device_name: "Laptop 3".to_owned(),
        device_id: None,
        kdf: KdfParams::default(),
    }
}

pub fn new_store(dir: &Path) -> Store {
    Store::init(dir, &options(Role::Admin), &passphrase(), NOW).expect("a new store")
}

pub fn op(kind: OpKind) -> Op {
    Op::new(kind, USER, NOW)
}

pub fn resource(value: &Value) -> Resource {
    Resource::from_value(value).expect("a resource")
}

pub fn patient(id: &str, family: &str) -> Resource {
    resource(&json!({"resourceType": "Patient", "id": id,
        "name": [{"family": family, "given": ["Ana"]}], "birthDate": "1962-07-25"}))
}

pub fn observation(id: &str, patient: &str, value: f64) -> Resource {
    resource(
        &json!({"resourceType": "Observation", "id": id, "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]},
        "subject": {"reference": format!("Patient/{patient}")},
        "valueQuantity": {"value": value, "unit": "°C"}}),
    )
}

pub fn edit(store: &Store, resource: Resource) {
    store
        .transact(op(OpKind::Edit), |tx| tx.edit(resource))
        .expect("an edit is kept");
}

pub fn key(text: &str) -> ResourceKey {
    text.parse().expect("a key")
}

/// The server's version `n` of a resource, its meta set as the hub sets it.
pub fn remote(resource: &Resource, n: u64, node: &str) -> RemoteVersion {
    let version = n.to_string();
    RemoteVersion {
        key: resource.key().clone(),
        resource: Some(resource.with_server_meta(&version, NOW).expect("meta")),
        server_version: version,
        vector_clock: [("hub".to_owned(), n), (node.to_owned(), 1)]
            .into_iter()
            .collect::<VectorClock>(),
        last_modified: NOW,
        device_id: Some(node.to_owned()),
        device_name: Some("Front desk".to_owned()),
        user: Some("ben".to_owned()),
        edited_at: Some(NOW),
    }
}

pub fn pull(store: &Store, remote: RemoteVersion) {
    store
        .transact(Op::new(OpKind::Pull, "sync", NOW), |tx| {
            tx.apply_remote(remote)
        })
        .expect("a pulled version is kept");
}

pub fn code(result: Result<impl Sized, StoreError>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(error) => error.code().as_str(),
    }
}

/// The unlock screen's file once it tells what is wanted: it follows a moment after a commit.
pub fn lobby_when(dir: &Path, wanted: impl Fn(&Lobby) -> bool) -> Lobby {
    let started = Instant::now();
    loop {
        let lobby = Store::lobby(dir).expect("lobby");
        if wanted(&lobby) {
            return lobby;
        }
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "the file catches up with the database: {lobby:?}"
        );
        std::thread::yield_now();
    }
}
