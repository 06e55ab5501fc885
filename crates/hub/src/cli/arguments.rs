//! What can be asked for.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use haven_model::Role;

/// The server of a Haven clinic.
#[derive(Parser)]
#[command(name = "haven-hub", version, about)]
pub struct Arguments {
    /// Print one JSON document on stdout and nothing else
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Args)]
pub struct Db {
    /// The database: sqlite:PATH, or PATH alone
    #[arg(long, value_parser = database)]
    pub db: PathBuf,
}

#[derive(Args)]
pub struct Passphrase {
    /// Read the passphrase from the first line of stdin instead of HAVEN_PASSPHRASE
    #[arg(long)]
    pub passphrase_stdin: bool,
}

#[derive(Subcommand)]
pub enum Command {
    /// Make a new hub with its first admin
    Init {
        #[command(flatten)]
        db: Db,
        /// The admin's login name
        #[arg(long)]
        admin: String,
        /// The clinic's name
        #[arg(long, default_value = "Clinic")]
        clinic: String,
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// Serve until interrupted; prints one line with the URL when ready
    Serve {
        #[command(flatten)]
        db: Db,
        /// Where to listen; port 0 takes any free port
        #[arg(long, default_value = "127.0.0.1:7410")]
        listen: SocketAddr,
    },
    /// Print a one-time code with which a user joins
    Invite {
        #[command(flatten)]
        db: Db,
        /// The login name; added when not known
        #[arg(long)]
        user: String,
        /// clinician, nurse, front_desk, admin or auditor
        #[arg(long, value_parser = role)]
        role: Role,
        /// The name for people
        #[arg(long)]
        display_name: Option<String>,
    },
    /// Fill the hub with a made-up clinic; what is there stays
    Seed {
        #[command(flatten)]
        db: Db,
        /// How many patients
        #[arg(long)]
        patients: u32,
        /// The same seed makes the same clinic
        #[arg(long)]
        seed: u64,
        /// The day the clinic is seen on (times then in UTC); by default today, in local time
        #[arg(long)]
        today: Option<jiff::civil::Date>,
    },
    /// Import NDJSON files or Bundles, plain, .gz or .zst
    Import {
        #[command(flatten)]
        db: Db,
        /// The files; rows not taken go to FILE.rejected.ndjson
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Change or show the version of the database's schema
    Migrate {
        #[command(subcommand)]
        action: Migrate,
    },
    /// The clinic's people
    Users {
        #[command(subcommand)]
        action: Users,
    },
    /// Emergency access on the devices: who opened whose sensitive records, and when
    Alerts {
        #[command(flatten)]
        db: Db,
    },
    /// The machines that sync with this hub
    Devices {
        #[command(subcommand)]
        action: Devices,
    },
    /// What the clinic has chosen
    Settings {
        #[command(subcommand)]
        action: Settings,
    },
}

#[derive(Subcommand)]
pub enum Settings {
    /// Every setting that somebody has set
    List {
        #[command(flatten)]
        db: Db,
    },
    /// Set one; an empty value stands for none
    Set {
        #[command(flatten)]
        db: Db,
        /// conflicts.second_reviewer: types at which a second person approves a decision, with commas
        name: String,
        /// For example MedicationRequest,AllergyIntolerance
        value: String,
    },
}

#[derive(Subcommand)]
pub enum Migrate {
    /// Apply what is missing
    Up {
        #[command(flatten)]
        db: Db,
    },
    /// Take migrations back
    Down {
        #[command(flatten)]
        db: Db,
        /// The migration to go back to; by default the one before the newest
        #[arg(long)]
        to: Option<u32>,
        /// Go back to 0 even though resources are stored: they are lost
        #[arg(long)]
        drop_data: bool,
    },
    /// List the migrations
    Status {
        #[command(flatten)]
        db: Db,
    },
}

#[derive(Subcommand)]
pub enum Users {
    /// Everyone, by name
    List {
        #[command(flatten)]
        db: Db,
    },
    /// Add a user with a passphrase, or change one's role, name and passphrase
    Add {
        #[command(flatten)]
        db: Db,
        /// The login name
        name: String,
        /// clinician, nurse, front_desk, admin or auditor
        #[arg(long, value_parser = role)]
        role: Role,
        /// The name for people
        #[arg(long)]
        display_name: Option<String>,
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// Take a user's access away
    Remove {
        #[command(flatten)]
        db: Db,
        /// The login name
        name: String,
    },
}

#[derive(Subcommand)]
pub enum Devices {
    /// Every device
    List {
        #[command(flatten)]
        db: Db,
    },
    /// Shut a device out; its next contact locks its store
    Revoke {
        #[command(flatten)]
        db: Db,
        /// The device's id
        id: String,
    },
}

fn database(text: &str) -> Result<PathBuf, String> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Err("PostgreSQL is not built in; use sqlite:PATH".to_owned());
    }
    let path = text.strip_prefix("sqlite:").unwrap_or(text);
    if path.is_empty() {
        return Err("the path is missing".to_owned());
    }
    Ok(path.into())
}

fn role(word: &str) -> Result<Role, String> {
    let words: Vec<&str> = Role::ALL.into_iter().map(Role::as_str).collect();
    Role::from_word(word).ok_or_else(|| format!("a role is one of {}", words.join(", ")))
}
