//! The document that a tree and its decisions give.

use serde_json::{Map, Value};

use super::piece::{Piece, Side, Three};
use super::tree::{Leaf, Node, Tree};

/// What stands for a piece in the result.
pub(crate) enum Chosen {
    /// One version's.
    Of(Side),
    /// Local's and remote's, one after the other.
    Both,
    /// Members given in full, by name; an item's name is empty.
    Members(Vec<(String, Value)>),
}

/// Builds the document; `None` when the choices leave none.
pub(crate) fn assemble(tree: &Tree, chosen: &mut dyn FnMut(usize) -> Chosen) -> Option<Value> {
    let mut out = Vec::new();
    emit(&tree.root, &tree.leaves, chosen, &mut out);
    out.into_iter().next().map(|(_, value)| value)
}

fn emit(
    node: &Node,
    leaves: &[Leaf],
    chosen: &mut dyn FnMut(usize) -> Chosen,
    out: &mut Vec<(String, Value)>,
) {
    match node {
        Node::Same(piece) => push(piece, out),
        Node::Leaf(number) => {
            let Some(leaf) = leaves.get(*number) else {
                return;
            };
            match chosen(*number) {
                Chosen::Of(side) => push(leaf.pieces.of(side), out),
                Chosen::Both => both(&leaf.pieces, out),
                Chosen::Members(members) => out.extend(members),
            }
        }
        Node::Object {
            name,
            elements,
            keep_empty,
        } => {
            let mut members = Vec::with_capacity(elements.len());
            for element in elements {
                emit(element, leaves, chosen, &mut members);
            }
            if !members.is_empty() || *keep_empty {
                let object: Map<String, Value> = members.into_iter().collect();
                out.push(((*name).to_owned(), Value::Object(object)));
            }
        }
        Node::List {
            name,
            items,
            keep_empty,
        } => {
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                emit(item, leaves, chosen, &mut values);
            }
            if !values.is_empty() || *keep_empty {
                let list = values.into_iter().map(|(_, value)| value).collect();
                out.push(((*name).to_owned(), Value::Array(list)));
            }
        }
    }
}

fn push(piece: &Piece, out: &mut Vec<(String, Value)>) {
    out.extend(
        piece
            .0
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).clone())),
    );
}

/// Two list items, or two lists joined; equal ones once.
fn both(pieces: &Three<Piece>, out: &mut Vec<(String, Value)>) {
    let lists = [pieces.local.single(), pieces.remote.single()];
    if let [Some(Value::Array(local)), Some(Value::Array(remote))] = lists {
        let mut joined = local.clone();
        joined.extend(remote.iter().filter(|item| !local.contains(item)).cloned());
        let name = pieces.local.0.first().map_or("", |(name, _)| *name);
        out.push((name.to_owned(), Value::Array(joined)));
        return;
    }
    push(&pieces.local, out);
    if pieces.local != pieces.remote {
        push(&pieces.remote, out);
    }
}
