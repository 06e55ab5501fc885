//! Hears of every commit and of every step of the sync worker, keeps the facts of the moment, and
//! tells the window.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread::Builder;

use haven_model::language::speaking;
use haven_store::Changes;
use haven_sync::{Connection, Phase, SyncEvent, SyncOptions, SyncWorker, WorkerOptions};
use tokio::sync::broadcast::error::RecvError;

use super::keys::Tending;
use super::{Desk, Inner};
use crate::error::{AppError, Code, Result};
use crate::network::PlatformNetwork;
use crate::present::{self, Running, SyncFacts};
use crate::session::Session;
use crate::view::{AppEvent, ConnectionState};

/// Something that may change what is on the screen.
enum News {
    Committed(Changes),
    Sync(SyncEvent),
    Stop,
}

/// The worker of an unlocked store, and the thread that listens to it.
pub(super) struct Watch {
    worker: Option<SyncWorker>,
    news: Sender<News>,
    tending: Tending,
}

impl Watch {
    /// Starts listening, and syncing where there is a server.
    pub fn start(desk: &Desk, session: &Session) -> Result<Self> {
        let (news, inbox) = channel();
        let from_store = news.clone();
        session.store().on_change(Box::new(move |changes| {
            if super::drafts::is_of_drafts(changes) {
                return;
            }
            // An error says that the store is being locked.
            let _locking = from_store.send(News::Committed(changes.clone()));
        }));
        let worker = match session.remote_url()? {
            None => None,
            Some(_) => {
                let mut options = WorkerOptions::new(SyncOptions::new(session.dir()));
                options.network = Arc::new(PlatformNetwork(session.platform().clone()));
                let worker =
                    SyncWorker::start(session.store().clone(), session.remote(None)?, options)?;
                forward(&worker, news.clone())?;
                Some(worker)
            }
        };
        let inner = Arc::downgrade(&desk.inner);
        spawn("haven-watch", move || listen(&inner, &inbox))?;
        let tending = Tending::start(session.store().clone(), session.platform().clone())?;
        Ok(Self {
            worker,
            news,
            tending,
        })
    }

    /// Asks for a run now.
    pub fn sync_now(&self) {
        if let Some(worker) = &self.worker {
            worker.sync_now();
        }
    }

    /// Stops the worker and waits until it has let the store go.
    pub fn stop(self) {
        if let Some(worker) = self.worker {
            worker.stop();
        }
        self.tending.stop();
        // An error says that the listener has ended already.
        let _ended = self.news.send(News::Stop);
    }
}

pub(super) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(|_| ())
        .map_err(|_| {
            AppError::new(
                Code::Io,
                "The system gives Haven no thread to work with. Nothing was changed. Close other \
                 programs, then unlock again.",
            )
        })
}

fn forward(worker: &SyncWorker, news: Sender<News>) -> Result<()> {
    let mut events = worker.subscribe();
    spawn("haven-watch-sync", move || {
        loop {
            match events.blocking_recv() {
                Ok(event) => {
                    if news.send(News::Sync(event)).is_err() {
                        return;
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    })
}

/// Takes all the news there is at once, so that a busy sync costs the window one question, not a
/// thousand.
fn listen(inner: &Weak<Inner>, inbox: &Receiver<News>) {
    while let Ok(first) = inbox.recv() {
        let Some(inner) = inner.upgrade() else {
            return;
        };
        let desk = Desk { inner };
        let mut patients = Vec::new();
        for news in std::iter::once(first).chain(inbox.try_iter()) {
            match news {
                News::Committed(changes) => patients.extend(changes.patients),
                News::Sync(event) => desk.note(&event),
                News::Stop => return,
            }
        }
        patients.sort_unstable();
        patients.dedup();
        desk.tell(patients);
    }
}

impl Desk {
    fn note(&self, event: &SyncEvent) {
        let now = self.inner.workstation.platform().now();
        if let SyncEvent::Connection(Connection::Connected { latency_ms }) = event {
            self.note_round_trip(u32::try_from(*latency_ms).unwrap_or(u32::MAX));
        }
        note(&mut self.lock_facts(), event, now);
        if let (SyncEvent::Finished(_), Ok(session)) = (event, self.unlocked()) {
            session.store().remember_head();
        }
    }

    fn tell(&self, patients: Vec<String>) {
        if let Err(error) = self.refresh_facts() {
            // Locked meanwhile, or the disk is in trouble: the next command says so to the user.
            tracing::debug!(code = ?error.code, "the facts of sync were not read");
            return;
        }
        let status = speaking(self.spoken(), || {
            present::status(&self.facts(), &self.now())
        });
        // An error says that no window listens, which is fine.
        let _nobody = self
            .inner
            .events
            .send(AppEvent::Changed { patients, status });
    }
}

/// What an event says of the moment.
fn note(facts: &mut SyncFacts, event: &SyncEvent, now: haven_model::Timestamp) {
    match event {
        SyncEvent::Connection(connection) => {
            facts.connection = match connection {
                Connection::Connected { .. } => ConnectionState::Connected,
                Connection::Offline => ConnectionState::Offline,
                Connection::ServerDown { .. } | Connection::WrongServer => {
                    ConnectionState::ServerDown
                }
                Connection::SignedOut | Connection::Revoked => ConnectionState::SignedOut,
            };
        }
        SyncEvent::Started { phase } => {
            facts.running = Some(Running {
                sending: *phase == Phase::Sending,
                done: 0,
                total: 0,
                since: Some(now),
            });
        }
        SyncEvent::Progress { phase, done, total } => {
            let since = facts.running.and_then(|running| running.since);
            let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
            facts.running = Some(Running {
                sending: *phase == Phase::Sending,
                done: small(*done),
                total: small(total.unwrap_or(0)),
                since: since.or(Some(now)),
            });
        }
        SyncEvent::Finished(_) | SyncEvent::Paused | SyncEvent::Metered => {
            if let SyncEvent::Finished(summary) = event {
                let merged = u32::try_from(summary.merged).unwrap_or(u32::MAX);
                facts.merged = facts.merged.saturating_add(merged);
            }
            facts.running = None;
            facts.retry_at = None;
        }
        SyncEvent::Failed { retry_in_ms, .. } => {
            facts.running = None;
            facts.retry_at =
                retry_in_ms.map(|wait_ms| now.plus_ms(i64::try_from(wait_ms).unwrap_or(i64::MAX)));
        }
    }
}
