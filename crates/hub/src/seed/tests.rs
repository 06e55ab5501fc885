//! The clinic as a whole: it repeats, it hangs together, and it makes clinical sense.

mod clinical;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use haven_model::validate::{Severity, validate};
use jiff::civil::{Date, date};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{clinic, clinic_at};

const TODAY: Date = date(2026, 11, 23);

/// Enough people for every rule to meet someone, made once.
fn sample() -> &'static [Value] {
    static SAMPLE: LazyLock<Vec<Value>> = LazyLock::new(|| clinic(240, 1, TODAY).collect());
    &SAMPLE
}

fn text<'a>(resource: &'a Value, pointer: &str) -> &'a str {
    resource
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn kind(resource: &Value) -> &str {
    text(resource, "/resourceType")
}

fn key(resource: &Value) -> String {
    format!("{}/{}", kind(resource), text(resource, "/id"))
}

fn of_kind<'a>(all: &'a [Value], wanted: &'a str) -> impl Iterator<Item = &'a Value> {
    all.iter().filter(move |resource| kind(resource) == wanted)
}

/// Whom a resource is about: `Patient/…`, or nothing for those of the clinic.
fn owner(resource: &Value) -> String {
    match kind(resource) {
        "Patient" => key(resource),
        "Appointment" => text(resource, "/participant/0/actor/reference").to_owned(),
        "AllergyIntolerance" | "Immunization" => text(resource, "/patient/reference").to_owned(),
        _ => text(resource, "/subject/reference").to_owned(),
    }
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match (name.as_str(), field) {
                    ("reference", Value::String(target)) => found.push(target.clone()),
                    _ => references(field, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn fingerprint(patients: u32, seed: u64) -> String {
    let mut hash = Sha256::new();
    for resource in clinic(patients, seed, TODAY) {
        hash.update(resource.to_string().as_bytes());
        hash.update(b"\n");
    }
    hex::encode(hash.finalize())
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
    assert_eq!(
        fingerprint(50, 1),
        fingerprint(50, 1),
        "a clinic is a function of its arguments"
    );
    assert_ne!(
        fingerprint(20, 1),
        fingerprint(20, 2),
        "the seed decides who lives there"
    );
}

#[test]
fn a_patient_does_not_depend_on_how_many_others_there_are() {
    let few: Vec<_> = clinic(20, 7, TODAY).collect();
    let many: Vec<_> = clinic(30, 7, TODAY).collect();
    assert_eq!(
        few.as_slice(),
        &many[..few.len()],
        "a larger clinic begins with the smaller one"
    );
}

#[test]
fn the_clinic_of_seed_one_is_of_the_size_that_was_promised() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for resource in clinic(50, 1, TODAY) {
        *counts.entry(kind(&resource).to_owned()).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    assert!(
        (120 * 50..=200 * 50).contains(&total),
        "120 to 200 each on average, found {total}"
    );
    insta::assert_json_snapshot!(counts, @r#"
    {
      "AllergyIntolerance": 59,
      "Appointment": 31,
      "CarePlan": 12,
      "Condition": 162,
      "DiagnosticReport": 476,
      "DocumentReference": 218,
      "Encounter": 725,
      "Goal": 12,
      "Immunization": 686,
      "Location": 2,
      "MedicationRequest": 162,
      "Observation": 5972,
      "Organization": 1,
      "Patient": 50,
      "Practitioner": 9,
      "PractitionerRole": 9
    }
    "#);
}

#[test]
fn every_resource_is_valid_and_has_an_id_of_its_own() {
    let mut seen = BTreeSet::new();
    for resource in sample() {
        let issues = validate(resource);
        assert!(
            issues.is_empty(),
            "{} has issues {issues:?}: {resource}",
            key(resource)
        );
        assert!(seen.insert(key(resource)), "{} comes twice", key(resource));
    }
    let strict = clinic(30, 9, date(2024, 2, 29)).flat_map(|one| validate(&one));
    assert_eq!(
        strict
            .filter(|issue| issue.severity == Severity::Error)
            .count(),
        0,
        "a leap day"
    );
}

#[test]
fn a_reference_points_back_within_the_clinic_and_never_to_another_patient() {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for resource in sample() {
        let mine = owner(resource);
        let mut targets = Vec::new();
        references(resource, &mut targets);
        for target in targets {
            if target == key(resource) {
                continue;
            }
            let theirs = owners.get(&target);
            assert!(
                theirs.is_some(),
                "{} points to {target}, not yet seen",
                key(resource)
            );
            let theirs = theirs.map(String::as_str).unwrap_or_default();
            assert!(
                theirs.is_empty() || theirs == mine,
                "{} of {mine} points into the chart of {theirs}",
                key(resource)
            );
        }
        owners.insert(key(resource), mine);
    }
}

#[test]
fn names_are_written_in_many_scripts_and_some_are_easily_mistaken() {
    let all = sample();
    let names: String = of_kind(all, "Patient")
        .map(|one| text(one, "/name/0/family"))
        .collect();
    let scripts = [
        ("Arabic", 0x600..0x700_u32),
        ("Cyrillic", 0x400..0x500),
        ("Greek", 0x370..0x400),
        ("Devanagari", 0x900..0x980),
        ("Bengali", 0x980..0xA00),
        ("Ethiopic", 0x1200..0x1380),
        ("Han", 0x4E00..0xA000),
        ("Hangul", 0xAC00..0xD7B0),
        ("Vietnamese", 0x1EA0..0x1F00),
        ("Latin with marks", 0xC0..0x250),
    ];
    for (script, range) in scripts {
        let there = names
            .chars()
            .any(|letter| range.contains(&u32::from(letter)));
        assert!(there, "no family name in {script}");
    }
    let mut families: BTreeMap<(&str, char), u32> = BTreeMap::new();
    for patient in of_kind(all, "Patient") {
        let initial = text(patient, "/name/0/given/0")
            .chars()
            .next()
            .unwrap_or_default();
        *families
            .entry((text(patient, "/name/0/family"), initial))
            .or_default() += 1;
    }
    let alike = families.values().filter(|count| **count > 1).count();
    assert!(
        alike >= 5,
        "some share family name and initial, found {alike}"
    );
}

#[test]
fn today_has_a_schedule_and_every_kind_of_allergy_list() {
    let all: Vec<_> = clinic(24, 1, TODAY).collect();
    let all = all.as_slice();
    let today = TODAY.to_string();
    let slots: Vec<_> = of_kind(all, "Appointment")
        .filter(|one| text(one, "/start").starts_with(&today))
        .map(|one| {
            (
                text(one, "/start").to_owned(),
                text(one, "/status").to_owned(),
            )
        })
        .collect();
    assert!((5..=8).contains(&slots.len()), "a day's work: {slots:?}");
    for status in ["fulfilled", "arrived", "booked"] {
        assert!(
            slots.iter().any(|slot| slot.1 == status),
            "someone is {status}"
        );
    }
    let recorded: BTreeSet<_> = of_kind(all, "AllergyIntolerance").map(owner).collect();
    assert!(
        of_kind(all, "Patient").any(|one| !recorded.contains(&key(one))),
        "not recorded"
    );
    let none_known = of_kind(all, "AllergyIntolerance")
        .any(|one| text(one, "/code/coding/0/code") == "716186003");
    assert!(none_known, "none known is said in so many words");
    assert!(
        of_kind(all, "Patient").any(|one| one.get("deceasedDateTime").is_some()),
        "a death"
    );
}

#[test]
fn the_clock_of_the_clinic_may_stand_elsewhere() {
    let east = jiff::tz::Offset::from_seconds(5 * 3600 + 1800).expect("a real offset");
    let all: Vec<_> = clinic_at(5, 1, TODAY, east).collect();
    let all = all.as_slice();
    let start = of_kind(all, "Appointment")
        .map(|one| text(one, "/start"))
        .min()
        .unwrap_or_default();
    assert_eq!(
        start, "2026-11-23T08:30:00+05:30",
        "half past eight on the clinic's wall"
    );
}
