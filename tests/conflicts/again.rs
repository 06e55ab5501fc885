//! One conflict decided at both ends, neither knowing of the other.

use super::clinic::{Clinic, born, patient, phone};

#[test]
fn different_answers_are_one_further_conflict_and_nothing_is_lost() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine")]);
    let id = clinic.collide("Patient/p", born("1981-01-01"), born("1982-02-02"));
    clinic.here.ask(&format!("conflicts escalate {id}"));
    clinic.here.sync();
    clinic.admin.sync();
    clinic.admin.ask(&format!(
        "conflicts resolve {id} --take remote --reason theirs"
    ));
    clinic.here.ask(&format!(
        "conflicts resolve {id} --take local --reason mine"
    ));
    clinic.admin.sync();
    clinic.here.sync();
    let again = clinic.here.one();
    assert_ne!(again["id"], id.as_str(), "it is a further conflict");
    assert_eq!(again["rule"], "decided-twice");
    let shown = clinic.here.ask("conflicts show Patient/p");
    assert_eq!(shown["local"]["birthDate"], "1981-01-01", "one decision");
    assert_eq!(shown["remote"]["birthDate"], "1982-02-02", "the other");
    assert!(clinic.admin.open().is_empty(), "and it is one, not two");
    clinic
        .here
        .ask("conflicts resolve Patient/p --take local --reason 'we spoke'");
    let held = clinic.assert_agreed("Patient/p");
    assert_eq!(held["birthDate"], "1981-01-01");
    assert!(clinic.here.open().is_empty() && clinic.admin.open().is_empty());
}

#[test]
fn answers_that_a_machine_could_put_together_are_still_two_answers() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine")]);
    let both = |date: &'static str, number: &'static str| {
        move |patient: &mut serde_json::Value| {
            born(date)(patient);
            phone(number)(patient);
        }
    };
    let id = clinic.collide(
        "Patient/p",
        both("1981-01-01", "555-0101"),
        both("1982-02-02", "555-0202"),
    );
    clinic.here.ask(&format!("conflicts escalate {id}"));
    clinic.here.sync();
    clinic.admin.sync();
    let fields: Vec<String> = clinic.here.one()["fields"]
        .as_array()
        .expect("fields")
        .iter()
        .map(|field| field["path"].as_str().expect("a path").to_owned())
        .collect();
    let decide = |first: &str, second: &str| {
        let choices: Vec<String> = fields
            .iter()
            .map(|path| {
                let side = if path.contains("birthDate") {
                    first
                } else {
                    second
                };
                format!("--field '{path}={side}'")
            })
            .collect();
        format!("conflicts resolve {id} {} --reason so", choices.join(" "))
    };
    clinic.admin.ask(&decide("local", "remote"));
    clinic.here.ask(&decide("remote", "local"));
    clinic.admin.sync();
    clinic.here.sync();
    let again = clinic.here.one();
    assert_eq!(
        again["rule"], "decided-twice",
        "each rejected what the other took: {again}"
    );
}

#[test]
fn the_same_answer_twice_is_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine")]);
    let id = clinic.collide("Patient/p", born("1981-01-01"), born("1982-02-02"));
    clinic.here.ask(&format!("conflicts escalate {id}"));
    clinic.here.sync();
    clinic.admin.sync();
    for desk in [&mut clinic.admin, &mut clinic.here] {
        desk.ask(&format!(
            "conflicts resolve {id} --take local --reason same"
        ));
    }
    clinic.admin.sync();
    clinic.here.sync();
    assert!(clinic.here.open().is_empty(), "they agree");
    let held = clinic.assert_agreed("Patient/p");
    assert_eq!(held["birthDate"], "1981-01-01");
    assert_eq!(clinic.escalated("open").len(), 0);
}

#[test]
fn a_decision_of_ones_own_is_taken_back_before_and_after_it_was_sent() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine")]);
    let id = clinic.collide("Patient/p", born("1981-01-01"), born("1982-02-02"));
    let decide = format!("conflicts resolve {id} --take local --reason mine");
    let revert = format!("conflicts revert {id} --reason 'not mine'");

    clinic.here.ask(&decide);
    clinic.here.ask(&revert);
    assert_eq!(clinic.here.one()["id"], id.as_str(), "it is open again");
    let shown = clinic.here.ask(&format!("conflicts show {id}"));
    assert_eq!(shown["local"]["birthDate"], "1981-01-01");
    assert_eq!(shown["remote"]["birthDate"], "1982-02-02");
    clinic.here.batch().refused(&revert, "precondition");
    clinic.here.sync();
    assert_eq!(clinic.at_hub("Patient/p")["birthDate"], "1982-02-02");

    clinic.here.ask(&decide);
    clinic.here.sync();
    assert_eq!(clinic.at_hub("Patient/p")["birthDate"], "1981-01-01");
    clinic.here.ask(&revert);
    assert_eq!(clinic.here.one()["id"], id.as_str());
    clinic.here.sync();
    assert_eq!(
        clinic.at_hub("Patient/p")["birthDate"],
        "1982-02-02",
        "a new version undoes it"
    );
    assert_eq!(clinic.here.one()["id"], id.as_str(), "and it stays open");
    clinic.there.sync();
    assert_eq!(clinic.there.ask("get Patient/p")["birthDate"], "1982-02-02");

    clinic.here.ask(&decide);
    let held = clinic.assert_agreed("Patient/p");
    assert_eq!(held["birthDate"], "1981-01-01");

    clinic.there.change("Patient/p", phone("555-0999"));
    clinic.there.sync();
    clinic.here.sync();
    clinic
        .here
        .batch()
        .refused(&revert, "precondition")
        .comforts();
}
