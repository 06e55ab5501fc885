//! The pieces that differ between three versions.

use serde_json::Value;

use super::elements::Slot;
use super::piece::{Piece, Side, Three};
use super::shape;

/// Deeper than this nothing is looked into.
const DEEPEST_LEVELS: usize = 60;

/// What a leaf is, beyond its three versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeafKind {
    /// An element of an object, or a whole document.
    Element,
    /// One item of a list.
    Item,
    /// An item that only its place connects with the base's.
    Replaced,
    /// A list whose changed items cannot be told apart.
    Ambiguous,
    /// A list that both sides put in different orders.
    Reordered,
    /// The server's own; this side's is kept.
    Stamp(Side),
}

/// Leaves that a person decides together: the group's scope, and the item within it for items that
/// stand alone among themselves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Group {
    pub scope: usize,
    pub item: Option<String>,
}

/// A piece that is not equal in all three versions.
pub(crate) struct Leaf<'a> {
    pub path: String,
    pub kind: LeafKind,
    pub pieces: Three<Piece<'a>>,
    /// The type of the resource it belongs to, a contained one's where it is contained.
    pub resource: &'a str,
    /// Element names from that resource downward.
    pub trail: Vec<&'a str>,
    /// The element of the outermost resource that it lies in.
    pub top: &'a str,
    pub guarded: bool,
    pub group: Option<Group>,
    /// One side removed an object of which the other side removed parts.
    pub reduced: bool,
    /// Belongs to the outer resource's `meta`, which signing and strategies leave alone.
    pub in_meta: bool,
}

impl Leaf<'_> {
    pub fn local_changed(&self) -> bool {
        self.pieces.base != self.pieces.local
    }

    pub fn remote_changed(&self) -> bool {
        self.pieces.base != self.pieces.remote
    }

    pub fn agreed(&self) -> bool {
        self.pieces.local == self.pieces.remote
    }
}

/// A list whose items local put in another order.
pub(crate) struct Move<'a> {
    pub path: String,
    pub from: &'a Value,
    pub to: &'a Value,
}

/// Whether one side took away a whole whose other side took away parts, and put in nothing.
pub(super) fn is_reduced(slot: &Slot) -> bool {
    let Three {
        base,
        local,
        remote,
    } = &slot.pieces;
    let rest = match (local.is_absent(), remote.is_absent()) {
        (true, false) => remote,
        (false, true) => local,
        (true, true) | (false, false) => return false,
    };
    let (Some(base), Some(rest)) = (base.single(), rest.single()) else {
        return false;
    };
    base.is_object()
        && !shape::is_atomic(slot.element, slot.datatype, base)
        && is_part(rest, base, DEEPEST_LEVELS)
}

/// Whether everything in a value stands so in the whole.
fn is_part(part: &Value, whole: &Value, levels: usize) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) if levels > 0 => {
            part.iter().all(|(name, part)| {
                whole
                    .get(name)
                    .is_some_and(|whole| is_part(part, whole, levels - 1))
            })
        }
        (Value::Array(part), Value::Array(whole)) => part.iter().all(|item| whole.contains(item)),
        (part, whole) => part == whole,
    }
}
