//! Deciding many conflicts by one rule, in words.

use haven_model::display;
use haven_store::ConflictRow;

use super::conflict::{REASONS, Sides, field_words};
use super::inbox::item;
use super::phrase::{say, told};
use super::{Backdrop, Patients, words};
use crate::session::{BulkAnswer, BulkRevertAnswer, Case};
use crate::view::{BulkChoicesView, BulkElement, BulkRow, BulkView, InboxPreviewField};

/// How many rows a preview shows.
const MAX_ROWS: usize = 500;

/// The elements that wait, the most frequent first.
pub(crate) fn choices(cases: &[Case]) -> BulkChoicesView {
    let mut elements: Vec<BulkElement> = Vec::new();
    for case in cases.iter().filter(|case| case.is_here) {
        let row = &case.row;
        let mut seen: Vec<String> = Vec::new();
        for field in &row.fields {
            let path = element(&field.path);
            if seen.contains(&path) || path == row.key.resource_type {
                continue;
            }
            match elements.iter_mut().find(|known| known.path == path) {
                Some(known) => known.count += 1,
                None => elements.push(BulkElement {
                    resource_type: row.key.resource_type.clone(),
                    label: told!(
                        "{} – {}",
                        display::resource_kind(Sides::of(row).any()),
                        words::lower_first(&words::field_label(&path))
                    ),
                    path: path.clone(),
                    count: 1,
                }),
            }
            seen.push(path);
        }
    }
    elements.sort_by(|left, right| (right.count, &left.label).cmp(&(left.count, &right.label)));
    BulkChoicesView {
        elements,
        reasons: REASONS.map(|reason| say(reason).to_owned()).into(),
    }
}

/// `Patient.telecom` of `Patient.telecom[system=phone,use=home].value`.
fn element(path: &str) -> String {
    let mut steps = path.split('.');
    let kind = steps.next().unwrap_or_default();
    match steps.next() {
        Some(step) => format!("{kind}.{}", step.split('[').next().unwrap_or(step)),
        None => kind.to_owned(),
    }
}

/// What a rule does, or would do; `cases` are those that were open before it.
pub(crate) fn bulk(
    answer: &BulkAnswer,
    cases: &[Case],
    patients: &Patients,
    backdrop: Backdrop<'_>,
) -> BulkView {
    let mut rows: Vec<BulkRow> = cases
        .iter()
        .filter(|case| answer.covers(&case.row))
        .take(MAX_ROWS)
        .map(|case| {
            let skipped = answer.skipped.iter().find(|one| one.id == case.row.id);
            row(
                &case.row,
                skipped.map(|one| one.because),
                patients,
                backdrop,
            )
        })
        .collect();
    rows.sort_by_key(|row| !row.applies);
    let mut parts = vec![if answer.preview {
        told!("{} would be decided", answer.applied)
    } else {
        told!("{} decided", answer.applied)
    }];
    let others = answer.matched - answer.applied - answer.high_risk - answer.excluded;
    if answer.high_risk > 0 {
        parts.push(told!(
            "{} high risk, always left to a person",
            answer.high_risk
        ));
    }
    if answer.excluded > 0 {
        parts.push(told!("{} left out", answer.excluded));
    }
    if others > 0 {
        parts.push(told!("{} cannot be decided so", others));
    }
    BulkView {
        text: parts.join(" · "),
        applied: u32::try_from(answer.applied).unwrap_or(u32::MAX),
        batch_id: answer.batch_id.clone(),
        rows,
    }
}

fn row(
    conflict: &ConflictRow,
    because: Option<&'static str>,
    patients: &Patients,
    backdrop: Backdrop<'_>,
) -> BulkRow {
    let patient = conflict.patient.as_ref().and_then(|id| patients.get(id));
    BulkRow {
        id: conflict.id.clone(),
        name: patient.map_or_else(|| say("No patient").to_owned(), words::banner_name),
        born: patient.map_or_else(String::new, |patient| words::born(patient, backdrop.now)),
        identifier: patient.map_or_else(String::new, |patient| words::identifier(patient).1),
        item: item(conflict),
        fields: field_words(conflict)
            .into_iter()
            .map(|field| InboxPreviewField {
                label: field.label,
                device: field.device,
                server: field.server,
                before: field.before,
            })
            .collect(),
        applies: because.is_none(),
        excluded: because == Some("excluded"),
        because: because.map_or("", left_because).to_owned(),
    }
}

fn left_because(because: &str) -> &'static str {
    match because {
        "high_risk" => say("High risk: a person decides each"),
        "excluded" => say("Left out"),
        "other_fields" => say("Other fields differ, too"),
        "not_here" => say("Began on another workstation"),
        "second_reviewer" => say("A second person has to approve it"),
        "not_permitted" => say("Your role may not decide it"),
        "invalid" => say("The result would not be valid"),
        _ => say("This side cannot be taken here"),
    }
}

/// What is said of a batch that was taken back.
pub(crate) fn batch_back_words(answer: &BulkRevertAnswer) -> String {
    let back = match answer.reverted {
        1 => say("1 taken back. It is open again.").to_owned(),
        number => told!("{} taken back. They are open again.", number),
    };
    match answer.skipped.len() {
        0 => back,
        number => told!(
            "{} {} could not be: the record has changed since.",
            back,
            number
        ),
    }
}
