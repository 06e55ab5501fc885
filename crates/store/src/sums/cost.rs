//! What the sums cost a save: the same saves with and without the triggers, turn by turn.

use std::io::Write;

use rustix::time::{ClockId, clock_gettime};

use super::tables::TABLES;
use super::tests::{put, store};
use crate::store::Store;

/// Saves in one turn; `HAVEN_SAVES` asks for more.
fn saves() -> u32 {
    let asked = std::env::var("HAVEN_SAVES").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(40)
}

fn spent_us() -> i64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
}

fn turn(store: &Store, from: u32) -> i64 {
    let begun = spent_us();
    for n in from..from + saves() {
        put(
            store,
            &format!(
                r#"{{"resourceType":"Observation","id":"s{n}","status":"final","subject":{{"reference":"Patient/p1"}},"effectiveDateTime":"2026-01-02","code":{{"coding":[{{"system":"http://loinc.org","code":"8310-5"}}]}},"valueQuantity":{{"value":37.2}}}}"#
            ),
        );
    }
    spent_us() - begun
}

fn unwatch(store: &Store) {
    let link = store.writer_for_tests();
    for table in &TABLES {
        for event in ["INSERT", "DELETE", "UPDATE"] {
            let sql = format!("DROP TRIGGER IF EXISTS temp.sum_{}_{event}", table.name);
            link.connection.execute_batch(&sql).expect("dropped");
        }
    }
}

#[test]
fn a_save_with_and_without() {
    let (with, without) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let (with, without) = (store(with.path()), store(without.path()));
    unwatch(&without);
    let (mut summed_us, mut plain_us) = (0, 0);
    for round in 0..6 {
        // The first turn fills caches on both sides.
        let spent = (
            turn(&with, round * saves()),
            turn(&without, round * saves()),
        );
        if round > 0 {
            summed_us += spent.0;
            plain_us += spent.1;
        }
    }
    let each = |us: i64| us / (5 * i64::from(saves()));
    let _told = writeln!(
        std::io::stderr(),
        "    a save: {} us of processor time, {} us without the sums",
        each(summed_us),
        each(plain_us)
    );
    assert!(
        summed_us < plain_us * 2,
        "the sums do not dominate a save: {summed_us} against {plain_us} us"
    );
}
