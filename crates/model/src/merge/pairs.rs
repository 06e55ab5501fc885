//! Finding the same item in two versions of a list: by content, by key, by what is left of a key,
//! and at last by place.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::keys::{Keys, joined};
use super::likeness::{by_place, plainly_alike};
use super::piece::{Three, canonical};

/// One version, with what its items are compared by.
pub(super) struct List<'a> {
    pub items: &'a [Value],
    texts: Cow<'a, [String]>,
    pub keys: Cow<'a, [Option<String>]>,
}

impl<'a> List<'a> {
    pub fn of(items: &'a [Value], keys: &Keys) -> Self {
        Self {
            items,
            texts: items.iter().map(canonical).collect::<Vec<_>>().into(),
            keys: items
                .iter()
                .map(|item| keys.strong(item))
                .collect::<Vec<_>>()
                .into(),
        }
    }

    /// The same list, to be looked at in another role.
    fn view(&self) -> List<'_> {
        List {
            items: self.items,
            texts: Cow::Borrowed(&self.texts),
            keys: Cow::Borrowed(&self.keys),
        }
    }

    /// The item's key, else its content.
    pub fn name(&self, at: usize) -> &str {
        let key = self.keys.get(at).and_then(Option::as_deref);
        key.or_else(|| self.texts.get(at).map(String::as_str))
            .unwrap_or_default()
    }

    pub fn text(&self, at: usize) -> &str {
        self.texts.get(at).map(String::as_str).unwrap_or_default()
    }
}

/// Which item of one side is which item of the base.
pub(super) struct Pairs {
    /// Per item of the base, the side's item.
    pub to: Vec<Option<usize>>,
    /// Per item of the side, the base's item.
    pub from: Vec<Option<usize>>,
    /// Items of the base that are paired by place alone.
    pub loose: HashSet<usize>,
}

impl Pairs {
    /// Items of the same content, the first with the first.
    pub fn exact(base: &List, side: &List) -> Self {
        let mut pairs = Self {
            to: vec![None; base.items.len()],
            from: vec![None; side.items.len()],
            loose: HashSet::new(),
        };
        let mut waiting: HashMap<&str, Vec<usize>> = HashMap::new();
        for at in (0..side.items.len()).rev() {
            waiting.entry(side.text(at)).or_default().push(at);
        }
        for at in 0..base.items.len() {
            if let Some(other) = waiting.get_mut(base.text(at)).and_then(Vec::pop) {
                pairs.join(at, other);
            }
        }
        pairs
    }

    fn join(&mut self, base: usize, side: usize) {
        if let (Some(to), Some(from)) = (self.to.get_mut(base), self.from.get_mut(side)) {
            *to = Some(side);
            *from = Some(base);
        }
    }

    pub fn unpaired_base(&self) -> Vec<usize> {
        open(&self.to)
    }

    pub fn unpaired_side(&self) -> Vec<usize> {
        open(&self.from)
    }

    /// Items that changed and kept their key.
    pub fn by_key(&mut self, base: &List, side: &List) {
        let keyed = |list: &List, at: usize| list.keys.get(at).cloned().flatten();
        let waiting: HashMap<String, usize> = self
            .unpaired_side()
            .into_iter()
            .filter_map(|at| keyed(side, at).map(|key| (key, at)))
            .collect();
        for at in self.unpaired_base() {
            if let Some(other) = keyed(base, at).and_then(|key| waiting.get(&key).copied()) {
                self.join(at, other);
            }
        }
    }
}

pub(super) fn open(slots: &[Option<usize>]) -> Vec<usize> {
    slots
        .iter()
        .enumerate()
        .filter(|(_, slot)| slot.is_none())
        .map(|(at, _)| at)
        .collect()
}

