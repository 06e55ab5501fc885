//! What a version from the server means for what is held here.

use haven_model::splice::without_server_meta;
use haven_model::{
    Causality, ConflictKind, FieldConflict, MergeRules, MergedText, Outcome, Resource, SyncStatus,
    VectorClock,
};
use haven_store::{BaseState, InFlight, RemoteVersion, Stored};
use serde_json::Value;

use super::super::merging::three_way;

/// A resource merged this often with none of the results taken by the server goes to a person.
pub const MAX_REBASES_IN_A_ROW: u32 = 3;

/// How a version of the server came to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// It came with a page.
    Pulled,
    /// The server refused an edit and answered with what it holds instead.
    Refused,
    /// It was asked for by its key, after what was pulled was doubted.
    Confirmed,
}

/// What is held here of the resource.
#[derive(Clone, Debug)]
pub struct Held {
    /// The row, its body included.
    pub stored: Stored,
    /// The last version in common with the server, while the row is dirty.
    pub base: Option<BaseState>,
    /// What was sent and not answered.
    pub in_flight: Option<InFlight>,
    /// What the remote side of the open conflict has seen.
    pub open_conflict: Option<VectorClock>,
    /// How often it was merged since the server last took it.
    pub rebases: u32,
    /// Whether this device's counts were used elsewhere too, as the store is a copy of another or an
    /// earlier state of itself: then a clock that includes this edit's says nothing.
    pub is_copy: bool,
    /// The conflict that was decided here last, until the server has taken the decision.
    pub decided: Option<Decided>,
}

/// A conflict decided here.
#[derive(Clone, Debug)]
pub struct Decided {
    /// What the device's side of it had seen: only another decision of it has seen that too.
    pub local_clock: VectorClock,
    /// What both sides of it had started from.
    pub base: Option<Resource>,
}

/// Whether the resource is known here at all.
pub type LocalState = Option<Held>;

/// What is to be done, decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The op id to be forgotten first: its outcome is known from the server's version.
    pub release: Option<String>,
    /// And then.
    pub action: Action,
}

/// What to do with a version of the server.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// It brings nothing new.
    Skip,
    /// It replaces what is here; nothing of this device is in it or is missing from it.
    Accept,
    /// What is here goes on top of it and is offered again.
    Rebase {
        /// The content to offer; `None` for a deletion.
        resource: Option<Resource>,
        /// Whether edits of both sides were put together.
        merged: bool,
    },
    /// A person decides.
    Conflict(Standoff),
}

/// Two sides that no rule may join.
#[derive(Clone, Debug, PartialEq)]
pub struct Standoff {
    /// What the sides did.
    pub kind: ConflictKind,
    /// What both started from.
    pub base: Option<Resource>,
    /// This device's side.
    pub local: Option<Resource>,
    /// The fields that wait.
    pub fields: Vec<FieldConflict>,
    /// The rule that stopped the machine.
    pub rule: String,
}

/// Decides what `remote` means for what is held here.
///
/// Invariants: an edit made here that the server has not seen is in the plan's content or on the
/// local side of its conflict; the same input gives the same plan; a skipped version is one that
/// this device has seen, or one that the server will show again when it refuses what is dirty here.
#[must_use]
pub fn plan_pull(local: &LocalState, remote: &RemoteVersion, occasion: Occasion) -> Plan {
    plan_pull_by(local, remote, occasion, MergeRules::default())
}

/// As [`plan_pull`], with the rules of the resource's type.
#[must_use]
pub fn plan_pull_by(
    local: &LocalState,
    remote: &RemoteVersion,
    occasion: Occasion,
    rules: MergeRules,
) -> Plan {
    let Some(held) = local else {
        return Plan {
            release: None,
            action: Action::Accept,
        };
    };
    let action = match held.stored.row.sync_status {
        SyncStatus::Synced => clean(held, remote, rules),
        SyncStatus::LocalOnly => local_only(held, remote, rules),
        SyncStatus::Pending | SyncStatus::Syncing | SyncStatus::Conflict | SyncStatus::Rejected => {
            return dirty(held, remote, occasion, rules);
        }
    };
    Plan {
        release: None,
        action,
    }
}

