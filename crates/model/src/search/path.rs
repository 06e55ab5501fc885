//! The FHIRPath of the official search parameters, and what it selects of a resource.
//!
//! Source: FHIRPath N1, as far as the R4 search parameters use it: paths, unions, `as`, `.as()`,
//! `.ofType()`, `.where(x = 'y')`, `.where(resolve() is T)`, an index, and
//! `A.exists() and A != false`.

use serde_json::Value;

use crate::definitions::{Element, Node, Target, r4};

use super::reference;

/// What a search parameter's expression selects in one resource type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    pub(super) steps: Vec<Step>,
    /// Whether it asks only if there is something that is not `false`.
    pub(super) presence: bool,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Member(&'static str),
    As(&'static str),
    Where(&'static str, &'static str),
    ResolvesTo(&'static str),
    At(usize),
}

/// A value that a path selected, with what the definitions say of it.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// The JSON value.
    pub value: &'a Value,
    /// Its FHIR type.
    pub type_code: &'static str,
    /// The value set that its codes come from.
    pub(super) value_set: Option<&'static str>,
    /// Whether it is a part of a person's name.
    pub(super) of_name: bool,
    node: Option<&'static Node>,
}

/// The paths of an expression that start at `resource_type`; `None` where one cannot be read.
pub(super) fn paths(expression: &'static str, resource_type: &str) -> Option<Vec<Path>> {
    expression
        .split(" | ")
        .map(str::trim)
        .filter_map(|branch| path(branch, resource_type))
        .collect()
}

/// Outer `None`: of another type. Inner `None`: not understood.
fn path(branch: &'static str, resource_type: &str) -> Option<Option<Path>> {
    if let Some((first, _)) = branch.split_once(".exists() and ") {
        let steps = steps(first, resource_type)?;
        return Some(steps.map(|steps| Path {
            steps,
            presence: true,
        }));
    }
    // `(X as T)` and `(X as T).rest`
    let mut tail = Vec::new();
    let mut body = branch;
    if let Some(inner) = branch.strip_prefix('(') {
        let (inside, rest) = inner.split_once(')')?;
        body = inside;
        tail = rest
            .split('.')
            .filter(|part| !part.is_empty())
            .map(Step::Member)
            .collect();
    }
    let (body, cast) = match body.split_once(" as ") {
        Some((body, cast)) => (body, Some(Step::As(cast.trim()))),
        None => (body, None),
    };
    let steps = steps(body, resource_type)?;
    Some(steps.map(|mut steps| {
        steps.extend(cast);
        steps.extend(tail);
        Path {
            steps,
            presence: false,
        }
    }))
}

fn steps(text: &'static str, resource_type: &str) -> Option<Option<Vec<Step>>> {
    // `name | alias` of InsurancePlan leaves the type out.
    if text.starts_with(|letter: char| letter.is_ascii_lowercase()) {
        return Some(
            parts(text)
                .map(step)
                .collect::<Option<Vec<_>>>()
                .map(|steps| steps.concat()),
        );
    }
    let mut parts = parts(text);
    let root = parts.next()?;
    if ![resource_type, "Resource", "DomainResource"].contains(&root) {
        return None;
    }
    Some(
        parts
            .map(step)
            .collect::<Option<Vec<_>>>()
            .map(|steps| steps.concat()),
    )
}

/// Parts between the dots that stand outside parentheses.
fn parts(text: &'static str) -> impl Iterator<Item = &'static str> {
    let mut depth = 0_u32;
    text.split(move |letter: char| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == '.' && depth == 0
    })
}

fn step(part: &'static str) -> Option<Vec<Step>> {
    if let Some((function, argument)) = part.split_once('(') {
        let argument = argument.strip_suffix(')')?;
        return match function {
            "as" | "ofType" => Some(vec![Step::As(argument)]),
            "where" => match argument.strip_prefix("resolve() is ") {
                Some(target) => Some(vec![Step::ResolvesTo(target)]),
                None => {
                    let (member, text) = argument.split_once('=')?;
                    Some(vec![Step::Where(
                        member.trim(),
                        text.trim().trim_matches('\''),
                    )])
                }
            },
            _ => None,
        };
    }
    if let Some((member, index)) = part.split_once('[') {
        let index = index.strip_suffix(']')?.parse().ok()?;
        return Some(vec![Step::Member(member), Step::At(index)]);
    }
    Some(vec![Step::Member(part)])
}

impl Path {
    /// Whether it selects the resource itself.
    pub(super) fn is_whole(&self) -> bool {
        self.steps.is_empty()
    }

    /// The only member it names, where it is no more than that.
    #[must_use]
    pub fn only_member(&self) -> Option<&'static str> {
        match self.steps.as_slice() {
            [Step::Member(member)] if !self.presence => Some(member),
            _ => None,
        }
    }

    /// The member and type of `(T.member as type)`.
    pub(super) fn only_member_as(&self) -> Option<(&'static str, &'static str)> {
        match self.steps.as_slice() {
            [Step::Member(member), Step::As(cast)] => Some((member, cast)),
            _ => None,
        }
    }

    /// The member whose references it takes, and the one type it takes of them.
    pub(super) fn member_resolving(&self) -> Option<(&'static str, Option<&'static str>)> {
        match self.steps.as_slice() {
            [Step::Member(member)] if !self.presence => Some((member, None)),
            [Step::Member(member), Step::ResolvesTo(target)] => Some((member, Some(target))),
            _ => None,
        }
    }

    /// The types that its last step leaves.
    pub(super) fn resolves_to(&self) -> Option<&'static str> {
        match self.steps.last() {
            Some(Step::ResolvesTo(target)) => Some(target),
            _ => None,
        }
    }

    /// Every value it selects in `resource`.
    pub(super) fn select<'a>(&self, resource: &'a Value, resource_type: &str) -> Vec<Item<'a>> {
        self.select_from(Item {
            value: resource,
            type_code: "Resource",
            value_set: None,
            of_name: false,
            node: r4().type_node(resource_type),
        })
    }

    /// Every value it selects from an item on.
    pub(super) fn select_from<'a>(&self, item: Item<'a>) -> Vec<Item<'a>> {
        let mut items = vec![item];
        for step in &self.steps {
            items = match step {
                Step::Member(member) => items
                    .into_iter()
                    .flat_map(|item| item.members(member))
                    .collect(),
                Step::As(cast) => items
                    .into_iter()
                    .filter(|item| item.type_code == *cast)
                    .collect(),
                Step::Where(member, text) => items
                    .into_iter()
                    .filter(|item| item.value.get(member).and_then(Value::as_str) == Some(text))
                    .collect(),
                Step::ResolvesTo(target) => items
                    .into_iter()
                    .filter(|item| reference::leads_to(item.value, target))
                    .collect(),
                Step::At(index) => items.into_iter().skip(*index).take(1).collect(),
            };
        }
        items
    }
}

