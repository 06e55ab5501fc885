//! The words of the servers that a store exchanges with.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub struct SyncArguments {
    /// Once, then end (the default)
    #[arg(long, conflicts_with = "watch")]
    pub once: bool,
    /// Until interrupted
    #[arg(long)]
    pub watch: bool,
    /// The server's name, see `haven remote list`; the store's own by default
    #[arg(long, value_name = "NAME")]
    pub remote: Option<String>,
    /// Follow deletions at the server however many they are
    #[arg(long, conflicts_with = "watch")]
    pub accept_deletions: bool,
    /// Keep the records whose deletions are held, for this reason, and send them again
    #[arg(long, value_name = "REASON", conflicts_with_all = ["watch", "accept_deletions"])]
    pub keep_deleted: Option<String>,
    /// Compare every chart with the server, and fetch what differs
    #[arg(long, conflicts_with = "watch")]
    pub compare: bool,
}

#[derive(Debug, Subcommand)]
pub enum RemoteCommand {
    /// Add a FHIR R4 server; it is contacted by the next sync
    Add(Box<AddRemoteArguments>),
    /// List them, the store's own first, with what is known of each
    List,
    /// Forget a FHIR R4 server and how to get in; what came from it stays here
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct AddRemoteArguments {
    /// What it is to be called here
    pub name: String,
    /// Its base address
    #[arg(long, value_name = "URL")]
    pub fhir: String,
    /// A file that holds an access token
    #[arg(long, value_name = "FILE", conflicts_with_all = ["client_id", "login"])]
    pub token_file: Option<PathBuf>,
    /// The client, for OAuth2 client credentials or SMART Backend Services
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// A file that holds the client's secret
    #[arg(long, value_name = "FILE", requires = "client_id", conflicts_with_all = ["client_key_file", "login"])]
    pub client_secret_file: Option<PathBuf>,
    /// A file that holds the client's private key: PKCS#8 in PEM (SMART Backend Services)
    #[arg(
        long,
        value_name = "FILE",
        requires = "client_id",
        conflicts_with = "login"
    )]
    pub client_key_file: Option<PathBuf>,
    /// How that key signs: ES384 or RS384
    #[arg(long, value_name = "NAME", default_value = "ES384", value_parser = ["ES384", "RS384"])]
    pub key_algorithm: String,
    /// The key's id at the server
    #[arg(long, value_name = "ID")]
    pub key_id: Option<String>,
    /// A login at the server, for OAuth2's password grant
    #[arg(long, value_name = "NAME", requires = "password_file")]
    pub login: Option<String>,
    /// A file that holds that login's password
    #[arg(long, value_name = "FILE", requires = "login")]
    pub password_file: Option<PathBuf>,
    /// Where tokens are had; found from the server by default
    #[arg(long, value_name = "URL")]
    pub token_url: Option<String>,
    /// What is asked for with a token
    #[arg(long, value_name = "TEXT")]
    pub scope: Option<String>,
    /// The types that are exchanged, separated by commas; all that Haven shows by default
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    pub types: Option<Vec<String>>,
}
