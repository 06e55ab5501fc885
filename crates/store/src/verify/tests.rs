//! Each way of altering a store behind its back is found and named.

mod anchored;
mod discarded;

use std::fs;
use std::path::Path;

use haven_model::{Resource, Role, Timestamp};
use rusqlite::Connection;

use crate::audit::VerifyReport;
use crate::error::StoreError;
use crate::keys::{KdfParams, Passphrase, StoreKeys};
use crate::link::{DATABASE_FILE, Link, Purpose};
use crate::op::{Op, OpKind};
use crate::store::{InitOptions, Store};

const NOW: Timestamp = Timestamp(1_795_442_700_000);

fn write(store: &Store, id: &str, text: &str) {
    let body = format!(
        r#"{{"resourceType":"AllergyIntolerance","id":"{id}","patient":{{"reference":"Patient/p1"}},"code":{{"text":"{text}"}}}}"#
    );
    let resource = Resource::parse(body.as_bytes()).expect("valid");
    store
        .transact(Op::new(OpKind::Edit, "amina", NOW), |tx| tx.edit(resource))
        .expect("kept");
}

fn store_of_ten(dir: &Path) -> StoreKeys {
    let options = InitOptions {
        user: "amina".to_owned(),
        display_name: "Amina".to_owned(),
        role: Role::Admin,
        clinic: "Riverside".to_owned(),
        device_name: "Laptop".to_owned(),
        device_id: None,
        kdf: KdfParams::default(),
    };
    let passphrase = Passphrase::new("four random words".to_owned());
    let store = Store::init(dir, &options, &passphrase, NOW).expect("made");
    for n in 0..10 {
        write(&store, &format!("a{n}"), "PENICILLIN");
    }
    store.keys()
}

/// What a deep verification finds after `tamper` had the database to itself, with its key.
fn after(tamper: impl FnOnce(&Connection)) -> VerifyReport {
    let dir = tempfile::tempdir().expect("a folder");
    let keys = store_of_ten(dir.path());
    {
        let link = Link::open(dir.path(), &keys.ring.store, Purpose::Write).expect("opens");
        tamper(&link.connection);
    }
    let store = Store::inspect_with_keys(dir.path(), &keys, NOW).expect("opens for looking");
    store.verify_deep().expect("verifies")
}

fn run(sql: &'static str) -> impl FnOnce(&Connection) {
    move |connection| connection.execute_batch(sql).expect("tampered")
}

/// The entry of `init` is the first, so that of resource `a4` is the sixth.
const SEQ_OF_A4: u64 = 6;

fn names_entry(report: &VerifyReport, seq: u64) -> bool {
    report
        .problems
        .iter()
        .any(|problem| problem.seq == Some(seq))
}

fn names_resource(report: &VerifyReport, id: &str) -> bool {
    report
        .problems
        .iter()
        .any(|problem| problem.key.as_ref().is_some_and(|key| key.id == id))
}

#[test]
fn an_untouched_store_is_sound() {
    let report = after(|_| {});
    assert_eq!(report.problems, Vec::new());
    assert_eq!((report.entries, report.bodies), (11, 10));
}

#[test]
fn an_edited_removed_or_moved_audit_entry_is_named() {
    for sql in [
        "UPDATE audit_entry SET actor_no = (SELECT no FROM word WHERE text = 'AllergyIntolerance') WHERE seq = 6",
        "UPDATE audit_entry SET at = at - 86400000 WHERE seq = 6",
        "DELETE FROM audit_entry WHERE seq = 6",
        "UPDATE audit_entry SET seq = 99 WHERE seq = 6; UPDATE audit_entry SET seq = 6 WHERE seq = 7;
         UPDATE audit_entry SET seq = 7 WHERE seq = 99;",
    ] {
        let report = after(run(sql));
        assert!(names_entry(&report, SEQ_OF_A4), "{sql} gave {:?}", report.problems);
    }
}

#[test]
fn a_cut_audit_log_is_found_even_with_its_head_cut_too() {
    let report = after(run("DELETE FROM audit_entry WHERE seq > 8"));
    assert!(names_entry(&report, 9), "{:?}", report.problems);
    let report = after(run(
        "DELETE FROM audit_entry WHERE seq > 8; DELETE FROM audit_head",
    ));
    assert!(!report.is_sound());
}

#[test]
fn a_swapped_removed_added_or_rolled_back_row_is_named() {
    for (sql, id) in [
        ("UPDATE resource SET body = (SELECT body FROM resource WHERE id = 'a5') WHERE id = 'a4'", "a4"),
        ("UPDATE resource SET deleted_at = 1 WHERE id = 'a4'", "a4"),
        ("UPDATE resource SET version = 2 WHERE id = 'a4'", "a4"),
        ("UPDATE resource SET class = 0 WHERE id = 'a4'", "a4"),
        ("UPDATE resource SET id = 'other' WHERE id = 'a4'", "other"),
        ("DELETE FROM resource WHERE id = 'a4'", "a4"),
        ("INSERT INTO resource (type_no, id, class, version, clock, ticks, last_modified, device_no, status, body)
          SELECT type_no, 'new', class, version, clock, ticks, last_modified, device_no, status, body
          FROM resource WHERE id = 'a4'", "new"),
    ] {
        let report = after(run(sql));
        assert!(names_resource(&report, id), "{sql} gave {:?}", report.problems);
    }
}

#[test]
fn an_older_page_put_back_is_found() {
    let dir = tempfile::tempdir().expect("a folder");
    let keys = store_of_ten(dir.path());
    let path = dir.path().join(DATABASE_FILE);
    let before = fs::read(&path).expect("checkpointed when the store closed");
    {
        let store = Store::open_with_keys(dir.path(), &keys, NOW).expect("opens");
        write(&store, "a4", "NKDA");
    }
    let after = fs::read(&path).expect("checkpointed");
    let (mut tried, mut noticed) = (0, 0);
    for page in 0..before.len() / 4096 {
        let range = page * 4096..(page + 1) * 4096;
        if before[range.clone()] == after[range.clone()] {
            continue;
        }
        tried += 1;
        let mut mixed = after.clone();
        mixed[range.clone()].copy_from_slice(&before[range]);
        fs::write(&path, &mixed).expect("one page is yesterday's");
        let key = "AllergyIntolerance/a4".parse().expect("a key");
        let unnoticed = Store::open_with_keys(dir.path(), &keys, NOW).and_then(|store| {
            let sound = store.verify_deep()?.is_sound();
            Ok((sound, store.get(&key)?, store.history(&key)?.len()))
        });
        match unnoticed {
            // A page of bookkeeping: what is read is today's all the same.
            Ok((true, stored, versions)) => {
                let body = stored.and_then(|stored| stored.resource).expect("lives");
                assert!(
                    body.bytes().windows(4).any(|word| word == b"NKDA") && versions == 2,
                    "page {page} of before passed for today's"
                );
            }
            Ok((false, _, _)) | Err(_) => noticed += 1,
        }
    }
    assert!(
        tried > 3 && noticed > 2,
        "{noticed} of {tried} changed pages were noticed"
    );
    fs::write(&path, &before).expect("all of it is yesterday's");
    assert!(
        matches!(
            Store::open_with_keys(dir.path(), &keys, NOW),
            Err(StoreError::RolledBack { .. })
        ),
        "nobody works on yesterday's charts unaware"
    );
    let store = Store::inspect_with_keys(dir.path(), &keys, NOW).expect("opens for looking");
    assert_eq!(store.notices().len(), 1, "the lobby remembers a longer log");
    assert!(!store.verify().expect("verifies").is_sound());
}
