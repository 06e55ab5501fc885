//! A long list with what no side touched folded away.
//!
//! A run of items that stands alike in all three versions becomes one item. Invariant: the merge of
//! the folded lists is the merge of the lists; where that is not certain (keys that repeat, items that
//! only likeness could line up) nothing is folded.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::{Map, Value};

use super::document::Item;
use super::kept::Kept;
use super::keys::joined;
use super::piece::Three;
use super::rules::{self, ListKeys, element_of};
use super::scan::Scanner;

/// With fewer untouched items than these there is nothing to gain.
pub(super) const FEWEST_UNTOUCHED: usize = 24;

/// Three versions of one list, with the base's whole text.
pub(super) struct Lists<'t, 'l> {
    pub element: &'l str,
    pub datatype: &'static str,
    pub text: &'t str,
    pub items: Three<&'l [Item<'t>]>,
}

impl<'t> Lists<'t, '_> {
    /// The three folded lists.
    pub fn folded(&self, kept: &mut Kept<'t>) -> Option<Three<Value>> {
        let Three {
            base,
            local,
            remote,
        } = self.items;
        let places = Three {
            base: Vec::new(),
            local: places(base.len(), local),
            remote: places(base.len(), remote),
        };
        let place = |places: &[Option<usize>], at: usize| places.get(at).copied().flatten();
        let untouched = |at: usize| Some((place(&places.local, at)?, place(&places.remote, at)?));
        if (0..base.len())
            .filter(|at| untouched(*at).is_some())
            .count()
            < FEWEST_UNTOUCHED
        {
            return None;
        }
        let with_id = self.told_apart()?;
        // Which run each untouched item of the base opens; those behind it in the run open none.
        let mut opens: Vec<Option<Value>> = Vec::with_capacity(base.len());
        let mut at = 0;
        while at < base.len() {
            let Some((mut one, mut other)) = untouched(at) else {
                opens.push(None);
                at += 1;
                continue;
            };
            let first = at;
            while untouched(at + 1) == Some((one + 1, other + 1)) {
                (at, one, other) = (at + 1, one + 1, other + 1);
            }
            let end = base.get(at).map(|item| item.start + item.text.len())?;
            let written = self.text.get(base.get(first)?.start..end)?;
            opens.push(Some(kept.run(written, with_id)));
            opens.extend((first..at).map(|_| None));
            at += 1;
        }
        let mut read: Vec<Option<Value>> = Vec::with_capacity(base.len());
        for (at, item) in base.iter().enumerate() {
            let value = match untouched(at) {
                Some(_) => None,
                None => Some(Scanner::new(item.text).read(2, kept)?),
            };
            read.push(value);
        }
        let of_base = |at: usize| match untouched(at) {
            Some(_) => opens.get(at).cloned().flatten(),
            None => read.get(at).cloned().flatten(),
        };
        let folded_base: Vec<Value> = (0..base.len()).filter_map(of_base).collect();
        let mut side = |items: &[Item<'t>]| -> Option<Value> {
            let mut folded = Vec::new();
            for item in items {
                match item.same {
                    Some(at) => folded.extend(of_base(at)),
                    None => folded.push(Scanner::new(item.text).read(2, kept)?),
                }
            }
            Some(Value::Array(folded))
        };
        let (local, remote) = (side(local)?, side(remote)?);
        Some(Three {
            base: Value::Array(folded_base),
            local,
            remote,
        })
    }

    /// Whether the items go by `id`; `None` where keys repeat or do not line up what was changed.
    fn told_apart(&self) -> Option<bool> {
        let keys = rules::of_datatype(self.datatype).or_else(|| rules::named(self.element))?;
        if keys.alone || keys.strong.iter().any(|set| set.contains('.')) {
            return None;
        }
        let own = |items: &[Item<'t>]| -> Vec<&'t str> {
            let changed = items.iter().filter(|item| item.same.is_none());
            changed.map(|item| item.text).collect()
        };
        let texts = Three {
            base: self.items.base.iter().map(|item| item.text).collect(),
            local: own(self.items.local),
            remote: own(self.items.remote),
        };
        let with_id = texts
            .all()
            .into_iter()
            .flatten()
            .all(|text| id_of(text).is_some());
        let key = |text: &&'t str| -> Option<Cow<'t, str>> {
            if with_id {
                let id = id_of(text)?;
                // Written with an escape it could be another's, or that of a run.
                return (!id.contains('\\')).then_some(Cow::Borrowed(id));
            }
            key_of(text, keys)
        };
        let base: Vec<Cow<'t, str>> = texts.base.iter().map(key).collect::<Option<_>>()?;
        let all: HashSet<&str> = base.iter().map(AsRef::as_ref).collect();
        if all.len() < base.len() {
            return None;
        }
        for (items, texts) in [
            (self.items.local, &texts.local),
            (self.items.remote, &texts.remote),
        ] {
            let come: Vec<Cow<'t, str>> = texts.iter().map(key).collect::<Option<_>>()?;
            let mut gone = all.clone();
            for at in items.iter().filter_map(|item| item.same) {
                gone.remove(base.get(at)?.as_ref());
            }
            let came: HashSet<&str> = come.iter().map(AsRef::as_ref).collect();
            if came.len() < come.len() {
                return None;
            }
            let fresh = came.iter().filter(|key| !gone.contains(**key)).count();
            let repeats = came
                .iter()
                .any(|key| all.contains(key) && !gone.contains(key));
            let lost = gone.iter().filter(|key| !came.contains(**key)).count();
            // One taken out and one put in are one pair however long the list is.
            if repeats || (fresh.min(lost) > 0 && fresh.max(lost) > 1) {
                return None;
            }
        }
        Some(with_id)
    }
}

