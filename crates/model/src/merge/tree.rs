//! Three versions of a resource as one tree, whose leaves are the pieces that merge as a whole.

use serde_json::{Map, Value};

use super::elements::{Slot, elements, is_reordering, keeps_empty, push_element, resource_type};
use super::leaf::is_reduced;
pub(crate) use super::leaf::{Group, Leaf, LeafKind, Move};
use super::list::{Alignment, align};
use super::piece::{Piece, Side, Three};
use super::rules::{self, TypeRules};
use super::shape;
use super::stamp::{self, is_stamp};
use crate::definitions::{Node as Definition, r4};

/// Below this depth values merge as one piece, so that hostile nesting costs no stack.
const DEEPEST_LEVELS: usize = 60;

/// A node: equal on all sides, one piece, or parts.
pub(crate) enum Node<'a> {
    /// Equal in all three.
    Same(Piece<'a>),
    /// A piece that differs, by its number among the leaves.
    Leaf(usize),
    /// An object whose elements merge one by one.
    Object {
        name: &'a str,
        elements: Vec<Node<'a>>,
        keep_empty: bool,
    },
    /// A list whose items were lined up.
    List {
        name: &'a str,
        items: Vec<Node<'a>>,
        keep_empty: bool,
    },
}

/// The tree and its leaves, in document order.
pub(crate) struct Tree<'a> {
    pub root: Node<'a>,
    pub leaves: Vec<Leaf<'a>>,
    pub moves: Vec<Move<'a>>,
}

impl<'a> Tree<'a> {
    /// Lines up three versions of one document.
    pub fn build(root: &str, versions: Three<Option<&'a Value>>) -> Self {
        let mut builder = Builder {
            leaves: Vec::new(),
            moves: Vec::new(),
            path: root.to_owned(),
            trail: Vec::new(),
            top: "",
            scope: Scope {
                rules: rules::of_type(""),
                resource: "",
                number: 0,
                item: None,
            },
            scopes: 1,
            depth: 0,
            modifiers: 0,
        };
        let slot = Slot {
            element: "",
            pieces: versions.map(|value| Piece::item(*value)),
            datatype: None,
            node: None,
            modifier: false,
        };
        let root = builder.node(slot, LeafKind::Element);
        Self {
            root,
            leaves: builder.leaves,
            moves: builder.moves,
        }
    }
}

/// The resource that the builder is in.
#[derive(Clone)]
struct Scope<'a> {
    rules: &'static TypeRules,
    resource: &'a str,
    number: usize,
    item: Option<String>,
}

struct Builder<'a> {
    leaves: Vec<Leaf<'a>>,
    moves: Vec<Move<'a>>,
    path: String,
    trail: Vec<&'a str>,
    top: &'a str,
    scope: Scope<'a>,
    scopes: usize,
    depth: usize,
    /// How many of the elements that lead here are modifiers.
    modifiers: usize,
}

