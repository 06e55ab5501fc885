//! Sums over the rows of tables that no audit entry tells of, so that an older page put back shows.
//!
//! Of each table the keyed digests of its rows are added up: in any order, and a row that changes is
//! taken out as it was and put in as it is. What a transaction changes is gathered by triggers of the
//! writing connection alone, and of new resources by their one writer; it is added once, in the row of the
//! audit log's head, which a save writes anyway. Verifying adds up every row again. A sum names its table,
//! not the row.
//!
//! Source: Bellare and Micciancio, "A New Paradigm for Collision-Free Hashing" (1997), §4 (`AdHash`),
//! here over a keyed digest.

mod tables;

use std::cell::RefCell;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, named_params};
use sha2::Sha256;
use subtle::ConstantTimeEq;

pub(crate) use self::tables::RESOURCE;
use self::tables::{IN_FLIGHT, Summed, TABLES};
use crate::binding::length_prefixed;
use crate::error::{ErrorCode, Result, StoreError};
use crate::keys::Secret;
use crate::link::Link;
use crate::seal::{derived, keyed_digest};

/// Of a sealed body what stands before its ciphertext, up to the nonce, and its tag.
const HEAD_BYTES: usize = 17;
const TAG_BYTES: usize = 16;

/// The form of what is kept.
const FORM: u8 = 1;

/// A sum of 256-bit digests, modulo 2²⁵⁶, its least part first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum([u64; 4]);

impl Sum {
    fn of(digest: [u8; 32]) -> Self {
        let mut limbs = [0; 4];
        let (parts, _) = digest.as_chunks::<8>();
        for (limb, part) in limbs.iter_mut().zip(parts) {
            *limb = u64::from_le_bytes(*part);
        }
        Self(limbs)
    }

    fn bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let (parts, _) = bytes.as_chunks_mut::<8>();
        for (part, limb) in parts.iter_mut().zip(self.0) {
            *part = limb.to_le_bytes();
        }
        bytes
    }

    fn plus(self, other: Self) -> Self {
        let mut carried = false;
        let mut limbs = self.0;
        for (limb, more) in limbs.iter_mut().zip(other.0) {
            let (once, first) = limb.overflowing_add(more);
            let (twice, second) = once.overflowing_add(u64::from(carried));
            *limb = twice;
            carried = first || second;
        }
        Self(limbs)
    }

    fn negated(self) -> Self {
        Self(self.0.map(|limb| !limb)).plus(Self([1, 0, 0, 0]))
    }
}

/// What one connection has changed since it last settled.
#[derive(Default)]
struct Pending {
    moved: BTreeMap<u16, Sum>,
    last_flight: u64,
    /// The digests, once the connection is watched.
    digest: Option<RowDigest>,
}

/// The sums of one connection; nothing until it is watched.
#[derive(Default)]
pub(crate) struct Sums {
    pending: Arc<Mutex<Pending>>,
    /// What this connection wrote last, so that what is read back the same needs no second look.
    written: RefCell<Option<Written>>,
}

struct Written {
    kept: Kept,
    bytes: Vec<u8>,
    mac: [u8; 32],
}

impl Sums {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what a rolled-back transaction changed.
    pub(crate) fn forget(&self) {
        let mut pending = self.pending();
        pending.moved.clear();
        pending.last_flight = 0;
    }
}

/// The digests of rows, under a key that is prepared once.
#[derive(Clone)]
pub(crate) struct RowDigest {
    keyed: Hmac<Sha256>,
    /// One row, spelled so that no two rows are spelled alike.
    spelled: Vec<u8>,
}

impl RowDigest {
    fn new(key: &Secret) -> Result<Self> {
        let keyed = Hmac::new_from_slice(derived(key, b"HVSUMS1").as_ref())
            .map_err(|_| StoreError::integrity("the audit key has the wrong length"))?;
        Ok(Self {
            keyed,
            spelled: Vec::new(),
        })
    }

    /// Begins a row of that table.
    fn begin(&mut self, number: u16) {
        self.spelled.clear();
        self.spelled.extend_from_slice(&number.to_be_bytes());
    }

