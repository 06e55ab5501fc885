//! The words of `haven keys` and `haven break-glass`.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Generations, ages, counts, what is due and why, and who can open the store
    Status,
    /// Replace the class keys that are due, and seal again what they sealed
    Rotate(RotateArguments),
    /// Whether unlocking also takes a secret that this computer's keychain keeps
    SecondFactor {
        /// On or off; left out, it is told
        switch: Option<Switch>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Ask for it from now on
    On,
    /// Ask for the passphrase alone
    Off,
}

#[derive(Debug, Args)]
pub struct RotateArguments {
    /// This class, whether due or not: core, clinical, sensitive or admin
    #[arg(long, value_name = "CLASS", conflicts_with = "all")]
    pub class: Option<String>,
    /// Every class that your role reads, whether due or not
    #[arg(long)]
    pub all: bool,
    /// Replace the key of the database itself, with nobody else in the store
    #[arg(long, conflicts_with_all = ["class", "all"])]
    pub store_key: bool,
    /// Grant the new keys to every slot that `keys status` lists, vouched for or not
    #[arg(long)]
    pub regrant: bool,
}

#[derive(Debug, Args)]
pub struct BreakGlassArguments {
    /// The patient's id
    #[arg(required_unless_present_any = ["list", "end"])]
    pub patient: Option<String>,
    /// Why, for those who review it
    #[arg(long, required_unless_present_any = ["list", "end"], value_name = "TEXT")]
    pub reason: Option<String>,
    /// List who broke it, for whom, when and why
    #[arg(long, conflicts_with_all = ["patient", "reason"])]
    pub list: bool,
    /// End it now: your own, or the one of that number in --list
    #[arg(long, value_name = "NUMBER", num_args = 0..=1, conflicts_with_all = ["patient", "reason", "list"])]
    pub end: Option<Option<u64>>,
}
