//! What one merge costs, from bytes to bytes, in CPU time of this process.
//!
//! The targets hold for a release build: `cargo test --release -p haven-model --test merge_speed --
//! --nocapture`; a debug build only has to come out with an answer.

#![expect(clippy::print_stderr, reason = "the figures are what the test is for")]

use haven_model::{MergedText, merge_texts};
use serde_json::{Value, json};

fn cpu_ms() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

/// The median of several measurements, each of a number of merges, in milliseconds per merge.
fn each_ms(base: &[u8], local: &[u8], remote: &[u8], passes: u32) -> f64 {
    let merge = || {
        let outcome = merge_texts(Some(base), Some(local), Some(remote)).expect("JSON");
        match outcome {
            MergedText::Resource(text) => text,
            MergedText::Outcome(outcome) => unreachable!("a person is asked: {:?}", outcome.fields),
        }
    };
    let whole = haven_model::merge(
        Some(&parsed(base)),
        Some(&parsed(local)),
        Some(&parsed(remote)),
    );
    assert_eq!(
        parsed(&merge()),
        whole.resource,
        "the texts merge as the values do"
    );
    let mut took: Vec<f64> = (0..7)
        .map(|_| {
            let start = cpu_ms();
            for _ in 0..passes {
                std::hint::black_box(merge());
            }
            (cpu_ms() - start) / f64::from(passes)
        })
        .collect();
    took.sort_by(f64::total_cmp);
    took[3]
}

fn parsed(text: &[u8]) -> Value {
    haven_model::json::parse(text).expect("JSON")
}

fn measure(name: &str, target_ms: f64, base: &Value, local: &Value, remote: &Value) {
    let text = |value: &Value| value.to_string().into_bytes();
    let (base, local, remote) = (text(base), text(local), text(remote));
    let quick = cfg!(debug_assertions);
    let passes = if quick {
        1
    } else {
        (400_000 / base.len()).clamp(3, 2_000)
    };
    let took = each_ms(
        &base,
        &local,
        &remote,
        u32::try_from(passes).expect("small"),
    );
    eprintln!(
        "{name}: {:.1} kB, {took:.4} ms CPU (target {target_ms})",
        base.len() as f64 / 1e3
    );
    assert!(
        quick || took < target_ms,
        "{name} takes {took} ms of CPU, not under {target_ms}"
    );
}

/// A vital sign as Synthea writes one, with the usual codes and references.
fn observation() -> Value {
    let coding = |system: &str, code: &str, display: &str| json!({"coding": [{"system": system, "code": code, "display": display}], "text": display});
    json!({
        "resourceType": "Observation", "id": "0f4a9a1e-6c0e-4f3c-9d3c-0f8f2f5a5b11",
        "meta": {"versionId": "1", "lastUpdated": "2026-01-01T00:00:00Z",
            "profile": ["http://hl7.org/fhir/StructureDefinition/bp", "http://hl7.org/fhir/StructureDefinition/vitalsigns"]},
        "status": "final",
        "category": [coding("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs", "Vital signs")],
        "code": coding("http://loinc.org", "85354-9", "Blood pressure panel with all children optional"),
        "subject": {"reference": "Patient/9b1d4a58-6d1c-4f2f-8f53-2b6f8c1f7a10"},
        "encounter": {"reference": "Encounter/5c7d1f0e-0b7e-4c5e-9a55-7a0f6f2d9e21"},
        "effectiveDateTime": "2026-01-01T10:00:00+01:00", "issued": "2026-01-01T10:00:00.000+01:00",
        "performer": [{"reference": "Practitioner/1", "display": "Dr Ada"}],
        "component": [
            {"code": coding("http://loinc.org", "8480-6", "Systolic blood pressure"),
             "valueQuantity": {"value": 120.5, "unit": "mm[Hg]", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}},
            {"code": coding("http://loinc.org", "8462-4", "Diastolic blood pressure"),
             "valueQuantity": {"value": 80.0, "unit": "mm[Hg]", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}}]
    })
}

