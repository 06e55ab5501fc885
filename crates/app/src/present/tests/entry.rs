use serde_json::Value;

use super::{Scene, enrique, pressure, stored, vital};
use crate::present::{check_vitals, saved, to_observations, vitals_form};
use crate::view::{BadgeState, ConnectionState, EntryState, TypedValue, VitalsInput};

fn input(values: &[(&str, &str)]) -> VitalsInput {
    VitalsInput {
        patient_id: "enrique".to_owned(),
        date: "23-Nov-2026".to_owned(),
        time: "14:03".to_owned(),
        values: values
            .iter()
            .map(|(key, text)| TypedValue {
                key: (*key).to_owned(),
                text: (*text).to_owned(),
            })
            .collect(),
        confirmed: Vec::new(),
    }
}

#[test]
fn the_form_shows_the_last_value_beside_each_input() {
    let scene = Scene::new(ConnectionState::Offline);
    let resources = [
        stored(&pressure("old", "2026-11-20T09:30:00+01:00", 148, 92)),
        stored(&vital(
            "w",
            "29463-7",
            "2026-11-20T09:30:00+01:00",
            "93.9",
            "kg",
            "kg",
        )),
    ];
    let form = vitals_form(&stored(&enrique()), &resources, scene.backdrop());
    assert_eq!(
        form.patient,
        "TREVIÑO, Enrique · born 25-Jul-1962 · MRN 870 062 165"
    );
    assert_eq!(
        (form.date.as_str(), form.time.as_str()),
        ("23-Nov-2026", "14:05")
    );
    let last = |key: &str| {
        form.fields
            .iter()
            .find(|field| field.key == key)
            .and_then(|field| field.last.clone())
    };
    assert_eq!(
        last("systolic").as_deref(),
        Some("Last 148 mmHg, 20-Nov-2026")
    );
    assert_eq!(last("weight").as_deref(), Some("Last 93.9 kg, 20-Nov-2026"));
    assert_eq!(last("pain"), None, "never measured is not zero");
}

#[test]
fn a_critical_pressure_waits_for_a_second_measurement() {
    let scene = Scene::new(ConnectionState::Offline);
    let resources = [stored(&pressure(
        "p",
        "2026-11-23T13:52:00+01:00",
        182,
        110,
    ))];
    let patient = stored(&enrique());
    let mut typed = input(&[("systolic", "184"), ("diastolic", "112")]);
    let check = check_vitals(&typed, &patient, &resources, scene.backdrop());
    assert!(!check.can_save);
    assert_eq!(check.reason, "Confirm 1 unusual value");
    let words = check.checks.first().expect("one check");
    assert_eq!(words.title, "184/112 is critical high");
    assert_eq!(
        words.detail,
        "Range 90–140 / 60–90. At 13:52 it was 182/110."
    );
    typed.confirmed = vec![words.key.clone()];
    let check = check_vitals(&typed, &patient, &resources, scene.backdrop());
    assert!(check.can_save);
    assert_eq!(
        check.checks.first().map(|check| check.state),
        Some(EntryState::Confirmed)
    );
}

#[test]
fn what_cannot_be_right_blocks_and_offers_what_was_meant() {
    let scene = Scene::new(ConnectionState::Connected);
    let patient = stored(&enrique());
    let blocked = |typed: &VitalsInput| {
        let check = check_vitals(typed, &patient, &[], scene.backdrop());
        assert!(!check.can_save, "{:?} must not be saved", typed.values);
        check
            .checks
            .into_iter()
            .find(|check| check.state == EntryState::Blocked)
    };
    let hot = blocked(&input(&[("temperature", "378")])).expect("a blocked value");
    assert_eq!(hot.suggestion.as_deref(), Some("37.8"));
    let half = blocked(&input(&[("systolic", "120")])).expect("half a pressure");
    assert_eq!(
        (half.key.as_str(), half.title.as_str()),
        ("diastolic", "Diastolic is missing")
    );
    let mut later = input(&[("heartRate", "80")]);
    later.time = "14:06".to_owned();
    assert_eq!(
        blocked(&later).map(|check| check.title),
        Some("This time has not come yet".to_owned())
    );
    later.date = "11/23/2026".to_owned();
    assert_eq!(
        blocked(&later).map(|check| check.key),
        Some("date".to_owned())
    );
    assert!(
        blocked(&input(&[("bloodSugar", "5")])).is_some(),
        "a value that would not be saved must not pass"
    );
    assert_eq!(
        check_vitals(&input(&[]), &patient, &[], scene.backdrop()).reason,
        "Enter at least one value"
    );
}

#[test]
fn what_was_typed_is_what_is_saved() {
    let scene = Scene::new(ConnectionState::Offline);
    let patient = stored(&enrique());
    let mut ids = (1..).map(|n| format!("id-{n}"));
    let made = to_observations(
        &input(&[
            ("temperature", "38.40"),
            ("systolic", "132"),
            ("diastolic", "84"),
        ]),
        &patient,
        &[],
        "Orn, Albertine",
        &mut || ids.next().expect("ids do not end"),
        scene.backdrop(),
    )
    .expect("nothing blocks");
    assert_eq!(made.len(), 2);
    for observation in &made {
        assert_eq!(
            observation.get("effectiveDateTime").and_then(Value::as_str),
            Some("2026-11-23T14:03:00+01:00"),
            "the time is that of the clinic, with its zone"
        );
    }
    assert!(
        made.iter().any(|observation| observation
            .pointer("/valueQuantity/value")
            .and_then(|value| serde_json::to_string(value).ok())
            .is_some_and(|text| text == "38.40")),
        "typed digits are kept"
    );
    let view = saved(&made, scene.backdrop());
    assert_eq!(view.text, "Saved on this device 14:05");
    assert_eq!(view.what, "132/84 mmHg, 38.40 °C");
    assert_eq!(view.sync.state, BadgeState::Saved);
    assert_eq!(view.keys, ["Observation/id-1", "Observation/id-2"]);
}
