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
        let changed = |items: &[Item<'t>]| -> Vec<&'t str> {
            let items = items.iter().filter(|item| item.same.is_none());
            items.map(|item| item.text).collect()
        };
        let texts = Three {
            base: self.items.base.iter().map(|item| item.text).collect(),
            local: changed(self.items.local),
            remote: changed(self.items.remote),
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
        let digest_of = |text: &&'t str| -> Option<u64> {
            match lead(text, keys).filter(|_| !with_id) {
                Some(lead) => Some(lead.digest()),
                None => key(text).map(|key| digest(DIGEST, &key)),
            }
        };
        let mut digests: Vec<u64> = texts.base.iter().map(digest_of).collect::<Option<_>>()?;
        digests.sort_unstable();
        // Two keys of one digest are as good as one key: nothing is folded.
        if digests.windows(2).any(|pair| pair.first() == pair.last()) {
            return None;
        }
        for (items, own) in [
            (self.items.local, &texts.local),
            (self.items.remote, &texts.remote),
        ] {
            let come: Vec<Cow<'t, str>> = own.iter().map(key).collect::<Option<_>>()?;
            let mut kept = vec![false; texts.base.len()];
            for at in items.iter().filter_map(|item| item.same) {
                *kept.get_mut(at)? = true;
            }
            let gone = texts.base.iter().zip(&kept).filter(|(_, kept)| !**kept);
            let gone: HashSet<Cow<'t, str>> =
                gone.map(|(text, _)| key(text)).collect::<Option<_>>()?;
            let came: HashSet<&str> = come.iter().map(AsRef::as_ref).collect();
            if came.len() < come.len() {
                return None;
            }
            let fresh = || came.iter().filter(|key| !gone.contains(**key));
            let repeats = fresh().any(|key| digests.binary_search(&digest(DIGEST, key)).is_ok());
            let lost = gone
                .iter()
                .filter(|key| !came.contains(key.as_ref()))
                .count();
            let fresh = fresh().count();
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

/// FNV-1a, begun with [`DIGEST`].
fn digest(begun: u64, text: &str) -> u64 {
    text.bytes().fold(begun, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

const DIGEST: u64 = 0xcbf2_9ce4_8422_2325;

/// What most items lead with: a word, or a concept with one code.
enum Lead<'t> {
    Word(&'t str),
    Code { system: &'t str, code: &'t str },
}

impl<'t> Lead<'t> {
    fn digest(&self) -> u64 {
        match self {
            Self::Word(word) => digest(DIGEST, word),
            Self::Code { system, code } => digest(digest(digest(DIGEST, system), "|"), code),
        }
    }

    fn key(&self) -> Cow<'t, str> {
        match self {
            Self::Word(word) => Cow::Borrowed(word),
            Self::Code { system, code } => Cow::Owned(format!("{system}|{code}")),
        }
    }
}

/// The first key of an item, where it is one member and written without escapes.
fn lead<'t>(text: &'t str, keys: &ListKeys) -> Option<Lead<'t>> {
    let first = keys.strong.first().filter(|set| !set.contains(' '))?;
    let mut scanner = Scanner::new(text);
    scanner.expect(b'{')?;
    scanner.space();
    loop {
        let name = scanner.name()?;
        if name == *first {
            return match scanner.peek()? {
                b'"' => plain_string(&mut scanner).map(Lead::Word),
                b'{' => code_of(&mut scanner),
                _ => None,
            };
        }
        scanner.skip(3)?;
        if !scanner.another(b'}')? {
            return None;
        }
    }
}

/// The code of a concept whose first list of codings has one.
fn code_of<'t>(scanner: &mut Scanner<'t>) -> Option<Lead<'t>> {
    scanner.expect(b'{')?;
    scanner.space();
    while scanner.name()? != "coding" {
        scanner.skip(4)?;
        if !scanner.another(b'}')? {
            return None;
        }
    }
    scanner.expect(b'[')?;
    scanner.space();
    scanner.expect(b'{')?;
    scanner.space();
    let (mut system, mut code) = ("", None);
    loop {
        let name = scanner.name()?;
        match (name, scanner.peek()?) {
            ("system", b'"') => system = plain_string(scanner)?,
            ("code", b'"') => code = Some(plain_string(scanner)?),
            _ => scanner.skip(6)?,
        }
        if !scanner.another(b'}')? {
            break;
        }
    }
    let code = code?;
    (!scanner.another(b']')?).then_some(Lead::Code { system, code })
}

fn plain_string<'t>(scanner: &mut Scanner<'t>) -> Option<&'t str> {
    let (text, escaped) = scanner.string()?;
    (!escaped).then_some(text)
}

/// What makes an item itself, as [`super::keys::Keys::strong`] says it; the form is this list's own.
fn key_of<'t>(text: &'t str, keys: &ListKeys) -> Option<Cow<'t, str>> {
    match lead(text, keys) {
        Some(lead) => Some(lead.key()),
        None => key_of_parts(text, keys),
    }
}

/// The key of an item from those of its members that make it up.
fn key_of_parts<'t>(text: &'t str, keys: &ListKeys) -> Option<Cow<'t, str>> {
    let mut item = Map::new();
    let mut fault = false;
    members(text, |name, value| {
        let tells = keys.strong.iter().any(|set| {
            set.split_ascii_whitespace().any(|child| {
                name == child || (name.starts_with(child) && element_of(name) == child)
            })
        });
        if tells {
            let value = Scanner::new(value).read(3, &mut Kept::default());
            fault |= value.is_none();
            item.insert(name.to_owned(), value.unwrap_or_default());
        }
        !fault
    })?;
    let item = Value::Object(item);
    let first = keys.strong.first().copied().unwrap_or_default();
    let mut sets = keys.strong.iter().enumerate();
    let key = sets.find_map(|(at, set)| {
        let key = joined(&item, set)?;
        let plain = at == 0 && !first.contains(' ');
        let word = plain.then(|| key.strip_suffix('\u{1f}')).flatten();
        Some(Cow::Owned(match word {
            Some(word) => word.to_owned(),
            None => format!("{at}\u{1f}{key}"),
        }))
    });
    key.filter(|_| !fault)
}
