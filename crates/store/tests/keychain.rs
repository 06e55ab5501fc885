//! Stories of this computer's keychain: what it adds, and that nothing depends on it.

mod clinic;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use clinic::*;
use haven_model::{Role, Timestamp};
use haven_store::{KdfParams, Keychain, KeychainInMemory, Passphrase, Store, StoreError};

type Machine = (Arc<KeychainInMemory>, Arc<dyn Keychain>);

fn machine() -> Machine {
    let keychain = Arc::new(KeychainInMemory::default());
    (keychain.clone(), keychain)
}

fn wrong() -> Passphrase {
    Passphrase::new("not the passphrase".to_owned())
}

fn unlock(dir: &Path, keychain: &Arc<dyn Keychain>) -> Result<Store, StoreError> {
    Store::unlock_on(dir, USER, &passphrase(), NOW, Some(keychain))
}

fn try_wrong(dir: &Path, keychain: &Arc<dyn Keychain>, now: Timestamp) -> &'static str {
    code(Store::unlock_on(dir, USER, &wrong(), now, Some(keychain)))
}

#[test]
fn a_count_of_attempts_that_was_deleted_or_rolled_back_is_still_known() {
    let dir = tempfile::tempdir().expect("a folder");
    drop(new_store(dir.path()));
    let (keychain, shared) = machine();
    let file = dir.path().join("attempts.json");
    assert_eq!(try_wrong(dir.path(), &shared, NOW), "wrong_passphrase");
    let early = fs::read(&file).expect("the count is kept");
    for made in 2..=10 {
        let now = NOW.plus_ms(made * 61_000);
        assert_eq!(try_wrong(dir.path(), &shared, now), "wrong_passphrase");
        if made % 2 == 0 {
            fs::remove_file(&file).expect("deleted");
        } else {
            fs::write(&file, &early).expect("rolled back");
        }
    }
    let late = NOW.plus_ms(86_400_000);
    assert!(
        matches!(
            Store::unlock_on(dir.path(), USER, &passphrase(), late, Some(&shared)),
            Err(StoreError::SlotDisabled)
        ),
        "ten in a row are ten, whatever became of the file"
    );
    keychain.wipe();
    fs::remove_file(&file).ok();
    unlock(dir.path(), &shared).expect("a wiped keychain locks nobody out");
}

#[test]
fn a_keychain_that_is_wiped_replaced_or_locked_never_stands_in_the_way() {
    let dir = tempfile::tempdir().expect("a folder");
    drop(new_store(dir.path()));
    let files = || {
        let mut names: Vec<_> = fs::read_dir(dir.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        names
    };
    let (keychain, shared) = machine();
    drop(unlock(dir.path(), &shared).expect("opens"));
    let before = files();
    keychain.wipe();
    assert!(
        unlock(dir.path(), &shared)
            .expect("wiped")
            .notices()
            .is_empty()
    );
    keychain.set_locked(true);
    assert!(
        unlock(dir.path(), &shared)
            .expect("locked")
            .notices()
            .is_empty()
    );
    let (_, another) = machine();
    assert!(
        unlock(dir.path(), &another)
            .expect("another")
            .notices()
            .is_empty()
    );
    assert!(
        Store::unlock(dir.path(), USER, &passphrase(), NOW)
            .expect("none")
            .notices()
            .is_empty()
    );
    keychain.set_locked(false);
    drop(unlock(dir.path(), &shared).expect("opens"));
    for name in keychain.names() {
        shared.set(&name, b"not what Haven wrote").expect("set");
    }
    unlock(dir.path(), &shared).expect("nonsense in it");
    assert_eq!(files(), before, "and no file of the store went or came");
}

#[test]
fn a_folder_rolled_back_as_a_whole_is_noticed_by_this_computer() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_, shared) = machine();
    drop(new_store(dir.path()));
    drop(unlock(dir.path(), &shared).expect("opens"));
    let copy = tempfile::tempdir().expect("a folder");
    copy_store(dir.path(), copy.path());
    {
        let store = unlock(dir.path(), &shared).expect("opens");
        edit(&store, patient("p1", "Garcia"));
        let mut sound = store.verify_deep().expect("verifies");
        assert!(sound.is_sound(), "{:?}", sound.problems.pop());
    }
    copy_store(copy.path(), dir.path());
    let store = unlock(dir.path(), &shared).expect("the data still opens");
    assert_eq!(store.notices().len(), 1, "the user is told");
    assert!(store.notices()[0].contains("rolled back"));
    assert!(!store.verify().expect("verifies").is_sound());
    drop(store);
    let unaware = Store::unlock(dir.path(), USER, &passphrase(), NOW).expect("opens");
    assert!(
        unaware.notices().is_empty(),
        "without the keychain the whole folder looks as it did then"
    );
    drop(unaware);

    // Long after the rollback, when the log has outgrown what is remembered.
    let store = Store::unlock(dir.path(), USER, &passphrase(), NOW).expect("opens");
    for n in 0..20 {
        edit(&store, observation(&format!("o{n}"), "p1", 37.0));
    }
    store.use_keychain(shared.clone());
    assert!(
        !store.verify().expect("verifies").is_sound(),
        "the log is not a continuation of the one remembered"
    );
    drop(store);
    let told = unlock(dir.path(), &shared).expect("opens");
    assert_eq!(told.notices().len(), 1, "told at every unlock");
    drop(told);
    let accept = |reason| {
        Store::accept_rollback(dir.path(), USER, &passphrase(), reason, NOW, Some(&shared))
    };
    drop(accept("restored from the disk image of Monday").expect("someone decides"));
    let settled = unlock(dir.path(), &shared).expect("opens");
    assert!(settled.notices().is_empty(), "and it is told no more");
    drop(settled);
    assert_eq!(code(accept("again")), "precondition");
}

