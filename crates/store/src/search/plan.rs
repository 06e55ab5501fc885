//! Which rows a search looks at: what the indexes tell of each criterion.
//!
//! Invariant: a plan leaves no match out. Where it is not exact, bodies decide.

use haven_model::ResourceKey;
use haven_model::search::{Criterion, Kind, Likeness, Parameter, Referred, System, Test, Wanted};
use rusqlite::types::Value;

use super::dated_parameter;
use super::entries;
use crate::condition::Condition;
use crate::error::Result;
use crate::facts::TermKind;
use crate::fold::{compact, digits, query_words};
use crate::reader::Reader;
use crate::table::compartment;

/// What the indexes tell of one criterion.
pub(super) struct Narrowing {
    /// True of every match; where it goes by row, a query of their numbers.
    pub(super) condition: Condition,
    /// How many rows it is likely to leave, the fewest first.
    pub(super) rank: Rank,
    /// Whether it names rows; else it goes by the chart.
    pub(super) by_row: bool,
    /// Whether it is true of nothing else, of rows that the indexes tell all of.
    pub(super) exact: bool,
}

/// Which index leads; the others only take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Chart,
    Reference,
    Identifier,
    Name,
    Code,
    Date,
    Category,
}

impl Reader<'_> {
    /// What the indexes tell of a criterion; `None` where they tell nothing.
    pub(super) fn narrowing(
        &self,
        criterion: &Criterion,
        type_no: i64,
    ) -> Result<Option<Narrowing>> {
        let parameter = &criterion.parameter;
        let wanted = match &criterion.test {
            Test::Any {
                wanted,
                negated: false,
            } => wanted,
            Test::Among(keys) => return self.among(parameter, keys.iter()),
            Test::Together(alternatives) => {
                return self.leading_part(parameter, alternatives, type_no);
            }
            Test::Any { negated: true, .. } | Test::Missing(_) | Test::Chain(_) => return Ok(None),
        };
        match parameter.kind {
            Kind::Reference => self.references(parameter, wanted),
            Kind::Token => self.tokens(parameter, wanted, type_no),
            Kind::String => self.names(parameter, wanted, type_no),
            Kind::Date => Ok(dates(parameter, wanted, type_no)),
            Kind::Quantity | Kind::Number | Kind::Uri | Kind::Composite => Ok(None),
        }
    }

    /// What the indexes tell of the first part of a composite, which every match meets; never all.
    fn leading_part(
        &self,
        parameter: &Parameter,
        alternatives: &[Vec<Wanted>],
        type_no: i64,
    ) -> Result<Option<Narrowing>> {
        let first = parameter
            .leading_part()
            .and_then(|part| Parameter::of(parameter.resource_type(), part.code));
        let Some(first) = first.filter(|first| first.kind == Kind::Token) else {
            return Ok(None);
        };
        let wanted: Vec<Wanted> = alternatives
            .iter()
            .filter_map(|parts| parts.first().cloned())
            .collect();
        let narrowing = self.tokens(&first, &wanted, type_no)?;
        Ok(narrowing.map(|narrowing| Narrowing {
            exact: false,
            ..narrowing
        }))
    }

    fn references(&self, parameter: &Parameter, wanted: &[Wanted]) -> Result<Option<Narrowing>> {
        let mut keys = Vec::new();
        let mut of_any_type = false;
        for one in wanted {
            let Wanted::Reference(referred) = one else {
                return Ok(None);
            };
            match referred {
                Referred::Key(resource_type, id) => {
                    keys.extend(ResourceKey::new(resource_type, id));
                }
                Referred::Id(id) => {
                    if parameter.targets.is_empty() {
                        return Ok(None);
                    }
                    of_any_type = true;
                    keys.extend(
                        parameter
                            .targets
                            .iter()
                            .filter_map(|target| ResourceKey::new(*target, id).ok()),
                    );
                }
                Referred::Literal(_) => return Ok(None),
            }
        }
        let resolved = parameter.reference_member();
        if of_any_type && let Some((_, Some(only))) = resolved {
            keys.retain(|key| key.resource_type == only);
        }
        self.among(parameter, keys.iter())
    }

    /// Rows that refer to one of these.
    fn among<'k>(
        &self,
        parameter: &Parameter,
        keys: impl Iterator<Item = &'k ResourceKey> + Clone,
    ) -> Result<Option<Narrowing>> {
        let Some((member, _)) = parameter.reference_member() else {
            return Ok(None);
        };
        if entries::makes_the_chart(parameter.resource_type(), member) {
            return self.of_charts(keys).map(Some);
        }
        // More of them would be more than one statement takes.
        const MANY: usize = 10_000;
        if !entries::refers(parameter, member) || keys.clone().count() > MANY {
            return Ok(None);
        }
        let texts = keys.map(ToString::to_string);
        Ok(Some(Narrowing {
            condition: entries::any_of(vec![
                entries::references(texts.clone()),
                entries::blind_references(self.vault, texts)?,
                entries::waiting(),
            ]),
            rank: Rank::Reference,
            by_row: true,
            exact: false,
        }))
    }

    /// Rows of these patients' charts, and rows about what is no patient.
    fn of_charts<'k>(&self, keys: impl Iterator<Item = &'k ResourceKey>) -> Result<Narrowing> {
        let (patients, others): (Vec<_>, Vec<_>) =
            keys.partition(|key| key.resource_type == "Patient");
        let mut charts = Vec::new();
        for patient in patients {
            charts.extend(compartment::find(&self.link.connection, &patient.id)?);
        }
        if !others.is_empty() {
            let texts = others.iter().map(ToString::to_string);
            return Ok(Narrowing {
                condition: entries::any_of(vec![
                    entries::of_charts(&charts),
                    entries::references(texts.clone()),
                    entries::blind_references(self.vault, texts)?,
                    entries::waiting(),
                ]),
                rank: Rank::Chart,
                by_row: true,
                exact: false,
            });
        }
        let condition = match charts.as_slice() {
            [chart] => Condition::new("r.patient_no = ?", vec![Value::from(*chart)]),
            charts => Condition::new(
                "r.patient_no IN (SELECT value FROM json_each(?))",
                vec![entries::list(charts)],
            ),
        };
        Ok(Narrowing {
            condition,
            rank: Rank::Chart,
            by_row: false,
            exact: true,
        })
    }

    fn tokens(
        &self,
        parameter: &Parameter,
        wanted: &[Wanted],
        type_no: i64,
    ) -> Result<Option<Narrowing>> {
        if (parameter.resource_type(), parameter.code) == ("Patient", "phone") {
            return Ok(phones(wanted, type_no));
        }
        let Some((kind, rank)) = entries::token_kind(parameter) else {
            return Ok(None);
        };
        let mut sources = vec![entries::waiting()];
        let mut exact = true;
        for one in wanted {
            let (system, code) = match one {
                Wanted::Token(system, Some(code)) => (system, code),
                // The index does not hold the type of an identifier.
                Wanted::OfType(_, _, value) => {
                    exact = false;
                    (&System::Any, value)
                }
                Wanted::Token(_, None)
                | Wanted::TokenText(_)
                | Wanted::Text(..)
                | Wanted::Date(..)
                | Wanted::Number(..)
                | Wanted::Quantity(..)
                | Wanted::Reference(_)
                | Wanted::ReferenceIdentifier(..)
                | Wanted::Uri(..) => return Ok(None),
            };
            let text = if kind == TermKind::Identifier {
                compact(code)
            } else {
                code.clone()
            };
            sources.extend(entries::tokens(self, kind, system, &text)?);
        }
        Ok(Some(Narrowing {
            condition: entries::any_of(sources),
            rank,
            by_row: true,
            exact,
        }))
    }

    fn names(
        &self,
        parameter: &Parameter,
        wanted: &[Wanted],
        type_no: i64,
    ) -> Result<Option<Narrowing>> {
        let kind = match (parameter.resource_type(), parameter.code) {
            ("Patient", "name") => TermKind::Name,
            ("Patient", "family") => TermKind::Family,
            ("Patient", "given") => TermKind::Given,
            _ => return Ok(None),
        };
        let mut sources = vec![entries::unsure(type_no)];
        let mut exact = true;
        for one in wanted {
            let Wanted::Text(likeness, text) = one else {
                return Ok(None);
            };
            let words = query_words(text);
            if *likeness == Likeness::Contains || words.is_empty() {
                return Ok(None);
            }
            exact &= *likeness == Likeness::Starts;
            sources.push(entries::all_words(kind, &words));
        }
        Ok(Some(Narrowing {
            condition: entries::any_of(sources),
            rank: Rank::Name,
            by_row: true,
            exact,
        }))
    }
}

/// Digits that lie in a phone number.
fn phones(wanted: &[Wanted], type_no: i64) -> Option<Narrowing> {
    let mut sources = vec![entries::unsure(type_no)];
    for one in wanted {
        let Wanted::Token(_, Some(typed)) = one else {
            return None;
        };
        let number = digits(typed);
        if number.len() < 4 || number.len() != compact(typed).chars().count() {
            return None;
        }
        sources.push(entries::containing(TermKind::Phone, &number));
    }
    Some(Narrowing {
        condition: entries::any_of(sources),
        rank: Rank::Identifier,
        by_row: true,
        exact: false,
    })
}

/// Dates of the one parameter whose dates are kept.
fn dates(parameter: &Parameter, wanted: &[Wanted], type_no: i64) -> Option<Narrowing> {
    if dated_parameter(parameter.resource_type()) != Some(parameter.code) {
        return None;
    }
    let mut sources = vec![entries::unsure(type_no)];
    for one in wanted {
        let Wanted::Date(prefix, range) = one else {
            return None;
        };
        sources.push(entries::dates(type_no, *prefix, *range));
    }
    Some(Narrowing {
        condition: entries::any_of(sources),
        rank: Rank::Date,
        by_row: true,
        exact: true,
    })
}
