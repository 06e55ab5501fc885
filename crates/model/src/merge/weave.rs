//! One order out of three: the base's, as far as no side moved things, with each side's additions
//! where that side put them.

/// Orders the rows of three lists, which are numbered across all three.
///
/// Each slice names the rows in the order of one version. The result names every row once and is
/// the same with the sides swapped. `text` ranks additions that both sides made in one place.
pub(super) fn weave(
    base: &[usize],
    local: &[usize],
    remote: &[usize],
    text: &dyn Fn(usize) -> String,
) -> Vec<usize> {
    let spine = match (moved(base, local), moved(base, remote)) {
        (None, None) => base.to_vec(),
        (Some(order), None) | (None, Some(order)) => order,
        (Some(one), Some(other)) => one.min(other),
    };
    let rows = [base, local, remote]
        .iter()
        .flat_map(|rows| rows.iter())
        .max()
        .map_or(0, |row| row + 1);
    let mut place = vec![None; rows];
    for (at, row) in spine.iter().enumerate() {
        if let Some(slot) = place.get_mut(*row) {
            *slot = Some(at + 1);
        }
    }
    let local_slots = slots(local, &place);
    let remote_slots = slots(remote, &place);
    if local_slots.is_empty() && remote_slots.is_empty() {
        return spine;
    }
    let mut runs = vec![(Vec::new(), Vec::new()); spine.len() + 1];
    let mut other_slot = vec![None; rows];
    for (row, slot) in &remote_slots {
        if let Some(place) = other_slot.get_mut(*row) {
            *place = Some(*slot);
        }
    }
    let mut taken = vec![None; rows];
    for (row, slot) in local_slots {
        let remote = other_slot.get(row).copied().flatten();
        // Both added it in different places: the earlier place, for whichever side is local.
        if remote.is_none_or(|remote| slot <= remote)
            && let Some((run, _)) = runs.get_mut(slot)
        {
            run.push(row);
            if let Some(place) = taken.get_mut(row) {
                *place = Some(slot);
            }
        }
    }
    for (row, slot) in remote_slots {
        let local = taken.get(row).copied().flatten();
        if local.is_none_or(|local| local == slot)
            && let Some((_, run)) = runs.get_mut(slot)
        {
            run.push(row);
        }
    }
    let mut order = Vec::with_capacity(rows);
    for (at, (one, other)) in runs.into_iter().enumerate() {
        if at > 0
            && let Some(row) = spine.get(at - 1)
        {
            order.push(*row);
        }
        order.extend(joined(one, other, text));
    }
    order
}

/// The base's rows in a side's order, or `None` if that side moved none. Rows that the side lacks
/// stay behind the row that they followed.
pub(super) fn moved(base: &[usize], side: &[usize]) -> Option<Vec<usize>> {
    let rows = base.iter().chain(side).max().map_or(0, |row| row + 1);
    let mut rank = vec![None; rows];
    for (at, row) in side.iter().enumerate() {
        if let Some(slot) = rank.get_mut(*row) {
            *slot = Some(at);
        }
    }
    let rank = |row: usize| rank.get(row).copied().flatten();
    let kept: Vec<usize> = base.iter().filter_map(|row| rank(*row)).collect();
    if kept.is_sorted() {
        return None;
    }
    let mut head = Vec::new();
    let mut blocks: Vec<(usize, Vec<usize>)> = Vec::new();
    for row in base {
        match (rank(*row), blocks.last_mut()) {
            (Some(at), _) => blocks.push((at, vec![*row])),
            (None, Some((_, block))) => block.push(*row),
            (None, None) => head.push(*row),
        }
    }
    blocks.sort_by_key(|(at, _)| *at);
    head.extend(blocks.into_iter().flat_map(|(_, block)| block));
    Some(head)
}

/// A side's additions, each with the number of base rows that stand before it.
fn slots(side: &[usize], place: &[Option<usize>]) -> Vec<(usize, usize)> {
    let mut slot = 0;
    let mut additions = Vec::new();
    for row in side {
        match place.get(*row).copied().flatten() {
            Some(at) => slot = at,
            None => additions.push((*row, slot)),
        }
    }
    additions
}

/// Two runs of additions in one place as one run.
fn joined(one: Vec<usize>, other: Vec<usize>, text: &dyn Fn(usize) -> String) -> Vec<usize> {
    if is_within(&other, &one) {
        return one;
    }
    if is_within(&one, &other) {
        return other;
    }
    let texts = |run: &[usize]| run.iter().map(|row| text(*row)).collect::<Vec<_>>();
    let known: std::collections::HashSet<usize> = one.iter().copied().collect();
    if other.iter().any(|row| known.contains(row)) {
        let mut union = one;
        union.extend(other.into_iter().filter(|row| !known.contains(row)));
        union.sort_by_cached_key(|row| text(*row));
        return union;
    }
    let (mut first, second) = if texts(&one) <= texts(&other) {
        (one, other)
    } else {
        (other, one)
    };
    first.extend(second);
    first
}

/// Whether `part` is found in `whole` in the same order.
fn is_within(part: &[usize], whole: &[usize]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|row| rest.any(|other| other == row))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn woven(base: &[usize], local: &[usize], remote: &[usize]) -> Vec<usize> {
        let order = weave(base, local, remote, &|row| format!("{row:03}"));
        let swapped = weave(base, remote, local, &|row| format!("{row:03}"));
        assert_eq!(order, swapped, "the sides are equal");
        order
    }

    #[test]
    fn additions_stay_where_they_were_put() {
        assert_eq!(woven(&[0, 1], &[0, 7, 1], &[0, 1, 8]), [0, 7, 1, 8]);
    }

    #[test]
    fn a_move_by_one_side_is_kept_with_the_other_sides_addition() {
        assert_eq!(woven(&[0, 1, 2], &[2, 0, 1], &[0, 1, 9, 2]), [2, 0, 1, 9]);
    }

    #[test]
    fn weaving_twice_changes_nothing() {
        let once = woven(&[0, 1], &[5, 0, 6, 1], &[0, 1, 7, 6]);
        assert_eq!(woven(&[0, 1], &once, &[0, 1, 7, 6]), once);
    }
}
