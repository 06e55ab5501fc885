//! What a resource is called in a list.

use serde_json::Value;

use super::phrase::{say, say_known, say_with};
use super::{codeable, date, human_name, items, label, medicine, quantity, text_at};
use crate::vitals::reading;

/// What a resource is, in one word or two: "Medicine", "Vitals", "Allergy".
#[must_use]
pub fn resource_kind(resource: &Value) -> String {
    let resource_type = text_at(resource, "/resourceType").unwrap_or("Resource");
    if resource_type == "Observation" {
        let kind = match category(resource) {
            Some("vital-signs" | "vital-sign") => "Vitals",
            Some("laboratory") => "Result",
            Some("social-history") => "Social history",
            Some("survey") => "Questionnaire",
            Some("imaging") => "Imaging",
            _ if reading(resource).is_some() => "Vitals",
            _ => "Observation",
        };
        return say(kind).to_owned();
    }
    kind_of(resource_type)
}

/// The kind of a resource type alone.
pub(super) fn kind_of(resource_type: &str) -> String {
    let kind = match resource_type {
        "AllergyIntolerance" => "Allergy",
        "Appointment" => "Visit planned",
        "CarePlan" => "Care plan",
        "CareTeam" => "Care team",
        "Communication" => "Message",
        "Condition" => "Problem",
        "Consent" => "Consent",
        "Coverage" => "Insurance",
        "DiagnosticReport" => "Report",
        "DocumentReference" | "Composition" => "Document",
        "Encounter" => "Visit",
        "FamilyMemberHistory" => "Family history",
        "Flag" => "Alert",
        "ImagingStudy" => "Imaging",
        "Immunization" => "Immunization",
        "MedicationAdministration" => "Dose given",
        "MedicationDispense" => "Medicine supplied",
        "MedicationRequest" | "MedicationStatement" | "Medication" => "Medicine",
        "QuestionnaireResponse" => "Questionnaire",
        "RelatedPerson" => "Related person",
        "ServiceRequest" => "Request",
        "SupplyDelivery" => "Supply",
        other => return say_known(&label::of_name(other)),
    };
    say(kind).to_owned()
}

/// A resource in a few words: "lisinopril", "Blood pressure 182/110 mmHg", "TREVIÑO, Enrique".
#[must_use]
pub fn resource_title(resource: &Value) -> String {
    let title = match text_at(resource, "/resourceType").unwrap_or_default() {
        "Patient" | "Practitioner" | "RelatedPerson" | "Person" => Some(human_name(resource).text),
        "MedicationRequest"
        | "MedicationStatement"
        | "MedicationAdministration"
        | "MedicationDispense"
        | "Medication" => Some(medicine(resource)),
        "Observation" => Some(observation(resource)),
        "Immunization" => concept(resource, "vaccineCode"),
        "Encounter" => items(resource, "type")
            .next()
            .or_else(|| resource.get("class"))
            .map(encounter),
        "Appointment" => text_at(resource, "/description")
            .map(str::to_owned)
            .or_else(|| first(resource, &["reasonCode", "serviceType", "appointmentType"])),
        "DocumentReference" => first(resource, &["type", "category"])
            .or_else(|| text_at(resource, "/description").map(str::to_owned)),
        "CarePlan" => text_at(resource, "/title")
            .map(str::to_owned)
            .or_else(|| items(resource, "category").last().map(codeable)),
        "Goal" => concept(resource, "description"),
        "ImagingStudy" => first(resource, &["procedureCode", "modality"])
            .or_else(|| text_at(resource, "/description").map(str::to_owned)),
        "Device" => text_at(resource, "/deviceName/0/name")
            .map(str::to_owned)
            .or_else(|| concept(resource, "type")),
        "Consent" => first(resource, &["scope", "category"]),
        "Provenance" => {
            text_at(resource, "/recorded").map(|when| say_with("Recorded {}", &[date(when)]))
        }
        _ => None,
    };
    title
        .or_else(|| general(resource))
        .unwrap_or_else(|| resource_kind(resource))
}

fn general(resource: &Value) -> Option<String> {
    text_at(resource, "/title")
        .or_else(|| text_at(resource, "/name"))
        .map(str::to_owned)
        .or_else(|| first(resource, &["code", "type", "category"]))
        .or_else(|| text_at(resource, "/description").map(str::to_owned))
}

fn concept(resource: &Value, name: &str) -> Option<String> {
    resource.get(name).map(codeable)
}

/// The first of several concepts, each alone or the first of a list.
fn first(resource: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match resource.get(name)? {
        Value::Array(list) => list.first().map(codeable),
        value @ Value::Object(_) => Some(codeable(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

fn encounter(concept: &Value) -> String {
    match text_at(concept, "/code") {
        Some("AMB") => say("Clinic visit").to_owned(),
        Some("HH") => say("Home visit").to_owned(),
        Some("EMER") => say("Emergency visit").to_owned(),
        Some("IMP" | "ACUTE" | "NONAC") => say("Hospital stay").to_owned(),
        Some("VR") => say("Remote visit").to_owned(),
        _ => codeable(concept),
    }
}

fn observation(resource: &Value) -> String {
    if let Some(reading) = reading(resource) {
        return say_with(
            "{} {}",
            &[say_known(reading.kind.label()), reading.text_with_unit()],
        );
    }
    let name = concept(resource, "code").unwrap_or_else(|| say("Observation").to_owned());
    let value = resource
        .get("valueQuantity")
        .map(quantity)
        .or_else(|| concept(resource, "valueCodeableConcept"))
        .or_else(|| text_at(resource, "/valueString").map(str::to_owned));
    match value {
        Some(value) => format!("{name} {value}"),
        None => name,
    }
}

fn category(resource: &Value) -> Option<&str> {
    items(resource, "category")
        .flat_map(|category| items(category, "coding"))
        .find_map(|coding| coding.get("code").and_then(Value::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn resources_are_called_by_what_they_say() {
        let loinc = |code: &str| json!({"coding": [{"system": "http://loinc.org", "code": code}]});
        for (resource, kind, title) in [
            (
                json!({"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "lisinopril"}}),
                "Medicine",
                "lisinopril",
            ),
            (
                json!({"resourceType": "Observation", "status": "final", "code": loinc("8310-5"),
                "valueQuantity": {"value": 38.4, "unit": "°C", "code": "Cel", "system": "http://unitsofmeasure.org"}}),
                "Vitals",
                "Temperature 38.4 °C",
            ),
            (
                json!({"resourceType": "Observation", "code": {"text": "Potassium"},
                "category": [{"coding": [{"code": "laboratory"}]}],
                "valueQuantity": {"value": 5.1, "unit": "mmol/L"}}),
                "Result",
                "Potassium 5.1 mmol/L",
            ),
            (
                json!({"resourceType": "Encounter", "class": {"code": "HH"}}),
                "Visit",
                "Home visit",
            ),
            (
                json!({"resourceType": "AllergyIntolerance", "code": {"text": "penicillin"}}),
                "Allergy",
                "penicillin",
            ),
            (
                json!({"resourceType": "Patient", "name": [{"family": "Treviño", "given": ["Enrique"]}]}),
                "Patient",
                "TREVIÑO, Enrique",
            ),
            (json!({"resourceType": "Basic"}), "Basic", "Basic"),
        ] {
            assert_eq!(resource_kind(&resource), kind);
            assert_eq!(resource_title(&resource), title);
        }
    }
}
