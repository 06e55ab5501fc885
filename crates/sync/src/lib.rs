//! Keeps a workstation's store and a server the same: pull, plan, push.
//!
//! Invariants: every write goes through the store's one door; the network is never inside a
//! transaction; an edit that the server has not acknowledged is in the outbox, in a merge on its
//! way there, or before a person; a run that dies anywhere is gone on with by the next.
//!
//! [`enrol`] joins a clinic, [`sync_once`] exchanges everything once, [`SyncWorker`] does so for as
//! long as a store is open.

mod cycle;
pub mod digest;
mod error;
mod event;
pub mod first;
mod lock;
mod merging;
pub mod network;
pub mod pace;
pub mod plan;
pub mod remote;
pub mod settings;
mod worker;

pub use cycle::{AttachmentLimits, SyncOptions, sync_once};
pub use error::SyncError;
pub use event::{
    AttachmentSummary, Connection, Events, Phase, SyncEvent, SyncSummary, WireSummary,
};
pub use remote::{FhirRemote, HubRemote, Remote, RemoteError, enrol};
pub use worker::{SyncWorker, WorkerOptions, attachment_bytes};