impl<'a> Item<'a> {
    /// A truth that an expression tells, as an item of its own.
    pub(super) fn of_boolean(value: &'a Value) -> Self {
        Self {
            value,
            type_code: "boolean",
            value_set: None,
            of_name: false,
            node: None,
        }
    }

    fn members(&self, name: &str) -> Vec<Item<'a>> {
        let mut found = Vec::new();
        let (Some(object), Some(node)) = (self.value.as_object(), self.node) else {
            return found;
        };
        if let Some(member) = node.member(name) {
            if let Some(value) = object.get(name) {
                push(&mut found, value, node, member);
            }
            return found;
        }
        // A choice is named by its stem.
        for (key, value) in object {
            if key.starts_with(name)
                && let Some(member) = node.member(key)
                && node
                    .element_of(member)
                    .is_some_and(|element| element.is_choice() && element.stem() == name)
            {
                push(&mut found, value, node, member);
            }
        }
        found
    }
}

fn push<'a>(
    found: &mut Vec<Item<'a>>,
    value: &'a Value,
    parent: &'static Node,
    member: &'static crate::definitions::Member,
) {
    let node = match member.target {
        Target::Node(id) => r4().node_at(id),
        Target::Primitive(_) | Target::Resource => None,
    };
    let item = |value: &'a Value| Item {
        value,
        type_code: member.type_code,
        value_set: parent
            .element_of(member)
            .and_then(|element: &Element| element.required_value_set),
        of_name: parent.type_code == "HumanName",
        node: match member.target {
            Target::Resource => value
                .get("resourceType")
                .and_then(Value::as_str)
                .and_then(|name| r4().type_node(name)),
            Target::Node(_) | Target::Primitive(_) => node,
        },
    };
    match value {
        Value::Array(values) => found.extend(values.iter().filter(|v| !v.is_null()).map(item)),
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            found.push(item(value));
        }
    }
}
