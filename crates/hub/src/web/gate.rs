//! Bounds on how many requests run and how long, and who makes them.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use super::{ApiError, Code};
use crate::accounts::Principal;
use crate::hub::Hub;

/// Requests served at once; each may hold a body of 16 MiB.
const REQUESTS_AT_ONCE: usize = 64;

/// How long a request may take, its body's arrival included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub(super) struct Gate(Arc<Semaphore>);

impl Gate {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(REQUESTS_AT_ONCE)))
    }
}

pub(super) async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let started = std::time::Instant::now();
    let method = request.method().clone();
    let Ok(_permit) = gate.0.try_acquire() else {
        return ApiError::busy("too many requests at once").into_response();
    };
    let mut response = match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::new(Code::Timeout, "the request took too long").into_response(),
    };
    // The address stays out of the log: ids and queries are about people.
    tracing::debug!(
        %method,
        status = response.status().as_u16(),
        elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The bearer token, where there is one.
pub(super) fn token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

/// Who makes the request.
///
/// # Errors
/// [`Code::Unauthorized`], [`Code::TokenExpired`] or [`Code::DeviceRevoked`].
pub(crate) async fn bearer(hub: &Hub, headers: &HeaderMap) -> Result<Principal, ApiError> {
    let token = token(headers)
        .ok_or_else(|| ApiError::new(Code::Unauthorized, "this needs a bearer token"))?;
    hub.blocking(move |hub| {
        hub.sessions()
            .principal(&token, hub.now())
            .map_err(ApiError::from)
    })
    .await
}
