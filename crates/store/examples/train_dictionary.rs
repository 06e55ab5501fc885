//! Trains the starter dictionary: NDJSON on stdin, the dictionary's path as the only argument.
//!
//! Fed with the project's own seeded clinic, never with anyone's data:
//! `haven-hub seed … ` and an export of it, piped in here.

use std::io::BufRead;
use std::process::ExitCode;

/// Between the 64 and 112 KiB that pay for themselves on held-out rows.
const DICTIONARY_BYTES: usize = 96 * 1024;

/// Training looks at no more than this; the rows are taken evenly from all of the input.
const SAMPLE_BYTES: usize = 24 * 1024 * 1024;

fn main() -> ExitCode {
    match train() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn train() -> std::io::Result<()> {
    let path = std::env::args_os()
        .nth(1)
        .ok_or_else(|| std::io::Error::other("usage: train_dictionary FILE < ROWS.ndjson"))?;
    let rows = std::io::stdin()
        .lock()
        .lines()
        .collect::<Result<Vec<_>, _>>()?;
    let total_bytes: usize = rows.iter().map(String::len).sum();
    let every = total_bytes.div_ceil(SAMPLE_BYTES).max(1);
    let samples: Vec<&String> = rows
        .iter()
        .filter(|row| !row.is_empty())
        .step_by(every)
        .collect();
    let dictionary = zstd::dict::from_samples(&samples, DICTIONARY_BYTES)?;
    std::fs::write(path, dictionary)
}
