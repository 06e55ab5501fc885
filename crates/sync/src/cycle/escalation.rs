//! Conflicts before the clinic: hearing of them, and putting this device's there.
//!
//! Nothing here keeps clinical data back: what fails is told of, and tried again at the next sync.

use std::collections::HashMap;

use haven_model::Resource;
use haven_model::escalation::{
    Act, ActKind, ConflictCase, ConflictChangesRequest, EscalateRequest, EscalatedConflict, Maker,
    Standing,
};
use haven_model::provenance::device_version;
use haven_store::{
    ConflictName, ConflictRow, ConflictStatus, ErrorCode, Escalation, OpKind, OutboxState,
    QueuedAct, StoreError,
};
use serde_json::value::RawValue;

use super::Cycle;
use crate::error::SyncError;
use crate::remote::RemoteError;
use crate::settings;

/// One hour in milliseconds.
const HOUR_MS: i64 = 3_600_000;

impl Cycle<'_> {
    /// Takes in what is new about escalated conflicts, puts there what is due, and tells what was done
    /// about them here.
    pub(super) async fn exchange_conflicts(&mut self) {
        if let Err(error) = self.try_conflicts().await {
            tracing::warn!(%error, "escalated conflicts were not exchanged; the next sync does");
        }
    }

    async fn try_conflicts(&mut self) -> Result<(), SyncError> {
        let Some(place_was_lost) = self.look().await? else {
            return Ok(());
        };
        self.queue_due(place_was_lost)?;
        self.tell_acts().await
    }

    /// Takes in what is new; answers whether the hub had lost its place, `None` when it keeps no
    /// conflicts.
    async fn look(&mut self) -> Result<Option<bool>, SyncError> {
        let seq_setting = settings::conflicts_seq(self.store);
        let known = self.store.setting(&seq_setting)?;
        let mut since = known.and_then(|text| text.parse().ok()).unwrap_or(0_u64);
        let mut standing = Some(self.standing()?);
        let mut place_was_lost = false;
        loop {
            let request = ConflictChangesRequest {
                device_id: self.store.session().device_id.clone(),
                since,
                standing: standing.take(),
            };
            let Some(answer) = self.remote.conflict_changes(request).await? else {
                return Ok(None);
            };
            if answer.seq < since {
                // Restored from a backup: everything is heard again, and told again.
                place_was_lost = true;
                since = 0;
                continue;
            }
            let asked_for = settings::second_reviewer(self.store)?;
            if answer.seq > since || asked_for != answer.second_reviewer {
                let types = serde_json::to_string(&answer.second_reviewer).unwrap_or_default();
                self.store.transact(self.op(OpKind::Pull), |tx| {
                    for record in &answer.conflicts {
                        take(tx, record)?;
                    }
                    tx.set_setting(&seq_setting, Some(&answer.seq.to_string()))?;
                    tx.set_setting(settings::SECOND_REVIEWER, Some(&types))
                })?;
            }
            since = answer.seq;
            if !answer.has_more {
                return Ok(Some(place_was_lost));
            }
        }
    }

    fn standing(&self) -> Result<Standing, SyncError> {
        let counts = self.store.counts()?;
        let oldest = self
            .store
            .outbox()?
            .into_iter()
            .filter(|entry| entry.state != OutboxState::Rejected)
            .map(|entry| entry.queued_at)
            .min();
        Ok(Standing {
            waiting: counts.pending,
            conflicts: counts.conflicts,
            rejected: counts.rejected,
            oldest_waiting_at: oldest.map(haven_model::Timestamp::to_instant),
        })
    }

    /// Queues what nobody has to ask for: conflicts that are old or beyond the user's role, those whose
    /// sides have moved since the hub heard of them, and the end of those that are over.
    fn queue_due(&mut self, place_was_lost: bool) -> Result<(), SyncError> {
        let mut escalated: HashMap<String, Escalation> = self
            .store
            .escalations()?
            .into_iter()
            .map(|escalation| (escalation.id.clone(), escalation))
            .collect();
        let now = self.now();
        let hours = settings::escalate_after_hours(self.store)?;
        let role = self.store.session().role;
        let mut queued: Vec<(ConflictName, ActKind, Act)> = Vec::new();
        for conflict in self.store.conflicts(true)? {
            let because = match escalated.remove(&conflict.id) {
                None if !role.decides(conflict.kind, conflict.class) => "role",
                None if conflict.opened_at.plus_ms(i64::from(hours) * HOUR_MS) <= now => "age",
                None => continue,
                Some(known) if must_hear_again(&known, &conflict, place_was_lost) => "",
                Some(_) => continue,
            };
            let act = Act {
                text: Some(because.to_owned()),
                ..self.new_act(&conflict.id, "escalate")
            };
            queued.push((name_of(&conflict), ActKind::Escalate, act));
        }
        for known in escalated.into_values() {
            if self.is_over(&known)? {
                let act = Act {
                    text: Some("superseded by a newer version".to_owned()),
                    ..self.new_act(&known.id, "close")
                };
                let name = ConflictName {
                    id: known.id,
                    key: known.key,
                    class: known.class,
                    own: true,
                };
                queued.push((name, ActKind::Close, act));
            }
        }
        if queued.is_empty() {
            return Ok(());
        }
        self.store.transact(self.op(OpKind::Push), |tx| {
            queued
                .iter()
                .try_for_each(|(name, kind, act)| tx.queue_act(name, *kind, act))
        })?;
        Ok(())
    }

    /// Whether a conflict that began here, and that the hub takes to be open, is open nowhere.
    fn is_over(&self, known: &Escalation) -> Result<bool, SyncError> {
        let waits = known
            .record
            .as_ref()
            .is_some_and(|record| record.status.waits() && record.reopened == 0);
        if !known.own || !waits || !known.queued.is_empty() {
            return Ok(false);
        }
        let Some(conflict) = self.store.conflict(&known.id)? else {
            return Ok(true);
        };
        let untold = match conflict.decided_version {
            Some(version) => self.store.untold_decisions(&conflict.key, version)?,
            None => Vec::new(),
        };
        Ok(conflict.status == ConflictStatus::Resolved && !untold.contains(&known.id))
    }

    /// Names the act by what it is about and when, so that the same act is the same everywhere.
    fn new_act(&self, conflict_id: &str, what: &str) -> Act {
        let at = self.now().to_instant();
        Act {
            act_id: format!("{conflict_id}:{what}:{at}"),
            device_id: Some(self.store.session().device_id.clone()),
            at: Some(at),
            ..Act::default()
        }
    }

    /// Tells the hub what was done, conflict by conflict, in the order it was done.
    async fn tell_acts(&mut self) -> Result<(), SyncError> {
        for escalation in self.store.escalations()? {
            let mut is_there = escalation.record.is_some();
            for queued in &escalation.queued {
                let told = if queued.kind == ActKind::Escalate {
                    self.put_before_clinic(&escalation, queued).await
                } else if is_there {
                    let (id, act) = (escalation.id.clone(), queued.act.clone());
                    self.remote.act(id, queued.kind, act).await
                } else {
                    // It was decided here before the hub heard of it.
                    Ok(None)
                };
                let record = match told {
                    Ok(record) => record,
                    Err(RemoteError::Forbidden | RemoteError::Protocol(_)) => {
                        tracing::warn!(
                            act = queued.kind.as_str(),
                            "the hub refused what was done about a conflict"
                        );
                        None
                    }
                    Err(error) => return Err(error.into()),
                };
                is_there |= record.is_some();
                if queued.kind == ActKind::Escalate && record.is_some() {
                    self.summary.escalated = self.summary.escalated.saturating_add(1);
                }
                self.store.transact(self.op(OpKind::Push), |tx| {
                    tx.act_told(queued.no)?;
                    match &record {
                        Some(record) => take(tx, record),
                        None => Ok(()),
                    }
                })?;
            }
        }
        Ok(())
    }

    async fn put_before_clinic(
        &self,
        escalation: &Escalation,
        queued: &QueuedAct,
    ) -> Result<Option<EscalatedConflict>, RemoteError> {
        let unreadable = |_| RemoteError::Protocol("a conflict cannot be read here".to_owned());
        let Some(conflict) = self
            .store
            .conflict(&escalation.id)
            .map_err(unreadable)?
            .filter(|conflict| conflict.status == ConflictStatus::Open)
        else {
            return Ok(None);
        };
        let device_id = self.store.session().device_id.clone();
        let local_clock = match &conflict.local_clock {
            Some(clock) => Some(clock.clone()),
            // Opened by an earlier Haven: the resource has stood still since.
            None => self
                .store
                .get(&conflict.key)
                .map_err(unreadable)?
                .map(|stored| stored.row.vector_clock),
        };
        let because = queued.act.text.clone().unwrap_or_default();
        let case = ConflictCase {
            local_clock: local_clock.unwrap_or_default(),
            local_version: device_version(&device_id, conflict.local_version.unwrap_or(0)),
            escalated_because: because,
            ..case_of(&conflict)
        };
        self.remote
            .escalate(EscalateRequest {
                device_id,
                conflict: case,
            })
            .await
    }
}

