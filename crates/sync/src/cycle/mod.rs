//! One sync from end to end: what was on its way, then pull, plan and push, until nothing is left.
//!
//! Invariants: the network is never inside a transaction; everything that must outlive the process
//! is in the store before the next request is made, so a process that dies anywhere goes on where
//! it was; what the server has not acknowledged stays in the outbox.
//!
//! Calls to the store block and are made in place: run this on a thread of its own, as
//! [`crate::SyncWorker`] does.

mod anchor;
mod attachment;
mod clock;
mod compare;
mod deletion;
mod direction;
mod escalation;
mod first;
mod glass;
mod hold;
mod outcome;
mod page;
mod parcel;
mod receive;
mod reread;
mod send;
mod settle;
mod skew;
mod sweep;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use haven_model::strategy::Strategies;
use haven_model::{MergeRules, ResourceKey, Timestamp};
use haven_store::{Op, OpKind, OutboxState, Store, StoreError};

use crate::error::SyncError;
use crate::event::{Connection, Events, SyncEvent, SyncSummary, WireSummary};
use crate::lock::SyncLock;
use crate::pace::{Pace, SystemPace};
use crate::remote::{Realm, Remote, RemoteError, Wire};
use crate::settings::Names;
use settle::Terms;

pub use attachment::AttachmentLimits;

/// The actor written into the audit log.
const ACTOR: &str = "sync";

/// What is told where charts are to be compared with a server that has nothing to compare with.
const NO_DIGESTS: &str = "this server has no digests of charts; nothing was compared";

/// A sync that keeps finding something to do ends after this many rounds; the next one goes on.
const MAX_ROUNDS: u32 = 64;

/// What a sync needs besides the store and the server.
#[derive(Clone)]
pub struct SyncOptions {
    /// The store's folder, for the lock.
    pub store_dir: PathBuf,
    /// At most this many changes in a page.
    pub page_records: u32,
    /// At most this many changes in a parcel sent.
    pub batch_entries: usize,
    /// At most this many bytes of bodies in a parcel sent, one change excepted.
    pub batch_bytes: usize,
    /// Whether changes that wait for their next attempt are offered now.
    pub ignore_waits: bool,
    /// Whether a person accepts that many records are deleted here.
    pub accept_deletions: bool,
    /// Whether every chart is compared with the server now, rather than the next few when it is time.
    pub compare_all: bool,
    /// How much of the sync attachments may take.
    pub attachments: AttachmentLimits,
    /// The clock and the dice.
    pub pace: Arc<dyn Pace>,
}

impl SyncOptions {
    /// The usual sizes, for the store in `store_dir`.
    #[must_use]
    pub fn new(store_dir: impl Into<PathBuf>) -> Self {
        Self {
            store_dir: store_dir.into(),
            page_records: 1_000,
            batch_entries: 250,
            batch_bytes: 2 * 1024 * 1024,
            ignore_waits: true,
            accept_deletions: false,
            compare_all: false,
            attachments: AttachmentLimits::default(),
            pace: Arc::new(SystemPace),
        }
    }
}

/// Exchanges everything that can be exchanged now.
///
/// # Errors
/// When the server or the store could not be used; what was done until then is kept, and the rest
/// is done the next time.
pub async fn sync_once(
    store: &Store,
    remote: &Arc<dyn Remote>,
    options: &SyncOptions,
    events: &Events,
) -> Result<SyncSummary, SyncError> {
    let _lock = SyncLock::acquire(&options.store_dir)?;
    let started = Instant::now();
    let wire = remote.wire();
    let realm = remote.realm();
    let mut cycle = Cycle {
        names: Names::of(&realm),
        realm,
        unsure: HashSet::new(),
        doubted: Vec::new(),
        was_restored: false,
        store,
        strategies: store.strategies()?,
        remote,
        options,
        events,
        summary: SyncSummary::default(),
        rebases: HashMap::new(),
        set_aside: HashSet::new(),
        reused_op_ids: HashSet::new(),
        reread: None,
        told: anchor::Told::NotYet,
        is_copy: store.audit_standing()?.rollback.is_some(),
    };
    let run = cycle.run().await;
    cycle.summary.wire = Box::new(wire_summary(remote.wire().since(wire), &cycle.summary));
    cycle.summary.notices = remote.notices();
    for notice in &cycle.summary.notices {
        tracing::warn!(notice, "about the server");
    }
    count_run(store, options, &run, &cycle.summary);
    run?;
    cycle.summary.remote.clone_from(&cycle.realm.name);
    let counted = cycle.waiting()?;
    let held = cycle.held_for_a_person()?;
    if options.compare_all && cycle.realm.name.is_some() {
        cycle.summary.notices.push(NO_DIGESTS.to_owned());
    }
    let mut summary = cycle.summary;
    if summary.pulled == 0 && summary.pushed == 0 {
        tend(store, options.pace.now())?;
    }
    summary.waiting = counted;
    summary.held_deletions = held;
    summary.took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    events.tell(SyncEvent::Finished(summary.clone()));
    Ok(summary)
}

