//! Taking a decision back.

use haven_model::{Action, Operation, Resource, SyncStatus};

use super::Tx;
use super::write::{Held, Next};
use crate::conflict::ConflictStatus;
use crate::error::{Result, StoreError};
use crate::facts::Facts;
use crate::outbox::OutboxState;
use crate::table::conflict::{self, Owner, Part, Reopened};
use crate::table::in_flight;
use crate::table::in_flight::Departure;
use crate::table::outbox::Waiting;

impl Tx<'_> {
    /// Takes a decision made on this device back: the conflict is open again with both its sides.
    /// Where the server has the decision, a new version with what stood there before is on its way to
    /// it; answers whether that is so.
    ///
    /// # Errors
    /// `not_found`; `precondition` when the conflict is open, was not decided here, or the resource has
    /// changed since; `not_permitted` by role.
    pub fn reopen_conflict(&mut self, id: &str) -> Result<bool> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let found =
            conflict::get(link, vault, id)?.ok_or_else(|| StoreError::not_found("conflict"))?;
        let conflict = &found.conflict;
        if conflict.status == ConflictStatus::Open {
            return Err(StoreError::precondition("This conflict is open."));
        }
        let decided = conflict.decided_version.ok_or_else(|| {
            StoreError::precondition("This conflict was not decided on this device.")
        })?;
        let held = self
            .held(&conflict.key)?
            .ok_or_else(|| StoreError::not_found(&conflict.key.resource_type))?;
        self.refuse_conflict(&held.row)?;
        vault.permit(Action::Write, held.row.class)?;
        if held.row.version != decided {
            return Err(StoreError::precondition(
                "The record has changed since the conflict was decided; change it again instead.",
            ));
        }
        if self.flies(held.row.row_id)? {
            return Err(StoreError::precondition(
                "The decision is on its way to the server; sync, then take it back.",
            ));
        }
        let was_taken = held.row.status == SyncStatus::Synced;
        let top = if was_taken {
            self.send_back(&held, conflict.remote.as_ref())?
        } else {
            held
        };
        let (clock, ticks) = self.ticked(top.row.vector_clock(link)?, top.row.ticks);
        let row = self.write_made_here(
            &top,
            conflict.local.as_ref(),
            (&clock, ticks),
            SyncStatus::Conflict,
            "reopen",
        )?;
        let operation = operation_of(conflict.local.as_ref());
        self.queue(&Waiting {
            state: OutboxState::Conflict,
            ..Waiting::fresh(row.row.row_id, operation, self.now())
        })?;
        let remote_clock = if was_taken {
            top.row.clock.clone()
        } else {
            link.words
                .pack_clock(&link.connection, &conflict.remote_clock)?
        };
        let remote_version = if was_taken {
            top.row.server_version.clone().unwrap_or_default()
        } else {
            conflict.remote_version.clone()
        };
        conflict::reopen(
            link,
            id,
            &Reopened {
                remote_version: &remote_version,
                remote_clock: &remote_clock,
                local_clock: &row.row.clock,
                local_version: row.row.version,
            },
        )?;
        let owner = Owner {
            id,
            key: &conflict.key,
            class: found.class,
        };
        conflict::put_part(link, vault, &owner, Part::Reason, None)?;
        self.count("reverted", &conflict.key.resource_type)?;
        self.changes.conflicts = true;
        self.changes.sync = true;
        Ok(was_taken)
    }

    /// Puts what stood at the server before the decision on its way there.
    fn send_back(&mut self, held: &Held, before: Option<&Resource>) -> Result<Held> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        self.keep_base(held)?;
        let (clock, ticks) = self.ticked(held.row.vector_clock(link)?, held.row.ticks);
        let undone =
            self.write_made_here(held, before, (&clock, ticks), SyncStatus::Pending, "revert")?;
        in_flight::insert(
            link,
            vault,
            &undone.row,
            &Departure {
                operation: operation_of(before),
                base_version: held.row.server_version.as_deref(),
                clock: &clock,
                edited_at: self.now(),
                resource: before,
            },
        )?;
        Ok(undone)
    }

    fn write_made_here(
        &mut self,
        held: &Held,
        resource: Option<&Resource>,
        (clock, ticks): (&haven_model::VectorClock, u64),
        status: SyncStatus,
        action: &'static str,
    ) -> Result<Held> {
        let (device, author) = (
            self.reader.vault.session.device_id.clone(),
            self.op.actor.clone(),
        );
        let facts = resource.map(Facts::of).transpose()?;
        let row = self.write(
            &held.row.key,
            Some(held),
            Next {
                resource,
                facts: facts.as_ref(),
                version: held.row.version + 1,
                server_version: held.row.server_version.clone(),
                clock,
                ticks,
                last_modified: self.now(),
                device: &device,
                author: Some(&author),
                status,
                keeps_history: true,
                action,
            },
        )?;
        Ok(Held {
            row,
            resource: resource.cloned(),
        })
    }
}

fn operation_of(resource: Option<&Resource>) -> Operation {
    if resource.is_some() {
        Operation::Update
    } else {
        Operation::Delete
    }
}
