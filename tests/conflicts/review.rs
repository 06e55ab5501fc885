//! Where the clinic asks for it, a second person approves.

use super::clinic::{Clinic, dose, patient, prescription};

#[test]
fn a_dose_is_decided_by_one_and_approved_by_another() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.hub.tool(&[
        "settings",
        "set",
        "conflicts.second_reviewer",
        "MedicationRequest,AllergyIntolerance",
    ]);
    clinic.share(&[patient("p", "Fontaine"), prescription("m", "p", 10)]);
    let key = "MedicationRequest/m";
    let id = clinic.collide(key, dose(20), dose(30));

    let proposed = clinic.here.ask(&format!(
        "conflicts resolve {id} --take local --reason 'kidneys'"
    ));
    assert_eq!(proposed["awaitingReview"], true);
    assert_eq!(clinic.here.one()["id"], id.as_str(), "it stays open");
    clinic.here.sync();
    let at_hub = clinic.at_hub(key);
    assert_eq!(
        at_hub["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"], 30,
        "nothing has changed yet"
    );
    assert_eq!(clinic.escalated("review").len(), 1);
    assert_eq!(clinic.here.one()["proposedBy"], "albertine");
    clinic
        .here
        .batch()
        .refused(
            &format!("conflicts review {id} --approve --reason me"),
            "not_permitted",
        )
        .says("cannot approve");

    // A decision past the second person is not taken.
    clinic.admin.sync();
    let seen = clinic.admin.one();
    assert_eq!(
        (&seen["needsReview"], &seen["proposedBy"]),
        (&true.into(), &"albertine".into())
    );
    clinic
        .admin
        .batch()
        .refused(
            &format!("conflicts resolve {id} --take remote --reason no"),
            "precondition",
        )
        .comforts();

    clinic.admin.ask(&format!(
        "conflicts review {id} --send-back --reason 'which kidneys?'"
    ));
    clinic.admin.sync();
    clinic.here.sync();
    let back = clinic.here.one();
    assert_eq!(back["escalationStatus"], "open");
    assert_eq!(back["comments"][0]["text"], "which kidneys?");
    clinic.here.ask(&format!(
        "conflicts resolve {id} --take local --reason 'eGFR 28'"
    ));
    clinic.here.sync();

    clinic.admin.sync();
    clinic
        .admin
        .ask(&format!("conflicts review {id} --approve --reason ok"));
    clinic.admin.sync();
    clinic.here.sync();
    assert!(clinic.here.open().is_empty() && clinic.admin.open().is_empty());
    let held = clinic.assert_agreed(key);
    assert_eq!(
        held["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"],
        20
    );
    let over = clinic.here.known(&id);
    assert_eq!(over["resolvedBy"], "albertine", "whose decision it was");
    assert_eq!(over["reviewedBy"], "chen", "and who approved it");
    let told = clinic.there.found("Provenance?_count=200");
    assert_eq!(told.len(), 1);
    let agents: Vec<_> = told[0]["agent"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|agent| agent["who"]["identifier"]["value"].as_str())
        .take(2)
        .collect();
    assert_eq!(agents, ["albertine", "chen"], "author, then verifier");
}
