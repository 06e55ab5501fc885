//! The edits that people make every day, by type of record, with how often each is made.

use serde_json::{Value, json};

use super::edit::Dice;

/// One person with some news, who makes edits.
pub struct Hand<'d> {
    /// What is written follows from this number: two hands with the same news write the same.
    pub news: u64,
    pub dice: &'d mut Dice,
}

impl Hand<'_> {
    fn number(&self, below: u64) -> u64 {
        Dice(self.news).roll() % below
    }

    fn day(&self) -> String {
        format!("2026-{:02}-{:02}", 1 + self.number(12), 1 + self.number(28))
    }

    fn text(&self, what: &str) -> String {
        format!("{what} {}", self.number(100_000))
    }

    fn reference(&self, kind: &str) -> Value {
        json!({"reference": format!("{kind}/x{}", self.number(100_000))})
    }

    fn word<'w>(&self, words: &[&'w str]) -> &'w str {
        words[self.number(words.len() as u64) as usize]
    }
}

type Habit = (u64, fn(&mut Value, &mut Hand));

/// Makes one edit that people make to such a record.
pub fn edit(kind: &str, record: &mut Value, hand: &mut Hand) {
    let habits: &[Habit] = match kind {
        "Patient" => PATIENT,
        "Encounter" => ENCOUNTER,
        "Observation" => OBSERVATION,
        "Condition" => CONDITION,
        "MedicationRequest" => PRESCRIPTION,
        "CarePlan" => PLAN,
        "AllergyIntolerance" => ALLERGY,
        "Procedure" => PROCEDURE,
        "Immunization" => VACCINE,
        "DiagnosticReport" => REPORT,
        _ => DOCUMENT,
    };
    let mut at = hand.dice.roll() % habits.iter().map(|(weight, _)| weight).sum::<u64>();
    for (weight, habit) in habits {
        if at < *weight {
            return habit(record, hand);
        }
        at -= weight;
    }
}

fn append(record: &mut Value, list: &str, item: Value) {
    match record.get_mut(list) {
        Some(Value::Array(items)) => items.push(item),
        _ => record[list] = json!([item]),
    }
}

/// Changes a member of one of a list's items, or adds an item where there is none.
fn in_item(
    record: &mut Value,
    hand: &mut Hand,
    list: &str,
    member: &str,
    value: Value,
    fresh: Value,
) {
    let count = record[list].as_array().map_or(0, Vec::len);
    if count == 0 {
        return append(record, list, fresh);
    }
    let at = hand.dice.below(count);
    record[list][at][member] = value;
}

fn note(record: &mut Value, hand: &mut Hand) {
    let who = hand.dice.below(1000);
    append(
        record,
        "note",
        json!({"authorString": format!("nurse {who}"), "time": format!("{}T10:00:00Z", hand.day()), "text": hand.text("remark")}),
    );
}

fn encounter(record: &mut Value, hand: &mut Hand) {
    record["encounter"] = hand.reference("Encounter");
}

const PATIENT: &[Habit] = &[
    (14, |record, hand| {
        let number = json!(format!("555-{}", hand.number(1_000_000)));
        let fresh = json!({"system": "phone", "use": "mobile", "value": number});
        in_item(record, hand, "telecom", "value", number, fresh);
    }),
    (10, |record, hand| {
        append(
            record,
            "telecom",
            json!({"system": "phone", "use": "mobile", "value": format!("556-{}", hand.number(1_000_000))}),
        )
    }),
    (8, |record, hand| {
        append(
            record,
            "telecom",
            json!({"system": "email", "value": format!("p{}@example.org", hand.number(1_000_000))}),
        )
    }),
    (10, |record, hand| {
        let line = json!([hand.text("Street")]);
        let fresh = json!({"use": "home", "line": line});
        in_item(record, hand, "address", "line", line, fresh);
    }),
    (5, |record, hand| {
        let code = json!(format!("P{}", hand.number(9_999)));
        let fresh = json!({"use": "home", "postalCode": code});
        in_item(record, hand, "address", "postalCode", code, fresh);
    }),
    (10, |record, hand| {
        let system = hand.dice.below(40);
        append(
            record,
            "identifier",
            json!({"system": format!("urn:scheme:{system}"), "value": hand.text("N")}),
        );
    }),
    (2, |record, hand| {
        record["birthDate"] = json!(format!("19{}", hand.day().trim_start_matches("20")))
    }),
    (2, |record, hand| {
        let family = json!(hand.text("Family"));
        let fresh = json!({"use": "official", "family": family});
        in_item(record, hand, "name", "family", family, fresh);
    }),
    (8, |record, hand| {
        append(
            record,
            "contact",
            json!({"name": {"text": hand.text("Kin")}, "telecom": [{"system": "phone", "value": hand.text("5")}]}),
        )
    }),
    (6, |record, hand| {
        append(
            record,
            "communication",
            json!({"language": {"text": hand.text("language")}}),
        )
    }),
    (8, |record, hand| {
        append(
            record,
            "generalPractitioner",
            hand.reference("Practitioner"),
        )
    }),
    (
        5,
        |record, hand| {
            record["maritalStatus"] =
                json!({"text": hand.word(&["married", "divorced", "widowed", "single"])})
        },
    ),
    (6, |record, hand| {
        record["managingOrganization"] = hand.reference("Organization")
    }),
    (6, |record, hand| {
        append(
            record,
            "extension",
            json!({"url": format!("urn:intake:{}", hand.dice.below(30)), "valueString": hand.text("answer")}),
        )
    }),
];

