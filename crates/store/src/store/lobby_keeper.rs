//! Keeping the unlock screen's file in step with the database, off the path of a save.
//!
//! Every change makes the file due. A thread of the open store writes it at most every [`LAG`], and
//! whoever closes the store writes what is due then; so the file may lag behind the database, and
//! since it is made from committed state it never leads.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::current_lobby;
use crate::link::Link;
use crate::lobby;
use crate::reader::Reader;
use crate::seal::Vault;

/// How long the file may lag behind the database while the store is open.
const LAG: Duration = Duration::from_millis(250);

/// Writes the file of one open store when it is due.
pub(super) struct LobbyKeeper {
    source: Arc<Source>,
    turn: Arc<Turn>,
    /// Started with the first change: a store that is only read has none.
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Source {
    dir: PathBuf,
    vault: Arc<Vault>,
    writer: Arc<Mutex<Link>>,
}

#[derive(Default)]
struct Turn {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    due: bool,
    ended: bool,
}

impl LobbyKeeper {
    pub(super) fn new(dir: &Path, vault: &Arc<Vault>, writer: &Arc<Mutex<Link>>) -> Self {
        Self {
            source: Arc::new(Source {
                dir: dir.to_owned(),
                vault: Arc::clone(vault),
                writer: Arc::clone(writer),
            }),
            turn: Arc::default(),
            thread: Mutex::new(None),
        }
    }

    /// Notes that the database has changed: the file follows soon.
    pub(super) fn stir(&self) {
        {
            let mut state = self.turn.state();
            if std::mem::replace(&mut state.due, true) {
                return;
            }
        }
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_some() {
            self.turn.changed.notify_all();
            return;
        }
        let (source, turn) = (Arc::clone(&self.source), Arc::clone(&self.turn));
        let started = std::thread::Builder::new()
            .name("lobby".to_owned())
            .spawn(move || turn.serve(&source));
        match started {
            Ok(started) => *thread = Some(started),
            // A machine that has no thread to spare still gets its file.
            Err(_) => self.flush(),
        }
    }

    /// Writes the file now, whether it is due or not.
    pub(super) fn write(&self) {
        self.turn.state().due = false;
        self.source.write();
    }

    /// Writes the file now if it is due.
    pub(super) fn flush(&self) {
        if std::mem::take(&mut self.turn.state().due) {
            self.source.write();
        }
    }

    /// Writes what is due for the last time; no thread holds on to the database afterwards.
    pub(super) fn end(&self) {
        self.turn.state().ended = true;
        self.turn.changed.notify_all();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // One that panicked has left the file due or written.
        thread.map(JoinHandle::join);
        self.flush();
    }
}

impl Turn {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, source: &Source) {
        loop {
            let state = self.state();
            let state = self
                .changed
                .wait_while(state, |state| !state.due && !state.ended)
                .unwrap_or_else(PoisonError::into_inner);
            // What follows closely goes into the same writing.
            let (mut state, _) = self
                .changed
                .wait_timeout_while(state, LAG, |state| !state.ended)
                .unwrap_or_else(PoisonError::into_inner);
            if state.ended {
                return;
            }
            let due = std::mem::take(&mut state.due);
            drop(state);
            if due {
                source.write();
            }
        }
    }
}

impl Source {
    /// A failure here does not undo what was committed.
    fn write(&self) {
        let written = lobby::write(&self.dir, &self.vault.lobby_key(), || {
            // The writer has the pages at hand that this reads; a reader would have to open them anew.
            let link = writing(&self.writer);
            let _snapshot = link.connection.unchecked_transaction()?;
            current_lobby(&Reader {
                link: &link,
                vault: &self.vault,
            })
        });
        if let Err(error) = written {
            tracing::warn!(
                code = error.code().as_str(),
                "the unlock screen's file could not be written"
            );
        }
    }
}

/// The writing connection, once nobody else uses it.
pub(super) fn writing(writer: &Mutex<Link>) -> MutexGuard<'_, Link> {
    writer.lock().unwrap_or_else(|poisoned| {
        // Whoever panicked was rolled back; what the connection learnt meanwhile may be void.
        writer.clear_poison();
        let link = poisoned.into_inner();
        link.forget();
        link
    })
}
