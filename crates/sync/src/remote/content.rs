//! Content of attachments as it comes from a server: piece by piece, from wherever it is asked for.

use haven_model::attachment::AttachmentOffer;
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED};
use reqwest::{Response, StatusCode};
use serde_json::Value;

use super::RemoteError;
use super::answer::{read_body, transport_error};
use super::wire::count_body;

/// The largest Binary read as JSON, which cannot be had in ranges.
const JSON_CAP_BYTES: usize = 48 * 1024 * 1024;

/// A Binary, or the rest of one.
#[derive(Clone, Debug)]
pub struct ContentAsk {
    /// The Binary's id.
    pub id: String,
    /// From this byte on.
    pub from: u64,
    /// The media type that is expected.
    pub content_type: Option<String>,
}

/// Content to be sent to a server.
#[derive(Clone, Debug)]
pub struct ContentPiece {
    /// What it is.
    pub offer: AttachmentOffer,
    /// Where the piece begins.
    pub begins_at: u64,
    /// The piece; of a server that takes no pieces, all of it.
    pub bytes: Vec<u8>,
}

/// What a server answers, its head read.
pub struct Content {
    /// The first byte's place; 0 where the server answers with the whole.
    pub begins_at: u64,
    /// The size of the whole, where it is told.
    pub total: Option<u64>,
    /// The version of the content: bytes of one version are never put behind those of another.
    pub validator: Option<String>,
    body: Body,
}

enum Body {
    Streamed(Response),
    Read(Option<Vec<u8>>),
}

impl Content {
    /// The next bytes, as they come; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks; what came before is good.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, RemoteError> {
        match &mut self.body {
            Body::Read(bytes) => Ok(bytes.take()),
            Body::Streamed(response) => {
                let piece = response
                    .chunk()
                    .await
                    .map_err(|error| transport_error(&error))?;
                count_body(response, piece.as_ref().map_or(0, |piece| piece.len()));
                Ok(piece.map(|piece| piece.to_vec()))
            }
        }
    }

    /// Reads the head of a successful answer to a request for content from `from` on.
    pub(super) async fn of(response: Response, from: u64) -> Result<Self, RemoteError> {
        let headers = response.headers();
        let validator = validator(headers);
        let is_partial = response.status() == StatusCode::PARTIAL_CONTENT;
        let (begins_at, total) = if is_partial {
            let range = text(headers, &CONTENT_RANGE).and_then(content_range);
            range.ok_or_else(|| RemoteError::Protocol("its range cannot be read".to_owned()))?
        } else {
            (0, response.content_length())
        };
        if is_partial && begins_at != from {
            return Err(RemoteError::Protocol("it answers another range".to_owned()));
        }
        let is_json = text(headers, &CONTENT_TYPE).is_some_and(|kind| kind.contains("fhir+json"));
        if is_json && !is_partial {
            let body = read_body(response, JSON_CAP_BYTES).await?;
            let content = binary_data(&body)?.unwrap_or(body);
            return Ok(Self {
                begins_at: 0,
                total: Some(content.len() as u64),
                validator,
                body: Body::Read(Some(content)),
            });
        }
        Ok(Self {
            begins_at,
            total,
            validator,
            body: Body::Streamed(response),
        })
    }
}

/// The content within a Binary resource; `None` for JSON that is none, and so is the content itself.
fn binary_data(body: &[u8]) -> Result<Option<Vec<u8>>, RemoteError> {
    use base64::Engine as _;
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let kind = value.get("resourceType").and_then(Value::as_str);
    match kind {
        Some("Binary") => {}
        Some("OperationOutcome") => {
            return Err(RemoteError::Protocol("HTTP 200, an outcome".to_owned()));
        }
        Some(_) | None => return Ok(None),
    }
    let data = value
        .get("data")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let data: String = data.split_ascii_whitespace().collect();
    base64::engine::general_purpose::STANDARD
        .decode(data)
        .map(Some)
        .map_err(|_| RemoteError::Protocol("the Binary's data is not base64".to_owned()))
}

/// The hub tells the digest; others tell a version or an instant.
fn validator(headers: &HeaderMap) -> Option<String> {
    text(headers, &HeaderName::from_static("x-content-sha256"))
        .map(|digest| format!("sha256:{digest}"))
        .or_else(|| text(headers, &ETAG).map(str::to_owned))
        .or_else(|| text(headers, &LAST_MODIFIED).map(str::to_owned))
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// `bytes 5-9/10` (RFC 9110 §14.4).
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (from, _) = range.split_once('-')?;
    Some((from.parse().ok()?, total.parse().ok()))
}

/// What an answer other than the content means.
pub(super) fn refusal(status: StatusCode, retry_after_ms: Option<u64>) -> RemoteError {
    match status.as_u16() {
        401 => RemoteError::SignedOut,
        403 => RemoteError::Forbidden,
        408 | 504 => RemoteError::Timeout,
        413 => RemoteError::TooLarge,
        429 => RemoteError::RateLimited { retry_after_ms },
        status @ 500.. => RemoteError::Server {
            status,
            retry_after_ms,
        },
        status => RemoteError::Protocol(format!("HTTP {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{binary_data, content_range};

    #[test]
    fn ranges_and_binaries_are_read() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 0-9/*"), Some((0, None)));
        assert_eq!(content_range("lines 1-2/3"), None);
        let binary = br#"{"resourceType":"Binary","contentType":"text/plain","data":"aGkh"}"#;
        assert_eq!(binary_data(binary), Ok(Some(b"hi!".to_vec())));
        assert_eq!(binary_data(br#"{"a":1}"#), Ok(None), "a document in JSON");
    }
}
