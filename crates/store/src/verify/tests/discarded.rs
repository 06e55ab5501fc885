//! Tampering with what is kept of edits that were given up.

use super::*;

const LAST: &str = "(SELECT max(audit_seq) FROM discarded)";

/// What a deep verification finds in a store of ten, of which two edits were given up, after `tamper`.
fn problems_after(tamper: &str) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a folder");
    let keys = store_of_ten(dir.path());
    {
        let store = Store::open_with_keys(dir.path(), &keys, NOW).expect("opens");
        for id in ["a3", "a4"] {
            let key = format!("AllergyIntolerance/{id}").parse().expect("a key");
            store
                .transact(Op::new(OpKind::Edit, "amina", NOW), |tx| {
                    tx.discard(&key, "wrong chart")
                })
                .expect("given up");
        }
        let link = Link::open(dir.path(), &keys.ring.store, Purpose::Write).expect("opens");
        link.connection
            .execute_batch(&tamper.replace("LAST", LAST))
            .expect("tampered");
    }
    let store = Store::inspect_with_keys(dir.path(), &keys, NOW).expect("opens for looking");
    let report = store.verify_deep().expect("verifies");
    report
        .problems
        .into_iter()
        .map(|problem| problem.what)
        .collect()
}

fn assert_found(tamper: &str, words: &str) {
    let found = problems_after(tamper);
    assert!(
        found.iter().any(|what| what.contains(words)),
        "{tamper}: {found:?}"
    );
}

#[test]
fn what_is_kept_of_discarded_edits_answers_to_the_audit_log() {
    assert_eq!(problems_after(""), Vec::<String>::new());
    assert_found(
        "DELETE FROM discarded_part WHERE audit_seq = LAST; DELETE FROM discarded WHERE audit_seq = LAST",
        "was removed behind the store's back",
    );
    assert_found(
        "DELETE FROM discarded_part WHERE audit_seq = LAST AND part = 'body'",
        "is gone",
    );
    assert_found(
        "UPDATE discarded_part SET body = (SELECT body FROM discarded_part WHERE audit_seq < LAST AND part = 'body') WHERE audit_seq = LAST AND part = 'body'",
        "does not open in its place",
    );
    assert_found(
        "UPDATE discarded_part SET audit_seq = audit_seq + 100 WHERE audit_seq = LAST; UPDATE discarded SET audit_seq = audit_seq + 100 WHERE audit_seq = LAST",
        "no audit entry tells of this discarded change",
    );
    assert_found(
        "UPDATE discarded SET actor_no = device_no WHERE audit_seq = LAST",
        "the edits that were given up",
    );
}
