//! What the store needs to know of a resource: its chart, its class, its search terms.

use std::borrow::Cow;
use std::collections::BTreeSet;

use haven_model::search::{Range, type_and_id};
use haven_model::{Resource, SensitivityClass};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::error::{Result, StoreError};
use crate::fold::{compact, digits, fold, index_words};

/// What a search term is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TermKind {
    Name = 1,
    Family = 2,
    Given = 3,
    Identifier = 4,
    Phone = 5,
    BirthDate = 6,
    Code = 7,
    Category = 8,
    /// `Type/id` that the resource refers to as its encounter, context or order.
    Reference = 9,
}

/// A search term: folded text, and the system it is of where there is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Term {
    pub(crate) kind: TermKind,
    pub(crate) text: String,
    pub(crate) system: String,
}

/// How a patient stands in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) sort_name: String,
    pub(crate) birth_date: Option<String>,
}

/// What the store needs to know of a resource.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) class: SensitivityClass,
    pub(crate) patient: Option<String>,
    /// Start of an encounter, as written in it.
    pub(crate) seen_at: Option<String>,
    pub(crate) listing: Option<Listing>,
    /// The date by which its type is mostly searched.
    pub(crate) date: Option<Range>,
    pub(crate) terms: BTreeSet<Term>,
}

/// A resource, read for what the store needs to know of it: before the transaction that writes it, and by
/// whichever thread has the time.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(crate) resource: Resource,
    pub(crate) facts: Facts,
}

impl Prepared {
    /// Reads the resource.
    ///
    /// # Errors
    /// `invalid` when it is no JSON object.
    pub fn of(resource: Resource) -> Result<Self> {
        let facts = Facts::of(&resource)?;
        Ok(Self { resource, facts })
    }

    /// The resource as it came.
    #[must_use]
    pub fn resource(&self) -> &Resource {
        &self.resource
    }
}

/// The members that are looked at; all others are skipped unread.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members<'a> {
    #[serde(borrow)]
    meta: Option<&'a RawValue>,
    #[serde(borrow)]
    subject: Option<&'a RawValue>,
    #[serde(borrow)]
    patient: Option<&'a RawValue>,
    #[serde(borrow)]
    beneficiary: Option<&'a RawValue>,
    #[serde(borrow)]
    individual: Option<&'a RawValue>,
    #[serde(borrow, rename = "for")]
    beneficiary_of_task: Option<&'a RawValue>,
    #[serde(borrow)]
    participant: Option<&'a RawValue>,
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    #[serde(borrow)]
    medication_codeable_concept: Option<&'a RawValue>,
    #[serde(borrow)]
    vaccine_code: Option<&'a RawValue>,
    #[serde(borrow)]
    category: Option<&'a RawValue>,
    #[serde(borrow)]
    encounter: Option<&'a RawValue>,
    #[serde(borrow)]
    context: Option<&'a RawValue>,
    #[serde(borrow)]
    based_on: Option<&'a RawValue>,
    #[serde(borrow)]
    effective_date_time: Option<&'a RawValue>,
    #[serde(borrow)]
    effective_period: Option<&'a RawValue>,
    #[serde(borrow)]
    effective_timing: Option<&'a RawValue>,
    #[serde(borrow)]
    effective_instant: Option<&'a RawValue>,
    #[serde(borrow)]
    onset_date_time: Option<&'a RawValue>,
    #[serde(borrow)]
    onset_period: Option<&'a RawValue>,
    #[serde(borrow)]
    performed_date_time: Option<&'a RawValue>,
    #[serde(borrow)]
    performed_period: Option<&'a RawValue>,
    #[serde(borrow)]
    occurrence_date_time: Option<&'a RawValue>,
    #[serde(borrow)]
    authored_on: Option<&'a RawValue>,
    #[serde(borrow)]
    date: Option<&'a RawValue>,
    #[serde(borrow)]
    start: Option<&'a RawValue>,
    #[serde(borrow)]
    period: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    identifier: Option<&'a RawValue>,
    #[serde(borrow)]
    telecom: Option<&'a RawValue>,
    #[serde(borrow)]
    birth_date: Option<&'a RawValue>,
    #[serde(borrow)]
    target: Option<&'a RawValue>,
}

fn read(raw: Option<&RawValue>) -> Value {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
        .unwrap_or(Value::Null)
}

