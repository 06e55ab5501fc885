//! Search terms.

mod standing;

use std::collections::BTreeSet;

use haven_model::SensitivityClass;
use rusqlite::named_params;
use rusqlite::types::Value;

use crate::error::Result;
use crate::facts::{Term, TermKind};
use crate::keys::Secret;
use crate::link::Link;
use crate::seal::{Vault, blind_digest};

pub(crate) use standing::{by_row, compare};

/// The terms of a resource as they stand in the table: of a sensitive one, keyed digests.
type Entries = BTreeSet<(i64, Text, String)>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Text {
    Plain(String),
    /// A word: few of them stand in many rows.
    Word(String),
    /// A hash of what would be as long as it is many.
    Hash(i64),
    Blind([u8; 16]),
}

impl Text {
    fn plain(term: &Term) -> Self {
        match term.kind {
            TermKind::Code | TermKind::Category => Self::Word(term.text.clone()),
            TermKind::Reference => Self::Hash(reference_hash(&term.text)),
            TermKind::Name
            | TermKind::Family
            | TermKind::Given
            | TermKind::Identifier
            | TermKind::Phone
            | TermKind::BirthDate => Self::Plain(term.text.clone()),
        }
    }

    fn value(&self, link: &Link) -> Result<Value> {
        Ok(match self {
            Self::Plain(text) => Value::Text(text.clone()),
            Self::Word(text) => Value::Integer(link.words.intern(&link.connection, text)?),
            Self::Hash(hash) => Value::Integer(*hash),
            Self::Blind(digest) => Value::Blob(digest.to_vec()),
        })
    }
}

/// Six bytes that stand for `Type/id` (FNV-1a); what it finds is looked at before it is believed.
pub(crate) fn reference_hash(reference: &str) -> i64 {
    let hash = reference
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    i64::try_from((hash ^ (hash >> 47)) & 0x7fff_ffff_ffff).unwrap_or(0)
}

/// Replaces the blind terms of a sensitive row, made with the present key, by those made with `key`.
pub(crate) fn blind_anew(
    link: &Link,
    vault: &Vault,
    row_id: i64,
    terms: &BTreeSet<Term>,
    key: &Secret,
) -> Result<()> {
    replace(
        link,
        vault,
        row_id,
        Some((SensitivityClass::Sensitive, terms)),
        None,
    )?;
    for term in terms {
        let kind = term.kind as i64;
        let systems = BTreeSet::from(["", term.system.as_str()]);
        for system in systems {
            let text = Text::Blind(blind_digest(key, kind, &term.text, system));
            link.connection
                .prepare_cached(include_str!("term/insert.sql"))?
                .execute(named_params! {
                    ":kind": kind, ":text": text.value(link)?, ":system_no": 0, ":row_id": row_id,
                })?;
        }
    }
    Ok(())
}

fn entries(vault: &Vault, class: SensitivityClass, terms: &BTreeSet<Term>) -> Result<Entries> {
    let mut entries = Entries::new();
    for term in terms {
        let kind = term.kind as i64;
        if class != SensitivityClass::Sensitive {
            entries.insert((kind, Text::plain(term), term.system.clone()));
            continue;
        }
        // Once without and once with its system: a digest cannot be taken apart.
        entries.insert((
            kind,
            Text::Blind(vault.blind(kind, &term.text, "")?),
            String::new(),
        ));
        if !term.system.is_empty() {
            let digest = vault.blind(kind, &term.text, &term.system)?;
            entries.insert((kind, Text::Blind(digest), String::new()));
        }
    }
    Ok(entries)
}

/// Moves a row's terms from what they were to what they are.
pub(crate) fn replace(
    link: &Link,
    vault: &Vault,
    row_id: i64,
    old: Option<(SensitivityClass, &BTreeSet<Term>)>,
    new: Option<(SensitivityClass, &BTreeSet<Term>)>,
) -> Result<()> {
    let of = |side: Option<(SensitivityClass, &BTreeSet<Term>)>| {
        side.map_or(Ok(Entries::new()), |(class, terms)| {
            entries(vault, class, terms)
        })
    };
    let (old, new) = (of(old)?, of(new)?);
    let system_no = |system: &str| match system {
        "" => Ok(0),
        system => link.words.intern(&link.connection, system),
    };
    for (kind, text, system) in old.difference(&new) {
        link.connection.prepare_cached(include_str!("term/delete.sql"))?.execute(named_params! {
            ":kind": kind, ":text": text.value(link)?, ":system_no": system_no(system)?, ":row_id": row_id,
        })?;
    }
    for (kind, text, system) in new.difference(&old) {
        link.connection.prepare_cached(include_str!("term/insert.sql"))?.execute(named_params! {
            ":kind": kind, ":text": text.value(link)?, ":system_no": system_no(system)?, ":row_id": row_id,
        })?;
    }
    Ok(())
}
