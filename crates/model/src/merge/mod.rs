//! The three-way merge of one resource.
//!
//! It is pure and deterministic, gives the same result with the sides swapped, and loses nothing:
//! every edit is in the result or in a conflict. Lists merge by key, not by place; data types whose
//! parts only mean something together merge as one piece; what can hurt a patient goes to a
//! person ([`rules`] holds that knowledge as tables). No input makes it panic.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::checks::Finding;
use crate::conflict::{ConflictKind, FieldConflict, MergeOutcome, Outcome};

pub(crate) mod assemble;
mod contained;
mod document;
mod elements;
pub(crate) mod judge;
mod kept;
mod keys;
pub(crate) mod leaf;
mod likeness;
mod list;
mod pairs;
pub(crate) mod piece;
mod reduce;
mod review;
pub(crate) mod rules;
mod scan;
mod shape;
mod stamp;
mod texts;
pub(crate) mod tree;
mod weaken;
mod weave;

use assemble::{Chosen, assemble};
use judge::{Verdict, judge};
use piece::{Side, Three, earlier_text};
pub use rules::table::{RuleRow, rule_table};
pub use texts::{MergedText, merge_texts};
use tree::{LeafKind, Tree};

/// Who wins where both sides changed one element that is not guarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Nobody: a person decides.
    #[default]
    Merge,
    /// Nothing is merged by the machine: a person decides every edit made on both sides at once.
    Manual,
    /// The server's value.
    ServerWins,
    /// This device's value.
    ClientWins,
}

/// How a type of resource is merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeRules {
    /// Who wins; guarded elements go to a person with every strategy.
    pub strategy: Strategy,
}

/// One element that a side changed against the base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Where, written as in [`FieldConflict`].
    pub path: String,
    /// The base's value; `null` when there was none.
    pub from: Value,
    /// The side's value; `null` when it was removed.
    pub to: Value,
    /// Whether a person would decide, had both sides changed it.
    pub guarded: bool,
}

/// Merges two versions of a resource over their common ancestor; `None` is deleted or absent.
#[must_use]
pub fn merge(base: Option<&Value>, local: Option<&Value>, remote: Option<&Value>) -> MergeOutcome {
    merge_with(base, local, remote, &MergeRules::default())
}

/// Merges as [`merge`] does, with a strategy for what is not guarded.
#[must_use]
pub fn merge_with(
    base: Option<&Value>,
    local: Option<&Value>,
    remote: Option<&Value>,
    rules: &MergeRules,
) -> MergeOutcome {
    planned(
        Three {
            base,
            local,
            remote,
        },
        *rules,
        |plan| match plan {
            Plan::Done(result) => MergeOutcome {
                outcome: Outcome::Merged,
                kind: None,
                deleted: result.is_none().then_some(true),
                resource: result.cloned().unwrap_or(Value::Null),
                fields: Vec::new(),
                findings: Vec::new(),
            },
            Plan::Whole { kind, field } => MergeOutcome {
                outcome: Outcome::Conflict,
                kind: Some(kind),
                deleted: None,
                resource: field.base.clone(),
                fields: vec![field],
                findings: Vec::new(),
            },
            Plan::Fields {
                kind,
                tree,
                verdicts,
                findings,
            } => {
                let fields = conflicts(&tree, &verdicts);
                let resource = assemble(&tree, &mut |number| verdict_of(&verdicts, number));
                let conflict = !fields.is_empty();
                MergeOutcome {
                    outcome: if conflict {
                        Outcome::Conflict
                    } else {
                        Outcome::Merged
                    },
                    kind: conflict.then_some(kind),
                    deleted: None,
                    resource: resource.unwrap_or(Value::Null),
                    fields,
                    findings,
                }
            }
        },
    )
}

/// What one side changed against the base, element by element; a whole resource that was created
/// or deleted is one change whose path is its type. What the server writes into `meta` is left out.
#[must_use]
pub fn changes(base: Option<&Value>, side: Option<&Value>) -> Vec<FieldChange> {
    let (base, side) = (present(base), present(side));
    let (Some(before), Some(after)) = (base, side) else {
        return if base == side {
            Vec::new()
        } else {
            vec![FieldChange {
                path: root_name(&Three {
                    base,
                    local: side,
                    remote: base,
                }),
                from: base.cloned().unwrap_or(Value::Null),
                to: side.cloned().unwrap_or(Value::Null),
                guarded: true,
            }]
        };
    };
    let versions = Three {
        base: Some(before),
        local: Some(after),
        remote: Some(before),
    };
    let tree = Tree::build(&root_name(&versions), versions);
    let changed = tree
        .leaves
        .iter()
        .filter(|leaf| leaf.local_changed() && !matches!(leaf.kind, LeafKind::Stamp(_)));
    let edits = changed.map(|leaf| {
        let shown = leaf.pieces.shown();
        FieldChange {
            path: leaf.path.clone(),
            from: shown.base,
            to: shown.local,
            guarded: leaf.guarded,
        }
    });
    let moves = tree.moves.iter().map(|moved| FieldChange {
        path: moved.path.clone(),
        from: moved.from.clone(),
        to: moved.to.clone(),
        guarded: false,
    });
    edits.chain(moves).collect()
}

