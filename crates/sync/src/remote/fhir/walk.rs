//! Pulling from a plain server: type by type, oldest change first, from a little before where the last
//! walk ended.

use std::collections::{BTreeMap, HashSet};

use haven_model::wire::{Change, PullRequest, PullResponse};
use haven_model::{ResourceKey, Timestamp, VectorClock};

use super::bundle::{Bundle, Shown};
use super::cursor::{Cursor, Walk, close, current, later, latest_of};
use super::http::{Ask, Reply};
use super::{FhirRemote, Said};
use crate::remote::RemoteError;

/// Changes become visible up to this long after the instant they carry, where several nodes and
/// uncommitted rows are behind one server; what was seen already is passed over.
const OVERLAP_MS: i64 = 150_000;
/// At most this many resources are asked for at a time.
const PAGE_RECORDS: u32 = 500;
/// A page that is too large for the server is halved down to this.
const LEAST_RECORDS: u32 = 5;

/// A page of one type.
struct Leaf {
    /// What is not known here yet.
    changes: Vec<Change>,
    /// The walk behind it.
    rest: Walk,
    /// Whether that was the last page of the type.
    is_over: bool,
    /// The server's clock.
    at: Option<Timestamp>,
}

impl FhirRemote {
    /// The next page that holds something, or the end of the walk.
    pub(super) async fn next_page(
        &self,
        request: PullRequest,
    ) -> Result<PullResponse, RemoteError> {
        let mut cursor: Cursor = request
            .cursor
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let records = request
            .max_records
            .unwrap_or(PAGE_RECORDS)
            .clamp(1, PAGE_RECORDS);
        let mut types = self.swept();
        if !request.collections.is_empty() {
            types.retain(|name| request.collections.contains(name));
        }
        let mut at = None;
        loop {
            let Some(walk) = current(&mut cursor, &types) else {
                return self.answer(&cursor, Vec::new(), false, at);
            };
            let since = cursor.since.get(&walk.kind).cloned();
            let kind = walk.kind.clone();
            match self.leaf(walk, since.as_deref(), records).await? {
                Some(leaf) => {
                    at = leaf.at.or(at);
                    if leaf.is_over {
                        close(&mut cursor, &kind, &types, &leaf.rest);
                    } else {
                        cursor.walk = Some(leaf.rest);
                    }
                    if !leaf.changes.is_empty() {
                        let has_more = cursor.walk.is_some();
                        return self.answer(&cursor, leaf.changes, has_more, at);
                    }
                }
                // The server does not let this user search that type.
                None => close(&mut cursor, &kind, &types, &Walk::default()),
            }
            if cursor.walk.is_none() {
                return self.answer(&cursor, Vec::new(), false, at);
            }
        }
    }

    fn answer(
        &self,
        cursor: &Cursor,
        changes: Vec<Change>,
        has_more: bool,
        at: Option<Timestamp>,
    ) -> Result<PullResponse, RemoteError> {
        let cursor = serde_json::to_string(cursor)
            .map_err(|_| RemoteError::Protocol("its place cannot be kept".to_owned()))?;
        Ok(PullResponse {
            changes,
            has_more,
            cursor,
            server_vector_clock: VectorClock::new(),
            sync_timestamp: at.unwrap_or_else(|| self.pace.now()).to_instant(),
            total: None,
            people: BTreeMap::new(),
            audit_anchor: None,
        })
    }

