//! Conflicts on the command line: listed, shown, decided, and then all agree.

use std::path::Path;

use serde_json::{Value, json};

use super::support::hub::Hub;
use super::support::station::{Batch, Station};
use super::{file_of, patient, put};

/// A hub and two open workstations that share one patient, `p`.
struct Pair {
    hub: Hub,
    here: (Station, Batch),
    there: (Station, Batch),
}

impl Pair {
    fn sharing(dir: &Path) -> Self {
        let hub = Hub::start(dir, "hub");
        let [here, there] = ["albertine", "bashir"].map(|user| {
            let station = Station::joined(dir, &hub, &hub.url(), user, "clinician");
            let batch = station.batch();
            (station, batch)
        });
        let mut pair = Self { hub, here, there };
        let mut shared = patient("p", "Fontaine");
        shared["telecom"] = json!([{"system": "phone", "use": "home", "value": "555-0100"}]);
        put(&mut pair.there.1, &pair.there.0, &shared);
        pair.there.1.ask("sync --once");
        pair.here.1.ask("sync --once");
        pair
    }

    /// Each changes the patient; the other side's change reaches the hub first.
    fn collide(&mut self, here: impl FnOnce(&mut Value), there: impl FnOnce(&mut Value)) {
        change(&mut self.there, there);
        change(&mut self.here, here);
        self.there.1.ask("sync --once");
        self.here.1.ask("sync --once");
    }

    /// The one open conflict here, shown.
    fn conflict(&mut self) -> Value {
        let open = self.here.1.ask("conflicts list");
        let open = open.as_array().expect("a list is an array");
        assert_eq!(open.len(), 1, "one conflict is open: {open:?}");
        let id = open[0]["id"].as_str().expect("an id").to_owned();
        let shown = self.here.1.ask(&format!("conflicts show {id}"));
        let by_key = self.here.1.ask("conflicts show Patient/p");
        assert_eq!(
            shown, by_key,
            "the conflict's id and the resource's name lead to the same"
        );
        shown
    }

    /// Decides here, syncs both, and asserts that all three hold the same; answers what they hold.
    fn decide(&mut self, how: &str) -> Value {
        self.here.1.ask(&format!(
            "conflicts resolve Patient/p {how} --reason 'asked the patient'"
        ));
        assert_eq!(
            self.here.1.ask("conflicts list"),
            json!([]),
            "nothing is open any more"
        );
        let decided = self.here.1.ask("conflicts list --all");
        let decided = decided
            .as_array()
            .and_then(|all| all.last())
            .expect("it is kept");
        assert_eq!(decided["resolvedBy"], "albertine", "by whom is kept");
        assert_eq!(decided["resolvedReason"], "asked the patient", "and why");
        self.here.1.ask("sync --once");
        self.there.1.ask("sync --once");
        let here = self.here.1.any("get Patient/p");
        assert_eq!(
            here,
            self.there.1.any("get Patient/p"),
            "both workstations agree"
        );
        let (status, body) = self.hub.fhir(&self.hub.token(), "Patient/p");
        if here["code"] == "not_found" {
            assert_eq!(status, 410, "and the hub says that it is gone");
            return Value::Null;
        }
        let at_hub: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(here, at_hub, "and the hub");
        for (_, batch) in [&mut self.here, &mut self.there] {
            assert_eq!(batch.ask("outbox list"), json!([]), "nothing waits");
            assert_eq!(batch.ask("verify --deep")["problems"], json!([]));
        }
        here
    }
}

fn change((station, batch): &mut (Station, Batch), edit: impl FnOnce(&mut Value)) {
    let mut resource = batch.ask("get Patient/p");
    edit(&mut resource);
    if resource.is_null() {
        batch.ask("delete Patient/p");
    } else {
        put(batch, station, &resource);
    }
}

fn birth(date: &'static str) -> impl FnOnce(&mut Value) {
    move |patient| patient["birthDate"] = json!(date)
}

fn gone(patient: &mut Value) {
    *patient = Value::Null;
}

