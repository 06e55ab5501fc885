//! What can go wrong in the hub, below HTTP.

use std::path::PathBuf;

use crate::database::MigrationError;

/// Why the hub could not do something.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The database's own failure.
    #[error("the hub's database failed")]
    Database(#[from] rusqlite::Error),
    /// The schema is newer, altered or half applied.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// `create` never overwrites.
    #[error("{} already exists", .0.display())]
    AlreadyExists(PathBuf),
    /// `open` never creates.
    #[error("{} is not there; `haven-hub init` makes it", .0.display())]
    Missing(PathBuf),
    /// The file is a database without a hub in it.
    #[error("{} holds no hub; `haven-hub init` makes one", .0.display())]
    NotAHub(PathBuf),
    /// A name, password or other input is not acceptable; the text says which and why.
    #[error("{0}")]
    BadInput(String),
    /// What was named is not there.
    #[error("{0}")]
    NotFound(String),
    /// The state of things forbids it.
    #[error("{0}")]
    Precondition(String),
    /// A file could not be read or written.
    #[error("{} could not be used", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The socket failed.
    #[error("the network socket failed")]
    Socket(#[source] std::io::Error),
    /// The operating system gave no randomness.
    #[error("no randomness from the operating system")]
    Randomness(#[from] getrandom::Error),
    /// A password could not be hashed.
    #[error("the password could not be hashed")]
    PasswordHash,
    /// A stored value does not read back as what was written.
    #[error("stored data does not read back: {0}")]
    Corrupt(&'static str),
    /// A background task died.
    #[error("an internal task ended early")]
    TaskEnded,
}

/// Short for results of this crate.
pub type Result<T, E = HubError> = std::result::Result<T, E>;
