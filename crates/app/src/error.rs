//! The one closed set of errors towards the window and the command line.

use haven_store::StoreError;
use serde::{Deserialize, Serialize};
use specta::Type;

/// What a use case answers.
pub type Result<T, E = AppError> = std::result::Result<T, E>;

/// What kind of trouble it is; callers branch on this, never on the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The store is locked or busy.
    Locked,
    /// The passphrase does not open the slot.
    WrongPassphrase,
    /// Too many wrong passphrases.
    TooManyAttempts,
    /// There is no such thing.
    NotFound,
    /// The role does not allow it.
    NotPermitted,
    /// A person has to decide first, or somebody else was faster.
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
    /// The server was not reached, or did not answer as a server should.
    Network,
    /// The server wants a sign-in, or has revoked this device.
    SignedOut,
    /// Reading or writing failed.
    Io,
}

/// What happened, what is safe and what to do.
///
/// Invariant: the message carries no patient data.
#[derive(Clone, Debug, Serialize, Deserialize, Type, thiserror::Error)]
#[error("{message}")]
#[serde(rename_all = "camelCase")]
pub struct AppError {
    /// For callers that branch.
    pub code: Code,
    /// For people.
    pub message: String,
    /// Whether the same call may succeed later without a person changing anything.
    pub retryable: bool,
}

impl AppError {
    /// An error that trying again does not mend.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retryable: false,
        }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::Invalid, message)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(
            Code::NotFound,
            format!("There is no such {what} here. Nothing was changed."),
        )
    }

    /// The exit status of the command line for this error.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self.code {
            Code::Locked | Code::WrongPassphrase | Code::TooManyAttempts => 3,
            Code::NotPermitted => 4,
            Code::Conflict | Code::Precondition | Code::AlreadyExists => 5,
            Code::Integrity | Code::Unreadable => 6,
            Code::Network | Code::SignedOut => 7,
            Code::NotFound
            | Code::NewerStore
            | Code::DiskFull
            | Code::Invalid
            | Code::UnsupportedSearch
            | Code::Io => 1,
        }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        use haven_store::ErrorCode as Store;
        let code = match error.code() {
            Store::Locked => Code::Locked,
            Store::WrongPassphrase => Code::WrongPassphrase,
            Store::TooManyAttempts => Code::TooManyAttempts,
            Store::NotFound => Code::NotFound,
            Store::NotPermitted => Code::NotPermitted,
            Store::Conflict => Code::Conflict,
            Store::Precondition => Code::Precondition,
            Store::Integrity => Code::Integrity,
            Store::Unreadable => Code::Unreadable,
            Store::NewerStore => Code::NewerStore,
            Store::AlreadyExists => Code::AlreadyExists,
            Store::DiskFull => Code::DiskFull,
            Store::Invalid => Code::Invalid,
            Store::UnsupportedSearch => Code::UnsupportedSearch,
            Store::Io => Code::Io,
        };
        tracing::debug!(code = error.code().as_str(), "store refused");
        Self {
            code,
            message: error.to_string(),
            retryable: matches!(code, Code::Locked | Code::DiskFull | Code::Io),
        }
    }
}
