//! Who decides each piece: the machine, or a person.

use std::collections::{HashMap, HashSet};

use super::keys::joined;
use super::piece::{Piece, Side, earlier_text};
use super::rules;
use super::tree::{Group, Leaf, LeafKind};
use super::weaken::weakens;
use super::{MergeRules, Strategy};

/// The rule that stopped the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    BothChanged,
    Guarded,
    GuardedGroup,
    Weakened,
    RemovedAndChanged,
    IdentifierSystem,
    Order,
    AmbiguousKey,
    Signed,
    CreatedTwice,
    Manual,
    /// Together the edits make what is no FHIR.
    Invalid,
    /// Together the edits make what cannot be true.
    Implausible,
    /// One side made it another patient's.
    OtherPatient,
}

impl Rule {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BothChanged => "both-changed",
            Self::Guarded => "guarded",
            Self::GuardedGroup => "guarded-group",
            Self::Weakened => "weakened",
            Self::RemovedAndChanged => "removed-and-changed",
            Self::IdentifierSystem => "identifier-system",
            Self::Order => "order",
            Self::AmbiguousKey => "ambiguous-key",
            Self::Signed => "signed",
            Self::CreatedTwice => "created-twice",
            Self::Manual => "manual",
            Self::Invalid => "invalid",
            Self::Implausible => "implausible",
            Self::OtherPatient => "different-patient",
        }
    }
}

/// What becomes of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Take(Side),
    Conflict { rule: Rule, guarded: bool },
}

