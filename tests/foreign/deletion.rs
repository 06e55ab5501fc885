//! What a server no longer shows.

use serde_json::Value;

use super::support::plain_server::PlainServer;
use super::{change, observation, patient, put, sync, synced};

#[test]
fn what_was_deleted_there_goes_here_whatever_status_tells_of_it() {
    for status in [404, 410] {
        let server = PlainServer::with(|switches| switches.deleted = status);
        server.put(patient("p1", "Trevino"));
        server.put(patient("p2", "Okafor"));
        let (_dir, station) = synced(&server);
        server.delete("Patient/p2");
        let summary = sync(&station);
        assert_eq!(summary["removed"], 1, "{status}: {summary}");
        station.refused(&["get", "Patient/p2"], "not_found");
        station.run(&["get", "Patient/p1"]);
        let kept = station.run(&["history", "Patient/p2"]);
        assert!(kept.to_string().contains("Okafor"), "its versions are kept");
        assert_eq!(sync(&station)["removed"], Value::Null, "once");
        station.assert_sound();
    }
}

#[test]
fn what_is_deleted_here_is_deleted_there() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    station.run(&["delete", "Patient/p1"]);
    assert_eq!(sync(&station)["pushed"], 1);
    assert_eq!(server.get("Patient/p1"), None);
    assert_eq!(station.run(&["status"])["pending"], 0);
    let again = sync(&station);
    assert_eq!(
        (again["pulled"].as_u64(), again["pushed"].as_u64()),
        (Some(0), Some(0))
    );
    station.assert_sound();
}

#[test]
fn hard_case_10_a_deletion_against_an_edit_waits_for_a_person_and_both_can_be_had() {
    for status in [404, 410] {
        let server = PlainServer::with(|switches| switches.deleted = status);
        server.put(patient("p1", "Trevino"));
        let (_dir, station) = synced(&server);
        change(&station, "Patient/p1", |patient| {
            patient["active"] = true.into()
        });
        server.delete("Patient/p1");
        let summary = sync(&station);
        assert_eq!(summary["conflicts"], 1, "{status}: {summary}");
        assert_eq!(
            station.run(&["get", "Patient/p1"])["active"],
            true,
            "the edit is here"
        );
        assert_eq!(sync(&station)["conflicts"], 0, "asked once");
        let open = station.run(&["conflicts", "list"]);
        assert_eq!(open[0]["kind"], "update-delete");
        let id = open[0]["id"].as_str().expect("an id").to_owned();
        station.run(&[
            "conflicts",
            "resolve",
            &id,
            "--take",
            "local",
            "--reason",
            "still here",
        ]);
        sync(&station);
        assert_eq!(
            server.get("Patient/p1").expect("made again")["active"],
            true
        );
        station.assert_sound();
    }
}

#[test]
fn hard_case_10_an_edit_there_of_what_was_deleted_here_waits_too() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    let (_dir, station) = synced(&server);
    station.run(&["delete", "Patient/p1"]);
    server.change("Patient/p1", |patient| patient["active"] = true.into());
    let summary = sync(&station);
    assert_eq!(summary["conflicts"], 1, "{summary}");
    assert!(
        server.get("Patient/p1").is_some(),
        "nothing was deleted over the edit"
    );
    station.assert_sound();
}

#[test]
fn hard_case_24_what_is_no_longer_shown_is_never_taken_from_a_waiting_change() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    server.put(patient("p2", "Okafor"));
    let (_dir, station) = synced(&server);
    change(&station, "Patient/p1", |patient| {
        patient["active"] = true.into()
    });
    server.set(|switches| {
        switches.hidden.insert("Patient/p1".to_owned());
        switches.forbidden.insert("Patient/p1".to_owned());
    });
    sync(&station);
    assert_eq!(station.run(&["get", "Patient/p1"])["active"], true);
    // Access is given back: what waited is decided by a person, and nothing is lost.
    server.set(|switches| {
        switches.hidden.clear();
        switches.forbidden.clear();
    });
    sync(&station);
    assert_eq!(station.run(&["get", "Patient/p1"])["active"], true);
    station.assert_sound();
}

#[test]
fn hard_case_26_many_deletions_at_once_are_not_followed_until_someone_says_so() {
    let server = PlainServer::start();
    for number in 0..60 {
        server.put(patient(&format!("p{number}"), "Trevino"));
    }
    let (_dir, station) = synced(&server);
    for number in 0..25 {
        server.delete(&format!("Patient/p{number}"));
    }
    for _ in 0..2 {
        let summary = sync(&station);
        assert_eq!(summary["heldDeletions"]["Patient"], 25, "{summary}");
        assert_eq!(
            station.run(&["status"])["patients"],
            60,
            "everything is kept"
        );
    }
    let summary = station.run(&["sync", "--accept-deletions"]);
    assert_eq!(summary["removed"], 25, "{summary}");
    assert_eq!(station.run(&["status"])["patients"], 35);
    station.assert_sound();
}

#[test]
fn a_masked_copy_is_never_put_over_a_whole_one_nor_sent_back() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    server.put(patient("p2", "Okafor"));
    server.set(|switches| {
        switches.masked.insert("Patient/p2".to_owned());
    });
    let (_dir, station) = synced(&server);
    server.set(|switches| {
        switches.masked.insert("Patient/p1".to_owned());
    });
    server.change("Patient/p1", |patient| patient["active"] = true.into());
    let summary = sync(&station);
    assert_eq!(summary["masked"], 1, "{summary}");
    assert_eq!(
        station.run(&["get", "Patient/p1"])["name"][0]["family"],
        "Trevino"
    );
    // What came masked from the start may be read, and is not sent back without its name.
    change(&station, "Patient/p2", |patient| {
        patient["gender"] = "male".into()
    });
    let summary = sync(&station);
    assert_eq!(summary["rejected"], 1, "{summary}");
    assert_eq!(
        server.get("Patient/p2").expect("there")["name"][0]["family"],
        "Okafor"
    );
    // Shown whole again, it comes whole.
    server.set(|switches| switches.masked.clear());
    server.change("Patient/p1", |patient| patient["language"] = "es".into());
    sync(&station);
    assert_eq!(station.run(&["get", "Patient/p1"])["language"], "es");
    station.assert_sound();
}

#[test]
fn hard_case_17_a_server_restored_from_a_backup_is_offered_what_it_lost() {
    let server = PlainServer::start();
    server.put(patient("p1", "Trevino"));
    server.put(observation("o1", "p1", 70));
    let (_dir, station) = synced(&server);
    let backup = server.backup();
    change(&station, "Patient/p1", |patient| {
        patient["active"] = true.into()
    });
    put(
        &station,
        &observation("0192e5a0-0000-7000-8000-0000000000c1", "p1", 88),
    );
    sync(&station);
    server.restore(backup);
    for _ in 0..2 {
        sync(&station);
    }
    assert_eq!(server.get("Patient/p1").expect("there")["active"], true);
    assert!(
        server
            .get("Observation/0192e5a0-0000-7000-8000-0000000000c1")
            .is_some(),
        "what it had confirmed is there again"
    );
    assert_eq!(station.run(&["status"])["pending"], 0);
    station.assert_sound();
}
