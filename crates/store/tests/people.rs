//! Stories of several people on one laptop.

mod clinic;

use clinic::*;
use haven_model::Role;
use haven_store::{AuditQuery, KdfParams, NewUser, Passphrase, Store, StoreError};

fn words() -> Passphrase {
    Passphrase::new("another four words".to_owned())
}

fn person(name: &str, role: Role) -> NewUser {
    NewUser {
        name: name.to_owned(),
        display_name: format!("Dr {name}"),
        role,
        kdf: KdfParams::default(),
    }
}

#[test]
fn a_login_that_was_removed_opens_nothing_and_the_keys_it_had_are_due() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, patient("p1", "Garcia"));
    store
        .add_user(&person("ben", Role::Clinician), &words(), NOW)
        .expect("added");
    drop(Store::unlock(dir.path(), "ben", &words(), NOW).expect("ben works here"));
    let listed = store.logins().expect("listed");
    let ben = listed
        .iter()
        .find(|login| login.name == "ben")
        .expect("ben");
    assert_eq!((ben.role, ben.disabled), (Role::Clinician, false));
    assert_eq!(ben.last_unlocked, Some(NOW));

    store.remove_user("ben", NOW).expect("removed");
    assert_eq!(
        code(Store::unlock(dir.path(), "ben", &words(), NOW)),
        "not_found"
    );
    let keys = std::fs::read_to_string(dir.path().join("keys.json")).expect("keys");
    assert!(!keys.contains("ben"), "neither slot nor grant is left");
    assert_eq!(
        store
            .setting("keys.rotation_due")
            .expect("reads")
            .as_deref(),
        Some("login removed"),
        "the keys ben had are to be replaced"
    );
    assert_eq!(Store::lobby(dir.path()).expect("lobby").users.len(), 1);
    let audit = store.audit(&AuditQuery::default()).expect("audit");
    assert!(audit.iter().any(|entry| entry.action == "login-removed"));
    assert_eq!(code(store.remove_user("ben", NOW)), "not_found");
    assert!(store.verify_deep().expect("verifies").is_sound());
}

#[test]
fn nobody_removes_themselves_or_the_last_admin_and_only_an_admin_removes() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    store
        .add_user(&person("ben", Role::Nurse), &words(), NOW)
        .expect("added");
    assert_eq!(code(store.remove_user(USER, NOW)), "precondition");
    let nurse = Store::unlock(dir.path(), "ben", &words(), NOW).expect("in");
    assert_eq!(code(nurse.remove_user(USER, NOW)), "not_permitted");
    assert_eq!(code(nurse.logins()), "not_permitted");
    assert_eq!(
        code(nurse.readmit_user(USER, &words(), KdfParams::default(), NOW)),
        "not_permitted"
    );
    drop(nurse);
    store
        .add_user(&person("cora", Role::Admin), &words(), NOW)
        .expect("a second admin");
    let cora = Store::unlock(dir.path(), "cora", &words(), NOW).expect("in");
    cora.remove_user(USER, NOW)
        .expect("one admin removes another");
    assert_eq!(
        code(store.remove_user("cora", NOW)),
        "precondition",
        "a session that is still open does not take the last admin with it"
    );
}

#[test]
fn an_admin_lets_a_disabled_login_in_again_with_a_new_passphrase() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, observation("o1", "p1", 38.4));
    store
        .add_user(&person("ben", Role::Clinician), &words(), NOW)
        .expect("added");
    let mut now = NOW;
    for _ in 0..10 {
        now = now.plus_ms(60_000);
        assert_eq!(
            code(Store::unlock(dir.path(), "ben", &passphrase(), now)),
            "wrong_passphrase"
        );
    }
    let disabled = Store::unlock(dir.path(), "ben", &words(), now);
    assert!(matches!(disabled, Err(StoreError::SlotDisabled)));
    let listed = store.logins().expect("listed");
    assert!(
        listed
            .iter()
            .any(|login| login.name == "ben" && login.disabled)
    );
    let fresh = Passphrase::new("fresh words for ben".to_owned());
    store
        .readmit_user("ben", &fresh, KdfParams::default(), now)
        .expect("readmitted");
    let ben = Store::unlock(dir.path(), "ben", &fresh, now).expect("in");
    assert!(ben.get(&key("Observation/o1")).expect("reads").is_some());
    assert_eq!(
        code(store.readmit_user("nobody", &fresh, KdfParams::default(), now)),
        "not_found"
    );
}

#[test]
fn a_name_is_taken_once_and_none_looks_like_the_recovery_key() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    for (name, refusal) in [
        (USER, "already_exists"),
        ("*recovery", "invalid"),
        ("", "invalid"),
        ("a\nb", "invalid"),
    ] {
        assert_eq!(
            code(store.add_user(&person(name, Role::Nurse), &words(), NOW)),
            refusal
        );
    }
}
