//! What can be done inside a transaction.

pub(crate) mod adopt;
mod attachment;
mod conflict;
mod discard;
mod edit;
mod escalation;
mod prune;
mod push;
mod remote;
mod reopen;
mod write;

use std::collections::{BTreeSet, HashSet};
use std::ops::Deref;
use std::sync::atomic::Ordering;

use haven_model::{ResourceKey, Timestamp};

use crate::audit::merkle::{Hash, Tree};
use crate::error::{Result, StoreError};
use crate::link::Link;
use crate::op::{Changes, Op};
use crate::reader::Reader;
use crate::seal::Vault;
use crate::sums;
use crate::table::outbox::{self, Waiting};
use crate::table::resource::{self, Row};
use crate::table::tally::Tally;
use crate::table::{audit, compartment, conflict as conflict_table, occurrence, setting};

/// One open transaction; every write of the store is one of its methods, and every read sees it.
pub struct Tx<'a> {
    reader: Reader<'a>,
    op: Op,
    tally: Tally,
    /// The audit tree, read when the first entry is made.
    tree: Option<Tree>,
    touched: HashSet<ResourceKey>,
    touched_patients: HashSet<String>,
    synced_charts: BTreeSet<i64>,
    changes: Changes,
}

impl<'a> Deref for Tx<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Reader<'a> {
        &self.reader
    }
}

impl<'a> Tx<'a> {
    pub(crate) fn new(link: &'a Link, vault: &'a Vault, op: Op) -> Self {
        Self {
            reader: Reader { link, vault },
            op,
            tally: Tally::default(),
            tree: None,
            touched: HashSet::new(),
            touched_patients: HashSet::new(),
            synced_charts: BTreeSet::new(),
            changes: Changes::default(),
        }
    }

    /// Who opened the transaction, why and when.
    #[must_use]
    pub fn op(&self) -> &Op {
        &self.op
    }

    /// Writes a setting; `None` removes it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn set_setting(&mut self, name: &str, value: Option<&str>) -> Result<()> {
        setting::set(self.link, self.vault, name, value)?;
        if !self.changes.settings.iter().any(|written| written == name) {
            self.changes.settings.push(name.to_owned());
        }
        Ok(())
    }

    /// Notes that a patient's chart was opened, at `at`.
    pub(crate) fn record_read(&mut self, patient_id: &str, at: Timestamp) -> Result<()> {
        let key = ResourceKey::new("Patient", patient_id)?;
        if let Some(number) = compartment::find(&self.link.connection, patient_id)? {
            compartment::set_accessed(&self.link.connection, number, at)?;
        }
        let now = std::mem::replace(&mut self.op.now, at);
        let noted = self.note("read", Some(&key), None, None);
        self.op.now = now;
        noted
    }

    /// Counts that something happened; `name` and `label` hold nothing of a patient.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn count(&mut self, name: &str, label: &str) -> Result<()> {
        occurrence::add(&self.reader.link.connection, name, label, self.op.now)
    }

    /// Notes an act that is not a write of a resource.
    pub(crate) fn note(
        &mut self,
        action: &str,
        key: Option<&ResourceKey>,
        version: Option<i64>,
        digest: Option<Hash>,
    ) -> Result<()> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let audit_key = &vault.keys.ring.audit;
        let mut tree = match self.tree.take() {
            Some(tree) => tree,
            None => audit::head(link, audit_key)?,
        };
        let act = audit::Act {
            at: self.op.now,
            actor: &self.op.actor,
            device: &vault.session.device_id,
            action,
            key,
            version,
            digest,
        };
        let appended = audit::append(link, audit_key, &mut tree, &act);
        self.tree = Some(tree);
        appended
    }

    /// Queues a change for the server, behind all that was noted before it.
    fn queue(&mut self, waiting: &Waiting) -> Result<()> {
        outbox::put(self.reader.link, self.place_in_queue()?, waiting)
    }

    /// As [`Tx::queue`], of a row that was added just now.
    fn queue_first(&mut self, waiting: &Waiting) -> Result<()> {
        outbox::add(self.reader.link, self.place_in_queue()?, waiting)
    }

    fn place_in_queue(&self) -> Result<u64> {
        match &self.tree {
            Some(tree) => Ok(tree.size()),
            None => audit::size(self.reader.link),
        }
    }

    /// Writes what is kept to the end of a transaction; answers what changed.
    pub(crate) fn finish(mut self) -> Result<Changes> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        if link
            .codec
            .seals
            .write(&link.connection, &vault.held().known)?
        {
            vault.worn.store(true, Ordering::Release);
        }
        self.changes.counts = self.tally.moves();
        self.tally.flush(&link.connection)?;
        for number in &self.synced_charts {
            compartment::set_synced(&link.connection, *number, self.op.now)?;
        }
        if let Some(tree) = &self.tree {
            audit::put_head(link, &vault.keys.ring.audit, tree, self.op.now)?;
        }
        sums::settle(link, &vault.keys.ring.audit)?;
        Ok(self.changes)
    }

    fn now(&self) -> Timestamp {
        self.op.now
    }

    /// The row of a key that must be there.
    fn existing(&self, key: &ResourceKey) -> Result<Row> {
        resource::by_key(self.reader.link, key)?
            .ok_or_else(|| StoreError::not_found(&key.resource_type))
    }

    /// Refuses a row that waits for a person.
    fn refuse_conflict(&self, row: &Row) -> Result<()> {
        match conflict_table::open_id(self.reader.link, row.row_id)? {
            Some(conflict_id) => Err(StoreError::InConflict {
                key: row.key.clone(),
                conflict_id,
            }),
            None => Ok(()),
        }
    }
}
