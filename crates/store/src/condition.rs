//! Putting together the condition of a search from parts, each with its values.

use rusqlite::types::Value;

use crate::error::Result;
use crate::facts::TermKind;
use crate::seal::Vault;

/// A condition in SQL and the values of its `?`, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Condition {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
}

impl Condition {
    pub(crate) fn new(sql: &str, values: Vec<Value>) -> Self {
        Self {
            sql: sql.trim().to_owned(),
            values,
        }
    }

    pub(crate) fn all_of(conditions: Vec<Self>) -> Self {
        Self::joined(conditions, " AND ", "1")
    }

    pub(crate) fn any_of(conditions: Vec<Self>) -> Self {
        Self::joined(conditions, " OR ", "0")
    }

    fn joined(conditions: Vec<Self>, word: &str, of_none: &str) -> Self {
        if conditions.is_empty() {
            return Self::new(of_none, Vec::new());
        }
        let (parts, values): (Vec<String>, Vec<Vec<Value>>) = conditions
            .into_iter()
            .map(|condition| (format!("({})", condition.sql), condition.values))
            .unzip();
        Self {
            sql: parts.join(word),
            values: values.concat(),
        }
    }

    /// Rows with a term of `kind` that starts with `prefix`; of sensitive ones, that equals it.
    pub(crate) fn term_prefix(vault: &Vault, kind: TermKind, prefix: &str) -> Result<Self> {
        let end = format!("{prefix}\u{10ffff}");
        let plain = Self::new(
            include_str!("condition/term_prefix.sql"),
            vec![
                Value::from(kind as i64),
                Value::from(prefix.to_owned()),
                Value::from(end),
            ],
        );
        Ok(Self::any_of(
            std::iter::once(plain)
                .chain(Self::blind_term(vault, kind, prefix, "")?)
                .collect(),
        ))
    }

    /// Rows of no sensitive class with exactly that term.
    pub(crate) fn term_equal(kind: TermKind, text: &str) -> Self {
        Self::new(
            include_str!("condition/term.sql"),
            vec![Value::from(kind as i64), Value::from(text.to_owned())],
        )
    }

    /// Rows with a term of `kind` that contains `part`.
    pub(crate) fn term_containing(kind: TermKind, part: &str) -> Self {
        Self::new(
            include_str!("condition/term_containing.sql"),
            vec![Value::from(kind as i64), Value::from(part.to_owned())],
        )
    }

    /// Rows of the sensitive class with exactly that term; `None` for those who may not see them.
    pub(crate) fn blind_term(
        vault: &Vault,
        kind: TermKind,
        text: &str,
        system: &str,
    ) -> Result<Option<Self>> {
        if !vault.has_blind() {
            return Ok(None);
        }
        let digest = vault.blind(kind as i64, text, system)?;
        Ok(Some(Self::new(
            include_str!("condition/term.sql"),
            vec![Value::from(kind as i64), Value::Blob(digest.to_vec())],
        )))
    }
}
