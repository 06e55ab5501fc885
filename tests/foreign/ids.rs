//! Servers that choose the ids themselves.

use serde_json::Value;

use super::desk::Desk;
use super::support::plain_server::PlainServer;
use super::{change, observation, patient, put, sync, synced};

const PATIENT: &str = "0192e5a0-0000-7000-8000-0000000000a1";
const FIRST: &str = "0192e5a0-0000-7000-8000-0000000000b1";
const SECOND: &str = "0192e5a0-0000-7000-8000-0000000000b2";

fn own_ids() -> PlainServer {
    PlainServer::with(|switches| {
        switches.server_ids = true;
        switches.checks_references = true;
    })
}

fn only(server: &PlainServer, kind: &str) -> String {
    let keys: Vec<String> = server
        .keys(kind)
        .into_iter()
        .filter(|key| {
            !server
                .get(key)
                .expect("there")
                .to_string()
                .contains("Known")
        })
        .collect();
    assert_eq!(keys.len(), 1, "one {kind} and no duplicate: {keys:?}");
    keys[0].clone()
}

/// A workstation that has found out that the server chooses ids.
fn experienced(server: &PlainServer) -> (tempfile::TempDir, Desk) {
    let (dir, station) = synced(server);
    put(
        &station,
        &patient("0192e5a0-0000-7000-8000-0000000000a0", "Known"),
    );
    assert_eq!(sync(&station)["pushed"], 1);
    (dir, station)
}

fn chart_of(station: &Desk, key: &str) -> Vec<Value> {
    let id = key.trim_start_matches("Patient/");
    let chart = station.run(&["chart", id]);
    chart.as_array().cloned().unwrap_or_default()
}

#[test]
fn hard_case_09_an_offline_patient_and_its_observations_take_the_servers_ids() {
    let server = own_ids();
    let (_dir, station) = synced(&server);
    put(&station, &patient(PATIENT, "Okafor"));
    put(&station, &observation(FIRST, PATIENT, 71));
    put(&station, &observation(SECOND, PATIENT, 72));
    let summary = sync(&station);
    assert_eq!(summary["pushed"], 3, "{summary}");
    let key = only(&server, "Patient");
    assert_ne!(key, format!("Patient/{PATIENT}"), "the server chose");
    for observation in server.keys("Observation") {
        let there = server.get(&observation).expect("there");
        assert_eq!(there["subject"]["reference"], key.as_str());
        assert_eq!(station.run(&["get", &observation]), there);
    }
    assert_eq!(
        chart_of(&station, &key).len(),
        3,
        "the chart is whole under the new id"
    );
    assert_eq!(
        station.run(&["get", &format!("Patient/{PATIENT}")])["id"],
        key.trim_start_matches("Patient/"),
        "the former id leads to it"
    );
    // Edits go on under the new id, and nothing is made twice.
    change(&station, &key, |patient| patient["active"] = true.into());
    sync(&station);
    assert_eq!(only(&server, "Patient"), key);
    assert_eq!(server.get(&key).expect("there")["active"], true);
    assert_eq!(sync(&station)["pulled"], 0);
    station.assert_sound();
}

#[test]
fn hard_case_09_what_was_edited_while_its_parent_was_on_its_way_keeps_its_edit() {
    let server = own_ids();
    let (_dir, station) = experienced(&server);
    put(&station, &patient(PATIENT, "Okafor"));
    put(&station, &observation(FIRST, PATIENT, 71));
    // The patient's write is done and never answered.
    server.fall_silent_after_a_write();
    station.refused(&["sync", "--once"], "network").comforts();
    change(&station, &format!("Patient/{PATIENT}"), |patient| {
        patient["active"] = true.into()
    });
    change(&station, &format!("Observation/{FIRST}"), |observation| {
        observation["valueQuantity"]["value"] = 99.into();
    });
    station.kill();
    server.speak();
    sync(&station);
    sync(&station);
    let key = only(&server, "Patient");
    assert_eq!(server.get(&key).expect("there")["active"], true);
    let observation = only(&server, "Observation");
    let there = server.get(&observation).expect("there");
    assert_eq!(there["subject"]["reference"], key.as_str());
    assert_eq!(there["valueQuantity"]["value"], 99);
    assert_eq!(station.run(&["status"])["pending"], 0);
    station.assert_sound();
}

#[test]
fn hard_case_15_a_create_whose_answer_was_lost_is_found_again_and_not_made_twice() {
    let server = own_ids();
    let (_dir, station) = experienced(&server);
    put(&station, &patient(PATIENT, "Okafor"));
    server.fall_silent_after_a_write();
    station.refused(&["sync", "--once"], "network").comforts();
    station.kill();
    server.speak();
    sync(&station);
    sync(&station);
    let key = only(&server, "Patient");
    assert_eq!(station.run(&["get", &key])["name"][0]["family"], "Okafor");
    assert_eq!(station.run(&["status"])["pending"], 0);
    station.assert_sound();
}

#[test]
fn what_refers_to_each_other_in_a_ring_goes_in_one_transaction() {
    let server = own_ids();
    let (_dir, station) = synced(&server);
    // The server is known before: a ring cannot be the first thing it sees.
    put(&station, &patient(PATIENT, "Okafor"));
    sync(&station);
    let key = only(&server, "Patient");
    let id = key.trim_start_matches("Patient/");
    let mut first = observation(FIRST, id, 1);
    first["hasMember"] = serde_json::json!([{"reference": format!("Observation/{SECOND}")}]);
    let mut second = observation(SECOND, id, 2);
    second["hasMember"] = serde_json::json!([{"reference": format!("Observation/{FIRST}")}]);
    server.set(|switches| switches.checks_references = false);
    put(&station, &first);
    put(&station, &second);
    server.asked();
    let summary = sync(&station);
    assert_eq!(summary["pushed"], 2, "{summary}");
    let keys = server.keys("Observation");
    assert_eq!(keys.len(), 2);
    for key in &keys {
        let there = server.get(key).expect("there");
        let other = there["hasMember"][0]["reference"]
            .as_str()
            .expect("a reference");
        assert!(
            keys.iter().any(|known| known == other && known != key),
            "{there}"
        );
        assert_eq!(station.run(&["get", key]), there);
    }
    station.assert_sound();
}

#[test]
fn history_conflicts_and_audit_survive_the_new_id() {
    let server = own_ids();
    let (_dir, station) = synced(&server);
    put(&station, &patient(PATIENT, "Okafor"));
    change(&station, &format!("Patient/{PATIENT}"), |patient| {
        patient["telecom"][0]["value"] = "+1 555 0111".into();
    });
    sync(&station);
    let key = only(&server, "Patient");
    let versions = station.run(&["history", &key]);
    let bodies: Vec<&Value> = versions
        .as_array()
        .into_iter()
        .flatten()
        .map(|version| &version["resource"])
        .collect();
    assert!(
        bodies.len() >= 2,
        "the earlier versions are readable: {versions}"
    );
    assert!(
        bodies
            .iter()
            .any(|body| body["telecom"][0]["value"] == "+1 555 0100"),
        "nothing of the past is lost"
    );
    let found = station.run(&["search", "Patient?name=okafor"]);
    assert!(
        found
            .to_string()
            .contains(key.trim_start_matches("Patient/")),
        "{found}"
    );
    station.assert_sound();
}
