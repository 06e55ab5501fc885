//! The versions of a record in words, and what taking something back comes to.

use haven_model::Resource;
use haven_store::{HistoryEntry, Session as Who};
use serde_json::Value;

use super::case::{assignee_text, device_label, is_from_here, lines};
use super::inbox::item;
use super::phrase::{say, told};
use super::{Backdrop, Patients, words};
use crate::session::{Case, PastVersion};
use crate::view::{
    BannerView, BatchView, ChangeLine, DecidedRow, DecidedView, HistoryView, ReturnPreview,
    VersionView,
};

/// How many decisions are listed.
const MAX_DECIDED: usize = 200;

/// What the store notes as the reason of a conflict that a newer version overtook.
const SUPERSEDED: &str = "superseded";

/// How many versions are listed.
const MAX_VERSIONS: usize = 200;

/// Every version of a record, newest first.
pub(crate) fn history(
    key: &str,
    versions: &[PastVersion],
    banner: Option<BannerView>,
    who: &Who,
    backdrop: Backdrop<'_>,
) -> HistoryView {
    let any = versions
        .iter()
        .find_map(|past| past.entry.resource.as_ref());
    let title = match any {
        Some(resource) if resource.key().resource_type == "Patient" => {
            say("Patient details").to_owned()
        }
        Some(resource) => words::key_title(&resource.value()),
        None => say("Record").to_owned(),
    };
    let may_write = versions
        .iter()
        .any(|past| past.entry.current && past.entry.resource.is_some());
    HistoryView {
        key: key.to_owned(),
        title,
        banner,
        versions: versions
            .iter()
            .enumerate()
            .take(MAX_VERSIONS)
            .map(|(at, past)| {
                let before = compared_with(versions, at).map(|past| &past.entry);
                let numbered = |number: i64| {
                    let found = versions.iter().find(|past| past.entry.version == number);
                    found.map(|past| &past.entry)
                };
                let sources = past
                    .merged_from
                    .and_then(|[ours, theirs]| numbered(ours).zip(numbered(theirs)));
                let mut view = version(past, before, who, may_write, backdrop);
                if let Some(sources) = sources {
                    tell_of_merge(&mut view, &past.entry, sources, backdrop);
                }
                view
            })
            .collect(),
    }
}

fn version(
    past: &PastVersion,
    before: Option<&HistoryEntry>,
    who: &Who,
    may_write: bool,
    backdrop: Backdrop<'_>,
) -> VersionView {
    let entry = &past.entry;
    let body = |entry: Option<&HistoryEntry>| {
        entry.and_then(|entry| entry.resource.as_ref().map(Resource::value))
    };
    let (old, new) = (body(before), body(Some(entry)));
    let decided = past.decided.as_ref();
    VersionView {
        version: u32::try_from(entry.version).unwrap_or(u32::MAX),
        when: backdrop.now.today_or_date_time(entry.last_modified),
        who: backdrop.people.with_role(entry.author.as_deref()),
        place: if entry.device_id == who.device_id {
            say("This device").to_owned()
        } else {
            String::new()
        },
        what: what(past, before.is_none()).to_owned(),
        merged: past.action == "rebase",
        sources: decided.map_or_else(Vec::new, |case| sides(case, backdrop)),
        current: entry.current,
        changes: lines(old.as_ref(), new.as_ref()),
        outcome: outcome(before.is_some(), old.as_ref(), new.as_ref()),
        reason: decided
            .and_then(|case| case.row.resolved_reason.clone())
            .unwrap_or_default(),
        conflict_id: decided.map_or_else(String::new, |case| case.row.id.clone()),
        may_return: may_write && !entry.current && new.is_some(),
    }
}

