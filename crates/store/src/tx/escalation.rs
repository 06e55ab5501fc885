//! Putting conflicts before the clinic, and deciding those of others.

use haven_model::escalation::{Act, ActKind, EscalatedConflict};
use haven_model::{Action, Resource, ResourceKey, VectorClock};

use super::Tx;
use crate::conflict::ConflictStatus;
use crate::error::{Result, StoreError};
use crate::escalation::ConflictName;
use crate::facts::Facts;
use crate::outbox::Ack;
use crate::stored::RemoteVersion;
use crate::table::conflict::{self, Owner as ConflictOwner, Part};
use crate::table::escalation::{self, Owner};

impl Tx<'_> {
    /// Queues something done about a conflict until the hub has heard of it; the conflict is before
    /// the clinic, or on its way there, from now on.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn queue_act(&mut self, name: &ConflictName, kind: ActKind, act: &Act) -> Result<()> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let known = escalation::list(link, vault, Some(&name.id))?.pop();
        let status = known
            .as_ref()
            .and_then(|known| known.record.as_ref())
            .map_or("", |record| record.status.as_str());
        let owner = Owner {
            id: &name.id,
            key: &name.key,
            class: known.as_ref().map_or(name.class, |known| known.class),
        };
        escalation::put(link, vault, &owner, name.own, status)?;
        escalation::add_act(link, vault, &owner, kind, act)?;
        self.note(
            &format!("conflict-{}", kind.as_str()),
            Some(&name.key),
            None,
            None,
        )?;
        self.changes.conflicts = true;
        // The worker sends it as it sends an edit.
        self.changes.sync = true;
        Ok(())
    }

    /// Forgets a queued act: the hub has heard of it, or refused it for good.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn act_told(&mut self, no: i64) -> Result<()> {
        escalation::remove_part(self.reader.link, no)?;
        self.changes.conflicts = true;
        Ok(())
    }

    /// Keeps what the hub tells of an escalated conflict. One that began here and was overtaken by the
    /// clinic's decision is told to have been ended by whoever decided.
    ///
    /// # Errors
    /// `invalid` when the conflict names no resource; `not_permitted` when the user holds no key of
    /// its class.
    pub fn take_escalation(&mut self, record: &EscalatedConflict) -> Result<()> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let case = &record.conflict;
        let key = ResourceKey::new(&case.collection, &case.record_id)
            .map_err(|_| StoreError::invalid("The escalated conflict names no resource."))?;
        vault.permit(Action::Read, case.class)?;
        let own = record.origin_device == vault.session.device_id;
        let owner = Owner {
            id: &case.id,
            key: &key,
            class: case.class,
        };
        escalation::put(link, vault, &owner, own, record.status.as_str())?;
        escalation::put_record(link, vault, &owner, record)?;
        if own && let Some(ending) = &record.ending {
            self.name_ending(&case.id, &ending.by, record.why())?;
        }
        self.changes.conflicts = true;
        Ok(())
    }

    /// A conflict of this device that was superseded by a version of the server carries the names of
    /// those who made that.
    fn name_ending(&mut self, id: &str, by: &str, reason: &str) -> Result<()> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let Some(held) = conflict::get(link, vault, id)? else {
            return Ok(());
        };
        let found = &held.conflict;
        if found.status != ConflictStatus::Resolved || found.decided_version.is_some() {
            return Ok(());
        }
        conflict::set_ending(link, id, by)?;
        let owner = ConflictOwner {
            id,
            key: &found.key,
            class: held.class,
        };
        conflict::put_part(link, vault, &owner, Part::Reason, Some(reason.as_bytes()))
    }

    /// Keeps a decision about a conflict of another device as a new version on top of what is here,
    /// even where that says the same: it has seen both sides, and travels as any change. `server` is
    /// the server's side of the conflict, for a resource that is not on this device.
    ///
    /// # Errors
    /// `not_found`; `not_permitted` by role; `conflict` when the resource waits for a decision of its
    /// own here.
    pub fn decide_escalated(
        &mut self,
        id: &str,
        resolved: Option<&Resource>,
        seen: &VectorClock,
        server: &RemoteVersion,
        action: &'static str,
    ) -> Result<i64> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let key = &server.key;
        let facts = resolved.map(Facts::of).transpose()?;
        let held = self.held(key)?;
        let asked = if resolved.is_some() {
            Action::Write
        } else {
            Action::Delete
        };
        if let Some(held) = &held {
            self.refuse_conflict(&held.row)?;
            vault.permit(asked, held.row.class)?;
        }
        if let Some(facts) = &facts {
            vault.permit(Action::Write, facts.class)?;
        }
        let version = match &held {
            Some(held) => self.write_edit(
                key,
                Some(held),
                resolved,
                facts.as_ref(),
                Some((seen, action)),
            )?,
            None => {
                let author = self.op.actor.clone();
                let beneath = RemoteVersion {
                    vector_clock: server.vector_clock.clone().join(seen),
                    ..server.clone()
                };
                self.stack(None, resolved, &beneath, Some(&author), action)?;
                1
            }
        };
        escalation::decided(link, id, Some(version))?;
        self.count("decided-for-others", &key.resource_type)?;
        self.changes.conflicts = true;
        Ok(version)
    }

    /// Notes that the server has what was decided of a row up to a version, or never will.
    pub(super) fn decisions_told(
        &mut self,
        row_id: i64,
        key: &ResourceKey,
        version: i64,
    ) -> Result<()> {
        let link = self.reader.link;
        conflict::told(link, row_id, version)?;
        escalation::told(link, key, version)
    }

    /// The server has taken what becomes the other side of an open conflict; answers whether there is
    /// one.
    pub(super) fn remote_side_taken(
        &mut self,
        row_id: i64,
        taken: Option<&Resource>,
        ack: &Ack,
    ) -> Result<bool> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let Some(id) = conflict::open_id(link, row_id)? else {
            return Ok(false);
        };
        let held =
            conflict::get(link, vault, &id)?.ok_or_else(|| StoreError::not_found("conflict"))?;
        let owner = ConflictOwner {
            id: &id,
            key: &held.conflict.key,
            class: held.class,
        };
        let bytes = taken.map(|taken| taken.bytes());
        conflict::put_part(link, vault, &owner, Part::Remote, bytes)?;
        conflict::move_remote(
            link,
            &id,
            &ack.server_version,
            &ack.vector_clock,
            ack.last_updated,
        )?;
        self.changes.conflicts = true;
        Ok(true)
    }
}
