//! The hard cases of sync, each by its number, over a hub on a port of its own. Those that the merge
//! alone decides (1 to 8, 10 and 12) are in `crates/model/tests/merge/`; those of first
//! contact, deletions, copies and clocks (16, 22, 26 and 27) in `agreement.rs` beside this.

mod parts;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use haven_model::wire::{Health, PullRequest, PullResponse, PushRequest, PushResponse};
use haven_model::{ConflictKind, Resource, ResourceKey, SyncStatus};
use haven_store::{ErrorCode, Op, OpKind, OutboxState, Store};
use haven_sync::pace::{Pace as _, SystemPace};
use haven_sync::remote::Answer;
use haven_sync::{Events, Remote, RemoteError, SyncOptions, sync_once};
use parts::{Clinic, Mishap, Mishaps, Station, patient};
use serde_json::{Value, json};

fn observation(id: &str, patient: &str) -> Value {
    json!({"resourceType": "Observation", "id": id, "status": "final",
        "code": {"text": "Body weight"}, "subject": {"reference": format!("Patient/{patient}")}})
}

fn status(station: &Station, key: &ResourceKey) -> SyncStatus {
    let held = station.store.get(key).expect("the store reads");
    held.expect("it is here").row.sync_status
}

fn delete(station: &Station, key: &ResourceKey) {
    let op = Op::new(OpKind::Edit, station.user.clone(), SystemPace.now());
    station
        .store
        .transact(op, |tx| tx.delete(key))
        .expect("the deletion is kept");
}

/// The person takes one side of the only open conflict.
fn resolve(station: &Station, take_local: bool) {
    let conflict = station
        .store
        .conflicts(true)
        .expect("conflicts are readable")
        .into_iter()
        .next()
        .expect("one is open");
    let side = if take_local {
        conflict.local.clone()
    } else {
        conflict.remote.clone()
    };
    let op = Op::new(OpKind::Resolve, station.user.clone(), SystemPace.now());
    station
        .store
        .transact(op, |tx| {
            tx.resolve_conflict(&conflict.id, side, "decided at the desk")
        })
        .expect("the decision is kept");
}

