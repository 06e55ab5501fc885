//! The server and a device find out where they disagree: first contact, many deletions at once, charts
//! that differ, clocks that are wrong, a store that is a copy of another.

mod parts;

use std::sync::{Arc, Mutex};

use haven_hub::accounts::Principal;
use haven_hub::exchange;
use haven_model::outline::{DigestRequest, DigestResponse, Outline, OutlineRequest};
use haven_model::wire::{Health, PullRequest, PullResponse, PushChange, PushRequest, PushResponse};
use haven_model::{Operation, Resource, ResourceKey, Role, SyncStatus, VectorClock};
use haven_store::{AuditQuery, Op, OpKind};
use haven_sync::first::FirstPhase;
use haven_sync::pace::{Pace as _, SystemPace};
use haven_sync::remote::Answer;
use haven_sync::{
    Events, Remote, RemoteError, SyncError, SyncOptions, SyncSummary, settings, sync_once,
};
use parts::{Clinic, Mishap, Mishaps, Station, patient};
use serde_json::value::RawValue;
use serde_json::{Value, json};

fn key(text: &str) -> ResourceKey {
    text.parse().expect("a key")
}

/// Writes at the hub, as another device would.
fn at_hub(clinic: &Clinic, bodies: &[Value]) {
    offer(
        clinic,
        bodies.iter().map(|body| {
            let resource = Resource::from_value(body).expect("a resource");
            (resource.key().clone(), Some(body.clone()), None)
        }),
    );
}

fn offer(
    clinic: &Clinic,
    changes: impl Iterator<Item = (ResourceKey, Option<Value>, Option<String>)>,
) {
    let principal = Principal {
        user: "admin".to_owned(),
        display_name: "admin".to_owned(),
        role: Role::Admin,
        device: None,
    };
    let changes: Vec<PushChange> = changes
        .map(|(key, body, base_version)| PushChange {
            id: format!("seed:{}", uuid()),
            operation: match (&body, &base_version) {
                (None, _) => Operation::Delete,
                (Some(_), None) => Operation::Create,
                (Some(_), Some(_)) => Operation::Update,
            },
            collection: key.resource_type,
            record_id: key.id,
            data: body.map(|body| RawValue::from_string(body.to_string()).expect("JSON")),
            vector_clock: VectorClock::new().tick(&uuid()),
            base_version,
            last_modified: None,
            resolves: Vec::new(),
        })
        .collect();
    for changes in changes.chunks(500) {
        let request = PushRequest {
            device_id: "seed".to_owned(),
            changes: changes.to_vec(),
            ..PushRequest::default()
        };
        let answer = exchange::push(clinic.hub().database(), &principal, request, || {
            clinic.hub().now()
        })
        .expect("the hub takes it");
        assert!(answer.rejected.is_empty(), "{:?}", answer.rejected.first());
    }
}

fn uuid() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("seed-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn delete_at_hub(clinic: &Clinic, keys: &[ResourceKey]) {
    offer(
        clinic,
        keys.iter().map(|key| {
            let version = clinic.version_of(key).expect("the hub has it").to_string();
            (key.clone(), None, Some(version))
        }),
    );
}

fn observation(id: &str, patient: &str) -> Value {
    json!({"resourceType": "Observation", "id": id, "status": "final",
        "code": {"text": "Body weight"}, "subject": {"reference": format!("Patient/{patient}")}})
}

fn held(summary: &SyncSummary) -> u64 {
    summary.held_deletions.values().sum()
}

fn live(station: &Station, resource_type: &str) -> u64 {
    let counts = station.store.counts().expect("the store counts");
    let found = counts
        .by_type
        .into_iter()
        .find(|(name, _)| name == resource_type);
    found.map_or(0, |(_, count)| count)
}

/// A remote that watches pulls, and breaks off after so many.
struct Watched {
    inner: Arc<dyn Remote>,
    pulls: Mutex<Vec<PullRequest>>,
    breaks_after: usize,
}

impl Watched {
    fn on(inner: &Arc<dyn Remote>, breaks_after: usize) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::clone(inner),
            pulls: Mutex::default(),
            breaks_after,
        })
    }
}

