//! FHIR as words for people.
//!
//! Invariants: what is absent is said to be ("Not recorded"), never left blank as if it were
//! nothing; digits are shown as recorded; a name, a dose or a unit is never cut.

mod allergy;
mod coded;
mod datatype;
mod date;
mod dosage;
mod field;
mod identifier;
mod label;
mod medicine;
mod name;
mod phrase;
mod timing;
mod title;

pub use allergy::{AllergyDisplay, ReactionDisplay, allergy};
pub use coded::{code_words, codeable, quantity, reference};
pub use date::{age, age_years, date, date_time, date_time_local};
pub use dosage::{dosage, dosage_words, instructions};
pub use field::{field_value, field_values};
pub use identifier::{IdentifierDisplay, identifier};
pub use label::field_label;
pub use medicine::{TALL_MAN_VERSION, medicine, medicine_name};
pub use name::{NameDisplay, human_name, human_name_of};
pub use phrase::{not_recorded, phrase};
pub use title::{resource_kind, resource_title};

use serde_json::Value;

use phrase::say;

/// What stands where a value is absent.
pub const NOT_RECORDED: &str = "Not recorded";

/// "Male", "Female", "Other", "Unknown"; "Not recorded" when nothing is said.
#[must_use]
pub fn gender(patient: &Value) -> &'static str {
    match patient.get("gender").and_then(Value::as_str) {
        Some("male") => say("Male"),
        Some("female") => say("Female"),
        Some("other") => say("Other"),
        Some("unknown") => say("Unknown"),
        _ => not_recorded(),
    }
}

/// The text of a member, without what is only white space.
fn text_at<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// The items of a list member; none when it is no list.
fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests;
