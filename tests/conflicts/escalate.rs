//! A conflict goes before the clinic, is decided on another workstation, and comes back.

use serde_json::{Value, json};

use super::clinic::{Clinic, born, patient};

/// The Provenance of what was done about a conflict, wherever it is asked for.
fn told(desk: &mut super::clinic::Desk, conflict: &str, deed: &str) -> Vec<Value> {
    let all = desk.found("Provenance?_count=200");
    all.into_iter()
        .filter(|one| {
            let tags = one["meta"]["tag"].as_array().cloned().unwrap_or_default();
            tags.iter().any(|tag| tag["code"] == conflict)
                && one["activity"]["coding"][0]["code"] == deed
        })
        .collect()
}

#[test]
fn escalated_decided_by_an_admin_taken_back_and_decided_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine")]);
    let id = clinic.collide("Patient/p", born("1981-01-01"), born("1982-02-02"));

    let queued = clinic.here.ask(&format!(
        "conflicts escalate {id} --assign chen --comment 'the card says 1981'"
    ));
    assert_eq!(queued["escalated"], true, "it is on its way at once");
    assert_eq!(queued["escalationStatus"], "queued", "offline too");
    assert_eq!(clinic.here.sync()["escalated"], 1);
    let again = clinic.here.sync();
    assert_eq!(again["escalated"], 0, "once told, the hub knows it");

    clinic.admin.sync();
    let heard = clinic.admin.one();
    assert_eq!(
        heard["id"],
        id.as_str(),
        "it is the same conflict everywhere"
    );
    assert_eq!(heard["escalated"], true);
    assert_eq!(heard["here"], false);
    assert_eq!(heard["originDevice"], "albertine");
    assert_eq!(heard["assignee"], "chen");
    assert_eq!(heard["comments"][0]["text"], "the card says 1981");
    assert!(heard["ageSeconds"].is_u64(), "its age is told: {heard}");
    let shown = clinic.admin.ask(&format!("conflicts show {id}"));
    assert_eq!(shown["local"]["birthDate"], "1981-01-01", "both sides came");
    assert_eq!(shown["remote"]["birthDate"], "1982-02-02");
    assert_eq!(shown["base"]["birthDate"], "1980-05-06");

    clinic.admin.ask(&format!(
        "conflicts resolve {id} --take local --reason 'saw the card'"
    ));
    assert!(
        clinic.admin.open().is_empty(),
        "decided here, nothing to do"
    );
    assert_eq!(clinic.here.open().len(), 1, "nobody else has heard of it");
    clinic.admin.sync();
    assert_eq!(clinic.escalated("open"), Vec::<Value>::new());
    let resolved = clinic.escalated("resolved");
    assert_eq!(resolved[0]["ending"]["by"], "chen");
    assert_eq!(clinic.at_hub("Patient/p")["birthDate"], "1981-01-01");

    clinic.here.sync();
    assert!(clinic.here.open().is_empty(), "it is over where it began");
    let over = clinic.here.known(&id);
    assert_eq!(over["status"], "resolved");
    assert_eq!(over["resolvedBy"], "chen", "and who decided is known there");
    assert_eq!(over["resolvedReason"], "saw the card", "and why");
    let held = clinic.assert_agreed("Patient/p");
    assert_eq!(held["birthDate"], "1981-01-01");

    let decided = told(&mut clinic.here, &id, "resolve");
    assert_eq!(decided.len(), 1, "one Provenance tells of the decision");
    let decided = &decided[0];
    assert_eq!(decided["target"][0]["reference"], "Patient/p");
    assert_eq!(decided["reason"][0]["text"], "saw the card");
    assert_eq!(decided["agent"][0]["who"]["identifier"]["value"], "chen");
    assert_eq!(
        decided["agent"][1]["who"]["display"], "chen",
        "the device too"
    );
    let sides: Vec<&str> = decided["entity"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|entity| entity["what"]["reference"].as_str())
        .collect();
    assert_eq!(sides.len(), 2, "of which versions: {sides:?}");
    assert!(
        sides
            .iter()
            .all(|side| side.starts_with("Patient/p/_history/")),
        "each with its version: {sides:?}"
    );

    // It was wrong after all.
    clinic
        .admin
        .ask(&format!("conflicts revert {id} --reason 'another card'"));
    clinic.admin.sync();
    assert_eq!(
        clinic.at_hub("Patient/p")["birthDate"],
        "1982-02-02",
        "a new version holds what stood there before"
    );
    clinic.here.sync();
    assert_eq!(clinic.here.ask("get Patient/p")["birthDate"], "1982-02-02");
    for desk in [&mut clinic.here, &mut clinic.admin] {
        desk.sync();
        assert_eq!(desk.one()["id"], id.as_str(), "it is open again, for all");
    }
    assert_eq!(told(&mut clinic.admin, &id, "revert").len(), 1);

    // And now where it began.
    clinic.here.ask(&format!(
        "conflicts resolve {id} --field Patient.birthDate=base --reason 'both cards are forged'"
    ));
    clinic.here.sync();
    clinic.admin.sync();
    assert!(clinic.admin.open().is_empty() && clinic.here.open().is_empty());
    let held = clinic.assert_agreed("Patient/p");
    assert_eq!(held["birthDate"], "1980-05-06");
    assert_eq!(told(&mut clinic.there, &id, "resolve").len(), 2);
}

