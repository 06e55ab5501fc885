//! Old entries of the audit log, moved out of the database into sealed files that are never
//! written again.
//!
//! A file is `HVARCH1\0`, a nonce of 12 bytes, and zstd-compressed JSON lines under AES-256-GCM with a
//! key derived from the audit key, bound to store, number and span. The Merkle tree runs on over both:
//! its head does not change when entries move.

use std::io::{Read, Write};
use std::path::Path;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use haven_model::{ResourceKey, Timestamp};
use rusqlite::named_params;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::merkle::Hash;
use super::{AuditEntry, AuditQuery};
use crate::binding::length_prefixed;
use crate::durable;
use crate::error::{Result, StoreError};
use crate::keys::{Secret, fill_random};
use crate::link::Link;
use crate::lobby;
use crate::op::{Op, OpKind};
use crate::seal::{derived, keyed_digest};
use crate::store::Store;
use crate::table::audit::{self, Checked};

const MAGIC: &[u8; 8] = b"HVARCH1\0";
const LEVEL: i32 = 6;

/// Entries in one file; bounds memory.
const ENTRIES_PER_FILE: usize = 50_000;

/// A file that unpacks to more is none of ours.
const MAX_UNPACKED_BYTES: u64 = 256 * 1024 * 1024;

/// What was moved out of the database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArchiveReport {
    /// Entries moved by this call.
    pub archived: u64,
    /// Entries that are in archive files in all.
    pub in_archive: u64,
    /// Files written by this call, within the store's folder.
    pub files: Vec<String>,
}

/// One archive file as the database knows it.
struct Span {
    no: i64,
    first: u64,
    last: u64,
    digest: Vec<u8>,
    genuine: bool,
}

#[derive(Serialize, Deserialize)]
struct Line {
    seq: u64,
    at: i64,
    actor: String,
    device: String,
    action: String,
    key: Option<ResourceKey>,
    version: Option<i64>,
    digest: Option<String>,
    mac: String,
}

impl Line {
    fn of(checked: &Checked, mac: &[u8]) -> Self {
        let entry = &checked.entry;
        Self {
            seq: entry.seq,
            at: entry.at.as_millis(),
            actor: entry.actor.clone(),
            device: entry.device.clone(),
            action: entry.action.clone(),
            key: entry.key.clone(),
            version: entry.version,
            digest: entry.digest.clone(),
            mac: hex::encode(mac),
        }
    }

    fn check(self, key: &Secret) -> Option<Checked> {
        let digest = match &self.digest {
            Some(text) => Some(Hash::try_from(hex::decode(text).ok()?.as_slice()).ok()?),
            None => None,
        };
        let mac = hex::decode(&self.mac).ok()?;
        let entry = AuditEntry {
            seq: self.seq,
            at: Timestamp(self.at),
            actor: self.actor,
            device: self.device,
            action: self.action,
            key: self.key,
            version: self.version,
            digest: self.digest,
        };
        Some(audit::checked(key, entry, digest, &mac))
    }
}

fn file_name(no: i64) -> String {
    format!("audit-archive-{no:06}.sealed")
}

fn spans(link: &Link, key: &Secret) -> Result<Vec<Span>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("archive/all.sql"))?;
    let mut rows = statement.query([])?;
    let mut spans = Vec::new();
    while let Some(row) = rows.next()? {
        let number =
            |name| -> Result<u64> { Ok(u64::try_from(row.get::<_, i64>(name)?).unwrap_or(0)) };
        let (no, first, last) = (row.get("no")?, number("first_seq")?, number("last_seq")?);
        let digest: Vec<u8> = row.get("digest")?;
        let mac: Vec<u8> = row.get("mac")?;
        let genuine = span_mac(key, no, first, last, &digest).as_slice() == mac.as_slice();
        spans.push(Span {
            no,
            first,
            last,
            digest,
            genuine,
        });
    }
    Ok(spans)
}

/// The files that the audit log needs besides the database.
pub(crate) fn file_names(link: &Link) -> Result<Vec<String>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("archive/all.sql"))?;
    let mut rows = statement.query([])?;
    let mut names = Vec::new();
    while let Some(row) = rows.next()? {
        names.push(file_name(row.get("no")?));
    }
    Ok(names)
}

fn span_mac(key: &Secret, no: i64, first: u64, last: u64, digest: &[u8]) -> Hash {
    keyed_digest(
        key.as_ref(),
        &length_prefixed(&[
            b"HVSPAN1",
            &no.to_be_bytes(),
            &first.to_be_bytes(),
            &last.to_be_bytes(),
            digest,
        ]),
    )
}

fn cipher(key: &Secret) -> Aes256Gcm {
    Aes256Gcm::new(derived(key, b"HVARCHIVE1").bytes().into())
}