/// Finds the base's item for items whose key changed.
pub(super) fn pair_edits(
    keys: &Keys,
    lists: &Three<List>,
    local: &mut Pairs,
    remote: &mut Pairs,
    shared: &[(usize, usize)],
) {
    let (shared_local, shared_remote): (HashSet<usize>, HashSet<usize>) =
        shared.iter().copied().unzip();
    by_weak_key(keys, &lists.base, &lists.local, local, &shared_local);
    by_weak_key(keys, &lists.base, &lists.remote, remote, &shared_remote);
    by_other_side(keys, lists, local, remote, &shared_local);
    let turned = Three {
        base: lists.base.view(),
        local: lists.remote.view(),
        remote: lists.local.view(),
    };
    by_other_side(keys, &turned, remote, local, &shared_remote);
    let mut ours = shared.iter().map(|(at, _)| *at).collect::<Vec<_>>();
    let mut theirs = shared.iter().map(|(_, at)| *at).collect::<Vec<_>>();
    let local_found = weak_pairs(
        keys,
        (&lists.base, &mut local.unpaired_base()),
        (&lists.local, &mut ours),
        None,
    );
    let remote_found = weak_pairs(
        keys,
        (&lists.base, &mut remote.unpaired_base()),
        (&lists.remote, &mut theirs),
        None,
    );
    join_agreed(local, remote, shared, &local_found, &remote_found, false);
    let local_found = by_place(keys, &lists.base, &lists.local, local);
    let remote_found = by_place(keys, &lists.base, &lists.remote, remote);
    join_agreed(local, remote, shared, &local_found, &remote_found, true);
    let held = |pairs: &Pairs, found: &[(usize, usize)]| {
        let kept = pairs
            .to
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.is_some());
        let kept = kept.map(|(base, _)| base);
        kept.chain(found.iter().map(|(base, _)| *base))
            .collect::<HashSet<usize>>()
    };
    let (held_local, held_remote) = (held(local, &local_found), held(remote, &remote_found));
    for (pairs, side, found, shared, held) in [
        (local, &lists.local, local_found, shared_local, held_remote),
        (
            remote,
            &lists.remote,
            remote_found,
            shared_remote,
            held_local,
        ),
    ] {
        for (base, other) in found {
            // Where the other side took the item away, what came is an edit of it only if they are
            // plainly alike; else it is a removal that both agree on, and an addition.
            let edit = held.contains(&base) || plainly_alike(&lists.base, base, side, other);
            if edit && !shared.contains(&other) {
                pairs.join(base, other);
                pairs.loose.insert(base);
            }
        }
    }
}

/// Joins additions that both sides made with the item that they are an edit of: the two are one
/// item, so by their keys it is enough that one side's is found to be, by place both must be. Where
/// the sides disagree whose edit it is, it stays an addition.
fn join_agreed(
    local: &mut Pairs,
    remote: &mut Pairs,
    shared: &[(usize, usize)],
    local_found: &[(usize, usize)],
    remote_found: &[(usize, usize)],
    loose: bool,
) {
    let turned = |found: &[(usize, usize)]| {
        found
            .iter()
            .map(|(base, at)| (*at, *base))
            .collect::<HashMap<usize, usize>>()
    };
    let (ours, theirs) = (turned(local_found), turned(remote_found));
    for (one, other) in shared {
        let base = match (ours.get(one), theirs.get(other)) {
            (Some(base), Some(other_base)) if base == other_base => *base,
            (Some(base), None) | (None, Some(base)) if !loose => *base,
            _ => continue,
        };
        let free = |slots: &[Option<usize>], at: usize| slots.get(at) == Some(&None);
        if free(&local.to, base)
            && free(&remote.to, base)
            && free(&local.from, *one)
            && free(&remote.from, *other)
        {
            local.join(base, *one);
            remote.join(base, *other);
            if loose {
                local.loose.insert(base);
            }
        }
    }
}

