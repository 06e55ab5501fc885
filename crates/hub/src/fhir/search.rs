//! Searching one type.

use rusqlite::types::Value as SqlValue;
use rusqlite::{Transaction, params_from_iter};

use super::criteria::{Condition, Criteria};
use super::dispatch::Context;
use super::paging::{MAX_PAGE_BYTES, link};
use super::problem::Problem;
use super::read::check_type;
use super::reply::Reply;
use super::searchset::{Bundle, Entry};
use crate::error::{HubError, Result};
use crate::exchange::classes_json;
use crate::records::{Version, seq_at};

pub(super) fn search(
    tx: &Transaction<'_>,
    context: &Context<'_>,
    kind: &str,
    pairs: &[(String, String)],
) -> Result<Reply, Problem> {
    check_type(context.role(), kind)?;
    let criteria = Criteria::read(kind, pairs)?;
    let rows = Rows::matching(tx, context, kind, &criteria.conditions)?;
    let total = rows.count(tx)?;
    let page = rows.page(tx, &criteria)?;
    let next = page
        .next
        .map(|behind| link(context.base, kind, pairs, Some(behind)));
    let entries = page
        .versions
        .into_iter()
        .map(|version| Entry::found(context.base, version))
        .collect::<Result<_>>()?;
    Bundle::new("searchset", Some(total), entries)
        .link("self", Some(link(context.base, kind, pairs, None)))
        .link("next", next)
        .into_reply()
}

/// The one resource that matches, for conditional creates.
pub(super) fn only_match(
    tx: &Transaction<'_>,
    context: &Context<'_>,
    kind: &str,
    pairs: &[(String, String)],
) -> Result<Option<Version>, Problem> {
    check_type(context.role(), kind)?;
    let mut criteria = Criteria::read(kind, pairs)?;
    criteria.paging.count = 2;
    let rows = Rows::matching(tx, context, kind, &criteria.conditions)?;
    let mut versions = rows.page(tx, &criteria)?.versions;
    let first = versions.pop();
    if versions.is_empty() {
        Ok(first)
    } else {
        Err(Problem::new(
            412,
            "multiple-matches",
            "more than one resource matches",
        ))
    }
}

/// The rows that match, as the end of a statement and what it takes.
struct Rows {
    conditions: String,
    values: Vec<SqlValue>,
    /// The first place and the place behind the last.
    from: i64,
    to: i64,
}

struct Page {
    versions: Vec<Version>,
    /// The place of the last entry, when more follow.
    next: Option<i64>,
}

impl Rows {
    fn matching(
        tx: &Transaction<'_>,
        context: &Context<'_>,
        kind: &str,
        conditions: &[Condition],
    ) -> Result<Self> {
        let mut rows = Self {
            conditions: String::new(),
            values: vec![
                SqlValue::from(kind.to_owned()),
                SqlValue::from(classes_json(context.role())),
            ],
            from: 1,
            to: i64::MAX,
        };
        for condition in conditions {
            match condition {
                Condition::Ids(ids) => rows.add(include_str!("../sql/search_by_id.sql"), ids)?,
                Condition::Patients(ids) => {
                    rows.add(include_str!("../sql/search_by_patient.sql"), ids)?;
                }
                Condition::Identifiers(identifiers) => {
                    rows.add(include_str!("../sql/search_by_identifier.sql"), identifiers)?;
                }
                // `last_updated` never falls as `seq` rises: a time is a place.
                Condition::Taken(start, end) => {
                    rows.from = rows.from.max(seq_at(tx, *start)?);
                    rows.to = rows.to.min(seq_at(tx, *end)?);
                }
            }
        }
        Ok(rows)
    }

    fn add(&mut self, condition: &str, values: &impl serde::Serialize) -> Result<()> {
        let json = serde_json::to_string(values).map_err(|_| HubError::Corrupt("a search"))?;
        self.conditions.push_str(condition);
        self.values.push(SqlValue::from(json));
        Ok(())
    }

    fn values(&self, from: i64, to: i64, limit: Option<i64>) -> Vec<SqlValue> {
        let mut values = self.values.clone();
        values.splice(2..2, [SqlValue::from(from), SqlValue::from(to)]);
        values.extend(limit.map(SqlValue::from));
        values
    }

    fn count(&self, tx: &Transaction<'_>) -> Result<u64> {
        let sql = format!(
            "{}{}",
            include_str!("../sql/search_count.sql"),
            self.conditions
        );
        let total: i64 = tx.prepare_cached(&sql)?.query_row(
            params_from_iter(self.values(self.from, self.to, None)),
            |row| row.get("total"),
        )?;
        Ok(u64::try_from(total).unwrap_or(0))
    }

    fn page(&self, tx: &Transaction<'_>, criteria: &Criteria) -> Result<Page> {
        let mut page = Page {
            versions: Vec::new(),
            next: None,
        };
        let limit = usize::try_from(criteria.paging.count).unwrap_or(usize::MAX);
        if limit == 0 {
            return Ok(page);
        }
        let (order, from, to) = match (criteria.newest_first, criteria.paging.behind) {
            (false, behind) => {
                let behind = behind.map_or(0, |seq| seq.saturating_add(1));
                (
                    include_str!("../sql/search_oldest_first.sql"),
                    self.from.max(behind),
                    self.to,
                )
            }
            (true, behind) => {
                let behind = behind.unwrap_or(i64::MAX);
                (
                    include_str!("../sql/search_newest_first.sql"),
                    self.from,
                    self.to.min(behind),
                )
            }
        };
        let sql = format!(
            "{}{}{order}",
            include_str!("../sql/search.sql"),
            self.conditions
        );
        let mut statement = tx.prepare_cached(&sql)?;
        let limit_rows = i64::from(criteria.paging.count) + 1;
        let mut rows =
            statement.query(params_from_iter(self.values(from, to, Some(limit_rows))))?;
        let mut body_bytes = 0_usize;
        while let Some(row) = rows.next()? {
            let version = Version::from_row(row)?;
            if page.versions.len() == limit || body_bytes > MAX_PAGE_BYTES {
                page.next = page.versions.last().map(|last| last.seq);
                break;
            }
            body_bytes = body_bytes.saturating_add(version.body.as_ref().map_or(0, Vec::len));
            page.versions.push(version);
        }
        Ok(page)
    }
}
