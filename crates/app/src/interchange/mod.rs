//! Files in and out: NDJSON and Bundles, plain or compressed.

mod export;
mod import;
mod source;

use std::io::{Error, ErrorKind};

use crate::error::Code;

pub use export::ExportSummary;
pub(crate) use import::first_error;
pub use import::{ImportOptions, ImportSummary, RejectedRow};
pub(crate) use source::for_each_row;

/// A full disk is told apart from other trouble with files.
fn file_code(error: &Error) -> Code {
    let full = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded].contains(&error.kind());
    if full { Code::DiskFull } else { Code::Io }
}
