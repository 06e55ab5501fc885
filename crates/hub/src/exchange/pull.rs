//! What is new behind a cursor.

use std::collections::{BTreeMap, BTreeSet};

use haven_model::wire::{Change, Person, PullRequest, PullResponse};
use haven_model::{ResourceKey, Role, Timestamp};
use rusqlite::{ToSql, Transaction, named_params};

use super::{CursorKey, change_of};
use crate::accounts::find_user;
use crate::error::{HubError, Result};
use crate::hub;
use crate::records::{Version, head_seq, mark_at, seen_clock, seq_at};

const DEFAULT_RECORDS: u32 = 500;
const MAX_RECORDS: u32 = 1000;
const MAX_COLLECTIONS: usize = 200;

/// Patients or records that a request may name.
const MAX_SCOPE: usize = 1000;

/// A page ends when its bodies pass this.
const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;

/// Where there is a cursor, `total` is counted up to this far behind it.
const COUNTED_SPAN: i64 = 250_000;

/// Why a pull is not answered.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The cursor is not one of this hub in this epoch.
    #[error("the cursor is not known here any more: pull again without it; nothing local is lost")]
    CursorExpired,
    /// A genuine cursor lies beyond the end: the hub was restored from a backup.
    #[error("the hub was restored from a backup: pull again without a cursor")]
    HubRestored,
    /// A member of the request is not what it should be.
    #[error("{0}")]
    BadRequest(&'static str),
    /// Everything else.
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl From<rusqlite::Error> for PullError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Hub(HubError::Database(error))
    }
}

/// Answers a pull on one unchanging view of the database.
///
/// Each resource comes once, as its newest version, tombstones included. The last page's cursor
/// stands at the end of the hub's order, save under `until`, where it stands at the last change
/// delivered, so that what has moved out of the window is still to come.
///
/// # Errors
/// See [`PullError`].
pub fn pull(
    tx: &Transaction<'_>,
    key: &CursorKey,
    role: Role,
    request: &PullRequest,
    now: Timestamp,
) -> Result<PullResponse, PullError> {
    let epoch = hub::epoch(tx)?;
    let head = head_seq(tx)?;
    let from = start(tx, key, &epoch, head, request)?;
    let after = match instant(request.since.as_deref(), "since is not an RFC 3339 instant")? {
        Some(since) => from.max(seq_at(tx, since)?.saturating_sub(1)),
        None => from,
    };
    let until = instant(request.until.as_deref(), "until is not an RFC 3339 instant")?;
    let before = match until {
        Some(until) => seq_at(tx, until)?,
        None => i64::MAX,
    };
    if request.collections.len() > MAX_COLLECTIONS {
        return Err(PullError::BadRequest("too many collections"));
    }
    let filter = Filter {
        after,
        before,
        classes: classes_json(role),
        types: types_json(&request.collections),
        binary_bytes: request
            .binaries_up_to
            .and_then(|bytes| i64::try_from(bytes).ok()),
        scope: Scope::of(request)?,
    };
    let limit = request
        .max_records
        .unwrap_or(DEFAULT_RECORDS)
        .clamp(1, MAX_RECORDS);
    let page = filter.page(tx, limit)?;
    // Whoever narrows a pull has the outline's counts.
    let counted = matches!(filter.scope, Scope::Everybody)
        && (request.cursor.is_none() || head.saturating_sub(after) <= COUNTED_SPAN);
    let total = if counted {
        Some(filter.total(tx)?)
    } else {
        None
    };
    let place = match (page.has_more, until) {
        (true, _) | (false, Some(_)) => page.last_seq.unwrap_or(from),
        (false, None) => head.max(from),
    };
    Ok(PullResponse {
        people: people_of(tx, &page.changes)?,
        changes: page.changes,
        has_more: page.has_more,
        cursor: key.make(&epoch, place, mark_at(tx, place)?),
        server_vector_clock: seen_clock(tx)?,
        sync_timestamp: now.to_instant(),
        total,
        audit_anchor: None,
    })
}

/// Everyone who made one of the changes and has, or had, a login here.
fn people_of(tx: &Transaction<'_>, changes: &[Change]) -> Result<BTreeMap<String, Person>> {
    let logins: BTreeSet<&str> = changes
        .iter()
        .filter_map(|change| change.user.as_deref())
        .collect();
    let mut people = BTreeMap::new();
    for login in logins {
        if let Some(user) = find_user(tx, login)? {
            let person = Person {
                display_name: user.display_name,
                role: user.role,
            };
            people.insert(user.name, person);
        }
    }
    Ok(people)
}

/// The classes a role may read, as the JSON list that the statements take.
pub(crate) fn classes_json(role: Role) -> String {
    let words: Vec<&str> = role
        .readable_classes()
        .into_iter()
        .map(|class| class.as_str())
        .collect();
    serde_json::Value::from(words).to_string()
}

/// Resource types as the JSON list that the statements take; `None` for all of them.
pub(super) fn types_json(collections: &[String]) -> Option<String> {
    (!collections.is_empty()).then(|| serde_json::Value::from(collections.to_vec()).to_string())
}