fn place(store_id: &str, no: i64, first: u64, last: u64) -> Vec<u8> {
    length_prefixed(&[
        b"HVARCH1",
        store_id.as_bytes(),
        &no.to_be_bytes(),
        &first.to_be_bytes(),
        &last.to_be_bytes(),
    ])
}

fn seal(key: &Secret, place: &[u8], lines: &[Line]) -> Result<Vec<u8>> {
    let failed = |error| StoreError::io("Compressing the audit archive", error);
    let mut packer = zstd::Encoder::new(Vec::new(), LEVEL).map_err(failed)?;
    for line in lines {
        let mut json = serde_json::to_vec(line)
            .map_err(|_| StoreError::integrity("an audit entry cannot be written as JSON"))?;
        json.push(b'\n');
        packer.write_all(&json).map_err(failed)?;
    }
    let packed = packer.finish().map_err(failed)?;
    let mut nonce = [0u8; 12];
    fill_random(&mut nonce)?;
    let sealed = cipher(key)
        .encrypt(
            &Nonce::from(nonce),
            Payload {
                msg: &packed,
                aad: place,
            },
        )
        .map_err(|_| StoreError::integrity("the audit archive could not be sealed"))?;
    Ok([MAGIC.as_slice(), &nonce, &sealed].concat())
}

fn open(dir: &Path, store_id: &str, key: &Secret, span: &Span) -> Result<Vec<Line>> {
    let name = file_name(span.no);
    let broken = |why: &str| {
        StoreError::integrity(format!(
            "the audit archive {name} with entries {} to {} {why}",
            span.first, span.last
        ))
    };
    let bytes = match std::fs::read(dir.join(&name)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(broken("is gone"));
        }
        Err(error) => return Err(StoreError::io("Reading the audit archive", error)),
    };
    let altered = || broken("was altered");
    if !span.genuine || Sha256::digest(&bytes).as_slice() != span.digest.as_slice() {
        return Err(altered());
    }
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(altered)?;
    let (nonce, sealed) = rest.split_first_chunk::<12>().ok_or_else(altered)?;
    let packed = cipher(key)
        .decrypt(
            &Nonce::from(*nonce),
            Payload {
                msg: sealed,
                aad: &place(store_id, span.no, span.first, span.last),
            },
        )
        .map_err(|_| altered())?;
    let mut text = Vec::new();
    zstd::Decoder::new(packed.as_slice())
        .and_then(|unpacker| unpacker.take(MAX_UNPACKED_BYTES).read_to_end(&mut text))
        .map_err(|_| altered())?;
    text.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).map_err(|_| altered()))
        .collect()
}

/// Hands every archived entry to `visit` in order, its mac already checked.
///
/// # Errors
/// `integrity` naming the file that is gone or altered.
pub(crate) fn each_checked(
    dir: &Path,
    store_id: &str,
    link: &Link,
    key: &Secret,
    visit: impl FnMut(Checked) -> Result<()>,
) -> Result<()> {
    each_after(dir, store_id, link, key, 0, visit)
}

/// As [`each_checked`], from behind an entry on; files that end before it are not read.
pub(crate) fn each_after(
    dir: &Path,
    store_id: &str,
    link: &Link,
    key: &Secret,
    after: u64,
    mut visit: impl FnMut(Checked) -> Result<()>,
) -> Result<()> {
    for span in spans(link, key)?.iter().filter(|span| span.last > after) {
        for line in open(dir, store_id, key, span)? {
            if line.seq <= after {
                continue;
            }
            let checked = line.check(key).ok_or_else(|| {
                StoreError::integrity(format!("{} holds a malformed entry", file_name(span.no)))
            })?;
            visit(checked)?;
        }
    }
    Ok(())
}

/// Puts every archived entry back into the database, for a schema that knows no archive. The files
/// stay; nothing reads them any more.
///
/// # Errors
/// `integrity` naming the file that is gone or altered; nothing was put back then.
pub(crate) fn bring_back(dir: &Path, store_id: &str, link: &Link, key: &Secret) -> Result<()> {
    let transaction = link.connection.unchecked_transaction()?;
    for span in spans(link, key)? {
        for line in open(dir, store_id, key, &span)? {
            let mac = hex::decode(&line.mac).unwrap_or_default();
            let checked = line.check(key).ok_or_else(|| {
                StoreError::integrity(format!("{} holds a malformed entry", file_name(span.no)))
            })?;
            audit::put_back(link, &checked, &mac)?;
        }
    }
    link.connection
        .execute(include_str!("archive/forget.sql"), [])?;
    transaction.commit()?;
    Ok(())
}

