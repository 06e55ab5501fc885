//! The audit log's head at the hub: what is taken back behind the store's back is noticed at the next
//! contact, and nothing else is.

mod parts;

use std::path::Path;
use std::sync::{Arc, Mutex};

use haven_hub::accounts::{self, Device};
use haven_model::wire::{
    AuditAnchor, Health, PullRequest, PullResponse, PushRequest, PushResponse,
};
use haven_store::{AuditQuery, BackupKey, RestoreRequest, Store, StoreKeys};
use haven_sync::Remote;
use haven_sync::remote::Answer;
use parts::{Clinic, PASSWORD, Station, hub_remote, patient};
use serde_json::json;

/// What the hub keeps of a station's audit log.
fn at_hub(clinic: &Clinic, station: &Station) -> Device {
    let id = &station.store.session().device_id;
    clinic
        .hub()
        .database()
        .read(|tx| accounts::list_devices(tx, None))
        .expect("the hub reads")
        .into_iter()
        .find(|device| device.id == *id)
        .expect("it is enrolled")
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("it reads") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a kind").is_file() {
            match std::fs::copy(entry.path(), to.join(entry.file_name())) {
                Ok(_) => {}
                // A file that is about to replace another one: it has, by now.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => unreachable!("{error}"),
            }
        }
    }
}

/// The station with its whole folder as it was in `copy`; the keychain remembers nothing.
fn put_back(station: Station, keys: &StoreKeys, copy: &Path) -> Station {
    let Station {
        dir,
        store,
        user,
        remote,
    } = station;
    drop((store, remote));
    for entry in std::fs::read_dir(dir.path()).expect("it reads") {
        std::fs::remove_file(entry.expect("an entry").path()).expect("removed");
    }
    copy_folder(copy, dir.path());
    let store = Store::open_with_keys(dir.path(), keys, Station::now())
        .expect("nothing on this machine tells that the folder is an old copy");
    let remote = Arc::new(hub_remote(&store));
    Station {
        dir,
        store,
        user,
        remote,
    }
}

fn problems(station: &Station) -> Vec<String> {
    let report = station.store.verify().expect("verifies");
    report
        .problems
        .into_iter()
        .map(|problem| problem.what)
        .collect()
}

fn noted(store: &Store, action: &str) -> usize {
    let query = AuditQuery {
        limit: 1000,
        ..AuditQuery::default()
    };
    let entries = store.audit(&query).expect("it reads");
    entries
        .iter()
        .filter(|entry| entry.action == action)
        .count()
}

#[tokio::test]
async fn what_is_exchanged_is_anchored_and_each_head_continues_the_last() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let report = ana.store.verify().expect("verifies");
    assert_eq!(report.anchor, None, "nobody has seen the log yet");
    for round in 1..=5_u64 {
        for n in 0..round {
            ana.put(&patient(&format!("p{round}-{n}")));
        }
        let summary = ana.sync().await;
        assert_eq!(summary.audit_problem, None);
        let report = ana.store.verify().expect("verifies");
        assert_eq!(report.problems, Vec::new(), "round {round}");
        let anchor = report.anchor.expect("the hub keeps the head");
        assert_eq!(anchor.since, 0, "the head is handed over last");
        let kept = at_hub(&clinic, &ana).audit_head.expect("kept");
        assert_eq!(
            (kept.size, kept.root, kept.heads),
            (anchor.size, anchor.root, round),
            "the same head on both sides, each proven from the one before"
        );
    }
    let before = at_hub(&clinic, &ana);
    ana.sync().await;
    assert_eq!(
        at_hub(&clinic, &ana).audit_head,
        before.audit_head,
        "with nothing new, nothing is sent"
    );
    ana.put(&patient("later"));
    let mut report = ana.store.verify().expect("verifies");
    let taken_at = haven_model::Timestamp::parse(&report.anchor.as_ref().expect("kept").at);
    report.age_anchor(taken_at.expect("an instant").plus_ms(720_500));
    let anchor = report.anchor.expect("kept");
    assert_eq!((anchor.since, anchor.age_seconds), (1, Some(720)));
    assert_eq!(before.audit_head_conflict, None);
}

