use crate::present::phrase::{say, told};
use haven_model::changes;
use haven_model::language::spoken;
use haven_store::{ConflictRow, ConflictStatus};
use serde_json::Value;

use super::case::{assignee, assignee_text, comment_count, device_label, origin, short_stage};
use super::conflict::{Sides, field_words, fields, is_high_risk, is_whole, risk_word, title, what};
use super::now::NOT_RECORDED;
use super::{Backdrop, Patients, words};
use crate::session::Case;
use crate::view::{InboxPreviewField, InboxRow, InboxView};

/// How many fields the preview has room for.
const PREVIEW_FIELDS: usize = 4;

/// The open conflicts, high risk first, then the oldest; the counts of today come from the caller.
#[must_use]
pub(crate) fn inbox(
    cases: &[Case],
    patients: &Patients,
    (resolved_today, merged_today): (u32, u32),
    me: &str,
    backdrop: Backdrop<'_>,
) -> InboxView {
    let rows = inbox_rows(cases, patients, me, backdrop);
    InboxView {
        high_risk: u32::try_from(rows.iter().filter(|row| row.high_risk).count())
            .unwrap_or(u32::MAX),
        rows,
        resolved_today,
        merged_today,
    }
}

/// The rows of the inbox in its order; the conflict view's queue is the same list.
#[must_use]
pub(crate) fn inbox_rows(
    cases: &[Case],
    patients: &Patients,
    me: &str,
    backdrop: Backdrop<'_>,
) -> Vec<InboxRow> {
    let mut open: Vec<(bool, &Case)> = cases
        .iter()
        .filter(|case| case.row.status == ConflictStatus::Open)
        .map(|case| (is_high_risk(&case.row), case))
        .collect();
    open.sort_by(|(risk, case), (other_risk, other)| {
        let (row, other) = (&case.row, &other.row);
        (!risk, row.opened_at, &row.id).cmp(&(!other_risk, other.opened_at, &other.id))
    });
    open.into_iter()
        .map(|(high_risk, case)| {
            let patient = case.row.patient.as_ref().and_then(|id| patients.get(id));
            inbox_row(case, high_risk, patient, me, backdrop)
        })
        .collect()
}

fn inbox_row(
    case: &Case,
    high_risk: bool,
    patient: Option<&Value>,
    me: &str,
    backdrop: Backdrop<'_>,
) -> InboxRow {
    let (row, now) = (&case.row, backdrop.now);
    let assignee = assignee(case.escalation.as_ref());
    let unknown = || say(NOT_RECORDED).to_owned();
    let (identifier_label, identifier) =
        patient.map_or_else(|| (String::new(), unknown()), words::identifier);
    InboxRow {
        id: row.id.clone(),
        high_risk,
        risk_text: if high_risk {
            told!("High risk: {}", risk_word(row))
        } else {
            String::new()
        },
        name: patient.map_or_else(
            || match &row.patient {
                Some(_) => say("Not on this device").to_owned(),
                None => say("No patient").to_owned(),
            },
            words::banner_name,
        ),
        born: patient.map_or_else(unknown, |patient| words::born(patient, now)),
        age_of_patient: patient.map_or_else(String::new, |patient| words::age(patient, now)),
        identifier_label,
        identifier,
        item: item(row),
        what: what(row.kind).to_owned(),
        device_label: device_label(case),
        device_who: backdrop.people.short(row.local_author.as_deref()),
        server_who: backdrop.people.short(row.remote_author.as_deref()),
        age: now.age(row.opened_at),
        summary: summary(row),
        preview: field_words(row)
            .into_iter()
            .take(PREVIEW_FIELDS)
            .map(|field| InboxPreviewField {
                label: field.label,
                device: field.device,
                server: field.server,
                before: field.before,
            })
            .collect(),
        origin: origin(case),
        stage: short_stage(case),
        mine: !assignee.is_empty() && assignee == me,
        assignee: assignee_text(&assignee, me, backdrop),
        comments: comment_count(case),
    }
}

/// "lisinopril – dose, instructions"; of a patient, the fields alone.
pub(crate) fn item(row: &ConflictRow) -> String {
    let title = title(row);
    if is_whole(row) {
        return title;
    }
    let mut labels: Vec<String> = Vec::new();
    for field in fields(row).iter() {
        let label = words::lower_first(&words::field_label(&field.path));
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    if row.key.resource_type == "Patient" {
        words::capitalized(&labels.join(spoken().comma()))
    } else {
        format!("{title} – {}", labels.join(spoken().comma()))
    }
}

/// "4 fields differ · 3 merged automatically".
fn summary(row: &ConflictRow) -> String {
    if is_whole(row) {
        return say("The whole record").to_owned();
    }
    let fields = fields(row).len();
    let differ = match fields {
        1 => say("1 field differs").to_owned(),
        _ => told!("{} fields differ", fields),
    };
    match merged_count(row) {
        0 => differ,
        merged => told!("{} · {} merged automatically", differ, merged),
    }
}

fn merged_count(row: &ConflictRow) -> usize {
    let sides = Sides::of(row);
    let [base, local, remote] = sides.as_options();
    let conflicting = fields(row);
    let mut paths: Vec<String> = changes(base, local)
        .into_iter()
        .chain(changes(base, remote))
        .map(|change| change.path)
        .filter(|path| !conflicting.iter().any(|field| field.path == *path))
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths.len()
}
