//! FHIR search over one resource type.

use haven_model::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Row as SqlRow, params_from_iter};

use crate::condition::Condition;
use crate::error::{Result, StoreError};
use crate::facts::TermKind;
use crate::fold::{compact, digits, query_words};
use crate::reader::Reader;
use crate::stored::Stored;
use crate::table::code::IdIn;
use crate::table::{compartment, resource};

/// A page of search results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchPage {
    /// The matches of this page.
    pub resources: Vec<Stored>,
    /// How many match in all.
    pub total: u64,
    /// The `_offset` of the next page, when there is one.
    pub next_offset: Option<u64>,
}

/// How many resources a page holds when `_count` says nothing, and at most.
const DEFAULT_COUNT: u64 = 50;
const MAX_COUNT: u64 = 1000;

/// What a search asks for, read from its parameters.
struct Asked {
    conditions: Vec<Condition>,
    count: u64,
    offset: u64,
    order: &'static str,
}

impl Reader<'_> {
    /// FHIR search over one type.
    ///
    /// Parameters: `_id`, `_lastUpdated`, `_count`, `_offset`, `_sort` (`_lastUpdated`, `-_lastUpdated`),
    /// `patient`, `subject`, `code`; for Patient also `name`, `family`, `given`, `birthdate`,
    /// `identifier`, `phone`. Values of one parameter joined by commas are alternatives.
    ///
    /// # Errors
    /// `unsupported_search` for any other parameter; `invalid` for a value of the wrong form.
    pub fn search(
        &self,
        resource_type: &str,
        parameters: &[(String, String)],
    ) -> Result<SearchPage> {
        let asked = self.asked(resource_type, parameters)?;
        let Some(type_no) = self.link.words.find(&self.link.connection, resource_type)? else {
            return Ok(SearchPage::default());
        };
        let (glass_no, glass_bits) = self.behind_glass()?;
        let live = Condition::new(
            include_str!("search/live.sql"),
            vec![
                Value::from(type_no),
                Value::from(self.vault.readable_bits()),
                glass_no,
                Value::from(glass_bits),
            ],
        );
        let condition = Condition::all_of(std::iter::once(live).chain(asked.conditions).collect());
        let total = self.number(
            &format!("{} {}", include_str!("search/count.sql"), condition.sql),
            &condition,
        )?;
        let sql = format!(
            "{} {} ORDER BY {} LIMIT {} OFFSET {}",
            include_str!("search/page.sql"),
            condition.sql,
            asked.order,
            asked.count,
            asked.offset
        );
        let mut resources = Vec::new();
        for row_id in self.numbers(&sql, &condition)? {
            if let Some(row) = resource::by_row_id(self.link, row_id)? {
                resources.push(self.stored(row)?);
            }
        }
        let next = asked.offset + resources.len() as u64;
        let next_offset = (next < total && !resources.is_empty()).then_some(next);
        Ok(SearchPage {
            resources,
            total,
            next_offset,
        })
    }

    /// The chart that the glass is broken for, and the classes readable there.
    fn behind_glass(&self) -> Result<(Value, i64)> {
        let Some(patient) = self.vault.glass.patient() else {
            return Ok((Value::Null, 0));
        };
        let number = compartment::find(&self.link.connection, &patient)?;
        Ok((
            number.map_or(Value::Null, Value::from),
            self.vault.readable_bits_of(&patient),
        ))
    }

    fn asked(&self, resource_type: &str, parameters: &[(String, String)]) -> Result<Asked> {
        let mut asked = Asked {
            conditions: Vec::new(),
            count: DEFAULT_COUNT,
            offset: 0,
            order: "row_id",
        };
        for (name, value) in parameters {
            let number = || value.parse::<u64>().map_err(|_| malformed(name));
            match name.as_str() {
                "_count" => asked.count = number()?.min(MAX_COUNT),
                "_offset" => asked.offset = number()?.min(i64::MAX as u64),
                "_sort" => {
                    asked.order = match value.as_str() {
                        "_lastUpdated" => "last_modified, row_id",
                        "-_lastUpdated" => "last_modified DESC, row_id DESC",
                        _ => return Err(unsupported(&format!("_sort={value}"))),
                    }
                }
                "_lastUpdated" => asked
                    .conditions
                    .push(last_updated(value).ok_or_else(|| malformed(name))?),
                _ => {
                    let alternatives = value
                        .split(',')
                        .map(|value| self.one_of(resource_type, name, value.trim()))
                        .collect::<Result<Vec<_>>>()?;
                    asked.conditions.push(Condition::any_of(alternatives));
                }
            }
        }
        Ok(asked)
    }

    fn one_of(&self, resource_type: &str, name: &str, value: &str) -> Result<Condition> {
        let vault = self.vault;
        match (resource_type, name) {
            (_, "_id") => Ok(Condition::new("id = ?", vec![IdIn(value).value()])),
            (_, "patient" | "subject") => {
                let id = value.strip_prefix("Patient/").unwrap_or(value);
                Ok(match compartment::find(&self.link.connection, id)? {
                    Some(number) => Condition::new("patient_no = ?", vec![Value::from(number)]),
                    None => Condition::never(),
                })
            }
            (_, "code") => self.token(TermKind::Code, value, str::to_owned),
            ("Patient", "name") => words(value, |word| {
                Condition::term_prefix(vault, TermKind::Name, word)
            }),
            ("Patient", "family") => words(value, |word| {
                Condition::term_prefix(vault, TermKind::Family, word)
            }),
            ("Patient", "given") => words(value, |word| {
                Condition::term_prefix(vault, TermKind::Given, word)
            }),
            ("Patient", "identifier") => self.token(TermKind::Identifier, value, compact),
            ("Patient", "phone") => {
                let digits = digits(value);
                if digits.is_empty() {
                    return Err(malformed(name));
                }
                Ok(Condition::any_of(
                    std::iter::once(Condition::term_containing(TermKind::Phone, &digits))
                        .chain(Condition::blind_term(vault, TermKind::Phone, &digits, "")?)
                        .collect(),
                ))
            }
            ("Patient", "birthdate") => self.birth_date(name, value),
            _ => Err(unsupported(name)),
        }
    }

    fn token(
        &self,
        kind: TermKind,
        value: &str,
        form: impl Fn(&str) -> String,
    ) -> Result<Condition> {
        let Some((system, code)) = value.split_once('|') else {
            return Condition::term(self.vault, kind, &form(value), None, "");
        };
        let number = match system {
            "" => 0,
            // A system that was never written matches nothing plain, and may match something blind.
            system => self
                .link
                .words
                .find(&self.link.connection, system)?
                .unwrap_or(-1),
        };
        Condition::term(self.vault, kind, &form(code), Some(number), system)
    }

    fn birth_date(&self, name: &str, value: &str) -> Result<Condition> {
        let (prefix, date) = split_prefix(value);
        let plausible = matches!(date.len(), 4 | 7 | 10)
            && date
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !plausible {
            return Err(malformed(name));
        }
        let (from, to) = (
            Value::from(date.to_owned()),
            Value::from(format!("{date}\u{10ffff}")),
        );
        let plain = match prefix {
            "ge" => Condition::new(include_str!("search/birth_from.sql"), vec![from]),
            "gt" => Condition::new(include_str!("search/birth_from.sql"), vec![to]),
            "le" => Condition::new(include_str!("search/birth_before.sql"), vec![to]),
            "lt" => Condition::new(include_str!("search/birth_before.sql"), vec![from]),
            "eq" => Condition::new(include_str!("search/birth_between.sql"), vec![from, to]),
            _ => return Err(malformed(name)),
        };
        let blind = match prefix {
            "eq" => Condition::blind_term(self.vault, TermKind::BirthDate, date, "")?,
            _ => None,
        };
        Ok(Condition::any_of(
            std::iter::once(plain).chain(blind).collect(),
        ))
    }

    /// One number that a query answers.
    pub(crate) fn number(&self, sql: &str, condition: &Condition) -> Result<u64> {
        let number: i64 = self
            .link
            .connection
            .prepare_cached(sql)?
            .query_row(params_from_iter(&condition.values), |row| row.get("n"))?;
        u64::try_from(number).map_err(|_| StoreError::integrity("a count is below zero"))
    }

    /// The row numbers that a query answers.
    pub(crate) fn numbers(&self, sql: &str, condition: &Condition) -> Result<Vec<i64>> {
        let mut statement = self.link.connection.prepare_cached(sql)?;
        let rows = statement
            .query_map(params_from_iter(&condition.values), |row: &SqlRow<'_>| {
                row.get("row_id")
            })?;
        Ok(rows.collect::<rusqlite::Result<Vec<i64>>>()?)
    }
}