fn start(
    tx: &Transaction<'_>,
    key: &CursorKey,
    epoch: &str,
    head: i64,
    request: &PullRequest,
) -> Result<i64, PullError> {
    if let Some(cursor) = &request.cursor {
        return match key.read(epoch, cursor) {
            Some((seq, _)) if seq > head => Err(PullError::HubRestored),
            Some((seq, Some(mark))) if mark != mark_at(tx, seq)? => Err(PullError::HubRestored),
            Some((seq, _)) => Ok(seq),
            None => Err(PullError::CursorExpired),
        };
    }
    match instant(
        request.last_sync_timestamp.as_deref(),
        "lastSyncTimestamp is not an RFC 3339 instant",
    )? {
        Some(last) => Ok(seq_at(tx, last)?.saturating_sub(1)),
        None => Ok(0),
    }
}

fn instant(text: Option<&str>, complaint: &'static str) -> Result<Option<Timestamp>, PullError> {
    text.map(|text| Timestamp::parse(text).ok_or(PullError::BadRequest(complaint)))
        .transpose()
}

struct Filter {
    after: i64,
    before: i64,
    classes: String,
    types: Option<String>,
    /// Binary resources of more bytes are left out.
    binary_bytes: Option<i64>,
    scope: Scope,
}

/// Whose records a pull brings.
enum Scope {
    Everybody,
    Only(String),
    AllBut(String),
    Records(Vec<ResourceKey>),
}

impl Scope {
    fn of(request: &PullRequest) -> Result<Self, PullError> {
        let named = [
            &request.patients,
            &request.except_patients,
            &request.records,
        ];
        if named.iter().any(|names| names.len() > MAX_SCOPE) {
            return Err(PullError::BadRequest("too many patients or records"));
        }
        let json = |ids: &[String]| serde_json::Value::from(ids.to_vec()).to_string();
        if !request.records.is_empty() {
            let keys = request.records.iter().map(|record| record.parse());
            let keys = keys
                .collect::<Result<_, _>>()
                .map_err(|_| PullError::BadRequest("a record is named Type/id"))?;
            return Ok(Self::Records(keys));
        }
        Ok(
            match (
                request.patients.is_empty(),
                request.except_patients.is_empty(),
            ) {
                (true, true) => Self::Everybody,
                (false, _) => Self::Only(json(&request.patients)),
                (true, false) => Self::AllBut(json(&request.except_patients)),
            },
        )
    }

    fn page_sql(&self) -> &'static str {
        match self {
            Self::Everybody => include_str!("../sql/pull_page.sql"),
            Self::Only(_) => include_str!("../sql/pull_page_of.sql"),
            Self::AllBut(_) => include_str!("../sql/pull_page_where.sql"),
            Self::Records(_) => include_str!("../sql/pull_record.sql"),
        }
    }

    /// The parameter that only this scope's statements have.
    fn parameter(&self) -> Option<(&'static str, &String)> {
        match self {
            Self::Everybody | Self::Records(_) => None,
            Self::Only(ids) => Some((":patients", ids)),
            Self::AllBut(ids) => Some((":except", ids)),
        }
    }
}

struct Page {
    changes: Vec<Change>,
    has_more: bool,
    last_seq: Option<i64>,
}

impl Filter {
    fn page(&self, tx: &Transaction<'_>, limit: u32) -> Result<Page> {
        if let Scope::Records(keys) = &self.scope {
            return self.records(tx, keys);
        }
        let mut statement = tx.prepare_cached(self.scope.page_sql())?;
        let rows_wanted = i64::from(limit) + 1;
        let mut named: Vec<(&str, &dyn ToSql)> = vec![
            (":after", &self.after),
            (":before", &self.before),
            (":classes", &self.classes),
            (":types", &self.types),
            (":limit", &rows_wanted),
            (":binary_bytes", &self.binary_bytes),
        ];
        if let Some((name, ids)) = self.scope.parameter() {
            named.push((name, ids));
        }
        let mut rows = statement.query(named.as_slice())?;
        let mut page = Page {
            changes: Vec::new(),
            has_more: false,
            last_seq: None,
        };
        let mut body_bytes = 0_usize;
        while let Some(row) = rows.next()? {
            let full = page.changes.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
            let version = Version::from_row(row)?;
            let size = version.body.as_ref().map_or(0, Vec::len);
            let heavy =
                !page.changes.is_empty() && body_bytes.saturating_add(size) > MAX_BODY_BYTES;
            if full || heavy {
                page.has_more = true;
                break;
            }
            body_bytes = body_bytes.saturating_add(size);
            page.last_seq = Some(version.seq);
            page.changes
                .push(change_of(version, row.get("device_name")?)?);
        }
        Ok(page)
    }

    fn total(&self, tx: &Transaction<'_>) -> Result<u64> {
        let total: i64 = tx
            .prepare_cached(include_str!("../sql/pull_total.sql"))?
            .query_row(
                named_params! {
                    ":after": self.after, ":before": self.before, ":classes": self.classes,
                    ":types": self.types, ":binary_bytes": self.binary_bytes,
                },
                |row| row.get("total"),
            )?;
        Ok(u64::try_from(total).unwrap_or(0))
    }

    /// The records asked for by name, tombstones included.
    fn records(&self, tx: &Transaction<'_>, keys: &[ResourceKey]) -> Result<Page> {
        let mut page = Page {
            changes: Vec::new(),
            has_more: false,
            last_seq: None,
        };
        let mut statement = tx.prepare_cached(self.scope.page_sql())?;
        for key in keys {
            let mut rows = statement.query(named_params! {
                ":type": key.resource_type, ":id": key.id, ":classes": self.classes,
            })?;
            while let Some(row) = rows.next()? {
                let version = Version::from_row(row)?;
                page.changes
                    .push(change_of(version, row.get("device_name")?)?);
            }
        }
        Ok(page)
    }
}
