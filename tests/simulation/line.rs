//! The line between a station and the hub, and what befalls it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use haven_hub::accounts::{self, Principal};
use haven_hub::exchange::{self, PullError};
use haven_model::Role;
use haven_model::outline::{DigestRequest, DigestResponse, Outline, OutlineRequest};
use haven_model::wire::{Health, PullRequest, PullResponse, PushRequest, PushResponse};
use haven_sync::remote::{Answer, Remote, RemoteError};
use rand::RngExt as _;
use tokio::sync::Notify;

use crate::clinic::Clinic;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Every request is answered once.
    Fair,
    /// Requests and replies are lost or doubled, processes die.
    Foul,
}

/// What befalls one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    RequestLost,
    ReplyLost,
    Doubled,
    Overloaded,
    TooLarge,
    HubRestarts,
    KilledBefore,
    KilledAfter,
    /// Given up by its sender, it arrives long after.
    Late,
}

pub struct Line {
    clinic: Arc<Clinic>,
    station: usize,
    weather: Weather,
    killed: Arc<Notify>,
}

impl Line {
    pub fn new(clinic: Arc<Clinic>, station: usize, weather: Weather) -> Self {
        Self {
            clinic,
            station,
            weather,
            killed: Arc::new(Notify::new()),
        }
    }

    /// Told when the station's process dies.
    pub fn killed(&self) -> Arc<Notify> {
        Arc::clone(&self.killed)
    }

    fn fate(&self, many: bool) -> Fate {
        if self.weather == Weather::Fair {
            return Fate::Answered;
        }
        let fate = match self.clinic.with_dice(|dice| dice.random_range(0..100_u32)) {
            0..6 => Fate::RequestLost,
            6..14 => Fate::ReplyLost,
            14..19 => Fate::Doubled,
            19..22 => Fate::Overloaded,
            22..24 if many => Fate::TooLarge,
            24..26 => Fate::HubRestarts,
            26..30 => Fate::KilledBefore,
            30..35 => Fate::KilledAfter,
            35..39 => Fate::Late,
            _ => Fate::Answered,
        };
        if fate != Fate::Answered {
            self.clinic.faults.fetch_add(1, Ordering::Relaxed);
        }
        fate
    }

    /// Carries a request there and its answer back, or not; `many` when it could be halved.
    async fn carry<T>(
        &self,
        many: bool,
        call: impl Fn() -> Result<T, RemoteError> + Send + Sync,
        keep_for_later: impl Fn() + Send + Sync,
    ) -> Result<T, RemoteError> {
        tokio::task::yield_now().await;
        match self.fate(many) {
            Fate::Answered => call(),
            Fate::RequestLost => Err(RemoteError::Unreachable),
            Fate::ReplyLost => {
                let _lost = call();
                Err(RemoteError::Timeout)
            }
            Fate::Doubled => {
                let _first = call();
                call()
            }
            Fate::Overloaded => Err(RemoteError::Server {
                status: 503,
                retry_after_ms: Some(50),
            }),
            Fate::TooLarge => Err(RemoteError::TooLarge),
            Fate::HubRestarts => {
                self.clinic.restart_hub();
                call()
            }
            Fate::Late => {
                keep_for_later();
                Err(RemoteError::Timeout)
            }
            Fate::KilledBefore => self.die().await,
            Fate::KilledAfter => {
                let _lost = call();
                self.die().await
            }
        }
    }

    async fn die<T>(&self) -> T {
        self.killed.notify_one();
        std::future::pending().await
    }

    fn principal(&self) -> Principal {
        let device = self
            .clinic
            .station(self.station)
            .store()
            .session()
            .device_id
            .clone();
        Principal {
            user: format!("user{}", self.station),
            display_name: format!("User {}", self.station),
            role: Role::Clinician,
            device: Some(device),
        }
    }

    /// Life goes on while a parcel is on its way: the user edits, the other station syncs.
    async fn meanwhile(&self) {
        if self.weather == Weather::Fair {
            return;
        }
        if self.clinic.chance(20) {
            self.clinic.station(self.station).edit(&self.clinic);
        }
        if self.clinic.chance(15) {
            let other = 1 - self.station;
            Box::pin(self.clinic.sync(other, Weather::Fair)).await;
        }
    }
}

impl Remote for Line {
    fn probe(&self) -> Answer<'_, Health> {
        Box::pin(async move {
            let answer = || {
                let hub = self.clinic.hub();
                Ok(Health {
                    status: "ok".to_owned(),
                    hub_id: hub.id().to_owned(),
                    epoch: hub.epoch().expect("the hub reads"),
                    time: self.clinic.now().to_instant(),
                })
            };
            self.carry(false, answer, || {}).await
        })
    }

    fn pull(&self, request: PullRequest) -> Answer<'_, PullResponse> {
        Box::pin(async move {
            let answer = || {
                let hub = self.clinic.hub();
                let principal = self.principal();
                let device = principal.device.clone().unwrap_or_default();
                let pulled = hub.database().read(|tx| {
                    let mut pulled = exchange::pull(
                        tx,
                        &self.clinic.cursor_key,
                        principal.role,
                        &request,
                        hub.now(),
                    )?;
                    pulled.audit_anchor = accounts::audit_anchor(tx, &device)?;
                    Ok(pulled)
                });
                if let Err(PullError::HubRestored) = &pulled {
                    hub.begin_epoch().expect("the hub writes");
                }
                pulled.map_err(|_| RemoteError::CursorExpired)
            };
            self.carry(false, answer, || {}).await
        })
    }

    fn push(&self, request: PushRequest) -> Answer<'_, PushResponse> {
        Box::pin(async move {
            self.meanwhile().await;
            let answer = || {
                let hub = self.clinic.hub();
                let principal = self.principal();
                let mut answer =
                    exchange::push(hub.database(), &principal, request.clone(), || hub.now())
                        .map_err(|_| RemoteError::TooLarge)?;
                if let (Some(head), Some(device)) = (&request.audit_head, &principal.device) {
                    answer.audit_anchor = hub
                        .database()
                        .write(|tx| accounts::offer_audit_head(tx, device, head, hub.now()))
                        .expect("the hub writes");
                }
                Ok(answer)
            };
            let keep_for_later = || {
                let mut late = self.clinic.late.lock().expect("no panic holds it");
                late.push((self.principal(), request.clone()));
            };
            self.carry(request.changes.len() > 1, answer, keep_for_later)
                .await
        })
    }

    fn outline(&self, request: OutlineRequest) -> Answer<'_, Option<Outline>> {
        Box::pin(async move {
            let answer = || {
                let hub = self.clinic.hub();
                let (key, principal) = (&self.clinic.cursor_key, self.principal());
                let outline = hub
                    .database()
                    .read(|tx| exchange::outline(tx, key, &principal, &request, hub.now()));
                Ok(Some(outline.expect("the hub reads")))
            };
            self.carry(false, answer, || {}).await
        })
    }

    fn digest(&self, request: DigestRequest) -> Answer<'_, Option<DigestResponse>> {
        Box::pin(async move {
            let answer = || {
                let hub = self.clinic.hub();
                let (key, role) = (&self.clinic.cursor_key, self.principal().role);
                let digest = hub
                    .database()
                    .read(|tx| exchange::digest(tx, key, role, &request));
                digest.map(Some).map_err(|_| RemoteError::CursorExpired)
            };
            self.carry(false, answer, || {}).await
        })
    }
}
