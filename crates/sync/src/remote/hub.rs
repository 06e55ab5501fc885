//! Haven's own hub over HTTP.

mod content;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use haven_model::attachment::{AttachmentOffer, AttachmentStanding};
use haven_model::escalation::{
    Act, ActKind, ConflictChanges, ConflictChangesRequest, EscalateRequest, EscalatedConflict,
};
use haven_model::outline::{DigestRequest, DigestResponse, Outline, OutlineRequest};
use haven_model::wire::{
    API_VERSION_HEADER, Health, PullRequest, PullResponse, PushRequest, PushResponse, TokenResponse,
};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use super::answer::{read_json, transport_error};
use super::content::{Content, ContentAsk, ContentPiece};
use super::hints::{self, Hints};
use super::tokens::{Credentials, TokenKeeper, Tokens};
use super::wire::{Meter, PACKED_FROM_BYTES, Wire, packed, usual_headers};
use super::{Answer, Remote, RemoteError};
use crate::pace::Pace;

/// How long a connection may take to come up.
const CONNECT_TIMEOUT_MS: u64 = 5_000;
/// How long a server may say nothing in the middle of an answer.
const SILENCE_TIMEOUT_MS: u64 = 30_000;
/// How long one request may take in all.
const REQUEST_TIMEOUT_MS: u64 = 120_000;
/// How long the cheap question whether anyone is there may take.
const PROBE_TIMEOUT_MS: u64 = 5_000;
/// An access token is renewed this long before it runs out.
const RENEW_EARLY_MS: i64 = 60_000;

/// Where a hub is, and what this device is to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubSettings {
    /// `http://host:port`, with or without a path in front of the API.
    pub url: String,
    /// The hub that this device joined; another one at the same address is refused.
    pub hub_id: String,
    /// This device's incarnation.
    pub device_id: String,
    /// This device's name for people.
    pub device_name: String,
}

/// No answer has told the server's time yet.
const UNMEASURED: i64 = i64::MIN;

/// A hub, spoken to over HTTP.
///
/// Invariant: nothing is sent but to the hub that the device joined; this is checked once for each
/// value of this type, and again after every failure to connect.
pub struct HubRemote {
    http: Client,
    settings: HubSettings,
    keeper: Arc<dyn TokenKeeper>,
    credentials: Option<Arc<dyn Credentials>>,
    pace: Arc<dyn Pace>,
    state: Mutex<State>,
    /// This computer's clock less the server's, or [`UNMEASURED`].
    skew_ms: AtomicI64,
    meter: Meter,
}

#[derive(Default)]
struct State {
    tokens: Option<Tokens>,
    is_right_hub: bool,
}

impl HubRemote {
    /// Speaks to the hub of `settings` with the tokens that `keeper` holds.
    ///
    /// # Errors
    /// When this machine's TLS set-up does not allow any request.
    pub fn new(
        settings: HubSettings,
        keeper: Arc<dyn TokenKeeper>,
        credentials: Option<Arc<dyn Credentials>>,
        pace: Arc<dyn Pace>,
    ) -> Result<Self, RemoteError> {
        let http = http_client()?;
        Ok(Self {
            http,
            settings,
            keeper,
            credentials,
            pace,
            state: Mutex::default(),
            skew_ms: AtomicI64::new(UNMEASURED),
            meter: Meter::default(),
        })
    }

    fn url(&self, path: &str) -> String {
        join_url(&self.settings.url, path)
    }

    /// Compares the clocks by the `Date` of an answer (RFC 9110 §6.6.1), which was written between
    /// asking and hearing, and names a whole second.
    fn measure_clock(&self, response: &reqwest::Response, asked_ms: i64) {
        let heard_ms = self.pace.now().as_millis();
        let date = response
            .headers()
            .get(DATE)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
        if let Some(date) = date {
            let midway_ms = asked_ms.saturating_add(heard_ms.saturating_sub(asked_ms) / 2);
            let server_ms = date.timestamp().as_millisecond().saturating_add(500);
            self.skew_ms
                .store(midway_ms.saturating_sub(server_ms), Ordering::Relaxed);
        }
    }

