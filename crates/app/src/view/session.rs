//! The unlock screen, the person at work, and the status that every screen shows.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::NoticeView;

/// What the window's words are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub enum Language {
    /// English, in which every word is written first.
    #[serde(rename = "en")]
    English,
    /// Arabic, written from right to left.
    #[serde(rename = "ar")]
    Arabic,
}

impl From<haven_model::language::Language> for Language {
    fn from(language: haven_model::language::Language) -> Self {
        match language {
            haven_model::language::Language::English => Self::English,
            haven_model::language::Language::Arabic => Self::Arabic,
        }
    }
}

impl From<Language> for haven_model::language::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::English => Self::English,
            Language::Arabic => Self::Arabic,
        }
    }
}

/// What the unlock screen may show: nothing of a patient.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LobbyView {
    /// Whether this device has a store; without one there is nobody to choose.
    pub ready: bool,
    /// The clinic's name.
    pub clinic: String,
    /// The device's name.
    pub device_name: String,
    /// Who can unlock here.
    pub users: Vec<LobbyUser>,
    /// Changes that wait to be sent.
    pub waiting: u32,
    /// "Last synced 09:12", or that it never was.
    pub last_synced: String,
    /// "23-Nov-2026 09:12", absent before the first sync.
    pub data_as_of: Option<String>,
    /// Words about the connection.
    pub connection: ConnectionView,
}

/// A person on the unlock screen.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LobbyUser {
    /// Login name.
    pub name: String,
    /// "Orn, Albertine".
    pub display_name: String,
    /// "Clinician".
    pub role: String,
    /// "AO".
    pub initials: String,
    /// "Today 07:48" or "20-Nov-2026"; absent if never here.
    pub last_here: Option<String>,
}

/// The person at work.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// Login name.
    pub user: String,
    /// "Orn, Albertine".
    pub display_name: String,
    /// "A. Orn".
    pub short_name: String,
    /// "Clinician".
    pub role: String,
    /// The clinic's name.
    pub clinic: String,
    /// The device's name.
    pub device_name: String,
    /// What was found amiss when the store was unlocked.
    pub notices: Vec<NoticeView>,
    /// Whether a PIN can be kept on this computer.
    pub keeps_pin: bool,
    /// Whether this user may see the numbers of conflicts and sync.
    pub may_measure: bool,
}

/// Which link between this device and the server holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ConnectionState {
    /// The last request was answered.
    Connected,
    /// No request got through.
    Offline,
    /// Something answered, but not as a hub should.
    ServerDown,
    /// The server wants a sign-in.
    SignedOut,
    /// No server is set up.
    NotEnrolled,
}

/// The connection, in words.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionView {
    /// For the icon.
    pub state: ConnectionState,
    /// "Offline – keep working".
    pub text: String,
    /// "Changes are kept on this device."
    pub detail: String,
}

/// The icon and tone of a sync state; the words come beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum BadgeState {
    /// Acknowledged by the server.
    Synced,
    /// Durable here, the server not reached since.
    Saved,
    /// In the queue.
    Waiting,
    /// On its way.
    Syncing,
    /// To be tried again.
    Retrying,
    /// Acknowledged after a merge by machine.
    Merged,
    /// A person decides.
    Review,
    /// The server refused it.
    Refused,
}

/// A sync state as shown: icon and words.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SyncBadge {
    /// For icon and tone.
    pub state: BadgeState,
    /// The words, exactly as `reference/ux.md` §3 has them.
    pub text: String,
}

/// What the app bar and the rail show on every screen.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StatusView {
    /// The connection.
    pub connection: ConnectionView,
    /// "Waiting to sync · 12", "Syncing 4 of 12", "Synced 14:05".
    pub sync: SyncBadge,
    /// Changes that wait.
    pub waiting: u32,
    /// Conflicts that a person must decide.
    pub needs_review: u32,
    /// "23-Nov-2026 09:12"; absent before the first sync.
    pub data_as_of: Option<String>,
}

/// What the shell tells the window without being asked.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum AppEvent {
    /// Something was committed or the sync state moved; ask again for what is on screen.
    #[serde(rename_all = "camelCase")]
    Changed {
        /// Patients whose chart changed; empty when only the status moved.
        patients: Vec<String>,
        /// The new status.
        status: StatusView,
    },
    /// Nobody has touched anything for long: the store locks soon.
    #[serde(rename_all = "camelCase")]
    LockingSoon {
        /// "Locks in 1 minute".
        text: String,
    },
    /// The store was locked.
    Locked,
}
