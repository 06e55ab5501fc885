//! Fifty phone numbers changed in two places.

use serde_json::{Value, json};

use super::clinic::{Clinic, born, patient, phone};

#[test]
fn fifty_phone_conflicts_are_decided_by_one_rule_and_taken_back_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    let people: Vec<Value> = (0..50)
        .map(|n| patient(&format!("p{n}"), &format!("Fontaine{n}")))
        .collect();
    clinic.share(&people);
    for n in 0..50 {
        let key = format!("Patient/p{n}");
        // Of one the birth date changed as well: that is high risk.
        if n == 7 {
            clinic.there.change(&key, born("1982-02-02"));
            clinic.here.change(&key, born("1981-01-01"));
        }
        clinic.there.change(&key, phone(&format!("555-2{n:03}")));
        clinic.here.change(&key, phone(&format!("555-1{n:03}")));
    }
    clinic.there.sync();
    clinic.here.sync();
    let open = clinic.here.open();
    assert_eq!(open.len(), 50);
    let left_out = open
        .iter()
        .find(|conflict| conflict["key"] == "Patient/p11")
        .and_then(|conflict| conflict["id"].as_str())
        .expect("an id")
        .to_owned();

    let rule = "--rule 'type=Patient path=Patient.telecom take=remote'";
    let before = clinic.here.ask("outbox list");
    let preview = clinic.here.ask(&format!(
        "conflicts bulk {rule} --exclude {left_out} --preview"
    ));
    assert_eq!(preview["preview"], true);
    assert_eq!(preview["matched"], 50);
    assert_eq!(preview["applied"], 48);
    assert_eq!(preview["highRisk"], 1);
    assert_eq!(preview["excluded"], 1);
    assert_eq!(preview["sample"].as_array().map(Vec::len), Some(3));
    assert!(preview.get("batchId").is_none(), "a preview is no batch");
    assert_eq!(
        clinic.here.ask("outbox list"),
        before,
        "nothing was changed"
    );
    clinic
        .here
        .batch()
        .refused(&format!("conflicts bulk {rule} --reason ' '"), "invalid");

    let done = clinic.here.ask(&format!(
        "conflicts bulk {rule} --exclude {left_out} --reason 'the registry rang them'"
    ));
    assert_eq!(
        (&done["applied"], &done["preview"]),
        (&json!(48), &json!(false))
    );
    let batch = done["batchId"].as_str().expect("a batch").to_owned();
    assert_eq!(clinic.here.open().len(), 2, "two are left to a person");
    clinic.here.sync();
    assert_eq!(
        clinic.here.ask("get Patient/p3")["telecom"][0]["value"],
        "555-2003"
    );
    assert_eq!(
        clinic.here.found("Provenance?_count=200").len(),
        48,
        "each decision is told of"
    );

    let back = clinic.here.ask(&format!("conflicts bulk-revert {batch}"));
    assert_eq!((&back["reverted"], &back["open"]), (&json!(48), &json!(50)));
    assert_eq!(clinic.here.open().len(), 50);
    clinic.here.sync();
    assert_eq!(
        clinic.here.open().len(),
        50,
        "the server hears of it, and they stay open"
    );
    let shown = clinic.here.ask("conflicts show Patient/p3");
    assert_eq!(shown["local"]["telecom"][0]["value"], "555-1003");
    assert_eq!(shown["remote"]["telecom"][0]["value"], "555-2003");

    let metrics = clinic.here.ask("metrics");
    assert_eq!(metrics["conflicts"]["opened"], 50);
    assert_eq!(metrics["conflicts"]["decided"], 48);
    assert_eq!(metrics["conflicts"]["open"], 50);
    let text = clinic.here.ask("metrics --format prometheus");
    let text = text["text"].as_str().expect("text");
    assert!(
        text.contains("haven_conflicts_opened{type=\"Patient\",kind=\"update-update\"} 50"),
        "{text}"
    );
    assert!(
        !text.contains("Fontaine") && !text.contains("p11"),
        "nothing of a patient"
    );
    assert_eq!(clinic.here.ask("verify --deep")["problems"], json!([]));
}

#[test]
fn a_rule_that_cannot_be_understood_changes_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    for rule in [
        "type=Patient take=remote",
        "type=Nonsense path=Nonsense.x take=remote",
        "type=Patient path=Observation.code take=remote",
        "type=Patient path=Patient.telecom take=mine",
        "type=Patient type=Patient path=Patient.telecom take=remote",
    ] {
        clinic
            .here
            .batch()
            .refused(
                &format!("conflicts bulk --rule '{rule}' --preview"),
                "invalid",
            )
            .comforts();
    }
}