impl<'a> Builder<'a> {
    fn node(&mut self, slot: Slot<'a>, kind: LeafKind) -> Node<'a> {
        let Three {
            base,
            local,
            remote,
        } = &slot.pieces;
        if base == local && base == remote {
            return Node::Same(slot.pieces.base);
        }
        if self.depth >= DEEPEST_LEVELS || kind == LeafKind::Replaced || local == remote {
            return self.leaf(slot, kind);
        }
        let values = slot.pieces.map(Piece::single);
        let name = slot
            .pieces
            .all()
            .into_iter()
            .find_map(|piece| piece.0.first().map(|(name, _)| *name));
        let Some(name) = name.filter(|name| {
            // Several spellings, a primitive's sibling or a choice: only whole.
            slot.pieces.all().iter().all(|piece| {
                piece.is_absent()
                    || (piece.0.len() == 1
                        && piece.0.first().is_some_and(|(other, _)| other == name))
            }) && (*name == slot.element || kind == LeafKind::Item || self.depth == 0)
        }) else {
            return self.leaf(slot, kind);
        };
        let present = || values.all().into_iter().flatten();
        if present().all(|value| value.is_array()) {
            return self.list(slot, name, &values, kind);
        }
        let (Some(Value::Object(local)), Some(Value::Object(remote))) =
            (values.local, values.remote)
        else {
            return self.leaf(slot, kind);
        };
        let base = match values.base {
            None => None,
            Some(Value::Object(base)) => Some(base),
            Some(_) => return self.leaf(slot, kind),
        };
        let versions = Three {
            base,
            local: Some(local),
            remote: Some(remote),
        };
        let root = self.depth == 0;
        if !root && present().any(|value| shape::is_atomic(slot.element, slot.datatype, value)) {
            return self.leaf(slot, kind);
        }
        match resource_type(&versions) {
            Some(Ok(resource)) => {
                // A resource put inside by both sides is one thing or the other, never a mixture.
                if !root && base.is_none() {
                    return self.leaf(slot, kind);
                }
                self.inside(resource, root, |builder| {
                    builder.object(name, &versions, r4().type_node(resource))
                })
            }
            Some(Err(())) => self.leaf(slot, kind),
            None => self.object(name, &versions, slot.node),
        }
    }

    /// Looks into a resource: its own rules hold, and its own names.
    fn inside(
        &mut self,
        resource: &'a str,
        root: bool,
        look: impl FnOnce(&mut Self) -> Node<'a>,
    ) -> Node<'a> {
        let outer = self.scope.clone();
        let trail = std::mem::take(&mut self.trail);
        let grouped = !outer.rules.group.is_empty() || outer.rules.whole;
        // A contained drug belongs to its order: they are one group.
        let number = if root || grouped {
            outer.number
        } else {
            self.scopes
        };
        self.scopes += 1;
        self.scope = Scope {
            rules: rules::of_type(resource),
            resource,
            number,
            item: None,
        };
        let node = look(self);
        self.scope = outer;
        self.trail = trail;
        node
    }

