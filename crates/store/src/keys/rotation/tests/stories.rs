//! What replacing keys does for those at work, and against those who would gain by it.

use haven_model::{Role, SensitivityClass, Timestamp};

use super::kills::reseal_to_the_end;
use super::{
    NOW, add, add_others, contents, fill, key, later, note, op, open_as, passphrase, private_key,
    store,
};
use crate::error::ErrorCode;
use crate::keys::generation::MAX_SEALS;
use crate::keys::recipient::RECOVERY;
use crate::keys::rotation::{DUE_SETTING, RotateOptions};
use crate::keys::{DueReason, GrantKind, KeyFile, Opener, Slot, replace_store_key};
use crate::op::{Op, OpKind};
use crate::seal::Vault;
use crate::store::Store;

fn of(class: SensitivityClass) -> RotateOptions {
    RotateOptions {
        classes: Some(vec![class]),
        regrant: false,
    }
}

/// The generation that a resource's body is sealed under.
fn generation(store: &Store, text: &str) -> u16 {
    store
        .snapshot(|reader| {
            let row = crate::table::resource::by_key(reader.link, &key(text))?.expect("a row");
            let bytes = row.body.get(1..3).expect("a header");
            Ok::<_, crate::StoreError>(u16::from_be_bytes(bytes.try_into().expect("two bytes")))
        })
        .expect("read")
}

#[test]
fn a_new_key_seals_at_once_and_sessions_that_were_open_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let amina = store(folder.path());
    add_others(&amina);
    fill(&amina, 6);
    let chidi = Store::unlock(folder.path(), "chidi", &passphrase(), NOW).expect("unlocked");
    let before = contents(&amina);
    let rotation = amina
        .rotate_keys(&of(SensitivityClass::Clinical), later(1))
        .expect("rotated");
    assert_eq!(rotation.left_out, [], "everyone keeps what they could read");
    amina
        .transact(op(OpKind::Edit), |tx| {
            tx.edit(note("clinical", 50, "after"))
        })
        .expect("saved");
    assert_eq!(generation(&amina, "Condition/clinical-50"), 2);
    assert_eq!(
        chidi
            .get(&key("Condition/clinical-50"))
            .expect("read")
            .map(|one| one.row.version),
        Some(1),
        "a session that was open reads what the new key sealed"
    );
    chidi
        .transact(Op::new(OpKind::Edit, "chidi", NOW), |tx| {
            tx.edit(note("clinical", 51, "by the other session"))
        })
        .expect("saved");
    assert_eq!(
        generation(&chidi, "Condition/clinical-51"),
        2,
        "a session that was open seals under the new key, never under the one being retired"
    );
    assert!(reseal_to_the_end(&amina) > 0, "old bodies are sealed again");
    assert_eq!(generation(&amina, "Condition/clinical-3"), 2);
    let status = amina.key_status(later(1)).expect("status");
    let states: Vec<_> = status
        .generations
        .iter()
        .filter(|one| one.class == SensitivityClass::Clinical)
        .map(|one| (one.generation, one.state, one.bodies > 0))
        .collect();
    assert_eq!(states, [(1, "destroyed", false), (2, "current", true)]);
    let after = contents(&amina);
    let is_row = |line: &&String| line.starts_with("Condition/") || line.starts_with("Patient/");
    for line in before.iter().filter(is_row) {
        assert!(after.contains(line), "every version reads as it did");
    }
    assert!(amina.verify_deep().expect("runs").is_sound());
    assert!(
        chidi
            .get(&key("Condition/clinical-3"))
            .expect("read")
            .is_some(),
        "the session that was open reads what was sealed again"
    );
    let reopened = Store::unlock(folder.path(), "nia", &passphrase(), NOW).expect("unlocked");
    assert!(
        reopened
            .get(&key("Condition/clinical-3"))
            .expect("read")
            .is_some()
    );
}

