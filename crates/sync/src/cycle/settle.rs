//! Doing what was planned for one version of the server, inside the caller's transaction.

use haven_model::{ConflictKind, FieldConflict, MergeRules, Resource, ResourceKey, SyncStatus};
use haven_store::{BaseState, InFlight, NewConflict, RemoteVersion, RowState, StoreError, Tx};
use serde_json::Value;

use super::clock;
use crate::plan::{Action, Decided, Held, LocalState, Occasion, plan_pull_by, same_content};
use crate::remote::{Realm, origin_of};

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
    terms: Terms,
    realm: &Realm,
) -> Result<Settled, StoreError> {
    let mut local = held(tx, &remote, occasion, terms)?;
    if local.is_none() && realm.name.is_some() && is_made_here(tx, &remote, realm)? {
        local = held(tx, &remote, occasion, terms)?;
    }
    if local.is_some()
        && tx.has_plain_remotes()?
        && !realm.covers(tx.remote_of(&remote.key)?.as_deref())
    {
        return Ok(Settled::Elsewhere);
    }
    if let Some(name) = &realm.name
        && let Some(instead) = clock::set(tx, local.as_ref(), &mut remote, name, occasion)?
    {
        return Ok(instead);
    }
    let key = remote.key.clone();
    let settled = act(tx, local, remote, occasion, terms)?;
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
    terms: Terms,
) -> Result<Settled, StoreError> {
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
    let is_deletion = remote.resource.is_none();
    let is_skipped = plan.action == Action::Skip;
    if is_deletion && is_live_copy && occasion == Occasion::Pulled && plan.action == Action::Accept
    {
        // Whether these are too many is known once all of them have come.
        tx.hold_deletion(&remote)?;
        return Ok(Settled::Held);
    }
    if local.is_some() && !(is_deletion && is_skipped) {
        tx.let_deletion_go(&remote.key)?;
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
            Ok(if merged {
                tx.merge(resource, remote)?;
                Settled::Merged(key)
            } else {
                tx.rebase(resource, remote)?;
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

/// Does a deletion that was held.
pub(super) fn delete_now(tx: &mut Tx<'_>, remote: RemoteVersion) -> Result<Settled, StoreError> {
    let local = held(tx, &remote, Occasion::Pulled, Terms::default())?;
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

/// What is held here of a version's key.
pub(super) fn held(
    tx: &Tx<'_>,
    remote: &RemoteVersion,
    occasion: Occasion,
    terms: Terms,
) -> Result<LocalState, StoreError> {
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
    let is_copy = !is_clean
        && (terms.is_copy
            // This device has not come to that count yet.
            || remote.vector_clock.get(tx.device_id()) > tx.ticks_of(key)?
            || claims_what_was_not_sent(
                tx,
                &stored.row,
                base.as_ref(),
                in_flight.as_ref(),
                remote,
                occasion,
            )?);
    // A loop is one too when it takes several runs.
    let rebases = if is_clean {
        terms.rebases
    } else {
        terms.rebases.max(tx.merges_of(key)?)
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
        is_copy,
        decided,
    }))
}

/// Whether a version claims to have seen an edit of this device that the server cannot have: a copy of
/// this store used the same count for another edit.
fn claims_what_was_not_sent(
    tx: &Tx<'_>,
    row: &RowState,
    base: Option<&BaseState>,
    in_flight: Option<&InFlight>,
    remote: &RemoteVersion,
    occasion: Occasion,
) -> Result<bool, StoreError> {
    let device = tx.device_id();
    let edit = match in_flight {
        // Had it taken this very edit before, it would have said so again instead of refusing it.
        Some(sent) if occasion == Occasion::Refused => &sent.vector_clock,
        Some(sent) => {
            let count = sent.vector_clock.get(device);
            return Ok(count > 0
                && remote.device_id.as_deref() == Some(device)
                && remote.vector_clock.get(device) == count
                && !same_content(sent.resource.as_ref(), remote.resource.as_ref()));
        }
        None if row.sync_status == SyncStatus::Pending => &row.vector_clock,
        None if row.sync_status == SyncStatus::Conflict => {
            let open = tx.open_conflict_of(&remote.key)?;
            // One that was put before the clinic is decided by whoever has seen both sides there.
            let is_known_there = match &open {
                Some(conflict) => tx.escalation(&conflict.id)?.is_some(),
                None => true,
            };
            if is_known_there {
                return Ok(false);
            }
            &row.vector_clock
        }
        None => return Ok(false),
    };
    let known = base.map_or(0, |base| base.vector_clock.get(device));
    Ok(edit.get(device) > known && remote.vector_clock.includes(edit))
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
