//! Checking that nothing was altered behind the store's back.

mod anchor;
mod derived;
mod discarded;
mod log;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use haven_model::{ResourceKey, SyncStatus};
use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::audit::anchor::AuditStanding;
use crate::audit::merkle::{Hash, Tree};
use crate::audit::{Problem, VerifyReport, archive};
use crate::discarded::{FORGOT_DISCARDED, KEPT_DISCARDED};
use crate::error::{ErrorCode, Result, StoreError};
use crate::keys::key_mark;
use crate::lobby::AuditMark;
use crate::reader::Reader;
use crate::retention::PRUNED;
use crate::sums;
use crate::table::audit::Checked;
use crate::table::resource::{self, select_rows};
use crate::table::{audit, base, conflict, history, in_flight, tally};
use crate::tx::adopt::ADOPTED;

pub use anchor::AnchorReport;

use derived::Derived;

/// The version and digest that the last audit entry of a resource tells.
type LastWritten = HashMap<ResourceKey, (i64, Hash, u64)>;

/// What the audit log tells of bodies.
#[derive(Default)]
struct Told {
    last: LastWritten,
    /// Digests over what is kept of edits that were given up, by position.
    discarded: HashMap<u64, Hash>,
}

fn problem(what: impl Into<String>, seq: Option<u64>, key: Option<ResourceKey>) -> Problem {
    Problem {
        what: what.into(),
        seq,
        key,
    }
}

/// Checks pages, audit log and counts; with `deep`, every body too.
pub(crate) fn verify(
    reader: &Reader<'_>,
    dir: &Path,
    mark: Option<AuditMark>,
    anchor: Option<AuditMark>,
    hub: &AuditStanding,
    notices: Vec<String>,
    deep: bool,
) -> Result<VerifyReport> {
    let mut report = VerifyReport {
        problems: notices
            .into_iter()
            .map(|notice| problem(notice, None, None))
            .collect(),
        ..VerifyReport::default()
    };
    check_pages(&reader.link.connection, &mut report)?;
    let checked = check_audit(reader, dir, mark, anchor, hub, deep, &mut report);
    let told = noted(checked, &mut report)?.unwrap_or_default();
    let checked = check_counts(&reader.link.connection, &mut report);
    noted(checked, &mut report)?;
    let differences = sums::differences(reader.link, &reader.vault.keys.ring.audit, false);
    for what in noted(differences, &mut report)?.unwrap_or_default() {
        report.problems.push(problem(what, None, None));
    }
    let keys = key_mark::finding(dir, reader.link, &reader.vault.keys.ring.audit);
    if let Some(what) = noted(keys, &mut report)?.flatten() {
        report.problems.push(problem(what, None, None));
    }
    if deep {
        let checked = check_bodies(reader, told.last, &mut report);
        noted(checked, &mut report)?;
        let checked = discarded::check(reader, told.discarded, &mut report);
        noted(checked, &mut report)?;
        let checked = check_waiting(reader, &mut report);
        noted(checked, &mut report)?;
    }
    Ok(report)
}

/// A damage that stops one check is a finding; anything else stops them all.
fn noted<T>(checked: Result<T>, report: &mut VerifyReport) -> Result<Option<T>> {
    match checked {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code() == ErrorCode::Integrity => {
            report.problems.push(problem(error.to_string(), None, None));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn check_counts(connection: &Connection, report: &mut VerifyReport) -> Result<()> {
    if tally::counts(connection)? != tally::recount(connection)? {
        report.problems.push(problem(
            "the kept counts are not those of the rows",
            None,
            None,
        ));
    }
    Ok(())
}

fn check_pages(connection: &Connection, report: &mut VerifyReport) -> Result<()> {
    let in_log = log::pages(connection);
    let found = page_problems(connection)?;
    for what in found
        .into_iter()
        .filter(|what| !is_of_page_in(&in_log, what))
    {
        report.problems.push(problem(what, None, None));
    }
    Ok(())
}

/// Page seals first, then the b-trees; every answer is read, not only the first. The seals are those of
/// the database file, whatever its write-ahead log holds.
pub(crate) fn page_problems(connection: &Connection) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for sql in [
        "PRAGMA cipher_integrity_check",
        "PRAGMA integrity_check(20)",
    ] {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    let answer: String = row.get(0)?;
                    if answer != "ok" {
                        problems.push(format!("store.db: {answer}"));
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    problems.push(StoreError::from(error).to_string());
                    break;
                }
            }
        }
    }
    Ok(problems)
}

