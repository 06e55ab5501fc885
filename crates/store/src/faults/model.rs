//! What the store must hold after each step of a seeded day: known without the store.

use std::collections::{BTreeMap, BTreeSet};

use haven_model::{ConflictKind, Resource, ResourceKey, VectorClock};

use super::{Dice, NOW, op};
use crate::conflict::NewConflict;
use crate::error::{Result, StoreError};
use crate::op::OpKind;
use crate::outbox::Ack;
use crate::store::Store;
use crate::stored::RemoteVersion;

/// The setting that tells which step was kept last; written in the step's own transaction.
const STEP: &str = "faults.step";

/// Notes that are written again and again.
const NOTES: usize = 8;

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Put(Vec<String>),
    Delete(String),
    Import(Vec<String>),
    Send(String),
    Acknowledge(String),
    Contradict(String),
    Resolve(String),
}

/// What is in the store after a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) step: u64,
    /// The step that wrote each live resource last.
    live: BTreeMap<String, u64>,
    flying: BTreeSet<String>,
    contradicted: BTreeSet<String>,
    lives: BTreeMap<usize, u64>,
}

impl Model {
    /// After so many steps.
    pub(crate) fn after(seed: u64, steps: u64) -> Self {
        let mut model = Self::default();
        for _ in 0..steps {
            let act = model.plan(seed);
            model.apply(&act);
        }
        model
    }

    fn note(&self, slot: usize) -> String {
        format!(
            "Observation/e-{slot}-{}",
            self.lives.get(&slot).unwrap_or(&0)
        )
    }

    /// What comes next.
    pub(crate) fn plan(&self, seed: u64) -> Act {
        let mut dice = Dice::new(seed.wrapping_mul(1_000_003) ^ (self.step + 1));
        let slot = dice.below(NOTES);
        match dice.below(10) {
            0..=2 => Act::Put(vec![self.note(slot)]),
            3 => Act::Put((0..NOTES).map(|slot| self.note(slot)).collect()),
            4 if self.live.contains_key(&self.note(slot)) => Act::Delete(self.note(slot)),
            4 => Act::Put(vec![self.note(slot)]),
            5 | 6 => Act::Import(
                (0..3 + slot)
                    .map(|n| format!("Observation/s-{n}"))
                    .collect(),
            ),
            7 | 8 => {
                let key = format!("Observation/w-{}", slot % 3);
                if self.flying.contains(&key) {
                    Act::Acknowledge(key)
                } else {
                    Act::Send(key)
                }
            }
            _ => match self.contradicted.first() {
                Some(key) => Act::Resolve(key.clone()),
                None => Act::Contradict(format!("Observation/c-{}", self.step + 1)),
            },
        }
    }

    pub(crate) fn apply(&mut self, act: &Act) {
        self.step += 1;
        let step = self.step;
        match act {
            Act::Put(keys) | Act::Import(keys) => {
                self.live.extend(keys.iter().map(|key| (key.clone(), step)));
            }
            Act::Delete(key) => {
                self.live.remove(key);
                let slot = key.as_bytes()["Observation/e-".len()] - b'0';
                *self.lives.entry(usize::from(slot)).or_default() += 1;
            }
            Act::Send(key) => {
                self.live.insert(key.clone(), step);
                self.flying.insert(key.clone());
            }
            Act::Acknowledge(key) => {
                self.flying.remove(key);
            }
            Act::Contradict(key) => {
                self.live.insert(key.clone(), step);
                self.contradicted.insert(key.clone());
            }
            Act::Resolve(key) => {
                self.live.insert(key.clone(), step);
                self.contradicted.remove(key);
            }
        }
    }

    /// What of the store differs from this, in words.
    pub(crate) fn difference(&self, store: &Store) -> Result<Option<String>> {
        let mut live = BTreeMap::new();
        store.for_each(None, |stored| {
            if let Some(resource) = &stored.resource {
                live.insert(stored.key.to_string(), written_at(resource.bytes()));
            }
            Ok::<_, StoreError>(())
        })?;
        let expected: BTreeMap<_, _> = self
            .live
            .iter()
            .map(|(key, step)| (key.clone(), Some(*step)))
            .collect();
        let flying: BTreeSet<_> = store
            .in_flight()?
            .iter()
            .map(|flight| flight.key.to_string())
            .collect();
        let contradicted: BTreeSet<_> = store
            .conflicts(true)?
            .iter()
            .map(|conflict| conflict.key.to_string())
            .collect();
        let waiting: BTreeSet<_> = store
            .outbox()?
            .iter()
            .map(|entry| entry.key.to_string())
            .collect();
        let unsent = self
            .live
            .keys()
            .find(|key| key.starts_with("Observation/e-") && !waiting.contains(*key));
        Ok(if live != expected {
            Some(format!("{live:?} stands, {expected:?} was written"))
        } else if flying != self.flying {
            Some(format!("{flying:?} fly, {:?} were sent", self.flying))
        } else if contradicted != self.contradicted {
            Some(format!(
                "{contradicted:?} are open, not {:?}",
                self.contradicted
            ))
        } else {
            unsent.map(|key| format!("{key} does not wait to be sent"))
        })
    }
}

