//! Who gets in, who stays in, and who is shut out.

mod clinic;

use clinic::{ADMIN, Clinic, PASSPHRASE, edit, outcome, patient};
use haven_model::wire::{PullRequest, TokenResponse};
use haven_model::{Operation, Role};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

async fn refresh(clinic: &Clinic, token: &str) -> Response {
    clinic
        .http
        .post(clinic.url("/auth/refresh"))
        .json(&json!({"refresh_token": token}))
        .send()
        .await
        .expect("an answer")
}

#[tokio::test]
async fn a_code_admits_one_device_once() {
    let clinic = Clinic::open().await;
    let code = clinic
        .hub
        .invite("ana", Role::Nurse, Some("Ana Pérez"))
        .expect("a code");
    let typed = code.to_lowercase().replace('-', " ");
    let (status, joined) = outcome(clinic.enrol_with(&typed, "dev-a").await).await;
    assert_eq!(
        status,
        StatusCode::CREATED,
        "a code may be typed in lower case"
    );
    assert_eq!(
        (joined["displayName"].as_str(), joined["role"].as_str()),
        (Some("Ana Pérez"), Some("nurse"))
    );
    assert_eq!(joined["clinic"], "Test clinic");
    let again = clinic.enrol_with(&code, "dev-a").await;
    assert_eq!(
        again.status(),
        StatusCode::CREATED,
        "the same device may have lost the answer"
    );
    let (status, refused) = outcome(clinic.enrol_with(&code, "dev-b").await).await;
    assert_eq!(
        (status, refused["code"].as_str()),
        (StatusCode::FORBIDDEN, Some("code-invalid"))
    );
    for bad in ["", "0000-0000-0000-0000", "🙂"] {
        assert_eq!(
            clinic.enrol_with(bad, "dev-c").await.status(),
            StatusCode::FORBIDDEN
        );
    }
    let health: Value = clinic
        .http
        .get(clinic.url("/healthz"))
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("health");
    assert_eq!(health["hubId"], joined["hubId"]);
}

#[tokio::test]
async fn a_token_says_what_a_device_may_do_offline() {
    use base64::Engine as _;
    let clinic = Clinic::open().await;
    let answer = clinic.sign_in(ADMIN, PASSPHRASE, Some("dev-a")).await;
    let tokens: TokenResponse = answer.json().await.expect("tokens");
    assert_eq!(
        (tokens.token_type.as_str(), tokens.expires_in),
        ("Bearer", 3600)
    );
    let payload = tokens.access_token.split('.').nth(1).expect("a payload");
    let claims: Value = serde_json::from_slice(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(payload)
            .expect("base64"),
    )
    .expect("claims");
    assert_eq!(
        (claims["sub"].as_str(), claims["aud"].as_str()),
        (Some(ADMIN), Some("haven"))
    );
    assert_eq!(claims["iss"], clinic.hub.id());
    assert_eq!(claims["offline"]["deviceId"], "dev-a");
    let days = (claims["offline"]["validUntil"].as_i64().expect("ms") / 1000
        - claims["iat"].as_i64().expect("s"))
        / 86_400;
    assert_eq!(days, 30);
    assert_eq!(
        claims["offline"]["syncPermissions"]["classes"]["clinical"],
        json!(["read", "write", "delete"])
    );
    let keys: Value = clinic
        .http
        .get(clinic.url("/.well-known/jwks.json"))
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("keys");
    assert_eq!(keys["keys"][0]["alg"], "EdDSA");

    let plain = clinic.sign_in(ADMIN, PASSPHRASE, None).await;
    let plain: TokenResponse = plain.json().await.expect("tokens");
    let payload = plain.access_token.split('.').nth(1).expect("a payload");
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(payload)
        .expect("base64");
    assert!(
        !String::from_utf8_lossy(&claims).contains("offline"),
        "no device, no offline grant"
    );
}

