//! A row that no audit entry tells of is found when it is not today's.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use haven_model::{Resource, Role, Timestamp};

use super::tables::{NOT_SUMMED, TABLES};
use super::{Kept, Sum};
use crate::error::StoreError;
use crate::keys::{KEYS_FILE, KdfParams, Passphrase, StoreKeys};
use crate::link::{Link, Purpose};
use crate::op::{Op, OpKind};
use crate::store::{InitOptions, NewUser, Store};

const NOW: Timestamp = Timestamp(1_795_442_700_000);

fn passphrase() -> Passphrase {
    Passphrase::new("four random words".to_owned())
}

pub(super) fn store(dir: &Path) -> Store {
    let options = InitOptions {
        user: "amina".to_owned(),
        display_name: "Amina".to_owned(),
        role: Role::Admin,
        clinic: "Riverside".to_owned(),
        device_name: "Laptop".to_owned(),
        device_id: None,
        kdf: KdfParams::default(),
    };
    let store = Store::init(dir, &options, &passphrase(), NOW).expect("made");
    for body in [
        r#"{"resourceType":"Patient","id":"p1","birthDate":"1980-02-03","name":[{"family":"Garcia","given":["Ana"]}]}"#,
        r#"{"resourceType":"Observation","id":"o1","status":"final","subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-01-02","code":{"coding":[{"system":"http://loinc.org","code":"8310-5"}]}}"#,
        r#"{"resourceType":"Observation","id":"o2","status":"final","subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-01-03","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]}}"#,
        r#"{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"},"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"code":{"coding":[{"code":"42343007"}]}}"#,
    ] {
        put(&store, body);
    }
    store
}

pub(super) fn put(store: &Store, body: &str) {
    let resource = Resource::parse(body.as_bytes()).expect("valid");
    store
        .transact(Op::new(OpKind::Edit, "amina", NOW), |tx| tx.edit(resource))
        .expect("kept");
}

fn set(store: &Store, name: &str, value: &str) {
    store
        .transact(Op::new(OpKind::Configure, "amina", NOW), |tx| {
            tx.set_setting(name, Some(value))
        })
        .expect("kept");
}

/// What is found after `sql` had the database to itself, with its key.
fn after(keys: &StoreKeys, dir: &Path, sql: &str, deep: bool) -> Vec<String> {
    {
        let link = Link::open(dir, &keys.ring.store, Purpose::Write).expect("opens");
        link.connection.execute_batch(sql).expect("tampered");
    }
    let store = Store::inspect_with_keys(dir, keys, NOW).expect("opens for looking");
    let report = if deep {
        store.verify_deep()
    } else {
        store.verify()
    };
    let told = |problem: crate::audit::Problem| match problem.key {
        Some(key) => format!("{key}: {}", problem.what),
        None => problem.what,
    };
    report
        .expect("verifies")
        .problems
        .into_iter()
        .map(told)
        .collect()
}

fn copied(from: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            fs::copy(&path, folder.path().join(path.file_name().expect("a name"))).expect("copied");
        }
    }
    folder
}

#[test]
fn a_sum_forgets_what_is_taken_out_in_any_order() {
    let digests: Vec<Sum> = (0..9_u8)
        .map(|n| Sum::of([n.wrapping_mul(57) | 0x80; 32]))
        .collect();
    let forward = digests
        .iter()
        .fold(Sum::default(), |sum, one| sum.plus(*one));
    let backward = digests
        .iter()
        .rev()
        .fold(Sum::default(), |sum, one| sum.plus(*one));
    assert_eq!(forward, backward);
    let emptied = digests
        .iter()
        .fold(forward, |sum, one| sum.plus(one.negated()));
    assert_eq!(emptied, Sum::default());
    let kept = Kept {
        turn: 7,
        last_flight: 3,
        tables: digests
            .iter()
            .zip(1..)
            .map(|(sum, no)| (no, *sum))
            .collect(),
    };
    assert_eq!(
        Kept::parse(&kept.bytes()),
        Some(kept),
        "it survives being kept"
    );
}

