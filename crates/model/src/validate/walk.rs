//! The walk through a resource, element by element.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::coded::{self, CODE, CodeFault};
use super::{Issue, IssueCode, MAX_ISSUES, MAX_NESTING, Severity, primitive, reference};
use crate::definitions::{Definitions, Element, Member, Node, Target, ValueSet, r4};

pub(super) fn issues_of(resource: &Value) -> Vec<Issue> {
    let mut walk = Walk {
        definitions: r4(),
        root: "Resource",
        steps: Vec::new(),
        contained: Vec::new(),
        issues: Vec::new(),
        errors: 0,
        warnings: 0,
    };
    walk.resource(resource, 0);
    walk.finish()
}

enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

struct Walk<'a> {
    definitions: &'static Definitions,
    root: &'a str,
    steps: Vec<Step<'a>>,
    /// The ids of the resources that the one being walked contains.
    contained: Vec<&'a str>,
    issues: Vec<Issue>,
    errors: usize,
    warnings: usize,
}

/// Where an object stands: its members and how deep.
#[derive(Clone, Copy)]
struct Place<'d> {
    node: &'d Node,
    is_resource: bool,
    depth: usize,
}

impl<'a> Walk<'a> {
    fn resource(&mut self, value: &'a Value, depth: usize) {
        let Value::Object(object) = value else {
            return self.error(IssueCode::Structure, "A resource is a JSON object.");
        };
        let node = match object.get("resourceType") {
            None => None,
            Some(Value::String(name)) if self.definitions.is_resource_type(name) => {
                if depth == 0 {
                    self.root = name;
                }
                self.definitions.type_node(name)
            }
            Some(_) => {
                let message = "resourceType is not a resource type of FHIR R4.";
                return self.error_at("resourceType", IssueCode::Structure, message);
            }
        };
        let Some(node) = node else {
            let message = "resourceType is required.";
            return self.error_at("resourceType", IssueCode::Required, message);
        };
        // What lies within a contained resource refers to what the outer one contains.
        let within_contained = matches!(
            self.steps.as_slice(),
            [.., Step::Member("contained"), Step::Item(_)]
        );
        if within_contained && object.contains_key("contained") {
            let message = "A contained resource must not contain others.";
            self.error_at("contained", IssueCode::Invariant, message);
        }
        let place = Place {
            node,
            is_resource: true,
            depth,
        };
        if within_contained {
            return self.object(object, place);
        }
        let outer = std::mem::replace(&mut self.contained, ids_of_contained(object));
        self.object(object, place);
        self.contained = outer;
    }

    fn object(&mut self, object: &'a Map<String, Value>, place: Place<'_>) {
        let Place { node, depth, .. } = place;
        if object.is_empty() {
            return self.error(IssueCode::Structure, "An object must not be empty.");
        }
        if depth > MAX_NESTING {
            return self.error(
                IssueCode::TooCostly,
                "It is nested too deeply to be checked.",
            );
        }
        let mut present = 0_u128;
        let mut variants: Vec<(usize, usize)> = Vec::new();
        for (name, value) in object {
            if place.is_resource && name == "resourceType" {
                continue;
            }
            let (bare, is_extension) = match name.strip_prefix('_') {
                Some(bare) => (bare, true),
                None => (name.as_str(), false),
            };
            let Some(member) = node.member(bare) else {
                self.unknown(name);
                continue;
            };
            let Some(element) = node.element_of(member) else {
                continue;
            };
            self.steps.push(Step::Member(name));
            let found = if is_extension {
                self.primitive_extension(member, element, value, depth)
            } else {
                self.member(member, element, value, object, depth);
                // A null is reported as such, not as missing too.
                true
            };
            self.steps.pop();
            if found {
                present |= 1_u128.checked_shl(bit(member.element)).unwrap_or(0);
            }
            if element.is_choice() {
                variants.push((member.element, member.type_index));
            }
        }
        self.variants(node, &mut variants);
        for (at, element) in node.elements.iter().enumerate() {
            let missing = 1_u128
                .checked_shl(bit(at))
                .is_some_and(|bit| present & bit == 0);
            if element.min > 0 && missing {
                let message = format!("{} is required.", element.name);
                self.error_at(element.name, IssueCode::Required, &message);
            }
        }
        if node.type_code == "Extension" {
            self.extension(object);
        }
    }