#[tokio::test]
async fn wrong_passwords_are_slowed_down() {
    let clinic = Clinic::open().await;
    for name in [ADMIN, "nobody"] {
        for _ in 0..5 {
            let (status, body) = outcome(clinic.sign_in(name, "wrong password", None).await).await;
            assert_eq!(
                (status, body["error"].as_str()),
                (StatusCode::UNAUTHORIZED, Some("invalid_grant"))
            );
        }
        let sixth = clinic.sign_in(name, PASSPHRASE, None).await;
        assert_eq!(
            sixth.status(),
            StatusCode::TOO_MANY_REQUESTS,
            "even the right one waits"
        );
        assert!(sixth.headers().contains_key("retry-after"));
    }
    for form in [
        vec![("grant_type", "password")],
        vec![("grant_type", "magic")],
        vec![],
    ] {
        let answer = clinic
            .http
            .post(clinic.url("/auth/token"))
            .form(&form)
            .send()
            .await
            .expect("an answer");
        let (status, body) = outcome(answer).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(
            body["error"].is_string() && body["error_description"].is_string(),
            "{body}"
        );
    }
}

#[tokio::test]
async fn refresh_tokens_rotate() {
    let clinic = Clinic::open().await;
    let first: TokenResponse = clinic
        .sign_in(ADMIN, PASSPHRASE, Some("dev-a"))
        .await
        .json()
        .await
        .expect("tokens");
    let second = refresh(&clinic, &first.refresh_token).await;
    assert_eq!(second.status(), StatusCode::OK);
    let second: TokenResponse = second.json().await.expect("tokens");
    assert_ne!(second.refresh_token, first.refresh_token);
    assert_eq!(
        refresh(&clinic, &first.refresh_token).await.status(),
        StatusCode::OK,
        "within two minutes the first answer may have been lost"
    );
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", second.refresh_token.as_str()),
    ];
    let third = clinic
        .http
        .post(clinic.url("/auth/token"))
        .form(&form)
        .send()
        .await
        .expect("an answer");
    assert_eq!(third.status(), StatusCode::OK, "the OAuth2 way works too");
    for bad in ["", "nonsense", &"x".repeat(10_000)] {
        assert_eq!(
            refresh(&clinic, bad).await.status(),
            StatusCode::UNAUTHORIZED
        );
    }
}

