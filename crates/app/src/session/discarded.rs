//! Edits that were given up, for those who review.

use haven_model::{Operation, Resource, SensitivityClass};
use haven_store::Discarded;
use serde::Serialize;
use serde_json::value::RawValue;

use super::Session;
use super::record::raw;
use crate::error::Result;

/// An edit that was given up before the server took it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DiscardedAnswer {
    /// The audit entry that says so.
    pub seq: u64,
    /// `Observation/…`.
    pub key: String,
    /// The class that its content is sealed under.
    pub class: SensitivityClass,
    /// What the server was to do.
    pub operation: Operation,
    /// The local version that it was.
    pub version: i64,
    /// When it was edited last, FHIR `instant`.
    pub edited_at: String,
    /// Who edited it, where known.
    pub edited_by: Option<String>,
    /// When it was given up, FHIR `instant`.
    pub discarded_at: String,
    /// Who gave it up.
    pub discarded_by: String,
    /// On which device.
    pub device_id: String,
    /// Whether this login reads why, and what it was.
    pub readable: bool,
    /// Why it was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why the server had refused it, where it had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// The patient whose chart it was in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// What it was; absent from lists, and of a deletion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<Box<RawValue>>,
}

impl DiscardedAnswer {
    fn of(found: Discarded, resource: Option<&Resource>) -> Self {
        let readable = found.words.is_some();
        let (reason, refusal, patient) = found.words.map_or_else(Default::default, |words| {
            (Some(words.reason), words.refusal, words.patient)
        });
        Self {
            seq: found.seq,
            key: found.key.to_string(),
            class: found.class,
            operation: found.operation,
            version: found.version,
            edited_at: found.edited_at.to_instant(),
            edited_by: found.edited_by,
            discarded_at: found.at.to_instant(),
            discarded_by: found.actor,
            device_id: found.device,
            readable,
            reason,
            refusal,
            patient,
            resource: resource.and_then(raw),
        }
    }
}

impl Session {
    /// What was given up, newest first; why and of whom only where this login reads the content.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin or an auditor; `integrity` when something does not open.
    pub fn discarded(&self, limit: u32) -> Result<Vec<DiscardedAnswer>> {
        let found = self.store().discarded(None, limit)?;
        Ok(found
            .into_iter()
            .map(|one| DiscardedAnswer::of(one, None))
            .collect())
    }

    /// One that was given up, with its content. That it was looked at is in the audit log first.
    ///
    /// # Errors
    /// `not_found`; `not_permitted` for anyone but an admin or an auditor, and to a login that does not
    /// read the class of the content; `integrity` when it is not what was given up.
    pub fn look_at_discarded(&self, seq: u64) -> Result<DiscardedAnswer> {
        let (found, resource) = self.store().look_at_discarded(seq, self.platform().now())?;
        Ok(DiscardedAnswer::of(found, resource.as_ref()))
    }
}
