//! Stories of writing: edits, the outbox, the merge base, and what the server makes of them.

mod clinic;

use clinic::*;
use haven_model::{Operation, Resource, SyncStatus, Timestamp};
use haven_store::{Ack, OpKind, OutboxState, Store, StoreError};

fn ack(version: &str) -> Ack {
    Ack {
        server_version: version.to_owned(),
        last_updated: NOW.plus_ms(5),
        vector_clock: [("hub".to_owned(), 1)].into_iter().collect(),
    }
}

fn push(store: &Store, text: &str) -> String {
    store
        .transact(op(OpKind::Push), |tx| tx.begin_push(&key(text)))
        .expect("a change leaves")
        .0
        .op_id
}

#[test]
fn what_was_saved_is_there_after_a_restart_byte_for_byte() {
    let dir = tempfile::tempdir().expect("a folder");
    let bytes = br#"{ "resourceType":"Observation","id":"o1","status":"final",
        "code":{"text":"x"},"valueQuantity":{"value":1.00,"extra":[3,2,1]},"unknown":{"b":1,"a":2}}"#;
    let keys = {
        let store = new_store(dir.path());
        edit(&store, Resource::parse(bytes).expect("valid"));
        store.keys()
    };
    let store = Store::open_with_keys(dir.path(), &keys, NOW).expect("opens again");
    let stored = store
        .get(&key("Observation/o1"))
        .expect("reads")
        .expect("is there");
    assert_eq!(
        stored.resource.expect("lives").bytes(),
        bytes.as_slice(),
        "the bytes are the resource"
    );
    assert_eq!(stored.row.sync_status, SyncStatus::Pending);
    assert_eq!(stored.row.author.as_deref(), Some(USER));
    let again = Store::unlock(dir.path(), USER, &passphrase(), NOW).expect("unlocks beside it");
    assert_eq!(
        again.outbox().expect("reads").len(),
        1,
        "a save waits until the server has it"
    );
}

#[test]
fn an_edit_that_fails_halfway_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    let failed: Result<((), _), StoreError> = store.transact(op(OpKind::Edit), |tx| {
        tx.edit(patient("p1", "Garcia"))?;
        tx.edit(observation("o1", "p1", 38.4))?;
        Err(StoreError::NoStore)
    });
    assert!(failed.is_err());
    assert_eq!(
        store.counts().expect("counts").by_type,
        Vec::new(),
        "all or nothing"
    );
    edit(&store, patient("p1", "Garcia"));
    assert_eq!(
        store.chart("p1").expect("chart").len(),
        1,
        "the words of the failed write are not reused"
    );
    assert!(
        store.verify_deep().expect("verifies").is_sound(),
        "the audit log went back with it"
    );
}

#[test]
fn later_edits_coalesce_and_the_base_stays_the_servers() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, patient("p1", "Garcia"));
    edit(&store, patient("p1", "Garza"));
    let outbox = store.outbox().expect("outbox");
    assert_eq!(
        (outbox.len(), outbox[0].operation),
        (1, Operation::Create),
        "a create stays a create"
    );

    pull(&store, remote(&patient("p2", "Hughes"), 4, "b"));
    edit(&store, patient("p2", "Hughes-Lee"));
    edit(&store, patient("p2", "Lee"));
    let base = store
        .base(&key("Patient/p2"))
        .expect("reads")
        .expect("dirty rows have a base");
    assert_eq!(base.server_version.as_deref(), Some("4"));
    assert_eq!(
        base.resource,
        remote(&patient("p2", "Hughes"), 4, "b").resource,
        "the base is what both sides last had, whatever was edited since"
    );
    let entry = &store.outbox().expect("outbox")[1];
    assert_eq!(
        (entry.operation, entry.base_version.as_deref()),
        (Operation::Update, Some("4"))
    );
    let stored = store
        .get(&key("Patient/p2"))
        .expect("reads")
        .expect("there");
    assert_eq!(
        stored.row.vector_clock.get(&store.session().device_id),
        2,
        "each edit ticks"
    );
    assert_eq!(store.history(&key("Patient/p2")).expect("history").len(), 3);
}

#[test]
fn the_same_bytes_again_are_no_edit() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    pull(&store, remote(&patient("p1", "Garcia"), 1, "b"));
    let same = remote(&patient("p1", "Garcia"), 1, "b")
        .resource
        .expect("a body");
    let (_, changes) = store
        .transact(op(OpKind::Edit), |tx| tx.edit(same))
        .expect("no edit");
    assert!(
        changes.is_empty(),
        "saving what is there must not send anything"
    );
    assert!(store.outbox().expect("outbox").is_empty());
}