fn copy_store(from: &Path, to: &Path) {
    for entry in fs::read_dir(to).expect("a folder") {
        fs::remove_file(entry.expect("an entry").path()).expect("removed");
    }
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
    }
}

#[test]
fn the_second_factor_is_asked_for_and_never_the_only_way_in() {
    let dir = tempfile::tempdir().expect("a folder");
    let (keychain, shared) = machine();
    drop(new_store(dir.path()));
    let store = unlock(dir.path(), &shared).expect("opens");
    edit(&store, patient("p1", "Garcia"));
    assert_eq!(
        code(store.set_second_factor(&passphrase(), true, NOW)),
        "precondition",
        "not before someone holds the recovery key"
    );
    let words = store.show_recovery_once(NOW).expect("shown");
    assert_eq!(
        code(store.set_second_factor(&wrong(), true, NOW)),
        "wrong_passphrase"
    );
    store
        .set_second_factor(&passphrase(), true, NOW)
        .expect("on");
    assert!(store.has_second_factor().expect("reads"));
    drop(store);
    unlock(dir.path(), &shared).expect("with passphrase and keychain");
    keychain.set_locked(true);
    for _ in 0..12 {
        assert_eq!(
            code(unlock(dir.path(), &shared)),
            "precondition",
            "a locked keychain is told apart from a wrong passphrase and counts as no attempt"
        );
    }
    assert_eq!(
        code(Store::unlock(dir.path(), USER, &passphrase(), NOW)),
        "precondition"
    );
    keychain.set_locked(false);
    assert_eq!(try_wrong(dir.path(), &shared, NOW), "wrong_passphrase");
    let store = unlock(dir.path(), &shared).expect("once it is unlocked");
    let newer = Passphrase::new("entirely other words today".to_owned());
    store
        .change_passphrase(&passphrase(), &newer, NOW)
        .expect("changed");
    assert!(
        store.has_second_factor().expect("reads"),
        "a new passphrase keeps the second factor"
    );
    store.set_second_factor(&newer, false, NOW).expect("off");
    store
        .set_second_factor(&newer, true, NOW)
        .expect("on again");
    drop(store);

    keychain.wipe();
    let found = Store::recover(
        dir.path(),
        USER,
        &words,
        &passphrase(),
        KdfParams::default(),
        NOW,
        Some(&shared),
    );
    let store = found.expect("the recovery key needs no keychain");
    assert_eq!(store.session().role, Role::Admin);
    assert!(store.get(&key("Patient/p1")).expect("reads").is_some());
}
