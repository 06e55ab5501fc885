//! Syncing for as long as a store is open: on a timer, after each save, and as soon as the server
//! is back.

use std::sync::{Arc, OnceLock};
use std::thread::{JoinHandle, ThreadId};
use std::time::Duration;

use haven_model::strategy::Strategies;
use haven_store::{Changes, OutboxState, Store};
use tokio::sync::{Notify, broadcast, mpsc};
use tokio::time::Instant;

use crate::cycle::{AttachmentLimits, SyncOptions, sync_once};
use crate::error::SyncError;
use crate::event::{Connection, Events, SyncEvent, SyncSummary};
use crate::network::{Metered, Network, UntoldNetwork};
use crate::pace::{Backoff, Pace};
use crate::remote::Remote;

/// Events kept for a listener that is slow; older ones are dropped for it.
const EVENTS_KEPT: usize = 512;

/// After a connection for hints was lost, this long is waited, and up to as long again.
const LISTEN_AGAIN_MS: u64 = 5_000;

/// Where the server gives no hints, this long is waited, and up to as long again.
const NO_HINTS_MS: u64 = 600_000;

/// How long a sync in another process is waited for before asking again.
const BUSY_WAIT_MS: u64 = 1_000;

/// After this long, attachments make room for the next exchange of records.
const ATTACHMENTS_SLICE_MS: u64 = 5_000;

/// At most so much of attachments in one sync on a metered network.
const METERED_ATTACHMENTS_BYTES: u64 = 1024 * 1024;

/// How often a metered network is looked at again.
const METERED_LOOK_MS: u64 = 60_000;

/// How the worker paces itself.
#[derive(Clone)]
pub struct WorkerOptions {
    /// What each sync needs.
    pub sync: SyncOptions,
    /// The server is asked for news this often, give or take a quarter.
    pub idle_poll_ms: u64,
    /// After a save, this long is waited for more to come.
    pub debounce_ms: u64,
    /// The network, for configurations that wait for one that is not metered.
    pub network: Arc<dyn Network>,
    /// After a hint of the server, at most this long is waited, so that a clinic's machines do not all
    /// ask at once.
    pub hint_spread_ms: u64,
}

impl WorkerOptions {
    /// The usual pace.
    #[must_use]
    pub fn new(sync: SyncOptions) -> Self {
        Self {
            sync,
            idle_poll_ms: 30_000,
            debounce_ms: 500,
            network: Arc::new(UntoldNetwork),
            hint_spread_ms: 1_000,
        }
    }
}

#[derive(Debug)]
enum Command {
    SyncNow,
    Saved,
    Hinted,
    Pause,
    Resume,
    Stop,
}

/// A thread that keeps one store in step with its server.
///
/// Invariant: dropping it, or the process, at any moment loses nothing; what was under way is gone
/// on with by the next one.
pub struct SyncWorker {
    commands: mpsc::UnboundedSender<Command>,
    events: broadcast::Sender<SyncEvent>,
    told: Events,
    thread: Option<JoinHandle<()>>,
}