    /// The next column.
    pub(crate) fn add(&mut self, value: ValueRef<'_>) {
        let mut put = |kind: u8, bytes: &[u8]| {
            let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            self.spelled.push(kind);
            self.spelled.extend_from_slice(&length.to_be_bytes());
            self.spelled.extend_from_slice(bytes);
        };
        match value {
            ValueRef::Null => put(0, &[]),
            ValueRef::Integer(number) => put(1, &number.to_be_bytes()),
            ValueRef::Real(number) => put(2, &number.to_be_bytes()),
            ValueRef::Text(text) => put(3, text),
            ValueRef::Blob(bytes) => put(4, bytes),
        }
    }

    /// The last column where that is a sealed body: as [`Summed::parts`] has it.
    pub(crate) fn add_sealed(&mut self, body: &[u8]) {
        self.add(ValueRef::Integer(
            i64::try_from(body.len()).unwrap_or(i64::MAX),
        ));
        self.add(ValueRef::Blob(body.get(..HEAD_BYTES).unwrap_or(body)));
        let tail = body.len().saturating_sub(TAG_BYTES);
        self.add(ValueRef::Blob(body.get(tail..).unwrap_or(body)));
    }

    /// Ends the row.
    fn sum(&self) -> Sum {
        let mut mac = self.keyed.clone();
        mac.update(&self.spelled);
        Sum::of(mac.finalize().into_bytes().into())
    }
}

impl Summed {
    /// What of a row goes into its digest, each column behind `prefix`.
    fn parts(&self, prefix: &str) -> String {
        let mut parts: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("{prefix}\"{column}\""))
            .collect();
        if let Some(body) = self.sealed {
            parts.push(format!("length({prefix}\"{body}\")"));
            parts.push(format!("substr({prefix}\"{body}\", 1, {HEAD_BYTES})"));
            parts.push(format!("substr({prefix}\"{body}\", -{TAG_BYTES})"));
        }
        parts.join(", ")
    }
}

/// The sums as kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Kept {
    /// How often they were written.
    turn: u64,
    /// The highest number under which anything was sent.
    last_flight: u64,
    tables: BTreeMap<u16, Sum>,
}

impl Kept {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![FORM];
        bytes.extend(self.turn.to_be_bytes());
        bytes.extend(self.last_flight.to_be_bytes());
        for (number, sum) in &self.tables {
            bytes.extend(number.to_be_bytes());
            bytes.extend(sum.bytes());
        }
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (form, rest) = bytes.split_first()?;
        let (turn, rest) = rest.split_first_chunk::<8>()?;
        let (last_flight, rest) = rest.split_first_chunk::<8>()?;
        let (entries, left) = rest.as_chunks::<34>();
        if *form != FORM || !left.is_empty() {
            return None;
        }
        let tables = entries
            .iter()
            .filter_map(|entry| {
                let (number, digest) = entry.split_first_chunk::<2>()?;
                Some((
                    u16::from_be_bytes(*number),
                    Sum::of(digest.try_into().ok()?),
                ))
            })
            .collect();
        Some(Self {
            turn: u64::from_be_bytes(*turn),
            last_flight: u64::from_be_bytes(*last_flight),
            tables,
        })
    }
}

fn mac(key: &Secret, bytes: &[u8]) -> [u8; 32] {
    keyed_digest(key.as_ref(), &length_prefixed(&[b"HVSUMS1", bytes]))
}

/// Whether the schema has come to where sums are kept.
fn are_kept(connection: &Connection) -> Result<bool> {
    Ok(connection
        .prepare_cached(include_str!("sums/are_kept.sql"))?
        .query_row([], |row| row.get("are_kept"))?)
}

/// What stands where the sums are kept.
type Found = Option<(Option<Vec<u8>>, Option<Vec<u8>>)>;

fn found(connection: &Connection) -> Result<Found> {
    Ok(connection
        .prepare_cached(include_str!("sums/kept.sql"))?
        .query_row([], |row| Ok((row.get("sums")?, row.get("sums_mac")?)))
        .optional()?)
}

/// The sums as kept; `None` until they are made.
fn kept(connection: &Connection, key: &Secret) -> Result<Option<Kept>> {
    match found(connection)? {
        Some((Some(bytes), claimed)) => genuine(key, &bytes, claimed).map(Some),
        Some((None, _)) | None => Ok(None),
    }
}

fn genuine(key: &Secret, bytes: &[u8], claimed: Option<Vec<u8>>) -> Result<Kept> {
    let altered = || StoreError::integrity("the sums over the tables were altered");
    let claimed = claimed.ok_or_else(altered)?;
    if !bool::from(mac(key, bytes).as_slice().ct_eq(&claimed)) {
        return Err(altered());
    }
    Kept::parse(bytes).ok_or_else(altered)
}

