//! Doing what was planned for one version of the server, inside the caller's transaction.

use haven_model::{ResourceKey, SyncStatus};
use haven_store::{NewConflict, RemoteVersion, StoreError, Tx};

use crate::plan::{Action, Held, LocalState, Occasion, plan_pull};

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
}

/// Plans for one version and does it. What was in flight is let go in the same transaction that
/// keeps its content.
pub(super) fn settle(
    tx: &mut Tx<'_>,
    remote: RemoteVersion,
    occasion: Occasion,
    rebases: u32,
) -> Result<Settled, StoreError> {
    let local = held(tx, &remote.key, rebases)?;
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

fn held(tx: &Tx<'_>, key: &ResourceKey, rebases: u32) -> Result<LocalState, StoreError> {
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
    Ok(Some(Held {
        stored,
        base,
        in_flight,
        open_conflict,
        rebases,
    }))
}