/// The version that one is told against: the one before it; of the server's side of a merge the one
/// that both sides began from.
fn compared_with(versions: &[PastVersion], at: usize) -> Option<&PastVersion> {
    let number = versions.get(at)?.entry.version;
    let earlier = versions.get(at + 1..)?;
    let ours = versions
        .iter()
        .filter_map(|past| past.merged_from)
        .find(|[_, theirs]| *theirs == number)
        .and_then(|[ours, _]| earlier.iter().find(|past| past.entry.version == ours));
    // Edits that no server had taken carry the number of the version they were made on.
    let base = ours.and_then(|ours| {
        let same = |past: &&PastVersion| past.entry.server_version == ours.entry.server_version;
        earlier.iter().rev().find(same)
    });
    base.or_else(|| earlier.first())
}

/// Of what a machine put a version together, and which change came from where.
fn tell_of_merge(
    view: &mut VersionView,
    merged: &HistoryEntry,
    (ours, theirs): (&HistoryEntry, &HistoryEntry),
    backdrop: Backdrop<'_>,
) {
    let body = |entry: &HistoryEntry| entry.resource.as_ref().map(Resource::value);
    let result = body(merged);
    let made = |entry: &HistoryEntry| {
        let who = backdrop.people.with_role(entry.author.as_deref());
        format!(
            "{who}, {}",
            backdrop.now.today_or_date_time(entry.last_modified)
        )
    };
    view.sources = vec![
        told!("From this device: {}", made(ours)),
        told!("From the server: {}", made(theirs)),
    ];
    // What one side lacks of the result, the other brought.
    let brought = |lacking: &HistoryEntry, label: fn(String) -> String| -> Vec<ChangeLine> {
        lines(body(lacking).as_ref(), result.as_ref())
            .into_iter()
            .map(|line| ChangeLine {
                label: label(line.label),
                ..line
            })
            .collect()
    };
    view.changes = brought(theirs, |label| told!("{} (from this device)", label));
    view.changes
        .extend(brought(ours, |label| told!("{} (from the server)", label)));
}

/// Both sides of what was decided: who made each and when, and which of them deleted the record.
fn sides(case: &Case, backdrop: Backdrop<'_>) -> Vec<String> {
    let row = &case.row;
    let made = |author: &Option<String>, at, side: &Option<Resource>| {
        let who = backdrop.people.with_role(author.as_deref());
        let made = format!("{who}, {}", backdrop.now.today_or_date_time(at));
        match side {
            Some(_) => made,
            None => told!("{}; it was deleted", made),
        }
    };
    let (ours, theirs) = (
        made(&row.local_author, row.local_at, &row.local),
        made(&row.remote_author, row.remote_at, &row.remote),
    );
    vec![
        if is_from_here(case) {
            told!("From this device: {}", ours)
        } else {
            told!("From {}: {}", device_label(case), ours)
        },
        told!("From the server: {}", theirs),
    ]
}

/// What made a version.
fn what(past: &PastVersion, is_first: bool) -> &'static str {
    if past.decided.is_some() {
        return say("Decided");
    }
    match past.action.as_str() {
        "rebase" => say("Merged automatically"),
        "resolve" => say("Decided"),
        "revert" | "reopen" => say("Decision taken back"),
        "pull" | "ack" => say("From the server"),
        "delete" => say("Deleted"),
        _ if past.entry.resource.is_none() => say("Deleted"),
        _ if is_first => say("First version here"),
        _ => say("Edited"),
    }
}

fn outcome(has_before: bool, old: Option<&Value>, new: Option<&Value>) -> String {
    match (old, new) {
        (_, None) => say("Deleted").to_owned(),
        (None, Some(new)) if has_before => told!("Added: {}", words::summary(new)),
        (None, Some(new)) => words::summary(new),
        (Some(_), Some(_)) => String::new(),
    }
}

/// What bringing a version back comes to.
pub(crate) fn bring_back(now: Option<&Value>, then: Option<&Value>) -> ReturnPreview {
    let changes = lines(now, then);
    ReturnPreview {
        text: say(
            "It becomes the newest version, with your name and the reason. What it replaces stays in \
             the history and can be brought back as well.",
        )
        .to_owned(),
        outcome: if changes.is_empty() {
            say("It says the same as the version that stands.").to_owned()
        } else {
            String::new()
        },
        possible: !changes.is_empty() && then.is_some(),
        why_not: String::new(),
        changes,
    }
}

