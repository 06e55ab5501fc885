//! Putting a resource before a person, and keeping the decision.

use haven_model::{Action, ConflictKind, Operation, Resource, SensitivityClass, SyncStatus};

use super::Tx;
use crate::conflict::{ConflictStatus, NewConflict};
use crate::error::{Result, StoreError};
use crate::facts::Facts;
use crate::identifier::new_id;
use crate::outbox::OutboxState;
use crate::table::conflict::{self, Held as HeldConflict, Owner, Part, Written};
use crate::table::outbox::Waiting;
use crate::table::resource::Row;
use crate::table::{in_flight, outbox};

impl Tx<'_> {
    /// Puts a resource before a person and answers the conflict's id. At most one is open per
    /// resource: where one is, its remote side, fields and rule are replaced and the retry counted.
    ///
    /// # Errors
    /// `not_found` when the resource is not here.
    pub fn open_conflict(&mut self, new: NewConflict<'_>) -> Result<String> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let mut row = self.existing(&new.key)?;
        let open = match conflict::open_id(link, row.row_id)? {
            Some(id) => conflict::get(link, vault, &id)?,
            None => None,
        };
        let id = match &open {
            Some(held) => held.conflict.id.clone(),
            None => new_id(self.op.now)?,
        };
        let class = class_of_sides(&row, &new)?;
        let word = |number| link.words.text(&link.connection, number);
        let local_author = row.author_no.map(word).transpose()?;
        conflict::put(
            link,
            &Written {
                id: &id,
                row_id: row.row_id,
                class,
                kind: new.kind,
                rule: &new.rule,
                remote: &new.remote,
                local_author: local_author.as_deref(),
                local_at: row.last_modified,
                local_device: &vault.session.device_name,
                local_clock: &row.clock,
                local_version: row.version,
                retry_count: open
                    .as_ref()
                    .map_or(0, |held| held.conflict.retry_count + 1),
                opened_at: open
                    .as_ref()
                    .map_or(self.op.now, |held| held.conflict.opened_at),
            },
        )?;
        let owner = Owner {
            id: &id,
            key: &row.key,
            class,
        };
        let fields = serde_json::to_vec(new.fields)
            .map_err(|_| StoreError::invalid("The fields of the conflict cannot be kept."))?;
        let side = |side: &Option<Resource>| side.as_ref().map(|side| side.bytes().to_vec());
        for (part, bytes) in [
            (Part::Base, side(&new.base)),
            (Part::Local, side(&new.local)),
            (Part::Remote, side(&new.remote.resource)),
            (Part::Fields, Some(fields)),
        ] {
            conflict::put_part(link, vault, &owner, part, bytes.as_deref())?;
        }
        let is_news = open.is_none();
        if let Some(draft) = open.and_then(|held| held.conflict.draft) {
            // Sealed anew, in case the class has changed.
            conflict::put_part(link, vault, &owner, Part::Draft, Some(draft.as_bytes()))?;
        }
        in_flight::remove(link, row.row_id)?;
        let operation = if row.deleted_at.is_some() {
            Operation::Delete
        } else {
            Operation::Update
        };
        let waiting = outbox::of(link, row.row_id)?
            .unwrap_or_else(|| Waiting::fresh(row.row_id, operation, row.last_modified));
        self.queue(&Waiting {
            state: OutboxState::Conflict,
            ..waiting
        })?;
        self.set_state(&mut row, SyncStatus::Conflict)?;
        self.note("conflict", Some(&row.key), Some(row.version), None)?;
        let counted = if is_news { "opened" } else { "moved-on" };
        self.count(counted, &label(&new.key.resource_type, new.kind))?;
        self.changes.conflicts = true;
        Ok(id)
    }

    /// Keeps a person's decision as a new pending version on top of the remote side; `None` decides
    /// for deletion. The conflict stays, closed, with who, when and why.
    ///
    /// # Errors
    /// `not_found`; `precondition` when it is decided already; `not_permitted` by role.
    pub fn resolve_conflict(
        &mut self,
        id: &str,
        resolved: Option<Resource>,
        reason: &str,
    ) -> Result<()> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let found = self.open_one(id)?;
        let key = found.conflict.key.clone();
        if resolved
            .as_ref()
            .is_some_and(|resolved| *resolved.key() != key)
        {
            return Err(StoreError::invalid(
                "The decision is about another resource than the conflict.",
            ));
        }
        let held = self
            .held(&key)?
            .ok_or_else(|| StoreError::not_found(&key.resource_type))?;
        let action = if resolved.is_some() {
            Action::Write
        } else {
            Action::Delete
        };
        vault.permit(action, held.row.class)?;
        if let Some(resolved) = &resolved {
            vault.permit(Action::Write, Facts::of(resolved)?.class)?;
        }
        let owner = Owner {
            id,
            key: &key,
            class: found.class,
        };
        conflict::put_part(link, vault, &owner, Part::Reason, Some(reason.as_bytes()))?;
        let version = Some(held.row.version + 1);
        conflict::close(link, id, &self.op.actor, version, self.op.now)?;
        self.count("decided", &label(&key.resource_type, found.conflict.kind))?;
        self.changes.conflicts = true;
        let author = self.op.actor.clone();
        self.stack(
            Some(&held),
            resolved.as_ref(),
            &found.remote(),
            Some(&author),
            "resolve",
        )?;
        outbox::set_merges(link, held.row.row_id, 0)
    }

    /// Keeps a half-made decision, sealed.
    ///
    /// # Errors
    /// `not_found`; `precondition` when it is decided already.
    pub fn save_draft(&mut self, conflict_id: &str, json: &str) -> Result<()> {
        let found = self.open_one(conflict_id)?;
        let owner = Owner {
            id: conflict_id,
            key: &found.conflict.key,
            class: found.class,
        };
        conflict::put_part(
            self.reader.link,
            self.reader.vault,
            &owner,
            Part::Draft,
            Some(json.as_bytes()),
        )?;
        self.changes.conflicts = true;
        Ok(())
    }

    /// Notes with which others a conflict was decided, so that all can be taken back at once.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn set_batch(&mut self, conflict_id: &str, batch: &str) -> Result<()> {
        conflict::set_batch(self.reader.link, conflict_id, batch)
    }

    fn open_one(&self, id: &str) -> Result<HeldConflict> {
        let found = conflict::get(self.reader.link, self.reader.vault, id)?
            .ok_or_else(|| StoreError::not_found("conflict"))?;
        if found.conflict.status == ConflictStatus::Resolved {
            return Err(StoreError::precondition(
                "This conflict has been decided already.",
            ));
        }
        Ok(found)
    }
}

/// What a conflict is counted under.
fn label(resource_type: &str, kind: ConflictKind) -> String {
    format!("{resource_type} {}", kind.as_str())
}

/// Sensitive when any side is; else the row's.
fn class_of_sides(row: &Row, new: &NewConflict<'_>) -> Result<SensitivityClass> {
    for side in [&new.base, &new.local, &new.remote.resource]
        .into_iter()
        .flatten()
    {
        if Facts::of(side)?.class == SensitivityClass::Sensitive {
            return Ok(SensitivityClass::Sensitive);
        }
    }
    Ok(row.class)
}
