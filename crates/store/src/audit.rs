//! The audit log: what was done, by whom, in a form that shows tampering.

pub(crate) mod anchor;
pub(crate) mod archive;
pub(crate) mod merkle;
mod visit;

use haven_model::{ResourceKey, Timestamp};
use serde::Serialize;

pub use anchor::{AnchorCheck, AuditAdvance, AuditAnchor, AuditRollback, AuditStanding};
pub use archive::ArchiveReport;

pub use crate::verify::AnchorReport;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// Position, from 1, without gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// On which device incarnation.
    pub device: String,
    /// What, for example `update`, `pull`, `resolve`, `read`, `unlock`.
    pub action: String,
    /// The resource, where one is meant.
    pub key: Option<ResourceKey>,
    /// The local version the act led to.
    pub version: Option<i64>,
    /// SHA-256 of the sealed body, in hex; of `keep-discarded` over what is kept; absent where no body was
    /// written.
    pub digest: Option<String>,
}

/// Which entries to read, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only this resource.
    pub key: Option<ResourceKey>,
    /// Only this actor.
    pub actor: Option<String>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Only entries before this position, for paging.
    pub before_seq: Option<u64>,
    /// At most this many.
    pub limit: u32,
}

impl Default for AuditQuery {
    fn default() -> Self {
        Self {
            key: None,
            actor: None,
            since: None,
            until: None,
            before_seq: None,
            limit: 100,
        }
    }
}

/// Something that verification found wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What is wrong, in words.
    pub what: String,
    /// The audit entry concerned.
    pub seq: Option<u64>,
    /// The resource concerned.
    pub key: Option<ResourceKey>,
}

/// What verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Audit entries checked.
    pub entries: u64,
    /// The Merkle root over all of them, in hex.
    pub root: String,
    /// Bodies opened and compared with their last audit entry; 0 unless the check was deep.
    pub bodies: u64,
    /// Of these, bodies of classes that this login does not read: compared with the log, not opened, and
    /// what search knows of them could not be checked. 0 unless the check was deep.
    pub unread: u64,
    /// How far the hub's memory covers the log; absent when this device was never at one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<AnchorReport>,
    /// Everything found wrong; empty when the store is sound.
    pub problems: Vec<Problem>,
}

impl VerifyReport {
    /// Whether nothing was found wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}
