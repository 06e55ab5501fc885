//! Servers and networks that fail, and edits that a server does not take.

use super::support::plain_server::PlainServer;
use super::{change, observation, patient, put, sync, synced};

const PATIENT: &str = "0192e5a0-0000-7000-8000-0000000000a1";

#[test]
fn hard_case_14_a_lost_answer_to_an_edit_is_found_out_by_reading_back() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    // The first create settles what the server is like.
    put(
        &station,
        &observation("0192e5a0-0000-7000-8000-0000000000b0", "p1", 1),
    );
    sync(&station);
    change(&station, "Patient/p1", |patient| {
        patient["active"] = true.into()
    });
    put(
        &station,
        &observation("0192e5a0-0000-7000-8000-0000000000b1", "p1", 70),
    );
    server.fall_silent_after_a_write();
    station.refused(&["sync", "--once"], "network").comforts();
    station.kill();
    server.speak();
    let before = server.version("Patient/p1");
    sync(&station);
    assert_eq!(server.version("Patient/p1"), before, "not written again");
    assert_eq!(
        station.run(&["conflicts", "list"]).as_array().map(Vec::len),
        Some(0)
    );
    assert_eq!(station.run(&["status"])["pending"], 0);
    assert_eq!(server.get("Patient/p1").expect("there")["active"], true);
    station.assert_sound();
}

#[test]
fn hard_case_14_after_a_lost_answer_another_hands_edit_is_not_overwritten() {
    let server = PlainServer::start();
    let (_dir, station) = synced(&server);
    put(&station, &patient(PATIENT, "Okafor"));
    sync(&station);
    let key = format!("Patient/{PATIENT}");
    change(&station, &key, |patient| patient["active"] = true.into());
    server.fall_silent_after_a_write();
    station.refused(&["sync", "--once"], "network").comforts();
    station.kill();
    server.speak();
    server.change(&key, |patient| patient["language"] = "es".into());
    change(&station, &key, |patient| patient["gender"] = "male".into());
    sync(&station);
    let there = server.get(&key).expect("there");
    assert_eq!(
        (&there["active"], &there["language"], &there["gender"]),
        (&true.into(), &"es".into(), &"male".into()),
        "all three edits are there"
    );
    station.assert_sound();
}

#[test]
fn what_was_made_sent_unanswered_and_deleted_is_deleted_or_put_before_a_person() {
    const SHOWN: &str = "Observation/0192e5a0-0000-7000-8000-0000000000b1";
    for versions in [true, false] {
        for changes in [true, false] {
            let server = PlainServer::with(|switches| {
                switches.versions = versions;
                switches.if_match = versions;
            });
            server.put(patient("p1", "Trevino"));
            let (_dir, station) = synced(&server);
            put(
                &station,
                &observation("0192e5a0-0000-7000-8000-0000000000b1", "p1", 70),
            );
            server.fall_silent_after_a_write();
            station.refused(&["sync", "--once"], "network").comforts();
            station.kill();
            assert!(server.get(SHOWN).is_some(), "it arrived");
            station.run(&["delete", SHOWN]);
            server.speak();
            if changes {
                server.change(SHOWN, |shown| shown["status"] = "amended".into());
            }
            sync(&station);
            sync(&station);
            let open = station.run(&["conflicts", "list"]);
            let is_asked = open.as_array().is_some_and(|all| !all.is_empty());
            assert_eq!(
                (is_asked, server.get(SHOWN).is_none()),
                (changes, !changes),
                "versions {versions}, changed there {changes}: {open}"
            );
            station.assert_sound();
        }
    }
}

