//! Slows down guessing: after five failures a name waits, longer each time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use haven_model::Timestamp;

const FREE_FAILURES: u32 = 5;
const FIRST_WAIT_MS: i64 = 30_000;
const LONGEST_WAIT_MS: i64 = 15 * 60_000;
const FORGET_AFTER_MS: i64 = 60 * 60_000;
const MAX_NAMES: usize = 4096;

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Failures {
    fn blocked_until(self) -> Timestamp {
        if self.count < FREE_FAILURES {
            return self.last;
        }
        let doublings = (self.count - FREE_FAILURES).min(10);
        self.last
            .plus_ms((FIRST_WAIT_MS << doublings).min(LONGEST_WAIT_MS))
    }
}

/// Failed attempts by name, in memory; at most [`MAX_NAMES`] names are remembered.
#[derive(Default)]
pub struct Throttle {
    failures: Mutex<HashMap<String, Failures>>,
}

impl Throttle {
    /// Seconds until this name may try again; `None` when it may now.
    #[must_use]
    pub fn wait_s(&self, name: &str, now: Timestamp) -> Option<u64> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let until = failures.get(name)?.blocked_until();
        let wait_ms = until.as_millis().saturating_sub(now.as_millis());
        (wait_ms > 0).then(|| u64::try_from(wait_ms).unwrap_or(0).div_ceil(1000))
    }

    /// Counts a failure.
    pub fn failed(&self, name: &str, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MAX_NAMES {
            failures.retain(|_, kept| kept.last.plus_ms(FORGET_AFTER_MS) > now);
            if failures.len() >= MAX_NAMES {
                failures.retain(|_, kept| kept.count >= FREE_FAILURES);
            }
            if failures.len() >= MAX_NAMES {
                failures.clear();
            }
        }
        let entry = failures.entry(name.to_owned()).or_insert(Failures {
            count: 0,
            last: now,
        });
        entry.count = entry.count.saturating_add(1);
        entry.last = now;
    }

    /// Forgets a name's failures.
    pub fn succeeded(&self, name: &str) {
        self.failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_guess_waits_and_a_success_clears() {
        let throttle = Throttle::default();
        let now = Timestamp(1_000_000);
        for _ in 0..5 {
            assert_eq!(throttle.wait_s("ana", now), None, "five guesses are free");
            throttle.failed("ana", now);
        }
        assert_eq!(throttle.wait_s("ana", now), Some(30));
        assert_eq!(throttle.wait_s("ben", now), None, "others are not held up");
        assert_eq!(throttle.wait_s("ana", now.plus_ms(30_000)), None);
        throttle.failed("ana", now.plus_ms(30_000));
        assert_eq!(throttle.wait_s("ana", now.plus_ms(30_000)), Some(60));
        throttle.succeeded("ana");
        assert_eq!(throttle.wait_s("ana", now.plus_ms(30_000)), None);
    }
}
