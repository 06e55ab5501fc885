//! The first sync with a plain server: own charts first, then newest first, gone on with wherever it
//! stopped, and nothing missing whatever the server makes of it.

use serde_json::{Value, json};

use super::desk::Desk;
use super::support::plain_server::{Bounds, PlainServer, Switches};
use super::{beside, change, observation, patient, sync};

/// Sixty Observations, one every twenty days, pages of seven.
fn years(set: impl FnOnce(&mut Switches)) -> PlainServer {
    let server = PlainServer::with(|switches| {
        switches.page_cap = 7;
        set(switches);
    });
    server.put(patient("p1", "Trevino"));
    for number in 0..60 {
        server.put(observation(&format!("o{number}"), "p1", number));
        server.pass_days(20);
    }
    server
}

fn first_sync(station: &Desk) -> Value {
    station.run(&["status"])["firstSync"].clone()
}

fn observations_here(station: &Desk) -> Vec<u64> {
    let found = station.run(&["search", "Observation?_count=1000"]);
    let mut numbers: Vec<u64> = found
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["valueQuantity"]["value"].as_u64())
        .collect();
    numbers.sort_unstable();
    numbers
}

/// Asserts that a first sync under way tells no more than is true.
fn assert_honest(first: &Value) {
    assert_eq!(first["complete"], false, "{first}");
    let of = |what: &str| first[what].as_u64();
    if let (Some(done), Some(total)) = (of("done"), of("total")) {
        assert!(done <= total, "{first}");
    }
    for (name, one) in first["types"].as_object().into_iter().flatten() {
        if let Some(total) = one["total"].as_u64() {
            assert!(one["done"].as_u64() <= Some(total), "{name}: {first}");
        }
    }
}

#[test]
fn a_first_sync_goes_newest_first_and_is_gone_on_with_wherever_it_was_killed() {
    let server = years(|_| {});
    let dir = tempfile::tempdir().expect("a folder");
    let station = beside(dir.path(), "one", &server.url());
    let mut before = 0;
    let mut runs = 0;
    loop {
        server.set(|switches| switches.breaks_after_pages = Some(9));
        let summary = station.any(&["sync", "--once"]);
        station.kill();
        let here = observations_here(&station);
        let newest: Vec<u64> = (60 - here.len() as u64..60).collect();
        assert_eq!(here, newest, "what is here is the newest");
        if summary["code"].is_null() {
            break;
        }
        assert_honest(&first_sync(&station));
        assert!(
            here.len() > before || runs < 2,
            "it gets on: {}",
            here.len()
        );
        before = here.len();
        runs += 1;
        assert!(runs < 40, "it comes to an end");
    }
    assert!(runs > 2, "it was cut short: {runs}");
    let first = first_sync(&station);
    assert_eq!(first["phase"], "complete", "{first}");
    assert_eq!(first["types"]["Observation"]["done"], 60, "{first}");
    let profile = station.run(&["remote", "list"])[0]["profile"].clone();
    assert_eq!(profile["windows"], "yes", "{profile}");
    let asked = server.asked().join("\n");
    assert!(asked.contains("_lastUpdated=lt20"), "by windows: {asked}");
    server.set(|switches| switches.breaks_after_pages = None);
    assert_eq!(sync(&station)["pulled"], 0, "nothing comes twice");
    station.assert_sound();
}

