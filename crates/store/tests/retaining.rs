//! Stories of what stays on a device and what may go.

mod clinic;

use clinic::*;
use haven_model::{Resource, VectorClock};
use haven_store::{
    KeptBecause, OpKind, PruneReport, RemoteVersion, RetentionPolicy, Store, StoreError,
};
use serde_json::json;

const DAY_MS: i64 = 86_400_000;

/// Takes over from the server what was last changed so many days ago.
fn pull(store: &Store, resource: Resource, days_ago: i64) {
    let remote = RemoteVersion {
        key: resource.key().clone(),
        resource: Some(resource),
        server_version: "1".to_owned(),
        vector_clock: [("hub".to_owned(), 1)].into_iter().collect::<VectorClock>(),
        last_modified: NOW.plus_ms(-days_ago * DAY_MS),
        device_id: None,
        device_name: None,
        user: None,
        edited_at: None,
    };
    store
        .transact(op(OpKind::Pull), |tx| tx.apply_remote(remote))
        .expect("kept");
}

fn year() -> RetentionPolicy {
    RetentionPolicy::from_json(r#"{"default": {"days": 365}}"#).expect("a policy")
}

fn prune(store: &Store) -> PruneReport {
    store.prune(&year(), false, NOW).expect("prunes")
}

fn kept(report: &PruneReport, reason: KeptBecause) -> u64 {
    report
        .kept
        .iter()
        .filter(|kept| kept.reason == reason)
        .map(|kept| kept.count)
        .sum()
}

fn has(store: &Store, name: &str) -> bool {
    store.get(&key(name)).expect("reads").is_some()
}

fn allergy(id: &str, patient: &str) -> Resource {
    resource(&json!({"resourceType": "AllergyIntolerance", "id": id,
        "patient": {"reference": format!("Patient/{patient}")}}))
}

#[test]
fn of_a_chart_in_use_old_results_go_and_allergies_stay() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    pull(&store, patient("p1", "Garcia"), 2_000);
    pull(&store, allergy("a1", "p1"), 2_000);
    pull(&store, observation("old", "p1", 36.0), 2_000);
    pull(&store, observation("new", "p1", 37.0), 10);
    let report = prune(&store);
    assert_eq!(report.removed.get("Observation"), Some(&1));
    assert!(!has(&store, "Observation/old") && has(&store, "Observation/new"));
    assert!(
        has(&store, "AllergyIntolerance/a1") && has(&store, "Patient/p1"),
        "a missing allergy would read as none known"
    );
    assert_eq!(kept(&report, KeptBecause::ChartInUse), 1, "the allergy");
    assert_eq!(kept(&report, KeptBecause::Referenced), 1, "the patient");
    assert_eq!(store.verify_deep().expect("verifies").problems, Vec::new());
}

#[test]
fn a_chart_that_nobody_used_goes_whole_and_leaves_no_search_term() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    pull(&store, patient("p1", "Garcia"), 2_000);
    pull(&store, allergy("a1", "p1"), 2_000);
    pull(&store, observation("o1", "p1", 36.0), 2_000);
    pull(&store, patient("p2", "Okafor"), 2_000);
    store.record_read("p2", NOW).expect("opened today");
    let told = store.prune(&year(), true, NOW).expect("tells");
    assert!(has(&store, "Patient/p1"), "a dry run removes nothing");
    let report = prune(&store);
    assert_eq!(report.removed, told.removed, "and tells what happens");
    assert_eq!(report.removed.values().sum::<u64>(), 3);
    assert!(has(&store, "Patient/p2"), "a chart opened today is in use");
    let found = store
        .search("Patient", &[("name".to_owned(), "garcia".to_owned())])
        .expect("searches");
    assert!(found.resources.is_empty());
    assert_eq!(store.counts().expect("counts").patients, 1);
    assert_eq!(store.verify_deep().expect("verifies").problems, Vec::new());
}

#[test]
fn what_waits_is_pinned_or_is_referred_to_stays_however_old() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    for id in ["p1", "p2"] {
        pull(&store, patient(id, "Garcia"), 2_000);
        pull(&store, observation(&format!("o-{id}"), id, 36.0), 2_000);
    }
    store
        .transact(op(OpKind::Configure), |tx| tx.pin("p1", true))
        .expect("pinned");
    // An edit of an old one, and something recent that leans on an old doctor and clinic.
    edit(&store, observation("o-p2", "p2", 39.0));
    pull(
        &store,
        resource(&json!({"resourceType": "Organization", "id": "clinic"})),
        2_000,
    );
    pull(
        &store,
        resource(&json!({"resourceType": "Practitioner", "id": "doctor",
            "qualification": [{"issuer": {"reference": "Organization/clinic"}}]})),
        2_000,
    );
    pull(
        &store,
        resource(&json!({"resourceType": "Practitioner", "id": "nobody"})),
        2_000,
    );
    pull(
        &store,
        resource(
            &json!({"resourceType": "Encounter", "id": "e1", "status": "finished",
            "subject": {"reference": "Patient/p2"},
            "participant": [{"individual": {"reference": "Practitioner/doctor"}}]}),
        ),
        5,
    );
    let report = prune(&store);
    assert_eq!(
        report.removed.into_iter().collect::<Vec<_>>(),
        [("Practitioner".to_owned(), 1)]
    );
    assert!(has(&store, "Organization/clinic"), "through the doctor");
    let pins = store.pins().expect("pins");
    assert_eq!(pins.len(), 1);
    assert_eq!(pins.first().map(|pin| pin.patient.as_str()), Some("p1"));
    let refused = store
        .transact(op(OpKind::Configure), |tx| tx.pin("p9", false))
        .expect_err("was never pinned");
    assert!(matches!(refused, StoreError::NotFound { .. }));
}

#[test]
fn a_pruned_resource_that_comes_again_is_new_here() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    pull(&store, patient("p1", "Garcia"), 2_000);
    prune(&store);
    assert!(!has(&store, "Patient/p1"));
    assert!(
        store.history(&key("Patient/p1")).expect("reads").is_empty(),
        "nothing of it is left for whoever gets its row's number next"
    );
    pull(&store, patient("p9", "Other"), 1);
    pull(&store, patient("p1", "Garcia"), 1);
    assert!(has(&store, "Patient/p1"));
    assert_eq!(store.verify_deep().expect("verifies").problems, Vec::new());
}

#[test]
fn a_policy_is_read_strictly() {
    for wrong in [
        "",
        "{}",
        r#"{"default": {"days": -1}}"#,
        r#"{"default": {"days": 1}, "x": 1}"#,
    ] {
        assert!(RetentionPolicy::from_json(wrong).is_err(), "{wrong}");
    }
    let policy = RetentionPolicy::from_json(
        r#"{"default": {"days": null}, "types": {"AllergyIntolerance": {"days": 1}}}"#,
    )
    .expect("a policy");
    assert!(
        policy.rule("AllergyIntolerance").whole_chart,
        "no policy tears an allergy out of a chart"
    );
}
