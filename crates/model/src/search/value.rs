//! What a search value asks of one selected item.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::definitions::r4;
use crate::fold::{compact, digits, fold, index_words, query_words};

use super::SearchError;
use super::date::{Prefix, Range};
use super::number::{Amount, Measured, Span};
use super::parameter::{Kind, Parameter};
use super::path::Item;
use super::reference::Referred;

/// How a text compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Begins with it, case and accents aside.
    Starts,
    /// Is it to the letter.
    Exact,
    /// Has it anywhere, case and accents aside.
    Contains,
}

/// The system part of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum System {
    /// `code`: any.
    Any,
    /// `|code`: none.
    None,
    /// `system|code`
    Is(String),
}

/// One value that a query asks for.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// A text.
    Text(Likeness, String),
    /// A code, identifier, telecom or boolean; without a code, anything of that system.
    Token(System, Option<String>),
    /// An identifier of a type: system and code of the type, and the value.
    OfType(String, String, String),
    /// The words beside a code: display or text.
    TokenText(String),
    /// A date.
    Date(Prefix, Range),
    /// A number.
    Number(Prefix, Measured),
    /// A quantity.
    Quantity(Prefix, Amount),
    /// A reference.
    Reference(Referred),
    /// The identifier of a reference.
    ReferenceIdentifier(System, Option<String>),
    /// A URI: itself, `below` it (true, true) or `above` it (true, false).
    Uri(String, Option<bool>),
}

/// The parts of a value between `separator`s that no backslash takes away, still escaped.
#[must_use]
pub(super) fn split_unescaped(text: &str, separator: char) -> Vec<&str> {
    let mut escaped = false;
    text.split(|letter: char| {
        let splits = letter == separator && !escaped;
        escaped = letter == '\\' && !escaped;
        splits
    })
    .collect()
}

/// A value with its backslashes (`\,` `\|` `\$` `\\`) taken off.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next()),
            other => plain.push(other),
        }
    }
    plain
}

fn token(text: &str) -> Option<(System, Option<String>)> {
    let parts: Vec<String> = split_unescaped(text, '|')
        .into_iter()
        .map(unescape)
        .collect();
    match parts.as_slice() {
        [code] => Some((System::Any, Some(code.clone()))),
        [system, code] => {
            let system = match system.as_str() {
                "" => System::None,
                system => System::Is(system.to_owned()),
            };
            let code = (!code.is_empty()).then(|| code.clone());
            (system != System::None || code.is_some()).then_some((system, code))
        }
        _ => None,
    }
}

/// `system|code|value`, all three.
///
/// Source: FHIR R4 §3.1.1.4.10.
fn of_type(text: &str) -> Option<Wanted> {
    let parts: Vec<String> = split_unescaped(text, '|')
        .into_iter()
        .map(unescape)
        .collect();
    match parts.as_slice() {
        [system, code, value] if parts.iter().all(|part| !part.is_empty()) => {
            Some(Wanted::OfType(system.clone(), code.clone(), value.clone()))
        }
        _ => None,
    }
}

impl Wanted {
    /// Reads one alternative of a parameter's value.
    pub(super) fn read(
        parameter: &Parameter,
        modifier: Option<&str>,
        text: &str,
    ) -> Result<Self, SearchError> {
        let malformed = || SearchError::Malformed(parameter.code.to_owned());
        if text.is_empty() {
            return Err(malformed());
        }
        let read = match (parameter.kind, modifier) {
            (Kind::String, None) => Some(Self::Text(Likeness::Starts, unescape(text))),
            (Kind::String, Some("exact")) => Some(Self::Text(Likeness::Exact, unescape(text))),
            (Kind::String, Some("contains")) => {
                Some(Self::Text(Likeness::Contains, unescape(text)))
            }
            (Kind::Token, None | Some("not")) => {
                token(text).map(|(system, code)| Self::Token(system, code))
            }
            (Kind::Token, Some("of-type")) => of_type(text),
            (Kind::Token, Some("text")) => Some(Self::TokenText(unescape(text))),
            (Kind::Date, None) => {
                let (prefix, date) = Prefix::split(text);
                // A plus that was not encoded came as a space.
                Range::of_text(&date.replace(' ', "+")).map(|range| Self::Date(prefix, range))
            }
            (Kind::Number, None) => {
                let (prefix, number) = Prefix::split(text);
                Measured::read(number).map(|number| Self::Number(prefix, number))
            }
            (Kind::Quantity, None) => {
                let (prefix, amount) = Prefix::split(text);
                let parts: Vec<String> = split_unescaped(amount, '|')
                    .into_iter()
                    .map(unescape)
                    .collect();
                Amount::read(&parts).map(|amount| Self::Quantity(prefix, amount))
            }
            (Kind::Reference, None) => Referred::read(&unescape(text), None).map(Self::Reference),
            (Kind::Reference, Some("identifier")) => {
                token(text).map(|(system, code)| Self::ReferenceIdentifier(system, code))
            }
            (Kind::Reference, Some(named)) if r4().is_resource_type(named) => {
                if !parameter.may_refer_to(named) {
                    return Err(SearchError::Unsupported(format!(
                        "{}:{named}",
                        parameter.code
                    )));
                }
                Referred::read(&unescape(text), Some(named)).map(Self::Reference)
            }
            // Read part by part.
            (Kind::Composite, None) => None,
            (Kind::Uri, None) => Some(Self::Uri(unescape(text), None)),
            (Kind::Uri, Some("below")) => Some(Self::Uri(unescape(text), Some(true))),
            (Kind::Uri, Some("above")) => Some(Self::Uri(unescape(text), Some(false))),
            (_, Some(other)) => {
                return Err(SearchError::Unsupported(format!(
                    "{}:{other}",
                    parameter.code
                )));
            }
        };
        read.ok_or_else(malformed)
    }

