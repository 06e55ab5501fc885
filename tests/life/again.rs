//! Back from a backup among others: nothing twice, nothing forgotten.

use serde_json::Value;

use super::support::folder;
use super::support::hub::Hub;
use super::support::proxy::{Mood, Proxy};
use super::support::station::Station;
use super::{keys, observation, patient, put, put_all};

fn conflicts(station: &Station) -> usize {
    station
        .run(&["conflicts", "list"])
        .as_array()
        .map_or(0, Vec::len)
}

fn exported(station: &Station, dir: &std::path::Path) -> folder::Lines {
    let out = dir.join(format!("out-{}", station.store.display()).replace('/', "_"));
    let _ = std::fs::remove_dir_all(&out);
    station.run(&["export", &out.display().to_string()]);
    folder::exported(&out)
}

fn version(bytes: &[u8]) -> String {
    let value: Value = serde_json::from_slice(bytes).expect("JSON");
    value["meta"]["versionId"]
        .as_str()
        .expect("a version")
        .to_owned()
}

#[test]
fn what_was_pending_is_offered_again_and_nothing_is_doubled() {
    let dir = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(dir.path(), "hub");
    let ours = Station::joined(dir.path(), &hub, &hub.url(), "albertine", "clinician");
    let theirs = Station::joined(dir.path(), &hub, &hub.url(), "bashir", "clinician");
    put_all(
        &ours,
        &[patient("p1", "Garcia"), observation("o1", "p1", 60)],
    );
    ours.run(&["sync", "--once"]);
    put_all(&ours, &[observation("o2", "p1", 62)]);
    let file = dir.path().join("b").display().to_string();
    ours.run(&["backup", "create", &file]);
    // After the backup: a new one, an edit, a sync of all; and one that never got out.
    let mut batch = ours.batch();
    put(&mut batch, &ours, &observation("o3", "p1", 63));
    put(&mut batch, &ours, &observation("o1", "p1", 61));
    batch.ask("sync --once");
    put(&mut batch, &ours, &observation("o4", "p1", 64));
    batch.end();
    theirs.run(&["sync", "--once"]);
    put_all(&theirs, &[observation("o5", "p1", 65)]);
    theirs.run(&["sync", "--once"]);

    let back = ours.moved(dir.path().join("back"));
    let old = ours.store.display().to_string();
    let answer = back.run(&["backup", "restore", &file, "--replacing", &old]);
    assert_eq!(keys(&answer, "offeredAgain"), ["Observation/o2"]);
    assert_eq!(
        keys(&answer["replaced"], "onlyThere"),
        ["Observation/o4"],
        "the one that only the old folder holds is named"
    );
    assert_eq!(answer["signsInAtNextSync"], true);
    back.run(&["sync", "--once"]);
    assert_eq!(conflicts(&back), 0, "one's own past is no conflict");
    assert_eq!(back.run(&["status"])["pending"], 0);
    let token = hub.token();
    for (id, expected) in [("o1", "2"), ("o2", "1"), ("o3", "1"), ("o5", "1")] {
        let (status, body) = hub.fhir(&token, &format!("Observation/{id}"));
        assert_eq!(status, 200, "{id} is at the hub");
        assert_eq!(
            version(&body),
            expected,
            "{id} was taken once for each edit"
        );
    }
    theirs.run(&["sync", "--once"]);
    let (mine, others) = (exported(&back, dir.path()), exported(&theirs, dir.path()));
    folder::assert_same(&mine, &others, "both stations");
    assert_eq!(mine["Observation"].len(), 4);

    // It works on as a device of its own, and so does the old folder, were it still in use.
    put_all(&back, &[observation("o2", "p1", 72)]);
    back.run(&["sync", "--once"]);
    ours.run(&["sync", "--once"]);
    theirs.run(&["sync", "--once"]);
    back.run(&["sync", "--once"]);
    for station in [&ours, &back, &theirs] {
        assert_eq!(conflicts(station), 0);
        station.assert_sound();
    }
    let all = exported(&theirs, dir.path());
    assert_eq!(all["Observation"].len(), 5, "the old folder's own came too");
    folder::assert_same(&all, &exported(&back, dir.path()), "restored and other");
    folder::assert_same(&all, &exported(&ours, dir.path()), "old and other");
}

