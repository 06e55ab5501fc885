//! What a person does to a resource.

use haven_model::{Action, Operation, Resource, ResourceKey, SyncStatus, VectorClock};

use super::Tx;
use super::write::{Held, Next};
use crate::error::{Result, StoreError};
use crate::facts::{Facts, Prepared};
use crate::outbox::OutboxState;
use crate::table::base::NewBase;
use crate::table::outbox::Waiting;
use crate::table::{base, in_flight, outbox};

impl Tx<'_> {
    /// Keeps a user's edit: pending until the server has it. The same bytes as stored are no edit.
    ///
    /// # Errors
    /// `not_permitted` by role; `conflict` while a person's decision is awaited.
    pub fn edit(&mut self, resource: Resource) -> Result<()> {
        let facts = Facts::of(&resource)?;
        self.edit_told(&resource, &facts)
    }

    /// As [`Tx::edit`], of what was read before the transaction.
    ///
    /// # Errors
    /// As [`Tx::edit`].
    pub fn edit_prepared(&mut self, prepared: &Prepared) -> Result<()> {
        self.edit_told(&prepared.resource, &prepared.facts)
    }

    fn edit_told(&mut self, resource: &Resource, facts: &Facts) -> Result<()> {
        self.reader.vault.permit(Action::Write, facts.class)?;
        let key = resource.key();
        let held = self.held(key)?;
        if let Some(held) = &held {
            self.reader.vault.permit(Action::Write, held.row.class)?;
            if held
                .resource
                .as_ref()
                .is_some_and(|stored| stored.bytes() == resource.bytes())
            {
                return Ok(());
            }
            self.refuse_conflict(&held.row)?;
        }
        self.write_edit(key, held.as_ref(), Some(resource), Some(facts), None)
            .map(drop)
    }

    /// Marks a resource deleted. One that was never sent leaves the outbox and stays on this device
    /// as a tombstone only.
    ///
    /// # Errors
    /// `not_found`, `not_permitted` by role; `conflict` while a person's decision is awaited.
    pub fn delete(&mut self, key: &ResourceKey) -> Result<()> {
        let held = self
            .held(key)?
            .ok_or_else(|| StoreError::not_found(&key.resource_type))?;
        self.reader.vault.permit(Action::Delete, held.row.class)?;
        if held.resource.is_none() {
            return Ok(());
        }
        self.refuse_conflict(&held.row)?;
        self.write_edit(key, Some(&held), None, None, None)
            .map(drop)
    }

    /// Writes an edit, or a decision: what that has seen besides the row, and its word in the audit
    /// log. Answers the local version it became.
    pub(super) fn write_edit(
        &mut self,
        key: &ResourceKey,
        held: Option<&Held>,
        resource: Option<&Resource>,
        facts: Option<&Facts>,
        decision: Option<(&VectorClock, &'static str)>,
    ) -> Result<i64> {
        let link = self.reader.link;
        if let Some(held) = held {
            self.keep_base(held)?;
        }
        let row_id = held.map_or(0, |held| held.row.row_id);
        let (known, flying) = match held {
            Some(_) => (
                base::version_of(link, row_id)?.is_some(),
                self.flies(row_id)?,
            ),
            None => (false, false),
        };
        let unsent = !known && !flying;
        let operation = match (resource, unsent) {
            (None, _) => Operation::Delete,
            (Some(_), true) => Operation::Create,
            // A create that is on its way, not yet answered, becomes an update with its answer.
            (Some(_), false) if !known => Operation::Create,
            (Some(_), false) => Operation::Update,
        };
        let never_leaves = resource.is_none() && unsent;
        let seen = held.map_or_else(
            || Ok(VectorClock::new()),
            |held| held.row.vector_clock(link),
        )?;
        let seen = match decision {
            Some((clock, _)) => seen.join(clock),
            None => seen,
        };
        let (clock, ticks) = self.ticked(seen, held.map_or(0, |held| held.row.ticks));
        let (device, author) = (
            self.reader.vault.session.device_id.clone(),
            self.op.actor.clone(),
        );
        let row = self.write(
            key,
            held,
            Next {
                resource,
                facts,
                version: held.map_or(1, |held| held.row.version + 1),
                server_version: held.and_then(|held| held.row.server_version.clone()),
                clock: &clock,
                ticks,
                last_modified: self.now(),
                device: &device,
                author: Some(&author),
                status: if never_leaves {
                    SyncStatus::LocalOnly
                } else {
                    SyncStatus::Pending
                },
                keeps_history: true,
                action: match (decision, resource, held) {
                    (Some((_, word)), _, _) => word,
                    (None, None, _) => "delete",
                    (None, Some(_), None) => "create",
                    (None, Some(_), Some(_)) => "update",
                },
            },
        )?;
        self.changes.sync = true;
        if never_leaves {
            outbox::remove(link, row.row_id)?;
            return Ok(row.version);
        }
        let waiting = Waiting::fresh(row.row_id, operation, self.now());
        match held {
            Some(_) => self.queue(&waiting)?,
            None => self.queue_first(&waiting)?,
        }
        Ok(row.version)
    }

    /// Keeps the row as merge base when it first turns dirty.
    pub(super) fn keep_base(&mut self, held: &Held) -> Result<()> {
        if held.row.status != SyncStatus::Synced {
            return Ok(());
        }
        let (link, vault) = (self.reader.link, self.reader.vault);
        base::put(
            link,
            vault,
            &held.row,
            &NewBase {
                class: held.row.class,
                version: held.row.version,
                resource: held.resource.as_ref(),
                server_version: held.row.server_version.as_deref(),
                clock: &held.row.vector_clock(link)?,
            },
        )
    }

    pub(super) fn flies(&self, row_id: i64) -> Result<bool> {
        Ok(in_flight::of(self.reader.link, self.reader.vault, row_id)?.is_some())
    }

    /// Offers a refused or waiting change again at once.
    ///
    /// # Errors
    /// `not_found` when nothing waits; `conflict` while a person's decision is awaited.
    pub fn requeue(&mut self, key: &ResourceKey) -> Result<()> {
        let mut row = self.existing(key)?;
        self.reader.vault.permit(Action::Write, row.class)?;
        self.refuse_conflict(&row)?;
        let link = self.reader.link;
        let waiting =
            outbox::of(link, row.row_id)?.ok_or_else(|| StoreError::not_found("waiting change"))?;
        self.queue(&Waiting {
            attempts: 0,
            next_attempt_at: None,
            state: OutboxState::Pending,
            last_error: None,
            ..waiting
        })?;
        self.set_state(&mut row, SyncStatus::Pending)
    }

    /// Drops all that waits or flies for a row, and its base.
    pub(super) fn drop_waiting(&mut self, row_id: i64) -> Result<()> {
        let link = self.reader.link;
        let waited = outbox::remove(link, row_id)?;
        let flew = in_flight::remove(link, row_id)?;
        base::drop_of(link, row_id)?;
        self.changes.sync |= waited || flew;
        Ok(())
    }
}
