//! Many at once: batches, transactions, conditional creates.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::clinic::{outcome, patient};
use crate::{ana, put};

#[tokio::test]
async fn a_conditional_create_finds_the_one_that_is_there() {
    let (_clinic, ana) = ana().await;
    let person =
        json!({"resourceType": "Patient", "identifier": [{"system": "urn:mrn", "value": "77"}]});
    let create = |criteria: &'static str| {
        ana.request("POST", "/fhir/R4/Patient")
            .header("if-none-exist", criteria)
            .header("content-type", "application/fhir+json")
            .body(person.to_string())
            .send()
    };
    let first = create("identifier=urn:mrn|77").await.expect("an answer");
    assert_eq!(first.status(), StatusCode::CREATED);
    let first: Value = first.json().await.expect("a resource");
    let second = create("identifier=urn:mrn%7C77").await.expect("an answer");
    assert_eq!(second.status(), StatusCode::OK);
    assert_eq!(
        second.json::<Value>().await.expect("a resource")["id"],
        first["id"]
    );
    let third = create("identifier=urn:mrn|78").await.expect("an answer");
    assert_eq!(third.status(), StatusCode::CREATED);
    let many = create("identifier=77").await.expect("an answer");
    assert_eq!(
        many.status(),
        StatusCode::PRECONDITION_FAILED,
        "two match by now"
    );
}

#[tokio::test]
async fn a_batch_has_an_outcome_per_entry() {
    let (_clinic, ana) = ana().await;
    put(&ana, "/fhir/R4/Patient/p1", &patient("p1", "One"), &[]).await;
    let put_p1 = |tag: &str, family: &str| {
        json!({
        "resource": {"resourceType": "Patient", "id": "p1", "name": [{"family": family}]},
        "request": {"method": "PUT", "url": "Patient/p1", "ifMatch": tag}})
    };
    let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": [
        {"resource": {"resourceType": "Patient"}, "request": {"method": "POST", "url": "Patient"}},
        put_p1("W/\"1\"", "Two"),
        put_p1("W/\"1\"", "Stale"),
        {"resource": {"resourceType": "Observation", "id": "o"}, "request": {"method": "PUT", "url": "Observation/o"}},
        {"request": {"method": "GET", "url": "Patient/p1"}},
        {"request": {"method": "GET", "url": "Patient?_id=p1"}},
        {"request": {"method": "DELETE", "url": "Patient/p1"}},
        {"request": {"method": "PATCH", "url": "Patient/p1"}},
        {"request": {"method": "GET", "url": "Nonsense/1"}},
        {},
    ]});
    let (status, answer) = outcome(ana.send("POST", "/fhir/R4", &batch).await).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["type"], "batch-response");
    let entries = answer["entry"].as_array().expect("entries");
    let statuses: Vec<&str> = entries
        .iter()
        .map(|e| &e["response"]["status"].as_str().expect("status")[..3])
        .collect();
    assert_eq!(
        statuses,
        [
            "201", "200", "412", "422", "200", "200", "204", "405", "404", "400"
        ]
    );
    assert!(
        entries[0]["response"]["location"]
            .as_str()
            .expect("location")
            .contains("/Patient/")
    );
    assert_eq!(entries[1]["response"]["etag"], r#"W/"2""#);
    assert_eq!(entries[4]["resource"]["name"][0]["family"], "Two");
    assert_eq!(entries[5]["resource"]["total"], 1);
    assert_eq!(
        entries[2]["response"]["outcome"]["resourceType"],
        "OperationOutcome"
    );
    assert!(
        entries[3]["response"]["outcome"]
            .to_string()
            .contains("Observation.status")
    );
}

#[tokio::test]
async fn a_transaction_is_all_or_nothing() {
    let (_clinic, ana) = ana().await;
    put(&ana, "/fhir/R4/Patient/p1", &patient("p1", "One"), &[]).await;
    let with_tag = |tag: &str| {
        json!({"resourceType": "Bundle", "type": "transaction", "entry": [
            {"fullUrl": "urn:uuid:a", "resource": {"resourceType": "Patient", "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:a"}]},
             "request": {"method": "POST", "url": "Patient"}},
            {"fullUrl": "urn:uuid:b", "resource": {"resourceType": "Observation", "status": "final", "code": {"text": "x"},
                "subject": {"reference": "urn:uuid:a"}}, "request": {"method": "POST", "url": "Observation"}},
            {"resource": {"resourceType": "Patient", "id": "p1", "name": [{"family": "Two"}]},
             "request": {"method": "PUT", "url": "Patient/p1", "ifMatch": tag}},
            {"request": {"method": "GET", "url": "Patient/p1"}},
        ]})
    };
    let (status, problem) =
        outcome(ana.send("POST", "/fhir/R4/", &with_tag("W/\"9\"")).await).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(problem["resourceType"], "OperationOutcome");
    assert_eq!(
        problem["issue"][0]["expression"][0], "Bundle.entry[2]",
        "it names the entry"
    );
    let (_, observations) = outcome(ana.get("/fhir/R4/Observation?_summary=count").await).await;
    assert_eq!(observations["total"], 0, "nothing of it was kept");

    let (status, answer) = outcome(ana.send("POST", "/fhir/R4", &with_tag("W/\"1\"")).await).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["type"], "transaction-response");
    let person = &answer["entry"][0]["resource"];
    let name = format!("Patient/{}", person["id"].as_str().expect("id"));
    assert_eq!(
        answer["entry"][1]["resource"]["subject"]["reference"],
        name.as_str()
    );
    assert_eq!(
        person["identifier"][0]["value"], "urn:uuid:a",
        "an identifier is no reference"
    );
    assert_eq!(
        answer["entry"][3]["resource"]["name"][0]["family"], "Two",
        "reads come last"
    );
    let stamps: Vec<&Value> = (0..3)
        .map(|n| &answer["entry"][n]["response"]["lastModified"])
        .collect();
    assert!(
        stamps.iter().all(|stamp| *stamp == stamps[0]),
        "one transaction, one instant"
    );

    let twice = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"request": {"method": "DELETE", "url": "Patient/p1"}},
        {"resource": {"resourceType": "Patient", "id": "p1"}, "request": {"method": "PUT", "url": "Patient/p1"}}]});
    assert_eq!(
        ana.send("POST", "/fhir/R4", &twice).await.status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn references_by_search_are_resolved_or_fail_the_transaction() {
    let (_clinic, ana) = ana().await;
    let bundle = |npi: &str| {
        json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"resource": {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"},
            "participant": [{"individual": {"reference": format!("Practitioner?identifier=urn:npi|{npi}")}}]},
         "request": {"method": "POST", "url": "Encounter"}}]})
    };
    let doctor = json!({"resourceType": "Practitioner", "id": "d1", "identifier": [{"system": "urn:npi", "value": "5"}]});
    ana.send("PUT", "/fhir/R4/Practitioner/d1", &doctor).await;
    let (_, answer) = outcome(ana.send("POST", "/fhir/R4", &bundle("5")).await).await;
    let reference = &answer["entry"][0]["resource"]["participant"][0]["individual"]["reference"];
    assert_eq!(reference, "Practitioner/d1", "{answer}");
    assert_eq!(
        ana.send("POST", "/fhir/R4", &bundle("6")).await.status(),
        StatusCode::PRECONDITION_FAILED
    );
}
