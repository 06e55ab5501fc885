//! Names of elements, as a clinician calls them.

use super::phrase::{say, say_known};
use crate::language::spoken;

/// The label of a path: "Dose and timing", "Phone, home", "Address, home – city".
#[must_use]
pub fn field_label(path: &str) -> String {
    let steps = steps(path);
    let Some((resource_type, elements)) = steps.split_first() else {
        return String::new();
    };
    if elements.is_empty() {
        return super::title::kind_of(&resource_type.name);
    }
    for length in (1..=elements.len()).rev() {
        let (named, rest) = elements.split_at(length);
        let joined: Vec<&str> = named.iter().map(|step| step.name.as_str()).collect();
        let joined = joined.join(".");
        let Some(label) = known(&resource_type.name, &joined) else {
            continue;
        };
        let mut words = named
            .last()
            .map_or_else(|| say(label).to_owned(), |step| keyed(label, step));
        push_rest(&mut words, rest);
        return words;
    }
    let mut words = String::new();
    push_rest(&mut words, elements);
    words
}

struct Step {
    name: String,
    /// What stands in brackets behind it.
    key: String,
}

fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut name = String::new();
    let mut key = String::new();
    let mut depth = 0_u32;
    for letter in path.chars() {
        match letter {
            '.' if depth == 0 => steps.push(Step {
                name: std::mem::take(&mut name),
                key: std::mem::take(&mut key),
            }),
            '[' => {
                depth += 1;
                if depth > 1 {
                    key.push(letter);
                }
            }
            ']' => {
                depth = depth.saturating_sub(1);
                if depth > 0 {
                    key.push(letter);
                }
            }
            '"' if depth == 0 => {}
            letter if depth > 0 => key.push(letter),
            letter => name.push(letter),
        }
    }
    steps.push(Step { name, key });
    steps
}

/// Elements without a name of their own, said in their own words behind what is named.
fn push_rest(words: &mut String, rest: &[Step]) {
    for step in rest {
        if matches!(
            step.name.as_str(),
            "value" | "text" | "coding" | "valueQuantity"
        ) && !words.is_empty()
        {
            continue;
        }
        let word = say_known(
            &if matches!(step.name.as_str(), "extension" | "modifierExtension") {
                key_part(&step.key, "url").map_or_else(|| of_name(&step.name), of_url)
            } else {
                keyed(&of_name(&step.name), step)
            },
        );
        if words.is_empty() {
            words.push_str(&word);
        } else {
            words.push_str(" – ");
            words.push_str(&lower_first(&word));
        }
    }
}

/// The value of one part of a key: `system=phone,use=home`.
fn key_part<'a>(key: &'a str, part: &str) -> Option<&'a str> {
    let from = key.strip_prefix(part).or_else(|| {
        let at = key.find(&format!(",{part}="))?;
        key.get(at + 1 + part.len()..)
    })?;
    let value = from.strip_prefix('=')?;
    Some(if part == "url" {
        value
    } else {
        value.split(',').next().unwrap_or(value)
    })
}

/// The label with what its list key tells: "Phone, home"; "Given name".
fn keyed(label: &str, step: &Step) -> String {
    let usage = key_part(&step.key, "use");
    let what = match key_part(&step.key, "system") {
        Some("phone") => "Phone",
        Some("email") => "Email",
        Some("fax") => "Fax",
        Some("pager") => "Pager",
        Some("url") => "Web page",
        Some("sms") => "Text messages",
        _ => label,
    };
    let what = say_known(what);
    match usage {
        Some(usage) => format!("{what}{}{}", spoken().comma(), say_known(usage)),
        None => what,
    }
}

/// A JSON name as words: "birthDate" is "Birth date".
pub(super) fn of_name(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
            words.push(letter.to_ascii_lowercase());
        } else if words.is_empty() {
            words.extend(letter.to_uppercase());
        } else if matches!(letter, '-' | '_') {
            words.push(' ');
        } else {
            words.push(letter);
        }
    }
    words
}

/// The last part of an extension's address as words: "…/patient-birthPlace" is "Birth place".
pub(super) fn of_url(url: &str) -> String {
    let last = url
        .trim_end_matches('/')
        .rsplit(['/', '#'])
        .next()
        .unwrap_or(url);
    let bare = ["us-core-", "patient-", "humanname-", "iso21090-"]
        .into_iter()
        .find_map(|prefix| last.strip_prefix(prefix))
        .unwrap_or(last);
    of_name(bare)
}

