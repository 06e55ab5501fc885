//! Backups: one encrypted file that is proven restorable before it counts, and the way back from it.
//!
//! Invariants: making one never holds up a writer; a file bears the name asked for only once it was
//! re-opened and every body in it compared with the audit log; a restore writes into a folder of its
//! own and takes a new device incarnation, so that op ids and clocks of the lost device are never
//! used twice.

mod container;
mod create;
mod examine;
mod restore;
mod scratch;

use haven_model::{Operation, ResourceKey, Timestamp};

use crate::audit::Problem;
use crate::error::{Result, StoreError};
use crate::keys::{KeyFile, KeyRing, Opener, Passphrase, RecoveryWords, Slot, StoreKeys};
use crate::outbox::OutboxState;

pub use examine::verify_backup;
pub use restore::RestoreRequest;

/// When the last good backup was made, milliseconds since the epoch.
pub const LAST_BACKUP_AT: &str = "backup.last_at";
/// Its size in bytes.
pub const LAST_BACKUP_BYTES: &str = "backup.last_bytes";

/// What opens a backup.
pub enum BackupKey {
    /// The passphrase that a login of the backup had when it was made; the login may be left out
    /// where there is one only.
    Passphrase {
        /// The login.
        user: Option<String>,
        /// Its passphrase at that time.
        passphrase: Passphrase,
    },
    /// The recovery key that the store had then.
    Recovery {
        /// The login to work as; the one with the most keys where it is left out.
        user: Option<String>,
        /// The 24 words.
        words: RecoveryWords,
    },
    /// The keys of an unlocked session of the same store.
    Store(StoreKeys),
}

/// What a backup holds, and what was found when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// The size of the file.
    pub bytes: u64,
    /// When it was made.
    pub made_at: Timestamp,
    /// The store it is of.
    pub store_id: String,
    /// The device incarnation that made it.
    pub device_id: String,
    /// The clinic's name.
    pub clinic: String,
    /// The schema it was made at.
    pub schema: u32,
    /// Live resources.
    pub resources: u64,
    /// Bodies compared with the audit log, tombstones included; opened where the keys allow it.
    pub bodies: u64,
    /// Entries of the audit log.
    pub audit_entries: u64,
    /// The Merkle root over them, in hex.
    pub audit_root: String,
    /// Changes that waited to be sent.
    pub pending: u64,
    /// Open conflicts.
    pub conflicts: u64,
    /// Everything found wrong; empty when the backup is sound.
    pub problems: Vec<Problem>,
}

/// A change that had not reached the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsynced {
    /// The resource.
    pub key: ResourceKey,
    /// What the server is to do.
    pub operation: Operation,
    /// Where it stands.
    pub state: OutboxState,
    /// When it was last edited.
    pub edited_at: Timestamp,
}

/// What the store that is being replaced says of its own unsent changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It opens; these changes wait there and are not in the restored store.
    Opened {
        /// What would be lost with that folder.
        only_there: Vec<Unsynced>,
    },
    /// It does not open, and why; what waited there cannot be told.
    Unreadable {
        /// The refusal, for people.
        why: String,
    },
}

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreReport {
    /// What was in the backup.
    pub backup: BackupReport,
    /// The new device incarnation.
    pub device_id: String,
    /// Changes that waited when the backup was made; they are offered to the server again.
    pub offered_again: Vec<Unsynced>,
    /// What the folder being replaced holds beyond it, where one was named.
    pub replaced: Option<Replaced>,
}

/// The one place where what a person has becomes the keys of a backup.
///
/// # Errors
/// `wrong_passphrase`, `not_found` for an unknown login, `invalid` when the login must be named.
fn open_backup_keys(file: &KeyFile, key: &BackupKey) -> Result<KeyRing> {
    match key {
        BackupKey::Passphrase { user, passphrase } => {
            let slot = match user {
                Some(user) => file.slot(user)?,
                None => only_login(file)?,
            };
            if slot.needs_device() {
                return Err(StoreError::precondition(
                    "This login's passphrase opens the store only together with its own computer's keychain. Use the recovery key: `--recovery`.",
                ));
            }
            let private = slot
                .open(&file.store_id, &Opener::Passphrase(passphrase))?
                .ok_or(StoreError::WrongBackupPassphrase)?;
            file.open_grants(&slot.user, &private)
        }
        BackupKey::Recovery { user, words } => {
            let login = match user {
                Some(user) => file.slot(user)?,
                None => file
                    .logins()
                    .max_by_key(|slot| file.keys_held(&slot.user))
                    .ok_or(StoreError::UnknownUser)?,
            };
            let mut ring = file
                .open_recovery(words)?
                .ok_or(StoreError::WrongRecoveryKey)?;
            login.user.clone_into(&mut ring.user);
            Ok(ring)
        }
        BackupKey::Store(keys) => {
            if keys.ring.store_id != file.store_id {
                return Err(StoreError::precondition("The backup is of another store."));
            }
            file.open_again(&keys.ring)
        }
    }
}

/// The slot of the one login, where there is one only; a recovery slot is nobody's login.
fn only_login(file: &KeyFile) -> Result<&Slot> {
    let mut logins = file.logins();
    match (logins.next(), logins.next()) {
        (Some(only), None) => Ok(only),
        (None | Some(_), None | Some(_)) => Err(StoreError::invalid(
            "The backup has more than one login. Name yours with --user.",
        )),
    }
}

/// Whether `file` begins as a backup does.
#[must_use]
pub fn is_backup(file: &std::path::Path) -> bool {
    container::Container::open(file).is_ok()
}

#[cfg(test)]
mod tests;
