//! The screen of this workstation: room, backup, recovery key, lock, logins, keys, audit log.

use serde::{Deserialize, Serialize};
use specta::Type;

/// How well something stands; the words come beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// Nothing to do.
    Good,
    /// A person should do something.
    Attention,
    /// Something does not work any more, or was altered.
    Bad,
}

/// Everything the screen shows.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct WorkstationView {
    /// "Laptop 3 · North Shore Home Care".
    pub device: String,
    /// How much room the store takes.
    pub storage: StorageView,
    /// The last backup.
    pub backup: BackupView,
    /// The recovery key.
    pub recovery: RecoveryView,
    /// Locking by itself.
    pub lock: LockView,
    /// Who can unlock here; absent for those who may not see it.
    pub logins: Option<Vec<LoginView>>,
    /// What a new login may be.
    pub roles: Vec<RoleChoice>,
    /// The keys of the records.
    pub keys: KeysView,
    /// Whether this user may look at what was given up.
    pub reviews: bool,
}

/// How much room the store takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StorageView {
    /// How it stands.
    pub standing: Standing,
    /// "312 MB of 500 MB".
    pub used: String,
    /// Share of the quota, 0 to 100.
    pub percent: u8,
    /// "41 GB free on the disk"; empty when not known.
    pub free: String,
    /// What follows.
    pub text: String,
}

/// The last backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BackupView {
    /// How it stands.
    pub standing: Standing,
    /// "Last backup 20-Nov-2026", "Never backed up from this device".
    pub text: String,
    /// What to do.
    pub detail: String,
    /// A place to write the next one to, for a person to change.
    pub suggested: String,
}

/// The recovery key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryView {
    /// How it stands.
    pub standing: Standing,
    /// "Shown once, kept nowhere".
    pub text: String,
    /// What it is for and what to do.
    pub detail: String,
    /// Whether its words wait for this user.
    pub may_show: bool,
    /// Whether this user may make a new one.
    pub may_renew: bool,
}

/// Locking by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LockView {
    /// After so many minutes without input.
    pub minutes: u32,
    /// "Locks after 15 minutes without input".
    pub text: String,
    /// What may be chosen, in minutes.
    pub choices: Vec<u32>,
    /// Whether this user may choose.
    pub may_change: bool,
}

/// A login of this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LoginView {
    /// Login name.
    pub name: String,
    /// "Orn, Albertine".
    pub display_name: String,
    /// "Clinician".
    pub role: String,
    /// "Today 07:48", "Not yet".
    pub last_here: String,
    /// "Disabled: too many wrong passphrases"; empty when there is nothing to say.
    pub state: String,
    /// Whether it is the login at work.
    pub current: bool,
}

/// What a login may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RoleChoice {
    /// For the call.
    pub value: String,
    /// "Front desk".
    pub label: String,
}

/// A login to be added.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LoginInput {
    /// Login name.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// One of the choices.
    pub role: String,
}

/// The keys of the records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct KeysView {
    /// How they stand.
    pub standing: Standing,
    /// "No key is due", "Clinical records: 90 days old".
    pub text: String,
    /// Every generation that still opens something.
    pub rows: Vec<KeyRow>,
    /// Whether this user may replace them all now.
    pub may_rotate: bool,
}

/// One generation of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct KeyRow {
    /// "Clinical records".
    pub name: String,
    /// Its generation, from 1.
    pub generation: u32,
    /// "12 days".
    pub age: String,
    /// How many sealed versions it opens.
    pub bodies: u32,
    /// "In use", "Being replaced".
    pub state: String,
}

/// What a check of the store found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VerifyView {
    /// How it stands.
    pub standing: Standing,
    /// "Sound", "2 problems found".
    pub text: String,
    /// What it means and what to do.
    pub detail: String,
    /// The Merkle root of the audit log, in hex.
    pub root: String,
    /// What was found wrong.
    pub problems: Vec<String>,
}
