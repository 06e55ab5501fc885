//! Two stations and a hub over HTTP: exchanging, merging, and what a person decides.

mod parts;

use haven_hub::accounts;
use haven_model::resolve::{Choice, resolve};
use haven_model::{Resource, SyncStatus};
use haven_store::{Op, OpKind};
use haven_sync::{RemoteError, SyncError, settings};
use parts::{Clinic, Mishap, Mishaps, Station, patient};
use serde_json::json;

#[tokio::test]
async fn a_phone_and_a_birth_date_changed_twice_wait_for_a_person_and_the_rest_is_merged() {
    let clinic = Clinic::start().await;
    let (ana, ben) = (
        Station::join(&clinic, "ana").await,
        Station::join(&clinic, "ben").await,
    );
    let key = ana.put(&patient("p1"));
    assert_eq!(ana.sync().await.pushed, 1);
    assert_eq!(ben.sync().await.pulled, 1);

    ana.change(&key, |patient| {
        patient["telecom"][0]["value"] = json!("+1 555 0111");
        patient["birthDate"] = json!("1962-07-26");
        patient["maritalStatus"] = json!({"text": "married"});
    });
    ben.change(&key, |patient| {
        patient["telecom"][0]["value"] = json!("+1 555 0222");
        patient["birthDate"] = json!("1962-07-27");
        patient["address"] = json!([{"use": "home", "city": "Bogotá"}]);
    });
    assert_eq!(ana.sync().await.pushed, 1);
    let summary = ben.sync().await;
    assert_eq!(
        (summary.conflicts, summary.pushed),
        (1, 0),
        "ben's edit waits: {summary:?}"
    );

    let conflict = ben
        .store
        .open_conflict_of(&key)
        .expect("it reads")
        .expect("it is open");
    let paths: Vec<&str> = conflict
        .fields
        .iter()
        .map(|field| field.path.as_str())
        .collect();
    let people = settings::people(&ben.store).expect("it reads");
    assert!(
        people.contains_key("ana"),
        "whoever decides sees who made the other edit: {people:?}"
    );
    assert_eq!(paths.len(), 2, "only what both changed waits: {paths:?}");
    assert!(
        paths.iter().any(|path| path.contains("telecom")),
        "{paths:?}"
    );
    assert!(paths.contains(&"Patient.birthDate"), "{paths:?}");
    let held = ben.store.get(&key).expect("it reads").expect("it is here");
    assert_eq!(held.row.sync_status, SyncStatus::Conflict);

    let side = |side: &Option<Resource>| side.as_ref().map(Resource::value);
    let choices: Vec<(String, Choice)> = conflict
        .fields
        .iter()
        .map(|field| {
            let is_phone = field.path.contains("telecom");
            (
                field.path.clone(),
                if is_phone {
                    Choice::Local
                } else {
                    Choice::Remote
                },
            )
        })
        .collect();
    let (base, local, remote) = (
        side(&conflict.base),
        side(&conflict.local),
        side(&conflict.remote),
    );
    let resolved = resolve(base.as_ref(), local.as_ref(), remote.as_ref(), &choices)
        .expect("the fields can be chosen")
        .resource
        .expect("it lives");
    ben.store
        .transact(Op::new(OpKind::Resolve, "ben", Station::now()), |tx| {
            let resource = Resource::from_value(&resolved).expect("a resource");
            tx.resolve_conflict(&conflict.id, Some(resource), "asked the patient")
        })
        .expect("the decision is kept");
    assert_eq!(ben.sync().await.pushed, 1);
    ana.sync().await;

    let result = ana.value(&key);
    assert_eq!(
        result["telecom"][0]["value"], "+1 555 0222",
        "ben's phone was chosen"
    );
    assert_eq!(
        result["birthDate"], "1962-07-26",
        "ana's birth date was chosen"
    );
    assert_eq!(
        result["maritalStatus"]["text"], "married",
        "ana's other edit is in"
    );
    assert_eq!(
        result["address"][0]["city"], "Bogotá",
        "ben's other edit is in"
    );
    assert_eq!(
        ana.bytes(&key),
        clinic.bytes_of(&key),
        "ana and the hub hold the same bytes"
    );
    assert_eq!(
        ben.bytes(&key),
        clinic.bytes_of(&key),
        "ben and the hub hold the same bytes"
    );
}

#[tokio::test]
async fn edits_of_different_fields_meet_with_no_person() {
    let clinic = Clinic::start().await;
    let (ana, ben) = (
        Station::join(&clinic, "ana").await,
        Station::join(&clinic, "ben").await,
    );
    let key = ana.put(&patient("p1"));
    ana.sync().await;
    ben.sync().await;
    ana.change(&key, |patient| {
        patient["maritalStatus"] = json!({"text": "married"})
    });
    ben.change(&key, |patient| {
        patient["address"] = json!([{"use": "home", "city": "Quito"}])
    });
    ana.sync().await;
    let summary = ben.sync().await;
    assert_eq!(
        (summary.merged, summary.pushed, summary.conflicts),
        (1, 1, 0),
        "{summary:?}"
    );
    ana.sync().await;
    assert_eq!(ana.value(&key)["address"][0]["city"], "Quito");
    assert_eq!(ben.value(&key)["maritalStatus"]["text"], "married");
    assert_eq!(ana.bytes(&key), ben.bytes(&key));
}

