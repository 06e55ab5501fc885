//! The encrypted store of a Haven workstation: key slots, sealed bodies, outbox, conflicts, audit.
//!
//! Invariants: [`Store::transact`] is the only door for writes; nothing readable of a patient ever
//! reaches the disk; nothing unreadable is ever deleted or recreated; no network.

mod audit;
mod conflict;
mod error;
mod keys;
mod lobby;
mod op;
mod outbox;
mod patient;
mod session;
mod store;
mod stored;
mod tx;

pub use audit::{AuditEntry, AuditQuery, Problem, VerifyReport};
pub use conflict::{ConflictRow, ConflictStatus, NewConflict};
pub use error::{ErrorCode, Result, StoreError};
pub use keys::{KdfParams, Passphrase, StoreKeys};
pub use lobby::{Lobby, LobbyUser};
pub use op::{Changes, Op, OpKind};
pub use outbox::{Ack, BaseState, InFlight, OutboxEntry, OutboxState};
pub use patient::{PatientFilter, PatientPage, PatientQuery, PatientRow, SearchPage};
pub use session::Session;
pub use store::{InitOptions, Store};
pub use stored::{Counts, HistoryEntry, RemoteVersion, RowState, Stored};
pub use tx::Tx;
