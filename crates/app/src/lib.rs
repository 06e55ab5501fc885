//! Haven's use cases: what the window and the command line can do, once.
//!
//! Invariant: this crate does not know Tauri.

pub mod bench;
mod desk;
mod error;
mod interchange;
mod platform;
pub mod present;
mod session;
pub mod view;
mod workstation;

pub use desk::Desk;
pub use error::{AppError, Code, Result};
pub use haven_store::Passphrase;
pub use interchange::{ExportSummary, ImportOptions, ImportSummary, RejectedRow};
pub use platform::{Platform, SystemPlatform, survive_file_size_limit};
pub use session::*;
pub use workstation::{EnrolRequest, InitRequest, ReplacedAnswer, RestoreAnswer, Workstation};
