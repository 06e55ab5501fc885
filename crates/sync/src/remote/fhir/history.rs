//! What a type's history tells of what changed, deletions too (FHIR R4, http.html#history).
//!
//! Whether it can be relied on is found out beside searches: once it told of all that a search showed to
//! be new, it takes their place, and a search is compared with it again every hour. Invariants: of
//! several versions of one resource only the newest counts; a history that may be cut short, that
//! passes over `_since` or that cannot be ordered tells nothing; no deletion is taken on its word alone.

use std::collections::BTreeMap;

use haven_model::wire::Change;
use haven_model::{ResourceKey, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::bundle::{Answered, Link, Shown};
use super::cursor::{Cursor, Walk, later, latest_of};
use super::http::{Ask, Reply};
use super::paging::OVERLAP_MS;
use super::{FhirRemote, Said};
use crate::remote::{Reading, RemoteError, deletion};

/// A longer history is no shorter way than a search.
const MAX_ENTRIES: usize = 2_000;
/// Deletions that are asked for one by one; of more, a sweep asks.
const MAX_DELETIONS: usize = 100;
/// A search is compared with the history this often.
const COMPARED_EVERY_MS: i64 = 3_600_000;
/// An instant before what was asked for is no sign of anything while it is this close.
const LENIENT_MS: i64 = 60_000;

#[derive(Deserialize)]
struct Told<'a> {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    total: Option<u64>,
    #[serde(default)]
    link: Vec<Link>,
    #[serde(default, borrow)]
    entry: Vec<ToldEntry<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldEntry<'a> {
    #[serde(default)]
    full_url: String,
    #[serde(default, borrow)]
    resource: Option<&'a RawValue>,
    #[serde(default)]
    request: Option<ToldRequest>,
    #[serde(default)]
    response: Option<Answered>,
}

#[derive(Default, Deserialize)]
struct ToldRequest {
    #[serde(default)]
    method: String,
    #[serde(default)]
    url: String,
}

/// The newest that was told of one resource.
#[derive(Debug)]
struct Newest {
    at: String,
    version: Option<String>,
    /// `None` for a deletion.
    body: Option<Box<RawValue>>,
    /// Whether two versions could not be told apart in time.
    is_unsure: bool,
}

/// Everything that a history told since an instant.
#[derive(Debug, Default)]
pub(super) struct History {
    newest: BTreeMap<String, Newest>,
    entries: usize,
    /// As a walk that has read that much.
    pub walk: Walk,
    /// The server's clock.
    pub at: Option<Timestamp>,
}

impl FhirRemote {
    /// Whether this round asks for histories in place of searches; decided where a round begins.
    pub(super) fn choose_way(&self, cursor: &mut Cursor) {
        if cursor.walk.is_some() {
            return;
        }
        let now_ms = self.pace.now().as_millis();
        let is_due = cursor
            .compared_ms
            .is_none_or(|at| now_ms < at || now_ms.saturating_sub(at) > COMPARED_EVERY_MS);
        let is_proven = self.profile().type_history == Said::Yes;
        cursor.by_history = is_proven && !is_due;
        if is_proven && is_due {
            cursor.compared_ms = Some(now_ms);
        }
    }

    fn knows_no_history(&self, kind: &str) -> bool {
        let profile = self.profile();
        profile.type_history == Said::No || profile.no_history_types.iter().any(|name| name == kind)
    }

    /// What changed since an instant, by the type's history; `None` where a search has to tell.
    pub(super) async fn changed_by_history(
        &self,
        kind: &str,
        since: Option<&str>,
        records: u32,
    ) -> Result<Option<(History, Vec<Change>)>, RemoteError> {
        let Some(since) = since.filter(|_| !self.knows_no_history(kind)) else {
            return Ok(None);
        };
        let Some(history) = self.history_since(kind, since, records).await? else {
            return Ok(None);
        };
        let Some(changes) = self.changes_of(kind, &history).await? else {
            return Ok(None);
        };
        Ok(Some((history, changes)))
    }

