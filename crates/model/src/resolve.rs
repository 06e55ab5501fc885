//! Applying a person's choices to a conflict.

use std::collections::HashMap;

use serde_json::Value;

use crate::both::marked_in_error;
use crate::merge::assemble::{Chosen, assemble};
use crate::merge::judge::Verdict;
use crate::merge::piece::{Piece, Side, Three};
use crate::merge::rules::element_of;
use crate::merge::tree::{Leaf, LeafKind, Tree};
use crate::merge::{MergeRules, Plan, planned, verdict_of};

/// What a person takes where two versions conflict.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// This device's value.
    Local,
    /// The server's value.
    Remote,
    /// The value from before both edits.
    Base,
    /// Both items of a list, this device's first; of what one side deleted, the edit, marked as entered
    /// in error.
    Both,
    /// Another value, written as the conflict shows its values; `null` removes the element.
    Value(Value),
}

/// The resource as far as it has been decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolution {
    /// The resource; `None` is deleted.
    pub resource: Option<Value>,
    /// Conflicting paths without a choice; the resource holds the base's value there.
    pub left: Vec<String>,
}

/// Why choices cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// Nothing conflicts at this path.
    #[error("nothing conflicts at {0}")]
    UnknownPath(String),
    /// Both can only be kept of list items.
    #[error("{0} is not a list item: only one value can be kept")]
    NotAList(String),
    /// The value could be of several types; it must name its member, for example `valueString`.
    #[error("the value for {0} must be an object that names its element")]
    UnclearType(String),
}

/// Applies choices to the conflicts that [`crate::merge::merge`] finds between three versions. A
/// later choice for a path replaces an earlier one.
///
/// # Errors
/// When a path is not in conflict, when both are wanted of what is no list item, or when a value
/// does not say which of several types it has.
pub fn resolve(
    base: Option<&Value>,
    local: Option<&Value>,
    remote: Option<&Value>,
    choices: &[(String, Choice)],
) -> Result<Resolution, ResolveError> {
    resolve_with(base, local, remote, choices, &MergeRules::default())
}

/// Resolves as [`resolve`] does what [`crate::merge::merge_with`] finds.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_with(
    base: Option<&Value>,
    local: Option<&Value>,
    remote: Option<&Value>,
    choices: &[(String, Choice)],
    rules: &MergeRules,
) -> Result<Resolution, ResolveError> {
    let chosen: HashMap<&str, &Choice> = choices
        .iter()
        .map(|(path, choice)| (path.as_str(), choice))
        .collect();
    let unknown = |known: &dyn Fn(&str) -> bool| match choices.iter().find(|(path, _)| !known(path))
    {
        Some((path, _)) => Err(ResolveError::UnknownPath(path.clone())),
        None => Ok(()),
    };
    planned(
        Three {
            base,
            local,
            remote,
        },
        *rules,
        |plan| match plan {
            Plan::Done(result) => {
                unknown(&|_| false)?;
                Ok(Resolution {
                    resource: result.cloned(),
                    left: Vec::new(),
                })
            }
            Plan::Whole { field, .. } => {
                unknown(&|path| path == field.path)?;
                let (value, left) = match chosen.get(field.path.as_str()) {
                    Some(Choice::Local) => (&field.local, Vec::new()),
                    Some(Choice::Remote) => (&field.remote, Vec::new()),
                    Some(Choice::Base) => (&field.base, Vec::new()),
                    Some(Choice::Value(value)) => (value, Vec::new()),
                    Some(Choice::Both) => match marked(&field) {
                        Some(kept) => {
                            return Ok(Resolution {
                                resource: Some(kept),
                                left: Vec::new(),
                            });
                        }
                        None => return Err(ResolveError::NotAList(field.path.clone())),
                    },
                    None => (&field.base, vec![field.path.clone()]),
                };
                Ok(Resolution {
                    resource: Some(value.clone()).filter(|value| !value.is_null()),
                    left,
                })
            }
            Plan::Fields { tree, verdicts, .. } => {
                let waiting: HashMap<&str, usize> = tree
                    .leaves
                    .iter()
                    .zip(&verdicts)
                    .enumerate()
                    .filter(|(_, (_, verdict))| matches!(verdict, Verdict::Conflict { .. }))
                    .map(|(number, (leaf, _))| (leaf.path.as_str(), number))
                    .collect();
                unknown(&|path| waiting.contains_key(path))?;
                let mut decided = decide(&tree, &waiting, &chosen)?;
                let mut left: Vec<usize> = waiting
                    .values()
                    .copied()
                    .filter(|number| !decided.contains_key(number))
                    .collect();
                left.sort_unstable();
                let left = left
                    .into_iter()
                    .filter_map(|number| tree.leaves.get(number).map(|leaf| leaf.path.clone()))
                    .collect();
                let resource = assemble(&tree, &mut |number| {
                    decided
                        .remove(&number)
                        .unwrap_or_else(|| verdict_of(&verdicts, number))
                });
                Ok(Resolution { resource, left })
            }
        },
    )
}