#[test]
fn taking_the_servers_side_is_a_version_too_and_frees_the_device_where_it_began() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine")]);
    let id = clinic.collide("Patient/p", born("1981-01-01"), born("1982-02-02"));
    clinic.here.ask(&format!("conflicts escalate {id}"));
    clinic.here.sync();
    clinic.admin.sync();
    let before = clinic.at_hub("Patient/p")["meta"]["versionId"].clone();
    clinic.admin.ask(&format!(
        "conflicts resolve {id} --take remote --reason right"
    ));
    clinic.admin.sync();
    let after = clinic.at_hub("Patient/p");
    assert_ne!(
        after["meta"]["versionId"], before,
        "the decision is a version"
    );
    clinic.here.sync();
    assert!(clinic.here.open().is_empty());
    let held = clinic.assert_agreed("Patient/p");
    assert_eq!(held["birthDate"], "1982-02-02");
    let history = clinic.here.ask("history Patient/p");
    let kept = history.as_array().expect("versions");
    assert!(
        kept.iter()
            .any(|version| version["resource"]["birthDate"] == "1981-01-01"),
        "the overruled edit is in the history: {history}"
    );
}

#[test]
fn an_old_conflict_escalates_itself_and_a_role_that_may_not_decide_does_not_wait() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine"), patient("q", "Quark")]);
    let id = clinic.collide("Patient/p", born("1981-01-01"), born("1982-02-02"));
    clinic.here.sync();
    assert_eq!(clinic.escalated("all").len(), 0, "not before its time");
    let settings = clinic
        .here
        .ask("conflicts settings --escalate-after-hours 0");
    assert_eq!(settings["escalateAfterHours"], 0);
    clinic.here.sync();
    let open = clinic.escalated("open");
    assert_eq!(open.len(), 1);
    assert_eq!(open[0]["conflict"]["id"], id.as_str());
    assert_eq!(open[0]["conflict"]["escalatedBecause"], "age");

    // Decided where it began, it is over for all.
    clinic.here.ask(&format!(
        "conflicts resolve {id} --take local --reason mine"
    ));
    clinic.here.sync();
    assert_eq!(clinic.escalated("open").len(), 0);
    assert_eq!(clinic.escalated("resolved").len(), 1);
    clinic.admin.sync();
    assert!(clinic.admin.open().is_empty());

    // A front desk may not delete: what the other side deleted, others decide about.
    let mut desk = clinic.join(dir.path(), "dora", "front_desk");
    desk.sync();
    desk.change("Patient/q", born("1983-03-03"));
    clinic.there.sync();
    clinic.there.ask("delete Patient/q");
    clinic.there.sync();
    desk.sync();
    assert_eq!(desk.one()["kind"], "update-delete");
    desk.sync();
    let open = clinic.escalated("open");
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0]["conflict"]["escalatedBecause"], "role");
    assert_eq!(open[0]["originDeviceName"], "dora");
    assert_eq!(json!(desk.one()["escalated"]), true);
}