impl Verdict {
    pub fn is_conflict(self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}

/// Judges every leaf. `created` says that there is no base; `signed` that the document is a signed
/// or final one on some side.
pub(crate) fn judge(
    leaves: &[Leaf],
    merge: MergeRules,
    created: bool,
    signed: bool,
) -> Vec<Verdict> {
    let local_edits = leaves
        .iter()
        .any(|leaf| is_edit(leaf) && leaf.local_changed());
    let remote_edits = leaves
        .iter()
        .any(|leaf| is_edit(leaf) && leaf.remote_changed());
    let crossing = Crossings::of(leaves);
    leaves
        .iter()
        .map(|leaf| {
            let verdict = if created || (local_edits && remote_edits) {
                concurrent(leaf, merge, created, signed, &crossing)
            } else {
                match alone(leaf) {
                    Verdict::Take(side) if unlabels(leaf, side, local_edits, remote_edits) => {
                        Verdict::Conflict {
                            rule: Rule::Weakened,
                            guarded: true,
                        }
                    }
                    verdict @ (Verdict::Take(_) | Verdict::Conflict { .. }) => verdict,
                }
            };
            apply(merge, verdict)
        })
        .collect()
}

/// Whether a side weakens a security label of content that the other side edits: a label is no edit of
/// the content, but whoever edits relies on it.
fn unlabels(leaf: &Leaf, side: Side, local_edits: bool, remote_edits: bool) -> bool {
    let other_edits = match side {
        Side::Local => remote_edits,
        Side::Remote => local_edits,
        Side::Base => false,
    };
    leaf.in_meta && leaf.guarded && !leaf.agreed() && other_edits && weakens(leaf, side)
}

/// Whether the leaf holds an edit that the other side has not made too.
pub(super) fn is_edit(leaf: &Leaf) -> bool {
    !leaf.agreed() && !leaf.in_meta
}

/// The verdict where nothing but the leaf itself counts.
fn alone(leaf: &Leaf) -> Verdict {
    if let LeafKind::Stamp(side) = leaf.kind {
        return Verdict::Take(side);
    }
    if leaf.agreed() {
        return Verdict::Take(agreed_side(leaf));
    }
    if !leaf.remote_changed() {
        return Verdict::Take(Side::Local);
    }
    if !leaf.local_changed() {
        return Verdict::Take(Side::Remote);
    }
    let Piece(base) = &leaf.pieces.base;
    let one_absent = leaf.pieces.local.is_absent() || leaf.pieces.remote.is_absent();
    if leaf.reduced && !leaf.guarded {
        return Verdict::Take(if leaf.pieces.local.is_absent() {
            Side::Local
        } else {
            Side::Remote
        });
    }
    let rule = match leaf.kind {
        LeafKind::Ambiguous => Rule::AmbiguousKey,
        LeafKind::Reordered => Rule::Order,
        LeafKind::Item | LeafKind::Replaced if two_identifiers(leaf) => Rule::IdentifierSystem,
        LeafKind::Element | LeafKind::Item | LeafKind::Replaced | LeafKind::Stamp(_) => {
            if one_absent && !base.is_empty() {
                Rule::RemovedAndChanged
            } else if leaf.guarded {
                Rule::Guarded
            } else {
                Rule::BothChanged
            }
        }
    };
    Verdict::Conflict {
        rule,
        guarded: leaf.guarded,
    }
}

/// The verdict where both sides edited the document.
fn concurrent(
    leaf: &Leaf,
    merge: MergeRules,
    created: bool,
    signed: bool,
    crossing: &Crossings,
) -> Verdict {
    let verdict = alone(leaf);
    if leaf.agreed() || matches!(leaf.kind, LeafKind::Stamp(_)) {
        return verdict;
    }
    let person = |rule: Rule| Verdict::Conflict {
        rule,
        guarded: true,
    };
    if created && !leaf.in_meta {
        let identity = rules::of_type(leaf.resource).identity;
        return Verdict::Conflict {
            rule: Rule::CreatedTwice,
            guarded: identity || leaf.guarded,
        };
    }
    if signed && !leaf.in_meta {
        return person(Rule::Signed);
    }
    if let Verdict::Conflict { .. } = verdict {
        return verdict;
    }
    if let Verdict::Take(side) = verdict
        && weakens(leaf, side)
    {
        return person(Rule::Weakened);
    }
    if crossing.same_system(leaf) {
        return person(Rule::IdentifierSystem);
    }
    if crossing.same_group(leaf) {
        return person(Rule::GuardedGroup);
    }
    if crossing.same_contact(leaf) {
        return Verdict::Conflict {
            rule: Rule::BothChanged,
            guarded: leaf.guarded,
        };
    }
    if merge.strategy == Strategy::Manual && !leaf.in_meta {
        return Verdict::Conflict {
            rule: Rule::Manual,
            guarded: leaf.guarded,
        };
    }
    verdict
}

/// Lets a strategy decide what is not guarded.
fn apply(merge: MergeRules, verdict: Verdict) -> Verdict {
    match (verdict, merge.strategy) {
        (Verdict::Conflict { guarded: false, .. }, Strategy::ServerWins) => {
            Verdict::Take(Side::Remote)
        }
        (Verdict::Conflict { guarded: false, .. }, Strategy::ClientWins) => {
            Verdict::Take(Side::Local)
        }
        (verdict, _) => verdict,
    }
}

/// Of two equal pieces the one to write, the same whichever side is called local.
fn agreed_side(leaf: &Leaf) -> Side {
    let pairs = leaf.pieces.local.0.iter().zip(&leaf.pieces.remote.0);
    for ((name, one), (other_name, other)) in pairs {
        if name != other_name {
            return if name < other_name {
                Side::Local
            } else {
                Side::Remote
            };
        }
        if !std::ptr::eq(earlier_text(one, other), *one) {
            return Side::Remote;
        }
        if !std::ptr::eq(earlier_text(other, one), *other) {
            return Side::Local;
        }
    }
    Side::Local
}

/// What each side edited in the groups and identifier systems that a person decides as a whole.
#[derive(Default)]
struct Crossings {
    local_groups: HashMap<usize, HashSet<Option<String>>>,
    remote_groups: HashMap<usize, HashSet<Option<String>>>,
    local_systems: HashSet<String>,
    remote_systems: HashSet<String>,
    local_contacts: HashSet<(String, Contact)>,
    remote_contacts: HashSet<(String, Contact)>,
}

/// What an edit of an Address or a ContactPoint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Contact {
    /// Where it leads to.
    Content,
    /// What it is for, or until when it holds: said of the content that stood there.
    Standing,
}