const ENCOUNTER: &[Habit] = &[
    (12, |record, hand| {
        record["status"] = json!("finished");
        if record["period"].is_object() {
            record["period"]["end"] = json!(format!(
                "2027-{}T12:00:00Z",
                hand.day().trim_start_matches("2026-")
            ));
        }
    }),
    (18, |record, hand| {
        append(
            record,
            "participant",
            json!({"individual": hand.reference("Practitioner")}),
        )
    }),
    (16, |record, hand| {
        append(
            record,
            "diagnosis",
            json!({"condition": hand.reference("Condition")}),
        )
    }),
    (16, |record, hand| {
        append(record, "reasonCode", json!({"text": hand.text("reason")}))
    }),
    (12, |record, hand| {
        append(
            record,
            "location",
            json!({"location": hand.reference("Location")}),
        )
    }),
    (8, |record, hand| {
        append(record, "type", json!({"text": hand.text("type")}))
    }),
    (4, |record, hand| {
        record["serviceProvider"] = hand.reference("Organization")
    }),
    (4, |record, hand| {
        record["priority"] = json!({"text": hand.word(&["urgent", "routine"])})
    }),
    (10, |record, hand| {
        append(record, "account", hand.reference("Account"))
    }),
];

const OBSERVATION: &[Habit] = &[
    (36, note),
    (14, |record, hand| {
        append(record, "performer", hand.reference("Practitioner"))
    }),
    (6, |record, hand| {
        if record["valueQuantity"].is_object() {
            record["valueQuantity"]["value"] = json!(hand.number(200));
        }
    }),
    (3, |record, hand| {
        record["status"] = json!(hand.word(&["amended", "corrected"]))
    }),
    (8, |record, hand| {
        append(record, "category", json!({"text": hand.text("category")}))
    }),
    (8, encounter),
    (6, |record, hand| {
        record["device"] = hand.reference("Device")
    }),
    (6, |record, hand| {
        record["issued"] = json!(format!("{}T08:00:00Z", hand.day()))
    }),
    (13, |record, hand| {
        append(record, "derivedFrom", hand.reference("Observation"))
    }),
];

const CONDITION: &[Habit] = &[
    (36, note),
    (
        6,
        |record, _| record["clinicalStatus"] = json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "resolved"}]}),
    ),
    (
        6,
        |record, hand| {
            record["severity"] = json!({"text": hand.word(&["mild", "moderate", "severe"])})
        },
    ),
    (16, |record, hand| {
        append(
            record,
            "evidence",
            json!({"detail": [hand.reference("Observation")]}),
        )
    }),
    (10, |record, hand| {
        append(record, "bodySite", json!({"text": hand.text("site")}))
    }),
    (3, |record, hand| {
        record["onsetDateTime"] = json!(format!("1990{}", hand.day().trim_start_matches("2026")))
    }),
    (7, |record, hand| {
        record["asserter"] = hand.reference("Practitioner")
    }),
    (8, |record, hand| {
        append(
            record,
            "stage",
            json!({"summary": {"text": hand.text("stage")}}),
        )
    }),
    (8, |record, hand| {
        append(record, "category", json!({"text": hand.text("category")}))
    }),
];

