//! Sync v2: what devices pull and push.

mod cursor;
mod digest;
mod outline;
mod pull;
mod push;

pub use cursor::CursorKey;
pub use digest::digest;
pub use outline::outline;
pub(crate) use pull::classes_json;
pub use pull::{PullError, pull};
pub use push::{PushError, push};

use haven_model::wire::Change;
use serde_json::value::RawValue;

use crate::error::{HubError, Result};
use crate::records::Version;

/// A stored version as it travels.
pub(crate) fn change_of(version: Version, device_name: Option<String>) -> Result<Change> {
    let data = version.body.map(raw).transpose()?;
    Ok(Change {
        id: format!("{}/_history/{}", version.key, version.version),
        collection: version.key.resource_type,
        record_id: version.key.id,
        operation: version.operation,
        data,
        version: version.version.to_string(),
        vector_clock: version.clock,
        last_modified: version.last_updated.to_instant(),
        device_id: version.device,
        device_name,
        user: version.user,
        edited_at: version.edited_at,
    })
}

/// Stored bytes as raw JSON, unchanged.
pub(crate) fn raw(body: Vec<u8>) -> Result<Box<RawValue>> {
    String::from_utf8(body)
        .ok()
        .and_then(|text| RawValue::from_string(text).ok())
        .ok_or(HubError::Corrupt("a stored body"))
}
