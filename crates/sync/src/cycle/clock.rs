//! What a version of a plain server has seen: such a server keeps no clocks, so that this device counts
//! the server's versions of each resource itself, as it meets them.
//!
//! Invariant: a version that is not known here is newer than all that are, unless the server, asked
//! again, still shows one that is older than it once confirmed.

use haven_model::{SyncStatus, VectorClock};
use haven_store::{RemoteVersion, StoreError, Tx};

use super::settle::Settled;
use crate::plan::{Held, Occasion};
use crate::remote::{Likeness, is_masked, likeness};

/// The entry that stands for a plain server.
pub(super) fn node(name: &str) -> String {
    format!("fhir:{name}")
}

/// Gives a version of a plain server its clock; answers what to do instead of planning, where the
/// version is not to be taken as it is.
pub(super) fn set(
    tx: &Tx<'_>,
    local: Option<&Held>,
    remote: &mut RemoteVersion,
    name: &str,
    occasion: Occasion,
) -> Result<Option<Settled>, StoreError> {
    let node = node(name);
    let Some(held) = local else {
        remote.vector_clock = VectorClock::new().tick(&node);
        return Ok(None);
    };
    let row = &held.stored.row;
    let shown_in_part = remote.resource.as_ref().is_some_and(is_masked);
    if shown_in_part
        && held
            .stored
            .resource
            .as_ref()
            .is_some_and(|here| !is_masked(here))
    {
        return Ok(Some(Settled::Masked));
    }
    let known = row.server_version.as_deref() == Some(remote.server_version.as_str());
    if row.sync_status == SyncStatus::Synced {
        let is_older = remote.resource.is_some() && remote.last_modified < row.last_modified;
        remote.vector_clock = match (known, is_older, occasion) {
            (true, _, _) => row.vector_clock.clone(),
            (false, true, Occasion::Pulled) => {
                return Ok(Some(Settled::Doubted(remote.key.clone())));
            }
            // It has lost what it confirmed: a clock that has seen nothing.
            (false, true, Occasion::Confirmed) => VectorClock::new(),
            (false, _, _) => row.vector_clock.clone().tick(&node),
        };
        return Ok(None);
    }
    let conflict = match row.sync_status {
        SyncStatus::Conflict => tx.open_conflict_of(&remote.key)?,
        SyncStatus::Synced
        | SyncStatus::Pending
        | SyncStatus::Syncing
        | SyncStatus::Rejected
        | SyncStatus::LocalOnly => None,
    };
    if let Some(conflict) = &conflict
        && conflict.remote_version == remote.server_version
    {
        remote.vector_clock = conflict.remote_clock.clone();
        return Ok(None);
    }
    if let Some(base) = &held.base
        && base.server_version.as_deref() == Some(remote.server_version.as_str())
    {
        remote.vector_clock = base.vector_clock.clone();
        return Ok(None);
    }
    let empty = VectorClock::new();
    let seen = held.base.as_ref().map_or(&empty, |base| &base.vector_clock);
    let seen = conflict
        .as_ref()
        .map_or(seen, |conflict| &conflict.remote_clock);
    let sent = held.in_flight.as_ref();
    let highest = [
        row.vector_clock.get(&node),
        seen.get(&node),
        sent.map_or(0, |sent| sent.vector_clock.get(&node)),
    ]
    .into_iter()
    .max()
    .unwrap_or(0);
    let next: VectorClock = [(node, highest.saturating_add(1))].into_iter().collect();
    // What was sent and is there word for word has arrived, whatever became of the answer.
    let arrived = sent.filter(|sent| match (&sent.resource, &remote.resource) {
        (Some(sent), Some(there)) => likeness(sent.bytes(), there.bytes()) != Likeness::Different,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    });
    remote.vector_clock = arrived
        .map_or(seen, |sent| &sent.vector_clock)
        .clone()
        .join(&next);
    Ok(None)
}
