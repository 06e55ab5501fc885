//! How far a first sync with a plain server has come: what is asked for next, decided purely.
//!
//! Names of people and places come first, then today's schedule and the charts of the user's own
//! patients, then everything else, newest first: a page of each type, then windows of 30 days by the
//! server's clock. Invariants: a type is read in windows only while the server keeps to them, else as a
//! whole; what changes meanwhile is read from where each type began; nothing is called complete before
//! that has been read and as much is here as the server counts.

use std::collections::BTreeMap;

use haven_model::Timestamp;
use serde::{Deserialize, Serialize};

use super::cursor::{Piece, Walk};
use super::own::{MAX_OWN, TODAY_AFTER_MS, TODAY_BEFORE_MS, patient_parameter};

/// A piece of the past that is read at a time.
const WINDOW_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// Instants are compared by servers as finely as they keep them, which may be by the second.
const GRAIN_MS: i64 = 1_000;
/// Own patients asked for in one search.
const ASKED_TOGETHER: usize = 20;
/// Own patients where each needs a search of its own.
const MAX_ONE_BY_ONE: usize = 20;
/// Types that name the people and places of every chart.
const PEOPLE: [&str; 5] = [
    "Organization",
    "Location",
    "HealthcareService",
    "Practitioner",
    "PractitionerRole",
];

/// What a first sync with a plain server is busy with, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// The names of people and places.
    #[default]
    People,
    /// Today's appointments.
    Schedule,
    /// Whom the user cares for.
    Care,
    /// Their charts.
    Charts,
    /// The newest page of each type; where there is no other, that was the type.
    Newest,
    /// The rest of large types, window by window.
    Windows,
    /// Types that the server does not give in windows.
    Whole,
    /// What changed since it began.
    CatchingUp,
    /// Whether as much is here as the server counts.
    Verifying,
    /// Types of which there is less.
    Again,
    /// All of it is here.
    Done,
}

/// How far a first sync has come; kept in the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Arrival {
    pub stage: Stage,
    /// The types left in this stage, the one that is being read first.
    todo: Vec<String>,
    is_begun: bool,
    /// The Practitioners, and their roles, that are the user.
    pub selves: Vec<String>,
    /// The user's own patients.
    pub own: Vec<String>,
    /// How many parcels of own patients are behind in the present type.
    parcel: usize,
    /// What the present parcel has brought.
    found: usize,
    one_by_one: bool,
    /// Whether own charts may lack something: a type that could not be asked for by patient.
    gaps: bool,
    /// Types of more than a page.
    large: BTreeMap<String, Large>,
    whole: Vec<String>,
    /// Types in which something may have changed between one page and another.
    moved: Vec<String>,
    lacking: Vec<String>,
    /// The end of the present window, by the server's clock in milliseconds.
    end_ms: i64,
    span_ms: i64,
    brought: bool,
    is_settled: bool,
    /// How many there are, by type, where the server tells.
    pub total: BTreeMap<String, u64>,
    /// Bytes that have come, by type.
    pub bytes: BTreeMap<String, u64>,
}

/// A type of more than a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Large {
    /// The newest page reaches back to here.
    upto_ms: i64,
    newest_ms: i64,
    /// When the oldest was changed; absent until it was asked for.
    oldest_ms: Option<i64>,
    is_over: bool,
}

/// What is to be done next.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// A page of this.
    Read(Box<Walk>),
    /// When the oldest of this type was changed.
    Oldest(String),
    /// Let what has come be kept first.
    Settle,
    /// Whether as much of this type is here as there.
    Compare(String),
    /// Nothing.
    Over,
}

/// What a page of a piece was like.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts {
    /// How many resources were on it.
    pub count: usize,
    pub is_over: bool,
    /// Whether they were the newest first.
    pub is_sorted: bool,
    pub newest_ms: Option<i64>,
    pub oldest_ms: Option<i64>,
    /// Whether something was on it that had not been asked for.
    pub strays: bool,
    pub total: Option<u64>,
}