    /// One page of a type; `None` when the server refuses the type.
    async fn leaf(
        &self,
        mut walk: Walk,
        since: Option<&str>,
        records: u32,
    ) -> Result<Option<Leaf>, RemoteError> {
        let mut records = records;
        loop {
            let reply = self.ask(&self.question(&walk, since, records)).await;
            let reply = match reply {
                // The page may be what is too much for it.
                Err(RemoteError::Timeout) if records > LEAST_RECORDS && walk.next.is_none() => {
                    records = (records / 2).max(LEAST_RECORDS);
                    continue;
                }
                other => other?.require_json()?,
            };
            match reply.status {
                200..300 => return self.read_leaf(walk, since, &reply).map(Some),
                413 if records > LEAST_RECORDS => {
                    records = (records / 2).max(LEAST_RECORDS);
                    walk.next = None;
                }
                // A link is good for a while only: the walk goes on from the last change seen.
                400 | 404 | 410 | 422 if walk.next.is_some() => {
                    walk.next = None;
                    walk.after.clone_from(&walk.high);
                }
                400 | 422 if self.profile().last_updated_search != Said::No => {
                    self.learn(|profile| profile.last_updated_search = Said::No);
                    self.tell("this server cannot tell what is new; everything is read each time");
                    walk = Walk {
                        kind: walk.kind,
                        ..Walk::default()
                    };
                }
                400 | 403 | 404 | 405 | 410 | 422 | 501 => {
                    // Another server at this address would answer so too.
                    self.introduce().await?;
                    let kind = walk.kind;
                    if reply.status == 403 {
                        self.tell(format!("this server does not let this user read {kind}"));
                    }
                    self.learn(|profile| {
                        if !profile.refused_types.contains(&kind) {
                            profile.refused_types.push(kind);
                        }
                    });
                    return Ok(None);
                }
                _ => return Err(reply.failure()),
            }
        }
    }

    fn question(&self, walk: &Walk, since: Option<&str>, records: u32) -> Ask {
        if let Some(link) = &walk.next {
            return Ask::get(link.clone());
        }
        let mut ask = Ask::get(walk.kind.clone());
        if self.profile().last_updated_search != Said::No {
            let from = match &walk.after {
                Some(after) => Some(after.clone()),
                None => since
                    .and_then(Timestamp::parse)
                    .map(|since| since.plus_ms(-OVERLAP_MS).to_instant()),
            };
            if let Some(from) = from {
                ask = ask.query("_lastUpdated", format!("ge{from}"));
            }
            ask = ask.query("_sort", "_lastUpdated");
        }
        ask = ask.query("_count", records.to_string());
        if walk.offset > 0 {
            ask = ask.query("_offset", walk.offset.to_string());
        }
        ask
    }

    fn read_leaf(
        &self,
        walk: Walk,
        since: Option<&str>,
        reply: &Reply,
    ) -> Result<Leaf, RemoteError> {
        let bundle = Bundle::read(&reply.body)?;
        let mut found = Vec::new();
        for raw in bundle.matches() {
            let shown = Shown::read(raw).unwrap_or_default();
            if shown.resource_type == walk.kind {
                let updated = shown.meta.and_then(|meta| meta.last_updated);
                found.push((raw, shown.id, updated));
            }
        }
        let instants: Vec<&str> = found
            .iter()
            .filter_map(|(_, _, updated)| updated.as_deref())
            .collect();
        let is_sorted = instants.windows(2).all(|pair| !later(pair[0], pair[1]));
        let latest = instants
            .iter()
            .copied()
            .reduce(|latest, one| if later(one, latest) { one } else { latest });
        let mut rest = Walk {
            kind: walk.kind.clone(),
            high: latest_of(walk.high.as_deref(), latest),
            began: walk
                .began
                .clone()
                .or_else(|| reply.date.map(Timestamp::to_instant)),
            ..Walk::default()
        };
        let page: Vec<(&str, Option<&str>)> = found
            .iter()
            .map(|(_, id, updated)| (id.as_str(), updated.as_deref()))
            .collect();
        let total = bundle
            .total
            .map(|total| usize::try_from(total).unwrap_or(usize::MAX));
        self.learn(|profile| {
            if total.is_some() {
                profile.totals = Said::Yes;
            }
            if since.is_some() && profile.last_updated_search == Said::Unknown {
                profile.last_updated_search = Said::Yes;
            }
        });
        let is_over = match bundle.next() {
            Some(link) => {
                self.learn(|profile| profile.next_links = Said::Yes);
                rest.next = self.own_link(link);
                rest.next.is_none() || walk.next.as_deref() == rest.next.as_deref()
            }
            None if self.profile().next_links == Said::Yes || walk.next.is_some() => true,
            None => !self.go_on_without_link(&walk, &mut rest, &page, total, is_sorted),
        };
        let changes = found
            .iter()
            .filter_map(|(raw, _, _)| self.change(raw, reply.date))
            .collect();
        let changes = self.unknown(changes)?;
        Ok(Leaf {
            changes,
            rest,
            is_over,
            at: reply.date,
        })
    }

