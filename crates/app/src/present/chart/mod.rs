//! One patient's chart.

mod allergies;
mod banner;
mod conflicts;
mod documents;
mod encounters;
mod medications;
mod problems;
mod recorded_twice;
mod results;
mod retracted;
mod timeline;
mod vitals;

use haven_model::SyncStatus;
use haven_store::{ConflictRow, OutboxEntry, Stored};
use serde_json::Value;

use super::filed::Filed;
use super::phrase::say;
use super::status::{Room, badge_of, urgency};
use super::{Backdrop, People};
use crate::view::{BannerView, ChartView};

pub(crate) use vitals::{NewestValue, newest_values};

/// What stands above a chart of which something is still at the server only.
pub const INCOMPLETE: &str = "Not on this device yet: some of this chart is still at the server. What is missing here may be there.";

/// What a chart is made of.
#[derive(Clone, Copy, Debug)]
pub struct ChartInput<'a> {
    /// The Patient.
    pub patient: &'a Stored,
    /// Everything of the chart; the Patient may be among it.
    pub resources: &'a [Stored],
    /// The open conflicts of this patient.
    pub conflicts: &'a [ConflictRow],
    /// The waiting changes of this patient, for the reasons of refusals.
    pub outbox: &'a [OutboxEntry],
    /// Whether somebody else here has a similar name.
    pub similar_name: bool,
    /// Whether the clinical part may be read here; if not, allergies are unavailable, not unknown.
    pub whole: bool,
    /// Whether everything that the server has of this chart is on this device.
    pub complete: bool,
}

/// The whole chart.
#[must_use]
pub fn chart(input: &ChartInput<'_>, backdrop: Backdrop<'_>) -> ChartView {
    let filed = open(input);
    let patient = input
        .patient
        .resource
        .as_ref()
        .map_or(Value::Null, |resource| resource.value());
    let allergies: Vec<&Filed<'_>> = of_type(&filed, "AllergyIntolerance");
    ChartView {
        banner: banner::banner(input, &patient, &allergies, backdrop),
        data_as_of: backdrop
            .facts
            .data_as_of
            .map(|at| backdrop.now.date_time(at)),
        allergies: allergies::allergies(&allergies, backdrop),
        retracted: retracted::retracted(input.resources, backdrop),
        problems: problems::problems(&of_type(&filed, "Condition"), backdrop),
        medications: medications::medications(&filed, backdrop),
        vitals: vitals::vitals(&filed, &patient, input.outbox, backdrop),
        results: results::results(&filed, backdrop),
        encounters: encounters::encounters(&of_type(&filed, "Encounter"), backdrop),
        notes: documents::notes(&filed, backdrop),
        immunizations: documents::immunizations(&filed, backdrop),
        timeline: timeline::timeline(&filed, backdrop),
        conflicts: conflicts::conflicts(input.conflicts, backdrop),
        waiting: waiting(input.resources),
        sync: sync(input, backdrop),
        complete: input.complete,
        incomplete: (!input.complete).then(|| say(INCOMPLETE).to_owned()),
    }
}

/// Who this is, with the allergies that every screen of the patient shows.
#[must_use]
pub fn banner(input: &ChartInput<'_>, backdrop: Backdrop<'_>) -> BannerView {
    let filed: Vec<Filed<'_>> = input
        .resources
        .iter()
        .filter(|stored| stored.key.resource_type == "AllergyIntolerance")
        .filter_map(Filed::open)
        .filter(|filed| !filed.is_entered_in_error())
        .collect();
    let patient = input
        .patient
        .resource
        .as_ref()
        .map_or(Value::Null, |resource| resource.value());
    banner::banner(input, &patient, &filed.iter().collect::<Vec<_>>(), backdrop)
}

/// The live resources of the chart, those taken back by their authors left out.
fn open<'a>(input: &ChartInput<'a>) -> Vec<Filed<'a>> {
    input
        .resources
        .iter()
        .filter(|stored| stored.key.resource_type != "Patient")
        .filter_map(Filed::open)
        .filter(|filed| !filed.is_entered_in_error())
        .collect()
}

fn of_type<'f, 'a>(filed: &'f [Filed<'a>], resource_type: &str) -> Vec<&'f Filed<'a>> {
    filed
        .iter()
        .filter(|filed| filed.is(resource_type))
        .collect()
}

fn waiting(resources: &[Stored]) -> u32 {
    let waiting = resources
        .iter()
        .filter(|stored| {
            matches!(
                stored.row.sync_status,
                SyncStatus::Pending | SyncStatus::Syncing
            )
        })
        .count();
    u32::try_from(waiting).unwrap_or(u32::MAX)
}

/// The state of the resource that needs a person most stands for the chart.
fn sync(input: &ChartInput<'_>, backdrop: Backdrop<'_>) -> crate::view::SyncBadge {
    let worst = input
        .resources
        .iter()
        .chain([input.patient])
        .max_by_key(|stored| urgency(stored.row.sync_status));
    let status = worst.map_or(SyncStatus::Synced, |stored| stored.row.sync_status);
    let reason = worst.and_then(|stored| refusal(input.outbox, &stored.key));
    badge_of(status, reason, backdrop.facts, Room::Line, backdrop.now)
}

/// Why the server refused a resource.
fn refusal<'a>(outbox: &'a [OutboxEntry], key: &haven_model::ResourceKey) -> Option<&'a str> {
    outbox
        .iter()
        .find(|entry| entry.key == *key)
        .and_then(|entry| entry.last_error.as_deref())
}

/// The first of the reference elements that names a person: "Q. Beahan".
fn person(value: &Value, elements: &[&str], people: &People) -> Option<String> {
    elements.iter().find_map(|element| {
        let reference = value.get(element)?;
        match reference.as_array() {
            Some(list) => list.iter().find_map(|item| {
                people
                    .short_reference(item)
                    .or_else(|| people.short_reference(item.get("actor")?))
                    .or_else(|| people.short_reference(item.get("individual")?))
            }),
            None => people.short_reference(reference),
        }
    })
}