fn unsupported(parameter: &str) -> StoreError {
    StoreError::UnsupportedSearch {
        parameter: parameter.to_owned(),
    }
}

fn malformed(parameter: &str) -> StoreError {
    StoreError::Invalid {
        what: format!("The value of the search parameter {parameter} cannot be read."),
    }
}

/// Every word of the value must match.
fn words(value: &str, condition: impl Fn(&str) -> Result<Condition>) -> Result<Condition> {
    let conditions = query_words(value)
        .iter()
        .map(|word| condition(word))
        .collect::<Result<Vec<_>>>()?;
    Ok(Condition::all_of(conditions))
}

/// The prefix of a date value (`eq` when there is none) and the date.
fn split_prefix(value: &str) -> (&str, &str) {
    match value.split_at_checked(2) {
        Some((prefix, date)) if prefix.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            (prefix, date)
        }
        _ => ("eq", value),
    }
}

fn last_updated(value: &str) -> Option<Condition> {
    let (prefix, date) = split_prefix(value);
    let (from, to) = interval(date)?;
    let (from, to) = (Value::from(from), Value::from(to));
    Some(match prefix {
        "ge" => Condition::new("last_modified >= ?", vec![from]),
        "gt" => Condition::new("last_modified >= ?", vec![to]),
        "lt" => Condition::new("last_modified < ?", vec![from]),
        "le" => Condition::new("last_modified < ?", vec![to]),
        "eq" => Condition::new("last_modified >= ? AND last_modified < ?", vec![from, to]),
        _ => return None,
    })
}

