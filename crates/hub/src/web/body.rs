//! Request bodies, bounded before they are read and after they are unpacked.

use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use super::{ApiError, Code};

/// The largest body taken from someone who is signed in, unpacked.
pub(crate) const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The largest body taken from anyone.
pub(super) const SMALL_BODY_BYTES: usize = 64 * 1024;

/// The whole body.
///
/// # Errors
/// [`Code::TooLarge`], or [`Code::BadRequest`] when it breaks off or does not unpack.
pub(crate) async fn read_body(request: Request, limit_bytes: usize) -> Result<Bytes, ApiError> {
    to_bytes(request.into_body(), limit_bytes)
        .await
        .map_err(|error| {
            if is_length_limit(&error) {
                ApiError::new(
                    Code::TooLarge,
                    format!("a request here has at most {limit_bytes} bytes"),
                )
            } else {
                ApiError::new(
                    Code::BadRequest,
                    "the body broke off or could not be unpacked",
                )
            }
        })
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.to_string() == "length limit exceeded" {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The media type of the body, without parameters, in lower case.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase())
        .unwrap_or_default()
}

/// A JSON body.
///
/// # Errors
/// As [`read_body`], and when it is not the JSON wanted; the message names the place, not the text.
pub(crate) async fn read_json<T: DeserializeOwned>(
    request: Request,
    limit_bytes: usize,
) -> Result<T, ApiError> {
    let media_type = media_type(request.headers());
    if !(media_type.is_empty() || media_type.ends_with("json")) {
        return Err(ApiError::new(
            Code::UnsupportedMediaType,
            "the body is not declared as JSON",
        ));
    }
    let bytes = read_body(request, limit_bytes).await?;
    parse_json(&bytes)
}

pub(crate) fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => "a member is missing or of another kind",
            serde_json::error::Category::Eof => "it ends too early",
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
                "it is not JSON"
            }
        };
        let place = format!("line {} column {}", error.line(), error.column());
        ApiError::new(
            Code::BadRequest,
            format!("the body cannot be read: {what} ({place})"),
        )
    })
}
