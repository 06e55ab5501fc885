//! How far this computer's clock is from the server's: measured, kept, shown, never used for order.

use haven_model::Timestamp;
use haven_model::wire::Health;
use haven_store::{OpKind, StoreError, SyncAct};

use super::Cycle;
use crate::error::SyncError;
use crate::settings;

/// From here on it is written into the audit log.
const AUDITED_MS: i64 = 2 * 60 * 1000;

/// What is kept is replaced when it is off by more than this: the `Date` of an answer names a second,
/// and a log that grows with every look helps nobody.
const NEWS_MS: i64 = 5_000;

impl Cycle<'_> {
    /// Keeps what the last answer told of the clocks, where that is news.
    pub(super) fn compare_clocks(&mut self, health: &Health) -> Result<(), SyncError> {
        let told = || {
            let there = Timestamp::parse(&health.time)?;
            Some(self.now().as_millis().saturating_sub(there.as_millis()))
        };
        let Some(skew_ms) = self.remote.clock_skew_ms().or_else(told) else {
            return Ok(());
        };
        let known = settings::clock_skew_ms(self.store)?;
        let is_news =
            known.is_none_or(|known| known.saturating_sub(skew_ms).saturating_abs() > NEWS_MS);
        if !is_news {
            return Ok(());
        }
        let is_far = skew_ms.saturating_abs() > AUDITED_MS;
        if is_far {
            tracing::warn!(skew_ms, "this computer's clock is not the server's");
        }
        self.store.transact(self.op(OpKind::Configure), |tx| {
            tx.set_setting(settings::CLOCK_SKEW_MS, Some(&skew_ms.to_string()))?;
            if is_far {
                tx.note_of_sync(SyncAct::ClockSkew)?;
            }
            Ok::<_, StoreError>(())
        })?;
        Ok(())
    }
}
