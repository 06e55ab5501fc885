//! A made-up clinic for measuring where there is no data: deterministic, plain, and as varied as
//! records of one clinic are. Figures on it flatter packing, since its vocabulary is small.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::data::Input;
use super::io_error;
use crate::error::Result;

/// Visits of each patient; with what hangs on each this makes charts of about 120.
const VISITS: u64 = 12;

const FAMILIES: [&str; 12] = [
    "Adeyemi",
    "Bauer",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fofana",
    "García",
    "Hoang",
    "Ito",
    "Jansen",
    "Kowalska",
    "Lindqvist",
];
const GIVEN: [&str; 12] = [
    "Amina", "Bruno", "Chiara", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas",
    "Kaia", "Liam",
];
const VITALS: [(&str, &str, &str, u64, u64); 8] = [
    ("8867-4", "Heart rate", "/min", 55, 60),
    ("8310-5", "Body temperature", "Cel", 36, 3),
    ("9279-1", "Respiratory rate", "/min", 11, 10),
    ("8480-6", "Systolic blood pressure", "mm[Hg]", 95, 70),
    ("8462-4", "Diastolic blood pressure", "mm[Hg]", 55, 40),
    ("29463-7", "Body weight", "kg", 45, 60),
    ("8302-2", "Body height", "cm", 150, 45),
    ("2708-6", "Oxygen saturation in Arterial blood", "%", 90, 10),
];

/// A spread of numbers that is the same in every run (SplitMix64).
struct Spread(u64);

impl Spread {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    }

    fn id(&mut self) -> String {
        let mut bytes = [0; 16];
        let (high, low) = bytes.split_at_mut(8);
        high.copy_from_slice(&self.next(u64::MAX).to_be_bytes());
        low.copy_from_slice(&self.next(u64::MAX).to_be_bytes());
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .to_string()
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let at = self.next(all.len() as u64);
        usize::try_from(at).ok().and_then(|at| all.get(at)).copied()
    }
}

/// Writes `wanted` resources, one file for each type.
pub(super) fn write(wanted: usize, dir: &Path) -> Result<Input> {
    let mut spread = Spread(7);
    let mut files: BTreeMap<String, BufWriter<File>> = BTreeMap::new();
    let mut input = Input {
        files: Vec::new(),
        resources: 0,
        bytes: 0,
    };
    while input.resources < wanted {
        for resource in chart(&mut spread) {
            if input.resources == wanted {
                break;
            }
            let name = resource["resourceType"].as_str().unwrap_or_default();
            if !files.contains_key(name) {
                let path = dir.join(format!("{name}.ndjson"));
                let file = File::create(&path).map_err(io_error("Writing the input"))?;
                input.files.push(path);
                files.insert(name.to_owned(), BufWriter::new(file));
            }
            let line = resource.to_string();
            if let Some(file) = files.get_mut(name) {
                writeln!(file, "{line}").map_err(io_error("Writing the input"))?;
            }
            input.resources += 1;
            input.bytes += line.len() as u64;
        }
    }
    for file in files.values_mut() {
        file.flush().map_err(io_error("Writing the input"))?;
    }
    Ok(input)
}

fn chart(spread: &mut Spread) -> Vec<Value> {
    let patient = spread.id();
    let subject = json!({"reference": format!("Patient/{patient}")});
    let (family, given) = (spread.of(&FAMILIES), spread.of(&GIVEN));
    let birth = format!(
        "{}-{:02}-{:02}",
        1930 + spread.next(90),
        1 + spread.next(12),
        1 + spread.next(28)
    );
    let mut all = vec![json!({
        "resourceType": "Patient", "id": patient, "active": true, "birthDate": birth,
        "gender": if spread.next(2) == 0 { "female" } else { "male" },
        "name": [{"use": "official", "family": family, "given": [given]}],
        "identifier": [{"system": "urn:oid:2.16.840.1.113883.4.1", "value": format!("{:09}", spread.next(1_000_000_000))}],
        "telecom": [{"system": "phone", "value": format!("555-{:07}", spread.next(10_000_000)), "use": "home"}],
    })];
    for visit in 0..VISITS {
        let encounter = spread.id();
        let day = format!(
            "{}-{:02}-{:02}",
            2012 + visit,
            1 + spread.next(12),
            1 + spread.next(28)
        );
        let at = format!("{day}T{:02}:{:02}:00Z", 8 + spread.next(9), spread.next(60));
        all.push(json!({
            "resourceType": "Encounter", "id": encounter, "status": "finished", "subject": subject,
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "period": {"start": at, "end": at},
        }));
        for (code, display, unit, low, width) in VITALS {
            let value = format!("{}.{}", low + spread.next(width), spread.next(10));
            let value: serde_json::Number = value.parse().unwrap_or_else(|_| low.into());
            all.push(json!({
                "resourceType": "Observation", "id": spread.id(), "status": "final",
                "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
                "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": display}], "text": display},
                "subject": subject, "encounter": {"reference": format!("Encounter/{encounter}")},
                "effectiveDateTime": at, "issued": at,
                "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
            }));
        }
        all.push(json!({
            "resourceType": "Condition", "id": spread.id(), "subject": subject, "onsetDateTime": at,
            "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": (10_000_000 + spread.next(400)).to_string()}]},
        }));
    }
    all
}
