//! First sync, edits both ways, merges, questions, and two workstations over one server.

use serde_json::{Value, json};

use super::desk::Desk;
use super::support::plain_server::PlainServer;
use super::support::station::Station;
use super::{bare, beside, change, observation, patient, put, sync, synced};

#[test]
fn a_first_sync_brings_everything_and_a_second_one_nothing() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    server.put(observation("o1", "p1", 71));
    let (_dir, station) = synced(&server);
    assert_eq!(
        station.run(&["get", "Patient/p1"])["name"][0]["family"],
        "Trevino"
    );
    assert_eq!(
        station.run(&["chart", "p1"]).as_array().map(Vec::len),
        Some(2)
    );
    // The store tidies itself up when there is nothing to exchange.
    sync(&station);
    let entries = station.run(&["audit", "list", "--limit", "1"])[0]["seq"].clone();
    let again = sync(&station);
    assert_eq!(
        (again["pulled"].as_u64(), again["pushed"].as_u64()),
        (Some(0), Some(0))
    );
    assert_eq!(
        station.run(&["audit", "list", "--limit", "1"])[0]["seq"],
        entries,
        "an idle look writes nothing"
    );
    station.assert_sound();
}

#[test]
fn edits_go_both_ways_and_only_the_servers_clock_counts() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    change(&station, "Patient/p1", |patient| {
        patient["gender"] = "male".into()
    });
    put(
        &station,
        &observation("0192e5a0-0000-7000-8000-000000000001", "p1", 80),
    );
    let summary = sync(&station);
    assert_eq!(summary["pushed"], 2, "{summary}");
    assert_eq!(server.get("Patient/p1").expect("there")["gender"], "male");
    // The server's clock is years behind this machine's; its changes come all the same.
    server.change("Patient/p1", |patient| {
        patient["birthDate"] = "1962-07-26".into()
    });
    assert_eq!(sync(&station)["pulled"], 1);
    assert_eq!(
        station.run(&["get", "Patient/p1"])["birthDate"],
        "1962-07-26"
    );
    assert_eq!(station.run(&["status"])["pending"], 0);
    station.assert_sound();
}

#[test]
fn edits_of_different_fields_are_merged_with_no_person() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    change(&station, "Patient/p1", |patient| {
        patient["telecom"][0]["value"] = "+1 555 0199".into();
    });
    server.change("Patient/p1", |patient| {
        patient["address"] = json!([{"use": "home", "city": "Harbour"}]);
    });
    let summary = sync(&station);
    assert_eq!(
        (summary["merged"].as_u64(), summary["conflicts"].as_u64()),
        (Some(1), Some(0))
    );
    let there = server.get("Patient/p1").expect("there");
    assert_eq!(there["telecom"][0]["value"], "+1 555 0199");
    assert_eq!(there["address"][0]["city"], "Harbour");
    assert_eq!(bare(&station.run(&["get", "Patient/p1"])), bare(&there));
}

#[test]
fn edits_of_the_same_guarded_field_wait_for_a_person_and_the_decision_goes_out() {
    let server = PlainServer::with(|switches| switches.lost_race = 409);
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    change(&station, "Patient/p1", |patient| {
        patient["birthDate"] = "1962-07-01".into()
    });
    server.change("Patient/p1", |patient| {
        patient["birthDate"] = "1962-07-02".into()
    });
    let summary = sync(&station);
    assert_eq!(summary["conflicts"], 1, "{summary}");
    assert_eq!(
        server.get("Patient/p1").expect("there")["birthDate"],
        "1962-07-02",
        "nothing is written over the other side"
    );
    // It waits, and nothing is opened a second time.
    assert_eq!(sync(&station)["conflicts"], 0);
    let open = station.run(&["conflicts", "list"]);
    let id = open[0]["id"].as_str().expect("an id").to_owned();
    station.run(&[
        "conflicts",
        "resolve",
        &id,
        "--take",
        "local",
        "--reason",
        "passport",
    ]);
    sync(&station);
    assert_eq!(
        server.get("Patient/p1").expect("there")["birthDate"],
        "1962-07-01"
    );
    assert_eq!(station.run(&["status"])["conflicts"], 0);
    station.assert_sound();
}

