//! Sending a change, and what the server makes of it.

use haven_model::{Operation, Resource, ResourceKey, SensitivityClass, SyncStatus, Timestamp};

use super::Tx;
use super::write::{Held, Next};
use crate::error::{Result, StoreError};
use crate::facts::Facts;
use crate::outbox::{Ack, InFlight, OutboxState};
use crate::table::base::NewBase;
use crate::table::in_flight::Departure;
use crate::table::outbox::Waiting;
use crate::table::{base, conflict, in_flight, outbox, resource};

impl Tx<'_> {
    /// Fixes what is about to be sent under an op id. Where something is in flight already, that is
    /// answered, whatever was edited since: the same op id always carries the same content.
    ///
    /// # Errors
    /// `not_found` when nothing waits; `precondition` when it was refused; `conflict` while a person's
    /// decision is awaited.
    pub fn begin_push(&mut self, key: &ResourceKey) -> Result<InFlight> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let held = self
            .held(key)?
            .ok_or_else(|| StoreError::not_found(&key.resource_type))?;
        self.refuse_conflict(&held.row)?;
        let row_id = held.row.row_id;
        let waiting =
            outbox::of(link, row_id)?.ok_or_else(|| StoreError::not_found("waiting change"))?;
        if waiting.state == OutboxState::Rejected {
            return Err(StoreError::precondition(
                "The server refused this change; change it or offer it again first.",
            ));
        }
        if !self.flies(row_id)? {
            let base_version = base::version_of(link, row_id)?.flatten();
            in_flight::insert(
                link,
                vault,
                &held.row,
                &Departure {
                    operation: waiting.operation,
                    base_version: base_version.as_deref(),
                    clock: &held.row.vector_clock(link)?,
                    edited_at: waiting.edited_at,
                    resource: held.resource.as_ref(),
                },
            )?;
        }
        let flight = in_flight::of(link, vault, row_id)?
            .ok_or_else(|| StoreError::not_found("change on its way"))?;
        self.queue(&Waiting {
            state: OutboxState::Syncing,
            ..waiting
        })?;
        let mut row = held.row;
        self.set_state(&mut row, SyncStatus::Syncing)?;
        Ok(flight)
    }

    /// Records the server's yes. When the row is still what was sent, it is synced and carries the
    /// server's `meta`; when it was edited meanwhile it stays pending, its own body untouched, on the
    /// server's new version.
    ///
    /// # Errors
    /// `not_found` when nothing is in flight under that op id.
    pub fn ack(&mut self, op_id: &str, ack: Ack) -> Result<()> {
        self.ack_as(op_id, ack, None)
    }

    /// As [`Tx::ack`], of a server that made something else of what was sent: `held_there`, its `meta`
    /// included, is what it holds now.
    ///
    /// # Errors
    /// As [`Tx::ack`].
    pub fn ack_as(&mut self, op_id: &str, ack: Ack, held_there: Option<Resource>) -> Result<()> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let (row_id, flight) = in_flight::by_op(link, vault, op_id)?;
        let made_something_else = held_there.is_some();
        let acknowledged = match (flight.resource.as_ref(), held_there) {
            (Some(_), Some(held_there)) => Some(held_there),
            (Some(sent), None) => {
                Some(sent.with_server_meta(&ack.server_version, ack.last_updated)?)
            }
            (None, _) => None,
        };
        let held = self
            .held(&flight.key)?
            .ok_or_else(|| StoreError::not_found("change on its way"))?;
        in_flight::remove(link, row_id)?;
        self.decisions_told(row_id, &flight.key, flight.row_version)?;
        if held.row.version == flight.row_version {
            return self.settle(&held, acknowledged.as_ref(), &ack, made_something_else);
        }
        let class = acknowledged
            .as_ref()
            .map(Facts::of)
            .transpose()?
            .map_or(held.row.class, |facts| facts.class);
        base::put(
            link,
            vault,
            &held.row,
            &NewBase {
                class,
                version: held.row.version,
                resource: acknowledged.as_ref(),
                server_version: Some(&ack.server_version),
                clock: &ack.vector_clock,
            },
        )?;
        let operation = if held.resource.is_some() {
            Operation::Update
        } else {
            Operation::Delete
        };
        let in_conflict = self.remote_side_taken(row_id, acknowledged.as_ref(), &ack)?;
        let waiting = outbox::of(link, row_id)?;
        let edited_at = waiting.map_or(held.row.last_modified, |waiting| waiting.edited_at);
        let (state, status) = waiting_states(in_conflict);
        self.queue(&Waiting {
            state,
            ..Waiting::fresh(row_id, operation, edited_at)
        })?;
        outbox::set_merges(link, row_id, 0)?;
        let mut row = held.row;
        let clock = row.vector_clock(link)?.join(&ack.vector_clock);
        row.clock = link.words.pack_clock(&link.connection, &clock)?;
        row.server_version = Some(ack.server_version);
        self.set_state(&mut row, status)?;
        self.synced(&row);
        Ok(())
    }

    /// The row is what was sent: it now is what the server holds.
    fn settle(
        &mut self,
        held: &Held,
        acknowledged: Option<&Resource>,
        ack: &Ack,
        made_something_else: bool,
    ) -> Result<()> {
        let link = self.reader.link;
        let word = |number| link.words.text(&link.connection, number);
        let (device, author) = (
            word(held.row.device_no)?,
            held.row.author_no.map(word).transpose()?,
        );
        let facts = acknowledged.map(Facts::of).transpose()?;
        let row = self.write(
            &held.row.key,
            Some(held),
            Next {
                resource: acknowledged,
                facts: facts.as_ref(),
                version: held.row.version + i64::from(made_something_else),
                server_version: Some(ack.server_version.clone()),
                // What the server's version has seen: this edit too, unless a copy of this store made one
                // of the same words before.
                clock: &ack.vector_clock,
                ticks: held.row.ticks,
                last_modified: ack.last_updated,
                device: &device,
                author: author.as_deref(),
                status: SyncStatus::Synced,
                // The same version, now with the server's meta.
                keeps_history: made_something_else,
                action: "ack",
            },
        )?;
        self.drop_waiting(row.row_id)?;
        self.synced(&row);
        Ok(())
    }

    /// Notes a failed attempt; what is in flight stays, and the same op id is sent again.
    ///
    /// # Errors
    /// `not_found` when nothing is in flight under that op id.
    pub fn retry_later(
        &mut self,
        op_id: &str,
        error: &str,
        next_attempt_at: Timestamp,
    ) -> Result<()> {
        let row_id = self.flight(op_id)?.0;
        let waiting = self.waiting(row_id)?;
        let attempts = waiting.attempts.saturating_add(1);
        let row = resource::by_row_id(self.reader.link, row_id)?;
        let class = row.map_or(SensitivityClass::Sensitive, |row| row.class);
        self.wait_again(
            row_id,
            Waiting {
                attempts,
                next_attempt_at: Some(next_attempt_at),
                last_error: Some(told(class, error).to_owned()),
                ..waiting
            },
        )
    }

    /// Records the server's refusal; the content stays here. An edit made meanwhile waits instead.
    ///
    /// # Errors
    /// `not_found` when nothing is in flight under that op id.
    pub fn reject(&mut self, op_id: &str, reason: &str) -> Result<()> {
        let link = self.reader.link;
        let (row_id, flight) = self.flight(op_id)?;
        let waiting = self.waiting(row_id)?;
        in_flight::remove(link, row_id)?;
        let row =
            resource::by_row_id(link, row_id)?.ok_or_else(|| StoreError::not_found("resource"))?;
        if row.version != flight.row_version {
            return self.wait_again(row_id, waiting);
        }
        self.queue(&Waiting {
            state: OutboxState::Rejected,
            last_error: Some(told(row.class, reason).to_owned()),
            next_attempt_at: None,
            ..waiting
        })?;
        let mut row = row;
        self.set_state(&mut row, SyncStatus::Rejected)
    }

    /// Forgets what was in flight; the change waits again, under a new op id next time.
    ///
    /// # Errors
    /// `not_found` when nothing is in flight under that op id.
    pub fn release(&mut self, op_id: &str) -> Result<()> {
        let row_id = self.flight(op_id)?.0;
        in_flight::remove(self.reader.link, row_id)?;
        let waiting = self.waiting(row_id)?;
        self.wait_again(row_id, waiting)
    }

    /// Leaves so many op ids unused that those of a copy of this store are not met again.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn skip_op_ids(&mut self) -> Result<()> {
        self.reader
            .link
            .connection
            .execute(include_str!("skip_op_ids.sql"), [])?;
        Ok(())
    }

    fn flight(&self, op_id: &str) -> Result<(i64, InFlight)> {
        in_flight::by_op(self.reader.link, self.reader.vault, op_id)
    }

    fn waiting(&self, row_id: i64) -> Result<Waiting> {
        outbox::of(self.reader.link, row_id)?.ok_or_else(|| StoreError::not_found("waiting change"))
    }

    fn wait_again(&mut self, row_id: i64, waiting: Waiting) -> Result<()> {
        let link = self.reader.link;
        // Where a decision is being taken back, the conflict stays open whatever becomes of that.
        let in_conflict = conflict::open_id(link, row_id)?.is_some();
        let (state, status) = waiting_states(in_conflict);
        self.queue(&Waiting { state, ..waiting })?;
        let mut row =
            resource::by_row_id(link, row_id)?.ok_or_else(|| StoreError::not_found("resource"))?;
        self.set_state(&mut row, status)
    }
}

/// How a change stands that is to be sent, or decided first.
fn waiting_states(in_conflict: bool) -> (OutboxState, SyncStatus) {
    if in_conflict {
        (OutboxState::Conflict, SyncStatus::Conflict)
    } else {
        (OutboxState::Pending, SyncStatus::Pending)
    }
}

/// What is kept of a server's words, which stand where every login of the device can read them: of a
/// sensitive resource nothing, as servers quote what they refuse.
fn told(class: SensitivityClass, words: &str) -> &str {
    match class {
        SensitivityClass::Sensitive => {
            "The server did not take it. Its words are not kept, as the record is sensitive."
        }
        SensitivityClass::Core | SensitivityClass::Clinical | SensitivityClass::Admin => words,
    }
}
