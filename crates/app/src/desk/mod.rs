//! What the window works with: one store, locked or unlocked, its sync worker, and the news of both.

mod arrival;
mod centre;
mod charts;
mod discarded;
mod documents;
mod double;
mod drafts;
mod folders;
mod glass;
mod idle;
mod in_error;
mod keys;
mod language;
mod measures;
mod merged;
mod past;
mod patients;
mod review;
mod team;
mod vitals;
mod watch;
mod workstation;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use haven_model::Timestamp;
use haven_model::language::{Language, speaking};
use haven_store::Passphrase;
use tokio::sync::broadcast;

use crate::error::{AppError, Code, Result};
use crate::present::{self, Backdrop, Now, People, SyncFacts};
use crate::session::Session;
use crate::view::{AppEvent, LobbyView, SessionView, StatusView};
use crate::workstation::Workstation;

use idle::Idle;
use watch::Watch;

/// How many events a slow listener may fall behind before it is told to ask again.
const EVENT_BACKLOG: usize = 64;

/// The window's side of the application; cheap to clone.
#[derive(Clone)]
pub struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    workstation: Workstation,
    events: broadcast::Sender<AppEvent>,
    facts: Mutex<SyncFacts>,
    open: Mutex<Option<Open>>,
    language: Mutex<Language>,
    /// The server's last answer to the cheapest question; 0 before the first.
    round_trip_ms: AtomicU32,
}

/// What is there while the store is unlocked.
struct Open {
    session: Session,
    watch: Watch,
    idle: Idle,
    /// Whose chart was opened last, and when: an open chart that refreshes is not read again.
    last_chart: Option<(String, Timestamp)>,
}

impl Desk {
    /// The store in `dir`, on this machine, locked.
    #[must_use]
    pub fn on_this_machine(dir: PathBuf) -> Self {
        Self::new(Workstation::on_this_machine(dir))
    }

    /// The store of `workstation`, locked.
    #[must_use]
    pub fn new(workstation: Workstation) -> Self {
        let (events, _) = broadcast::channel(EVENT_BACKLOG);
        let language = Mutex::new(workstation.language(None));
        Self {
            inner: Arc::new(Inner {
                workstation,
                language,
                events,
                facts: Mutex::new(SyncFacts::not_enrolled()),
                open: Mutex::new(None),
                round_trip_ms: AtomicU32::new(0),
            }),
        }
    }

