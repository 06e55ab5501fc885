//! The words of backup, retention, room and schema.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// Write everything to one encrypted file, proven to restore
    Create {
        /// The file; an older backup of that name is replaced once the new one is proven
        file: PathBuf,
    },
    /// Check a backup whole; no store is needed
    Verify {
        /// The file
        file: PathBuf,
    },
    /// Make a store from a backup, in the new or empty folder that --store names
    Restore {
        /// The file
        file: PathBuf,
        /// The damaged or old store that is given up: tells which of its changes the backup lacks
        #[arg(long, value_name = "DIR")]
        replacing: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub struct PruneArguments {
    /// Tell what would go, remove nothing
    #[arg(long)]
    pub dry_run: bool,
    /// A policy: {"default": {"days": 730}, "types": {"Observation": {"days": 365}}}
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Keep the policy of --config as the store's own
    #[arg(long, requires = "config")]
    pub save: bool,
    /// Give the room back to the disk
    #[arg(long)]
    pub vacuum: bool,
}

#[derive(Debug, Subcommand)]
pub enum MigrateCommand {
    /// Which steps are applied
    Status,
    /// To the newest step, or to --to
    Up {
        /// A step's number
        #[arg(long, value_name = "N")]
        to: Option<u32>,
    },
    /// Back to an older step
    Down {
        /// A step's number
        #[arg(long, value_name = "N")]
        to: u32,
        /// Accept that what the message names is dropped
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum DebugCommand {
    /// Report on a store that cannot be read, in a file beside its folder
    Quarantine,
}
