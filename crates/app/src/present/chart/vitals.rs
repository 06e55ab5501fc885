//! Vitals: the newest sets as a table, every measure over time, and what is critical in words.

use crate::present::phrase::{say, told};
use std::collections::BTreeMap;

use haven_model::SyncStatus;
use haven_model::vitals::{Flag, Measure, VitalKind, VitalReading, limits};
use haven_store::OutboxEntry;
use serde_json::Value;

use super::{person, refusal};
use crate::present::filed::Filed;
use crate::present::now::{DATE_NOT_RECORDED, Moment, Precision};
use crate::present::status::{Room, badge_of, urgency};
use crate::present::{Backdrop, Now, words};
use crate::view::{
    RangeBand, ReadingValue, VitalPoint, VitalSeries, VitalsAlert, VitalsCell, VitalsReading,
    VitalsRow, VitalsView,
};

/// How many sets of readings the summary has room for.
const COLUMNS: usize = 4;

/// A vital sign with when and by whom it was taken.
struct Taken<'f, 'a> {
    filed: &'f Filed<'a>,
    reading: &'f VitalReading,
    when: Option<Moment>,
    flag: Flag,
}

/// Readings taken at one moment.
struct Set<'f, 'a> {
    when: Option<Moment>,
    readings: Vec<Taken<'f, 'a>>,
}

/// Whether an Observation is a vital sign that Haven shows with the vitals.
pub(super) fn is_vital(filed: &Filed<'_>) -> bool {
    filed.reading.is_some()
}

pub(super) fn vitals(
    filed: &[Filed<'_>],
    patient: &Value,
    outbox: &[OutboxEntry],
    backdrop: Backdrop<'_>,
) -> VitalsView {
    let now = backdrop.now;
    let age_now = words::age_years(patient, now.at, now);
    let sets = sets(filed, patient, now);
    let shown: Vec<&Set<'_, '_>> = sets.iter().take(COLUMNS).rev().collect();
    VitalsView {
        columns: shown
            .iter()
            .map(|set| {
                set.when.map_or_else(
                    || say(DATE_NOT_RECORDED).to_owned(),
                    |when| when.heading(now),
                )
            })
            .collect(),
        rows: VitalKind::ALL
            .into_iter()
            .filter(|kind| sets.iter().any(|set| set.of(*kind).is_some()))
            .map(|kind| row(kind, &shown, &sets, now))
            .collect(),
        series: VitalKind::ALL
            .into_iter()
            .filter_map(|kind| series(kind, &sets, age_now, now))
            .collect(),
        readings: sets
            .iter()
            .map(|set| set_view(set, outbox, backdrop))
            .collect(),
        alert: alert(&sets, backdrop),
        note: note(age_now),
    }
}

/// The newest first; what has no date comes last.
fn sets<'f, 'a>(filed: &'f [Filed<'a>], patient: &Value, now: &Now) -> Vec<Set<'f, 'a>> {
    let mut by_moment: BTreeMap<std::cmp::Reverse<Option<i64>>, Set<'f, 'a>> = BTreeMap::new();
    for filed in filed {
        let Some(reading) = filed.reading.as_ref() else {
            continue;
        };
        let when = reading
            .effective
            .as_deref()
            .and_then(|text| Moment::read(text, now));
        // A reading is judged by the age at which it was taken, not by today's.
        let age = words::age_years(patient, when.map_or(now.at, |when| when.at), now);
        let flag = reading.flag(age);
        by_moment
            .entry(crate::present::filed::newest_first(when))
            .or_insert_with(|| Set {
                when,
                readings: Vec::new(),
            })
            .readings
            .push(Taken {
                filed,
                reading,
                when,
                flag,
            });
    }
    let mut sets: Vec<Set<'f, 'a>> = by_moment.into_values().collect();
    for set in &mut sets {
        set.readings.sort_by_key(|taken| taken.reading.kind);
    }
    sets
}

impl<'f, 'a> Set<'f, 'a> {
    /// The reading of a kind; of two at one moment, the one that matters more.
    fn of(&self, kind: VitalKind) -> Option<&Taken<'f, 'a>> {
        self.readings
            .iter()
            .filter(|taken| taken.reading.kind == kind)
            .reduce(|a, b| if a.flag.worse(b.flag) == a.flag { a } else { b })
    }
}

fn row(kind: VitalKind, shown: &[&Set<'_, '_>], sets: &[Set<'_, '_>], now: &Now) -> VitalsRow {
    // A row of dashes alone would hide that there is an older value.
    let is_shown = shown.iter().any(|set| set.of(kind).is_some());
    let last = sets.iter().find_map(|set| set.of(kind));
    VitalsRow {
        older: last.filter(|_| !is_shown).map(|taken| {
            let when = taken
                .when
                .map_or_else(|| say(DATE_NOT_RECORDED).to_owned(), |when| when.date(now));
            format!("{}, {when}", taken.reading.text_with_unit())
        }),
        kind: kind.key().to_owned(),
        label: say(kind.label()).to_owned(),
        unit: kind.unit().to_owned(),
        cells: shown
            .iter()
            .map(|set| match set.of(kind) {
                Some(taken) => VitalsCell {
                    text: taken.reading.text(),
                    flag: Some(words::vital_flag(taken.flag)),
                },
                None => VitalsCell {
                    text: "–".to_owned(),
                    flag: None,
                },
            })
            .collect(),
    }
}