#[test]
fn two_workstations_over_one_plain_server_end_equal() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    let dir = tempfile::tempdir().expect("a folder");
    let one = beside(dir.path(), "one", &server.url());
    let two = beside(dir.path(), "two", &server.url());
    for station in [&one, &two] {
        sync(station);
    }
    put(
        &one,
        &observation("0192e5a0-0000-7000-8000-000000000001", "p1", 61),
    );
    put(
        &two,
        &observation("0192e5a0-0000-7000-8000-000000000002", "p1", 62),
    );
    change(&one, "Patient/p1", |patient| {
        patient["active"] = true.into()
    });
    change(&two, "Patient/p1", |patient| {
        patient["language"] = "es".into()
    });
    for station in [&one, &two, &one, &two] {
        sync(station);
    }
    for key in [
        "Patient/p1",
        "Observation/0192e5a0-0000-7000-8000-000000000001",
        "Observation/0192e5a0-0000-7000-8000-000000000002",
    ] {
        let there = server.get(key).expect("there");
        for station in [&one, &two] {
            assert_eq!(
                station.run(&["get", key]),
                there,
                "{key} is the same everywhere"
            );
        }
    }
    let merged = server.get("Patient/p1").expect("there");
    assert_eq!(
        (&merged["active"], &merged["language"]),
        (&json!(true), &json!("es"))
    );
    for station in [&one, &two] {
        assert_eq!(station.run(&["status"])["pending"], 0);
        station.assert_sound();
    }
}

#[test]
fn the_only_server_is_meant_where_none_is_named_and_what_is_known_of_it_is_told() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    let dir = tempfile::tempdir().expect("a folder");
    let station = beside(dir.path(), "one", &server.url());
    put(
        &station,
        &patient("0192e5a0-0000-7000-8000-000000000009", "Okafor"),
    );
    assert_eq!(station.run(&["sync"])["pushed"], 1);
    let remotes = station.run(&["remote", "list"]);
    let remote = &remotes[0];
    assert_eq!(remote["name"], "clinic");
    assert_eq!(remote["resources"], 2);
    let profile = &remote["profile"];
    assert_eq!(profile["clientIds"], "yes", "{profile}");
    assert_eq!(profile["ifMatch"], "yes", "{profile}");
    assert_eq!(station.run(&["status"])["remotes"], remotes);
    assert_eq!(
        server.version("Patient/0192e5a0-0000-7000-8000-000000000009"),
        1,
        "finding out left nothing behind"
    );
    station
        .refused(&["sync", "--remote", "other"], "not_found")
        .comforts();
    station
        .refused(
            &["remote", "add", "clinic", "--fhir", &server.url()],
            "already_exists",
        )
        .comforts();
}

#[test]
fn a_server_is_forgotten_only_when_nothing_waits_for_it() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    change(&station, "Patient/p1", |patient| {
        patient["active"] = true.into()
    });
    station
        .refused(&["remote", "remove", "clinic"], "precondition")
        .comforts();
    sync(&station);
    station.run(&["remote", "remove", "clinic"]);
    assert_eq!(station.run(&["remote", "list"]), json!([]));
    assert_eq!(station.run(&["get", "Patient/p1"])["active"], true);
}

#[test]
fn beside_a_hub_each_record_stays_with_the_server_that_it_came_from() {
    let dir = tempfile::tempdir().expect("a folder");
    let hub = super::support::hub::Hub::start(dir.path(), "hub");
    let station = Desk::at(Station::joined(
        dir.path(),
        &hub,
        &hub.url(),
        "ines",
        "clinician",
    ));
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    station.run(&["remote", "add", "clinic", "--fhir", &server.url()]);
    sync(&station);
    // What is made here is the hub's, save what is about a patient of the other server.
    put(
        &station,
        &patient("0192e5a0-0000-7000-8000-00000000000a", "Okafor"),
    );
    put(
        &station,
        &observation("0192e5a0-0000-7000-8000-00000000000b", "p1", 70),
    );
    change(&station, "Patient/p1", |patient| {
        patient["active"] = true.into()
    });
    let with_hub = station.run(&["sync", "--remote", "hub"]);
    assert_eq!(with_hub["pushed"], 1, "{with_hub}");
    let with_clinic = sync(&station);
    assert_eq!(with_clinic["pushed"], 2, "{with_clinic}");
    assert_eq!(server.keys("Patient"), ["Patient/p1"]);
    assert_eq!(server.get("Patient/p1").expect("there")["active"], true);
    let token = hub.token();
    assert_eq!(
        hub.fhir(&token, "Patient/p1").0,
        404,
        "it is none of the hub's"
    );
    assert_eq!(
        hub.fhir(&token, "Patient/0192e5a0-0000-7000-8000-00000000000a")
            .0,
        200
    );
    let names: Vec<Value> = station
        .run(&["remote", "list"])
        .as_array()
        .into_iter()
        .flatten()
        .map(|remote| remote["name"].clone())
        .collect();
    assert_eq!(names, ["hub", "clinic"]);
    station.assert_sound();
}