impl SyncWorker {
    /// Starts syncing at once.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        store: Store,
        remote: Arc<dyn Remote>,
        options: WorkerOptions,
    ) -> Result<Self, SyncError> {
        let (commands, inbox) = mpsc::unbounded_channel();
        let (events, _) = broadcast::channel(EVENTS_KEPT);
        let told = Events::to(events.clone());
        let own_thread = Arc::new(OnceLock::new());
        store.on_change(listener(commands.clone(), Arc::clone(&own_thread)));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("haven-sync-net")
            .enable_all()
            .build()
            .map_err(SyncError::Lock)?;
        let reached = Arc::new(Notify::new());
        runtime.spawn(listen_for_hints(
            Arc::clone(&remote),
            commands.clone(),
            Arc::clone(&options.sync.pace),
            Arc::clone(&reached),
        ));
        let run = Run {
            store,
            remote,
            options,
            reached,
            events: told.clone(),
            inbox,
            failures: 0,
        };
        let thread = std::thread::Builder::new()
            .name("haven-sync".to_owned())
            .spawn(move || {
                // Set once, here: no other thread holds this cell for writing.
                let _set_before = own_thread.set(std::thread::current().id());
                runtime.block_on(run.until_stopped());
            })
            .map_err(SyncError::Lock)?;
        Ok(Self {
            commands,
            events,
            told,
            thread: Some(thread),
        })
    }

    /// What happens from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<SyncEvent> {
        self.events.subscribe()
    }

    /// How things stand with the server; `None` before the first request.
    #[must_use]
    pub fn connection(&self) -> Option<Connection> {
        self.told.connection()
    }

    /// Syncs now, waits or not; a paused worker goes on.
    pub fn sync_now(&self) {
        self.tell(Command::SyncNow);
    }

    /// Does nothing until told otherwise; what is under way is left for later.
    pub fn pause(&self) {
        self.tell(Command::Pause);
    }

    /// Ends a pause.
    pub fn resume(&self) {
        self.tell(Command::Resume);
    }

    /// Stops, and waits until the store has been let go.
    pub fn stop(mut self) {
        self.end();
    }

    fn tell(&self, command: Command) {
        // A worker that has ended needs no command.
        let _ended = self.commands.send(command);
    }

    fn end(&mut self) {
        self.tell(Command::Stop);
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the sync worker ended by a panic");
        }
    }
}

impl Drop for SyncWorker {
    fn drop(&mut self) {
        self.end();
    }
}

/// How many bytes of attachments one sync may move, by the network and the configuration: none where
/// that waits for another network, `None` for no limit.
#[must_use]
pub fn attachment_bytes(strategies: &Strategies, network: &dyn Network) -> Option<u64> {
    match (network.metered(), strategies.wifi_only) {
        (Metered::Yes, true) => Some(0),
        (Metered::Yes, false) => Some(METERED_ATTACHMENTS_BYTES),
        (Metered::No | Metered::Unknown, _) => None,
    }
}

/// Tells the worker of saves by others; its own are no news to it.
fn listener(
    commands: mpsc::UnboundedSender<Command>,
    own_thread: Arc<OnceLock<ThreadId>>,
) -> Box<dyn Fn(&Changes) + Send + Sync> {
    Box::new(move |changes| {
        let is_own = own_thread.get() == Some(&std::thread::current().id());
        if changes.sync && !is_own {
            let _ended = commands.send(Command::Saved);
        }
    })
}

struct Run {
    store: Store,
    remote: Arc<dyn Remote>,
    options: WorkerOptions,
    events: Events,
    inbox: mpsc::UnboundedReceiver<Command>,
    /// Told when the server has been reached.
    reached: Arc<Notify>,
    /// Syncs that failed in a row.
    failures: u32,
}

/// How a sync under way ended.
enum Ended {
    ByItself(Box<Result<SyncSummary, SyncError>>, Meanwhile),
    Paused,
    Stopped,
}

/// What was asked for while a sync was under way.
#[derive(Default)]
struct Meanwhile {
    saved: bool,
    hinted: bool,
    asked: bool,
}

impl Run {
    async fn until_stopped(mut self) {
        let mut due = self.strategies().auto_sync.then(Instant::now);
        let mut asked = true;
        // Whether a person asked, rather than the clock or a save.
        let mut wanted = false;
        loop {
            let command = match due {
                Some(at) => tokio::select! {
                    command = self.inbox.recv() => Some(command),
                    () = tokio::time::sleep_until(at) => None,
                },
                None => Some(self.inbox.recv().await),
            };
            match command {
                Some(None | Some(Command::Stop)) => return,
                Some(Some(Command::Pause)) => {
                    self.events.tell(SyncEvent::Paused);
                    if !self.paused().await {
                        return;
                    }
                    asked = true;
                }
                Some(Some(Command::Saved)) => {
                    // While the server is away, a save changes nothing about when to try again.
                    let soon = after(self.options.debounce_ms);
                    if self.failures == 0 && self.strategies().auto_sync {
                        due = Some(due.map_or(soon, |at| at.min(soon)));
                    }
                    continue;
                }
                Some(Some(Command::Hinted)) => {
                    if self.failures == 0 {
                        let soon = self.soon_after_hint();
                        due = due.map(|at| at.min(soon));
                    }
                    continue;
                }
                Some(Some(Command::SyncNow | Command::Resume)) => (asked, wanted) = (true, true),
                None => {}
            }
            if !wanted && self.waits_for_another_network() {
                self.events.tell(SyncEvent::Metered);
                due = Some(after(METERED_LOOK_MS));
                continue;
            }
            match self.sync(asked).await {
                Ended::Stopped => return,
                Ended::Paused => {
                    self.events.tell(SyncEvent::Paused);
                    if !self.paused().await {
                        return;
                    }
                    (due, asked, wanted) = (Some(Instant::now()), true, true);
                }
                Ended::ByItself(result, meanwhile) => {
                    due = self.next(*result, &meanwhile);
                    (asked, wanted) = (meanwhile.asked, meanwhile.asked);
                }
            }
        }
    }