fn open_conflicts(station: &Station) -> usize {
    let conflicts = station.store.conflicts(true);
    conflicts.expect("conflicts are readable").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn case_09_a_patient_made_offline_goes_before_what_was_written_even_if_edited_meanwhile() {
    let clinic = Clinic::start().await;
    let mut ana = Station::join(&clinic, "ana").await;
    let written = ana.put(&observation("o", "p"));
    let made = ana.put(&patient("p"));
    // While the parcel is on its way the patient is edited.
    let (store, edited) = (ana.store.clone(), Arc::new(AtomicBool::new(false)));
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let plain = Arc::clone(&ana.remote);
    ana.remote = Mishaps::on(plain, move |request| {
        let names = request.changes.iter().map(|one| one.collection.clone());
        told.lock().expect("no panic holds it").extend(names);
        if !request.changes.is_empty() && !edited.swap(true, Ordering::SeqCst) {
            let mut value = patient("p");
            value["language"] = json!("es");
            let op = Op::new(OpKind::Edit, "ana", SystemPace.now());
            let resource = Resource::from_value(&value).expect("a resource");
            store
                .transact(op, |tx| tx.edit(resource))
                .expect("the edit is kept");
        }
        Mishap::None
    });
    ana.sync().await;
    let order = seen.lock().expect("no panic holds it").clone();
    assert_eq!(order, ["Patient", "Observation", "Patient"]);
    assert!(clinic.version_of(&written).is_some());
    assert_eq!(clinic.version_of(&made), Some(2), "the edit followed");
    assert_eq!(ana.bytes(&made), clinic.bytes_of(&made));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_10_a_deletion_against_an_edit_keeps_both_until_someone_decides() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let ben = Station::join(&clinic, "ben").await;
    let shared = ana.put(&observation("o", "p"));
    ana.sync().await;
    ben.sync().await;
    delete(&ben, &shared);
    ben.sync().await;
    ana.change(&shared, |value| value["status"] = json!("amended"));
    ana.sync().await;
    let conflict = ana.store.conflicts(true).expect("readable").remove(0);
    assert_eq!(conflict.kind, ConflictKind::UpdateDelete);
    let local = conflict.local.expect("the edit").value();
    assert_eq!(local["status"], "amended", "the edit can be had");
    assert!(conflict.base.is_some(), "and what was deleted");
    resolve(&ana, true);
    ana.sync().await;
    ben.sync().await;
    assert_eq!(ben.value(&shared)["status"], "amended");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_11_what_was_written_for_a_patient_deleted_elsewhere_is_held_and_not_orphaned() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let ben = Station::join(&clinic, "ben").await;
    let who = ana.put(&patient("p"));
    ana.sync().await;
    ben.sync().await;
    delete(&ben, &who);
    ben.sync().await;
    let child = ana.put(&observation("o", "p"));
    let summary = ana.sync().await;
    assert_eq!(summary.conflicts, 1, "a person is asked");
    assert_eq!(
        clinic.version_of(&child),
        None,
        "nothing stands there without its patient"
    );
    assert_eq!(
        status(&ana, &child),
        SyncStatus::Pending,
        "and nothing is dropped"
    );
    assert!(ana.bytes(&who).is_some(), "the patient stays as it was");
    let conflict = ana.store.conflicts(true).expect("readable").remove(0);
    assert_eq!(conflict.kind, ConflictKind::Reference);
    resolve(&ana, true);
    ana.sync().await;
    assert!(
        clinic.bytes_of(&who).is_some(),
        "the patient is there again"
    );
    assert!(clinic.bytes_of(&child).is_some(), "and what was written");
    ben.sync().await;
    assert!(ben.bytes(&child).is_some() && ben.bytes(&who).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn case_12_a_patient_made_twice_under_one_id_is_put_before_a_person() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let ben = Station::join(&clinic, "ben").await;
    let made = ana.put(&patient("p"));
    let mut other = patient("p");
    other["name"][0]["family"] = json!("Somebody");
    ben.put(&other);
    ana.sync().await;
    ben.sync().await;
    let conflict = ben.store.conflicts(true).expect("readable").remove(0);
    assert_eq!(conflict.kind, ConflictKind::CreateCreate);
    assert!(
        conflict.local.is_some() && conflict.remote.is_some(),
        "both are kept"
    );
    assert_eq!(status(&ben, &made), SyncStatus::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn case_13_of_a_parcel_taken_in_part_each_change_has_its_own_outcome() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let good = ana.put(&patient("good"));
    let bad = ana.put(&json!({"resourceType": "Patient", "id": "bad", "birthDate": "not a date"}));
    let last = ana.put(&patient("last"));
    let summary = ana.sync().await;
    assert_eq!((summary.pushed, summary.rejected), (2, 1));
    assert_eq!(status(&ana, &bad), SyncStatus::Rejected);
    for key in [&good, &last] {
        assert_eq!(status(&ana, key), SyncStatus::Synced);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_14_a_crash_before_the_answer_was_kept_writes_nothing_twice() {
    let clinic = Clinic::start().await;
    let mut ana = Station::join(&clinic, "ana").await;
    let plain = Arc::clone(&ana.remote);
    ana.remote = Mishaps::on(Arc::clone(&plain), |request| {
        if request.changes.is_empty() {
            Mishap::None
        } else {
            Mishap::ReplyLost
        }
    });
    let made = ana.put(&patient("p"));
    ana.try_sync().await.expect_err("the answer is lost");
    let sent = ana.store.in_flight().expect("readable").remove(0).op_id;
    let store = Store::open_with_keys(ana.dir.path(), &ana.store.keys(), SystemPace.now());
    drop(store.expect("another process opens it"));
    assert_eq!(
        ana.store.in_flight().expect("readable")[0].op_id,
        sent,
        "the same op id stands for the same content"
    );
    ana.remote = plain;
    let summary = ana.sync().await;
    assert_eq!(summary.pushed, 1, "it is told as sent");
    assert_eq!(clinic.version_of(&made), Some(1));
    assert!(ana.store.outbox().expect("readable").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn case_17_a_hub_put_back_and_written_to_before_anyone_asked_is_found_out_all_the_same() {
    let mut clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let ben = Station::join(&clinic, "ben").await;
    ana.put(&patient("before"));
    ana.sync().await;
    ben.sync().await;
    clinic.stop().await;
    let copy = clinic.dir.path().join("last-week.db");
    std::fs::copy(clinic.database(), &copy).expect("a copy");
    clinic.start_again().await;
    let lost: Vec<ResourceKey> = (0..3)
        .map(|n| ana.put(&patient(&format!("lost{n}"))))
        .collect();
    ana.sync().await;
    clinic.stop().await;
    for name in ["hub.db-wal", "hub.db-shm"] {
        // What is not there need not go.
        let _absent = std::fs::remove_file(clinic.dir.path().join(name));
    }
    std::fs::copy(&copy, clinic.database()).expect("put back");
    clinic.start_again().await;
    // Ben's place lies before what was lost: it tells the hub nothing. What he writes fills it up again,
    // and more.
    for number in 0..5 {
        ben.put(&patient(&format!("of-ben-{number}")));
    }
    ben.sync().await;
    let summary = ana.sync().await;
    assert_eq!(
        summary.reoffered, 3,
        "the laptop has what the hub lost: {summary:?}"
    );
    for key in &lost {
        assert!(clinic.bytes_of(key).is_some(), "{key} is there again");
    }
    ben.sync().await;
    for station in [&ana, &ben] {
        let patients = station.store.counts().expect("counts").patients;
        assert_eq!(patients, 9, "one before, three lost, five of ben");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_17_an_edit_on_what_the_hub_lost_takes_nothing_away_from_it() {
    let mut clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let ben = Station::join(&clinic, "ben").await;
    let shared = ana.put(&patient("p"));
    ana.sync().await;
    ben.sync().await;
    clinic.stop().await;
    let copy = clinic.dir.path().join("last-week.db");
    std::fs::copy(clinic.database(), &copy).expect("a copy");
    clinic.start_again().await;
    let add = |value: &mut Value, address: &str| {
        let contacts = value["telecom"].as_array_mut().expect("contacts");
        contacts.push(json!({"system": "email", "value": address}));
    };
    // The hub takes ana's first edit and loses it; her second is made on top of it.
    ana.change(&shared, |value| add(value, "first@example.org"));
    ana.sync().await;
    clinic.stop().await;
    for name in ["hub.db-wal", "hub.db-shm"] {
        // What is not there need not go.
        let _absent = std::fs::remove_file(clinic.dir.path().join(name));
    }
    std::fs::copy(&copy, clinic.database()).expect("put back");
    clinic.start_again().await;
    ben.change(&shared, |value| add(value, "ben@example.org"));
    ben.sync().await;
    ana.change(&shared, |value| value["language"] = json!("es"));
    ana.sync().await;
    if open_conflicts(&ana) > 0 {
        let conflict = ana.store.conflicts(true).expect("readable").remove(0);
        let local = conflict.local.expect("ana's side").value().to_string();
        assert!(local.contains("first@") && local.contains("es"), "{local}");
        return;
    }
    ben.sync().await;
    for station in [&ana, &ben] {
        let value = station.value(&shared).to_string();
        for kept in ["first@", "ben@", "\"es\""] {
            assert!(value.contains(kept), "{kept} is gone: {value}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_18_records_of_one_instant_all_arrive_whatever_the_page() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let ben = Station::join(&clinic, "ben").await;
    ben.sync().await;
    for number in 0..25 {
        ana.put(&patient(&format!("p{number}")));
    }
    // One parcel is one commit: its versions have one time.
    ana.sync().await;
    let options = SyncOptions {
        page_records: 1,
        ..ben.options()
    };
    let summary = sync_once(&ben.store, &ben.remote, &options, &Events::silent())
        .await
        .expect("it syncs");
    assert_eq!(summary.pulled, 25);
    assert_eq!(ben.sync().await.pulled, 0, "and none of them twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_19_a_poison_record_is_set_aside_with_what_depends_on_it_and_the_rest_goes_on() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let poison =
        ana.put(&json!({"resourceType": "Patient", "id": "bad", "birthDate": "not a date"}));
    let other = ana.put(&patient("good"));
    ana.sync().await;
    let dependent = ana.put(&observation("of-bad", "bad"));
    let free = ana.put(&observation("of-good", "good"));
    ana.sync().await;
    let entry = ana
        .store
        .outbox_of(&poison)
        .expect("readable")
        .expect("it waits");
    assert_eq!(entry.state, OutboxState::Rejected);
    assert!(
        entry.last_error.is_some_and(|words| !words.is_empty()),
        "with the reason"
    );
    assert_eq!(
        clinic.version_of(&dependent),
        None,
        "it waits for its patient"
    );
    for key in [&other, &free] {
        assert!(clinic.version_of(key).is_some(), "{key} proceeds");
    }
    ana.change(&poison, |value| value["birthDate"] = json!("1962-07-25"));
    ana.sync().await;
    for key in [&poison, &dependent] {
        assert!(
            clinic.version_of(key).is_some(),
            "once put right, {key} goes too"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_20_decisions_that_differ_make_one_new_conflict_and_equal_ones_none() {
    for same in [true, false] {
        let clinic = Clinic::start().await;
        let cara = Station::join(&clinic, "cara").await;
        let (ana, ben) = (
            Station::join(&clinic, "ana").await,
            Station::join(&clinic, "ben").await,
        );
        let shared = cara.put(&patient("p"));
        for station in [&cara, &ana, &ben] {
            station.sync().await;
        }
        for (station, date) in [
            (&cara, "1960-01-01"),
            (&ana, "1970-01-01"),
            (&ben, "1980-01-01"),
        ] {
            station.change(&shared, |value| value["birthDate"] = json!(date));
            station.sync().await;
        }
        assert_eq!((open_conflicts(&ana), open_conflicts(&ben)), (1, 1));
        // Both decide at the same time: both for what cara wrote, or each for their own.
        resolve(&ana, !same);
        resolve(&ben, !same);
        ana.sync().await;
        ben.sync().await;
        let expected = usize::from(!same);
        assert_eq!(
            open_conflicts(&ben),
            expected,
            "equal decisions are one decision, different ones are one question"
        );
        if !same {
            resolve(&ben, true);
        }
        for station in [&ben, &ana, &cara, &ben] {
            station.sync().await;
        }
        for station in [&cara, &ana, &ben] {
            let date = if same { "1960-01-01" } else { "1980-01-01" };
            assert_eq!(station.value(&shared)["birthDate"], date);
            assert_eq!(open_conflicts(station), 0, "and nothing goes round");
            assert!(station.store.outbox().expect("readable").is_empty());
        }
    }
}

/// A process that ended in the middle of a transaction.
#[derive(Debug)]
struct Died;

impl From<haven_store::StoreError> for Died {
    fn from(_: haven_store::StoreError) -> Self {
        Self
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_21_a_crash_amid_a_decision_leaves_the_edit_and_the_question() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let ben = Station::join(&clinic, "ben").await;
    let shared = ana.put(&patient("p"));
    ana.sync().await;
    ben.sync().await;
    ana.change(&shared, |value| value["birthDate"] = json!("1970-01-01"));
    ben.change(&shared, |value| value["birthDate"] = json!("1980-01-01"));
    ana.sync().await;
    ben.sync().await;
    let conflict = ben.store.conflicts(true).expect("readable").remove(0);
    let op = Op::new(OpKind::Resolve, "ben", SystemPace.now());
    let died = ben.store.transact(op, |tx| -> Result<(), Died> {
        tx.resolve_conflict(&conflict.id, conflict.local.clone(), "half way")?;
        // The process ends before the commit.
        Err(Died)
    });
    died.expect_err("nothing was committed");
    assert_eq!(open_conflicts(&ben), 1, "the question is still there");
    assert_eq!(
        ben.value(&shared)["birthDate"],
        "1980-01-01",
        "and the edit"
    );
    assert_eq!(status(&ben, &shared), SyncStatus::Conflict);
    resolve(&ben, true);
    ben.sync().await;
    ana.sync().await;
    assert_eq!(ana.value(&shared)["birthDate"], "1980-01-01");
}

/// A remote that says once that it has forgotten the cursor.
struct Forgetful {
    inner: Arc<dyn Remote>,
    forgets: AtomicBool,
}

impl Remote for Forgetful {
    fn probe(&self) -> Answer<'_, Health> {
        self.inner.probe()
    }

    fn pull(&self, request: PullRequest) -> Answer<'_, PullResponse> {
        if request.cursor.is_some() && self.forgets.swap(false, Ordering::SeqCst) {
            return Box::pin(async { Err(RemoteError::CursorExpired) });
        }
        self.inner.pull(request)
    }

    fn push(&self, request: PushRequest) -> Answer<'_, PushResponse> {
        self.inner.push(request)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_25_back_after_the_cursor_expired_what_was_deleted_stays_so_and_edits_are_offered() {
    let clinic = Clinic::start().await;
    let mut ana = Station::join(&clinic, "ana").await;
    let ben = Station::join(&clinic, "ben").await;
    let (gone, kept) = (ana.put(&patient("gone")), ana.put(&patient("kept")));
    ana.sync().await;
    ben.sync().await;
    delete(&ben, &gone);
    ben.sync().await;
    ana.change(&kept, |value| value["language"] = json!("es"));
    ana.remote = Arc::new(Forgetful {
        inner: Arc::clone(&ana.remote),
        forgets: AtomicBool::new(true),
    });
    let summary = ana.sync().await;
    assert_eq!((summary.pushed, summary.reoffered), (1, 0), "{summary:?}");
    assert_eq!(clinic.bytes_of(&gone), None, "it does not rise again");
    assert_eq!(ana.bytes(&gone), None);
    ben.sync().await;
    assert_eq!(ben.value(&kept)["language"], "es");
}

#[tokio::test(flavor = "multi_thread")]
async fn case_24_a_device_shut_out_keeps_its_work_and_sends_it_when_let_in_again() {
    let clinic = Clinic::start().await;
    let mut ana = Station::join(&clinic, "ana").await;
    let waits = ana.put(&patient("waits"));
    let plain = Arc::clone(&ana.remote);
    for refusal in [RemoteError::Forbidden, RemoteError::Revoked] {
        let told = refusal.clone();
        ana.remote = Mishaps::on(Arc::clone(&plain), move |_| Mishap::Refused(told.clone()));
        ana.try_sync().await.expect_err("it is shut out");
        let entry = ana
            .store
            .outbox_of(&waits)
            .expect("readable")
            .expect("it waits");
        assert_eq!(
            (entry.attempts, entry.state == OutboxState::Rejected),
            (0, false),
            "being shut out is no fault of the change: {refusal}"
        );
    }
    ana.remote = plain;
    assert_eq!(ana.sync().await.pushed, 1, "let in again, it goes");
    assert!(clinic.version_of(&waits).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn case_29_wrong_key_or_wrong_hub_stops_before_anything_is_sent() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let ben = Station::join(&clinic, "ben").await;
    let refused = Store::open_with_keys(ana.dir.path(), &ben.store.keys(), SystemPace.now());
    let error = refused.expect_err("another store's keys open nothing");
    assert_eq!(error.code(), ErrorCode::Precondition);
    // Another clinic's hub at the address that ana knows.
    let other = Clinic::start().await;
    let made = ana.put(&patient("p"));
    let op = Op::new(OpKind::Configure, "test", SystemPace.now());
    ana.store
        .transact(op, |tx| {
            tx.set_setting(haven_sync::settings::HUB_URL, Some(&other.url()))
        })
        .expect("kept");
    let remote: Arc<dyn Remote> = Arc::new(parts::hub_remote(&ana.store));
    let outcome = sync_once(&ana.store, &remote, &ana.options(), &Events::silent()).await;
    let error = outcome.expect_err("it is another hub");
    assert_eq!(error.code(), "wrong_server");
    assert_eq!(other.version_of(&made), None, "nothing was sent");
    assert_eq!(status(&ana, &made), SyncStatus::Pending, "and nothing lost");
}
