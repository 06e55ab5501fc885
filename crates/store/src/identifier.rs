//! Ids made here.

use haven_model::Timestamp;
use uuid::Builder;

use crate::error::Result;
use crate::keys::fill_random;

/// A UUIDv7 of that instant.
pub(crate) fn new_id(now: Timestamp) -> Result<String> {
    let mut random = [0u8; 10];
    fill_random(&mut random)?;
    let millis = u64::try_from(now.as_millis()).unwrap_or(0);
    Ok(Builder::from_unix_timestamp_millis(millis, &random)
        .into_uuid()
        .to_string())
}
