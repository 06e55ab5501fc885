//! The same allergy, recorded more than once: made on two devices at a time, or by two people.
//!
//! Invariant: no record is joined, changed or left out. Those of the same code and standing are shown as
//! one line that speaks for the gravest of them, and each of them below it.

use haven_model::display::AllergyDisplay;
use serde_json::Value;

use super::allergies::is_disputed;
use super::person;
use crate::present::Backdrop;
use crate::present::filed::{Filed, items, text};
use crate::present::phrase::{say, told};
use crate::present::status::badge_unless_synced;
use crate::view::AllergySourceView;

/// A record, and its words.
pub(super) type Allergy<'f, 'a> = (&'f Filed<'a>, AllergyDisplay);

/// One line of the list: the record that it shows, and those that say the same of the same substance.
pub(super) struct OfOne<'f, 'a> {
    shown: Allergy<'f, 'a>,
    others: Vec<Allergy<'f, 'a>>,
}

/// Puts the records of one code together; `sorted` has the gravest first, and that one is shown. A record
/// that two people disagree about stands alone until one decides, and what has ended never stands with
/// what still holds.
pub(super) fn once<'f, 'a>(sorted: Vec<Allergy<'f, 'a>>) -> Vec<OfOne<'f, 'a>> {
    let mut lines: Vec<OfOne<'f, 'a>> = Vec::new();
    for allergy in sorted {
        match lines.iter_mut().find(|line| line.takes(&allergy)) {
            Some(line) => line.others.push(allergy),
            None => lines.push(OfOne {
                shown: allergy,
                others: Vec::new(),
            }),
        }
    }
    lines
}

impl<'f, 'a> OfOne<'f, 'a> {
    fn takes(&self, (filed, words): &Allergy<'f, 'a>) -> bool {
        let (shown, shown_words) = &self.shown;
        !is_disputed(shown)
            && !is_disputed(filed)
            && shown_words.active == words.active
            && same_code(&shown.value, &filed.value)
    }

    pub fn shown(&self) -> (&'f Filed<'a>, &AllergyDisplay) {
        (self.shown.0, &self.shown.1)
    }

    fn all(&self) -> impl Iterator<Item = &Allergy<'f, 'a>> {
        std::iter::once(&self.shown).chain(&self.others)
    }

    /// "High", or "High / Low" where the records do not agree.
    pub fn criticalities(&self) -> String {
        self.each(|words| &words.criticality_short)
    }

    /// "High criticality", or both where the records do not agree.
    pub fn long_criticalities(&self) -> String {
        self.each(|words| &words.criticality)
    }

    /// "Hives, moderate severity", or both where the records do not agree.
    pub fn reactions(&self) -> String {
        self.each(|words| &words.reaction)
    }

    /// What the records say of one thing, each word once, the gravest record's first.
    fn each(&self, of: impl Fn(&AllergyDisplay) -> &str) -> String {
        let mut said: Vec<&str> = Vec::new();
        for (_, words) in self.all() {
            if !said.contains(&of(words)) {
                said.push(of(words));
            }
        }
        said.join(" / ")
    }

    /// Whether the records say different things of it.
    pub fn differs(&self) -> bool {
        let shown = &self.shown.1;
        self.others.iter().any(|(_, words)| {
            (&words.criticality, &words.reaction, &words.verification)
                != (&shown.criticality, &shown.reaction, &shown.verification)
        })
    }

    /// For the banner.
    pub fn in_the_banner(&self) -> Option<String> {
        match self.others.len() {
            0 => None,
            1 => Some(say("recorded twice").to_owned()),
            more => Some(told!("recorded {} times", more + 1)),
        }
    }

    /// For the list.
    pub fn in_the_list(&self) -> Option<String> {
        match (self.others.len(), self.differs()) {
            (0, _) => None,
            (1, false) => Some(say("Recorded twice, shown once").to_owned()),
            (1, true) => Some(say("Recorded twice, and the records differ").to_owned()),
            (more, false) => Some(told!("Recorded {} times, shown once", more + 1)),
            (more, true) => Some(told!("Recorded {} times, and the records differ", more + 1)),
        }
    }

    /// Each record, where there are several.
    pub fn sources(&self, backdrop: Backdrop<'_>) -> Vec<AllergySourceView> {
        if self.others.is_empty() {
            return Vec::new();
        }
        self.all()
            .map(|(filed, words)| AllergySourceView {
                key: filed.key.to_string(),
                by: by(filed, backdrop),
                criticality: words.criticality.clone(),
                high: words.high,
                reaction: words.reaction.clone(),
                sync: badge_unless_synced(filed.status, backdrop.facts, backdrop.now),
                left: self.without(filed),
                weakens: self.weakened_without(filed, words),
            })
            .collect()
    }

    fn others_than<'s>(
        &'s self,
        one: &'s Filed<'a>,
    ) -> impl Iterator<Item = &'s AllergyDisplay> + 's {
        let others = self.all().filter(|(filed, _)| filed.key != one.key);
        others.map(|(_, words)| words)
    }

    /// What the line says once one of its records no longer counts.
    fn without(&self, one: &Filed<'_>) -> String {
        let mut said: Vec<&str> = Vec::new();
        for words in self.others_than(one) {
            for part in [words.criticality.as_str(), words.reaction.as_str()] {
                if !part.is_empty() && !said.contains(&part) {
                    said.push(part);
                }
            }
        }
        said.join(" · ")
    }

    /// What must not be lost unseen: that this record alone says the allergy is grave.
    fn weakened_without(&self, one: &Filed<'_>, words: &AllergyDisplay) -> String {
        if words.high && !self.others_than(one).any(|other| other.high) {
            told!(
                "Only this record says “{}”. Without it the chart no longer does.",
                words.criticality
            )
        } else {
            String::new()
        }
    }
}

/// Who recorded it and when: by its own word, else by the store's.
pub(super) fn by(filed: &Filed<'_>, backdrop: Backdrop<'_>) -> String {
    let who = person(&filed.value, &["recorder", "asserter"], backdrop.people)
        .unwrap_or_else(|| backdrop.people.short(filed.row.author.as_deref()));
    let when = filed.moment(&["recordedDate"], backdrop.now).map_or_else(
        || backdrop.now.today_or_date_time(filed.row.last_modified),
        |moment| moment.date(backdrop.now),
    );
    [who, when].join(" · ")
}

/// Whether both name the substance by one code of one system. Words alone, or a code without a system,
/// are no ground to take two records for one.
fn same_code(one: &Value, other: &Value) -> bool {
    let codings = |value| items_of_code(value).filter_map(coding);
    codings(one).any(|mine| codings(other).any(|theirs| mine == theirs))
}

fn items_of_code(value: &Value) -> impl Iterator<Item = &Value> {
    value
        .get("code")
        .map(|code| items(code, "coding"))
        .unwrap_or_default()
        .iter()
}

fn coding(coding: &Value) -> Option<(&str, &str)> {
    text(coding, "system").zip(text(coding, "code"))
}
