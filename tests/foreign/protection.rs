//! Servers that protect less than others.

use serde_json::json;

use super::support::plain_server::PlainServer;
use super::{bare, beside, change, observation, patient, put, sync, synced};

#[test]
fn a_server_that_takes_outdated_writes_is_compared_with_before_each_one() {
    let server = PlainServer::with(|switches| switches.if_match = false);
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    put(
        &station,
        &observation("0192e5a0-0000-7000-8000-0000000000c1", "p1", 70),
    );
    let summary = sync(&station);
    let told = summary["notices"].to_string();
    assert!(told.contains("compares before each write"), "{summary}");
    let profile = station.run(&["remote", "list"])[0]["profile"].clone();
    assert_eq!(profile["ifMatch"], "no", "{profile}");
    change(&station, "Patient/p1", |patient| {
        patient["birthDate"] = "1962-07-01".into()
    });
    // Between the pull and the write there is always a moment; the comparison stands right before it.
    server.change("Patient/p1", |patient| {
        patient["birthDate"] = "1962-07-02".into()
    });
    let summary = sync(&station);
    assert_eq!(summary["conflicts"], 1, "{summary}");
    assert_eq!(
        server.get("Patient/p1").expect("there")["birthDate"],
        "1962-07-02"
    );
    station.assert_sound();
}

#[test]
fn a_server_without_versions_is_known_by_its_contents() {
    let server = PlainServer::with(|switches| {
        switches.versions = false;
        switches.if_match = false;
    });
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    change(&station, "Patient/p1", |patient| {
        patient["active"] = true.into()
    });
    assert_eq!(sync(&station)["pushed"], 1);
    assert_eq!(server.get("Patient/p1").expect("there")["active"], true);
    let again = sync(&station);
    assert_eq!(
        (again["pulled"].as_u64(), again["pushed"].as_u64()),
        (Some(0), Some(0)),
        "{again}"
    );
    change(&station, "Patient/p1", |patient| {
        patient["birthDate"] = "1962-07-01".into()
    });
    server.change("Patient/p1", |patient| {
        patient["birthDate"] = "1962-07-02".into()
    });
    assert_eq!(sync(&station)["conflicts"], 1);
    assert_eq!(
        server.get("Patient/p1").expect("there")["birthDate"],
        "1962-07-02"
    );
    station.assert_sound();
}

#[test]
fn hard_case_07_digits_that_a_server_loses_stay_here_and_nothing_goes_round() {
    let server = PlainServer::with(|switches| switches.shortens_numbers = true);
    let (_dir, station) = synced(&server);
    let key = "Observation/0192e5a0-0000-7000-8000-0000000000c1";
    let body = br#"{"resourceType":"Observation","id":"0192e5a0-0000-7000-8000-0000000000c1","status":"final","code":{"text":"potassium"},"valueQuantity":{"value":4.50,"unit":"mmol/L"}}"#;
    let path = station.file("exact.json", body);
    station.run(&["put", &path.display().to_string()]);
    let told = sync(&station)["notices"].to_string();
    assert!(told.contains("fewer digits"), "{told}");
    let held = String::from_utf8(station.bytes(&["get", key])).expect("text");
    assert!(
        held.contains("4.50"),
        "the digits stay as they were written: {held}"
    );
    for _ in 0..2 {
        let again = sync(&station);
        assert_eq!(
            (again["pulled"].as_u64(), again["pushed"].as_u64()),
            (Some(0), Some(0))
        );
    }
    assert_eq!(server.version(key), 1, "written once");
    station.assert_sound();
}

#[test]
fn a_server_without_bundles_is_written_to_one_by_one() {
    let server = PlainServer::with(|switches| {
        switches.bundles = false;
        switches.checks_references = true;
    });
    let (_dir, station) = synced(&server);
    put(
        &station,
        &patient("0192e5a0-0000-7000-8000-0000000000a1", "Okafor"),
    );
    for number in 1..4 {
        let id = format!("0192e5a0-0000-7000-8000-0000000000b{number}");
        put(
            &station,
            &observation(&id, "0192e5a0-0000-7000-8000-0000000000a1", number),
        );
    }
    assert_eq!(sync(&station)["pushed"], 4);
    assert_eq!(server.keys("Observation").len(), 3);
}

#[test]
fn a_resource_of_the_same_id_made_by_another_is_not_overwritten() {
    let server = PlainServer::start();
    let dir = tempfile::tempdir().expect("a folder");
    let station = beside(dir.path(), "one", &server.url());
    sync(&station);
    // An imported id is nobody's own: both sides made it.
    put(&station, &patient("12", "Okafor"));
    server.put(patient("12", "Trevino"));
    let summary = sync(&station);
    assert_eq!(summary["conflicts"], 1, "{summary}");
    assert_eq!(
        server.get("Patient/12").expect("there")["name"][0]["family"],
        "Trevino"
    );
}

#[test]
fn what_the_server_makes_of_a_write_is_what_stands_here() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    change(&station, "Patient/p1", |patient| {
        patient["active"] = true.into()
    });
    sync(&station);
    let there = server.get("Patient/p1").expect("there");
    let here = station.run(&["get", "Patient/p1"]);
    assert_eq!(bare(&here), bare(&there));
    assert_eq!(here["meta"]["versionId"], there["meta"]["versionId"]);
    assert_eq!(
        here["meta"]["tag"],
        json!(null),
        "no mark where the server takes our ids"
    );
}
