//! Decisions about escalated conflicts: each becomes a version, and closes its conflict in the same
//! transaction.

use haven_model::escalation::{Act, ConflictCase, Ending, EscalationStatus};
use haven_model::provenance::{Decision, Deed, Party, Source, provenance};
use haven_model::splice::without_server_meta;
use haven_model::{Resource, ResourceKey, Timestamp};
use rusqlite::Transaction;
use serde_json::Value;
use serde_json::value::RawValue;

use super::acts::{self, ActError};
use super::row::{self, Case};
use crate::accounts::Principal;
use crate::error::{HubError, Result};
use crate::records::{Accepting, Author, current};
use crate::{settings, validation};

/// Why an edit that decides conflicts is not taken, in words.
pub(crate) struct Refusal(pub(crate) &'static str);

/// Whether the clinic's rules keep this person from deciding so: where it asks for a second person,
/// only what another has proposed may become a version.
///
/// # Errors
/// When the database fails.
pub(crate) fn refusal(
    tx: &Transaction<'_>,
    principal: &Principal,
    conflict_ids: &[String],
    key: &ResourceKey,
    content: Option<&Value>,
) -> Result<Option<Refusal>> {
    if !settings::second_reviewer(tx)?.contains(&key.resource_type) {
        return Ok(None);
    }
    for id in conflict_ids {
        let Some(case) = row::find(tx, id)? else {
            return Ok(Some(Refusal(
                "the clinic asks for a second person here: take the decision back, escalate the conflict and decide it there",
            )));
        };
        if !case.status.waits() {
            continue;
        }
        let Some(proposal) = &case.proposal else {
            return Ok(Some(Refusal(
                "the clinic asks for a second person here, and nothing has been proposed",
            )));
        };
        if proposal.by == principal.user {
            return Ok(Some(Refusal(
                "the clinic asks for a second person here: who decided cannot approve it",
            )));
        }
        let proposed: Option<Value> = proposal
            .data
            .as_ref()
            .and_then(|data| haven_model::json::parse(data.get().as_bytes()).ok());
        let same = proposed.as_ref().map(without_server_meta) == content.map(without_server_meta);
        if !same {
            return Ok(Some(Refusal(
                "this is not what was proposed; send the proposal back instead",
            )));
        }
    }
    Ok(None)
}

/// Closes the conflicts that an accepted edit decides.
///
/// # Errors
/// When the database fails.
pub(crate) fn close_resolved(
    tx: &Transaction<'_>,
    principal: &Principal,
    conflict_ids: &[String],
    key: &ResourceKey,
    version: i64,
    now: Timestamp,
) -> Result<()> {
    for id in conflict_ids {
        let Some(mut case) = row::find(tx, id)? else {
            continue;
        };
        let is_about = (&case.sides.collection, &case.sides.record_id);
        if !case.status.waits() || is_about != (&key.resource_type, &key.id) {
            continue;
        }
        let reason = acts::reason_told(tx, id, principal)?;
        close(&mut case, principal, &reason, version, now);
        row::update(tx, &case)?;
    }
    Ok(())
}

fn close(case: &mut Case, principal: &Principal, reason: &str, version: i64, now: Timestamp) {
    let proposal = case.proposal.take();
    let reviewer = proposal.as_ref().map(|_| principal.user.clone());
    case.status = EscalationStatus::Resolved;
    case.closed_at = Some(now);
    case.ending = Some(Ending {
        by: proposal
            .as_ref()
            .map_or_else(|| principal.user.clone(), |proposal| proposal.by.clone()),
        at: now.to_instant(),
        reason: match proposal {
            Some(proposal) if reason.is_empty() => proposal.reason,
            _ => reason.to_owned(),
        },
        version: Some(version.to_string()),
        reviewer,
    });
}

/// Whether a body is one that a conflict can be decided for.
pub(super) fn check_body(
    case: &ConflictCase,
    data: Option<&RawValue>,
) -> Result<Option<(Resource, Value)>, ActError> {
    let Some(data) = data else {
        return Ok(None);
    };
    let (resource, value) = validation::read_resource(data.get().as_bytes())
        .map_err(|_| ActError::Invalid("the body decided for is not valid FHIR R4"))?;
    let key = resource.key();
    if (&key.resource_type, &key.id) != (&case.collection, &case.record_id) {
        return Err(ActError::Invalid(
            "the body decided for is of another resource",
        ));
    }
    Ok(Some((resource, value)))
}

/// Makes the version that a decision asks for, and the Provenance that tells of it.
pub(super) fn apply(
    tx: &Transaction<'_>,
    principal: &Principal,
    case: &mut Case,
    act: &Act,
    now: Timestamp,
) -> Result<(), ActError> {
    let decided = check_body(&case.sides, act.data.as_deref())?;
    let key = ResourceKey::new(&case.sides.collection, &case.sides.record_id)
        .map_err(|_| HubError::Corrupt("a conflict's resource"))?;
    let accepting = Accepting::begin(tx, now)?;
    let held = current(tx, &key)?;
    let stands = held.as_ref().map(|held| held.version.to_string());
    if stands.as_deref() != Some(case.sides.remote_version.as_str()) {
        return Err(ActError::State(
            "the record has changed since the conflict was escalated",
        ));
    }
    let class = decided
        .as_ref()
        .map(|(_, value)| haven_model::SensitivityClass::of(value));
    Accepting::check_role(principal.role, held.as_ref(), class).map_err(|_| ActError::Forbidden)?;
    let author = Author {
        user: Some(&principal.user),
        device: principal.device.as_deref(),
        edited_at: act.at.as_deref(),
    };
    let seen = case
        .sides
        .local_clock
        .clone()
        .join(&case.sides.remote_clock);
    let version = match (&decided, &held) {
        (Some((resource, value)), held) => {
            accepting
                .put_anew(held.as_ref(), resource, value, &seen, author)?
                .version
        }
        (None, Some(held)) => accepting.delete(held, &seen, author)?,
        (None, None) => return Err(ActError::NotFound),
    };
    let reason = act.text.as_deref().unwrap_or_default();
    tell(&accepting, principal, case, reason, author)?;
    close(case, principal, reason, version.version, now);
    Ok(())
}

/// Writes the Provenance of a decision made at the hub.
fn tell(
    accepting: &Accepting<'_>,
    principal: &Principal,
    case: &Case,
    reason: &str,
    author: Author<'_>,
) -> Result<()> {
    let id = uuid::Uuid::new_v4().to_string();
    let sides = &case.sides;
    let bodies: Vec<Value> = [&sides.base, &sides.local, &sides.remote]
        .into_iter()
        .flatten()
        .filter_map(|side| haven_model::json::parse(side.get().as_bytes()).ok())
        .collect();
    let labelled: Vec<&Value> = bodies.iter().collect();
    let target = ResourceKey::new(&sides.collection, &sides.record_id)
        .map_err(|_| HubError::Corrupt("a conflict's resource"))?;
    let told = provenance(&Decision {
        id: &id,
        conflict_id: &sides.id,
        target: &target,
        recorded: accepting.instant(),
        deed: Deed::Resolve,
        reason,
        author: Party {
            user: &principal.user,
            display_name: &principal.display_name,
        },
        reviewer: None,
        device_id: principal.device.as_deref().unwrap_or("hub"),
        device_name: "the hub",
        sources: &[
            Source {
                version: sides.local_version.clone(),
                display: format!("on {}", case.device_name),
                deleted: sides.local.is_none(),
            },
            Source {
                version: sides.remote_version.clone(),
                display: "at the hub".to_owned(),
                deleted: sides.remote.is_none(),
            },
        ],
        labelled: &labelled,
    });
    let resource =
        Resource::from_value(&told).map_err(|_| HubError::Corrupt("a Provenance just made"))?;
    accepting.put(
        None,
        &resource,
        &told,
        &haven_model::VectorClock::new(),
        author,
    )?;
    Ok(())
}
