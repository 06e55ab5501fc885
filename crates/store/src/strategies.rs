//! The configuration of how records travel and stay, kept with the store.
//!
//! Invariant: what is kept was read by [`Strategies::read`]; the parts of it that the store itself
//! obeys (quota, retention, age of keys) are kept in the same transaction.

use haven_model::Timestamp;
use haven_model::strategy::{Retention, Strategies};
use sha2::{Digest, Sha256};

use crate::error::{Result, StoreError};
use crate::op::{Op, OpKind};
use crate::reader::Reader;
use crate::retention::{RETENTION_POLICY, RetentionPolicy, RetentionRule};
use crate::storage::QUOTA_BYTES;
use crate::store::Store;

/// The setting that holds the configuration, as it was read.
pub const STRATEGIES: &str = "config.strategies";

/// The setting that holds after how many days a class key is replaced.
pub(crate) const KEY_ROTATION_DAYS: &str = "keys.rotation_days";

impl Reader<'_> {
    /// How records travel and stay; Haven's usual where nothing was configured.
    ///
    /// # Errors
    /// When the store cannot be read; `integrity` when what it keeps is no configuration.
    pub fn strategies(&self) -> Result<Strategies> {
        self.setting(STRATEGIES)?.map_or_else(
            || Ok(Strategies::default()),
            |text| {
                Strategies::read(&text)
                    .map_err(|_| StoreError::integrity("the configuration kept is none"))
            },
        )
    }
}

impl Store {
    /// As [`Reader::strategies`].
    ///
    /// # Errors
    /// As [`Reader::strategies`].
    pub fn strategies(&self) -> Result<Strategies> {
        self.snapshot(|reader| reader.strategies())
    }

    /// Keeps a configuration, and what follows from it for the store.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin.
    pub fn set_strategies(&self, strategies: &Strategies, now: Timestamp) -> Result<()> {
        self.admin_only("change how records travel and stay")?;
        let text = strategies.to_value().to_string();
        let before = self.strategies()?;
        let policy = retention_of(&before, strategies, self.retention_policy()?);
        let policy = policy
            .map(|policy| serde_json::to_string(&policy))
            .transpose()
            .map_err(|_| StoreError::invalid("The retention policy cannot be kept."))?;
        let digest = Sha256::digest(text.as_bytes()).into();
        let op = Op::new(OpKind::Configure, &self.session().user, now);
        self.transact(op, |tx| -> Result<()> {
            tx.set_setting(STRATEGIES, Some(&text))?;
            if let Some(policy) = &policy {
                tx.set_setting(RETENTION_POLICY, Some(policy))?;
            }
            if let Some(bytes) = strategies.max_bytes {
                tx.set_setting(QUOTA_BYTES, Some(&bytes.to_string()))?;
            }
            let days = strategies.key_rotation_days.map(|days| days.to_string());
            tx.set_setting(KEY_ROTATION_DAYS, days.as_deref())?;
            // The digest ties the entry to the text that was applied.
            tx.note("config-changed", None, None, Some(digest))
        })?;
        Ok(())
    }
}

/// The policy that follows, where it is another: what the configuration names replaces the type's rule,
/// what it no longer names falls back to the usual, the rest stays.
fn retention_of(
    before: &Strategies,
    after: &Strategies,
    policy: RetentionPolicy,
) -> Option<RetentionPolicy> {
    let mut next = policy.clone();
    for name in before
        .types
        .keys()
        .filter(|name| before.of(name).retention.is_some())
    {
        next.types.remove(name);
    }
    for (name, one) in &after.types {
        let days = match one.retention {
            None => continue,
            Some(Retention::Permanent) => None,
            Some(Retention::Days(days)) => Some(days),
        };
        let whole_chart = policy.types.get(name).is_some_and(|rule| rule.whole_chart);
        next.types
            .insert(name.clone(), RetentionRule { days, whole_chart });
    }
    (next != policy).then_some(next)
}
