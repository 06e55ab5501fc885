//! Stories of the recovery key: shown once, replaced, and the only thing left.

mod clinic;

use clinic::*;
use haven_model::Role;
use haven_store::{
    AuditQuery, KdfParams, NewUser, OpKind, Passphrase, RecoveryState, RecoveryWords, Store,
    StoreError,
};
use serde_json::json;

fn newer() -> Passphrase {
    Passphrase::new("entirely other words today".to_owned())
}

fn recover(dir: &std::path::Path, user: &str, words: &RecoveryWords) -> Result<Store, StoreError> {
    Store::recover(dir, user, words, &newer(), KdfParams::default(), NOW, None)
}

fn actions(store: &Store) -> Vec<String> {
    let entries = store.audit(&AuditQuery::default()).expect("audit");
    entries.into_iter().map(|entry| entry.action).collect()
}

#[test]
fn the_words_are_shown_once_and_lead_back_in() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, patient("p1", "Garcia"));
    let secret = json!({"resourceType": "Patient", "id": "p9", "name": [{"family": "Whitlock"}],
        "meta": {"security": [{"code": "R",
            "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"}]}});
    edit(&store, resource(&secret));
    store
        .transact(op(OpKind::Configure), |tx| {
            tx.set_setting("hub.tokens", Some("a token"))
        })
        .expect("kept");
    assert_eq!(
        store.recovery_state().expect("reads"),
        RecoveryState::WaitsForYou
    );
    let words = store.show_recovery_once(NOW).expect("shown");
    assert_eq!(store.recovery_state().expect("reads"), RecoveryState::Shown);
    assert_eq!(words.expose_secret().split(' ').count(), 24);
    let again = store.show_recovery_once(NOW);
    assert!(
        matches!(&again, Err(error) if error.to_string().contains("recovery renew")),
        "once only, and the way out is named"
    );
    assert_eq!(code(again), "precondition");
    drop(store);

    for made in 1..=10 {
        let now = NOW.plus_ms(made * 61_000);
        assert_eq!(
            code(Store::unlock(dir.path(), USER, &newer(), now)),
            "wrong_passphrase"
        );
    }
    let later = NOW.plus_ms(86_400_000);
    assert_eq!(
        code(Store::unlock(dir.path(), USER, &passphrase(), later)),
        "too_many_attempts",
        "the login is disabled"
    );

    let typed = RecoveryWords::parse(&words.expose_secret().to_uppercase()).expect("typed");
    let store = recover(dir.path(), USER, &typed).expect("the words alone let the user in");
    for name in ["Patient/p1", "Patient/p9"] {
        assert!(
            store.get(&key(name)).expect("reads").is_some(),
            "{name} is there, the sensitive one too"
        );
    }
    assert!(
        store.setting("hub.tokens").expect("reads").is_none(),
        "what only the former keys opened is forgotten, so the hub asks for a sign-in"
    );
    assert!(actions(&store).contains(&"recovery-used".to_owned()));
    assert!(store.verify_deep().expect("verifies").is_sound());
    drop(store);
    Store::unlock(dir.path(), USER, &newer(), later)
        .expect("the new passphrase, no attempt left over");
    assert_eq!(
        code(Store::unlock(dir.path(), USER, &passphrase(), later)),
        "wrong_passphrase",
        "the former one is nothing now"
    );
}

#[test]
fn a_renewed_key_opens_everything_and_the_former_one_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, observation("o1", "p1", 38.4));
    let former = store.show_recovery_once(NOW).expect("shown");
    let present = store.renew_recovery(NOW).expect("an admin renews it");
    assert_ne!(former.expose_secret(), present.expose_secret());
    assert_eq!(
        code(store.show_recovery_once(NOW)),
        "precondition",
        "renewing shows it, so nothing waits to be shown"
    );
    drop(store);
    assert_eq!(code(recover(dir.path(), USER, &former)), "wrong_passphrase");
    assert_eq!(code(recover(dir.path(), "nobody", &present)), "not_found");
    let store = recover(dir.path(), USER, &present).expect("the present one");
    assert!(store.get(&key("Observation/o1")).expect("reads").is_some());
}

#[test]
fn a_recovered_login_holds_what_its_role_may_and_no_more() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, patient("p1", "Garcia"));
    edit(&store, observation("o1", "p1", 38.4));
    let words = store.show_recovery_once(NOW).expect("shown");
    let desk = NewUser {
        name: "ben".to_owned(),
        display_name: "Ben Ito".to_owned(),
        role: Role::FrontDesk,
        kdf: KdfParams::default(),
    };
    store.add_user(&desk, &passphrase(), NOW).expect("added");
    drop(store);
    let desk = recover(dir.path(), "ben", &words).expect("recovered");
    assert_eq!(desk.session().role, Role::FrontDesk);
    assert!(desk.get(&key("Patient/p1")).expect("reads").is_some());
    assert_eq!(code(desk.get(&key("Observation/o1"))), "not_permitted");
    assert_eq!(
        code(desk.renew_recovery(NOW)),
        "not_permitted",
        "the key to everything is an admin's"
    );
    assert_eq!(code(desk.show_recovery_once(NOW)), "precondition");
    Store::unlock(dir.path(), USER, &passphrase(), NOW).expect("others are not touched");
}

#[test]
fn the_words_of_a_store_without_an_admin_open_what_its_first_user_may_read() {
    for (role, reads_charts) in [(Role::Clinician, true), (Role::FrontDesk, false)] {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::init(dir.path(), &options(role), &passphrase(), NOW).expect("made");
        edit(&store, patient("p1", "Garcia"));
        let words = store
            .show_recovery_once(NOW)
            .expect("shown to the first user");
        let renewed = store.renew_recovery(NOW);
        assert_eq!(renewed.is_ok(), reads_charts, "renewing as {role:?}");
        drop(store);
        let words = renewed.unwrap_or(words);
        let store = recover(dir.path(), USER, &words).expect("recovered");
        assert_eq!(store.session().role, role);
        assert!(store.get(&key("Patient/p1")).expect("reads").is_some());
    }
}

#[test]
fn the_words_are_kept_nowhere_in_plain() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    let words = store.show_recovery_once(NOW).expect("shown");
    drop(store);
    let first = words.expose_secret().split(' ').take(3).collect::<Vec<_>>();
    for entry in std::fs::read_dir(dir.path()).expect("a folder") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("readable");
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains(&first.join(" ")),
            "{} holds the words",
            path.display()
        );
    }
    let keys = std::fs::read_to_string(dir.path().join("keys.json")).expect("keys");
    assert!(
        !keys.contains("recovery-words"),
        "nor are they kept sealed once shown"
    );
}
