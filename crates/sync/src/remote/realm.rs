//! Which of a store's resources a server is about, and what a server answers to what it was offered.

use haven_model::wire::{Accepted, Change, PushChange, PushResponse, Rejection};
use haven_model::{Resource, ResourceKey, VectorClock};

use super::RemoteError;

/// Which resources of a store are exchanged with a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Realm {
    /// The name that the store knows a plain server by; `None` is the hub.
    pub name: Option<String>,
    /// Whether what belongs to no server yet is offered to this one.
    pub takes_unclaimed: bool,
}

impl Realm {
    /// The hub's: all that belongs to no plain server.
    #[must_use]
    pub fn hub() -> Self {
        Self {
            name: None,
            takes_unclaimed: true,
        }
    }

    /// Whether a resource of that owner is this server's business.
    #[must_use]
    pub fn covers(&self, owner: Option<&str>) -> bool {
        match owner {
            Some(owner) => self.name.as_deref() == Some(owner),
            None => self.takes_unclaimed,
        }
    }
}

/// An edit to be offered.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The edit.
    pub change: PushChange,
    /// Whether it may have reached the server before, its answer lost.
    pub unsure: bool,
}

/// What became of a parcel.
#[derive(Debug, Default)]
pub struct Delivered {
    /// By op id; one that is left out may or may not have arrived.
    pub verdicts: Vec<(String, Verdict)>,
    /// Why the rest of the parcel was not offered.
    pub stopped: Option<RemoteError>,
}

/// What a server made of one edit.
#[derive(Debug)]
pub enum Verdict {
    /// It holds it now.
    Taken(Box<Taken>),
    /// It refuses it.
    Refused(Box<Rejection>),
    /// It was not offered: what it refers to was not taken.
    Held,
    /// It failed at it; the same may succeed later.
    Failed(RemoteError),
}

/// The version that an edit became.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The server's version id.
    pub version: String,
    /// The server's `meta.lastUpdated`, RFC 3339.
    pub last_modified: String,
    /// What that version has seen, where the server keeps clocks.
    pub vector_clock: Option<VectorClock>,
    /// The id that the server chose, where it is another one.
    pub id: Option<String>,
    /// What the server holds, where it is not what was sent with the server's `meta`.
    pub resource: Option<Resource>,
    /// Whether that says something else than what was sent.
    pub differs: bool,
}

/// What a server shows under one key.
#[derive(Debug)]
pub enum Reading {
    /// A version.
    Present(Box<Change>),
    /// It says that there was one and that it was deleted.
    Gone,
    /// It shows nothing, whatever the reason.
    Nothing,
    /// It does not let this user see it.
    Forbidden,
}

/// One page of the ids that a server shows of a type.
#[derive(Debug, Default)]
pub struct RollCall {
    /// Ids, each with its version where the server tells it.
    pub ids: Vec<(String, Option<String>)>,
    /// Where the next page starts; `None` after the last.
    pub next: Option<String>,
}

impl From<PushResponse> for Delivered {
    fn from(response: PushResponse) -> Self {
        let taken = response.results.into_iter().map(|accepted| {
            let Accepted {
                change_id,
                version,
                last_modified,
                vector_clock,
            } = accepted;
            let taken = Taken {
                version,
                last_modified,
                vector_clock: Some(vector_clock),
                id: None,
                resource: None,
                differs: false,
            };
            (change_id, Verdict::Taken(Box::new(taken)))
        });
        let refused = response.rejected.into_iter().map(|refused| {
            (
                refused.change_id.clone(),
                Verdict::Refused(Box::new(refused)),
            )
        });
        Self {
            verdicts: taken.chain(refused).collect(),
            stopped: None,
        }
    }
}

/// The key of an offered change.
pub(crate) fn key_of(change: &PushChange) -> ResourceKey {
    ResourceKey {
        resource_type: change.collection.clone(),
        id: change.record_id.clone(),
    }
}
