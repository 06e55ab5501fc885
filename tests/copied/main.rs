//! Two copies of one store at work, as after the disk of a laptop was cloned: whatever is written in
//! either reaches the other and the hub, merged or before a person.

#[path = "../support/mod.rs"]
mod support;

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use support::hub::Hub;
use support::station::Station;

const SHARED: &str = "0192e5a0-0000-7000-8000-000000000001";

fn patient(id: &str) -> Value {
    json!({"resourceType": "Patient", "id": id, "gender": "female", "birthDate": "1984-02-29",
        "name": [{"use": "official", "family": "Moen", "given": ["Leanne"]}],
        "telecom": [{"system": "phone", "use": "home", "value": "+1 555 0100"}]})
}

fn put(station: &Station, resource: &Value) {
    let name = format!("{}.json", resource["id"].as_str().expect("an id"));
    let path = station.file(&name, resource.to_string().as_bytes());
    station.run(&["put", &path.display().to_string()]);
}

fn change(station: &Station, edit: impl FnOnce(&mut Value)) {
    let mut resource = station.run(&["get", &key(SHARED)]);
    edit(&mut resource);
    put(station, &resource);
}

fn key(id: &str) -> String {
    format!("Patient/{id}")
}

fn sync(station: &Station) -> Value {
    station.run(&["sync", "--once"])
}

fn at_hub(hub: &Hub, id: &str) -> Value {
    let (status, body) = hub.fhir(&hub.token(), &key(id));
    assert_eq!(status, 200, "the hub has {id}");
    serde_json::from_slice(&body).expect("a resource is JSON")
}

/// The store is whole; that its audit log is not the one that the hub has seen, it says.
fn assert_only_the_copying_is_told(station: &Station) {
    let report = support::station::json(&station.attempt(&["verify", "--deep"]));
    let problems = report["problems"].as_array().expect("a list");
    let others: Vec<&Value> = problems
        .iter()
        .filter(|problem| {
            let what = problem["what"].as_str().unwrap_or_default();
            !what.starts_with("this store was rolled back")
        })
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

/// A hub, a workstation that shares one patient with it, and a copy of that workstation's folder.
fn two_copies(dir: &Path) -> (Hub, Station, Station) {
    let hub = Hub::start(dir, "hub");
    let first = Station::joined(dir, &hub, &hub.url(), "albertine", "clinician");
    put(&first, &patient(SHARED));
    assert_eq!(sync(&first)["pushed"], 1);
    let second = first.moved(dir.join("copy"));
    let copied = Command::new("cp")
        .arg("-a")
        .args([&first.store, &second.store])
        .status()
        .expect("cp runs");
    assert!(copied.success(), "the folder is copied");
    (hub, first, second)
}

#[test]
fn edits_of_different_fields_in_both_copies_are_put_together() {
    let dir = tempfile::tempdir().expect("a folder");
    let (hub, first, second) = two_copies(dir.path());
    change(&first, |patient| {
        patient["maritalStatus"] = json!({"text": "married"})
    });
    change(&second, |patient| patient["language"] = json!("es"));
    assert_eq!(sync(&first)["pushed"], 1);
    let summary = sync(&second);
    assert_eq!(
        (&summary["merged"], &summary["conflicts"]),
        (&json!(1), &json!(0)),
        "{summary}"
    );
    sync(&first);
    for held in [
        first.run(&["get", &key(SHARED)]),
        second.run(&["get", &key(SHARED)]),
        at_hub(&hub, SHARED),
    ] {
        assert_eq!(
            (&held["maritalStatus"]["text"], &held["language"]),
            (&json!("married"), &json!("es")),
            "both edits are everywhere: {held}"
        );
    }
    for station in [&first, &second] {
        assert_only_the_copying_is_told(station);
    }
}

#[test]
fn edits_of_one_field_in_both_copies_are_put_before_a_person() {
    let dir = tempfile::tempdir().expect("a folder");
    let (hub, first, second) = two_copies(dir.path());
    change(&first, |patient| patient["birthDate"] = json!("1984-02-27"));
    change(&second, |patient| {
        patient["birthDate"] = json!("1984-02-28")
    });
    sync(&first);
    let summary = sync(&second);
    assert_eq!(summary["conflicts"], 1, "{summary}");
    sync(&first);
    assert_eq!(at_hub(&hub, SHARED)["birthDate"], "1984-02-27");
    let open = second.run(&["conflicts", "list"]);
    let field = &open[0]["fields"][0];
    assert_eq!(
        (&field["local"], &field["remote"]),
        (&json!("1984-02-28"), &json!("1984-02-27")),
        "both can be had: {open}"
    );
    let id = open[0]["id"].as_str().expect("an id").to_owned();
    second.run(&[
        "conflicts",
        "resolve",
        &id,
        "--take",
        "local",
        "--reason",
        "from the passport",
    ]);
    sync(&second);
    sync(&first);
    for held in [
        first.run(&["get", &key(SHARED)]),
        second.run(&["get", &key(SHARED)]),
        at_hub(&hub, SHARED),
    ] {
        assert_eq!(held["birthDate"], "1984-02-28", "what was decided");
    }
    for station in [&first, &second] {
        assert_only_the_copying_is_told(station);
    }
}

#[test]
fn both_copies_go_on_for_days_and_nothing_written_in_either_is_missing() {
    let dir = tempfile::tempdir().expect("a folder");
    let (hub, first, second) = two_copies(dir.path());
    let mut made = Vec::new();
    for day in 0..4_u32 {
        for (number, station) in [&first, &second].into_iter().enumerate() {
            let id = format!("0192e5a0-0000-7000-8000-00000000{number}{day}10");
            put(station, &patient(&id));
            made.push(id);
            change(station, |patient| {
                let contact =
                    json!({"system": "email", "value": format!("{number}-{day}@example.org")});
                let contacts = patient["telecom"].as_array_mut().expect("contacts");
                contacts.push(contact);
            });
        }
        for station in [&first, &second, &first] {
            sync(station);
        }
    }
    sync(&second);
    for held in [
        first.run(&["get", &key(SHARED)]),
        second.run(&["get", &key(SHARED)]),
        at_hub(&hub, SHARED),
    ] {
        let contacts = held["telecom"].as_array().expect("contacts");
        assert_eq!(contacts.len(), 9, "each day's edit of each copy: {held}");
    }
    for id in &made {
        first.run(&["get", &key(id)]);
        second.run(&["get", &key(id)]);
        at_hub(&hub, id);
    }
    for station in [&first, &second] {
        let status = station.run(&["status"]);
        assert_eq!(
            (
                &status["pending"],
                &status["rejected"],
                &status["conflicts"]
            ),
            (&json!(0), &json!(0), &json!(0)),
            "{status}"
        );
        assert_only_the_copying_is_told(station);
    }
}
