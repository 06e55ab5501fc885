//! At the bedside and at the doctor's.

use serde_json::json;

use super::{Habit, append, encounter, in_item, note};

pub const OBSERVATION: &[Habit] = &[
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

pub const CONDITION: &[Habit] = &[
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

pub const PRESCRIPTION: &[Habit] = &[
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

pub const PLAN: &[Habit] = &[
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

pub const ALLERGY: &[Habit] = &[
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

pub const PROCEDURE: &[Habit] = &[
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

pub const VACCINE: &[Habit] = &[
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

pub const REPORT: &[Habit] = &[
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

pub const DOCUMENT: &[Habit] = &[
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
