//! Stories of getting in: passphrases, logins and roles, damaged files.

mod clinic;

use std::fs;

use clinic::*;
use haven_model::Role;
use haven_store::{KdfParams, NewUser, OpKind, Passphrase, Store, StoreError};
use serde_json::json;

fn wrong() -> Passphrase {
    Passphrase::new("not the passphrase".to_owned())
}

#[test]
fn a_folder_that_holds_a_store_is_not_made_into_another() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, patient("p1", "Garcia"));
    let refused = Store::init(dir.path(), &options(Role::Admin), &passphrase(), NOW);
    assert_eq!(code(refused), "already_exists");
    assert!(
        store.get(&key("Patient/p1")).expect("reads").is_some(),
        "and nothing was touched"
    );
    assert_eq!(
        code(Store::unlock(
            &dir.path().join("none"),
            USER,
            &passphrase(),
            NOW
        )),
        "not_found"
    );
    assert_eq!(
        code(Store::unlock(dir.path(), "nobody", &passphrase(), NOW)),
        "not_found"
    );
}

#[test]
fn the_form_in_which_accents_were_typed_does_not_matter() {
    let dir = tempfile::tempdir().expect("a folder");
    let composed = Passphrase::new("caf\u{e9} au lait".to_owned());
    Store::init(dir.path(), &options(Role::Admin), &composed, NOW).expect("made");
    let decomposed = Passphrase::new("cafe\u{301} au lait".to_owned());
    Store::unlock(dir.path(), USER, &decomposed, NOW).expect("the same words open it");
}

#[test]
fn wrong_passphrases_are_counted_slowed_and_in_the_end_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, patient("p1", "Garcia"));
    drop(store);
    let mut now = NOW;
    for failures in 1..=3u32 {
        match Store::unlock(dir.path(), USER, &wrong(), now) {
            Err(StoreError::WrongPassphrase { attempts_left }) => {
                assert_eq!(attempts_left, 10 - failures);
            }
            other => unreachable!("a wrong passphrase opened or failed otherwise: {other:?}"),
        }
    }
    match Store::unlock(dir.path(), USER, &passphrase(), now) {
        Err(StoreError::TooManyAttempts { retry_after_ms }) => assert_eq!(retry_after_ms, 1000),
        other => unreachable!("even the right one waits: {other:?}"),
    }
    now = now.plus_ms(1000);
    Store::unlock(dir.path(), USER, &passphrase(), now).expect("the right one, after the wait");
    for _ in 0..10 {
        now = now.plus_ms(60_000);
        assert_eq!(
            code(Store::unlock(dir.path(), USER, &wrong(), now)),
            "wrong_passphrase"
        );
    }
    now = now.plus_ms(86_400_000);
    let refused = Store::unlock(dir.path(), USER, &passphrase(), now);
    assert!(
        matches!(refused, Err(StoreError::SlotDisabled)),
        "ten in a row disable the login"
    );
}

