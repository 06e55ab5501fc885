//! Attachments that say where their content is, and what travels to the hub for it
//! (`X-API-Version: 2.0`, additions).
//!
//! Source: FHIR R4, datatypes.html#Attachment and binary.html.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::ResourceKey;
use crate::role::SensitivityClass;

/// The largest piece of content in one request to the hub.
pub const MAX_PIECE_BYTES: usize = 1024 * 1024;

/// The largest content kept.
pub const MAX_CONTENT_BYTES: u64 = 512 * 1024 * 1024;

/// A Binary resource of more bytes than this does not travel among the records: its content is fetched
/// by itself, behind them.
pub const RECORD_BINARY_BYTES: u64 = 64 * 1024;

/// An attachment whose content is a Binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// `url` as written.
    pub url: String,
    /// The Binary's id.
    pub id: String,
    /// `contentType`.
    pub content_type: Option<String>,
    /// `size`, in bytes.
    pub bytes: Option<u64>,
    /// `hash`, base64; by FHIR R4 a SHA-1.
    pub hash: Option<String>,
}

/// The server and the id that a url of a Binary names; the server is empty in a relative one.
///
/// A version behind it is passed over: content of another version has another hash.
#[must_use]
pub fn binary_of(url: &str) -> Option<(&str, &str)> {
    let path = url.split("/_history/").next()?;
    let (before, id) = path.rsplit_once('/')?;
    let base = match before.strip_suffix("Binary")? {
        "" => "",
        base => base.strip_suffix('/')?,
    };
    ResourceKey::new("Binary", id).ok()?;
    Some((base, id))
}

/// Every attachment of a resource whose content is a Binary somewhere, and every reference to one; content that stands in the
/// resource itself stays there.
#[must_use]
pub fn attachments_of(bytes: &[u8]) -> Vec<Attachment> {
    // Most resources have none: nothing is parsed for those.
    let names_one = std::str::from_utf8(bytes).is_ok_and(|text| text.contains("Binary/"));
    if !names_one {
        return Vec::new();
    }
    let mut found = Vec::new();
    if let Ok(value) = serde_json::from_slice(bytes) {
        collect(&value, &mut found);
    }
    found
}

fn collect(value: &Value, found: &mut Vec<Attachment>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
            if let Some(url) = text("url").or_else(|| text("reference"))
                && let Some((_, id)) = binary_of(&url)
                && !members.contains_key("data")
                && !found.iter().any(|one| one.url == url)
            {
                found.push(Attachment {
                    id: id.to_owned(),
                    url,
                    content_type: text("contentType"),
                    bytes: members.get("size").and_then(Value::as_u64),
                    hash: text("hash"),
                });
            }
            members.values().for_each(|member| collect(member, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// `POST /api/v2/attachments/{id}`: what a device has of a Binary, before it sends any of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentOffer {
    /// Who offers.
    pub device_id: String,
    /// Names this upload, however often it is gone on with.
    pub op_id: String,
    /// The Binary's id.
    pub id: String,
    /// SHA-256 of the whole content, in hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Its media type.
    pub content_type: String,
    /// Who may see it: the class of the resource that refers to it.
    pub class: SensitivityClass,
}

/// How much of a Binary the hub has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentStanding {
    /// Bytes received; sending goes on from here.
    pub received: u64,
    /// Whether all of it is there, its hash found right.
    pub whole: bool,
    /// The id that the server chose, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn urls_of_binaries_are_told_from_others() {
        assert_eq!(binary_of("Binary/a-1"), Some(("", "a-1")));
        assert_eq!(
            binary_of("https://x.example/fhir/Binary/a/_history/2"),
            Some(("https://x.example/fhir", "a"))
        );
        for other in [
            "Binary/",
            "Patient/1",
            "Binary/a/b",
            "NotBinary/1",
            "x",
            "Binary/a?b=c",
        ] {
            assert_eq!(binary_of(other), None, "{other}");
        }
    }

    #[test]
    fn attachments_are_found_wherever_they_stand_and_inline_content_is_left() {
        let document = json!({"resourceType": "DocumentReference", "content": [
            {"attachment": {"contentType": "image/png", "url": "Binary/a", "size": 3, "hash": "x"}},
            {"attachment": {"url": "Binary/b", "data": "AAAA"}},
            {"attachment": {"url": "https://elsewhere.example/scan.pdf"}}]});
        let found = attachments_of(document.to_string().as_bytes());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].id.as_str(), found[0].bytes), ("a", Some(3)));
    }
}