fn put(connection: &Connection, key: &Secret, kept: &Kept) -> Result<(Vec<u8>, [u8; 32])> {
    let bytes = kept.bytes();
    let mac = mac(key, &bytes);
    connection
        .prepare_cached(include_str!("sums/put.sql"))?
        .execute(named_params! {":sums": bytes, ":sums_mac": mac.as_slice()})?;
    Ok((bytes, mac))
}

/// Notes a row that was added to the table of that number, where the connection is watched; `spell` adds
/// its columns.
pub(crate) fn note_added(link: &Link, number: u16, spell: impl FnOnce(&mut RowDigest)) {
    let mut pending = link.sums.pending();
    let Pending { moved, digest, .. } = &mut *pending;
    if let Some(row) = digest {
        row.begin(number);
        spell(row);
        let sum = moved.entry(number).or_default();
        *sum = sum.plus(row.sum());
    }
}

/// Gathers from now on what this connection changes.
///
/// Whoever writes covered rows with it calls [`settle`] before the commit.
pub(crate) fn watch(link: &Link, key: &Secret) -> Result<()> {
    let connection = &link.connection;
    link.sums.pending().digest = Some(RowDigest::new(key)?);
    let pending = Arc::clone(&link.sums.pending);
    connection.create_scalar_function(
        "haven_sum",
        -1,
        FunctionFlags::SQLITE_UTF8,
        move |context| {
            let number: u16 = context.get(0)?;
            let sign: i64 = context.get(1)?;
            let mut pending = pending.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(row) = &mut pending.digest else {
                return Ok(None::<i64>);
            };
            row.begin(number);
            for index in 2..context.len() {
                row.add(context.get_raw(index));
            }
            let sum = row.sum();
            if number == IN_FLIGHT && sign > 0 {
                let seq = u64::try_from(context.get::<i64>(2)?).unwrap_or(0);
                pending.last_flight = pending.last_flight.max(seq);
            }
            let moved = pending.moved.entry(number).or_default();
            *moved = moved.plus(if sign > 0 { sum } else { sum.negated() });
            Ok(None::<i64>)
        },
    )?;
    let mut triggers = String::from("PRAGMA recursive_triggers = ON;\n");
    for table in &TABLES {
        let (number, name) = (table.number, table.name);
        let (old, new) = (table.parts("OLD."), table.parts("NEW."));
        for (event, acts) in [
            ("INSERT", format!("haven_sum({number}, 1, {new})")),
            ("DELETE", format!("haven_sum({number}, -1, {old})")),
            (
                "UPDATE",
                format!("haven_sum({number}, -1, {old}), haven_sum({number}, 1, {new})"),
            ),
        ] {
            if number == RESOURCE && event == "INSERT" {
                continue;
            }
            // Writing to a string does not fail.
            let _written = writeln!(
                triggers,
                "CREATE TEMP TRIGGER sum_{name}_{event} AFTER {event} ON main.\"{name}\" BEGIN SELECT {acts}; END;"
            );
        }
    }
    connection.execute_batch(&triggers)?;
    Ok(())
}

/// Adds what this connection has changed to the sums, within its open transaction.
///
/// # Errors
/// `integrity` when the sums as kept were altered.
pub(crate) fn settle(link: &Link, key: &Secret) -> Result<()> {
    let (moved, last_flight) = {
        let mut pending = link.sums.pending();
        let moved = std::mem::take(&mut pending.moved);
        (moved, std::mem::take(&mut pending.last_flight))
    };
    if moved.values().all(|sum| *sum == Sum::default()) {
        return Ok(());
    }
    let Some(mut kept) = kept_or_written(link, key)? else {
        return Ok(());
    };
    for (number, sum) in moved {
        if let Some(table) = kept.tables.get_mut(&number) {
            *table = table.plus(sum);
        }
    }
    kept.last_flight = kept.last_flight.max(last_flight);
    kept.turn += 1;
    let (bytes, mac) = put(&link.connection, key, &kept)?;
    *link.sums.written.borrow_mut() = Some(Written { kept, bytes, mac });
    Ok(())
}