/// The first millisecond of a FHIR dateTime, and the first one after it; a date without a zone is UTC.
fn interval(text: &str) -> Option<(i64, i64)> {
    let start = |text: &str| Timestamp::parse(text).map(Timestamp::as_millis);
    const DAY_MS: i64 = 86_400_000;
    match text.len() {
        4 => {
            let year: i32 = text.parse().ok()?;
            Some((
                start(&format!("{year:04}-01-01T00:00:00Z"))?,
                start(&format!("{:04}-01-01T00:00:00Z", year + 1))?,
            ))
        }
        7 => {
            let (year, month) = text.split_once('-')?;
            let (year, month): (i32, u32) = (year.parse().ok()?, month.parse().ok()?);
            let next = if month == 12 {
                (year + 1, 1)
            } else {
                (year, month + 1)
            };
            Some((
                start(&format!("{text}-01T00:00:00Z"))?,
                start(&format!("{:04}-{:02}-01T00:00:00Z", next.0, next.1))?,
            ))
        }
        10 => start(&format!("{text}T00:00:00Z")).map(|at| (at, at + DAY_MS)),
        _ => {
            let length_ms = if text.contains('.') { 1 } else { 1000 };
            start(text).map(|at| (at, at + length_ms))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn a_date_covers_all_of_its_day_month_or_year() {
        let (from, to) = interval("2024-02").expect("a month");
        assert_eq!(to - from, 29 * 86_400_000, "February of a leap year");
        let (from, to) = interval("2023").expect("a year");
        assert_eq!(to - from, 365 * 86_400_000);
        assert!(interval("yesterday").is_none());
    }
}