fn written_at(bytes: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(bytes);
    let rest = text.split_once("\"step-")?.1;
    rest.split_once('"')?.0.parse().ok()
}

/// The step that the store kept last.
pub(crate) fn step_of(store: &Store) -> Result<u64> {
    let told = store.setting(STEP)?;
    Ok(told.and_then(|told| told.parse().ok()).unwrap_or(0))
}

fn key(text: &str) -> ResourceKey {
    text.parse().expect("a key")
}

/// A body that tells the step that wrote it, of a size that fills a page now and then.
fn body(name: &str, step: u64) -> Resource {
    let id = name.split_once('/').expect("a key").1;
    let mut dice = Dice::new(step);
    let filler: String = (0..dice.below(90))
        .map(|_| format!("{:016x}", dice.next()))
        .collect();
    let text = format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"text":"step-{step}","coding":[{{"system":"http://loinc.org","code":"c-{}"}}]}},"effectiveDateTime":"2026-01-{:02}","subject":{{"reference":"Patient/p1"}},"note":[{{"text":"{filler}"}}]}}"#,
        step % 7,
        1 + step % 28
    );
    Resource::parse(text.as_bytes()).expect("a resource")
}

fn remote(name: &str, step: u64) -> RemoteVersion {
    RemoteVersion {
        key: key(name),
        resource: Some(body(name, step)),
        server_version: step.to_string(),
        vector_clock: seen(step),
        last_modified: NOW,
        device_id: None,
        device_name: None,
        user: None,
        edited_at: None,
    }
}

fn seen(step: u64) -> VectorClock {
    [("hub".to_owned(), step)].into_iter().collect()
}

/// Does the act as step `step`, in one transaction.
pub(crate) fn perform(store: &Store, act: &Act, step: u64) -> Result<()> {
    let done = |tx: &mut crate::tx::Tx<'_>| tx.set_setting(STEP, Some(&step.to_string()));
    let kind = match act {
        Act::Import(_) | Act::Contradict(_) => OpKind::Pull,
        Act::Acknowledge(_) => OpKind::Push,
        Act::Put(_) | Act::Delete(_) | Act::Send(_) | Act::Resolve(_) => OpKind::Edit,
    };
    let flight = if let Act::Acknowledge(name) = act {
        store.in_flight_of(&key(name))?.map(|flight| flight.op_id)
    } else {
        None
    };
    let conflict = if let Act::Resolve(name) = act {
        store.open_conflict_of(&key(name))?.map(|row| row.id)
    } else {
        None
    };
    store.transact(op(kind), |tx| {
        match act {
            Act::Put(names) => {
                for name in names {
                    tx.edit(body(name, step))?;
                }
            }
            Act::Delete(name) => tx.delete(&key(name))?,
            Act::Import(names) => {
                for name in names {
                    tx.apply_remote(remote(name, step))?;
                }
            }
            Act::Send(name) => {
                tx.edit(body(name, step))?;
                tx.begin_push(&key(name))?;
            }
            Act::Acknowledge(_) => tx.ack(
                &flight.expect("what was sent flies"),
                Ack {
                    server_version: step.to_string(),
                    last_updated: NOW,
                    vector_clock: seen(step),
                },
            )?,
            Act::Contradict(name) => {
                tx.apply_remote(remote(name, step - 1))?;
                tx.edit(body(name, step))?;
                tx.open_conflict(NewConflict {
                    key: key(name),
                    kind: ConflictKind::UpdateUpdate,
                    rule: "guarded".to_owned(),
                    base: Some(body(name, step - 1)),
                    local: Some(body(name, step)),
                    remote: remote(name, step),
                    fields: &[],
                })?;
            }
            Act::Resolve(name) => tx.resolve_conflict(
                &conflict.expect("what was contradicted is open"),
                Some(body(name, step)),
                "read again",
            )?,
        }
        done(tx)
    })?;
    Ok(())
}
