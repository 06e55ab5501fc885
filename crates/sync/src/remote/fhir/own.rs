//! Whose charts the user needs first, read from what a plain server shows.
//!
//! The same people as the hub names: those of today's schedule, those whose general practitioner the
//! user is, those in whose care team the user is. What has another shape than R4 gives it tells nothing.

use haven_model::{Timestamp, fold};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Own patients at most: a day's work, not a register.
pub(super) const MAX_OWN: usize = 200;

/// An appointment within this long before or after now is one of today's, in any zone.
pub(super) const TODAY_BEFORE_MS: i64 = 16 * 60 * 60 * 1000;
pub(super) const TODAY_AFTER_MS: i64 = 24 * 60 * 60 * 1000;

/// What is read of a resource; everything else in it is passed over.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Glance {
    resource_type: String,
    id: String,
    start: Option<String>,
    status: Option<String>,
    subject: Option<Reference>,
    identifier: Vec<Identifier>,
    name: serde_json::Value,
    general_practitioner: Vec<Reference>,
    participant: Vec<Participant>,
    practitioner: Option<Reference>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Reference {
    reference: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Identifier {
    value: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Participant {
    actor: Option<Reference>,
    member: Option<Reference>,
}

impl Reference {
    /// Whether it leads to one of these, whatever stands before its last two steps.
    fn is_one_of(&self, keys: &[String]) -> bool {
        let told = self.reference.as_deref().and_then(last_two);
        told.is_some_and(|told| keys.iter().any(|key| key == told))
    }

    fn patient(&self) -> Option<String> {
        let told = last_two(self.reference.as_deref()?)?;
        told.strip_prefix("Patient/").map(str::to_owned)
    }
}

/// `Patient/1` of `https://server.example/fhir/Patient/1`.
fn last_two(reference: &str) -> Option<&str> {
    let slash = reference.rfind('/')?;
    let before = reference.get(..slash)?;
    let from = before.rfind('/').map_or(0, |at| at + 1);
    reference.get(from..)
}

impl Glance {
    pub(super) fn at(raw: &RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }

    /// Whether a Practitioner is who works here: by an identifier that is the login, else by the name.
    pub(super) fn is_user(&self, login: &str, display_name: &str) -> bool {
        if self.resource_type != "Practitioner" {
            return false;
        }
        let by_identifier = self
            .identifier
            .iter()
            .filter_map(|one| one.value.as_deref())
            .any(|value| value.eq_ignore_ascii_case(login));
        if by_identifier || self.id == login {
            return true;
        }
        let wanted = words_of(display_name);
        let names = self.name.as_array().map(Vec::as_slice).unwrap_or_default();
        wanted.len() > 1
            && names.iter().any(|name| {
                let given = name["given"].as_array().map(Vec::as_slice);
                let spoken: Vec<&str> = given
                    .unwrap_or_default()
                    .iter()
                    .chain([&name["family"]])
                    .filter_map(serde_json::Value::as_str)
                    .collect();
                words_of(&spoken.join(" ")) == wanted
            })
    }

    /// Whether a PractitionerRole is one of theirs.
    pub(super) fn is_role_of(&self, selves: &[String]) -> bool {
        let who = self.practitioner.as_ref();
        self.resource_type == "PractitionerRole" && who.is_some_and(|who| who.is_one_of(selves))
    }

    /// `Type/id`.
    pub(super) fn key(&self) -> String {
        format!("{}/{}", self.resource_type, self.id)
    }

    /// Whether an appointment lies about now; `None` when it does not tell when it begins.
    pub(super) fn is_today(&self, now: Timestamp) -> Option<bool> {
        let start = self.start.as_deref().and_then(Timestamp::parse)?;
        Some(start >= now.plus_ms(-TODAY_BEFORE_MS) && start <= now.plus_ms(TODAY_AFTER_MS))
    }

    /// The patients of an appointment that takes place.
    pub(super) fn expected(&self) -> Vec<String> {
        if self.status.as_deref() == Some("cancelled") {
            return Vec::new();
        }
        let actors = self.participant.iter().filter_map(|one| one.actor.as_ref());
        actors.filter_map(Reference::patient).collect()
    }

    /// The patient whom this resource puts in the care of one of these; `None` when it does not.
    pub(super) fn in_care_of(&self, selves: &[String]) -> Option<String> {
        match self.resource_type.as_str() {
            "Patient" => {
                let mut doctors = self.general_practitioner.iter();
                doctors
                    .any(|one| one.is_one_of(selves))
                    .then(|| self.id.clone())
            }
            "CareTeam" => {
                let mut members = self
                    .participant
                    .iter()
                    .filter_map(|one| one.member.as_ref());
                members.find(|one| one.is_one_of(selves))?;
                self.subject.as_ref()?.patient()
            }
            _ => None,
        }
    }
}

fn words_of(name: &str) -> std::collections::BTreeSet<String> {
    const TITLES: [&str; 6] = ["dr", "mr", "mrs", "ms", "prof", "sr"];
    fold::fold(name)
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty() && !TITLES.contains(word))
        .map(str::to_owned)
        .collect()
}

/// The search parameter that finds a type's resources by their patient (R4, search parameter registry);
/// `None` for types that are in nobody's chart.
pub(super) fn patient_parameter(kind: &str) -> Option<&'static str> {
    match kind {
        "Patient" => Some("_id"),
        "AdverseEvent" => Some("subject"),
        "Group" => Some("member"),
        "Organization" | "Location" | "HealthcareService" | "Practitioner" | "PractitionerRole"
        | "Substance" | "Medication" | "Schedule" | "Slot" | "Questionnaire" => None,
        _ => Some("patient"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glance(text: &str) -> Glance {
        serde_json::from_str(text).expect("a resource")
    }

    #[test]
    fn who_works_here_is_found_by_identifier_or_by_the_whole_name() {
        let by_name = glance(
            r#"{"resourceType":"Practitioner","id":"7","name":[{"family":"Okafor","given":["Ines"]}]}"#,
        );
        assert!(by_name.is_user("ines", "Dr Ines Okafor"));
        assert!(!by_name.is_user("ines", "Ines"), "a given name is nobody's");
        let by_identifier =
            glance(r#"{"resourceType":"Practitioner","id":"7","identifier":[{"value":"INES"}]}"#);
        assert!(by_identifier.is_user("ines", ""));
    }

    #[test]
    fn patients_are_read_from_schedules_teams_and_absolute_references() {
        let selves = ["Practitioner/7".to_owned()];
        let patient = glance(
            r#"{"resourceType":"Patient","id":"p","generalPractitioner":[{"reference":"https://x.example/fhir/Practitioner/7"}]}"#,
        );
        assert_eq!(patient.in_care_of(&selves).as_deref(), Some("p"));
        let team = glance(
            r#"{"resourceType":"CareTeam","id":"t","subject":{"reference":"Patient/q"},"participant":[{"member":{"reference":"Practitioner/7"}}]}"#,
        );
        assert_eq!(team.in_care_of(&selves).as_deref(), Some("q"));
        let visit = glance(
            r#"{"resourceType":"Appointment","id":"a","start":"2026-01-01T10:00:00Z","participant":[{"actor":{"reference":"Patient/r"}}]}"#,
        );
        assert_eq!(visit.expected(), ["r"]);
        let noon = Timestamp::parse("2026-01-01T12:00:00Z").expect("an instant");
        assert_eq!(visit.is_today(noon), Some(true));
        assert_eq!(
            visit.is_today(noon.plus_ms(3 * TODAY_AFTER_MS)),
            Some(false)
        );
    }
}