    /// Whether one of the items that a parameter selects is as asked.
    pub(super) fn matches(&self, parameter: &Parameter, items: &[Item<'_>]) -> bool {
        if let Self::Text(Likeness::Starts, text) = self
            && items.iter().any(is_name)
        {
            return name_matches(text, items);
        }
        items.iter().any(|item| self.matches_one(parameter, item))
    }

    fn matches_one(&self, parameter: &Parameter, item: &Item<'_>) -> bool {
        let value = item.value;
        match self {
            Self::Text(likeness, wanted) => texts(item).any(|text| like(*likeness, text, wanted)),
            Self::Token(system, code) => token_matches(item, system, code.as_deref()),
            Self::OfType(system, code, wanted) => {
                item.type_code == "Identifier"
                    && identifier_matches(value, &System::Any, Some(wanted))
                    && value
                        .pointer("/type/coding")
                        .and_then(Value::as_array)
                        .is_some_and(|codings| {
                            codings.iter().any(|coding| {
                                text_of(coding, "system") == Some(system)
                                    && text_of(coding, "code") == Some(code)
                            })
                        })
            }
            Self::TokenText(wanted) => {
                token_texts(value).any(|text| like(Likeness::Starts, text, wanted))
            }
            Self::Date(prefix, range) => {
                range_of(item).is_some_and(|found| range.holds(*prefix, found))
            }
            Self::Number(prefix, number) => value
                .as_f64()
                .is_some_and(|found| number.holds(*prefix, Span::point(found))),
            Self::Quantity(prefix, amount) => amount.matches(*prefix, value),
            Self::Reference(referred) => referred.matches(value, &parameter.targets),
            Self::ReferenceIdentifier(system, code) => value
                .get("identifier")
                .is_some_and(|found| identifier_matches(found, system, code.as_deref())),
            Self::Uri(wanted, direction) => value.as_str().is_some_and(|found| match direction {
                None => {
                    found == wanted || found.split_once('|').is_some_and(|(url, _)| url == wanted)
                }
                Some(true) => within(found, wanted),
                Some(false) => within(wanted, found),
            }),
        }
    }
}

/// Whether a URI is another one or lies below it, by whole segments.
fn within(uri: &str, root: &str) -> bool {
    uri.strip_prefix(root.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The range of a date; of a text or an age there is none.
pub(super) fn range_of(item: &Item<'_>) -> Option<Range> {
    matches!(
        item.type_code,
        "date" | "dateTime" | "instant" | "Period" | "Timing"
    )
    .then(|| Range::of_value(item.value))
    .flatten()
}

/// Whether every word typed begins a word of some name, whichever name of the person it is.
fn name_matches(typed: &str, items: &[Item<'_>]) -> bool {
    let mut words = BTreeSet::new();
    for item in items {
        name_words(item, &mut words);
    }
    let typed = query_words(typed);
    let begins = |typed: &String| words.iter().any(|word| word.starts_with(typed.as_str()));
    !typed.is_empty() && typed.iter().all(begins)
}

fn is_name(item: &Item<'_>) -> bool {
    item.type_code == "HumanName" || item.of_name
}

/// The words that a name is found by; prefix and suffix are no part of it.
fn name_words(item: &Item<'_>, words: &mut BTreeSet<String>) {
    if let Some(text) = item.value.as_str() {
        index_words(text, words);
        return;
    }
    let texts = |name: &str| item.value.get(name).and_then(Value::as_str);
    for text in texts("family").into_iter().chain(texts("text")) {
        index_words(text, words);
    }
    let given = item.value.get("given").and_then(Value::as_array);
    for text in given.into_iter().flatten().filter_map(Value::as_str) {
        index_words(text, words);
    }
}

/// The texts of a string, HumanName or Address.
pub(super) fn texts<'a>(item: &Item<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    let members: &[&str] = match item.type_code {
        "HumanName" => &["family", "given", "text", "prefix", "suffix"],
        "Address" => &[
            "text",
            "line",
            "city",
            "district",
            "state",
            "postalCode",
            "country",
        ],
        "CodeableConcept" => &["text"],
        _ => &[],
    };
    let value = item.value;
    value
        .as_str()
        .into_iter()
        .chain(
            members
                .iter()
                .filter_map(|name| value.get(name))
                .flat_map(|member| match member {
                    Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
                    Value::String(text) => vec![text.as_str()],
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                        Vec::new()
                    }
                }),
        )
}

fn like(likeness: Likeness, text: &str, wanted: &str) -> bool {
    match likeness {
        Likeness::Exact => text == wanted,
        Likeness::Starts => fold(text).starts_with(&fold(wanted)),
        Likeness::Contains => fold(text).contains(&fold(wanted)),
    }
}

fn text_of<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn system_matches(system: &System, found: Option<&str>) -> bool {
    match system {
        System::Any => true,
        System::None => found.is_none(),
        System::Is(wanted) => found == Some(wanted),
    }
}

fn token_matches(item: &Item<'_>, system: &System, code: Option<&str>) -> bool {
    let value = item.value;
    let coding = |coding: &Value| {
        system_matches(system, text_of(coding, "system"))
            && match (code, text_of(coding, "code")) {
                (Some(wanted), found) => found == Some(wanted),
                (None, found) => found.is_some(),
            }
    };
    match item.type_code {
        "Coding" => coding(value),
        "CodeableConcept" => value
            .get("coding")
            .and_then(Value::as_array)
            .is_some_and(|codings| codings.iter().any(coding)),
        "Identifier" => identifier_matches(value, system, code),
        "ContactPoint" => {
            let (Some(wanted), Some(found)) = (code, text_of(value, "value")) else {
                return false;
            };
            *system == System::Any && telecom_matches(text_of(value, "system"), found, wanted)
        }
        _ => {
            let found = match value {
                Value::String(text) => text.as_str(),
                Value::Bool(true) => "true",
                Value::Bool(false) => "false",
                Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                    return false;
                }
            };
            let system_fits = match system {
                System::Any | System::None => true,
                System::Is(wanted) => item
                    .value_set
                    .and_then(|url| r4().value_set(url))
                    .is_some_and(|set| set.has_coding(wanted, found) == Some(true)),
            };
            system_fits && code.is_none_or(|wanted| wanted == found)
        }
    }
}