/// Keeps what the hub told; what this user may not read stays at the hub.
fn take(tx: &mut haven_store::Tx<'_>, record: &EscalatedConflict) -> Result<(), StoreError> {
    match tx.take_escalation(record) {
        Err(error) if error.code() == ErrorCode::NotPermitted => Ok(()),
        other => other,
    }
}

fn must_hear_again(known: &Escalation, conflict: &ConflictRow, place_was_lost: bool) -> bool {
    let is_queued = known
        .queued
        .iter()
        .any(|queued| queued.kind == ActKind::Escalate);
    let Some(record) = &known.record else {
        return false;
    };
    let told = &record.conflict;
    let moved = (told.retry_count, &told.remote_version)
        != (conflict.retry_count, &conflict.remote_version);
    !is_queued && (place_was_lost || (moved && record.status.waits()))
}

fn name_of(conflict: &ConflictRow) -> ConflictName {
    ConflictName {
        id: conflict.id.clone(),
        key: conflict.key.clone(),
        class: conflict.class,
        own: true,
    }
}

fn case_of(conflict: &ConflictRow) -> ConflictCase {
    ConflictCase {
        id: conflict.id.clone(),
        collection: conflict.key.resource_type.clone(),
        record_id: conflict.key.id.clone(),
        patient: conflict.patient.clone(),
        class: conflict.class,
        kind: conflict.kind,
        rule: conflict.rule.clone(),
        fields: conflict.fields.clone(),
        base: raw(conflict.base.as_ref()),
        local: raw(conflict.local.as_ref()),
        remote: raw(conflict.remote.as_ref()),
        local_clock: haven_model::VectorClock::new(),
        local_version: String::new(),
        remote_version: conflict.remote_version.clone(),
        remote_clock: conflict.remote_clock.clone(),
        local_maker: Maker {
            author: conflict.local_author.clone(),
            at: conflict.local_at.to_instant(),
            device: Some(conflict.local_device.clone()),
        },
        remote_maker: Maker {
            author: conflict.remote_author.clone(),
            at: conflict.remote_at.to_instant(),
            device: conflict.remote_device.clone(),
        },
        retry_count: conflict.retry_count,
        opened_at: conflict.opened_at.to_instant(),
        escalated_because: String::new(),
    }
}

fn raw(resource: Option<&Resource>) -> Option<Box<RawValue>> {
    let text = std::str::from_utf8(resource?.bytes()).ok()?;
    RawValue::from_string(text.to_owned()).ok()
}
