//! Counting wrong passphrases, before each is tried.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use haven_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::durable;
use crate::error::{Result, StoreError};

const FILE: &str = "attempts.json";

/// The file's length is a multiple of this.
const FILE_BYTES: usize = 4096;

/// Wrong passphrases in a row after which the slot is disabled.
///
/// Source: NIST SP 800-63B-4 §5.2.11, at most ten consecutive failures of an offline unlock.
const LIMIT: u32 = 10;

/// Wrong passphrases that cost no waiting.
const FREE: u32 = 3;

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Tried {
    failures: u32,
    last_at: i64,
}

/// The count of one login of one store.
///
/// It binds whoever sits at this device; a thief with a copy of the folder is held by the cost of
/// the derivation alone.
pub(crate) struct Attempts {
    dir: PathBuf,
    user: String,
}

impl Attempts {
    pub(crate) fn of(dir: &Path, user: &str) -> Self {
        Self {
            dir: dir.to_owned(),
            user: user.to_owned(),
        }
    }

    /// Counts an attempt before it is made, so that killing the process does not save it.
    ///
    /// # Errors
    /// `too_many_attempts` when it comes too early or the slot is disabled.
    pub(crate) fn begin(&self, now: Timestamp) -> Result<()> {
        let mut all = self.read()?;
        let tried = all.entry(self.user.clone()).or_default();
        if tried.failures >= LIMIT {
            return Err(StoreError::SlotDisabled);
        }
        if tried.failures >= FREE {
            let wait_ms = 1000 * (1i64 << (tried.failures - FREE)).min(60);
            let passed_ms = now.as_millis().saturating_sub(tried.last_at);
            if passed_ms < 0 {
                // The clock was set back; count the wait from its new reading.
                tried.last_at = now.as_millis();
                self.write(&all)?;
                return Err(too_early(wait_ms));
            }
            if passed_ms < wait_ms {
                return Err(too_early(wait_ms - passed_ms));
            }
        }
        *tried = Tried {
            failures: tried.failures + 1,
            last_at: now.as_millis(),
        };
        self.write(&all)
    }

    /// How many wrong passphrases are left after the one just made.
    pub(crate) fn left(&self) -> Result<u32> {
        let all = self.read()?;
        Ok(LIMIT.saturating_sub(all.get(&self.user).map_or(0, |tried| tried.failures)))
    }

    /// The passphrase was right: the count starts anew.
    pub(crate) fn clear(&self) -> Result<()> {
        let mut all = self.read()?;
        all.remove(&self.user);
        self.write(&all)
    }

    fn read(&self) -> Result<BTreeMap<String, Tried>> {
        match std::fs::read(self.dir.join(FILE)) {
            // A damaged count must not lock anyone out of the data, nor give attempts away.
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_else(|_| {
                BTreeMap::from([(
                    self.user.clone(),
                    Tried {
                        failures: FREE,
                        last_at: 0,
                    },
                )])
            })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(StoreError::io("Reading attempts.json", error)),
        }
    }

    fn write(&self, all: &BTreeMap<String, Tried>) -> Result<()> {
        let mut bytes = serde_json::to_vec(all)
            .map_err(|_| StoreError::integrity("the attempt count could not be written as JSON"))?;
        // Of one length, so that a full disk still takes it in place of the old one.
        bytes.resize(bytes.len().next_multiple_of(FILE_BYTES), b' ');
        durable::replace_or_overwrite(&self.dir, FILE, &bytes)
    }
}

fn too_early(wait_ms: i64) -> StoreError {
    StoreError::TooManyAttempts {
        retry_after_ms: u64::try_from(wait_ms).unwrap_or(0),
    }
}