#[test]
fn hard_case_19_a_poison_record_is_set_aside_with_what_depends_on_it_and_all_else_goes_on() {
    let server = PlainServer::with(|switches| switches.checks_references = true);
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    put(&station, &patient(PATIENT, "poison"));
    put(
        &station,
        &observation("0192e5a0-0000-7000-8000-0000000000b1", PATIENT, 70),
    );
    put(
        &station,
        &observation("0192e5a0-0000-7000-8000-0000000000b2", "p1", 71),
    );
    for _ in 0..2 {
        sync(&station);
        assert_eq!(
            server.keys("Observation").len(),
            1,
            "the one that depends on nothing"
        );
    }
    let outbox = station.run(&["outbox", "list"]);
    let of = |key: &str| {
        outbox
            .as_array()
            .into_iter()
            .flatten()
            .find(|entry| entry["key"] == key)
            .cloned()
            .expect("it waits")
    };
    let refused = of(&format!("Patient/{PATIENT}"));
    assert_eq!(refused["state"], "rejected");
    assert!(
        refused["lastError"]
            .as_str()
            .expect("a reason")
            .contains("breaks a rule"),
        "{refused}"
    );
    assert_eq!(
        of("Observation/0192e5a0-0000-7000-8000-0000000000b1")["state"],
        "pending"
    );
    // Mended, it goes, and what waited for it follows.
    change(&station, &format!("Patient/{PATIENT}"), |patient| {
        patient["name"][0]["family"] = "Okafor".into();
    });
    sync(&station);
    sync(&station);
    assert_eq!(server.keys("Observation").len(), 2);
    assert_eq!(station.run(&["status"])["pending"], 0);
    station.assert_sound();
}

#[test]
fn hard_case_13_of_a_parcel_that_fails_in_part_the_rest_is_done() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    for number in 1..6 {
        let id = format!("0192e5a0-0000-7000-8000-0000000000b{number}");
        put(&station, &observation(&id, "p1", number));
    }
    let one = "Observation/0192e5a0-0000-7000-8000-0000000000b3";
    server.set(|switches| {
        switches.forbidden.insert(one.to_owned());
    });
    let summary = sync(&station);
    assert_eq!(
        (summary["pushed"].as_u64(), summary["rejected"].as_u64()),
        (Some(4), Some(1))
    );
    // 403 parks what was refused, keeps it, and it can be offered again.
    server.set(|switches| switches.forbidden.clear());
    station.run(&["outbox", "retry", one]);
    sync(&station);
    assert_eq!(server.keys("Observation").len(), 5);
    station.assert_sound();
}

#[test]
fn a_bundle_that_is_too_large_is_halved_and_the_size_is_remembered() {
    let server = PlainServer::with(|switches| switches.max_entries = 3);
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    for number in 10..30 {
        let id = format!("0192e5a0-0000-7000-8000-0000000000{number}");
        put(&station, &observation(&id, "p1", number));
    }
    assert_eq!(sync(&station)["pushed"], 20);
    let profile = station.run(&["remote", "list"])[0]["profile"].clone();
    assert!(
        profile["maxEntries"].as_u64().is_some_and(|most| most <= 3),
        "{profile}"
    );
}

#[test]
fn a_server_that_asks_for_patience_gets_it() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    server.set(|switches| switches.busy = 2);
    server.change("Patient/p1", |patient| patient["active"] = true.into());
    assert_eq!(sync(&station)["pulled"], 1);
    assert_eq!(
        station.run(&["remote", "list"])[0]["profile"]["rateLimits"],
        "yes"
    );
}

#[test]
fn a_sign_in_page_or_a_broken_server_changes_nothing() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    change(&station, "Patient/p1", |patient| {
        patient["active"] = true.into()
    });
    server.set(|switches| switches.html = true);
    station
        .refused(&["sync", "--once"], "network")
        .says("not a FHIR R4 server")
        .comforts();
    server.set(|switches| {
        switches.html = false;
        switches.fails = Some(500);
    });
    station.refused(&["sync", "--once"], "network").comforts();
    server.set(|switches| switches.fails = None);
    assert_eq!(station.run(&["status"])["pending"], 1);
    assert_eq!(sync(&station)["pushed"], 1);
    station.assert_sound();
}

#[test]
fn another_server_at_the_same_address_stops_before_anything_is_sent() {
    let dir = tempfile::tempdir().expect("a folder");
    let hub = super::support::hub::Hub::start(dir.path(), "hub");
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    let proxy = super::support::proxy::Proxy::to(
        server
            .url()
            .trim_start_matches("http://")
            .trim_end_matches("/fhir"),
    );
    let station = super::beside(dir.path(), "one", &format!("{}/fhir", proxy.url()));
    sync(&station);
    change(&station, "Patient/p1", |patient| {
        patient["active"] = true.into()
    });
    // Something else answers there now.
    proxy.lead_to(&hub.address);
    station.refused(&["sync", "--once"], "network").comforts();
    assert_eq!(station.run(&["status"])["pending"], 1);
}
