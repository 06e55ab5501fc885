//! Stories of edits that a person gave up: what they were is kept for whoever looks into it.

mod clinic;

use clinic::*;
use haven_model::{Operation, Resource, Role, SensitivityClass};
use haven_store::{AuditQuery, KdfParams, NewUser, OpKind, Reseal, RotateOptions, Store};

const REASON: &str = "typed into the wrong chart, meant Ben Garcia";

fn words() -> haven_store::Passphrase {
    haven_store::Passphrase::new("another four words".to_owned())
}

fn discard(store: &Store, what: &str) {
    store
        .transact(op(OpKind::Edit), |tx| tx.discard(&key(what), REASON))
        .expect("given up");
}

fn login(dir: &std::path::Path, admin: &Store, name: &str, role: Role) -> Store {
    let user = NewUser {
        name: name.to_owned(),
        display_name: name.to_owned(),
        role,
        kdf: KdfParams::default(),
    };
    admin.add_user(&user, &words(), NOW).expect("added");
    Store::unlock(dir, name, &words(), NOW).expect("unlocks")
}

#[test]
fn what_was_given_up_is_kept_with_its_reason_and_looking_at_it_is_audited() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    pull(&store, remote(&patient("p1", "Garcia"), 3, "b"));
    edit(&store, patient("p1", "Nonsense"));
    edit(&store, observation("o1", "p1", 38.4));
    discard(&store, "Patient/p1");
    discard(&store, "Observation/o1");
    edit(&store, observation("o2", "p1", 36.6));
    pull(&store, remote(&observation("o3", "p1", 37.0), 4, "b"));
    store
        .transact(op(OpKind::Edit), |tx| tx.delete(&key("Observation/o3")))
        .expect("deleted");
    discard(&store, "Observation/o3");

    let list = store.discarded(None, 10).expect("lists");
    let told: Vec<_> = list
        .iter()
        .map(|one| (one.key.to_string(), one.operation, one.actor.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("Observation/o3".to_owned(), Operation::Delete, USER),
            ("Observation/o1".to_owned(), Operation::Create, USER),
            ("Patient/p1".to_owned(), Operation::Update, USER),
        ],
        "newest first"
    );
    let words = list[1].words.as_ref().expect("an admin reads it");
    assert_eq!(
        (words.reason.as_str(), words.patient.as_deref()),
        (REASON, Some("p1"))
    );
    let content = |seq| store.look_at_discarded(seq, NOW).expect("looks").1;
    assert_eq!(content(list[0].seq), None, "a deletion has no content");
    assert_eq!(content(list[1].seq), Some(observation("o1", "p1", 38.4)));
    assert_eq!(content(list[2].seq), Some(patient("p1", "Nonsense")));
    assert_eq!(code(store.look_at_discarded(1, NOW)), "not_found");

    let audit = store.audit(&AuditQuery::default()).expect("audit");
    let of = |action: &str| audit.iter().filter(|entry| entry.action == action).count();
    assert_eq!(
        (of("keep-discarded"), of("discard"), of("read-discarded")),
        (3, 3, 3)
    );
    for one in &list {
        let entry = audit.iter().find(|entry| entry.seq == one.seq);
        let entry = entry.expect("the entry it is kept beside");
        assert_eq!(entry.key.as_ref(), Some(&one.key));
        assert!(entry.digest.is_some(), "the log answers for the content");
    }
    assert!(store.verify_deep().expect("verifies").is_sound());
}

#[test]
fn only_who_reviews_may_look_and_only_into_classes_that_they_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, observation("o1", "p1", 38.4));
    discard(&store, "Observation/o1");
    let seq = store.discarded(None, 1).expect("lists")[0].seq;
    for (name, role) in [
        ("chidi", Role::Clinician),
        ("nia", Role::Nurse),
        ("femi", Role::FrontDesk),
    ] {
        let other = login(dir.path(), &store, name, role);
        assert_eq!(code(other.discarded(None, 10)), "not_permitted", "{name}");
        assert_eq!(code(other.look_at_discarded(seq, NOW)), "not_permitted");
    }
    let auditor = login(dir.path(), &store, "olu", Role::Auditor);
    let list = auditor.discarded(None, 10).expect("an auditor sees that");
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].words, None, "the reason may name a patient");
    assert_eq!(code(auditor.look_at_discarded(seq, NOW)), "not_permitted");
    let report = auditor.verify_deep().expect("verifies");
    assert!(report.is_sound(), "{:?}", report.problems);
    assert!(report.unread > 0);
}

#[test]
fn what_was_given_up_is_sealed_again_under_a_new_key() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, observation("o1", "p1", 38.4));
    discard(&store, "Observation/o1");
    store
        .rotate_keys(
            &RotateOptions {
                classes: Some(SensitivityClass::ALL.to_vec()),
                regrant: false,
            },
            NOW,
        )
        .expect("rotated");
    let (mut progress, mut destroyed) = (Reseal::default(), 0);
    loop {
        let step = store.reseal(&mut progress, NOW).expect("goes on");
        destroyed += step.destroyed.len();
        if step.done {
            break;
        }
    }
    assert_eq!(destroyed, 4, "nothing is left under any earlier key");
    let one = &store.discarded(None, 1).expect("lists")[0];
    assert_eq!(one.words.as_ref().expect("read").reason, REASON);
    let (_, content): (_, Option<Resource>) = store.look_at_discarded(one.seq, NOW).expect("opens");
    assert_eq!(content, Some(observation("o1", "p1", 38.4)));
    let report = store.verify_deep().expect("verifies");
    assert!(report.is_sound(), "{:?}", report.problems);
}
