//! What a transaction is for, and what it changed.

use haven_model::{ResourceKey, Timestamp};

/// Why a transaction is made; written into its audit entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpKind {
    /// A person edits.
    Edit,
    /// Files are read in.
    Import,
    /// A page from the server is kept.
    Pull,
    /// Something is sent, or the answer to it kept.
    Push,
    /// A person resolves a conflict.
    Resolve,
    /// A chart is opened.
    Read,
    /// Settings, users, devices.
    Configure,
}

impl OpKind {
    /// The word written into the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Import => "import",
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Resolve => "resolve",
            Self::Read => "read",
            Self::Configure => "configure",
        }
    }
}

/// Who opens a transaction, why and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Op {
    /// Why.
    pub kind: OpKind,
    /// The acting user, or `sync` for the worker.
    pub actor: String,
    /// The clock's reading; the store reads no clock of its own.
    pub now: Timestamp,
}

impl Op {
    /// An operation of `actor` at `now`.
    #[must_use]
    pub fn new(kind: OpKind, actor: impl Into<String>, now: Timestamp) -> Self {
        Self {
            kind,
            actor: actor.into(),
            now,
        }
    }
}

/// What a committed transaction changed; handed to its caller and to every listener.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Resources written, each once, in order of the first write.
    pub keys: Vec<ResourceKey>,
    /// Ids of the patients whose charts were touched.
    pub patients: Vec<String>,
    /// Whether any number of [`crate::Counts`] moved.
    pub counts: bool,
    /// Whether the outbox or anything in flight changed.
    pub sync: bool,
    /// Whether a conflict was opened, changed or resolved.
    pub conflicts: bool,
    /// Names of the settings that were written.
    pub settings: Vec<String>,
}

impl Changes {
    /// Whether nothing at all was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
            && !self.counts
            && !self.sync
            && !self.conflicts
            && self.settings.is_empty()
    }
}
