//! Which server a resource belongs to, where there is more than one.
//!
//! Invariant: a resource belongs to one server at most: the hub, or one plain FHIR server named in the
//! store. Its versions, its base and its waiting change are towards that server alone.

use std::collections::{BTreeMap, HashMap};

use haven_model::{ResourceKey, SyncStatus};

use crate::error::Result;
use crate::reader::Reader;
use crate::store::Store;
use crate::table::{adopted_id, remote_row};
use crate::tx::Tx;

/// What is known here of a resource's versions at its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where the row stands.
    pub status: SyncStatus,
    /// Whether it is a tombstone here.
    pub deleted: bool,
    /// The version last known to be there.
    pub server_version: Option<String>,
    /// The version that the waiting change was made on.
    pub base_version: Option<String>,
    /// The version that an open conflict shows as the server's side.
    pub conflict_version: Option<String>,
}

/// A row that a plain server is known to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowThere {
    /// Its logical id.
    pub id: String,
    /// The version last known to be there.
    pub server_version: Option<String>,
    /// Whether nothing of it waits here.
    pub clean: bool,
}

impl Reader<'_> {
    /// The plain server that a resource belongs to; `None` for the hub's, or nobody's yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn remote_of(&self, key: &ResourceKey) -> Result<Option<String>> {
        remote_row::of(self.link, key)
    }

    /// Whether any resource belongs to a plain server.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has_plain_remotes(&self) -> Result<bool> {
        remote_row::some(self.link)
    }

    /// What is known of a resource's versions; `None` for a key that is not here.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn standing(&self, key: &ResourceKey) -> Result<Option<Standing>> {
        remote_row::standing(self.link, key)
    }

    /// What a key given up for a server's id is known by now; `None` for one that was not.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn adopted(&self, key: &ResourceKey) -> Result<Option<ResourceKey>> {
        adopted_id::find(self.link, key)
    }

    /// The plain servers of waiting changes; those left out are the hub's, or nobody's yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn waiting_remotes(&self) -> Result<HashMap<ResourceKey, String>> {
        remote_row::waiting(self.link)
    }

    /// The rows of a type that a plain server is known to hold.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rows_there(&self, remote: &str, resource_type: &str) -> Result<Vec<RowThere>> {
        remote_row::there(self.link, remote, resource_type)
    }

    /// How many resources of each type a plain server is known to hold.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn counts_there(&self, remote: &str) -> Result<BTreeMap<String, u64>> {
        remote_row::counts(self.link, remote)
    }

    /// How many resources belong to a plain server, waiting ones included.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn owned_by(&self, remote: &str) -> Result<u64> {
        remote_row::owned(self.link, remote)
    }
}

impl Tx<'_> {
    /// Notes that a resource belongs to the plain server of that name.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn assign_remote(&mut self, key: &ResourceKey, remote: &str) -> Result<()> {
        remote_row::put(self.link, key, remote)
    }
}

impl Store {
    /// As [`Reader::standing`], of several keys at once.
    ///
    /// # Errors
    /// As [`Reader::standing`].
    pub fn standings(&self, keys: &[ResourceKey]) -> Result<Vec<Option<Standing>>> {
        self.snapshot(|reader| keys.iter().map(|key| reader.standing(key)).collect())
    }

    /// As [`Reader::adopted`].
    ///
    /// # Errors
    /// As [`Reader::adopted`].
    pub fn adopted(&self, key: &ResourceKey) -> Result<Option<ResourceKey>> {
        self.snapshot(|reader| reader.adopted(key))
    }
}
