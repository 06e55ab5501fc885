//! How fast a new workstation fills from a hub on loopback. `HAVEN_FIRST_SYNC` sets how many
//! resources the hub holds.

#![allow(clippy::print_stderr, reason = "the figure is what this is for")]

mod parts;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use haven_hub::accounts::Principal;
use haven_hub::exchange;
use haven_model::wire::{Health, PullRequest, PullResponse, PushChange, PushRequest, PushResponse};
use haven_model::{Operation, Resource, Role, VectorClock};
use haven_sync::remote::Answer;
use haven_sync::{Events, Remote, SyncSummary, sync_once};
use parts::{Clinic, Station, patient};
use serde_json::json;
use serde_json::value::RawValue;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_station_receives_everything_and_says_how_fast() {
    let count = std::env::var("HAVEN_FIRST_SYNC")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(600_usize);
    let clinic = Clinic::start().await;
    fill(&clinic, count);
    let ana = Station::join(&clinic, "ana").await;
    let summary = ana.sync().await;
    assert_eq!(
        usize::try_from(summary.pulled).ok(),
        Some(count),
        "{summary:?}"
    );
    let per_second = summary.pulled.saturating_mul(1_000) / summary.took_ms.max(1);
    eprintln!(
        "first sync: {} resources, {} KiB, {} ms, {per_second} resources/s",
        summary.pulled,
        summary.bytes_received / 1024,
        summary.took_ms
    );
    let again = ana.sync().await;
    assert_eq!(
        (again.pulled, again.pushed),
        (0, 0),
        "what is here is not received again"
    );
    eprintln!("a sync with nothing to do: {} ms", again.took_ms);
    one_change(&clinic, &ana, count).await;
}

/// What one change costs, and how much of it travels, once so many are here.
async fn one_change(clinic: &Clinic, ana: &Station, count: usize) {
    let counted = Counted::on(&ana.remote);
    let remote: Arc<dyn Remote> = Arc::clone(&counted) as Arc<dyn Remote>;
    let sync = || sync_at(ana, &remote);
    let idle = counted.taken(sync().await);
    offer(clinic, &[vital_sign(count, "p0")]);
    let (received, pulled_bytes) = counted.taken(sync().await);
    assert_eq!(received.pulled, 1);
    let sent = ana.put(&vital_sign(count + 1, "p0"));
    let (pushed, pushed_bytes) = counted.taken(sync().await);
    assert_eq!(pushed.pushed, 1);
    let body_bytes = ana.bytes(&sent).map_or(0, |body| body.len());
    eprintln!(
        "one change after {count} rows: received in {} ms, sent in {} ms; on the wire, before gzip, \
         {pulled_bytes} bytes to receive it, {pushed_bytes} to send it, of which {body_bytes} are its \
         body; a look that finds nothing is {} bytes",
        received.took_ms, pushed.took_ms, idle.1
    );
}

async fn sync_at(ana: &Station, remote: &Arc<dyn Remote>) -> SyncSummary {
    sync_once(&ana.store, remote, &ana.options(), &Events::silent())
        .await
        .expect("it syncs")
}

/// A remote that counts what travels, as JSON.
struct Counted {
    inner: Arc<dyn Remote>,
    bytes: AtomicUsize,
}

impl Counted {
    fn on(inner: &Arc<dyn Remote>) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::clone(inner),
            bytes: AtomicUsize::new(0),
        })
    }

    fn taken(&self, summary: SyncSummary) -> (SyncSummary, usize) {
        (summary, self.bytes.swap(0, Ordering::SeqCst))
    }

    fn count(&self, message: &impl serde::Serialize) {
        let length = serde_json::to_vec(message).expect("JSON").len();
        self.bytes.fetch_add(length, Ordering::SeqCst);
    }
}

impl Remote for Counted {
    fn probe(&self) -> Answer<'_, Health> {
        self.inner.probe()
    }

    fn pull(&self, request: PullRequest) -> Answer<'_, PullResponse> {
        Box::pin(async move {
            self.count(&request);
            let answer = self.inner.pull(request).await?;
            self.count(&answer);
            Ok(answer)
        })
    }

    fn push(&self, request: PushRequest) -> Answer<'_, PushResponse> {
        Box::pin(async move {
            self.count(&request);
            let answer = self.inner.push(request).await?;
            self.count(&answer);
            Ok(answer)
        })
    }
}

/// One patient for every twenty resources, the others being vital signs.
fn fill(clinic: &Clinic, count: usize) {
    let bodies: Vec<_> = (0..count)
        .map(|number| {
            let patient_id = format!("p{}", number / 20);
            if number % 20 == 0 {
                patient(&patient_id)
            } else {
                vital_sign(number, &patient_id)
            }
        })
        .collect();
    offer(clinic, &bodies);
}

fn offer(clinic: &Clinic, bodies: &[serde_json::Value]) {
    let principal = Principal {
        user: "admin".to_owned(),
        display_name: "admin".to_owned(),
        role: Role::Admin,
        device: None,
    };
    for parcel in bodies.chunks(500) {
        let changes = parcel
            .iter()
            .map(|body| {
                let key = Resource::from_value(body)
                    .expect("a resource")
                    .key()
                    .clone();
                PushChange {
                    id: format!("seed:{key}"),
                    collection: key.resource_type,
                    record_id: key.id,
                    operation: Operation::Create,
                    data: Some(RawValue::from_string(body.to_string()).expect("JSON")),
                    base_version: None,
                    vector_clock: VectorClock::new().tick("seed"),
                    last_modified: None,
                    resolves: Vec::new(),
                }
            })
            .collect();
        let request = PushRequest {
            device_id: "seed".to_owned(),
            changes,
            ..PushRequest::default()
        };
        let answer = exchange::push(clinic.hub().database(), &principal, request, || {
            clinic.hub().now()
        })
        .expect("the hub takes it");
        assert!(answer.rejected.is_empty(), "{:?}", answer.rejected.first());
    }
}

fn vital_sign(number: usize, patient_id: &str) -> serde_json::Value {
    json!({
        "resourceType": "Observation", "id": format!("o{number}"), "status": "final",
        "category": [{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
            "code": "vital-signs", "display": "Vital Signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9",
            "display": "Blood pressure panel with all children optional"}], "text": "Blood pressure"},
        "subject": {"reference": format!("Patient/{patient_id}")},
        "effectiveDateTime": format!("20{:02}-{:02}-{:02}T09:30:00+01:00", number % 24, 1 + number % 12, 1 + number % 28),
        "component": [
            {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure"}]},
             "valueQuantity": {"value": 100 + number % 60, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}},
            {"code": {"coding": [{"system": "http://loinc.org", "code": "8462-4", "display": "Diastolic blood pressure"}]},
             "valueQuantity": {"value": 60 + number % 30, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}},
        ],
    })
}
