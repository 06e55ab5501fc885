//! What the merge knows of medicine and of FHIR, as tables.
//!
//! Sources: design.md §7; `reference/sync.md` §5 (what no machine may merge); FHIR R4 for the names.

mod elements;
mod lists;
mod safety;
pub(crate) mod table;
mod types;

pub(crate) use elements::{ATOMIC, ATOMIC_TYPES, ORDERED, element_of};
pub(crate) use lists::{
    ADDRESS, ATTACHMENT, CODING, CONCEPT, CONTACT_POINT, HUMAN_NAME, IDENTIFIER, ListKeys,
    PRIMITIVE, REFERENCE, TELLING, named, of_datatype,
};
pub(crate) use safety::{NEVER_LOST, WEAKENINGS, Weakening};
pub(crate) use types::of_type;

/// Words of a table, set apart by blanks.
#[derive(Clone, Copy)]
pub(crate) struct Words(&'static str);

impl Words {
    pub fn contains(self, word: &str) -> bool {
        // Most questions are answered by a length and a first letter.
        let Some(first) = word.bytes().next() else {
            return false;
        };
        let mut rest = self.0;
        while let Some(start) = rest.find(|letter: char| letter != ' ') {
            rest = rest.get(start..).unwrap_or_default();
            let end = rest.find(' ').unwrap_or(rest.len());
            let (other, behind) = rest.split_at(end);
            if other.len() == word.len()
                && other.as_bytes().first() == Some(&first)
                && other == word
            {
                return true;
            }
            rest = behind;
        }
        false
    }

    pub fn iter(self) -> impl Iterator<Item = &'static str> {
        self.0.split_ascii_whitespace()
    }

    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// The elements of one resource type that need a person once both sides changed them.
pub(crate) struct TypeRules {
    /// The resource type; `""` stands for every type without a row of its own.
    pub resource: &'static str,
    /// Elements that a person decides when both sides changed them, whatever the strategy says.
    pub guarded: Words,
    /// Guarded elements that belong together: one side changing one and the other side another is
    /// a conflict of both (a new dose must never silently join a new drug).
    pub group: Words,
    /// Members of `group` whose list items stand alone among themselves: two different components
    /// of one panel may be corrected by two people, but not a component and the panel's status.
    pub per_item: Words,
    /// Every element is guarded and they all form one group.
    pub whole: bool,
    /// The element and its codes that make the document a signed or final one.
    pub signed: Option<(&'static str, Words)>,
    /// Making it twice must never be joined by a machine, not even by a strategy.
    pub identity: bool,
}

/// Element names that are guarded wherever they stand: states, identities, whose record it is, and
/// what can reverse a meaning.
pub(crate) const ALWAYS_GUARDED: Words = Words(
    "status clinicalStatus verificationStatus docStatus lifecycleStatus \
             identifier modifierExtension doNotPerform intent subject patient \
             beneficiary implicitRules",
);

/// Elements of `meta` that are guarded: confidentiality decides who may read.
pub(crate) const GUARDED_META: &str = "security";

#[cfg(test)]
mod tests;