#[test]
fn every_table_has_a_sum_or_a_reason_for_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(folder.path());
    let link = store.writer_for_tests();
    let names = |sql: &str| -> BTreeSet<String> {
        let mut statement = link.connection.prepare(sql).expect("prepared");
        let rows = statement.query_map([], |row| row.get(0)).expect("asked");
        rows.collect::<Result<_, _>>().expect("read")
    };
    let tables = names(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    );
    let known: BTreeSet<String> = TABLES
        .iter()
        .map(|table| table.name)
        .chain(NOT_SUMMED.iter().map(|(name, _)| *name))
        .map(str::to_owned)
        .collect();
    assert_eq!(
        tables, known,
        "a new table is summed, or it is said why not"
    );
    for table in &TABLES {
        let columns = names(&format!(
            "SELECT name FROM pragma_table_info('{}')",
            table.name
        ));
        let summed: BTreeSet<String> = table
            .columns
            .iter()
            .copied()
            .chain(table.sealed)
            .map(str::to_owned)
            .collect();
        assert_eq!(columns, summed, "every column of {} is summed", table.name);
    }
}

#[test]
fn rows_that_no_audit_entry_tells_of_are_found_with_their_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let (keys, dir) = {
        let store = store(folder.path());
        set(&store, "remote.url", "https://hub.example");
        (store.keys(), folder.path())
    };
    assert_eq!(after(&keys, dir, "", true), Vec::<String>::new());
    for (sql, table) in [
        (
            "UPDATE setting SET value = 'https://other.example' WHERE name = 'remote.url'",
            "setting",
        ),
        ("DELETE FROM setting WHERE name = 'remote.url'", "setting"),
        ("UPDATE login SET role = 'clinician'", "login"),
        (
            "UPDATE word SET text = text || '-' WHERE no = 1; UPDATE word SET text = (SELECT substr(text, 1, length(text) - 1) FROM word WHERE no = 1) || '~' WHERE no = 2",
            "word",
        ),
        ("UPDATE compartment SET last_accessed = 1", "compartment"),
        ("UPDATE resource SET ticks = 9 WHERE row_id = 2", "resource"),
        (
            "UPDATE resource SET server_version = '5' WHERE row_id = 2",
            "resource",
        ),
        ("UPDATE outbox SET attempts = 4", "outbox"),
        ("UPDATE key_generation SET seals = 0", "key_generation"),
        ("UPDATE key_state SET epoch = epoch + 1", "key_state"),
        (
            "INSERT INTO search_pending (row_id) VALUES (2)",
            "search_pending",
        ),
        ("UPDATE identity SET clinic = 'Hillside'", "identity"),
    ] {
        let tried = copied(dir);
        let found = after(&keys, tried.path(), sql, false);
        assert!(
            found
                .iter()
                .any(|what| what.starts_with(&format!("table {table} "))),
            "{sql} gave {found:?}"
        );
    }
    let found = after(
        &keys,
        dir,
        "UPDATE audit_head SET sums = zeroblob(17)",
        false,
    );
    assert!(!found.is_empty(), "sums of one's own making are found");
}

#[test]
fn index_rows_are_compared_with_the_bodies_both_ways() {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = store(folder.path()).keys();
    for (sql, resource, what) in [
        (
            "DELETE FROM term WHERE kind = 7 AND row_id = 2",
            "Observation/o1",
            "by code are missing",
        ),
        (
            "UPDATE term SET row_id = 3 WHERE kind = 7 AND row_id = 2",
            "Observation/o2",
            "are not in its body",
        ),
        (
            "DELETE FROM term WHERE typeof(text) = 'blob'",
            "Condition/c1",
            "by code are missing",
        ),
        (
            "UPDATE search_date SET length_ms = 1 WHERE row_id = 2",
            "Observation/o1",
            "search_date",
        ),
        (
            "DELETE FROM search_date WHERE row_id = 3",
            "Observation/o2",
            "search_date",
        ),
        (
            "UPDATE patient_entry SET sort_name = 'x'",
            "Patient/p1",
            "patient_entry",
        ),
        ("DELETE FROM patient_entry", "Patient/p1", "patient_entry"),
        (
            "UPDATE resource SET seen_at = '2020' WHERE row_id = 2",
            "Observation/o1",
            "time of this visit",
        ),
        (
            "UPDATE resource SET patient_no = NULL WHERE row_id = 2",
            "Observation/o1",
            "another chart",
        ),
        (
            "INSERT INTO term VALUES (1, 'nobody', 0, 99)",
            "",
            "of resources that are not there",
        ),
        (
            "INSERT INTO patient_entry VALUES (2, 1, 1, 'x', NULL)",
            "Observation/o1",
            "patient_entry",
        ),
    ] {
        let tried = copied(folder.path());
        let found = after(&keys, tried.path(), sql, true);
        assert!(
            found
                .iter()
                .any(|one| one.starts_with(resource) && one.contains(what)),
            "{sql} gave {found:?}"
        );
    }
}