fn lower_first(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

fn known(resource_type: &str, element: &str) -> Option<&'static str> {
    let of = |resource: &str| {
        LABELS
            .iter()
            .find(|(owner, name, _)| *owner == resource && *name == element)
            .map(|(_, _, label)| *label)
    };
    of(resource_type).or_else(|| of(""))
}

/// Every label of the table.
#[cfg(test)]
pub(super) fn labels() -> impl Iterator<Item = &'static str> {
    LABELS.iter().map(|(_, _, label)| *label)
}

/// Resource type (empty for all), element, label.
#[rustfmt::skip]
const LABELS: &[(&str, &str, &str)] = &[
    ("Patient", "name", "Name"),
    ("Patient", "name.family", "Family name"),
    ("Patient", "name.given", "Given name"),
    ("Patient", "name.prefix", "Title"),
    ("Patient", "birthDate", "Birth date"),
    ("Patient", "deceased", "Deceased"),
    ("Patient", "maritalStatus", "Marital status"),
    ("Patient", "multipleBirth", "Twin or multiple birth"),
    ("Patient", "contact", "Contact person"),
    ("Patient", "communication", "Language"),
    ("Patient", "communication.language", "Language"),
    ("Patient", "communication.preferred", "Preferred language"),
    ("Patient", "generalPractitioner", "Regular practitioner"),
    ("Patient", "managingOrganization", "Clinic"),
    ("Patient", "active", "Record in use"),
    ("Patient", "link", "Linked record"),
    ("AllergyIntolerance", "code", "Substance"),
    ("AllergyIntolerance", "criticality", "Criticality"),
    ("AllergyIntolerance", "reaction", "Reaction"),
    ("AllergyIntolerance", "recordedDate", "Recorded"),
    ("AllergyIntolerance", "lastOccurrence", "Last reaction"),
    ("AllergyIntolerance", "onset", "Since"),
    ("Condition", "code", "Problem"),
    ("Condition", "onset", "Since"),
    ("Condition", "abatement", "Ended"),
    ("Condition", "bodySite", "Body site"),
    ("Condition", "recordedDate", "Recorded"),
    ("MedicationRequest", "medication", "Medicine"),
    ("MedicationRequest", "dosageInstruction", "Dose and timing"),
    ("MedicationRequest", "dosageInstruction.doseAndRate", "Dose"),
    ("MedicationRequest", "dosageInstruction.timing", "Timing"),
    ("MedicationRequest", "dosageInstruction.route", "Route"),
    ("MedicationRequest", "dosageInstruction.text", "Instructions"),
    ("MedicationRequest", "dosageInstruction.patientInstruction", "Instructions"),
    ("MedicationRequest", "authoredOn", "Prescribed"),
    ("MedicationRequest", "requester", "Prescriber"),
    ("MedicationRequest", "dispenseRequest", "Supply"),
    ("MedicationRequest", "dispenseRequest.numberOfRepeatsAllowed", "Refills"),
    ("MedicationRequest", "dispenseRequest.validityPeriod", "Supply valid"),
    ("MedicationRequest", "dispenseRequest.validityPeriod.end", "Review date"),
    ("MedicationRequest", "dispenseRequest.quantity", "Quantity supplied"),
    ("MedicationRequest", "substitution", "Substitution"),
    ("MedicationRequest", "intent", "Intent"),
    ("MedicationRequest", "doNotPerform", "Do not give"),
    ("MedicationRequest", "note", "Note to pharmacy"),
    ("MedicationStatement", "medication", "Medicine"),
    ("MedicationStatement", "dosage", "Dose and timing"),
    ("MedicationAdministration", "medication", "Medicine"),
    ("MedicationAdministration", "dosage", "Dose given"),
    ("MedicationDispense", "medication", "Medicine"),
    ("MedicationDispense", "dosageInstruction", "Dose and timing"),
    ("Observation", "code", "Measurement"),
    ("Observation", "value", "Value"),
    ("Observation", "component", "Part of the reading"),
    ("Observation", "component.value", "Value"),
    ("Observation", "effective", "Taken"),
    ("Observation", "issued", "Released"),
    ("Observation", "interpretation", "Interpretation"),
    ("Observation", "referenceRange", "Reference range"),
    ("Observation", "dataAbsentReason", "Why there is no value"),
    ("Observation", "performer", "Measured by"),
    ("Encounter", "class", "Kind of visit"),
    ("Encounter", "type", "Visit type"),
    ("Encounter", "period", "Time of visit"),
    ("Encounter", "period.start", "Start of visit"),
    ("Encounter", "period.end", "End of visit"),
    ("Encounter", "reasonCode", "Reason"),
    ("Encounter", "participant", "Seen by"),
    ("Encounter", "serviceProvider", "Clinic"),
    ("Encounter", "hospitalization", "Hospital stay"),
    ("Immunization", "vaccineCode", "Vaccine"),
    ("Immunization", "occurrence", "Given"),
    ("Immunization", "lotNumber", "Lot"),
    ("Immunization", "site", "Site"),
    ("Immunization", "primarySource", "Seen by the recorder"),
    ("Procedure", "code", "Procedure"),
    ("Procedure", "performed", "Done"),
    ("Appointment", "start", "Start"),
    ("Appointment", "end", "End"),
    ("Appointment", "reasonCode", "Reason"),
    ("Appointment", "minutesDuration", "Minutes"),
    ("Appointment", "participant", "With"),
    ("DocumentReference", "content", "Document"),
    ("DocumentReference", "content.attachment", "Document"),
    ("DocumentReference", "docStatus", "Signed"),
    ("DocumentReference", "type", "Kind of document"),
    ("DocumentReference", "author", "Author"),
    ("DiagnosticReport", "code", "Report"),
    ("DiagnosticReport", "result", "Results"),
    ("DiagnosticReport", "conclusion", "Conclusion"),
    ("DiagnosticReport", "effective", "Taken"),
    ("Goal", "description", "Goal"),
    ("Goal", "target", "Target"),
    ("CarePlan", "activity", "Activity"),
    ("Consent", "provision", "What is allowed"),
    ("", "id", "Record number"),
    ("", "language", "Language of the record"),
    ("", "meta.security", "Confidentiality"),
    ("", "meta", "About this record"),
    ("", "text", "Summary text"),
    ("", "identifier", "Identifier"),
    ("", "telecom", "Contact"),
    ("", "address", "Address"),
    ("", "address.line", "Street"),
    ("", "photo", "Photo"),
    ("", "gender", "Gender"),
    ("", "status", "Status"),
    ("", "statusReason", "Reason for the status"),
    ("", "clinicalStatus", "Clinical status"),
    ("", "verificationStatus", "How sure"),
    ("", "category", "Category"),
    ("", "severity", "Severity"),
    ("", "subject", "Patient"),
    ("", "patient", "Patient"),
    ("", "encounter", "Visit"),
    ("", "performer", "Done by"),
    ("", "recorder", "Recorded by"),
    ("", "asserter", "Told by"),
    ("", "reasonCode", "Reason"),
    ("", "reasonReference", "Reason"),
    ("", "note", "Note"),
    ("", "period", "Period"),
    ("", "bodySite", "Body site"),
    ("", "contained", "Included record"),
    ("", "code", "Code"),
    ("", "value", "Value"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_the_names_that_clinicians_use() {
        for (path, expected) in [
            ("MedicationRequest.dosageInstruction", "Dose and timing"),
            (
                "MedicationRequest.dosageInstruction[sequence=1].timing",
                "Timing",
            ),
            ("MedicationRequest.note[text=x]", "Note to pharmacy"),
            ("Patient.birthDate", "Birth date"),
            ("Patient.telecom[system=phone,use=mobile]", "Phone, mobile"),
            (
                "Patient.telecom[system=phone,use=home].value",
                "Phone, home",
            ),
            ("Patient.telecom[system=email].rank", "Email – rank"),
            ("Patient.address[use=home].city", "Address, home – city"),
            ("Patient.name[use=official].given", "Given name"),
            ("Patient.name[use=official]", "Name, official"),
            ("Patient.contact[0].name", "Contact person – name"),
            (
                "Patient.extension[url=http://a.example/b.c/patient-birthPlace].valueAddress",
                "Birth place – value address",
            ),
            ("Observation.value", "Value"),
            (
                "Observation.component[code=http://loinc.org|8480-6].value",
                "Value",
            ),
            ("Patient.\"shoe size\"", "Shoe size"),
            ("Basic.shoeSize", "Shoe size"),
            ("Patient", "Patient"),
        ] {
            assert_eq!(field_label(path), expected, "{path}");
        }
    }
}