    /// Looks whether the history tells of all that a search has just shown to be new; answers what was
    /// deleted.
    pub(super) async fn compare_with_history(
        &self,
        kind: &str,
        since: &str,
        records: u32,
        shown: &[Change],
    ) -> Result<Vec<Change>, RemoteError> {
        if shown.is_empty() || self.knows_no_history(kind) {
            return Ok(Vec::new());
        }
        let Some(history) = self.history_since(kind, since, records).await? else {
            return Ok(Vec::new());
        };
        let tells_all = shown.iter().all(|change| {
            history.newest.get(&change.record_id).is_some_and(|told| {
                told.version.as_deref() == Some(change.version.as_str())
                    || later(&told.at, &change.last_modified)
            })
        });
        if !tells_all {
            self.note_no_history(kind);
            return Ok(Vec::new());
        }
        self.learn(|profile| profile.type_history = Said::Yes);
        let deleted = self.changes_of(kind, &history).await?.unwrap_or_default();
        Ok(deleted
            .into_iter()
            .filter(|change| change.data.is_none())
            .collect())
    }

    fn note_no_history(&self, kind: &str) {
        self.learn(|profile| {
            if profile.type_history == Said::Yes {
                profile.no_history_types.push(kind.to_owned());
            } else {
                profile.type_history = Said::No;
            }
        });
    }

    async fn history_since(
        &self,
        kind: &str,
        since: &str,
        records: u32,
    ) -> Result<Option<History>, RemoteError> {
        let Some(from) = Timestamp::parse(since).map(|since| since.plus_ms(-OVERLAP_MS)) else {
            return Ok(None);
        };
        let mut history = History {
            walk: Walk {
                kind: kind.to_owned(),
                ..Walk::default()
            },
            ..History::default()
        };
        let mut ask = Ask::get(format!("{kind}/_history"))
            .query("_since", from.to_instant())
            .query("_count", records.to_string());
        loop {
            let reply = match self.ask(&ask).await {
                Err(RemoteError::Timeout) => {
                    self.note_no_history(kind);
                    return Ok(None);
                }
                other => other?,
            };
            match reply.status {
                200..300 => {}
                _ if history.entries > 0 => return Ok(None),
                400 | 403 | 404 | 405 | 410 | 422 | 501 => {
                    self.note_no_history(kind);
                    return Ok(None);
                }
                _ => return Err(reply.failure()),
            }
            let Some(next) = history.take(kind, from, records, &reply) else {
                self.note_no_history(kind);
                return Ok(None);
            };
            match next {
                Further::No => return Ok(Some(history)),
                Further::Unsaid => return Ok(None),
                Further::At(_) if history.entries > MAX_ENTRIES => return Ok(None),
                Further::At(link) => match self.own_link(&link) {
                    Some(path) if path != ask.path => ask = Ask::get(path),
                    Some(_) | None => return Ok(None),
                },
            }
        }
    }

    /// What is not known here of a history; `None` when a sweep is the shorter way.
    async fn changes_of(
        &self,
        kind: &str,
        history: &History,
    ) -> Result<Option<Vec<Change>>, RemoteError> {
        let mut changes = Vec::new();
        let mut doubtful = Vec::new();
        for (id, told) in &history.newest {
            let Ok(key) = ResourceKey::new(kind, id.clone()) else {
                continue;
            };
            match &told.body {
                Some(body) if !told.is_unsure => changes.extend(self.change(body, history.at)),
                Some(_) | None => doubtful.push(key),
            }
        }
        let standings = self
            .store
            .standings(&doubtful)
            .map_err(|_| RemoteError::Protocol("this store cannot be read".to_owned()))?;
        let doubtful: Vec<ResourceKey> = doubtful
            .into_iter()
            .zip(standings)
            .filter(|(key, standing)| match standing {
                Some(standing) => !standing.deleted,
                // What came and went meanwhile was never here.
                None => history
                    .newest
                    .get(&key.id)
                    .is_some_and(|told| told.body.is_some()),
            })
            .map(|(key, _)| key)
            .collect();
        if doubtful.len() > MAX_DELETIONS {
            return Ok(None);
        }
        for key in doubtful {
            match self.look(&key).await? {
                Reading::Present(change) => changes.push(*change),
                Reading::Gone => changes.push(deletion(&key, self.pace.now())),
                Reading::Nothing
                    if history
                        .newest
                        .get(&key.id)
                        .is_some_and(|told| told.body.is_none()) =>
                {
                    changes.push(deletion(&key, self.pace.now()));
                }
                Reading::Nothing | Reading::Forbidden => {}
            }
        }
        self.unknown(changes).map(Some)
    }
}

