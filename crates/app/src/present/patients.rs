use std::collections::{BTreeMap, HashSet};

use crate::present::phrase::{say, told};
use haven_model::SyncStatus;
use haven_store::{PatientRow, Stored};
use serde_json::Value;

use super::now::{Moment, NOT_RECORDED};
use super::status::{Room, badge_of};
use super::{Backdrop, words};
use crate::view::{PatientRowView, SimilarNames};

/// The rows of a page of the patient list, names easily taken for one another marked.
#[must_use]
pub fn patient_rows(rows: &[PatientRow], backdrop: Backdrop<'_>) -> Vec<PatientRowView> {
    let trees: Vec<Value> = rows.iter().map(tree).collect();
    let alike = alike(&trees);
    rows.iter()
        .zip(&trees)
        .enumerate()
        .map(|(at, (row, patient))| patient_row(row, patient, alike.contains(&at), backdrop))
        .collect()
}

/// The strip over the list; `None` when no two names of the page are alike.
#[must_use]
pub fn similar(rows: &[PatientRow]) -> Option<SimilarNames> {
    const SHOWN: usize = 4;
    let trees: Vec<Value> = rows.iter().map(tree).collect();
    let mut alike: Vec<usize> = alike(&trees).into_iter().collect();
    if alike.is_empty() {
        return None;
    }
    alike.sort_unstable();
    let mut names: Vec<String> = alike
        .iter()
        .take(SHOWN)
        .filter_map(|at| trees.get(*at))
        .map(words::plain_name)
        .collect();
    let more = alike.len().saturating_sub(SHOWN);
    let last = if more > 0 {
        told!("{} more", more)
    } else {
        names.pop().unwrap_or_default()
    };
    Some(SimilarNames {
        title: told!("{} people here have similar names:", alike.len()),
        text: told!(
            "{} and {}. Check birth date and {} before you open a chart.",
            names.join("; "),
            last,
            alike.first().and_then(|at| trees.get(*at)).map_or_else(
                || "identifier".to_owned(),
                |patient| words::identifier(patient).0
            )
        ),
    })
}

/// Whether one of `others`, the patient aside, has a name easily taken for the patient's.
#[must_use]
pub fn has_similar_name(patient: &Stored, others: &[PatientRow]) -> bool {
    let Some(own) = patient
        .resource
        .as_ref()
        .map(|resource| Folded::of(&resource.value()))
    else {
        return false;
    };
    others
        .iter()
        .filter(|row| row.patient.key != patient.key)
        .any(|row| own.is_like(&Folded::of(&tree(row))))
}

fn tree(row: &PatientRow) -> Value {
    row.patient
        .resource
        .as_ref()
        .map_or(Value::Null, |resource| resource.value())
}

fn patient_row(
    row: &PatientRow,
    patient: &Value,
    similar_name: bool,
    backdrop: Backdrop<'_>,
) -> PatientRowView {
    let now = backdrop.now;
    let (identifier_label, identifier) = words::identifier(patient);
    let last_seen = row
        .last_seen
        .as_deref()
        .and_then(|text| Moment::read(text, now))
        .map_or_else(|| say(NOT_RECORDED).to_owned(), |moment| moment.date(now));
    let worst = if row.rejected > 0 {
        SyncStatus::Rejected
    } else if row.conflicts > 0 {
        SyncStatus::Conflict
    } else if row.pending > 0 {
        SyncStatus::Pending
    } else {
        SyncStatus::Synced
    };
    PatientRowView {
        id: row.patient.key.id.clone(),
        name: words::banner_name(patient),
        similar_name,
        born: words::born(patient, now),
        age: words::age(patient, now),
        gender: words::gender(patient),
        identifier_label,
        identifier,
        last_seen,
        deceased: words::is_deceased(patient),
        sync: badge_of(worst, None, backdrop.facts, Room::Row, now),
    }
}

/// The indices of patients whose names are easily taken for another's of the same list.
fn alike(patients: &[Value]) -> HashSet<usize> {
    let folded: Vec<Folded> = patients.iter().map(Folded::of).collect();
    // Only equal family names are compared with one another, so that a page of thousands stays quick.
    let mut families: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, name) in folded.iter().enumerate() {
        families.entry(&name.family).or_default().push(at);
    }
    let mut found = HashSet::new();
    for group in families.values() {
        for (nth, &left) in group.iter().enumerate() {
            for &right in group.iter().skip(nth + 1) {
                if let (Some(a), Some(b)) = (folded.get(left), folded.get(right))
                    && a.is_like(b)
                {
                    found.insert(left);
                    found.insert(right);
                }
            }
        }
    }
    found
}

/// A name without case and marks.
#[derive(Debug, PartialEq, Eq)]
struct Folded {
    family: String,
    given: String,
}

impl Folded {
    fn of(patient: &Value) -> Self {
        let (family, given) = words::name_parts(patient);
        Self {
            family: words::fold(&family),
            given: words::fold(given.split_whitespace().next().unwrap_or_default()),
        }
    }

    /// Same family name, and given names that start alike or differ by a slip of the pen.
    fn is_like(&self, other: &Self) -> bool {
        !self.family.is_empty()
            && self.family == other.family
            && (self.given.chars().next() == other.given.chars().next()
                || distance(&self.given, &other.given) <= 1)
    }
}

/// How many single-letter edits part two words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (j, to) in b.iter().enumerate() {
            let above = row.get(j + 1).copied().unwrap_or(usize::MAX - 1);
            left = (diagonal + usize::from(from != *to))
                .min(above + 1)
                .min(left + 1);
            diagonal = above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