#[test]
fn a_slot_smuggled_into_the_key_file_is_granted_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let amina = store(folder.path());
    add_others(&amina);
    fill(&amina, 3);
    // The front desk can write the folder: a recovery slot of its own making, and a clinician's name
    // with another public key.
    let mut file = KeyFile::read(folder.path()).expect("keys");
    let (mut forged, _) = Slot::create(
        &file.store_id,
        "recovery",
        &Opener::Passphrase(&passphrase()),
        Some(crate::keys::KdfParams::default()),
    )
    .expect("a slot");
    forged.kind = RECOVERY.to_owned();
    let own_public_key = file.slot("femi").expect("a slot").public_key;
    for slot in &mut file.slots {
        if slot.user == "chidi" {
            slot.public_key = own_public_key;
        }
    }
    file.slots.push(forged);
    file.write(folder.path(), &amina.keys().ring.audit)
        .expect("whoever has the folder can write it");
    let asked = amina
        .rotate_keys(&of(SensitivityClass::Sensitive), later(1))
        .expect("rotated");
    let names: Vec<_> = asked.left_out.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(
        names,
        ["chidi", "recovery"],
        "both are told, neither is granted"
    );
    let file = KeyFile::read(folder.path()).expect("keys");
    let holders: Vec<_> = file
        .grants
        .iter()
        .filter(|grant| {
            matches!(
                grant.kind(),
                Some(
                    GrantKind::Class(SensitivityClass::Sensitive, 2)
                        | GrantKind::Glass(SensitivityClass::Sensitive, 2)
                )
            )
        })
        .map(|grant| grant.recipient.as_str())
        .collect();
    assert_eq!(
        holders,
        ["amina", "*recovery", "nia"],
        "whoever held the present key, and the recovery key that was made with it"
    );
    // What comes of age by itself leaves nobody out: it waits for a person.
    let due = amina.rotate_due_keys(later(120)).expect("tried");
    assert!(
        due.rotated
            .iter()
            .all(|one| one.class == SensitivityClass::Admin || one.class == SensitivityClass::Core),
        "only classes whose every reader is vouched for: {due:?}"
    );
    let error = replace_store_key(folder.path(), &amina.keys(), false, later(1)).expect_err("open");
    assert_eq!(error.code(), ErrorCode::Locked, "the store is open here");
    let keys = amina.keys();
    drop(amina);
    let error = replace_store_key(folder.path(), &keys, false, later(1)).expect_err("forged");
    assert_eq!(
        error.code(),
        ErrorCode::Precondition,
        "a forged slot is not granted the store's key"
    );
}

#[test]
fn who_does_not_hold_a_key_does_not_replace_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let amina = store(folder.path());
    add_others(&amina);
    for (user, class) in [
        ("femi", SensitivityClass::Clinical),
        ("nia", SensitivityClass::Sensitive),
        ("chidi", SensitivityClass::Admin),
    ] {
        let other = Store::unlock(folder.path(), user, &passphrase(), NOW).expect("unlocked");
        let error = other.rotate_keys(&of(class), NOW).expect_err("refused");
        assert_eq!(error.code(), ErrorCode::NotPermitted, "{user} {class:?}");
    }
    let femi = Store::unlock(folder.path(), "femi", &passphrase(), NOW).expect("unlocked");
    let keys = femi.keys();
    drop((femi, amina));
    let error = replace_store_key(folder.path(), &keys, false, NOW).expect_err("refused");
    assert_eq!(
        error.code(),
        ErrorCode::NotPermitted,
        "the store's key is the admin's to replace"
    );
}

#[test]
fn the_first_unlock_after_ninety_days_replaces_what_its_login_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let amina = store(folder.path());
    add(&amina, "chidi", Role::Clinician);
    fill(&amina, 3);
    drop(amina);
    let at = |days| {
        let store = Store::unlock(folder.path(), "chidi", &passphrase(), later(days)).expect("in");
        store.vault().held().known.current.clone()
    };
    assert!(
        at(89).iter().all(|(_, generation)| *generation == 1),
        "not yet"
    );
    assert_eq!(
        at(90),
        SensitivityClass::ALL.map(|class| {
            let held = class != SensitivityClass::Admin;
            (class, if held { 2 } else { 1 })
        }),
        "a clinician replaces what a clinician holds, and leaves the rest to who holds it"
    );
    let amina = Store::unlock(folder.path(), "amina", &passphrase(), later(91)).expect("in");
    assert_eq!(
        amina
            .vault()
            .held()
            .known
            .generation(SensitivityClass::Admin),
        Some(2)
    );
}

#[test]
fn a_key_that_has_sealed_enough_is_replaced_before_it_seals_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let amina = store(folder.path());
    fill(&amina, 3);
    amina
        .transact(op(OpKind::Configure), |tx| {
            tx.link.connection.execute(
                "UPDATE key_generation SET seals = ?1 WHERE class = 1",
                [i64::try_from(MAX_SEALS).expect("small") - 1],
            )?;
            Ok::<_, crate::StoreError>(())
        })
        .expect("almost worn");
    drop(amina);
    let amina = open_as(folder.path(), "amina", &private_key(folder.path(), "amina"));
    let save = |n: usize| {
        amina
            .transact(op(OpKind::Edit), |tx| tx.edit(note("clinical", n, "more")))
            .expect("saved");
        generation(&amina, &format!("Condition/clinical-{n}"))
    };
    assert_eq!(
        (save(70), save(71)),
        (1, 2),
        "the one after the last seals under a new key"
    );
    assert!(amina.verify_deep().expect("runs").is_sound());
}

