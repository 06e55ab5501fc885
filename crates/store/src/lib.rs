//! The encrypted store of a Haven workstation: key slots, sealed bodies, outbox, conflicts, audit.
//!
//! Invariants: [`Store::transact`] is the only door for writes; nothing readable of a patient ever
//! reaches the disk; nothing unreadable is ever deleted or recreated; no network.

#[cfg(test)]
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

mod agreement;
mod attachment;
mod audit;
mod backup;
mod binding;
mod condition;
mod conflict;
mod dictionary;
mod discarded;
mod durable;
mod error;
mod escalation;
mod facts;
mod failpoint;
#[cfg(test)]
mod faults;
#[doc(hidden)]
pub mod floor;
#[cfg(test)]
mod fuzz;
mod glass;
mod identifier;
mod keychain;
mod keys;
mod link;
mod lobby;
mod memory;
mod migration;
mod op;
mod outbox;
mod ownership;
mod patient;
mod quarantine;
mod reader;
mod reseal;
mod retention;
mod seal;
use haven_model::fold;
mod search;
mod session;
mod storage;
mod store;
mod stored;
mod strategies;
mod sums;
mod table;
mod turn;
mod tx;
mod typed_date;
mod verify;

pub use agreement::{ChartVersions, HeldDeletion, SyncAct};
pub use attachment::{AttachmentCounts, AttachmentRow, AttachmentStanding, NewAttachment};
pub use audit::{
    AnchorCheck, AnchorReport, ArchiveReport, AuditAdvance, AuditAnchor, AuditEntry, AuditQuery,
    AuditRollback, AuditStanding, Problem, VerifyReport,
};
pub use backup::{
    BackupKey, BackupReport, LAST_BACKUP_AT, LAST_BACKUP_BYTES, Replaced, RestoreReport,
    RestoreRequest, Unsynced, is_backup, verify_backup,
};
pub use conflict::{ConflictRow, ConflictStatus, NewConflict};
pub use discarded::{Discarded, DiscardedWords};
pub use error::{ErrorCode, Result, StoreError};
pub use escalation::{ConflictName, Escalation, QueuedAct};
pub use facts::Prepared;
pub use glass::{GlassOpening, GlassWindow, UntoldGlass};
pub use keychain::{Keychain, KeychainInMemory, KeychainUnavailable, NoKeychain};
pub use keys::{
    DueKey, DueReason, GenerationStatus, KdfParams, KeyStatus, LeftOut, Passphrase, RecoveryWords,
    RotateOptions, RotatedKey, Rotation, SlotStatus, StoreKeyReplaced, StoreKeyStatus, StoreKeys,
    keys_locked_in_memory, random_words, replace_store_key,
};
pub use lobby::{Lobby, LobbyUser};
pub use memory::wipe_what_is_freed;
pub use migration::{Loss, SchemaStep};
pub use op::{Changes, Op, OpKind};
pub use outbox::{Ack, BaseState, InFlight, OutboxEntry, OutboxState};
pub use ownership::{RowThere, Standing};
pub use patient::{PatientFilter, PatientPage, PatientQuery, PatientRow};
pub use quarantine::{FileFinding, QuarantineReport, quarantine_report};
pub use reader::Reader;
pub use reseal::{Reseal, ResealStep};
pub use retention::{Kept, KeptBecause, Pin, PruneReport, RetentionPolicy, RetentionRule};
pub use search::SearchPage;
pub use session::Session;
pub use storage::{Storage, StorageState, Vacuumed};
pub use store::{DISK_FULL, InitOptions, Login, NewUser, RecoveryState, SchemaReport, Store};
pub use stored::{Counts, HistoryEntry, RemoteVersion, RowState, Stored};
pub use strategies::STRATEGIES;
pub use tx::Tx;
