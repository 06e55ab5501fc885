//! What can go wrong with a store, in words for people and as a closed set of codes.

use haven_model::{Action, ResourceError, ResourceKey, Role, SensitivityClass};

/// What a store answers.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The closed set of codes that callers branch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The store is locked.
    Locked,
    /// The passphrase does not open the slot.
    WrongPassphrase,
    /// Too many wrong passphrases; wait, or use another way in.
    TooManyAttempts,
    /// There is no such thing.
    NotFound,
    /// The user's role does not allow it.
    NotPermitted,
    /// The resource waits for a person's decision.
    Conflict,
    /// The state is not the one that the call asks for.
    Precondition,
    /// Something was altered or damaged.
    Integrity,
    /// A file cannot be read as what it should be.
    Unreadable,
    /// Made by a newer Haven.
    NewerStore,
    /// There is a store already.
    AlreadyExists,
    /// The disk is full.
    DiskFull,
    /// The input is not acceptable.
    Invalid,
    /// A search parameter that Haven does not know.
    UnsupportedSearch,
    /// Reading or writing failed.
    Io,
}

impl ErrorCode {
    /// The word printed in JSON answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::WrongPassphrase => "wrong_passphrase",
            Self::TooManyAttempts => "too_many_attempts",
            Self::NotFound => "not_found",
            Self::NotPermitted => "not_permitted",
            Self::Conflict => "conflict",
            Self::Precondition => "precondition",
            Self::Integrity => "integrity",
            Self::Unreadable => "unreadable",
            Self::NewerStore => "newer_store",
            Self::AlreadyExists => "already_exists",
            Self::DiskFull => "disk_full",
            Self::Invalid => "invalid",
            Self::UnsupportedSearch => "unsupported_search",
            Self::Io => "io",
        }
    }
}