impl Remote for Watched {
    fn probe(&self) -> Answer<'_, Health> {
        self.inner.probe()
    }

    fn pull(&self, request: PullRequest) -> Answer<'_, PullResponse> {
        let mut pulls = self.pulls.lock().expect("no panic holds it");
        pulls.push(request.clone());
        if pulls.len() > self.breaks_after {
            return Box::pin(async { Err(RemoteError::Unreachable) });
        }
        self.inner.pull(request)
    }

    fn push(&self, request: PushRequest) -> Answer<'_, PushResponse> {
        self.inner.push(request)
    }

    fn outline(&self, request: OutlineRequest) -> Answer<'_, Option<Outline>> {
        self.inner.outline(request)
    }

    fn digest(&self, request: DigestRequest) -> Answer<'_, Option<DigestResponse>> {
        self.inner.digest(request)
    }
}

async fn sync_over(station: &Station, remote: &Arc<Watched>, page: u32) -> Result<(), SyncError> {
    let remote: Arc<dyn Remote> = Arc::clone(remote) as Arc<dyn Remote>;
    let options = SyncOptions {
        page_records: page,
        ..station.options()
    };
    sync_once(&station.store, &remote, &options, &Events::silent())
        .await
        .map(drop)
}

/// Three patients; the second is on today's schedule, the third has ana as general practitioner.
fn a_small_clinic(clinic: &Clinic) {
    let today = SystemPace.now().plus_ms(3_600_000).to_instant();
    let mut of_gp = patient("gp");
    of_gp["generalPractitioner"] = json!([{"reference": "Practitioner/ana"}]);
    let mut bodies = vec![patient("other"), patient("today"), of_gp];
    for who in ["other", "today", "gp"] {
        bodies.extend((0..5).map(|n| observation(&format!("{who}-{n}"), who)));
    }
    bodies.push(
        json!({"resourceType": "Appointment", "id": "a", "status": "booked", "start": today,
        "participant": [{"status": "accepted", "actor": {"reference": "Patient/today"}}]}),
    );
    bodies.push(json!({"resourceType": "Practitioner", "id": "ana",
        "identifier": [{"system": "https://example.org/staff", "value": "ana"}]}));
    at_hub(clinic, &bodies);
}

#[tokio::test(flavor = "multi_thread")]
async fn own_patients_and_todays_schedule_arrive_before_the_rest() {
    let clinic = Clinic::start().await;
    a_small_clinic(&clinic);
    let ana = Station::join(&clinic, "ana").await;
    // The names, then the own patients: then the line breaks.
    let broken = Watched::on(&ana.remote, 2);
    sync_over(&ana, &broken, 1_000)
        .await
        .expect_err("the line breaks");
    let first = settings::first_sync(&ana.store)
        .expect("the store reads")
        .expect("it has begun");
    assert_eq!(first.phase, FirstPhase::Rest);
    let (done, total) = first.sums();
    let total = total.expect("the hub tells");
    assert_eq!(
        (done.count, total.count),
        (14, 20),
        "two patients with five observations each, the appointment, and one name"
    );
    assert!(done.bytes < total.bytes && !first.is_complete());
    for (who, is_here) in [("today", true), ("gp", true), ("other", false)] {
        assert_eq!(
            ana.bytes(&key(&format!("Patient/{who}"))).is_some(),
            is_here,
            "{who}"
        );
        assert_eq!(
            settings::chart_is_complete(&ana.store, who).expect("the store reads"),
            is_here,
            "a chart says whether it is whole: {who}"
        );
    }
    // Usable meanwhile: what is made now is kept, and goes out with the rest.
    let made = ana.put(&observation("made-meanwhile", "today"));
    let summary = ana.sync().await;
    assert_eq!(summary.pushed, 1);
    assert!(clinic.version_of(&made).is_some());
    let first = settings::first_sync(&ana.store)
        .expect("the store reads")
        .expect("it has begun");
    let (done, total) = first.sums();
    assert!(first.is_complete());
    assert_eq!((done.count, Some(done)), (20, total), "{first:?}");
    assert!(settings::chart_is_complete(&ana.store, "other").expect("the store reads"));
}

