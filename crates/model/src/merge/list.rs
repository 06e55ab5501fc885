//! Lining up the items of three versions of a list.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::keys::{Keys, joined};
use super::piece::{Three, canonical};
use super::rules;
use super::weave::{moved, weave};

/// Above this many possible pairs, replaced items are paired by place alone.
const MOST_PAIRS_COMPARED: usize = 4096;

/// One item across the three versions.
pub(super) struct Row {
    /// Where it stands in each version.
    pub at: Three<Option<usize>>,
    /// Only its place says that the versions belong together: it merges as one piece.
    pub loose: bool,
    /// Its name in a path.
    pub label: String,
}

/// What became of lining up.
pub(super) enum Alignment {
    /// The items, in the order of the result.
    Rows(Vec<Row>),
    /// A changed item cannot be told from another: the list is one piece.
    Ambiguous,
    /// Both sides moved items, differently, where the order carries meaning.
    Reordered,
    /// Not a list of alike things: it is one piece.
    Piece,
}

/// Lines up three versions of a list; an absent one is empty.
pub(super) fn align(element: &str, items: &Three<&[Value]>) -> Alignment {
    let of_objects = items
        .all()
        .iter()
        .all(|items| items.iter().all(Value::is_object));
    let of_primitives = items.all().iter().all(|items| {
        items
            .iter()
            .all(|item| !(item.is_object() || item.is_array() || item.is_null()))
    });
    if !(of_objects || of_primitives) {
        return Alignment::Piece;
    }
    let ordered = rules::ORDERED.contains(&element);
    let keys = Keys::choose(element, items);
    let lists = items.map(|items| List::of(items, &keys));
    let mut local = Pairs::exact(&lists.base, &lists.local);
    let mut remote = Pairs::exact(&lists.base, &lists.remote);
    if ordered && of_primitives && !(local.is_permutation() || remote.is_permutation()) {
        return Alignment::Piece;
    }
    if is_ambiguous(&lists, &local, &remote) {
        return Alignment::Ambiguous;
    }
    local.by_key(&lists.base, &lists.local);
    remote.by_key(&lists.base, &lists.remote);
    let shared = shared_additions(&lists, &local, &remote);
    pair_edits(&keys, &lists, &mut local, &mut remote, &shared);
    if replaced_by_both(&keys, &lists, &local, &remote, &shared) {
        return Alignment::Ambiguous;
    }
    arrange(&keys, &lists, &local, &remote, &shared, ordered)
}

/// One version, with what its items are compared by.
struct List<'a> {
    items: &'a [Value],
    texts: Vec<String>,
    keys: Vec<Option<String>>,
}

impl<'a> List<'a> {
    fn of(items: &'a [Value], keys: &Keys) -> Self {
        Self {
            items,
            texts: items.iter().map(canonical).collect(),
            keys: items.iter().map(|item| keys.strong(item)).collect(),
        }
    }

    /// The item's key, else its content.
    fn name(&self, at: usize) -> &str {
        let key = self.keys.get(at).and_then(Option::as_deref);
        key.or_else(|| self.texts.get(at).map(String::as_str))
            .unwrap_or_default()
    }

    fn text(&self, at: usize) -> &str {
        self.texts.get(at).map(String::as_str).unwrap_or_default()
    }
}

/// Which item of one side is which item of the base.
struct Pairs {
    /// Per item of the base, the side's item.
    to: Vec<Option<usize>>,
    /// Per item of the side, the base's item.
    from: Vec<Option<usize>>,
    /// Items of the base that are paired by place alone.
    loose: HashSet<usize>,
}