/// Why a store refused, said so that a person knows what happened, what is safe and what to do.
///
/// Invariant: no message carries patient data; where a resource is meant, only its type is said.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the store and did not let go in time.
    #[error(
        "The store is busy in another Haven window or command. Nothing was changed. Try again in a moment."
    )]
    Busy,
    /// The passphrase does not open the slot.
    #[error(
        "Wrong passphrase. Nothing was changed and nothing is lost. {attempts_left} attempts left before this login is disabled on this device."
    )]
    WrongPassphrase {
        /// How many wrong passphrases the slot still takes.
        attempts_left: u32,
    },
    /// The passphrase does not open the backup.
    #[error(
        "Wrong passphrase: the backup opens with the passphrase that its login had when it was made. Nothing was changed and nothing is lost."
    )]
    WrongBackupPassphrase,
    /// The PIN does not open the slot.
    #[error(
        "Wrong PIN. Nothing was changed and nothing is lost. {attempts_left} tries left before only the passphrase works."
    )]
    WrongPin {
        /// How many wrong PINs are still taken.
        attempts_left: u32,
    },
    /// The words are a recovery key, but not this store's present one.
    #[error(
        "These words are not the recovery key of this store: they are another store's, or were replaced by newer ones. Nothing was changed and nothing is lost."
    )]
    WrongRecoveryKey,
    /// Wrong passphrases came too fast.
    #[error("Too many wrong passphrases. Nothing is lost. Wait {} seconds, then try again.", retry_after_ms.div_ceil(1000))]
    TooManyAttempts {
        /// When the next attempt is taken, counted from now.
        retry_after_ms: u64,
    },
    /// Ten wrong passphrases in a row.
    #[error(
        "This login is disabled on this device after ten wrong passphrases. The data is safe and still encrypted. The recovery key opens it (`haven recovery use`), or an administrator of this device can give you a new passphrase."
    )]
    SlotDisabled,
    /// No slot for that user.
    #[error(
        "This device has no login of that name. Nothing was changed. Choose one of the names on the unlock screen."
    )]
    UnknownUser,
    /// There is no store in the folder.
    #[error(
        "There is no Haven store in this folder. Nothing was changed. Make one with `haven init` or `haven enrol`, or name another folder."
    )]
    NoStore,
    /// There is no such thing.
    #[error("There is no such {what} here. Nothing was changed.")]
    NotFound {
        /// The kind of thing, never its content.
        what: String,
    },
    /// The role does not allow it.
    #[error("The role {} may not {} {} records. Nothing was changed. Ask someone whose role allows it.", role.as_str(), action_word(*action), class.as_str())]
    NotPermitted {
        /// The user's role.
        role: Role,
        /// What was tried.
        action: Action,
        /// The class of the resource.
        class: SensitivityClass,
    },
    /// The user's role does not allow this administrative act.
    #[error("Only an administrator may {what}. Nothing was changed.")]
    AdminOnly {
        /// The act, as a verb phrase.
        what: String,
    },
    /// The resource waits for a person's decision.
    #[error("This {} was changed in two places and waits for a decision. Both versions are kept. Resolve the conflict first, then edit.", key.resource_type)]
    InConflict {
        /// The resource.
        key: ResourceKey,
        /// The open conflict.
        conflict_id: String,
    },
    /// The state is not the one that the call asks for.
    #[error("{what} Nothing was changed.")]
    Precondition {
        /// What is not as it should be, a full sentence.
        what: String,
    },
    /// Something was altered or damaged.
    #[error(
        "Integrity failure: {what}. Haven changed and deleted nothing. Do not use what this store shows of it; keep the folder as it is and restore a backup into another folder."
    )]
    Integrity {
        /// What, and where.
        what: String,
    },
    /// The database lacks what was saved in it before.
    #[error(
        "Integrity failure: {what}. Haven changed and deleted nothing, and saves nothing here until someone decides. Keep the folder as it is and restore a backup into another folder, or go on with what is left: `haven unlock --accept-rollback REASON`."
    )]
    RolledBack {
        /// What is missing, and how it shows.
        what: String,
    },
    /// A file cannot be read as what it should be.
    #[error(
        "{file} cannot be read: {why}. Haven changed and deleted nothing. Keep the folder as it is and restore a backup into another folder."
    )]
    Unreadable {
        /// The file's name within the store folder.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// A backup is not what it was.
    #[error(
        "The backup is damaged: {what}. Nothing was restored and nothing was changed. Use another backup, and keep this file for whoever examines it."
    )]
    BackupDamaged {
        /// What is wrong with it.
        what: String,
    },
    /// Made by a newer Haven.
    #[error(
        "This store was made by a newer Haven (schema {found}, this one knows {known}). Nothing was changed. Install the newer version; until then `haven export` still takes the records out."
    )]
    NewerStore {
        /// The schema number found.
        found: u32,
        /// The newest one known here.
        known: u32,
    },
    /// There is a store already.
    #[error(
        "This folder already holds a Haven store. Nothing was changed. Unlock it, or choose an empty folder."
    )]
    AlreadyExists,
    /// The name is taken.
    #[error(
        "This device already has a login of that name. Nothing was changed. Choose another name, or give that login a new passphrase with `haven users reset`."
    )]
    LoginExists,
    /// The disk is full.
    #[error(
        "The disk is full. This change was not saved; everything saved before is safe and can be read. Free some space, then save again."
    )]
    DiskFull,
    /// The disk refuses to take more.
    #[error(
        "The disk takes no more: it is full, a limit is reached, or it is failing. This change was not saved; everything saved before is safe and can be read. Free some space or have the disk checked, then save again."
    )]
    DiskRefuses {
        /// SQLite's reason.
        #[source]
        source: rusqlite::Error,
    },
    /// The store is at its limit; what can wait is not taken in.
    #[error(
        "There is no room for more: the store takes {} MB of {} MB, or the disk is nearly full. Nothing was taken in; everything saved is safe, and edits still save. Free some space, run `haven prune`, or raise the limit with `haven storage --quota-bytes`.", used_bytes / 1_000_000, quota_bytes / 1_000_000
    )]
    NoRoom {
        /// What the store takes.
        used_bytes: u64,
        /// What it may take.
        quota_bytes: u64,
    },
    /// The input is not acceptable.
    #[error("{what} Nothing was changed.")]
    Invalid {
        /// What is not acceptable, a full sentence.
        what: String,
    },
    /// The resource is not one that Haven keeps.
    #[error("The resource cannot be kept: {0}. Nothing was changed.")]
    Resource(#[from] ResourceError),
    /// A search parameter that Haven does not know.
    #[error(
        "Searching by \"{parameter}\" is not supported. Nothing was left out silently: remove it and search again."
    )]
    UnsupportedSearch {
        /// The parameter's name, or name and value form.
        parameter: String,
    },
    /// Reading or writing a file failed.
    #[error("{what} failed. What was saved before is safe. Check the disk, then try again.")]
    Io {
        /// What was tried.
        what: String,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The database failed in a way of its own.
    #[error(
        "The database could not complete this. What was saved before is safe; this change was not saved."
    )]
    Database {
        /// SQLite's reason.
        #[source]
        source: rusqlite::Error,
    },
}