#[tokio::test(flavor = "multi_thread")]
async fn case_27_a_first_sync_that_is_killed_goes_on_at_its_page_and_never_claims_too_much() {
    let clinic = Clinic::start().await;
    a_small_clinic(&clinic);
    let ana = Station::join(&clinic, "ana").await;
    let mut received = 0;
    let mut last = 0;
    for round in 0..100 {
        let line = Watched::on(&ana.remote, 3);
        let outcome = sync_over(&ana, &line, 2).await;
        received += line.pulls.lock().expect("no panic holds it").len().min(3);
        let first = settings::first_sync(&ana.store)
            .expect("the store reads")
            .expect("it has begun");
        let (done, total) = first.sums();
        let total = total.expect("the hub tells");
        assert!(
            done.count >= last && done.count <= total.count,
            "progress only grows, and never past the total"
        );
        last = done.count;
        let here = live(&ana, "Patient") + live(&ana, "Observation");
        assert!(
            !first.is_complete() || here == 18,
            "round {round}: complete with {here} of 18"
        );
        if outcome.is_ok() && first.is_complete() {
            assert!(
                received <= 40,
                "a page that was kept is not asked for again: {received} pages of two for 20 records"
            );
            return;
        }
    }
    unreachable!("the first sync never ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_at_the_hub_amid_a_first_sync_arrives_too() {
    let clinic = Clinic::start().await;
    a_small_clinic(&clinic);
    let ana = Station::join(&clinic, "ana").await;
    sync_over(&ana, &Watched::on(&ana.remote, 2), 1_000)
        .await
        .expect_err("the line breaks");
    at_hub(&clinic, &[patient("new"), observation("new-0", "new")]);
    delete_at_hub(
        &clinic,
        &[key("Observation/today-0"), key("Observation/other-0")],
    );
    ana.sync().await;
    assert!(ana.bytes(&key("Observation/new-0")).is_some());
    for gone in ["Observation/today-0", "Observation/other-0"] {
        assert_eq!(ana.bytes(&key(gone)), None, "{gone} was deleted meanwhile");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_26_a_mass_deletion_is_held_until_a_person_accepts_it() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let mut bodies = vec![patient("p"), patient("q")];
    bodies.extend((0..120).map(|n| observation(&format!("o{n}"), "p")));
    at_hub(&clinic, &bodies);
    ana.sync().await;
    let keys: Vec<ResourceKey> = (0..120)
        .map(|n| key(&format!("Observation/o{n}")))
        .collect();
    delete_at_hub(&clinic, &keys[..20]);
    assert_eq!(held(&ana.sync().await), 0, "twenty are no disaster");
    assert_eq!(live(&ana, "Observation"), 100);
    delete_at_hub(&clinic, &keys[20..41]);
    delete_at_hub(&clinic, &[key("Patient/q")]);
    let summary = ana.sync().await;
    assert_eq!(
        summary.held_deletions,
        [("Observation".to_owned(), 21)].into(),
        "more than twenty and a tenth"
    );
    assert_eq!(live(&ana, "Observation"), 100, "the data is kept");
    assert_eq!(live(&ana, "Patient"), 1, "other types go on");
    // What comes later is not held up by it.
    at_hub(&clinic, &[observation("later", "p")]);
    delete_at_hub(&clinic, &keys[41..42]);
    let summary = ana.sync().await;
    assert_eq!((held(&summary), live(&ana, "Observation")), (21, 100));
    let options = SyncOptions {
        accept_deletions: true,
        ..ana.options()
    };
    let summary = sync_once(&ana.store, &ana.remote, &options, &Events::silent())
        .await
        .expect("it syncs");
    assert_eq!((held(&summary), live(&ana, "Observation")), (0, 79));
    let noted = ana
        .store
        .audit(&AuditQuery {
            limit: 10_000,
            ..AuditQuery::default()
        })
        .expect("the log reads");
    let count = |act: &str| noted.iter().filter(|entry| entry.action == act).count();
    assert_eq!(
        (count("deletion-held"), count("deletions-accepted")),
        (21, 1),
        "it is in the audit log"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_deletion_gives_way_to_what_comes_after_it() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let bodies: Vec<Value> = (0..30)
        .map(|n| observation(&format!("o{n}"), "p"))
        .collect();
    at_hub(&clinic, &bodies);
    ana.sync().await;
    let keys: Vec<ResourceKey> = (0..30).map(|n| key(&format!("Observation/o{n}"))).collect();
    delete_at_hub(&clinic, &keys);
    assert_eq!(held(&ana.sync().await), 30);
    // One is made again at the server; another is edited here.
    let version = clinic
        .version_of(&keys[0])
        .expect("a tombstone")
        .to_string();
    offer(
        &clinic,
        [(keys[0].clone(), Some(bodies[0].clone()), Some(version))].into_iter(),
    );
    ana.change(&keys[1], |value| value["status"] = json!("amended"));
    let summary = ana.sync().await;
    assert_eq!(
        summary.conflicts, 1,
        "an edit against a deletion goes to a person, as ever"
    );
    let options = SyncOptions {
        accept_deletions: true,
        ..ana.options()
    };
    sync_once(&ana.store, &ana.remote, &options, &Events::silent())
        .await
        .expect("it syncs");
    assert_eq!(
        live(&ana, "Observation"),
        2,
        "the one that was made again and the one that waits for a person stay"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chart_that_differs_is_repaired_record_by_record_and_never_over_an_edit() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let mut bodies = vec![patient("p")];
    bodies.extend((0..10).map(|n| observation(&format!("o{n}"), "p")));
    at_hub(&clinic, &bodies);
    ana.sync().await;
    // The device comes to lack a version: what it has is put back to an earlier one behind its back,
    // as by a defect of an earlier Haven.
    let lost = key("Observation/o3");
    let current = clinic.version_of(&lost).expect("there").to_string();
    let mut amended = observation("o3", "p");
    amended["status"] = json!("amended");
    offer(
        &clinic,
        [(lost.clone(), Some(amended), Some(current))].into_iter(),
    );
    skip_to_the_end(&ana, &clinic).await;
    assert_eq!(ana.value(&lost)["status"], "final", "it was passed over");
    let line = Watched::on(&ana.remote, 1_000);
    let remote: Arc<dyn Remote> = Arc::clone(&line) as Arc<dyn Remote>;
    let compare = SyncOptions {
        compare_all: true,
        ..ana.options()
    };
    let summary = sync_once(&ana.store, &remote, &compare, &Events::silent())
        .await
        .expect("it syncs");
    assert_eq!((summary.compared, summary.repaired), (1, 1), "{summary:?}");
    assert_eq!(ana.value(&lost)["status"], "amended");
    let fetched: Vec<String> = line
        .pulls
        .lock()
        .expect("no panic holds it")
        .iter()
        .flat_map(|pull| pull.records.clone())
        .collect();
    assert_eq!(fetched, ["Observation/o3"], "just what differs");
    let again = sync_once(&ana.store, &remote, &compare, &Events::silent())
        .await
        .expect("it syncs");
    assert_eq!((again.compared, again.repaired), (1, 0), "now they agree");
}

/// Moves the cursor to the hub's end without what lies before it.
async fn skip_to_the_end(station: &Station, clinic: &Clinic) {
    let _clinic = clinic;
    let outline = station
        .remote
        .outline(OutlineRequest {
            device_id: station.store.session().device_id.clone(),
            ..OutlineRequest::default()
        })
        .await
        .expect("the hub answers")
        .expect("it knows the call");
    station
        .store
        .transact(Op::new(OpKind::Configure, "test", SystemPace.now()), |tx| {
            tx.set_setting(settings::CURSOR, Some(&outline.cursor))
        })
        .expect("kept");
}

/// The station's disk, copied to another one.
fn copied(station: &Station) -> tempfile::TempDir {
    station
        .store
        .verify()
        .expect("settles what waits in the log");
    let copy = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(station.dir.path()).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_owned();
        if path.is_file() && name != "sync.lock" && !name.to_string_lossy().ends_with("-shm") {
            match std::fs::copy(&path, copy.path().join(name)) {
                Ok(_) => {}
                // A file that is about to replace another one: it has, by now.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => unreachable!("{error}"),
            }
        }
    }
    copy
}

/// The workstation on that copy of the disk.
fn opened(copy: tempfile::TempDir, original: &Station) -> Station {
    let store =
        haven_store::Store::open_with_keys(copy.path(), &original.store.keys(), SystemPace.now())
            .expect("the copy opens");
    let remote: Arc<dyn Remote> = Arc::new(parts::hub_remote(&store));
    Station {
        dir: copy,
        store,
        user: original.user.clone(),
        remote,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_22_one_edit_each_in_two_copies_is_told_apart_though_the_hub_knows_no_log() {
    let clinic = Clinic::start().await;
    let mut ana = Station::join(&clinic, "ana").await;
    let shared = ana.put(&patient("p"));
    ana.sync().await;
    let second = opened(copied(&ana), &ana);
    ana.change(&shared, |value| {
        value["maritalStatus"] = json!({"text": "married"})
    });
    // The line breaks once the edit is there: the hub never hears how far the first one's log is.
    let plain = Arc::clone(&ana.remote);
    ana.remote = Mishaps::on(Arc::clone(&plain), |request| {
        if request.changes.is_empty() {
            Mishap::Refused(RemoteError::Unreachable)
        } else {
            Mishap::None
        }
    });
    assert_eq!(ana.sync().await.pushed, 1);
    second.change(&shared, |value| value["language"] = json!("es"));
    second.sync().await;
    ana.remote = plain;
    ana.sync().await;
    for station in [&ana, &second] {
        let value = station.value(&shared);
        assert_eq!(
            (&value["maritalStatus"]["text"], &value["language"]),
            (&json!("married"), &json!("es")),
            "both edits are there"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_22_an_edit_made_in_a_copy_of_a_store_is_not_taken_for_the_others() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let shared = ana.put(&patient("p"));
    ana.sync().await;
    let copy = copied(&ana);
    // Both make one edit of the same record: the same count of the same device.
    ana.change(&shared, |value| {
        value["maritalStatus"] = json!({"text": "married"})
    });
    for number in 0..3 {
        ana.put(&patient(&format!("of-the-first-{number}")));
    }
    ana.sync().await;
    let second = opened(copy, &ana);
    second.change(&shared, |value| value["language"] = json!("es"));
    for number in 0..3 {
        second.put(&patient(&format!("of-the-second-{number}")));
    }
    second.sync().await;
    second.sync().await;
    ana.sync().await;
    for station in [&ana, &second] {
        let value = station.value(&shared);
        assert_eq!(
            (&value["maritalStatus"]["text"], &value["language"]),
            (&json!("married"), &json!("es")),
            "both edits are there"
        );
        assert_eq!(live(station, "Patient"), 7, "and everything that was made");
        let outbox = station.store.outbox().expect("the outbox reads");
        assert!(outbox.is_empty(), "nothing was set aside: {outbox:?}");
    }
    let held = second.store.get(&shared).expect("reads").expect("here");
    assert_eq!(held.row.sync_status, SyncStatus::Synced);
}

/// A clock that is minutes off.
struct Skewed(i64);

impl haven_sync::pace::Pace for Skewed {
    fn now(&self) -> haven_model::Timestamp {
        SystemPace.now().plus_ms(self.0)
    }

    fn draw(&self) -> f64 {
        0.5
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn case_16_a_clock_a_day_off_changes_no_order_and_is_shown_and_audited() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let ben = Station::join(&clinic, "ben").await;
    let shared = ana.put(&patient("p"));
    ana.sync().await;
    ben.sync().await;
    let day_ms = 24 * 60 * 60 * 1000;
    for (offset_ms, language) in [(day_ms, "es"), (-day_ms, "fr")] {
        let pace: Arc<dyn haven_sync::pace::Pace> = Arc::new(Skewed(offset_ms));
        let hub = settings::hub_settings(&ana.store)
            .expect("reads")
            .expect("enrolled");
        let tokens = Arc::new(haven_sync::remote::StoreTokens::new(
            ana.store.clone(),
            Arc::new(SystemPace),
        ));
        let remote: Arc<dyn Remote> = Arc::new(
            haven_sync::HubRemote::new(hub, tokens, None, Arc::clone(&pace)).expect("a client"),
        );
        let mut value = ana.value(&shared);
        value["language"] = json!(language);
        let edit = Op::new(OpKind::Edit, "ana", pace.now());
        ana.store
            .transact(edit, |tx| {
                tx.edit(Resource::from_value(&value).expect("a resource"))
            })
            .expect("the edit is kept");
        let options = SyncOptions {
            pace,
            ..ana.options()
        };
        sync_once(&ana.store, &remote, &options, &Events::silent())
            .await
            .expect("sync goes on");
        ben.sync().await;
        assert_eq!(
            ben.value(&shared)["language"],
            language,
            "the later edit stands, whatever the clock says"
        );
        assert_eq!(
            ben.value(&shared)["birthDate"],
            "1962-07-25",
            "clinical dates are untouched"
        );
        let skew_ms = settings::clock_skew_ms(&ana.store)
            .expect("reads")
            .expect("measured");
        assert!(
            (skew_ms - offset_ms).abs() < 60_000,
            "measured {skew_ms} for {offset_ms}"
        );
    }
    let noted = ana.store.audit(&AuditQuery {
        limit: 1_000,
        ..AuditQuery::default()
    });
    let noted = noted.expect("the log reads");
    assert_eq!(
        noted
            .iter()
            .filter(|entry| entry.action == "clock-skew")
            .count(),
        2,
        "once for each time the clock was found wrong"
    );
}
