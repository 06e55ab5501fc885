//! Finding what a plain server no longer shows, and what it shows that never came.
//!
//! Invariants: nothing is removed on the word of a list alone, each resource is asked for by its key;
//! what waits here is never removed but put before a person; deletions are held until the sweep is over,
//! and many at once until someone accepts them (`deletion`).

use std::collections::{BTreeMap, HashMap, HashSet};

use haven_model::{ResourceKey, SyncStatus, Timestamp};
use haven_store::{OpKind, RowThere, StoreError};
use serde::{Deserialize, Serialize};

use super::Cycle;
use super::deletion::most_taken;
use super::page::{count, remote_version};
use super::reread::nothing_there;
use super::settle::{Settled, Terms, settle};
use crate::error::SyncError;
use crate::plan::Occasion;
use crate::remote::{DELETED, Reading, deletion};

/// Where nothing shows that something is amiss, all ids are asked for this often.
const FULL_SWEEP_MS: i64 = 3_600_000;
/// What is new or changed in a list of ids is read one by one up to here.
const READ_ONE_BY_ONE: usize = 500;

/// What the last sweep of a type found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Swept {
    there: Option<u64>,
    here: u64,
    at_ms: i64,
}

impl Cycle<'_> {
    /// Compares the ids that the server shows with those that it is known to hold.
    pub(super) async fn sweep(&mut self) -> Result<(), SyncError> {
        let Some(name) = self.realm.name.clone() else {
            return Ok(());
        };
        let mut swept: BTreeMap<String, Swept> = self
            .store
            .setting(&self.names.swept)?
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        let before = swept.clone();
        let mut kinds = self.remote.swept_types();
        kinds.retain(|kind| self.strategies.of(kind).direction.pulls());
        for kind in kinds {
            let here = self.held_there(&name, &kind)?;
            let known = swept.get(&kind).cloned();
            if here == 0 && known.as_ref().is_none_or(|known| known.there == Some(0)) {
                // Nothing to lose; what is new comes with the walk.
                continue;
            }
            let there = self.remote.count(kind.clone()).await?;
            let now_ms = self.now().as_millis();
            let is_due = known.as_ref().is_none_or(|known| {
                now_ms.saturating_sub(known.at_ms) > FULL_SWEEP_MS || now_ms < known.at_ms
            });
            let is_same = known
                .as_ref()
                .is_some_and(|known| (known.there, known.here) == (there, here));
            // What the server's history told to be deleted is no longer looked for.
            let here = here.saturating_sub(self.deletions_told(&kind)?);
            let is_fine = match there {
                Some(there) => there == here || (is_same && !is_due),
                None => !is_due && !self.options.ignore_waits,
            };
            if is_fine && !self.options.accept_deletions {
                continue;
            }
            if !self.sweep_type(&name, &kind).await? {
                continue;
            }
            let here = self.held_there(&name, &kind)?;
            let found = Swept {
                there,
                here,
                at_ms: now_ms,
            };
            swept.insert(kind, found);
        }
        if swept != before {
            let text = serde_json::to_string(&swept).unwrap_or_default();
            self.store.transact(self.op(OpKind::Configure), |tx| {
                tx.set_setting(&self.names.swept, Some(&text))
            })?;
        }
        Ok(())
    }

    /// How many deletions of a type have come and wait for the end of this exchange.
    fn deletions_told(&self, kind: &str) -> Result<u64, SyncError> {
        let held = self.held_deletions()?;
        let told = held
            .iter()
            .filter(|one| !one.over && one.remote.key.resource_type == kind);
        Ok(u64::try_from(told.count()).unwrap_or(u64::MAX))
    }

    fn held_there(&self, name: &str, kind: &str) -> Result<u64, SyncError> {
        let counts = self.store.snapshot(|reader| reader.counts_there(name))?;
        Ok(counts.get(kind).copied().unwrap_or(0))
    }

    /// Answers `false` when so much is missing that a person has to accept it.
    async fn sweep_type(&mut self, name: &str, kind: &str) -> Result<bool, SyncError> {
        let shown = self.ids_shown(kind).await?;
        let here: Vec<RowThere> = self
            .store
            .snapshot(|reader| reader.rows_there(name, kind))?;
        let missing: Vec<&RowThere> = here
            .iter()
            .filter(|row| !shown.contains_key(&row.id))
            .collect();
        let held: HashMap<&str, &RowThere> =
            here.iter().map(|row| (row.id.as_str(), row)).collect();
        let news: Vec<ResourceKey> = shown
            .iter()
            .filter(|(id, version)| match (held.get(id.as_str()), version) {
                (Some(row), Some(version)) => row.server_version.as_ref() != Some(version),
                (Some(_), None) => false,
                (None, _) => true,
            })
            .filter_map(|(id, _)| ResourceKey::new(kind, id.clone()).ok())
            .take(READ_ONE_BY_ONE)
            .collect();
        for key in news {
            self.take_in(key).await?;
        }
        let missing: Vec<ResourceKey> = missing
            .into_iter()
            .filter(|row| row.server_version.as_deref() != Some(DELETED))
            .filter_map(|row| ResourceKey::new(kind, row.id.clone()).ok())
            .collect();
        let is_too_much =
            missing.len() > most_taken(count(here.len())) && !self.options.accept_deletions;
        let held: Vec<ResourceKey> = self
            .held_deletions()?
            .into_iter()
            .map(|one| one.remote.key)
            .filter(|key| key.resource_type == kind)
            .collect();
        let (again, known): (Vec<_>, Vec<_>) = held
            .into_iter()
            .partition(|key| !is_too_much || shown.contains_key(&key.id));
        self.let_deletions_go(&again)?;
        if is_too_much {
            let known: HashSet<ResourceKey> = known.into_iter().collect();
            let unasked: Vec<ResourceKey> = missing
                .into_iter()
                .filter(|key| !known.contains(key))
                .collect();
            self.hold_unasked(&unasked)?;
            return Ok(false);
        }
        for key in missing {
            self.take_in(key).await?;
        }
        Ok(true)
    }

    async fn ids_shown(&self, kind: &str) -> Result<HashMap<String, Option<String>>, SyncError> {
        let mut shown = HashMap::new();
        let mut from = None;
        let mut asked = HashSet::new();
        loop {
            let page = self.remote.roll_call(kind.to_owned(), from.clone()).await?;
            let before = shown.len();
            shown.extend(page.ids);
            // A page with nothing new is the last one, whatever the server says.
            if page.next.is_none() || shown.len() == before {
                return Ok(shown);
            }
            if !asked.insert(page.next.clone()) {
                return Ok(shown);
            }
            from = page.next;
        }
    }

    /// Asks for a resource by its key and does what the answer means for what is here.
    async fn take_in(&mut self, key: ResourceKey) -> Result<(), SyncError> {
        let now = self.now();
        let change = match self.remote.read(key.clone()).await? {
            Reading::Present(change) => *change,
            Reading::Gone => deletion(&key, now),
            Reading::Nothing if self.was_restored => return self.offer_again(&key, now),
            Reading::Nothing => deletion(&key, now),
            Reading::Forbidden => {
                tracing::warn!(kind = %key.resource_type, "the server no longer lets this user see a record; it stays as it is here");
                return Ok(());
            }
        };
        let is_deletion = change.data.is_none();
        let Some(version) = remote_version(change) else {
            self.summary.unreadable = self.summary.unreadable.saturating_add(1);
            return Ok(());
        };
        let terms = self.terms(&key);
        let realm = self.realm.clone();
        let known = self.store.standings(std::slice::from_ref(&key))?;
        let was_live = known
            .first()
            .and_then(Option::as_ref)
            .is_some_and(|known| !known.deleted);
        let (settled, _) = self.store.transact(self.op(OpKind::Pull), |tx| {
            settle(tx, version, Occasion::Pulled, terms, &realm)
        })?;
        if is_deletion && was_live && !matches!(settled, Settled::Held) {
            self.summary.removed = self.summary.removed.saturating_add(1);
        }
        self.note(settled);
        self.look_again().await
    }

    /// A server that lost what it had confirmed is offered it again.
    fn offer_again(&mut self, key: &ResourceKey, now: Timestamp) -> Result<(), SyncError> {
        let (offered, _) = self.store.transact(self.op(OpKind::Pull), |tx| {
            let Some(stored) = tx.get(key)? else {
                return Ok(false);
            };
            let is_clean = stored.row.sync_status == SyncStatus::Synced;
            if !is_clean || stored.resource.is_none() {
                return Ok(false);
            }
            let mut nothing = nothing_there(key.clone(), now);
            DELETED.clone_into(&mut nothing.server_version);
            tx.rebase(stored.resource, nothing)?;
            Ok::<_, StoreError>(true)
        })?;
        self.summary.reoffered = self.summary.reoffered.saturating_add(u64::from(offered));
        Ok(())
    }

    /// Asks again for what the server showed in an earlier state than it once confirmed: a lagging
    /// list shows the past for a moment, a server restored from a backup stays there.
    pub(super) async fn look_again(&mut self) -> Result<(), SyncError> {
        for key in std::mem::take(&mut self.doubted) {
            let reading = match self.remote.read(key.clone()).await {
                Ok(Reading::Present(change)) => remote_version(*change),
                Ok(Reading::Gone | Reading::Nothing | Reading::Forbidden) => None,
                Err(error) => return Err(error.into()),
            };
            let Some(version) = reading else {
                continue;
            };
            let realm = self.realm.clone();
            let terms = Terms {
                rebases: 0,
                ..self.terms(&version.key)
            };
            let (settled, _) = self.store.transact(self.op(OpKind::Pull), |tx| {
                settle(tx, version, Occasion::Confirmed, terms, &realm)
            })?;
            if matches!(settled, Settled::OnTop) {
                tracing::warn!("the server has lost what it once confirmed; it is offered again");
                self.was_restored = true;
            }
            self.note(settled);
        }
        Ok(())
    }
}