/// Whether a history goes on.
#[derive(Debug, PartialEq)]
enum Further {
    No,
    At(String),
    /// It may, and where is not said.
    Unsaid,
}

impl History {
    /// Takes in a page; `None` when it is not what was asked for.
    fn take(
        &mut self,
        kind: &str,
        from: Timestamp,
        records: u32,
        reply: &Reply,
    ) -> Option<Further> {
        if reply.kind.is_err() {
            return None;
        }
        let page: Told<'_> = serde_json::from_slice(&reply.body).ok()?;
        if page.kind != "history" {
            return None;
        }
        self.at = reply.date.or(self.at);
        if self.walk.began.is_none() {
            self.walk.began = reply.date.map(Timestamp::to_instant);
        }
        for entry in &page.entry {
            let (id, newest) = entry.read(kind)?;
            if Timestamp::parse(&newest.at)? < from.plus_ms(-LENIENT_MS) {
                return None;
            }
            self.walk.high = latest_of(self.walk.high.as_deref(), Some(&newest.at));
            match self.newest.get_mut(&id) {
                Some(known) => known.meet(newest),
                None => {
                    self.newest.insert(id, newest);
                }
            }
        }
        self.entries += page.entry.len();
        let next = page.link.iter().find_map(Link::next);
        if let Some(next) = next {
            return Some(Further::At(next.to_owned()));
        }
        let seen = u64::try_from(self.entries).unwrap_or(u64::MAX);
        let is_full = page.entry.len() >= usize::try_from(records).unwrap_or(usize::MAX);
        Some(match page.total {
            Some(total) if total > seen => Further::Unsaid,
            Some(_) => Further::No,
            None if is_full => Further::Unsaid,
            None => Further::No,
        })
    }
}

impl ToldEntry<'_> {
    /// The id and what is told of it; `None` when it is about something else, or tells no instant.
    fn read(&self, kind: &str) -> Option<(String, Newest)> {
        let of_response = self.response.as_ref();
        let told_at = of_response.and_then(|response| response.last_modified.clone());
        let asked = self.request.as_ref();
        let is_deletion = asked.is_some_and(|request| request.method == "DELETE");
        match self.resource.filter(|_| !is_deletion) {
            Some(raw) => {
                let shown = Shown::read(raw)?;
                let key = shown.key().filter(|key| key.resource_type == kind)?;
                let meta = shown.meta.unwrap_or_default();
                let newest = Newest {
                    at: meta.last_updated.or(told_at)?,
                    version: meta.version_id,
                    body: Some(raw.to_owned()),
                    is_unsure: false,
                };
                Some((key.id, newest))
            }
            None => {
                let url = asked
                    .map(|request| request.url.as_str())
                    .unwrap_or_default();
                let id = id_in(url, kind).or_else(|| id_in(&self.full_url, kind))?;
                let newest = Newest {
                    at: told_at?,
                    version: None,
                    body: None,
                    is_unsure: false,
                };
                Some((id, newest))
            }
        }
    }
}

/// The id in `[base/]Type/id[/_history/…]`.
fn id_in(url: &str, kind: &str) -> Option<String> {
    let mut steps = url.split(['/', '?']).skip_while(|step| *step != kind);
    steps.next()?;
    let id = steps.next()?;
    ResourceKey::new(kind, id).ok().map(|key| key.id)
}

impl Newest {
    /// Puts beside it another version of the same resource: the later one stays.
    fn meet(&mut self, other: Self) {
        if later(&other.at, &self.at) {
            *self = other;
        } else if !later(&self.at, &other.at) {
            let number = |one: &Self| one.version.as_deref()?.parse::<u64>().ok();
            match (number(self), number(&other)) {
                (Some(mine), Some(others)) if others > mine => *self = other,
                (Some(_), Some(_)) => {}
                // Servers differ in which of two at one instant they tell first.
                _ => self.is_unsure = true,
            }
        }
    }
}

#[cfg(test)]
mod tests;