#[test]
fn seals_are_never_counted_below_the_truth() {
    let folder = tempfile::tempdir().expect("a folder");
    let amina = store(folder.path());
    for n in 0..40 {
        amina
            .transact(op(OpKind::Edit), |tx| {
                for k in 0..60 {
                    tx.edit(note("clinical", n * 60 + k, "x"))?;
                }
                Ok::<_, crate::StoreError>(())
            })
            .expect("saved");
    }
    let status = amina.key_status(NOW).expect("status");
    let clinical = &status.generations[1];
    assert!(
        (2_400..2_400 + 2_048).contains(&clinical.seals),
        "counted in blocks, upward: {}",
        clinical.seals
    );
}

#[test]
fn a_removed_login_makes_its_keys_due_and_terms_are_blinded_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let amina = store(folder.path());
    fill(&amina, 3);
    amina
        .transact(op(OpKind::Configure), |tx| {
            tx.set_setting(DUE_SETTING, Some("clinical sensitive blind store"))
        })
        .expect("noted");
    let status = amina.key_status(later(1)).expect("status");
    assert_eq!(
        status
            .due
            .iter()
            .map(|due| (due.class, due.why))
            .collect::<Vec<_>>(),
        [
            (SensitivityClass::Clinical, DueReason::LoginRemoved),
            (SensitivityClass::Sensitive, DueReason::LoginRemoved)
        ]
    );
    assert!(status.store_key.due);
    let terms = |vault: &Vault| vault.blind(7, "sensitive2", "").expect("blinded");
    let before = terms(amina.vault());
    let rotation = amina
        .rotate_keys(&RotateOptions::default(), later(1))
        .expect("rotated");
    assert_eq!(
        (rotation.rotated.len(), rotation.blind_generation),
        (2, Some(2))
    );
    assert_ne!(
        terms(amina.vault()),
        before,
        "the removed login's key finds nothing any more"
    );
    let query = [("code".to_owned(), "sensitive2".to_owned())];
    assert_eq!(
        amina.search("Condition", &query).expect("searched").total,
        1
    );
    let status = amina.key_status(later(1)).expect("status");
    assert!(
        status.due.is_empty() && status.store_key.due,
        "the store's key is left to be replaced"
    );
    reseal_to_the_end(&amina);
    let keys = amina.keys();
    drop(amina);
    replace_store_key(folder.path(), &keys, false, later(1)).expect("replaced");
    let amina = Store::unlock(folder.path(), "amina", &passphrase(), later(1)).expect("in");
    assert!(!amina.key_status(later(1)).expect("status").store_key.due);
    assert!(amina.verify_deep().expect("runs").is_sound());
    assert!(
        crate::link::Link::open(folder.path(), &keys.ring.store, crate::link::Purpose::Read)
            .is_err(),
        "the removed login's store key opens nothing"
    );
}

#[test]
fn a_key_file_that_changed_meanwhile_is_not_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let amina = store(folder.path());
    let stale = KeyFile::read(folder.path()).expect("keys");
    amina
        .rotate_keys(&of(SensitivityClass::Core), NOW)
        .expect("rotated");
    let error = stale
        .write(folder.path(), &amina.keys().ring.audit)
        .expect_err("refused");
    assert_eq!(
        error.code(),
        ErrorCode::Locked,
        "a new key's grants would be lost with it"
    );
}

#[test]
fn every_table_with_sealed_bodies_is_walked() {
    let folder = tempfile::tempdir().expect("a folder");
    let amina = store(folder.path());
    let tables = amina
        .snapshot(|reader| {
            let mut statement = reader.link.connection.prepare(
                "SELECT m.name AS name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
                 WHERE m.type = 'table' AND c.name = 'body' ORDER BY m.name",
            )?;
            let names = statement.query_map([], |row| row.get::<_, String>("name"))?;
            Ok::<_, crate::StoreError>(names.collect::<rusqlite::Result<Vec<_>>>()?)
        })
        .expect("the schema");
    let walked = include_str!("../../../reseal/bodies.sql");
    for table in tables {
        assert!(
            walked.contains(&format!("FROM {table}")),
            "{table} holds bodies: without it in reseal/bodies.sql and in its own stage, a key would \
             be destroyed that it still needs"
        );
    }
}

