//! A first sync with a plain server, page by page: [`Arrival`] decides, this asks.

use std::collections::BTreeMap;

use haven_model::Timestamp;
use haven_model::wire::Change;

use super::arrival::{Arrival, Next, Stage};
use super::bundle::{Bundle, Shown};
use super::cursor::{Cursor, Walk, note_since};
use super::http::Ask;
use super::own::Glance;
use super::walk::{Leaf, Turned};
use super::{FhirRemote, Said};
use crate::remote::RemoteError;

/// How far it has come is kept after so many questions that brought nothing, so that a connection that
/// breaks again and again gets on all the same.
const UNKEPT_QUESTIONS: u32 = 3;

/// What a step of a first sync has brought.
#[derive(Default)]
pub(super) struct Arrived {
    pub changes: Vec<Change>,
    /// The server's clock.
    pub at: Option<Timestamp>,
}

impl FhirRemote {
    /// The next page that holds something, or that has to be kept before what follows; at the end the
    /// cursor has no first sync any more.
    pub(super) async fn arrive(
        &self,
        cursor: &mut Cursor,
        types: &[String],
        records: u32,
    ) -> Result<Arrived, RemoteError> {
        let mut first = cursor.first.take().unwrap_or_default();
        let mut at = None;
        let mut asked_times = 0_u32;
        loop {
            if asked_times >= UNKEPT_QUESTIONS {
                cursor.first = Some(first);
                let changes = Vec::new();
                return Ok(Arrived { changes, at });
            }
            asked_times += 1;
            let under_way = cursor.walk.take().filter(|walk| first.is_at(walk));
            let now = at.unwrap_or_else(|| self.pace.now());
            let next = match under_way {
                Some(walk) => Next::Read(Box::new(walk)),
                None => first.next(types, self.gives_windows(), now),
            };
            let walk = match next {
                Next::Read(walk) => *walk,
                Next::Oldest(kind) => {
                    let oldest_ms = self.oldest_of(&kind).await?;
                    first.note_oldest(&kind, oldest_ms);
                    continue;
                }
                Next::Settle => {
                    cursor.first = Some(first);
                    let changes = Vec::new();
                    return Ok(Arrived { changes, at });
                }
                Next::Compare(kind) => {
                    let is_lacking = self.is_lacking(&kind).await?;
                    first.note_compared(&kind, is_lacking);
                    continue;
                }
                Next::Over => {
                    cursor.whole = true;
                    let changes = Vec::new();
                    return Ok(Arrived { changes, at });
                }
            };
            let since = (first.stage == Stage::CatchingUp)
                .then(|| cursor.since.get(&walk.kind).cloned())
                .flatten();
            let looks = first.stage <= Stage::Care;
            let asked = walk.clone();
            match self.leaf(walk, since.as_deref(), records, looks).await? {
                Turned::Page(leaf) => {
                    at = leaf.at.or(at);
                    let changes = self.heed(cursor, &mut first, &asked, *leaf, now).await?;
                    if !changes.is_empty() {
                        cursor.first = Some(first);
                        return Ok(Arrived { changes, at });
                    }
                }
                Turned::NotInParts => {
                    if first.stage == Stage::Windows {
                        self.note_windows(false);
                    }
                    first.refused(&asked.kind);
                }
                Turned::Refused => first.close(&asked.kind),
            }
        }
    }

    /// Takes note of a page; answers what of it is to be kept.
    async fn heed(
        &self,
        cursor: &mut Cursor,
        first: &mut Arrival,
        asked: &Walk,
        leaf: Leaf,
        now: Timestamp,
    ) -> Result<Vec<Change>, RemoteError> {
        let Leaf {
            changes,
            rest,
            mut facts,
            glances,
            ..
        } = leaf;
        let kind = asked.kind.clone();
        facts.strays |= self.look_for_own(first, &glances, now);
        note_bytes(&mut first.bytes, &changes);
        let stage = first.stage;
        if first.is_by_parts() {
            if stage == Stage::Newest && !facts.is_over && facts.total.is_none() {
                facts.total = self.count_of(&kind).await?;
            }
            if stage == Stage::Windows {
                self.note_windows(!facts.strays);
            }
            if first.heed(asked, &facts) {
                cursor.walk = Some(rest);
            } else if stage == Stage::Newest {
                note_since(cursor, &kind, &rest);
            }
            return Ok(changes);
        }
        if stage != Stage::CatchingUp {
            first.note_whole(&kind, rest.pages == 1, &facts);
        }
        if !facts.is_over {
            cursor.walk = Some(rest);
            return Ok(changes);
        }
        note_since(cursor, &kind, &rest);
        first.close(&kind);
        Ok(changes)
    }

