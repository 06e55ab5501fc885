//! Whether a JSON tree is FHIR R4, and in which element it is not.
//!
//! Errors are what a strict server would refuse; warnings are what Haven keeps but points out.
//! An unknown element is only ever a warning: what others put into a resource survives in Haven.
//! Invariants: a message never quotes a value of the resource, and the work is bounded by the size
//! of the tree.

mod coded;
mod outcome;
mod primitive;
mod reference;
mod walk;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use outcome::operation_outcome;

/// How bad an issue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It is not FHIR R4; a server may refuse it.
    Error,
    /// It is kept; someone may want to look.
    Warning,
}

/// What kind of issue, in the words of FHIR's `issue-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssueCode {
    /// The wrong kind of JSON, or an element that is not known.
    Structure,
    /// An element that must be there is not.
    Required,
    /// A value of the right kind that is not well formed.
    Value,
    /// A rule across elements is broken.
    Invariant,
    /// A code that its value set does not have.
    CodeInvalid,
    /// It refers to something within the resource that is not there.
    NotFound,
    /// Too deep, or too many issues to list.
    TooCostly,
}

impl IssueCode {
    /// The FHIR code, for example `code-invalid`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Required => "required",
            Self::Value => "value",
            Self::Invariant => "invariant",
            Self::CodeInvalid => "code-invalid",
            Self::NotFound => "not-found",
            Self::TooCostly => "too-costly",
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// How bad.
    pub severity: Severity,
    /// What kind.
    pub code: IssueCode,
    /// The element, for example `Observation.component[1].code`.
    pub path: String,
    /// Words for a person; never a value of the resource.
    pub message: String,
}

/// Everything that is wrong with a resource, in document order; empty when it is FHIR R4.
///
/// At most [`MAX_ISSUES`] errors and as many warnings are listed; an error is never crowded out by
/// warnings.
#[must_use]
pub fn validate(resource: &Value) -> Vec<Issue> {
    walk::issues_of(resource)
}

/// Whether any of the issues is an error.
#[must_use]
pub fn has_errors(issues: &[Issue]) -> bool {
    issues.iter().any(|issue| issue.severity == Severity::Error)
}

/// How many errors, and how many warnings, are listed.
pub const MAX_ISSUES: usize = 100;

/// How many objects may lie within one another.
pub const MAX_NESTING: usize = 64;

#[cfg(test)]
mod tests;
