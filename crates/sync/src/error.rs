//! Why a sync did not end well, in words that say what is safe.

use haven_store::StoreError;

use crate::remote::RemoteError;

/// Why a sync stopped. Whatever the reason, what was saved on this device is still there.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The server could not be used.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The store on this device could not be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another window or command is syncing this store.
    #[error(
        "Another Haven window or command is syncing this store now. Nothing was changed here. It sends your changes too; wait for it to finish."
    )]
    Busy,
    /// The store belongs to no hub.
    #[error(
        "This store has no server to sync with. Your data is safe on this device. Join a clinic with `haven enrol`."
    )]
    NotEnrolled,
    /// The lock file could not be made or held.
    #[error(
        "The store's folder cannot be written to, so no sync was started. Your data is safe. Check the disk and the folder's permissions."
    )]
    Lock(#[source] std::io::Error),
}

impl SyncError {
    /// The word that callers branch on and JSON answers print.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Remote(error) => error.code(),
            Self::Store(error) => error.code().as_str(),
            Self::Busy => "busy",
            Self::NotEnrolled => "not_enrolled",
            Self::Lock(_) => "io",
        }
    }

    /// Whether trying again later may succeed with nobody doing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Remote(error) => error.is_transient(),
            Self::Store(error) => matches!(
                error.code(),
                haven_store::ErrorCode::Io
                    | haven_store::ErrorCode::DiskFull
                    | haven_store::ErrorCode::Locked
            ),
            Self::Busy | Self::Lock(_) => true,
            Self::NotEnrolled => false,
        }
    }
}