#[test]
fn the_glass_opens_one_patient_for_an_hour_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let amina = store(folder.path());
    add_others(&amina);
    fill(&amina, 3);
    let nia = Store::unlock(folder.path(), "nia", &passphrase(), NOW).expect("in");
    let secret = key("Condition/sensitive-2");
    let refused = nia.get(&secret).expect_err("not by role");
    assert_eq!(refused.code(), ErrorCode::NotPermitted);
    assert_eq!(
        nia.break_glass("p1", "  ", NOW)
            .expect_err("no reason")
            .code(),
        ErrorCode::Invalid
    );
    assert_eq!(
        nia.break_glass("nobody", "x", NOW)
            .expect_err("no patient")
            .code(),
        ErrorCode::NotFound
    );
    for other in ["chidi", "femi"] {
        let other = Store::unlock(folder.path(), other, &passphrase(), NOW).expect("in");
        let error = other
            .break_glass("p1", "curious", NOW)
            .expect_err("not theirs");
        assert_eq!(error.code(), ErrorCode::NotPermitted);
    }
    assert!(nia.has_behind_glass("p1").expect("reads"), "and is told so");
    assert!(
        !amina.has_behind_glass("p1").expect("reads"),
        "nothing is hidden from an admin"
    );
    let window = nia
        .break_glass("p1", "unconscious, allergies unknown", NOW)
        .expect("open");
    assert!(!nia.has_behind_glass("p1").expect("reads"));
    assert_eq!(window.until.as_millis() - NOW.as_millis(), 3_600_000);
    assert!(nia.get(&secret).expect("open").is_some());
    assert!(
        nia.chart("p1")
            .expect("open")
            .iter()
            .any(|one| one.key == secret)
    );
    let query = [("patient".to_owned(), "p1".to_owned())];
    let found = nia.search("Condition", &query).expect("searched");
    assert!(
        found.resources.iter().any(|one| one.key == secret),
        "search shows it too"
    );
    nia.transact(Op::new(OpKind::Edit, "nia", NOW), |tx| {
        tx.edit(note("sensitive", 2, "mine"))
    })
    .expect_err("the glass is for reading");
    drop(nia);
    // A later session of the same hour, and one after it.
    let within = Store::unlock(
        folder.path(),
        "nia",
        &passphrase(),
        Timestamp(NOW.as_millis() + 60_000),
    )
    .expect("in");
    assert!(within.get(&secret).expect("still open").is_some());
    drop(within);
    let after = Store::unlock(
        folder.path(),
        "nia",
        &passphrase(),
        Timestamp(NOW.as_millis() + 3_600_000),
    )
    .expect("in");
    assert_eq!(
        after.get(&secret).expect_err("over").code(),
        ErrorCode::NotPermitted
    );
    assert_eq!(after.glass(), None);
    // Ended by hand: by whoever broke it, or by whoever reviews; another session closes at its next write.
    let at = |minutes: i64| Timestamp(NOW.as_millis() + 3_600_000 + minutes * 60_000);
    after.break_glass("p1", "again", at(0)).expect("open");
    assert!(after.get(&secret).expect("open").is_some());
    let untold = amina.untold_glass().expect("reads");
    assert_eq!(untold.len(), 2, "the hub has heard of none");
    amina.glass_told(&untold, at(1)).expect("noted");
    assert_eq!(amina.untold_glass().expect("reads"), Vec::new());
    assert_eq!(
        amina
            .end_glass(None, at(1))
            .expect_err("not one's own")
            .code(),
        ErrorCode::NotFound
    );
    assert_eq!(amina.end_glass(Some(2), at(1)).expect("ended"), [2]);
    after.record_read("p1", at(2)).expect("the next write");
    assert_eq!(
        after.get(&secret).expect_err("over").code(),
        ErrorCode::NotPermitted
    );
    let told_again = amina.untold_glass().expect("reads");
    assert_eq!(
        told_again
            .iter()
            .map(|one| (one.seq, one.ended_at))
            .collect::<Vec<_>>(),
        [(2, Some(at(1)))],
        "its end is news for the hub"
    );
    // What was sent before it ended does not count for its end.
    amina.glass_told(&untold, at(2)).expect("noted");
    assert_eq!(amina.untold_glass().expect("reads").len(), 1);
    after.break_glass("p1", "again", at(3)).expect("open");
    assert_eq!(after.end_glass(None, at(4)).expect("one's own"), [3]);
    assert_eq!(after.glass(), None);
    assert!(
        amina
            .audit(&crate::AuditQuery::default())
            .expect("log")
            .iter()
            .any(|entry| entry.action == "glass-ended" && entry.actor == "nia")
    );
    assert_eq!(amina.verify_deep().expect("runs").problems, Vec::new());
    let mut openings = amina.glass_openings().expect("reviewed");
    openings.reverse();
    assert_eq!(
        openings[0].reason.as_deref(),
        Some("unconscious, allergies unknown")
    );
    let log = amina.audit(&crate::AuditQuery::default()).expect("log");
    assert!(
        log.iter()
            .any(|entry| entry.action == "break-glass" && entry.actor == "nia")
    );
    // A key that is rotated meanwhile stays behind the same glass.
    amina
        .rotate_keys(&of(SensitivityClass::Sensitive), later(1))
        .expect("rotated");
    reseal_to_the_end(&amina);
    let nia = Store::unlock(folder.path(), "nia", &passphrase(), later(1)).expect("in");
    nia.break_glass("p1", "again", later(1)).expect("open");
    assert!(nia.get(&secret).expect("open under the new key").is_some());
}
