//! How a schedule must end.

use std::sync::Arc;

use haven_hub::records;
use haven_model::{Resource, ResourceKey};
use haven_store::{ConflictRow, StoreError};

use crate::clinic::Clinic;
use crate::ledger::{Edit, Ledger, Part};
use crate::line::Weather;
use crate::station::{Station, values_of};

/// Rounds of fair weather after which everything must have come to rest.
const ROUNDS: u32 = 60;

/// The faults clear, and the people decide what is left to decide.
pub async fn settle(clinic: &Arc<Clinic>) {
    for _ in 0..ROUNDS {
        for who in [0, 1] {
            clinic.sync(who, Weather::Fair).await;
        }
        let mut decided = false;
        for station in clinic.stations() {
            while station.resolve_one(clinic) {
                decided = true;
            }
            decided |= station.offer_again();
        }
        let at_rest = clinic.stations().iter().all(|station| {
            let store = station.store();
            store.outbox().expect("the outbox reads").is_empty()
                && store
                    .in_flight()
                    .expect("what is in flight reads")
                    .is_empty()
        });
        let nothing_late = clinic.late.lock().expect("no panic holds it").is_empty();
        clinic.deliver_late();
        if at_rest && !decided && nothing_late {
            // Once more for both, so that each has read what the other sent last.
            for who in [0, 1, 0] {
                clinic.sync(who, Weather::Fair).await;
            }
            return;
        }
    }
    panic!("after {ROUNDS} rounds of fair weather something still waits");
}

/// Both stores and the hub hold the same bytes.
pub fn compare(clinic: &Clinic) {
    let keys = clinic
        .ledger
        .lock()
        .expect("no panic holds the ledger")
        .keys
        .clone();
    for key in &keys {
        let at_hub = hub_bytes(clinic, key);
        for (number, station) in clinic.stations().iter().enumerate() {
            let held = station.store().get(key).expect("the store reads");
            let here = held
                .and_then(|held| held.resource)
                .map(|held| held.bytes().to_vec());
            assert_eq!(
                text(at_hub.as_deref()),
                text(here.as_deref()),
                "{key} differs between the hub and store {number}, where it stood\n{}\nand at the hub {}",
                history(station, key),
                hub_clock(clinic, key),
            );
        }
    }
    for station in clinic.stations() {
        let mut extra = Vec::new();
        station
            .store()
            .for_each(None, |held| {
                if !keys.contains(&held.key) {
                    extra.push(held.key);
                }
                Ok::<_, StoreError>(())
            })
            .expect("the store reads");
        assert!(extra.is_empty(), "nobody wrote {extra:?}");
    }
}

/// Every acknowledged edit is in the result, was replaced by someone who knew it, or was put before
/// a person.
pub fn account_for_every_edit(clinic: &Clinic) {
    let ledger = clinic.ledger.lock().expect("no panic holds the ledger");
    let conflicts: Vec<ConflictRow> = clinic
        .stations()
        .iter()
        .flat_map(|station| {
            station
                .store()
                .conflicts(false)
                .expect("conflicts are readable")
        })
        .chain(
            clinic
                .old_conflicts
                .lock()
                .expect("no panic holds it")
                .clone(),
        )
        .collect();
    for edit in &ledger.edits {
        let result = hub_bytes(clinic, &edit.key);
        let fate = account(edit, result.as_deref(), &ledger, &conflicts);
        if fate == Fate::Missing {
            let station = clinic.station(edit.station);
            panic!(
                "{edit:?} is missing.\nresult: {}\nits station's history:\n{}\nconflicts: {:#?}",
                text(result.as_deref()),
                history(station, &edit.key),
                conflicts
                    .iter()
                    .filter(|conflict| conflict.key == edit.key)
                    .collect::<Vec<_>>(),
            );
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Present,
    Superseded,
    Decided,
    Deleted,
    Missing,
}

fn account(edit: &Edit, result: Option<&[u8]>, ledger: &Ledger, conflicts: &[ConflictRow]) -> Fate {
    let of_this = || conflicts.iter().filter(|conflict| conflict.key == edit.key);
    let deletions = || {
        ledger
            .edits
            .iter()
            .filter(|other| other.key == edit.key && other.part == Part::Deletion)
    };
    match (edit.part, result) {
        (Part::Deletion, None) => return Fate::Present,
        (Part::Deletion, Some(_)) => {
            let is_shown = of_this().any(|row| row.local.is_none() || row.remote.is_none());
            return if is_shown {
                Fate::Decided
            } else {
                Fate::Missing
            };
        }
        (Part::Item, Some(body)) if text(Some(body)).contains(&edit.text) => return Fate::Present,
        (Part::Value(part), Some(body)) if value(body, part) == Some(edit.text.clone()) => {
            return Fate::Present;
        }
        (Part::Item | Part::Value(_), _) => {}
    }
    if ledger.is_superseded(edit) {
        return Fate::Superseded;
    }
    // Whoever deleted it knew the edit; that someone else's version came back later changes nothing.
    if deletions().any(|deletion| deletion.clock.includes(&edit.clock)) {
        return Fate::Deleted;
    }
    let was_shown = of_this().any(|row| {
        [&row.base, &row.local, &row.remote]
            .into_iter()
            .flatten()
            .any(|side| text(Some(side.bytes())).contains(&edit.text))
    });
    // With nothing in common, as after a hub was put back, whole lists stand against each other.
    let was_whole = || {
        of_this().any(|row| {
            row.base.is_none()
                || row
                    .fields
                    .iter()
                    .any(|field| field.path == edit.key.resource_type)
        })
    };
    match (edit.part, result) {
        // A list item is never a matter of choice, save where a person chose between two wholes.
        (Part::Item, Some(_)) if was_shown && was_whole() => Fate::Decided,
        (Part::Value(_), Some(_)) if was_shown => Fate::Decided,
        (_, None) if was_shown || ledger.is_decided(edit) => Fate::Decided,
        _ => Fate::Missing,
    }
}

fn value(body: &[u8], part: &str) -> Option<String> {
    let value = Resource::parse(body).ok()?.value();
    values_of(&value)
        .into_iter()
        .find(|(name, _)| *name == part)
        .map(|(_, text)| text)
}

fn hub_clock(clinic: &Clinic, key: &ResourceKey) -> String {
    let current = clinic
        .hub()
        .database()
        .read(|tx| records::current(tx, key))
        .expect("the hub reads");
    current.map_or_else(String::new, |version| version.clock.to_json())
}

fn hub_bytes(clinic: &Clinic, key: &ResourceKey) -> Option<Vec<u8>> {
    let current = clinic
        .hub()
        .database()
        .read(|tx| records::current(tx, key))
        .expect("the hub reads");
    current.and_then(|version| version.body)
}

fn text(bytes: Option<&[u8]>) -> String {
    bytes.map_or_else(
        || "deleted".to_owned(),
        |bytes| String::from_utf8_lossy(bytes).into_owned(),
    )
}

fn history(station: &Station, key: &ResourceKey) -> String {
    let entries = station.store().history(key).expect("history is readable");
    entries
        .iter()
        .map(|entry| {
            let body = entry.resource.as_ref().map(|body| body.bytes().to_vec());
            format!(
                "  {} {} {}\n",
                entry.version,
                entry.vector_clock.to_json(),
                text(body.as_deref())
            )
        })
        .collect()
}