    /// Waits for the end of a pause; `false` when it is the end of everything.
    async fn paused(&mut self) -> bool {
        loop {
            match self.inbox.recv().await {
                None | Some(Command::Stop) => return false,
                Some(Command::SyncNow | Command::Resume) => return true,
                Some(Command::Saved | Command::Hinted | Command::Pause) => {}
            }
        }
    }

    async fn sync(&mut self, asked: bool) -> Ended {
        let mut options = self.options.sync.clone();
        // After an outage nothing waits for its turn: the server is back for all of it.
        options.ignore_waits = asked || self.failures > 0;
        let wanted = Arc::new(Notify::new());
        options.attachments = AttachmentLimits {
            slice_ms: Some(ATTACHMENTS_SLICE_MS),
            bytes: attachment_bytes(&self.strategies(), self.options.network.as_ref()),
            wanted: Some(Arc::clone(&wanted)),
        };
        let mut meanwhile = Meanwhile::default();
        let work = sync_once(&self.store, &self.remote, &options, &self.events);
        tokio::pin!(work);
        loop {
            tokio::select! {
                result = &mut work => return Ended::ByItself(Box::new(result), meanwhile),
                command = self.inbox.recv() => match command {
                    None | Some(Command::Stop) => return Ended::Stopped,
                    Some(Command::Pause) => return Ended::Paused,
                    Some(other) => {
                        match other {
                            Command::SyncNow | Command::Resume => meanwhile.asked = true,
                            Command::Saved => meanwhile.saved = true,
                            Command::Hinted => meanwhile.hinted = true,
                            Command::Pause | Command::Stop => {}
                        }
                        wanted.notify_one();
                    }
                },
            }
        }
    }

    /// When the next sync is due; `None` when someone has to do something first.
    fn next(
        &mut self,
        result: Result<SyncSummary, SyncError>,
        meanwhile: &Meanwhile,
    ) -> Option<Instant> {
        let retry_in_ms = match &result {
            Ok(summary) => {
                self.failures = 0;
                self.reached.notify_one();
                if meanwhile.asked {
                    return Some(Instant::now());
                }
                let strategies = self.strategies();
                if !strategies.auto_sync || !(strategies.background_sync || meanwhile.saved) {
                    return None;
                }
                if summary.attachments.more && !meanwhile.saved {
                    return Some(Instant::now());
                }
                if meanwhile.hinted && !meanwhile.saved {
                    return Some(self.soon_after_hint());
                }
                let poll_ms = if meanwhile.saved {
                    self.options.debounce_ms
                } else {
                    self.poll_ms(&strategies)
                };
                return Some(after(poll_ms));
            }
            // Another process is at it: it sends this store's changes too.
            Err(SyncError::Busy) => return Some(after(BUSY_WAIT_MS)),
            Err(error) => self
                .retry_in_ms(error)
                .filter(|_| self.strategies().auto_sync),
        };
        self.failures = self.failures.saturating_add(1);
        if let Err(error) = &result {
            if let SyncError::Remote(remote) = error
                && let Some(connection) = Connection::after(remote)
            {
                self.events.tell(SyncEvent::Connection(connection));
            }
            self.events.tell(SyncEvent::Failed {
                code: error.code().to_owned(),
                message: error.to_string(),
                retry_in_ms,
            });
        }
        if meanwhile.asked {
            return Some(Instant::now());
        }
        retry_in_ms.map(after)
    }

