//! What a clinician would notice: doses, allergies, courses of illness, and what is confidential.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{TODAY, key, kind, of_kind, owner, sample, text};

#[test]
fn every_medicine_has_its_condition_and_no_allergy_speaks_against_it() {
    // Said here again in codes, so that a slip in the tables does not excuse itself.
    let ruled_out: [(&str, &[&str]); 7] = [
        ("91936005", &["723", "7984", "2231"]),
        ("10831", &["10831"]),
        ("5640", &["7258", "5640"]),
        ("1191", &["7258", "5640"]),
        ("29046", &["29046"]),
        ("18631", &["18631"]),
        ("83367", &["83367"]),
    ];
    let all = sample();
    let conditions: BTreeSet<_> = of_kind(all, "Condition").map(key).collect();
    let mut allergies: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for allergy in of_kind(all, "AllergyIntolerance") {
        allergies
            .entry(owner(allergy))
            .or_default()
            .push(text(allergy, "/code/coding/0/code"));
    }
    let mut checked = 0;
    for order in of_kind(all, "MedicationRequest") {
        let reason = text(order, "/reasonReference/0/reference");
        assert!(
            conditions.contains(reason),
            "{} is for a condition on the list",
            key(order)
        );
        let medicine = text(order, "/medicationCodeableConcept/coding/0/code");
        let dose = order.pointer("/dosageInstruction/0/doseAndRate/0/doseQuantity/value");
        assert!(
            dose.is_some_and(Value::is_number),
            "{} has a dose",
            key(order)
        );
        for allergy in allergies.get(&owner(order)).into_iter().flatten() {
            let forbidden = ruled_out.iter().find(|(code, _)| code == allergy);
            let forbidden = forbidden.map_or(&[][..], |(_, medicines)| *medicines);
            assert!(
                !forbidden.contains(&medicine),
                "{} despite allergy {allergy}",
                key(order)
            );
            checked += 1;
        }
    }
    assert!(
        checked > 100,
        "enough people with allergies take medicines, found {checked}"
    );
}

#[test]
fn pressures_and_dates_are_possible() {
    let all = sample();
    let births: BTreeMap<_, _> = of_kind(all, "Patient")
        .map(|one| (key(one), text(one, "/birthDate").to_owned()))
        .collect();
    let today = TODAY.to_string();
    for resource in all {
        let born = births
            .get(&owner(resource))
            .map(String::as_str)
            .unwrap_or_default();
        for pointer in [
            "/effectiveDateTime",
            "/onsetDateTime",
            "/occurrenceDateTime",
            "/authoredOn",
            "/period/start",
        ] {
            let when = text(resource, pointer);
            if when.is_empty() {
                continue;
            }
            let known = born.len().min(10);
            assert!(
                &when[..known] >= born,
                "{} {pointer} {when} is before birth {born}",
                key(resource)
            );
            assert!(
                &when[..10] <= today.as_str(),
                "{} {pointer} {when} is to come",
                key(resource)
            );
        }
        if text(resource, "/code/coding/0/code") == "85354-9" {
            let part = |index: usize| {
                let pointer = format!("/component/{index}/valueQuantity/value");
                resource
                    .pointer(&pointer)
                    .and_then(Value::as_f64)
                    .unwrap_or_default()
            };
            let (high, low) = (part(0), part(1));
            assert!(high > low + 15.0, "{}: {high}/{low}", key(resource));
            assert!(
                (70.0..230.0).contains(&high) && (35.0..130.0).contains(&low),
                "{high}/{low}"
            );
        }
    }
}

#[test]
fn treated_hypertension_comes_down() {
    let all = sample();
    let ill: BTreeSet<_> = of_kind(all, "Condition")
        .filter(|one| text(one, "/code/coding/0/code") == "59621000")
        .map(owner)
        .collect();
    let mut readings: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
    for one in of_kind(all, "Observation").filter(|one| ill.contains(&owner(one))) {
        if text(one, "/code/coding/0/code") == "85354-9" {
            let high = one
                .pointer("/component/0/valueQuantity/value")
                .and_then(Value::as_f64);
            let when = text(one, "/effectiveDateTime").to_owned();
            readings
                .entry(owner(one))
                .or_default()
                .push((when, high.unwrap_or_default()));
        }
    }
    let mean = |part: &[(String, f64)]| part.iter().map(|one| one.1).sum::<f64>() / 3.0;
    let (mut better, mut seen) = (0, 0);
    for mut series in readings.into_values() {
        series.sort_by(|one, other| one.0.cmp(&other.0));
        let peak = series.iter().position(|one| one.1 >= 155.0);
        if let Some(peak) = peak.filter(|peak| series.len() - peak >= 6) {
            seen += 1;
            let latest = &series[series.len() - 3..];
            better += usize::from(mean(latest) < series[peak].1 - 5.0);
        }
    }
    assert!(
        seen > 10 && better * 10 > seen * 8,
        "most get better: {better} of {seen}"
    );
}

#[test]
fn the_restricted_is_labelled_wherever_it_is_told() {
    let all = sample();
    let secret = ["86406008", "75544000", "7200002"];
    let hushed_medicines = ["1433868", "68244", "1819", "82819", "10454"];
    let mut found = 0;
    for resource in all {
        let label = text(resource, "/meta/security/0/code");
        let code = text(resource, "/code/coding/0/code");
        let reason = text(resource, "/reasonCode/0/coding/0/code");
        let medicine = text(resource, "/medicationCodeableConcept/coding/0/code");
        if secret.contains(&code)
            || secret.contains(&reason)
            || hushed_medicines.contains(&medicine)
        {
            assert_eq!(label, "R", "{} tells a restricted fact", key(resource));
            found += 1;
        }
        if kind(resource) == "DocumentReference" && label.is_empty() {
            let data = STANDARD
                .decode(text(resource, "/content/0/attachment/data"))
                .expect("base64");
            let note = String::from_utf8(data).expect("UTF-8");
            for word in ["HIV", "Opioid", "Alcohol", "dolutegravir", "buprenorphine"] {
                assert!(!note.contains(word), "an open note says {word}: {note}");
            }
        }
    }
    assert!(found > 10, "there is something to protect, found {found}");
}

#[test]
fn nobody_takes_two_beta_blockers() {
    let blockers = ["20352", "6918", "8787", "6185"];
    let mut taken: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for order in of_kind(sample(), "MedicationRequest") {
        let medicine = text(order, "/medicationCodeableConcept/coding/0/code");
        if text(order, "/status") == "active" && blockers.contains(&medicine) {
            taken.entry(owner(order)).or_default().insert(medicine);
        }
    }
    assert!(!taken.is_empty(), "someone takes one");
    assert!(
        taken.values().all(|kinds| kinds.len() == 1),
        "and nobody takes two kinds"
    );
}
