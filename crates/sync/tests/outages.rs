//! Servers that are away, are not what they seem, or come back with less than they had.

mod parts;

use std::sync::Arc;

use axum::Router;
use axum::response::Html;
use haven_hub::Hub;
use haven_store::OutboxState;
use haven_sync::{Connection, RemoteError, SyncError, SyncEvent, SyncWorker, WorkerOptions};
use parts::{Clinic, PASSWORD, Station, hub_remote, patient};
use serde_json::json;
use tokio::sync::broadcast::Receiver;

fn waits(station: &Station) -> usize {
    let outbox = station.store.outbox().expect("it reads");
    outbox
        .iter()
        .filter(|entry| entry.state == OutboxState::Pending)
        .count()
}

#[tokio::test]
async fn a_hub_that_is_away_costs_nothing() {
    let mut clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    clinic.stop().await;
    let key = ana.put(&patient("p1"));
    let error = ana.try_sync().await.expect_err("nobody is there");
    assert!(
        matches!(error, SyncError::Remote(RemoteError::Unreachable)),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("kept on this device"),
        "it says what is safe: {error}"
    );
    assert_eq!(waits(&ana), 1);
    clinic.start_again().await;
    assert_eq!(ana.sync().await.pushed, 1);
    assert_eq!(ana.bytes(&key), clinic.bytes_of(&key));
}

#[tokio::test]
async fn a_sign_in_page_is_not_taken_for_the_hub() {
    let mut clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    clinic.stop().await;
    let page = Router::new().fallback(|| async { Html("<html>Welcome to Airport WiFi</html>") });
    let listener = tokio::net::TcpListener::bind(clinic.address)
        .await
        .expect("the port is free");
    let portal = tokio::spawn(async move { axum::serve(listener, page).await });
    ana.put(&patient("p1"));
    let error = ana.try_sync().await.expect_err("a page is no hub");
    assert!(
        matches!(error, SyncError::Remote(RemoteError::NotAHub(_))),
        "{error:?}"
    );
    assert_eq!(waits(&ana), 1, "nothing was sent, nothing lost");
    portal.abort();
    assert!(portal.await.is_err(), "the portal is gone");
    clinic.start_again().await;
    assert_eq!(ana.sync().await.pushed, 1);
}

#[tokio::test]
async fn another_hub_at_the_same_address_gets_nothing() {
    let mut clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    clinic.stop().await;
    let other = Hub::create(
        &clinic.dir.path().join("other.db"),
        "admin",
        PASSWORD,
        "Another clinic",
        Station::now(),
    )
    .expect("another hub");
    clinic.serve(other.clone()).await;
    let key = ana.put(&patient("p1"));
    let error = ana.try_sync().await.expect_err("it is another hub");
    assert!(
        matches!(error, SyncError::Remote(RemoteError::WrongServer)),
        "{error:?}"
    );
    let there = other
        .database()
        .read(|tx| haven_hub::records::current(tx, &key))
        .expect("it reads");
    assert!(there.is_none(), "no chart reaches a stranger");
    assert_eq!(waits(&ana), 1);
}

#[tokio::test]
async fn a_hub_restored_from_last_weeks_backup_gets_back_what_it_lost() {
    let mut clinic = Clinic::start().await;
    let (ana, ben) = (
        Station::join(&clinic, "ana").await,
        Station::join(&clinic, "ben").await,
    );
    let old = ana.put(&patient("old"));
    ana.sync().await;
    ben.sync().await;
    clinic.stop().await;
    let backup = clinic.dir.path().join("backup.db");
    std::fs::copy(clinic.database(), &backup).expect("a backup");
    clinic.start_again().await;

    ana.change(&old, |patient| patient["birthDate"] = json!("1962-07-26"));
    let new = ana.put(&patient("new"));
    ana.sync().await;
    ben.sync().await;
    clinic.stop().await;
    for end in ["", "-wal", "-shm"] {
        let mut path = clinic.database().into_os_string();
        path.push(end);
        if std::path::Path::new(&path).exists() {
            std::fs::remove_file(&path).expect("the disk is lost");
        }
    }
    std::fs::copy(&backup, clinic.database()).expect("the backup is restored");
    clinic.start_again().await;
    assert_eq!(clinic.version_of(&new), None, "the hub has lost it");

    let waiting = ben.put(&patient("written-meanwhile"));
    ben.sync().await;
    ana.sync().await;
    ben.sync().await;
    ana.sync().await;
    for key in [&old, &new, &waiting] {
        assert!(clinic.bytes_of(key).is_some(), "{key} is at the hub again");
        assert_eq!(
            ana.bytes(key),
            clinic.bytes_of(key),
            "{key} is the same at ana's"
        );
        assert_eq!(
            ben.bytes(key),
            clinic.bytes_of(key),
            "{key} is the same at ben's"
        );
    }
    assert_eq!(
        ana.value(&old)["birthDate"],
        "1962-07-26",
        "the edit the backup lacked is back"
    );
}

async fn until(events: &mut Receiver<SyncEvent>, wanted: impl Fn(&SyncEvent) -> bool) -> SyncEvent {
    let found = async {
        loop {
            let event = events.recv().await.expect("the worker runs");
            if wanted(&event) {
                return event;
            }
        }
    };
    let limit = std::time::Duration::from_secs(60);
    tokio::time::timeout(limit, found)
        .await
        .expect("the event comes")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_worker_sends_what_is_saved_and_notices_that_the_hub_is_back() {
    let mut clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let remote = Arc::new(hub_remote(&ana.store));
    let options = WorkerOptions {
        debounce_ms: 20,
        ..WorkerOptions::new(ana.options())
    };
    let worker = SyncWorker::start(ana.store.clone(), remote, options).expect("a thread");
    let mut events = worker.subscribe();
    worker.sync_now();
    until(&mut events, |event| matches!(event, SyncEvent::Finished(_))).await;
    assert!(matches!(
        worker.connection(),
        Some(Connection::Connected { .. })
    ));

    let key = ana.put(&patient("p1"));
    until(
        &mut events,
        |event| matches!(event, SyncEvent::Finished(summary) if summary.pushed == 1),
    )
    .await;
    assert_eq!(
        clinic.version_of(&key),
        Some(1),
        "a save is sent with nobody asking"
    );

    clinic.stop().await;
    worker.sync_now();
    let failed = until(&mut events, |event| {
        matches!(event, SyncEvent::Failed { .. })
    })
    .await;
    assert!(
        matches!(&failed, SyncEvent::Failed { code, retry_in_ms: Some(_), .. } if code == "unreachable"),
        "it says that it tries again: {failed:?}"
    );
    assert_eq!(worker.connection(), Some(Connection::Offline));
    ana.change(&key, |patient| patient["birthDate"] = json!("1962-07-26"));
    clinic.start_again().await;
    until(
        &mut events,
        |event| matches!(event, SyncEvent::Finished(summary) if summary.pushed == 1),
    )
    .await;
    assert_eq!(
        ana.bytes(&key),
        clinic.bytes_of(&key),
        "the hub's return is noticed by itself"
    );
    worker.stop();
}
