//! What was: every version of one resource, of one type, or of everything.

use haven_model::ResourceKey;
use rusqlite::{Statement, ToSql, Transaction, named_params};

use super::criteria::period;
use super::dispatch::Context;
use super::paging::{MAX_PAGE_BYTES, Paging, link};
use super::problem::Problem;
use super::read::check_type;
use super::reply::Reply;
use super::searchset::{Bundle, Entry};
use crate::error::Result;
use crate::exchange::classes_json;
use crate::records::{Version, current, seq_at};

struct Asked {
    paging: Paging,
    /// The first place wanted.
    from: i64,
}

impl Asked {
    fn read(tx: &Transaction<'_>, pairs: &[(String, String)]) -> Result<Self, Problem> {
        let mut asked = Self {
            paging: Paging::first(),
            from: 1,
        };
        for (name, value) in pairs {
            if asked.paging.take(name, value)? {
                continue;
            }
            if name != "_since" {
                return Err(Problem::new(
                    400,
                    "not-supported",
                    "a history takes _since and _count",
                ));
            }
            let (start, _) = period(value)
                .ok_or_else(|| Problem::new(400, "value", "_since is not an instant"))?;
            asked.from = seq_at(tx, start)?;
        }
        Ok(asked)
    }

    /// The place behind the last one wanted.
    fn before(&self) -> i64 {
        self.paging.behind.unwrap_or(i64::MAX)
    }

    fn limit(&self) -> i64 {
        i64::from(self.paging.count) + 1
    }
}

pub(super) fn of_instance(
    tx: &Transaction<'_>,
    context: &Context<'_>,
    key: &ResourceKey,
    pairs: &[(String, String)],
) -> Result<Reply, Problem> {
    check_type(context.role(), &key.resource_type)?;
    let asked = Asked::read(tx, pairs)?;
    let shown = current(tx, key)?.is_some_and(|current| current.readable_by(context.role()));
    if !shown {
        return Err(Problem::absent(None));
    }
    let classes = classes_json(context.role());
    let total: i64 = tx
        .prepare_cached(include_str!("../sql/history_instance_count.sql"))?
        .query_row(
            named_params! {
                ":type": key.resource_type, ":id": key.id, ":classes": classes, ":from": asked.from,
            },
            |row| row.get("total"),
        )?;
    let mut statement = tx.prepare_cached(include_str!("../sql/history_instance.sql"))?;
    let versions = page(
        &mut statement,
        named_params! {
            ":type": key.resource_type, ":id": key.id, ":classes": classes,
            ":from": asked.from, ":before": asked.before(), ":limit": asked.limit(),
        },
        &asked,
    )?;
    bundle(context, &format!("{key}/_history"), pairs, total, versions)
}

pub(super) fn of_many(
    tx: &Transaction<'_>,
    context: &Context<'_>,
    kind: Option<&str>,
    pairs: &[(String, String)],
) -> Result<Reply, Problem> {
    if let Some(kind) = kind {
        check_type(context.role(), kind)?;
    }
    let asked = Asked::read(tx, pairs)?;
    let classes = classes_json(context.role());
    let (rows, count) = match kind {
        Some(_) => (
            include_str!("../sql/history_type.sql"),
            include_str!("../sql/history_type_count.sql"),
        ),
        None => (
            include_str!("../sql/history_all.sql"),
            include_str!("../sql/history_all_count.sql"),
        ),
    };
    let before = asked.before();
    let limit = asked.limit();
    let mut counted: Vec<(&str, &dyn ToSql)> = vec![(":classes", &classes), (":from", &asked.from)];
    if let Some(kind) = &kind {
        counted.push((":type", kind));
    }
    let total: i64 = tx
        .prepare_cached(count)?
        .query_row(counted.as_slice(), |row| row.get("total"))?;
    let mut listed = counted;
    listed.extend([(":before", &before as &dyn ToSql), (":limit", &limit)]);
    let mut statement = tx.prepare_cached(rows)?;
    let versions = page(&mut statement, listed.as_slice(), &asked)?;
    let path = kind.map_or_else(|| "_history".to_owned(), |kind| format!("{kind}/_history"));
    bundle(context, &path, pairs, total, versions)
}

struct Page {
    versions: Vec<Version>,
    next: Option<i64>,
}

fn page(
    statement: &mut Statement<'_>,
    params: &[(&str, &dyn ToSql)],
    asked: &Asked,
) -> Result<Page> {
    let mut page = Page {
        versions: Vec::new(),
        next: None,
    };
    let limit = usize::try_from(asked.paging.count).unwrap_or(usize::MAX);
    let mut rows = statement.query(params)?;
    let mut body_bytes = 0_usize;
    while let Some(row) = rows.next()? {
        if page.versions.len() == limit || body_bytes > MAX_PAGE_BYTES {
            page.next = page.versions.last().map(|last: &Version| last.seq);
            break;
        }
        let version = Version::from_row(row)?;
        body_bytes = body_bytes.saturating_add(version.body.as_ref().map_or(0, Vec::len));
        page.versions.push(version);
    }
    Ok(page)
}

fn bundle(
    context: &Context<'_>,
    path: &str,
    pairs: &[(String, String)],
    total: i64,
    page: Page,
) -> Result<Reply, Problem> {
    let next = page
        .next
        .map(|behind| link(context.base, path, pairs, Some(behind)));
    let entries = page
        .versions
        .into_iter()
        .map(|version| Entry::past(context.base, version))
        .collect::<Result<_>>()?;
    Bundle::new("history", u64::try_from(total).ok(), entries)
        .link("self", Some(link(context.base, path, pairs, None)))
        .link("next", next)
        .into_reply()
}