impl Facts {
    /// Reads what is needed, parsing no more than that.
    pub(crate) fn of(resource: &Resource) -> Result<Self> {
        let members: Members<'_> = serde_json::from_slice(resource.bytes())
            .map_err(|_| StoreError::invalid("The resource is not a JSON object."))?;
        let key = resource.key();
        let is_patient = key.resource_type == "Patient";
        let outline = outline(resource, &members);
        let mut facts = Self {
            class: SensitivityClass::of(&outline),
            patient: Resource::patient_of(&outline),
            seen_at: None,
            listing: None,
            date: dated(&key.resource_type, &members),
            terms: BTreeSet::new(),
        };
        if is_patient {
            facts.read_patient(&members);
        } else {
            for concept in [
                members.code,
                members.medication_codeable_concept,
                members.vaccine_code,
            ] {
                facts.read_codes(TermKind::Code, &read(concept));
            }
            facts.read_codes(TermKind::Category, &read(members.category));
            facts.read_identifiers(&read(members.identifier));
        }
        for reference in [members.encounter, members.context, members.based_on] {
            facts.read_references(&read(reference), |_| true);
        }
        // What is about a patient is found by its chart.
        for owner in ["subject", "patient", "beneficiary", "individual", "for"] {
            if let Some(reference) = outline.get(owner) {
                facts.read_references(reference, |resource_type| resource_type != "Patient");
            }
        }
        if key.resource_type == "Encounter" && facts.class != SensitivityClass::Sensitive {
            facts.seen_at = text_at(&read(members.period), "/start").map(str::to_owned);
        }
        Ok(facts)
    }

    /// The codings of a CodeableConcept, or of several.
    fn read_codes(&mut self, kind: TermKind, concepts: &Value) {
        for coding in one_or_many(concepts).flat_map(|concept| items(concept.get("coding"))) {
            if let Some(code) = text_at(coding, "/code") {
                self.terms.insert(Term {
                    kind,
                    text: code.to_owned(),
                    system: text_at(coding, "/system").unwrap_or_default().to_owned(),
                });
            }
        }
    }

    fn read_identifiers(&mut self, identifiers: &Value) {
        for identifier in one_or_many(identifiers) {
            let text = compact(text_at(identifier, "/value").unwrap_or_default());
            if !text.is_empty() {
                let system = text_at(identifier, "/system")
                    .unwrap_or_default()
                    .to_owned();
                self.terms.insert(Term {
                    kind: TermKind::Identifier,
                    text,
                    system,
                });
            }
        }
    }

    fn read_references(&mut self, references: &Value, wanted: impl Fn(&str) -> bool) {
        let texts = one_or_many(references).filter_map(|one| text_at(one, "/reference"));
        for (resource_type, id) in texts.filter_map(type_and_id) {
            if !wanted(resource_type) {
                continue;
            }
            self.terms.insert(Term {
                kind: TermKind::Reference,
                text: format!("{resource_type}/{id}"),
                system: String::new(),
            });
        }
    }

    fn read_patient(&mut self, members: &Members<'_>) {
        let (names, identifiers, telecoms) = (
            read(members.name),
            read(members.identifier),
            read(members.telecom),
        );
        let birth_date = read(members.birth_date).as_str().map(str::to_owned);
        for name in items(Some(&names)) {
            let mut family = BTreeSet::new();
            let mut given = BTreeSet::new();
            let mut all = BTreeSet::new();
            if let Some(part) = name.get("family").and_then(Value::as_str) {
                index_words(part, &mut family);
            }
            for part in items(name.get("given")).filter_map(Value::as_str) {
                index_words(part, &mut given);
            }
            if let Some(part) = name.get("text").and_then(Value::as_str) {
                index_words(part, &mut all);
            }
            all.extend(family.iter().chain(&given).cloned());
            for (kind, words) in [
                (TermKind::Family, family),
                (TermKind::Given, given),
                (TermKind::Name, all),
            ] {
                self.terms.extend(words.into_iter().map(|text| Term {
                    kind,
                    text,
                    system: String::new(),
                }));
            }
        }
        self.read_identifiers(&identifiers);
        for telecom in items(Some(&telecoms)) {
            let text = digits(text_at(telecom, "/value").unwrap_or_default());
            let other = matches!(text_at(telecom, "/system"), Some("email" | "url"));
            if text.len() >= 4 && !other {
                self.terms.insert(Term {
                    kind: TermKind::Phone,
                    text,
                    system: String::new(),
                });
            }
        }
        if self.class == SensitivityClass::Sensitive
            && let Some(text) = &birth_date
        {
            let (kind, text) = (TermKind::BirthDate, text.clone());
            self.terms.insert(Term {
                kind,
                text,
                system: String::new(),
            });
        }
        self.listing = Some(if self.class == SensitivityClass::Sensitive {
            // What sorts or filters a list must not tell who is on it.
            Listing {
                sort_name: LAST.to_owned(),
                birth_date: None,
            }
        } else {
            Listing {
                sort_name: sort_name(&names),
                birth_date,
            }
        });
    }
}

/// Sorts behind every name.
const LAST: &str = "~";

