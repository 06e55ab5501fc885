//! What people do about an escalated conflict.

use haven_model::Timestamp;
use haven_model::escalation::{
    Act, ActKind, Comment, ConflictCase, Ending, EscalatedConflict, EscalationStatus, Proposal,
};
use rusqlite::{OptionalExtension, Transaction, named_params};

use super::{MAX_ID_BYTES, decisions, row, told};
use crate::accounts::{self, Principal};
use crate::error::{HubError, Result};
use crate::settings;

/// The longest comment or reason.
const MAX_TEXT_CHARS: usize = 4_000;

/// Why something is not done about a conflict.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ActError {
    /// To this person there is none.
    #[error("there is no such conflict")]
    NotFound,
    /// The role does not allow it.
    #[error("this role may not do this about this conflict")]
    Forbidden,
    /// Another device told of a conflict by that id.
    #[error("another device has told of a conflict by this id")]
    OtherDevice,
    /// It does not stand so that this could be done.
    #[error("{0}")]
    State(&'static str),
    /// What was sent is not what it should be.
    #[error("{0}")]
    Invalid(&'static str),
    /// Everything else.
    #[error(transparent)]
    Hub(HubError),
}

/// Does something about a conflict, once: an act that comes again answers how the conflict stands.
///
/// # Errors
/// See [`ActError`].
pub(crate) fn act(
    tx: &Transaction<'_>,
    principal: &Principal,
    id: &str,
    kind: ActKind,
    act: Act,
    now: Timestamp,
) -> Result<EscalatedConflict, ActError> {
    if act.act_id.is_empty() || act.act_id.len() > MAX_ID_BYTES {
        return Err(ActError::Invalid("an act's id has 1 to 200 bytes"));
    }
    let too_long = |text: &String| text.chars().count() > MAX_TEXT_CHARS;
    if act.text.as_ref().is_some_and(too_long) {
        return Err(ActError::Invalid("a text has at most 4000 characters"));
    }
    let mut case = row::find(tx, id)?
        .filter(|case| case.is_heard_by(principal))
        .ok_or(ActError::NotFound)?;
    match known(tx, &act.act_id)? {
        Some(conflict) if conflict == id => return told(tx, id),
        Some(_) => {
            return Err(ActError::Invalid(
                "this act id was used for another conflict",
            ));
        }
        None => {}
    }
    let decides = case.is_decided_by(principal.role);
    let text = act.text.clone().filter(|text| !text.trim().is_empty());
    match kind {
        ActKind::Escalate => return Err(ActError::Invalid("a conflict is escalated as a whole")),
        ActKind::Comments => {
            if text.is_none() {
                return Err(ActError::Invalid("a comment has a text"));
            }
        }
        ActKind::Assign => {
            if let Some(assignee) = &act.assignee {
                let is_there = accounts::find_user(tx, assignee)?
                    .is_some_and(|user| !user.removed && case.is_decided_by(user.role));
                if !is_there {
                    return Err(ActError::Invalid(
                        "the assignee is nobody here who may decide this conflict",
                    ));
                }
            }
            case.assignee.clone_from(&act.assignee);
        }
        ActKind::Resolve => {
            if !decides {
                return Err(ActError::Forbidden);
            }
            if case.status != EscalationStatus::Open {
                return Err(ActError::State("the conflict does not wait for a decision"));
            }
            if settings::second_reviewer(tx)?.contains(&case.sides.collection) {
                decisions::check_body(&case.sides, act.data.as_deref())?;
                case.status = EscalationStatus::Review;
                case.proposal = Some(Proposal {
                    by: principal.user.clone(),
                    display_name: principal.display_name.clone(),
                    at: now.to_instant(),
                    reason: text.clone().unwrap_or_default(),
                    data: act.data.clone(),
                    addendum: act.addendum,
                });
            } else {
                decisions::apply(tx, principal, &mut case, &act, now)?;
            }
        }
        ActKind::Reason => {
            // The edit may come before its reason or after: `decisions::close_resolved` looks, too.
            if let Some(ending) = &mut case.ending
                && case.status == EscalationStatus::Resolved
                && ending.reviewer.as_ref().unwrap_or(&ending.by) == &principal.user
                && let Some(text) = &text
            {
                ending.reason.clone_from(text);
            }
        }
        ActKind::Return => {
            if !decides {
                return Err(ActError::Forbidden);
            }
            if case.status != EscalationStatus::Review {
                return Err(ActError::State("nothing is proposed"));
            }
            case.status = EscalationStatus::Open;
            case.proposal = None;
        }
        ActKind::Reopen => {
            if !decides {
                return Err(ActError::Forbidden);
            }
            if case.status.waits() {
                return Err(ActError::State("the conflict is open"));
            }
            case.status = EscalationStatus::Open;
            case.ending = None;
            case.closed_at = None;
            case.reopened = case.reopened.saturating_add(1);
        }
        ActKind::Close => {
            let may = case.began_at(principal) || principal.role == haven_model::Role::Admin;
            if !may {
                return Err(ActError::Forbidden);
            }
            if case.status.waits() {
                case.status = EscalationStatus::Closed;
                case.proposal = None;
                case.closed_at = Some(now);
                case.ending = Some(Ending {
                    by: principal.user.clone(),
                    at: now.to_instant(),
                    reason: text.clone().unwrap_or_default(),
                    version: None,
                    reviewer: None,
                });
            }
        }
    }
    note(tx, principal, id, kind, &act, text.as_deref(), now)?;
    row::update(tx, &case)?;
    told(tx, id)
}

/// What was said of a conflict, in order.
pub(super) fn comments(tx: &Transaction<'_>, id: &str) -> Result<Vec<Comment>> {
    Ok(tx
        .prepare_cached(include_str!("../sql/conflict_comments.sql"))?
        .query_map(named_params! {":conflict_id": id}, |row| {
            Ok(Comment {
                author: row.get("user_name")?,
                at: Timestamp(row.get("at")?).to_instant(),
                text: row.get("text")?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?)
}

/// Why this person decides so, as told since the conflict was opened last; empty when it is not.
///
/// # Errors
/// When the database fails.
pub(super) fn reason_told(tx: &Transaction<'_>, id: &str, principal: &Principal) -> Result<String> {
    let told = tx
        .prepare_cached(include_str!("../sql/conflict_reason.sql"))?
        .query_row(
            named_params! {":conflict_id": id, ":user_name": principal.user},
            |row| row.get::<_, Option<String>>("text"),
        )
        .optional()?;
    Ok(told.flatten().unwrap_or_default())
}

/// Records that a conflict was put before the clinic.
pub(super) fn note_escalation(
    tx: &Transaction<'_>,
    principal: &Principal,
    device_id: &str,
    case: &ConflictCase,
    now: Timestamp,
) -> Result<()> {
    let act = Act {
        act_id: format!("{}:escalated", case.id),
        device_id: Some(device_id.to_owned()),
        ..Act::default()
    };
    let because = Some(case.escalated_because.as_str());
    note(
        tx,
        principal,
        &case.id,
        ActKind::Escalate,
        &act,
        because,
        now,
    )
}

fn note(
    tx: &Transaction<'_>,
    principal: &Principal,
    id: &str,
    kind: ActKind,
    act: &Act,
    text: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    tx.prepare_cached(include_str!("../sql/conflict_act_add.sql"))?
        .execute(named_params! {
            ":act_id": act.act_id, ":conflict_id": id, ":act": kind.as_str(),
            ":user_name": principal.user,
            ":device_id": principal.device.as_ref().or(act.device_id.as_ref()),
            ":now": now.as_millis(), ":text": text,
        })?;
    Ok(())
}

fn known(tx: &Transaction<'_>, act_id: &str) -> Result<Option<String>> {
    Ok(tx
        .prepare_cached(include_str!("../sql/conflict_act_known.sql"))?
        .query_row(named_params! {":act_id": act_id}, |row| {
            row.get("conflict_id")
        })
        .optional()?)
}