/// Works out what is to be done with three versions, and hands it over.
pub(crate) fn planned<T>(
    versions: Three<Option<&Value>>,
    rules: MergeRules,
    act: impl FnOnce(Plan<'_>) -> T,
) -> T {
    let versions = versions.map(|value| present(*value));
    match contained::separate(&versions) {
        Some(owned) => act(Plan::of(owned.map(Option::as_ref), rules)),
        None => act(Plan::of(versions, rules)),
    }
}

/// What is to be done with three versions.
pub(crate) enum Plan<'a> {
    /// One version is the result; `None` is deleted.
    Done(Option<&'a Value>),
    /// A person takes one version or another as a whole.
    Whole {
        kind: ConflictKind,
        field: FieldConflict,
    },
    /// Piece by piece.
    Fields {
        kind: ConflictKind,
        tree: Tree<'a>,
        verdicts: Vec<Verdict>,
        /// What made conflicts of edits that could each stand alone.
        findings: Vec<Finding>,
    },
}

impl<'a> Plan<'a> {
    fn of(versions: Three<Option<&'a Value>>, rules: MergeRules) -> Self {
        let Three {
            base,
            local,
            remote,
        } = versions;
        if local == remote {
            let pick = local
                .zip(remote)
                .map(|(one, other)| earlier_text(one, other));
            return Self::Done(if local == base { base } else { pick });
        }
        if local == base {
            return Self::Done(remote);
        }
        if remote == base {
            return Self::Done(local);
        }
        let whole = |kind: ConflictKind, rule: &str| Self::Whole {
            kind,
            field: FieldConflict {
                path: root_name(&versions),
                base: base.cloned().unwrap_or(Value::Null),
                local: local.cloned().unwrap_or(Value::Null),
                remote: remote.cloned().unwrap_or(Value::Null),
                guarded: true,
                rule: rule.to_owned(),
            },
        };
        let untouched = |side: Option<&Value>| {
            base.zip(side)
                .is_some_and(|(base, side)| stamp::same_content(base, side))
        };
        match (local, remote) {
            (None, _) if untouched(remote) => return Self::Done(None),
            (_, None) if untouched(local) => return Self::Done(None),
            (None, _) => return whole(ConflictKind::DeleteUpdate, "deleted-and-changed"),
            (_, None) => return whole(ConflictKind::UpdateDelete, "deleted-and-changed"),
            (Some(_), Some(_)) => {}
        }
        let kind = if base.is_none() {
            ConflictKind::CreateCreate
        } else {
            ConflictKind::UpdateUpdate
        };
        if differs_in_identity(&versions) {
            return whole(kind, "different-resource");
        }
        let partial = versions.map(|value| value.is_some_and(is_partial));
        if (partial.local || partial.remote) && !partial.base {
            return whole(kind, "subsetted");
        }
        let tree = Tree::build(&root_name(&versions), versions);
        let signed = versions
            .all()
            .into_iter()
            .flatten()
            .any(|value| is_signed(value));
        let mut verdicts = judge(&tree.leaves, rules, base.is_none(), signed);
        let findings = review::review(&versions, &tree, &mut verdicts);
        Self::Fields {
            kind,
            tree,
            verdicts,
            findings,
        }
    }
}

/// The pieces that wait for a person.
pub(crate) fn conflicts(tree: &Tree, verdicts: &[Verdict]) -> Vec<FieldConflict> {
    let waiting = tree
        .leaves
        .iter()
        .zip(verdicts)
        .filter_map(|(leaf, verdict)| match verdict {
            Verdict::Conflict { rule, guarded } => Some((leaf, rule, guarded)),
            Verdict::Take(_) => None,
        });
    waiting
        .map(|(leaf, rule, guarded)| {
            let shown = leaf.pieces.shown();
            FieldConflict {
                path: leaf.path.clone(),
                base: shown.base,
                local: shown.local,
                remote: shown.remote,
                guarded: *guarded,
                rule: rule.as_str().to_owned(),
            }
        })
        .collect()
}

/// What stands for a piece until a person has decided.
pub(crate) fn verdict_of(verdicts: &[Verdict], number: usize) -> Chosen {
    match verdicts.get(number) {
        Some(Verdict::Take(side)) => Chosen::Of(*side),
        Some(Verdict::Conflict { .. }) | None => Chosen::Of(Side::Base),
    }
}

/// A JSON `null` stands for an absent document.
fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

/// The type that paths begin with.
fn root_name(versions: &Three<Option<&Value>>) -> String {
    let name = |value: &Option<&Value>| {
        let name = value
            .and_then(|value| value.get("resourceType"))
            .and_then(Value::as_str);
        name.filter(|name| crate::resource::is_id(name))
            .map(str::to_owned)
    };
    name(&versions.base)
        .or_else(|| {
            [name(&versions.local), name(&versions.remote)]
                .into_iter()
                .flatten()
                .min()
        })
        .unwrap_or_else(|| "Resource".to_owned())
}

/// Whether the versions are not of one resource at all.
fn differs_in_identity(versions: &Three<Option<&Value>>) -> bool {
    let mut identities = versions.all().into_iter().flatten().map(|value| {
        (
            value.is_object(),
            value.get("resourceType"),
            value.get("id"),
        )
    });
    let first = identities.next();
    identities.any(|identity| Some(identity) != first)
}

/// Whether a server says that it sent only some of the elements (FHIR R4 §3.1.1.5.8): what such a copy
/// lacks was not removed by anyone.
fn is_partial(value: &Value) -> bool {
    let tags = value.get("meta").and_then(|meta| meta.get("tag"));
    let tags = tags.and_then(Value::as_array).into_iter().flatten();
    tags.filter_map(|tag| tag.get("code"))
        .any(|code| code == "SUBSETTED")
}

/// Whether it is a signed note or a final result.
pub(crate) fn is_signed(value: &Value) -> bool {
    let resource = value
        .get("resourceType")
        .and_then(Value::as_str)
        .unwrap_or_default();
    rules::of_type(resource)
        .signed
        .is_some_and(|(element, words)| {
            value
                .get(element)
                .and_then(Value::as_str)
                .is_some_and(|word| words.contains(word))
        })
}
