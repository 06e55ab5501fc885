//! Pulling from a plain server: type by type, oldest change first, from a little before where the last
//! walk ended.

use std::collections::BTreeMap;

use haven_model::wire::{Change, PullRequest, PullResponse};
use haven_model::{ResourceKey, Timestamp, VectorClock};

use super::arrival::Facts;
use super::bundle::{Bundle, Shown};
use super::cursor::{Cursor, Walk, close, current, latest_of};
use super::http::Reply;
use super::own::Glance;
use super::paging::Order;
use super::{FhirRemote, Said};
use crate::remote::RemoteError;

/// At most this many resources are asked for at a time.
const PAGE_RECORDS: u32 = 500;
/// A page that is too large for the server is halved down to this.
const LEAST_RECORDS: u32 = 5;

/// A page of one type.
pub(super) struct Leaf {
    /// What is not known here yet.
    pub changes: Vec<Change>,
    /// The walk behind it.
    pub rest: Walk,
    /// What it was like.
    pub facts: Facts,
    /// What is seen of its resources, where that was asked for.
    pub glances: Vec<Glance>,
    /// The server's clock.
    pub at: Option<Timestamp>,
}

/// What a server answers to the question for a page.
pub(super) enum Turned {
    Page(Box<Leaf>),
    /// It does not give that part of the type.
    NotInParts,
    /// It does not let this user search the type.
    Refused,
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
        if request.cursor.is_none() {
            cursor.first = Some(Box::default());
        }
        if cursor.first.is_some() {
            let arrived = self.arrive(&mut cursor, &types, records).await?;
            let has_more = cursor.first.is_some();
            let total = self.still_to_come(&cursor, arrived.changes.len());
            let answer = self.answer(&cursor, arrived.changes, has_more, arrived.at)?;
            return Ok(PullResponse { total, ..answer });
        }
        self.choose_way(&mut cursor);
        let mut at = None;
        loop {
            let Some(walk) = current(&mut cursor, &types) else {
                return self.answer(&cursor, Vec::new(), false, at);
            };
            let since = cursor.since.get(&walk.kind).cloned();
            let kind = walk.kind.clone();
            if cursor.by_history && walk.is_new() {
                let told = self
                    .changed_by_history(&kind, since.as_deref(), records)
                    .await?;
                if let Some((history, changes)) = told {
                    at = history.at.or(at);
                    close(&mut cursor, &kind, &types, &history.walk);
                    if cursor.walk.is_none() || !changes.is_empty() {
                        let has_more = cursor.walk.is_some();
                        return self.answer(&cursor, changes, has_more, at);
                    }
                    continue;
                }
            }
            let is_new = walk.is_new();
            match self.leaf(walk, since.as_deref(), records, false).await? {
                Turned::Page(mut leaf) => {
                    at = leaf.at.or(at);
                    if let Some(since) = since.as_deref()
                        && is_new
                        && leaf.facts.is_over
                    {
                        let deleted = self
                            .compare_with_history(&kind, since, records, &leaf.changes)
                            .await?;
                        leaf.changes.extend(deleted);
                    }
                    if leaf.facts.is_over {
                        close(&mut cursor, &kind, &types, &leaf.rest);
                    } else {
                        cursor.walk = Some(leaf.rest);
                    }
                    if !leaf.changes.is_empty() {
                        let has_more = cursor.walk.is_some();
                        return self.answer(&cursor, leaf.changes, has_more, at);
                    }
                }
                Turned::NotInParts | Turned::Refused => {
                    close(&mut cursor, &kind, &types, &Walk::default())
                }
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

    /// One page of a type; `looks` for what is seen of its resources too.
    pub(super) async fn leaf(
        &self,
        mut walk: Walk,
        since: Option<&str>,
        records: u32,
        looks: bool,
    ) -> Result<Turned, RemoteError> {
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
                200..300 => {
                    let leaf = self.read_leaf(walk, since, &reply, looks)?;
                    return Ok(Turned::Page(Box::new(leaf)));
                }
                413 if records > LEAST_RECORDS => {
                    records = (records / 2).max(LEAST_RECORDS);
                    walk.next = None;
                }
                // A link is good for a while only: the walk goes on from the last change seen.
                400 | 404 | 410 | 422 if walk.next.is_some() => walk.leave_dead_link(),
                // Some servers fail at a parameter that they do not know.
                400 | 403 | 404 | 405 | 410 | 422 | 500 | 501 if walk.piece.is_some() => {
                    return Ok(Turned::NotInParts);
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
                    return Ok(Turned::Refused);
                }
                _ => return Err(reply.failure()),
            }
        }
    }

    fn read_leaf(
        &self,
        walk: Walk,
        since: Option<&str>,
        reply: &Reply,
        looks: bool,
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
        let page: Vec<(&str, Option<&str>)> = found
            .iter()
            .map(|(_, id, updated)| (id.as_str(), updated.as_deref()))
            .collect();
        let order = Order::of(&page, walk.piece.is_some());
        let mut rest = Walk {
            kind: walk.kind.clone(),
            high: latest_of(walk.high.as_deref(), order.latest),
            low: order.earliest.map(str::to_owned),
            began: walk
                .began
                .clone()
                .or_else(|| reply.date.map(Timestamp::to_instant)),
            piece: walk.piece.clone(),
            pages: walk.pages + 1,
            unsorted: walk.unsorted || !order.is_sorted,
            linkless: walk.linkless,
            ..Walk::default()
        };
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
        let link = bundle.next().filter(|_| !walk.linkless);
        let is_over = match link {
            Some(link) => {
                self.learn(|profile| profile.next_links = Said::Yes);
                rest.next = self.own_link(link);
                rest.next.is_none() || walk.next.as_deref() == rest.next.as_deref()
            }
            None if walk.next.is_some() => true,
            None if self.profile().next_links == Said::Yes && bundle.next().is_none() => true,
            None => !self.go_on_without_link(&walk, &mut rest, &page, total, order.is_sorted),
        };
        let strays = walk.piece.as_ref().is_some_and(|piece| {
            found.iter().any(|(raw, _, updated)| {
                let names_none = !piece.about.is_empty()
                    && !piece.about.iter().any(|id| raw.get().contains(id.as_str()));
                names_none || piece.excludes(updated.as_deref())
            })
        });
        let at_ms =
            |instant: Option<&str>| instant.and_then(Timestamp::parse).map(Timestamp::as_millis);
        let facts = Facts {
            count: found.len(),
            is_over,
            is_sorted: order.is_sorted && order.is_told,
            newest_ms: at_ms(order.latest),
            oldest_ms: at_ms(order.earliest),
            strays,
            total: bundle.total,
        };
        let glances = found
            .iter()
            .filter(|_| looks)
            .filter_map(|(raw, _, _)| Glance::at(raw))
            .collect();
        let changes = found
            .iter()
            .filter_map(|(raw, _, _)| self.change(raw, reply.date))
            .collect();
        let changes = self.unknown(changes)?;
        Ok(Leaf {
            changes,
            rest,
            facts,
            glances,
            at: reply.date,
        })
    }

    /// Leaves out the versions that are known here.
    pub(super) fn unknown(&self, changes: Vec<Change>) -> Result<Vec<Change>, RemoteError> {
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