    async fn ask_health(&self) -> Result<Health, RemoteError> {
        let asked_ms = self.pace.now().as_millis();
        let request = self
            .http
            .get(self.url("/healthz"))
            .timeout(Duration::from_millis(PROBE_TIMEOUT_MS));
        let response = self.meter.send(request).await;
        let health = match response {
            Ok(response) => {
                self.measure_clock(&response, asked_ms);
                read_json::<Health>(response).await
            }
            Err(error) => Err(error),
        };
        let mut state = self.state.lock().await;
        match health {
            Ok(health) if health.hub_id == self.settings.hub_id => {
                state.is_right_hub = true;
                Ok(health)
            }
            Ok(_) => {
                state.is_right_hub = false;
                Err(RemoteError::WrongServer)
            }
            Err(error) => {
                state.is_right_hub = false;
                Err(error)
            }
        }
    }

    /// Sends with a good access token, renewing it once when the hub says it is none.
    async fn authorised<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, RemoteError> {
        if !self.state.lock().await.is_right_hub {
            self.ask_health().await?;
        }
        let access_token = self.access_token(None).await?;
        let first = self.send(path, body, &access_token).await;
        let answer = match first {
            Ok(response) if response.status() == StatusCode::UNAUTHORIZED => {
                match read_json::<T>(response).await {
                    Err(RemoteError::SignedOut) => {}
                    other => return other,
                }
                let renewed = self.access_token(Some(&access_token)).await?;
                self.send(path, body, &renewed).await
            }
            other => other,
        };
        match answer {
            Ok(response) => read_json(response).await,
            Err(error) => {
                // Another server may stand at this address by the time it answers again.
                self.state.lock().await.is_right_hub = false;
                Err(error)
            }
        }
    }

    async fn send<B: Serialize + Sync>(
        &self,
        path: &str,
        body: &B,
        access_token: &str,
    ) -> Result<reqwest::Response, RemoteError> {
        let unwritable = |_| RemoteError::Protocol("a request cannot be written".to_owned());
        let body = serde_json::to_vec(body).map_err(unwritable)?;
        let request = self
            .http
            .post(self.url(path))
            .bearer_auth(access_token)
            .header(CONTENT_TYPE, "application/json");
        // Every hub takes packed requests; the limits of its size are of what is unpacked.
        let request = if body.len() >= PACKED_FROM_BYTES {
            request.header(CONTENT_ENCODING, "gzip").body(packed(&body))
        } else {
            request.body(body)
        };
        self.meter.send(with_version(request)).await
    }

    /// A token to use now. `refused` is the one that the hub has just said is none.
    async fn access_token(&self, refused: Option<&str>) -> Result<String, RemoteError> {
        let mut state = self.state.lock().await;
        if state.tokens.is_none() {
            state.tokens = self.keeper.load();
        }
        let now_ms = self.pace.now().as_millis();
        if let Some(tokens) = &state.tokens {
            let is_refused = refused == Some(tokens.access_token.as_str());
            let is_fresh = tokens.expires_at_ms.saturating_sub(RENEW_EARLY_MS) > now_ms;
            if !is_refused && is_fresh {
                return Ok(tokens.access_token.clone());
            }
        }
        let renewed = match &state.tokens {
            Some(tokens) => self.refresh(&tokens.refresh_token).await,
            None => Err(RemoteError::SignedOut),
        };
        let response = match renewed {
            Ok(response) => response,
            Err(RemoteError::SignedOut | RemoteError::Forbidden) => self.sign_in().await?,
            Err(error) => return Err(error),
        };
        let tokens = Tokens::received(&response, now_ms);
        self.keeper.save(&tokens)?;
        let access_token = tokens.access_token.clone();
        state.tokens = Some(tokens);
        Ok(access_token)
    }

    async fn refresh(&self, refresh_token: &str) -> Result<TokenResponse, RemoteError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ];
        self.token_request("/auth/refresh", &form).await
    }

    async fn sign_in(&self) -> Result<TokenResponse, RemoteError> {
        let (user, password) = self
            .credentials
            .as_ref()
            .and_then(|credentials| credentials.password())
            .ok_or(RemoteError::SignedOut)?;
        let form = [
            ("grant_type", "password"),
            ("username", user.as_str()),
            ("password", password.as_str()),
            ("device_id", self.settings.device_id.as_str()),
            ("device_name", self.settings.device_name.as_str()),
        ];
        self.token_request("/auth/token", &form).await
    }

    async fn token_request(
        &self,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<TokenResponse, RemoteError> {
        let response = self
            .meter
            .send(self.http.post(self.url(path)).form(form))
            .await?;
        // RFC 6749 §5.2: a grant that is no longer good is `400 invalid_grant`.
        if response.status() == StatusCode::BAD_REQUEST {
            return match read_json::<TokenResponse>(response).await {
                Err(RemoteError::Protocol(_)) => Err(RemoteError::SignedOut),
                other => other,
            };
        }
        read_json(response).await
    }
}

