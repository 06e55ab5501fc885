//! Something older or other in the place of what was written: found by unlocking or by
//! `verify --deep`, and named.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use haven_model::{Resource, SensitivityClass};
use rusqlite::types::ValueRef;

use super::model::{Model, perform};
use super::{Dice, NOW, copy, keep, new_store, op, private_key, quick_folder, say, seed, trials};
use crate::keychain::{Keychain, KeychainInMemory};
use crate::keys::{KEYS_FILE, RotateOptions, StoreKeys};
use crate::link::{DATABASE_FILE, Link, Purpose};
use crate::op::OpKind;
use crate::store::Store;

pub(super) const PAGE_BYTES: usize = 4096;

/// Days that were kept, each some steps after the one before.
pub(super) const DAYS: usize = 5;

/// Every row of every table, in words.
pub(super) fn tables(dir: &Path, keys: &StoreKeys) -> Vec<(String, String)> {
    let link = Link::open(dir, &keys.ring.store, Purpose::Read).expect("opens");
    let mut names = link
        .connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .expect("prepared");
    let names: Vec<String> = names
        .query_map([], |row| row.get(0))
        .expect("asked")
        .collect::<Result<_, _>>()
        .expect("read");
    names
        .into_iter()
        .map(|name| {
            let content = table(&link, &name).unwrap_or_else(|error| error.to_string());
            (name, content)
        })
        .collect()
}

