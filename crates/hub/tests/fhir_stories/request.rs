//! What may be asked, and what is answered to what may not.

use haven_model::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::clinic::{Clinic, outcome, patient};
use crate::{ana, header, put};

#[tokio::test]
async fn invalid_content_names_the_element() {
    let (_clinic, ana) = ana().await;
    for (body, status, element) in [
        (
            r#"{"resourceType":"Observation","id":"x","code":{"text":"c"}}"#,
            422,
            "Observation.status",
        ),
        (
            r#"{"resourceType":"Patient","id":"x","gender":"often"}"#,
            422,
            "Patient.gender",
        ),
        (
            r#"{"resourceType":"Patient","id":"x","birthDate":"yesterday"}"#,
            422,
            "Patient.birthDate",
        ),
        (
            r#"{"resourceType":"Patient","id":"x","id":"y"}"#,
            400,
            "Resource",
        ),
        (r#"{"resourceType":"Patient","id":"x""#, 400, "Resource"),
        (r#"[1,2]"#, 400, "Resource"),
        (r#"{"resourceType":"Patient"}"#, 422, "Resource.id"),
        (
            r#"{"resourceType":"Patient","id":"other"}"#,
            400,
            "Patient.id",
        ),
        (
            r#"{"resourceType":"Patient","id":"x","meta":[]}"#,
            422,
            "Resource.meta",
        ),
    ] {
        let kind = if body.contains("Observation") {
            "Observation"
        } else {
            "Patient"
        };
        let answer = put(&ana, &format!("/fhir/R4/{kind}/x"), body, &[]).await;
        let (got, problem) = outcome(answer).await;
        assert_eq!(got.as_u16(), status, "{body}: {problem}");
        assert_eq!(problem["resourceType"], "OperationOutcome");
        assert_eq!(problem["issue"][0]["expression"][0], element, "{problem}");
    }
    let deep = format!(
        r#"{{"resourceType":"Patient","id":"x","extension":{}1{}}}"#,
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    let answer = put(&ana, "/fhir/R4/Patient/x", &deep, &[]).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "depth is bounded");
    assert_eq!(
        ana.get("/fhir/R4/Patient/x").await.status(),
        StatusCode::NOT_FOUND,
        "nothing was kept"
    );
}

#[tokio::test]
async fn a_search_by_time_pages_to_the_end_and_an_unknown_parameter_is_named() {
    let (_clinic, ana) = ana().await;
    for n in 0..7 {
        put(
            &ana,
            &format!("/fhir/R4/Patient/p{n}"),
            &patient(&format!("p{n}"), "Same"),
            &[],
        )
        .await;
    }
    ana.send("DELETE", "/fhir/R4/Patient/p6", &Value::Null)
        .await;
    let since = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    for (sort, first) in [("_lastUpdated", "p0"), ("-_lastUpdated", "p5")] {
        let mut next = Some(format!(
            "/fhir/R4/Patient?_lastUpdated=ge{since}&_sort={sort}&_count=2"
        ));
        let mut ids = Vec::new();
        while let Some(path) = next {
            let (status, page) = outcome(ana.get(&path).await).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            assert_eq!(page["total"], 6, "the total does not shrink page by page");
            ids.extend(
                page["entry"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|e| e["resource"]["id"].as_str().expect("id").to_owned()),
            );
            next = page["link"]
                .as_array()
                .into_iter()
                .flatten()
                .find(|link| link["relation"] == "next")
                .map(|link| link["url"].as_str().expect("url").replace(&ana.base, ""));
        }
        assert_eq!((ids.len(), ids[0].as_str()), (6, first));
    }
    let (_, none) = outcome(ana.get("/fhir/R4/Patient?_lastUpdated=lt2001").await).await;
    assert_eq!((none["total"].as_u64(), none.get("entry")), (Some(0), None));
    let (_, two) = outcome(ana.get("/fhir/R4/Patient?_id=p1,p2,nobody").await).await;
    assert_eq!(two["total"], 2);
    let (_, count) = outcome(ana.get("/fhir/R4/Patient?_summary=count").await).await;
    assert_eq!(
        (count["total"].as_u64(), count.get("entry")),
        (Some(6), None)
    );
    let posted = ana
        .request("POST", "/fhir/R4/Patient/_search")
        .form(&[("_id", "p3")])
        .send()
        .await;
    assert_eq!(outcome(posted.expect("an answer")).await.1["total"], 1);
    for bad in [
        "birthdate=1970",
        "_lastUpdated=soon",
        "_count=many",
        "_page=xx",
        "_include=Patient:general-practitioner",
    ] {
        let (status, problem) = outcome(ana.get(&format!("/fhir/R4/Patient?{bad}")).await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
        let name = bad.split('=').next().expect("a name");
        assert!(problem.to_string().contains(name), "{problem}");
    }
}

#[tokio::test]
async fn roles_preferences_and_formats_are_honoured() {
    let (clinic, ana) = ana().await;
    let desk = clinic.enrol("dora", Role::FrontDesk, "dev-d").await;
    put(&ana, "/fhir/R4/Patient/p1", &patient("p1", "One"), &[]).await;
    let restricted = r#"{"resourceType":"Patient","id":"p2","meta":{"security":[{"code":"V"}]}}"#;
    put(&ana, "/fhir/R4/Patient/p2", restricted, &[]).await;
    assert_eq!(
        desk.get("/fhir/R4/Patient/p1").await.status(),
        StatusCode::OK
    );
    assert_eq!(
        desk.get("/fhir/R4/Patient/p2").await.status(),
        StatusCode::NOT_FOUND,
        "not even its being there"
    );
    assert_eq!(
        outcome(desk.get("/fhir/R4/Patient").await).await.1["total"],
        1
    );
    assert_eq!(
        outcome(desk.get("/fhir/R4/_history").await).await.1["total"],
        1
    );
    assert_eq!(
        desk.get("/fhir/R4/Condition").await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        put(&desk, "/fhir/R4/Patient/p2", &patient("p2", "X"), &[])
            .await
            .status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        desk.send("DELETE", "/fhir/R4/Patient/p1", &Value::Null)
            .await
            .status(),
        StatusCode::FORBIDDEN
    );

    let minimal = put(
        &ana,
        "/fhir/R4/Patient/p3",
        &patient("p3", "X"),
        &[("prefer", "return=minimal")],
    )
    .await;
    assert_eq!(minimal.status(), StatusCode::CREATED);
    assert_eq!(minimal.text().await.expect("text"), "");
    let told = put(
        &ana,
        "/fhir/R4/Patient/p3",
        &patient("p3", "Y"),
        &[("prefer", "return=OperationOutcome")],
    )
    .await;
    assert_eq!(outcome(told).await.1["resourceType"], "OperationOutcome");
    let xml = ana
        .request("GET", "/fhir/R4/Patient/p1")
        .header("accept", "application/fhir+xml")
        .send()
        .await;
    assert_eq!(xml.expect("an answer").status(), StatusCode::NOT_ACCEPTABLE);
    let sent = ana
        .request("PUT", "/fhir/R4/Patient/p1")
        .header("content-type", "text/xml")
        .body("<x/>")
        .send()
        .await;
    assert_eq!(
        sent.expect("an answer").status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    let patched = ana.send("PATCH", "/fhir/R4/Patient/p1", &json!([])).await;
    assert_eq!(patched.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(patched.headers().contains_key("allow"));
    let head = ana
        .request("HEAD", "/fhir/R4/Patient/p1")
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        (head.status(), header(&head, "etag")),
        (StatusCode::OK, r#"W/"1""#.to_owned())
    );
}

#[tokio::test]
async fn the_capability_statement_needs_no_sign_in_and_is_valid_fhir() {
    let clinic = Clinic::open().await;
    let answer = clinic
        .http
        .get(clinic.url("/fhir/R4/metadata"))
        .send()
        .await
        .expect("an answer");
    let (status, statement) = outcome(answer).await;
    assert_eq!(status, StatusCode::OK);
    let issues = haven_model::validate::validate(&statement);
    assert!(!haven_model::validate::has_errors(&issues), "{issues:?}");
    let anonymous = clinic
        .http
        .get(clinic.url("/fhir/R4/Patient"))
        .send()
        .await
        .expect("an answer");
    assert!(anonymous.headers().contains_key("www-authenticate"));
    let (status, problem) = outcome(anonymous).await;
    assert_eq!(
        (status, problem["issue"][0]["code"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("login"))
    );
}
