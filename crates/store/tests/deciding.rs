//! Stories of conflicts: opened, drafted, overtaken, decided.

mod clinic;

use clinic::*;
use haven_model::{ConflictKind, FieldConflict, Operation, Resource, SyncStatus};
use haven_store::{
    ConflictStatus, NewConflict, OpKind, PatientFilter, PatientQuery, RemoteVersion, Store,
};
use serde_json::json;

fn dirty(store: &Store) -> RemoteVersion {
    pull(store, remote(&patient("p1", "Garcia"), 1, "b"));
    edit(store, patient("p1", "Garza"));
    remote(&patient("p1", "Grant"), 2, "b")
}

fn open(store: &Store, local: Resource, remote: RemoteVersion) -> String {
    let fields = [FieldConflict {
        path: "Patient.name[0].family".to_owned(),
        base: json!("Garcia"),
        local: json!("Garza"),
        remote: json!("Grant"),
        guarded: true,
        rule: "both-changed".to_owned(),
    }];
    store
        .transact(op(OpKind::Push), |tx| {
            let base = tx.base(&remote.key)?.and_then(|base| base.resource);
            tx.open_conflict(NewConflict {
                key: remote.key.clone(),
                kind: ConflictKind::UpdateUpdate,
                base,
                local: Some(local),
                remote,
                fields: &fields,
                rule: "both-changed".to_owned(),
            })
        })
        .expect("opened")
        .0
}

