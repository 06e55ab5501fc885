//! `POST /api/v2/sync/pull` and `/push`.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Json, Response};
use haven_model::outline::{DigestRequest, OutlineRequest};
use haven_model::wire::{API_VERSION_HEADER, PullRequest, PullResponse, PushRequest};

use super::body::{MAX_BODY_BYTES, SMALL_BODY_BYTES, read_json};
use super::{ApiError, Code, bearer};
use crate::accounts::{self, Principal};
use crate::exchange::{self, PullError};
use crate::hub::Hub;

pub(super) async fn pull(State(hub): State<Hub>, request: Request) -> Result<Response, ApiError> {
    check_version(request.headers())?;
    let principal = bearer(&hub, request.headers()).await?;
    let request: PullRequest = read_json(request, SMALL_BODY_BYTES).await?;
    let answer = hub
        .blocking(move |hub| {
            check_device(hub, &principal, &request.device_id)?;
            answer_pull(hub, &principal, &request)
        })
        .await?;
    Ok(versioned(Json(answer).into_response()))
}

fn answer_pull(
    hub: &Hub,
    principal: &Principal,
    request: &PullRequest,
) -> Result<PullResponse, ApiError> {
    let answer = hub
        .database()
        .read(|tx| -> Result<PullResponse, PullError> {
            let mut answer =
                exchange::pull(tx, hub.cursor_key(), principal.role, request, hub.now())?;
            if let Some(device) = &principal.device {
                answer.audit_anchor = accounts::audit_anchor(tx, device)?;
            }
            Ok(answer)
        });
    if let Err(PullError::HubRestored) = answer {
        tracing::warn!("a cursor lies beyond the end of this database: it was restored; new epoch");
        hub.begin_epoch()?;
    }
    let answer = answer?;
    hub.counters().pulled(answer.changes.len());
    Ok(answer)
}

pub(super) async fn push(State(hub): State<Hub>, request: Request) -> Result<Response, ApiError> {
    check_version(request.headers())?;
    let principal = bearer(&hub, request.headers()).await?;
    let mut request: PushRequest = read_json(request, MAX_BODY_BYTES).await?;
    let head = request.audit_head.take();
    let glass = std::mem::take(&mut request.glass);
    let answer = hub
        .blocking(move |hub| {
            check_device(hub, &principal, &request.device_id)?;
            let mut answer = exchange::push(hub.database(), &principal, request, || hub.now())?;
            hub.counters().pushed(&answer);
            // After the changes, and whatever it is: a doubtful log keeps no clinical data back.
            if let (Some(head), Some(device)) = (head, &principal.device) {
                answer.audit_anchor = hub
                    .database()
                    .write(|tx| accounts::offer_audit_head(tx, device, &head, hub.now()))?;
            }
            if let (false, Some(device)) = (glass.is_empty(), &principal.device) {
                answer.glass_taken = hub
                    .database()
                    .write(|tx| accounts::take_glass(tx, device, &glass, hub.now()))?;
            }
            Ok::<_, ApiError>(answer)
        })
        .await?;
    Ok(versioned(Json(answer).into_response()))
}

pub(super) async fn outline(
    State(hub): State<Hub>,
    request: Request,
) -> Result<Response, ApiError> {
    check_version(request.headers())?;
    let principal = bearer(&hub, request.headers()).await?;
    let request: OutlineRequest = read_json(request, SMALL_BODY_BYTES).await?;
    let answer = hub
        .blocking(move |hub| {
            check_device(hub, &principal, &request.device_id)?;
            let now = hub.now();
            Ok::<_, ApiError>(
                hub.database().read(|tx| {
                    exchange::outline(tx, hub.cursor_key(), &principal, &request, now)
                })?,
            )
        })
        .await?;
    Ok(versioned(Json(answer).into_response()))
}

pub(super) async fn digest(State(hub): State<Hub>, request: Request) -> Result<Response, ApiError> {
    check_version(request.headers())?;
    let principal = bearer(&hub, request.headers()).await?;
    let request: DigestRequest = read_json(request, SMALL_BODY_BYTES).await?;
    let answer = hub
        .blocking(move |hub| {
            check_device(hub, &principal, &request.device_id)?;
            Ok::<_, ApiError>(
                hub.database()
                    .read(|tx| exchange::digest(tx, hub.cursor_key(), principal.role, &request))?,
            )
        })
        .await?;
    Ok(versioned(Json(answer).into_response()))
}

/// A client that names another version of the protocol is told so.
pub(super) fn check_version(headers: &HeaderMap) -> Result<(), ApiError> {
    let (name, version) = API_VERSION_HEADER;
    match headers.get(name) {
        Some(asked) if asked.as_bytes() != version.as_bytes() => Err(ApiError::new(
            Code::BadRequest,
            format!("this hub speaks {name}: {version}"),
        )),
        _ => Ok(()),
    }
}

/// The device must be the token's own; a token made for no device may not speak for a revoked one.
pub(super) fn check_device(
    hub: &Hub,
    principal: &Principal,
    device_id: &str,
) -> Result<(), ApiError> {
    match &principal.device {
        Some(own) if own == device_id => Ok(()),
        Some(_) => Err(ApiError::new(
            Code::Forbidden,
            "deviceId is not the device this token was made for",
        )),
        None => Ok(hub
            .database()
            .read(|tx| accounts::refuse_revoked(tx, device_id))?),
    }
}

pub(super) fn versioned(mut response: Response) -> Response {
    let (name, version) = API_VERSION_HEADER;
    if let (Ok(name), Ok(value)) = (
        axum::http::HeaderName::from_bytes(name.as_bytes()),
        axum::http::HeaderValue::from_str(version),
    ) {
        response.headers_mut().insert(name, value);
    }
    response
}