impl Arrival {
    /// Decides what comes next; `windows` is whether the server may keep to them.
    pub(super) fn next(&mut self, types: &[String], windows: bool, now: Timestamp) -> Next {
        if !self.is_begun {
            self.is_begun = true;
            self.enter(Stage::People, types);
        }
        loop {
            let Some(kind) = self.todo.first().cloned() else {
                if self.stage == Stage::Done {
                    return Next::Over;
                }
                self.go_on(types);
                continue;
            };
            return match self.stage {
                Stage::People | Stage::Whole | Stage::CatchingUp | Stage::Again => read(kind, None),
                Stage::Schedule => read(kind, Some(today(now))),
                Stage::Care => read(kind.clone(), Some(self.care(&kind))),
                Stage::Charts => match self.charts(&kind) {
                    Some(piece) => read(kind, Some(piece)),
                    None => {
                        self.close(&kind);
                        continue;
                    }
                },
                Stage::Newest if windows => read(kind, Some(Piece::default())),
                Stage::Newest => {
                    self.read_whole(&kind);
                    continue;
                }
                Stage::Windows => match self.window(&kind, windows) {
                    Some(next) => next,
                    None => continue,
                },
                Stage::Verifying if !self.is_settled => {
                    self.is_settled = true;
                    Next::Settle
                }
                Stage::Verifying => Next::Compare(kind),
                Stage::Done => Next::Over,
            };
        }
    }

    fn go_on(&mut self, types: &[String]) {
        let next = match self.stage {
            Stage::People => Stage::Schedule,
            Stage::Schedule => Stage::Care,
            Stage::Care => Stage::Charts,
            Stage::Charts => Stage::Newest,
            Stage::Newest => Stage::Windows,
            Stage::Windows if self.has_next_window() => Stage::Windows,
            Stage::Windows => Stage::Whole,
            Stage::Whole => Stage::CatchingUp,
            Stage::CatchingUp => Stage::Verifying,
            Stage::Verifying => Stage::Again,
            Stage::Again | Stage::Done => Stage::Done,
        };
        self.enter(next, types);
    }

    fn enter(&mut self, stage: Stage, types: &[String]) {
        let is_person = |name: &&String| PEOPLE.contains(&name.as_str());
        let of = |names: &[&str]| -> Vec<String> {
            let offered = names
                .iter()
                .filter(|name| types.iter().any(|one| one == *name));
            offered.map(|name| (*name).to_owned()).collect()
        };
        let todo = match stage {
            Stage::People => types.iter().filter(is_person).cloned().collect(),
            Stage::Schedule => of(&["Appointment"]),
            Stage::Care if self.selves.is_empty() => Vec::new(),
            Stage::Care => of(&["Patient", "CareTeam"]),
            Stage::Charts if self.own.is_empty() => Vec::new(),
            Stage::Charts => {
                let mut all = of(&["Patient"]);
                let others = types.iter().filter(|name| *name != "Patient");
                all.extend(
                    others
                        .filter(|name| patient_parameter(name).is_some())
                        .cloned(),
                );
                all
            }
            Stage::Newest => types
                .iter()
                .filter(|name| !is_person(name))
                .cloned()
                .collect(),
            Stage::Windows => self.begin_window(),
            Stage::Whole => std::mem::take(&mut self.whole),
            Stage::CatchingUp => self.moved.clone(),
            Stage::Verifying => std::mem::take(&mut self.moved),
            Stage::Again => std::mem::take(&mut self.lacking),
            Stage::Done => Vec::new(),
        };
        (self.stage, self.todo) = (stage, todo);
    }

    /// The present type of this stage is done with.
    pub(super) fn close(&mut self, kind: &str) {
        self.todo.retain(|name| name != kind);
        (self.parcel, self.found) = (0, 0);
    }

    /// Whether a walk belongs to what is being read.
    pub(super) fn is_at(&self, walk: &Walk) -> bool {
        self.todo.first() == Some(&walk.kind)
    }

    /// Whether pages are of a part of their type.
    pub(super) fn is_by_parts(&self) -> bool {
        matches!(
            self.stage,
            Stage::Schedule | Stage::Care | Stage::Charts | Stage::Newest | Stage::Windows
        )
    }

    fn care(&self, kind: &str) -> Piece {
        let parameter = if kind == "Patient" {
            "general-practitioner"
        } else {
            "participant"
        };
        Piece::with(parameter, self.selves.join(","))
    }

