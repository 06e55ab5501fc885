//! The conflict inbox and the conflict view.

use haven_model::Resource;
use haven_store::ConflictStatus;

use super::Desk;
use super::charts::banner;
use super::patients::patients_by_id;
use crate::error::{AppError, Code, Result};
use crate::present::{self, Backdrop, ConflictInput, Draft, Reader, Resolution};
use crate::session::{Case, Decided, Session};
use crate::view::{
    AcceptInput, AcceptedView, ChoiceInput, ConflictView, InboxView, RawConflictView,
};

impl Desk {
    /// All open conflicts.
    ///
    /// # Errors
    /// `locked`, or when the store cannot be read.
    pub fn inbox(&self) -> Result<InboxView> {
        self.on_stage(inbox)
    }

    /// One conflict, with the choices made so far.
    ///
    /// # Errors
    /// `locked`, `not_found`.
    pub fn conflict(&self, id: &str) -> Result<ConflictView> {
        self.on_stage(|session, backdrop| {
            let case = open_case(session, id)?;
            let draft = Draft::from_text(case.row.draft.as_deref());
            show(session, &case, &draft, backdrop)
        })
    }

    /// The versions of one conflict as JSON, for administrators.
    ///
    /// # Errors
    /// `locked`, `not_found`, `not_permitted` for anyone else.
    pub fn raw_conflict(&self, id: &str) -> Result<RawConflictView> {
        self.on_stage(|session, _| {
            if !may_show_raw(session) {
                return Err(AppError::new(
                    Code::NotPermitted,
                    "Only an administrator sees the versions as JSON. Nothing was changed.",
                ));
            }
            Ok(present::raw_conflict(&open_case(session, id)?.row))
        })
    }

    /// Chooses for one field; the choice is kept at once.
    ///
    /// # Errors
    /// `locked`, `not_found`, `invalid` when the field is gone or what was typed does not fit.
    pub fn choose(&self, choice: &ChoiceInput) -> Result<ConflictView> {
        self.on_stage(|session, backdrop| {
            let case = open_case(session, &choice.conflict_id)?;
            let mut draft = Draft::from_text(case.row.draft.as_deref());
            draft
                .choose(&case.row, choice)
                .map_err(|error| AppError::invalid(error.to_string()))?;
            session.keep_draft(&case, &draft.to_text())?;
            show(session, &case, &draft, backdrop)
        })
    }

    /// Takes back the last choice.
    ///
    /// # Errors
    /// `locked`, `not_found`.
    pub fn undo_choice(&self, conflict_id: &str) -> Result<ConflictView> {
        self.on_stage(|session, backdrop| {
            let case = open_case(session, conflict_id)?;
            let mut draft = Draft::from_text(case.row.draft.as_deref());
            if draft.undo() {
                session.keep_draft(&case, &draft.to_text())?;
            }
            show(session, &case, &draft, backdrop)
        })
    }

    /// Accepts the result as a new version.
    ///
    /// # Errors
    /// `precondition` while a field waits, a reason or the high-risk confirmation is missing, or the
    /// result is blocked.
    pub fn accept_conflict(&self, input: &AcceptInput) -> Result<AcceptedView> {
        let accepted = self.on_stage(|session, backdrop| {
            let case = open_case(session, &input.conflict_id)?;
            let draft = Draft::from_text(case.row.draft.as_deref());
            let view = show(session, &case, &draft, backdrop)?;
            refuse_unready(&view, input)?;
            let resolved = match draft.resolution(&case.row) {
                Ok(Resolution::BothNotes) => {
                    let decided = session.keep_both(&case, &input.reason)?;
                    return accepted(session, &decided, backdrop);
                }
                Ok(Resolution::Body(value)) => {
                    Some(Resource::from_value(&value).map_err(|error| {
                        AppError::invalid(format!("{error}. Nothing was changed."))
                    })?)
                }
                Ok(Resolution::Deleted) => None,
                Err(not_ready) => {
                    return Err(AppError::new(Code::Precondition, not_ready.to_string()));
                }
            };
            let decided = session.keep_verdict(&case, resolved, &input.reason)?;
            accepted(session, &decided, backdrop)
        })?;
        Ok(accepted)
    }
}