#[tokio::test]
async fn a_deletion_against_an_edit_waits_for_a_person() {
    let clinic = Clinic::start().await;
    let (ana, ben) = (
        Station::join(&clinic, "ana").await,
        Station::join(&clinic, "ben").await,
    );
    let key = ana.put(&patient("p1"));
    ana.sync().await;
    ben.sync().await;
    ana.store
        .transact(Op::new(OpKind::Edit, "ana", Station::now()), |tx| {
            tx.delete(&key)
        })
        .expect("it is deleted");
    ben.change(&key, |patient| patient["birthDate"] = json!("1962-07-27"));
    ana.sync().await;
    assert_eq!(ben.sync().await.conflicts, 1);
    let conflict = ben
        .store
        .open_conflict_of(&key)
        .expect("it reads")
        .expect("it is open");
    assert!(
        conflict.remote.is_none() && conflict.local.is_some(),
        "both sides are shown"
    );
    ben.store
        .transact(Op::new(OpKind::Resolve, "ben", Station::now()), |tx| {
            tx.resolve_conflict(&conflict.id, conflict.local.clone(), "still our patient")
        })
        .expect("the decision is kept");
    ben.sync().await;
    ana.sync().await;
    assert_eq!(
        ana.value(&key)["birthDate"],
        "1962-07-27",
        "the patient is back for ana too"
    );
    assert_eq!(ana.bytes(&key), clinic.bytes_of(&key));
}

#[tokio::test]
async fn a_reply_that_is_lost_is_asked_for_again_and_nothing_is_written_twice() {
    let clinic = Clinic::start().await;
    let mut ana = Station::join(&clinic, "ana").await;
    let plain = ana.remote.clone();
    let mut first = true;
    ana.remote = Mishaps::on(plain.clone(), move |_| {
        if std::mem::take(&mut first) {
            Mishap::ReplyLost
        } else {
            Mishap::None
        }
    });
    let key = ana.put(&patient("p1"));
    assert!(ana.try_sync().await.is_err(), "the reply is lost");
    assert_eq!(
        clinic.version_of(&key),
        Some(1),
        "the hub has it all the same"
    );
    assert_eq!(
        ana.store.in_flight().expect("it reads").len(),
        1,
        "and the store knows it may"
    );
    assert_eq!(ana.sync().await.pushed, 1);
    assert_eq!(
        clinic.version_of(&key),
        Some(1),
        "the same op is no second version"
    );
    assert_eq!(ana.bytes(&key), clinic.bytes_of(&key));
    assert!(ana.store.outbox().expect("it reads").is_empty());
}

#[tokio::test]
async fn parcels_too_large_for_the_server_go_in_halves() {
    let clinic = Clinic::start().await;
    let mut ana = Station::join(&clinic, "ana").await;
    ana.remote = Mishaps::on(ana.remote.clone(), |request| {
        if request.changes.len() > 3 {
            Mishap::Refused(RemoteError::TooLarge)
        } else {
            Mishap::None
        }
    });
    let keys: Vec<_> = (0..20)
        .map(|number| ana.put(&patient(&format!("p{number}"))))
        .collect();
    let summary = ana.sync().await;
    assert_eq!((summary.pushed, summary.waiting), (20, 0), "{summary:?}");
    assert!(keys.iter().all(|key| clinic.version_of(key) == Some(1)));
}

#[tokio::test]
async fn one_refused_change_does_not_keep_the_others_back() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let bad = ana.put(&json!({"resourceType": "Patient", "id": "bad", "birthDate": "yesterday"}));
    let good = ana.put(&patient("good"));
    let summary = ana.sync().await;
    assert_eq!((summary.pushed, summary.rejected), (1, 1), "{summary:?}");
    assert!(clinic.version_of(&good).is_some());
    let entry = ana
        .store
        .outbox()
        .expect("it reads")
        .into_iter()
        .find(|entry| entry.key == bad);
    let reason = entry.expect("it is kept").last_error.expect("it says why");
    assert!(
        reason.contains("birthDate"),
        "the reason names the element: {reason}"
    );
}

#[tokio::test]
async fn a_sign_in_that_ran_out_is_renewed_and_the_new_one_kept() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let tokens = ana
        .store
        .setting(settings::TOKENS)
        .expect("it reads")
        .expect("it is kept");
    let mut worn: serde_json::Value = serde_json::from_str(&tokens).expect("JSON");
    worn["access_token"] = json!("worn.out.token");
    ana.store
        .transact(Op::new(OpKind::Configure, "ana", Station::now()), |tx| {
            tx.set_setting(settings::TOKENS, Some(&worn.to_string()))
        })
        .expect("it is kept");
    ana.put(&patient("p1"));
    assert_eq!(ana.sync().await.pushed, 1);
    let renewed = ana
        .store
        .setting(settings::TOKENS)
        .expect("it reads")
        .expect("it is kept");
    let renewed: serde_json::Value = serde_json::from_str(&renewed).expect("JSON");
    assert_ne!(
        renewed["refresh_token"], worn["refresh_token"],
        "the refresh token was rotated"
    );
}

#[tokio::test]
async fn a_device_that_is_shut_out_is_told_so_and_keeps_its_work() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let device = ana.store.session().device_id.clone();
    clinic
        .hub()
        .database()
        .write(|tx| accounts::revoke_device(tx, &device, "admin", Station::now()))
        .expect("it is revoked");
    ana.put(&patient("p1"));
    let error = ana.try_sync().await.expect_err("it is shut out");
    assert!(
        matches!(error, SyncError::Remote(RemoteError::Revoked)),
        "{error:?}"
    );
    assert_eq!(
        ana.store.outbox().expect("it reads").len(),
        1,
        "the work is kept"
    );
}