/// Where each item of the base stands in a side as it is.
fn places(count: usize, side: &[Item]) -> Vec<Option<usize>> {
    let mut places = vec![None; count];
    for (at, item) in side.iter().enumerate() {
        if let Some(slot) = item.same.and_then(|base| places.get_mut(base)) {
            *slot = Some(at);
        }
    }
    places
}

/// Calls with name and value of each member of an object, until told to stop.
fn members<'t>(text: &'t str, mut each: impl FnMut(&'t str, &'t str) -> bool) -> Option<()> {
    let mut scanner = Scanner::new(text);
    scanner.expect(b'{')?;
    scanner.space();
    if scanner.expect(b'}').is_some() {
        return Some(());
    }
    loop {
        let name = scanner.name()?;
        let start = scanner.at();
        scanner.skip(2)?;
        if !each(name, scanner.since(start)?) || !scanner.another(b'}')? {
            return Some(());
        }
    }
}

/// The id of an item, if it has one that is a string, as it is written.
fn id_of(text: &str) -> Option<&str> {
    let mut id = None;
    members(text, |name, value| {
        if name == "id" {
            id = value
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'));
        }
        name != "id"
    })?;
    id
}

/// What makes an item itself, as [`super::keys::Keys::strong`] says it.
fn key_of<'t>(text: &'t str, keys: &ListKeys) -> Option<Cow<'t, str>> {
    let names = |set: &'static str| set.split_ascii_whitespace();
    let mut telling: Vec<(&'t str, &'t str)> = Vec::new();
    members(text, |name, value| {
        let tells = keys.strong.iter().any(|set| {
            names(set).any(|child| {
                name == child || (name.starts_with(child) && element_of(name) == child)
            })
        });
        if tells {
            telling.push((name, value));
        }
        true
    })?;
    let first = keys.strong.first().copied().unwrap_or_default();
    if let [(name, value)] = telling.as_slice()
        && *name == first
        && !value.contains('\\')
        && let Some(word) = value.strip_prefix('"')
    {
        // Only within this list are such keys compared, so their form is free.
        return Some(Cow::Borrowed(word.strip_suffix('"').unwrap_or(word)));
    }
    let mut item = Map::with_capacity(telling.len());
    for (name, value) in telling {
        let value = Scanner::new(value).read(3, &mut Kept::default())?;
        item.insert(name.to_owned(), value);
    }
    let item = Value::Object(item);
    let mut sets = keys.strong.iter().enumerate();
    sets.find_map(|(at, set)| {
        let key = joined(&item, set)?;
        let plain = at == 0 && !first.contains(' ');
        let word = plain.then(|| key.strip_suffix('\u{1f}')).flatten();
        Some(Cow::Owned(match word {
            Some(word) => word.to_owned(),
            None => format!("{at}\u{1f}{key}"),
        }))
    })
}
