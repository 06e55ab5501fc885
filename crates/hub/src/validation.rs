//! Whether bytes are a resource the hub takes.

use std::collections::BTreeMap;

use haven_model::definitions::r4;
use haven_model::validate::{Issue, IssueCode, Severity, operation_outcome, validate};
use haven_model::{Resource, ResourceError, VectorClock};
use serde_json::Value;

/// The most nodes in a clock that is taken.
const MAX_CLOCK_NODES: usize = 2000;

/// The largest count in a clock that is taken: what every JSON reader reads exactly.
const MAX_CLOCK_COUNT: u64 = 1 << 53;

/// Why bytes are not taken. Never quotes them.
#[derive(Debug)]
pub struct Invalid {
    /// Not readable at all, as opposed to readable and against the rules.
    pub unreadable: bool,
    issues: Vec<Issue>,
}

impl Invalid {
    /// One issue with one element.
    #[must_use]
    pub fn of(code: IssueCode, path: &str, message: &str) -> Self {
        Self {
            unreadable: false,
            issues: vec![Issue {
                severity: Severity::Error,
                code,
                path: path.to_owned(),
                message: message.to_owned(),
            }],
        }
    }

    /// The FHIR OperationOutcome that names the elements.
    #[must_use]
    pub fn operation_outcome(&self) -> Value {
        operation_outcome(&self.issues)
    }

    /// The first error in one line.
    #[must_use]
    pub fn words(&self) -> String {
        let first = self
            .issues
            .iter()
            .find(|issue| issue.severity == Severity::Error);
        first.map_or_else(String::new, |issue| {
            format!("{}: {}", issue.path, issue.message)
        })
    }
}

impl From<ResourceError> for Invalid {
    fn from(error: ResourceError) -> Self {
        let (code, path) = match &error {
            ResourceError::Json(_) | ResourceError::NotAnObject => {
                (IssueCode::Structure, "Resource")
            }
            ResourceError::BadType => (IssueCode::Required, "Resource.resourceType"),
            ResourceError::MissingId => (IssueCode::Required, "Resource.id"),
            ResourceError::BadId => (IssueCode::Value, "Resource.id"),
            ResourceError::BadMeta => (IssueCode::Structure, "Resource.meta"),
        };
        let unreadable = matches!(error, ResourceError::Json(_) | ResourceError::NotAnObject);
        Self {
            unreadable,
            ..Self::of(code, path, &error.to_string())
        }
    }
}

/// Reads a resource that keeps the rules of FHIR R4.
///
/// # Errors
/// The elements that are wrong.
pub fn read_resource(bytes: &[u8]) -> Result<(Resource, Value), Invalid> {
    let (resource, value) = Resource::parse_with_value(bytes)?;
    check(&value)?;
    Ok((resource, value))
}

/// Reads a resource, giving it `id` where it has none.
///
/// # Errors
/// The elements that are wrong.
pub fn read_or_assign(bytes: &[u8], id: &str) -> Result<(Resource, Value), Invalid> {
    let resource = Resource::parse_or_assign(bytes, id)?;
    let value = resource.value();
    check(&value)?;
    Ok((resource, value))
}

fn check(value: &Value) -> Result<(), Invalid> {
    let type_name = value
        .get("resourceType")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !r4().is_resource_type(type_name) {
        return Err(Invalid::of(
            IssueCode::Value,
            "Resource.resourceType",
            "this is not a FHIR R4 resource type",
        ));
    }
    if value.get("meta").is_some_and(|meta| !meta.is_object()) {
        return Err(ResourceError::BadMeta.into());
    }
    let issues = validate(value);
    if issues.iter().any(|issue| issue.severity == Severity::Error) {
        return Err(Invalid {
            unreadable: false,
            issues,
        });
    }
    Ok(())
}

/// Refuses clocks that could not have been counted.
///
/// # Errors
/// When there are too many nodes, a name is too long, or a count too large.
pub fn check_clock(clock: &VectorClock) -> Result<(), Invalid> {
    let nodes: BTreeMap<String, u64> = serde_json::from_str(&clock.to_json()).unwrap_or_default();
    let fits = nodes.len() <= MAX_CLOCK_NODES
        && nodes
            .iter()
            .all(|(node, count)| (1..=64).contains(&node.len()) && *count <= MAX_CLOCK_COUNT);
    if fits {
        Ok(())
    } else {
        Err(Invalid::of(
            IssueCode::Value,
            "vectorClock",
            "a clock has at most 2000 nodes with names of 1 to 64 bytes and counts up to 2^53",
        ))
    }
}
