//! How a schedule with a plain server must end.

use std::collections::BTreeMap;
use std::sync::Arc;

use haven_store::{ConflictRow, StoreError};
use serde_json::Value;

use super::deeds::{Deed, subject_of, values_of};
use super::world::World;
use crate::ledger::Part;
use crate::line::Weather;
use crate::station::Station;

/// Rounds of fair weather after which everything must have come to rest.
const ROUNDS: u32 = 40;

/// Longer than anything that is done now and then waits.
const A_DAY_MS: i64 = 25 * 60 * 60 * 1000;

/// The faults clear, and the people decide what is left to decide.
pub async fn settle(world: &Arc<World>) {
    for _ in 0..ROUNDS {
        world.ticks.pass(A_DAY_MS);
        for who in [0, 1] {
            world.sync(who, Weather::Fair).await;
        }
        let mut decided = false;
        for station in world.stations() {
            while station.decide_one(|| world.chance(50)).is_some() {
                decided = true;
            }
            decided |= station.offer_again();
        }
        let at_rest = world.stations().iter().all(|station| {
            let store = station.store();
            store.outbox().expect("the outbox reads").is_empty()
                && store.in_flight().expect("it reads").is_empty()
        });
        if at_rest && !decided {
            // Once more for both, so that each has read what the other sent last.
            for who in [0, 1, 0] {
                world.ticks.pass(A_DAY_MS);
                world.sync(who, Weather::Fair).await;
            }
            return;
        }
    }
    for station in world.stations() {
        for entry in station.store().outbox().expect("the outbox reads") {
            eprintln!("station {}: {entry:?}", station.number());
        }
    }
    unreachable!("after {ROUNDS} days of fair weather something still waits");
}

/// Both stores hold what the server holds, and nobody's record is there twice.
pub fn compare(world: &World) {
    let at_server = at_the_server(world);
    let mut seen = BTreeMap::new();
    for (key, value) in &at_server {
        let subject = subject_of(value).expect("what is there was made here");
        let twice = seen.insert(subject.to_owned(), key.clone());
        assert_eq!(twice, None, "{subject} is there twice: {key}");
    }
    for station in world.stations() {
        let here = at_a_station(station);
        let keys = |all: &BTreeMap<String, Value>| all.keys().cloned().collect::<Vec<_>>();
        assert_eq!(
            keys(&at_server),
            keys(&here),
            "station {} holds other records than the server",
            station.number()
        );
        for (key, value) in &at_server {
            assert_eq!(
                content(value),
                content(&here[key]),
                "{key} differs between the server and station {}",
                station.number()
            );
        }
    }
}

/// Every acknowledged deed is in the result, was replaced by someone who saw it, or was put before a
/// person.
pub fn account_for_every_deed(world: &World) {
    let conflicts = world.conflicts();
    let at_server = at_the_server(world);
    let deeds = world.deeds.lock().expect("no panic holds the deeds");
    for deed in &*deeds {
        let result = at_server
            .values()
            .find(|value| subject_of(value) == Some(&deed.subject));
        if !is_accounted_for(deed, result, &deeds, &conflicts) {
            let of_this: Vec<&ConflictRow> = conflicts
                .iter()
                .filter(|row| is_about(row, &deed.subject))
                .collect();
            let others: Vec<&Deed> = deeds
                .iter()
                .filter(|other| other.subject == deed.subject)
                .collect();
            unreachable!(
                "{deed:#?}\nis missing.\nresult: {result:?}\nall deeds: {others:#?}\nconflicts: {of_this:#?}"
            );
        }
    }
}

fn is_accounted_for(
    deed: &Deed,
    result: Option<&Value>,
    deeds: &[Deed],
    conflicts: &[ConflictRow],
) -> bool {
    let of_this = || conflicts.iter().filter(|row| is_about(row, &deed.subject));
    let is_there = match (deed.part, result) {
        (Part::Deletion, result) => result.is_none(),
        (Part::Item, Some(value)) => value.to_string().contains(&deed.text),
        (Part::Value(part), Some(value)) => values_of(value)
            .iter()
            .any(|(name, text)| *name == part && *text == deed.text),
        (Part::Item | Part::Value(_), None) => false,
    };
    if is_there {
        return true;
    }
    if deed.part == Part::Deletion {
        return of_this().any(|row| row.local.is_none() || row.remote.is_none());
    }
    let knew = |other: &&Deed| other.subject == deed.subject && other.before.contains(&deed.text);
    let was_replaced = deeds.iter().filter(knew).any(|other| {
        other.part == Part::Deletion || (other.part == deed.part && deed.part != Part::Item)
    });
    was_replaced || of_this().any(|row| was_shown(row, deed))
}

/// Whether a person had a text before them, where it was a matter of choice.
fn was_shown(row: &ConflictRow, deed: &Deed) -> bool {
    let sides = [&row.base, &row.local, &row.remote];
    let is_shown = sides
        .into_iter()
        .flatten()
        .any(|side| side.value().to_string().contains(&deed.text));
    // An item of a list is one only where two wholes stand against each other.
    let is_choice = deed.part != Part::Item
        || row.base.is_none()
        || row.local.is_none()
        || row.remote.is_none()
        || row
            .fields
            .iter()
            .any(|field| field.path == row.key.resource_type);
    is_shown && is_choice
}

fn is_about(row: &ConflictRow, subject: &str) -> bool {
    [&row.base, &row.local, &row.remote]
        .into_iter()
        .flatten()
        .any(|side| subject_of(&side.value()) == Some(subject))
}

fn at_the_server(world: &World) -> BTreeMap<String, Value> {
    ["Patient", "Observation"]
        .into_iter()
        .flat_map(|kind| world.server.keys(kind))
        .map(|key| {
            let value = world.server.get(&key).expect("it is there");
            (key, value)
        })
        .collect()
}

fn at_a_station(station: &Station) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    station
        .store()
        .for_each(None, |held| {
            if let Some(resource) = held.resource
                && held.key.resource_type != "Provenance"
            {
                all.insert(held.key.to_string(), resource.value());
            }
            Ok::<_, StoreError>(())
        })
        .expect("the store reads");
    all
}

/// A record without what the server says of its version.
fn content(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(members) = value.as_object_mut() {
        members.remove("meta");
    }
    value
}
