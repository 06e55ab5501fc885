//! Replacing due keys and sealing again in the background, while a window has the store open.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use haven_store::{Reseal, Store};

use super::watch::spawn;
use crate::error::Result;
use crate::platform::Platform;

/// Between two steps: writers and the screen come first.
const PAUSE_MS: u64 = 20;

/// Between two looks for keys that have come of age.
const LOOK_EVERY_MS: u64 = 60 * 60 * 1000;

/// The thread that keeps the keys fresh; it ends when this is dropped or told to.
pub(super) struct Tending {
    stop: Sender<()>,
    ended: Receiver<()>,
}

impl Tending {
    /// Starts with whatever is due now.
    pub fn start(store: Store, platform: Arc<dyn Platform>) -> Result<Self> {
        let (stop, stopped) = channel();
        let (ending, ended) = channel();
        spawn("haven-keys", move || {
            tend(&store, platform.as_ref(), &stopped);
            drop(store);
            drop(ending);
        })?;
        Ok(Self { stop, ended })
    }

    /// Ends it and waits until it has let the store go.
    pub fn stop(self) {
        // An error says that it has ended already.
        let _ended = self.stop.send(());
        let _ended = self.ended.recv();
    }
}

fn tend(store: &Store, platform: &dyn Platform, stopped: &Receiver<()>) {
    let mut progress = Reseal::default();
    loop {
        let now = platform.now();
        let step = if progress.is_fresh() {
            store.rotate_due_keys(now).map(drop)
        } else {
            Ok(())
        }
        .and_then(|()| store.reseal(&mut progress, now));
        let pause_ms = match step {
            Ok(step) if !step.done => PAUSE_MS,
            Ok(_) => {
                progress = Reseal::default();
                LOOK_EVERY_MS
            }
            Err(error) => {
                tracing::warn!(code = error.code().as_str(), "sealing again has paused");
                progress = Reseal::default();
                LOOK_EVERY_MS
            }
        };
        match stopped.recv_timeout(Duration::from_millis(pause_ms)) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
