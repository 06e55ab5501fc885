use haven_model::SyncStatus;
use haven_store::PatientRow;
use serde_json::{Value, json};

use super::{Scene, at, eduardo, enrique, stored};
use crate::present::{Patients, has_similar_name, patient_rows, patients_today, similar, today};
use crate::view::{AppointmentState, BadgeState, ConnectionState};

fn row(patient: &Value) -> PatientRow {
    PatientRow {
        patient: stored(patient),
        last_seen: Some("2026-11-23T09:30:00Z".to_owned()),
        pending: 0,
        conflicts: 0,
        rejected: 0,
        last_synced: Some(at("2026-11-23T09:12:00+01:00")),
    }
}

#[test]
fn people_with_similar_names_are_marked_in_the_row_and_in_the_strip() {
    let scene = Scene::new(ConnectionState::Connected);
    let anna = json!({"resourceType": "Patient", "id": "anna",
        "name": [{"family": "Достоевская", "given": ["Анна", "Григорьевна"]}], "birthDate": "1999"});
    let rows = [row(&anna), row(&eduardo()), row(&enrique())];
    let views = patient_rows(&rows, scene.backdrop());
    let marked: Vec<bool> = views.iter().map(|view| view.similar_name).collect();
    assert_eq!(
        marked,
        [false, true, true],
        "case and marks must not hide that two families are one"
    );
    let strip = similar(&rows).expect("two names are alike");
    assert_eq!(strip.title, "2 people here have similar names:");
    assert_eq!(
        strip.text,
        "TREVINO, Eduardo and Treviño, Enrique. Check birth date and MRN before you open a chart."
    );
    assert!(has_similar_name(&stored(&enrique()), &rows));
    assert!(
        !has_similar_name(&stored(&enrique()), &[row(&enrique()), row(&anna)]),
        "nobody is mistaken for themselves"
    );
}

#[test]
fn a_row_says_what_is_known_and_no_more() {
    let scene = Scene::new(ConnectionState::Offline);
    let mut waiting = row(&enrique());
    waiting.pending = 2;
    let unknown = row(&json!({"resourceType": "Patient", "id": "x"}));
    let views = patient_rows(&[waiting, unknown], scene.backdrop());
    let enrique = views.first().expect("first row");
    assert_eq!(enrique.name, "TREVIÑO, Enrique");
    assert_eq!(
        (enrique.born.as_str(), enrique.age.as_str()),
        ("25-Jul-1962", "64 y")
    );
    assert_eq!(enrique.identifier, "870 062 165");
    assert_eq!(enrique.last_seen, "23-Nov-2026");
    assert_eq!(enrique.sync.text, "Saved offline");
    let unknown = views.get(1).expect("second row");
    assert_eq!(
        (
            unknown.born.as_str(),
            unknown.age.as_str(),
            unknown.gender.as_str()
        ),
        ("Not recorded", "", "Not recorded")
    );
}

#[test]
fn the_worst_of_a_chart_is_its_rows_state() {
    let scene = Scene::new(ConnectionState::Connected);
    let mut row = row(&enrique());
    let badge = |row: &PatientRow| {
        let views = patient_rows(std::slice::from_ref(row), scene.backdrop());
        let badge = views.into_iter().next().expect("one row").sync;
        (badge.state, badge.text)
    };
    assert_eq!(badge(&row), (BadgeState::Synced, "Synced 09:12".to_owned()));
    row.pending = 1;
    assert_eq!(
        badge(&row),
        (BadgeState::Waiting, "Waiting to sync".to_owned())
    );
    row.conflicts = 1;
    assert_eq!(badge(&row), (BadgeState::Review, "Needs review".to_owned()));
    row.rejected = 1;
    assert_eq!(badge(&row).0, BadgeState::Refused);
    assert_eq!(SyncStatus::Synced.as_str(), "synced");
}

#[test]
fn today_is_the_day_on_this_workstations_clock() {
    let scene = Scene::new(ConnectionState::Connected);
    let appointment = |id: &str, start: &str, status: &str| {
        stored(&json!({
            "resourceType": "Appointment", "id": id, "status": status, "start": start,
            "description": "Blood pressure review",
            "participant": [{"actor": {"reference": "Patient/enrique"}, "status": "accepted"}]}))
    };
    let appointments = [
        appointment("a", "2026-11-23T13:45:00+01:00", "arrived"),
        // Late on the 22nd in UTC, and already the 23rd here.
        appointment("b", "2026-11-22T23:30:00Z", "fulfilled"),
        appointment("c", "2026-11-23T23:30:00Z", "booked"),
    ];
    let mut patients = Patients::new();
    patients.insert("enrique".to_owned(), enrique());
    let view = today(&appointments, &patients, scene.backdrop());
    assert_eq!(view.date, "Mon 23-Nov-2026");
    let seen: Vec<(&str, AppointmentState)> = view
        .appointments
        .iter()
        .map(|appointment| (appointment.time.as_str(), appointment.state))
        .collect();
    assert_eq!(
        seen,
        [
            ("00:30", AppointmentState::Done),
            ("13:45", AppointmentState::InProgress)
        ],
        "the day is that of the clinic, not of UTC"
    );
    assert_eq!(patients_today(&appointments, scene.backdrop()), ["enrique"]);
}