fn table(link: &Link, name: &str) -> rusqlite::Result<String> {
    let mut statement = link.connection.prepare(&format!("SELECT * FROM {name}"))?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let mut line = String::new();
        for column in 0..columns {
            line.push_str(&match row.get_ref(column)? {
                ValueRef::Null => "null".to_owned(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Real(number) => number.to_string(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                ValueRef::Blob(bytes) => hex::encode(bytes),
            });
            line.push('|');
        }
        lines.push(line);
    }
    lines.sort();
    Ok(lines.join("\n"))
}

/// A store as it was on each of some days, closed each evening.
pub(super) struct Days {
    pub(super) folder: tempfile::TempDir,
    keys: StoreKeys,
    keychain: Arc<dyn Keychain>,
}

impl Days {
    pub(super) fn day(&self, day: usize) -> PathBuf {
        self.folder.path().join(format!("day-{day}"))
    }

    pub(super) fn today(&self) -> PathBuf {
        self.day(DAYS - 1)
    }
}

pub(super) fn days(seed: u64) -> Days {
    let folder = quick_folder();
    let dir = folder.path().join("store");
    let store = new_store(&dir);
    let private = private_key(&dir);
    let keys = store.keys();
    drop(store);
    let keychain: Arc<dyn Keychain> = Arc::new(KeychainInMemory::default());
    let days = Days {
        folder,
        keys,
        keychain,
    };
    let mut model = Model::default();
    for day in 0..DAYS {
        let store = super::open(&dir, &private).expect("opens");
        store.use_keychain(days.keychain.clone());
        for _ in 0..8 {
            let act = model.plan(seed);
            perform(&store, &act, model.step + 1).expect("kept");
            model.apply(&act);
        }
        other_work(&store, day);
        drop(store);
        copy(&dir, &days.day(day));
    }
    days
}

/// Patients, charts opened, pins, settings and keys: what the model's acts leave alone.
fn other_work(store: &Store, day: usize) {
    let patients = (0..4).map(|n| {
        let text = format!(
            r#"{{"resourceType":"Patient","id":"p{n}","birthDate":"1980-0{}-11","identifier":[{{"system":"urn:mrn","value":"m-{n}-{day}"}}],"name":[{{"family":"Garcia{day}","given":["Ana"]}}],"telecom":[{{"system":"phone","value":"555-010{day}"}}]}}"#,
            1 + day
        );
        Resource::parse(text.as_bytes()).expect("a patient")
    });
    let patients: Vec<_> = patients.collect();
    store
        .transact(op(OpKind::Edit), |tx| -> crate::Result<()> {
            for patient in patients {
                tx.edit(patient)?;
            }
            tx.pin("p1", day.is_multiple_of(2))?;
            tx.set_setting("remote.cursor", Some(&format!("cursor-{day}")))
        })
        .expect("kept");
    store.record_read("p1", NOW).expect("noted");
    if day % 2 == 1 {
        let all = RotateOptions {
            classes: Some(SensitivityClass::ALL.to_vec()),
            regrant: false,
        };
        store.rotate_keys(&all, NOW).expect("rotated");
    }
}

/// What whoever has the store's key may do to its rows. What waits amid a conflict (state 2) is left out:
/// its sides are kept with the conflict, and the decision waits anew.
const TAMPERINGS: [(&str, &str); 23] = [
    (
        "swap two bodies",
        "UPDATE resource SET body = (SELECT body FROM resource WHERE row_id <> {a} AND deleted_at IS NULL LIMIT 1) WHERE row_id = {a}",
    ),
    (
        "older body",
        "UPDATE resource SET body = (SELECT body FROM history WHERE row_id = resource.row_id ORDER BY version LIMIT 1) WHERE row_id IN (SELECT row_id FROM history LIMIT 1 OFFSET {n} % (SELECT count(*) FROM history))",
    ),
    (
        "older version whole",
        "UPDATE resource SET (version, body, clock) = (SELECT version, body, clock FROM history WHERE row_id = resource.row_id ORDER BY version LIMIT 1) WHERE row_id IN (SELECT row_id FROM history LIMIT 1 OFFSET {n} % (SELECT count(*) FROM history))",
    ),
    (
        "other version",
        "UPDATE resource SET version = version + 1 WHERE row_id = {a}",
    ),
    (
        "other id",
        "UPDATE resource SET id = 'another' WHERE row_id = {a}",
    ),
    (
        "other class",
        "UPDATE resource SET class = (class + 1) % 4 WHERE row_id = {a}",
    ),
    ("removed row", "DELETE FROM resource WHERE row_id = {a}"),
    (
        "removed row and its traces",
        "DELETE FROM resource WHERE row_id = {a}; DELETE FROM history WHERE row_id = {a}; DELETE FROM outbox WHERE row_id = {a}; DELETE FROM term WHERE row_id = {a}",
    ),
    (
        "marked deleted",
        "UPDATE resource SET deleted_at = 1 WHERE row_id = {a}",
    ),
    (
        "copied row",
        "INSERT INTO resource (type_no, id, class, version, clock, ticks, last_modified, device_no, status, body) SELECT type_no, 'new', class, version, clock, ticks, last_modified, device_no, status, body FROM resource WHERE row_id = {a}",
    ),
    (
        "marked synced",
        "UPDATE resource SET status = 0 WHERE row_id = (SELECT row_id FROM outbox LIMIT 1 OFFSET {n} % (SELECT count(*) FROM outbox))",
    ),
    (
        "waiting change removed",
        "DELETE FROM outbox WHERE row_id = (SELECT row_id FROM outbox WHERE state <> 2 LIMIT 1 OFFSET {n} % (SELECT count(*) FROM outbox WHERE state <> 2))",
    ),
    (
        "history body swapped",
        "UPDATE history SET body = (SELECT body FROM resource LIMIT 1) WHERE entry_id = (SELECT entry_id FROM history LIMIT 1 OFFSET {n} % (SELECT count(*) FROM history))",
    ),
    (
        "base swapped",
        "UPDATE base SET body = (SELECT body FROM resource LIMIT 1)",
    ),
    (
        "conflict side swapped",
        "UPDATE conflict_part SET body = (SELECT body FROM conflict_part ORDER BY part LIMIT 1) WHERE part = (SELECT max(part) FROM conflict_part)",
    ),
    (
        "audit entry edited",
        "UPDATE audit_entry SET at = at - 1 WHERE seq = {s}",
    ),
    (
        "audit actor edited",
        "UPDATE audit_entry SET actor_no = actor_no + 1 WHERE seq = {s}",
    ),
    (
        "audit digest edited",
        "UPDATE audit_entry SET digest = zeroblob(32) WHERE seq = {s} AND digest IS NOT NULL",
    ),
    (
        "audit entry removed",
        "DELETE FROM audit_entry WHERE seq = {s}",
    ),
    (
        "audit entries swapped",
        "UPDATE audit_entry SET seq = -1 WHERE seq = {s}; UPDATE audit_entry SET seq = {s} WHERE seq = {s} + 1; UPDATE audit_entry SET seq = {s} + 1 WHERE seq = -1",
    ),
    ("audit log cut", "DELETE FROM audit_entry WHERE seq > {s}"),
    (
        "audit log cut with its head",
        "DELETE FROM audit_entry WHERE seq > {s}; DELETE FROM audit_head",
    ),
    ("counts changed", "UPDATE tally SET n = n + 1"),
];

/// Tables of which one page of an earlier day can pass for today's, and does no harm: how the planner
/// judges an index, and numbers of the queue that were never given (those that were are compared).
pub(super) const HARMLESS: [&str; 2] = ["sqlite_sequence", "sqlite_stat1"];

/// What is tried, and how it came out.
pub(super) enum Outcome {
    /// By whom, and in which words.
    Found(String),
    /// No row of any table is another than today's.
    Nothing,
    /// Something else is there than was written, and nobody said so.
    Missed(Vec<String>),
}

pub(super) fn examine(days: &Days, dir: &Path, with_keychain: bool) -> Outcome {
    let opened = Store::open_with_keys(dir, &days.keys, NOW);
    let store = match opened {
        Err(error) => return Outcome::Found(format!("unlock: {error}")),
        Ok(store) => store,
    };
    if with_keychain {
        store.use_keychain(days.keychain.clone());
    }
    match store.verify_deep() {
        Err(error) => return Outcome::Found(format!("verify: {error}")),
        Ok(report) if !report.is_sound() => {
            return Outcome::Found(format!("verify: {:?}", report.problems[0]));
        }
        Ok(_) => {}
    }
    drop(store);
    let (now, today) = (tables(dir, &days.keys), tables(&days.today(), &days.keys));
    let other: Vec<String> = now
        .iter()
        .zip(&today)
        .filter(|(now, today)| now != today)
        .map(|(now, _)| now.0.clone())
        .collect();
    if other.is_empty() {
        Outcome::Nothing
    } else {
        Outcome::Missed(other)
    }
}

#[test]
fn rolled_back_or_swapped() {
    let (seed, wanted) = (seed(), trials("HAVEN_ROLLBACKS", 72));
    let started = Instant::now();
    let mut dice = Dice::new(seed);
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    let mut harmless: BTreeMap<String, u64> = BTreeMap::new();
    let mut missed = Vec::new();
    let (mut tried, mut without_effect) = (0, 0);
    let mut kept_days = days(seed);
    while tried < wanted {
        if tried > 0 && tried % 200 == 0 {
            kept_days = days(dice.next());
        }
        let dir = kept_days.folder.path().join("tried");
        copy(&kept_days.today(), &dir);
        let kind = usize::try_from(tried).expect("small") % (TAMPERINGS.len() * 2);
        let (what, with_keychain) = tamper(&kept_days, &dir, kind, &mut dice);
        match examine(&kept_days, &dir, with_keychain) {
            Outcome::Found(words) => {
                assert!(!words.is_empty(), "seed {seed}: {what} is found and named");
                *found.entry(what).or_default() += 1;
            }
            Outcome::Nothing => without_effect += 1,
            Outcome::Missed(tables)
                if what.starts_with("page")
                    && tables
                        .iter()
                        .all(|table| HARMLESS.contains(&table.as_str())) =>
            {
                *harmless.entry(tables.join(", ")).or_default() += 1;
            }
            Outcome::Missed(tables) => {
                let tables = tables.join(", ");
                let kept = keep(&dir, "rollback");
                missed.push(format!("{what}: {tables}; kept in {}", kept.display()));
            }
        }
        fs::remove_dir_all(&dir).expect("removed");
        tried += 1;
    }
    assert_eq!(missed, Vec::<String>::new(), "seed {seed}");
    say(&format!(
        "{tried} rollbacks and swaps, seed {seed}: all found but {without_effect} without any effect and pages of {harmless:?}, {} ms; {found:?}",
        started.elapsed().as_millis()
    ));
}

/// Puts something else in the place of what was written; answers what, and whether only the keychain
/// can tell.
fn tamper(days: &Days, dir: &Path, kind: usize, dice: &mut Dice) -> (String, bool) {
    let day = dice.below(DAYS - 1);
    if let Some((what, sql)) = TAMPERINGS.get(kind) {
        let link = Link::open(dir, &days.keys.ring.store, Purpose::Write).expect("opens");
        let count = |sql: &str| -> usize {
            let n: i64 = link
                .connection
                .query_row(sql, [], |row| row.get(0))
                .expect("counted");
            usize::try_from(n).expect("small")
        };
        let nth = dice.below(count(
            "SELECT count(*) FROM resource WHERE deleted_at IS NULL",
        ));
        let row_id = count(&format!(
            "SELECT row_id FROM resource WHERE deleted_at IS NULL LIMIT 1 OFFSET {nth}"
        ));
        let seq = 1 + dice.below(count("SELECT max(seq) FROM audit_entry") - 1);
        let sql = sql
            .replace("{a}", &row_id.to_string())
            .replace("{s}", &seq.to_string())
            .replace("{n}", &dice.below(1000).to_string());
        link.connection.execute_batch(&sql).expect("tampered");
        return ((*what).to_owned(), false);
    }
    match kind % 5 {
        0 => {
            fs::copy(days.day(day).join(DATABASE_FILE), dir.join(DATABASE_FILE)).expect("copied");
            ("store.db of an earlier day".to_owned(), false)
        }
        1 => {
            fs::remove_dir_all(dir).expect("removed");
            copy(&days.day(day), dir);
            ("the whole folder of an earlier day".to_owned(), true)
        }
        2 => {
            // Keys were replaced since, the day before today among them.
            let day = dice.below(DAYS - 2);
            fs::copy(days.day(day).join(KEYS_FILE), dir.join(KEYS_FILE)).expect("copied");
            ("keys.json of an earlier day".to_owned(), false)
        }
        _ => {
            let (earlier, today) = (
                fs::read(days.day(day).join(DATABASE_FILE)).expect("reads"),
                fs::read(dir.join(DATABASE_FILE)).expect("reads"),
            );
            let others: Vec<usize> = (0..earlier.len().min(today.len()) / PAGE_BYTES)
                .filter(|page| {
                    let range = page * PAGE_BYTES..(page + 1) * PAGE_BYTES;
                    earlier[range.clone()] != today[range]
                })
                .collect();
            let page = others[dice.below(others.len())];
            let range = page * PAGE_BYTES..(page + 1) * PAGE_BYTES;
            let mut mixed = today;
            mixed[range.clone()].copy_from_slice(&earlier[range]);
            fs::write(dir.join(DATABASE_FILE), mixed).expect("written");
            ("page of an earlier day".to_owned(), false)
        }
    }
}
