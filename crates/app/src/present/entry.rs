//! The vitals form: what is typed is judged here, before anything is saved.

use crate::present::phrase::{say, told};
use std::collections::BTreeMap;

use haven_model::vitals::{
    EntryCheck, Flag, Measure, Previous, VitalsEntry, check, check_blood_pressure, flag, limits,
    observations, reading, typed,
};
use haven_model::{SyncStatus, Timestamp};
use haven_store::Stored;
use serde_json::Value;

use super::chart::{NewestValue, newest_values};
use super::filed::Filed;
use super::now::{Moment, parse_clock, parse_date};
use super::status::{Room, badge_of};
use super::{Backdrop, Now, words};
use crate::view::{
    EntryCheckView, EntryState, SavedView, VitalsCheckView, VitalsField, VitalsFormView,
    VitalsInput,
};

/// The form, with the last value of every measure beside its input.
#[must_use]
pub fn vitals_form(
    patient: &Stored,
    resources: &[Stored],
    backdrop: Backdrop<'_>,
) -> VitalsFormView {
    let now = backdrop.now;
    let newest = newest(resources, now);
    VitalsFormView {
        patient: words::two_identifiers(&tree(patient), now),
        date: super::now::typed_date_words(now.today()),
        time: now.clock(now.at),
        fields: Measure::TYPED
            .into_iter()
            .map(|measure| VitalsField {
                key: measure.key().to_owned(),
                label: say(measure.label()).to_owned(),
                unit: measure.unit().to_owned(),
                last: newest
                    .get(&measure)
                    .map(|last| told!("Last {}", last_words(measure, last, now))),
            })
            .collect(),
    }
}

/// What is to be said of the values as typed so far.
#[must_use]
pub fn check_vitals(
    input: &VitalsInput,
    patient: &Stored,
    resources: &[Stored],
    backdrop: Backdrop<'_>,
) -> VitalsCheckView {
    judge(input, patient, resources, backdrop).view
}

/// The Observations for what was typed; `performer` is the display name of who is at work.
///
/// # Errors
/// The check, where something blocks or waits for a confirmation: nothing is saved in part.
pub fn to_observations(
    input: &VitalsInput,
    patient: &Stored,
    resources: &[Stored],
    performer: &str,
    new_id: &mut dyn FnMut() -> String,
    backdrop: Backdrop<'_>,
) -> Result<Vec<Value>, VitalsCheckView> {
    let judgement = judge(input, patient, resources, backdrop);
    let Some(taken) = judgement.taken.filter(|_| judgement.view.can_save) else {
        return Err(judgement.view);
    };
    let entry = VitalsEntry {
        values: judgement.values,
    };
    observations(
        &entry,
        &patient.key.id,
        &date_time(taken, backdrop.now),
        performer,
        new_id,
    )
    .map_err(|unreadable| {
        verdict(vec![blocked(
            unreadable.measure.key(),
            &unreadable.to_string(),
            None,
        )])
    })
}

/// What was saved, in words.
#[must_use]
pub fn saved(observations: &[Value], backdrop: Backdrop<'_>) -> SavedView {
    SavedView {
        text: told!(
            "Saved on this device {}",
            backdrop.now.clock(backdrop.now.at)
        ),
        what: observations
            .iter()
            .filter_map(reading)
            .map(|reading| reading.text_with_unit())
            .collect::<Vec<_>>()
            .join(", "),
        keys: observations
            .iter()
            .filter_map(|observation| {
                Some(format!("Observation/{}", observation.get("id")?.as_str()?))
            })
            .collect(),
        sync: badge_of(
            SyncStatus::Pending,
            None,
            backdrop.facts,
            Room::Row,
            backdrop.now,
        ),
    }
}

struct Judgement {
    view: VitalsCheckView,
    taken: Option<Timestamp>,
    values: Vec<(Measure, String)>,
}

fn judge(
    input: &VitalsInput,
    patient: &Stored,
    resources: &[Stored],
    backdrop: Backdrop<'_>,
) -> Judgement {
    let now = backdrop.now;
    let patient = tree(patient);
    let mut checks = Vec::new();
    let taken = match moment(input, &patient, now) {
        Ok(at) => Some(at),
        Err(check) => {
            checks.push(*check);
            None
        }
    };
    let age = words::age_years(&patient, taken.unwrap_or(now.at), now);
    let mut values: Vec<(Measure, String)> = Vec::new();
    for value in input
        .values
        .iter()
        .filter(|value| !value.text.trim().is_empty())
    {
        match Measure::from_key(&value.key).filter(|measure| Measure::TYPED.contains(measure)) {
            Some(measure) if !values.iter().any(|(known, _)| *known == measure) => {
                values.push((measure, value.text.trim().to_owned()));
            }
            // A value that would not be saved must not look as if it were.
            Some(_) | None => checks.push(blocked(
                &value.key,
                say("This value cannot be saved here"),
                None,
            )),
        }
    }
    let newest = newest(resources, now);
    checks.extend(pressure(&values, age, &newest, &input.confirmed, now));
    for (measure, text) in &values {
        if matches!(measure, Measure::Systolic | Measure::Diastolic) {
            continue;
        }
        let previous = newest.get(measure).map(|last| Previous {
            value: last.value,
            words: last_words(*measure, last, now),
        });
        let judged = check(*measure, text, age, previous.as_ref());
        checks.extend(view(measure.key(), judged, &input.confirmed));
    }
    let mut view = verdict(checks);
    if values.is_empty() && view.can_save {
        view.can_save = false;
        view.reason = say("Enter at least one value").to_owned();
    }
    Judgement {
        view,
        taken,
        values,
    }
}