fn with(value: &Value, pointer: &str, new: Value) -> Value {
    let mut copy = value.clone();
    match copy.pointer_mut(pointer) {
        Some(place) => *place = new,
        None => {
            copy[pointer.trim_start_matches('/')] = new;
        }
    }
    copy
}

#[test]
fn a_typical_merge_costs_less_than_fifty_microseconds() {
    let base = observation();
    let status = with(&base, "/status", json!("amended"));
    let issued = with(&base, "/issued", json!("2026-11-22T04:00:00Z"));
    measure("status and issued", 0.05, &base, &status, &issued);
    let note = with(&base, "/note", json!([{"text": "sitting"}]));
    measure("issued and a new note", 0.1, &base, &issued, &note);
    let high = with(&base, "/component/0/valueQuantity/value", json!(131));
    let low = with(&base, "/component/1/valueQuantity/value", json!(85));
    measure("both parts of a pressure", 0.3, &base, &high, &low);
    let stamped = |value: &Value, version: &str| with(value, "/meta/versionId", json!(version));
    let theirs = stamped(&note, "2");
    measure(
        "a side that the server stamped",
        0.1,
        &base,
        &issued,
        &theirs,
    );
}

#[test]
fn a_megabyte_costs_less_than_five_milliseconds() {
    let data = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0".repeat(28_000);
    let document = json!({"resourceType": "DocumentReference", "id": "d", "status": "current",
        "docStatus": "preliminary", "type": {"text": "Letter"}, "subject": {"reference": "Patient/p"},
        "content": [{"attachment": {"contentType": "application/pdf", "data": data, "title": "Letter"}}]});
    let described = with(&document, "/description", json!("Scanned"));
    let typed = with(&document, "/category", json!([{"text": "letter"}]));
    measure(
        "a scanned letter, described twice",
        5.0,
        &document,
        &described,
        &typed,
    );
    let titled = with(
        &document,
        "/content/0/attachment/title",
        json!("Discharge letter"),
    );
    measure(
        "a scanned letter with another title",
        5.0,
        &document,
        &titled,
        &typed,
    );

    let answers: Vec<Value> = (0..6_000)
        .map(|at| {
            json!({"linkId": format!("{at}.1"), "text": format!("Question number {at}, asked at every visit"),
                "answer": [{"valueString": format!("Answer number {at}, as it was written down in the clinic")}]})
        })
        .collect();
    let form = json!({"resourceType": "QuestionnaireResponse", "id": "q", "status": "in-progress",
        "subject": {"reference": "Patient/p"}, "item": answers});
    let one = with(
        &form,
        "/item/17/answer/0/valueString",
        json!("changed here"),
    );
    let mut other = with(
        &form,
        "/item/5100/answer/0/valueString",
        json!("changed there"),
    );
    if let Some(items) = other["item"].as_array_mut() {
        items.remove(40);
        items.insert(
            3_000,
            json!({"linkId": "new", "answer": [{"valueInteger": 3}]}),
        );
    }
    let told = with(&one, "/authored", json!("2026-01-01"));
    measure(
        "a long questionnaire, answered twice",
        5.0,
        &form,
        &told,
        &with(
            &form,
            "/item/5100/answer/0/valueString",
            json!("changed there"),
        ),
    );
    measure(
        "a long questionnaire, items moved about",
        5.0,
        &form,
        &told,
        &other,
    );

    let parts: Vec<Value> = (0..3_300)
        .map(|at| {
            json!({"code": {"coding": [{"system": "http://loinc.org", "code": format!("{at}-7"), "display": "A part of a very large panel of results"}]},
                "valueQuantity": {"value": at, "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"},
                "interpretation": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "N"}]}]})
        })
        .collect();
    let panel = json!({"resourceType": "Observation", "id": "o", "status": "preliminary",
        "code": {"text": "Panel"}, "component": parts});
    let one = with(&panel, "/component/3/valueQuantity/value", json!(7));
    let other = with(&panel, "/component/3200/valueQuantity/value", json!(9));
    measure(
        "a large panel, two parts corrected",
        5.0,
        &panel,
        &one,
        &other,
    );
}
