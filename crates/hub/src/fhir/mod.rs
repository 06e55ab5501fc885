//! FHIR R4 REST under `/fhir/R4`.
//!
//! Invariants: stored bytes are returned as stored; every refusal is an OperationOutcome; the same
//! code answers a request and a Bundle's entry.

mod ask;
mod bundle;
mod capability;
mod criteria;
mod dispatch;
mod history;
mod http;
mod paging;
mod problem;
mod read;
mod references;
mod reply;
mod search;
mod searchset;
mod splice_id;
mod transaction;
mod write;

pub(crate) use http::handle;

/// Where the FHIR routes begin.
pub(crate) const ROOT: &str = "/fhir/R4";
