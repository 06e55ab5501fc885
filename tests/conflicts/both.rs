//! Keeping both: an edit of what the other side deleted, and two texts of a signed note.

use serde_json::{Value, json};

use super::clinic::{Clinic, Desk, dose, patient, prescription};

fn note(status: &str, text: &str) -> Value {
    json!({"resourceType": "DocumentReference", "id": "n", "status": "current", "docStatus": status,
        "subject": {"reference": "Patient/p"}, "masterIdentifier": {"value": "doc-1"},
        "description": text, "content": [{"attachment": {"title": "Visit"}}]})
}

fn says(text: &'static str) -> impl Fn(&mut Value) {
    move |note| note["description"] = json!(text)
}

fn provenances(desk: &mut Desk) -> Vec<Value> {
    desk.found("Provenance?_count=50")
}

#[test]
fn an_edit_of_what_was_deleted_there_is_kept_for_reading() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine"), prescription("m", "p", 10)]);
    clinic.there.ask("delete MedicationRequest/m");
    clinic.here.change("MedicationRequest/m", dose(20));
    clinic.there.sync();
    clinic.here.sync();
    assert_eq!(clinic.here.one()["kind"], "update-delete");
    clinic
        .here
        .ask("conflicts resolve MedicationRequest/m --take both --reason 'for the record'");
    let held = clinic.assert_agreed("MedicationRequest/m");
    assert_eq!(held["status"], "entered-in-error", "nobody acts on it");
    assert_eq!(
        held["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"], 20,
        "and what was edited can be read by everyone"
    );
}

#[test]
fn a_deletion_here_and_an_edit_there_have_the_same_third_way() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine"), prescription("m", "p", 10)]);
    clinic.there.change("MedicationRequest/m", dose(20));
    clinic.here.ask("delete MedicationRequest/m");
    clinic.there.sync();
    clinic.here.sync();
    let id = clinic.here.one()["id"].as_str().expect("an id").to_owned();
    clinic.here.ask(&format!(
        "conflicts resolve {id} --field MedicationRequest=both --reason so"
    ));
    let held = clinic.assert_agreed("MedicationRequest/m");
    assert_eq!(held["status"], "entered-in-error");
}

#[test]
fn the_later_text_of_a_signed_note_becomes_an_addendum_and_can_be_taken_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine"), note("final", "Seen.")]);
    let id = clinic.collide(
        "DocumentReference/n",
        says("Seen. Pressure high."),
        says("Seen. Walks again."),
    );
    assert_eq!(clinic.here.one()["rule"], "signed");
    clinic.here.ask(&format!(
        "conflicts resolve {id} --take both --reason 'two findings'"
    ));
    let stands = clinic.assert_agreed("DocumentReference/n");
    assert_eq!(stands["description"], "Seen. Walks again.", "the server's");
    let added = format!("DocumentReference/{id}-addendum");
    let addendum = clinic.assert_agreed(&added);
    assert_eq!(addendum["description"], "Seen. Pressure high.");
    assert_eq!(
        addendum["relatesTo"],
        json!([{"code": "appends", "target": {"reference": "DocumentReference/n"}}])
    );
    let told = provenances(&mut clinic.admin);
    assert!(
        told.iter()
            .any(|one| one["target"][1]["reference"] == added.as_str()),
        "the Provenance tells of both notes: {told:?}"
    );

    clinic
        .here
        .ask(&format!("conflicts revert {id} --reason 'one will do'"));
    assert_eq!(clinic.here.one()["id"], id.as_str(), "open again");
    clinic
        .here
        .batch()
        .refused(&format!("get {added}"), "not_found");
    clinic.here.sync();
    clinic.there.sync();
    clinic
        .there
        .batch()
        .refused(&format!("get {added}"), "not_found");
}

#[test]
fn an_addendum_that_somebody_went_on_with_is_not_taken_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine"), note("final", "Seen.")]);
    let id = clinic.collide("DocumentReference/n", says("One."), says("Two."));
    clinic
        .here
        .ask(&format!("conflicts resolve {id} --take both --reason so"));
    clinic.here.change(
        &format!("DocumentReference/{id}-addendum"),
        says("One, signed again."),
    );
    let line = format!("conflicts revert {id} --reason no");
    clinic
        .here
        .batch()
        .refused(&line, "precondition")
        .says("addendum has changed")
        .comforts();
}

#[test]
fn both_of_what_cannot_be_kept_twice_is_refused_in_words() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine"), prescription("m", "p", 10)]);
    let id = clinic.collide("MedicationRequest/m", dose(20), dose(30));
    let line = format!("conflicts resolve {id} --take both --reason so");
    clinic
        .here
        .batch()
        .refused(&line, "precondition")
        .says("neither a signed note")
        .comforts();
    assert_eq!(clinic.here.open().len(), 1, "it is open as before");
}

#[test]
fn both_texts_of_a_signed_note_are_proposed_and_approved_by_a_second_person() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.hub.tool(&[
        "settings",
        "set",
        "conflicts.second_reviewer",
        "DocumentReference",
    ]);
    clinic.share(&[patient("p", "Fontaine"), note("final", "Seen.")]);
    let id = clinic.collide(
        "DocumentReference/n",
        says("Seen. Pressure high."),
        says("Seen. Walks again."),
    );
    let added = format!("DocumentReference/{id}-addendum");
    let proposed = clinic.here.ask(&format!(
        "conflicts resolve {id} --take both --reason 'two findings'"
    ));
    assert_eq!(proposed["awaitingReview"], true);
    clinic
        .here
        .batch()
        .refused(&format!("get {added}"), "not_found");
    clinic.here.sync();

    clinic.admin.sync();
    assert_eq!(clinic.admin.one()["proposedBy"], "albertine");
    clinic.admin.ask(&format!(
        "conflicts review {id} --send-back --reason 'which pressure?'"
    ));
    clinic.admin.sync();
    clinic.here.sync();
    clinic.here.ask(&format!(
        "conflicts resolve {id} --take both --reason 'both were seen'"
    ));
    clinic.here.sync();
    clinic.admin.sync();
    clinic
        .admin
        .ask(&format!("conflicts review {id} --approve --reason ok"));
    clinic.admin.sync();
    clinic.here.sync();
    assert!(clinic.here.open().is_empty() && clinic.admin.open().is_empty());
    let stands = clinic.assert_agreed("DocumentReference/n");
    assert_eq!(stands["description"], "Seen. Walks again.", "the server's");
    let addendum = clinic.assert_agreed(&added);
    assert_eq!(
        addendum["description"], "Seen. Pressure high.",
        "the text of where it began, although another workstation approved it"
    );
    let over = clinic.here.known(&id);
    assert_eq!(
        (&over["resolvedBy"], &over["reviewedBy"]),
        (&json!("albertine"), &json!("chen"))
    );
    let told = provenances(&mut clinic.there);
    assert!(
        told.iter()
            .any(|one| one["target"][1]["reference"] == added.as_str()),
        "the Provenance tells of both notes: {told:?}"
    );
}