fn decide(
    tree: &Tree,
    waiting: &HashMap<&str, usize>,
    chosen: &HashMap<&str, &Choice>,
) -> Result<HashMap<usize, Chosen>, ResolveError> {
    let mut decided = HashMap::new();
    for (path, number) in waiting {
        let (Some(choice), Some(leaf)) = (chosen.get(path), tree.leaves.get(*number)) else {
            continue;
        };
        let taken = match choice {
            Choice::Local => Chosen::Of(Side::Local),
            Choice::Remote => Chosen::Of(Side::Remote),
            Choice::Base => Chosen::Of(Side::Base),
            Choice::Both if is_listed(leaf) => Chosen::Both,
            Choice::Both => return Err(ResolveError::NotAList(leaf.path.clone())),
            Choice::Value(value) => Chosen::Members(members(leaf, value)?),
        };
        decided.insert(*number, taken);
    }
    Ok(decided)
}

/// What one side deleted and the other edited, kept and marked.
fn marked(field: &crate::FieldConflict) -> Option<Value> {
    match (field.local.is_null(), field.remote.is_null()) {
        (true, false) => marked_in_error(&field.remote),
        (false, true) => marked_in_error(&field.local),
        (true, true) | (false, false) => None,
    }
}

/// Whether a leaf is one item of a list, or a list.
fn is_listed(leaf: &Leaf) -> bool {
    match leaf.kind {
        LeafKind::Item | LeafKind::Replaced | LeafKind::Ambiguous | LeafKind::Reordered => true,
        LeafKind::Element | LeafKind::Stamp(_) => leaf
            .pieces
            .all()
            .iter()
            .all(|piece| piece.is_absent() || piece.single().is_some_and(Value::is_array)),
    }
}

/// The members that a value given by a person stands for. Siblings of a primitive that no side
/// touched are not shown in a conflict, and stay.
fn members(leaf: &Leaf, value: &Value) -> Result<Vec<(String, Value)>, ResolveError> {
    if matches!(leaf.kind, LeafKind::Item | LeafKind::Replaced) {
        let item = Some((String::new(), value.clone()));
        return Ok(item
            .filter(|(_, value)| !value.is_null())
            .into_iter()
            .collect());
    }
    let wrapped = leaf.pieces.plain().is_none();
    let element = leaf.trail.last().copied().unwrap_or_default();
    let [base, local, remote] = leaf.pieces.all();
    let siblings = base.0.iter().filter(|member| {
        member.0.starts_with('_')
            && !wrapped
            && local.0.contains(member)
            && remote.0.contains(member)
    });
    let owned = |(name, value): &(&str, &Value)| ((*name).to_owned(), (*value).clone());
    let siblings: Vec<(String, Value)> = siblings.map(owned).collect();
    if value.is_null() {
        return Ok(siblings);
    }
    let named = |name: &str| {
        [base, local, remote]
            .iter()
            .any(|piece| piece.0.iter().any(|(other, _)| *other == name))
    };
    let names_member = |key: &str| {
        let spelling = !key.starts_with('_') && key != element && element_of(key) == element;
        // A primitive without a value says why it has none.
        let reason = key.strip_prefix('_') == Some(element);
        spelling || reason || (wrapped && named(key))
    };
    if let Some(object) = value.as_object()
        && !object.is_empty()
        && object.keys().all(|key| names_member(key))
    {
        return Ok(object
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect());
    }
    let mut names: Vec<&str> = [base, local, remote]
        .iter()
        .flat_map(|piece| piece.0.iter().map(|(name, _)| *name))
        .filter(|name| !name.starts_with('_'))
        .collect();
    names.sort_unstable();
    names.dedup();
    let holder = || {
        let holds = |piece: &&&Piece| piece.single() == Some(value);
        let piece = [base, local, remote];
        piece
            .iter()
            .find(holds)
            .and_then(|piece| piece.0.first())
            .map(|(name, _)| *name)
    };
    let name = match names.as_slice() {
        [name] => Some(*name),
        _ => holder(),
    };
    let name = name.ok_or_else(|| ResolveError::UnclearType(leaf.path.clone()))?;
    let mut members = vec![(name.to_owned(), value.clone())];
    members.extend(siblings);
    Ok(members)
}
