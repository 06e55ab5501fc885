//! Comparing what is made from bodies with the bodies: search terms, dates, the patient list, charts.
//!
//! Nothing else tells whether an index row is today's: it is made anew with the functions that wrote it,
//! and looked for in both directions.

use std::collections::{HashMap, HashSet};

use haven_model::Resource;

use super::problem;
use crate::audit::VerifyReport;
use crate::error::Result;
use crate::facts::Facts;
use crate::link::Link;
use crate::seal::Vault;
use crate::table::resource::{self, Row};
use crate::table::{patient_entry, search_date, search_pending, term};

/// How many entries of a row there are to be in each index.
#[derive(Clone, Copy)]
enum Expected {
    /// So many terms and dates, and whether it is listed as a patient.
    Known { terms: u32, dates: u32, listed: u32 },
    /// The body could not be opened, or was never indexed.
    Unknown,
}

/// What the bodies looked at so far lead to.
pub(super) struct Derived {
    expected: HashMap<i64, Expected>,
    waiting: HashSet<i64>,
}

impl Derived {
    pub(super) fn new(link: &Link) -> Result<Self> {
        Ok(Self {
            expected: HashMap::new(),
            waiting: search_pending::all(&link.connection)?,
        })
    }

    /// A row whose body this login does not open, or that is damaged.
    pub(super) fn cannot_tell(&mut self, row: &Row) {
        self.expected.insert(row.row_id, Expected::Unknown);
    }

    /// A tombstone, which stands in no index.
    pub(super) fn gone(&mut self, row: &Row) {
        let nothing = Expected::Known {
            terms: 0,
            dates: 0,
            listed: 0,
        };
        self.expected.insert(row.row_id, nothing);
    }

    /// Looks up everything that the body of a live row leads to.
    pub(super) fn look_at(
        &mut self,
        link: &Link,
        vault: &Vault,
        row: &Row,
        resource: &Resource,
        report: &mut VerifyReport,
    ) -> Result<()> {
        // As it was written: an earlier Haven may have told the class otherwise.
        let facts = Facts {
            class: row.class,
            ..Facts::of(resource)?
        };
        let mut say = |what: String| {
            report
                .problems
                .push(problem(what, None, Some(row.key.clone())));
        };
        if facts.patient != row.patient {
            say("this resource stands in another chart than its body says".to_owned());
        }
        if facts.seen_at != row.seen_at {
            say("the time of this visit beside the row is not the one in its body".to_owned());
        }
        let mut listed = 0;
        if let Some(listing) = facts.listing.as_ref().filter(|_| row.patient_no.is_some()) {
            listed = 1;
            if !patient_entry::stands(link, row.row_id, row.patient_no, row.class, listing)? {
                say("this patient does not stand in the patient list as the body says (patient_entry)".to_owned());
            }
        }
        if self.waiting.contains(&row.row_id) {
            self.expected.insert(row.row_id, Expected::Unknown);
            return Ok(());
        }
        let terms = term::compare(link, vault, row.row_id, row.class, &facts.terms)?;
        for (kind, n) in terms.missing {
            say(format!(
                "{n} search entries by {} are missing for this resource (term)",
                kind_word(kind)
            ));
        }
        let (dated, stands) =
            search_date::compare(link, &row.key.resource_type, row.row_id, &facts)?;
        if !stands {
            say("the date that this resource is searched by is not the one in its body (search_date)".to_owned());
        }
        self.expected.insert(
            row.row_id,
            Expected::Known {
                terms: terms.found,
                dates: u32::from(dated),
                listed,
            },
        );
        Ok(())
    }

    /// Looks for entries that no body leads to.
    pub(super) fn finish(self, link: &Link, report: &mut VerifyReport) -> Result<()> {
        self.extra(
            link,
            "search entries (term)",
            &term::by_row(link)?,
            |expected| expected.0,
            report,
        )?;
        self.extra(
            link,
            "search dates (search_date)",
            &search_date::by_row(link)?,
            |expected| expected.1,
            report,
        )?;
        self.extra(
            link,
            "entries of the patient list (patient_entry)",
            &patient_entry::by_row(link)?,
            |expected| expected.2,
            report,
        )
    }

    fn extra(
        &self,
        link: &Link,
        index: &str,
        standing: &HashMap<i64, u32>,
        of: impl Fn((u32, u32, u32)) -> u32,
        report: &mut VerifyReport,
    ) -> Result<()> {
        let mut of_nothing = 0;
        let mut rows: Vec<(i64, u32)> = standing.iter().map(|(row, n)| (*row, *n)).collect();
        rows.sort_unstable();
        for (row_id, stands) in rows {
            match self.expected.get(&row_id) {
                None => of_nothing += stands,
                Some(Expected::Unknown) => {}
                Some(Expected::Known {
                    terms,
                    dates,
                    listed,
                }) => {
                    let expected = of((*terms, *dates, *listed));
                    if stands > expected {
                        let key = resource::by_row_id(link, row_id)?.map(|row| row.key);
                        report.problems.push(problem(
                            format!(
                                "{} {index} of this resource are not in its body",
                                stands - expected
                            ),
                            None,
                            key,
                        ));
                    }
                }
            }
        }
        if of_nothing > 0 {
            report.problems.push(problem(
                format!("{of_nothing} {index} are of resources that are not there"),
                None,
                None,
            ));
        }
        Ok(())
    }
}

fn kind_word(kind: i64) -> &'static str {
    match kind {
        1..=3 => "name",
        4 => "identifier",
        5 => "phone",
        6 => "birth date",
        7 => "code",
        8 => "category",
        _ => "reference",
    }
}
