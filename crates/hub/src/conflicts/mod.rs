//! Conflicts put before the clinic: who hears of them, who may do what, and how they end.
//!
//! Invariants: a conflict ends as resolved only in the transaction that makes the version which says
//! how; who decided is never who approves; nothing told of a conflict reaches a role that may not read
//! the most sensitive of its sides.

mod acts;
mod decisions;
mod measure;
mod row;

use std::collections::BTreeMap;

use haven_model::escalation::{
    ConflictCase, ConflictChanges, ConflictChangesRequest, EscalatedConflict, EscalationStatus,
    Standing,
};
use haven_model::{Action, ResourceKey, SensitivityClass, Timestamp};
use rusqlite::{Transaction, named_params};
use serde_json::{Value, json};

pub(crate) use acts::{ActError, act};
pub(crate) use decisions::{close_resolved, refusal};
pub(crate) use measure::{WINDOW_DAYS, measure};
pub(crate) use row::Case;

use crate::accounts::Principal;
use crate::error::{HubError, Result};
use crate::exchange::classes_json;
use crate::settings;

/// The most conflicts in one answer; each may hold three bodies.
const PAGE: i64 = 50;

/// The longest id of a conflict or an act.
const MAX_ID_BYTES: usize = 200;

/// Keeps a conflict that a device tells of; told again, its sides replace those kept as long as it
/// waits.
///
/// # Errors
/// See [`ActError`].
pub(crate) fn escalate(
    tx: &Transaction<'_>,
    principal: &Principal,
    device_id: &str,
    mut case: ConflictCase,
    now: Timestamp,
) -> Result<EscalatedConflict, ActError> {
    ResourceKey::new(&case.collection, &case.record_id)
        .map_err(|_| ActError::Invalid("collection and recordId name no resource"))?;
    if case.id.is_empty() || case.id.len() > MAX_ID_BYTES {
        return Err(ActError::Invalid("a conflict's id has 1 to 200 bytes"));
    }
    case.class = class_of(&case)?;
    if !principal.role.permits(Action::Read, case.class) {
        return Err(ActError::Forbidden);
    }
    match row::find(tx, &case.id)? {
        None => {
            let device_name = crate::accounts::find_device(tx, device_id)?
                .map_or_else(|| "unnamed device".to_owned(), |device| device.name);
            row::insert(tx, &case, device_id, &device_name, &principal.user, now)?;
            acts::note_escalation(tx, principal, device_id, &case, now)?;
        }
        Some(kept) if kept.device_id != device_id => return Err(ActError::OtherDevice),
        Some(mut kept) => {
            let told_before =
                serde_json::to_string(&kept.sides).ok() == serde_json::to_string(&case).ok();
            if kept.status.waits() && !told_before {
                if case.escalated_because.is_empty() {
                    case.escalated_because
                        .clone_from(&kept.sides.escalated_because);
                }
                // What was proposed was about other sides.
                kept.proposal = None;
                kept.status = EscalationStatus::Open;
                kept.sides = case;
                row::update(tx, &kept)?;
                return told(tx, kept.sides.id.as_str());
            }
        }
    }
    told(tx, &case.id)
}

/// The most sensitive class of the sides, whatever the device says.
fn class_of(case: &ConflictCase) -> Result<SensitivityClass, ActError> {
    let mut class = SensitivityClass::of(&json!({"resourceType": case.collection}));
    for side in [&case.base, &case.local, &case.remote]
        .into_iter()
        .flatten()
    {
        let value: Value = haven_model::json::parse(side.get().as_bytes())
            .map_err(|_| ActError::Invalid("a side is not JSON"))?;
        let of_type = value.get("resourceType").and_then(Value::as_str);
        let id = value.get("id").and_then(Value::as_str);
        if (of_type, id) != (Some(&case.collection), Some(&case.record_id)) {
            return Err(ActError::Invalid("a side is of another resource"));
        }
        if SensitivityClass::of(&value) == SensitivityClass::Sensitive {
            class = SensitivityClass::Sensitive;
        }
    }
    if case.class == SensitivityClass::Sensitive {
        class = SensitivityClass::Sensitive;
    }
    Ok(class)
}

/// What changed since, of what this person hears of.
///
/// # Errors
/// When the database fails.
pub(crate) fn changes(
    tx: &Transaction<'_>,
    principal: &Principal,
    request: &ConflictChangesRequest,
) -> Result<ConflictChanges> {
    page(tx, principal, &request.device_id, request.since, None)
}

