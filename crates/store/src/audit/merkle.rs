//! The Merkle tree over audit entries, kept as its frontier of full subtrees.
//!
//! Source: RFC 6962 §2.1 (leaf prefix 0, node prefix 1).

pub(crate) use haven_model::merkle::{Hash, leaf_hash};
use haven_model::merkle::{empty_root, node_hash};

/// A tree that only grows: its size, and the roots of its full subtrees, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    size: u64,
    frontier: Vec<Hash>,
}

impl Tree {
    /// A tree as kept; `None` when the frontier does not fit the size.
    pub(crate) fn from_parts(size: u64, frontier: &[u8]) -> Option<Self> {
        let (hashes, rest) = frontier.as_chunks::<32>();
        let fits =
            rest.is_empty() && u64::try_from(hashes.len()).ok()? == u64::from(size.count_ones());
        fits.then(|| Self {
            size,
            frontier: hashes.to_vec(),
        })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn frontier_bytes(&self) -> Vec<u8> {
        self.frontier.concat()
    }

    /// The root of the full subtree whose first leaf stands behind `start` others.
    pub(crate) fn subtree_from(&self, start: u64) -> Option<Hash> {
        let mut before = 0;
        let sizes = (0..u64::BITS)
            .rev()
            .map(|bit| 1_u64 << bit)
            .filter(|size| self.size & size != 0);
        for (size, root) in sizes.zip(&self.frontier) {
            if before == start {
                return Some(*root);
            }
            before += size;
        }
        None
    }

    /// Adds a leaf.
    pub(crate) fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        let mut full = self.size;
        while full & 1 == 1
            && let Some(left) = self.frontier.pop()
        {
            node = node_hash(&left, &node);
            full >>= 1;
        }
        self.frontier.push(node);
        self.size += 1;
    }

    /// The root over all leaves; of no leaves, the hash of nothing.
    pub(crate) fn root(&self) -> Hash {
        let mut parts = self.frontier.iter().rev();
        match parts.next() {
            None => empty_root(),
            Some(last) => parts.fold(*last, |right, left| node_hash(left, &right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962 §2.1 written down as it is defined, to compare with.
    fn defined_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                let (left, right) = many.split_at(split);
                node_hash(&defined_root(left), &defined_root(right))
            }
        }
    }

    #[test]
    fn the_frontier_gives_the_root_that_the_definition_gives() {
        let leaves: Vec<Hash> = (0u8..70).map(|n| leaf_hash(&[n])).collect();
        let mut tree = Tree::default();
        for (index, leaf) in leaves.iter().enumerate() {
            assert_eq!(
                tree.root(),
                defined_root(&leaves[..index]),
                "at size {index}"
            );
            tree.push(*leaf);
            let kept = Tree::from_parts(tree.size(), &tree.frontier_bytes()).expect("fits");
            assert_eq!(kept, tree, "a tree must survive being kept");
        }
    }
}
