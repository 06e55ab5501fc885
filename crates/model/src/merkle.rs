//! Merkle trees over a log that only grows: hashes, and proofs that one head continues another.
//!
//! Source: RFC 6962 §2.1 (leaf prefix 0, node prefix 1; consistency proofs §2.1.2) and the
//! verification algorithm of RFC 9162 §2.1.4.2.

use std::ops::Range;

use sha2::{Digest, Sha256};

/// A node of the tree: SHA-256.
pub type Hash = [u8; 32];

/// More nodes than a proof over any log of 64-bit size can have.
pub const MAX_PROOF_NODES: usize = 65;

/// A hash as it travels: 64 hex digits.
#[must_use]
pub fn hash_text(hash: &Hash) -> String {
    hex::encode(hash)
}

/// The hash that a text is; `None` for any other text.
#[must_use]
pub fn parse_hash(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    (text.len() == 64).then_some(())?;
    hex::decode_to_slice(text, &mut hash).ok()?;
    Some(hash)
}

/// The hash of a leaf.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(leaf);
    hash.finalize().into()
}

/// The hash of a node over its two halves.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// The root over no leaves.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The spans of leaves whose roots prove that a log of `new` leaves continues one of `old`, in the
/// order of the proof.
///
/// No two overlap, and none lies on both sides of `old`: a span that begins before it is a full
/// subtree of the old tree. Empty when there is nothing to prove: `old` is 0 or not less than `new`.
#[must_use]
pub fn consistency_spans(old: u64, new: u64) -> Vec<Range<u64>> {
    if old == 0 || old >= new {
        return Vec::new();
    }
    let (mut start, mut end) = (0, new);
    let mut of_old_alone = true;
    let mut spans = Vec::new();
    // RFC 6962 SUBPROOF, unwound: each step keeps the half that holds the old tree's end.
    while old != end {
        let half = split(end - start);
        if old - start <= half {
            spans.push(start + half..end);
            end = start + half;
        } else {
            spans.push(start..start + half);
            start += half;
            of_old_alone = false;
        }
    }
    if !of_old_alone {
        spans.push(start..end);
    }
    spans.reverse();
    spans
}

/// The largest power of two below `leaves`, which is 2 or more.
fn split(leaves: u64) -> u64 {
    1 << (u64::BITS - 1 - (leaves - 1).leading_zeros())
}