/// The instant that date and time name here; neither to come nor before birth.
fn moment(
    input: &VitalsInput,
    patient: &Value,
    now: &Now,
) -> Result<Timestamp, Box<EntryCheckView>> {
    let date = parse_date(&input.date)
        .ok_or_else(|| refused("date", say("Write the date as 23-Nov-2026")))?;
    let time = parse_clock(&input.time)
        .ok_or_else(|| refused("time", say("Write the time as 14:03, 24 h")))?;
    let at = now
        .instant(date.to_datetime(time))
        .ok_or_else(|| refused("date", say("This date cannot be right")))?;
    if at > now.at {
        let key = if date > now.today() { "date" } else { "time" };
        return Err(refused(key, say("This time has not come yet")));
    }
    let born = super::filed::text(patient, "birthDate").and_then(|born| Moment::read(born, now));
    if born.is_some_and(|born| at < born.at) {
        return Err(refused("date", say("This is before the birth date")));
    }
    Ok(at)
}

/// A blood pressure is judged as one: its two halves mean little alone.
fn pressure(
    values: &[(Measure, String)],
    age: Option<u32>,
    newest: &BTreeMap<Measure, NewestValue>,
    confirmed: &[String],
    now: &Now,
) -> Vec<EntryCheckView> {
    let text = |measure: Measure| {
        values
            .iter()
            .find(|(known, _)| *known == measure)
            .map(|(_, text)| text.as_str())
    };
    let (upper, lower) = match (text(Measure::Systolic), text(Measure::Diastolic)) {
        (None, None) => return Vec::new(),
        (Some(_), None) => return vec![half_missing(Measure::Diastolic)],
        (None, Some(_)) => return vec![half_missing(Measure::Systolic)],
        (Some(upper), Some(lower)) => (upper, lower),
    };
    let halves = [(Measure::Systolic, upper), (Measure::Diastolic, lower)];
    let judged = halves.map(|(measure, text)| (measure, check(measure, text, age, None)));
    if judged.iter().any(|(_, judged)| judged.blocks()) {
        return judged
            .into_iter()
            .filter(|(_, judged)| judged.blocks())
            .filter_map(|(measure, judged)| view(measure.key(), judged, confirmed))
            .collect();
    }
    if let Some(swapped) = check_blood_pressure(upper, lower) {
        return view(Measure::Systolic.key(), swapped, confirmed)
            .into_iter()
            .collect();
    }
    let standing = halves
        .iter()
        .filter_map(|(measure, text)| Some(flag(*measure, typed(*measure, text)?.value, age)))
        .reduce(Flag::worse)
        .unwrap_or(Flag::NoRange);
    let needs_confirm = judged.iter().any(|(_, judged)| judged.needs_confirm());
    if !needs_confirm && matches!(standing, Flag::InRange | Flag::NoRange) {
        return Vec::new();
    }
    // The message stands under the half that asked for it; a tick at either half confirms both.
    let key = judged
        .iter()
        .find(|(_, judged)| {
            judged.needs_confirm() == needs_confirm && !matches!(judged, EntryCheck::Ok(_))
        })
        .map_or(Measure::Systolic, |(measure, _)| *measure)
        .key();
    let is_confirmed = confirmed
        .iter()
        .any(|key| key == Measure::Systolic.key() || key == Measure::Diastolic.key());
    let what = if matches!(standing, Flag::InRange | Flag::NoRange) {
        say("unusual").to_owned()
    } else {
        say(standing.words()).to_lowercase()
    };
    vec![EntryCheckView {
        key: key.to_owned(),
        state: state(needs_confirm, is_confirmed),
        title: told!(
            "{}/{} is {}",
            plain(Measure::Systolic, upper),
            plain(Measure::Diastolic, lower),
            what
        ),
        detail: pressure_detail(age, newest, now),
        suggestion: None,
        flag: Some(words::vital_flag(standing)),
    }]
}

