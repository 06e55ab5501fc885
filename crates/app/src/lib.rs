//! Haven's use cases: what the window and the command line can do, once.
//!
//! Invariant: this crate does not know Tauri.

pub mod bench;
mod desk;
mod error;
#[cfg(test)]
mod fuzz;
mod interchange;
mod keychain;
mod memory;
mod network;
mod platform;
pub mod present;
mod session;
mod strength;
pub mod view;
mod workstation;

pub use desk::Desk;
pub use error::{AppError, Code, Result};
pub use haven_store::wipe_what_is_freed;
pub use haven_store::{Passphrase, RecoveryWords};
pub use interchange::{ExportSummary, ImportOptions, ImportSummary, RejectedRow};
pub use memory::{forbid_core_files, forbid_reading_memory};
pub use platform::{Platform, SystemPlatform, survive_file_size_limit};
pub use session::*;
pub use strength::{
    PassphraseStrength, SuggestedPassphrase, passphrase_strength, suggest_passphrase,
};
pub use workstation::{
    BackupOpener, EnrolRequest, InitRequest, ReplacedAnswer, RestoreAnswer, Workstation,
};
