//! `haven`: every use case without a window. It holds no logic of its own.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a new command goes to the session by itself, a JSON scalar is printed as it is"
)]

mod answer;
mod arguments;
mod batch;
mod command;
mod passphrase;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use haven_app::{AppError, Code};

use crate::answer::Answer;
use crate::arguments::Arguments;

/// What is freed is wiped: a chart that was closed is in no memory image.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("HAVEN_LOG"))
        .with_writer(io::stderr)
        .init();
    haven_app::survive_file_size_limit();
    haven_app::forbid_reading_memory();
    haven_app::wipe_what_is_freed();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misused(&error),
    };
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

/// The exit status of a command line that cannot be understood.
const EXIT_USAGE: u8 = 2;

/// Tells how the command line is used; help and version, when asked for, are no misuse.
fn misused(error: &clap::Error) -> ExitCode {
    let asked_for = !error.use_stderr();
    let printed = error.print();
    if asked_for {
        return printed.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    if std::env::args_os().any(|word| word == "--json") {
        let told = AppError::new(
            Code::Invalid,
            "The command line cannot be understood; stderr says why. Nothing was changed.",
        );
        let _ = print(&Answer::of(&told), true);
    }
    ExitCode::from(EXIT_USAGE)
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