    /// Learns from people, schedules and care teams whose charts come first; answers whether something
    /// was shown that had not been asked for.
    fn look_for_own(&self, first: &mut Arrival, glances: &[Glance], now: Timestamp) -> bool {
        let user = self.store.session();
        let mut strays = false;
        for glance in glances {
            match first.stage {
                Stage::People => {
                    let is_self = glance.is_user(&user.user, &user.display_name)
                        || glance.is_role_of(&first.selves);
                    if is_self && !first.selves.contains(&glance.key()) {
                        first.selves.push(glance.key());
                    }
                }
                Stage::Schedule => {
                    let is_today = glance.is_today(now) == Some(true);
                    strays |= !is_today;
                    if is_today {
                        first.add_own(glance.expected());
                    }
                }
                Stage::Care => {
                    let patient = glance.in_care_of(&first.selves);
                    strays |= patient.is_none();
                    first.add_own(patient);
                }
                Stage::Charts
                | Stage::Newest
                | Stage::Windows
                | Stage::Whole
                | Stage::CatchingUp
                | Stage::Verifying
                | Stage::Again
                | Stage::Done => {}
            }
        }
        strays
    }

    /// How much a first sync has still to bring, a page of `changes` included, once that is known.
    pub(super) fn still_to_come(&self, cursor: &Cursor, changes: usize) -> Option<u64> {
        let first = cursor
            .first
            .as_ref()
            .filter(|first| first.has_asked_all())?;
        let here = self
            .store
            .snapshot(|reader| reader.counts_there(&self.server.name))
            .ok()?;
        let behind: u64 = first
            .total
            .iter()
            .map(|(kind, total)| total.saturating_sub(here.get(kind).copied().unwrap_or(0)))
            .sum();
        Some(behind.max(u64::try_from(changes).unwrap_or(u64::MAX)))
    }

    fn gives_windows(&self) -> bool {
        let profile = self.profile();
        profile.windows != Said::No && profile.last_updated_search != Said::No
    }

    fn note_windows(&self, are_kept_to: bool) {
        self.learn(|profile| profile.windows = Said::seen(are_kept_to));
    }

    /// When the oldest resource of a type was changed; `None` when the server does not tell.
    async fn oldest_of(&self, kind: &str) -> Result<Option<i64>, RemoteError> {
        let ask = Ask::get(kind)
            .query("_sort", "_lastUpdated")
            .query("_count", "1");
        let reply = self.ask(&ask).await?.require_json()?;
        if !reply.is_success() {
            return Ok(None);
        }
        let bundle = Bundle::read(&reply.body)?;
        let first = bundle.matches().next().and_then(Shown::read);
        Ok(first
            .and_then(|shown| shown.last_updated())
            .map(Timestamp::as_millis))
    }

    /// Whether the server counts more of a type than is here.
    async fn is_lacking(&self, kind: &str) -> Result<bool, RemoteError> {
        let Some(there) = self.count_of(kind).await? else {
            return Ok(false);
        };
        let here = self
            .store
            .snapshot(|reader| reader.counts_there(&self.server.name))
            .map_err(|_| RemoteError::Protocol("this store cannot be read".to_owned()))?;
        Ok(here.get(kind).copied().unwrap_or(0) < there)
    }
}

fn note_bytes(bytes: &mut BTreeMap<String, u64>, changes: &[Change]) {
    for change in changes {
        let length = change.data.as_ref().map_or(0, |data| data.get().len());
        let of_type = bytes.entry(change.collection.clone()).or_default();
        *of_type = of_type.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
    }
}
