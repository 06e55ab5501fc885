//! One parameter of a query, and whether a resource meets it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::definitions::r4;
use crate::resource::ResourceKey;

use super::SearchError;
use super::parameter::{Kind, Parameter};
use super::reference::{literal, type_and_id};
use super::value::{Wanted, split_unescaped};

/// What a resource must meet. Several of them must all be met.
#[derive(Clone, Debug)]
pub struct Criterion {
    /// What is looked at.
    pub parameter: Parameter,
    /// What it must be.
    pub test: Test,
}

/// What a parameter's values must be.
#[derive(Clone, Debug)]
pub enum Test {
    /// Absent (`true`) or present.
    Missing(bool),
    /// One of these; with `negated`, none of them.
    Any {
        /// The alternatives.
        wanted: Vec<Wanted>,
        /// Whether it is `:not`.
        negated: bool,
    },
    /// A reference to a resource that meets one of these: type and criterion.
    Chain(Vec<Criterion>),
    /// A reference to one of these.
    Among(BTreeSet<ResourceKey>),
    /// All parts of one of these, of one thing.
    Together(Vec<Vec<Wanted>>),
}

impl Criterion {
    /// Reads `name[:modifier][.chained]` and its value for a resource type.
    ///
    /// # Errors
    /// When the parameter or the modifier is not one that Haven evaluates, or the value has not the
    /// form that the parameter asks for.
    pub fn read(resource_type: &str, name: &str, value: &str) -> Result<Self, SearchError> {
        let unsupported = || SearchError::Unsupported(name.to_owned());
        let (name, chained) = match name.split_once('.') {
            Some((name, chained)) => (name, Some(chained)),
            None => (name, None),
        };
        let (code, modifier) = match name.split_once(':') {
            Some((code, modifier)) => (code, Some(modifier)),
            None => (name, None),
        };
        let parameter = Parameter::of(resource_type, code).ok_or_else(unsupported)?;
        if let Some(chained) = chained {
            let test = chain(&parameter, modifier, chained, value).ok_or_else(unsupported)?;
            return Ok(Self {
                test: test?,
                parameter,
            });
        }
        if parameter.kind == Kind::Composite {
            if modifier.is_some() {
                return Err(unsupported());
            }
            let test = together(&parameter, value)?;
            return Ok(Self { parameter, test });
        }
        if modifier == Some("missing") {
            let test = match value {
                "true" => Test::Missing(true),
                "false" => Test::Missing(false),
                _ => return Err(SearchError::Malformed(name.to_owned())),
            };
            return Ok(Self { parameter, test });
        }
        let wanted = split_unescaped(value, ',')
            .into_iter()
            .map(|text| Wanted::read(&parameter, modifier, text))
            .collect::<Result<Vec<_>, _>>()?;
        let negated = parameter.kind == Kind::Token && modifier == Some("not");
        Ok(Self {
            parameter,
            test: Test::Any { wanted, negated },
        })
    }

    /// Whether a resource of the parameter's type meets it; a chain that is not resolved is not met.
    #[must_use]
    pub fn matches(&self, resource: &Value) -> bool {
        if let Some(present) = self.parameter.presence(resource) {
            let value = Value::Bool(present);
            return self.matches_items(&[super::path::Item::of_boolean(&value)]);
        }
        self.matches_items(&self.parameter.items(resource))
    }

    fn matches_items(&self, items: &[super::path::Item<'_>]) -> bool {
        match &self.test {
            Test::Missing(missing) => items.is_empty() == *missing,
            Test::Any { wanted, negated } => {
                wanted
                    .iter()
                    .any(|wanted| wanted.matches(&self.parameter, items))
                    != *negated
            }
            Test::Chain(_) => false,
            Test::Together(alternatives) => items.iter().any(|item| {
                let parts: Vec<Vec<_>> = self
                    .parameter
                    .parts
                    .iter()
                    .map(|part| part.items_from(*item))
                    .collect();
                alternatives.iter().any(|wanted| {
                    wanted
                        .iter()
                        .zip(&self.parameter.parts)
                        .zip(&parts)
                        .all(|((wanted, part), items)| wanted.matches(part, items))
                })
            }),
            Test::Among(keys) => items.iter().any(|item| {
                referred(item.value).is_some_and(|key| {
                    keys.contains(&key) && self.parameter.may_refer_to(&key.resource_type)
                })
            }),
        }
    }
}

/// Values joined by `$`, one for each part of a composite; alternatives by commas.
fn together(parameter: &Parameter, value: &str) -> Result<Test, SearchError> {
    let alternatives = split_unescaped(value, ',')
        .into_iter()
        .map(|text| {
            let values = split_unescaped(text, '$');
            if values.len() != parameter.parts.len() {
                return Err(SearchError::Malformed(parameter.code.to_owned()));
            }
            parameter
                .parts
                .iter()
                .zip(values)
                .map(|(part, text)| Wanted::read(part, None, text))
                .collect()
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Test::Together(alternatives))
}

/// The key that a Reference leads to.
#[must_use]
pub fn referred(value: &Value) -> Option<ResourceKey> {
    let (resource_type, id) = literal(value).and_then(type_and_id)?;
    ResourceKey::new(resource_type, id).ok()
}

/// A chain of one step: `subject:Patient.name`, `patient.name`.
fn chain(
    parameter: &Parameter,
    modifier: Option<&str>,
    chained: &str,
    value: &str,
) -> Option<Result<Test, SearchError>> {
    if parameter.kind != Kind::Reference || chained.contains('.') {
        return None;
    }
    let targets: Vec<&str> = match modifier {
        Some(named) => vec![named],
        None if parameter.targets.is_empty() => r4().resource_types().collect(),
        None => parameter.selected_targets(),
    };
    let mut links = Vec::new();
    for target in targets.into_iter().filter(|t| parameter.may_refer_to(t)) {
        match Criterion::read(target, chained, value) {
            Ok(criterion) => links.push(criterion),
            // Another target may have the parameter.
            Err(SearchError::Unsupported(_)) => {}
            Err(malformed) => return Some(Err(malformed)),
        }
    }
    links.sort_by_key(|link| link.parameter.resource_type());
    (!links.is_empty()).then_some(Ok(Test::Chain(links)))
}
