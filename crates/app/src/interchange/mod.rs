//! Files in and out: NDJSON and Bundles, plain or compressed.

mod export;
mod import;
mod source;

pub use export::ExportSummary;
pub(crate) use import::first_error;
pub use import::{ImportOptions, ImportSummary, RejectedRow};
