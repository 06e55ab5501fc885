//! What travels beside pull and push (`X-API-Version: 2.0`, additions): what a first sync will bring,
//! and digests by which a device and the hub find out where they differ.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::resource::ResourceKey;

/// The most charts in one [`DigestRequest`].
pub const MAX_DIGEST_CHARTS: usize = 200;

/// `POST /api/v2/sync/outline`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutlineRequest {
    /// Who asks.
    pub device_id: String,
    /// Resource types; empty means all that the user may read.
    #[serde(default)]
    pub collections: Vec<String>,
    /// As in a pull: Binary resources of more bytes than this are left out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub binaries_up_to: Option<u64>,
}

/// What a first sync will bring, and what of it comes first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outline {
    /// Where a pull starts that brings only what comes after this answer.
    pub cursor: String,
    /// The hub's clock, RFC 3339.
    pub sync_timestamp: String,
    /// When the oldest version that is still current was taken, RFC 3339; absent in an empty hub.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub oldest: Option<String>,
    /// The user's own patients: those of today's schedule, those whose general practitioner the user
    /// is, those in whose care team the user is. No more than a day's work.
    pub own_patients: Vec<String>,
    /// Live resources by type.
    pub types: BTreeMap<String, OutlineType>,
}

/// How much there is of a type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutlineType {
    /// Live resources.
    pub count: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
}

/// `POST /api/v2/sync/digest`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DigestRequest {
    /// Who asks.
    pub device_id: String,
    /// Ids of patients, [`MAX_DIGEST_CHARTS`] at most.
    pub patients: Vec<String>,
    /// Whether each version is to be named, not only the digest over them.
    #[serde(default)]
    pub detail: bool,
}

/// The answer to a [`DigestRequest`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DigestResponse {
    /// By patient id, of every patient asked for.
    pub charts: BTreeMap<String, ChartDigest>,
    /// The end of the hub's order when this was answered: the cursor that a pull up to here has.
    pub cursor: String,
}

/// The live resources of one chart that the user may read, in one number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChartDigest {
    /// How many.
    pub count: u64,
    /// SHA-256 over them, in hex: see [`chart_digest`].
    pub digest: String,
    /// Each with its version, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub versions: Vec<VersionName>,
}

/// One version of one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VersionName {
    /// `Type/id`.
    pub key: String,
    /// The server's version id.
    pub version: String,
}

impl VersionName {
    /// Names a version.
    #[must_use]
    pub fn new(key: &ResourceKey, version: &str) -> Self {
        Self {
            key: key.to_string(),
            version: version.to_owned(),
        }
    }
}

/// The digest of a chart: SHA-256, in hex, over its versions in order of their keys, each as
/// `Type/id`, a blank, the version and a line feed.
#[must_use]
pub fn chart_digest(versions: &mut [VersionName]) -> String {
    versions.sort_unstable();
    let mut hash = Sha256::new();
    for one in versions.iter() {
        hash.update(one.key.as_bytes());
        hash.update(b" ");
        hash.update(one.version.as_bytes());
        hash.update(b"\n");
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(key: &str, version: &str) -> VersionName {
        VersionName {
            key: key.to_owned(),
            version: version.to_owned(),
        }
    }

    #[test]
    fn a_digest_does_not_depend_on_the_order_and_does_on_every_version() {
        let one = chart_digest(&mut [name("Patient/p", "1"), name("Observation/o", "2")]);
        let other = chart_digest(&mut [name("Observation/o", "2"), name("Patient/p", "1")]);
        assert_eq!(one, other);
        for different in [
            vec![name("Observation/o", "2")],
            vec![name("Observation/o", "3"), name("Patient/p", "1")],
            vec![name("Observation/o2", ""), name("Patient/p", "1")],
        ] {
            assert_ne!(one, chart_digest(&mut different.clone()), "{different:?}");
        }
    }
}
