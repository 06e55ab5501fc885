//! Time and chance, handed in so that a run can be repeated.

use std::time::{SystemTime, UNIX_EPOCH};

use haven_model::Timestamp;
use haven_model::strategy::RetryPolicy;

/// The clock on the wall and the dice.
pub trait Pace: Send + Sync {
    /// The wall clock's reading; shown to people and used for waiting, never to order edits.
    fn now(&self) -> Timestamp;

    /// A number in `[0, 1)`.
    fn draw(&self) -> f64;
}

/// This machine's clock and randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemPace;

impl Pace for SystemPace {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn draw(&self) -> f64 {
        rand::random::<f64>()
    }
}

/// How long to wait before trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The first wait's upper end.
    pub base_ms: u64,
    /// No wait is longer, save one that the server asks for.
    pub cap_ms: u64,
}

impl Backoff {
    /// For changes that could not be sent.
    pub const SENDING: Self = Self {
        base_ms: 1_000,
        cap_ms: 300_000,
    };

    /// For asking whether the server is back: in the first minutes of an outage coming back is
    /// noticed within seconds, later within half a minute.
    #[must_use]
    pub fn probing(failures: u32) -> Self {
        let cap_ms = if failures < 60 { 5_000 } else { 30_000 };
        Self {
            base_ms: 1_000,
            cap_ms,
        }
    }

    /// The waits that a retry policy asks for.
    #[must_use]
    pub fn by(policy: &RetryPolicy) -> Self {
        Self {
            base_ms: Self::SENDING.base_ms,
            cap_ms: u64::from(policy.max_backoff_seconds).saturating_mul(1_000),
        }
    }

    /// As [`Backoff::delay_ms`], each wait grown over the last by `multiplier_percent` hundredths.
    #[must_use]
    pub fn grown_ms(
        self,
        attempts: u32,
        multiplier_percent: u32,
        asked_ms: Option<u64>,
        pace: &dyn Pace,
    ) -> u64 {
        let mut ceiling_ms = self.base_ms;
        for _ in 0..attempts {
            if ceiling_ms >= self.cap_ms {
                break;
            }
            ceiling_ms = ceiling_ms.saturating_mul(u64::from(multiplier_percent)) / 100;
        }
        self.drawn_ms(ceiling_ms.min(self.cap_ms), asked_ms, pace)
    }

    /// Full jitter: anywhere between nothing and the doubled wait, so that a clinic's machines do
    /// not all come back in the same second. What the server asked for is the least.
    #[must_use]
    pub fn delay_ms(self, attempts: u32, asked_ms: Option<u64>, pace: &dyn Pace) -> u64 {
        let doubled = self.base_ms.saturating_mul(1_u64 << attempts.min(20));
        self.drawn_ms(doubled.min(self.cap_ms), asked_ms, pace)
    }

    fn drawn_ms(self, ceiling: u64, asked_ms: Option<u64>, pace: &dyn Pace) -> u64 {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "milliseconds below five minutes are exact in f64 and not negative"
        )]
        let drawn = (ceiling as f64 * pace.draw()) as u64;
        asked_ms.map_or(drawn, |asked| asked.saturating_add(drawn.min(self.base_ms)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(f64);

    impl Pace for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp(0)
        }

        fn draw(&self) -> f64 {
            self.0
        }
    }

    #[test]
    fn waits_double_up_to_the_cap_and_are_spread_over_all_of_it() {
        let late = Fixed(0.999_999);
        let waits: Vec<u64> = (0..12)
            .map(|attempts| Backoff::SENDING.delay_ms(attempts, None, &late))
            .collect();
        assert!(
            waits.windows(2).all(|pair| pair[0] <= pair[1]),
            "waits never shrink: {waits:?}"
        );
        assert!(
            waits[0] < 1_000 && waits[11] <= 300_000,
            "the cap holds: {waits:?}"
        );
        assert_eq!(
            Backoff::SENDING.delay_ms(9, None, &Fixed(0.0)),
            0,
            "jitter is full"
        );
    }

    #[test]
    fn what_the_server_asks_for_is_the_least() {
        let wait_ms = Backoff::SENDING.delay_ms(0, Some(600_000), &Fixed(0.5));
        assert!(
            wait_ms >= 600_000,
            "Retry-After outranks the cap, waited {wait_ms}"
        );
    }
}
