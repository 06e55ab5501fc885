//! The network and the hub at their worst.

use serde_json::Value;

use super::support::folder;
use super::support::hub::Hub;
use super::support::proxy::{BROKEN, ELSEWHERE, GARBAGE, HTML, Mood, OTHER_JSON, Proxy};
use super::support::say;
use super::support::station::Station;
use super::{patient, put};

fn waiting(station: &Station) -> usize {
    station
        .run(&["outbox", "list"])
        .as_array()
        .map_or(0, Vec::len)
}

/// Edits a few patients; they wait.
fn edit(station: &Station, from: usize, to: usize) {
    let mut batch = station.batch();
    for number in from..to {
        put(
            &mut batch,
            station,
            &patient(&format!("p-{number}"), "Nakamura"),
        );
    }
    batch.end();
}

/// Both stations hold the same patients, nothing waits, all is sound.
fn assert_agree(dir: &std::path::Path, ours: &Station, theirs: &Station, patients: usize) {
    for station in [ours, theirs, ours] {
        station.run(&["sync", "--once"]);
    }
    let [mine, other] = [(ours, "ours"), (theirs, "theirs")].map(|(station, name)| {
        assert_eq!(waiting(station), 0, "everything was taken");
        station.assert_sound();
        let out = dir.join(format!("{name}-{patients}"));
        station.run(&["export", &out.display().to_string()]);
        folder::exported(&out)
    });
    assert_eq!(mine["Patient"].len(), patients, "no edit is missing");
    folder::assert_same(&mine, &other, "both stations");
}

#[test]
fn whatever_answers_in_the_hub_s_place_the_changes_wait_and_go_later() {
    let dir = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(dir.path(), "hub");
    let net = Proxy::to(&hub.address);
    let ours = Station::joined(dir.path(), &hub, &net.url(), "albertine", "clinician");
    let theirs = Station::joined(dir.path(), &hub, &net.url(), "bashir", "clinician");
    ours.run(&["sync", "--once"]);
    edit(&ours, 0, 12);
    let mut batch = ours.batch();
    for (name, mood) in [
        ("a sign-in page", Mood::Answers("/", HTML)),
        ("HTTP 500", Mood::Answers("/", BROKEN)),
        ("garbage", Mood::Answers("/", GARBAGE)),
        ("other JSON", Mood::Answers("/", OTHER_JSON)),
        ("a redirect", Mood::Answers("/", ELSEWHERE)),
        ("a closed connection", Mood::HangsUp("/")),
        ("half an answer", Mood::CutsAnswer("/healthz")),
        (
            "a sign-in page to a pull",
            Mood::Answers("/api/v2/sync/pull", HTML),
        ),
        ("half a pull", Mood::CutsAnswer("/api/v2/sync/pull")),
        (
            "garbage to a push",
            Mood::Answers("/api/v2/sync/push", GARBAGE),
        ),
        (
            "a sign-in page to a push",
            Mood::Answers("/api/v2/sync/push", HTML),
        ),
        (
            "a closed connection to a push",
            Mood::HangsUp("/api/v2/sync/push"),
        ),
        (
            "HTTP 500 to a push",
            Mood::Answers("/api/v2/sync/push", BROKEN),
        ),
    ] {
        net.set(mood);
        let refusal = batch.refused("sync --once", "network");
        refusal.comforts();
        say(&format!("{name}: {}", refusal.message));
        let left = batch.ask("outbox list");
        assert_eq!(
            left.as_array().map(Vec::len),
            Some(12),
            "{name}: every change still waits"
        );
    }
    ours.refused(&["sync", "--once"], 7, "network").comforts();
    net.set(Mood::Straight);
    let summary = batch.ask("sync --once");
    assert_eq!(
        summary["waiting"], 0,
        "all go once the hub answers: {summary}"
    );
    batch.end();
    assert_agree(dir.path(), &ours, &theirs, 12);

    // The push arrives, and its answer does not: offered again, it is the same op, not a second edit.
    edit(&ours, 12, 18);
    net.set(Mood::CutsAnswer("/api/v2/sync/push"));
    ours.refused(&["sync", "--once"], 7, "network").comforts();
    assert_eq!(
        waiting(&ours),
        6,
        "an edit is not sent before it is known to be"
    );
    net.set(Mood::Straight);
    let again = ours.run(&["sync", "--once"]);
    assert_eq!(
        (&again["waiting"], &again["conflicts"]),
        (&0.into(), &0.into()),
        "{again}"
    );
    let token = hub.token();
    for number in 12..18 {
        let (_, body) = hub.fhir(&token, &format!("Patient/p-{number}/_history"));
        let history: Value = serde_json::from_slice(&body).expect("a Bundle");
        assert_eq!(
            history["entry"].as_array().map(Vec::len),
            Some(1),
            "the hub took the edit of a lost answer once"
        );
    }
    assert_agree(dir.path(), &ours, &theirs, 18);
}