/// Whether SQLCipher means a page that nobody reads from the database, whose seals alone it looks at.
fn is_of_page_in(in_log: &HashSet<u32>, what: &str) -> bool {
    let unsealed = what.strip_prefix("store.db: HMAC verification failed for page ");
    // The last page of the file, of which only a part was moved there.
    let part = || {
        what.strip_prefix("store.db: page ")?
            .split_once(" has an invalid size ")
            .map(|(page, _)| page)
    };
    unsealed
        .or_else(part)
        .and_then(|page| page.parse().ok())
        .is_some_and(|page: u32| in_log.contains(&page))
}

fn check_audit(
    reader: &Reader<'_>,
    dir: &Path,
    mark: Option<AuditMark>,
    anchor: Option<AuditMark>,
    hub: &AuditStanding,
    deep: bool,
    report: &mut VerifyReport,
) -> Result<Told> {
    let key = &reader.vault.keys.ring.audit;
    let mut tree = Tree::default();
    let mut told = Told::default();
    let mut expected = 1;
    let mut mark_root = None;
    if mark.as_ref().is_some_and(|mark| mark.size == 0) {
        mark_root = Some(tree.root());
    }
    let mut anchor_root = anchor
        .as_ref()
        .and_then(|anchor| (anchor.size == 0).then(|| tree.root()));
    let hub_size = hub.anchor.as_ref().map(|anchor| anchor.size);
    let mut hub_root = None;
    let mut visit = |checked: Checked| {
        let seq = checked.entry.seq;
        if seq != expected {
            report.problems.push(problem(
                format!(
                    "audit entries {expected} to {} are gone",
                    seq.saturating_sub(1)
                ),
                Some(expected),
                None,
            ));
        }
        expected = seq + 1;
        if !checked.genuine {
            report.problems.push(problem(
                "this audit entry was altered",
                Some(seq),
                checked.entry.key.clone(),
            ));
        }
        tree.push(checked.leaf);
        if mark.as_ref().is_some_and(|mark| mark.size == tree.size()) {
            mark_root = Some(tree.root());
        }
        if anchor
            .as_ref()
            .is_some_and(|anchor| anchor.size == tree.size())
        {
            anchor_root = Some(tree.root());
        }
        if hub_size == Some(tree.size()) {
            hub_root = Some(tree.root());
        }
        if checked.entry.action == KEPT_DISCARDED {
            told.discarded
                .extend(checked.digest.map(|digest| (seq, digest)));
        }
        if checked.entry.action == FORGOT_DISCARDED {
            told.discarded.clear();
        }
        if deep && let (Some(key), Some(version)) = (checked.entry.key, checked.entry.version) {
            match checked.digest {
                Some(digest) => {
                    told.last.insert(key, (version, digest, seq));
                }
                // The copy here was given up on purpose.
                None if [PRUNED, ADOPTED].contains(&checked.entry.action.as_str()) => {
                    told.last.remove(&key);
                }
                None => {}
            }
        }
        Ok(())
    };
    let store_id = &reader.vault.session.store_id;
    let walked = archive::each_checked(dir, store_id, reader.link, key, &mut visit)
        .and_then(|()| audit::each_checked(reader.link, key, &mut visit));
    if let Err(error) = walked {
        report
            .problems
            .push(problem(error.to_string(), Some(expected), None));
    }
    report.entries = tree.size();
    report.root = hex::encode(tree.root());
    anchor::report(hub, hub_root, report);
    match audit::head(reader.link, key) {
        Err(error) => report.problems.push(problem(error.to_string(), None, None)),
        Ok(head) if head.size() > tree.size() => report.problems.push(problem(
            format!(
                "the audit log ends at {} although {} entries were written",
                tree.size(),
                head.size()
            ),
            Some(tree.size() + 1),
            None,
        )),
        Ok(head) if head != tree => report.problems.push(problem(
            "the audit log is not the one its head was made over",
            None,
            None,
        )),
        Ok(_) => {}
    }
    match (mark, mark_root) {
        (None, _) => report.problems.push(problem(
            "lobby.json was altered or is gone, so that a rollback of store.db would not show",
            None,
            None,
        )),
        (Some(mark), None) => report.problems.push(problem(
            format!(
                "store.db is older than lobby.json: it was rolled back from {} audit entries",
                mark.size
            ),
            Some(tree.size() + 1),
            None,
        )),
        (Some(mark), Some(root)) if root != mark.root => report.problems.push(problem(
            "the audit log is not the one that lobby.json was written beside",
            Some(mark.size),
            None,
        )),
        (Some(_), Some(_)) => {}
    }
    if let Some(anchor) = anchor
        && anchor_root != Some(anchor.root)
    {
        report.problems.push(problem(
            format!(
                "this store is not the one whose {} audit entries this computer's keychain remembers: it was rolled back or replaced",
                anchor.size
            ),
            Some(anchor.size),
            None,
        ));
    }
    Ok(told)
}

