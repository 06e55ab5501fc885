//! Type histories: relied on once they have told of all that a search showed, and only then.

use super::desk::Desk;
use super::support::plain_server::{Histories, PlainServer};
use super::{beside, change, observation, patient, sync};

fn kept(histories: Histories, page_cap: usize) -> (PlainServer, tempfile::TempDir, Desk) {
    let server = PlainServer::with(|switches| {
        switches.histories = histories;
        switches.page_cap = page_cap;
    });
    server.put(patient("p1", "Trevino"));
    for number in 0..20 {
        server.put(observation(&format!("o{number}"), "p1", number));
    }
    let dir = tempfile::tempdir().expect("a folder");
    let station = beside(dir.path(), "one", &server.url());
    sync(&station);
    // What is asked for again because it may have appeared late is no longer in the way.
    server.pass_days(1);
    set_value(&server, "o0", 100);
    sync(&station);
    server.pass_days(1);
    (server, dir, station)
}

fn set_value(server: &PlainServer, id: &str, value: u32) {
    server.change(&format!("Observation/{id}"), |one| {
        one["valueQuantity"]["value"] = value.into();
    });
}

fn value(station: &Desk, id: &str) -> u64 {
    let one = station.run(&["get", &format!("Observation/{id}")]);
    one["valueQuantity"]["value"].as_u64().expect("a value")
}

fn said(station: &Desk) -> String {
    let profile = station.run(&["remote", "list"])[0]["profile"].clone();
    profile["typeHistory"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// One that passes over `_since` shows that only once there is something from before.
fn is_relied_on(station: &Desk) -> bool {
    let profile = station.run(&["remote", "list"])[0]["profile"].clone();
    profile["typeHistory"] == "yes"
        && !profile["noHistoryTypes"]
            .to_string()
            .contains("Observation")
}

#[test]
fn a_history_that_tells_everything_takes_the_place_of_searches_and_brings_deletions() {
    for histories in [Histories::Whole, Histories::OldestFirst] {
        let (server, _dir, station) = kept(histories, 6);
        set_value(&server, "o1", 101);
        assert_eq!(sync(&station)["pulled"], 1, "{histories:?}");
        assert_eq!(said(&station), "yes", "{histories:?}: seen to tell all");
        // The first round after that compares once more.
        sync(&station);
        server.pass_days(1);
        for value in 200..210 {
            set_value(&server, "o2", value);
        }
        server.delete("Observation/o3");
        server.delete("Observation/o4");
        server.put(observation("o4", "p1", 404));
        server.put(observation("brief", "p1", 1));
        server.delete("Observation/brief");
        server.asked();
        let summary = sync(&station);
        let asked = server.asked().join("\n");
        assert_eq!(summary["removed"], 1, "{histories:?}: {summary} {asked}");
        assert_eq!(value(&station, "o2"), 209, "only the newest counts");
        assert_eq!(value(&station, "o4"), 404, "made again");
        station.refused(&["get", "Observation/o3"], "not_found");
        assert!(
            !asked.contains("_elements") && !asked.contains("Observation?_lastUpdated"),
            "{histories:?}: neither ids nor a search were asked for: {asked}"
        );
        let again = sync(&station);
        assert_eq!(again["pulled"], 0, "{again}");
        // What is edited at both ends meets as ever.
        change(&station, "Observation/o2", |one| {
            one["note"] = serde_json::json!([{"text": "resting"}])
        });
        server.delete("Observation/o2");
        assert_eq!(sync(&station)["conflicts"], 1, "{histories:?}");
        station.assert_sound();
    }
}

#[test]
fn a_history_that_does_not_hold_what_it_promises_is_not_relied_on() {
    for histories in [
        Histories::Unbounded,
        Histories::CutShort,
        Histories::Empty,
        Histories::Search,
    ] {
        for totals in [true, false] {
            let (server, _dir, station) = kept(histories, 50);
            server.set(|switches| switches.totals = totals);
            for round in 1..3_u32 {
                for number in 0..12 {
                    set_value(&server, &format!("o{number}"), round * 100 + number);
                }
                server.delete(&format!("Observation/o{}", 14 + round));
                sync(&station);
                server.pass_days(1);
                for number in 0..12 {
                    assert_eq!(
                        value(&station, &format!("o{number}")),
                        u64::from(round * 100 + number),
                        "{histories:?}, totals {totals}"
                    );
                }
            }
            station.refused(&["get", "Observation/o15"], "not_found");
            assert!(
                !is_relied_on(&station),
                "{histories:?}, totals {totals}: {}",
                said(&station)
            );
            station.assert_sound();
        }
    }
}