fn clean(held: &Held, remote: &RemoteVersion, rules: MergeRules) -> Action {
    let row = &held.stored.row;
    let local = held.stored.resource.as_ref();
    match row.vector_clock.compare(&remote.vector_clock) {
        Causality::Before => Action::Accept,
        Causality::Equal
            if row.server_version.as_deref() == Some(remote.server_version.as_str()) =>
        {
            Action::Skip
        }
        _ if same_content(local, remote.resource.as_ref()) => Action::Accept,
        // The server answers with less than it once confirmed: it was restored from a backup, and
        // this device has what it lost.
        Causality::After => Action::Rebase {
            resource: local.cloned(),
            merged: false,
        },
        Causality::Equal | Causality::Concurrent => weigh_apart(local, remote, rules),
    }
}

/// What never left this device is a deletion of what was never sent: it says nothing about what
/// others make under that key. It does where the server has seen what was deleted all the same, as in a
/// store that was restored. Content that stays here is weighed like any other.
fn local_only(held: &Held, remote: &RemoteVersion, rules: MergeRules) -> Action {
    let mut seen = held.stored.row.vector_clock.entries();
    match &held.stored.resource {
        None if seen.any(|(node, _)| remote.vector_clock.get(node) > 0) => {
            weigh_apart(None, remote, rules)
        }
        None => Action::Accept,
        local => weigh(None, local.as_ref(), remote, rules),
    }
}

fn dirty(held: &Held, remote: &RemoteVersion, occasion: Occasion, rules: MergeRules) -> Plan {
    let row = &held.stored.row;
    let local = held.stored.resource.as_ref();
    if let Some(seen) = &held.open_conflict
        && seen.includes(&remote.vector_clock)
    {
        return Plan {
            release: None,
            action: Action::Skip,
        };
    }
    let base_clock = held.base.as_ref().map(|base| &base.vector_clock);
    let base_has_seen_it = base_clock.is_some_and(|clock| clock.includes(&remote.vector_clock));
    if base_has_seen_it {
        let is_base = held
            .base
            .as_ref()
            .and_then(|base| base.server_version.as_deref())
            == Some(remote.server_version.as_str());
        if is_base && occasion == Occasion::Pulled {
            return Plan {
                release: None,
                action: Action::Skip,
            };
        }
    }
    let release = held.in_flight.as_ref().map(|sent| sent.op_id.clone());
    let action = if base_has_seen_it {
        let base = held.base.as_ref().and_then(|base| base.resource.as_ref());
        let on_top = Action::Rebase {
            resource: local.cloned(),
            merged: false,
        };
        with_a_person(held, on_top, base, remote)
    } else if !held.is_copy && remote.vector_clock.includes(&row.vector_clock) {
        // The server has seen this very edit: what it holds came after it.
        Action::Accept
    } else {
        let sent = held
            .in_flight
            .as_ref()
            .filter(|sent| !held.is_copy && remote.vector_clock.includes(&sent.vector_clock));
        // What was sent and arrived is what both sides have in common now.
        let base = match sent {
            Some(sent) => sent.resource.as_ref(),
            None => held.base.as_ref().and_then(|base| base.resource.as_ref()),
        };
        match &held.decided {
            Some(decided)
                if held.open_conflict.is_none()
                    && remote.vector_clock.includes(&decided.local_clock) =>
            {
                decided_twice(decided, local, remote, rules)
            }
            _ => {
                // A server put back to an earlier state goes on from there: what it holds does not come
                // from what this edit was made on, and lacks nothing that somebody took away.
                let is_common = sent.is_some()
                    || base_clock.is_none_or(|clock| remote.vector_clock.includes(clock));
                // A deletion of what nobody here knows the server's version of: it was made here, sent with
                // no answer, and changed there since. That there is nothing in common is not that nothing
                // was deleted.
                let is_bare_deletion = local.is_none() && base.is_none();
                let weighed = if is_common && !is_bare_deletion {
                    weigh(base, local, remote, rules)
                } else {
                    weigh_apart(local, remote, rules)
                };
                with_a_person(held, weighed, base, remote)
            }
        }
    };
    Plan { release, action }
}

/// Two people decided the same conflict, neither knowing of the other. Where they decided alike, that
/// is that; else a person decides again, even where a machine could put the two together: what the one
/// rejected would come back through the other.
fn decided_twice(
    decided: &Decided,
    local: Option<&Resource>,
    remote: &RemoteVersion,
    rules: MergeRules,
) -> Action {
    if same_content(local, remote.resource.as_ref()) {
        return Action::Accept;
    }
    let base = decided.base.as_ref();
    match weigh(base, local, remote, rules) {
        Action::Conflict(standoff) => Action::Conflict(Standoff {
            rule: DECIDED_TWICE.to_owned(),
            ..standoff
        }),
        Action::Skip | Action::Accept | Action::Rebase { .. } => {
            whole(base, local, remote, DECIDED_TWICE)
        }
    }
}

