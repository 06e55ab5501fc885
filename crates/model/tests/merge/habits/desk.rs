//! At the front desk and around a visit.

use serde_json::json;

use super::{Habit, append, in_item};

pub const PATIENT: &[Habit] = &[
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

pub const ENCOUNTER: &[Habit] = &[
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