#[test]
fn a_second_login_has_keys_of_its_own_and_only_those_of_its_role() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, patient("p1", "Garcia"));
    edit(&store, observation("o1", "p1", 38.4));
    let secret = json!({"resourceType": "Patient", "id": "p9", "name": [{"family": "Whitlock"}],
        "meta": {"security": [{"code": "R",
            "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"}]}});
    edit(&store, resource(&secret));
    let desk = NewUser {
        name: "ben".to_owned(),
        display_name: "Ben Ito".to_owned(),
        role: Role::FrontDesk,
        kdf: KdfParams::default(),
    };
    let words = Passphrase::new("another four words".to_owned());
    store
        .add_user(&desk, &words, NOW)
        .expect("an admin adds a login");
    assert_eq!(code(store.add_user(&desk, &words, NOW)), "already_exists");
    let lobby = Store::lobby(dir.path()).expect("lobby");
    assert_eq!(lobby.users.len(), 2);

    let desk = Store::unlock(dir.path(), "ben", &words, NOW).expect("ben gets in");
    assert_eq!(desk.session().role, Role::FrontDesk);
    assert!(
        desk.get(&key("Patient/p1"))
            .expect("demographics")
            .is_some()
    );
    assert_eq!(code(desk.get(&key("Observation/o1"))), "not_permitted");
    assert_eq!(code(desk.get(&key("Patient/p9"))), "not_permitted");
    assert_eq!(
        desk.chart("p1").expect("chart").len(),
        1,
        "a chart shows what may be read"
    );
    let listed = desk
        .patients(&haven_store::PatientQuery::default())
        .expect("list");
    assert_eq!(
        (listed.total, listed.rows.len()),
        (1, 1),
        "nor is the restricted patient listed"
    );
    let mut seen = 0;
    desk.for_each(None, |_| -> Result<(), StoreError> {
        seen += 1;
        Ok(())
    })
    .expect("an export");
    assert_eq!(seen, 1, "an export holds what may be read");
    assert_eq!(
        code(desk.transact(op(OpKind::Edit), |tx| {
            tx.edit(observation("o2", "p1", 37.0))
        })),
        "not_permitted"
    );
    assert_eq!(
        code(desk.transact(op(OpKind::Edit), |tx| tx.delete(&key("Patient/p1")))),
        "not_permitted"
    );
    assert_eq!(
        code(desk.add_user(
            &NewUser {
                name: "eve".to_owned(),
                display_name: String::new(),
                role: Role::Admin,
                kdf: KdfParams::default()
            },
            &words,
            NOW
        )),
        "not_permitted"
    );
    assert!(
        desk.verify_deep().expect("verifies").is_sound(),
        "whoever may not read a body can still tell that it is unaltered"
    );
    for (store, token) in [(&store, "amina's"), (&desk, "ben's")] {
        store
            .transact(op(OpKind::Configure), |tx| {
                tx.set_setting("hub.tokens", Some(token))
            })
            .expect("kept");
    }
    assert_eq!(
        store.setting("hub.tokens").expect("reads").as_deref(),
        Some("amina's"),
        "whoever shares the device does not share the sign-in"
    );
    let newer = Passphrase::new("quite new words here".to_owned());
    assert_eq!(
        code(desk.change_passphrase(&wrong(), &newer, NOW)),
        "wrong_passphrase"
    );
    desk.change_passphrase(&words, &newer, NOW)
        .expect("changed");
    assert_eq!(
        code(Store::unlock(dir.path(), "ben", &words, NOW)),
        "wrong_passphrase"
    );
    Store::unlock(dir.path(), "ben", &newer, NOW).expect("the new one opens it");
}