/// The sums as kept; what this connection has written itself was found genuine then.
fn kept_or_written(link: &Link, key: &Secret) -> Result<Option<Kept>> {
    let Some((Some(bytes), claimed)) = found(&link.connection)? else {
        return Ok(None);
    };
    if let Some(written) = link.sums.written.borrow().as_ref()
        && written.bytes == bytes
        && claimed.as_deref() == Some(written.mac.as_slice())
    {
        return Ok(Some(written.kept.clone()));
    }
    genuine(key, &bytes, claimed).map(Some)
}

/// Takes the sums away, for a state that is put together anew; the next opening makes them.
pub(crate) fn drop_all(connection: &Connection) -> Result<()> {
    if are_kept(connection)? {
        connection.execute(include_str!("sums/drop.sql"), [])?;
    }
    Ok(())
}

/// Makes the sums that are not there yet; with `anew`, all of them, of what stands.
pub(crate) fn ensure(link: &Link, key: &Secret, anew: bool) -> Result<()> {
    let numbers: BTreeSet<u16> = TABLES.iter().map(|table| table.number).collect();
    let is_whole = |found: &Option<Kept>| {
        found
            .as_ref()
            .is_some_and(|kept| kept.tables.keys().copied().collect::<BTreeSet<_>>() == numbers)
    };
    if !anew && is_whole(&kept(&link.connection, key)?) {
        return Ok(());
    }
    let transaction = Transaction::new_unchecked(&link.connection, TransactionBehavior::Immediate)?;
    let mut made = match kept(&link.connection, key) {
        Ok(found) if !anew => found.unwrap_or_default(),
        Ok(Some(found)) => Kept {
            turn: found.turn,
            ..Kept::default()
        },
        Ok(None) => Kept::default(),
        Err(error) if anew && error.code() == ErrorCode::Integrity => Kept::default(),
        Err(error) => return Err(error),
    };
    made.tables.retain(|number, _| numbers.contains(number));
    let mut digest = RowDigest::new(key)?;
    for table in &TABLES {
        if let Entry::Vacant(place) = made.tables.entry(table.number) {
            place.insert(added_up(&link.connection, table, &mut digest)?);
        }
    }
    made.last_flight = made.last_flight.max(flights_given(&link.connection)?);
    made.turn += 1;
    put(&link.connection, key, &made)?;
    transaction.commit()?;
    Ok(())
}

fn added_up(connection: &Connection, table: &Summed, digest: &mut RowDigest) -> Result<Sum> {
    let sql = format!("SELECT {} FROM main.\"{}\"", table.parts(""), table.name);
    let mut statement = connection.prepare(&sql)?;
    let parts = statement.column_count();
    let mut rows = statement.query([])?;
    let mut sum = Sum::default();
    while let Some(row) = rows.next()? {
        digest.begin(table.number);
        for part in 0..parts {
            digest.add(row.get_ref(part)?);
        }
        sum = sum.plus(digest.sum());
    }
    Ok(sum)
}

/// The highest number that SQLite has given to anything sent.
fn flights_given(connection: &Connection) -> Result<u64> {
    let seq: Option<i64> = connection
        .query_row(include_str!("sums/flights.sql"), [], |row| row.get("seq"))
        .optional()?;
    Ok(u64::try_from(seq.unwrap_or(0)).unwrap_or(0))
}

/// What is not as it was last written, in sentences; nothing while no sums are kept. With
/// `authority_only`, just the few rows that tell who may do what.
///
/// # Errors
/// `integrity` when the sums themselves were altered.
pub(crate) fn differences(link: &Link, key: &Secret, authority_only: bool) -> Result<Vec<String>> {
    let connection = &link.connection;
    if !are_kept(connection)? {
        return Ok(Vec::new());
    }
    let Some(kept) = kept(connection, key)? else {
        return Ok(Vec::new());
    };
    let mut digest = RowDigest::new(key)?;
    let mut found = Vec::new();
    for table in TABLES
        .iter()
        .filter(|table| table.authority || !authority_only)
    {
        let Some(sum) = kept.tables.get(&table.number) else {
            continue;
        };
        if added_up(connection, table, &mut digest)? != *sum {
            found.push(format!(
                "table {} ({}) is not as it was last written: rows were changed, removed or put back behind the store's back",
                table.name, table.about
            ));
        }
    }
    if !authority_only && flights_given(connection)? < kept.last_flight {
        found.push(format!(
            "the numbering of what is sent was put back behind {}, so that a number could be used twice",
            kept.last_flight
        ));
    }
    Ok(found)
}

#[cfg(test)]
mod cost;
#[cfg(test)]
mod tests;