    fn variants(&mut self, node: &Node, variants: &mut Vec<(usize, usize)>) {
        if variants.len() < 2 {
            return;
        }
        variants.sort_unstable();
        variants.dedup();
        let mut reported = None;
        for pair in variants.windows(2) {
            if let [(first, _), (second, _)] = pair
                && first == second
                && reported != Some(*first)
                && let Some(element) = node.elements.get(*first)
            {
                reported = Some(*first);
                let message = format!("Only one variant of {} may be given.", element.name);
                self.error_at(element.name, IssueCode::Structure, &message);
            }
        }
    }

    fn member(
        &mut self,
        member: &Member,
        element: &Element,
        value: &'a Value,
        object: &'a Map<String, Value>,
        depth: usize,
    ) {
        if !element.is_list() {
            if value.is_array() {
                let message = format!("{} is a single value, not a list.", member.name);
                return self.error(IssueCode::Structure, &message);
            }
            return self.item(member, element, value, depth);
        }
        let Value::Array(items) = value else {
            let message = format!("{} must be a list.", member.name);
            return self.error(IssueCode::Structure, &message);
        };
        if items.is_empty() {
            return self.error(IssueCode::Structure, "A list must not be empty.");
        }
        if element.max.is_some_and(|max| items.len() > max as usize) {
            let message = format!("{} has more items than are allowed.", member.name);
            self.error(IssueCode::Structure, &message);
        }
        for (at, item) in items.iter().enumerate() {
            self.steps.push(Step::Item(at));
            if item.is_null() && matches!(member.target, Target::Primitive(_)) {
                self.null_item(member, object, at);
            } else {
                self.item(member, element, item, depth);
            }
            self.steps.pop();
        }
    }

    /// A null in a list of primitives holds the place of a value that has only an extension.
    fn null_item(&mut self, member: &Member, object: &Map<String, Value>, at: usize) {
        let beside = object
            .get(&format!("_{}", member.name))
            .and_then(Value::as_array)
            .and_then(|extensions| extensions.get(at));
        if !beside.is_some_and(Value::is_object) {
            // Servers that drop an extension they do not know leave such nulls behind.
            self.warning(
                IssueCode::Structure,
                "A null here should have an extension beside it.",
            );
        }
    }

    fn item(&mut self, member: &Member, element: &Element, value: &'a Value, depth: usize) {
        match member.target {
            Target::Primitive(kind) => {
                if value.is_null() {
                    let message = format!("{} must not be null.", member.name);
                    return self.error(IssueCode::Structure, &message);
                }
                if let Some(fault) = primitive::fault(kind, value) {
                    let message = format!("{} {}.", member.name, fault.message);
                    return self.push(fault.severity, fault.code, &message);
                }
                if member.type_code == "code"
                    && let (Some(set), Value::String(code)) = (self.value_set(element), value)
                    && let Some(words) = coded::code_fault(set, code)
                {
                    self.error(CODE, &format!("{} {words}.", member.name));
                }
            }
            Target::Resource => self.resource(value, depth + 1),
            Target::Node(id) => {
                let Value::Object(object) = value else {
                    let message = format!("{} must be an object.", member.name);
                    return self.error(IssueCode::Structure, &message);
                };
                if let Some(node) = self.definitions.node_at(id) {
                    let place = Place {
                        node,
                        is_resource: false,
                        depth: depth + 1,
                    };
                    self.object(object, place);
                }
                self.datatype(member, element, object);
            }
        }
    }

    /// What a datatype asks beyond its elements.
    fn datatype(&mut self, member: &Member, element: &Element, object: &'a Map<String, Value>) {
        match member.type_code {
            "Reference" => {
                let Some(Value::String(text)) = object.get("reference") else {
                    return;
                };
                let targets = element
                    .types
                    .get(member.type_index)
                    .map_or(&[][..], |kind| kind.targets.as_slice());
                if let Some(fault) = reference::fault(text, targets, &self.contained) {
                    self.steps.push(Step::Member("reference"));
                    let message = format!("{} {}.", member.name, fault.message);
                    self.push(fault.severity, fault.code, &message);
                    self.steps.pop();
                }
            }
            "CodeableConcept" => {
                if let Some(set) = self.value_set(element)
                    && let Some(fault) = coded::concept_fault(set, object)
                {
                    self.code_fault(member, &fault);
                }
            }
            "Coding" => {
                if let Some(set) = self.value_set(element)
                    && let Some(fault) = coded::coding_fault(set, object)
                {
                    self.code_fault(member, &fault);
                }
            }
            _ => {}
        }
    }

