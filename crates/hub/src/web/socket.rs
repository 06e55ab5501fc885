//! `/ws/changes` and `/ws/metrics`: what is new, told as it happens. A hint is never the data: whoever
//! gets one asks for the changes as always, and whoever gets none asks all the same.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::time::{Instant, interval_at, sleep};

use super::{ApiError, Code, gate, status};
use crate::conflicts;
use crate::error::Result;
use crate::hub::Hub;
use crate::records::head_seq;

/// A quiet connection is asked this often whether anyone is there; networks forget quiet ones.
const PING_EVERY: Duration = Duration::from_secs(25);

/// Changes that come together are told of once.
const GATHER: Duration = Duration::from_millis(150);

/// How often the numbers are sent at most, and how often at least.
const METRICS_GATHER: Duration = Duration::from_millis(1_000);
const METRICS_EVERY: Duration = Duration::from_secs(10);

/// The largest message taken from a client, which has nothing to say.
const MAX_MESSAGE_BYTES: usize = 1_024;

/// A subprotocol that carries the token, for clients that cannot set headers: `bearer.<token>`.
const BEARER_PROTOCOL: &str = "bearer.";

pub(super) async fn changes(
    State(hub): State<Hub>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    open(hub, headers, upgrade, Topic::Changes).await
}

pub(super) async fn metrics(
    State(hub): State<Hub>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    open(hub, headers, upgrade, Topic::Metrics).await
}

#[derive(Clone, Copy)]
enum Topic {
    Changes,
    Metrics,
}

async fn open(
    hub: Hub,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
    topic: Topic,
) -> Result<Response, ApiError> {
    let token = token(&headers)
        .ok_or_else(|| ApiError::new(Code::Unauthorized, "this needs a bearer token"))?;
    still_welcome(&hub, &token).await?;
    let place = hub
        .socket_place()
        .ok_or_else(|| ApiError::busy("too many listeners at once"))?;
    Ok(upgrade
        .max_message_size(MAX_MESSAGE_BYTES)
        .on_upgrade(move |socket| async move {
            // A listener that has gone needs no goodbye.
            let _gone = talk(&hub, socket, &token, topic).await;
            drop(place);
        }))
}

fn token(headers: &HeaderMap) -> Option<String> {
    gate::token(headers).or_else(|| {
        let offered = headers.get(header::SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?;
        offered
            .split(',')
            .find_map(|protocol| protocol.trim().strip_prefix(BEARER_PROTOCOL))
            .map(str::to_owned)
    })
}

/// Whether the token is still good: the user there, the device not revoked, the hour not over.
async fn still_welcome(hub: &Hub, token: &str) -> Result<(), ApiError> {
    let token = token.to_owned();
    hub.blocking(move |hub| {
        hub.sessions()
            .principal(&token, hub.now())
            .map(drop)
            .map_err(ApiError::from)
    })
    .await
}

/// Tells until the listener is gone or no longer welcome.
async fn talk(
    hub: &Hub,
    mut socket: WebSocket,
    token: &str,
    topic: Topic,
) -> Result<(), axum::Error> {
    let mut commits = hub.database().commits();
    let mut pings = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    let mut beats = interval_at(Instant::now() + METRICS_EVERY, METRICS_EVERY);
    let mut told = None;
    loop {
        if still_welcome(hub, token).await.is_err() {
            return socket.send(Message::Close(None)).await;
        }
        commits.mark_unchanged();
        let news = match topic {
            Topic::Changes => match heads(hub).await {
                Some(heads) if told != Some(heads) => {
                    // What was there before the listener came is no news.
                    let first = told.replace(heads).is_none();
                    (!first).then(|| json!({"type": "changes", "seq": heads.0}))
                }
                Some(_) | None => None,
            },
            Topic::Metrics => numbers(hub).await,
        };
        if let Some(news) = news {
            socket.send(Message::Text(news.to_string().into())).await?;
        }
        if matches!(topic, Topic::Metrics) {
            sleep(METRICS_GATHER).await;
        }
        loop {
            tokio::select! {
                changed = commits.changed() => {
                    if changed.is_err() {
                        return socket.send(Message::Close(None)).await;
                    }
                    sleep(GATHER).await;
                    break;
                }
                _ = pings.tick() => {
                    socket.send(Message::Ping(Vec::new().into())).await?;
                    break;
                }
                _ = beats.tick(), if matches!(topic, Topic::Metrics) => break,
                message = socket.recv() => match message {
                    None | Some(Ok(Message::Close(_))) => return Ok(()),
                    Some(Err(error)) => return Err(error),
                    Some(Ok(_)) => {}
                },
            }
        }
    }
}

/// Where the changes of resources and those of conflicts stand.
async fn heads(hub: &Hub) -> Option<(i64, u64)> {
    hub.blocking(|hub| -> Result<_> {
        hub.database()
            .read(|tx| Ok((head_seq(tx)?, conflicts::head_seq(tx)?)))
    })
    .await
    .ok()
}

async fn numbers(hub: &Hub) -> Option<Value> {
    let numbers = status::numbers(hub).await.ok()?;
    let values: serde_json::Map<String, Value> = numbers
        .iter()
        .map(|number| (number.series(), json!(number.value)))
        .collect();
    Some(json!({"type": "metrics", "asOf": hub.now().to_instant(), "values": values}))
}