#[test]
fn what_was_on_its_way_when_the_backup_was_made_arrives_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(dir.path(), "hub");
    let net = Proxy::to(&hub.address);
    let ours = Station::joined(dir.path(), &hub, &net.url(), "albertine", "clinician");
    put_all(
        &ours,
        &[patient("p1", "Garcia"), observation("o1", "p1", 60)],
    );
    net.set(Mood::CutsAnswer("/api/v2/sync/push"));
    let cut = ours.attempt(&["sync", "--once"]);
    assert_eq!(cut.status.code(), Some(7), "the answer never came");
    let file = dir.path().join("b").display().to_string();
    ours.run(&["backup", "create", &file]);
    net.set(Mood::Straight);
    let back = ours.moved(dir.path().join("back"));
    let answer = back.run(&["backup", "restore", &file]);
    assert_eq!(
        keys(&answer, "offeredAgain"),
        ["Observation/o1", "Patient/p1"]
    );
    put_all(&back, &[observation("o1", "p1", 61)]);
    back.run(&["sync", "--once"]);
    assert_eq!(conflicts(&back), 0);
    let token = hub.token();
    let (_, body) = hub.fhir(&token, "Observation/o1");
    assert_eq!(
        version(&body),
        "2",
        "the create once, the edit on top of it"
    );
    let (_, body) = hub.fhir(&token, "Patient/p1");
    assert_eq!(version(&body), "1");
    back.assert_sound();
}

#[test]
fn a_pruned_copy_comes_back_when_the_server_changes_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(dir.path(), "hub");
    let ours = Station::joined(dir.path(), &hub, &hub.url(), "albertine", "clinician");
    let theirs = Station::joined(dir.path(), &hub, &hub.url(), "bashir", "clinician");
    put_all(
        &ours,
        &[
            patient("p1", "Garcia"),
            patient("p2", "Okafor"),
            observation("o1", "p1", 60),
            observation("o2", "p2", 60),
        ],
    );
    ours.run(&["sync", "--once"]);
    theirs.run(&["sync", "--once"]);
    put_all(&ours, &[observation("o3", "p1", 70)]);
    ours.run(&["pin", "p2"]);
    let policy = ours.file("policy.json", br#"{"default": {"days": 0}}"#);
    let policy = policy.display().to_string();
    let told = ours.run(&["prune", "--dry-run", "--config", &policy]);
    assert_eq!(told["removed"], serde_json::json!({"Observation": 1}));
    let done = ours.run(&["prune", "--config", &policy, "--vacuum"]);
    assert_eq!(
        done["removed"], told["removed"],
        "the dry run told the truth"
    );
    let reasons: Vec<(&str, u64)> = done["kept"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|kept| {
            (
                kept["reason"].as_str().expect("a word"),
                kept["count"].as_u64().expect("a number"),
            )
        })
        .collect();
    assert!(
        reasons.contains(&("not_synced", 1)),
        "o3 waits: {reasons:?}"
    );
    assert!(reasons.contains(&("pinned", 2)), "p2 and o2: {reasons:?}");
    ours.refused(&["get", "Observation/o1"], 1, "not_found");
    ours.assert_sound();
    let synced = ours.run(&["sync", "--once"]);
    assert_eq!(synced["pushed"], 1, "pruning is no deletion: {synced}");
    let token = hub.token();
    assert_eq!(hub.fhir(&token, "Observation/o1").0, 200);
    theirs.run(&["sync", "--once"]);
    put_all(&theirs, &[observation("o1", "p1", 99)]);
    theirs.run(&["sync", "--once"]);
    ours.run(&["sync", "--once"]);
    assert_eq!(
        ours.run(&["get", "Observation/o1"])["valueQuantity"]["value"],
        99,
        "a change of the server brings it back"
    );
    ours.assert_sound();
}
