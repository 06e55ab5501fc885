//! The words of the command line, as design §9 gives them.

mod attachments;
pub mod bench;
mod config;
mod conflicts;
mod keys;
mod people;
mod remote;
mod upkeep;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use attachments::AttachmentsCommand;
pub use config::ConfigCommand;
pub use conflicts::{
    BulkArguments, ConflictsCommand, MetricsArguments, MetricsFormat, ResolveArguments,
    ReviewArguments, TakeArgument,
};
pub use keys::{BreakGlassArguments, KeysCommand, RotateArguments, Switch};
pub use people::{PassphraseCommand, RecoveryCommand, UsersCommand};
pub use remote::{AddRemoteArguments, RemoteCommand, SyncArguments};
pub use upkeep::{BackupCommand, DebugCommand, MigrateCommand, PruneArguments};

/// Offline-first clinical workstation, without its window.
#[derive(Debug, Parser)]
#[command(name = "haven", version, about, propagate_version = true)]
pub struct Arguments {
    /// The folder of the store; the platform's data folder by default
    #[arg(long, global = true, env = "HAVEN_STORE", value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// The login; needed where a store has more than one
    #[arg(long, global = true, env = "HAVEN_USER", value_name = "NAME")]
    pub user: Option<String>,
    /// Read the passphrase from the first line of standard input instead of HAVEN_PASSPHRASE
    #[arg(long, global = true)]
    pub passphrase_stdin: bool,
    /// Print one JSON document
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// A line of `haven batch`.
#[derive(Debug, Parser)]
#[command(name = "", no_binary_name = true, disable_help_flag = true)]
pub struct BatchLine {
    /// Accepted and without effect: a batch always answers JSON
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a store of one's own; --user is its admin
    Init(InitArguments),
    /// Join a hub with an invitation code
    Enrol(EnrolArguments),
    /// Measure what Haven promises of speed, beside plain SQLite
    Bench(bench::BenchArguments),
    /// Try the passphrase
    Unlock {
        /// Only check, change nothing
        #[arg(long)]
        check: bool,
        /// Go on with what is left of a store that was rolled back; the reason is kept
        #[arg(long, value_name = "REASON")]
        accept_rollback: Option<String>,
    },
    /// Read NDJSON files and Bundles (.gz and .zst too) into the store
    Import {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Check every row, write nothing
        #[arg(long)]
        dry_run: bool,
        /// Where rejected rows go
        #[arg(long, value_name = "FILE")]
        rejected: Option<PathBuf>,
    },
    /// Write NDJSON by type, byte for byte
    Export {
        /// The folder
        dir: PathBuf,
    },
    /// Print the stored bytes of a resource
    Get {
        /// Type/id
        key: String,
    },
    /// Create or replace a resource
    Put {
        /// The file, or - for standard input
        file: PathBuf,
    },
    /// Mark a resource deleted
    Delete {
        /// Type/id
        key: String,
    },
    /// Mark a resource as entered in error: it stays, and nobody acts on it; `history` can bring it back
    MarkInError {
        /// Type/id
        key: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Every version kept of a resource, newest first; or one of them made the newest again
    History {
        /// Type/id
        key: String,
        /// Make this version the newest again
        #[arg(long, value_name = "VERSION", requires = "reason")]
        bring_back: Option<i64>,
        /// Why
        #[arg(long, requires = "bring_back")]
        reason: Option<String>,
    },
    /// All resources of one patient
    Chart {
        /// The patient's id
        id: String,
    },
    /// FHIR search: 'Patient?name=gar&_count=50'
    Search {
        /// The expression
        expression: String,
    },
    /// Merge three files
    Merge {
        /// What both sides started from; left out, or `null` in the file, when there was nothing
        #[arg(long, value_name = "FILE")]
        base: Option<PathBuf>,
        /// This device's side; `null` in the file when it was deleted
        #[arg(long, value_name = "FILE")]
        local: PathBuf,
        /// The server's side; `null` in the file when it was deleted
        #[arg(long, value_name = "FILE")]
        remote: PathBuf,
    },
    /// Exchange changes with the server
    Sync(SyncArguments),
    /// The servers that this store exchanges with
    Remote {
        #[command(subcommand)]
        action: RemoteCommand,
    },
    /// How the store stands
    Status,
    /// Changes that wait to be sent
    Outbox {
        #[command(subcommand)]
        action: OutboxCommand,
    },
    /// Documents and pictures, whose content travels behind the records
    Attachments {
        #[command(subcommand)]
        action: AttachmentsCommand,
    },
    /// What was changed in two places
    Conflicts {
        #[command(subcommand)]
        action: ConflictsCommand,
    },
    /// What is measured of conflicts and sync; nothing of a patient
    Metrics(MetricsArguments),
    /// The audit log
    Audit {
        #[command(subcommand)]
        action: AuditCommand,
    },
    /// Check the store
    Verify {
        /// Open every body and compare it with its last audit entry
        #[arg(long)]
        deep: bool,
    },
    /// The keys of the store
    Keys {
        #[command(subcommand)]
        action: KeysCommand,
    },
    /// Open one patient's sensitive records for 60 minutes, with a reason
    BreakGlass(BreakGlassArguments),
    /// Encrypted backups: one file, proven to restore
    Backup {
        #[command(subcommand)]
        action: BackupCommand,
    },
    /// Remove old copies of what the server has; nothing that waits, nothing pinned
    Prune(PruneArguments),
    /// Keep a patient's chart on this device, however old; without a patient, list the pinned ones
    Pin {
        /// The patient's id
        patient: Option<String>,
    },
    /// Let a pinned chart be pruned again
    Unpin {
        /// The patient's id
        patient: String,
    },
    /// How much room the store takes
    Storage {
        /// How much it may take
        #[arg(long, value_name = "BYTES")]
        quota_bytes: Option<u64>,
    },
    /// How records travel and stay, by type
    Config {
        #[command(subcommand)]
        action: ConfigCommand,
    },
    /// The store's schema
    Migrate {
        #[command(subcommand)]
        action: MigrateCommand,
    },
    /// For whoever looks into a store that misbehaves
    Debug {
        #[command(subcommand)]
        action: DebugCommand,
    },
    /// Your passphrase
    Passphrase {
        #[command(subcommand)]
        action: PassphraseCommand,
    },
    /// The 24 words that open the store when a passphrase is lost
    Recovery {
        #[command(subcommand)]
        action: RecoveryCommand,
    },
    /// Who has a login on this device
    Users {
        #[command(subcommand)]
        action: UsersCommand,
    },
    /// One command a line from standard input, unlocked once, one JSON answer a line
    Batch,
}

#[derive(Debug, Args)]
pub struct InitArguments {
    /// The name for people; the login by default
    #[arg(long, value_name = "TEXT")]
    pub display_name: Option<String>,
    /// The clinic's name
    #[arg(long, value_name = "TEXT", default_value = "My clinic")]
    pub clinic: String,
    /// This device's name
    #[arg(long, value_name = "TEXT")]
    pub device_name: Option<String>,
}

#[derive(Debug, Args)]
pub struct EnrolArguments {
    /// The hub's address
    pub url: String,
    /// The code that `haven-hub invite` printed
    #[arg(long)]
    pub code: String,
    /// This device's name
    #[arg(long, value_name = "TEXT")]
    pub device_name: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum OutboxCommand {
    /// List them, oldest first
    List,
    /// Offer one, or all, again at once
    Retry {
        /// Type/id
        key: Option<String>,
    },
    /// Give one up; its content and the reason are kept, sealed, in the audit
    Discard {
        /// Type/id
        key: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// What was given up (admin and auditor)
    Discarded {
        #[command(subcommand)]
        action: DiscardedCommand,
    },
}

#[derive(Debug, Subcommand)]
pub enum DiscardedCommand {
    /// The newest first, with their reasons where this login reads them
    List {
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// One with its content; that it was looked at is audited
    Show {
        /// The number of its audit entry, as listed
        seq: u64,
    },
}

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// The newest entries first
    List {
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Check that nothing was edited, reordered, removed or cut off, the archive included
    Verify,
    /// Write every entry as a FHIR AuditEvent, one a line (admin and auditor)
    Export {
        /// A new file; standard output where it is left out
        file: Option<PathBuf>,
    },
    /// Move old entries into sealed files beside the database
    Archive {
        /// Entries at least so old
        #[arg(long, value_name = "DAYS", default_value_t = 365)]
        older_than_days: u32,
    },
}