impl Store {
    /// Moves audit entries made before `before` into sealed files, as far as the log's head was
    /// noted outside of the database. The log goes on unbroken; verification reads both.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin; `integrity` when an entry is not what was written, or
    /// when the head noted outside cannot be relied on; `disk_full`.
    pub fn archive_audit(&self, before: Timestamp, now: Timestamp) -> Result<ArchiveReport> {
        self.admin_only("archive the audit log")?;
        let keys = self.keys();
        self.settle_lobby();
        let anchored = lobby::genuine_mark(self.dir(), self.vault())
            .ok_or_else(|| {
                StoreError::integrity(
                    "lobby.json was altered or is gone, so no head of the audit log stands to archive up to",
                )
            })?
            .size;
        let mut report = ArchiveReport::default();
        loop {
            let op = Op::new(OpKind::Configure, &self.session().user, now);
            let (moved, _) = self.transact(op, |tx| {
                move_once(tx, self.dir(), &self.session().store_id, before, anchored)
            })?;
            let Some((name, count)) = moved else { break };
            report.archived += count;
            report.files.push(name);
        }
        report.in_archive = self.snapshot(|reader| -> Result<u64> {
            Ok(spans(reader.link, &keys.ring.audit)?
                .iter()
                .map(|span| span.last + 1 - span.first)
                .sum())
        })?;
        Ok(report)
    }

    /// Archived entries that a query asks for, newest first.
    pub(crate) fn archived_entries(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>> {
        let keys = self.keys();
        let (dir, store_id) = (self.dir().to_owned(), self.session().store_id.clone());
        let mut found = Vec::new();
        self.snapshot(|reader| -> Result<()> {
            for span in spans(reader.link, &keys.ring.audit)?.iter().rev() {
                if found.len() >= query.limit as usize {
                    break;
                }
                let lines = open(&dir, &store_id, &keys.ring.audit, span)?;
                let entries = lines
                    .into_iter()
                    .rev()
                    .filter_map(|line| line.check(&keys.ring.audit))
                    .map(|checked| checked.entry)
                    .filter(|entry| matches(query, entry));
                found.extend(entries);
            }
            Ok(())
        })?;
        found.truncate(query.limit as usize);
        Ok(found)
    }
}

fn matches(query: &AuditQuery, entry: &AuditEntry) -> bool {
    query
        .key
        .as_ref()
        .is_none_or(|key| entry.key.as_ref() == Some(key))
        && query
            .actor
            .as_ref()
            .is_none_or(|actor| entry.actor == *actor)
        && query.since.is_none_or(|since| entry.at >= since)
        && query.until.is_none_or(|until| entry.at < until)
        && query.before_seq.is_none_or(|seq| entry.seq < seq)
}

/// Moves the oldest entries into one file; `None` when there are none to move.
fn move_once(
    tx: &mut crate::tx::Tx<'_>,
    dir: &Path,
    store_id: &str,
    before: Timestamp,
    anchored: u64,
) -> Result<Option<(String, u64)>> {
    let (link, key) = (tx.link, &tx.vault.keys.ring.audit);
    let lines = oldest(link, key, before, anchored)?;
    let (Some(first), Some(last)) = (
        lines.first().map(|line| line.seq),
        lines.last().map(|line| line.seq),
    ) else {
        return Ok(None);
    };
    let no = spans(link, key)?.last().map_or(1, |span| span.no + 1);
    let bytes = seal(key, &place(store_id, no, first, last), &lines)?;
    let digest = Sha256::digest(&bytes);
    let name = file_name(no);
    // On disk before the entries go; one that no commit followed is written over the next time.
    durable::replace(dir, &name, &bytes)?;
    crate::failpoint::step("archive: written");
    let as_number = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
    link.connection
        .prepare_cached(include_str!("archive/insert.sql"))?
        .execute(named_params! {
            ":no": no, ":first_seq": as_number(first), ":last_seq": as_number(last),
            ":digest": digest.as_slice(),
            ":mac": span_mac(key, no, first, last, digest.as_slice()).as_slice(),
        })?;
    link.connection
        .prepare_cached(include_str!("archive/drop.sql"))?
        .execute(named_params! {":last": as_number(last)})?;
    tx.note("audit-archive", None, None, None)?;
    crate::failpoint::step("archive: noted");
    Ok(Some((name, last + 1 - first)))
}

fn oldest(link: &Link, key: &Secret, before: Timestamp, anchored: u64) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    let mut altered = None;
    audit::each_until(link, key, |checked, mac| {
        let entry = &checked.entry;
        let more = entry.at < before && entry.seq <= anchored && lines.len() < ENTRIES_PER_FILE;
        if !more {
            return false;
        }
        if !checked.genuine {
            altered = Some(entry.seq);
            return false;
        }
        lines.push(Line::of(&checked, mac));
        true
    })?;
    match altered {
        Some(seq) => Err(StoreError::integrity(format!(
            "audit entry {seq} was altered; an altered log is not archived"
        ))),
        None => Ok(lines),
    }
}
