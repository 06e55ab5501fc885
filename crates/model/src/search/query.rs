//! A whole FHIR search, read from its parameters before anything is looked up.

use serde_json::Value;

use crate::definitions::r4;
use crate::fold::fold;
use crate::resource::is_id;

use super::SearchError;
use super::criterion::Criterion;
use super::date::{Prefix, Range};
use super::number::sort_number;
use super::parameter::{Kind, Parameter};
use super::value::{range_of, texts};

/// How many resources a page holds when `_count` says nothing.
pub const DEFAULT_COUNT: u64 = 50;
/// How many resources a page holds at most.
pub const MAX_COUNT: u64 = 1000;

/// What a search asks for.
#[derive(Clone, Debug)]
pub struct Query {
    /// What every match meets.
    pub criteria: Vec<Criterion>,
    /// Every match's id is one of each of these lists.
    pub ids: Vec<Vec<String>>,
    /// Every match was last updated as one of each of these lists says.
    pub last_updated: Vec<Vec<(Prefix, Range)>>,
    /// The order of the matches; empty for the order of arrival.
    pub sort: Vec<SortKey>,
    /// At most this many matches a page.
    pub count: u64,
    /// How many matches to skip.
    pub offset: u64,
    /// What every match is referred to by.
    pub referred_by: Vec<ReferredBy>,
    /// What the matches refer to and is wanted too.
    pub includes: Vec<Include>,
    /// What refers to the matches and is wanted too.
    pub reverse_includes: Vec<Include>,
    /// Only the number of matches is wanted.
    pub only_total: bool,
    /// Whether the number of all matches is wanted.
    pub total: bool,
}

/// `_has`: a resource that refers to the match and meets a criterion.
#[derive(Clone, Debug)]
pub struct ReferredBy {
    /// The reference that leads to the match; its type is the referring one.
    pub parameter: Parameter,
    /// What the referring resource meets.
    pub criterion: Criterion,
}