#[test]
fn a_conflict_blocks_its_own_resource_and_survives_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let (keys, id) = {
        let store = new_store(dir.path());
        let theirs = dirty(&store);
        store
            .transact(op(OpKind::Push), |tx| tx.begin_push(&key("Patient/p1")))
            .expect("sent");
        let id = open(&store, patient("p1", "Garza"), theirs);
        store
            .transact(op(OpKind::Edit), |tx| {
                tx.save_draft(&id, r#"{"pick":"local"}"#)
            })
            .expect("drafted");
        (store.keys(), id)
    };
    let store = Store::open_with_keys(dir.path(), &keys, NOW).expect("opens");
    let row = store.conflict(&id).expect("reads").expect("still open");
    assert_eq!((row.status, row.retry_count), (ConflictStatus::Open, 0));
    assert_eq!(row.local, Some(patient("p1", "Garza")));
    assert_eq!(row.base, remote(&patient("p1", "Garcia"), 1, "b").resource);
    assert_eq!(row.remote, remote(&patient("p1", "Grant"), 2, "b").resource);
    assert_eq!(
        (row.remote_author.as_deref(), row.remote_device.as_deref()),
        (Some("ben"), Some("Front desk"))
    );
    assert_eq!(
        (row.local_author.as_deref(), row.local_device.as_str()),
        (Some(USER), "Laptop 3")
    );
    assert_eq!(
        (row.fields.len(), row.draft.as_deref()),
        (1, Some(r#"{"pick":"local"}"#))
    );
    assert_eq!(store.counts().expect("counts").conflicts, 1);
    assert!(store.in_flight().expect("flights").is_empty());
    assert_eq!(
        code(store.transact(op(OpKind::Edit), |tx| tx.edit(patient("p1", "Other")))),
        "conflict"
    );
    assert_eq!(
        code(store.transact(op(OpKind::Push), |tx| tx.begin_push(&key("Patient/p1")))),
        "conflict"
    );
    assert_eq!(
        code(store.transact(op(OpKind::Edit), |tx| tx.discard(&key("Patient/p1"), ""))),
        "conflict"
    );
    edit(&store, observation("o1", "p1", 38.4));
    let review = PatientQuery {
        filter: PatientFilter::NeedsReview,
        ..PatientQuery::default()
    };
    assert_eq!(store.patients(&review).expect("list").rows[0].conflicts, 1);
    assert!(store.verify_deep().expect("verifies").is_sound());
}

#[test]
fn a_decision_is_a_new_version_on_top_of_the_servers() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    let theirs = dirty(&store);
    let id = open(&store, patient("p1", "Garza"), theirs.clone());
    assert_eq!(
        code(
            store.transact(op(OpKind::Resolve), |tx| tx.resolve_conflict(
                &id,
                Some(patient("p2", "X")),
                ""
            ))
        ),
        "invalid"
    );
    store
        .transact(op(OpKind::Resolve), |tx| {
            tx.resolve_conflict(&id, Some(patient("p1", "Garza")), "asked her")
        })
        .expect("decided");
    let stored = store
        .get(&key("Patient/p1"))
        .expect("reads")
        .expect("there");
    assert_eq!(
        (stored.row.sync_status, stored.resource),
        (SyncStatus::Pending, Some(patient("p1", "Garza")))
    );
    assert!(
        stored.row.vector_clock.includes(&theirs.vector_clock),
        "it has seen the side it was decided over"
    );
    assert_eq!(
        stored.row.vector_clock.get(&store.session().device_id),
        2,
        "and is an edit of its own"
    );
    assert_eq!(
        store
            .base(&key("Patient/p1"))
            .expect("reads")
            .expect("base")
            .resource,
        theirs.resource
    );
    let entry = &store.outbox().expect("outbox")[0];
    assert_eq!(
        (entry.operation, entry.base_version.as_deref()),
        (Operation::Update, Some("2"))
    );
    let row = store.conflict(&id).expect("reads").expect("kept");
    assert_eq!(
        (row.status, row.resolved_by.as_deref()),
        (ConflictStatus::Resolved, Some(USER))
    );
    assert_eq!(row.resolved_reason.as_deref(), Some("asked her"));
    assert!(store.conflicts(true).expect("open ones").is_empty());
    assert_eq!(store.conflicts(false).expect("all").len(), 1);
    assert_eq!(
        code(store.transact(op(OpKind::Resolve), |tx| tx.resolve_conflict(&id, None, ""))),
        "precondition"
    );
}

#[test]
fn deciding_for_a_deletion_sends_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    let theirs = dirty(&store);
    let id = open(&store, patient("p1", "Garza"), theirs);
    store
        .transact(op(OpKind::Resolve), |tx| {
            tx.resolve_conflict(&id, None, "duplicate")
        })
        .expect("decided");
    assert_eq!(
        store.outbox().expect("outbox")[0].operation,
        Operation::Delete
    );
    assert_eq!(
        store
            .get(&key("Patient/p1"))
            .expect("reads")
            .expect("tombstone")
            .resource,
        None
    );
}

#[test]
fn a_newer_server_version_replaces_the_remote_side_and_keeps_the_draft() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    let theirs = dirty(&store);
    let id = open(&store, patient("p1", "Garza"), theirs);
    store
        .transact(op(OpKind::Edit), |tx| tx.save_draft(&id, "{}"))
        .expect("drafted");
    let again = open(
        &store,
        patient("p1", "Garza"),
        remote(&patient("p1", "Gruber"), 3, "c"),
    );
    assert_eq!(again, id, "at most one conflict is open per resource");
    let row = store.conflict(&id).expect("reads").expect("open");
    assert_eq!(
        (
            row.remote_version.as_str(),
            row.retry_count,
            row.draft.as_deref()
        ),
        ("3", 1, Some("{}"))
    );
    pull(&store, remote(&patient("p1", "Garza"), 4, "c"));
    let row = store.conflict(&id).expect("reads").expect("kept");
    assert_eq!(
        (row.status, row.resolved_reason.as_deref()),
        (ConflictStatus::Resolved, Some("superseded"))
    );
    let stored = store
        .get(&key("Patient/p1"))
        .expect("reads")
        .expect("there");
    assert_eq!(stored.row.sync_status, SyncStatus::Synced);
    assert!(store.outbox().expect("outbox").is_empty());
}