impl Pairs {
    /// Items of the same content, the first with the first.
    fn exact(base: &List, side: &List) -> Self {
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

    fn is_permutation(&self) -> bool {
        self.to.iter().all(Option::is_some) && self.from.iter().all(Option::is_some)
    }

    fn unpaired_base(&self) -> Vec<usize> {
        open(&self.to)
    }

    fn unpaired_side(&self) -> Vec<usize> {
        open(&self.from)
    }

    /// Items that changed and kept their key.
    fn by_key(&mut self, base: &List, side: &List) {
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

    /// The base's item that the item stands behind in the side's order.
    fn behind(&self, slots: &[Option<usize>], at: usize, to_base: bool) -> Option<usize> {
        let before = slots.get(..at)?.iter().rposition(Option::is_some)?;
        if to_base {
            slots.get(before).copied().flatten()
        } else {
            Some(before)
        }
    }
}

fn open(slots: &[Option<usize>]) -> Vec<usize> {
    slots
        .iter()
        .enumerate()
        .filter(|(_, slot)| slot.is_none())
        .map(|(at, _)| at)
        .collect()
}

/// Whether an item that changed shares its key with another item of its version, or any version.
fn is_ambiguous(lists: &Three<List>, local: &Pairs, remote: &Pairs) -> bool {
    let mut repeated = HashSet::new();
    for list in lists.all() {
        let mut seen = HashSet::new();
        for at in 0..list.items.len() {
            if !seen.insert(list.name(at)) {
                repeated.insert(list.name(at));
            }
        }
    }
    if repeated.is_empty() {
        return false;
    }
    let changed = |list: &List, slots: &[Option<usize>]| {
        open(slots)
            .into_iter()
            .any(|at| repeated.contains(list.name(at)))
    };
    changed(&lists.base, &local.to)
        || changed(&lists.base, &remote.to)
        || changed(&lists.local, &local.from)
        || changed(&lists.remote, &remote.from)
}

/// Items that both sides added: of one key, or of one content.
fn shared_additions(lists: &Three<List>, local: &Pairs, remote: &Pairs) -> Vec<(usize, usize)> {
    let waiting: HashMap<&str, usize> = remote
        .unpaired_side()
        .into_iter()
        .map(|at| (lists.remote.name(at), at))
        .collect();
    local
        .unpaired_side()
        .into_iter()
        .filter_map(|at| waiting.get(lists.local.name(at)).map(|other| (at, *other)))
        .collect()
}

/// Finds the base's item for items whose key changed.
fn pair_edits(
    keys: &Keys,
    lists: &Three<List>,
    local: &mut Pairs,
    remote: &mut Pairs,
    shared: &[(usize, usize)],
) {
    let (shared_local, shared_remote): (HashSet<usize>, HashSet<usize>) =
        shared.iter().copied().unzip();
    for (pairs, side, shared) in [
        (&mut *local, &lists.local, &shared_local),
        (&mut *remote, &lists.remote, &shared_remote),
    ] {
        let candidates: Vec<usize> = pairs
            .unpaired_side()
            .into_iter()
            .filter(|at| !shared.contains(at))
            .collect();
        for (base, other, loose) in edits(keys, &lists.base, side, pairs, &candidates) {
            pairs.join(base, other);
            if loose {
                pairs.loose.insert(base);
            }
        }
    }
    // The same edit of one item by both sides; where they disagree whose edit it is, an addition.
    let from_local: HashMap<usize, (usize, bool)> = edits(
        keys,
        &lists.base,
        &lists.local,
        local,
        &shared.iter().map(|(local, _)| *local).collect::<Vec<_>>(),
    )
    .into_iter()
    .map(|(base, side, loose)| (side, (base, loose)))
    .collect();
    let from_remote: HashMap<usize, (usize, bool)> = edits(
        keys,
        &lists.base,
        &lists.remote,
        remote,
        &shared.iter().map(|(_, remote)| *remote).collect::<Vec<_>>(),
    )
    .into_iter()
    .map(|(base, side, loose)| (side, (base, loose)))
    .collect();
    for (one, other) in shared {
        if let (Some((base, loose)), Some((other_base, other_loose))) =
            (from_local.get(one), from_remote.get(other))
            && base == other_base
        {
            local.join(*base, *one);
            remote.join(*base, *other);
            if *loose || *other_loose {
                local.loose.insert(*base);
            }
        }
    }
}

/// Pairs of (base item, side's item, by place alone) among items that found no partner.
fn edits(
    keys: &Keys,
    base: &List,
    side: &List,
    pairs: &Pairs,
    candidates: &[usize],
) -> Vec<(usize, usize, bool)> {
    let mut found = Vec::new();
    let mut bases = pairs.unpaired_base();
    let mut sides = candidates.to_vec();
    for set in keys.weak() {
        if bases.is_empty() || sides.is_empty() {
            return found;
        }
        let by_key = |list: &List, places: &[usize]| {
            let mut map: HashMap<String, Vec<usize>> = HashMap::new();
            for at in places {
                if let Some(key) = list.items.get(*at).and_then(|item| joined(item, set)) {
                    map.entry(key).or_default().push(*at);
                }
            }
            map
        };
        let waiting = by_key(side, &sides);
        for (key, places) in by_key(base, &bases) {
            if let ([at], Some([other])) = (places.as_slice(), waiting.get(&key).map(Vec::as_slice))
            {
                found.push((*at, *other, false));
            }
        }
        let taken: (HashSet<usize>, HashSet<usize>) =
            found.iter().map(|(at, other, _)| (*at, *other)).unzip();
        bases.retain(|at| !taken.0.contains(at));
        sides.retain(|at| !taken.1.contains(at));
    }
    found.extend(
        by_place(keys, base, side, pairs, &bases, &sides)
            .into_iter()
            .map(|(at, other)| (at, other, true)),
    );
    found
}

/// Pairs what stands between the same neighbours: the most alike first, and whatever is left
/// where as many items went as came.
fn by_place(
    keys: &Keys,
    base: &List,
    side: &List,
    pairs: &Pairs,
    bases: &[usize],
    sides: &[usize],
) -> Vec<(usize, usize)> {
    let mut gaps: HashMap<Option<usize>, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for at in bases {
        gaps.entry(pairs.behind(&pairs.to, *at, false))
            .or_default()
            .0
            .push(*at);
    }
    for at in sides {
        gaps.entry(pairs.behind(&pairs.from, *at, true))
            .or_default()
            .1
            .push(*at);
    }
    let mut found = Vec::new();
    for (gone, come) in gaps.into_values() {
        let even = gone.len() == come.len();
        let compare = gone.len().saturating_mul(come.len()) <= MOST_PAIRS_COMPARED;
        let mut ranked = Vec::new();
        for (place, at) in gone.iter().enumerate() {
            for (other_place, other) in come.iter().enumerate() {
                if !compare && place != other_place {
                    continue;
                }
                let (Some(one), Some(two)) = (base.items.get(*at), side.items.get(*other)) else {
                    continue;
                };
                if keys.may_be_edit(one, two) {
                    let alike = likeness(one, two);
                    if alike > 0 || even {
                        let apart = place.abs_diff(other_place);
                        ranked.push((usize::MAX - alike, apart, *at, *other));
                    }
                }
            }
            if !compare && !even {
                break;
            }
        }
        ranked.sort_unstable();
        let mut taken: (HashSet<usize>, HashSet<usize>) = Default::default();
        for (_, _, at, other) in ranked {
            if !taken.0.contains(&at) && !taken.1.contains(&other) {
                taken.0.insert(at);
                taken.1.insert(other);
                found.push((at, other));
            }
        }
    }
    found
}

/// How many members two objects share.
fn likeness(one: &Value, other: &Value) -> usize {
    match (one.as_object(), other.as_object()) {
        (Some(one), Some(other)) => one
            .iter()
            .filter(|(name, value)| other.get(*name) == Some(*value))
            .count(),
        _ => 0,
    }
}

/// Whether both sides took away one item and each put another there that may be its edit.
fn replaced_by_both(
    keys: &Keys,
    lists: &Three<List>,
    local: &Pairs,
    remote: &Pairs,
    shared: &[(usize, usize)],
) -> bool {
    let gone: Vec<usize> = local
        .unpaired_base()
        .into_iter()
        .filter(|at| remote.to.get(*at) == Some(&None))
        .collect();
    if gone.is_empty() {
        return false;
    }
    let (shared_local, shared_remote): (HashSet<usize>, HashSet<usize>) =
        shared.iter().copied().unzip();
    let own = |pairs: &Pairs, shared: &HashSet<usize>| {
        let open = pairs.unpaired_side().into_iter();
        open.filter(|at| !shared.contains(at)).collect::<Vec<_>>()
    };
    let (own_local, own_remote) = (own(local, &shared_local), own(remote, &shared_remote));
    let replaces = |base: usize, side: &List, own: &[usize]| {
        let item = lists.base.items.get(base);
        own.iter().any(|at| match (item, side.items.get(*at)) {
            (Some(one), Some(other)) => keys.may_be_edit(one, other),
            _ => false,
        })
    };
    gone.into_iter().any(|base| {
        replaces(base, &lists.local, &own_local) && replaces(base, &lists.remote, &own_remote)
    })
}

/// Rows in the order of the result, with their names.
fn arrange(
    keys: &Keys,
    lists: &Three<List>,
    local: &Pairs,
    remote: &Pairs,
    shared: &[(usize, usize)],
    ordered: bool,
) -> Alignment {
    let mut places: Vec<(Three<Option<usize>>, bool)> = (0..lists.base.items.len())
        .map(|at| {
            let slot = |slots: &[Option<usize>]| slots.get(at).copied().flatten();
            let loose = local.loose.contains(&at) || remote.loose.contains(&at);
            (
                Three {
                    base: Some(at),
                    local: slot(&local.to),
                    remote: slot(&remote.to),
                },
                loose,
            )
        })
        .collect();
    let mut row_of_local = local.from.clone();
    let mut row_of_remote = remote.from.clone();
    let mut add = |at: Three<Option<usize>>,
                   row_of_local: &mut Vec<Option<usize>>,
                   row_of_remote: &mut Vec<Option<usize>>| {
        let row = places.len();
        places.push((at, false));
        for (rows, at) in [(row_of_local, at.local), (row_of_remote, at.remote)] {
            if let Some(slot) = at.and_then(|at| rows.get_mut(at)) {
                *slot = Some(row);
            }
        }
    };
    for (one, other) in shared {
        if local.from.get(*one) == Some(&None) && remote.from.get(*other) == Some(&None) {
            let at = Three {
                base: None,
                local: Some(*one),
                remote: Some(*other),
            };
            add(at, &mut row_of_local, &mut row_of_remote);
        }
    }
    for at in open(&row_of_local) {
        let at = Three {
            base: None,
            local: Some(at),
            remote: None,
        };
        add(at, &mut row_of_local, &mut row_of_remote);
    }
    for at in open(&row_of_remote) {
        let at = Three {
            base: None,
            local: None,
            remote: Some(at),
        };
        add(at, &mut row_of_local, &mut row_of_remote);
    }
    let base_rows: Vec<usize> = (0..lists.base.items.len()).collect();
    let local_rows: Vec<usize> = row_of_local.into_iter().flatten().collect();
    let remote_rows: Vec<usize> = row_of_remote.into_iter().flatten().collect();
    if ordered
        && let (Some(one), Some(other)) = (
            moved(&base_rows, &local_rows),
            moved(&base_rows, &remote_rows),
        )
        && one != other
    {
        return Alignment::Reordered;
    }
    // What stands for a row, the same whichever side is local.
    let standing = |row: usize| {
        let at = places.get(row).map(|(at, _)| *at).unwrap_or_default();
        if let Some(base) = at.base {
            return (lists.base.text(base), lists.base.items.get(base));
        }
        let one = at
            .local
            .map(|at| (lists.local.text(at), lists.local.items.get(at)));
        let other = at
            .remote
            .map(|at| (lists.remote.text(at), lists.remote.items.get(at)));
        match (one, other) {
            (Some(one), Some(other)) => {
                if one.0 <= other.0 {
                    one
                } else {
                    other
                }
            }
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => ("", None),
        }
    };
    let order = weave(&base_rows, &local_rows, &remote_rows, &|row| {
        standing(row).0.to_owned()
    });
    // Names are given in an order that no side's moves change.
    let mut naming: Vec<usize> = (0..places.len()).collect();
    naming.sort_by_cached_key(|row| {
        let base = places
            .get(*row)
            .and_then(|(at, _)| at.base)
            .unwrap_or(usize::MAX);
        (base, standing(*row).0.to_owned())
    });
    let null = Value::Null;
    let items: Vec<&Value> = naming
        .iter()
        .map(|row| standing(*row).1.unwrap_or(&null))
        .collect();
    let mut labels: Vec<String> = vec![String::new(); places.len()];
    for (row, label) in naming.into_iter().zip(keys.labels(&items)) {
        if let Some(slot) = labels.get_mut(row) {
            *slot = label;
        }
    }
    let rows = order.into_iter().filter_map(|row| {
        let (at, loose) = *places.get(row)?;
        Some(Row {
            at,
            loose,
            label: labels.get(row)?.clone(),
        })
    });
    Alignment::Rows(rows.collect())
}
