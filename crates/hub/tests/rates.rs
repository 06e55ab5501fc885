//! How fast the hub is on loopback; run with `cargo test --release -p haven-hub --test rates -- --ignored --nocapture`.

#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]

mod clinic;

use std::time::Instant;

use clinic::{Clinic, edit};
use haven_model::wire::PullRequest;
use haven_model::{Operation, Role};

const OBSERVATIONS: usize = 20_000;

#[tokio::test]
#[ignore = "a measurement, not a check"]
async fn pushing_and_pulling_twenty_thousand_observations() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Clinician, "dev-a").await;
    let body = |n: usize| {
        format!(
            r#"{{"resourceType":"Observation","id":"o{n}","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital signs"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"8310-5","display":"Body temperature"}}],"text":"Body temperature"}},"subject":{{"reference":"Patient/p{}"}},"effectiveDateTime":"2026-11-23T08:00:00Z","issued":"2026-11-23T08:00:00.000Z","valueQuantity":{{"value":37.{},"unit":"Cel","system":"http://unitsofmeasure.org","code":"Cel"}}}}"#,
            n % 500,
            n % 10
        )
    };
    let changes: Vec<_> = (0..OBSERVATIONS)
        .map(|n| edit(&format!("dev-a:{n}"), Operation::Create, &body(n), None))
        .collect();
    let started = Instant::now();
    for page in changes.chunks(250) {
        let answer = ana.push(page.to_vec()).await;
        assert_eq!(answer.accepted.len(), page.len());
    }
    let pushed = started.elapsed();
    let started = Instant::now();
    let mut cursor = None;
    let mut pulled = 0;
    loop {
        let request = PullRequest {
            cursor,
            device_id: "dev-a".to_owned(),
            max_records: Some(1000),
            ..PullRequest::default()
        };
        let answer = ana.pull_with(&request).await;
        let page: haven_model::wire::PullResponse = answer.json().await.expect("a page");
        pulled += page.changes.len();
        cursor = Some(page.cursor);
        if !page.has_more {
            break;
        }
    }
    let pull = started.elapsed();
    assert_eq!(pulled, OBSERVATIONS);
    let rate = |seconds: f64| OBSERVATIONS as f64 / seconds;
    println!(
        "push {:.0}/s (250 a request), pull {:.0}/s (1000 a page)",
        rate(pushed.as_secs_f64()),
        rate(pull.as_secs_f64())
    );
}