#[test]
fn what_a_login_may_not_read_is_counted_and_never_called_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(folder.path());
    let other = Passphrase::new("another four words".to_owned());
    let user = NewUser {
        name: "desk".to_owned(),
        display_name: "Desk".to_owned(),
        role: Role::FrontDesk,
        kdf: KdfParams::default(),
    };
    store.add_user(&user, &other, NOW).expect("added");
    assert_eq!(store.verify_deep().expect("verifies").unread, 0);
    drop(store);
    let desk = Store::unlock(folder.path(), "desk", &other, NOW).expect("opens");
    let report = desk.verify_deep().expect("verifies");
    assert!(report.is_sound(), "{:?}", report.problems);
    assert_eq!(
        (report.bodies, report.unread),
        (4, 3),
        "only the patient is theirs to read"
    );
}

#[test]
fn saving_and_restarting_leave_the_sums_true() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(folder.path());
    for n in 0..3 {
        set(&store, "a", &n.to_string());
        put(
            &store,
            &format!(r#"{{"resourceType":"Basic","id":"b{n}"}}"#),
        );
        let refused: Result<_, StoreError> =
            store.transact(Op::new(OpKind::Edit, "amina", NOW), |tx| {
                tx.set_setting("b", Some("never"))?;
                Err::<(), _>(StoreError::invalid("changed my mind"))
            });
        refused.expect_err("rolled back");
        assert_eq!(store.verify_deep().expect("verifies").problems, Vec::new());
    }
    drop(store);
    let store = Store::unlock(folder.path(), "amina", &passphrase(), NOW).expect("opens");
    set(&store, "a", "again");
    assert_eq!(store.notices(), Vec::<String>::new());
    assert_eq!(store.verify_deep().expect("verifies").problems, Vec::new());
}

#[test]
fn an_earlier_key_file_opens_nothing_until_someone_takes_it_with_a_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(KEYS_FILE);
    let store = store(folder.path());
    let earlier = fs::read(&path).expect("reads");
    let new = Passphrase::new("five other random words".to_owned());
    store
        .change_passphrase(&passphrase(), &new, NOW)
        .expect("changed");
    drop(store);
    fs::write(&path, &earlier).expect("yesterday's");
    let refused = Store::unlock(folder.path(), "amina", &passphrase(), NOW)
        .expect_err("yesterday's passphrase is not let in");
    assert!(
        matches!(refused, StoreError::RolledBack { .. }),
        "{refused:?}"
    );
    let looked = Store::inspect(folder.path(), "amina", &passphrase(), NOW, None).expect("looks");
    let report = looked.verify().expect("verifies");
    assert!(
        report
            .problems
            .iter()
            .any(|problem| problem.what.contains("keys.json is older")),
        "{:?}",
        report.problems
    );
    drop(looked);
    let store = Store::accept_rollback(
        folder.path(),
        "amina",
        &passphrase(),
        "restored by hand",
        NOW,
        None,
    )
    .expect("someone answers for it");
    assert_eq!(store.verify().expect("verifies").problems, Vec::new());
    drop(store);
    Store::unlock(folder.path(), "amina", &passphrase(), NOW).expect("opens from now on");
}

#[test]
fn a_slot_that_haven_did_not_write_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(KEYS_FILE);
    let costly = KdfParams {
        passes: 4,
        ..KdfParams::default()
    };
    let store = store(folder.path());
    let cheap_file = fs::read(&path).expect("reads");
    store
        .change_passphrase_at(&passphrase(), &passphrase(), Some(costly), NOW)
        .expect("costlier");
    drop(store);
    // The slot of the day when the derivation was cheaper, in today's file, its checksum made good.
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    let (cheap, now) = (text(&cheap_file), text(&fs::read(&path).expect("reads")));
    let slots = |file: &str| -> String {
        let from = file.find("\"slots\":").expect("slots");
        let to = file.find(",\"grants\"").expect("grants");
        file[from..to].to_owned()
    };
    let mixed = now.replace(&slots(&now), &slots(&cheap));
    let from = mixed.find("\"keys\":").expect("keys") + "\"keys\":".len();
    let keys = &mixed[from..mixed.len() - 1];
    let sum = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(keys.as_bytes()));
    let at = mixed.find("\"sha256\":\"").expect("a sum") + "\"sha256\":\"".len();
    let mixed = format!("{}{sum}{}", &mixed[..at], &mixed[at + 64..]);
    fs::write(&path, mixed).expect("planted");
    let refused =
        Store::unlock(folder.path(), "amina", &passphrase(), NOW).expect_err("not let in");
    assert!(
        matches!(&refused, StoreError::RolledBack { what } if what.contains("altered")),
        "{refused:?}"
    );
}