    /// Without links, the walk goes on from the last instant seen; where one instant fills a page, by
    /// offset. Answers whether there may be more.
    fn go_on_without_link(
        &self,
        walk: &Walk,
        rest: &mut Walk,
        page: &[(&str, Option<&str>)],
        total: Option<usize>,
        is_sorted: bool,
    ) -> bool {
        if page.is_empty() || total.is_some_and(|total| walk.offset + page.len() >= total) {
            return false;
        }
        let known: HashSet<&str> = walk.ties.iter().map(String::as_str).collect();
        let is_new = page.iter().any(|(id, _)| !known.contains(id));
        let last = page.last().and_then(|(_, updated)| *updated);
        let moves = is_sorted && last.is_some() && last != walk.after.as_deref();
        let can_search = self.profile().last_updated_search != Said::No;
        if moves && is_new && can_search && walk.offset == 0 {
            rest.after = last.map(str::to_owned);
            rest.ties = page
                .iter()
                .filter(|(_, updated)| *updated == last)
                .map(|(id, _)| (*id).to_owned())
                .collect();
            return true;
        }
        if !is_new {
            // Nothing new: the end, or a server that knows no offsets.
            if total.is_some_and(|total| walk.offset + page.len() < total) && walk.offset == 0 {
                rest.after.clone_from(&walk.after);
                rest.offset = page.len();
                rest.ties = page.iter().map(|(id, _)| (*id).to_owned()).collect();
                return true;
            }
            return false;
        }
        rest.after.clone_from(&walk.after);
        rest.offset = walk.offset + page.len();
        rest.ties = page.iter().map(|(id, _)| (*id).to_owned()).collect();
        true
    }

    /// Leaves out the versions that are known here.
    fn unknown(&self, changes: Vec<Change>) -> Result<Vec<Change>, RemoteError> {
        let keys: Vec<ResourceKey> = changes
            .iter()
            .map(|change| ResourceKey {
                resource_type: change.collection.clone(),
                id: change.record_id.clone(),
            })
            .collect();
        let standings = self
            .store
            .standings(&keys)
            .map_err(|_| RemoteError::Protocol("this store cannot be read".to_owned()))?;
        Ok(changes
            .into_iter()
            .zip(standings)
            .filter(|(change, standing)| {
                !standing
                    .as_ref()
                    .is_some_and(|standing| standing.knows(&change.version))
            })
            .map(|(change, _)| change)
            .collect())
    }

    /// A next link below the server's own address, as a path below it. One that leads elsewhere, as a
    /// server behind a proxy gives, is read as if it led here: a token goes nowhere else.
    pub(super) fn own_link(&self, link: &str) -> Option<String> {
        let base = self.line.base();
        let rest = match link.strip_prefix(base) {
            Some(rest) => rest,
            None => {
                let path_of = |url: &str| -> Option<String> {
                    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
                    let slash = after.find('/')?;
                    after.get(slash..).map(str::to_owned)
                };
                let base_path = path_of(base).unwrap_or_default();
                if link.contains("://") {
                    let path = path_of(link)?;
                    return clean(path.strip_prefix(&base_path)?);
                }
                return clean(link.strip_prefix(&base_path).unwrap_or(link));
            }
        };
        clean(rest)
    }
}

fn clean(rest: &str) -> Option<String> {
    let rest = rest.trim_start_matches('/');
    (!rest.is_empty()).then(|| rest.to_owned())
}
