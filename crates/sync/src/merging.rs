//! The three-way merge, on resources as they are held and received.

use haven_model::json::JsonError;
use haven_model::{MergedText, Resource, merge_texts};
use haven_store::RemoteVersion;

/// Merges both sides since `base`; the server's own `meta` members never conflict.
///
/// # Errors
/// When a side cannot be read, which those that are held or were received can.
pub(crate) fn three_way(
    base: Option<&Resource>,
    local: Option<&Resource>,
    remote: &RemoteVersion,
) -> Result<MergedText, JsonError> {
    let [base, local, remote] =
        [base, local, remote.resource.as_ref()].map(|resource| resource.map(Resource::bytes));
    merge_texts(base, local, remote)
}
