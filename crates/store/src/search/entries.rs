//! Rows as the search indexes name them, each a query of `row_id`s.

use haven_model::definitions::r4;
use haven_model::search::{Kind, Parameter, Prefix, Range, System};
use rusqlite::types::Value;

use super::plan::Rank;
use crate::condition::Condition;
use crate::error::Result;
use crate::facts::TermKind;
use crate::reader::Reader;
use crate::seal::Vault;
use crate::table::search_date::UNKNOWN_MS;
use crate::table::term::reference_hash;

/// Rows that any of these name.
pub(super) fn any_of(sources: Vec<Condition>) -> Condition {
    let (parts, values): (Vec<String>, Vec<Vec<Value>>) = sources
        .into_iter()
        .filter(|source| !source.sql.is_empty())
        .map(|source| (source.sql, source.values))
        .unzip();
    Condition::new(&parts.join(" UNION ALL "), values.concat())
}

/// Rows that are not indexed yet.
pub(super) fn waiting() -> Condition {
    Condition::new(include_str!("waiting.sql"), Vec::new())
}

/// Rows of a type of which the indexes do not tell all.
pub(super) fn unsure(type_no: i64) -> Condition {
    Condition::new(
        include_str!("unsure.sql"),
        vec![Value::from(type_no), Value::from(UNKNOWN_MS)],
    )
}

/// Numbers as one value, for `json_each`.
pub(super) fn list(numbers: &[i64]) -> Value {
    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    Value::Text(format!("[{}]", texts.join(",")))
}

/// Whether a row's chart is told by that element and by nothing before it.
///
/// Invariant: agrees with [`haven_model::Resource::patient_of`].
pub(super) fn makes_the_chart(resource_type: &str, member: &str) -> bool {
    let Some(node) = r4().type_node(resource_type) else {
        return false;
    };
    let alone = |name: &str| {
        node.member(name).is_some_and(|found| {
            found.type_code == "Reference"
                && node
                    .element_of(found)
                    .is_some_and(|element| !element.is_list())
        })
    };
    resource_type != "Patient"
        && alone(member)
        && ["subject", "patient", "beneficiary", "individual", "for"]
            .into_iter()
            .find(|name| node.member(name).is_some())
            == Some(member)
        // An element after it, or a participant, could tell another chart where this one tells none.
        && ["patient", "beneficiary", "individual", "for"]
            .into_iter()
            .all(|name| name == member || node.member(name).is_none())
        && r4().element(resource_type, "participant.actor").is_none()
}

/// Whether the references of that element are among the terms.
pub(super) fn refers(parameter: &Parameter, member: &str) -> bool {
    ["encounter", "context", "basedOn"].contains(&member)
        && r4()
            .type_node(parameter.resource_type())
            .and_then(|node| node.member(member))
            .is_some_and(|found| found.type_code == "Reference")
}

/// Rows of these charts.
pub(super) fn of_charts(charts: &[i64]) -> Condition {
    Condition::new(include_str!("of_charts.sql"), vec![list(charts)])
}

/// Rows that refer to one of these texts (`Type/id`), and perhaps a few others.
pub(super) fn references(texts: impl Iterator<Item = String>) -> Condition {
    let hashes: Vec<i64> = texts.map(|text| reference_hash(&text)).collect();
    Condition::new(
        include_str!("references.sql"),
        vec![Value::from(TermKind::Reference as i64), list(&hashes)],
    )
}

/// As [`references`], of sensitive rows; of none for those who may not see them.
pub(super) fn blind_references(
    vault: &Vault,
    texts: impl Iterator<Item = String>,
) -> Result<Condition> {
    if !vault.has_blind() {
        return Ok(Condition::default());
    }
    let kind = TermKind::Reference as i64;
    let mut values = vec![Value::from(kind)];
    for text in texts {
        values.push(Value::Blob(vault.blind(kind, &text, "")?.to_vec()));
    }
    let places = vec!["?"; values.len() - 1].join(",");
    Ok(Condition::new(
        &format!("{} ({places})", include_str!("blind.sql").trim()),
        values,
    ))
}

