//! How far this device and the server agree: the first sync, the clock, what is held back.

use std::collections::BTreeMap;

use haven_sync::first::{FirstPhase, FirstSync};
use haven_sync::remote::{FirstOfType, FirstSync as PlainFirstSync, PlainServer};
use haven_sync::settings;
use serde::Serialize;

use super::Session;
use crate::error::Result;

/// How far the first sync has come.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstSyncAnswer {
    /// What it is busy with: `not_started`, `people`, `own`, `rest`, `catching_up`, `everything`,
    /// `complete`.
    pub phase: String,
    /// Items that are here.
    pub done: u64,
    /// Items in all; absent where the server does not tell.
    pub total: Option<u64>,
    /// Bytes that are here.
    pub bytes: u64,
    /// Bytes in all.
    pub total_bytes: Option<u64>,
    /// Whether all of it is here.
    pub complete: bool,
    /// By type.
    pub types: BTreeMap<String, FirstSyncType>,
}

/// How far one type has come.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstSyncType {
    /// Items that are here.
    pub done: u64,
    /// Items in all; absent where the server does not tell.
    pub total: Option<u64>,
    /// Bytes that are here.
    pub bytes: u64,
    /// Bytes in all; absent where the server does not tell.
    pub total_bytes: Option<u64>,
}

impl FirstSyncAnswer {
    fn bare(phase: &str, complete: bool) -> Self {
        Self {
            phase: phase.to_owned(),
            done: 0,
            total: None,
            bytes: 0,
            total_bytes: None,
            complete,
            types: BTreeMap::new(),
        }
    }

    /// A plain server counts resources and no bytes.
    fn of_plain(first: &PlainFirstSync) -> Self {
        if first.phase == "not_started" {
            return Self::bare("not_started", false);
        }
        let (done, total) = first.sums();
        let of_type = |one: &FirstOfType| FirstSyncType {
            done: one.done,
            total: one.total,
            bytes: one.bytes,
            total_bytes: None,
        };
        let types = first.types.iter();
        Self {
            done,
            total,
            bytes: first.types.values().map(|one| one.bytes).sum(),
            types: types
                .map(|(name, one)| (name.clone(), of_type(one)))
                .collect(),
            ..Self::bare(phase_word(first.busy), first.is_done())
        }
    }

    fn of(first: &FirstSync) -> Self {
        let (done, total) = first.sums();
        Self {
            phase: phase_word(first.phase).to_owned(),
            done: done.count,
            total: total.map(|total| total.count),
            bytes: done.bytes,
            total_bytes: total.map(|total| total.bytes),
            complete: first.is_complete(),
            types: first
                .by_type()
                .into_iter()
                .map(|(name, (done, total))| {
                    let of_type = FirstSyncType {
                        done: done.count,
                        total: Some(total.count),
                        bytes: done.bytes,
                        total_bytes: Some(total.bytes),
                    };
                    (name.to_owned(), of_type)
                })
                .collect(),
        }
    }
}

fn phase_word(phase: FirstPhase) -> &'static str {
    match phase {
        FirstPhase::People => "people",
        FirstPhase::Own => "own",
        FirstPhase::Rest => "rest",
        FirstPhase::CatchingUp => "catching_up",
        FirstPhase::Everything => "everything",
        FirstPhase::Complete => "complete",
    }
}

impl Session {
    /// How far the first sync with the store's own server has come; `None` for a store without one.
    pub(super) fn first_sync(&self) -> Result<Option<FirstSyncAnswer>> {
        let store = self.store();
        if self.hub_url()?.is_none() {
            let Some(own) = PlainServer::all(store)?.into_iter().next() else {
                return Ok(None);
            };
            let first = own.first_sync(store)?;
            return Ok(Some(FirstSyncAnswer::of_plain(&first)));
        }
        Ok(Some(match settings::first_sync(store)? {
            Some(first) => FirstSyncAnswer::of(&first),
            // Filled before Haven kept how far it had come.
            None if store.setting(settings::CURSOR)?.is_some() => {
                FirstSyncAnswer::bare("complete", true)
            }
            None => FirstSyncAnswer::bare("not_started", false),
        }))
    }

    /// How many deletions of the server a person has to accept, by type.
    pub(super) fn held_deletions(&self) -> Result<BTreeMap<String, u64>> {
        let mut held: BTreeMap<String, u64> = BTreeMap::new();
        for one in self.store().held_deletions()? {
            if one.over {
                *held.entry(one.remote.key.resource_type).or_default() += 1;
            }
        }
        Ok(held)
    }

    /// Whether everything that the server has of a patient's chart is on this device.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn chart_is_complete(&self, patient: &str) -> Result<bool> {
        let id = patient.strip_prefix("Patient/").unwrap_or(patient);
        Ok(settings::chart_is_complete(self.store(), id)?)
    }
}
