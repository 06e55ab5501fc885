//! Stories of the presenters: small records, a fixed moment, and what the screen then says.

mod allergies;
mod both;
mod centre;
mod chart;
mod conflict;
mod entry;
mod lists;
mod speed;

use haven_model::{Operation, Resource, SensitivityClass, SyncStatus, Timestamp, VectorClock};
use haven_store::{OutboxEntry, OutboxState, RowState, Stored};
use serde_json::{Value, json};

use super::{Backdrop, Now, People, SyncFacts};
use crate::view::ConnectionState;

/// 23-Nov-2026 14:05 in a zone one hour ahead of UTC.
fn now() -> Now {
    Now::with_offset(at("2026-11-23T14:05:00+01:00"), 60)
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("an instant")
}

/// What the stories share; hands out a [`Backdrop`].
struct Scene {
    now: Now,
    facts: SyncFacts,
    people: People,
}

impl Scene {
    fn new(connection: ConnectionState) -> Self {
        let mut people = People::default();
        people.add_user("orn", "Orn, Albertine", Some(haven_model::Role::Clinician));
        people.add_user(
            "beahan",
            "Beahan, Quentin",
            Some(haven_model::Role::Clinician),
        );
        let synced = Some(at("2026-11-23T09:12:00+01:00"));
        Self {
            now: now(),
            facts: SyncFacts {
                connection,
                last_sent: synced,
                last_received: synced,
                data_as_of: synced,
                ..SyncFacts::not_enrolled()
            },
            people,
        }
    }

    fn backdrop(&self) -> Backdrop<'_> {
        Backdrop {
            now: &self.now,
            facts: &self.facts,
            people: &self.people,
        }
    }
}

fn resource(value: &Value) -> Resource {
    Resource::from_value(value).expect("a resource")
}

fn stored(value: &Value) -> Stored {
    stored_as(value, SyncStatus::Synced)
}

fn stored_as(value: &Value, sync_status: SyncStatus) -> Stored {
    let resource = resource(value);
    Stored {
        key: resource.key().clone(),
        row: RowState {
            version: 1,
            server_version: Some("1".to_owned()),
            vector_clock: VectorClock::new(),
            last_modified: at("2026-11-23T09:12:00+01:00"),
            device_id: "laptop-3".to_owned(),
            author: Some("orn".to_owned()),
            sync_status,
            deleted_at: None,
            deleted_by: None,
            patient: Resource::patient_of(value),
            class: SensitivityClass::of(value),
            last_accessed: None,
        },
        resource: Some(resource),
    }
}

fn waiting(value: &Value, operation: Operation, state: OutboxState) -> OutboxEntry {
    OutboxEntry {
        seq: 1,
        key: resource(value).key().clone(),
        operation,
        patient: Resource::patient_of(value),
        queued_at: at("2026-11-23T13:52:00+01:00"),
        edited_at: at("2026-11-23T13:52:00+01:00"),
        attempts: 0,
        next_attempt_at: None,
        state,
        last_error: None,
        base_version: None,
    }
}

fn enrique() -> Value {
    json!({
        "resourceType": "Patient", "id": "enrique",
        "identifier": [{
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
            "system": "urn:clinic", "value": "870062165"}],
        "name": [{"use": "official", "family": "Treviño", "given": ["Enrique"], "prefix": ["Mr."]}],
        "gender": "male", "birthDate": "1962-07-25",
        "telecom": [{"system": "phone", "use": "mobile", "value": "555-0101"}],
    })
}

fn eduardo() -> Value {
    json!({
        "resourceType": "Patient", "id": "eduardo",
        "identifier": [{
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
            "system": "urn:clinic", "value": "693329282"}],
        "name": [{"family": "TREVINO", "given": ["Eduardo"]}],
        "gender": "male", "birthDate": "1971-02-01",
    })
}

fn pressure(id: &str, taken: &str, upper: u32, lower: u32) -> Value {
    json!({
        "resourceType": "Observation", "id": id, "status": "final",
        "category": [{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}], "text": "Blood pressure"},
        "subject": {"reference": "Patient/enrique"}, "effectiveDateTime": taken,
        "performer": [{"display": "Orn, Albertine"}],
        "component": [
            {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
             "valueQuantity": {"value": upper, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}},
            {"code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]},
             "valueQuantity": {"value": lower, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}}],
    })
}

fn vital(id: &str, loinc: &str, taken: &str, value: &str, unit: &str, ucum: &str) -> Value {
    let quantity: Value = serde_json::from_str(&format!(
        r#"{{"value":{value},"unit":"{unit}","system":"http://unitsofmeasure.org","code":"{ucum}"}}"#
    ))
    .expect("JSON");
    json!({
        "resourceType": "Observation", "id": id, "status": "final",
        "category": [{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc}]},
        "subject": {"reference": "Patient/enrique"}, "effectiveDateTime": taken,
        "valueQuantity": quantity,
    })
}

fn lisinopril(dose: u32, times: u32, instructions: &str) -> Value {
    json!({
        "resourceType": "MedicationRequest", "id": "lisinopril", "status": "active", "intent": "order",
        "meta": {"versionId": "6"},
        "medicationCodeableConcept": {"text": "lisinopril"},
        "subject": {"reference": "Patient/enrique"}, "authoredOn": "2026-01-14",
        "dosageInstruction": [{
            "timing": {"repeat": {"frequency": times, "period": 1, "periodUnit": "d"}},
            "route": {"text": "oral"},
            "doseAndRate": [{"doseQuantity": {
                "value": dose, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}}]}],
        "dispenseRequest": {"numberOfRepeatsAllowed": 3},
        "note": [{"text": instructions}],
    })
}
