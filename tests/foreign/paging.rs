//! Following changes page by page, however a server gives its pages.

use super::support::plain_server::PlainServer;
use super::{observation, patient, sync, synced};

fn full(set: impl FnOnce(&mut super::support::plain_server::Switches)) -> PlainServer {
    let server = PlainServer::with(|switches| {
        switches.page_cap = 7;
        set(switches);
    });
    server.put(patient("p1", "Trevino"));
    for number in 0..40 {
        server.put(observation(&format!("o{number}"), "p1", number));
    }
    server
}

#[test]
fn next_links_totals_or_neither_bring_everything() {
    for (links, totals) in [(true, true), (true, false), (false, true), (false, false)] {
        let server = full(|switches| {
            switches.next_links = links;
            switches.totals = totals;
        });
        let (_dir, station) = synced(&server);
        let status = station.run(&["status"]);
        assert_eq!(
            status["types"]["Observation"], 40,
            "links {links}, totals {totals}"
        );
        server.put(observation("late", "p1", 99));
        assert_eq!(
            sync(&station)["pulled"],
            1,
            "links {links}, totals {totals}"
        );
    }
}

#[test]
fn a_server_that_shows_one_record_at_a_time_and_says_nothing_of_more_is_read_to_its_end() {
    let server = full(|switches| {
        switches.page_cap = 1;
        switches.next_links = false;
        switches.totals = false;
        switches.versions = false;
        switches.if_match = false;
    });
    let (_dir, station) = synced(&server);
    assert_eq!(station.run(&["status"])["types"]["Observation"], 40);
    for key in ["Observation/o3", "Observation/o20"] {
        server.change(key, |resource| resource["status"] = "amended".into());
    }
    sync(&station);
    for key in ["Observation/o3", "Observation/o20"] {
        assert_eq!(station.run(&["get", key])["status"], "amended", "{key}");
    }
}

#[test]
fn hard_case_27_a_first_sync_cut_short_goes_on_and_a_dead_link_is_no_end() {
    let server = full(|_| {});
    let dir = tempfile::tempdir().expect("a folder");
    let station = super::beside(dir.path(), "one", &server.url());
    let phase = |station: &super::desk::Desk| {
        station.run(&["remote", "list"])[0]["firstSync"]["phase"].clone()
    };
    assert_eq!(phase(&station), "not_started");
    // The connection breaks after some pages: what came is kept, and nobody takes it for all.
    server.set(|switches| switches.breaks_after_pages = Some(9));
    station.refused(&["sync", "--once"], "network").comforts();
    assert_eq!(phase(&station), "receiving");
    let part = station.run(&["status"])["types"]["Observation"].as_u64();
    assert!(part.is_some_and(|part| part > 0 && part < 40), "{part:?}");
    // The links have died meanwhile: the walk goes on from the last change seen.
    server.set(|switches| {
        switches.breaks_after_pages = None;
        switches.dead_links = true;
    });
    let rest = sync(&station)["pulled"].as_u64();
    assert_eq!(rest, part.map(|part| 40 - part), "nothing comes twice");
    assert_eq!(phase(&station), "done");
    assert_eq!(station.run(&["status"])["types"]["Observation"], 40);
    station.assert_sound();
}

#[test]
fn hard_case_18_changes_that_share_an_instant_and_those_that_appear_late_are_not_skipped() {
    let server = full(|_| {});
    let (_dir, station) = synced(&server);
    // A slow node's write becomes visible with an instant before the last one seen.
    server.set(|switches| {
        switches.hidden.insert("Observation/slow".to_owned());
    });
    server.put(observation("slow", "p1", 7));
    server.put(observation("fast", "p1", 8));
    sync(&station);
    server.set(|switches| switches.hidden.clear());
    assert_eq!(sync(&station)["pulled"], 1);
    assert_eq!(station.run(&["status"])["types"]["Observation"], 42);
}
