//! The past of a record, decisions that were made, and many of them at once.

use haven_model::{Resource, SyncStatus};

use super::Desk;
use super::charts::banner;
use super::patients::patients_by_id;
use crate::error::{AppError, Result};
use crate::present::{self, past};
use crate::session::{BulkRule, Case, Session};
use crate::view::{BulkChoicesView, BulkInput, BulkView, DecidedView, HistoryView, ReturnPreview};

/// Decisions are listed for so many days, in milliseconds.
const LISTED_MS: i64 = 30 * 86_400_000;

impl Desk {
    /// Every version of a record.
    ///
    /// # Errors
    /// `locked`, `not_found`.
    pub fn history(&self, key: &str) -> Result<HistoryView> {
        self.on_stage(|session, backdrop| {
            // Also writes that a restricted record was read, where it was.
            session.history(key)?;
            let name = crate::session::parse_key(key)?;
            let versions = session.past(&name)?;
            let patient = session
                .store()
                .get(&name)?
                .and_then(|stored| stored.row.patient);
            Ok(past::history(
                key,
                &versions,
                banner(session, patient.as_deref(), backdrop),
                session.who(),
                backdrop,
            ))
        })
    }

    /// What bringing a version back would do.
    ///
    /// # Errors
    /// `locked`, `not_found`.
    pub fn bring_back_preview(&self, key: &str, version: u32) -> Result<ReturnPreview> {
        self.on_stage(|session, _| {
            let name = crate::session::parse_key(key)?;
            let versions = session.past(&name)?;
            let body = |wanted: &dyn Fn(&crate::session::PastVersion) -> bool| {
                let found = versions.iter().find(|past| wanted(past));
                found.and_then(|past| past.entry.resource.as_ref().map(Resource::value))
            };
            let then = body(&|past| past.entry.version == i64::from(version));
            let now = body(&|past| past.entry.current);
            Ok(past::bring_back(now.as_ref(), then.as_ref()))
        })
    }

    /// Makes an earlier version the newest one, and answers what to say of it.
    ///
    /// # Errors
    /// `locked`; otherwise as [`Session::bring_back`].
    pub fn bring_back(&self, key: &str, version: u32, reason: &str) -> Result<String> {
        self.on_stage(|session, backdrop| {
            session.bring_back(key, i64::from(version), reason.trim())?;
            let clock = backdrop.now.clock(session.platform().now());
            Ok(past::brought_back_words(&clock))
        })
    }

    /// What was decided in the last days.
    ///
    /// # Errors
    /// `locked`, or when the store cannot be read.
    pub fn decided(&self) -> Result<DecidedView> {
        self.on_stage(|session, backdrop| {
            let since = backdrop.now.at.plus_ms(-LISTED_MS);
            let over: Vec<Case> = session
                .cases(false)?
                .into_iter()
                .filter(|case| case.row.status == haven_store::ConflictStatus::Resolved)
                .filter(|case| case.row.resolved_at.is_some_and(|at| at >= since))
                .collect();
            let patients = of_patients(session, &over)?;
            let me = &session.who().user;
            Ok(past::decided(&over, &patients, me, backdrop))
        })
    }

    /// What taking a decision back would do.
    ///
    /// # Errors
    /// `locked`, `not_found`.
    pub fn take_back_preview(&self, conflict_id: &str) -> Result<ReturnPreview> {
        self.on_stage(|session, _| {
            let case = session.case(conflict_id)?;
            let stored = session.store().get(&case.row.key)?;
            let is_at_server = stored
                .as_ref()
                .is_some_and(|stored| stored.row.sync_status == SyncStatus::Synced);
            let now = stored.and_then(|stored| stored.resource.as_ref().map(Resource::value));
            let why_not = session.why_not_reverted(&case);
            Ok(past::take_back(
                &case,
                now.as_ref(),
                is_at_server,
                why_not.map(|error| present::said(error.message)),
            ))
        })
    }

    /// Takes a decision back, and answers what to say of it.
    ///
    /// # Errors
    /// `locked`; otherwise as [`Session::revert`].
    pub fn take_back(&self, conflict_id: &str, reason: &str) -> Result<String> {
        self.on_stage(|session, _| {
            session.revert(conflict_id, reason.trim())?;
            Ok(past::taken_back_words())
        })
    }

    /// What can be decided by one rule.
    ///
    /// # Errors
    /// `locked`, or when the store cannot be read.
    pub fn bulk_choices(&self) -> Result<BulkChoicesView> {
        self.on_stage(|session, _| Ok(present::bulk::choices(&session.cases(true)?)))
    }

    /// What a rule would do; with a reason, does it.
    ///
    /// # Errors
    /// `locked`; otherwise as [`Session::bulk`].
    pub fn bulk(&self, input: &BulkInput) -> Result<BulkView> {
        self.on_stage(|session, backdrop| {
            let rule = BulkRule::parse(&format!(
                "type={} path={} take={}",
                input.resource_type, input.path, input.take
            ))?;
            let cases = session.cases(true)?;
            let patients = of_patients(session, &cases)?;
            let answer = session.bulk(&rule, &input.exclude, input.reason.as_deref())?;
            Ok(present::bulk::bulk(&answer, &cases, &patients, backdrop))
        })
    }

    /// Takes a batch back, and answers what to say of it.
    ///
    /// # Errors
    /// `locked`; otherwise as [`Session::bulk_revert`].
    pub fn take_batch_back(&self, batch_id: &str, reason: &str) -> Result<String> {
        if batch_id.is_empty() {
            return Err(AppError::not_found("batch"));
        }
        self.on_stage(|session, _| {
            let answer = session.bulk_revert(batch_id, reason.trim())?;
            Ok(present::bulk::batch_back_words(&answer))
        })
    }
}

fn of_patients(session: &Session, cases: &[Case]) -> Result<present::Patients> {
    let ids = cases.iter().filter_map(|case| case.row.patient.clone());
    patients_by_id(session, ids)
}