#[test]
fn a_birth_date_changed_in_two_places_waits_for_a_person() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut pair = Pair::sharing(dir.path());
    pair.collide(
        |patient| {
            patient["birthDate"] = json!("1981-01-01");
            patient["maritalStatus"] = json!({"text": "married"});
        },
        |patient| {
            patient["birthDate"] = json!("1982-02-02");
            patient["telecom"][0]["value"] = json!("555-0199");
        },
    );
    let shown = pair.conflict();
    assert_eq!(shown["kind"], "update-update");
    assert_eq!(shown["base"]["birthDate"], "1980-05-06");
    assert_eq!(shown["local"]["birthDate"], "1981-01-01");
    assert_eq!(shown["remote"]["birthDate"], "1982-02-02");
    let fields = shown["fields"].as_array().expect("fields");
    assert_eq!(fields.len(), 1, "only what clashes waits: {fields:?}");
    assert_eq!(fields[0]["path"], "Patient.birthDate");
    assert_eq!(
        fields[0]["guarded"], true,
        "identity is for a person to decide"
    );
    assert_eq!(
        shown["resource"]["telecom"][0]["value"], "555-0199",
        "the rest is merged"
    );
    assert_eq!(shown["resource"]["maritalStatus"]["text"], "married");

    // Until then the chart stays readable, and an edit is refused and not lost.
    assert_eq!(pair.here.1.ask("get Patient/p")["birthDate"], "1981-01-01");
    let path = file_of(&pair.here.0, &patient("p", "Other"));
    pair.here
        .1
        .refused(&format!("put {path}"), "conflict")
        .comforts();
    pair.here
        .1
        .refused("delete Patient/p", "conflict")
        .comforts();
    let here = pair.here.0.clone();
    here.refused(&["put", &path], 5, "conflict").comforts();
    pair.here
        .1
        .refused(
            "conflicts resolve Patient/p --field Patient.gender=local",
            "invalid",
        )
        .says("Patient.gender");
    pair.here.1.refused(
        "conflicts resolve Patient/p --field Patient.birthDate=mine",
        "invalid",
    );
    assert_eq!(
        pair.here.1.ask("conflicts list").as_array().map(Vec::len),
        Some(1),
        "it still waits"
    );

    let settled = pair.decide("--field Patient.birthDate=remote");
    assert_eq!(settled["birthDate"], "1982-02-02");
    assert_eq!(settled["telecom"][0]["value"], "555-0199");
    assert_eq!(
        settled["maritalStatus"]["text"], "married",
        "edits that do not clash are all kept"
    );
}

#[test]
fn either_side_the_merged_one_or_one_written_by_hand_can_be_taken() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut pair = Pair::sharing(dir.path());
    pair.collide(birth("1981-01-01"), birth("1982-02-02"));
    assert_eq!(pair.decide("--take local")["birthDate"], "1981-01-01");
    pair.collide(birth("1983-03-03"), birth("1984-04-04"));
    assert_eq!(pair.decide("--take remote")["birthDate"], "1984-04-04");
    pair.collide(birth("1985-05-05"), birth("1986-06-06"));
    assert_eq!(
        pair.decide("--take merged")["birthDate"],
        "1984-04-04",
        "where it clashes, the base stands"
    );
    pair.collide(birth("1987-07-07"), birth("1988-08-08"));
    let mut by_hand = pair.conflict()["resource"].clone();
    by_hand["birthDate"] = json!("1989-09-09");
    let mut bad = by_hand.clone();
    bad["gender"] = json!("femal");
    bad["id"] = json!("p");
    let path = pair.here.0.file("bad.json", bad.to_string().as_bytes());
    let line = format!("conflicts resolve Patient/p --with {}", path.display());
    pair.here
        .1
        .refused(&line, "invalid")
        .says("Patient.gender")
        .comforts();
    let mut another = by_hand.clone();
    another["id"] = json!("q");
    let path = pair
        .here
        .0
        .file("another.json", another.to_string().as_bytes());
    let line = format!("conflicts resolve Patient/p --with {}", path.display());
    pair.here.1.refused(&line, "invalid").comforts();
    let path = pair
        .here
        .0
        .file("hand.json", by_hand.to_string().as_bytes());
    let settled = pair.decide(&format!("--with {}", path.display()));
    assert_eq!(settled["birthDate"], "1989-09-09");
    let id = pair.here.1.ask("conflicts list --all")[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let line = format!("conflicts resolve {id} --take local");
    pair.here
        .1
        .refused(&line, "precondition")
        .says("decided already")
        .comforts();
}

#[test]
fn deleting_against_editing_waits_for_a_person() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut pair = Pair::sharing(dir.path());
    pair.collide(birth("1981-01-01"), gone);
    let shown = pair.conflict();
    assert_eq!(shown["kind"], "update-delete", "edited here, deleted there");
    assert_eq!(shown["remote"], Value::Null);
    assert_eq!(
        pair.decide("--take local")["birthDate"],
        "1981-01-01",
        "the edit brings it back"
    );

    pair.collide(gone, birth("1982-02-02"));
    let shown = pair.conflict();
    assert_eq!(shown["kind"], "delete-update", "deleted here, edited there");
    assert_eq!(shown["local"], Value::Null);
    assert_eq!(
        pair.decide("--take remote")["birthDate"],
        "1982-02-02",
        "the deletion is given up"
    );

    pair.collide(gone, birth("1983-03-03"));
    assert_eq!(
        pair.decide("--take local"),
        Value::Null,
        "the deletion stands"
    );
}

#[test]
fn taking_the_other_side_s_deletion_deletes_everywhere() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut pair = Pair::sharing(dir.path());
    pair.collide(birth("1981-01-01"), gone);
    assert_eq!(pair.decide("--take remote"), Value::Null);
    let history = pair.here.1.ask("history Patient/p");
    assert!(
        history.as_array().is_some_and(|versions| versions
            .iter()
            .any(|version| version["resource"]["birthDate"] == "1981-01-01")),
        "the edit that was given up is kept in the history"
    );
}