/// Those in one state, or all.
///
/// # Errors
/// When the database fails.
pub(crate) fn page(
    tx: &Transaction<'_>,
    principal: &Principal,
    device_id: &str,
    since: u64,
    status: Option<EscalationStatus>,
) -> Result<ConflictChanges> {
    let head = head_seq(tx)?;
    let mut statement = tx.prepare_cached(include_str!("../sql/conflict_page.sql"))?;
    let mut rows = statement.query(named_params! {
        ":since": i64::try_from(since).unwrap_or(i64::MAX),
        ":status": status.map(EscalationStatus::as_str),
        ":classes": classes_json(principal.role),
        ":hears": principal.role.hears_escalations(),
        ":device_id": device_id,
        ":limit": PAGE + 1,
    })?;
    let second_reviewer = settings::second_reviewer(tx)?;
    let mut answer = ConflictChanges {
        seq: head,
        second_reviewer,
        ..ConflictChanges::default()
    };
    while let Some(row) = rows.next()? {
        if answer.conflicts.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX) {
            answer.has_more = true;
            break;
        }
        let case = Case::from_row(row)?;
        let told = as_told(tx, case, &answer.second_reviewer)?;
        answer.conflicts.push(told);
    }
    if answer.has_more {
        answer.seq = answer.conflicts.last().map_or(head, |last| last.seq);
    }
    Ok(answer)
}

/// One of those that this person hears of.
///
/// # Errors
/// [`ActError::NotFound`], or when the database fails.
pub(crate) fn one(
    tx: &Transaction<'_>,
    principal: &Principal,
    id: &str,
) -> Result<EscalatedConflict, ActError> {
    row::find(tx, id)?
        .filter(|case| case.is_heard_by(principal))
        .ok_or(ActError::NotFound)?;
    told(tx, id)
}

/// The count of changes to all of them.
///
/// # Errors
/// When the database fails.
pub(crate) fn head_seq(tx: &Transaction<'_>) -> Result<u64> {
    let seq: i64 = tx
        .prepare_cached(include_str!("../sql/conflict_seq.sql"))?
        .query_row([], |row| row.get("seq"))?;
    Ok(u64::try_from(seq).unwrap_or(0))
}

/// Keeps how a device says that it stands.
///
/// # Errors
/// When the database fails.
pub(crate) fn note_standing(
    tx: &Transaction<'_>,
    device_id: &str,
    standing: &Standing,
    now: Timestamp,
) -> Result<()> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    tx.prepare_cached(include_str!("../sql/standing_put.sql"))?
        .execute(named_params! {
            ":device_id": device_id, ":now": now.as_millis(),
            ":waiting": number(standing.waiting),
            ":conflicts": number(standing.conflicts),
            ":rejected": number(standing.rejected),
            ":oldest_waiting_at": standing.oldest_waiting_at,
        })?;
    Ok(())
}

/// How each device said that it stands, and when.
///
/// # Errors
/// When the database fails.
pub(crate) fn standings(tx: &Transaction<'_>) -> Result<BTreeMap<String, (Timestamp, Standing)>> {
    let mut statement = tx.prepare_cached(include_str!("../sql/standing_list.sql"))?;
    let mut rows = statement.query([])?;
    let mut standings = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let number = |column| {
            row.get::<_, i64>(column)
                .map(|n| u64::try_from(n).unwrap_or(0))
        };
        let standing = Standing {
            waiting: number("waiting")?,
            conflicts: number("conflicts")?,
            rejected: number("rejected")?,
            oldest_waiting_at: row.get("oldest_waiting_at")?,
        };
        standings.insert(
            row.get("device_id")?,
            (Timestamp(row.get("seen_at")?), standing),
        );
    }
    Ok(standings)
}

/// One conflict as it is told.
fn told(tx: &Transaction<'_>, id: &str) -> Result<EscalatedConflict, ActError> {
    let case = row::find(tx, id)?.ok_or(ActError::NotFound)?;
    let second_reviewer = settings::second_reviewer(tx)?;
    Ok(as_told(tx, case, &second_reviewer)?)
}

fn as_told(
    tx: &Transaction<'_>,
    case: Case,
    second_reviewer: &[String],
) -> Result<EscalatedConflict> {
    let comments = acts::comments(tx, &case.sides.id)?;
    Ok(EscalatedConflict {
        needs_review: second_reviewer.contains(&case.sides.collection),
        status: case.status,
        origin_device: case.device_id,
        origin_device_name: case.device_name,
        escalated_by: case.escalated_by,
        escalated_at: case.escalated_at.to_instant(),
        assignee: case.assignee,
        comments,
        proposal: case.proposal,
        ending: case.ending,
        reopened: case.reopened,
        seq: case.seq,
        conflict: case.sides,
    })
}

impl From<HubError> for ActError {
    fn from(error: HubError) -> Self {
        Self::Hub(error)
    }
}

impl From<rusqlite::Error> for ActError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Hub(HubError::Database(error))
    }
}