    fn code_fault(&mut self, member: &Member, fault: &CodeFault) {
        let message = format!("{} {}.", member.name, fault.message);
        let depth = self.steps.len();
        if let Some(at) = fault.coding {
            self.steps.extend([Step::Member("coding"), Step::Item(at)]);
        }
        self.push(fault.severity, CODE, &message);
        self.steps.truncate(depth);
    }

    fn value_set(&self, element: &Element) -> Option<&'static ValueSet> {
        element
            .required_value_set
            .and_then(|url| self.definitions.value_set(url))
    }

    /// `_birthDate`: id and extensions of a primitive. Answers whether it says anything.
    fn primitive_extension(
        &mut self,
        member: &Member,
        element: &Element,
        value: &'a Value,
        depth: usize,
    ) -> bool {
        if !matches!(member.target, Target::Primitive(_)) {
            let message = format!(
                "{} is no simple value, so it takes no underscore.",
                member.name
            );
            self.error(IssueCode::Structure, &message);
            return false;
        }
        match (value, element.is_list()) {
            (Value::Array(items), true) => {
                let mut found = false;
                for (at, item) in items.iter().enumerate() {
                    if !item.is_null() {
                        self.steps.push(Step::Item(at));
                        found |= self.extension_holder(item, depth);
                        self.steps.pop();
                    }
                }
                found
            }
            (item, false) => self.extension_holder(item, depth),
            (_, true) => {
                let message = format!("The extensions of {} must be a list.", member.name);
                self.error(IssueCode::Structure, &message);
                false
            }
        }
    }

    fn extension_holder(&mut self, value: &'a Value, depth: usize) -> bool {
        let Value::Object(object) = value else {
            self.error(
                IssueCode::Structure,
                "It must be an object with id or extension.",
            );
            return false;
        };
        if let Some(node) = self.definitions.type_node("Element") {
            let place = Place {
                node,
                is_resource: false,
                depth: depth + 1,
            };
            self.object(object, place);
        }
        object.contains_key("extension")
    }

    /// An extension has a value or extensions of its own, not both and not neither.
    fn extension(&mut self, object: &Map<String, Value>) {
        let nested = object.contains_key("extension");
        let valued = object
            .keys()
            .any(|name| name.strip_prefix('_').unwrap_or(name).starts_with("value"));
        if nested == valued {
            let message = "An extension has either a value or extensions.";
            self.error(IssueCode::Invariant, message);
        }
    }

    fn unknown(&mut self, name: &'a str) {
        // A name that is no name could be anything, a patient's too: it is not repeated.
        let repeatable = name.len() <= 64
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if repeatable {
            self.steps.push(Step::Member(name));
        }
        let message = "FHIR R4 does not know this element; it is kept as it is.";
        self.warning(IssueCode::Structure, message);
        if repeatable {
            self.steps.pop();
        }
    }

    fn error_at(&mut self, name: &'static str, code: IssueCode, message: &str) {
        let name = name.strip_suffix("[x]").unwrap_or(name);
        self.steps.push(Step::Member(name));
        self.error(code, message);
        self.steps.pop();
    }

    fn error(&mut self, code: IssueCode, message: &str) {
        self.push(Severity::Error, code, message);
    }

    fn warning(&mut self, code: IssueCode, message: &str) {
        self.push(Severity::Warning, code, message);
    }

    fn push(&mut self, severity: Severity, code: IssueCode, message: &str) {
        let count = match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count <= MAX_ISSUES {
            self.issues.push(Issue {
                severity,
                code,
                path: self.path(),
                message: message.to_owned(),
            });
        }
    }

    fn path(&self) -> String {
        let mut path = self.root.to_owned();
        for step in &self.steps {
            match step {
                Step::Member(name) => {
                    path.push('.');
                    path.push_str(name);
                }
                Step::Item(at) => {
                    let _written = write!(path, "[{at}]");
                }
            }
        }
        path
    }

    fn finish(mut self) -> Vec<Issue> {
        self.steps.clear();
        if self.errors > MAX_ISSUES || self.warnings > MAX_ISSUES {
            let severity = if self.errors > MAX_ISSUES {
                Severity::Error
            } else {
                Severity::Warning
            };
            self.issues.push(Issue {
                severity,
                code: IssueCode::TooCostly,
                path: self.path(),
                message: "There are more problems than are listed.".to_owned(),
            });
        }
        self.issues
    }
}

fn bit(element: usize) -> u32 {
    u32::try_from(element).unwrap_or(u32::MAX)
}

fn ids_of_contained(object: &Map<String, Value>) -> Vec<&str> {
    object
        .get("contained")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|resource| resource.get("id").and_then(Value::as_str))
        .collect()
}
