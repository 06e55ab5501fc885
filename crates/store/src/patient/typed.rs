//! What is typed into the search box, as conditions.

use rusqlite::types::Value;

use super::similar::Similar;
use crate::condition::Condition;
use crate::error::Result;
use crate::facts::TermKind;
use crate::fold::{compact, digits, query_words};
use crate::reader::Reader;
use crate::typed_date::iso_prefix;

impl Reader<'_> {
    /// What the search box says: the whole of it as a date, identifier or phone, or each word for itself.
    ///
    /// A word of `similar` may be one of its look-alikes too.
    pub(super) fn typed(&self, text: &str, similar: &[Similar]) -> Result<Option<Condition>> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let mut ways = self.number_or_date(text)?;
        let words = text
            .split_whitespace()
            .map(|typed| {
                let mut ways = self.number_or_date(typed)?;
                let names = query_words(typed)
                    .iter()
                    .map(|word| {
                        let alike = similar.iter().filter(|one| one.typed == *word);
                        let ways = alike
                            .flat_map(|one| &one.words)
                            .map(|(word, _)| Condition::term_equal(TermKind::Name, word));
                        let prefix = Condition::term_prefix(self.vault, TermKind::Name, word)?;
                        Ok(Condition::any_of(
                            std::iter::once(prefix).chain(ways).collect(),
                        ))
                    })
                    .collect::<Result<Vec<_>>>()?;
                if !names.is_empty() {
                    ways.push(Condition::all_of(names));
                }
                Ok(Condition::any_of(ways))
            })
            .collect::<Result<Vec<_>>>()?;
        ways.push(Condition::all_of(words));
        Ok(Some(Condition::any_of(ways)))
    }

    /// The ways in which a typed text with digits in it may be a birth date, identifier or phone.
    fn number_or_date(&self, typed: &str) -> Result<Vec<Condition>> {
        let mut ways = Vec::new();
        let (digits, identifier) = (digits(typed), compact(typed));
        if digits.is_empty() {
            return Ok(ways);
        }
        if let Some(date) = iso_prefix(typed) {
            ways.extend(Condition::blind_term(
                self.vault,
                TermKind::BirthDate,
                &date,
                "",
            )?);
            let end = format!("{date}\u{10ffff}");
            ways.push(Condition::new(
                include_str!("birth_between.sql"),
                vec![Value::from(date), Value::from(end)],
            ));
        }
        ways.push(Condition::term_prefix(
            self.vault,
            TermKind::Identifier,
            &identifier,
        )?);
        // Fewer digits would match nearly every phone.
        if digits.len() >= 4 && digits.len() == identifier.chars().count() {
            ways.push(Condition::term_containing(TermKind::Phone, &digits));
            ways.extend(Condition::blind_term(
                self.vault,
                TermKind::Phone,
                &digits,
                "",
            )?);
        }
        Ok(ways)
    }
}
