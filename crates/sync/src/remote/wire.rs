//! Bytes on the wire: what the requests and answers of one server took, heads included, bodies as they
//! were sent. Not counted: TLS, and the few bytes that frame a body sent in chunks.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Client, Request, RequestBuilder, Response};

use super::answer::transport_error;
use super::{Answer, RemoteError};

/// `HTTP/1.1`, the blanks and line ends of a first line, and the empty line behind a head.
const FIRST_LINE_BYTES: u64 = 14;

/// What every request of ours carries besides: `host`, `accept`, `user-agent`, `content-length`.
const USUAL_HEAD_BYTES: u64 = 70;

/// Smaller bodies are sent as they are.
pub(super) const PACKED_FROM_BYTES: usize = 2 * 1024;

/// Bytes both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wire {
    /// Sent.
    pub sent: u64,
    /// Received.
    pub received: u64,
}

impl Wire {
    /// What came since an earlier reading.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            sent: self.sent.saturating_sub(earlier.sent),
            received: self.received.saturating_sub(earlier.received),
        }
    }
}

/// The way requests and answers go; the network, save where a test has one of its own.
pub trait Transport: Send + Sync {
    /// Brings a request there and the answer back.
    fn carry(&self, request: Request) -> Answer<'_, Response>;
}

impl Transport for Client {
    fn carry(&self, request: Request) -> Answer<'_, Response> {
        Box::pin(async move {
            let answer = self.execute(request).await;
            answer.map_err(|error| transport_error(&error))
        })
    }
}

/// Counts; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    received: AtomicU64,
}

impl Meter {
    pub(super) fn read(&self) -> Wire {
        Wire {
            sent: self.0.sent.load(Ordering::Relaxed),
            received: self.0.received.load(Ordering::Relaxed),
        }
    }

    /// Makes a request and counts it; the answer carries the meter along, for its body.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, RemoteError> {
        let (client, request) = request.build_split();
        let request = request.map_err(|error| transport_error(&error))?;
        self.carry(&client, request).await
    }

    /// As [`Meter::send`], over any way there is.
    pub(super) async fn carry(
        &self,
        transport: &dyn Transport,
        request: Request,
    ) -> Result<Response, RemoteError> {
        self.0.sent.fetch_add(sent(&request), Ordering::Relaxed);
        let mut response = transport.carry(request).await?;
        let reason = response.status().canonical_reason().unwrap_or_default();
        let head = FIRST_LINE_BYTES + 3 + reason.len() as u64 + lines(response.headers());
        self.0.received.fetch_add(head, Ordering::Relaxed);
        response.extensions_mut().insert(self.clone());
        Ok(response)
    }
}

/// Counts bytes of an answer's body, as they came.
pub(super) fn count_body(response: &Response, bytes: usize) {
    if let Some(meter) = response.extensions().get::<Meter>() {
        meter.0.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// What is asked for with every request: answers are unpacked here, so that what they took is known.
pub(super) fn usual_headers() -> HeaderMap {
    HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("gzip"))])
}

/// A body as gzip.
pub(super) fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory does not fail; an empty body would be refused by the server.
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

fn sent(request: &Request) -> u64 {
    let url = request.url();
    let query = url.query().map_or(0, |query| query.len() + 1);
    let line = request.method().as_str().len() + url.path().len() + query;
    let host = url.authority().len();
    let body = request
        .body()
        .and_then(reqwest::Body::as_bytes)
        .map_or(0, <[u8]>::len);
    let packed = if request.headers().contains_key(ACCEPT_ENCODING) {
        0
    } else {
        lines(&usual_headers())
    };
    FIRST_LINE_BYTES
        + USUAL_HEAD_BYTES
        + packed
        + lines(request.headers())
        + (line + host + body) as u64
}

fn lines(headers: &HeaderMap) -> u64 {
    headers
        .iter()
        .map(|(name, value)| (name.as_str().len() + value.len() + 4) as u64)
        .sum()
}