fn wire_summary(wire: Wire, summary: &SyncSummary) -> WireSummary {
    let content = summary
        .attachments
        .bytes_received
        .saturating_add(summary.attachments.bytes_sent);
    let both = wire.sent.saturating_add(wire.received);
    WireSummary {
        bytes_sent: wire.sent,
        bytes_received: wire.received,
        bytes_per_change: both
            .saturating_sub(content)
            .checked_div(summary.pulled.saturating_add(summary.pushed)),
    }
}

/// Counts runs that exchanged something and runs that failed at a server that was there. An idle look
/// and a network that is away are neither.
fn count_run(
    store: &Store,
    options: &SyncOptions,
    ran: &Result<(), SyncError>,
    summary: &SyncSummary,
) {
    let label = match ran {
        Ok(()) if summary.pulled == 0 && summary.pushed == 0 => return,
        Ok(()) => "ok",
        Err(SyncError::Remote(RemoteError::Unreachable)) => return,
        Err(error) => error.code(),
    };
    let op = Op::new(OpKind::Configure, ACTOR, options.pace.now());
    if let Err(error) = store.transact(op, |tx| tx.count("sync", label)) {
        tracing::debug!(%error, "a run was not counted");
    }
}

/// What nobody waits for, a little at a time when there is nothing to exchange: dictionaries for what
/// has come in, and older rows packed with them.
fn tend(store: &Store, now: Timestamp) -> Result<(), SyncError> {
    store.learn(now)?;
    store.repack(now)?;
    Ok(())
}

/// What one sync carries along.
struct Cycle<'a> {
    store: &'a Store,
    /// How records travel, by type.
    strategies: Strategies,
    remote: &'a Arc<dyn Remote>,
    options: &'a SyncOptions,
    events: &'a Events,
    /// Which of the store's resources are exchanged.
    realm: Realm,
    names: Names,
    summary: SyncSummary,
    /// Op ids whose changes may have arrived, the answer lost.
    unsure: HashSet<String>,
    /// What the server showed in an earlier state than it once confirmed.
    doubted: Vec<ResourceKey>,
    /// Whether a plain server was seen to have lost what it once confirmed.
    was_restored: bool,
    /// How often each resource was merged since the server last took it.
    rebases: HashMap<ResourceKey, u32>,
    /// What cannot be sent in this run, so that the rest can.
    set_aside: HashSet<ResourceKey>,
    /// What the server knew under its op id with other content: one new op id is tried.
    reused_op_ids: HashSet<ResourceKey>,
    /// What the server has shown since everything is being read again.
    reread: Option<HashSet<ResourceKey>>,
    /// What the server remembers of this device's audit log.
    told: anchor::Told,
    /// Whether the server has seen entries of the audit log that this store lacks: it is a copy of
    /// another store or an earlier state of itself, and its counts may have been used elsewhere.
    is_copy: bool,
}

