//! What the machine merged today.

use std::collections::HashSet;

use haven_model::{Resource, ResourceKey, Timestamp};
use haven_store::AuditQuery;

use super::Desk;
use super::patients::patients_by_id;
use crate::error::Result;
use crate::present::{self, Backdrop, Merge};
use crate::session::Session;
use crate::view::MergesView;

/// How many acts of a day are read.
const ACTS: u32 = 10_000;

/// How many records are shown.
const SHOWN: usize = 50;

impl Desk {
    /// What the machine merged today on this device, newest first. Whoever sees it has been told.
    ///
    /// # Errors
    /// `locked`, or when the store cannot be read.
    pub fn merges(&self) -> Result<MergesView> {
        let view = self.on_stage(|session, backdrop| {
            let merges = merged_today(session, backdrop)?;
            let mut seen = HashSet::new();
            let mut found = Vec::new();
            for (key, at) in &merges {
                if found.len() == SHOWN || !seen.insert(key) {
                    continue;
                }
                // What this user may not read is not told of.
                let Ok(Some(stored)) = session.store().get(key) else {
                    continue;
                };
                found.push(Merge {
                    key: key.clone(),
                    at: *at,
                    patient: stored.row.patient.clone(),
                    resource: stored.resource.as_ref().map(Resource::value),
                });
            }
            let patients =
                patients_by_id(session, found.iter().filter_map(|one| one.patient.clone()))?;
            let total = merges
                .iter()
                .map(|(key, _)| key)
                .collect::<HashSet<_>>()
                .len();
            Ok(present::merges(&found, total, &patients, backdrop))
        })?;
        self.lock_facts().merged = 0;
        Ok(view)
    }
}

/// The records that the machine merged since midnight here, newest first; one more than once where it
/// was merged more than once.
pub(super) fn merged_today(
    session: &Session,
    backdrop: Backdrop<'_>,
) -> Result<Vec<(ResourceKey, Timestamp)>> {
    let midnight = backdrop
        .now
        .today()
        .to_datetime(jiff::civil::Time::midnight());
    let entries = session.store().audit(&AuditQuery {
        since: backdrop.now.instant(midnight),
        limit: ACTS,
        ..AuditQuery::default()
    })?;
    Ok(entries
        .into_iter()
        .filter(|entry| entry.action == "rebase")
        .filter_map(|entry| Some((entry.key?, entry.at)))
        .collect())
}
