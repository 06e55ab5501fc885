//! Giving up an edit that waits: what it was is kept, sealed, beside the audit entry that says so.

use haven_model::{Action, Operation, Resource, ResourceKey, SyncStatus};

use super::Tx;
use super::write::{Held, Next};
use crate::audit::merkle::Tree;
use crate::discarded::{Discarded, DiscardedWords, KEPT_DISCARDED, digest};
use crate::error::{Result, StoreError};
use crate::facts::Facts;
use crate::keys::fill_random;
use crate::table::discarded::{self, Content, Owner};
use crate::table::outbox::Waiting;
use crate::table::{base, outbox};

impl Tx<'_> {
    /// Drops the local change: back to the last version in common with the server, or to a tombstone
    /// that stays on this device when it was never sent. Its content and the reason are kept, sealed, as
    /// long as the audit log, whatever becomes of the history.
    ///
    /// # Errors
    /// `not_found` when nothing waits; `not_permitted` by role; `conflict` while a person's decision
    /// is awaited.
    pub fn discard(&mut self, key: &ResourceKey, reason: &str) -> Result<()> {
        let link = self.reader.link;
        let held = self
            .held(key)?
            .ok_or_else(|| StoreError::not_found(&key.resource_type))?;
        self.reader.vault.permit(Action::Write, held.row.class)?;
        self.refuse_conflict(&held.row)?;
        let waiting = outbox::of(link, held.row.row_id)?
            .ok_or_else(|| StoreError::not_found("waiting change"))?;
        let base = base::of(link, self.reader.vault, &held.row)?;
        let facts = base
            .as_ref()
            .and_then(|base| base.resource.as_ref())
            .map(Facts::of)
            .transpose()?;
        self.keep_discarded(&held, waiting, reason)?;
        let (device, author) = (
            self.reader.vault.session.device_id.clone(),
            self.op.actor.clone(),
        );
        let own_clock = held.row.vector_clock(link)?;
        self.write(
            key,
            Some(&held),
            Next {
                resource: base.as_ref().and_then(|base| base.resource.as_ref()),
                facts: facts.as_ref(),
                version: held.row.version + 1,
                server_version: base.as_ref().and_then(|base| base.server_version.clone()),
                clock: base.as_ref().map_or(&own_clock, |base| &base.vector_clock),
                ticks: held.row.ticks,
                last_modified: self.now(),
                device: &device,
                author: Some(&author),
                status: if base.is_some() {
                    SyncStatus::Synced
                } else {
                    SyncStatus::LocalOnly
                },
                keeps_history: true,
                action: "discard",
            },
        )?;
        self.drop_waiting(held.row.row_id)?;
        self.decisions_told(held.row.row_id, key, held.row.version)?;
        tracing::info!(resource_type = %key.resource_type, "local change discarded");
        Ok(())
    }

    /// Keeps what an edit was and why it is given up, bound to an audit entry of its own.
    fn keep_discarded(&mut self, held: &Held, waiting: Waiting, reason: &str) -> Result<()> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let row = &held.row;
        let mut salt = [0; 32];
        fill_random(&mut salt)?;
        let words = DiscardedWords {
            reason: reason.to_owned(),
            refusal: waiting.last_error,
            patient: row.patient.clone(),
            salt: hex::encode(salt),
        };
        let content = Content {
            words: serde_json::to_vec(&words)
                .map_err(|_| StoreError::invalid("The reason cannot be kept."))?,
            body: held
                .resource
                .as_ref()
                .map(Resource::bytes)
                .unwrap_or_default()
                .to_vec(),
        };
        let digest = digest(&content.words, &content.body);
        self.note(KEPT_DISCARDED, Some(&row.key), None, Some(digest))?;
        let kept = Discarded {
            seq: self.tree.as_ref().map_or(0, Tree::size),
            at: self.now(),
            actor: self.op.actor.clone(),
            device: vault.session.device_id.clone(),
            key: row.key.clone(),
            class: row.class,
            version: row.version,
            operation: if held.resource.is_none() {
                Operation::Delete
            } else {
                waiting.operation
            },
            edited_at: waiting.edited_at,
            edited_by: row
                .author_no
                .map(|no| link.words.text(&link.connection, no))
                .transpose()?,
            words: None,
        };
        discarded::insert(link, &kept)?;
        Owner::of(&kept).seal(link, vault, &content)
    }
}
