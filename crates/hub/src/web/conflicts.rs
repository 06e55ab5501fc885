//! `/api/v2/conflicts`: conflicts put before the clinic.

use axum::extract::{Path, Query, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Json, Response};
use haven_model::escalation::{
    Act, ActKind, ConflictChanges, ConflictChangesRequest, EscalateRequest, EscalatedConflict,
    EscalationStatus,
};
use serde::Deserialize;

use super::body::{MAX_BODY_BYTES, SMALL_BODY_BYTES, read_json};
use super::sync::{check_device, check_version, versioned};
use super::{ApiError, Code, bearer};
use crate::conflicts;
use crate::hub::Hub;

pub(super) async fn escalate(
    State(hub): State<Hub>,
    request: Request,
) -> Result<Response, ApiError> {
    check_version(request.headers())?;
    let principal = bearer(&hub, request.headers()).await?;
    let request: EscalateRequest = read_json(request, MAX_BODY_BYTES).await?;
    let told = hub
        .blocking(move |hub| {
            check_device(hub, &principal, &request.device_id)?;
            hub.database().write(|tx| -> Result<_, ApiError> {
                let (device, case) = (&request.device_id, request.conflict);
                Ok(conflicts::escalate(
                    tx,
                    &principal,
                    device,
                    case,
                    hub.now(),
                )?)
            })
        })
        .await?;
    Ok(answered(told))
}

pub(super) async fn changes(
    State(hub): State<Hub>,
    request: Request,
) -> Result<Response, ApiError> {
    check_version(request.headers())?;
    let principal = bearer(&hub, request.headers()).await?;
    let request: ConflictChangesRequest = read_json(request, SMALL_BODY_BYTES).await?;
    let answer = hub
        .blocking(move |hub| {
            check_device(hub, &principal, &request.device_id)?;
            if let Some(standing) = &request.standing {
                let (device, now) = (&request.device_id, hub.now());
                hub.database()
                    .write(|tx| conflicts::note_standing(tx, device, standing, now))?;
            }
            hub.database()
                .read(|tx| conflicts::changes(tx, &principal, &request))
                .map_err(ApiError::from)
        })
        .await?;
    Ok(versioned(Json(answer).into_response()))
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    status: Option<String>,
    since: Option<u64>,
}

pub(super) async fn list(
    State(hub): State<Hub>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Json<ConflictChanges>, ApiError> {
    check_version(&headers)?;
    let principal = bearer(&hub, &headers).await?;
    let status = match wanted.status.as_deref() {
        None | Some("all") => None,
        Some(word) => Some(EscalationStatus::from_word(word).ok_or_else(|| {
            ApiError::new(
                Code::BadRequest,
                "status is open, review, resolved, closed or all",
            )
        })?),
    };
    hub.blocking(move |hub| {
        let device = principal.device.clone().unwrap_or_default();
        let since = wanted.since.unwrap_or(0);
        hub.database()
            .read(|tx| conflicts::page(tx, &principal, &device, since, status))
            .map_err(ApiError::from)
    })
    .await
    .map(Json)
}

pub(super) async fn show(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<EscalatedConflict>, ApiError> {
    check_version(&headers)?;
    let principal = bearer(&hub, &headers).await?;
    hub.blocking(move |hub| {
        hub.database()
            .read(|tx| -> Result<_, ApiError> { Ok(conflicts::one(tx, &principal, &id)?) })
    })
    .await
    .map(Json)
}

pub(super) async fn act(
    State(hub): State<Hub>,
    Path((id, word)): Path<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    check_version(request.headers())?;
    let principal = bearer(&hub, request.headers()).await?;
    let kind = ActKind::from_word(&word)
        .ok_or_else(|| ApiError::new(Code::NotFound, "there is nothing at this address"))?;
    let act: Act = read_json(request, MAX_BODY_BYTES).await?;
    let told = hub
        .blocking(move |hub| {
            hub.database().write(|tx| -> Result<_, ApiError> {
                Ok(conflicts::act(tx, &principal, &id, kind, act, hub.now())?)
            })
        })
        .await?;
    Ok(answered(told))
}

fn answered(told: EscalatedConflict) -> Response {
    versioned(Json(told).into_response())
}