/// Identifiers are one whatever spaces, case and punctuation they are written with.
fn identifier_matches(value: &Value, system: &System, code: Option<&str>) -> bool {
    let found = text_of(value, "value").map(compact).unwrap_or_default();
    system_matches(system, text_of(value, "system"))
        && match code {
            Some(wanted) => !found.is_empty() && compact(wanted) == found,
            None => !found.is_empty(),
        }
}

/// Digits that are part of a phone number find it; an e-mail address is one whatever its case.
fn telecom_matches(system: Option<&str>, found: &str, wanted: &str) -> bool {
    if matches!(system, Some("email" | "url")) {
        return fold(found) == fold(wanted);
    }
    let typed = digits(wanted);
    fold(found) == fold(wanted)
        || (typed.len() >= 4
            && typed.len() == compact(wanted).chars().count()
            && digits(found).contains(&typed))
}

/// `text` and `display` of a concept or coding, the type of an identifier.
fn token_texts(value: &Value) -> impl Iterator<Item = &str> {
    let codings = value.get("coding").and_then(Value::as_array);
    text_of(value, "text")
        .into_iter()
        .chain(text_of(value, "display"))
        .chain(
            codings
                .into_iter()
                .flatten()
                .filter_map(|coding| text_of(coding, "display")),
        )
        .chain(value.pointer("/type/text").and_then(Value::as_str))
}
