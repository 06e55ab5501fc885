//! The encrypted store of a Haven workstation: key slots, sealed bodies, outbox, conflicts, audit.
//!
//! Invariants: [`Store::transact`] is the only door for writes; nothing readable of a patient ever
//! reaches the disk; nothing unreadable is ever deleted or recreated; no network.

mod audit;
mod binding;
mod condition;
mod conflict;
mod durable;
mod error;
mod facts;
mod failpoint;
mod fold;
mod glass;
mod identifier;
mod keys;
mod link;
mod lobby;
mod migration;
mod op;
mod outbox;
mod patient;
mod reader;
mod reseal;
mod seal;
mod search;
mod session;
mod store;
mod stored;
mod table;
mod tx;
mod typed_date;
mod verify;

pub use audit::{AuditEntry, AuditQuery, Problem, VerifyReport};
pub use conflict::{ConflictRow, ConflictStatus, NewConflict};
pub use error::{ErrorCode, Result, StoreError};
pub use glass::{GlassOpening, GlassWindow};
pub use keys::{
    DueKey, DueReason, GenerationStatus, KdfParams, KeyStatus, LeftOut, Passphrase, RotateOptions,
    RotatedKey, Rotation, SlotStatus, StoreKeyReplaced, StoreKeyStatus, StoreKeys,
    replace_store_key,
};
pub use lobby::{Lobby, LobbyUser};
pub use op::{Changes, Op, OpKind};
pub use outbox::{Ack, BaseState, InFlight, OutboxEntry, OutboxState};
pub use patient::{PatientFilter, PatientPage, PatientQuery, PatientRow};
pub use reader::Reader;
pub use reseal::{Reseal, ResealStep};
pub use search::SearchPage;
pub use session::Session;
pub use store::{InitOptions, NewUser, Store};
pub use stored::{Counts, HistoryEntry, RemoteVersion, RowState, Stored};
pub use tx::Tx;