/// The terms that a token parameter is told by, where there are such.
pub(super) fn token_kind(parameter: &Parameter) -> Option<(TermKind, Rank)> {
    if parameter.kind != Kind::Token {
        return None;
    }
    if parameter.only_member("Identifier") == Some("identifier") {
        return Some((TermKind::Identifier, Rank::Identifier));
    }
    match parameter.only_member("CodeableConcept")? {
        "code" | "medication" | "vaccineCode" if parameter.resource_type() != "Patient" => {
            Some((TermKind::Code, Rank::Code))
        }
        "category" => Some((TermKind::Category, Rank::Category)),
        _ => None,
    }
}

/// Rows with that token, plain and blind.
pub(super) fn tokens(
    reader: &Reader<'_>,
    kind: TermKind,
    system: &System,
    text: &str,
) -> Result<Vec<Condition>> {
    let word = |text: &str| reader.link.words.find(&reader.link.connection, text);
    let stored = if kind == TermKind::Identifier {
        Some(Value::from(text.to_owned()))
    } else {
        word(text)?.map(Value::from)
    };
    let system_no = match system {
        System::Any => None,
        System::None => Some(0),
        // A system that was never written matches nothing plain.
        System::Is(system) => Some(word(system)?.unwrap_or(-1)),
    };
    let mut sources = Vec::new();
    if let Some(stored) = stored {
        let mut values = vec![Value::from(kind as i64), stored];
        sources.push(match system_no {
            None => Condition::new(include_str!("token.sql"), values),
            Some(number) => {
                values.push(Value::from(number));
                Condition::new(include_str!("token_of_system.sql"), values)
            }
        });
    }
    if reader.vault.has_blind() {
        let system = match system {
            System::Any | System::None => "",
            System::Is(system) => system,
        };
        let digest = reader.vault.blind(kind as i64, text, system)?;
        sources.push(Condition::new(
            include_str!("token.sql"),
            vec![Value::from(kind as i64), Value::Blob(digest.to_vec())],
        ));
    }
    Ok(sources)
}

/// Rows with a plain term that contains a text.
pub(super) fn containing(kind: TermKind, part: &str) -> Condition {
    Condition::new(
        include_str!("containing.sql"),
        vec![Value::from(kind as i64), Value::from(part.to_owned())],
    )
}

/// Rows that have, for each of these words, a plain term that begins with it.
pub(super) fn all_words(kind: TermKind, words: &[String]) -> Condition {
    let one = include_str!("prefix.sql").trim();
    let mut values = Vec::new();
    for word in words {
        values.extend([
            Value::from(kind as i64),
            Value::from(word.clone()),
            Value::from(format!("{word}\u{10ffff}")),
        ]);
    }
    Condition::new(
        &format!(
            "SELECT row_id FROM ({})",
            vec![one; words.len()].join(" INTERSECT ")
        ),
        values,
    )
}

/// Rows whose kept date is as asked.
pub(super) fn dates(type_no: i64, prefix: Prefix, range: Range) -> Condition {
    let wide = range.widened();
    let (from, to) = (Value::from(range.from_ms), Value::from(range.to_ms));
    let (test, values) = match prefix {
        Prefix::Eq => (include_str!("date_within.sql"), vec![from, to.clone(), to]),
        Prefix::Ne => (include_str!("date_not_within.sql"), vec![from, to]),
        Prefix::Gt => (include_str!("date_above.sql"), vec![to]),
        Prefix::Lt => (include_str!("date_below.sql"), vec![from]),
        // Above it or within it.
        Prefix::Ge => (
            include_str!("date_above_or_within.sql"),
            vec![to.clone(), from, to],
        ),
        Prefix::Le => (
            include_str!("date_below_or_within.sql"),
            vec![from.clone(), from, to],
        ),
        Prefix::Sa => (include_str!("date_after.sql"), vec![to]),
        Prefix::Eb => (include_str!("date_before.sql"), vec![from]),
        Prefix::Ap => (
            include_str!("date_overlapping.sql"),
            vec![Value::from(wide.to_ms), Value::from(wide.from_ms)],
        ),
    };
    Condition::new(
        &format!("{} {}", include_str!("date.sql").trim(), test.trim()),
        std::iter::once(Value::from(type_no))
            .chain(values)
            .collect(),
    )
}
