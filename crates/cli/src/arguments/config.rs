//! The words of the configuration.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the configuration in force
    Show,
    /// Tell everything that is wrong with a file
    Check {
        /// The file
        file: PathBuf,
    },
    /// Tell what a file would change, change nothing
    Preview {
        /// The file
        file: PathBuf,
    },
    /// Apply a file (admin); noted in the audit log
    Apply {
        /// The file
        file: PathBuf,
    },
}
