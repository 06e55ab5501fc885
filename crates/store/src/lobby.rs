//! What the unlock screen may know: one plain file, with nothing of a patient in it.

use haven_model::{Role, Timestamp};
use serde::{Deserialize, Serialize};

/// A login of this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LobbyUser {
    /// The login name.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// What the user is.
    pub role: Role,
    /// When this user last unlocked the store.
    pub last_unlocked: Option<Timestamp>,
}

/// What is shown before anyone has unlocked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lobby {
    /// The clinic's name.
    pub clinic: String,
    /// The device's name.
    pub device_name: String,
    /// The logins of this device.
    pub users: Vec<LobbyUser>,
    /// How many changes wait to be sent.
    pub pending: u64,
    /// When the last exchange with the server ended well.
    pub last_synced: Option<Timestamp>,
    /// The server's time up to which its changes are here.
    pub data_as_of: Option<Timestamp>,
}
