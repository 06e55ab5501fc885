//! Stories of decisions: told, taken back, counted; and of conflicts before the clinic.

mod clinic;

use clinic::*;
use haven_model::escalation::{
    Act, ActKind, Comment, ConflictCase, Ending, EscalatedConflict, EscalationStatus, Maker,
};
use haven_model::{ConflictKind, Resource, SensitivityClass, SyncStatus, Timestamp, VectorClock};
use haven_store::{
    Ack, ConflictName, ConflictStatus, NewConflict, OpKind, OutboxState, RemoteVersion, Store,
};
use serde_json::json;

/// A patient edited here and there, before a person.
fn in_conflict(store: &Store) -> String {
    pull(store, remote(&patient("p1", "Garcia"), 1, "b"));
    edit(store, patient("p1", "Garza"));
    store
        .transact(op(OpKind::Push), |tx| {
            let base = tx.base(&key("Patient/p1"))?.and_then(|base| base.resource);
            tx.open_conflict(NewConflict {
                key: key("Patient/p1"),
                kind: ConflictKind::UpdateUpdate,
                base,
                local: Some(patient("p1", "Garza")),
                remote: remote(&patient("p1", "Grant"), 2, "b"),
                fields: &[],
                rule: "both-changed".to_owned(),
            })
        })
        .expect("opened")
        .0
}

fn resolve(store: &Store, id: &str, resolved: Resource) {
    store
        .transact(op(OpKind::Resolve), |tx| {
            tx.resolve_conflict(id, Some(resolved), "asked")
        })
        .expect("resolved");
}

/// Sends what waits, and has the server take it as `version`.
fn sent(store: &Store, version: u64) {
    let flight = store
        .in_flight()
        .expect("flights")
        .pop()
        .unwrap_or_else(|| {
            store
                .transact(op(OpKind::Push), |tx| tx.begin_push(&key("Patient/p1")))
                .expect("fixed")
                .0
        });
    store
        .transact(op(OpKind::Push), |tx| {
            tx.ack(
                &flight.op_id,
                Ack {
                    server_version: version.to_string(),
                    last_updated: NOW,
                    vector_clock: flight.vector_clock.clone().tick("hub"),
                },
            )
        })
        .expect("taken");
}

fn untold(store: &Store) -> Vec<String> {
    store
        .untold_decisions(&key("Patient/p1"), i64::MAX)
        .expect("reads")
}

#[test]
fn a_decision_is_told_once_and_taken_back_by_a_version_that_stands_beside_the_conflict() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    let id = in_conflict(&store);
    assert!(untold(&store).is_empty(), "nothing is decided");
    resolve(&store, &id, patient("p1", "Garza"));
    assert_eq!(untold(&store), vec![id.clone()]);
    sent(&store, 3);
    assert!(untold(&store).is_empty(), "the server has it");

    let goes_back = store
        .transact(op(OpKind::Resolve), |tx| tx.reopen_conflict(&id))
        .expect("taken back")
        .0;
    assert!(goes_back, "the server is to hear of it");
    let row = store.conflict(&id).expect("reads").expect("there");
    assert_eq!(row.status, ConflictStatus::Open);
    assert_eq!(row.resolved_reason, None, "it is not decided any more");
    assert_eq!(row.local, Some(patient("p1", "Garza")));
    let stored = store
        .get(&key("Patient/p1"))
        .expect("reads")
        .expect("there");
    assert_eq!(stored.row.sync_status, SyncStatus::Conflict);
    assert_eq!(stored.resource, Some(patient("p1", "Garza")), "the edit");
    let flight = store.in_flight().expect("flights").remove(0);
    let undo = flight.resource.clone().expect("a body").value();
    assert_eq!(undo["name"][0]["family"], "Grant", "what stood before");
    assert_eq!(flight.base_version.as_deref(), Some("3"));

    let state = |store: &Store| {
        let entry = store.outbox().expect("outbox").remove(0);
        let stored = store
            .get(&key("Patient/p1"))
            .expect("reads")
            .expect("there");
        (entry.state, stored.row.sync_status)
    };
    store
        .transact(op(OpKind::Push), |tx| {
            tx.retry_later(&flight.op_id, "away", NOW)
        })
        .expect("noted");
    let waits = (OutboxState::Conflict, SyncStatus::Conflict);
    assert_eq!(state(&store), waits, "a failure sends no open conflict out");
    sent(&store, 4);
    assert_eq!(state(&store), waits, "nor does the server's yes");
    let row = store.conflict(&id).expect("reads").expect("there");
    assert_eq!(row.remote_version, "4", "which is the other side now");
    assert_eq!(
        row.remote.and_then(|remote| remote.version_id()).as_deref(),
        Some("4")
    );

    resolve(&store, &id, patient("p1", "Garza"));
    sent(&store, 5);
    assert_eq!(store.counts().expect("counts").conflicts, 0);
    edit(&store, patient("p1", "Gomez"));
    let refused = store.transact(op(OpKind::Resolve), |tx| tx.reopen_conflict(&id));
    assert_eq!(
        refused.expect_err("later work stands").code().as_str(),
        "precondition"
    );
    assert!(store.verify_deep().expect("verified").problems.is_empty());
}

