//! Looking at the rows of a plan, in the order asked for.

use std::collections::{HashMap, HashSet};

use haven_model::ResourceKey;
use haven_model::search::{Criterion, Prefix, Query, Range, SortBy, SortValue, Test};
use rusqlite::params_from_iter;
use rusqlite::types::Value;
use serde_json::Value as Json;

use super::order::{Candidate, in_order, sort_values};
use super::plan::{Narrowing, Rank};
use super::{SearchPage, dated_parameter};
use crate::condition::Condition;
use crate::error::{Result, StoreError};
use crate::reader::Reader;
use crate::stored::Stored;
use crate::table::code::{IdIn, IdOut};
use crate::table::{compartment, resource, search_date};

/// The rows that could match, and what is still to be asked of them.
struct Plan {
    type_no: i64,
    from: &'static str,
    condition: Condition,
    /// Whether the condition decides, of rows that the indexes tell all of.
    exact: bool,
}

impl Reader<'_> {
    /// FHIR search over one type.
    ///
    /// All search parameters that R4 defines for the type, special ones, composites whose parts lie
    /// elsewhere in the resource and phonetic matching aside, with the modifiers `:missing`, `:exact`,
    /// `:contains`, `:not`, `:text`, `:identifier`, `:of-type`, `:Type`, and of URIs `:above` and
    /// `:below`, all prefixes of dates, numbers and quantities, chains of one step and `_has` of one
    /// level. `_id`, `_lastUpdated` (the server's where synced, else that of the edit here), `_sort`,
    /// `_count`, `_offset`, `_include` and `_revinclude` with `:iterate`, `_summary=count|false`,
    /// `_total`.
    /// Values joined by commas are alternatives; a repeated parameter must hold each time. Matches come
    /// in order of arrival unless sorted; what has no value to sort by comes last.
    ///
    /// # Errors
    /// `unsupported_search` for anything else; `invalid` for a value of the wrong form.
    pub fn search(
        &self,
        resource_type: &str,
        parameters: &[(String, String)],
    ) -> Result<SearchPage> {
        let query = Query::read(resource_type, parameters)?;
        let matches = self.matches(resource_type, &query)?;
        let found = matches.len() as u64;
        if query.only_total {
            return Ok(SearchPage {
                total: found,
                only_total: true,
                ..SearchPage::default()
            });
        }
        let mut resources = Vec::new();
        let skipped = usize::try_from(query.offset).unwrap_or(usize::MAX);
        let count = usize::try_from(query.count).unwrap_or(usize::MAX);
        for candidate in matches.into_iter().skip(skipped).take(count) {
            resources.extend(self.stored_row(candidate.row_id)?);
        }
        let next = query.offset.saturating_add(resources.len() as u64);
        let included = self.included(&query, &resources)?;
        Ok(SearchPage {
            next_offset: (next < found && !resources.is_empty()).then_some(next),
            resources,
            included,
            only_total: false,
            total: found,
        })
    }

    /// The resource of a row; `None` for a tombstone.
    pub(super) fn stored_row(&self, row_id: i64) -> Result<Option<Stored>> {
        let row = resource::by_row_id(self.link, row_id)?;
        row.filter(|row| {
            row.deleted_at.is_none() && self.vault.reads_of(row.class, row.patient.as_deref())
        })
        .map(|row| self.stored(row))
        .transpose()
    }

    /// The row numbers of every resource of a type that meets the criteria.
    pub(super) fn matching_rows(
        &self,
        resource_type: &str,
        criteria: Vec<Criterion>,
    ) -> Result<Vec<i64>> {
        let mut query = Query::read(resource_type, &[])?;
        query.criteria = criteria;
        let matches = self.matches(resource_type, &query)?;
        Ok(matches.into_iter().map(|found| found.row_id).collect())
    }

    /// Every match, in order; without `_total`, no more of them than the page and one needs.
    fn matches(&self, resource_type: &str, query: &Query) -> Result<Vec<Candidate>> {
        let mut criteria = query.criteria.clone();
        for criterion in &mut criteria {
            if let Test::Chain(links) = &criterion.test {
                criterion.test = Test::Among(self.chained(links)?.into_iter().collect());
            }
        }
        let Some(type_no) = self.link.words.find(&self.link.connection, resource_type)? else {
            return Ok(Vec::new());
        };
        let referred_to = self.referred_to(resource_type, query)?;
        if referred_to.as_ref().is_some_and(HashSet::is_empty) {
            return Ok(Vec::new());
        }
        let plan = self.plan(type_no, query, &criteria)?;
        let unsure = search_date::unsure(self.link, type_no)?;
        let mut candidates = self.candidates(&plan, query)?;
        if let Some(ids) = &referred_to {
            let mut left = Vec::new();
            for candidate in candidates {
                let key = self.key_of_row(resource_type, candidate.row_id)?;
                if key.is_some_and(|key| ids.contains(&key.id)) {
                    left.push(candidate);
                }
            }
            candidates = left;
        }
        let kept_dates = self.kept_dates(resource_type, query, &plan, &candidates)?;
        let by_value = kept_dates.is_none()
            && query
                .sort
                .iter()
                .any(|key| matches!(key.by, SortBy::Parameter(_)));
        if let Some(dates) = &kept_dates {
            for candidate in &mut candidates {
                let moment = dates.get(&candidate.row_id).copied();
                candidate.sort = vec![moment.map(SortValue::Moment)];
            }
        }
        if !by_value {
            candidates.sort_by(|left, right| in_order(query, left, right));
        }
        let wanted = query.offset.saturating_add(query.count).saturating_add(1);
        let mut matches = Vec::new();
        for mut candidate in candidates {
            let asked = !plan.exact || unsure.contains(&candidate.row_id);
            if asked || by_value {
                let Some(body) = self.body(candidate.row_id)? else {
                    continue;
                };
                if asked && !criteria.iter().all(|criterion| criterion.matches(&body)) {
                    continue;
                }
                if by_value {
                    candidate.sort = sort_values(query, &body);
                }
            }
            matches.push(candidate);
            if !query.total && !by_value && matches.len() as u64 >= wanted {
                break;
            }
        }
        if by_value {
            matches.sort_by(|left, right| in_order(query, left, right));
        }
        Ok(matches)
    }

    /// The resources that a chain's links find.
    fn chained(&self, links: &[Criterion]) -> Result<Vec<ResourceKey>> {
        let mut keys = Vec::new();
        for link in links {
            let resource_type = link.parameter.resource_type();
            for row_id in self.matching_rows(resource_type, vec![link.clone()])? {
                keys.extend(self.key_of_row(resource_type, row_id)?);
            }
        }
        Ok(keys)
    }

    fn key_of_row(&self, resource_type: &str, row_id: i64) -> Result<Option<ResourceKey>> {
        let id: IdOut = self
            .link
            .connection
            .prepare_cached(include_str!("id_of_row.sql"))?
            .query_row([row_id], |row| row.get("id"))?;
        Ok(ResourceKey::new(resource_type, id.0).ok())
    }

    fn plan(&self, type_no: i64, query: &Query, criteria: &[Criterion]) -> Result<Plan> {
        let mut narrowings: Vec<Narrowing> = Vec::new();
        let mut exact = true;
        for criterion in criteria {
            match self.narrowing(criterion, type_no)? {
                Some(narrowing) => {
                    exact &= narrowing.exact;
                    narrowings.push(narrowing);
                }
                None => exact = false,
            }
        }
        narrowings.sort_by_key(|narrowing| narrowing.rank);
        let leading = narrowings.first().map(|narrowing| narrowing.rank);
        let few = !query.ids.is_empty() || leading.is_some_and(|rank| rank <= Rank::Identifier);
        if few {
            // Opening the few that are left costs less than listing all rows of a date or category.
            let before = narrowings.len();
            narrowings.retain(|narrowing| narrowing.rank < Rank::Date);
            exact &= narrowings.len() == before;
        }
        let mut from = match narrowings.first() {
            _ if !query.ids.is_empty() => include_str!("from_key.sql"),
            Some(narrowing) if narrowing.by_row => include_str!("from_rows.sql"),
            Some(_) => include_str!("from_chart.sql"),
            None => include_str!("from_type.sql"),
        };
        let mut led_by_rows = from == include_str!("from_rows.sql");
        if led_by_rows
            && let Some(first) = narrowings.first()
            && self.is_long(&first.condition)?
        {
            (from, led_by_rows) = (include_str!("from_type.sql"), false);
        }
        let mut conditions: Vec<Condition> = query.ids.iter().map(|ids| one_of(ids)).collect();
        conditions.extend(query.last_updated.iter().map(|any| updated(any)));
        for (at, narrowing) in narrowings.into_iter().enumerate() {
            let Condition { sql, values } = narrowing.condition;
            conditions.push(match (narrowing.by_row, at == 0 && led_by_rows) {
                (false, _) => Condition { sql, values },
                (true, true) => Condition::new(&format!("r.row_id IN ({sql})"), values),
                // The plus keeps SQLite from letting it lead.
                (true, false) => Condition::new(&format!("+r.row_id IN ({sql})"), values),
            });
        }
        Ok(Plan {
            type_no,
            from,
            condition: Condition::all_of(conditions),
            exact,
        })
    }

    /// Whether going through all rows of the type in their index costs less than going to each of these.
    fn is_long(&self, rows: &Condition) -> Result<bool> {
        const LONG: u64 = 2_000;
        let sql = format!(
            "SELECT count(*) AS n FROM (SELECT row_id FROM ({}) LIMIT {LONG})",
            rows.sql
        );
        Ok(self.number(&sql, rows)? >= LONG)
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

    fn candidates(&self, plan: &Plan, query: &Query) -> Result<Vec<Candidate>> {
        let by_id = query.sort.iter().any(|key| matches!(key.by, SortBy::Id));
        let columns = if by_id {
            include_str!("select_with_id.sql")
        } else {
            include_str!("select.sql")
        };
        let sql = format!(
            "{} {} {} AND ({})",
            columns.trim(),
            plan.from.trim(),
            include_str!("live.sql").trim(),
            plan.condition.sql
        );
        let (glass_no, glass_bits) = self.behind_glass()?;
        let values = [
            Value::from(plan.type_no),
            Value::from(self.vault.readable_bits()),
            glass_no,
            Value::from(glass_bits),
        ];
        let mut statement = self.link.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(
            params_from_iter(values.iter().chain(&plan.condition.values)),
            |row| {
                Ok(Candidate {
                    row_id: row.get("row_id")?,
                    last_modified: row.get("last_modified")?,
                    id: if by_id {
                        Some(row.get::<_, IdOut>("id")?.0)
                    } else {
                        None
                    },
                    sort: Vec::new(),
                })
            },
        )?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// For a sort by the one date that is kept: where no body needs to be opened, the dates.
    fn kept_dates(
        &self,
        resource_type: &str,
        query: &Query,
        plan: &Plan,
        candidates: &[Candidate],
    ) -> Result<Option<HashMap<i64, i64>>> {
        let [key] = query.sort.as_slice() else {
            return Ok(None);
        };
        let SortBy::Parameter(parameter) = &key.by else {
            return Ok(None);
        };
        // Below that, opening the bodies costs less.
        const MANY: usize = 300;
        let kept = dated_parameter(resource_type) == Some(parameter.code);
        if !kept || !plan.exact || candidates.len() < MANY {
            return Ok(None);
        }
        let rows: HashSet<i64> = candidates.iter().map(|found| found.row_id).collect();
        let dates: HashMap<i64, i64> = search_date::of_type(self.link, plan.type_no)?
            .into_iter()
            .filter(|(row_id, _)| rows.contains(row_id))
            .collect();
        let unsure = search_date::unsure(self.link, plan.type_no)?;
        Ok(rows.is_disjoint(&unsure).then_some(dates))
    }

    /// The body of a row as a tree; `None` for a tombstone.
    fn body(&self, row_id: i64) -> Result<Option<Json>> {
        let Some(row) = resource::by_row_id(self.link, row_id)? else {
            return Ok(None);
        };
        if row.deleted_at.is_some() {
            return Ok(None);
        }
        let bytes = self.link.open_row(self.vault, &row.place(), &row.body)?;
        serde_json::from_slice(&bytes).map(Some).map_err(|_| {
            StoreError::integrity(format!(
                "a stored {} is not the JSON it was",
                row.key.resource_type
            ))
        })
    }
}

fn one_of(ids: &[String]) -> Condition {
    Condition::new(
        &format!("r.id IN ({})", vec!["?"; ids.len()].join(",")),
        ids.iter().map(|id| IdIn(id).value()).collect(),
    )
}

/// Rows last updated as one of these says; a row's moment is one millisecond.
fn updated(any: &[(Prefix, Range)]) -> Condition {
    let conditions = any
        .iter()
        .map(|(prefix, range)| {
            let wide = range.widened();
            let (from, to) = (Value::from(range.from_ms), Value::from(range.to_ms));
            match prefix {
                Prefix::Eq => Condition::new(
                    "r.last_modified >= ? AND r.last_modified < ?",
                    vec![from, to],
                ),
                Prefix::Ne => Condition::new(
                    "r.last_modified < ? OR r.last_modified >= ?",
                    vec![from, to],
                ),
                Prefix::Gt | Prefix::Sa => Condition::new("r.last_modified >= ?", vec![to]),
                Prefix::Lt | Prefix::Eb => Condition::new("r.last_modified < ?", vec![from]),
                Prefix::Ge => Condition::new("r.last_modified >= ?", vec![from]),
                Prefix::Le => Condition::new("r.last_modified < ?", vec![to]),
                Prefix::Ap => Condition::new(
                    "r.last_modified >= ? AND r.last_modified < ?",
                    vec![Value::from(wide.from_ms), Value::from(wide.to_ms)],
                ),
            }
        })
        .collect();
    Condition::any_of(conditions)
}
