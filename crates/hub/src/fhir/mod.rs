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
mod reply;
mod search;
mod searchset;
mod transaction;
mod write;

pub(crate) use http::handle;

/// Where the FHIR routes begin.
pub(crate) const ROOT: &str = "/fhir/R4";

/// The same bytes with each reference replaced for which `replace` gives another.
pub(crate) fn rewrite_references(
    bytes: &[u8],
    mut replace: impl FnMut(&str) -> Option<String>,
) -> Vec<u8> {
    let rewritten = haven_model::references::rewrite(bytes, |reference| {
        Ok::<_, std::convert::Infallible>(replace(reference))
    });
    match rewritten {
        Ok(bytes) => bytes,
    }
}