impl Remote for HubRemote {
    fn probe(&self) -> Answer<'_, Health> {
        Box::pin(self.ask_health())
    }

    fn pull(&self, request: PullRequest) -> Answer<'_, PullResponse> {
        Box::pin(async move { self.authorised("/api/v2/sync/pull", &request).await })
    }

    fn push(&self, request: PushRequest) -> Answer<'_, PushResponse> {
        Box::pin(async move { self.authorised("/api/v2/sync/push", &request).await })
    }

    fn outline(&self, request: OutlineRequest) -> Answer<'_, Option<Outline>> {
        Box::pin(
            async move { known_there(self.authorised("/api/v2/sync/outline", &request).await) },
        )
    }

    fn digest(&self, request: DigestRequest) -> Answer<'_, Option<DigestResponse>> {
        Box::pin(async move { known_there(self.authorised("/api/v2/sync/digest", &request).await) })
    }

    fn clock_skew_ms(&self) -> Option<i64> {
        match self.skew_ms.load(Ordering::Relaxed) {
            UNMEASURED => None,
            measured => Some(measured),
        }
    }

    fn conflict_changes(
        &self,
        request: ConflictChangesRequest,
    ) -> Answer<'_, Option<ConflictChanges>> {
        Box::pin(async move {
            known_there(self.authorised("/api/v2/conflicts/changes", &request).await)
        })
    }

    fn escalate(&self, request: EscalateRequest) -> Answer<'_, Option<EscalatedConflict>> {
        Box::pin(async move {
            let answer = self.authorised("/api/v2/conflicts", &request).await;
            answer.map(Some)
        })
    }

    fn act(
        &self,
        conflict_id: String,
        kind: ActKind,
        act: Act,
    ) -> Answer<'_, Option<EscalatedConflict>> {
        Box::pin(async move {
            let path = format!("/api/v2/conflicts/{conflict_id}/{}", kind.as_str());
            self.authorised(&path, &act).await.map(Some)
        })
    }

    fn wire(&self) -> Wire {
        self.meter.read()
    }

    fn attachment_base(&self) -> String {
        self.url("/fhir/R4")
    }

    fn takes_pieces(&self) -> bool {
        true
    }

    fn open_content(&self, ask: ContentAsk) -> Answer<'_, Content> {
        Box::pin(self.open(ask))
    }

    fn offer_content(&self, offer: AttachmentOffer) -> Answer<'_, AttachmentStanding> {
        Box::pin(self.offer(offer))
    }

    fn send_content(&self, piece: ContentPiece) -> Answer<'_, AttachmentStanding> {
        Box::pin(self.hand_over(piece))
    }

    fn hints(&self) -> Answer<'_, Option<Hints>> {
        Box::pin(async move {
            if !self.state.lock().await.is_right_hub {
                self.ask_health().await?;
            }
            let access_token = self.access_token(None).await?;
            let (headers, key) = hints::headers();
            let response = self
                .http
                .get(self.url("/ws/changes"))
                .bearer_auth(access_token)
                .headers(headers)
                .send()
                .await
                .map_err(|error| transport_error(&error))?;
            hints::listen(response, &key).await
        })
    }
}

/// A hub of an earlier version does not know every call.
fn known_there<T>(answer: Result<T, RemoteError>) -> Result<Option<T>, RemoteError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(RemoteError::Protocol(words)) if words.starts_with("HTTP 404") => Ok(None),
        Err(error) => Err(error),
    }
}

fn with_version(request: RequestBuilder) -> RequestBuilder {
    let (name, value) = API_VERSION_HEADER;
    request.header(name, value)
}

/// The base address and a path, with one slash between them.
pub(super) fn join_url(base: &str, path: &str) -> String {
    format!("{}{path}", base.trim_end_matches('/'))
}

/// A client that follows no redirect: a sign-in page elsewhere must not get a chart.
pub(super) fn http_client() -> Result<Client, RemoteError> {
    // Fails when the process has chosen a provider already, which is as good.
    let _chosen_before = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(Duration::from_millis(CONNECT_TIMEOUT_MS))
        .read_timeout(Duration::from_millis(SILENCE_TIMEOUT_MS))
        .timeout(Duration::from_millis(REQUEST_TIMEOUT_MS))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("haven/", env!("CARGO_PKG_VERSION")))
        .no_gzip()
        .default_headers(usual_headers())
        .build()
        .map_err(|_| RemoteError::Protocol("this machine's TLS set-up cannot be used".to_owned()))
}
