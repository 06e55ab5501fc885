//! What a sync tells whoever listens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use crate::remote::RemoteError;

/// How things stand between this device and the server, judged by real requests only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Connection {
    /// The last request was answered.
    Connected {
        /// How long the answer to the cheapest question took.
        latency_ms: u64,
    },
    /// No connection could be made.
    Offline,
    /// Something answers, but not as a hub should.
    ServerDown {
        /// What is wrong, for people.
        text: String,
    },
    /// Someone has to sign in.
    SignedOut,
    /// The clinic shut this device out.
    Revoked,
    /// Another hub answers than the one this device joined.
    WrongServer,
}

impl Connection {
    /// What a failed request says about the connection; `None` when it says nothing.
    #[must_use]
    pub fn after(error: &RemoteError) -> Option<Self> {
        match error {
            RemoteError::Unreachable => Some(Self::Offline),
            RemoteError::Timeout
            | RemoteError::NotAHub(_)
            | RemoteError::NotFhir(_)
            | RemoteError::Server { .. }
            | RemoteError::Protocol(_)
            | RemoteError::RateLimited { .. } => Some(Self::ServerDown {
                text: error.to_string(),
            }),
            RemoteError::SignedOut => Some(Self::SignedOut),
            RemoteError::Revoked => Some(Self::Revoked),
            RemoteError::WrongServer => Some(Self::WrongServer),
            RemoteError::Forbidden
            | RemoteError::CodeRefused
            | RemoteError::CursorExpired
            | RemoteError::TooLarge
            | RemoteError::TokensNotKept => None,
        }
    }
}

/// What a sync is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The server's changes come in.
    Receiving,
    /// This device's changes go out.
    Sending,
}

/// What one sync did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncSummary {
    /// Versions received and kept, those that were known already left out.
    pub pulled: u64,
    /// Changes that the server took.
    pub pushed: u64,
    /// Resources whose two sides were put together with no person.
    pub merged: u64,
    /// Conflicts opened or brought up to date.
    pub conflicts: u64,
    /// Changes that the server refused.
    pub rejected: u64,
    /// Conflicts put before the whole clinic, or brought up to date there.
    #[serde(default)]
    pub escalated: u64,
    /// Changes that still wait to be sent.
    pub waiting: u64,
    /// Resources offered again because the server had lost them.
    pub reoffered: u64,
    /// Changes from the server that are no resources Haven can keep.
    pub unreadable: u64,
    /// Bytes of bodies received.
    pub bytes_received: u64,
    /// Bytes of bodies sent.
    pub bytes_sent: u64,
    /// Charts compared with the server.
    #[serde(default)]
    pub compared: u64,
    /// Records that differed from the server with nothing waiting here, and were fetched again.
    #[serde(default)]
    pub repaired: u64,
    /// Copies that the server showed only in part, and that were not put over whole ones.
    #[serde(skip_serializing_if = "is_none", default)]
    pub masked: u64,
    /// Resources that the server deleted or no longer shows, removed here or put before a person.
    #[serde(skip_serializing_if = "is_none", default)]
    pub removed: u64,
    /// Deletions of the server that wait for a person, as they are too many to be taken unseen, by type.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub held_deletions: BTreeMap<String, u64>,
    /// Changes that wait because what they refer to was not taken.
    #[serde(skip_serializing_if = "is_none", default)]
    pub held: u64,
    /// What people should know of the server.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notices: Vec<String>,
    /// The plain server's name; absent for the hub.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remote: Option<String>,
    /// What is amiss between this store's audit log and what the server remembers of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audit_problem: Option<String>,
    /// What was done about the content of attachments.
    #[serde(default)]
    pub attachments: Box<AttachmentSummary>,
    /// Bytes on the wire.
    #[serde(default)]
    pub wire: Box<WireSummary>,
    /// How long it took.
    pub took_ms: u64,
}

/// What the requests and answers of one sync took: heads included, bodies as they were sent, TLS not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WireSummary {
    /// Sent.
    pub bytes_sent: u64,
    /// Received.
    pub bytes_received: u64,
    /// Both, for each record pulled or pushed, content of attachments left out; absent where none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_change: Option<u64>,
}

/// What one sync did about the content of attachments, which travels behind the records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AttachmentSummary {
    /// Received, verified and whole.
    pub received: u64,
    /// Made here, and whole at the server now.
    pub sent: u64,
    /// Bytes of content received.
    pub bytes_received: u64,
    /// Bytes of content sent.
    pub bytes_sent: u64,
    /// Still to be received.
    pub to_receive: u64,
    /// Still to be sent.
    pub to_send: u64,
    /// Of both, those whose last attempt failed.
    pub failed: u64,
    /// Whether more could be done at once: they have made room for records.
    #[serde(skip)]
    pub more: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// What happens, as it happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum SyncEvent {
    /// The connection is of a new kind, or its latency was measured again.
    Connection(Connection),
    /// A phase begins.
    Started {
        /// Which one.
        phase: Phase,
    },
    /// "Syncing 4 of 12".
    Progress {
        /// Which way.
        phase: Phase,
        /// So many are done in this run.
        done: u64,
        /// Of so many, where that is known.
        total: Option<u64>,
    },
    /// All that could be exchanged has been.
    Finished(SyncSummary),
    /// It stopped early; everything saved is safe.
    Failed {
        /// The word to branch on.
        code: String,
        /// For people.
        message: String,
        /// When it is tried again; `None` when someone has to do something first.
        retry_in_ms: Option<u64>,
    },
    /// The worker does nothing until told otherwise.
    Paused,
    /// The network is metered and the configuration asks to wait for another; what is asked for by
    /// hand goes on.
    Metered,
}

/// Where events go; nobody need listen.
#[derive(Clone, Debug, Default)]
pub struct Events {
    sender: Option<broadcast::Sender<SyncEvent>>,
    connection: Arc<Mutex<Option<Connection>>>,
}

impl Events {
    /// Tells nobody.
    #[must_use]
    pub fn silent() -> Self {
        Self::default()
    }

    /// Tells the receivers of `sender`.
    #[must_use]
    pub fn to(sender: broadcast::Sender<SyncEvent>) -> Self {
        Self {
            sender: Some(sender),
            ..Self::default()
        }
    }

    /// How things stood with the server when that was last told.
    pub(crate) fn connection(&self) -> Option<Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn tell(&self, event: SyncEvent) {
        if let SyncEvent::Connection(connection) = &event {
            *self
                .connection
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(connection.clone());
        }
        if let Some(sender) = &self.sender {
            // An error says that nobody listens, which is fine.
            let _nobody = sender.send(event);
        }
    }
}