#[tokio::test]
async fn a_whole_folder_rolled_back_is_noticed_at_the_next_contact_even_when_worked_on() {
    for edits_after in [0, 12] {
        let clinic = Clinic::start().await;
        let ana = Station::join(&clinic, "ana").await;
        ana.put(&patient("p1"));
        ana.sync().await;
        ana.store.verify().expect("settles what waits in the log");
        let copy = tempfile::tempdir().expect("a folder");
        copy_folder(ana.dir.path(), copy.path());
        for n in 0..4 {
            ana.put(&patient(&format!("lost{n}")));
        }
        ana.sync().await;
        let seen = at_hub(&clinic, &ana).audit_head.expect("kept");

        let keys = ana.store.keys();
        let ana = put_back(ana, &keys, copy.path());
        for n in 0..edits_after {
            ana.put(&patient(&format!("new{n}")));
        }
        assert_eq!(
            problems(&ana),
            Vec::<String>::new(),
            "what is kept here was rolled back too"
        );
        let summary = ana.sync().await;
        assert_eq!(
            summary.pushed, edits_after,
            "clinical work goes on whatever the log is"
        );
        let told = summary.audit_problem.expect("whoever syncs is told");
        assert!(told.contains("rolled back"), "{told}");
        let found = problems(&ana);
        assert!(
            found.iter().any(|what| what.contains("since the hub saw")),
            "{found:?}"
        );
        assert_eq!(
            noted(&ana.store, "rolled-back"),
            1,
            "it is in the audit log"
        );
        let standing = ana.store.audit_standing().expect("reads");
        let rollback = standing.rollback.expect("it is kept");
        assert_eq!((rollback.size, &rollback.root), (seen.size, &seen.root));

        ana.sync().await;
        assert_eq!(noted(&ana.store, "rolled-back"), 1, "once");
        let device = at_hub(&clinic, &ana);
        assert_eq!(
            device.audit_head.expect("kept").size,
            seen.size,
            "what the hub has seen is not given up"
        );
        let conflict = device.audit_head_conflict.expect("the clinic sees it too");
        let kind = if edits_after == 0 {
            "smaller"
        } else {
            "unproven"
        };
        assert_eq!(conflict.kind, kind);
    }
}

#[tokio::test]
async fn a_store_restored_from_a_backup_begins_a_line_of_its_own() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    ana.put(&patient("p1"));
    ana.sync().await;
    let backups = tempfile::tempdir().expect("a folder");
    let file = backups.path().join("ana.haven-backup");
    ana.store.backup(&file, Station::now()).expect("backed up");
    for n in 0..4 {
        ana.put(&patient(&format!("after{n}")));
    }
    ana.sync().await;
    let before = at_hub(&clinic, &ana);

    let place = tempfile::tempdir().expect("a folder");
    let dir = place.path().join("restored");
    let key = BackupKey::Passphrase {
        user: Some("ana".to_owned()),
        passphrase: haven_store::Passphrase::new(PASSWORD.to_owned()),
    };
    let request = RestoreRequest {
        file: &file,
        dir: &dir,
        replacing: None,
    };
    let (store, _) = Store::restore(&request, &key, Station::now()).expect("restored");
    let report = store.verify().expect("verifies");
    assert_eq!(
        (report.anchor, report.problems),
        (None, Vec::new()),
        "the new device was at no hub yet"
    );
    let device_id = store.session().device_id.clone();
    let code = clinic
        .hub()
        .invite("ana", haven_model::Role::Clinician, None)
        .expect("an invitation");
    let answer = haven_sync::enrol(&clinic.url(), &code, &device_id, "New laptop", PASSWORD)
        .await
        .expect("it joins");
    haven_sync::settings::remember_enrolment(
        &store,
        &clinic.url(),
        &answer,
        &haven_sync::pace::SystemPace,
    )
    .expect("kept");
    let remote = Arc::new(hub_remote(&store));
    let restored = Station {
        dir: place,
        store,
        user: "ana".to_owned(),
        remote,
    };
    let options = haven_sync::SyncOptions::new(&dir);
    for _ in 0..2 {
        let summary = haven_sync::sync_once(
            &restored.store,
            &(restored.remote.clone() as Arc<dyn Remote>),
            &options,
            &haven_sync::Events::silent(),
        )
        .await
        .expect("syncs");
        assert_eq!(summary.audit_problem, None, "no false alarm");
    }
    assert_eq!(problems(&restored), Vec::<String>::new());
    let device = at_hub(&clinic, &restored);
    assert_eq!(device.audit_head.expect("kept").heads, 1);
    assert_eq!(device.audit_head_conflict, None);
    assert_eq!(at_hub(&clinic, &ana).audit_head, before.audit_head);
}

/// A remote whose answers about the audit log are bent on their way.
struct Bent {
    inner: Arc<dyn Remote>,
    bend: Box<dyn Fn(Option<AuditAnchor>) -> Option<AuditAnchor> + Send + Sync>,
    bends_pulls: bool,
    heads: Mutex<usize>,
}