#[test]
fn with_the_hub_down_work_goes_on_and_goes_out_later() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut hub = Hub::start(dir.path(), "hub");
    let url = hub.url();
    let ours = Station::joined(dir.path(), &hub, &url, "albertine", "clinician");
    let theirs = Station::joined(dir.path(), &hub, &url, "bashir", "clinician");
    edit(&ours, 0, 3);
    ours.run(&["sync", "--once"]);
    hub.kill();
    edit(&ours, 3, 6);
    let refusal = ours.refused(&["sync", "--once"], 7, "network");
    assert!(refusal.retryable, "the same command may succeed later");
    refusal
        .comforts()
        .says("will be sent when it answers again");
    assert_eq!(waiting(&ours), 3, "what was saved with the hub down waits");
    let found = ours.run(&["search", "Patient?name=nakamura"]);
    assert_eq!(
        found.as_array().map(Vec::len),
        Some(6),
        "reading needs no hub"
    );
    hub.serve();
    assert_agree(dir.path(), &ours, &theirs, 6);
}

#[test]
fn another_hub_at_the_same_address_gets_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(dir.path(), "hub");
    let other = Hub::start(dir.path(), "other");
    let net = Proxy::to(&hub.address);
    let ours = Station::joined(dir.path(), &hub, &net.url(), "albertine", "clinician");
    let theirs = Station::joined(dir.path(), &hub, &net.url(), "bashir", "clinician");
    edit(&ours, 0, 4);
    net.lead_to(&other.address);
    net.asked();
    ours.refused(&["sync", "--once"], 7, "network")
        .comforts()
        .says("Another server");
    assert_eq!(
        net.asked(),
        ["/healthz"],
        "no token and no chart went to the other hub"
    );
    let (status, _) = other.fhir(&other.token(), "Patient/p-0");
    assert_eq!(status, 404, "the other hub holds nothing of it");
    assert_eq!(waiting(&ours), 4);
    net.lead_to(&hub.address);
    ours.run(&["sync", "--once"]);
    assert_agree(dir.path(), &ours, &theirs, 4);
}

#[test]
fn joining_fails_clearly_and_leaves_no_store_behind() {
    let dir = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(dir.path(), "hub");
    let net = Proxy::to(&hub.address);
    let code = hub.invite("albertine", "nurse");
    let station = Station::at(dir.path().join("albertine"), "albertine");
    station
        .refused(
            &["enrol", &net.url(), "--code", "WRONG-CODE-0000"],
            4,
            "not_permitted",
        )
        .comforts();
    let join = ["enrol", &net.url(), "--code", &code].map(str::to_owned);
    let join: Vec<&str> = join.iter().map(String::as_str).collect();
    for mood in [Mood::Answers("/", HTML), Mood::HangsUp("/")] {
        net.set(mood);
        station.refused(&join, 7, "network").comforts();
    }
    assert!(!station.store.exists(), "nothing was made");
    net.set(Mood::Straight);
    station.run(&join);
    station.run(&["sync", "--once"]);
    let again = Station::at(dir.path().join("again"), "albertine");
    again.refused(&join, 4, "not_permitted").says("code");
}

#[test]
fn a_store_of_one_s_own_has_no_server_and_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    station
        .refused(&["sync", "--once"], 5, "precondition")
        .comforts()
        .says("haven enrol");
}
