//! People whose names are spelt much as typed.

use std::collections::HashMap;

use rusqlite::types::Value;

use super::PatientQuery;
use super::likeness::Typed;
use crate::condition::Condition;
use crate::error::Result;
use crate::fold::query_words;
use crate::reader::Reader;

/// A typed word and the words that people here have and that are like it, the nearest first.
pub(super) struct Similar {
    pub(super) typed: String,
    pub(super) words: Vec<(String, f64)>,
}

/// At most this many look-alikes of a word, and this many people.
const MAX_WORDS: usize = 20;
const MAX_PEOPLE: usize = 200;

impl Reader<'_> {
    /// The rows of those who are not found as typed, the nearest first. Sensitive names are not among
    /// them: there is nothing of theirs to be alike.
    pub(super) fn similar(
        &self,
        query: &PatientQuery,
        mut conditions: Vec<Condition>,
        strict: Condition,
    ) -> Result<Vec<i64>> {
        let similar = self.look_alikes(&query.text)?;
        if similar.is_empty() {
            return Ok(Vec::new());
        }
        conditions.extend(self.typed(&query.text, &similar)?);
        conditions.push(Condition::new(
            &format!("NOT ({})", strict.sql),
            strict.values,
        ));
        let condition = Condition::all_of(conditions);
        let sql = format!(
            "{} {} ORDER BY sort_name, row_id LIMIT {MAX_PEOPLE}",
            include_str!("page.sql"),
            condition.sql
        );
        let mut found = self.numbers(&sql, &condition)?;
        let mut likeness: HashMap<i64, f64> = HashMap::new();
        for one in &similar {
            let mut best: HashMap<i64, f64> = HashMap::new();
            for (word, alike) in &one.words {
                let rows = Condition::new(
                    include_str!("rows_of_word.sql"),
                    vec![Value::from(word.clone())],
                );
                for row_id in self.numbers(&rows.sql, &rows)? {
                    let so_far = best.entry(row_id).or_default();
                    *so_far = so_far.max(*alike);
                }
            }
            for row_id in &found {
                // A word that is not among them is there as typed.
                *likeness.entry(*row_id).or_default() += best.get(row_id).copied().unwrap_or(1.0);
            }
        }
        let of = |row_id: &i64| likeness.get(row_id).copied().unwrap_or_default();
        found.sort_by(|left, right| of(right).total_cmp(&of(left)));
        Ok(found)
    }

    /// The words typed that have look-alikes here.
    fn look_alikes(&self, text: &str) -> Result<Vec<Similar>> {
        let typed: Vec<(String, Typed)> = query_words(text)
            .into_iter()
            .filter_map(|word| Typed::of(&word).map(|typed| (word, typed)))
            .collect();
        let mut similar: Vec<Similar> = typed
            .iter()
            .map(|(word, _)| Similar {
                typed: word.clone(),
                words: Vec::new(),
            })
            .collect();
        if typed.is_empty() {
            return Ok(similar);
        }
        let mut statement = self
            .link
            .connection
            .prepare_cached(include_str!("distinct_words.sql"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let word: String = row.get("text")?;
            for ((_, typed), similar) in typed.iter().zip(&mut similar) {
                if let Some(alike) = typed.likeness(&word) {
                    similar.words.push((word.clone(), alike));
                }
            }
        }
        for one in &mut similar {
            one.words
                .sort_by(|(_, left), (_, right)| right.total_cmp(left));
            one.words.truncate(MAX_WORDS);
        }
        similar.retain(|one| !one.words.is_empty());
        Ok(similar)
    }
}
