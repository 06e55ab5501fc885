//! `haven batch`: one command a line, unlocked once, one JSON answer a line.

use std::io::{self, BufRead, Write};

use clap::Parser;
use haven_app::{AppError, Code, Session};

use crate::answer::{Answer, one_line};
use crate::arguments::{BatchLine, Command};
use crate::command;

/// Answers until standard input ends.
pub fn run(session: &Session) -> Result<Answer, AppError> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|error| stream_error(&error))?;
        if line.trim().is_empty() {
            continue;
        }
        let answer = one(session, &line).unwrap_or_else(|error| Answer::of(&error));
        let bytes: Vec<u8> = one_line(&answer.json).chain([b'\n']).collect();
        out.write_all(&bytes)
            .and_then(|()| out.flush())
            .map_err(|error| stream_error(&error))?;
    }
    Ok(Answer::bytes(b""))
}

fn one(session: &Session, line: &str) -> Result<Answer, AppError> {
    let usage = |message: String| AppError::new(Code::Invalid, message);
    let unclear = |why: String| {
        usage(format!(
            "The line cannot be understood: {why}. Nothing was changed. See `haven help`."
        ))
    };
    let words = shell_words::split(line).map_err(|error| unclear(error.to_string()))?;
    // The kind alone: the parser's own words quote the line, and with it whom it was about.
    let parsed =
        BatchLine::try_parse_from(words).map_err(|error| unclear(error.kind().to_string()))?;
    match parsed.command {
        Command::Init(_) | Command::Enrol(_) | Command::Batch => Err(usage(
            "A batch works in one unlocked store: init, enrol and batch are not for it.".to_owned(),
        )),
        Command::Put { file } if file.as_os_str() == "-" => Err(usage(
            "In a batch, standard input carries the commands: put a file.".to_owned(),
        )),
        other => command::in_session(session, other),
    }
}

fn stream_error(error: &io::Error) -> AppError {
    AppError::new(
        Code::Io,
        format!(
            "The batch ended early ({}). Every line answered so far is done.",
            error.kind()
        ),
    )
}
