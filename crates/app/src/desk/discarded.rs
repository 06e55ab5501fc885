//! Edits that were given up, for those who review.

use super::Desk;
use super::patients::patients_by_id;
use crate::error::Result;
use crate::present::discarded;
use crate::view::{DiscardedContent, DiscardedRow};

/// So many are listed; the command line lists them all.
const MAX_ROWS: u32 = 100;

impl Desk {
    /// What was given up, newest first.
    ///
    /// # Errors
    /// `locked`; otherwise as [`crate::Session::discarded`].
    pub fn discarded(&self) -> Result<Vec<DiscardedRow>> {
        self.on_stage(|session, backdrop| {
            let found = session.store().discarded(None, MAX_ROWS)?;
            let ids = found
                .iter()
                .filter_map(|one| one.words.as_ref()?.patient.clone());
            let patients = patients_by_id(session, ids)?;
            Ok(found
                .iter()
                .map(|one| discarded::row(one, &patients, backdrop))
                .collect())
        })
    }

    /// One of them with its content; that it was looked at is in the audit log first.
    ///
    /// # Errors
    /// `locked`; otherwise as [`crate::Session::look_at_discarded`].
    pub fn look_at_discarded(&self, seq: u32) -> Result<DiscardedContent> {
        self.on_stage(|session, backdrop| {
            let now = session.platform().now();
            let (found, resource) = session.store().look_at_discarded(u64::from(seq), now)?;
            let ids = found.words.as_ref().and_then(|words| words.patient.clone());
            let patients = patients_by_id(session, ids.into_iter())?;
            Ok(discarded::content(
                &found,
                resource.as_ref(),
                &patients,
                backdrop,
            ))
        })
    }
}