#[tokio::test]
async fn a_refresh_token_that_comes_back_late_ends_the_session() {
    use std::sync::atomic::{AtomicI64, Ordering};
    let clinic = Clinic::open().await;
    let path = clinic.folder.path().join("hub.db");
    let shift = std::sync::Arc::new(AtomicI64::new(0));
    let clock = {
        let shift = shift.clone();
        std::sync::Arc::new(move || {
            haven_model::Timestamp(jiff::Timestamp::now().as_millisecond())
                .plus_ms(shift.load(Ordering::Relaxed))
        })
    };
    let hub = haven_hub::Hub::open_with_clock(&path, clock).expect("opens");
    let running = haven_hub::spawn(hub, ([127, 0, 0, 1], 0).into())
        .await
        .expect("a port");
    let clinic = Clinic { running, ..clinic };
    let first: TokenResponse = clinic
        .sign_in(ADMIN, PASSPHRASE, Some("dev-a"))
        .await
        .json()
        .await
        .expect("tokens");
    let second: TokenResponse = refresh(&clinic, &first.refresh_token)
        .await
        .json()
        .await
        .expect("tokens");
    shift.store(10 * 60_000, Ordering::Relaxed);
    assert_eq!(
        refresh(&clinic, &first.refresh_token).await.status(),
        StatusCode::UNAUTHORIZED,
        "stolen?"
    );
    assert_eq!(
        refresh(&clinic, &second.refresh_token).await.status(),
        StatusCode::UNAUTHORIZED,
        "thief and owner both have to sign in again"
    );
    let admin = clinic.person(&first.access_token, "dev-a");
    assert_eq!(
        admin.get("/devices").await.status(),
        StatusCode::OK,
        "an access token lives its hour"
    );
    shift.store(2 * 3_600_000, Ordering::Relaxed);
    let (status, body) = outcome(admin.get("/devices").await).await;
    assert_eq!(
        (status, body["code"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("token-expired"))
    );
}

#[tokio::test]
async fn a_revoked_device_is_shut_out_at_its_next_contact() {
    let clinic = Clinic::open().await;
    let admin = clinic.admin("dev-admin").await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    let tokens: TokenResponse = clinic
        .sign_in("ana", PASSPHRASE, Some("dev-a"))
        .await
        .json()
        .await
        .expect("tokens");
    ana.push(vec![edit(
        "dev-a:1",
        Operation::Create,
        &patient("p1", "Kept"),
        None,
    )])
    .await;
    let own: Value = ana.get("/devices").await.json().await.expect("a list");
    assert_eq!(
        own.as_array().map(Vec::len),
        Some(1),
        "a user sees their own devices"
    );
    let all: Value = admin.get("/devices").await.json().await.expect("a list");
    assert_eq!(all.as_array().map(Vec::len), Some(2), "an admin sees all");
    let not_hers = ana.send("DELETE", "/devices/dev-admin", &Value::Null).await;
    assert_eq!(not_hers.status(), StatusCode::NOT_FOUND);

    let (status, device) =
        outcome(admin.send("DELETE", "/devices/dev-a", &Value::Null).await).await;
    assert_eq!(
        (status, device["revokedBy"].as_str()),
        (StatusCode::OK, Some(ADMIN))
    );
    let pull = PullRequest {
        device_id: "dev-a".to_owned(),
        ..PullRequest::default()
    };
    let (status, body) = outcome(ana.pull_with(&pull).await).await;
    assert_eq!(
        (status, body["code"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("device-revoked"))
    );
    assert_eq!(
        ana.get("/fhir/R4/Patient/p1").await.status(),
        StatusCode::UNAUTHORIZED
    );
    for answer in [
        refresh(&clinic, &tokens.refresh_token).await,
        clinic.sign_in("ana", PASSPHRASE, Some("dev-a")).await,
    ] {
        let (status, body) = outcome(answer).await;
        assert_eq!(
            (status, body["error"].as_str()),
            (StatusCode::FORBIDDEN, Some("device_revoked"))
        );
    }
    let other = clinic.sign_in("ana", PASSPHRASE, Some("dev-new")).await;
    assert_eq!(
        other.status(),
        StatusCode::OK,
        "the person may use another device"
    );
}

#[tokio::test]
async fn a_token_is_for_its_own_device() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    let pull = PullRequest {
        device_id: "dev-b".to_owned(),
        ..PullRequest::default()
    };
    assert_eq!(ana.pull_with(&pull).await.status(), StatusCode::FORBIDDEN);
    let added = ana
        .request("POST", "/devices")
        .json(&json!({"deviceId": "dev-b", "deviceName": "second laptop"}))
        .send()
        .await
        .expect("an answer");
    assert_eq!(added.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn hostile_requests_get_an_answer_and_do_no_harm() {
    use base64::Engine as _;
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let payload = ana.token.split('.').nth(1).expect("a payload").to_owned();
    let signature = ana.token.split('.').nth(2).expect("a signature").to_owned();
    for forged in [
        format!("{}.{payload}.", encode(r#"{"alg":"none"}"#)),
        format!("{}.{payload}.{signature}", encode(r#"{"alg":"HS256"}"#)),
        format!(
            "{}.{}.{signature}",
            encode(r#"{"alg":"EdDSA"}"#),
            encode(r#"{"sub":"admin"}"#)
        ),
        "x".repeat(7000),
    ] {
        let eve = clinic.person(&forged, "dev-a");
        let answer = eve.get("/devices").await;
        assert_eq!(
            answer.status(),
            StatusCode::UNAUTHORIZED,
            "{}",
            &forged[..20]
        );
    }

    let deep = "[".repeat(200_000);
    let huge = format!(
        r#"{{"deviceId":"dev-a","changes":[],"x":"{}"}}"#,
        "x".repeat(17 * 1024 * 1024)
    );
    let push = |body: String| {
        ana.request("POST", "/api/v2/sync/push")
            .header("content-type", "application/json")
            .body(body)
            .send()
    };
    for body in [
        deep,
        "{".to_owned(),
        String::new(),
        r#"{"deviceId":7}"#.to_owned(),
    ] {
        let (status, answer) = outcome(push(body).await.expect("an answer")).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (StatusCode::BAD_REQUEST, Some("bad-request"))
        );
    }
    // The server may answer and hang up before all of it is sent.
    if let Ok(answer) = push(huge).await {
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut bomb, &vec![b' '; 64 * 1024 * 1024]).expect("packs");
    let bomb = bomb.finish().expect("packs");
    let answer = ana
        .request("POST", "/fhir/R4/Patient")
        .header("content-type", "application/fhir+json")
        .header("content-encoding", "gzip")
        .body(bomb)
        .send()
        .await
        .expect("an answer");
    let (status, problem) = outcome(answer).await;
    assert_eq!(
        (status, problem["resourceType"].as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, Some("OperationOutcome"))
    );

    let mut hostile = edit("dev-a:1", Operation::Create, &patient("p1", "X"), None);
    hostile.vector_clock = [("n".to_owned(), u64::MAX)].into_iter().collect();
    let answer = ana.push(vec![hostile]).await;
    assert!(
        answer.rejected[0].reason.starts_with("invalid"),
        "a clock nobody could have counted"
    );
    let many = (0..1001)
        .map(|n| {
            edit(
                &format!("dev-a:{n}"),
                Operation::Create,
                &patient("p1", "X"),
                None,
            )
        })
        .collect::<Vec<_>>();
    let answer = push(json!({"deviceId": "dev-a", "changes": many}).to_string())
        .await
        .expect("an answer");
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    for path in [
        "/fhir/R4/Patient/%00",
        "/fhir/R4/%FF/x",
        "/fhir/R4/Patient/..%2F..%2Fetc",
        "/fhir/R4/Patient?_id=%00",
        "/nowhere",
        "/devices/%F0%9F%99%82",
    ] {
        let answer = ana.get(path).await;
        assert!(
            answer.status().is_client_error(),
            "{path}: {}",
            answer.status()
        );
    }
    assert_eq!(
        ana.pull(None).await.changes.len(),
        0,
        "none of it left a trace"
    );
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    ana.push(vec![
        edit("dev-a:1", Operation::Create, &patient("p1", "One"), None),
        edit(
            "dev-a:2",
            Operation::Update,
            &patient("p1", "Two"),
            Some("7"),
        ),
    ])
    .await;
    ana.pull(None).await;
    let text = clinic
        .http
        .get(clinic.url("/metrics"))
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text");
    for line in [
        "haven_hub_resources 1",
        "haven_hub_push_accepted_total 1",
        "haven_hub_push_conflicts_total 1",
        "haven_hub_pulls_total 1",
        "haven_hub_devices 1",
    ] {
        assert!(text.lines().any(|have| have == line), "{line} in\n{text}");
    }
    assert!(!text.contains("One"), "no patient data");
    assert_eq!(ana.get("/readyz").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn answers_are_packed_for_who_asks() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, patient("p1", &"Packed".repeat(100)).as_bytes())
        .expect("packs");
    let sent = ana
        .request("PUT", "/fhir/R4/Patient/p1")
        .header("content-type", "application/fhir+json")
        .header("content-encoding", "gzip")
        .body(packed.finish().expect("packs"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(sent.status(), StatusCode::CREATED);
    let raw = reqwest::Client::builder()
        .no_gzip()
        .build()
        .expect("a client");
    let answer = raw
        .get(clinic.url("/fhir/R4/Patient/p1"))
        .bearer_auth(&ana.token)
        .header("accept-encoding", "gzip")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.headers()["content-encoding"], "gzip");
}
