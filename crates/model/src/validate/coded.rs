//! Codes against the value sets that R4 requires.

use serde_json::{Map, Value};

use super::{IssueCode, Severity};
use crate::definitions::ValueSet;

/// What is wrong with a coded value.
pub(super) struct CodeFault {
    pub(super) severity: Severity,
    /// Which of the codings; `None` is the element itself.
    pub(super) coding: Option<usize>,
    pub(super) message: &'static str,
}

pub(super) const CODE: IssueCode = IssueCode::CodeInvalid;

const NOT_IN_SET: &str = "is not one of the codes that FHIR R4 allows here";
const FOREIGN: &str = "has no code from the value set that FHIR R4 requires here";

/// A `code`: it must be in the set.
pub(super) fn code_fault(set: &ValueSet, code: &str) -> Option<&'static str> {
    (!set.has_code(code)).then_some(NOT_IN_SET)
}

/// A `Coding`: under a system of the set, the code must be in it; another system is pointed out.
pub(super) fn coding_fault(set: &ValueSet, coding: &Map<String, Value>) -> Option<CodeFault> {
    let code = coding.get("code").and_then(Value::as_str)?;
    match known(set, coding, code) {
        Some(true) => None,
        Some(false) => Some(CodeFault {
            severity: Severity::Error,
            coding: None,
            message: NOT_IN_SET,
        }),
        None => Some(CodeFault {
            severity: Severity::Warning,
            coding: None,
            message: FOREIGN,
        }),
    }
}

/// A `CodeableConcept`: one coding of the set is enough, others may stand beside it.
///
/// Text alone is only pointed out: it is what a person wrote, and cannot be read as another code.
pub(super) fn concept_fault(set: &ValueSet, concept: &Map<String, Value>) -> Option<CodeFault> {
    let codings = concept.get("coding").and_then(Value::as_array);
    let mut wrong = None;
    for (at, coding) in codings.into_iter().flatten().enumerate() {
        let Some(coding) = coding.as_object() else {
            continue;
        };
        let Some(code) = coding.get("code").and_then(Value::as_str) else {
            continue;
        };
        match known(set, coding, code) {
            Some(true) => return None,
            Some(false) => wrong = wrong.or(Some(at)),
            None => {}
        }
    }
    Some(match wrong {
        Some(at) => CodeFault {
            severity: Severity::Error,
            coding: Some(at),
            message: NOT_IN_SET,
        },
        None => CodeFault {
            severity: Severity::Warning,
            coding: None,
            message: FOREIGN,
        },
    })
}

fn known(set: &ValueSet, coding: &Map<String, Value>, code: &str) -> Option<bool> {
    coding
        .get("system")
        .and_then(Value::as_str)
        .and_then(|system| set.has_coding(system, code))
}
