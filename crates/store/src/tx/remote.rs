//! What the server holds, taken over.

use haven_model::{Operation, Resource, SyncStatus, VectorClock};

use super::Tx;
use super::write::{Held, Next};
use crate::error::Result;
use crate::facts::Facts;
use crate::stored::RemoteVersion;
use crate::table::base::NewBase;
use crate::table::conflict::{self, Owner, Part};
use crate::table::outbox::Waiting;
use crate::table::{base, in_flight, outbox};

impl Tx<'_> {
    /// Takes the server's version as it is. Whatever was local on that key is superseded: waiting
    /// change, base, what was in flight, and an open conflict (closed as `superseded`). A deletion of
    /// what was never here leaves no trace, and the same version again is no change.
    ///
    /// # Errors
    /// `not_permitted` when the user holds no key of the resource's class.
    pub fn apply_remote(&mut self, remote: RemoteVersion) -> Result<()> {
        let held = self.held(&remote.key)?;
        self.take_over(held, remote)
    }

    /// As [`Tx::apply_remote`], of a key that this transaction has just found to be unknown here.
    ///
    /// # Errors
    /// As [`Tx::apply_remote`]; also when the key is known after all.
    pub fn apply_first(&mut self, remote: RemoteVersion) -> Result<()> {
        self.take_over(None, remote)
    }

    fn take_over(&mut self, held: Option<Held>, remote: RemoteVersion) -> Result<()> {
        if held.is_none() && remote.resource.is_none() {
            return Ok(());
        }
        if let Some(held) = &held {
            if self.is_same(held, &remote)? {
                self.synced(&held.row);
                return Ok(());
            }
            self.supersede_conflict(&held.row.key.clone(), held.row.row_id)?;
            if held.row.status != SyncStatus::Synced {
                self.drop_waiting(held.row.row_id)?;
                self.decisions_told(held.row.row_id, &held.row.key, held.row.version)?;
            }
        }
        let facts = remote.resource.as_ref().map(Facts::of).transpose()?;
        let row = self.write(
            &remote.key,
            held.as_ref(),
            Next {
                resource: remote.resource.as_ref(),
                facts: facts.as_ref(),
                version: held.as_ref().map_or(1, |held| held.row.version + 1),
                server_version: Some(remote.server_version.clone()),
                clock: &remote.vector_clock,
                ticks: self.ticks_after(held.as_ref(), &remote.vector_clock),
                last_modified: remote.last_modified,
                device: remote.device_id.as_deref().unwrap_or_default(),
                author: remote.user.as_deref(),
                status: SyncStatus::Synced,
                keeps_history: true,
                action: "pull",
            },
        )?;
        self.synced(&row);
        Ok(())
    }

    /// Keeps a merge of both sides, pending on top of the server's version, which becomes the base.
    /// `None` stands for a deletion.
    ///
    /// # Errors
    /// `conflict` while a person's decision is awaited.
    pub fn rebase(&mut self, merged: Option<Resource>, remote: RemoteVersion) -> Result<()> {
        let held = self.held(&remote.key)?;
        if let Some(held) = &held {
            self.refuse_conflict(&held.row)?;
        }
        let author = held.as_ref().map(|held| self.author_of(held)).transpose()?;
        self.stack(
            held.as_ref(),
            merged.as_ref(),
            &remote,
            author.flatten().as_deref(),
            "rebase",
        )
    }

    /// As [`Tx::rebase`], of a machine's merge of two edits. The server's version becomes an earlier
    /// version of its own, so that the history tells of both sources, each with who made it and when,
    /// and either can be brought back. Counts the merge until the server takes the result.
    ///
    /// # Errors
    /// As [`Tx::rebase`]; `not_found` when the resource is not here.
    pub fn merge(&mut self, merged: Option<Resource>, remote: RemoteVersion) -> Result<()> {
        let key = remote.key.clone();
        let held = self
            .held(&key)?
            .ok_or_else(|| crate::error::StoreError::not_found(&key.resource_type))?;
        let Some(theirs) = remote.resource.as_ref() else {
            self.rebase(merged, remote)?;
            return self.note_merge(&key);
        };
        self.refuse_conflict(&held.row)?;
        let author = self.author_of(&held)?;
        let ours = held.row.vector_clock(self.reader.link)?;
        let row = self.write(
            &key,
            Some(&held),
            Next {
                resource: Some(theirs),
                facts: Some(&Facts::of(theirs)?),
                version: held.row.version + 1,
                server_version: Some(remote.server_version.clone()),
                clock: &remote.vector_clock,
                ticks: held.row.ticks,
                last_modified: remote.last_modified,
                device: remote.device_id.as_deref().unwrap_or_default(),
                author: remote.user.as_deref(),
                status: held.row.status,
                keeps_history: true,
                action: "pull",
            },
        )?;
        let resource = Some(theirs.clone());
        let seen = ours.join(&remote.vector_clock);
        self.stack_seen(
            Some(&Held { row, resource }),
            merged.as_ref(),
            (&remote, seen),
            author.as_deref(),
            "rebase",
        )?;
        self.note_merge(&key)
    }

    fn author_of(&self, held: &Held) -> Result<Option<String>> {
        let link = self.reader.link;
        let word = |number| link.words.text(&link.connection, number);
        held.row.author_no.map(word).transpose()
    }

    /// Counts that edits of both sides were put together, until the server takes the result.
    ///
    /// # Errors
    /// `not_found` when the resource is not here.
    pub fn note_merge(&mut self, key: &haven_model::ResourceKey) -> Result<()> {
        let link = self.reader.link;
        let row = self.existing(key)?;
        outbox::set_merges(link, row.row_id, outbox::merges(link, row.row_id)? + 1)?;
        self.count("merged", &key.resource_type)
    }

    /// Writes a version made here on top of the server's.
    pub(super) fn stack(
        &mut self,
        held: Option<&Held>,
        resource: Option<&Resource>,
        remote: &RemoteVersion,
        author: Option<&str>,
        action: &'static str,
    ) -> Result<()> {
        let local_clock = held.map_or_else(
            || Ok(VectorClock::new()),
            |held| held.row.vector_clock(self.reader.link),
        )?;
        let seen = local_clock.join(&remote.vector_clock);
        self.stack_seen(held, resource, (remote, seen), author, action)
    }

    /// As [`Tx::stack`], of a version that has seen what the clock says.
    fn stack_seen(
        &mut self,
        held: Option<&Held>,
        resource: Option<&Resource>,
        (remote, seen): (&RemoteVersion, VectorClock),
        author: Option<&str>,
        action: &'static str,
    ) -> Result<()> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let (clock, ticks) = self.ticked(seen, held.map_or(0, |held| held.row.ticks));
        let facts = resource.map(Facts::of).transpose()?;
        let device = vault.session.device_id.clone();
        let row = self.write(
            &remote.key,
            held,
            Next {
                resource,
                facts: facts.as_ref(),
                version: held.map_or(1, |held| held.row.version + 1),
                server_version: Some(remote.server_version.clone()),
                clock: &clock,
                ticks,
                last_modified: self.now(),
                device: &device,
                author,
                status: SyncStatus::Pending,
                keeps_history: true,
                action,
            },
        )?;
        let base_class = remote
            .resource
            .as_ref()
            .map(Facts::of)
            .transpose()?
            .map_or(row.class, |facts| facts.class);
        base::put(
            link,
            vault,
            &row,
            &NewBase {
                class: base_class,
                version: row.version,
                resource: remote.resource.as_ref(),
                server_version: Some(&remote.server_version),
                clock: &remote.vector_clock,
            },
        )?;
        in_flight::remove(link, row.row_id)?;
        let operation = if resource.is_some() {
            Operation::Update
        } else {
            Operation::Delete
        };
        self.queue(&Waiting::fresh(row.row_id, operation, self.now()))?;
        self.synced(&row);
        Ok(())
    }

    fn is_same(&self, held: &Held, remote: &RemoteVersion) -> Result<bool> {
        Ok(held.row.status == SyncStatus::Synced
            && held.row.server_version.as_deref() == Some(remote.server_version.as_str())
            && held.resource == remote.resource
            && held.row.vector_clock(self.reader.link)? == remote.vector_clock)
    }

    /// The highest count of this device that any version of the row has carried.
    fn ticks_after(&self, held: Option<&Held>, clock: &VectorClock) -> u64 {
        let device = &self.reader.vault.session.device_id;
        held.map_or(0, |held| held.row.ticks).max(clock.get(device))
    }

    fn supersede_conflict(&mut self, key: &haven_model::ResourceKey, row_id: i64) -> Result<()> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let Some(id) = conflict::open_id(link, row_id)? else {
            return Ok(());
        };
        if let Some(held) = conflict::get(link, vault, &id)? {
            let owner = Owner {
                id: &id,
                key,
                class: held.class,
            };
            conflict::put_part(link, vault, &owner, Part::Reason, Some(b"superseded"))?;
        }
        conflict::close(link, &id, &self.op.actor, None, self.op.now)?;
        self.changes.conflicts = true;
        Ok(())
    }
}