    fn charts(&self, kind: &str) -> Option<Piece> {
        let parameter = patient_parameter(kind)?;
        let size = if self.one_by_one { 1 } else { ASKED_TOGETHER };
        let about: Vec<String> = self.own.chunks(size).nth(self.parcel)?.to_vec();
        let named: Vec<String> = about
            .iter()
            .map(|id| match kind {
                "Patient" => id.clone(),
                _ => format!("Patient/{id}"),
            })
            .collect();
        Some(Piece {
            about,
            ..Piece::with(parameter, named.join(","))
        })
    }

    fn window(&mut self, kind: &str, windows: bool) -> Option<Next> {
        let Some(large) = self.large.get(kind).copied().filter(|_| windows) else {
            self.read_whole(kind);
            return None;
        };
        let Some(oldest_ms) = large.oldest_ms else {
            return Some(Next::Oldest(kind.to_owned()));
        };
        let from_ms = self.end_ms.saturating_sub(self.span_ms);
        let until_ms = self.end_ms.min(large.upto_ms.saturating_add(GRAIN_MS));
        if from_ms >= until_ms {
            // The newest page reaches further back.
            self.close(kind);
            return None;
        }
        let instant = |ms: i64| Timestamp(ms).to_instant();
        Some(read(
            kind.to_owned(),
            Some(Piece {
                from: (from_ms > oldest_ms).then(|| instant(from_ms)),
                until: Some(instant(until_ms)),
                ..Piece::default()
            }),
        ))
    }

    fn has_next_window(&self) -> bool {
        self.large.values().any(|large| !large.is_over)
    }

    fn begin_window(&mut self) -> Vec<String> {
        if self.span_ms == 0 {
            let newest_ms = self.large.values().map(|large| large.newest_ms).max();
            self.end_ms = newest_ms.unwrap_or(0).saturating_add(GRAIN_MS);
            // Bounds lie on whole seconds, which every server can tell apart.
            self.end_ms -= self.end_ms.rem_euclid(GRAIN_MS);
            self.end_ms = self.end_ms.saturating_add(GRAIN_MS);
            self.span_ms = WINDOW_MS;
        } else {
            self.end_ms = self.end_ms.saturating_sub(self.span_ms);
            // Years in which nothing was written are not asked for month by month.
            self.span_ms = if self.brought {
                WINDOW_MS
            } else {
                self.span_ms.saturating_mul(2)
            };
        }
        self.brought = false;
        let left = self.large.iter().filter(|(_, large)| !large.is_over);
        left.map(|(kind, _)| kind.clone()).collect()
    }

    /// Reads a type as a whole, in the server's order.
    fn read_whole(&mut self, kind: &str) {
        self.close(kind);
        self.large.remove(kind);
        if !self.whole.iter().any(|name| name == kind) {
            self.whole.push(kind.to_owned());
        }
    }

    /// Notes when the oldest of a type was changed; what the server does not tell is long ago.
    pub(super) fn note_oldest(&mut self, kind: &str, oldest_ms: Option<i64>) {
        if let Some(large) = self.large.get_mut(kind) {
            large.oldest_ms = Some(oldest_ms.unwrap_or(0).min(large.upto_ms));
        }
    }

    /// Notes whether less of a type is here than there.
    pub(super) fn note_compared(&mut self, kind: &str, is_lacking: bool) {
        self.close(kind);
        if is_lacking {
            self.lacking.push(kind.to_owned());
        }
    }

    /// Adds own patients.
    pub(super) fn add_own(&mut self, patients: impl IntoIterator<Item = String>) {
        for id in patients {
            if self.own.len() < MAX_OWN && !id.contains(',') && !self.own.contains(&id) {
                self.own.push(id);
            }
        }
    }

    /// The server does not give this part of a type.
    pub(super) fn refused(&mut self, kind: &str) {
        match self.stage {
            Stage::Newest | Stage::Windows => self.read_whole(kind),
            Stage::Charts => {
                self.gaps = true;
                self.close(kind);
            }
            Stage::People
            | Stage::Schedule
            | Stage::Care
            | Stage::Whole
            | Stage::CatchingUp
            | Stage::Verifying
            | Stage::Again
            | Stage::Done => self.close(kind),
        }
    }

