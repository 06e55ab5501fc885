//! Conflicts before the clinic: putting them there, naming who decides, talking, approving.

use super::Desk;
use super::review::{accepted, open_case, show};
use crate::error::{AppError, Result};
use crate::present::{Backdrop, Draft};
use crate::session::Session;
use crate::view::{AcceptedView, ConflictView, EscalateInput, ReviewInput};

impl Desk {
    /// Puts a conflict before the clinic, now or, offline, at the next sync.
    ///
    /// # Errors
    /// `locked`; otherwise as [`Session::escalate`].
    pub fn escalate_conflict(&self, input: &EscalateInput) -> Result<ConflictView> {
        self.on_stage(|session, backdrop| {
            let given = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
            session.escalate(
                &input.conflict_id,
                given(&input.assignee).as_deref(),
                given(&input.comment).as_deref(),
            )?;
            again(session, &input.conflict_id, backdrop)
        })
    }

    /// Names who is to decide an escalated conflict; an empty name for nobody in particular.
    ///
    /// # Errors
    /// `locked`; otherwise as [`Session::assign`].
    pub fn assign_conflict(&self, conflict_id: &str, assignee: &str) -> Result<ConflictView> {
        self.on_stage(|session, backdrop| {
            let named = Some(assignee).filter(|name| !name.is_empty());
            session.assign(conflict_id, named)?;
            again(session, conflict_id, backdrop)
        })
    }

    /// Says something about an escalated conflict.
    ///
    /// # Errors
    /// `locked`; otherwise as [`Session::comment`].
    pub fn comment_on_conflict(&self, conflict_id: &str, text: &str) -> Result<ConflictView> {
        self.on_stage(|session, backdrop| {
            session.comment(conflict_id, text.trim())?;
            again(session, conflict_id, backdrop)
        })
    }

    /// Approves what another has proposed, which then becomes a version, or sends it back.
    ///
    /// # Errors
    /// `locked`, `invalid` for sending back without a reason; otherwise as [`Session::review`].
    pub fn review_conflict(&self, input: &ReviewInput) -> Result<AcceptedView> {
        if !input.approve && input.reason.trim().is_empty() {
            return Err(AppError::invalid(
                "Sending a decision back needs a reason. Nothing was changed.",
            ));
        }
        self.on_stage(|session, backdrop| {
            let id = open_case(session, &input.conflict_id)?.row.id;
            let decided = session.review(&id, input.approve, input.reason.trim())?;
            let said = accepted(session, &decided, backdrop)?;
            Ok(if input.approve {
                said
            } else {
                AcceptedView {
                    text: crate::present::sent_back_words(),
                    ..said
                }
            })
        })
    }
}

/// The view after something was done about it.
fn again(session: &Session, id: &str, backdrop: Backdrop<'_>) -> Result<ConflictView> {
    let case = open_case(session, id)?;
    let draft = Draft::from_text(case.row.draft.as_deref());
    show(session, &case, &draft, backdrop)
}