fn series(
    kind: VitalKind,
    sets: &[Set<'_, '_>],
    age_now: Option<u32>,
    now: &Now,
) -> Option<VitalSeries> {
    let (upper, lower) = match kind.measures() {
        [upper, lower] => (*upper, Some(*lower)),
        [only, ..] => (*only, None),
        [] => return None,
    };
    let points: Vec<VitalPoint> = sets
        .iter()
        .rev()
        .flat_map(|set| set.readings.iter())
        .filter(|taken| taken.reading.kind == kind)
        .filter_map(|taken| {
            let when = taken.when?;
            Some(VitalPoint {
                at_ms: milliseconds(when),
                when: when.date_time(now),
                value: taken.reading.part(upper)?.value,
                low: lower.and_then(|lower| Some(taken.reading.part(lower)?.value)),
                text: taken.reading.text(),
                flag: words::vital_flag(taken.flag),
            })
        })
        .collect();
    let newest = sets.iter().find_map(|set| set.of(kind))?;
    let critical = limits(upper, age_now);
    Some(VitalSeries {
        kind: kind.key().to_owned(),
        label: say(kind.label()).to_owned(),
        unit: kind.unit().to_owned(),
        points,
        ranges: kind
            .measures()
            .iter()
            .filter_map(|measure| band(*measure, age_now))
            .collect(),
        critical_low: critical.critical_low,
        critical_high: critical.critical_high,
        latest: format!(
            "{} {}",
            newest.reading.text(),
            say(newest.flag.words()).to_lowercase()
        ),
    })
}

/// Milliseconds for an axis; a double holds every instant of a lifetime exactly.
fn milliseconds(when: Moment) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "instants of a lifetime lie far below 2^53 ms"
    )]
    {
        when.at.as_millis() as f64
    }
}

fn band(measure: Measure, age: Option<u32>) -> Option<RangeBand> {
    let (low, high) = limits(measure, age).range?;
    Some(RangeBand {
        label: told!("{} range {}–{}", say(measure.label()), low, high),
        low,
        high,
    })
}

fn set_view(set: &Set<'_, '_>, outbox: &[OutboxEntry], backdrop: Backdrop<'_>) -> VitalsReading {
    let worst = set
        .readings
        .iter()
        .max_by_key(|taken| urgency(taken.filed.status));
    VitalsReading {
        taken: set.when.map_or_else(
            || say(DATE_NOT_RECORDED).to_owned(),
            |when| when.date_time(backdrop.now),
        ),
        values: set
            .readings
            .iter()
            .map(|taken| ReadingValue {
                kind: taken.reading.kind.key().to_owned(),
                text: taken.reading.text(),
                unit: taken.reading.kind.unit().to_owned(),
                flag: words::vital_flag(taken.flag),
            })
            .collect(),
        by: set
            .readings
            .iter()
            .find_map(|taken| performer(taken.filed, backdrop))
            .unwrap_or_default(),
        sync: badge_of(
            worst.map_or(SyncStatus::Synced, |taken| taken.filed.status),
            worst.and_then(|taken| refusal(outbox, taken.filed.key)),
            backdrop.facts,
            Room::Row,
            backdrop.now,
        ),
    }
}

fn performer(filed: &Filed<'_>, backdrop: Backdrop<'_>) -> Option<String> {
    person(&filed.value, &["performer"], backdrop.people)
}

/// Only what is the latest of its kind: an old crisis that was followed by a normal value is over.
fn alert(sets: &[Set<'_, '_>], backdrop: Backdrop<'_>) -> Option<VitalsAlert> {
    let latest = VitalKind::ALL
        .into_iter()
        .filter_map(|kind| sets.iter().find_map(|set| set.of(kind)))
        .filter(|taken| taken.flag.is_critical());
    let newest = latest.max_by_key(|taken| taken.when.map(|when| when.at))?;
    let kind = newest.reading.kind;
    let value = if kind == VitalKind::BloodPressure {
        newest.reading.text()
    } else {
        format!("{} {}", say(kind.label()), newest.reading.text_with_unit())
    };
    let when = newest.when.map_or_else(
        || say(DATE_NOT_RECORDED).to_owned(),
        |when| match when.precision {
            Precision::Instant => backdrop.now.today_or_date_time(when.at),
            Precision::Year | Precision::Month | Precision::Day => when.date(backdrop.now),
        },
    );
    Some(VitalsAlert {
        text: format!("{value} {}", say(newest.flag.words())),
        who: match performer(newest.filed, backdrop) {
            Some(person) => format!("{person}, {when}"),
            None => when,
        },
        flag: words::vital_flag(newest.flag).state,
    })
}

fn note(age: Option<u32>) -> String {
    match age {
        Some(age) if age >= 18 => say("shaded band = reference range for adults").to_owned(),
        Some(age) => told!("shaded band = reference range at {} y", age),
        None => say("no reference ranges: age not known").to_owned(),
    }
}

/// The last value of a measure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewestValue {
    pub value: f64,
    /// "148".
    pub text: String,
    pub when: Option<Moment>,
}

/// The newest value of every measure, for the form.
pub(crate) fn newest_values(filed: &[Filed<'_>], now: &Now) -> BTreeMap<Measure, NewestValue> {
    let mut newest: BTreeMap<Measure, NewestValue> = BTreeMap::new();
    for reading in filed.iter().filter_map(|filed| filed.reading.as_ref()) {
        let when = reading
            .effective
            .as_deref()
            .and_then(|text| Moment::read(text, now));
        for part in &reading.parts {
            let older = newest
                .get(&part.measure)
                .is_none_or(|known| known.when.map(|m| m.at) < when.map(|m| m.at));
            if older {
                newest.insert(
                    part.measure,
                    NewestValue {
                        value: part.value,
                        text: part.text.clone(),
                        when,
                    },
                );
            }
        }
    }
    newest
}
