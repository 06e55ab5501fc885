//! The story of a patient: visits with what was done in them, and what stands alone.

use crate::present::phrase::{say, say_with};
use haven_model::language::spoken;
use std::collections::HashMap;

use haven_model::{Timestamp, display};

use super::{documents, encounters, person, results, vitals};
use crate::present::filed::{Filed, items, newest_first, text};
use crate::present::now::{DATE_NOT_RECORDED, Moment};
use crate::present::status::{badge_unless_synced, urgency};
use crate::present::{Backdrop, Now, words};
use crate::view::TimelineItem;

const MAX_ITEMS: usize = 30;

/// Newest first, thirty at most.
pub(super) fn timeline(filed: &[Filed<'_>], backdrop: Backdrop<'_>) -> Vec<TimelineItem> {
    let now = backdrop.now;
    let visits: HashMap<&str, usize> = filed
        .iter()
        .enumerate()
        .filter(|(_, filed)| filed.is("Encounter"))
        .map(|(at, filed)| (filed.key.id.as_str(), at))
        .collect();
    let mut events: HashMap<Occasion, Event<'_, '_>> = HashMap::new();
    for (at, filed) in filed.iter().enumerate() {
        let Some((part, when)) = part_of(filed, now) else {
            continue;
        };
        let occasion = match visit_of(filed, &visits) {
            Some(visit) => Occasion::Visit(visit),
            None if part == Part::Visit => Occasion::Visit(at),
            // Readings of one moment and results of one day are one event.
            None => match (part, when) {
                (Part::Vital, Some(when)) => Occasion::Readings(when.at),
                (Part::Result, Some(when)) => Occasion::Results(now.local(when.at).date()),
                _ => Occasion::Alone(at),
            },
        };
        let member = Member {
            at,
            filed,
            part,
            when,
        };
        match events.get_mut(&occasion) {
            Some(event) => event.members.push(member),
            None => {
                events.insert(
                    occasion,
                    Event {
                        members: vec![member],
                    },
                );
            }
        }
    }
    let mut events: Vec<Event<'_, '_>> = events.into_values().collect();
    events.sort_by_key(|event| {
        let lead = event.lead();
        (
            newest_first(lead.and_then(|lead| lead.when)),
            lead.map(|lead| lead.at),
        )
    });
    // Words are made for what is shown only: a long life has thousands of events.
    events
        .iter()
        .take(MAX_ITEMS)
        .filter_map(|event| event.view(backdrop))
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    Readings(Timestamp),
    Results(jiff::civil::Date),
    Alone(usize),
}

struct Member<'f, 'a> {
    at: usize,
    filed: &'f Filed<'a>,
    part: Part,
    when: Option<Moment>,
}

struct Event<'f, 'a> {
    members: Vec<Member<'f, 'a>>,
}

impl<'f, 'a> Event<'f, 'a> {
    /// The visit, else what came first.
    fn lead(&self) -> Option<&Member<'f, 'a>> {
        self.members
            .iter()
            .find(|member| member.part == Part::Visit)
            .or_else(|| self.members.first())
    }

    fn view(&self, backdrop: Backdrop<'_>) -> Option<TimelineItem> {
        let lead = self.lead()?;
        let by = || {
            let name = |member: &Member<'_, '_>| {
                person(
                    &member.filed.value,
                    &[
                        "participant",
                        "performer",
                        "author",
                        "requester",
                        "recorder",
                    ],
                    backdrop.people,
                )
            };
            name(lead).or_else(|| self.members.iter().find_map(name))
        };
        let (detail, by) = match lead.part {
            Part::Visit => (self.contents(), by()),
            Part::Vital => (counted(self.members.len(), "1 value", "{} values"), by()),
            Part::Result => (counted(self.members.len(), "1 result", "{} results"), by()),
            Part::Note if is_signed(lead.filed) => (say("Signed").to_owned(), by()),
            Part::Note => (String::new(), by()),
            Part::Report => match items(&lead.filed.value, "result").len() {
                0 => (String::new(), by()),
                results => (counted(results, "1 result", "{} results"), by()),
            },
            Part::Problem => (say("Problem recorded").to_owned(), by()),
            Part::Medicine => (say("Ordered").to_owned(), by()),
            Part::Procedure => (say("Procedure").to_owned(), by()),
            // Its own line names who gave it.
            Part::Immunization => (documents::immunization_detail(lead.filed, backdrop), None),
        };
        let worst = self
            .members
            .iter()
            .map(|member| member.filed.status)
            .max_by_key(|status| urgency(*status))?;
        Some(TimelineItem {
            when: lead.when.map_or_else(
                || say(DATE_NOT_RECORDED).to_owned(),
                |when| when.heading(backdrop.now),
            ),
            title: title(lead),
            detail: [Some(detail), by]
                .into_iter()
                .flatten()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" · "),
            sync: badge_unless_synced(worst, backdrop.facts, backdrop.now),
        })
    }

    /// What was done in a visit: "Vitals, 6 results, note signed".
    fn contents(&self) -> String {
        let mut counts: Vec<(Part, usize)> = Vec::new();
        for member in self
            .members
            .iter()
            .filter(|member| member.part != Part::Visit)
        {
            match counts.iter_mut().find(|(part, _)| *part == member.part) {
                Some((_, count)) => *count += 1,
                None => counts.push((member.part, 1)),
            }
        }
        let signed = self
            .members
            .iter()
            .any(|member| member.part == Part::Note && is_signed(member.filed));
        let words: Vec<String> = counts
            .into_iter()
            .map(|(part, count)| match part {
                Part::Visit => String::new(),
                Part::Vital => say("vitals").to_owned(),
                Part::Result => counted(count, "1 result", "{} results"),
                Part::Report => counted(count, "1 report", "{} reports"),
                Part::Note if signed && count == 1 => say("note signed").to_owned(),
                Part::Note => counted(count, "1 note", "{} notes"),
                Part::Immunization => counted(count, "1 vaccine", "{} vaccines"),
                Part::Medicine => counted(count, "1 medicine", "{} medicines"),
                Part::Problem => counted(count, "1 problem", "{} problems"),
                Part::Procedure => counted(count, "1 procedure", "{} procedures"),
            })
            .collect();
        words::capitalized(&words.join(spoken().comma()))
    }
}

