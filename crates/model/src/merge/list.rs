//! Lining up the items of three versions of a list.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::keys::Keys;
use super::likeness::{MOST_PAIRS_COMPARED, likeness};
use super::pairs::{List, Pairs, open, pair_edits};
use super::piece::Three;
use super::rules;
use super::weave::{moved, weave};

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
    /// The items, in the order of the result, and whether local moved any.
    Rows { rows: Vec<Row>, moved: bool },
    /// A changed item cannot be told from another: the list is one piece.
    Ambiguous,
    /// Both sides moved items, differently, where the order carries meaning.
    Reordered,
    /// Not a list of alike things: it is one piece.
    Piece,
}

/// Lines up three versions of a list; an absent one is empty.
pub(super) fn align(element: &str, datatype: Option<&str>, items: &Three<&[Value]>) -> Alignment {
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
    let ordered = rules::ORDERED.contains(element);
    let keys = Keys::choose(element, datatype, items);
    if let Some(rows) = in_place(&keys, items) {
        return Alignment::Rows { rows, moved: false };
    }
    let lists = items.map(|items| List::of(items, &keys));
    let mut local = Pairs::exact(&lists.base, &lists.local);
    let mut remote = Pairs::exact(&lists.base, &lists.remote);
    if is_ambiguous(&lists, &local, &remote) {
        return Alignment::Ambiguous;
    }
    local.by_key(&lists.base, &lists.local);
    remote.by_key(&lists.base, &lists.remote);
    let shared = shared_additions(&lists, &local, &remote);
    pair_edits(&keys, &lists, &mut local, &mut remote, &shared);
    if replaced_by_both(&keys, &lists, &local, &remote, &shared) {
        return if of_primitives {
            Alignment::Piece
        } else {
            Alignment::Ambiguous
        };
    }
    if ordered && of_primitives && both_reworded(&lists, &local, &remote) {
        return Alignment::Piece;
    }
    arrange(&keys, &lists, &local, &remote, &shared, ordered)
}

/// The items of three lists in which every item stands where the base has it: alike, or with the same
/// key, of which none repeats. Then nothing else could be lined up.
fn in_place(keys: &Keys, items: &Three<&[Value]>) -> Option<Vec<Row>> {
    let base = items.base;
    if base.is_empty() || items.local.len() != base.len() || items.remote.len() != base.len() {
        return None;
    }
    let known = base
        .iter()
        .map(|item| keys.strong(item))
        .collect::<Option<Vec<String>>>()?;
    let few = known.len() <= FEW_ITEMS;
    let distinct = if few {
        (1..known.len()).all(|at| !known.iter().take(at).any(|key| Some(key) == known.get(at)))
    } else {
        known.iter().collect::<HashSet<_>>().len() == known.len()
    };
    let stands = |side: &[Value]| {
        let pairs = base.iter().zip(side).zip(&known);
        pairs
            .into_iter()
            .all(|((item, other), key)| item == other || keys.strong(other).as_ref() == Some(key))
    };
    if !distinct || !stands(items.local) || !stands(items.remote) {
        return None;
    }
    let labels = keys.labels(&base.iter().collect::<Vec<_>>());
    let rows = labels.into_iter().enumerate().map(|(at, label)| Row {
        at: Three {
            base: Some(at),
            local: Some(at),
            remote: Some(at),
        },
        loose: false,
        label,
    });
    Some(rows.collect())
}

/// Up to so many items are compared one by one.
const FEW_ITEMS: usize = 8;

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
    if own_local.is_empty() || own_remote.is_empty() {
        return false;
    }
    if gone.len() * own_local.len().max(own_remote.len()) > MOST_PAIRS_COMPARED {
        return true;
    }
    let replaces = |base: usize, side: &List, own: &[usize]| {
        let item = lists.base.items.get(base);
        own.iter().any(|at| match (item, side.items.get(*at)) {
            (Some(one), Some(other)) => keys.may_be_edit(one, other) || likeness(one, other) > 0,
            _ => false,
        })
    };
    gone.into_iter().any(|base| {
        replaces(base, &lists.local, &own_local) && replaces(base, &lists.remote, &own_remote)
    })
}

/// Whether each side has words of its own in a list that only reads as a whole (lines of an
/// address): moving lines and rewording one are compatible, two rewordings are not.
fn both_reworded(lists: &Three<List>, local: &Pairs, remote: &Pairs) -> bool {
    let gone = |own: &Pairs, other: &Pairs, side: &List, other_side: &List| {
        (0..lists.base.items.len()).any(|at| {
            let text = |pairs: &Pairs, list: &List| {
                let place = pairs.to.get(at).copied().flatten();
                place.map(|place| list.text(place).to_owned())
            };
            let (ours, theirs) = (text(own, side), text(other, other_side));
            ours.as_deref() != Some(lists.base.text(at)) && ours != theirs
        })
    };
    let come = |own: &Pairs, side: &List, other: &Pairs, other_side: &List| {
        let added = |pairs: &Pairs, list: &List| {
            let places = open(&pairs.from).into_iter();
            places
                .map(|at| list.text(at).to_owned())
                .collect::<HashSet<String>>()
        };
        !added(own, side).is_subset(&added(other, other_side))
    };
    let (ours, theirs) = (&lists.local, &lists.remote);
    (gone(local, remote, ours, theirs) || come(local, ours, remote, theirs))
        && (gone(remote, local, theirs, ours) || come(remote, theirs, local, ours))
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
    Alignment::Rows {
        rows: rows.collect(),
        moved: moved(&base_rows, &local_rows).is_some(),
    }
}
