//! The other records of a patient that a decision is looked at beside.

use haven_model::checks::{self, Context};
use haven_model::{Resource, ResourceKey};
use haven_store::ConflictRow;
use serde_json::Value;

use super::Session;
use super::case::Case;
use crate::error::{AppError, Code, Result};

/// How many records of one kind are looked at. More active medication than this has nobody.
const MOST: &str = "200";

/// How many earlier values of one measurement tell its usual unit.
const EARLIER: &str = "20";

impl Session {
    /// Records beside which the result of a conflict is looked at: medication in use and allergies for a
    /// medicine or an allergy, values of the same code for an observation. What the user may not read,
    /// or cannot be read, is not among them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn beside(&self, row: &ConflictRow) -> Result<Vec<Value>> {
        let Some(patient) = row.patient.as_deref() else {
            return Ok(Vec::new());
        };
        let any = row.local.as_ref().or(row.remote.as_ref());
        let of_patient = ("patient", patient);
        let mut found = Vec::new();
        match row.key.resource_type.as_str() {
            "MedicationRequest" | "MedicationStatement" => {
                let active = [of_patient, ("status", "active"), ("_count", MOST)];
                for resource_type in ["MedicationRequest", "MedicationStatement"] {
                    found.extend(self.found_beside(&row.key, resource_type, &active)?);
                }
                let all = [of_patient, ("_count", MOST)];
                found.extend(self.found_beside(&row.key, "AllergyIntolerance", &all)?);
            }
            "AllergyIntolerance" => {
                let active = [of_patient, ("status", "active"), ("_count", MOST)];
                for resource_type in ["MedicationRequest", "MedicationStatement"] {
                    found.extend(self.found_beside(&row.key, resource_type, &active)?);
                }
            }
            "Observation" => {
                let Some(code) = any.and_then(|resource| coded(&resource.value())) else {
                    return Ok(found);
                };
                let alike = [of_patient, ("code", code.as_str()), ("_count", EARLIER)];
                found.extend(self.found_beside(&row.key, "Observation", &alike)?);
            }
            _ => {}
        }
        Ok(found)
    }

    fn found_beside(
        &self,
        itself: &ResourceKey,
        resource_type: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<Value>> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let parameters: Vec<(String, String)> = parameters.iter().map(owned).collect();
        let page = self.store().search(resource_type, &parameters)?;
        Ok(page
            .resources
            .into_iter()
            .filter(|stored| stored.key != *itself)
            .filter_map(|stored| stored.resource.as_ref().map(Resource::value))
            .collect())
    }

    /// Refuses a result that could harm: what `checks::of_decision` calls a blocker.
    pub(crate) fn refuse_blocked(&self, case: &Case, result: &Value) -> Result<()> {
        let row = &case.row;
        let [base, local, remote] =
            [&row.base, &row.local, &row.remote].map(|side| side.as_ref().map(Resource::value));
        let beside = self.beside(row)?;
        let beside: Vec<&Value> = beside.iter().collect();
        let context = Context {
            base: base.as_ref(),
            local: local.as_ref(),
            remote: remote.as_ref(),
            beside: &beside,
        };
        let mut findings = checks::of_decision(result, &context).into_iter();
        let blocker = findings.find(|finding| finding.severity == checks::Severity::Blocker);
        match blocker {
            None => Ok(()),
            Some(finding) => Err(AppError::new(
                Code::Precondition,
                format!(
                    "{} Nothing was changed. Take another side, or mend the record with --with FILE.",
                    finding.message
                ),
            )),
        }
    }
}

/// The first code of an observation as a search token: `http://loinc.org|29463-7`.
fn coded(observation: &Value) -> Option<String> {
    let coding = observation.pointer("/code/coding/0")?;
    // Marks that mean something in a search stand for themselves after a backslash.
    let text = |name: &str| {
        let mut escaped = String::new();
        for letter in coding.get(name)?.as_str()?.chars() {
            if matches!(letter, '\\' | ',' | '$' | '|') {
                escaped.push('\\');
            }
            escaped.push(letter);
        }
        Some(escaped)
    };
    let code = text("code")?;
    Some(match text("system") {
        Some(system) => format!("{system}|{code}"),
        None => code.to_owned(),
    })
}
