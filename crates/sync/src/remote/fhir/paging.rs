//! From one page to the next: by links where a server gives them, else by the last instant seen, else by
//! offset.

use std::collections::HashSet;

use haven_model::Timestamp;

use super::cursor::{Walk, later};
use super::http::Ask;
use super::{FhirRemote, Said};

/// Changes become visible up to this long after the instant they carry, where several nodes and
/// uncommitted rows are behind one server; what was seen already is passed over.
pub(super) const OVERLAP_MS: i64 = 150_000;

/// How the resources of a page follow each other.
pub(super) struct Order<'p> {
    pub is_sorted: bool,
    /// Whether each tells when it was changed.
    pub is_told: bool,
    pub latest: Option<&'p str>,
    pub earliest: Option<&'p str>,
}

impl<'p> Order<'p> {
    pub(super) fn of(page: &[(&str, Option<&'p str>)], newest_first: bool) -> Self {
        let instants: Vec<&str> = page.iter().filter_map(|(_, updated)| *updated).collect();
        let is_sorted = instants.windows(2).all(|pair| match newest_first {
            true => !later(pair[1], pair[0]),
            false => !later(pair[0], pair[1]),
        });
        let pick = |wins: fn(&str, &str) -> bool| {
            let all = instants.iter().copied();
            all.reduce(|best, one| if wins(one, best) { one } else { best })
        };
        Self {
            is_sorted,
            is_told: instants.len() == page.len(),
            latest: pick(later),
            earliest: pick(|one, best| later(best, one)),
        }
    }
}

impl Walk {
    /// Whether nothing of it has been read yet.
    pub(super) fn is_new(&self) -> bool {
        self.pages == 0 && self.next.is_none() && self.after.is_none() && self.offset == 0
    }

    /// A link is good for a while only: the walk goes on from the last change seen; where a link dies
    /// twice at one place, without links.
    pub(super) fn leave_dead_link(&mut self) {
        self.next = None;
        if self.unsorted {
            // Nothing tells what is behind: all of it once more, by offset.
            (self.linkless, self.after, self.offset) = (true, None, 0);
            return;
        }
        let seen = match self.piece {
            Some(_) => &self.low,
            None => &self.high,
        };
        self.linkless |= self.after.is_some() && self.after == *seen;
        self.after.clone_from(seen);
    }
}

impl FhirRemote {
    pub(super) fn question(&self, walk: &Walk, since: Option<&str>, records: u32) -> Ask {
        if let Some(link) = &walk.next {
            return Ask::get(link.clone());
        }
        let mut ask = Ask::get(walk.kind.clone());
        if let Some(piece) = &walk.piece {
            for (name, value) in &piece.with {
                ask = ask.query(name, value.clone());
            }
            if let Some(from) = &piece.from {
                ask = ask.query("_lastUpdated", format!("ge{from}"));
            }
            match (&walk.after, &piece.until) {
                (Some(after), _) => ask = ask.query("_lastUpdated", format!("le{after}")),
                (None, Some(until)) => ask = ask.query("_lastUpdated", format!("lt{until}")),
                (None, None) => {}
            }
            ask = ask
                .query("_sort", "-_lastUpdated")
                .query("_count", records.to_string());
            if walk.offset > 0 {
                ask = ask.query("_offset", walk.offset.to_string());
            }
            return ask;
        }
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

    /// Without links, the walk goes on from the last instant seen; where one instant fills a page, by
    /// offset. Answers whether there may be more.
    pub(super) fn go_on_without_link(
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
        if moves && is_new && can_search && walk.offset == 0 && !walk.unsorted {
            rest.after = last.map(str::to_owned);
            rest.ties = page
                .iter()
                .filter(|(_, updated)| *updated == last)
                .map(|(id, _)| (*id).to_owned())
                .collect();
            return true;
        }
        if !is_new {
            // Nothing new: the end; or a page that one instant fills, where a server need not say that
            // there is more. One that knows no offsets shows the same once more.
            if walk.offset == 0 && total.is_none_or(|total| page.len() < total) {
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
}