impl Cycle<'_> {
    async fn run(&mut self) -> Result<(), SyncError> {
        self.meet().await?;
        self.follow_directions()?;
        self.examine_earlier()?;
        // A plain server is asked what it holds before it is offered anything a second time.
        let mut resent = self.realm.name.is_some();
        if resent {
            self.resend().await?;
        }
        for _ in 0..MAX_ROUNDS {
            // First of all: what the hub says of this store decides how its own changes are read.
            let received = self.receive().await;
            let is_full = matches!(&received, Err(SyncError::Store(StoreError::NoRoom { .. })));
            if !resent && (is_full || received.is_ok()) {
                resent = true;
                self.resend().await?;
            }
            if is_full {
                // What was made here must get out all the same.
                self.send().await?;
            }
            received?;
            if self.send().await? == 0 {
                break;
            }
        }
        if self.realm.name.is_some() {
            self.sweep().await?;
            self.settle_deletions()?;
        }
        self.exchange_conflicts().await;
        self.compare_charts().await;
        if self.remote.keeps_audit_heads() {
            self.tell_of_glass().await;
            self.anchor().await;
        }
        if self.exchange_attachments().await {
            self.send().await?;
        }
        Ok(())
    }

    /// The plain servers of what waits; where the store has none, nothing is looked up.
    fn owners(&self) -> Result<HashMap<ResourceKey, String>, SyncError> {
        Ok(self.store.snapshot(|reader| {
            if reader.has_plain_remotes()? {
                reader.waiting_remotes()
            } else {
                Ok::<_, StoreError>(HashMap::new())
            }
        })?)
    }

    /// How many changes still wait to be sent to this server.
    fn waiting(&self) -> Result<u64, SyncError> {
        let owners = self.owners()?;
        let waiting = self
            .store
            .outbox()?
            .iter()
            .filter(|entry| matches!(entry.state, OutboxState::Pending | OutboxState::Syncing))
            .filter(|entry| {
                self.realm
                    .covers(owners.get(&entry.key).map(String::as_str))
            })
            .count();
        Ok(u64::try_from(waiting).unwrap_or(u64::MAX))
    }

    /// Asks who is there before anything is sent or read.
    async fn meet(&mut self) -> Result<(), SyncError> {
        let asked = Instant::now();
        let health = self.remote.probe().await?;
        let latency_ms = u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.events
            .tell(SyncEvent::Connection(Connection::Connected { latency_ms }));
        if self.realm.name.is_none() {
            self.compare_clocks(&health)?;
        }
        let known = self.store.setting(&self.names.epoch)?;
        if known.as_deref() == Some(health.epoch.as_str()) {
            // A run that died while reading everything again has forgotten what it had seen.
            if self.store.setting(&self.names.reoffering)?.is_some() {
                self.read_again(None)?;
            }
            return Ok(());
        }
        if known.is_some() {
            tracing::warn!("the hub was restored from a backup: everything is read again");
            return self.read_again(Some(&health.epoch));
        }
        self.store.transact(self.op(OpKind::Configure), |tx| {
            tx.set_setting(&self.names.epoch, Some(&health.epoch))
        })?;
        Ok(())
    }

    /// On what a version of that resource is planned for.
    fn terms(&self, key: &ResourceKey) -> Terms {
        Terms {
            rebases: self.rebases.get(key).copied().unwrap_or(0),
            rules: MergeRules {
                strategy: self.strategies.of(&key.resource_type).conflict,
            },
            // Clocks of a plain server are made here, of what it shows: nobody else's counts are in them.
            is_copy: self.is_copy && self.realm.name.is_none(),
        }
    }

    fn op(&self, kind: OpKind) -> Op {
        Op::new(kind, ACTOR, self.now())
    }

    fn now(&self) -> Timestamp {
        self.options.pace.now()
    }
}

/// Whether a failure says that the connection is bad, rather than what was sent.
fn is_about_the_link(error: &RemoteError) -> bool {
    match error {
        RemoteError::TooLarge | RemoteError::Timeout | RemoteError::Server { .. } => false,
        RemoteError::Unreachable
        | RemoteError::NotAHub(_)
        | RemoteError::NotFhir(_)
        | RemoteError::WrongServer
        | RemoteError::SignedOut
        | RemoteError::Revoked
        | RemoteError::Forbidden
        | RemoteError::CodeRefused
        | RemoteError::CursorExpired
        | RemoteError::RateLimited { .. }
        | RemoteError::Protocol(_)
        | RemoteError::TokensNotKept => true,
    }
}
