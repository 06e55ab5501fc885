//! Where passphrases and the recovery key come from.

use std::io::{self, BufRead};

use haven_app::{AppError, Code, Passphrase};

/// The present passphrase: from the next line of standard input, or from `HAVEN_PASSPHRASE`.
pub fn read(from_stdin: bool) -> Result<Passphrase, AppError> {
    given("HAVEN_PASSPHRASE", from_stdin)
        .map(Passphrase::new)
        .ok_or_else(|| {
            AppError::new(
                Code::Locked,
                "The store is locked. Give the passphrase in HAVEN_PASSPHRASE, or on standard \
                 input with --passphrase-stdin.",
            )
        })
}

/// A new passphrase: from `HAVEN_NEW_PASSPHRASE`, or from the next line of standard input.
pub fn read_new(from_stdin: bool) -> Result<Passphrase, AppError> {
    given("HAVEN_NEW_PASSPHRASE", false)
        .or_else(|| given("HAVEN_NEW_PASSPHRASE", from_stdin))
        .map(Passphrase::new)
        .ok_or_else(|| {
            AppError::new(
                Code::Invalid,
                "Give the new passphrase in HAVEN_NEW_PASSPHRASE, or on the second line of \
                 standard input with --passphrase-stdin. Nothing was changed.",
            )
        })
}

/// The words of the recovery key: from the next line of standard input, or from
/// `HAVEN_RECOVERY_KEY`.
pub fn read_recovery(from_stdin: bool) -> Result<String, AppError> {
    given("HAVEN_RECOVERY_KEY", from_stdin).ok_or_else(|| {
        AppError::new(
            Code::Locked,
            "Give the 24 words of the recovery key in HAVEN_RECOVERY_KEY, or on the first line of \
             standard input with --passphrase-stdin. Nothing was changed.",
        )
    })
}

fn given(variable: &str, from_stdin: bool) -> Option<String> {
    if !from_stdin {
        return std::env::var(variable).ok().filter(|text| !text.is_empty());
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).ok()?;
    let text = line.trim_end_matches(['\n', '\r']);
    (!text.is_empty()).then(|| text.to_owned())
}
