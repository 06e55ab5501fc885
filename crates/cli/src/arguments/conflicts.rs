//! The words of conflicts.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum ConflictsCommand {
    /// List the open ones, oldest first; those of other devices that are before the clinic too
    List {
        /// The decided ones too
        #[arg(long)]
        all: bool,
    },
    /// One with its bodies
    Show {
        /// The conflict's id, or Type/id
        id: String,
    },
    /// Decide one
    Resolve(ResolveArguments),
    /// Put one before the clinic, at the next sync
    Escalate {
        /// The conflict's id, or Type/id
        id: String,
        /// Who is to decide it
        #[arg(long, value_name = "USER")]
        assign: Option<String>,
        /// What to say of it
        #[arg(long, value_name = "TEXT")]
        comment: Option<String>,
    },
    /// Name who is to decide an escalated one; without --to, nobody in particular
    Assign {
        /// The conflict's id, or Type/id
        id: String,
        /// The login
        #[arg(long, value_name = "USER")]
        to: Option<String>,
    },
    /// Say something about an escalated one
    Comment {
        /// The conflict's id, or Type/id
        id: String,
        /// The words
        text: String,
    },
    /// Approve what a colleague has proposed, or send it back
    Review(ReviewArguments),
    /// Take a decision back; the conflict is open again
    Revert {
        /// The conflict's id
        id: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Decide all that a rule covers; those high of risk are always left to a person
    Bulk(BulkArguments),
    /// Take all of a batch back
    BulkRevert {
        /// The id that `bulk` printed
        batch: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// How this device deals with conflicts
    Settings {
        /// Escalate open conflicts after so many hours; 0 for at the next sync
        #[arg(long, value_name = "HOURS")]
        escalate_after_hours: Option<u32>,
    },
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("decision").required(true).args(["take", "field", "with"])))]
pub struct ResolveArguments {
    /// The conflict's id, or Type/id
    pub id: String,
    /// Take one side whole, or what the machine merged
    #[arg(long, value_enum)]
    pub take: Option<TakeArgument>,
    /// Decide one field; repeat for each
    #[arg(long, value_name = "PATH=local|remote|base")]
    pub field: Vec<String>,
    /// A body written by hand
    #[arg(long, value_name = "FILE")]
    pub with: Option<PathBuf>,
    /// Why
    #[arg(long, default_value = "")]
    pub reason: String,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("verdict").required(true).args(["approve", "send_back"])))]
pub struct ReviewArguments {
    /// The conflict's id, or Type/id
    pub id: String,
    /// It becomes a version
    #[arg(long)]
    pub approve: bool,
    /// It waits for another decision
    #[arg(long)]
    pub send_back: bool,
    /// Why
    #[arg(long, default_value = "")]
    pub reason: String,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("how").required(true).args(["preview", "reason"])))]
pub struct BulkArguments {
    /// 'type=Patient path=Patient.telecom take=remote'
    #[arg(long)]
    pub rule: String,
    /// Leave this one alone (a conflict's id, or Type/id); repeat for each
    #[arg(long, value_name = "ID")]
    pub exclude: Vec<String>,
    /// Only show what it would do
    #[arg(long)]
    pub preview: bool,
    /// Why
    #[arg(long)]
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum TakeArgument {
    /// This device's side
    Local,
    /// The server's side
    Remote,
    /// What the machine merged, and the base's value where it could not
    Merged,
    /// Both: of a signed note this device's text becomes an addendum; of what one side deleted the edit
    /// is kept, marked as entered in error
    Both,
}

#[derive(Debug, Args)]
pub struct MetricsArguments {
    /// As JSON, or as text for Prometheus
    #[arg(long, value_enum, default_value_t = MetricsFormat::Json)]
    pub format: MetricsFormat,
    /// Over so many days, today included
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub days: u32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum MetricsFormat {
    /// One JSON document
    Json,
    /// The text exposition format; under --json as {"text": …}
    Prometheus,
}