/// One key of a sort.
#[derive(Clone, Debug)]
pub struct SortKey {
    /// What it sorts by.
    pub by: SortBy,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// What a search sorts by.
#[derive(Clone, Debug)]
pub enum SortBy {
    /// The id.
    Id,
    /// When it was last updated.
    LastUpdated,
    /// A parameter's value.
    Parameter(Box<Parameter>),
}

/// `_include` or `_revinclude`.
#[derive(Clone, Debug)]
pub struct Include {
    /// The reference that is followed; its type is the referring one.
    pub parameter: Parameter,
    /// Only references to this type.
    pub target: Option<String>,
    /// Whether it is followed from what was included too.
    pub iterates: bool,
}

impl Query {
    /// Reads the parameters of a search in one resource type.
    ///
    /// # Errors
    /// For whatever Haven does not evaluate, and for values of the wrong form.
    pub fn read(resource_type: &str, parameters: &[(String, String)]) -> Result<Self, SearchError> {
        let mut query = Self {
            criteria: Vec::new(),
            ids: Vec::new(),
            last_updated: Vec::new(),
            sort: Vec::new(),
            count: DEFAULT_COUNT,
            offset: 0,
            referred_by: Vec::new(),
            includes: Vec::new(),
            reverse_includes: Vec::new(),
            only_total: false,
            total: true,
        };
        for (name, value) in parameters {
            let malformed = || SearchError::Malformed(name.clone());
            let unsupported = || SearchError::Unsupported(format!("{name}={value}"));
            let number = || value.parse::<u64>().map_err(|_| malformed());
            match name.as_str() {
                "_count" => query.count = number()?.min(MAX_COUNT),
                "_offset" => query.offset = number()?.min(i64::MAX as u64),
                "_sort" => query.sort = sort_keys(resource_type, value)?,
                "_id" => query.ids.push(ids(value).ok_or_else(malformed)?),
                "_lastUpdated" => query
                    .last_updated
                    .push(moments(value).ok_or_else(malformed)?),
                "_include" => query
                    .includes
                    .push(include(value, Some(resource_type), false).ok_or_else(unsupported)?),
                "_include:iterate" => query
                    .includes
                    .push(include(value, None, true).ok_or_else(unsupported)?),
                "_revinclude" => query
                    .reverse_includes
                    .push(include(value, None, false).ok_or_else(unsupported)?),
                "_revinclude:iterate" => query
                    .reverse_includes
                    .push(include(value, None, true).ok_or_else(unsupported)?),
                name if name.starts_with("_has:") => {
                    query
                        .referred_by
                        .push(referred_by(resource_type, name, value)?)
                }
                "_total" => match value.as_str() {
                    "accurate" | "estimate" => query.total = true,
                    "none" => query.total = false,
                    _ => return Err(malformed()),
                },
                "_summary" => match value.as_str() {
                    "count" => query.only_total = true,
                    "false" => query.only_total = false,
                    _ => return Err(unsupported()),
                },
                "_format" => match value.as_str() {
                    "json" | "application/json" | "application/fhir+json" => {}
                    _ => return Err(unsupported()),
                },
                _ => query
                    .criteria
                    .push(Criterion::read(resource_type, name, value)?),
            }
        }
        if query.count == 0 {
            // R4 §3.1.1.5.4: the same as `_summary=count`.
            query.only_total = true;
        }
        query.total |= query.only_total;
        Ok(query)
    }
}

fn ids(value: &str) -> Option<Vec<String>> {
    value
        .split(',')
        .map(|id| is_id(id.trim()).then(|| id.trim().to_owned()))
        .collect()
}

fn moments(value: &str) -> Option<Vec<(Prefix, Range)>> {
    value
        .split(',')
        .map(|text| {
            let (prefix, date) = Prefix::split(text);
            Some((prefix, Range::of_text(date)?))
        })
        .collect()
}

fn sort_keys(resource_type: &str, value: &str) -> Result<Vec<SortKey>, SearchError> {
    value
        .split(',')
        .map(|key| {
            let (name, descending) = match key.strip_prefix('-') {
                Some(name) => (name, true),
                None => (key, false),
            };
            let by = match name {
                "_id" => SortBy::Id,
                "_lastUpdated" => SortBy::LastUpdated,
                name => Parameter::of(resource_type, name)
                    .filter(|parameter| parameter.kind != Kind::Composite)
                    .map(|parameter| SortBy::Parameter(Box::new(parameter)))
                    .ok_or_else(|| SearchError::Unsupported(format!("_sort={key}")))?,
            };
            Ok(SortKey { by, descending })
        })
        .collect()
}

/// `_has:Type:reference:parameter[:modifier]`, one level.
///
/// Source: FHIR R4 §3.1.1.4.14.
fn referred_by(target: &str, name: &str, value: &str) -> Result<ReferredBy, SearchError> {
    let unsupported = || SearchError::Unsupported(name.to_owned());
    let mut parts = name.splitn(4, ':').skip(1);
    let (Some(resource_type), Some(code), Some(asked)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(unsupported());
    };
    let parameter = Parameter::of(resource_type, code)
        .filter(|parameter| parameter.may_refer_to(target))
        .ok_or_else(unsupported)?;
    // A further step, forward or back, would be a second level.
    if asked.starts_with('_') || asked.contains('.') {
        return Err(unsupported());
    }
    Ok(ReferredBy {
        parameter,
        criterion: Criterion::read(resource_type, asked, value)?,
    })
}

/// `Type:parameter` or `Type:parameter:Target`.
fn include(value: &str, own_type: Option<&str>, iterates: bool) -> Option<Include> {
    let mut parts = value.split(':');
    let (resource_type, code, target) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() || own_type.is_some_and(|own| own != resource_type) {
        return None;
    }
    let parameter = Parameter::of(resource_type, code)?;
    let allowed =
        target.is_none_or(|target| r4().is_resource_type(target) && parameter.may_refer_to(target));
    (parameter.kind == Kind::Reference && allowed).then(|| Include {
        parameter,
        target: target.map(str::to_owned),
        iterates,
    })
}

/// The value by which a resource sorts; of several, the smallest, or the largest when descending.
#[derive(Clone, Debug, PartialEq)]
pub enum SortValue {
    /// A moment, in milliseconds.
    Moment(i64),
    /// A number.
    Number(f64),
    /// A folded text.
    Text(String),
}

impl SortValue {
    /// Less, equal or greater; values of one parameter are of one sort.
    #[must_use]
    pub fn compare(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Moment(left), Self::Moment(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => left.total_cmp(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (Self::Moment(_), _) | (Self::Number(_), Self::Text(_)) => std::cmp::Ordering::Less,
            (Self::Text(_), _) | (Self::Number(_), Self::Moment(_)) => std::cmp::Ordering::Greater,
        }
    }

    /// The value by which `resource` sorts under a parameter.
    #[must_use]
    pub fn of(parameter: &Parameter, resource: &Value, descending: bool) -> Option<Self> {
        if let Some(present) = parameter.presence(resource) {
            return Some(Self::Text(present.to_string()));
        }
        let mut values: Vec<Self> = Vec::new();
        for item in parameter.items(resource) {
            let value = item.value;
            let text = |name: &str| value.get(name).and_then(Value::as_str).map(fold);
            match parameter.kind {
                Kind::Date => {
                    values.extend(range_of(&item).map(|range| Self::Moment(range.from_ms)));
                }
                Kind::Number => values.extend(value.as_f64().map(Self::Number)),
                Kind::Composite => {}
                Kind::Quantity => values.extend(sort_number(value).map(Self::Number)),
                Kind::String => {
                    values.extend(texts(&item).map(|text| Self::Text(fold(text))));
                }
                Kind::Reference | Kind::Uri => values.extend(
                    value
                        .as_str()
                        .map(fold)
                        .or_else(|| text("reference"))
                        .map(Self::Text),
                ),
                Kind::Token => {
                    let codings = value.get("coding").and_then(Value::as_array);
                    let plain = match value {
                        Value::String(text) => Some(fold(text)),
                        Value::Bool(flag) => Some(flag.to_string()),
                        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                            text("code").or_else(|| text("value"))
                        }
                    };
                    values.extend(plain.map(Self::Text));
                    let codes = codings.into_iter().flatten();
                    values.extend(
                        codes
                            .filter_map(|coding| coding.get("code").and_then(Value::as_str))
                            .map(|code| Self::Text(fold(code))),
                    );
                }
            }
        }
        if descending {
            values.into_iter().max_by(Self::compare)
        } else {
            values.into_iter().min_by(Self::compare)
        }
    }
}
