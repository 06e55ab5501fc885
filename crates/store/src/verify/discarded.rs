//! What is kept of edits that were given up, against the audit log.

use std::collections::HashMap;

use super::problem;
use crate::audit::VerifyReport;
use crate::audit::merkle::Hash;
use crate::discarded::digest;
use crate::error::Result;
use crate::reader::Reader;
use crate::table::discarded::{self, Owner};

/// Compares each with the digest of its audit entry, and finds those that are gone.
pub(super) fn check(
    reader: &Reader<'_>,
    mut told: HashMap<u64, Hash>,
    report: &mut VerifyReport,
) -> Result<()> {
    let (link, vault) = (reader.link, reader.vault);
    for kept in discarded::all(link)? {
        report.bodies += 1;
        let answered = told.remove(&kept.seq);
        let found = |what: String| problem(what, Some(kept.seq), Some(kept.key.clone()));
        let Some(answered) = answered else {
            report.problems.push(found(
                "no audit entry tells of this discarded change: it was put in behind the store's back"
                    .to_owned(),
            ));
            continue;
        };
        if !vault.reads(kept.class) {
            report.unread += 1;
            continue;
        }
        match Owner::of(&kept).open(link, vault) {
            Err(error) => report.problems.push(found(error.to_string())),
            Ok(content) if digest(&content.words, &content.body) != answered => {
                report.problems.push(found(
                    "what is kept of this discarded change is not what was discarded".to_owned(),
                ));
            }
            Ok(_) => {}
        }
    }
    let mut gone: Vec<u64> = told.into_keys().collect();
    gone.sort_unstable();
    for seq in gone {
        report.problems.push(problem(
            "what was kept of a discarded change was removed behind the store's back",
            Some(seq),
            None,
        ));
    }
    Ok(())
}
