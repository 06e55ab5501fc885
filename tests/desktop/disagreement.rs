//! Two workstations that disagree about everything a story decides, before its window opens.

use std::path::Path;

use serde_json::{Value, json};

use super::clinic::{HubProcess, Station};

/// Phone numbers that both sides change; of one of these patients they change the birth date as well.
pub const PHONES: usize = 50;

/// The one whose birth date changes.
pub const GUARDED: usize = 7;

fn patient(id: &str, family: &str) -> Value {
    json!({"resourceType": "Patient", "id": id, "birthDate": "1980-05-06", "gender": "female",
        "identifier": [{"system": "urn:clinic", "value": format!("77{id}")}],
        "name": [{"use": "official", "family": family, "given": ["Ada"]}],
        "telecom": [{"system": "phone", "use": "home", "value": "555-0100"}]})
}

fn with(mut patient: Value, phone: &str, born: Option<&str>) -> Value {
    patient["telecom"][0]["value"] = json!(phone);
    if let Some(born) = born {
        patient["birthDate"] = json!(born);
    }
    patient
}

fn of_many(number: usize) -> Value {
    patient(&format!("p{number}"), &format!("Fontaine{number}"))
}

fn asthma(status: &str) -> Value {
    json!({"resourceType": "Condition", "id": "asthma", "subject": {"reference": "Patient/quimby"},
        "clinicalStatus": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": status}]},
        "code": {"text": "Asthma"}, "onsetDateTime": "2019-12-20"})
}

fn allergy(id: &str, code: &str, words: &str, criticality: &str) -> Value {
    json!({"resourceType": "AllergyIntolerance", "id": id, "patient": {"reference": "Patient/rowan"},
        "clinicalStatus": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]},
        "code": {"text": words, "coding": [{"system": "http://snomed.info/sct", "code": code}]},
        "criticality": criticality})
}

/// Both workstations, and on this one all that they disagree about.
pub fn disagreeing(dir: &Path, hub: &HubProcess) -> (Station, Station) {
    let here = Station::enrolled(dir, hub, "albertine", "Orn, Albertine", "Laptop 3");
    let there = Station::enrolled(dir, hub, "leanne", "Moen, Leanne", "Workstation 2");
    let mut shared: Vec<Value> = (0..PHONES).map(of_many).collect();
    for (id, family) in [
        ("quimby", "Quimby"),
        ("rowan", "Rowan"),
        ("sorrel", "Sorrel"),
    ] {
        shared.push(patient(id, family));
    }
    shared.push(asthma("active"));
    let sync = || "sync --once".to_owned();
    let writes = |station: &Station, resources: &[Value]| -> Vec<String> {
        resources.iter().map(|one| station.to_put(one)).collect()
    };
    let mut first = writes(&there, &shared);
    first.push(sync());
    there.batch(&first);

    let sides = |side: &str, born: &str| -> Vec<Value> {
        let mut changed: Vec<Value> = (0..PHONES)
            .map(|n| {
                with(
                    of_many(n),
                    &format!("555-{side}{n:03}"),
                    (n == GUARDED).then_some(born),
                )
            })
            .collect();
        changed.push(with(
            patient("sorrel", "Sorrel"),
            &format!("555-{side}900"),
            Some(born),
        ));
        changed
    };
    let mut mine = vec![sync()];
    mine.extend(writes(&here, &sides("1", "1981-01-01")));
    mine.extend(writes(
        &here,
        &[
            asthma("inactive"),
            allergy("penicillin-here", "764146007", "penicillin", "high"),
            allergy("latex", "111088007", "latex", "low"),
        ],
    ));
    here.batch(&mine);
    let mut theirs = writes(&there, &sides("2", "1982-02-02"));
    theirs.push("delete Condition/asthma".to_owned());
    theirs.extend(writes(
        &there,
        &[
            allergy("penicillin-there", "764146007", "Penicillin", "low"),
            allergy("peanut", "91935009", "peanut", "low"),
        ],
    ));
    theirs.push(sync());
    there.batch(&theirs);
    here.batch(&[sync()]);
    (here, there)
}
