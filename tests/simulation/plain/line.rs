//! The line between a station and a plain server, and what befalls it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use haven_sync::remote::{Answer, RemoteError, Transport};
use rand::RngExt as _;
use reqwest::Method;
use tokio::sync::Notify;

use super::world::World;
use crate::line::Weather;
use crate::support::plain_server::http::Request;

/// What befalls one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    RequestLost,
    ReplyLost,
    Doubled,
    Failing,
    Throttled,
    TooLarge,
    KilledBefore,
    KilledAfter,
}

pub struct Line {
    world: Arc<World>,
    station: usize,
    weather: Weather,
    killed: Arc<Notify>,
}

impl Line {
    pub fn new(world: Arc<World>, station: usize, weather: Weather) -> Self {
        Self {
            world,
            station,
            weather,
            killed: Arc::new(Notify::new()),
        }
    }

    /// Told when the station's process dies.
    pub fn killed(&self) -> Arc<Notify> {
        Arc::clone(&self.killed)
    }

    fn fate(&self, method: &Method) -> Fate {
        if self.weather == Weather::Fair {
            return Fate::Answered;
        }
        let fate = match self.world.with_dice(|dice| dice.random_range(0..100_u32)) {
            0..4 => Fate::RequestLost,
            4..9 => Fate::ReplyLost,
            // Nothing on the way sends a POST twice by itself.
            9..12 if method != Method::POST => Fate::Doubled,
            12..14 => Fate::Failing,
            14..16 => Fate::Throttled,
            16..18 if method == Method::POST => Fate::TooLarge,
            18..20 => Fate::KilledBefore,
            20..24 => Fate::KilledAfter,
            _ => Fate::Answered,
        };
        if fate != Fate::Answered {
            self.world.faults.fetch_add(1, Ordering::Relaxed);
        }
        fate
    }

    fn answer(&self, request: &reqwest::Request) -> Result<reqwest::Response, RemoteError> {
        let url = request.url();
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let text = |value: &reqwest::header::HeaderValue| {
            value.to_str().expect("a header of ours").to_owned()
        };
        let asked = Request {
            method: request.method().to_string(),
            target,
            headers: request
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
            body: request
                .body()
                .and_then(reqwest::Body::as_bytes)
                .unwrap_or_default()
                .to_vec(),
        };
        let Some(told) = self.world.server.hear(&asked) else {
            return Err(RemoteError::Timeout);
        };
        Ok(response(told.status, &told.headers, told.body))
    }

    async fn die<T>(&self) -> T {
        self.killed.notify_one();
        std::future::pending().await
    }

    /// Life goes on while something is on its way: the person edits, so do others at the server, the
    /// other station syncs.
    async fn meanwhile(&self, method: &Method) {
        if self.weather == Weather::Fair || method == Method::GET {
            return;
        }
        if self.world.chance(20) {
            self.world.edit(self.station);
        }
        // Between looking and writing, a server that refuses nothing cannot be made to.
        if self.world.refuses_stale_writes() {
            if self.world.chance(10) {
                self.world.edit_at_the_server();
            }
            if self.world.chance(10) {
                let other = 1 - self.station;
                Box::pin(self.world.sync(other, Weather::Fair)).await;
            }
        }
    }
}

impl Transport for Line {
    fn carry(&self, request: reqwest::Request) -> Answer<'_, reqwest::Response> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.meanwhile(request.method()).await;
            match self.fate(request.method()) {
                Fate::Answered => self.answer(&request),
                Fate::RequestLost => Err(RemoteError::Unreachable),
                Fate::ReplyLost => {
                    let _lost = self.answer(&request);
                    Err(RemoteError::Timeout)
                }
                Fate::Doubled => {
                    let _first = self.answer(&request);
                    self.answer(&request)
                }
                Fate::Failing => Ok(response(500, &[], Vec::new())),
                Fate::Throttled => {
                    let header = ("Retry-After".to_owned(), "0".to_owned());
                    Ok(response(429, &[header], Vec::new()))
                }
                Fate::TooLarge => Ok(response(413, &[], Vec::new())),
                Fate::KilledBefore => self.die().await,
                Fate::KilledAfter => {
                    let _lost = self.answer(&request);
                    self.die().await
                }
            }
        })
    }
}

fn response(status: u16, headers: &[(String, String)], body: Vec<u8>) -> reqwest::Response {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body).expect("a response").into()
}