const PRESCRIPTION: &[Habit] = &[
    (36, note),
    (6, |record, _| record["status"] = json!("stopped")),
    (6, |record, hand| {
        let text = json!(hand.text("dose"));
        let fresh = json!({"text": text});
        in_item(record, hand, "dosageInstruction", "text", text, fresh);
    }),
    (16, |record, hand| {
        append(record, "reasonReference", hand.reference("Condition"))
    }),
    (16, |record, hand| {
        append(
            record,
            "supportingInformation",
            hand.reference("Observation"),
        )
    }),
    (4, |record, hand| {
        record["priority"] = json!(hand.word(&["urgent", "asap", "stat"]))
    }),
    (8, |record, hand| {
        append(record, "insurance", hand.reference("Coverage"))
    }),
    (8, |record, hand| {
        append(record, "category", json!({"text": hand.text("category")}))
    }),
];

const PLAN: &[Habit] = &[
    (30, note),
    (14, |record, hand| {
        append(
            record,
            "activity",
            json!({"reference": hand.reference("ServiceRequest")}),
        )
    }),
    (8, |record, hand| {
        let status = hand.word(&["completed", "in-progress", "cancelled"]);
        let count = record["activity"].as_array().map_or(0, Vec::len);
        let at = hand.dice.below(count);
        if count > 0 && record["activity"][at]["detail"].is_object() {
            record["activity"][at]["detail"]["status"] = json!(status);
        }
    }),
    (16, |record, hand| {
        append(record, "goal", hand.reference("Goal"))
    }),
    (12, |record, hand| {
        append(record, "careTeam", hand.reference("CareTeam"))
    }),
    (4, |record, hand| record["title"] = json!(hand.text("Plan"))),
    (12, |record, hand| {
        append(record, "addresses", hand.reference("Condition"))
    }),
];

const ALLERGY: &[Habit] = &[
    (50, note),
    (6, |record, hand| {
        append(
            record,
            "reaction",
            json!({"manifestation": [{"text": hand.text("sign")}]}),
        )
    }),
    (10, |record, hand| {
        record["lastOccurrence"] = json!(hand.day())
    }),
    (4, |record, _| record["criticality"] = json!("high")),
    (15, |record, hand| {
        record["asserter"] = hand.reference("Practitioner")
    }),
    (15, encounter),
];

const PROCEDURE: &[Habit] = &[
    (36, note),
    (8, |record, _| record["status"] = json!("completed")),
    (10, |record, hand| {
        append(
            record,
            "complication",
            json!({"text": hand.text("complication")}),
        )
    }),
    (10, |record, hand| {
        append(record, "followUp", json!({"text": hand.text("follow-up")}))
    }),
    (14, |record, hand| {
        append(
            record,
            "performer",
            json!({"actor": hand.reference("Practitioner")}),
        )
    }),
    (6, |record, hand| {
        record["location"] = hand.reference("Location")
    }),
    (4, |record, hand| {
        record["outcome"] = json!({"text": hand.word(&["good", "poor"])})
    }),
    (12, |record, hand| {
        append(record, "report", hand.reference("DiagnosticReport"))
    }),
];

const VACCINE: &[Habit] = &[
    (40, note),
    (14, |record, hand| {
        append(
            record,
            "reaction",
            json!({"date": hand.day(), "detail": hand.reference("Observation")}),
        )
    }),
    (3, |record, hand| {
        record["lotNumber"] = json!(hand.text("L"))
    }),
    (4, |record, hand| {
        record["site"] = json!({"text": hand.word(&["left arm", "right arm"])})
    }),
    (18, |record, hand| {
        append(
            record,
            "performer",
            json!({"actor": hand.reference("Practitioner")}),
        )
    }),
    (6, |record, hand| {
        record["location"] = hand.reference("Location")
    }),
    (15, |record, hand| {
        append(record, "reasonCode", json!({"text": hand.text("reason")}))
    }),
];

const REPORT: &[Habit] = &[
    (40, |record, hand| {
        append(record, "result", hand.reference("Observation"))
    }),
    (30, |record, hand| {
        append(record, "performer", hand.reference("Practitioner"))
    }),
    (10, |record, hand| {
        record["conclusion"] = json!(hand.text("conclusion"))
    }),
    (20, |record, hand| {
        append(record, "media", json!({"link": hand.reference("Media")}))
    }),
];

const DOCUMENT: &[Habit] = &[
    (30, |record, hand| {
        append(record, "category", json!({"text": hand.text("category")}))
    }),
    (30, |record, hand| {
        append(record, "author", hand.reference("Practitioner"))
    }),
    (20, |record, hand| {
        record["description"] = json!(hand.text("description"))
    }),
    (20, |record, hand| {
        append(record, "securityLabel", json!({"text": hand.text("label")}))
    }),
];
