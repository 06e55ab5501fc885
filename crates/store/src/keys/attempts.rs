//! Counting wrong passphrases, before each is tried.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use haven_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::durable;
use crate::error::{Result, StoreError};
use crate::keychain::{Keychain, name_of};

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

impl Tried {
    /// The stricter of two counts.
    fn worse(self, other: Self) -> Self {
        Self {
            failures: self.failures.max(other.failures),
            last_at: self.last_at.max(other.last_at),
        }
    }
}

/// The count of one login of one store, in a file beside the database and, where there is one, in the
/// keychain too; the higher of the two counts.
///
/// It binds whoever sits at this device and uses Haven. It does not bind a thief with a copy of the
/// folder, nor someone who edits the file on a device without a keychain: no secret is at hand before
/// unlocking with which the file could be sealed, and a key kept beside it would be as easy to read
/// as the file is to edit. Those are held by the cost of the derivation alone. Where the keychain
/// has the count, deleting or rolling back the file gives nothing away.
pub(crate) struct Attempts {
    dir: PathBuf,
    user: String,
    mirror: Option<(Arc<dyn Keychain>, String)>,
}

impl Attempts {
    pub(crate) fn of(dir: &Path, user: &str) -> Self {
        Self {
            dir: dir.to_owned(),
            user: user.to_owned(),
            mirror: None,
        }
    }

    /// The same count, kept in the keychain too.
    pub(crate) fn mirrored(mut self, keychain: &Arc<dyn Keychain>, store_id: &str) -> Self {
        let name = name_of("attempts", store_id, &self.user);
        self.mirror = Some((keychain.clone(), name));
        self
    }

    /// Counts an attempt before it is made, so that killing the process does not save it.
    ///
    /// # Errors
    /// `too_many_attempts` when it comes too early or the slot is disabled; `disk_full` when the
    /// count could not be kept in the file.
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
                self.reflect(Some(*tried));
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
        self.reflect(Some(*tried));
        self.write(&all)
    }

    /// How many wrong passphrases are left after the one just made.
    pub(crate) fn left(&self) -> Result<u32> {
        let all = self.read()?;
        Ok(LIMIT.saturating_sub(all.get(&self.user).map_or(0, |tried| tried.failures)))
    }

    /// Whether the slot is disabled until it is given a new passphrase.
    pub(crate) fn is_disabled(&self) -> Result<bool> {
        Ok(self.left()? == 0)
    }

    /// The passphrase was right: the count starts anew.
    pub(crate) fn clear(&self) -> Result<()> {
        self.reflect(None);
        let mut all = self.read()?;
        all.remove(&self.user);
        self.write(&all)
    }

    fn read(&self) -> Result<BTreeMap<String, Tried>> {
        let mut all: BTreeMap<String, Tried> = match std::fs::read(self.dir.join(FILE)) {
            // A damaged count must not lock anyone out of the data, nor give attempts away.
            Ok(bytes) => parse(&bytes).unwrap_or_else(|| {
                BTreeMap::from([(
                    self.user.clone(),
                    Tried {
                        failures: FREE,
                        last_at: 0,
                    },
                )])
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(StoreError::io("Reading attempts.json", error)),
        };
        if let Some(mirrored) = self.mirrored_count() {
            let tried = all.entry(self.user.clone()).or_default();
            *tried = tried.worse(mirrored);
        }
        Ok(all)
    }

    fn write(&self, all: &BTreeMap<String, Tried>) -> Result<()> {
        let malformed = |_| StoreError::integrity("the attempt count could not be written as JSON");
        let counts = serde_json::value::to_raw_value(all).map_err(malformed)?;
        let sha256 = checksum(&counts);
        let checked = Checked {
            sha256,
            counts: &counts,
        };
        let mut bytes = serde_json::to_vec(&checked).map_err(malformed)?;
        // Of one length, so that a full disk still takes it in place of the old one.
        bytes.resize(bytes.len().next_multiple_of(FILE_BYTES), b' ');
        durable::replace_or_overwrite(&self.dir, FILE, &bytes)
    }

    fn mirrored_count(&self) -> Option<Tried> {
        let (keychain, name) = self.mirror.as_ref()?;
        let kept = keychain.get(name).ok().flatten()?;
        serde_json::from_slice(&kept).ok()
    }

    /// Writes the count into the keychain; one that does not answer changes nothing.
    fn reflect(&self, tried: Option<Tried>) {
        let Some((keychain, name)) = &self.mirror else {
            return;
        };
        let kept = match tried.map(|tried| serde_json::to_vec(&tried)) {
            Some(Ok(bytes)) => keychain.set(name, &bytes),
            Some(Err(_)) => Ok(()),
            None => keychain.remove(name),
        };
        if kept.is_err() {
            tracing::debug!("the keychain does not keep the attempt count");
        }
    }
}

/// The file's form: a checksum tells damage from a count. It is no protection against whoever edits it.
#[derive(Serialize, Deserialize)]
struct Checked<'a> {
    sha256: String,
    #[serde(borrow)]
    counts: &'a RawValue,
}

fn checksum(counts: &RawValue) -> String {
    hex::encode(Sha256::digest(counts.get().as_bytes()))
}

/// The counts of an undamaged file; one written before they had a checksum is read too.
fn parse(bytes: &[u8]) -> Option<BTreeMap<String, Tried>> {
    match serde_json::from_slice::<Checked<'_>>(bytes) {
        Ok(checked) if checksum(checked.counts) == checked.sha256 => {
            serde_json::from_str(checked.counts.get()).ok()
        }
        Ok(_) => None,
        Err(_) => serde_json::from_slice(bytes).ok(),
    }
}

fn too_early(wait_ms: i64) -> StoreError {
    StoreError::TooManyAttempts {
        retry_after_ms: u64::try_from(wait_ms).unwrap_or(0),
    }
}
