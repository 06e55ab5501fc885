//! The three-way merge, on resources as they are held and received.

use haven_model::merge::merge;
use haven_model::{MergeOutcome, Resource};
use haven_store::RemoteVersion;

/// Merges both sides since `base`; the server's own `meta` members never conflict.
pub(crate) fn three_way(
    base: Option<&Resource>,
    local: Option<&Resource>,
    remote: &RemoteVersion,
) -> MergeOutcome {
    let [base, local, remote] =
        [base, local, remote.resource.as_ref()].map(|resource| resource.map(Resource::value));
    merge(base.as_ref(), local.as_ref(), remote.as_ref())
}
