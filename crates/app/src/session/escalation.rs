//! Putting conflicts before the clinic, talking about them, approving and taking back decisions.

use haven_model::escalation::{ActKind, EscalationStatus};
use haven_model::provenance::Deed;
use haven_model::{Resource, Role, SyncStatus};
use haven_store::{ConflictStatus, OpKind};
use serde::Serialize;

use super::Session;
use super::answer::{ConflictAnswer, Decided};
use super::case::Case;
use super::decision::addendum_of;
use super::verdict::{Proposed, name_of, no_such_note};
use crate::error::{AppError, Code, Result};

/// How this device deals with conflicts.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConflictSettings {
    /// An open conflict is put before the clinic after so many hours; 0 for at the next sync.
    pub escalate_after_hours: u32,
    /// The resource types at which the clinic asks for a second person.
    pub second_reviewer: Vec<String>,
}

impl Session {
    /// Puts a conflict of this device before the clinic, now or, offline, at the next sync.
    ///
    /// # Errors
    /// `not_found`; `precondition` when it is decided, began elsewhere, or this store has no server.
    pub fn escalate(
        &self,
        id: &str,
        assignee: Option<&str>,
        comment: Option<&str>,
    ) -> Result<ConflictAnswer> {
        if self.remote_url()?.is_none() {
            return Err(AppError::new(
                Code::Precondition,
                "This store has no server, so there is nobody else to put the conflict before. \
                 Nothing was changed.",
            ));
        }
        let case = self.open_case(id)?;
        self.transact(OpKind::Resolve, |tx| {
            if case.is_here && case.escalation.is_none() {
                let mut act = self.act();
                act.text = Some("asked".to_owned());
                tx.queue_act(&name_of(&case), ActKind::Escalate, &act)?;
            }
            if let Some(assignee) = assignee {
                let mut act = self.act();
                act.assignee = Some(assignee.to_owned());
                tx.queue_act(&name_of(&case), ActKind::Assign, &act)?;
            }
            if let Some(comment) = comment {
                let mut act = self.act();
                act.text = Some(comment.to_owned());
                tx.queue_act(&name_of(&case), ActKind::Comments, &act)?;
            }
            Ok(())
        })?;
        self.answer_of(id)
    }

    /// Names who is to decide an escalated conflict; `None` for nobody in particular.
    ///
    /// # Errors
    /// `not_found`; `precondition` when it is not before the clinic.
    pub fn assign(&self, id: &str, assignee: Option<&str>) -> Result<ConflictAnswer> {
        let mut act = self.act();
        act.assignee = assignee.map(str::to_owned);
        self.do_about(id, ActKind::Assign, &act)
    }

    /// Says something about an escalated conflict.
    ///
    /// # Errors
    /// As [`Session::assign`]; `invalid` when nothing is said.
    pub fn comment(&self, id: &str, text: &str) -> Result<ConflictAnswer> {
        if text.trim().is_empty() {
            return Err(AppError::invalid(
                "A comment has words. Nothing was changed.",
            ));
        }
        let mut act = self.act();
        act.text = Some(text.to_owned());
        self.do_about(id, ActKind::Comments, &act)
    }

    fn do_about(
        &self,
        id: &str,
        kind: ActKind,
        act: &haven_model::escalation::Act,
    ) -> Result<ConflictAnswer> {
        let case = self.case(id)?;
        if case.escalation.is_none() {
            return Err(AppError::new(
                Code::Precondition,
                "This conflict is not before the clinic. Nothing was changed. Put it there with \
                 `haven conflicts escalate`.",
            ));
        }
        self.transact(OpKind::Resolve, |tx| {
            Ok(tx.queue_act(&name_of(&case), kind, act)?)
        })?;
        self.answer_of(&case.row.id)
    }

    /// Approves what another has proposed, which then becomes a version, or sends it back.
    ///
    /// # Errors
    /// `precondition` when nothing is proposed; `not_permitted` by role, and for whoever proposed it.
    pub fn review(&self, id: &str, approve: bool, reason: &str) -> Result<Decided> {
        let case = self.open_case(id)?;
        let proposal = case
            .record()
            .filter(|record| record.status == EscalationStatus::Review)
            .and_then(|record| record.proposal.clone())
            .ok_or_else(|| {
                AppError::new(
                    Code::Precondition,
                    "Nothing is proposed for this conflict. Nothing was changed.",
                )
            })?;
        let not_permitted = |message: &str| Err(AppError::new(Code::NotPermitted, message));
        let row = &case.row;
        if !self.who().role.decides(row.kind, row.class) {
            return not_permitted("Your role may not decide this conflict. Nothing was changed.");
        }
        if !approve {
            self.transact(OpKind::Resolve, |tx| {
                let mut act = self.act();
                act.text = Some(reason.to_owned());
                Ok(tx.queue_act(&name_of(&case), ActKind::Return, &act)?)
            })?;
            return self.decided(&case, false);
        }
        if proposal.by == self.who().user {
            return not_permitted(
                "Who decided a conflict cannot approve the decision. Nothing was changed. Ask a \
                 colleague.",
            );
        }
        let resolved = proposal
            .data
            .as_ref()
            .map(|data| Resource::parse(data.get().as_bytes()))
            .transpose()
            .map_err(|_| AppError::invalid("The proposal cannot be read. Nothing was changed."))?;
        self.check_result(&case, resolved.as_ref())?;
        let addendum = if proposal.addendum {
            Some(addendum_of(row).ok_or_else(no_such_note)?)
        } else {
            None
        };
        let proposed = Proposed {
            by: proposal.by,
            display_name: proposal.display_name,
        };
        let why = match (proposal.reason.trim(), reason.trim()) {
            (decided, "") => decided.to_owned(),
            ("", approved) => approved.to_owned(),
            (decided, approved) => format!("{decided}. Approved: {approved}"),
        };
        self.transact(OpKind::Resolve, |tx| {
            if let Some(addendum) = &addendum {
                tx.edit(addendum.clone())?;
            }
            self.write_verdict(tx, &case, resolved.as_ref(), &why, Some(&proposed))
        })?;
        self.decided(&case, false)
    }

