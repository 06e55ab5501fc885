//! The patient list.

mod likeness;
mod similar;
mod typed;

use haven_model::{SensitivityClass, Timestamp};
use rusqlite::types::Value;

use crate::condition::Condition;
use crate::error::Result;
use crate::facts::TermKind;
use crate::fold::query_words;
use crate::reader::Reader;
use crate::stored::Stored;
use crate::table::{compartment, patient_entry, resource};

/// Which patients a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PatientFilter {
    /// All of them.
    #[default]
    All,
    /// Those with anything not yet at the server.
    NotSynced,
    /// Those with a conflict or a refused change.
    NeedsReview,
    /// Those with these ids: today's schedule.
    Today(Vec<String>),
}

/// A page of the patient list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatientQuery {
    /// Names, birth date, identifier or phone, as typed; empty for no limit.
    pub text: String,
    /// Which patients.
    pub filter: PatientFilter,
    /// How many to skip.
    pub offset: u64,
    /// At most this many rows.
    pub limit: u32,
}

impl Default for PatientQuery {
    fn default() -> Self {
        Self {
            text: String::new(),
            filter: PatientFilter::All,
            offset: 0,
            limit: 50,
        }
    }
}

/// One patient of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct PatientRow {
    /// The Patient resource.
    pub patient: Stored,
    /// Start of the latest encounter, as written in it.
    pub last_seen: Option<String>,
    /// Resources of the chart waiting to be sent, or being sent.
    pub pending: u32,
    /// Resources of the chart waiting for a decision.
    pub conflicts: u32,
    /// Resources of the chart that the server refused.
    pub rejected: u32,
    /// When anything of the chart last came from or reached the server.
    pub last_synced: Option<Timestamp>,
}

/// A page of the patient list, in order of name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PatientPage {
    /// The rows.
    pub rows: Vec<PatientRow>,
    /// How many match in all.
    pub total: u64,
}

/// Fewer than these, and names spelt much the same are looked for too.
const FEW: u64 = 50;

impl Reader<'_> {
    /// A page of the patient list: whoever has a word just as typed first, then in order of name.
    ///
    /// Every word typed must begin a word of some name of the patient, or the birth date (`1962`,
    /// `1962-07`, `25-Jul-1962`, `25/07/1962`, `1962-07-25`), an identifier, or lie in a phone number.
    /// Where few are found, people whose names are spelt much the same follow, the nearest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn patients(&self, query: &PatientQuery) -> Result<PatientPage> {
        let mut narrowed = vec![Condition::new(
            include_str!("patient/readable.sql"),
            vec![Value::from(self.vault.readable_bits())],
        )];
        narrowed.extend(self.filtered(&query.filter)?);
        let typed = self.typed(&query.text, &[])?;
        let condition = Condition::all_of(narrowed.iter().cloned().chain(typed.clone()).collect());
        let strict = match self.all_patients(query)? {
            Some(kept) => kept,
            None => self.number(
                &format!("{} {}", include_str!("patient/count.sql"), condition.sql),
                &condition,
            )?,
        };
        let mut row_ids = self.strict_page(query, condition)?;
        let mut total = strict;
        if let Some(typed) = typed
            && strict < FEW
        {
            let similar = self.similar(query, narrowed, typed)?;
            total += similar.len() as u64;
            let skipped = query.offset.saturating_sub(strict);
            row_ids.extend(
                similar
                    .into_iter()
                    .skip(usize::try_from(skipped).unwrap_or(usize::MAX)),
            );
            row_ids.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
        }
        let rows = self.patient_rows(&row_ids)?;
        Ok(PatientPage { rows, total })
    }

    /// How many patients there are, as counted by the writes: for a list of all of them by whoever may
    /// read all of them.
    fn all_patients(&self, query: &PatientQuery) -> Result<Option<u64>> {
        let reads_all = [SensitivityClass::Core, SensitivityClass::Sensitive]
            .into_iter()
            .all(|class| self.vault.reads(class));
        if !reads_all || query.filter != PatientFilter::All || !query.text.trim().is_empty() {
            return Ok(None);
        }
        self.counts().map(|counts| Some(counts.patients))
    }

    fn strict_page(&self, query: &PatientQuery, mut condition: Condition) -> Result<Vec<i64>> {
        let exact = Condition::all_of(
            query_words(&query.text)
                .iter()
                .map(|word| Condition::term_equal(TermKind::Name, word))
                .collect(),
        );
        // Without words the order is that of the index, and no row needs to be sorted.
        let exactly_first = if exact.values.is_empty() {
            String::new()
        } else {
            condition.values.extend(exact.values);
            format!("({}) DESC,", exact.sql)
        };
        let sql = format!(
            "{} {} ORDER BY {exactly_first} sort_name, row_id LIMIT {} OFFSET {}",
            include_str!("patient/page.sql"),
            condition.sql,
            query.limit,
            query.offset.min(i64::MAX as u64)
        );
        self.numbers(&sql, &condition)
    }

    fn patient_rows(&self, row_ids: &[i64]) -> Result<Vec<PatientRow>> {
        let mut found = resource::ByRowId::new(self.link)?;
        let mut charts = patient_entry::BesideEach::new(&self.link.connection)?;
        let mut rows = Vec::with_capacity(row_ids.len());
        for row_id in row_ids {
            let Some(row) = found.get(*row_id)? else {
                continue;
            };
            let beside = charts.of(row.patient_no.unwrap_or(-1))?;
            rows.push(PatientRow {
                patient: self.stored(row)?,
                last_seen: beside.last_seen,
                pending: beside.pending,
                conflicts: beside.conflicts,
                rejected: beside.rejected,
                last_synced: beside.last_synced,
            });
        }
        Ok(rows)
    }

    fn filtered(&self, filter: &PatientFilter) -> Result<Option<Condition>> {
        let of = |sql| Some(Condition::new(sql, Vec::new()));
        Ok(match filter {
            PatientFilter::All => None,
            PatientFilter::NotSynced => of(include_str!("patient/not_synced.sql")),
            PatientFilter::NeedsReview => of(include_str!("patient/needs_review.sql")),
            PatientFilter::Today(ids) => {
                let mut charts = Vec::new();
                for id in ids {
                    charts.extend(
                        compartment::find(&self.link.connection, id)?
                            .map(|number| number.to_string()),
                    );
                }
                Some(Condition::new(
                    &format!("patient_no IN ({})", charts.join(",")),
                    Vec::new(),
                ))
            }
        })
    }
}