fn check_bodies(
    reader: &Reader<'_>,
    mut last: LastWritten,
    report: &mut VerifyReport,
) -> Result<()> {
    let (link, vault) = (reader.link, reader.vault);
    let mut waiting = waiting_rows(&link.connection)?;
    let mut derived = Derived::new(link)?;
    resource::each(
        link,
        select_rows!("verify/all.sql"),
        [],
        |row| -> Result<()> {
            report.bodies += 1;
            let digest: Hash = Sha256::digest(&row.body).into();
            match last.remove(&row.key) {
                None => report.problems.push(problem(
                    "this resource is in no audit entry: it was put in behind the store's back",
                    None,
                    Some(row.key.clone()),
                )),
                Some((version, written, seq)) if version != row.version || written != digest => {
                    report.problems.push(problem(
                    format!("this resource is not what was last written: version {} stands, version {version} was written", row.version),
                    Some(seq),
                    Some(row.key.clone()),
                ));
                }
                Some(_) => {}
            }
            let waits = waiting.remove(&row.row_id);
            if let Some(what) = waiting_problem(row.status, waits) {
                report
                    .problems
                    .push(problem(what, None, Some(row.key.clone())));
            }
            if !vault.reads(row.class) {
                report.unread += 1;
                derived.cannot_tell(&row);
                return Ok(());
            }
            let opened = row.open(link, vault);
            match &opened {
                Ok(Some(resource)) => derived.look_at(link, vault, &row, resource, report)?,
                Ok(None) => derived.gone(&row),
                Err(_) => derived.cannot_tell(&row),
            }
            let opened = opened
                .map(drop)
                .and_then(|()| history::of(link, vault, &row).map(drop))
                .and_then(|()| base::of(link, vault, &row).map(drop));
            if let Err(error) = opened {
                report
                    .problems
                    .push(problem(error.to_string(), None, Some(row.key)));
            }
            Ok(())
        },
    )?;
    derived.finish(link, report)?;
    if !waiting.is_empty() {
        report.problems.push(problem(
            format!(
                "{} changes wait of resources that are not there",
                waiting.len()
            ),
            None,
            None,
        ));
    }
    let mut gone: Vec<_> = last.into_iter().collect();
    gone.sort_by_key(|(_, (_, _, seq))| *seq);
    for (key, (_, _, seq)) in gone {
        report.problems.push(problem(
            "this resource was removed behind the store's back",
            Some(seq),
            Some(key),
        ));
    }
    Ok(())
}

/// The rows that the outbox names.
fn waiting_rows(connection: &Connection) -> Result<HashSet<i64>> {
    let mut statement = connection.prepare(include_str!("verify/waiting.sql"))?;
    let rows = statement.query_map([], |row| row.get("row_id"))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

/// A change that nobody will send is as good as lost.
fn waiting_problem(status: SyncStatus, waits: bool) -> Option<&'static str> {
    match (status, waits) {
        (SyncStatus::Pending | SyncStatus::Syncing | SyncStatus::Rejected, false) => Some(
            "the change of this resource that waited to be sent was removed behind the store's back",
        ),
        (SyncStatus::Synced | SyncStatus::LocalOnly, true) => {
            Some("a change of this resource waits to be sent although it is marked as sent")
        }
        (SyncStatus::Pending | SyncStatus::Syncing | SyncStatus::Rejected, true)
        | (SyncStatus::Synced | SyncStatus::LocalOnly, false)
        | (SyncStatus::Conflict, _) => None,
    }
}

fn check_waiting(reader: &Reader<'_>, report: &mut VerifyReport) -> Result<()> {
    let flights = in_flight::all(reader.link, reader.vault).map(drop);
    let conflicts = conflict::list(reader.link, reader.vault, false).map(drop);
    for error in [flights, conflicts].into_iter().filter_map(Result::err) {
        report.problems.push(problem(error.to_string(), None, None));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
