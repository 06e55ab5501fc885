//! Edits that were given up, in words.

use haven_model::display::resource_kind;
use haven_model::{Operation, Resource};
use haven_store::Discarded;
use serde_json::{Value, json};

use super::case::lines;
use super::phrase::{say, told};
use super::status::refused_words;
use super::{Backdrop, Patients, words};
use crate::view::{DiscardedContent, DiscardedLine, DiscardedRow};

pub(crate) fn row(one: &Discarded, patients: &Patients, backdrop: Backdrop<'_>) -> DiscardedRow {
    let told = one.words.as_ref();
    let id = told.and_then(|told| told.patient.as_ref());
    let patient = id.and_then(|id| patients.get(id));
    DiscardedRow {
        seq: u32::try_from(one.seq).unwrap_or(u32::MAX),
        when: backdrop.now.today_or_date_time(one.at),
        who: backdrop.people.with_role(Some(&one.actor)),
        operation: operation(one.operation).to_owned(),
        kind: resource_kind(&json!({"resourceType": one.key.resource_type})),
        name: match (told, id, patient) {
            (None, _, _) => String::new(),
            (Some(_), _, Some(patient)) => words::banner_name(patient),
            (Some(_), Some(_), None) => say("Not on this device").to_owned(),
            (Some(_), None, None) => say("No patient").to_owned(),
        },
        born: patient.map_or_else(String::new, |patient| words::born(patient, backdrop.now)),
        identifier: patient.map_or_else(String::new, |patient| words::identifier(patient).1),
        reason: told.map_or_else(String::new, |told| told.reason.clone()),
        readable: told.is_some(),
    }
}

fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => say("Added"),
        Operation::Update => say("Changed"),
        Operation::Delete => say("Deleted"),
    }
}

pub(crate) fn content(
    one: &Discarded,
    resource: Option<&Resource>,
    patients: &Patients,
    backdrop: Backdrop<'_>,
) -> DiscardedContent {
    let body = resource.map(Resource::value);
    let refusal = one.words.as_ref().and_then(|told| told.refusal.as_deref());
    DiscardedContent {
        row: row(one, patients, backdrop),
        title: match &body {
            Some(body) if one.key.resource_type == "Patient" => {
                format!("{} · {}", say("Patient details"), words::banner_name(body))
            }
            Some(body) => words::key_title(body),
            None => say("Deletion of the record").to_owned(),
        },
        edited: told!(
            "Edited {}, {}",
            backdrop.now.today_or_date_time(one.edited_at),
            backdrop.people.with_role(one.edited_by.as_deref())
        ),
        refusal: refusal.map_or_else(String::new, |refusal| refused_words(Some(refusal))),
        lines: body.as_ref().map_or_else(Vec::new, told_whole),
    }
}

/// Every element of a record: as what it has over one that holds nothing.
fn told_whole(body: &Value) -> Vec<DiscardedLine> {
    let bare = json!({"resourceType": body.get("resourceType"), "id": body.get("id")});
    lines(Some(&bare), Some(body))
        .into_iter()
        .map(|line| DiscardedLine {
            label: line.label,
            value: line.to,
        })
        .collect()
}
