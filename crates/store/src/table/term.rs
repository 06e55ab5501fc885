//! Search terms.

use std::collections::BTreeSet;

use haven_model::SensitivityClass;
use rusqlite::named_params;
use rusqlite::types::Value;

use crate::error::Result;
use crate::facts::Term;
use crate::keys::Secret;
use crate::link::Link;
use crate::seal::{Vault, blind_digest};

/// The terms of a resource as they stand in the table: of a sensitive one, keyed digests.
type Entries = BTreeSet<(i64, Text, String)>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Text {
    Plain(String),
    Blind([u8; 16]),
}

impl Text {
    fn value(&self) -> Value {
        match self {
            Self::Plain(text) => Value::Text(text.clone()),
            Self::Blind(digest) => Value::Blob(digest.to_vec()),
        }
    }
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
                    ":kind": kind, ":text": text.value(), ":system_no": 0, ":row_id": row_id,
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
            entries.insert((kind, Text::Plain(term.text.clone()), term.system.clone()));
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
            ":kind": kind, ":text": text.value(), ":system_no": system_no(system)?, ":row_id": row_id,
        })?;
    }
    for (kind, text, system) in new.difference(&old) {
        link.connection.prepare_cached(include_str!("term/insert.sql"))?.execute(named_params! {
            ":kind": kind, ":text": text.value(), ":system_no": system_no(system)?, ":row_id": row_id,
        })?;
    }
    Ok(())
}
