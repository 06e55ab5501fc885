//! One request to a plain FHIR server, and what came back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use haven_model::Timestamp;
use reqwest::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName,
    IF_MATCH, IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER,
};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

use super::access::Tokens;
use super::{Said, patience};
use crate::remote::answer::{read_body, transport_error};
use crate::remote::hub::join_url;
use crate::remote::wire::{PACKED_FROM_BYTES, packed};
use crate::remote::{Meter, RemoteError, Transport, Wire};

/// The largest answer read into memory, after decompression.
const BODY_CAP_BYTES: usize = 64 * 1024 * 1024;
/// A request that the server asked to come back later with is made again this often.
const PATIENCE: u32 = 4;
/// The longest wait within one run; for a longer one the run ends.
const LONGEST_WAIT_MS: u64 = 20_000;
const FIRST_WAIT_MS: u64 = 500;

const FHIR_JSON: &str = "application/fhir+json";
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// A request, not yet made.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub method: Method,
    /// Below the base address, with its query.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub if_match: Option<String>,
    pub only_if_new: bool,
    pub body: Option<Vec<u8>>,
    /// Whether the answer need not bring back what was written.
    pub quietly: bool,
}

impl Ask {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            query: Vec::new(),
            if_match: None,
            only_if_new: false,
            body: None,
            quietly: false,
        }
    }

    /// As [`Ask::with_body`]; the server need not answer with what was written.
    pub(super) fn quietly(method: Method, path: impl Into<String>, body: Vec<u8>) -> Self {
        Self {
            quietly: true,
            ..Self::with_body(method, path, body)
        }
    }

    pub(super) fn with_body(method: Method, path: impl Into<String>, body: Vec<u8>) -> Self {
        Self {
            method,
            body: Some(body),
            ..Self::get(path)
        }
    }

    pub(super) fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }
}

/// What came back, whatever its status.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub version: Option<String>,
    pub last_modified: Option<Timestamp>,
    pub location: Option<String>,
    /// The server's clock.
    pub date: Option<Timestamp>,
    pub retry_after_ms: Option<u64>,
    /// The media type, where the body is JSON; else what it is.
    pub kind: Result<(), String>,
    pub body: Vec<u8>,
}

impl Reply {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; `Null` when it is none.
    pub(super) fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Refuses what no FHIR server says, so that a sign-in page is never taken for an answer.
    pub(super) fn require_json(self) -> Result<Self, RemoteError> {
        match &self.kind {
            Err(_) if self.body.trim_ascii().is_empty() => Ok(self),
            Err(kind) => Err(RemoteError::NotFhir(kind.clone())),
            Ok(()) => Ok(self),
        }
    }

    /// What a refusal of the request as a whole means.
    pub(super) fn failure(&self) -> RemoteError {
        match self.status {
            401 => RemoteError::SignedOut,
            403 => RemoteError::Forbidden,
            408 | 504 => RemoteError::Timeout,
            413 => RemoteError::TooLarge,
            429 => RemoteError::RateLimited {
                retry_after_ms: self.retry_after_ms,
            },
            300..=399 => RemoteError::NotFhir("it sends the caller elsewhere".to_owned()),
            500.. => RemoteError::Server {
                status: self.status,
                retry_after_ms: self.retry_after_ms,
            },
            status => RemoteError::Protocol(format!("HTTP {status}{}", issue_code(&self.value()))),
        }
    }
}

/// The first issue's code, which quotes nothing of the request.
pub(super) fn issue_code(outcome: &Value) -> String {
    let code = outcome.pointer("/issue/0/code").and_then(Value::as_str);
    match code {
        Some(code)
            if code.len() <= 32 && code.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-') =>
        {
            format!(", {code}")
        }
        Some(_) | None => String::new(),
    }
}

/// The connection to one server.
pub(super) struct Line {
    /// Shapes requests, and fetches tokens.
    http: Client,
    /// Carries all else.
    transport: Arc<dyn Transport>,
    base: String,
    tokens: Tokens,
    asked_for_patience: AtomicBool,
    /// Before this, nothing is left of what the server allows.
    until: Mutex<Option<tokio::time::Instant>>,
    gzip: Mutex<Said>,
    meter: Meter,
}

impl Line {
    pub(super) fn new(
        (http, transport): (Client, Arc<dyn Transport>),
        base: String,
        tokens: Tokens,
        gzip: Said,
    ) -> Self {
        Self {
            http,
            transport,
            base,
            tokens,
            asked_for_patience: AtomicBool::new(false),
            until: Mutex::new(None),
            gzip: Mutex::new(gzip),
            meter: Meter::default(),
        }
    }