    /// Takes a decision back: the conflict is open again, and a new version with what stood at the
    /// server before the decision goes there, unless the decision had not got there.
    ///
    /// # Errors
    /// `invalid` without a reason; `precondition` when it is open, or the record has changed since.
    pub fn revert(&self, id: &str, reason: &str) -> Result<Decided> {
        if reason.trim().is_empty() {
            return Err(AppError::invalid(
                "Taking a decision back needs a reason. Nothing was changed.",
            ));
        }
        let case = self.case(id)?;
        self.transact(OpKind::Resolve, |tx| self.write_revert(tx, &case, reason))?;
        self.decided(&case, false)
    }

    /// Takes a decision back in the caller's transaction.
    pub(crate) fn write_revert(
        &self,
        tx: &mut haven_store::Tx<'_>,
        case: &Case,
        reason: &str,
    ) -> Result<()> {
        let precondition = |message: &str| Err(AppError::new(Code::Precondition, message));
        let row = &case.row;
        if row.status == ConflictStatus::Open {
            return precondition("This conflict is open. Nothing was changed.");
        }
        let is_known_as_over = case
            .escalation
            .as_ref()
            .is_some_and(|known| known.record.is_some() && !known.waits());
        if row.decided_version.is_some() {
            tx.reopen_conflict(&row.id)?;
        } else if is_known_as_over {
            let stored = tx
                .get(&row.key)?
                .ok_or_else(|| AppError::not_found("resource"))?;
            let decided_here = case
                .escalation
                .as_ref()
                .and_then(|known| known.decided_version);
            let ended_as = case
                .record()
                .and_then(|record| record.ending.as_ref())
                .and_then(|ending| ending.version.as_deref());
            let stands = stored.row.sync_status == SyncStatus::Synced
                && ended_as.is_some()
                && stored.row.server_version.as_deref() == ended_as;
            if decided_here != Some(stored.row.version) && !stands {
                return precondition(
                    "The record has changed since the conflict was decided. Nothing was changed. \
                     Change it again instead.",
                );
            }
            if !self.who().role.decides(row.kind, row.class) {
                return Err(AppError::new(
                    Code::NotPermitted,
                    "Your role may not decide this conflict. Nothing was changed.",
                ));
            }
            let seen = stored.row.vector_clock.clone();
            tx.decide_escalated(
                &row.id,
                row.remote.as_ref(),
                &seen,
                &case.server_side(),
                "revert",
            )?;
        } else {
            return precondition(
                "This conflict was not decided but overtaken by a newer version. Nothing was changed.",
            );
        }
        super::verdict::withdraw_addendum(tx, row)?;
        if case.escalation.is_some() {
            let mut act = self.act();
            act.text = Some(reason.to_owned());
            tx.queue_act(&name_of(case), ActKind::Reopen, &act)?;
        }
        self.tell(tx, case, row.remote.as_ref(), Deed::Revert, reason, None)
    }

    /// How this device deals with conflicts; a number sets after how many hours they are escalated.
    ///
    /// # Errors
    /// `not_permitted` for roles that do not hear of escalated conflicts.
    pub fn conflict_settings(&self, escalate_after_hours: Option<u32>) -> Result<ConflictSettings> {
        use haven_sync::settings;
        if let Some(hours) = escalate_after_hours {
            let role: Role = self.who().role;
            if !role.hears_escalations() {
                return Err(AppError::new(
                    Code::NotPermitted,
                    "Your role may not change how conflicts are dealt with. Nothing was changed.",
                ));
            }
            self.transact(OpKind::Configure, |tx| {
                Ok(tx.set_setting(settings::ESCALATE_AFTER_HOURS, Some(&hours.to_string()))?)
            })?;
        }
        Ok(ConflictSettings {
            escalate_after_hours: settings::escalate_after_hours(self.store())?,
            second_reviewer: settings::second_reviewer(self.store())?,
        })
    }

    fn open_case(&self, id: &str) -> Result<Case> {
        let case = self.case(id)?;
        if case.row.status == ConflictStatus::Resolved {
            return Err(AppError::new(
                Code::Precondition,
                "This conflict is decided already. Nothing was changed.",
            ));
        }
        Ok(case)
    }

    fn answer_of(&self, id: &str) -> Result<ConflictAnswer> {
        let case = self.case(id)?;
        Ok(ConflictAnswer::of(&case, self.platform().now()))
    }
}