#[test]
fn an_acknowledged_change_carries_the_servers_meta() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, patient("p1", "Garcia"));
    let op_id = push(&store, "Patient/p1");
    assert!(
        op_id.starts_with(&store.session().device_id),
        "the op id names the incarnation"
    );
    store
        .transact(op(OpKind::Push), |tx| tx.ack(&op_id, ack("7")))
        .expect("acknowledged");
    let stored = store
        .get(&key("Patient/p1"))
        .expect("reads")
        .expect("there");
    assert_eq!(stored.row.sync_status, SyncStatus::Synced);
    assert_eq!(stored.row.server_version.as_deref(), Some("7"));
    assert_eq!(
        stored.resource.expect("lives").version_id().as_deref(),
        Some("7")
    );
    assert!(
        store.outbox().expect("outbox").is_empty()
            && store.in_flight().expect("flights").is_empty()
    );
    assert!(store.verify_deep().expect("verifies").is_sound());
    assert_eq!(
        code(store.transact(op(OpKind::Push), |tx| tx.ack(&op_id, ack("7")))),
        "not_found",
        "a second yes to the same op changes nothing"
    );
}

#[test]
fn an_edit_made_while_its_predecessor_is_on_its_way_stays_pending() {
    let dir = tempfile::tempdir().expect("a folder");
    let keys;
    let op_id;
    {
        let store = new_store(dir.path());
        edit(&store, patient("p1", "Garcia"));
        op_id = push(&store, "Patient/p1");
        edit(&store, patient("p1", "Garza"));
        keys = store.keys();
    }
    let store = Store::open_with_keys(dir.path(), &keys, NOW).expect("after a crash");
    let flights = store.in_flight().expect("flights");
    assert_eq!(
        flights[0].resource,
        Some(patient("p1", "Garcia")),
        "exactly what was sent is sent again"
    );
    assert_eq!(push(&store, "Patient/p1"), op_id, "under the same op id");
    store
        .transact(op(OpKind::Push), |tx| tx.ack(&op_id, ack("1")))
        .expect("acknowledged");
    let stored = store
        .get(&key("Patient/p1"))
        .expect("reads")
        .expect("there");
    assert_eq!(
        stored.row.sync_status,
        SyncStatus::Pending,
        "the later edit has not reached the server"
    );
    assert_eq!(
        stored.resource,
        Some(patient("p1", "Garza")),
        "and its body is untouched"
    );
    let entry = &store.outbox().expect("outbox")[0];
    assert_eq!(
        (entry.operation, entry.base_version.as_deref()),
        (Operation::Update, Some("1"))
    );
    let next = push(&store, "Patient/p1");
    assert_ne!(next, op_id, "new content travels under a new op id");
}

#[test]
fn a_refused_change_is_kept_and_can_be_offered_again_or_dropped() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    pull(&store, remote(&patient("p1", "Garcia"), 3, "b"));
    edit(&store, patient("p1", "Nonsense"));
    let op_id = push(&store, "Patient/p1");
    store
        .transact(op(OpKind::Push), |tx| {
            tx.retry_later(&op_id, "timeout", NOW.plus_ms(1000))
        })
        .expect("noted");
    let entry = &store.outbox().expect("outbox")[0];
    assert_eq!(
        (entry.attempts, entry.next_attempt_at),
        (1, Some(NOW.plus_ms(1000)))
    );
    assert_eq!(
        push(&store, "Patient/p1"),
        op_id,
        "a lost reply is asked for under the same id"
    );
    store
        .transact(op(OpKind::Push), |tx| {
            tx.reject(&op_id, "invalid: Patient.name")
        })
        .expect("refused");
    let entry = &store.outbox().expect("outbox")[0];
    assert_eq!(
        (entry.state, store.counts().expect("counts").rejected),
        (OutboxState::Rejected, 1)
    );
    assert_eq!(
        code(store.transact(op(OpKind::Push), |tx| tx.begin_push(&key("Patient/p1")))),
        "precondition",
        "a refused change is not sent again by itself"
    );
    store
        .transact(op(OpKind::Edit), |tx| tx.requeue(&key("Patient/p1")))
        .expect("offered again");
    assert_eq!(
        store.outbox().expect("outbox")[0].state,
        OutboxState::Pending
    );
    store
        .transact(op(OpKind::Edit), |tx| {
            tx.discard(&key("Patient/p1"), "typo")
        })
        .expect("dropped");
    let stored = store
        .get(&key("Patient/p1"))
        .expect("reads")
        .expect("there");
    assert_eq!(stored.row.sync_status, SyncStatus::Synced);
    assert_eq!(
        stored.resource,
        remote(&patient("p1", "Garcia"), 3, "b").resource
    );
    assert!(
        store
            .history(&key("Patient/p1"))
            .expect("history")
            .iter()
            .any(|entry| { entry.resource == Some(patient("p1", "Nonsense")) }),
        "what was dropped can still be found"
    );
    edit(&store, patient("p1", "Garza"));
    let clock = store
        .get(&key("Patient/p1"))
        .expect("reads")
        .expect("there")
        .row
        .vector_clock;
    assert_eq!(
        clock.get(&store.session().device_id),
        2,
        "a discarded edit's count is not used again"
    );
}