    /// Takes note of a page of a part; answers whether the walk goes on.
    pub(super) fn heed(&mut self, walk: &Walk, page: &Facts) -> bool {
        let kind = walk.kind.as_str();
        if page.strays && self.stage != Stage::Newest {
            self.refused(kind);
            return false;
        }
        self.found += page.count;
        match self.stage {
            Stage::Charts if page.is_over => self.close_parcel(kind),
            Stage::Newest => self.note_newest(kind, page),
            Stage::Windows => {
                self.brought |= page.count > 0;
                if page.is_over {
                    let reaches_back = walk.piece.as_ref().is_some_and(|one| one.from.is_none());
                    if let Some(large) = self.large.get_mut(kind) {
                        large.is_over |= reaches_back;
                    }
                    self.close(kind);
                }
            }
            Stage::Schedule | Stage::Care if page.is_over => self.close(kind),
            Stage::People
            | Stage::Schedule
            | Stage::Care
            | Stage::Charts
            | Stage::Whole
            | Stage::CatchingUp
            | Stage::Verifying
            | Stage::Again
            | Stage::Done => {}
        }
        !page.is_over && self.stage != Stage::Newest
    }

    fn close_parcel(&mut self, kind: &str) {
        let is_list = !self.one_by_one && self.own.len() > 1;
        if kind == "Patient" && self.found == 0 && is_list {
            // It may not know lists of values.
            self.one_by_one = true;
            self.own.truncate(MAX_ONE_BY_ONE);
            (self.parcel, self.found) = (0, 0);
            return;
        }
        self.parcel += 1;
        self.found = 0;
        let size = if self.one_by_one { 1 } else { ASKED_TOGETHER };
        if self.parcel * size >= self.own.len() {
            self.close(kind);
        }
    }

    fn note_newest(&mut self, kind: &str, page: &Facts) {
        if let Some(total) = page.total {
            self.total.insert(kind.to_owned(), total);
        }
        if page.is_over {
            self.total
                .entry(kind.to_owned())
                .or_insert(u64::try_from(page.count).unwrap_or(u64::MAX));
            self.close(kind);
            return;
        }
        self.note_moved(kind);
        match (page.is_sorted, page.oldest_ms, page.newest_ms) {
            (true, Some(upto_ms), Some(newest_ms)) => {
                let large = Large {
                    upto_ms,
                    newest_ms,
                    ..Large::default()
                };
                self.large.insert(kind.to_owned(), large);
                self.close(kind);
            }
            _ => self.read_whole(kind),
        }
    }

    /// Takes note of a page of a type that is read as a whole.
    pub(super) fn note_whole(&mut self, kind: &str, is_first: bool, page: &Facts) {
        self.found += page.count;
        if !is_first && self.stage < Stage::CatchingUp {
            self.note_moved(kind);
        }
        let found = u64::try_from(self.found).unwrap_or(u64::MAX);
        let told = page.total.filter(|_| is_first);
        if let Some(total) = told.or_else(|| page.is_over.then_some(found)) {
            self.total.entry(kind.to_owned()).or_insert(total);
        }
    }

    /// Something of a type may have changed between one page and another.
    pub(super) fn note_moved(&mut self, kind: &str) {
        if !self.moved.iter().any(|name| name == kind) {
            self.moved.push(kind.to_owned());
        }
    }

    /// Whether everything of a patient's chart has come.
    pub(super) fn covers(&self, patient: &str) -> bool {
        self.stage > Stage::Charts && !self.gaps && self.own.iter().any(|one| one == patient)
    }

    /// Whether the server has been asked how many there are of every type.
    pub(super) fn has_asked_all(&self) -> bool {
        self.stage > Stage::Newest
    }
}

fn read(kind: String, piece: Option<Piece>) -> Next {
    Next::Read(Box::new(Walk {
        kind,
        piece,
        ..Walk::default()
    }))
}

fn today(now: Timestamp) -> Piece {
    let from = now.plus_ms(-TODAY_BEFORE_MS).to_instant();
    let until = now.plus_ms(TODAY_AFTER_MS).to_instant();
    let mut piece = Piece::with("date", format!("ge{from}"));
    piece.with.push(("date".to_owned(), format!("le{until}")));
    piece
}

#[cfg(test)]
mod tests;