impl Remote for Bent {
    fn probe(&self) -> Answer<'_, Health> {
        self.inner.probe()
    }

    fn pull(&self, request: PullRequest) -> Answer<'_, PullResponse> {
        Box::pin(async move {
            let mut answer = self.inner.pull(request).await?;
            if self.bends_pulls {
                answer.audit_anchor = (self.bend)(answer.audit_anchor);
            }
            Ok(answer)
        })
    }

    fn push(&self, request: PushRequest) -> Answer<'_, PushResponse> {
        if request.audit_head.is_some() {
            *self.heads.lock().expect("no panic holds it") += 1;
        }
        Box::pin(async move {
            let mut answer = self.inner.push(request).await?;
            answer.audit_anchor = (self.bend)(answer.audit_anchor);
            Ok(answer)
        })
    }
}

fn bent(
    station: &mut Station,
    bends_pulls: bool,
    bend: impl Fn(Option<AuditAnchor>) -> Option<AuditAnchor> + Send + Sync + 'static,
) -> Arc<Bent> {
    let bent = Arc::new(Bent {
        inner: Arc::new(hub_remote(&station.store)),
        bend: Box::new(bend),
        bends_pulls,
        heads: Mutex::new(0),
    });
    station.remote = bent.clone();
    bent
}

#[tokio::test]
async fn a_hub_that_knows_nothing_of_audit_logs_is_synced_with_as_before() {
    let clinic = Clinic::start().await;
    let mut ana = Station::join(&clinic, "ana").await;
    let old_hub = bent(&mut ana, true, |_| None);
    ana.put(&patient("p1"));
    let summary = ana.sync().await;
    assert_eq!((summary.pushed, summary.audit_problem), (1, None));
    let sent = *old_hub.heads.lock().expect("free");
    ana.sync().await;
    assert_eq!(
        *old_hub.heads.lock().expect("free"),
        sent,
        "an idle look offers nothing"
    );
    assert_eq!(problems(&ana), Vec::<String>::new());
    assert_eq!(ana.store.verify().expect("verifies").anchor, None);
}

#[tokio::test]
async fn an_answer_lost_on_its_way_raises_no_alarm() {
    let clinic = Clinic::start().await;
    let mut ana = Station::join(&clinic, "ana").await;
    ana.put(&patient("p1"));
    ana.sync().await;
    // The hub takes the next heads; the station never hears of it.
    bent(&mut ana, false, |_| None);
    ana.put(&patient("p2"));
    ana.sync().await;
    let kept = at_hub(&clinic, &ana).audit_head.expect("kept");
    let report = ana.store.verify().expect("verifies");
    assert!(
        report.anchor.expect("an earlier one").size < kept.size,
        "the hub is ahead of what is known here"
    );
    ana.remote = Arc::new(hub_remote(&ana.store));
    ana.put(&patient("p3"));
    assert_eq!(ana.sync().await.audit_problem, None);
    let device = at_hub(&clinic, &ana);
    assert_eq!(problems(&ana), Vec::<String>::new());
    let size = ana.store.audit_standing().expect("reads").entries;
    assert_eq!(device.audit_head.expect("kept").size, size);
    assert_eq!(device.audit_head_conflict, None);
}

#[tokio::test]
async fn nonsense_of_a_hostile_hub_is_told_of_and_harms_nothing() {
    let root = |digit: &str| digit.repeat(64);
    let anchor = |size, root: String, at: &str| AuditAnchor {
        size,
        root,
        at: at.to_owned(),
    };
    let now = "2026-11-22T06:00:00Z";
    let answers = [
        anchor(u64::MAX, root("a"), now),
        anchor(1, root("a"), now),
        anchor(0, root("a"), now),
        anchor(3, "not hex".to_owned(), now),
        anchor(3, root("é"), now),
        anchor(3, root("a").repeat(10_000), now),
        anchor(3, root("a"), "yesterday"),
        anchor(3, root("a"), "9999-12-31T23:59:59Z"),
    ];
    let clinic = Clinic::start().await;
    let mut ana = Station::join(&clinic, "ana").await;
    ana.put(&patient("p1"));
    ana.sync().await;
    for (n, answer) in answers.into_iter().enumerate() {
        let said = answer.clone();
        let hostile = bent(&mut ana, true, move |_| Some(said.clone()));
        let key = ana.put(&patient(&format!("h{n}")));
        let summary = ana.sync().await;
        assert_eq!(summary.pushed, 1, "work goes on: {answer:?}");
        assert!(clinic.version_of(&key).is_some());
        assert!(summary.audit_problem.is_some(), "it is told: {answer:?}");
        assert!(*hostile.heads.lock().expect("free") <= 2, "bounded");
    }
    ana.remote = Arc::new(hub_remote(&ana.store));
    ana.put(&json!({"resourceType": "Patient", "id": "last"}));
    let summary = ana.sync().await;
    assert_eq!(
        summary.audit_problem, None,
        "the true hub's memory agrees with the log again"
    );
    assert_eq!(problems(&ana), Vec::<String>::new());
}
