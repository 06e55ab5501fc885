//! Hints of a hub that something is new, over a WebSocket (RFC 6455). A hint is never the data, and
//! having none is no trouble: the worker asks all the same.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::header::{CONNECTION, HeaderMap, HeaderValue, UPGRADE};
use reqwest::{Response, StatusCode, Upgraded};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::RemoteError;
use super::answer::{read_json, transport_error};

/// Hints as they come, those that come together as one; it ends with the connection.
pub type Hints = mpsc::Receiver<()>;

/// The largest message that is looked at.
const MAX_MESSAGE_BYTES: usize = 4 * 1024;

/// A hub pings more often than this; a connection that is quieter is gone.
const SILENCE: Duration = Duration::from_secs(90);

/// The headers that ask for a WebSocket, and the key they carry.
pub(super) fn headers() -> (HeaderMap, String) {
    let key = generate_key();
    let mut headers = HeaderMap::new();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert("sec-websocket-version", HeaderValue::from_static("13"));
    if let Ok(value) = HeaderValue::from_str(&key) {
        headers.insert("sec-websocket-key", value);
    }
    (headers, key)
}

/// Listens where the server agreed to; `None` where it has no such thing.
pub(super) async fn listen(response: Response, key: &str) -> Result<Option<Hints>, RemoteError> {
    match response.status() {
        StatusCode::SWITCHING_PROTOCOLS => {}
        StatusCode::NOT_FOUND => return Ok(None),
        _ => return read_json::<serde_json::Value>(response).await.map(|_| None),
    }
    let accepted = response
        .headers()
        .get("sec-websocket-accept")
        .is_some_and(|accept| accept.as_bytes() == derive_accept_key(key.as_bytes()).as_bytes());
    if !accepted {
        return Err(RemoteError::NotAHub(
            "it does not speak WebSocket as asked".to_owned(),
        ));
    }
    let upgraded = response
        .upgrade()
        .await
        .map_err(|error| transport_error(&error))?;
    let (sender, hints) = mpsc::channel(1);
    tokio::spawn(hear(upgraded, sender));
    Ok(Some(hints))
}

async fn hear(upgraded: Upgraded, sender: mpsc::Sender<()>) {
    let config = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE_BYTES));
    let mut socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await;
    loop {
        let next = tokio::select! {
            next = tokio::time::timeout(SILENCE, socket.next()) => next,
            () = sender.closed() => return,
        };
        match next {
            Ok(Some(Ok(Message::Text(_)))) => {
                // A hint that nobody has looked at yet stands for this one too.
                let _stands_already = sender.try_send(());
            }
            Ok(Some(Ok(
                Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_),
            ))) => {}
            Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) | Err(_) => return,
        }
    }
}