fn is_signed(note: &Filed<'_>) -> bool {
    note.text("docStatus") == Some("final")
}

/// What an event is by its leading record; `None` for records that are no event.
fn part_of(filed: &Filed<'_>, now: &Now) -> Option<(Part, Option<Moment>)> {
    let (part, dates): (Part, &[&str]) = match filed.key.resource_type.as_str() {
        "Encounter" => (Part::Visit, &["period.start", "period.end"]),
        "Observation" if vitals::is_vital(filed) => (Part::Vital, results::TAKEN),
        "Observation" if results::is_result(filed) => (Part::Result, results::TAKEN),
        "DiagnosticReport" => (
            Part::Report,
            &["effectiveDateTime", "effectivePeriod.start", "issued"],
        ),
        "DocumentReference" => (Part::Note, &["date", "context.period.start"]),
        "Immunization" => (Part::Immunization, &["occurrenceDateTime", "recorded"]),
        "MedicationRequest" => (Part::Medicine, &["authoredOn"]),
        "Condition" => (
            Part::Problem,
            &["recordedDate", "onsetDateTime", "onsetPeriod.start"],
        ),
        "Procedure" => (
            Part::Procedure,
            &["performedDateTime", "performedPeriod.start"],
        ),
        _ => return None,
    };
    Some((part, filed.moment(dates, now)))
}

fn title(lead: &Member<'_, '_>) -> String {
    let value = &lead.filed.value;
    match lead.part {
        Part::Visit => encounters::title(value),
        Part::Vital => say("Vitals").to_owned(),
        Part::Result => say("Results").to_owned(),
        Part::Report | Part::Note => documents::note_title(value),
        Part::Immunization => words::name_of(value.get("vaccineCode")),
        Part::Medicine => display::medicine(value),
        Part::Problem | Part::Procedure => words::name_of(value.get("code")),
    }
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

/// "1 result", "6 results": the two phrases of one noun.
fn counted(count: usize, one: &'static str, many: &'static str) -> String {
    match count {
        1 => say(one).to_owned(),
        _ => say_with(many, &[count.to_string()]),
    }
}
