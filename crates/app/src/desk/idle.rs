//! Locking by itself: after so long without input, and after the computer slept.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

use haven_model::{Action, SensitivityClass, Timestamp};
use haven_store::OpKind;

use super::watch::spawn;
use super::{Desk, Inner, Open};
use crate::error::{AppError, Code, Result};
use crate::present;
use crate::session::Session;
use crate::view::AppEvent;

/// The setting that says after how many minutes without input the store locks.
const IDLE_MINUTES: &str = "lock.idle_minutes";

/// Where nothing else is set.
const DEFAULT_MINUTES: u32 = 15;

/// What an administrator may choose.
pub(super) const CHOICES: [u32; 5] = [2, 5, 10, 15, 30];

const MINUTE_MS: u64 = 60_000;

/// How long before locking a person is warned.
const WARNING_MS: u64 = MINUTE_MS;

/// Between two looks at the clocks, in milliseconds.
const LOOK_MS: u64 = 1_000;

/// A wall clock that ran ahead of this process by so much says that the computer slept.
const ASLEEP_MS: u64 = 30_000;

/// What to do at one moment.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Rest,
    Warn { left_ms: u64 },
    Lock,
}

/// Decides from how long nobody touched anything and how long the computer slept just now.
fn judge(limit_ms: u64, idle_ms: u64, asleep_ms: u64) -> Step {
    let left_ms = limit_ms.saturating_sub(idle_ms);
    if left_ms == 0 || asleep_ms >= ASLEEP_MS {
        return Step::Lock;
    }
    // A limit shorter than the warning still leaves half of it in peace.
    if left_ms <= WARNING_MS.min(limit_ms / 2) {
        return Step::Warn { left_ms };
    }
    Step::Rest
}

/// One session's clock; it ends when this is dropped.
pub(super) struct Idle {
    clock: Arc<Clock>,
    _stop: Sender<()>,
}

struct Clock {
    /// The last input, on the clock of [`Platform::awake_ms`](crate::Platform::awake_ms).
    touched_ms: AtomicU64,
    limit_ms: AtomicU64,
}

impl Idle {
    pub fn start(desk: &Desk, session: &Session) -> Result<Self> {
        let clock = Arc::new(Clock {
            touched_ms: AtomicU64::new(session.platform().awake_ms()),
            limit_ms: AtomicU64::new(limit_ms(session)?),
        });
        let (stop, stopped) = channel();
        let (inner, ticking) = (Arc::downgrade(&desk.inner), Arc::downgrade(&clock));
        spawn("haven-idle", move || watch(&inner, &ticking, &stopped))?;
        Ok(Self { clock, _stop: stop })
    }

    fn touch(&self, awake_ms: u64) {
        self.clock.touched_ms.store(awake_ms, Ordering::Relaxed);
    }
}