/// Whether `proof` shows that the log of `new_size` leaves under `new_root` begins with the log of
/// `old_size` leaves under `old_root`.
#[must_use]
pub fn is_consistent(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> bool {
    if old_size > new_size || proof.len() > MAX_PROOF_NODES {
        return false;
    }
    if old_size == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    let mut rest = proof.iter();
    let first = if old_size.is_power_of_two() {
        Some(old_root)
    } else {
        rest.next()
    };
    let Some(first) = first else { return false };
    let (mut old_at, mut new_at) = (old_size - 1, new_size - 1);
    let full = old_at.trailing_ones();
    (old_at, new_at) = (shifted(old_at, full), shifted(new_at, full));
    let (mut old_node, mut new_node) = (*first, *first);
    for node in rest {
        if new_at == 0 {
            return false;
        }
        if old_at & 1 == 1 || old_at == new_at {
            old_node = node_hash(node, &old_node);
            new_node = node_hash(node, &new_node);
            if old_at & 1 == 0 {
                let even = old_at.trailing_zeros();
                (old_at, new_at) = (shifted(old_at, even), shifted(new_at, even));
            }
        } else {
            new_node = node_hash(&new_node, node);
        }
        (old_at, new_at) = (old_at >> 1, new_at >> 1);
    }
    new_at == 0 && old_node == *old_root && new_node == *new_root
}

/// A shift by the whole width leaves nothing.
fn shifted(value: u64, by: u32) -> u64 {
    value.checked_shr(by).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 6962 §2.1 written down as it is defined.
    fn root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
                node_hash(&root(left), &root(right))
            }
        }
    }

    /// RFC 6962 §2.1.2 written down as it is defined.
    fn subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
        if old == leaves.len() {
            return if whole {
                Vec::new()
            } else {
                vec![root(leaves)]
            };
        }
        let half = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(half);
        let (mut proof, beside) = if old <= half {
            (subproof(old, left, whole), root(right))
        } else {
            (subproof(old - half, right, false), root(left))
        };
        proof.push(beside);
        proof
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    fn part(leaves: &[Hash], span: &Range<u64>) -> Hash {
        let at = |n: u64| usize::try_from(n).expect("a small tree");
        root(&leaves[at(span.start)..at(span.end)])
    }

    fn proof(leaves: &[Hash], old: u64, new: u64) -> Vec<Hash> {
        consistency_spans(old, new)
            .iter()
            .map(|span| part(leaves, span))
            .collect()
    }

    #[test]
    fn every_pair_of_small_trees_is_proven_as_the_rfc_defines() {
        let all = leaves(40);
        for new in 0..=40_u64 {
            for old in 0..=new {
                let (o, n) = (old as usize, new as usize);
                let made = proof(&all, old, new);
                if old > 0 {
                    assert_eq!(made, subproof(o, &all[..n], true), "from {old} to {new}");
                }
                let (before, after) = (root(&all[..o]), root(&all[..n]));
                assert!(
                    is_consistent(old, &before, new, &after, &made),
                    "from {old} to {new}"
                );
                for span in consistency_spans(old, new) {
                    assert!(
                        span.end <= old || span.start >= old,
                        "{span:?} lies on both sides of {old}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_shorter_log_and_sizes_at_the_edge_prove_nothing_and_end() {
        let (a, b) = (leaf_hash(b"a"), leaf_hash(b"b"));
        assert!(!is_consistent(2, &a, 1, &b, &[]));
        assert!(!is_consistent(u64::MAX - 1, &a, u64::MAX, &b, &[]));
        assert!(!is_consistent(1 << 63, &a, u64::MAX, &b, &[a; 64]));
        assert!(!is_consistent(1, &a, 2, &b, &[a; 1000]), "bounded");
        assert!(!is_consistent(0, &a, 2, &b, &[]), "nothing has one root");
        assert!(consistency_spans(5, 5).is_empty() && consistency_spans(6, 5).is_empty());
        assert!(consistency_spans(1 << 63, u64::MAX).len() <= MAX_PROOF_NODES);
        assert!(consistency_spans(u64::MAX - 1, u64::MAX).len() <= MAX_PROOF_NODES);
    }

    proptest! {
        #[test]
        fn a_larger_log_is_proven_and_no_other_one_is(
            old in 1_u64..700, more in 1_u64..700, flip in any::<(prop::sample::Index, u8)>(),
        ) {
            let new = old + more;
            let all = leaves(new);
            let (before, after) = (part(&all, &(0..old)), root(&all));
            let made = proof(&all, old, new);
            prop_assert!(is_consistent(old, &before, new, &after, &made));

            let mut other = all.clone();
            other[flip.0.index(usize::try_from(old).expect("small"))] = leaf_hash(b"another entry");
            prop_assert!(
                !is_consistent(old, &before, new, &root(&other), &proof(&other, old, new)),
                "a rewritten past"
            );
            if !made.is_empty() {
                let mut bent = made.clone();
                bent[flip.0.index(made.len())][usize::from(flip.1 % 32)] ^= 1 << (flip.1 % 8);
                prop_assert!(!is_consistent(old, &before, new, &after, &bent));
                prop_assert!(!is_consistent(old, &before, new, &after, &made[1..]));
            }
            let longer: Vec<Hash> = made.iter().copied().chain([before]).collect();
            prop_assert!(!is_consistent(old, &before, new, &after, &longer));
            prop_assert!(!is_consistent(old, &after, new, &before, &made));
        }
    }
}