/// The members that class and chart depend on, as a small tree.
fn outline(resource: &Resource, members: &Members<'_>) -> Value {
    let key = resource.key();
    let mut tree = Map::new();
    tree.insert(
        "resourceType".to_owned(),
        Value::from(key.resource_type.as_str()),
    );
    tree.insert("id".to_owned(), Value::from(key.id.as_str()));
    let labelled = members.meta.filter(|meta| meta.get().contains("security"));
    for (name, member) in [
        ("meta", labelled),
        ("subject", members.subject),
        ("patient", members.patient),
        ("beneficiary", members.beneficiary),
        ("individual", members.individual),
        ("for", members.beneficiary_of_task),
        ("participant", members.participant),
    ] {
        if member.is_some() {
            tree.insert(name.to_owned(), read(member));
        }
    }
    if key.resource_type == "Provenance" {
        tree.insert("target".to_owned(), read(members.target));
    }
    Value::Object(tree)
}

/// The date of [`dated_parameter`](crate::search::dated_parameter); where two stand for one, neither is taken to be the only one.
fn dated(resource_type: &str, members: &Members<'_>) -> Option<Range> {
    let one = |member| [member, None, None, None];
    let found = match resource_type {
        "Patient" => one(members.birth_date),
        "Observation" | "DiagnosticReport" => [
            members.effective_date_time,
            members.effective_period,
            members.effective_timing,
            members.effective_instant,
        ],
        "Encounter" | "CarePlan" => one(members.period),
        "Procedure" => [
            members.performed_date_time,
            members.performed_period,
            None,
            None,
        ],
        "Immunization" => one(members.occurrence_date_time),
        "DocumentReference" | "Composition" => one(members.date),
        "Condition" => [members.onset_date_time, members.onset_period, None, None],
        "MedicationRequest" | "ServiceRequest" | "Task" => one(members.authored_on),
        "Appointment" | "Slot" => one(members.start),
        _ => return None,
    };
    let mut present = found.into_iter().flatten();
    let first = present.next()?;
    match present.next() {
        Some(_) => Some(Range::ALWAYS),
        None => Range::of_value(&read(Some(first))),
    }
}

fn one_or_many(value: &Value) -> impl Iterator<Item = &Value> {
    let many = value.as_array();
    let one = many.is_none().then_some(value);
    many.into_iter().flatten().chain(one)
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn text_at<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

/// Family, then given names, of the official or else the first name.
fn sort_name(names: &Value) -> String {
    let name = items(Some(names))
        .find(|name| text_at(name, "/use") == Some("official"))
        .or_else(|| items(Some(names)).next());
    let Some(name) = name else {
        return LAST.to_owned();
    };
    let given: Vec<&str> = items(name.get("given")).filter_map(Value::as_str).collect();
    let parts = match text_at(name, "/family") {
        Some(family) => Cow::Owned(format!("{family} {}", given.join(" "))),
        None if given.is_empty() => Cow::Borrowed(text_at(name, "/text").unwrap_or(LAST)),
        None => Cow::Owned(given.join(" ")),
    };
    fold(parts.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn facts(value: Value) -> Facts {
        Facts::of(&Resource::from_value(&value).expect("a resource")).expect("facts")
    }

    #[test]
    fn a_restricted_patient_leaves_no_name_to_sort_by() {
        let facts = facts(
            json!({"resourceType": "Patient", "id": "p", "birthDate": "1962-07-25",
            "name": [{"family": "Trevino"}],
            "meta": {"security": [{"code": "R"}]}}),
        );
        assert_eq!(facts.class, SensitivityClass::Sensitive);
        assert_eq!(
            facts.listing,
            Some(Listing {
                sort_name: LAST.to_owned(),
                birth_date: None
            }),
            "the list's own columns are readable by everyone with a login"
        );
    }

    #[test]
    fn facts_agree_with_the_model_on_chart_and_class() {
        let value = json!({"resourceType": "Observation", "id": "o", "status": "final",
            "subject": {"reference": "Patient/p1"},
            "code": {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]}});
        let facts = facts(value.clone());
        assert_eq!(facts.patient, Resource::patient_of(&value));
        assert_eq!(facts.class, SensitivityClass::of(&value));
        assert_eq!(facts.terms.len(), 1, "the coding is the only term");
    }

    #[test]
    fn members_of_an_unexpected_shape_are_passed_over() {
        facts(
            json!({"resourceType": "Questionnaire", "id": "q", "name": "X", "code": [{"code": "a"}],
            "subject": "none", "identifier": "i"}),
        );
        facts(
            json!({"resourceType": "Patient", "id": "q", "name": "X", "identifier": {},
            "telecom": [1, null], "birthDate": 5}),
        );
    }
}
