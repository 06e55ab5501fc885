//! From an HTTP answer to a value or a [`RemoteError`].

use std::io::Write as _;

use flate2::write::GzDecoder;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::RemoteError;
use super::wire::count_body;

/// The largest answer read into memory, after decompression.
const BODY_CAP_BYTES: usize = 64 * 1024 * 1024;

/// The largest part of an error's body that is looked at.
const ERROR_BODY_CAP_BYTES: usize = 64 * 1024;

/// What went wrong below HTTP.
pub(super) fn transport_error(error: &reqwest::Error) -> RemoteError {
    if error.is_connect() {
        RemoteError::Unreachable
    } else if error.is_timeout() {
        RemoteError::Timeout
    } else if error.is_decode() {
        RemoteError::NotAHub("its answer cannot be decompressed".to_owned())
    } else if error.is_builder() {
        RemoteError::NotAHub("its address is not one that can be called".to_owned())
    } else {
        // A connection that breaks half-way: it is not known whether the request arrived.
        RemoteError::Timeout
    }
}

/// Reads a successful answer as JSON, or says what the failure means.
pub(super) async fn read_json<T: DeserializeOwned>(response: Response) -> Result<T, RemoteError> {
    let status = response.status();
    if !status.is_success() {
        return Err(failure(status, response).await);
    }
    if !is_json(&response) {
        return Err(RemoteError::NotAHub(kind_of(&response)));
    }
    let body = read_body(response, BODY_CAP_BYTES).await?;
    serde_json::from_slice(&body)
        .map_err(|_| RemoteError::NotAHub("its answer is not what a hub says".to_owned()))
}

/// What a failed answer means.
async fn failure(status: StatusCode, response: Response) -> RemoteError {
    let retry_after_ms = retry_after_ms(&response);
    if status.is_redirection() {
        return RemoteError::NotAHub("it sends the caller elsewhere".to_owned());
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        return RemoteError::RateLimited { retry_after_ms };
    }
    if status == StatusCode::REQUEST_TIMEOUT {
        return RemoteError::Timeout;
    }
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return RemoteError::TooLarge;
    }
    if status.is_server_error() {
        return RemoteError::Server {
            status: status.as_u16(),
            retry_after_ms,
        };
    }
    let from_a_hub = is_json(&response);
    if !from_a_hub {
        // A proxy or sign-in page may answer 4xx in HTML: that says nothing about the account.
        return RemoteError::NotAHub(kind_of(&response));
    }
    let words = read_body(response, ERROR_BODY_CAP_BYTES)
        .await
        .ok()
        .and_then(|body| serde_json::from_slice::<Value>(&body).ok())
        .map(|value| ErrorWords::of(&value))
        .unwrap_or_default();
    match status {
        StatusCode::GONE => RemoteError::CursorExpired,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if words.mentions("revoked") => {
            RemoteError::Revoked
        }
        StatusCode::UNAUTHORIZED => RemoteError::SignedOut,
        StatusCode::FORBIDDEN => RemoteError::Forbidden,
        _ => RemoteError::Protocol(words.say(status)),
    }
}

/// The machine word and the sentence of an error body, whichever of the usual shapes it has.
#[derive(Default)]
struct ErrorWords {
    code: String,
    text: String,
}

impl ErrorWords {
    fn of(value: &Value) -> Self {
        let word = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
        let first = |pointers: &[&str]| {
            pointers
                .iter()
                .copied()
                .find_map(word)
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            code: first(&[
                "/error/code",
                "/error",
                "/code",
                "/issue/0/details/coding/0/code",
                "/issue/0/code",
            ]),
            text: first(&[
                "/error/message",
                "/error_description",
                "/message",
                "/issue/0/diagnostics",
            ]),
        }
    }

    fn mentions(&self, word: &str) -> bool {
        self.code.contains(word) || self.text.to_ascii_lowercase().contains(word)
    }

    /// The code only: a sentence might quote the request.
    fn say(&self, status: StatusCode) -> String {
        if self.code.is_empty() {
            format!("HTTP {}", status.as_u16())
        } else {
            format!("HTTP {}, {}", status.as_u16(), self.code)
        }
    }
}

fn is_json(response: &Response) -> bool {
    content_type(response).is_some_and(|kind| {
        let essence = kind.split(';').next().unwrap_or_default().trim();
        essence == "application/json" || essence.ends_with("+json")
    })
}

fn content_type(response: &Response) -> Option<&str> {
    response.headers().get(CONTENT_TYPE)?.to_str().ok()
}

fn kind_of(response: &Response) -> String {
    let essence = content_type(response)
        .and_then(|kind| kind.split(';').next())
        .unwrap_or("nothing known")
        .trim();
    // A header is the server's text: only the plain form of a media type is repeated.
    let plain = essence.len() <= 64
        && essence
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/+-. ".contains(&byte));
    format!(
        "it answers with {}",
        if plain { essence } else { "something else" }
    )
}

fn retry_after_ms(response: &Response) -> Option<u64> {
    let seconds: u64 = response
        .headers()
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(seconds.saturating_mul(1000))
}

pub(super) async fn read_body(
    mut response: Response,
    cap_bytes: usize,
) -> Result<Vec<u8>, RemoteError> {
    let too_large = || RemoteError::Protocol("its answer is larger than Haven reads".to_owned());
    let garbled = |_| RemoteError::NotAHub("its answer cannot be decompressed".to_owned());
    let mut packed = response
        .headers()
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"gzip"))
        .then(|| GzDecoder::new(Vec::new()));
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| transport_error(&error))?
    {
        count_body(&response, chunk.len());
        let length = match &mut packed {
            Some(packed) => {
                packed.write_all(&chunk).map_err(garbled)?;
                packed.get_ref().len()
            }
            None => {
                body.extend_from_slice(&chunk);
                body.len()
            }
        };
        if length > cap_bytes {
            return Err(too_large());
        }
    }
    match packed {
        Some(packed) => packed.finish().map_err(garbled),
        None => Ok(body),
    }
}
