//! Allergies that were recorded more than once: both stay, one line says so.

use haven_model::SyncStatus;
use haven_store::Stored;
use serde_json::{Value, json};

use super::chart::allergy;
use super::{Scene, enrique, stored, stored_as};
use crate::present::{ChartInput, chart};
use crate::view::{ChartView, ConnectionState};

fn penicillin(id: &str, words: &str, more: &Value) -> Value {
    let code = json!({"text": words, "coding": [
        {"system": "http://snomed.info/sct", "code": "764146007", "display": "Penicillin"}]});
    allergy(id, &code, more)
}

fn shown(records: &[Stored]) -> ChartView {
    let scene = Scene::new(ConnectionState::Connected);
    let patient = stored(&enrique());
    let input = ChartInput {
        patient: &patient,
        resources: records,
        conflicts: &[],
        outbox: &[],
        similar_name: false,
        whole: true,
        complete: true,
    };
    chart(&input, scene.backdrop())
}

#[test]
fn the_same_allergy_from_two_devices_is_one_line_with_both_records_below_it() {
    let same = json!({"criticality": "high", "reaction": [{"manifestation": [{"text": "Hives"}]}],
        "recorder": {"display": "Orn, Albertine"}, "recordedDate": "2026-11-22"});
    let view = shown(&[
        stored(&penicillin("here", "penicillin", &same)),
        stored_as(
            &penicillin("there", "Penicillins", &same),
            SyncStatus::Pending,
        ),
        stored(&allergy(
            "nuts",
            &json!({"text": "peanut"}),
            &json!({"criticality": "low"}),
        )),
    ]);
    let lines: Vec<_> = view
        .allergies
        .iter()
        .map(|line| line.substance.as_str())
        .collect();
    assert_eq!(
        lines,
        ["penicillin", "peanut"],
        "the union, the double collapsed by its code"
    );
    let double = &view.allergies[0];
    assert_eq!(double.twice.as_deref(), Some("Recorded twice, shown once"));
    assert!(!double.differs);
    let keys: Vec<_> = double
        .sources
        .iter()
        .map(|source| source.key.as_str())
        .collect();
    assert_eq!(
        keys,
        ["AllergyIntolerance/here", "AllergyIntolerance/there"],
        "both records can be reached"
    );
    assert_eq!(double.sources[0].by, "A. Orn · 22-Nov-2026");
    assert!(
        double.sources[1].sync.is_some(),
        "each has its own sync state"
    );
    assert_eq!(view.allergies[1].twice, None);
    assert!(view.allergies[1].sources.is_empty());
    let banner: Vec<_> = view
        .banner
        .allergies
        .items
        .iter()
        .map(|item| item.twice.as_deref())
        .collect();
    assert_eq!(banner, [Some("recorded twice"), None]);
}

#[test]
fn where_the_records_differ_the_gravest_speaks_and_both_are_said() {
    let view = shown(&[
        stored(&penicillin(
            "a",
            "penicillin",
            &json!({"criticality": "low",
            "reaction": [{"manifestation": [{"text": "Itching"}]}]}),
        )),
        stored(&penicillin(
            "b",
            "penicillin",
            &json!({"criticality": "high",
            "reaction": [{"manifestation": [{"text": "Anaphylaxis"}]}]}),
        )),
    ]);
    let double = &view.allergies[0];
    assert_eq!(view.allergies.len(), 1);
    assert!(double.high && double.differs);
    assert_eq!(
        double.twice.as_deref(),
        Some("Recorded twice, and the records differ")
    );
    assert_eq!(double.criticality, "High criticality / Low criticality");
    assert_eq!(double.reaction, "Anaphylaxis / Itching");
    assert_eq!(
        double.sources[0].key, "AllergyIntolerance/b",
        "the gravest first"
    );
    let item = &view.banner.allergies.items[0];
    assert_eq!(
        item.criticality, "High / Low",
        "neither is left out of the banner"
    );
    assert!(item.high);
}

#[test]
fn only_the_same_code_and_standing_make_one_line() {
    let ended = json!({"clinicalStatus": {"coding": [{"code": "resolved"}]}});
    let view = shown(&[
        stored(&penicillin("active", "penicillin", &json!({}))),
        stored(&penicillin("ended", "penicillin", &ended)),
        stored_as(
            &penicillin("disputed", "penicillin", &json!({})),
            SyncStatus::Conflict,
        ),
        // Words alone are no ground, nor is a code whose system nobody named.
        stored(&allergy(
            "words",
            &json!({"text": "penicillin"}),
            &json!({}),
        )),
        stored(&allergy(
            "bare",
            &json!({"coding": [{"code": "764146007"}]}),
            &json!({}),
        )),
        stored(&allergy(
            "bare-too",
            &json!({"coding": [{"code": "764146007"}]}),
            &json!({}),
        )),
    ]);
    assert_eq!(view.allergies.len(), 6, "nothing is taken for another");
    assert!(view.allergies.iter().all(|line| line.twice.is_none()));
    assert_eq!(
        view.banner.allergies.items.len(),
        5,
        "what has ended is no warning"
    );
}
