//! Holding back what refers to a resource that the server has not got and will not get in this run, and
//! what belongs to a chart that waits for a person.

use std::collections::HashSet;

use haven_model::{ConflictKind, Operation, ResourceKey};
use haven_store::{OutboxEntry, OutboxState};

use super::Cycle;
use crate::error::SyncError;
use crate::remote::referred;

impl Cycle<'_> {
    /// Patients of whose charts nothing is sent for now: the server refused them, or deleted them and
    /// someone is to look; what was written about them must not stand there without them.
    pub(super) fn withheld_charts(
        &self,
        outbox: &[OutboxEntry],
    ) -> Result<HashSet<String>, SyncError> {
        let is_patient = |entry: &&OutboxEntry| entry.key.resource_type == "Patient";
        let mut withheld: HashSet<String> = outbox
            .iter()
            .filter(is_patient)
            .filter(|entry| entry.state == OutboxState::Rejected && entry.base_version.is_none())
            .map(|entry| entry.key.id.clone())
            .collect();
        let has_conflicts = outbox
            .iter()
            .filter(is_patient)
            .any(|entry| entry.state == OutboxState::Conflict);
        if has_conflicts {
            let of_reference = self
                .store
                .conflicts(true)?
                .into_iter()
                .filter(|conflict| conflict.kind == ConflictKind::Reference);
            withheld.extend(of_reference.map(|conflict| conflict.key.id));
        }
        Ok(withheld)
    }

    /// Of `waiting`, in the order in which it would be sent, what has to stay.
    ///
    /// A hub keeps what it is sent whatever it refers to; other servers refuse it or leave it orphaned.
    pub(super) fn held_back(
        &self,
        entries: &[OutboxEntry],
        waiting: &[ResourceKey],
    ) -> Result<HashSet<ResourceKey>, SyncError> {
        if self.realm.name.is_none() {
            return Ok(HashSet::new());
        }
        let sendable: HashSet<&ResourceKey> = waiting.iter().collect();
        let creates: HashSet<&ResourceKey> = entries
            .iter()
            .filter(|entry| entry.operation == Operation::Create)
            .map(|entry| &entry.key)
            .collect();
        let mut missing: HashSet<ResourceKey> = entries
            .iter()
            .filter(|entry| entry.operation == Operation::Create)
            .filter(|entry| {
                matches!(entry.state, OutboxState::Rejected | OutboxState::Conflict)
                    || !sendable.contains(&entry.key)
            })
            .map(|entry| entry.key.clone())
            .collect();
        let mut held = HashSet::new();
        if missing.is_empty() {
            return Ok(held);
        }
        loop {
            let before = held.len();
            for key in waiting {
                if held.contains(key) {
                    continue;
                }
                let Ok(Some(stored)) = self.store.get(key) else {
                    continue;
                };
                let Some(resource) = stored.resource else {
                    continue;
                };
                let needs = referred(resource.bytes());
                if needs
                    .iter()
                    .any(|needed| needed != key && missing.contains(needed))
                {
                    held.insert(key.clone());
                    if creates.contains(key) {
                        missing.insert(key.clone());
                    }
                }
            }
            if held.len() == before {
                return Ok(held);
            }
        }
    }
}
