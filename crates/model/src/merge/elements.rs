//! The elements of three versions of an object, with what R4 says of each.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::piece::{Piece, Side, Three, canonical};
use super::rules;
use super::weave::weave;
use crate::definitions::{Element, Node, Target, r4};

/// One element or item, before it is looked into.
pub(super) struct Slot<'a> {
    pub element: &'a str,
    pub pieces: Three<Piece<'a>>,
    /// Its data type, where R4 defines it.
    pub datatype: Option<&'static str>,
    /// What R4 says of its members.
    pub node: Option<&'static Node>,
    /// Whether R4 calls it a modifier: passing it over changes what the rest means.
    pub modifier: bool,
}

/// The type that all versions name; an error when they name different ones or not all do.
pub(super) fn resource_type<'a>(
    versions: &Three<Option<&'a Map<String, Value>>>,
) -> Option<Result<&'a str, ()>> {
    let mut types = versions
        .all()
        .into_iter()
        .flatten()
        .map(|object| object.get("resourceType"));
    let first = types.next()?;
    if types.any(|other| other != first) {
        return Some(Err(()));
    }
    first.map(|name| name.as_str().ok_or(()))
}

/// What R4 says of one member of an object.
#[derive(Clone, Copy, Default)]
pub(super) struct Traits {
    element: Option<&'static str>,
    /// Its data type, where R4 defines it.
    pub datatype: Option<&'static str>,
    node: Option<&'static Node>,
    modifier: bool,
}

/// The member that every resource has and no definition lists.
const RESOURCE_TYPE: &str = "resourceType";

impl Traits {
    pub fn of(node: Option<&'static Node>, member: &str) -> Self {
        let name = member.strip_prefix('_').unwrap_or(member);
        if name == RESOURCE_TYPE {
            return Self {
                element: Some(RESOURCE_TYPE),
                ..Self::default()
            };
        }
        let Some((node, member)) = node.and_then(|node| Some((node, node.member(name)?))) else {
            return Self::default();
        };
        let element = node.element_of(member);
        Self {
            element: element.map(Element::stem),
            datatype: Some(member.type_code),
            node: match member.target {
                Target::Node(id) => r4().node_at(id),
                Target::Primitive(_) | Target::Resource => None,
            },
            // The use of an address or a number turns nothing into its opposite.
            modifier: element.is_some_and(|element| element.is_modifier && element.name != "use"),
        }
    }

    /// The element that a member with these traits belongs to.
    pub fn element_of<'m>(&self, member: &'m str) -> &'m str {
        self.element.unwrap_or_else(|| rules::element_of(member))
    }
}

/// The element that a member belongs to.
pub(super) fn element_name<'m>(node: Option<&'static Node>, member: &'m str) -> &'m str {
    Traits::of(node, member).element_of(member)
}

/// The elements of three versions of an object, in each version's order, by their numbers: the
/// base's come first.
pub(super) struct Order<'a> {
    pub parts: usize,
    pub of: &'a Three<Vec<usize>>,
}

impl Order<'_> {
    /// The order of the result. Members have no order of their own: only additions take a side's
    /// place.
    pub fn woven<'n>(&self, name: &dyn Fn(usize) -> &'n str) -> Vec<usize> {
        let Three {
            base,
            local,
            remote,
        } = self.of;
        if self.parts == base.len() {
            return base.clone();
        }
        let in_base_order = |order: &[usize]| {
            let mut kept: Vec<usize> = order
                .iter()
                .copied()
                .filter(|at| *at < base.len())
                .collect();
            kept.sort_unstable();
            let mut kept = kept.into_iter();
            let placed = order.iter().map(|at| {
                if *at < base.len() {
                    kept.next()
                } else {
                    Some(*at)
                }
            });
            placed.flatten().collect::<Vec<_>>()
        };
        weave(base, &in_base_order(local), &in_base_order(remote), &|at| {
            name(at).to_owned()
        })
    }
}

/// With more elements than these they are looked up by a table.
const FEW_ELEMENTS: usize = 24;

/// The elements of an object in the order of the result, each with its members on every side.
pub(super) fn elements<'a>(
    versions: &Three<Option<&'a Map<String, Value>>>,
    node: Option<&'static Node>,
) -> Vec<Slot<'a>> {
    let mut slots: Vec<Slot<'a>> = Vec::new();
    let mut known: HashMap<&'a str, usize> = HashMap::new();
    let mut orders: Three<Vec<usize>> = Three::default();
    for side in [Side::Base, Side::Local, Side::Remote] {
        let Some(object) = versions.of(side) else {
            continue;
        };
        for (member, value) in *object {
            let traits = Traits::of(node, member);
            let element = traits.element_of(member);
            let at = if slots.len() < FEW_ELEMENTS {
                slots.iter().position(|slot| slot.element == element)
            } else {
                if known.is_empty() {
                    known = slots
                        .iter()
                        .enumerate()
                        .map(|(at, slot)| (slot.element, at))
                        .collect();
                }
                known.get(element).copied()
            };
            let at = at.unwrap_or_else(|| {
                slots.push(Slot {
                    element,
                    pieces: Three::default(),
                    datatype: traits.datatype,
                    node: traits.node,
                    modifier: traits.modifier,
                });
                if !known.is_empty() {
                    known.insert(element, slots.len() - 1);
                }
                slots.len() - 1
            });
            let (Some(slot), order) = (slots.get_mut(at), orders.of_mut(side)) else {
                continue;
            };
            let piece = slot.pieces.of_mut(side);
            if piece.is_absent() {
                order.push(at);
            }
            piece.0.push((member, value));
        }
    }
    let order = Order {
        parts: slots.len(),
        of: &orders,
    }
    .woven(&|at| slots.get(at).map_or("", |slot| slot.element));
    let mut slots: Vec<Option<Slot<'a>>> = slots.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|at| slots.get_mut(at).and_then(Option::take))
        .collect()
}

/// Whether both sides hold the base's items, in an order of their own.
pub(super) fn is_reordering(lists: &Three<&[Value]>) -> bool {
    let sorted = lists.map(|items| {
        let mut texts: Vec<String> = items.iter().map(canonical).collect();
        texts.sort_unstable();
        texts
    });
    sorted.base == sorted.local && sorted.base == sorted.remote
}

/// Whether a list without items is still written: a side wrote it so.
pub(super) fn keeps_empty(values: &Three<Option<&Value>>) -> bool {
    let there = values.map(Option::is_some);
    let kept = if there.local == there.base {
        there.remote
    } else {
        there.local
    };
    let written = [values.local, values.remote]
        .iter()
        .flatten()
        .any(|value| value.as_array().is_some_and(Vec::is_empty));
    kept && written
}

/// Adds an element's name, quoted where it is no plain name.
pub(super) fn push_element(path: &mut String, element: &str) {
    path.push('.');
    let plain = !element.is_empty()
        && element
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if plain {
        path.push_str(element);
    } else {
        path.push_str(&Value::String(element.to_owned()).to_string());
    }
}