    /// The news, from now on.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<AppEvent> {
        self.inner.events.subscribe()
    }

    /// The unlock screen.
    ///
    /// # Errors
    /// `unreadable` when the lobby's file is damaged.
    pub fn lobby(&self) -> Result<LobbyView> {
        let lobby = self.inner.workstation.lobby()?;
        Ok(present::lobby(lobby.as_ref(), &self.facts(), &self.now()))
    }

    /// Unlocks the store and starts its sync worker.
    ///
    /// # Errors
    /// As [`Workstation::unlock`].
    pub fn unlock(&self, user: &str, passphrase: &Passphrase) -> Result<SessionView> {
        let session = self.inner.workstation.unlock(Some(user), passphrase)?;
        self.begin(session)
    }

    fn begin(&self, session: Session) -> Result<SessionView> {
        self.speak_for(Some(&session.who().user));
        let view = speaking(self.spoken(), || session_view(&session));
        let watch = Watch::start(self, &session)?;
        let idle = Idle::start(self, &session)?;
        let before = self.lock_open().replace(Open {
            session,
            watch,
            idle,
            last_chart: None,
        });
        if let Some(before) = before {
            before.watch.stop();
        }
        self.refresh_facts()?;
        Ok(view)
    }

    /// Stops the worker, closes the store and forgets its keys.
    pub fn lock(&self) {
        let open = self.lock_open().take();
        self.close(open);
    }

    fn close(&self, open: Option<Open>) {
        if let Some(open) = open {
            open.watch.stop();
            drop(open.session);
        }
        *self.lock_facts() = SyncFacts::not_enrolled();
        self.speak_for(None);
        // An error says that no window listens, which is fine.
        let _nobody = self.inner.events.send(AppEvent::Locked);
    }

    /// Who is at work; `None` while locked.
    #[must_use]
    pub fn session(&self) -> Option<SessionView> {
        self.lock_open()
            .as_ref()
            .map(|open| session_view(&open.session))
    }

    /// What the app bar and the rail show.
    ///
    /// # Errors
    /// `locked`.
    pub fn status(&self) -> Result<StatusView> {
        self.unlocked()?;
        Ok(present::status(&self.facts(), &self.now()))
    }

    /// Asks the worker to exchange changes now.
    ///
    /// # Errors
    /// `locked`.
    pub fn sync_now(&self) -> Result<()> {
        self.lock_open()
            .as_ref()
            .map(|open| open.watch.sync_now())
            .ok_or_else(locked)
    }

    fn unlocked(&self) -> Result<Session> {
        self.lock_open()
            .as_ref()
            .map(|open| open.session.clone())
            .ok_or_else(locked)
    }

    fn now(&self) -> Now {
        let platform = self.inner.workstation.platform();
        Now::new(platform.now(), platform.time_zone())
    }

    fn facts(&self) -> SyncFacts {
        self.lock_facts().clone()
    }

    /// Reads the counts again, after a commit or when a run has ended.
    fn refresh_facts(&self) -> Result<()> {
        let session = self.unlocked()?;
        let counts = session.store().counts()?;
        // Those of other workstations that came before the clinic wait for this user, too.
        let escalated = session.store().escalations()?;
        let of_others = escalated.iter().filter(|known| !known.own && known.waits());
        let needs_review = counts.conflicts + u64::try_from(of_others.count()).unwrap_or(0);
        let [sent, received, as_of] = [
            haven_sync::settings::LAST_SENT,
            haven_sync::settings::LAST_RECEIVED,
            haven_sync::settings::DATA_AS_OF,
        ]
        .map(|name| session.store().setting(name));
        let instant = |text: Option<String>| text.as_deref().and_then(Timestamp::parse);
        let (last_sent, last_received) = (instant(sent?), instant(received?));
        let data_as_of = instant(as_of?);
        let is_enrolled = session.remote_url()?.is_some();
        let mut facts = self.lock_facts();
        facts.waiting = u32::try_from(counts.pending + counts.rejected).unwrap_or(u32::MAX);
        facts.needs_review = u32::try_from(needs_review).unwrap_or(u32::MAX);
        facts.last_sent = last_sent;
        facts.last_received = last_received;
        facts.data_as_of = data_as_of;
        if is_enrolled && facts.connection == crate::view::ConnectionState::NotEnrolled {
            // Offline until a request says otherwise: nothing is claimed that was not seen.
            facts.connection = crate::view::ConnectionState::Offline;
        }
        Ok(())
    }

    fn note_round_trip(&self, round_trip_ms: u32) {
        self.inner
            .round_trip_ms
            .store(round_trip_ms.max(1), Ordering::Relaxed);
    }

    fn round_trip_ms(&self) -> Option<u32> {
        match self.inner.round_trip_ms.load(Ordering::Relaxed) {
            0 => None,
            known => Some(known),
        }
    }

    /// Those whom the hub has told of, and those with a login here.
    fn people(&self, session: &Session) -> Result<People> {
        let mut people = self
            .inner
            .workstation
            .lobby()?
            .as_ref()
            .map(People::of_lobby)
            .unwrap_or_default();
        for (login, person) in haven_sync::settings::people(session.store())? {
            people.add_user(&login, &person.display_name, Some(person.role));
        }
        Ok(people)
    }

    /// Runs `work` with the unlocked store and everything a presenter needs.
    fn on_stage<T>(&self, work: impl FnOnce(&Session, Backdrop<'_>) -> Result<T>) -> Result<T> {
        let session = self.unlocked()?;
        let (now, facts, people) = (self.now(), self.facts(), self.people(&session)?);
        let backdrop = Backdrop {
            now: &now,
            facts: &facts,
            people: &people,
        };
        work(&session, backdrop)
    }

    fn lock_open(&self) -> MutexGuard<'_, Option<Open>> {
        self.inner
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_facts(&self) -> MutexGuard<'_, SyncFacts> {
        self.inner
            .facts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn session_view(session: &Session) -> SessionView {
    let keeps_pin = session.platform().keychain().is_some();
    present::session(session.who(), session.notices(), keeps_pin)
}

fn locked() -> AppError {
    AppError::new(
        Code::Locked,
        "Haven is locked. Unlock it to go on; everything saved is still here.",
    )
}