fn watch(inner: &Weak<Inner>, clock: &Weak<Clock>, stopped: &Receiver<()>) {
    // The input after which nobody was warned again: a new one makes the lock wait anew.
    let mut warned_of: Option<u64> = None;
    let mut looked: Option<(Timestamp, u64)> = None;
    loop {
        let (Some(inner), Some(ticking)) = (inner.upgrade(), clock.upgrade()) else {
            return;
        };
        let desk = Desk { inner };
        let platform = desk.inner.workstation.platform();
        let (now, awake_ms) = (platform.now(), platform.awake_ms());
        let slept_ms = looked
            .replace((now, awake_ms))
            .map_or(0, |(then, then_ms)| {
                let wall_ms = u64::try_from(now.as_millis() - then.as_millis()).unwrap_or(0);
                wall_ms.saturating_sub(awake_ms.saturating_sub(then_ms))
            });
        let limit_ms = ticking.limit_ms.load(Ordering::Relaxed);
        let touched_ms = ticking.touched_ms.load(Ordering::Relaxed);
        match judge(limit_ms, awake_ms.saturating_sub(touched_ms), slept_ms) {
            Step::Lock => {
                desk.lock_after(&ticking);
                return;
            }
            Step::Warn { left_ms } if warned_of != Some(touched_ms) => {
                warned_of = Some(touched_ms);
                let text = haven_model::language::speaking(desk.spoken(), || {
                    present::locking_soon(left_ms)
                });
                // An error says that no window listens, which is fine.
                let _nobody = desk.inner.events.send(AppEvent::LockingSoon { text });
            }
            Step::Warn { .. } | Step::Rest => {}
        }
        drop((desk, ticking));
        let look = Duration::from_millis(LOOK_MS.min(limit_ms / 8).max(1));
        match stopped.recv_timeout(look) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// The setting, and never longer than the machine allows.
fn limit_ms(session: &Session) -> Result<u64> {
    let set_ms = u64::from(minutes(session)?).saturating_mul(MINUTE_MS);
    let most_ms = session.platform().idle_lock_ms().unwrap_or(u64::MAX);
    Ok(set_ms.min(most_ms))
}

/// After how many minutes without input the store locks.
pub(super) fn minutes(session: &Session) -> Result<u32> {
    Ok(session
        .store()
        .setting(IDLE_MINUTES)?
        .and_then(|text| text.parse().ok())
        .filter(|minutes| CHOICES.contains(minutes))
        .unwrap_or(DEFAULT_MINUTES))
}

impl Desk {
    /// Somebody touched a key or the pointer: the lock waits anew.
    pub fn still_here(&self) {
        if let Some(open) = self.lock_open().as_ref() {
            open.idle
                .touch(self.inner.workstation.platform().awake_ms());
        }
    }

    /// Sets after how many minutes without input the store locks, for everybody on this device.
    ///
    /// # Errors
    /// `locked`; `not_permitted` for anyone but an admin; `invalid` for a number that is not offered.
    pub fn set_idle_minutes(&self, minutes: u32) -> Result<()> {
        let session = self.unlocked()?;
        if !session
            .who()
            .role
            .permits(Action::Write, SensitivityClass::Admin)
        {
            return Err(AppError::new(
                Code::NotPermitted,
                "Only an administrator may change when this device locks. Nothing was changed.",
            ));
        }
        if !CHOICES.contains(&minutes) {
            return Err(AppError::invalid(
                "That is not among the times that can be chosen. Nothing was changed.",
            ));
        }
        session.transact(OpKind::Configure, |tx| {
            Ok(tx.set_setting(IDLE_MINUTES, Some(&minutes.to_string()))?)
        })?;
        let limit_ms = limit_ms(&session)?;
        if let Some(open) = self.lock_open().as_ref() {
            open.idle.clock.limit_ms.store(limit_ms, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Locks the session that `clock` belongs to; a later one is left alone.
    fn lock_after(&self, clock: &Arc<Clock>) {
        let is_its = |open: &mut Open| Arc::ptr_eq(&open.idle.clock, clock);
        let open = self.lock_open().take_if(is_its);
        self.close(open);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER_MS: u64 = 15 * MINUTE_MS;

    #[test]
    fn a_quarter_of_an_hour_with_a_minute_of_warning() {
        assert_eq!(judge(QUARTER_MS, 0, 0), Step::Rest);
        assert_eq!(judge(QUARTER_MS, 14 * MINUTE_MS - 1, 0), Step::Rest);
        assert_eq!(
            judge(QUARTER_MS, 14 * MINUTE_MS, 0),
            Step::Warn { left_ms: MINUTE_MS }
        );
        assert_eq!(judge(QUARTER_MS, QUARTER_MS, 0), Step::Lock);
    }

    #[test]
    fn a_computer_that_slept_is_locked_when_it_wakes() {
        assert_eq!(judge(QUARTER_MS, 10, ASLEEP_MS), Step::Lock);
        assert_eq!(
            judge(QUARTER_MS, 10, ASLEEP_MS - 1),
            Step::Rest,
            "a clock that is set right is no sleep"
        );
    }

    #[test]
    fn a_short_limit_still_warns() {
        assert_eq!(judge(4_000, 1_999, 0), Step::Rest);
        assert_eq!(judge(4_000, 2_000, 0), Step::Warn { left_ms: 2_000 });
    }
}
