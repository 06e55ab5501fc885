//! Stories of the PIN: for some hours after the passphrase, five tries, and only on this computer.

mod clinic;

use std::path::Path;
use std::sync::Arc;

use clinic::*;
use haven_model::Timestamp;
use haven_store::{KdfParams, Keychain, KeychainInMemory, Passphrase, Store, StoreError};

const HOUR_MS: i64 = 3_600_000;

fn pin(digits: &str) -> Passphrase {
    Passphrase::new(digits.to_owned())
}

fn with_pin(dir: &Path) -> (Arc<KeychainInMemory>, Arc<dyn Keychain>) {
    let keychain = Arc::new(KeychainInMemory::default());
    let shared: Arc<dyn Keychain> = keychain.clone();
    drop(new_store(dir));
    let store = Store::unlock_on(dir, USER, &passphrase(), NOW, Some(&shared)).expect("opens");
    edit(&store, patient("p1", "Garcia"));
    store.set_pin(&pin("602214"), NOW).expect("set");
    (keychain, shared)
}

fn unlock(
    dir: &Path,
    digits: &str,
    now: Timestamp,
    keychain: &Arc<dyn Keychain>,
) -> Result<Store, StoreError> {
    Store::unlock_with_pin(dir, USER, &pin(digits), now, keychain)
}

#[test]
fn a_pin_opens_the_store_for_twelve_hours_after_the_passphrase() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_, keychain) = with_pin(dir.path());
    let at = |hours: i64| NOW.plus_ms(hours * HOUR_MS);
    assert!(Store::pin_offered(dir.path(), USER, at(11), &keychain));
    let store = unlock(dir.path(), "602214", at(11), &keychain).expect("opens");
    assert!(store.get(&key("Patient/p1")).expect("reads").is_some());
    assert_eq!(
        code(store.set_pin(&pin("271828"), at(11))),
        "precondition",
        "a session that a PIN began cannot prolong itself"
    );
    drop(store);
    Store::unlock_on(dir.path(), USER, &passphrase(), at(11), Some(&keychain))
        .expect("the passphrase");
    unlock(dir.path(), "602214", at(22), &keychain).expect("twelve hours from then on");
    assert!(!Store::pin_offered(dir.path(), USER, at(23), &keychain));
    assert_eq!(
        code(unlock(dir.path(), "602214", at(23), &keychain)),
        "precondition"
    );
    assert_eq!(
        code(unlock(dir.path(), "602214", at(22), &keychain)),
        "precondition",
        "what is over is removed, so setting the clock back does not help"
    );
}

#[test]
fn a_clock_set_far_back_ends_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_, keychain) = with_pin(dir.path());
    let earlier = NOW.plus_ms(-HOUR_MS);
    assert_eq!(
        code(unlock(dir.path(), "602214", earlier, &keychain)),
        "precondition"
    );
    Store::unlock_on(dir.path(), USER, &passphrase(), earlier, Some(&keychain))
        .expect("the passphrase is not touched by it");
}

#[test]
fn five_wrong_tries_leave_the_passphrase_and_remove_the_pin() {
    let dir = tempfile::tempdir().expect("a folder");
    let (keychain, shared) = with_pin(dir.path());
    for left in (0..5).rev() {
        match unlock(dir.path(), "111213", NOW, &shared) {
            Err(StoreError::WrongPin { attempts_left }) => assert_eq!(attempts_left, left),
            other => unreachable!("a wrong PIN opened or failed otherwise: {other:?}"),
        }
    }
    assert_eq!(
        code(unlock(dir.path(), "602214", NOW, &shared)),
        "precondition",
        "even the right one, now"
    );
    assert!(
        !keychain.names().iter().any(|name| name.starts_with("pin:")),
        "its secret is gone"
    );
    let store = Store::unlock_on(dir.path(), USER, &passphrase(), NOW, Some(&shared));
    drop(store.expect("the passphrase counts its own attempts"));
}

#[test]
fn a_right_pin_begins_the_count_anew() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_, keychain) = with_pin(dir.path());
    for _ in 0..2 {
        for _ in 0..4 {
            assert_eq!(
                code(unlock(dir.path(), "111213", NOW, &keychain)),
                "wrong_passphrase"
            );
        }
        unlock(dir.path(), "602214", NOW, &keychain).expect("the fifth is right");
    }
}

#[test]
fn the_folder_alone_does_not_open_with_the_pin() {
    let dir = tempfile::tempdir().expect("a folder");
    let (keychain, shared) = with_pin(dir.path());
    let other: Arc<dyn Keychain> = Arc::new(KeychainInMemory::default());
    let stolen = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(dir.path()).expect("a folder") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), stolen.path().join(entry.file_name())).expect("copied");
    }
    assert_eq!(
        code(unlock(stolen.path(), "602214", NOW, &other)),
        "precondition"
    );
    keychain.set_locked(true);
    assert_eq!(
        code(unlock(dir.path(), "602214", NOW, &shared)),
        "precondition"
    );
    keychain.set_locked(false);
    unlock(dir.path(), "602214", NOW, &shared)
        .expect("a keychain locked for a while takes nothing away");
}

#[test]
fn a_changed_passphrase_a_new_one_and_removal_end_it() {
    for how in ["changed", "readmitted", "removed"] {
        let dir = tempfile::tempdir().expect("a folder");
        let (_, keychain) = with_pin(dir.path());
        let store =
            Store::unlock_on(dir.path(), USER, &passphrase(), NOW, Some(&keychain)).expect("opens");
        let newer = Passphrase::new("entirely other words today".to_owned());
        match how {
            "changed" => store.change_passphrase(&passphrase(), &newer, NOW),
            "readmitted" => store.readmit_user(USER, &newer, KdfParams::default(), NOW),
            _ => store.remove_pin(NOW),
        }
        .expect(how);
        assert!(
            !Store::pin_offered(dir.path(), USER, NOW, &keychain),
            "{how}"
        );
    }
}

#[test]
fn without_a_keychain_there_is_no_pin() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    assert_eq!(code(store.set_pin(&pin("602214"), NOW)), "precondition");
    assert_eq!(code(store.set_pin(&pin("123456"), NOW)), "invalid");
}
