//! The three versions of a conflict, parsed once.

use crate::present::phrase::{say, told};
use haven_model::language::spoken;
use std::borrow::Cow;

use haven_model::{ConflictKind, FieldConflict, Resource, merge};
use haven_store::ConflictRow;
use serde_json::Value;

use crate::present::{Now, words};

/// Base, this device's and the server's version; `Null` where there is none.
#[derive(Clone, Debug)]
pub(crate) struct Sides {
    pub base: Value,
    pub local: Value,
    pub remote: Value,
}

impl Sides {
    pub fn of(row: &ConflictRow) -> Self {
        let tree = |side: &Option<Resource>| side.as_ref().map_or(Value::Null, Resource::value);
        Self {
            base: tree(&row.base),
            local: tree(&row.local),
            remote: tree(&row.remote),
        }
    }

    /// Base, local and remote as the merge takes them.
    pub fn as_options(&self) -> [Option<&Value>; 3] {
        [&self.base, &self.local, &self.remote]
            .map(|value| Some(value).filter(|value| !value.is_null()))
    }

    /// The side that is there where the other was deleted.
    pub fn any_edited(&self) -> &Value {
        if self.local.is_null() {
            &self.remote
        } else {
            &self.local
        }
    }

    /// A version that is there, this device's first.
    pub fn any(&self) -> &Value {
        [&self.local, &self.remote, &self.base]
            .into_iter()
            .find(|value| !value.is_null())
            .unwrap_or(&Value::Null)
    }
}

/// The conflicting fields; a row that lists none is merged again, so that no conflict is empty.
pub(crate) fn fields(row: &ConflictRow) -> Cow<'_, [FieldConflict]> {
    if !row.fields.is_empty() {
        return Cow::Borrowed(&row.fields);
    }
    let sides = Sides::of(row);
    let [base, local, remote] = sides.as_options();
    Cow::Owned(merge(base, local, remote).fields)
}

/// Whether the resource is decided as a whole: one side deleted it.
pub(crate) fn is_whole(row: &ConflictRow) -> bool {
    row.local.is_none()
        || row.remote.is_none()
        || matches!(fields(row).as_ref(), [only] if !only.path.contains('.'))
}

/// Whether a person must look before anything else: a guarded field, or a record of its own weight.
pub(crate) fn is_high_risk(row: &ConflictRow) -> bool {
    let weighty = row.key.resource_type.starts_with("Medication")
        || matches!(
            row.key.resource_type.as_str(),
            "AllergyIntolerance" | "Patient"
        );
    if is_whole(row) || row.kind == ConflictKind::CreateCreate {
        return weighty;
    }
    fields(row).iter().any(|field| field.guarded)
}

/// "lisinopril": what the resource is called; who a patient is, the banner says.
pub(crate) fn title(row: &ConflictRow) -> String {
    if row.key.resource_type == "Patient" {
        return say("Patient details").to_owned();
    }
    words::key_title(Sides::of(row).any())
}

/// A conflicting field in words.
#[derive(Clone, Debug)]
pub(crate) struct FieldWords {
    pub label: String,
    pub device: String,
    pub server: String,
    pub before: String,
}

/// All conflicting fields in words, high risk first within the order of the document.
pub(crate) fn field_words(row: &ConflictRow) -> Vec<FieldWords> {
    let fields = fields(row);
    let mut sorted: Vec<&FieldConflict> = fields.iter().collect();
    sorted.sort_by_key(|field| !field.guarded);
    sorted
        .into_iter()
        .map(|field| {
            if is_whole(row) {
                let sides = Sides::of(row);
                FieldWords {
                    label: say(WHOLE_LABEL).to_owned(),
                    device: side_words(&sides.base, &sides.local),
                    server: side_words(&sides.base, &sides.remote),
                    before: words::summary(&sides.base),
                }
            } else {
                FieldWords {
                    label: words::field_label(&field.path),
                    device: value_words(&field.path, &field.local, Absent::Removed),
                    server: value_words(&field.path, &field.remote, Absent::Removed),
                    before: value_words(&field.path, &field.base, Absent::NotRecorded),
                }
            }
        })
        .collect()
}

pub(crate) const WHOLE_LABEL: &str = "The whole record";

/// What a missing value of a side means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// There was something before.
    Removed,
    /// There was nothing.
    NotRecorded,
}

pub(crate) fn value_words(path: &str, value: &Value, absent: Absent) -> String {
    if value.is_null() {
        return match absent {
            Absent::Removed => say("Removed"),
            Absent::NotRecorded => say(crate::present::now::NOT_RECORDED),
        }
        .to_owned();
    }
    words::field_value(path, value)
}

/// Whose record a side is, in two identifiers, where the sides could be of two people; empty where
/// they agree and the banner says it.
pub(crate) fn identity(row: &ConflictRow, side: &Option<Resource>, now: &Now) -> String {
    let Some(body) = side.as_ref().map(Resource::value) else {
        return String::new();
    };
    if !super::issues::is_about_two_people(&Sides::of(row)) {
        return String::new();
    }
    if row.key.resource_type == "Patient" {
        return words::two_identifiers(&body, now);
    }
    match Resource::patient_of(&body) {
        Some(patient) => format!("Patient/{patient}"),
        None => say("No patient").to_owned(),
    }
}

/// What one side did to the whole record: "Deleted", "Edited: dose, instructions".
pub(crate) fn side_words(base: &Value, side: &Value) -> String {
    if side.is_null() {
        return say("Deleted").to_owned();
    }
    if base.is_null() {
        return told!("Added: {}", words::summary(side));
    }
    let labels = words::changed_labels(base, side);
    match labels.is_empty() {
        true => told!("Kept: {}", words::summary(side)),
        false => told!("Edited: {}", labels.join(spoken().comma())),
    }
}

/// What kind of risk, in words: "medicine dose", "allergy", "identity".
pub(crate) fn risk_word(row: &ConflictRow) -> String {
    let fields = fields(row);
    let path = fields
        .iter()
        .find(|field| field.guarded)
        .map(|field| field.path.to_lowercase())
        .unwrap_or_default();
    match row.key.resource_type.as_str() {
        "AllergyIntolerance" => say("allergy"),
        "Patient" if path.contains("deceased") => say("death"),
        "Patient" => say("identity"),
        kind if kind.starts_with("Medication") => {
            if path.contains("dosage") {
                say("medicine dose")
            } else {
                say("medicine")
            }
        }
        "Condition" => say("problem"),
        "Observation" | "DiagnosticReport" => say("result"),
        "Immunization" => say("vaccine"),
        "Consent" => say("consent"),
        _ if path.ends_with("status") => say("status"),
        _ => say("guarded field"),
    }
    .to_owned()
}

/// What happened, in words.
pub(crate) fn what(kind: ConflictKind) -> &'static str {
    match kind {
        ConflictKind::UpdateUpdate => say("Changed in two places"),
        ConflictKind::UpdateDelete => say("Deleted on server, edited here"),
        ConflictKind::DeleteUpdate => say("Deleted here, edited on server"),
        ConflictKind::CreateCreate => say("Added in two places"),
        ConflictKind::Reference => say("Refers to something that is gone"),
    }
}
