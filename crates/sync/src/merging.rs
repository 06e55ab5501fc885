//! The three-way merge, on resources as they are held and received.

use haven_model::json::{self, JsonError};
use haven_model::{MergeRules, MergedText, Resource, merge_texts, merge_with};
use haven_store::RemoteVersion;

/// Merges both sides since `base`; the server's own `meta` members never conflict.
///
/// # Errors
/// When a side cannot be read, which those that are held or were received can.
pub(crate) fn three_way(
    base: Option<&Resource>,
    local: Option<&Resource>,
    remote: &RemoteVersion,
    rules: MergeRules,
) -> Result<MergedText, JsonError> {
    let [base, local, remote] =
        [base, local, remote.resource.as_ref()].map(|resource| resource.map(Resource::bytes));
    if rules == MergeRules::default() {
        return merge_texts(base, local, remote);
    }
    let read = |text: Option<&[u8]>| text.map(json::parse).transpose();
    let (base, local, remote) = (read(base)?, read(local)?, read(remote)?);
    let outcome = merge_with(base.as_ref(), local.as_ref(), remote.as_ref(), &rules);
    if outcome.fields.is_empty() && outcome.resource.is_object() {
        return Ok(MergedText::Resource(
            outcome.resource.to_string().into_bytes(),
        ));
    }
    Ok(MergedText::Outcome(outcome))
}