#[test]
fn the_charts_of_todays_schedule_and_of_own_patients_come_before_the_rest() {
    let server = PlainServer::with(|switches| switches.page_cap = 5);
    server.put(json!({"resourceType": "Practitioner", "id": "me",
        "identifier": [{"value": "ada"}]}));
    // The oldest of all, so that only their importance brings them first.
    let mut own = patient("own", "Okafor");
    own["generalPractitioner"] = json!([{"reference": "Practitioner/me"}]);
    server.put(own);
    server.put(patient("today", "Nakamura"));
    let start = jiff::Timestamp::now().to_string();
    server.put(
        json!({"resourceType": "Appointment", "id": "a1", "status": "booked",
        "start": start, "participant": [{"actor": {"reference": "Patient/today"},
        "status": "accepted"}]}),
    );
    for number in 0..12 {
        server.put(observation(&format!("own{number}"), "own", number));
        server.put(observation(&format!("today{number}"), "today", number));
        server.pass_days(9);
    }
    for number in 0..30 {
        server.put(patient(&format!("p{number}"), "Trevino"));
        server.put(observation(
            &format!("o{number}"),
            &format!("p{number}"),
            number,
        ));
        server.pass_days(9);
    }
    let dir = tempfile::tempdir().expect("a folder");
    let station = beside(dir.path(), "one", &server.url());
    let mut seen_apart = false;
    for _ in 0..60 {
        server.set(|switches| switches.breaks_after_pages = Some(3));
        let summary = station.any(&["sync", "--once"]);
        let first = first_sync(&station);
        if summary["code"].is_null() {
            break;
        }
        assert_honest(&first);
        let chart = |who: &str| station.any(&["chart", who]).as_array().map_or(0, Vec::len);
        if first["phase"] == "rest" {
            assert!(
                chart("own") >= 13 && chart("today") >= 13,
                "both are whole: {first}"
            );
            seen_apart |= chart("p0") < 2;
        }
    }
    assert!(seen_apart, "own charts were here before the others");
    server.set(|switches| switches.breaks_after_pages = None);
    sync(&station);
    let status = station.run(&["status"]);
    assert_eq!(status["types"]["Observation"], 54, "{status}");
    assert_eq!(status["firstSync"]["complete"], true, "{status}");
    station.assert_sound();
}

#[test]
fn a_server_that_does_not_keep_to_bounds_loses_nothing_and_comes_to_an_end() {
    for (bounds, links, totals) in [
        (Bounds::Ignored, true, true),
        (Bounds::Ignored, false, false),
        (Bounds::NothingBefore, true, true),
        (Bounds::NothingBefore, true, false),
    ] {
        let server = years(|switches| {
            switches.bounds = bounds;
            switches.narrows = false;
            switches.next_links = links;
            switches.totals = totals;
        });
        let dir = tempfile::tempdir().expect("a folder");
        let station = beside(dir.path(), "one", &server.url());
        sync(&station);
        let here = observations_here(&station);
        assert_eq!(here.len(), 60, "links {links}, totals {totals}");
        let asked = server.asked().len();
        assert!(asked < 150, "it asked {asked} times");
        assert_eq!(
            sync(&station)["pulled"],
            0,
            "links {links}, totals {totals}"
        );
    }
}

#[test]
fn without_links_and_with_one_instant_for_all_everything_comes() {
    let server = PlainServer::with(|switches| {
        switches.page_cap = 7;
        switches.next_links = false;
    });
    server.put(patient("p1", "Trevino"));
    server.in_one_instant(|server| {
        for number in 0..50 {
            server.put(observation(&format!("o{number}"), "p1", number));
        }
    });
    let dir = tempfile::tempdir().expect("a folder");
    let station = beside(dir.path(), "one", &server.url());
    sync(&station);
    assert_eq!(observations_here(&station).len(), 50);
    assert_eq!(first_sync(&station)["complete"], true);
}

#[test]
fn what_changes_there_amid_a_first_sync_is_here_when_it_is_called_complete() {
    let server = years(|_| {});
    let dir = tempfile::tempdir().expect("a folder");
    let station = beside(dir.path(), "one", &server.url());
    server.set(|switches| switches.breaks_after_pages = Some(14));
    station.refused(&["sync", "--once"], "network").comforts();
    assert!(
        observations_here(&station).len() < 50,
        "it is amid the windows"
    );
    // Out of a window that is still to come, into one that is behind; one new, one gone.
    server.change("Observation/o3", |one| {
        one["valueQuantity"]["value"] = 203.into()
    });
    server.put(observation("late", "p1", 200));
    server.delete("Observation/o5");
    server.set(|switches| {
        switches.breaks_after_pages = None;
        switches.dead_links = true;
    });
    sync(&station);
    server.set(|switches| switches.dead_links = false);
    assert_eq!(first_sync(&station)["complete"], true);
    let here = observations_here(&station);
    assert!(
        here.contains(&203) && here.contains(&200) && !here.contains(&5),
        "{here:?}"
    );
    assert_eq!(here.len(), 60, "{here:?}");
    // And it may be worked with at once.
    change(&station, "Observation/o3", |one| {
        one["valueQuantity"]["value"] = 204.into()
    });
    assert_eq!(sync(&station)["pushed"], 1);
    station.assert_sound();
}
