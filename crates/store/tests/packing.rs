//! Stories of dictionaries: trained on the store's own rows, sealed under their class, never in the way.

mod clinic;

use std::path::Path;

use clinic::{NOW, USER, edit, key, new_store, observation, op, passphrase, patient, resource};
use haven_model::{Resource, Role};
use haven_store::{KdfParams, NewUser, OpKind, Passphrase, Store};
use serde_json::json;

/// One more than a class needs before it is learnt.
const ENOUGH: usize = 2_001;

/// A dialect that the starter does not know.
fn finding(n: usize) -> Resource {
    resource(&json!({
        "resourceType": "Observation", "id": format!("o{n}"), "status": "final",
        "category": [{"coding": [{"system": "urn:regional:vocabulary:findings", "code": format!("Z{}", n % 40),
            "display": "Besondere Feststellung des Regionalverbundes"}]}],
        "code": {"text": format!("Messreihe {} am Gerät Prüfstand Nord", n % 25)},
        "subject": {"reference": format!("Patient/p{}", n % 20)},
        "note": [{"text": format!("Abgelesen im Saal {} durch das Personal der Frühschicht, Wert {n}", n % 9)}],
        "valueQuantity": {"value": n, "unit": "Einheiten nach örtlichem Brauch"}
    }))
}

fn fill(store: &Store, numbers: std::ops::Range<usize>) {
    store
        .transact(op(OpKind::Import), |tx| {
            numbers
                .map(finding)
                .try_for_each(|finding| tx.edit(finding))
        })
        .expect("written");
}

fn size(dir: &Path) -> u64 {
    std::fs::metadata(dir.join("store.db"))
        .expect("there")
        .len()
}

fn reopen(dir: &Path, store: Store) -> Store {
    drop(store);
    Store::unlock(dir, USER, &passphrase(), NOW).expect("unlocks")
}

#[test]
fn rows_packed_before_and_after_training_all_open_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, patient("p1", "Trevino"));
    fill(&store, 0..ENOUGH);
    assert_eq!(
        store.learn(NOW).expect("learns"),
        1,
        "one class has enough rows"
    );
    assert_eq!(
        store.learn(NOW).expect("looks"),
        0,
        "it is not learnt twice"
    );
    let store = reopen(dir.path(), store);
    let before = size(dir.path());
    fill(&store, ENOUGH..2 * ENOUGH);
    let store = reopen(dir.path(), store);
    let grown = size(dir.path()) - before;
    assert!(
        grown * 4 < before * 3,
        "rows take less room with their own dictionary: {before} bytes before, {grown} more after"
    );
    for n in [0, ENOUGH - 1, ENOUGH, 2 * ENOUGH - 1] {
        let stored = store
            .get(&key(&format!("Observation/o{n}")))
            .expect("opens");
        assert_eq!(
            stored.and_then(|stored| stored.resource),
            Some(finding(n)),
            "every byte comes back, whichever dictionary packed it"
        );
    }
    let report = store.verify_deep().expect("verifies");
    assert_eq!(report.problems, Vec::new(), "training is no tampering");
}

#[test]
fn older_rows_are_packed_anew_in_steps_and_stay_what_they_were() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    fill(&store, 0..ENOUGH);
    store.learn(NOW).expect("learns");
    let revision = store.revision().expect("readable");
    let mut steps = 0;
    while store.repack(NOW).expect("packs") > 0 {
        steps += 1;
        assert!(steps < 10, "it comes to an end");
    }
    assert!(steps > 1, "one step looks at a bounded number of rows");
    assert!(
        store.revision().expect("readable") > revision,
        "every body that was sealed anew is in the audit log"
    );
    let store = reopen(dir.path(), store);
    let chart = store.chart_bodies("p3").expect("opens");
    assert!(
        chart.contains(&finding(3)),
        "the same bytes, packed otherwise"
    );
    assert_eq!(store.verify_deep().expect("verifies").problems, Vec::new());
    let stored = store
        .get(&key("Observation/o3"))
        .expect("opens")
        .expect("there");
    assert_eq!(stored.row.version, 1, "packing anew is no edit");
}

#[test]
fn another_window_opens_what_was_packed_with_a_dictionary_it_never_saw() {
    let dir = tempfile::tempdir().expect("a folder");
    let window = new_store(dir.path());
    fill(&window, 0..ENOUGH);
    let command = Store::open_with_keys(dir.path(), &window.keys(), NOW).expect("opens");
    assert_eq!(command.learn(NOW).expect("learns"), 1);
    fill(&command, ENOUGH..ENOUGH + 10);
    let last = key(&format!("Observation/o{}", ENOUGH + 9));
    assert!(
        window.get(&last).expect("opens").is_some(),
        "the window looks the dictionary up"
    );
}

#[test]
fn who_has_no_key_of_a_class_has_not_its_dictionary_either() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, patient("p1", "Trevino"));
    fill(&store, 0..ENOUGH);
    assert_eq!(store.learn(NOW).expect("learns"), 1);
    edit(&store, observation("after", "p1", 37.0));
    let other = Passphrase::new("five other words for joe".to_owned());
    let joe = NewUser {
        name: "joe".to_owned(),
        display_name: "Joe".to_owned(),
        role: Role::FrontDesk,
        kdf: KdfParams::default(),
    };
    store.add_user(&joe, &other, NOW).expect("added");
    drop(store);
    let desk = Store::unlock(dir.path(), "joe", &other, NOW).expect("unlocks without that key");
    assert!(
        desk.get(&key("Patient/p1")).expect("opens").is_some(),
        "the desk's own work goes on"
    );
    assert!(
        desk.get(&key("Observation/after")).is_err(),
        "not the desk's to read"
    );
    assert_eq!(desk.learn(NOW).expect("looks"), 0);
    assert_eq!(
        desk.repack(NOW).expect("looks"),
        0,
        "nothing that it could open"
    );
}

#[test]
fn a_handful_of_rows_keeps_the_starter() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    fill(&store, 0..50);
    assert_eq!(store.learn(NOW).expect("looks"), 0);
    let sample: Vec<Resource> = (0..3).map(finding).collect();
    assert_eq!(
        store.learn_ahead(&sample, 1_000_000, NOW).expect("looks"),
        0,
        "three rows teach nothing, however many are to come"
    );
}