#[test]
fn damage_is_named_and_nothing_is_deleted() {
    let dir = tempfile::tempdir().expect("a folder");
    let keys = {
        let store = new_store(dir.path());
        for n in 0..300 {
            edit(&store, observation(&format!("o{n}"), "p1", 36.0));
        }
        store.keys()
    };
    let path = |name: &str| dir.path().join(name);
    let (database, key_file) = (
        fs::read(path("store.db")).expect("database"),
        fs::read(path("keys.json")).expect("keys"),
    );

    fs::write(path("keys.json"), &key_file[..key_file.len() / 2]).expect("cut");
    let error = Store::unlock(dir.path(), USER, &passphrase(), NOW).expect_err("unreadable");
    assert_eq!(error.code().as_str(), "unreadable");
    assert!(
        error.to_string().contains("keys.json"),
        "the message names the file"
    );
    let mut flipped = key_file.clone();
    flipped[key_file.len() / 2] ^= 1;
    fs::write(path("keys.json"), &flipped).expect("flip");
    assert_eq!(
        code(Store::unlock(dir.path(), USER, &passphrase(), NOW)),
        "unreadable",
        "damage is not taken for a wrong passphrase"
    );
    fs::rename(path("keys.json"), path("aside")).expect("move");
    assert_eq!(
        code(Store::unlock(dir.path(), USER, &passphrase(), NOW)),
        "unreadable"
    );
    assert_eq!(
        code(Store::init(
            dir.path(),
            &options(Role::Admin),
            &passphrase(),
            NOW
        )),
        "already_exists"
    );
    fs::write(path("keys.json"), &key_file).expect("whole again");

    for length in [0, 100, 4096, database.len() / 2, database.len() - 4096] {
        fs::write(path("store.db"), &database[..length]).expect("cut");
        let opened = Store::open_with_keys(dir.path(), &keys, NOW).and_then(|store| {
            let report = store.verify_deep()?;
            assert!(
                !report.is_sound(),
                "a store cut to {length} bytes must not pass"
            );
            Err::<(), _>(StoreError::NoStore)
        });
        assert!(opened.is_err());
        assert_eq!(
            fs::metadata(path("store.db")).expect("still there").len(),
            length as u64,
            "a damaged store is left exactly as it is"
        );
    }
    for at in (20..database.len()).step_by(database.len() / 24) {
        let mut flipped = database.clone();
        flipped[at] ^= 0x10;
        fs::write(path("store.db"), &flipped).expect("flip");
        let found = match Store::open_with_keys(dir.path(), &keys, NOW) {
            Err(error) => error.code().as_str() == "integrity",
            Ok(store) => !store.verify_deep().expect("runs").is_sound(),
        };
        assert!(found, "a flipped bit at byte {at} must be found");
    }
    fs::write(path("store.db"), &database).expect("whole again");
    let store = Store::open_with_keys(dir.path(), &keys, NOW).expect("opens");
    assert!(store.verify_deep().expect("verifies").is_sound());
}

#[test]
fn the_lobby_tells_nothing_of_a_patient_and_shows_tampering() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, patient("p1", "Garcia"));
    let lobby = lobby_when(dir.path(), |lobby| lobby.pending == 1);
    assert_eq!(lobby.clinic, "Riverside");
    assert_eq!(lobby.users[0].last_unlocked, Some(NOW));
    store
        .transact(op(OpKind::Pull), |tx| {
            tx.set_setting("sync.last_received", Some("2026-11-23T08:00:00Z"))?;
            tx.set_setting("sync.last_sent", Some("2026-11-23T09:00:00Z"))?;
            tx.set_setting("sync.data_as_of", Some("2026-11-23T07:59:00Z"))
        })
        .expect("kept");
    let lobby = lobby_when(dir.path(), |lobby| lobby.data_as_of.is_some());
    assert_eq!(
        lobby.last_synced,
        haven_model::Timestamp::parse("2026-11-23T09:00:00Z")
    );
    assert_eq!(
        lobby.data_as_of,
        haven_model::Timestamp::parse("2026-11-23T07:59:00Z")
    );
    let text = fs::read_to_string(dir.path().join("lobby.json")).expect("plain");
    assert!(!text.contains("Garcia") && !text.contains("p1"));
    drop(store);
    fs::write(
        dir.path().join("lobby.json"),
        text.replace("Riverside", "Elsewhere"),
    )
    .expect("altered");
    let store = Store::unlock(dir.path(), USER, &passphrase(), NOW).expect("the data still opens");
    assert_eq!(store.notices().len(), 1, "the user is told");
    assert!(!store.verify().expect("verifies").is_sound());
}

#[test]
fn the_lobby_is_up_to_date_when_the_store_is_closed() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    for n in 1..=3 {
        edit(&store, patient(&format!("p{n}"), "Garcia"));
        let told = Store::lobby(dir.path()).expect("lobby").pending;
        assert!(told <= n, "the file never leads the database");
    }
    drop(store);
    assert_eq!(
        Store::lobby(dir.path()).expect("lobby").pending,
        3,
        "whoever closes the store leaves the file as the database is"
    );
}
