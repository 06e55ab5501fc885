//! A hub on loopback and people who talk to it.
#![allow(dead_code, reason = "each story uses the part it needs")]

use haven_hub::{Hub, RunningHub};
use haven_model::wire::{
    EnrolResponse, PullRequest, PullResponse, PushChange, PushRequest, PushResponse, TokenResponse,
};
use haven_model::{Operation, Role, Timestamp, VectorClock};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const ADMIN: &str = "admin";
pub const PASSPHRASE: &str = "correct horse battery";

pub struct Clinic {
    pub folder: TempDir,
    pub hub: Hub,
    pub running: RunningHub,
    pub http: Client,
}

impl Clinic {
    pub async fn open() -> Self {
        // The first story of the process installs it; the others find it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("hub.db");
        let now = Timestamp(jiff::Timestamp::now().as_millisecond());
        let hub = Hub::create(&path, ADMIN, PASSPHRASE, "Test clinic", now).expect("a new hub");
        let running = haven_hub::spawn(hub.clone(), ([127, 0, 0, 1], 0).into())
            .await
            .expect("a free port");
        Self {
            folder,
            hub,
            running,
            // A request must not race with the server hanging up on the one before it.
            http: Client::builder()
                .pool_max_idle_per_host(0)
                .build()
                .expect("a client"),
        }
    }

    /// Ends the server and opens the same file again, as after a restart of the machine.
    pub async fn restart(self) -> Self {
        let Self {
            folder,
            hub,
            running,
            http,
        } = self;
        running.stop().await.expect("stops");
        drop(hub);
        let hub = Hub::open(&folder.path().join("hub.db")).expect("opens again");
        let running = haven_hub::spawn(hub.clone(), ([127, 0, 0, 1], 0).into())
            .await
            .expect("a free port");
        Self {
            folder,
            hub,
            running,
            http,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url())
    }

    pub async fn enrol(&self, user: &str, role: Role, device: &str) -> Person {
        let code = self.hub.invite(user, role, None).expect("an invitation");
        let answer = self.enrol_with(&code, device).await;
        assert_eq!(answer.status(), StatusCode::CREATED, "a fresh code admits");
        let answer: EnrolResponse = answer.json().await.expect("an enrolment");
        assert_eq!(answer.user, user);
        self.person(&answer.tokens.access_token, device)
    }

    pub async fn enrol_with(&self, code: &str, device: &str) -> Response {
        self.http
            .post(self.url("/devices"))
            .json(&json!({
                "code": code, "deviceId": device, "deviceName": format!("laptop {device}"),
                "password": PASSPHRASE,
            }))
            .send()
            .await
            .expect("an answer")
    }

    pub async fn sign_in(&self, user: &str, password: &str, device: Option<&str>) -> Response {
        let mut form = vec![
            ("grant_type", "password"),
            ("username", user),
            ("password", password),
        ];
        form.extend(device.map(|device| ("device_id", device)));
        self.http
            .post(self.url("/auth/token"))
            .form(&form)
            .send()
            .await
            .expect("an answer")
    }

    pub async fn admin(&self, device: &str) -> Person {
        let answer = self.sign_in(ADMIN, PASSPHRASE, Some(device)).await;
        assert_eq!(answer.status(), StatusCode::OK, "the admin signs in");
        let tokens: TokenResponse = answer.json().await.expect("tokens");
        self.person(&tokens.access_token, device)
    }

    pub fn person(&self, token: &str, device: &str) -> Person {
        Person {
            http: self.http.clone(),
            base: self.running.url(),
            token: token.to_owned(),
            device: device.to_owned(),
        }
    }
}

/// Someone signed in on a device.
#[derive(Clone)]
pub struct Person {
    pub http: Client,
    pub base: String,
    pub token: String,
    pub device: String,
}

impl Person {
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        self.http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request("GET", path).send().await.expect("an answer")
    }

    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Response {
        self.request(method, path)
            .header("content-type", "application/fhir+json")
            .body(body.to_string())
            .send()
            .await
            .expect("an answer")
    }

    pub async fn pull_with(&self, request: &PullRequest) -> Response {
        self.request("POST", "/api/v2/sync/pull")
            .header("X-API-Version", "2.0")
            .json(request)
            .send()
            .await
            .expect("an answer")
    }

    pub async fn pull(&self, cursor: Option<&str>) -> PullResponse {
        let request = PullRequest {
            cursor: cursor.map(str::to_owned),
            device_id: self.device.clone(),
            ..PullRequest::default()
        };
        let answer = self.pull_with(&request).await;
        assert_eq!(answer.status(), StatusCode::OK, "a pull is answered");
        answer.json().await.expect("a page")
    }

    pub async fn push(&self, changes: Vec<PushChange>) -> PushResponse {
        let request = PushRequest {
            device_id: self.device.clone(),
            changes,
            ..PushRequest::default()
        };
        let answer = self
            .request("POST", "/api/v2/sync/push")
            .json(&request)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "a push is answered");
        answer.json().await.expect("outcomes")
    }
}

/// An edit as a device would send it.
pub fn edit(op: &str, operation: Operation, body: &str, base: Option<&str>) -> PushChange {
    let value: Value = serde_json::from_str(body).expect("JSON");
    let text = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .expect(name)
            .to_owned()
    };
    PushChange {
        id: op.to_owned(),
        collection: text("resourceType"),
        record_id: text("id"),
        operation,
        data: (operation != Operation::Delete)
            .then(|| serde_json::value::RawValue::from_string(body.to_owned()).expect("JSON")),
        base_version: base.map(str::to_owned),
        vector_clock: VectorClock::new().tick(op.split(':').next().unwrap_or(op)),
        last_modified: Some("2026-11-23T08:00:00Z".to_owned()),
        resolves: Vec::new(),
    }
}

pub fn patient(id: &str, family: &str) -> String {
    format!(r#"{{"resourceType":"Patient","id":"{id}","name":[{{"family":"{family}"}}]}}"#)
}

pub async fn outcome(answer: Response) -> (StatusCode, Value) {
    let status = answer.status();
    (status, answer.json().await.expect("JSON in the answer"))
}
