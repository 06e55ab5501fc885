//! Appointments: today's, written by hand for the cast, and those to come.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::calendar::{Moment, office_hour, shifted, working_day_before};
use super::cast::Progress;
use super::chart::Chart;
use super::fhir::reference;
use super::staff::{Craft, Place};

/// Writes today's appointment where there is one, and for many the next one.
pub(super) fn write(chart: &mut Chart<'_>) {
    let today = chart.practice.today;
    if let Some(slot) = chart.person.member.and_then(|member| member.slot) {
        let status = match slot.progress {
            Progress::Fulfilled => "fulfilled",
            Progress::Arrived => "arrived",
            Progress::Booked => "booked",
        };
        let craft = visit_craft(chart, today).unwrap_or(if slot.at_home {
            Craft::Nurse
        } else {
            Craft::Doctor
        });
        let place = if slot.at_home {
            Place::Home
        } else {
            Place::Clinic
        };
        let start = Moment::at(today, slot.hour, slot.minute);
        write_one(chart, start, status, slot.reason, (craft, place));
    }
    let comes_back = chart.dice.chance(45);
    let ahead = chart.dice.between(1, 84);
    if comes_back && chart.person.died.is_none() {
        let mut day = working_day_before(shifted(today, ahead));
        if day <= today {
            day = working_day_before(shifted(today, 7));
        }
        let start = office_hour(day, &mut chart.dice);
        // The front desk reads this list: a restricted problem is never the reason shown.
        let reason = chart
            .courses
            .iter()
            .filter(|course| course.abated.is_none())
            .map(|course| course.problem.facts())
            .find(|facts| !facts.acute && !facts.sensitive)
            .map_or("Check-up", |facts| facts.review);
        write_one(
            chart,
            start,
            "booked",
            reason,
            (Craft::Doctor, Place::Clinic),
        );
    }
}

/// Who saw the patient on `day`.
fn visit_craft(chart: &Chart<'_>, day: Date) -> Option<Craft> {
    chart
        .visits
        .iter()
        .find(|visit| visit.start.day == day)
        .map(|visit| visit.craft)
}

fn write_one(
    chart: &mut Chart<'_>,
    start: Moment,
    status: &str,
    reason: &str,
    (craft, place): (Craft, Place),
) {
    let id = chart.ids.uuid();
    let booked = shifted(
        start.day.min(chart.practice.today),
        -chart.dice.between(2, 25),
    );
    let accepted = |actor: Value| json!({"actor": actor, "status": "accepted"});
    let body = json!({
        "status": status,
        "reasonCode": [{"text": reason}],
        "description": reason,
        "start": chart.stamp(start),
        "end": chart.stamp(start.plus_minutes(20)),
        "minutesDuration": 20,
        "created": booked.to_string(),
        "participant": [
            accepted(reference("Patient", &chart.person.id)),
            accepted(chart.colleague(craft).reference()),
            accepted(chart.practice.staff.place(place)),
        ],
    });
    chart.add("Appointment", &id, false, body);
}
