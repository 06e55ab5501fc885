//! The sync centre.

use std::path::Path;

use haven_model::Resource;
use haven_store::{OutboxEntry, OutboxState};

use super::Desk;
use super::patients::patients_by_id;
use crate::error::Result;
use crate::present::{self, AccountFacts, AgreementInput, CentreInput, Queued, agreement};
use crate::session::Session;
use crate::view::{ConnectionState, HeldVerdict, SyncCentreView};

/// How many waiting changes are shown.
const MAX_ROWS: usize = 500;

/// Of so many held deletions the patients are looked up.
const MAX_HELD_NAMED: usize = 100;

impl Desk {
    /// The sync centre.
    ///
    /// # Errors
    /// `locked`, or when the store cannot be read.
    pub fn sync_centre(&self) -> Result<SyncCentreView> {
        self.on_stage(|session, backdrop| {
            let mut outbox = session.store().outbox()?;
            let total = u32::try_from(outbox.len()).unwrap_or(u32::MAX);
            outbox.sort_by_key(|entry| {
                let needs_a_person =
                    matches!(entry.state, OutboxState::Conflict | OutboxState::Rejected);
                (!needs_a_person, entry.seq)
            });
            outbox.truncate(MAX_ROWS);
            let queue = outbox
                .iter()
                .map(|entry| queued(session, entry))
                .collect::<Result<Vec<_>>>()?;
            let agreement = agreement(session)?;
            let of_held = agreement.held.iter().take(MAX_HELD_NAMED);
            let patients = patients_by_id(
                session,
                outbox
                    .iter()
                    .filter_map(|entry| entry.patient.clone())
                    .chain(of_held.filter_map(|held| Resource::patient_of(&held.value()))),
            )?;
            let counts = session.store().counts()?;
            let is_signed_in = matches!(backdrop.facts.connection, ConnectionState::Connected);
            Ok(present::sync_centre(
                &CentreInput {
                    queue: &queue,
                    patients: &patients,
                    account: &AccountFacts {
                        signed_in: is_signed_in.then(|| session.who().display_name.clone()),
                        until: None,
                        server: "haven hub".to_owned(),
                        round_trip_ms: self.round_trip_ms(),
                    },
                    total,
                    patients_on_device: u32::try_from(counts.patients).unwrap_or(u32::MAX),
                    resources_on_device: u32::try_from(
                        counts.by_type.iter().map(|(_, count)| count).sum::<u64>(),
                    )
                    .unwrap_or(u32::MAX),
                    used_bytes: folder_bytes(session.dir()),
                    free_bytes: free_bytes(session.dir()),
                    agreement: &agreement,
                },
                backdrop,
            ))
        })
    }

    /// Offers a refused or waiting change again, and starts a run.
    ///
    /// # Errors
    /// `locked`, `not_found`.
    pub fn retry_change(&self, key: &str) -> Result<()> {
        self.unlocked()?.retry(Some(key))?;
        self.sync_now()
    }

    /// Gives up a change that the server refused.
    ///
    /// # Errors
    /// `locked`; otherwise as [`Session::discard`].
    pub fn discard_change(&self, key: &str, reason: &str) -> Result<()> {
        self.unlocked()?.discard(key, reason)?;
        Ok(())
    }

    /// Keeps a person's word on deletions that were held, and answers what to say of it.
    ///
    /// # Errors
    /// `locked`; otherwise as [`Session::accept_held_deletions`] and [`Session::keep_held_deletions`].
    pub fn judge_held(&self, verdict: HeldVerdict, reason: &str) -> Result<String> {
        self.on_stage(|session, backdrop| {
            Ok(match verdict {
                HeldVerdict::Delete => agreement::accepted(session.accept_held_deletions()?),
                HeldVerdict::Keep => {
                    let kept = session.keep_held_deletions(reason.trim())?;
                    agreement::kept(kept, &backdrop.now.clock(session.platform().now()))
                }
            })
        })
    }
}

fn agreement(session: &Session) -> Result<AgreementInput> {
    let store = session.store();
    let mut held = Vec::new();
    for one in store.held_deletions()?.into_iter().filter(|one| one.over) {
        if let Some(stored) = store.get(&one.remote.key)? {
            held.extend(stored.resource);
        }
    }
    Ok(AgreementInput {
        clock_skew_ms: haven_sync::settings::clock_skew_ms(store)?,
        held,
        attachments: Some(session.attachment_counts()?),
    })
}

fn queued<'a>(session: &Session, entry: &'a OutboxEntry) -> Result<Queued<'a>> {
    let store = session.store();
    let current: Option<Resource> = store.get(&entry.key)?.and_then(|stored| stored.resource);
    Ok(Queued {
        entry,
        current,
        base: store.base(&entry.key)?.and_then(|base| base.resource),
        conflict_id: match entry.state {
            OutboxState::Conflict => store.open_conflict_of(&entry.key)?.map(|row| row.id),
            OutboxState::Pending | OutboxState::Syncing | OutboxState::Rejected => None,
        },
    })
}

/// The size of the store's files; what cannot be read counts as nothing.
fn folder_bytes(dir: &Path) -> u64 {
    std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.metadata().ok())
        .filter(std::fs::Metadata::is_file)
        .map(|file| file.len())
        .sum()
}

fn free_bytes(dir: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(dir).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}
