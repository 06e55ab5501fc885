//! Where the passphrase comes from.

use std::io::{self, BufRead};

use haven_app::{AppError, Code, Passphrase};

/// From the first line of standard input, or from `HAVEN_PASSPHRASE`.
pub fn read(from_stdin: bool) -> Result<Passphrase, AppError> {
    if !from_stdin {
        return std::env::var("HAVEN_PASSPHRASE")
            .map(Passphrase::new)
            .map_err(|_| missing());
    }
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|_| missing())?;
    let text = line.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err(missing());
    }
    Ok(Passphrase::new(text.to_owned()))
}

fn missing() -> AppError {
    AppError::new(
        Code::Locked,
        "The store is locked. Give the passphrase in HAVEN_PASSPHRASE, or on standard input with \
         --passphrase-stdin.",
    )
}
