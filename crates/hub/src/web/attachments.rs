//! `/api/v2/attachments`: content of Binary resources, in pieces.
//!
//! `POST /{id}` announces content and answers how much of it is here; `PUT /{id}?at=N` brings the piece
//! that begins at N; `GET /{id}` gives it, whole or a range (RFC 9110 §14).

use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use haven_model::attachment::{AttachmentOffer, MAX_PIECE_BYTES};
use serde::Deserialize;

use super::body::{SMALL_BODY_BYTES, read_body, read_json};
use super::sync::{check_device, check_version, versioned};
use super::{ApiError, Code, bearer};
use crate::attachments::{self, ContentError, Part};
use crate::hub::Hub;

/// At most this much of a content is answered at once; a reader asks on from there.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

pub(super) async fn offer(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    check_version(request.headers())?;
    let principal = bearer(&hub, request.headers()).await?;
    let offer: AttachmentOffer = read_json(request, SMALL_BODY_BYTES).await?;
    if offer.id != id {
        return Err(ContentError::Invalid("id is not that of the address").into());
    }
    let standing = hub
        .blocking(move |hub| {
            check_device(hub, &principal, &offer.device_id)?;
            hub.database().write(|tx| -> Result<_, ApiError> {
                Ok(attachments::offer(tx, &principal, &offer, hub.now())?)
            })
        })
        .await?;
    Ok(versioned(Json(standing).into_response()))
}

#[derive(Deserialize)]
pub(super) struct Piece {
    at: u64,
    sha256: String,
}

pub(super) async fn take(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    Query(piece): Query<Piece>,
    request: Request,
) -> Result<Response, ApiError> {
    check_version(request.headers())?;
    let principal = bearer(&hub, request.headers()).await?;
    let bytes = read_body(request, MAX_PIECE_BYTES).await?;
    let brings_something = !bytes.is_empty();
    let standing = hub
        .blocking(move |hub| {
            hub.database().write(|tx| -> Result<_, ApiError> {
                Ok(attachments::take(
                    tx,
                    &principal,
                    &id,
                    &piece.sha256,
                    piece.at,
                    &bytes,
                )?)
            })
        })
        .await?;
    // Said after the commit: what was received is thrown away, and that must stay so.
    if standing.received == 0 && !standing.whole && brings_something {
        return Err(ContentError::HashMismatch.into());
    }
    Ok(versioned(Json(standing).into_response()))
}

pub(super) async fn give(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    check_version(&headers)?;
    let principal = bearer(&hub, &headers).await?;
    let asked = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(range);
    let (from, last) = asked.unwrap_or((0, None));
    let to = last.map_or(u64::MAX, |last| last.saturating_add(1));
    let part = hub
        .blocking(move |hub| {
            let to = to.min(from.saturating_add(MOST_BYTES));
            hub.database().read(|tx| -> Result<_, ApiError> {
                Ok(attachments::part(tx, &principal, &id, from, to)?)
            })
        })
        .await?;
    Ok(versioned(given(part, asked.is_some())))
}

fn given(part: Part, is_range: bool) -> Response {
    let end = part.begins_at.saturating_add(part.bytes.len() as u64);
    let is_partial = is_range || end < part.total;
    let status = match (is_partial, part.bytes.is_empty()) {
        (true, true) if part.total > 0 => StatusCode::RANGE_NOT_SATISFIABLE,
        (true, _) => StatusCode::PARTIAL_CONTENT,
        (false, _) => StatusCode::OK,
    };
    let content_range = match status {
        StatusCode::RANGE_NOT_SATISFIABLE => Some(format!("bytes */{}", part.total)),
        StatusCode::PARTIAL_CONTENT if end > part.begins_at => Some(format!(
            "bytes {}-{}/{}",
            part.begins_at,
            end - 1,
            part.total
        )),
        _ => None,
    };
    let mut response = (status, Body::from(part.bytes)).into_response();
    let headers = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, &part.content_type);
    set(header::ACCEPT_RANGES, "bytes");
    set(header::ETAG, &format!("\"{}\"", part.sha256));
    // Compressed, a range would not be the bytes that were asked for.
    set(header::CONTENT_ENCODING, "identity");
    set(
        header::HeaderName::from_static("x-content-sha256"),
        &part.sha256,
    );
    if let Some(content_range) = content_range {
        set(header::CONTENT_RANGE, &content_range);
    }
    response
}

/// `bytes=5-` or `bytes=5-9`; other forms are answered as if nothing had been asked.
fn range(text: &str) -> Option<(u64, Option<u64>)> {
    let (from, to) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let from = from.parse().ok()?;
    match to {
        "" => Some((from, None)),
        to => to
            .parse()
            .ok()
            .filter(|to| *to >= from)
            .map(|to| (from, Some(to))),
    }
}

impl From<ContentError> for ApiError {
    fn from(error: ContentError) -> Self {
        let words = error.to_string();
        match error {
            ContentError::NotFound => Self::new(Code::NotFound, words),
            ContentError::Forbidden => Self::new(Code::Forbidden, words),
            ContentError::Taken | ContentError::NotNext | ContentError::HashMismatch => {
                Self::new(Code::Conflict, words)
            }
            ContentError::TooLarge => Self::new(Code::TooLarge, words),
            ContentError::Invalid(_) => Self::new(Code::BadRequest, words),
            ContentError::Hub(error) => error.into(),
        }
    }
}
