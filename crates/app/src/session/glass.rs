//! Breaking the glass: one patient's sensitive records for an hour.

use haven_model::{Action, ResourceKey, SensitivityClass};
use haven_store::{GlassOpening, GlassWindow};
use serde::Serialize;

use super::Session;
use crate::error::Result;

/// The patient that is open beyond the user's role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GlassAnswer {
    /// The patient's id.
    pub patient: String,
    /// Until when (RFC 3339).
    pub until: String,
}

impl From<GlassWindow> for GlassAnswer {
    fn from(window: GlassWindow) -> Self {
        Self {
            patient: window.patient,
            until: window.until.to_instant(),
        }
    }
}

/// One breaking of the glass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GlassOpeningAnswer {
    /// Who.
    pub actor: String,
    /// The patient's id.
    pub patient: String,
    /// From when (RFC 3339).
    pub opened_at: String,
    /// Which one on this device, from 1.
    pub seq: u64,
    /// Until when (RFC 3339).
    pub until: String,
    /// When it was ended by hand (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

impl From<GlassOpening> for GlassOpeningAnswer {
    fn from(opening: GlassOpening) -> Self {
        Self {
            actor: opening.actor,
            patient: opening.patient,
            opened_at: opening.opened_at.to_instant(),
            seq: opening.seq,
            until: opening.until.to_instant(),
            ended_at: opening.ended_at.map(haven_model::Timestamp::to_instant),
            reason: opening.reason,
        }
    }
}

impl Session {
    /// Opens one patient's sensitive records to this user for 60 minutes.
    ///
    /// # Errors
    /// `not_permitted` for a role that may not; `invalid` without a reason; `not_found` without such a
    /// patient here.
    pub fn break_glass(&self, patient: &str, reason: &str) -> Result<GlassAnswer> {
        let id = patient.strip_prefix("Patient/").unwrap_or(patient);
        let now = self.platform().now();
        Ok(self.store().break_glass(id, reason, now)?.into())
    }

    /// Ends emergency access now: one's own, or the one of that number, which those who review may end
    /// for anyone. Answers the numbers that were ended.
    ///
    /// # Errors
    /// `not_found` when none that this user may end is open.
    pub fn end_glass(&self, seq: Option<u64>) -> Result<Vec<u64>> {
        Ok(self.store().end_glass(seq, self.platform().now())?)
    }

    /// The patient that is open beyond the user's role, and until when: for the banner.
    #[must_use]
    pub fn glass(&self) -> Option<GlassAnswer> {
        self.store().glass().map(GlassAnswer::from)
    }

    /// Every breaking of the glass, newest first: all for those who review, else the user's own.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn glass_openings(&self) -> Result<Vec<GlassOpeningAnswer>> {
        let openings = self.store().glass_openings()?;
        Ok(openings.into_iter().map(Into::into).collect())
    }

    /// Notes in the audit log that something behind the glass was read.
    pub(super) fn note_behind_glass(
        &self,
        key: &ResourceKey,
        class: SensitivityClass,
        patient: Option<&str>,
    ) -> Result<()> {
        if self.who().role.permits(Action::Read, class) {
            return Ok(());
        }
        let patient = patient.unwrap_or(&key.id);
        Ok(self.store().record_read(patient, self.platform().now())?)
    }
}
