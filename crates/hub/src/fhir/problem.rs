//! Refusals, as OperationOutcomes.

use serde_json::{Value, json};

use crate::error::HubError;
use crate::records::{Version, WriteRefusal};
use crate::validation::Invalid;
use crate::web::{ApiError, Code};

/// Why an interaction was not done.
#[derive(Debug)]
pub(super) struct Problem {
    /// The HTTP status.
    pub(super) status: u16,
    /// The OperationOutcome.
    pub(super) outcome: Box<Value>,
    /// What is there instead, after a lost race or a deletion.
    pub(super) current: Option<Box<Version>>,
    /// For a 405.
    pub(super) allow: Option<&'static str>,
    /// What the JSON routes would have answered, for its headers.
    pub(super) api: Option<Box<ApiError>>,
}

impl std::fmt::Debug for Version {
    /// Which version, never what is in it.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Version")
            .field("type", &self.key.resource_type)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Problem {
    /// One issue about the request as a whole.
    pub(super) fn new(status: u16, code: &str, words: &str) -> Self {
        Self::with_issue(
            status,
            json!({"severity": "error", "code": code, "diagnostics": words}),
        )
    }

    /// One issue about one element.
    pub(super) fn at(status: u16, code: &str, expression: &str, words: &str) -> Self {
        Self::with_issue(
            status,
            json!({
                "severity": "error", "code": code, "diagnostics": words, "expression": [expression],
            }),
        )
    }

    fn with_issue(status: u16, issue: Value) -> Self {
        Self {
            status,
            outcome: Box::new(json!({"resourceType": "OperationOutcome", "issue": [issue]})),
            current: None,
            allow: None,
            api: None,
        }
    }

    /// 412 or 409: someone else was first, and `current` is what they made.
    pub(super) fn lost_race(status: u16, current: Option<Version>) -> Self {
        let words = match &current {
            None => "there is no such resource here".to_owned(),
            Some(current) if current.is_deleted() => {
                format!("the resource was deleted, as version {}", current.version)
            }
            Some(current) => format!("the current version is {}", current.version),
        };
        let mut problem = Self::new(status, "conflict", &words);
        problem.current = current.map(Box::new);
        problem
    }

    /// 404, or 410 with the tombstone's ETag.
    pub(super) fn absent(tombstone: Option<Version>) -> Self {
        match tombstone {
            None => Self::new(404, "not-found", "there is no such resource here"),
            Some(tombstone) => {
                let words = format!("the resource was deleted, as version {}", tombstone.version);
                let mut problem = Self::new(410, "deleted", &words);
                problem.current = Some(Box::new(tombstone));
                problem
            }
        }
    }

    pub(super) fn forbidden(words: &str) -> Self {
        Self::new(403, "forbidden", words)
    }

    pub(super) fn not_allowed(allow: &'static str) -> Self {
        let mut problem = Self::new(
            405,
            "not-supported",
            "this address does not take this method",
        );
        problem.allow = Some(allow);
        problem
    }

    /// The same, said of one entry of a Bundle.
    pub(super) fn in_entry(mut self, index: usize, request: &str) -> Self {
        let place = format!("Bundle.entry[{index}]");
        for issue in self.outcome["issue"].as_array_mut().into_iter().flatten() {
            let words = issue["diagnostics"].as_str().unwrap_or_default();
            issue["diagnostics"] = json!(format!("entry {index} ({request}): {words}"));
            let element = issue["expression"][0].as_str().map(str::to_owned);
            issue["expression"] = match element {
                Some(element) => json!([format!("{place}.resource"), element]),
                None => json!([place]),
            };
        }
        self.current = None;
        self
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        let status = if invalid.unreadable { 400 } else { 422 };
        let mut problem = Self::new(status, "invalid", "");
        problem.outcome = Box::new(invalid.operation_outcome());
        problem
    }
}

impl From<WriteRefusal> for Problem {
    fn from(refusal: WriteRefusal) -> Self {
        match refusal {
            WriteRefusal::Content => Self::forbidden("your role may not write such a resource"),
            WriteRefusal::Current => Self::forbidden("your role may not change this resource"),
        }
    }
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        let issue_code = match error.code {
            Code::Unauthorized | Code::WrongPassword => "login",
            Code::TokenExpired => "expired",
            Code::DeviceRevoked | Code::BadInvitation | Code::Forbidden => "forbidden",
            Code::NotFound => "not-found",
            Code::MethodNotAllowed | Code::UnsupportedMediaType => "not-supported",
            Code::Conflict | Code::CursorExpired => "conflict",
            Code::TooLarge => "too-long",
            Code::TooManyRequests => "throttled",
            Code::Busy => "transient",
            Code::Timeout => "timeout",
            Code::Internal => "exception",
            Code::BadRequest => "invalid",
        };
        let mut problem = Self::new(error.code.status().as_u16(), issue_code, &error.message);
        problem.outcome["issue"][0]["details"] = json!({"text": error.code.as_str()});
        problem.api = Some(Box::new(error));
        problem
    }
}

impl From<HubError> for Problem {
    fn from(error: HubError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        HubError::Database(error).into()
    }
}
