//! The FHIR R4 face of the hub, as a client that knows only FHIR sees it.

mod clinic;

use clinic::{Clinic, Person, edit, outcome, patient};
use haven_model::{Operation, Role};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

async fn ana() -> (Clinic, Person) {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Clinician, "dev-a").await;
    (clinic, ana)
}

fn header(answer: &Response, name: &str) -> String {
    answer
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

async fn put(person: &Person, path: &str, body: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = person
        .request("PUT", path)
        .header("content-type", "application/fhir+json")
        .body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}

#[tokio::test]
async fn a_resource_lives_from_create_to_tombstone() {
    let (_clinic, ana) = ana().await;
    let created = ana
        .send(
            "POST",
            "/fhir/R4/Patient",
            &json!({"resourceType": "Patient", "id": "mine"}),
        )
        .await;
    assert_eq!(created.status(), StatusCode::CREATED);
    assert_eq!(header(&created, "etag"), r#"W/"1""#);
    let location = header(&created, "location");
    assert!(header(&created, "content-type").contains("application/fhir+json"));
    let body: Value = created.json().await.expect("the resource");
    let id = body["id"].as_str().expect("an id").to_owned();
    assert_ne!(id, "mine", "a create takes the hub's id");
    assert!(
        location.ends_with(&format!("/fhir/R4/Patient/{id}/_history/1")),
        "{location}"
    );

    let path = format!("/fhir/R4/Patient/{id}");
    let read = ana.get(&path).await;
    assert!(header(&read, "last-modified").ends_with("GMT"));
    let known = ana
        .request("GET", &path)
        .header("if-none-match", r#"W/"1""#)
        .send()
        .await;
    assert_eq!(known.expect("an answer").status(), StatusCode::NOT_MODIFIED);

    let updated = put(&ana, &path, &patient(&id, "Two"), &[]).await;
    assert_eq!(
        (updated.status(), header(&updated, "etag")),
        (StatusCode::OK, r#"W/"2""#.to_owned())
    );
    let same = put(&ana, &path, &patient(&id, "Two"), &[]).await;
    assert_eq!(
        header(&same, "etag"),
        r#"W/"2""#,
        "the same content is the same version"
    );
    let deleted = ana.send("DELETE", &path, &Value::Null).await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    let (status, body) = outcome(ana.get(&path).await).await;
    assert_eq!(
        (status, body["issue"][0]["code"].as_str()),
        (StatusCode::GONE, Some("deleted"))
    );
    assert_eq!(
        ana.get("/fhir/R4/Patient/never").await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        ana.get(&format!("{path}/_history/1")).await.status(),
        StatusCode::OK
    );
    assert_eq!(
        ana.get(&format!("{path}/_history/3")).await.status(),
        StatusCode::GONE
    );
    assert_eq!(
        ana.get(&format!("{path}/_history/9")).await.status(),
        StatusCode::NOT_FOUND
    );
    let again = ana.send("DELETE", &path, &Value::Null).await;
    assert_eq!(
        again.status(),
        StatusCode::NO_CONTENT,
        "deleting twice is deleting once"
    );
    let reborn = put(&ana, &path, &patient(&id, "Four"), &[]).await;
    assert_eq!(
        (reborn.status(), header(&reborn, "etag")),
        (StatusCode::CREATED, r#"W/"4""#.to_owned())
    );

    let (_, history) = outcome(ana.get(&format!("{path}/_history")).await).await;
    assert_eq!(history["type"], "history");
    assert_eq!(history["total"], 4);
    let entries = history["entry"].as_array().expect("entries");
    let methods: Vec<&str> = entries
        .iter()
        .filter_map(|e| e["request"]["method"].as_str())
        .collect();
    assert_eq!(
        methods,
        ["PUT", "DELETE", "PUT", "POST"],
        "newest first, the deletion included"
    );
    assert!(entries[1]["resource"].is_null(), "a tombstone has no body");
    assert_eq!(entries[0]["resource"]["meta"]["versionId"], "4");
}

#[tokio::test]
async fn a_lost_race_answers_412_or_409_with_the_current_version() {
    let (_clinic, ana) = ana().await;
    let path = "/fhir/R4/Patient/p1";
    put(&ana, path, &patient("p1", "One"), &[]).await;
    for (tag, family) in [(r#"W/"1""#, "Two"), (r#""2""#, "Three"), ("3", "Four")] {
        let answer = put(&ana, path, &patient("p1", family), &[("if-match", tag)]).await;
        assert_eq!(
            answer.status(),
            StatusCode::OK,
            "{tag} is read however it is written"
        );
    }
    let stale = put(
        &ana,
        path,
        &patient("p1", "Late"),
        &[("if-match", r#"W/"1""#)],
    )
    .await;
    assert_eq!(
        (stale.status(), header(&stale, "etag")),
        (StatusCode::PRECONDITION_FAILED, r#"W/"4""#.to_owned())
    );
    let current: Value = stale.json().await.expect("the current version");
    assert_eq!(
        (
            current["id"].as_str(),
            current["meta"]["versionId"].as_str()
        ),
        (Some("p1"), Some("4"))
    );

    let clock = r#"{"dev-a":5}"#;
    let lost = put(
        &ana,
        path,
        &patient("p1", "Late"),
        &[("x-expected-version", "3"), ("x-vector-clock", clock)],
    )
    .await;
    assert_eq!(
        lost.status(),
        StatusCode::CONFLICT,
        "with sync headers it is a 409"
    );
    let current: Value = lost.json().await.expect("the current version");
    assert_eq!(current["meta"]["versionId"], "4");
    let won = put(
        &ana,
        path,
        &patient("p1", "Fifth"),
        &[("x-expected-version", "4"), ("x-vector-clock", clock)],
    )
    .await;
    assert_eq!(won.status(), StatusCode::OK);
    let joined: Value = serde_json::from_str(&header(&won, "x-vector-clock")).expect("a clock");
    assert_eq!(
        joined,
        json!({"dev-a": 5, "hub": 5}),
        "the clock joins and the hub ticks"
    );

    let absent = put(
        &ana,
        "/fhir/R4/Patient/p2",
        &patient("p2", "X"),
        &[("if-match", r#"W/"1""#)],
    )
    .await;
    assert_eq!(absent.status(), StatusCode::PRECONDITION_FAILED);
    let stale = ana
        .request("DELETE", path)
        .header("if-match", r#"W/"1""#)
        .send()
        .await;
    assert_eq!(
        stale.expect("an answer").status(),
        StatusCode::PRECONDITION_FAILED
    );
    let only_new = put(&ana, path, &patient("p1", "X"), &[("if-none-match", "*")]).await;
    assert_eq!(only_new.status(), StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn what_is_stored_comes_back_to_the_letter() {
    let (_clinic, ana) = ana().await;
    let body = r#"{"resourceType":"Observation", "id":"o1","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00,"unit":"mg"},"component":[{"code":{"text":"b"},"valueQuantity":{"value":0.10e1}},{"code":{"text":"a"}}],"_status":{"extension":[{"url":"http://e.example","valueString":"ü"}]},"unknownElement":{"kept":true}}"#;
    let answer = put(&ana, "/fhir/R4/Observation/o1", body, &[]).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let text = ana
        .get("/fhir/R4/Observation/o1")
        .await
        .text()
        .await
        .expect("text");
    let expected = haven_model::Resource::parse(body.as_bytes()).expect("valid");
    let meta: Value = serde_json::from_str(&text).expect("JSON");
    let updated = meta["meta"]["lastUpdated"].as_str().expect("an instant");
    let expected = expected
        .with_server_meta(
            "1",
            haven_model::Timestamp::parse(updated).expect("an instant"),
        )
        .expect("spliced");
    assert_eq!(text.as_bytes(), expected.bytes());
    let (_, page) = {
        let answer = ana.get("/fhir/R4/Observation?_id=o1").await;
        let status = answer.status();
        let text = answer.text().await.expect("text");
        assert!(
            text.contains(std::str::from_utf8(expected.bytes()).expect("utf-8")),
            "in a Bundle too"
        );
        (status, text)
    };
    assert!(page.contains("1.00"));
}

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

#[tokio::test]
async fn histories_of_a_type_and_of_everything_page_newest_first() {
    let (_clinic, ana) = ana().await;
    for n in 0..3 {
        put(
            &ana,
            "/fhir/R4/Patient/p1",
            &patient("p1", &format!("F{n}")),
            &[],
        )
        .await;
        put(
            &ana,
            &format!("/fhir/R4/Patient/q{n}"),
            &patient(&format!("q{n}"), "Q"),
            &[],
        )
        .await;
    }
    ana.send(
        "PUT",
        "/fhir/R4/Location/l1",
        &json!({"resourceType": "Location", "id": "l1"}),
    )
    .await;
    for (path, total) in [("Patient/_history", 6), ("_history", 7)] {
        let mut next = Some(format!(
            "/fhir/R4/{path}?_count=4&_since=2001-01-01T00:00:00Z"
        ));
        let mut stamps = Vec::new();
        while let Some(page) = next {
            let (_, page) = outcome(ana.get(&page).await).await;
            assert_eq!(
                (page["type"].as_str(), page["total"].as_u64()),
                (Some("history"), Some(total))
            );
            stamps.extend(page["entry"].as_array().expect("entries").iter().map(|e| {
                e["response"]["lastModified"]
                    .as_str()
                    .expect("stamp")
                    .to_owned()
            }));
            next = page["link"]
                .as_array()
                .expect("links")
                .iter()
                .find(|link| link["relation"] == "next")
                .map(|link| link["url"].as_str().expect("url").replace(&ana.base, ""));
        }
        assert_eq!(stamps.len() as u64, total);
        assert!(
            stamps.is_sorted_by(|a, b| a > b),
            "newest first, no two alike"
        );
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

#[tokio::test]
async fn both_faces_show_the_same_versions() {
    let (_clinic, ana) = ana().await;
    ana.push(vec![edit(
        "dev-a:1",
        Operation::Create,
        &patient("p1", "Pushed"),
        None,
    )])
    .await;
    let read = ana.get("/fhir/R4/Patient/p1").await;
    assert_eq!(header(&read, "etag"), r#"W/"1""#);
    put(
        &ana,
        "/fhir/R4/Patient/p1",
        &patient("p1", "Put"),
        &[("if-match", r#"W/"1""#)],
    )
    .await;
    let page = ana.pull(None).await;
    assert_eq!(page.changes[0].version, "2");
    assert_eq!(
        page.changes[0].device_id.as_deref(),
        Some("dev-a"),
        "the token says which device"
    );
    assert!(
        page.changes[0]
            .data
            .as_ref()
            .expect("a body")
            .get()
            .contains("Put")
    );
}