/// "Range 90–140 / 60–90. At 13:52 it was 182/110."
fn pressure_detail(age: Option<u32>, newest: &BTreeMap<Measure, NewestValue>, now: &Now) -> String {
    let range = |measure| {
        limits(measure, age)
            .range
            .map(|(low, high)| format!("{low}–{high}"))
    };
    let range = range(Measure::Systolic)
        .zip(range(Measure::Diastolic))
        .map(|(upper, lower)| told!("Range {} / {}.", upper, lower));
    let last = newest
        .get(&Measure::Systolic)
        .zip(newest.get(&Measure::Diastolic))
        .filter(|(upper, lower)| upper.when == lower.when)
        .map(|(upper, lower)| {
            let when = match upper.when {
                Some(when) if now.is_today(when.at) => told!("At {}", now.clock(when.at)),
                Some(when) => told!("On {}", when.date(now)),
                None => say("Before").to_owned(),
            };
            told!("{} it was {}/{}.", when, upper.text, lower.text)
        });
    [range, last]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

fn half_missing(measure: Measure) -> EntryCheckView {
    blocked(
        measure.key(),
        &told!("{} is missing", measure.label()),
        None,
    )
}

/// What a check says on the screen; `None` when the value is plainly fine.
fn view(key: &str, judged: EntryCheck, confirmed: &[String]) -> Option<EntryCheckView> {
    match judged {
        EntryCheck::Ok(typed) => typed.converted_from.map(|original| EntryCheckView {
            key: key.to_owned(),
            state: EntryState::Ok,
            title: told!("Converted from {}", original),
            detail: told!("Saved as {}.", typed.text),
            suggestion: None,
            flag: None,
        }),
        EntryCheck::Unusual {
            message,
            detail,
            flag,
            needs_confirm,
            ..
        } => Some(EntryCheckView {
            key: key.to_owned(),
            state: state(needs_confirm, confirmed.iter().any(|known| known == key)),
            title: message,
            detail,
            suggestion: None,
            flag: Some(words::vital_flag(flag)),
        }),
        EntryCheck::Implausible {
            message,
            suggestion,
        } => Some(blocked(key, &message, suggestion)),
        EntryCheck::NotANumber => Some(blocked(key, say("This is not a number"), None)),
    }
}

fn state(needs_confirm: bool, confirmed: bool) -> EntryState {
    match (needs_confirm, confirmed) {
        (false, _) => EntryState::Ok,
        (true, false) => EntryState::Unusual,
        (true, true) => EntryState::Confirmed,
    }
}

fn blocked(key: &str, title: &str, suggestion: Option<String>) -> EntryCheckView {
    EntryCheckView {
        key: key.to_owned(),
        state: EntryState::Blocked,
        title: title.to_owned(),
        detail: suggestion
            .as_deref()
            .map(|suggestion| told!("Did you mean {}?", suggestion))
            .unwrap_or_default(),
        suggestion,
        flag: None,
    }
}

fn refused(key: &str, title: &str) -> Box<EntryCheckView> {
    Box::new(blocked(key, title, None))
}

fn verdict(checks: Vec<EntryCheckView>) -> VitalsCheckView {
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    let (blocked, unusual) = (count(EntryState::Blocked), count(EntryState::Unusual));
    let reason = if blocked > 0 {
        match blocked {
            1 => say("Correct 1 value").to_owned(),
            _ => told!("Correct {} values", blocked),
        }
    } else if unusual > 0 {
        match unusual {
            1 => say("Confirm 1 unusual value").to_owned(),
            _ => told!("Confirm {} unusual values", unusual),
        }
    } else {
        String::new()
    };
    VitalsCheckView {
        can_save: reason.is_empty(),
        checks,
        reason,
    }
}

fn newest(resources: &[Stored], now: &Now) -> BTreeMap<Measure, NewestValue> {
    let filed: Vec<Filed<'_>> = resources
        .iter()
        .filter(|stored| stored.key.resource_type == "Observation")
        .filter_map(Filed::open)
        .collect();
    newest_values(&filed, now)
}

/// "93.9 kg, 20-Nov-2026".
fn last_words(measure: Measure, last: &NewestValue, now: &Now) -> String {
    let when = match last.when {
        Some(when) if now.is_today(when.at) => now.today_or_date_time(when.at),
        Some(when) => when.date(now),
        None => say("date not recorded").to_owned(),
    };
    format!("{}, {when}", measure.with_unit(&last.text))
}

/// The typed digits as they will be saved.
fn plain(measure: Measure, text: &str) -> String {
    typed(measure, text).map_or_else(|| text.to_owned(), |typed| typed.text)
}

fn tree(patient: &Stored) -> Value {
    patient
        .resource
        .as_ref()
        .map_or(Value::Null, |resource| resource.value())
}

/// The FHIR dateTime of an instant on this workstation's clock: `2026-11-23T14:03:00+01:00`.
fn date_time(at: Timestamp, now: &Now) -> String {
    jiff::Timestamp::from_millisecond(at.as_millis())
        .unwrap_or_default()
        .to_zoned(now.zone.clone())
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}