/// What taking a decision back comes to.
pub(crate) fn take_back(
    case: &Case,
    now: Option<&Value>,
    is_at_server: bool,
    why_not: Option<String>,
) -> ReturnPreview {
    let before = case.row.remote.as_ref().map(Resource::value);
    let changes = lines(now, before.as_ref());
    ReturnPreview {
        text: if is_at_server {
            say(
                "The conflict is open again with both its sides. What stood at the server before the \
                 decision goes there as a new version; the decision stays in the history.",
            )
        } else {
            say(
                "The conflict is open again with both its sides. The server has not heard of the \
                 decision yet and will not.",
            )
        }
        .to_owned(),
        outcome: match (&before, changes.is_empty()) {
            (None, _) => say("At the server the record is deleted again.").to_owned(),
            (Some(_), true) => say("At the server the record stays as it is.").to_owned(),
            (Some(_), false) => String::new(),
        },
        changes,
        possible: why_not.is_none(),
        why_not: why_not.unwrap_or_default(),
    }
}

/// The decisions, newest first, and those made together.
pub(crate) fn decided(
    cases: &[Case],
    patients: &Patients,
    me: &str,
    backdrop: Backdrop<'_>,
) -> DecidedView {
    let mut over: Vec<&Case> = cases
        .iter()
        .filter(|case| case.row.resolved_at.is_some())
        // What a newer version overtook was not decided.
        .filter(|case| case.row.resolved_reason.as_deref() != Some(SUPERSEDED))
        .collect();
    over.sort_by_key(|case| std::cmp::Reverse((case.row.resolved_at, case.row.id.clone())));
    let rows: Vec<DecidedRow> = over
        .iter()
        .take(MAX_DECIDED)
        .map(|case| decided_row(case, patients, me, backdrop))
        .collect();
    let mut batches: Vec<BatchView> = Vec::new();
    for row in &rows {
        if row.batch.is_empty() || batches.iter().any(|batch| batch.id == row.batch) {
            continue;
        }
        let together = over
            .iter()
            .filter(|case| case.row.batch.as_deref() == Some(&row.batch))
            .count();
        batches.push(BatchView {
            id: row.batch.clone(),
            text: told!(
                "{} decided together, {}, by {}",
                together,
                row.when,
                row.who
            ),
            reason: row.reason.clone(),
        });
    }
    DecidedView { rows, batches }
}

fn decided_row(case: &Case, patients: &Patients, me: &str, backdrop: Backdrop<'_>) -> DecidedRow {
    let row = &case.row;
    let patient = row.patient.as_ref().and_then(|id| patients.get(id));
    let by = row.resolved_by.as_deref();
    DecidedRow {
        id: row.id.clone(),
        key: row.key.to_string(),
        name: patient.map_or_else(|| say("No patient").to_owned(), words::banner_name),
        born: patient.map_or_else(String::new, |patient| words::born(patient, backdrop.now)),
        identifier: patient.map_or_else(String::new, |patient| words::identifier(patient).1),
        item: item(row),
        when: row
            .resolved_at
            .map_or_else(String::new, |at| backdrop.now.today_or_date_time(at)),
        who: match by {
            Some(login) => assignee_text(login, me, backdrop),
            None => say("Unknown person").to_owned(),
        },
        reason: row.resolved_reason.clone().unwrap_or_default(),
        batch: row.batch.clone().unwrap_or_default(),
    }
}

/// What is said of a decision that was taken back.
pub(crate) fn taken_back_words() -> String {
    say("Taken back. The conflict is open again.").to_owned()
}

/// What is said of a version that was brought back.
pub(crate) fn brought_back_words(clock: &str) -> String {
    told!("Brought back. Saved on this device {}", clock)
}
