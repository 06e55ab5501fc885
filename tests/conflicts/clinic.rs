//! A hub, the workstation on which a conflict begins, a colleague's and an admin's.

use std::path::Path;

use serde_json::{Value, json};

use super::support::hub::Hub;
use super::support::station::{Batch, Station};

/// A workstation with its store open.
pub struct Desk {
    pub station: Station,
    batch: Option<Batch>,
}

impl Desk {
    fn joined(dir: &Path, hub: &Hub, user: &str, role: &str) -> Self {
        let station = Station::joined(dir, hub, &hub.url(), user, role);
        Self {
            batch: Some(station.batch()),
            station,
        }
    }

    /// The open store; opened anew where it was killed.
    pub fn batch(&mut self) -> &mut Batch {
        let station = &self.station;
        self.batch.get_or_insert_with(|| station.batch())
    }

    /// Sends a line that must succeed.
    pub fn ask(&mut self, line: &str) -> Value {
        self.batch().ask(line)
    }

    /// Ends the process at once.
    pub fn kill(&mut self) {
        if let Some(batch) = self.batch.take() {
            batch.kill();
        }
    }

    /// Writes a resource.
    pub fn put(&mut self, resource: &Value) {
        let name = format!("{}.json", resource["id"].as_str().expect("an id"));
        let path = self.station.file(&name, resource.to_string().as_bytes());
        let line = format!("put {}", path.display());
        self.ask(&line);
    }

    /// Changes a resource.
    pub fn change(&mut self, key: &str, edit: impl FnOnce(&mut Value)) {
        let mut resource = self.ask(&format!("get {key}"));
        edit(&mut resource);
        self.put(&resource);
    }

    /// The open conflicts.
    pub fn open(&mut self) -> Vec<Value> {
        let open = self.ask("conflicts list");
        open.as_array().expect("a list is an array").clone()
    }

    /// The one open conflict.
    pub fn one(&mut self) -> Value {
        let open = self.open();
        assert_eq!(open.len(), 1, "one conflict is open here: {open:?}");
        open[0].clone()
    }

    /// Everything known of one conflict, open or not.
    pub fn known(&mut self, id: &str) -> Value {
        let all = self.ask("conflicts list --all");
        let all = all.as_array().expect("a list is an array");
        let found = all.iter().find(|one| one["id"] == id);
        found.expect("the conflict is known here").clone()
    }

    /// Exchanges everything.
    pub fn sync(&mut self) -> Value {
        self.ask("sync --once")
    }

    /// Resources of a search.
    pub fn found(&mut self, expression: &str) -> Vec<Value> {
        let page = self.ask(&format!("search '{expression}'"));
        page.as_array().expect("a search answers a list").clone()
    }
}

/// The hub and three workstations.
pub struct Clinic {
    pub hub: Hub,
    /// Where conflicts begin.
    pub here: Desk,
    /// Whose changes reach the hub first.
    pub there: Desk,
    /// Who decides.
    pub admin: Desk,
}

impl Clinic {
    pub fn open(dir: &Path) -> Self {
        let hub = Hub::start(dir, "hub");
        let [here, there, admin] = [
            ("albertine", "clinician"),
            ("bashir", "clinician"),
            ("chen", "admin"),
        ]
        .map(|(user, role)| Desk::joined(dir, &hub, user, role));
        Self {
            hub,
            here,
            there,
            admin,
        }
    }

    /// One more workstation.
    pub fn join(&self, dir: &Path, user: &str, role: &str) -> Desk {
        Desk::joined(dir, &self.hub, user, role)
    }

    /// Everyone has these resources.
    pub fn share(&mut self, resources: &[Value]) {
        for resource in resources {
            self.there.put(resource);
        }
        self.there.sync();
        self.here.sync();
        self.admin.sync();
    }

    /// Both change a resource; the change from there reaches the hub first, so that a conflict is open
    /// here. Answers its id.
    pub fn collide(
        &mut self,
        key: &str,
        here: impl FnOnce(&mut Value),
        there: impl FnOnce(&mut Value),
    ) -> String {
        self.there.change(key, there);
        self.here.change(key, here);
        self.there.sync();
        self.here.sync();
        let open = self.here.open();
        let found = open.iter().find(|conflict| conflict["key"] == key);
        let found = found.expect("the two changes are in conflict here");
        found["id"].as_str().expect("an id").to_owned()
    }

    /// What the hub holds.
    pub fn at_hub(&self, key: &str) -> Value {
        let (status, body) = self.hub.fhir(&self.hub.token(), key);
        assert_eq!(status, 200, "the hub has {key}");
        serde_json::from_slice(&body).expect("JSON")
    }

    /// `GET /api/v2/conflicts?status=`, as the hub's first admin sees it.
    pub fn escalated(&self, status: &str) -> Vec<Value> {
        let bearer = format!("Bearer {}", self.hub.token());
        let (code, body) = self.hub.request(
            "GET",
            &format!("/api/v2/conflicts?status={status}"),
            &[("Authorization", &bearer)],
            b"",
        );
        assert_eq!(code, 200, "{}", String::from_utf8_lossy(&body));
        let answer: Value = serde_json::from_slice(&body).expect("JSON");
        answer["conflicts"].as_array().expect("a list").clone()
    }

    /// All agree on a resource, nothing waits, and every store is sound.
    pub fn assert_agreed(&mut self, key: &str) -> Value {
        for desk in [&mut self.here, &mut self.there, &mut self.admin] {
            desk.sync();
        }
        let at_hub = self.at_hub(key);
        for desk in [&mut self.here, &mut self.there, &mut self.admin] {
            desk.sync();
            let held = desk.ask(&format!("get {key}"));
            assert_eq!(held, at_hub, "everyone holds what the hub holds");
            assert_eq!(desk.ask("outbox list"), json!([]), "nothing waits");
            assert_eq!(desk.ask("verify --deep")["problems"], json!([]), "sound");
        }
        at_hub
    }
}

/// A patient with a birth date, which is guarded, and a phone, which is not.
pub fn patient(id: &str, family: &str) -> Value {
    json!({"resourceType": "Patient", "id": id, "name": [{"use": "official", "family": family}],
        "gender": "female", "birthDate": "1980-05-06",
        "telecom": [{"system": "phone", "use": "home", "value": "555-0100"}]})
}

/// Sets the birth date.
pub fn born(date: &'static str) -> impl Fn(&mut Value) {
    move |patient| patient["birthDate"] = json!(date)
}

/// Sets the number of the first phone.
pub fn phone(number: &str) -> impl Fn(&mut Value) + use<> {
    let number = number.to_owned();
    move |patient| patient["telecom"][0]["value"] = json!(number)
}

/// A prescription.
pub fn prescription(id: &str, patient: &str, dose: u32) -> Value {
    json!({"resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order",
        "medicationCodeableConcept": {"text": "lisinopril"},
        "subject": {"reference": format!("Patient/{patient}")},
        "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": dose, "unit": "mg"}}]}]})
}

/// Sets the dose.
pub fn dose(mg: u32) -> impl Fn(&mut Value) {
    move |order| {
        order["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] = json!(mg);
    }
}
