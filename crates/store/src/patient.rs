//! The patient list.

use haven_model::Timestamp;

use crate::stored::Stored;

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

/// A page of search results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchPage {
    /// The matches of this page.
    pub resources: Vec<Stored>,
    /// How many match in all.
    pub total: u64,
    /// The `_offset` of the next page, when there is one.
    pub next_offset: Option<u64>,
}