    /// Whether the server has asked for patience.
    pub(super) fn was_asked_for_patience(&self) -> bool {
        self.asked_for_patience.load(Ordering::Relaxed)
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// Makes a request; waits and asks again where the server asks for patience, and signs in anew
    /// once where it says that nobody is signed in.
    pub(super) async fn ask(&self, ask: &Ask) -> Result<Reply, RemoteError> {
        let mut waited = 0;
        let mut renewed = false;
        loop {
            let token = self.tokens.access_token(&self.http, &self.base).await?;
            let reply = self.send_either_way(ask, token.as_deref()).await?;
            match reply.status {
                401 if !renewed && token.is_some() => {
                    renewed = true;
                    if !self.tokens.renew(token.as_deref()).await {
                        return Err(RemoteError::SignedOut);
                    }
                }
                401 => return Err(RemoteError::SignedOut),
                // Only what asks for patience: a server that merely fails is not asked again here.
                429 | 503
                    if waited < PATIENCE
                        && (reply.status == 429 || reply.retry_after_ms.is_some()) =>
                {
                    self.asked_for_patience.store(true, Ordering::Relaxed);
                    let wait_ms = reply.retry_after_ms.unwrap_or(FIRST_WAIT_MS << waited);
                    if wait_ms > LONGEST_WAIT_MS {
                        return Err(reply.failure());
                    }
                    waited += 1;
                    tokio::time::sleep(Duration::from_millis(wait_ms)).await;
                }
                _ => return Ok(reply),
            }
        }
    }

    /// Makes a request whose answer is read as it comes, signed in anew once where that is needed.
    pub(super) async fn open(
        &self,
        path: &str,
        shape: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, RemoteError> {
        let mut renewed = false;
        loop {
            let token = self.tokens.access_token(&self.http, &self.base).await?;
            let mut request = shape(self.http.get(join_url(&self.base, &format!("/{path}"))));
            if let Some(token) = &token {
                request = request.bearer_auth(token);
            }
            let response = self.carry(request).await?;
            if response.status().as_u16() != 401 || renewed || token.is_none() {
                return Ok(response);
            }
            renewed = true;
            if !self.tokens.renew(token.as_deref()).await {
                return Err(RemoteError::SignedOut);
            }
        }
    }

    async fn send(&self, ask: &Ask, token: Option<&str>) -> Result<Reply, RemoteError> {
        let url = if ask.path.is_empty() {
            self.base.clone()
        } else {
            join_url(&self.base, &format!("/{}", ask.path))
        };
        let mut request = self
            .http
            .request(ask.method.clone(), url)
            .header(ACCEPT, FHIR_JSON)
            .header(CACHE_CONTROL, "no-cache");
        if !ask.query.is_empty() {
            request = request.query(&ask.query);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(version) = &ask.if_match {
            request = request.header(IF_MATCH, format!("W/\"{version}\""));
        }
        if ask.only_if_new {
            request = request.header(IF_NONE_MATCH, "*");
        }
        let is_packed = self.packs(ask);
        if let Some(body) = &ask.body {
            let body = if is_packed {
                packed(body)
            } else {
                body.clone()
            };
            if is_packed {
                request = request.header(CONTENT_ENCODING, "gzip");
            }
            request = request
                .header(CONTENT_TYPE, FHIR_JSON)
                .header(
                    PREFER,
                    if ask.quietly {
                        "return=minimal"
                    } else {
                        "return=representation"
                    },
                )
                .body(body);
        }
        read(self.carry(request).await?).await
    }

    async fn carry(&self, request: RequestBuilder) -> Result<Response, RemoteError> {
        let request = request
            .build()
            .map_err(|error| not_fhir(transport_error(&error)))?;
        self.keep_to_limits().await?;
        let response = self
            .meter
            .carry(&*self.transport, request)
            .await
            .map_err(not_fhir)?;
        self.heed(response.headers());
        Ok(response)
    }

    /// Whether a request's body is compressed. Whether the server takes that is tried with a request
    /// that may be made twice.
    fn packs(&self, ask: &Ask) -> bool {
        let is_large = ask
            .body
            .as_ref()
            .is_some_and(|body| body.len() >= PACKED_FROM_BYTES);
        is_large
            && match self.takes_gzip() {
                Said::Yes => true,
                Said::No | Said::DeclaredNo => false,
                Said::Unknown | Said::DeclaredYes => ask.method == Method::PUT,
            }
    }

    /// Whether the server takes compressed requests, as far as that was found out.
    pub(super) fn takes_gzip(&self) -> Said {
        *self.gzip.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn found_gzip(&self, takes_it: bool) {
        *self.gzip.lock().unwrap_or_else(PoisonError::into_inner) = Said::seen(takes_it);
    }

    /// Sends, and once more without compression where that may be what the server refuses.
    async fn send_either_way(&self, ask: &Ask, token: Option<&str>) -> Result<Reply, RemoteError> {
        let was_packed = self.packs(ask);
        let reply = self.send(ask, token).await?;
        if !was_packed {
            return Ok(reply);
        }
        if reply.is_success() {
            self.found_gzip(true);
            return Ok(reply);
        }
        let before = self.takes_gzip();
        let may_be_that = match before {
            Said::Yes => reply.status == 415,
            Said::Unknown | Said::DeclaredYes | Said::DeclaredNo | Said::No => {
                matches!(reply.status, 400 | 415 | 422 | 500 | 501)
            }
        };
        if !may_be_that {
            return Ok(reply);
        }
        self.found_gzip(false);
        let plain = self.send(ask, token).await?;
        if plain.status == reply.status && reply.status != 415 {
            // It was something else: nothing was found out.
            *self.gzip.lock().unwrap_or_else(PoisonError::into_inner) = before;
        }
        Ok(plain)
    }

    /// Notes how long the server wants to be left alone.
    fn heed(&self, headers: &HeaderMap) {
        if let Some(wait_ms) = patience::wait_ms(headers) {
            self.asked_for_patience.store(true, Ordering::Relaxed);
            let until = tokio::time::Instant::now() + Duration::from_millis(wait_ms);
            *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
        }
    }

    /// Waits for as long as nothing is left of what the server allows; a long wait ends the run.
    async fn keep_to_limits(&self) -> Result<(), RemoteError> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = until else {
            return Ok(());
        };
        let left = until.saturating_duration_since(tokio::time::Instant::now());
        let left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        if left_ms > LONGEST_WAIT_MS {
            return Err(RemoteError::RateLimited {
                retry_after_ms: Some(left_ms),
            });
        }
        tokio::time::sleep_until(until).await;
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    /// What the requests and answers have taken so far.
    pub(super) fn wire(&self) -> Wire {
        self.meter.read()
    }
}

/// Reads an answer, whatever its status.
pub(super) async fn read(response: Response) -> Result<Reply, RemoteError> {
    let status = response.status().as_u16();
    let headers = response.headers();
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let reply = Reply {
        status,
        version: text(&ETAG).and_then(etag),
        last_modified: text(&LAST_MODIFIED).and_then(Timestamp::parse_http),
        location: text(&LOCATION)
            .or_else(|| text(&reqwest::header::CONTENT_LOCATION))
            .map(str::to_owned),
        date: text(&DATE).and_then(Timestamp::parse_http),
        retry_after_ms: retry_after_ms(headers),
        kind: kind(headers),
        body: Vec::new(),
    };
    let body = read_body(response, BODY_CAP_BYTES)
        .await
        .map_err(not_fhir)?;
    Ok(Reply { body, ..reply })
}

/// A failure below HTTP, in the words for a server that is no hub.
pub(super) fn not_fhir(error: RemoteError) -> RemoteError {
    if let RemoteError::NotAHub(what) = error {
        return RemoteError::NotFhir(what);
    }
    error
}

/// A version id from an ETag, weak or strong.
pub(super) fn etag(text: &str) -> Option<String> {
    let quoted = text.trim().strip_prefix("W/").unwrap_or(text.trim());
    let version = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(quoted);
    (!version.is_empty()).then(|| version.to_owned())
}

fn retry_after_ms(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(seconds.saturating_mul(1_000));
    }
    // RFC 9110 §10.2.3 allows a date; only the server's own clock tells how far off that is.
    let until = Timestamp::parse_http(text)?;
    let now = headers
        .get(DATE)?
        .to_str()
        .ok()
        .and_then(Timestamp::parse_http)?;
    u64::try_from(until.as_millis().saturating_sub(now.as_millis())).ok()
}

fn kind(headers: &HeaderMap) -> Result<(), String> {
    let essence = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .map(str::trim)
        .unwrap_or_default();
    if essence == "application/json" || essence.ends_with("+json") {
        return Ok(());
    }
    // A header is the server's text: only the plain form of a media type is repeated.
    let plain = (1..=64).contains(&essence.len())
        && essence
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/+-.".contains(&byte));
    Err(format!(
        "it answers with {}",
        if plain { essence } else { "something else" }
    ))
}

#[cfg(test)]
mod tests {
    use super::etag;

    #[test]
    fn version_ids_are_read_from_weak_and_strong_tags_and_bare_ones() {
        for text in ["W/\"3\"", "\"3\"", " W/\"3\" ", "3"] {
            assert_eq!(etag(text).as_deref(), Some("3"));
        }
        assert_eq!(etag("W/\"\""), None);
    }
}