/// The gate before Accept, checked here whatever the window allows.
fn refuse_unready(view: &ConflictView, input: &AcceptInput) -> Result<()> {
    let refuse = |message: &str| Err(AppError::new(Code::Precondition, message));
    if view.left > 0 {
        return refuse(&format!("{}. Nothing was changed.", view.left_text));
    }
    if let Some(issue) = view.issues.iter().find(|issue| issue.blocks) {
        return refuse(&format!("{} Nothing was changed.", issue.text));
    }
    if view.reason_required && input.reason.trim().is_empty() {
        return refuse("A reason is needed here. Nothing was changed.");
    }
    if view.confirm_text.is_some() && !input.confirmed {
        return refuse("Confirm the high-risk sentence first. Nothing was changed.");
    }
    Ok(())
}

/// What to say of a decision, and where to go on.
pub(super) fn accepted(
    session: &Session,
    decided: &Decided,
    backdrop: Backdrop<'_>,
) -> Result<AcceptedView> {
    let rows = inbox(session, backdrop)?.rows;
    let next = rows.into_iter().find(|row| row.id != decided.id);
    let clock = backdrop.now.clock(session.platform().now());
    Ok(AcceptedView {
        text: present::accepted_words(decided.awaiting_review, &clock),
        next: next.map(|row| row.id),
    })
}

fn may_show_raw(session: &Session) -> bool {
    session.who().role == haven_model::Role::Admin
}

pub(super) fn open_case(session: &Session, id: &str) -> Result<Case> {
    let case = session.case(id)?;
    if case.row.status == ConflictStatus::Resolved {
        return Err(AppError::new(
            Code::NotFound,
            "This conflict has been decided meanwhile. Nothing is left to do here.",
        ));
    }
    Ok(case)
}

pub(super) fn inbox(session: &Session, backdrop: Backdrop<'_>) -> Result<InboxView> {
    let (open, decided): (Vec<Case>, Vec<Case>) = session
        .cases(false)?
        .into_iter()
        .partition(|case| case.row.status == ConflictStatus::Open);
    let today = |at: Option<haven_model::Timestamp>| at.is_some_and(|at| backdrop.now.is_today(at));
    let resolved_today = decided
        .iter()
        .filter(|case| today(case.row.resolved_at))
        .count();
    let patients = patients_by_id(
        session,
        open.iter().filter_map(|case| case.row.patient.clone()),
    )?;
    Ok(present::inbox(
        &open,
        &patients,
        (
            u32::try_from(resolved_today).unwrap_or(u32::MAX),
            u32::try_from(super::merged::merged_today(session, backdrop)?.len())
                .unwrap_or(u32::MAX),
        ),
        &session.who().user,
        backdrop,
    ))
}

pub(super) fn show(
    session: &Session,
    case: &Case,
    draft: &Draft,
    backdrop: Backdrop<'_>,
) -> Result<ConflictView> {
    let inbox = inbox(session, backdrop)?;
    Ok(present::conflict(
        &ConflictInput {
            case,
            reader: Reader {
                me: &session.who().user,
                role: session.who().role,
                asked_for: &haven_sync::settings::second_reviewer(session.store())?,
                has_server: session.remote_url()?.is_some(),
            },
            draft,
            beside: &session.beside(&case.row)?,
            banner: banner(session, case.row.patient.as_deref(), backdrop),
            queue: inbox.rows,
            resolved_today: inbox.resolved_today,
            clinic: &session.who().clinic,
            may_show_raw: may_show_raw(session),
        },
        backdrop,
    ))
}