    fn object(
        &mut self,
        name: &'a str,
        versions: &Three<Option<&'a Map<String, Value>>>,
        definition: Option<&'static Definition>,
    ) -> Node<'a> {
        let keep_empty = self.depth == 0
            || [versions.local, versions.remote]
                .iter()
                .flatten()
                .any(|object| object.is_empty());
        let slots = elements(versions, definition);
        let in_meta = self.depth == 1 && self.trail == ["meta"];
        let stamp = in_meta.then(|| stamp::newer(versions));
        self.depth += 1;
        let mut nodes = Vec::with_capacity(slots.len());
        for slot in slots {
            let length = self.path.len();
            push_element(&mut self.path, slot.element);
            self.trail.push(slot.element);
            if self.depth == 1 {
                self.top = slot.element;
            }
            let modifier = usize::from(slot.modifier);
            self.modifiers += modifier;
            let node = match stamp {
                Some(side) if is_stamp(slot.element) => self.stamped(slot, side),
                _ => self.element(slot),
            };
            self.modifiers -= modifier;
            nodes.push(node);
            self.trail.pop();
            self.path.truncate(length);
        }
        self.depth -= 1;
        Node::Object {
            name,
            elements: nodes,
            keep_empty,
        }
    }

    /// An element of an object. `meta` is looked into even where a side has none.
    fn element(&mut self, slot: Slot<'a>) -> Node<'a> {
        if self.depth == 1 && slot.element == "meta" {
            let values = slot.pieces.map(Piece::single);
            let objects = values.map(|value| value.and_then(Value::as_object));
            let all_objects = values
                .all()
                .iter()
                .all(|value| value.is_none_or(Value::is_object));
            if all_objects
                && !(slot.pieces.base == slot.pieces.local
                    && slot.pieces.base == slot.pieces.remote)
            {
                return self.object("meta", &objects, slot.node);
            }
        }
        self.node(slot, LeafKind::Element)
    }

    fn stamped(&mut self, slot: Slot<'a>, side: Side) -> Node<'a> {
        let Three {
            base,
            local,
            remote,
        } = &slot.pieces;
        if base == local && base == remote {
            return Node::Same(slot.pieces.base);
        }
        self.leaf(slot, LeafKind::Stamp(side))
    }

    fn list(
        &mut self,
        slot: Slot<'a>,
        name: &'a str,
        values: &Three<Option<&'a Value>>,
        kind: LeafKind,
    ) -> Node<'a> {
        let lists = values.map(|value| {
            value
                .and_then(Value::as_array)
                .map_or(&[] as &'a [Value], Vec::as_slice)
        });
        if kind == LeafKind::Item {
            return self.leaf(slot, kind);
        }
        let rows = match align(slot.element, slot.datatype, &lists) {
            Alignment::Rows { rows, moved } => {
                if let (true, Some(from), Some(to)) = (moved, values.base, values.local) {
                    self.moves.push(Move {
                        path: self.path.clone(),
                        from,
                        to,
                    });
                }
                rows
            }
            Alignment::Ambiguous => return self.leaf(slot, LeafKind::Ambiguous),
            Alignment::Reordered => return self.leaf(slot, LeafKind::Reordered),
            Alignment::Piece => {
                let kind = if is_reordering(&lists) {
                    LeafKind::Reordered
                } else {
                    kind
                };
                return self.leaf(slot, kind);
            }
        };
        let keep_empty = keeps_empty(values);
        let per_item = self.trail.len() == 1 && self.scope.rules.per_item.contains(slot.element);
        self.depth += 1;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let at = |items: &'a [Value], at: Option<usize>| {
                Piece::item(at.and_then(|at| items.get(at)))
            };
            let pieces = Three {
                base: at(lists.base, row.at.base),
                local: at(lists.local, row.at.local),
                remote: at(lists.remote, row.at.remote),
            };
            let length = self.path.len();
            self.path.push('[');
            self.path.push_str(&row.label);
            self.path.push(']');
            if per_item {
                self.scope.item = Some(self.path.clone());
            }
            let kind = if row.loose {
                LeafKind::Replaced
            } else {
                LeafKind::Item
            };
            items.push(self.node(
                Slot {
                    element: slot.element,
                    pieces,
                    datatype: slot.datatype,
                    node: slot.node,
                    modifier: slot.modifier,
                },
                kind,
            ));
            if per_item {
                self.scope.item = None;
            }
            self.path.truncate(length);
        }
        self.depth -= 1;
        Node::List {
            name,
            items,
            keep_empty,
        }
    }

    fn leaf(&mut self, slot: Slot<'a>, kind: LeafKind) -> Node<'a> {
        let top = self.trail.first().copied().unwrap_or_default();
        let reduced = is_reduced(&slot);
        let rules = self.scope.rules;
        let in_meta = top == "meta";
        let grouped = !in_meta
            && top != "text"
            && (rules.whole
                || rules.group.contains(top)
                || self.trail.contains(&"modifierExtension"));
        let group = grouped.then(|| Group {
            scope: self.scope.number,
            item: self.scope.item.clone(),
        });
        let guarded = grouped
            || self.modifiers > 0
            || rules.guarded.contains(top)
            || self
                .trail
                .iter()
                .any(|name| rules::ALWAYS_GUARDED.contains(name))
            || (in_meta && self.trail.contains(&rules::GUARDED_META))
            || slot
                .pieces
                .all()
                .iter()
                .any(|piece| piece.values().any(shape::is_measure));
        self.leaves.push(Leaf {
            path: self.path.clone(),
            kind,
            pieces: slot.pieces,
            resource: self.scope.resource,
            trail: self.trail.clone(),
            top: self.top,
            guarded,
            group,
            reduced,
            in_meta,
        });
        Node::Leaf(self.leaves.len() - 1)
    }
}
