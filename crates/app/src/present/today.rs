use crate::present::phrase::say;
use haven_store::Stored;
use jiff::civil::Weekday;
use serde_json::Value;

use super::filed::{Filed, items, text};
use super::now::{Moment, NOT_RECORDED, Precision};
use super::{Backdrop, Now, Patients, words};
use crate::view::{AppointmentState, AppointmentView, TodayView};

/// Today's schedule, by time; appointments of other days are left out.
#[must_use]
pub fn today(appointments: &[Stored], patients: &Patients, backdrop: Backdrop<'_>) -> TodayView {
    let now = backdrop.now;
    let date = now.today();
    TodayView {
        date: format!(
            "{} {}",
            weekday(date.weekday()),
            super::now::date_words(date)
        ),
        appointments: of_today(appointments, now)
            .into_iter()
            .map(|(start, appointment, patient_id)| {
                view(
                    start,
                    &appointment,
                    &patient_id,
                    patients.get(&patient_id),
                    now,
                )
            })
            .collect(),
    }
}

/// The ids of the patients of today's appointments, each once.
#[must_use]
pub fn patients_today(appointments: &[Stored], backdrop: Backdrop<'_>) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for (_, appointment, id) in of_today(appointments, backdrop.now) {
        if state(appointment.state()) != AppointmentState::Off && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

fn of_today<'a>(appointments: &'a [Stored], now: &Now) -> Vec<(Moment, Filed<'a>, String)> {
    let mut found: Vec<(Moment, Filed<'_>, String)> = appointments
        .iter()
        .filter_map(Filed::open)
        .filter(|filed| filed.is("Appointment") && !filed.is_entered_in_error())
        .filter_map(|filed| {
            let start = filed.moment(&["start", "requestedPeriod.start"], now)?;
            let patient = haven_model::Resource::patient_of(&filed.value)?;
            now.is_today(start.at).then_some((start, filed, patient))
        })
        .collect();
    found.sort_by_key(|(start, ..)| start.at);
    found
}

fn view(
    start: Moment,
    appointment: &Filed<'_>,
    patient_id: &str,
    patient: Option<&Value>,
    now: &Now,
) -> AppointmentView {
    let state = state(appointment.state());
    AppointmentView {
        time: match start.precision {
            Precision::Instant => now.clock(start.at),
            Precision::Year | Precision::Month | Precision::Day => "–".to_owned(),
        },
        patient_id: patient_id.to_owned(),
        name: patient.map_or_else(
            || {
                participant_name(&appointment.value)
                    .unwrap_or_else(|| say("Not on this device").to_owned())
            },
            words::banner_name,
        ),
        born: patient.map_or_else(
            || say(NOT_RECORDED).to_owned(),
            |patient| words::born(patient, now),
        ),
        identifier: patient.map_or_else(
            || say(NOT_RECORDED).to_owned(),
            |patient| words::identifier(patient).1,
        ),
        reason: reason(&appointment.value),
        state,
        state_text: state_text(appointment.state()).to_owned(),
    }
}

fn participant_name(appointment: &Value) -> Option<String> {
    items(appointment, "participant")
        .iter()
        .filter_map(|participant| participant.get("actor"))
        .find(|actor| {
            text(actor, "reference").is_some_and(|reference| reference.contains("Patient/"))
        })
        .and_then(|actor| text(actor, "display"))
        .map(str::to_owned)
}

fn reason(appointment: &Value) -> String {
    text(appointment, "description")
        .map(str::to_owned)
        .or_else(|| {
            ["reasonCode", "serviceType"]
                .iter()
                .flat_map(|name| items(appointment, name))
                .map(words::concept)
                .find(|words| !words.is_empty())
        })
        .or_else(|| appointment.get("appointmentType").map(words::concept))
        .filter(|words| !words.is_empty())
        .unwrap_or_else(|| say("Reason not recorded").to_owned())
}

fn state(status: &str) -> AppointmentState {
    match status {
        "fulfilled" => AppointmentState::Done,
        "arrived" | "checked-in" => AppointmentState::InProgress,
        "cancelled" | "noshow" => AppointmentState::Off,
        _ => AppointmentState::Booked,
    }
}

fn state_text(status: &str) -> &'static str {
    match status {
        "fulfilled" => say("Done"),
        "arrived" | "checked-in" => say("In progress"),
        "cancelled" => say("Cancelled"),
        "noshow" => say("Missed"),
        "waitlist" => say("Waiting list"),
        "proposed" | "pending" => say("Not confirmed"),
        _ => "",
    }
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => say("Mon"),
        Weekday::Tuesday => say("Tue"),
        Weekday::Wednesday => say("Wed"),
        Weekday::Thursday => say("Thu"),
        Weekday::Friday => say("Fri"),
        Weekday::Saturday => say("Sat"),
        Weekday::Sunday => say("Sun"),
    }
}
