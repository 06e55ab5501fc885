//! Pushing in parcels, each change with an outcome of its own.

use std::collections::HashMap;

use haven_model::wire::PushChange;
use haven_model::{ResourceKey, Timestamp};
use haven_store::{ErrorCode, InFlight, OpKind, OutboxEntry, OutboxState, StoreError};
use serde_json::value::RawValue;

use super::outcome::{Known, Outcome, refuse, take};
use super::page::count;
use super::parcel::{TypeRoom, body_bytes};
use super::{Cycle, is_about_the_link};
use crate::error::SyncError;
use crate::event::{Phase, SyncEvent};
use crate::pace::Backoff;
use crate::plan::{Sendable, in_order_by};
use crate::remote::{Delivered, Offer, RemoteError, Verdict};

impl Cycle<'_> {
    /// Sends again, as it was, what was on its way when the last run ended.
    pub(super) async fn resend(&mut self) -> Result<(), SyncError> {
        let waits = self.waits()?;
        let owners = self.owners()?;
        let now = self.now();
        let due: Vec<InFlight> = self
            .store
            .in_flight()?
            .into_iter()
            .filter(|sent| self.pushes(&sent.key))
            .filter(|sent| self.realm.covers(owners.get(&sent.key).map(String::as_str)))
            .filter(|sent| {
                self.options.ignore_waits || waits.get(&sent.key).is_none_or(|at| *at <= now)
            })
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        self.unsure
            .extend(due.iter().map(|sent| sent.op_id.clone()));
        let total = count(due.len());
        self.events.tell(SyncEvent::Started {
            phase: Phase::Sending,
        });
        let mut done = 0;
        for parcel in self.parcels(due) {
            let size = count(parcel.len());
            self.send_parcel(parcel).await?;
            done += size;
            self.tell_sent(done, total);
        }
        Ok(())
    }

    /// Sends what waits; answers how many changes were offered.
    pub(super) async fn send(&mut self) -> Result<u64, SyncError> {
        let keys = self.sendable()?;
        let total = count(keys.len());
        if total == 0 {
            return Ok(0);
        }
        self.events.tell(SyncEvent::Started {
            phase: Phase::Sending,
        });
        let mut done = 0_u64;
        self.tell_sent(done, total);
        let mut rest = keys.as_slice();
        while !rest.is_empty() {
            let (parcel, taken) = self.fix_parcel(rest)?;
            rest = rest.get(taken..).unwrap_or_default();
            if !parcel.is_empty() {
                self.send_parcel(parcel).await?;
            }
            done = done.saturating_add(count(taken));
            self.tell_sent(done, total);
        }
        Ok(total)
    }

    fn tell_sent(&self, done: u64, total: u64) {
        self.events.tell(SyncEvent::Progress {
            phase: Phase::Sending,
            done,
            total: Some(total),
        });
    }

    fn waits(&self) -> Result<HashMap<ResourceKey, Timestamp>, SyncError> {
        let entries = self.store.outbox()?.into_iter();
        Ok(entries
            .filter_map(|entry| entry.next_attempt_at.map(|at| (entry.key, at)))
            .collect())
    }

    /// What may be offered now, in the order in which it is.
    fn sendable(&mut self) -> Result<Vec<ResourceKey>, SyncError> {
        let now = self.now();
        let owners = self.owners()?;
        let entries: Vec<OutboxEntry> = self
            .store
            .outbox()?
            .into_iter()
            .filter(|entry| {
                self.realm
                    .covers(owners.get(&entry.key).map(String::as_str))
            })
            .collect();
        let is_due = |entry: &OutboxEntry| {
            self.options.ignore_waits || entry.next_attempt_at.is_none_or(|at| at <= now)
        };
        let withheld = self.withheld_charts(&entries)?;
        let waiting = entries
            .iter()
            .filter(|entry| {
                let patient = entry.patient.as_deref();
                patient.is_none_or(|patient| !withheld.contains(patient))
            })
            .filter(|entry| matches!(entry.state, OutboxState::Pending | OutboxState::Syncing))
            .filter(|entry| is_due(entry) && !self.set_aside.contains(&entry.key))
            .filter(|entry| self.pushes(&entry.key))
            .map(|entry| Sendable {
                key: entry.key.clone(),
                operation: entry.operation,
                seq: entry.seq,
            })
            .collect();
        let mut ordered = in_order_by(waiting, |name| self.strategies.of(name).priority);
        let held = self.held_back(&entries, &ordered)?;
        self.summary.held = count(held.len());
        ordered.retain(|key| !held.contains(key));
        Ok(ordered)
    }

    /// Whether changes of that type are sent at all.
    fn pushes(&self, key: &ResourceKey) -> bool {
        self.strategies.of(&key.resource_type).direction.pushes()
    }

    /// Fixes the next parcel under op ids; answers it and how many keys it used up.
    ///
    /// What cannot be read for sending is set aside for this run: one damaged body must not keep a
    /// clinic's changes back.
    fn fix_parcel(&mut self, keys: &[ResourceKey]) -> Result<(Vec<InFlight>, usize), SyncError> {
        let (entries, bytes) = (self.options.batch_entries, self.options.batch_bytes);
        let strategies = &self.strategies;
        let plain = self.realm.name.as_deref();
        let ((parcel, unsendable, unsure, taken), _) =
            self.store.transact(self.op(OpKind::Push), |tx| {
                let (mut parcel, mut unsendable) = (Vec::new(), Vec::new());
                let mut unsure = Vec::new();
                let (mut size, mut taken) = (0_usize, 0_usize);
                let mut room = TypeRoom::default();
                for key in keys {
                    if parcel.len() >= entries || size >= bytes {
                        break;
                    }
                    if !room.take(&key.resource_type, strategies) {
                        break;
                    }
                    taken += 1;
                    let was_sent = plain.is_some() && tx.in_flight_of(key)?.is_some();
                    match tx.begin_push(key) {
                        Ok(sent) => {
                            if let Some(name) = plain {
                                tx.assign_remote(key, name)?;
                            }
                            if was_sent {
                                unsure.push(sent.op_id.clone());
                            }
                            size = size.saturating_add(body_bytes(&sent));
                            parcel.push(sent);
                        }
                        Err(error) if is_about_one_resource(&error) => unsendable.push(key.clone()),
                        Err(error) => return Err(error),
                    }
                }
                Ok((parcel, unsendable, unsure, taken))
            })?;
        self.unsure.extend(unsure);
        for key in unsendable {
            tracing::warn!(resource_type = %key.resource_type, "a change cannot be read for sending");
            self.set_aside.insert(key);
        }
        Ok((parcel, taken))
    }

    /// Sends a parcel, in halves where the server cannot take the whole.
    async fn send_parcel(&mut self, parcel: Vec<InFlight>) -> Result<(), SyncError> {
        let mut parcels = vec![parcel];
        while let Some(mut parcel) = parcels.pop() {
            match self.offer(&parcel).await {
                Ok(mut answer) => {
                    let stopped = answer.stopped.take();
                    let unanswered = self.keep_answer(&parcel, answer)?;
                    if unanswered.is_empty() {
                        match stopped {
                            Some(error) if is_about_the_link(&error) => return Err(error.into()),
                            Some(_) | None => continue,
                        }
                    }
                    self.unsure
                        .extend(unanswered.iter().map(|sent| sent.op_id.clone()));
                    match stopped {
                        Some(error) if is_about_the_link(&error) => return Err(error.into()),
                        Some(error) if unanswered.len() == parcel.len() => {
                            self.put_off(&unanswered, &error)?;
                        }
                        // What could be done was done; the rest is offered by itself.
                        Some(_) => parcels.push(unanswered),
                        None => {
                            return Err(RemoteError::Protocol(
                                "its answer leaves out some changes".to_owned(),
                            )
                            .into());
                        }
                    }
                }
                Err(error) if is_about_the_link(&error) => return Err(error.into()),
                Err(error) => {
                    self.unsure
                        .extend(parcel.iter().map(|sent| sent.op_id.clone()));
                    if error != RemoteError::TooLarge {
                        // Is it the server, or what it was sent?
                        if let Err(down) = self.remote.probe().await {
                            self.put_off(&parcel, &error)?;
                            return Err(down.into());
                        }
                    }
                    if parcel.len() > 1 {
                        let second = parcel.split_off(parcel.len().div_ceil(2));
                        parcels.push(second);
                        parcels.push(parcel);
                    } else {
                        self.put_off(&parcel, &error)?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn offer(&mut self, parcel: &[InFlight]) -> Result<Delivered, RemoteError> {
        let mut offers = Vec::with_capacity(parcel.len());
        for sent in parcel {
            offers.push(Offer {
                change: push_change(sent, self.decides(sent))?,
                unsure: self.unsure.contains(&sent.op_id),
            });
        }
        let bytes: usize = parcel.iter().map(body_bytes).sum();
        self.summary.bytes_sent = self.summary.bytes_sent.saturating_add(count(bytes));
        let device_id = self.store.session().device_id.clone();
        self.remote.deliver(device_id, offers).await
    }

    /// The conflicts that a change decides. Not to know them costs the hub's knowledge of it, no edit.
    fn decides(&self, sent: &InFlight) -> Vec<String> {
        self.store
            .untold_decisions(&sent.key, sent.row_version)
            .unwrap_or_default()
    }

    /// Notes a failed attempt, or after too many of them sets the change aside for a person.
    fn put_off(&mut self, parcel: &[InFlight], error: &RemoteError) -> Result<(), SyncError> {
        let attempts: HashMap<ResourceKey, u32> = self
            .store
            .outbox()?
            .into_iter()
            .map(|entry| (entry.key, entry.attempts))
            .collect();
        let now = self.now();
        let pace = self.options.pace.as_ref();
        let alone = parcel.len() == 1;
        let strategies = &self.strategies;
        let words = error.to_string();
        let (given_up, _) = self.store.transact(self.op(OpKind::Push), |tx| {
            let mut given_up = 0_u64;
            for sent in parcel {
                let tried = attempts.get(&sent.key).copied().unwrap_or(0);
                let retry = &strategies.of(&sent.key.resource_type).retry;
                let hopeless = alone
                    && (*error == RemoteError::TooLarge
                        || tried.saturating_add(1) >= retry.max_attempts);
                if hopeless {
                    tx.reject(&sent.op_id, &words)?;
                    given_up += 1;
                } else {
                    let wait_ms = Backoff::by(retry).grown_ms(
                        tried,
                        retry.multiplier_percent,
                        error.retry_after_ms(),
                        pace,
                    );
                    let wait_ms = i64::try_from(wait_ms).unwrap_or(i64::MAX);
                    tx.retry_later(&sent.op_id, &words, now.plus_ms(wait_ms))?;
                }
            }
            Ok::<_, StoreError>(given_up)
        })?;
        self.summary.rejected = self.summary.rejected.saturating_add(given_up);
        self.set_aside
            .extend(parcel.iter().map(|sent| sent.key.clone()));
        Ok(())
    }

    /// Records every outcome in one transaction, new ids and what refers to them included; answers
    /// what the server left out.
    fn keep_answer(
        &mut self,
        parcel: &[InFlight],
        answer: Delivered,
    ) -> Result<Vec<InFlight>, SyncError> {
        let mut verdicts: HashMap<String, Verdict> = answer.verdicts.into_iter().collect();
        let now = self.now();
        let (reused, realm) = (&self.reused_op_ids, &self.realm);
        let terms = |key: &ResourceKey| self.terms(key);
        let last_sent = &self.names.last_sent;
        let mut failed = Vec::new();
        let (outcomes, _) = self.store.transact(self.op(OpKind::Push), |tx| {
            let mut outcomes = Vec::with_capacity(parcel.len());
            let mut renamed = HashMap::new();
            for sent in parcel {
                let terms = terms(&sent.key);
                let outcome = match verdicts.remove(&sent.op_id) {
                    Some(Verdict::Taken(taken)) => {
                        take(tx, sent, *taken, terms, realm, &mut renamed)?
                    }
                    Some(Verdict::Refused(rejection)) => {
                        let known = Known {
                            terms,
                            op_id_was_reused: reused.contains(&sent.key),
                        };
                        refuse(tx, sent, *rejection, known, now, realm)?
                    }
                    Some(Verdict::Held) => {
                        tx.release(&sent.op_id)?;
                        Outcome::Held
                    }
                    Some(Verdict::Failed(error)) => {
                        failed.push((sent.clone(), error));
                        Outcome::PutOff
                    }
                    None => Outcome::Unanswered,
                };
                outcomes.push((sent.clone(), outcome));
            }
            if !renamed.is_empty() {
                tx.rewrite_references(&renamed)?;
            }
            tx.set_setting(last_sent, Some(&now.to_instant()))?;
            Ok::<_, StoreError>(outcomes)
        })?;
        for (sent, error) in failed {
            self.unsure.insert(sent.op_id.clone());
            self.put_off(std::slice::from_ref(&sent), &error)?;
        }
        let mut unanswered = Vec::new();
        for (sent, outcome) in outcomes {
            let key = sent.key.clone();
            match outcome {
                Outcome::Taken => {
                    self.rebases.remove(&key);
                    self.summary.pushed = self.summary.pushed.saturating_add(1);
                }
                Outcome::Rejected => {
                    self.summary.rejected = self.summary.rejected.saturating_add(1)
                }
                Outcome::NewOpId => {
                    self.reused_op_ids.insert(key);
                }
                Outcome::Settled(settled) => self.note(settled),
                Outcome::PutOff => {}
                Outcome::Held => {
                    self.set_aside.insert(key);
                }
                Outcome::Unanswered => unanswered.push(sent),
            }
        }
        Ok(unanswered)
    }
}

fn push_change(sent: &InFlight, resolves: Vec<String>) -> Result<PushChange, RemoteError> {
    let data = match &sent.resource {
        Some(resource) => {
            let text = std::str::from_utf8(resource.bytes())
                .ok()
                .map(str::to_owned);
            let raw = text.and_then(|text| RawValue::from_string(text).ok());
            Some(raw.ok_or_else(|| RemoteError::Protocol("a body cannot be sent".to_owned()))?)
        }
        None => None,
    };
    Ok(PushChange {
        id: sent.op_id.clone(),
        collection: sent.key.resource_type.clone(),
        record_id: sent.key.id.clone(),
        operation: sent.operation,
        data,
        // An empty version is what `nothing_there` leaves: the server has none.
        base_version: sent
            .base_version
            .clone()
            .filter(|version| !version.is_empty()),
        vector_clock: sent.vector_clock.clone(),
        last_modified: Some(sent.edited_at.to_instant()),
        resolves,
    })
}

/// Whether a store's refusal concerns one resource and leaves the others alone.
fn is_about_one_resource(error: &StoreError) -> bool {
    matches!(
        error.code(),
        ErrorCode::NotFound
            | ErrorCode::NotPermitted
            | ErrorCode::Conflict
            | ErrorCode::Precondition
            | ErrorCode::Integrity
    )
}
