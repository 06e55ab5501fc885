//! Who is at work, and in which store.

use haven_model::Role;
use serde::{Deserialize, Serialize};

/// Who unlocked the store, and which store and device this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The login name.
    pub user: String,
    /// The name for people.
    pub display_name: String,
    /// What the user is.
    pub role: Role,
    /// This device incarnation: the entry it ticks in vector clocks (UUIDv7).
    pub device_id: String,
    /// The device's name for people.
    pub device_name: String,
    /// The clinic's name.
    pub clinic: String,
    /// Names the store for ever; bound into every sealed body.
    pub store_id: String,
}
