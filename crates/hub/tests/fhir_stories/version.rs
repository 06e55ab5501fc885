//! Versions: made, raced for, kept to the letter, listed.

use haven_model::Operation;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::clinic::{edit, outcome, patient};
use crate::{ana, header, put};

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