#[test]
fn merges_are_counted_until_the_server_takes_one_whatever_happens_to_the_process() {
    let dir = tempfile::tempdir().expect("a folder");
    let keys = {
        let store = new_store(dir.path());
        pull(&store, remote(&patient("p1", "Garcia"), 1, "b"));
        edit(&store, patient("p1", "Garza"));
        for version in 2..5 {
            store
                .transact(op(OpKind::Pull), |tx| {
                    tx.rebase(
                        Some(patient("p1", "Garza")),
                        remote(&patient("p1", "Garcia"), version, "b"),
                    )?;
                    tx.note_merge(&key("Patient/p1"))
                })
                .expect("merged");
        }
        store.keys()
    };
    let store = Store::open_with_keys(dir.path(), &keys, NOW).expect("opens");
    let merges = |store: &Store| {
        store
            .snapshot(|reader| reader.merges_of(&key("Patient/p1")))
            .expect("reads")
    };
    assert_eq!(merges(&store), 3, "a loop over several runs shows");
    sent(&store, 5);
    edit(&store, patient("p1", "Gomez"));
    assert_eq!(merges(&store), 0, "the server took one");
}

fn record(status: EscalationStatus, class: SensitivityClass) -> EscalatedConflict {
    let maker = Maker {
        author: Some("ben".to_owned()),
        at: NOW.to_instant(),
        device: Some("Front desk".to_owned()),
    };
    EscalatedConflict {
        conflict: ConflictCase {
            id: "c-1".to_owned(),
            collection: "Patient".to_owned(),
            record_id: "p1".to_owned(),
            patient: Some("p1".to_owned()),
            class,
            kind: ConflictKind::UpdateUpdate,
            rule: "both-changed".to_owned(),
            fields: Vec::new(),
            base: None,
            local: None,
            remote: None,
            local_clock: VectorClock::new().tick("b"),
            local_version: "b-2".to_owned(),
            remote_version: "1".to_owned(),
            remote_clock: VectorClock::new().tick("hub"),
            local_maker: maker.clone(),
            remote_maker: maker,
            retry_count: 0,
            opened_at: NOW.to_instant(),
            escalated_because: "age".to_owned(),
        },
        status,
        origin_device: "b".to_owned(),
        origin_device_name: "Front desk".to_owned(),
        escalated_by: "ben".to_owned(),
        escalated_at: NOW.to_instant(),
        assignee: None,
        comments: vec![Comment {
            author: "ben".to_owned(),
            at: NOW.to_instant(),
            text: "which one?".to_owned(),
        }],
        proposal: None,
        ending: None,
        reopened: 0,
        needs_review: false,
        seq: 1,
    }
}

#[test]
fn what_the_hub_tells_and_what_it_has_to_hear_survive_and_stay_sealed() {
    let dir = tempfile::tempdir().expect("a folder");
    let name = ConflictName {
        id: "c-1".to_owned(),
        key: key("Patient/p1"),
        class: SensitivityClass::Core,
        own: false,
    };
    let keys = {
        let store = new_store(dir.path());
        pull(&store, remote(&patient("p1", "Garcia"), 1, "b"));
        store
            .transact(op(OpKind::Pull), |tx| {
                tx.take_escalation(&record(EscalationStatus::Open, SensitivityClass::Core))
            })
            .expect("taken");
        let act = Act {
            act_id: "a-1".to_owned(),
            text: Some("the elder".to_owned()),
            ..Act::default()
        };
        store
            .transact(op(OpKind::Resolve), |tx| {
                tx.queue_act(&name, ActKind::Comments, &act)
            })
            .expect("queued");
        store.keys()
    };
    let store = Store::open_with_keys(dir.path(), &keys, NOW).expect("opens");
    // The hub has learnt meanwhile that a side is sensitive.
    store
        .transact(op(OpKind::Pull), |tx| {
            tx.take_escalation(&record(EscalationStatus::Open, SensitivityClass::Sensitive))
        })
        .expect("taken");
    let known = store.escalation("c-1").expect("reads").expect("known");
    assert_eq!(known.class, SensitivityClass::Sensitive);
    assert!(known.waits() && !known.own);
    assert_eq!(
        known.queued.len(),
        1,
        "what was said here is still to be told"
    );
    assert_eq!(known.queued[0].act.text.as_deref(), Some("the elder"));

    let seen = VectorClock::new().tick("b").tick("hub");
    let server = RemoteVersion {
        vector_clock: VectorClock::new().tick("hub"),
        ..remote(&patient("p1", "Garcia"), 1, "b")
    };
    let same = store
        .get(&key("Patient/p1"))
        .expect("reads")
        .and_then(|stored| stored.resource);
    store
        .transact(op(OpKind::Resolve), |tx| {
            tx.decide_escalated("c-1", same.as_ref(), &seen, &server, "resolve")
        })
        .expect("decided");
    let stored = store
        .get(&key("Patient/p1"))
        .expect("reads")
        .expect("there");
    assert_eq!(
        stored.row.sync_status,
        SyncStatus::Pending,
        "to leave things as they are is a decision too"
    );
    assert!(
        stored.row.vector_clock.includes(&seen),
        "it has seen both sides"
    );
    assert_eq!(untold(&store), vec!["c-1".to_owned()]);
    let known = store.escalation("c-1").expect("reads").expect("known");
    assert!(!known.waits(), "nobody here has to do anything about it");

    let over = EscalatedConflict {
        ending: Some(Ending {
            by: USER.to_owned(),
            at: Timestamp(0).to_instant(),
            reason: String::new(),
            version: Some("2".to_owned()),
            reviewer: None,
        }),
        ..record(EscalationStatus::Resolved, SensitivityClass::Sensitive)
    };
    store
        .transact(op(OpKind::Pull), |tx| {
            tx.act_told(known.queued[0].no)?;
            tx.take_escalation(&over)
        })
        .expect("taken");
    let known = store.escalation("c-1").expect("reads").expect("known");
    assert!(known.queued.is_empty() && !known.waits());
    assert!(store.verify_deep().expect("verified").problems.is_empty());
    assert_eq!(json!(store.counts().expect("counts").conflicts), json!(0));
}
