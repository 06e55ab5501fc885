//! Doing what was planned for one version of the server, inside the caller's transaction.

use haven_model::{Resource, ResourceKey, SyncStatus};
use haven_store::{NewConflict, RemoteVersion, StoreError, Tx};

use super::clock;
use crate::plan::{Action, Decided, Held, LocalState, Occasion, plan_pull};
use crate::remote::{Realm, origin_of};

/// What became of a version of the server.
#[derive(Debug)]
pub(super) enum Settled {
    /// It was known.
    Nothing,
    /// It is what this device holds now.
    Taken,
    /// What this device holds is offered on top of it, as it was.
    OnTop,
    /// Both sides were put together.
    Merged(ResourceKey),
    /// A person decides.
    Conflict,
    /// It belongs to another server.
    Elsewhere,
    /// The server showed only a part of what is here whole.
    Masked,
    /// It is older than what the server once confirmed: it is asked again.
    Doubted(ResourceKey),
}

/// Plans for one version and does it. What was in flight is let go in the same transaction that
/// keeps its content.
pub(super) fn settle(
    tx: &mut Tx<'_>,
    mut remote: RemoteVersion,
    occasion: Occasion,
    rebases: u32,
    realm: &Realm,
) -> Result<Settled, StoreError> {
    let mut local = held(tx, &remote.key, rebases)?;
    if local.is_none() && realm.name.is_some() && is_made_here(tx, &remote, realm)? {
        local = held(tx, &remote.key, rebases)?;
    }
    if local.is_some()
        && tx.has_plain_remotes()?
        && !realm.covers(tx.remote_of(&remote.key)?.as_deref())
    {
        return Ok(Settled::Elsewhere);
    }
    if let Some(name) = &realm.name {
        if let Some(instead) = clock::set(tx, local.as_ref(), &mut remote, name, occasion)? {
            return Ok(instead);
        }
    }
    let key = remote.key.clone();
    let settled = act(tx, local, remote, occasion)?;
    if let Some(name) = &realm.name {
        tx.assign_remote(&key, name)?;
    }
    Ok(settled)
}

/// Plans for one version, its clock set, and does it.
pub(super) fn act(
    tx: &mut Tx<'_>,
    local: LocalState,
    remote: RemoteVersion,
    occasion: Occasion,
) -> Result<Settled, StoreError> {
    let plan = plan_pull(&local, &remote, occasion);
    if let Some(op_id) = &plan.release {
        tx.release(op_id)?;
    }
    match plan.action {
        Action::Skip => Ok(Settled::Nothing),
        Action::Accept => {
            if local.is_some() {
                tx.apply_remote(remote)?;
            } else {
                tx.apply_first(remote)?;
            }
            Ok(Settled::Taken)
        }
        Action::Rebase { resource, merged } => {
            let key = remote.key.clone();
            tx.rebase(resource, remote)?;
            Ok(if merged {
                tx.note_merge(&key)?;
                Settled::Merged(key)
            } else {
                Settled::OnTop
            })
        }
        Action::Conflict(standoff) => {
            tx.open_conflict(NewConflict {
                key: remote.key.clone(),
                kind: standoff.kind,
                base: standoff.base,
                local: standoff.local,
                remote,
                fields: &standoff.fields,
                rule: standoff.rule,
            })?;
            Ok(Settled::Conflict)
        }
    }
}

/// Whether an unknown resource of a server that chooses ids is one that was made here and whose answer
/// never came; it is known by the server's id from then on.
fn is_made_here(
    tx: &mut Tx<'_>,
    remote: &RemoteVersion,
    realm: &Realm,
) -> Result<bool, StoreError> {
    let Some(origin) = remote.resource.as_ref().and_then(origin_of) else {
        return Ok(false);
    };
    let Ok(made) = ResourceKey::new(remote.key.resource_type.clone(), origin) else {
        return Ok(false);
    };
    let waits = tx.standing(&made)?.is_some_and(|standing| {
        !standing.deleted
            && standing.base_version.is_none()
            && matches!(
                standing.status,
                SyncStatus::Pending | SyncStatus::Syncing | SyncStatus::Rejected
            )
    });
    if !waits || !realm.covers(tx.remote_of(&made)?.as_deref()) {
        return Ok(false);
    }
    let now = tx.adopt_id(&made, &remote.key.id)?;
    tx.rewrite_references(&[(made, now)].into_iter().collect())?;
    Ok(true)
}

/// What is held here of a key.
pub(super) fn held(tx: &Tx<'_>, key: &ResourceKey, rebases: u32) -> Result<LocalState, StoreError> {
    let Some(stored) = tx.get(key)? else {
        return Ok(None);
    };
    let is_clean = stored.row.sync_status == SyncStatus::Synced;
    let (base, in_flight) = if is_clean {
        (None, None)
    } else {
        (tx.base(key)?, tx.in_flight_of(key)?)
    };
    let open_conflict = if stored.row.sync_status == SyncStatus::Conflict {
        tx.open_conflict_of(key)?
            .map(|conflict| conflict.remote_clock)
    } else {
        None
    };
    // A loop is one too when it takes several runs.
    let rebases = if is_clean {
        rebases
    } else {
        rebases.max(tx.merges_of(key)?)
    };
    let decided = if is_clean || open_conflict.is_some() {
        None
    } else {
        decided_last(tx, key, stored.row.version)?
    };
    Ok(Some(Held {
        stored,
        base,
        in_flight,
        open_conflict,
        rebases,
        decided,
    }))
}

/// The conflict that was decided here last and that the server has not heard of.
fn decided_last(
    tx: &Tx<'_>,
    key: &ResourceKey,
    version: i64,
) -> Result<Option<Decided>, StoreError> {
    let Some(id) = tx.untold_decisions(key, version)?.pop() else {
        return Ok(None);
    };
    if let Some(conflict) = tx.conflict(&id)? {
        return Ok(conflict.local_clock.map(|local_clock| Decided {
            local_clock,
            base: conflict.base,
        }));
    }
    let record = tx.escalation(&id)?.and_then(|escalation| escalation.record);
    Ok(record.map(|record| Decided {
        base: record
            .conflict
            .base
            .and_then(|base| Resource::parse(base.get().as_bytes()).ok()),
        local_clock: record.conflict.local_clock,
    }))
}