impl Crossings {
    fn of(leaves: &[Leaf]) -> Self {
        let mut crossings = Self::default();
        for leaf in leaves.iter().filter(|leaf| is_edit(leaf)) {
            if let Some(Group { scope, item }) = &leaf.group {
                if leaf.local_changed() {
                    crossings
                        .local_groups
                        .entry(*scope)
                        .or_default()
                        .insert(item.clone());
                }
                if leaf.remote_changed() {
                    crossings
                        .remote_groups
                        .entry(*scope)
                        .or_default()
                        .insert(item.clone());
                }
            }
            if let Some(contact) = contact(leaf) {
                if leaf.local_changed() {
                    crossings.local_contacts.insert(contact.clone());
                }
                if leaf.remote_changed() {
                    crossings.remote_contacts.insert(contact);
                }
            }
            if let Some(system) = identifier(leaf) {
                if leaf.local_changed() {
                    crossings.local_systems.insert(system.clone());
                }
                if leaf.remote_changed() {
                    crossings.remote_systems.insert(system);
                }
            }
        }
        crossings
    }

    /// Whether the other side edited something of the leaf's group.
    fn same_group(&self, leaf: &Leaf) -> bool {
        let Some(group) = &leaf.group else {
            return false;
        };
        let others = if leaf.local_changed() {
            &self.remote_groups
        } else {
            &self.local_groups
        };
        others
            .get(&group.scope)
            .is_some_and(|items| match &group.item {
                None => !items.is_empty(),
                Some(_) => items.contains(&None) || items.contains(&group.item),
            })
    }

    /// Whether one side gave an address or number another content, and the other said of the old one
    /// what it is for or that it ended.
    fn same_contact(&self, leaf: &Leaf) -> bool {
        let others = if leaf.local_changed() {
            &self.remote_contacts
        } else {
            &self.local_contacts
        };
        contact(leaf).is_some_and(|(place, about)| {
            let other = match about {
                Contact::Content => Contact::Standing,
                Contact::Standing => Contact::Content,
            };
            others.contains(&(place, other))
        })
    }

    /// Whether the other side edited an identifier of the leaf's system.
    fn same_system(&self, leaf: &Leaf) -> bool {
        let others = if leaf.local_changed() {
            &self.remote_systems
        } else {
            &self.local_systems
        };
        identifier(leaf).is_some_and(|system| others.contains(&system))
    }
}

/// The place of an Address or ContactPoint that the leaf lies in, and what the leaf is of it.
fn contact(leaf: &Leaf) -> Option<(String, Contact)> {
    let [.., outer, name] = leaf.trail.as_slice() else {
        return None;
    };
    if !matches!(*outer, "telecom" | "address") {
        return None;
    }
    let about = match *name {
        "value" | "system" | "line" | "city" | "district" | "state" | "postalCode" | "country"
        | "text" => Contact::Content,
        "use" | "period" => Contact::Standing,
        _ => return None,
    };
    let element = leaf
        .path
        .strip_suffix(name)
        .and_then(|place| place.strip_suffix('.'));
    // One line of an address is an item of its own.
    let item = || leaf.path.split_once(&format!(".{name}["));
    let place = element.or_else(|| Some(item()?.0))?;
    Some((place.to_owned(), about))
}

/// The system of an identifier that is one item of a list; its type and use where it has none.
fn identifier(leaf: &Leaf) -> Option<String> {
    if !is_identifier(leaf) {
        return None;
    }
    let changed = if leaf.local_changed() {
        &leaf.pieces.local
    } else {
        &leaf.pieces.remote
    };
    let item = changed.single().or_else(|| leaf.pieces.base.single())?;
    joined(item, "system").or_else(|| Some(joined(item, "type use").unwrap_or_default()))
}

fn is_identifier(leaf: &Leaf) -> bool {
    leaf.trail.last() == Some(&"identifier")
        && matches!(leaf.kind, LeafKind::Item | LeafKind::Replaced)
}

/// Whether the sides give one identifier different values.
fn two_identifiers(leaf: &Leaf) -> bool {
    let value = |piece: &Piece| piece.single().map(|item| joined(item, "value"));
    is_identifier(leaf)
        && value(&leaf.pieces.local)
            .zip(value(&leaf.pieces.remote))
            .is_some_and(|(local, remote)| local != remote)
}
