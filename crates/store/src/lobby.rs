//! What the unlock screen may know: one plain file, with nothing of a patient in it.
//!
//! The file also carries the last size and root of the audit log, so that a database rolled back on
//! its own is noticed.

use std::path::Path;

use haven_model::{Role, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use subtle::ConstantTimeEq;

use crate::audit::merkle::Tree;
use crate::durable;
use crate::error::{Result, StoreError};
use crate::keys::{KEYS_FILE, Secret};
use crate::seal::{Vault, keyed_digest};

const LOBBY_FILE: &str = "lobby.json";
const LOCK_FILE: &str = "lobby.lock";

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

/// Size and root of the audit log when the file was written, and the roots of its full subtrees, so
/// that entries made since can be laid on top.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AuditMark {
    pub(crate) size: u64,
    #[serde(with = "hex::serde")]
    pub(crate) root: [u8; 32],
    #[serde(with = "hex::serde", default)]
    pub(crate) frontier: Vec<u8>,
}

impl AuditMark {
    pub(crate) fn of(tree: &Tree) -> Self {
        Self {
            size: tree.size(),
            root: tree.root(),
            frontier: tree.frontier_bytes(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Content {
    #[serde(flatten)]
    lobby: Lobby,
    audit: AuditMark,
}

#[derive(Serialize, Deserialize)]
struct Sealed<'a> {
    #[serde(borrow)]
    lobby: &'a RawValue,
    mac: String,
}

fn damaged(why: &str) -> StoreError {
    StoreError::Unreadable {
        file: LOBBY_FILE.to_owned(),
        why: why.to_owned(),
    }
}

fn load(dir: &Path) -> Result<Vec<u8>> {
    match std::fs::read(dir.join(LOBBY_FILE)) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if dir.join(KEYS_FILE).exists() {
                Err(damaged("it is missing"))
            } else {
                Err(StoreError::NoStore)
            }
        }
        Err(error) => Err(StoreError::io("Reading lobby.json", error)),
    }
}

fn parse(bytes: &[u8]) -> Result<(Content, Sealed<'_>)> {
    let sealed: Sealed<'_> =
        serde_json::from_slice(bytes).map_err(|_| damaged("it is cut short or is not JSON"))?;
    let content = serde_json::from_str(sealed.lobby.get())
        .map_err(|_| damaged("a field is missing or malformed"))?;
    Ok((content, sealed))
}

/// Reads the file as anyone can, its mac unchecked.
pub(crate) fn read(dir: &Path) -> Result<Lobby> {
    parse(&load(dir)?).map(|(content, _)| content.lobby)
}

/// The mark of the audit log, when the file is genuine; `None` when it was altered.
pub(crate) fn genuine_mark(dir: &Path, vault: &Vault) -> Option<AuditMark> {
    let bytes = load(dir).ok()?;
    let (content, sealed) = parse(&bytes).ok()?;
    let claimed = hex::decode(sealed.mac).ok()?;
    let genuine = [vault.lobby_key(), vault.earlier_lobby_key()]
        .iter()
        .any(|key| {
            let mac = keyed_digest(key.as_ref(), sealed.lobby.get().as_bytes());
            bool::from(mac.as_slice().ct_eq(&claimed))
        });
    genuine.then_some(content.audit)
}

/// Writes what `current` answers, one process at a time, so that the file never goes back.
pub(crate) fn write(
    dir: &Path,
    key: &Secret,
    current: impl FnOnce() -> Result<(Lobby, AuditMark)>,
) -> Result<()> {
    let failed = |error| StoreError::io("Writing lobby.json", error);
    let lock = durable::owner_only(&dir.join(LOCK_FILE)).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let (lobby, audit) = current()?;
    let content = serde_json::value::to_raw_value(&Content { lobby, audit }).map_err(|_| {
        StoreError::integrity("the unlock screen's file could not be written as JSON")
    })?;
    let mac = hex::encode(keyed_digest(key.as_ref(), content.get().as_bytes()));
    let bytes = serde_json::to_vec(&Sealed {
        lobby: &content,
        mac,
    })
    .map_err(|_| StoreError::integrity("the unlock screen's file could not be written as JSON"))?;
    durable::replace_late(dir, LOBBY_FILE, &bytes)
}
