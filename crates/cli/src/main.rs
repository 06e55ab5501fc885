//! `haven`: every use case without a window. It holds no logic of its own.

mod answer;
mod arguments;
mod batch;
mod command;
mod passphrase;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use haven_app::AppError;

use crate::answer::Answer;
use crate::arguments::Arguments;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("HAVEN_LOG"))
        .with_writer(io::stderr)
        .init();
    let arguments = Arguments::parse();
    let json = arguments.json;
    let answer = match command::run(arguments) {
        Ok(answer) => answer,
        Err(error) => return refuse(&error, json),
    };
    match print(&answer, json) {
        Ok(()) => ExitCode::from(answer.status),
        Err(_) => ExitCode::FAILURE,
    }
}

/// Tells people on stderr and programs on stdout.
fn refuse(error: &AppError, json: bool) -> ExitCode {
    let _ = writeln!(io::stderr(), "haven: {}", error.message);
    if json {
        let _ = print(&Answer::of(error), true);
    }
    ExitCode::from(error.exit_status())
}

fn print(answer: &Answer, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let bytes = if json { &answer.json } else { &answer.human };
    out.write_all(bytes)?;
    if !bytes.is_empty() && !bytes.ends_with(b"\n") {
        out.write_all(b"\n")?;
    }
    out.flush()
}
