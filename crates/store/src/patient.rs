//! The patient list.

use haven_model::Timestamp;
use rusqlite::types::Value;

use crate::condition::Condition;
use crate::error::Result;
use crate::facts::TermKind;
use crate::fold::{compact, digits, query_words};
use crate::reader::Reader;
use crate::stored::Stored;
use crate::table::{compartment, patient_entry, resource};
use crate::typed_date::iso_prefix;

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

impl Reader<'_> {
    /// A page of the patient list, in order of name.
    ///
    /// Every word typed must begin a word of some name of the patient, or the birth date (`1962`,
    /// `1962-07`, `25-Jul-1962`, `25/07/1962`, `1962-07-25`), an identifier, or lie in a phone number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn patients(&self, query: &PatientQuery) -> Result<PatientPage> {
        let mut conditions = vec![Condition::new(
            include_str!("patient/readable.sql"),
            vec![Value::from(self.vault.readable_bits())],
        )];
        conditions.extend(self.typed(&query.text)?);
        conditions.extend(self.filtered(&query.filter)?);
        let condition = Condition::all_of(conditions);
        let total = self.number(
            &format!("{} {}", include_str!("patient/count.sql"), condition.sql),
            &condition,
        )?;
        let sql = format!(
            "{} {} ORDER BY sort_name, row_id LIMIT {} OFFSET {}",
            include_str!("patient/page.sql"),
            condition.sql,
            query.limit,
            query.offset.min(i64::MAX as u64)
        );
        let mut rows = Vec::new();
        for row_id in self.numbers(&sql, &condition)? {
            rows.extend(self.patient_row(row_id)?);
        }
        Ok(PatientPage { rows, total })
    }

    fn patient_row(&self, row_id: i64) -> Result<Option<PatientRow>> {
        let connection = &self.link.connection;
        let Some(row) = resource::by_row_id(self.link, row_id)? else {
            return Ok(None);
        };
        let number = row.patient_no.unwrap_or(-1);
        let (pending, conflicts, rejected) = patient_entry::unsynced(connection, number)?;
        Ok(Some(PatientRow {
            patient: self.stored(row)?,
            last_seen: patient_entry::last_seen(connection, number)?,
            pending,
            conflicts,
            rejected,
            last_synced: compartment::last_synced(connection, number)?,
        }))
    }

    /// What the search box says: the whole of it as a date, identifier or phone, or each word for itself.
    fn typed(&self, text: &str) -> Result<Option<Condition>> {
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
                    .map(|word| Condition::term_prefix(self.vault, TermKind::Name, word))
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
                include_str!("patient/birth_between.sql"),
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
