//! The words of logins, passphrases and the recovery key.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum PassphraseCommand {
    /// Change your own; the new one comes from HAVEN_NEW_PASSPHRASE, or from the second line of
    /// standard input with --passphrase-stdin
    Change,
    /// Five random words that are strong; needs no store
    Suggest,
}

#[derive(Debug, Subcommand)]
pub enum RecoveryCommand {
    /// The 24 words, once; write them down, nothing keeps them any more from then on
    ShowOnce,
    /// New words in the place of the former ones, which open nothing any more
    Renew,
    /// Give --user a new passphrase by means of the 24 words. They come from HAVEN_RECOVERY_KEY, or
    /// from the first line of standard input with --passphrase-stdin; the new passphrase from
    /// HAVEN_NEW_PASSPHRASE, or from the second line. No present passphrase is needed
    Use,
}

#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// List them, the oldest first
    List,
    /// Add one; the passphrase comes from HAVEN_NEW_PASSPHRASE, or from the second line of standard
    /// input with --passphrase-stdin
    Add(AddArguments),
    /// Take one out; the keys it held are due to be replaced
    Remove {
        /// The login
        name: String,
    },
    /// Give one a new passphrase, which lets a disabled login in again; it comes from where `add`
    /// takes it
    Reset {
        /// The login
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct AddArguments {
    /// The login
    pub name: String,
    /// clinician, nurse, front_desk, admin or auditor
    #[arg(long)]
    pub role: String,
    /// The name for people; the login by default
    #[arg(long, value_name = "TEXT")]
    pub display_name: Option<String>,
}
