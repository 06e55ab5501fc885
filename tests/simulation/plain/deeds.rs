//! What people did with records that a server may rename: each is known by an identifier of its own.

use haven_model::Resource;
use haven_store::{StoreError, Tx};
use serde_json::{Value, json};

use crate::ledger::Part;
use crate::station::{day, push};

/// The system of the identifiers by which records are known here.
const SYSTEM: &str = "urn:haven:simulation";

/// Something that somebody did, and that was acknowledged to them.
#[derive(Clone, Debug)]
pub struct Deed {
    pub subject: String,
    pub part: Part,
    /// Unique in the schedule, so that finding the text is finding the edit.
    pub text: String,
    /// What whoever did it had before them.
    pub before: String,
    /// A station's number, or that of the people at the server.
    pub by: usize,
}

/// The identifier of a record.
pub fn subject_of(value: &Value) -> Option<&str> {
    value.pointer("/identifier/0/value").and_then(Value::as_str)
}

/// A new record: a patient, or something observed of `patient`.
pub fn new_record(serial: u64, patient: Option<&str>) -> (Value, Vec<(Part, String)>) {
    let subject = format!("subject-{serial}-");
    let note = format!("note-{serial}-");
    let identifier = json!([{"system": SYSTEM, "value": subject}]);
    let value = match patient {
        None => json!({
            "resourceType": "Patient", "id": format!("p{serial}"), "identifier": identifier,
            "name": [{"use": "official", "family": format!("Family-{serial}-"), "given": ["Ada"]}],
            "telecom": [
                {"system": "phone", "use": "home", "value": format!("+1 555 {serial:06}")},
                {"system": "email", "value": note},
            ],
            "birthDate": day(serial),
        }),
        Some(patient) => json!({
            "resourceType": "Observation", "id": format!("o{serial}"), "identifier": identifier,
            "status": "final", "code": {"text": "mood"}, "subject": {"reference": patient},
            "note": [{"text": note}], "valueString": format!("reading-{serial}-"),
        }),
    };
    let mut parts = vec![(Part::Item, note)];
    let values = values_of(&value).into_iter();
    parts.extend(values.map(|(name, text)| (Part::Value(name), text)));
    (value, parts)
}

/// The replaceable values of a record, by name.
pub fn values_of(value: &Value) -> Vec<(&'static str, String)> {
    let mut all = crate::station::values_of(value);
    if let Some(reading) = value["valueString"].as_str() {
        all.push(("reading", reading.to_owned()));
    }
    all
}

/// Changes one part of a record; `what` is a throw of a hundred-sided die.
pub fn change(value: &mut Value, serial: u64, what: u32) -> (Part, String) {
    let is_patient = value["resourceType"] == "Patient";
    let note = format!("note-{serial}-");
    match (what, is_patient) {
        (0..50, true) => {
            push(value, "telecom", json!({"system": "email", "value": note}));
            (Part::Item, note)
        }
        (0..50, false) => {
            push(value, "note", json!({"text": note}));
            (Part::Item, note)
        }
        (50..65, true) => {
            let text = format!("+1 555 {serial:06}");
            let contacts = value["telecom"].as_array_mut().expect("contacts");
            let phone = contacts.iter_mut().find(|one| one["system"] == "phone");
            phone.expect("a phone")["value"] = json!(text);
            (Part::Value("phone"), text)
        }
        (65..80, true) => {
            value["birthDate"] = json!(day(serial));
            (Part::Value("birthDate"), day(serial))
        }
        (_, true) => {
            let text = format!("Family-{serial}-");
            value["name"][0]["family"] = json!(text);
            (Part::Value("family"), text)
        }
        (_, false) => {
            let text = format!("reading-{serial}-");
            value["valueString"] = json!(text);
            (Part::Value("reading"), text)
        }
    }
}

/// The deeds that lie in some parts of a record.
pub fn deeds(subject: &str, parts: Vec<(Part, String)>, before: &str, by: usize) -> Vec<Deed> {
    let deed = |(part, text): (Part, String)| Deed {
        subject: subject.to_owned(),
        part,
        text,
        before: before.to_owned(),
        by,
    };
    parts.into_iter().map(deed).collect()
}

/// A person at a station makes, changes or deletes a record.
pub fn at_a_station(
    tx: &mut Tx<'_>,
    chosen: Option<&haven_model::ResourceKey>,
    (serial, what): (u64, u32),
    by: usize,
) -> Result<Vec<Deed>, StoreError> {
    let held = match chosen {
        Some(key) => tx.get(key)?.and_then(|held| held.resource),
        None => None,
    };
    let Some(held) = held else {
        let (value, parts) = new_record(serial, None);
        tx.edit(Resource::from_value(&value).expect("a resource"))?;
        return Ok(deeds(&format!("subject-{serial}-"), parts, "", by));
    };
    let mut value = held.value();
    let before = value.to_string();
    let is_patient = value["resourceType"] == "Patient";
    if what < 15 && is_patient {
        let (made, parts) = new_record(serial, Some(&held.key().to_string()));
        tx.edit(Resource::from_value(&made).expect("a resource"))?;
        return Ok(deeds(&format!("subject-{serial}-"), parts, "", by));
    }
    let subject = subject_of(&value).expect("an identifier").to_owned();
    // A patient's own record is not deleted under what was observed of them.
    if what < 20 && !is_patient {
        tx.delete(held.key())?;
        let text = format!("deletion-{serial}-");
        return Ok(deeds(&subject, vec![(Part::Deletion, text)], &before, by));
    }
    let part = change(&mut value, serial, (what - what.min(20)) * 5 / 4);
    tx.edit(Resource::from_value(&value).expect("still a resource"))?;
    Ok(deeds(&subject, vec![part], &before, by))
}