/// The rule of a conflict between two decisions.
const DECIDED_TWICE: &str = "decided-twice";

/// Puts two sides together that have nothing in common; a deletion of one of them is not the same as
/// its never having been there.
fn weigh_apart(local: Option<&Resource>, remote: &RemoteVersion, rules: MergeRules) -> Action {
    if local.is_some() == remote.resource.is_some() {
        weigh(None, local, remote, rules)
    } else {
        whole(None, local, remote, "nothing-in-common")
    }
}

/// Puts both sides together where the rules allow it.
fn weigh(
    base: Option<&Resource>,
    local: Option<&Resource>,
    remote: &RemoteVersion,
    rules: MergeRules,
) -> Action {
    let theirs = remote.resource.as_ref();
    if same_content(local, theirs) {
        return Action::Accept;
    }
    if base.is_some() && same_content(base, local) {
        return Action::Accept;
    }
    if base.is_some() && same_content(base, theirs) {
        return Action::Rebase {
            resource: local.cloned(),
            merged: false,
        };
    }
    let outcome = match three_way(base, local, remote, rules) {
        Ok(MergedText::Resource(bytes)) => {
            return match Resource::parse(&bytes) {
                Ok(merged) if same_content(Some(&merged), theirs) => Action::Accept,
                Ok(merged) => Action::Rebase {
                    resource: Some(merged),
                    merged: true,
                },
                // A merge that is no resource is no merge: a person decides.
                Err(_) => whole(base, local, remote, "merge-unreadable"),
            };
        }
        Ok(MergedText::Outcome(outcome)) => outcome,
        Err(_) => return whole(base, local, remote, "merge-unreadable"),
    };
    match outcome.outcome {
        Outcome::Merged if outcome.deleted == Some(true) => match theirs {
            None => Action::Accept,
            Some(_) => Action::Rebase {
                resource: None,
                merged: true,
            },
        },
        Outcome::Merged => whole(base, local, remote, "merge-unreadable"),
        Outcome::Conflict => {
            let rule = outcome
                .fields
                .first()
                .map_or_else(|| "both-changed".to_owned(), |field| field.rule.clone());
            Action::Conflict(Standoff {
                kind: outcome.kind.unwrap_or_else(|| kind_of(base, local, theirs)),
                base: base.cloned(),
                local: local.cloned(),
                fields: outcome.fields,
                rule,
            })
        }
    }
}

/// Leaves to a person what is a person's: a merge that keeps coming back, and whatever happens to a
/// resource that waits for a decision already.
fn with_a_person(
    held: &Held,
    action: Action,
    base: Option<&Resource>,
    remote: &RemoteVersion,
) -> Action {
    let Action::Rebase { merged, .. } = &action else {
        return action;
    };
    let rule = if held.open_conflict.is_some() {
        "moved-on"
    } else if *merged && held.rebases >= MAX_REBASES_IN_A_ROW {
        "merged-too-often"
    } else {
        return action;
    };
    whole(base, held.stored.resource.as_ref(), remote, rule)
}

/// A conflict over the record as a whole.
fn whole(
    base: Option<&Resource>,
    local: Option<&Resource>,
    remote: &RemoteVersion,
    rule: &str,
) -> Action {
    let value = |resource: Option<&Resource>| resource.map_or(Value::Null, Resource::value);
    let theirs = remote.resource.as_ref();
    Action::Conflict(Standoff {
        kind: kind_of(base, local, theirs),
        base: base.cloned(),
        local: local.cloned(),
        fields: vec![FieldConflict {
            path: remote.key.resource_type.clone(),
            base: value(base),
            local: value(local),
            remote: value(theirs),
            guarded: true,
            rule: rule.to_owned(),
        }],
        rule: rule.to_owned(),
    })
}

fn kind_of(
    base: Option<&Resource>,
    local: Option<&Resource>,
    remote: Option<&Resource>,
) -> ConflictKind {
    match (base, local, remote) {
        (_, None, _) => ConflictKind::DeleteUpdate,
        (_, _, None) => ConflictKind::UpdateDelete,
        (None, Some(_), Some(_)) => ConflictKind::CreateCreate,
        (Some(_), Some(_), Some(_)) => ConflictKind::UpdateUpdate,
    }
}

/// Whether two versions say the same, the server's own `meta` members aside.
pub(crate) fn same_content(left: Option<&Resource>, right: Option<&Resource>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => {
            left.bytes() == right.bytes()
                || without_server_meta(&left.value()) == without_server_meta(&right.value())
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}