    /// The configuration as it is now; the usual where it cannot be read, which the next sync tells.
    fn strategies(&self) -> Strategies {
        self.store.strategies().unwrap_or_default()
    }

    fn waits_for_another_network(&self) -> bool {
        self.strategies().wifi_only && self.options.network.metered() == Metered::Yes
    }

    fn soon_after_hint(&self) -> Instant {
        after(drawn_ms(
            self.options.hint_spread_ms,
            self.options.sync.pace.as_ref(),
        ))
    }

    fn retry_in_ms(&self, error: &SyncError) -> Option<u64> {
        if !error.is_transient() {
            return None;
        }
        let asked_ms = match error {
            SyncError::Remote(remote) => remote.retry_after_ms(),
            SyncError::Store(_) | SyncError::Busy | SyncError::NotEnrolled | SyncError::Lock(_) => {
                None
            }
        };
        let pace = self.options.sync.pace.as_ref();
        Some(Backoff::probing(self.failures).delay_ms(self.failures, asked_ms, pace))
    }

    /// The idle wait, shortened to the first change that waits for its next attempt.
    fn poll_ms(&self, strategies: &Strategies) -> u64 {
        let pace = self.options.sync.pace.as_ref();
        let idle_poll_ms = strategies
            .interval_seconds
            .map_or(self.options.idle_poll_ms, |seconds| {
                u64::from(seconds).saturating_mul(1_000)
            });
        let quarter = idle_poll_ms / 4;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a day in milliseconds is exact in f64 and not negative"
        )]
        let spread = (quarter as f64 * 2.0 * pace.draw()) as u64;
        let poll_ms = idle_poll_ms.saturating_sub(quarter).saturating_add(spread);
        let now = pace.now();
        let first = self.store.outbox().ok().and_then(|entries| {
            entries
                .into_iter()
                .filter(|entry| matches!(entry.state, OutboxState::Pending | OutboxState::Syncing))
                .filter_map(|entry| entry.next_attempt_at)
                .min()
        });
        first.map_or(poll_ms, |at| {
            let wait_ms = at.as_millis().saturating_sub(now.as_millis()).max(0);
            u64::try_from(wait_ms)
                .unwrap_or(0)
                .clamp(BUSY_WAIT_MS, poll_ms.max(BUSY_WAIT_MS))
        })
    }
}

/// Passes the server's hints on for as long as the worker lives; where there are none, it asks now and
/// then whether there are by now.
async fn listen_for_hints(
    remote: Arc<dyn Remote>,
    commands: mpsc::UnboundedSender<Command>,
    pace: Arc<dyn Pace>,
    reached: Arc<Notify>,
) {
    loop {
        // Nobody is asked for hints who does not answer at all.
        reached.notified().await;
        let wait_ms = match remote.hints().await {
            Ok(Some(mut hints)) => {
                // What happened before the connection was there is asked for once.
                let mut is_heard = commands.send(Command::Hinted).is_ok();
                while is_heard && hints.recv().await.is_some() {
                    is_heard = commands.send(Command::Hinted).is_ok();
                }
                if !is_heard {
                    return;
                }
                LISTEN_AGAIN_MS
            }
            Ok(None) => NO_HINTS_MS,
            Err(error) => {
                tracing::debug!(%error, "no hints from the server for now");
                LISTEN_AGAIN_MS
            }
        };
        let wait_ms = wait_ms + drawn_ms(wait_ms, pace.as_ref());
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
    }
}

/// Anywhere between nothing and `most_ms`.
fn drawn_ms(most_ms: u64, pace: &dyn Pace) -> u64 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "minutes in milliseconds are exact in f64 and not negative"
    )]
    let drawn = (most_ms as f64 * pace.draw()) as u64;
    drawn
}

fn after(wait_ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(wait_ms)
}
