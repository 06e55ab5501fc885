//! Items that only their likeness or their place connects.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::keys::Keys;
use super::pairs::{List, Pairs};

/// Above this many possible pairs, items are not compared for likeness.
pub(super) const MOST_PAIRS_COMPARED: usize = 4096;

/// Whether two items share half of what the smaller one says.
pub(super) fn plainly_alike(base: &List, at: usize, side: &List, other: usize) -> bool {
    base.items
        .get(at)
        .zip(side.items.get(other))
        .is_some_and(|(one, two)| {
            let (one, two) = (parts(one), parts(two));
            let whole = one.len().min(two.len());
            whole > 0 && one.intersection(&two).count() * 2 >= whole
        })
}

/// Pairs what is left: the most alike first, then what stands between the same neighbours where as
/// many items went as came, at last a single one with a single one.
pub(super) fn by_place(
    keys: &Keys,
    base: &List,
    side: &List,
    pairs: &Pairs,
) -> Vec<(usize, usize)> {
    let (mut bases, mut sides) = (pairs.unpaired_base(), pairs.unpaired_side());
    let base_gaps = behind(
        pairs
            .to
            .iter()
            .enumerate()
            .map(|(at, slot)| slot.map(|_| at)),
    );
    let side_gaps = behind(pairs.from.iter().copied());
    let gap_of_base = |at: usize| base_gaps.get(at).copied().flatten();
    let gap_of_side = |at: usize| side_gaps.get(at).copied().flatten();
    let mut found = Vec::new();
    if bases.len().saturating_mul(sides.len()) <= MOST_PAIRS_COMPARED {
        let parts = |list: &List, places: &[usize]| -> Vec<HashSet<(String, String)>> {
            let items = places.iter().map(|at| list.items.get(*at));
            items
                .map(|item| item.map(parts).unwrap_or_default())
                .collect()
        };
        let (gone, come) = (parts(base, &bases), parts(side, &sides));
        let mut ranked = Vec::new();
        for (at, one) in bases.iter().zip(&gone) {
            for (other, two) in sides.iter().zip(&come) {
                let alike = one.intersection(two).count();
                if alike > 0 {
                    let elsewhere = gap_of_base(*at) != gap_of_side(*other);
                    ranked.push((
                        usize::MAX - alike,
                        elsewhere,
                        at.abs_diff(*other),
                        *at,
                        *other,
                    ));
                }
            }
        }
        ranked.sort_unstable();
        let mut taken: (HashSet<usize>, HashSet<usize>) = Default::default();
        for (.., at, other) in ranked {
            if !taken.0.contains(&at) && !taken.1.contains(&other) {
                taken.0.insert(at);
                taken.1.insert(other);
                found.push((at, other));
            }
        }
        bases.retain(|at| !taken.0.contains(at));
        sides.retain(|at| !taken.1.contains(at));
    }
    let may_be = |at: usize, other: usize| {
        let items = base.items.get(at).zip(side.items.get(other));
        items.is_some_and(|(one, two)| keys.may_be_edit(one, two))
    };
    let mut gaps: HashMap<Option<usize>, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for at in &bases {
        gaps.entry(gap_of_base(*at)).or_default().0.push(*at);
    }
    for at in &sides {
        gaps.entry(gap_of_side(*at)).or_default().1.push(*at);
    }
    let even = gaps
        .into_values()
        .filter(|(gone, come)| gone.len() == come.len());
    let mut replaced: Vec<(usize, usize)> = even
        .flat_map(|(gone, come)| gone.into_iter().zip(come))
        .collect();
    if let ([at], [other], []) = (bases.as_slice(), sides.as_slice(), replaced.as_slice()) {
        replaced.push((*at, *other));
    }
    found.extend(
        replaced
            .into_iter()
            .filter(|(at, other)| may_be(*at, *other)),
    );
    found
}

/// Per item, the last paired item of the base that stands before it.
fn behind(paired: impl Iterator<Item = Option<usize>>) -> Vec<Option<usize>> {
    paired
        .scan(None, |last, slot| {
            let before = *last;
            *last = slot.or(*last);
            Some(before)
        })
        .collect()
}

/// How many primitives two objects share, by where they stand and what they say.
pub(super) fn likeness(one: &Value, other: &Value) -> usize {
    parts(one).intersection(&parts(other)).count()
}

/// The primitives of an object, each with the names that lead to it; those of anything else are
/// none, since one word says nothing about another.
fn parts(value: &Value) -> HashSet<(String, String)> {
    let mut found = HashSet::new();
    let mut open = vec![(String::new(), value)];
    if !value.is_object() {
        open.clear();
    }
    while let Some((names, value)) = open.pop() {
        match value {
            Value::Object(members) => {
                open.extend(
                    members
                        .iter()
                        .map(|(name, member)| (format!("{names}.{name}"), member)),
                );
            }
            Value::Array(items) => open.extend(items.iter().map(|item| (names.clone(), item))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                found.insert((names, value.to_string()));
            }
        }
    }
    found
}
