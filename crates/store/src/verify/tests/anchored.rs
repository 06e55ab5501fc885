//! What the hub has seen cannot be taken out of the log, even by someone who holds every key here and
//! makes head and lobby fit.

use std::path::Path;

use super::{NOW, run, store_of_ten, write};
use crate::audit::merkle::Tree;
use crate::audit::{AnchorCheck, AuditAnchor, VerifyReport};
use crate::keys::StoreKeys;
use crate::link::{Link, Purpose};
use crate::op::{Op, OpKind};
use crate::store::Store;
use crate::table::audit;

/// The hub takes the head as it stands.
fn anchor(store: &Store) -> AuditAnchor {
    let head = match store.compare_with_anchor(None).expect("reads") {
        AnchorCheck::Continues(head) => Some(head),
        AnchorCheck::Departs { .. } => None,
    };
    let head = head.expect("any log continues none");
    store.keep_anchor(&head, NOW, NOW).expect("kept");
    AuditAnchor {
        size: head.size,
        root: head.root,
        at: NOW,
    }
}

/// Alters the rows, then makes macs, head and lobby those of what is left.
fn forge(dir: &Path, keys: &StoreKeys, sql: &'static str) {
    {
        let link = Link::open(dir, &keys.ring.store, Purpose::Write).expect("opens");
        run(sql)(&link.connection);
        let key = &keys.ring.audit;
        let mut entries = Vec::new();
        audit::each_checked(&link, key, |checked| {
            entries.push(checked);
            Ok(())
        })
        .expect("reads");
        link.connection
            .execute_batch("DELETE FROM audit_entry")
            .expect("emptied");
        let mut tree = Tree::default();
        for checked in &entries {
            let entry = &checked.entry;
            let act = audit::Act {
                at: entry.at,
                actor: &entry.actor,
                device: &entry.device,
                action: &entry.action,
                key: entry.key.as_ref(),
                version: entry.version,
                digest: checked.digest,
            };
            audit::append(&link, key, &mut tree, &act).expect("forged");
        }
        audit::put_head(&link, key, &tree, NOW).expect("forged");
    }
    let store = Store::open_new(dir, keys, NOW).expect("opens");
    store
        .transact(Op::new(OpKind::Configure, "amina", NOW), |tx| {
            tx.set_setting("forged", Some("1"))
        })
        .expect("the lobby is written anew");
}

fn after(sql: &'static str) -> (VerifyReport, AnchorCheck) {
    let dir = tempfile::tempdir().expect("a folder");
    let keys = store_of_ten(dir.path());
    let seen = {
        let store = Store::open_with_keys(dir.path(), &keys, NOW).expect("opens");
        let seen = anchor(&store);
        write(&store, "later1", "x");
        write(&store, "later2", "x");
        seen
    };
    forge(dir.path(), &keys, sql);
    let store = Store::inspect_with_keys(dir.path(), &keys, NOW).expect("opens for looking");
    let check = store.compare_with_anchor(Some(&seen)).expect("reads");
    (store.verify().expect("verifies"), check)
}

#[test]
fn what_lies_before_the_anchor_cannot_be_forged_away() {
    for sql in [
        "DELETE FROM audit_entry WHERE seq > 8",
        "DELETE FROM audit_entry WHERE seq = 6",
        "UPDATE audit_entry SET at = at - 86400000 WHERE seq = 6",
        "UPDATE audit_entry SET actor_no = type_no WHERE seq = 6",
    ] {
        let (report, check) = after(sql);
        assert!(
            report
                .problems
                .iter()
                .any(|problem| problem.what.contains("the hub keeps")),
            "{sql}: {:?}",
            report.problems
        );
        assert!(
            matches!(check, AnchorCheck::Departs { .. }),
            "{sql}: the next contact tells too"
        );
    }
}

#[test]
fn what_was_made_since_is_not_covered_and_its_count_is_told() {
    let (report, check) = after("DELETE FROM audit_entry WHERE seq > 12");
    let anchor = report.anchor.expect("kept");
    assert_eq!(
        (anchor.size, anchor.since),
        (11, 2),
        "one of the two made since is left, and the forger's unlock"
    );
    assert_eq!(report.problems, Vec::new(), "this is the stated limit");
    assert!(matches!(check, AnchorCheck::Continues(_)));
}

#[test]
fn what_is_kept_of_the_hub_s_answer_cannot_be_altered() {
    let dir = tempfile::tempdir().expect("a folder");
    let keys = store_of_ten(dir.path());
    {
        let store = Store::open_with_keys(dir.path(), &keys, NOW).expect("opens");
        anchor(&store);
    }
    {
        let link = Link::open(dir.path(), &keys.ring.store, Purpose::Write).expect("opens");
        run(
            "UPDATE setting SET value = replace(value, '\"size\":11', '\"size\":10')
             WHERE name = 'audit.anchor'",
        )(&link.connection);
    }
    let store = Store::inspect_with_keys(dir.path(), &keys, NOW).expect("opens for looking");
    let report = store.verify().expect("verifies");
    assert!(!report.is_sound(), "{report:?}");
}

#[test]
fn an_anchor_in_the_archive_and_one_that_is_not_kept_are_found_all_the_same() {
    let dir = tempfile::tempdir().expect("a folder");
    let keys = store_of_ten(dir.path());
    let store = Store::open_with_keys(dir.path(), &keys, NOW).expect("opens");
    let early = anchor(&store);
    for n in 0..30 {
        write(&store, &format!("b{n}"), "x");
    }
    let late = anchor(&store);
    write(&store, "c", "x");
    store
        .archive_audit(NOW.plus_ms(1), NOW)
        .expect("moved into files");
    for seen in [&early, &late] {
        let proven = match store.compare_with_anchor(Some(seen)).expect("reads") {
            AnchorCheck::Continues(head) => haven_model::merkle::is_consistent(
                seen.size,
                &seen.root,
                head.size,
                &head.root,
                &head.proof,
            ),
            AnchorCheck::Departs { .. } => false,
        };
        assert!(proven, "the log is whole since {}", seen.size);
    }
}
