//! The configuration of how records travel is obeyed: direction, who wins, order, size, patience.

mod parts;

use std::sync::{Arc, Mutex};

use haven_model::strategy::Strategies;
use haven_model::{ResourceKey, Role, SyncStatus};
use haven_store::OutboxState;
use haven_sync::pace::{Pace as _, SystemPace};
use haven_sync::{Events, RemoteError, SyncEvent, SyncWorker, WorkerOptions, sync_once};
use parts::{Clinic, Mishap, Mishaps, Station, patient};
use serde_json::{Value, json};

fn configure(station: &Station, sync: &Value) {
    let text = json!({"offline": {"sync": sync}}).to_string();
    let strategies = Strategies::read(&text).expect("a configuration");
    station
        .store
        .set_strategies(&strategies, SystemPace.now())
        .expect("an admin may");
}

fn task(id: &str, words: &str) -> Value {
    json!({"resourceType": "Task", "id": id, "status": "requested", "intent": "order",
        "description": words})
}

fn appointment(id: &str, words: &str) -> Value {
    json!({"resourceType": "Appointment", "id": id, "status": "booked", "description": words,
        "participant": [{"status": "accepted", "actor": {"reference": "Patient/p"}}]})
}

fn status(station: &Station, key: &ResourceKey) -> SyncStatus {
    let held = station.store.get(key).expect("the store reads");
    held.expect("it is here").row.sync_status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_goes_only_the_way_it_is_configured_and_nothing_is_lost_by_it() {
    let clinic = Clinic::start().await;
    let ana = Station::join_as(&clinic, "ana", Role::Admin).await;
    let ben = Station::join_as(&clinic, "ben", Role::Admin).await;
    configure(
        &ana,
        &json!({"resourceStrategies": {"Task": {"direction": "pull_only"},
            "Patient": {"direction": "push_only"}}}),
    );
    let waits = ana.put(&task("of-ana", "call back"));
    ana.put(&patient("of-ana"));
    ben.put(&task("of-ben", "call again"));
    let of_ben = ben.put(&patient("of-ben"));
    ben.sync().await;
    ana.sync().await;
    assert_eq!(
        clinic.version_of(&waits),
        None,
        "an edit of a type that is only received stays here"
    );
    assert_eq!(status(&ana, &waits), SyncStatus::Pending, "and waits");
    assert!(
        ana.bytes(&"Task/of-ben".parse().expect("a key")).is_some(),
        "what others make of that type arrives"
    );
    assert_eq!(
        ana.bytes(&of_ben),
        None,
        "of a type that is only sent nothing arrives"
    );
    assert!(
        clinic
            .version_of(&"Patient/of-ana".parse().expect("a key"))
            .is_some(),
        "and what is made here is sent"
    );
    configure(&ana, &json!({}));
    ana.sync().await;
    assert!(
        clinic.version_of(&waits).is_some(),
        "once both ways again, what waited is sent"
    );
    assert!(
        ana.bytes(&of_ben).is_some(),
        "and what was passed over is read after all"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_side_wins_only_for_an_administrative_type_and_never_a_guarded_element() {
    let clinic = Clinic::start().await;
    let ana = Station::join_as(&clinic, "ana", Role::Admin).await;
    let ben = Station::join_as(&clinic, "ben", Role::Admin).await;
    configure(
        &ana,
        &json!({"resourceStrategies": {"Appointment": {"conflictResolution": "server_wins"}}}),
    );
    let described = ana.put(&appointment("described", "first"));
    let moved = ana.put(&appointment("moved", "first"));
    ana.sync().await;
    ben.sync().await;
    for (station, words, state) in [(&ana, "by ana", "arrived"), (&ben, "by ben", "noshow")] {
        station.change(&described, |value| value["description"] = json!(words));
        station.change(&moved, |value| value["status"] = json!(state));
    }
    ben.sync().await;
    let summary = ana.sync().await;
    assert_eq!(
        ana.value(&described)["description"],
        "by ben",
        "the server's value stands"
    );
    assert_eq!(
        summary.conflicts, 1,
        "the state of an appointment is guarded: a person decides it all the same"
    );
    assert_eq!(status(&ana, &moved), SyncStatus::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_manual_a_person_decides_what_a_machine_could_have_merged() {
    let clinic = Clinic::start().await;
    let ana = Station::join_as(&clinic, "ana", Role::Admin).await;
    let ben = Station::join_as(&clinic, "ben", Role::Admin).await;
    configure(&ana, &json!({"conflictResolution": "manual"}));
    let key = ana.put(&patient("p"));
    ana.sync().await;
    ben.sync().await;
    ana.change(&key, |value| {
        value["maritalStatus"] = json!({"text": "married"})
    });
    ben.change(&key, |value| value["language"] = json!("es"));
    ben.sync().await;
    let summary = ana.sync().await;
    assert_eq!(
        (summary.merged, summary.conflicts),
        (0, 1),
        "two different fields wait for a person"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn order_and_size_of_parcels_are_those_configured() {
    let clinic = Clinic::start().await;
    let ana = Station::join_as(&clinic, "ana", Role::Admin).await;
    configure(
        &ana,
        &json!({"resourceStrategies": {"Task": {"priority": 1, "batchSize": 2},
            "Communication": {"priority": "low"}}}),
    );
    for number in 0..3 {
        ana.put(
            &json!({"resourceType": "Communication", "id": format!("c{number}"),
            "status": "completed"}),
        );
        ana.put(&task(&format!("t{number}"), "call"));
    }
    let parcels: Arc<Mutex<Vec<Vec<String>>>> = Arc::default();
    let seen = Arc::clone(&parcels);
    let remote = Mishaps::on(Arc::clone(&ana.remote), move |request| {
        if !request.changes.is_empty() {
            let types = request.changes.iter().map(|one| one.collection.clone());
            seen.lock()
                .expect("no panic holds it")
                .push(types.collect());
        }
        Mishap::None
    });
    sync_once(&ana.store, &remote, &ana.options(), &Events::silent())
        .await
        .expect("it syncs");
    let parcels = parcels.lock().expect("no panic holds it").clone();
    assert_eq!(
        parcels,
        [
            vec!["Task", "Task"],
            vec!["Task", "Communication", "Communication", "Communication"]
        ],
        "urgent types go first, and no more of a type in a parcel than it allows"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_set_aside_after_as_many_failures_as_its_type_allows() {
    let clinic = Clinic::start().await;
    let ana = Station::join_as(&clinic, "ana", Role::Admin).await;
    configure(
        &ana,
        &json!({"resourceStrategies": {"Task": {"retryPolicy": {"maxAttempts": 2}}}}),
    );
    let poison = ana.put(&task("poison", "fails"));
    let fine = ana.put(&appointment("fine", "visit"));
    let remote = Mishaps::on(Arc::clone(&ana.remote), |request| {
        if request.changes.iter().any(|one| one.record_id == "poison") {
            Mishap::Refused(RemoteError::Server {
                status: 500,
                retry_after_ms: None,
            })
        } else {
            Mishap::None
        }
    });
    let state = || {
        let outbox = ana.store.outbox().expect("the outbox reads");
        outbox
            .into_iter()
            .find(|entry| entry.key == poison)
            .map(|entry| entry.state)
    };
    for wanted in [OutboxState::Pending, OutboxState::Rejected] {
        sync_once(&ana.store, &remote, &ana.options(), &Events::silent())
            .await
            .expect("the rest syncs");
        assert_eq!(state(), Some(wanted), "two failures, then a person");
    }
    assert!(
        clinic.version_of(&fine).is_some(),
        "the other change went on its way"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_auto_sync_the_worker_waits_to_be_asked() {
    let clinic = Clinic::start().await;
    let ana = Station::join_as(&clinic, "ana", Role::Admin).await;
    configure(&ana, &json!({"autoSync": false}));
    let worker = SyncWorker::start(
        ana.store.clone(),
        Arc::clone(&ana.remote),
        WorkerOptions {
            debounce_ms: 1,
            idle_poll_ms: 1,
            ..WorkerOptions::new(ana.options())
        },
    )
    .expect("a worker");
    let mut events = worker.subscribe();
    let key = ana.put(&task("t", "call"));
    assert_eq!(
        status(&ana, &key),
        SyncStatus::Pending,
        "a save alone starts nothing"
    );
    worker.sync_now();
    loop {
        if let SyncEvent::Finished(summary) = events.recv().await.expect("the worker lives") {
            assert_eq!(summary.pushed, 1, "what waited goes when someone asks");
            break;
        }
    }
    worker.stop();
}

/// A network that says what it is told to.
struct Told(haven_sync::network::Metered);

impl haven_sync::network::Network for Told {
    fn metered(&self) -> haven_sync::network::Metered {
        self.0
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_metered_network_only_what_is_asked_for_is_exchanged() {
    let clinic = Clinic::start().await;
    let ana = Station::join_as(&clinic, "ana", Role::Admin).await;
    configure(&ana, &json!({"syncOnWifiOnly": true}));
    ana.put(&task("t", "call"));
    let start = |metered| {
        SyncWorker::start(
            ana.store.clone(),
            Arc::clone(&ana.remote),
            WorkerOptions {
                network: Arc::new(Told(metered)),
                ..WorkerOptions::new(ana.options())
            },
        )
        .expect("a worker")
    };
    let worker = start(haven_sync::network::Metered::Yes);
    let mut events = worker.subscribe();
    worker.sync_now();
    let summary = loop {
        match events.recv().await.expect("the worker lives") {
            SyncEvent::Finished(summary) => break summary,
            SyncEvent::Metered
            | SyncEvent::Connection(_)
            | SyncEvent::Started { .. }
            | SyncEvent::Progress { .. }
            | SyncEvent::Failed { .. }
            | SyncEvent::Paused => {}
        }
    };
    assert_eq!(summary.pushed, 1, "a person asked");
    worker.stop();
    ana.put(&task("later", "call"));
    let worker = start(haven_sync::network::Metered::Unknown);
    let mut events = worker.subscribe();
    loop {
        match events.recv().await.expect("the worker lives") {
            SyncEvent::Finished(summary) => {
                assert_eq!(summary.pushed, 1, "unknown is treated as not metered");
                break;
            }
            SyncEvent::Metered => unreachable!("nobody said that it is metered"),
            SyncEvent::Connection(_)
            | SyncEvent::Started { .. }
            | SyncEvent::Progress { .. }
            | SyncEvent::Failed { .. }
            | SyncEvent::Paused => {}
        }
    }
    worker.stop();
}