#[test]
fn a_deletion_is_a_tombstone_with_who_and_when() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    pull(&store, remote(&patient("p1", "Garcia"), 3, "b"));
    edit(&store, patient("p2", "Never Sent"));
    store
        .transact(op(OpKind::Edit), |tx| {
            tx.delete(&key("Patient/p1"))?;
            tx.delete(&key("Patient/p2"))
        })
        .expect("deleted");
    let stored = store
        .get(&key("Patient/p1"))
        .expect("reads")
        .expect("the tombstone");
    assert_eq!(
        (stored.resource, stored.row.deleted_by.as_deref()),
        (None, Some(USER))
    );
    assert_eq!(stored.row.deleted_at, Some(NOW));
    let outbox = store.outbox().expect("outbox");
    assert_eq!(
        outbox.len(),
        1,
        "what never left need not be deleted at the server"
    );
    assert_eq!(
        (outbox[0].operation, outbox[0].base_version.as_deref()),
        (Operation::Delete, Some("3"))
    );
    assert_eq!(store.counts().expect("counts").patients, 0);
    let op_id = push(&store, "Patient/p1");
    store
        .transact(op(OpKind::Push), |tx| tx.ack(&op_id, ack("4")))
        .expect("acknowledged");
    let stored = store
        .get(&key("Patient/p1"))
        .expect("reads")
        .expect("the tombstone");
    assert_eq!(
        (stored.row.sync_status, stored.resource),
        (SyncStatus::Synced, None)
    );
    assert!(store.verify_deep().expect("verifies").is_sound());
}

#[test]
fn a_pulled_version_takes_the_place_of_the_local_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    pull(&store, remote(&patient("p1", "Garcia"), 1, "b"));
    let before = store.revision().expect("revision");
    pull(&store, remote(&patient("p1", "Garcia"), 1, "b"));
    assert_eq!(
        store.revision().expect("revision"),
        before,
        "the same version again is no change"
    );
    pull(&store, remote(&patient("p1", "Garza"), 2, "b"));
    let stored = store
        .get(&key("Patient/p1"))
        .expect("reads")
        .expect("there");
    assert_eq!(
        (
            stored.row.server_version.as_deref(),
            stored.row.device_id.as_str()
        ),
        (Some("2"), "b")
    );
    let mut gone = remote(&patient("p1", "Garza"), 3, "b");
    gone.resource = None;
    pull(&store, gone.clone());
    assert_eq!(
        store
            .get(&key("Patient/p1"))
            .expect("reads")
            .expect("there")
            .resource,
        None
    );
    gone.key = key("Patient/never");
    pull(&store, gone);
    assert_eq!(
        store.get(&key("Patient/never")).expect("reads"),
        None,
        "nothing to delete, nothing kept"
    );
    assert_eq!(store.history(&key("Patient/p1")).expect("history").len(), 3);
}

#[test]
fn a_merge_is_pending_on_top_of_the_servers_version() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    pull(&store, remote(&patient("p1", "Garcia"), 1, "b"));
    edit(&store, patient("p1", "Garza"));
    let op_id = push(&store, "Patient/p1");
    let newer = remote(&patient("p1", "Garcia-Diaz"), 2, "b");
    store
        .transact(op(OpKind::Push), |tx| {
            tx.rebase(Some(patient("p1", "Merged")), newer.clone())
        })
        .expect("rebased");
    let stored = store
        .get(&key("Patient/p1"))
        .expect("reads")
        .expect("there");
    assert!(
        stored.row.vector_clock.includes(&newer.vector_clock),
        "it has seen the server's version"
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
        newer.resource
    );
    assert!(
        store.in_flight().expect("flights").is_empty(),
        "what was on its way is void"
    );
    assert_ne!(push(&store, "Patient/p1"), op_id);
    assert_eq!(
        store.outbox().expect("outbox")[0].base_version.as_deref(),
        Some("2")
    );
}

#[test]
fn a_listener_hears_of_every_commit() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    let (sender, heard) = std::sync::mpsc::channel();
    store.on_change(Box::new(move |changes| {
        sender.send(changes.clone()).expect("listening")
    }));
    edit(&store, observation("o1", "p1", 38.4));
    let changes = heard.try_recv().expect("told before transact returned");
    assert_eq!(
        (changes.keys, changes.patients),
        (vec![key("Observation/o1")], vec!["p1".to_owned()])
    );
    assert!(changes.counts && changes.sync && !changes.conflicts);
    lobby_when(dir.path(), |lobby| lobby.pending == 1);
    let _ = Timestamp(0);
}