fn by_weak_key(keys: &Keys, base: &List, side: &List, pairs: &mut Pairs, shared: &HashSet<usize>) {
    let mut bases = pairs.unpaired_base();
    let mut sides: Vec<usize> = pairs
        .unpaired_side()
        .into_iter()
        .filter(|at| !shared.contains(at))
        .collect();
    for (at, other) in weak_pairs(keys, (base, &mut bases), (side, &mut sides), None) {
        pairs.join(at, other);
    }
}

/// Items that share nothing with the base's any more, but do with the other side's edit of it:
/// such is an item in a merge result, beside one of the sides that it was merged from.
fn by_other_side(
    keys: &Keys,
    lists: &Three<List>,
    pairs: &mut Pairs,
    other: &Pairs,
    shared: &HashSet<usize>,
) {
    let of_other: HashMap<usize, usize> = pairs
        .unpaired_base()
        .into_iter()
        .filter(|base| !other.loose.contains(base))
        .filter_map(|base| Some((other.to.get(base).copied().flatten()?, base)))
        .collect();
    let mut others: Vec<usize> = of_other.keys().copied().collect();
    others.sort_unstable();
    let mut own: Vec<usize> = pairs
        .unpaired_side()
        .into_iter()
        .filter(|at| !shared.contains(at))
        .collect();
    let by_name: HashMap<&str, usize> = own.iter().map(|at| (lists.local.name(*at), *at)).collect();
    let mut found: Vec<(usize, usize)> = others
        .iter()
        .filter_map(|at| by_name.get(lists.remote.name(*at)).map(|own| (*at, *own)))
        .collect();
    let (taken_others, taken_own): (HashSet<usize>, HashSet<usize>) = found.iter().copied().unzip();
    others.retain(|at| !taken_others.contains(at));
    own.retain(|at| !taken_own.contains(at));
    let changed = |at: usize, set: &str| {
        let before = of_other
            .get(&at)
            .and_then(|base| lists.base.items.get(*base));
        let after = lists.remote.items.get(at);
        before.map(|item| joined(item, set)) != after.map(|item| joined(item, set))
    };
    found.extend(weak_pairs(
        keys,
        (&lists.remote, &mut others),
        (&lists.local, &mut own),
        Some(&changed),
    ));
    for (at, own) in found {
        if let Some(base) = of_other.get(&at) {
            pairs.join(*base, own);
        }
    }
}

/// Whether an item's key of some children was changed.
type Changed<'a> = &'a dyn Fn(usize, &str) -> bool;

/// Pairs items by the first weak key that exactly one of each has, taking them off the places.
/// With `changed`, only keys count for which it says that the item's was changed, and having none
/// any more counts as one.
fn weak_pairs(
    keys: &Keys,
    (one, places): (&List, &mut Vec<usize>),
    (other, other_places): (&List, &mut Vec<usize>),
    changed: Option<Changed>,
) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for set in keys.weak() {
        if places.is_empty() || other_places.is_empty() {
            break;
        }
        let by_key = |list: &List, places: &[usize], counts: &dyn Fn(usize) -> bool| {
            let mut map: HashMap<String, Vec<usize>> = HashMap::new();
            for at in places.iter().filter(|at| counts(**at)) {
                let key = list.items.get(*at).and_then(|item| joined(item, set));
                if let Some(key) = key.or_else(|| changed.map(|_| String::new())) {
                    map.entry(key).or_default().push(*at);
                }
            }
            map
        };
        let waiting = by_key(other, other_places, &|_| true);
        let counts = |at: usize| changed.is_none_or(|changed| changed(at, set));
        for (key, at) in by_key(one, places, &counts) {
            if let ([at], Some([other])) = (at.as_slice(), waiting.get(&key).map(Vec::as_slice)) {
                found.push((*at, *other));
            }
        }
        let taken: (HashSet<usize>, HashSet<usize>) = found.iter().copied().unzip();
        places.retain(|at| !taken.0.contains(at));
        other_places.retain(|at| !taken.1.contains(at));
    }
    found
}
