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
#[derive(Default)]
struct Defined {
    element: Option<&'static str>,
    datatype: Option<&'static str>,
    node: Option<&'static Node>,
}

impl Defined {
    fn of(node: Option<&'static Node>, member: &str) -> Self {
        let name = member.strip_prefix('_').unwrap_or(member);
        let Some((node, member)) = node.and_then(|node| Some((node, node.member(name)?))) else {
            return Self::default();
        };
        Self {
            element: node.element_of(member).map(Element::stem),
            datatype: Some(member.type_code),
            node: match member.target {
                Target::Node(id) => r4().node_at(id),
                Target::Primitive(_) | Target::Resource => None,
            },
        }
    }
}

/// The element that a member belongs to.
pub(super) fn element_name<'m>(node: Option<&'static Node>, member: &'m str) -> &'m str {
    Defined::of(node, member)
        .element
        .unwrap_or_else(|| rules::element_of(member))
}

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
            let defined = Defined::of(node, member);
            let element = defined.element.unwrap_or_else(|| rules::element_of(member));
            let at = *known.entry(element).or_insert_with(|| {
                slots.push(Slot {
                    element,
                    pieces: Three::default(),
                    datatype: defined.datatype,
                    node: defined.node,
                });
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
    let names: Vec<&str> = slots.iter().map(|slot| slot.element).collect();
    let name = |at: usize| {
        names
            .get(at)
            .map_or_else(String::new, |name| (*name).to_owned())
    };
    // Members have no order of their own: only additions take a side's place. The base's come first
    // in the numbering.
    let base_count = orders.base.len();
    let in_base_order = |order: &[usize]| {
        let mut kept: Vec<usize> = order
            .iter()
            .copied()
            .filter(|at| *at < base_count)
            .collect();
        kept.sort_unstable();
        let mut kept = kept.into_iter();
        let placed = order.iter().map(|at| {
            if *at < base_count {
                kept.next()
            } else {
                Some(*at)
            }
        });
        placed.flatten().collect::<Vec<_>>()
    };
    let order = if slots.len() == orders.base.len() {
        orders.base.clone()
    } else {
        weave(
            &orders.base,
            &in_base_order(&orders.local),
            &in_base_order(&orders.remote),
            &name,
        )
    };
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
