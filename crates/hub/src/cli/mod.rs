//! The command line: arguments in, one answer out, an exit code of design §9.

mod arguments;
mod commands;
mod serve;

use std::io::Write as _;
use std::process::ExitCode;

use haven_hub::HubError;
use haven_hub::database::MigrationError;
use serde_json::Value;

pub use arguments::Arguments;

/// What a command prints: the words for people, and the same as JSON.
struct Answer {
    text: String,
    json: Value,
}

/// Runs a command; the answer goes to stdout, everything else to stderr.
pub fn run(arguments: Arguments) -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("HAVEN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let json = arguments.json;
    let answer = match commands::perform(arguments) {
        Ok(None) => return ExitCode::SUCCESS,
        Ok(Some(answer)) => answer,
        Err(error) => return fail(&error, json),
    };
    let text = if json {
        answer.json.to_string()
    } else {
        answer.text
    };
    match print_line(&text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Writes one line to stdout and flushes it; nothing for an empty text.
fn print_line(text: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    if !text.is_empty() {
        writeln!(stdout, "{text}")?;
    }
    stdout.flush()
}

fn fail(error: &HubError, json: bool) -> ExitCode {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        words.push_str(": ");
        words.push_str(&source.to_string());
        cause = source.source();
    }
    if json {
        let document = serde_json::json!({"error": {"code": code(error), "message": words}});
        // Without a stdout there is nowhere to say it but the exit code.
        let _ = print_line(&document.to_string());
    }
    let _ = writeln!(std::io::stderr(), "haven-hub: {words}");
    ExitCode::from(exit_code(error))
}

fn exit_code(error: &HubError) -> u8 {
    match error {
        HubError::BadInput(_) => 2,
        HubError::AlreadyExists(_) | HubError::Precondition(_) => 5,
        HubError::Migration(MigrationError::Newer { .. } | MigrationError::Behind { .. }) => 5,
        HubError::Migration(MigrationError::Changed(_)) | HubError::Corrupt(_) => 6,
        HubError::Socket(_) => 7,
        HubError::Database(_)
        | HubError::Migration(MigrationError::Database(_))
        | HubError::Missing(_)
        | HubError::NotAHub(_)
        | HubError::NotFound(_)
        | HubError::File { .. }
        | HubError::Randomness(_)
        | HubError::PasswordHash
        | HubError::TaskEnded => 1,
    }
}

fn code(error: &HubError) -> &'static str {
    match exit_code(error) {
        2 => "usage",
        5 => "precondition",
        6 => "integrity",
        7 => "network",
        _ => "failed",
    }
}
