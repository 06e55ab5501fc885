//! The words of attachments.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum AttachmentsCommand {
    /// Take a file into a patient's chart
    Add(AddAttachmentArguments),
    /// Those that are here, on their way, or failed
    List {
        /// Of one patient only
        #[arg(long, value_name = "ID")]
        patient: Option<String>,
    },
    /// Write the content to a new file
    Get {
        /// The attachment's id
        id: String,
        /// The file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct AddAttachmentArguments {
    /// The file
    pub file: PathBuf,
    /// The patient's id
    #[arg(long, value_name = "ID")]
    pub patient: String,
    /// What kind of document it is, in words
    #[arg(long = "type", value_name = "TEXT")]
    pub kind: String,
    /// Its title
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Its media type; told from the file's extension where it is left out
    #[arg(long, value_name = "TYPE")]
    pub content_type: Option<String>,
}
