//! Doing what was planned for one version of the server, inside the caller's transaction.

use haven_model::{ConflictKind, FieldConflict, MergeRules, Resource, ResourceKey, SyncStatus};
use haven_store::{NewConflict, RemoteVersion, StoreError, Tx};
use serde_json::Value;

use crate::plan::{Action, Held, LocalState, Occasion, plan_pull_by};

/// The rule under which a deleted patient with unsent records is put before a person.
const DELETED_WITH_NEW_RECORDS: &str = "deleted-with-new-records";

/// On what a version is planned for, besides what is held.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Terms {
    /// How often the resource was merged since the server last took it.
    pub rebases: u32,
    /// How its type is merged.
    pub rules: MergeRules,
    /// Whether the server has seen entries of the audit log that this store lacks.
    pub is_copy: bool,
}

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
    /// It is a deletion, which waits for the end of the pull.
    Held,
    /// It is what was sent, the answer to which was lost.
    Arrived,
}

/// Plans for one version and does it. What was in flight is let go in the same transaction that
/// keeps its content.
pub(super) fn settle(
    tx: &mut Tx<'_>,
    remote: RemoteVersion,
    occasion: Occasion,
    terms: Terms,
) -> Result<Settled, StoreError> {
    let local = held(tx, &remote, terms)?;
    let plan = plan_pull_by(&local, &remote, occasion, terms.rules);
    if let Some(op_id) = &plan.release {
        tx.release(op_id)?;
    }
    let is_live_copy = local.as_ref().is_some_and(|held| {
        held.stored.row.sync_status == SyncStatus::Synced && held.stored.resource.is_some()
    });
    let has_arrived = local.as_ref().is_some_and(|held| {
        let sent = held.in_flight.as_ref();
        !held.is_copy && sent.is_some_and(|sent| remote.vector_clock.includes(&sent.vector_clock))
    });
    match plan.action {
        Action::Accept if occasion == Occasion::Pulled && is_live_copy && is_deletion(&remote) => {
            // Whether these are too many is known once all of them have come.
            tx.hold_deletion(&remote)?;
            return Ok(Settled::Held);
        }
        Action::Skip => {}
        Action::Accept | Action::Rebase { .. } | Action::Conflict(_) if local.is_some() => {
            tx.let_deletion_go(&remote.key)?;
        }
        Action::Accept | Action::Rebase { .. } | Action::Conflict(_) => {}
    }
    match plan.action {
        Action::Skip => Ok(Settled::Nothing),
        Action::Accept => {
            if local.is_some() {
                tx.apply_remote(remote)?;
            } else {
                tx.apply_first(remote)?;
            }
            Ok(if has_arrived {
                Settled::Arrived
            } else {
                Settled::Taken
            })
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

fn is_deletion(remote: &RemoteVersion) -> bool {
    remote.resource.is_none()
}

/// Does a deletion that was held.
pub(super) fn delete_now(tx: &mut Tx<'_>, remote: RemoteVersion) -> Result<Settled, StoreError> {
    let local = held(tx, &remote, Terms::default())?;
    tx.let_deletion_go(&remote.key)?;
    let is_live_copy = local.is_some_and(|held| {
        held.stored.row.sync_status == SyncStatus::Synced && held.stored.resource.is_some()
    });
    if is_live_copy && something_waits_for(tx, &remote.key)? {
        return leave_to_a_person(tx, remote);
    }
    if is_live_copy {
        tx.apply_remote(remote)?;
        return Ok(Settled::Taken);
    }
    // What was edited meanwhile meets the deletion when it is sent.
    Ok(Settled::Nothing)
}

/// Whether something of a patient's chart was made or changed here and is not at the server yet.
fn something_waits_for(tx: &Tx<'_>, key: &ResourceKey) -> Result<bool, StoreError> {
    if key.resource_type != "Patient" {
        return Ok(false);
    }
    Ok(tx
        .outbox()?
        .iter()
        .any(|entry| entry.patient.as_deref() == Some(key.id.as_str()) && entry.key != *key))
}

/// The server deleted a patient for whom something was written here meanwhile: nothing is orphaned,
/// nothing dropped, until someone has looked.
fn leave_to_a_person(tx: &mut Tx<'_>, remote: RemoteVersion) -> Result<Settled, StoreError> {
    let local = tx.get(&remote.key)?.and_then(|stored| stored.resource);
    let value = local.as_ref().map_or(Value::Null, Resource::value);
    let field = FieldConflict {
        path: remote.key.resource_type.clone(),
        base: value.clone(),
        local: value,
        remote: Value::Null,
        guarded: true,
        rule: DELETED_WITH_NEW_RECORDS.to_owned(),
    };
    tx.open_conflict(NewConflict {
        key: remote.key.clone(),
        kind: ConflictKind::Reference,
        base: local.clone(),
        local,
        remote,
        fields: &[field],
        rule: DELETED_WITH_NEW_RECORDS.to_owned(),
    })?;
    Ok(Settled::Conflict)
}

fn held(tx: &Tx<'_>, remote: &RemoteVersion, terms: Terms) -> Result<LocalState, StoreError> {
    let key = &remote.key;
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
    // A count that this device has not used yet was used by a copy of this store.
    let is_copy = !is_clean
        && (terms.is_copy || remote.vector_clock.get(tx.device_id()) > tx.ticks_of(key)?);
    Ok(Some(Held {
        stored,
        base,
        in_flight,
        open_conflict,
        rebases: terms.rebases,
        is_copy,
    }))
}
