//! Comparing what stands in the table with what a body tells.

use std::collections::{BTreeMap, HashMap};

use haven_model::SensitivityClass;
use rusqlite::named_params;

use super::{Text, entries};
use crate::error::Result;
use crate::facts::Term;
use crate::link::Link;
use crate::seal::Vault;
use rusqlite::types::Value;

/// How many of the expected terms stand, and of which kinds some are missing.
pub(crate) struct Standing {
    pub(crate) found: u32,
    pub(crate) missing: BTreeMap<i64, u32>,
}

/// Looks every term up that the resource's body leads to.
pub(crate) fn compare(
    link: &Link,
    vault: &Vault,
    row_id: i64,
    class: SensitivityClass,
    terms: &std::collections::BTreeSet<Term>,
) -> Result<Standing> {
    let mut standing = Standing {
        found: 0,
        missing: BTreeMap::new(),
    };
    let mut statement = link.connection.prepare_cached(include_str!("exists.sql"))?;
    for (kind, text, system) in entries(vault, class, terms)? {
        let word = |text: &str| link.words.find(&link.connection, text);
        let text = match &text {
            Text::Word(text) => word(text)?.map(Value::Integer),
            Text::Plain(_) | Text::Hash(_) | Text::Blind(_) => Some(text.value(link)?),
        };
        let system_no = match system.as_str() {
            "" => Some(0),
            system => word(system)?,
        };
        let stands = match (text, system_no) {
            (Some(text), Some(system_no)) => statement.exists(named_params! {
                ":kind": kind, ":text": text, ":system_no": system_no, ":row_id": row_id,
            })?,
            (None | Some(_), None | Some(_)) => false,
        };
        if stands {
            standing.found += 1;
        } else {
            *standing.missing.entry(kind).or_default() += 1;
        }
    }
    Ok(standing)
}

/// How many terms stand of each row.
pub(crate) fn by_row(link: &Link) -> Result<HashMap<i64, u32>> {
    super::super::counted(link, include_str!("rows.sql"))
}
