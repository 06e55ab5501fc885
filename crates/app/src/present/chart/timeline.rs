//! The story of a patient: visits with what was done in them, and what stands alone.

use std::collections::HashMap;

use haven_model::{SyncStatus, display};

use super::{documents, encounters, person, results, vitals};
use crate::present::filed::{Filed, codes, items, newest_first, text};
use crate::present::now::{DATE_NOT_RECORDED, Moment};
use crate::present::status::{badge_unless_synced, urgency};
use crate::present::{Backdrop, words};
use crate::view::TimelineItem;

const MAX_ITEMS: usize = 30;

/// Newest first, thirty at most.
pub(super) fn timeline(filed: &[Filed<'_>], backdrop: Backdrop<'_>) -> Vec<TimelineItem> {
    let visits: HashMap<&str, usize> = filed
        .iter()
        .enumerate()
        .filter(|(_, filed)| filed.is("Encounter"))
        .map(|(at, filed)| (filed.key.id.as_str(), at))
        .collect();
    let mut events: HashMap<Occasion, Event> = HashMap::new();
    for (at, filed) in filed.iter().enumerate() {
        let Some((part, when, title)) = part_of(filed, backdrop) else {
            continue;
        };
        let occasion = match visit_of(filed, &visits) {
            Some(visit) => Occasion::Visit(visit),
            None if part == Part::Visit => Occasion::Visit(at),
            // Readings of one moment and results of one day are one event.
            None => match (part, when) {
                (Part::Vital, Some(when)) => Occasion::Moment(Part::Vital, when.at.as_millis()),
                (Part::Result, Some(when)) => {
                    let day = when.at.as_millis().div_euclid(86_400_000);
                    Occasion::Moment(Part::Result, day)
                }
                _ => Occasion::Alone(at),
            },
        };
        let event = events.entry(occasion).or_default();
        event.add(filed, part, when, title, backdrop);
    }
    let mut events: Vec<Event> = events.into_values().collect();
    events.sort_by(|a, b| (newest_first(a.when), &a.title).cmp(&(newest_first(b.when), &b.title)));
    events
        .into_iter()
        .take(MAX_ITEMS)
        .map(|event| event.view(backdrop))
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    Visit,
    Vital,
    Result,
    Report,
    Note,
    Immunization,
    Medicine,
    Problem,
    Procedure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Occasion {
    Visit(usize),
    Moment(Part, i64),
    Alone(usize),
}

#[derive(Debug, Default)]
struct Event {
    when: Option<Moment>,
    title: String,
    /// Whether `title` and `when` are the visit's own.
    visit: bool,
    parts: Vec<(Part, u32)>,
    note_signed: bool,
    detail: String,
    by: Option<String>,
    worst: Option<SyncStatus>,
}

impl Event {
    fn add(
        &mut self,
        filed: &Filed<'_>,
        part: Part,
        when: Option<Moment>,
        title: String,
        backdrop: Backdrop<'_>,
    ) {
        if part == Part::Visit || (!self.visit && self.title.is_empty()) {
            self.when = when;
            self.title = title;
            self.visit = part == Part::Visit;
        } else if !self.visit && self.when.is_none() {
            self.when = when;
        }
        if part != Part::Visit {
            match self.parts.iter_mut().find(|(known, _)| *known == part) {
                Some((_, count)) => *count += 1,
                None => self.parts.push((part, 1)),
            }
        }
        match part {
            Part::Note => self.note_signed |= filed.text("docStatus") == Some("final"),
            Part::Immunization => {
                self.detail = documents::immunization_detail(filed, backdrop);
            }
            Part::Report => {
                let results = items(&filed.value, "result").len();
                if results > 0 {
                    self.detail = counted(results, "result");
                }
            }
            Part::Visit
            | Part::Vital
            | Part::Result
            | Part::Medicine
            | Part::Problem
            | Part::Procedure => {}
        }
        if self.by.is_none() || part == Part::Visit {
            let by = person(
                &filed.value,
                &[
                    "participant",
                    "performer",
                    "author",
                    "requester",
                    "recorder",
                ],
                backdrop.people,
            );
            self.by = by.or(self.by.take());
        }
        let worse = self
            .worst
            .is_none_or(|worst| urgency(filed.status) > urgency(worst));
        if worse {
            self.worst = Some(filed.status);
        }
    }

    fn view(self, backdrop: Backdrop<'_>) -> TimelineItem {
        let detail = if self.visit {
            self.contents()
        } else {
            match self.parts.first() {
                Some((Part::Vital, count)) => counted_u32(*count, "value"),
                Some((Part::Result, count)) => counted_u32(*count, "result"),
                Some((Part::Note, _)) if self.note_signed => "Signed".to_owned(),
                Some((Part::Problem, _)) => "Problem recorded".to_owned(),
                Some((Part::Medicine, _)) => "Ordered".to_owned(),
                Some((Part::Immunization, _)) => String::new(),
                Some((Part::Procedure, _)) => "Procedure".to_owned(),
                Some((Part::Report, _)) | Some((Part::Visit, _)) | Some((Part::Note, _)) | None => {
                    self.detail.clone()
                }
            }
        };
        // An immunization's own line already names who gave it.
        let (detail, by) = match self.parts.first() {
            Some((Part::Immunization, _)) if !self.visit => (self.detail, None),
            _ => (detail, self.by),
        };
        TimelineItem {
            when: self.when.map_or_else(
                || DATE_NOT_RECORDED.to_owned(),
                |when| when.heading(backdrop.now),
            ),
            title: self.title,
            detail: [Some(detail), by]
                .into_iter()
                .flatten()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" · "),
            sync: self
                .worst
                .and_then(|status| badge_unless_synced(status, backdrop.facts, backdrop.now)),
        }
    }

    /// "Vitals, 6 results, note signed".
    fn contents(&self) -> String {
        let mut words: Vec<String> = self
            .parts
            .iter()
            .map(|(part, count)| match part {
                Part::Vital => "vitals".to_owned(),
                Part::Result => counted_u32(*count, "result"),
                Part::Report => counted_u32(*count, "report"),
                Part::Note if self.note_signed && *count == 1 => "note signed".to_owned(),
                Part::Note => counted_u32(*count, "note"),
                Part::Immunization => counted_u32(*count, "vaccine"),
                Part::Medicine => counted_u32(*count, "medicine"),
                Part::Problem => counted_u32(*count, "problem"),
                Part::Procedure => counted_u32(*count, "procedure"),
                Part::Visit => String::new(),
            })
            .collect();
        if let Some(first) = words.first_mut() {
            *first = words::capitalized(first);
        }
        words.join(", ")
    }
}

fn part_of(filed: &Filed<'_>, backdrop: Backdrop<'_>) -> Option<(Part, Option<Moment>, String)> {
    let now = backdrop.now;
    let value = &filed.value;
    Some(match filed.key.resource_type.as_str() {
        "Encounter" => (
            Part::Visit,
            filed.moment(&["period.start", "period.end"], now),
            encounters::title(value),
        ),
        "Observation" if vitals::is_vital(filed) => (
            Part::Vital,
            results::taken(filed, backdrop),
            "Vitals".to_owned(),
        ),
        "Observation" if results::is_result(filed) => (
            Part::Result,
            results::taken(filed, backdrop),
            "Results".to_owned(),
        ),
        "DiagnosticReport" => (
            Part::Report,
            filed.moment(
                &["effectiveDateTime", "effectivePeriod.start", "issued"],
                now,
            ),
            documents::note_title(value),
        ),
        "DocumentReference" => (
            Part::Note,
            filed.moment(&["date", "context.period.start"], now),
            documents::note_title(value),
        ),
        "Immunization" => (
            Part::Immunization,
            filed.moment(&["occurrenceDateTime", "recorded"], now),
            words::name_of(value.get("vaccineCode")),
        ),
        "MedicationRequest" => (
            Part::Medicine,
            filed.moment(&["authoredOn"], now),
            display::medicine(value),
        ),
        "Condition" => (
            Part::Problem,
            filed.moment(&["recordedDate", "onsetDateTime", "onsetPeriod.start"], now),
            words::name_of(value.get("code")),
        ),
        "Procedure" if !codes(value, "code").any(|code| code.is_empty()) => (
            Part::Procedure,
            filed.moment(&["performedDateTime", "performedPeriod.start"], now),
            words::name_of(value.get("code")),
        ),
        _ => return None,
    })
}

fn visit_of(filed: &Filed<'_>, visits: &HashMap<&str, usize>) -> Option<usize> {
    let reference = text(&filed.value, "encounter.reference").or_else(|| {
        filed
            .value
            .get("context")
            .map(|context| items(context, "encounter"))
            .unwrap_or_default()
            .iter()
            .find_map(|encounter| text(encounter, "reference"))
    })?;
    let (kind, id) = reference.rsplit_once('/')?;
    kind.ends_with("Encounter")
        .then(|| visits.get(id).copied())
        .flatten()
}

fn counted(count: usize, noun: &str) -> String {
    counted_u32(u32::try_from(count).unwrap_or(u32::MAX), noun)
}

fn counted_u32(count: u32, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
