//! The form of references.

use super::{IssueCode, Severity};
use crate::definitions::r4;
use crate::resource::is_id;

/// What is wrong with the text of a `Reference.reference`.
pub(super) struct ReferenceFault {
    pub(super) severity: Severity,
    pub(super) code: IssueCode,
    pub(super) message: &'static str,
}

fn error(code: IssueCode, message: &'static str) -> ReferenceFault {
    ReferenceFault {
        severity: Severity::Error,
        code,
        message,
    }
}

/// What is wrong with a reference that may lead to `targets` (empty: to any type), in a resource
/// that contains the resources `contained`.
pub(super) fn fault(text: &str, targets: &[&str], contained: &[&str]) -> Option<ReferenceFault> {
    if let Some(id) = text.strip_prefix('#') {
        let found = id.is_empty() || contained.contains(&id);
        return (!found).then(|| {
            error(
                IssueCode::NotFound,
                "refers to a contained resource that is not there",
            )
        });
    }
    if text.contains(char::is_whitespace) {
        return Some(error(IssueCode::Value, "must not contain spaces"));
    }
    if text.starts_with("urn:") {
        return None;
    }
    let absolute = text.contains("://");
    let Some(resource_type) = referred_type(text) else {
        // An absolute address may be anything: an R5 server, a document, a page.
        return (!absolute).then(|| {
            error(
                IssueCode::Value,
                "must be of the form Type/id, or an address",
            )
        });
    };
    // HL7's own examples break this rule (a DeviceMetric's parent), so it cannot refuse a record.
    (!targets.is_empty() && !targets.contains(&resource_type)).then_some(ReferenceFault {
        severity: Severity::Warning,
        code: IssueCode::Value,
        message: "refers to a type of resource that FHIR R4 does not foresee here",
    })
}

/// The type in `Type/id`, `Type/id/_history/1`, `Type?identifier=…` or an address that ends so.
fn referred_type(text: &str) -> Option<&str> {
    let text = text.split('#').next().unwrap_or(text);
    let text = text.split("/_history/").next().unwrap_or(text);
    let (path, is_search) = match text.split_once('?') {
        Some((path, _)) => (path, true),
        None => (text, false),
    };
    let mut segments = path.rsplit('/');
    if !is_search && !segments.next().is_some_and(is_id) {
        return None;
    }
    let resource_type = segments.next()?;
    let relative_has_more = !text.contains("://") && segments.next().is_some();
    (!relative_has_more && r4().is_resource_type(resource_type)).then_some(resource_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_of_every_lawful_form_pass() {
        for text in [
            "Patient/1",
            "Patient/1/_history/2",
            "https://a.example/fhir/Patient/1",
            "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
            "#it",
            "#",
            "Patient?identifier=http://a.example|1",
            "https://a.example/page",
        ] {
            assert!(fault(text, &["Patient"], &["it"]).is_none(), "{text}");
        }
    }

    #[test]
    fn references_that_lead_nowhere_are_named() {
        for (text, code) in [
            ("1", IssueCode::Value),
            ("Patients/1", IssueCode::Value),
            ("Patient/", IssueCode::Value),
            ("Patient/a b", IssueCode::Value),
            ("x/Patient/1", IssueCode::Value),
            ("Group/1", IssueCode::Value),
            ("#gone", IssueCode::NotFound),
        ] {
            let fault = fault(text, &["Patient"], &["it"]).expect(text);
            assert_eq!(fault.code, code, "{text}");
        }
    }
}