fn action_word(action: Action) -> &'static str {
    match action {
        Action::Read => "read",
        Action::Write => "change",
        Action::Delete => "delete",
    }
}

impl StoreError {
    /// The code of this error, for callers that branch.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::WrongPassphrase { .. }
            | Self::WrongBackupPassphrase
            | Self::WrongPin { .. }
            | Self::WrongRecoveryKey => ErrorCode::WrongPassphrase,
            Self::TooManyAttempts { .. } | Self::SlotDisabled => ErrorCode::TooManyAttempts,
            Self::UnknownUser | Self::NoStore | Self::NotFound { .. } => ErrorCode::NotFound,
            Self::NotPermitted { .. } | Self::AdminOnly { .. } => ErrorCode::NotPermitted,
            Self::InConflict { .. } => ErrorCode::Conflict,
            Self::Precondition { .. } => ErrorCode::Precondition,
            Self::Integrity { .. } | Self::RolledBack { .. } | Self::BackupDamaged { .. } => {
                ErrorCode::Integrity
            }
            Self::Unreadable { .. } => ErrorCode::Unreadable,
            Self::NewerStore { .. } => ErrorCode::NewerStore,
            Self::AlreadyExists | Self::LoginExists => ErrorCode::AlreadyExists,
            Self::DiskFull | Self::DiskRefuses { .. } | Self::NoRoom { .. } => ErrorCode::DiskFull,
            Self::Invalid { .. } | Self::Resource(_) => ErrorCode::Invalid,
            Self::UnsupportedSearch { .. } => ErrorCode::UnsupportedSearch,
            Self::Busy => ErrorCode::Locked,
            Self::Io { .. } | Self::Database { .. } => ErrorCode::Io,
        }
    }

    /// What was found, as a clause without advice.
    pub(crate) fn finding(&self) -> String {
        if let Self::RolledBack { what } | Self::Integrity { what } = self {
            return what.clone();
        }
        self.to_string()
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::NotFound {
            what: what.to_owned(),
        }
    }

    pub(crate) fn integrity(what: impl Into<String>) -> Self {
        Self::Integrity { what: what.into() }
    }

    pub(crate) fn precondition(what: &str) -> Self {
        Self::Precondition {
            what: what.to_owned(),
        }
    }

    pub(crate) fn invalid(what: &str) -> Self {
        Self::Invalid {
            what: what.to_owned(),
        }
    }

    /// Wraps a file error, telling a full disk apart.
    pub(crate) fn io(what: &str, source: std::io::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        if matches!(source.kind(), StorageFull | QuotaExceeded | FileTooLarge) {
            return Self::DiskFull;
        }
        Self::Io {
            what: what.to_owned(),
            source,
        }
    }
}

/// `SQLITE_IOERR_SHMSIZE`: the shared-memory file could not grow, which a full disk causes.
const IOERR_SHMSIZE: i32 = 4874;

/// `SQLITE_IOERR_WRITE`: a write failed for another reason than a lack of space, such as a limit on
/// the size of files.
const IOERR_WRITE: i32 = 778;

impl From<rusqlite::Error> for StoreError {
    fn from(source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Sqlite;
        let Some(failure) = source.sqlite_error() else {
            return Self::Database { source };
        };
        let code = failure.code;
        if code == Sqlite::DiskFull || failure.extended_code == IOERR_SHMSIZE {
            Self::DiskFull
        } else if failure.extended_code == IOERR_WRITE {
            Self::DiskRefuses { source }
        } else if code == Sqlite::DatabaseCorrupt {
            Self::integrity(
                "a page of store.db does not carry the seal it was written with, or is missing",
            )
        } else if code == Sqlite::NotADatabase {
            Self::integrity(
                "store.db cannot be decrypted with this store's key: it is damaged or belongs to another store",
            )
        } else if code == Sqlite::DatabaseBusy || code == Sqlite::DatabaseLocked {
            Self::Busy
        } else {
            Self::Database { source }
        }
    }
}
