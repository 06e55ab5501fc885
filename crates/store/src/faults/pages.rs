//! Every page of an earlier day, put back alone: found by unlocking or `verify --deep`, or every row is
//! as it was all the same.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use super::rollbacks::{DAYS, Days, HARMLESS, Outcome, PAGE_BYTES, days, examine};
use super::{copy, keep, say, seed, trials};
use crate::link::DATABASE_FILE;

/// How the pages of one set of days came out.
#[derive(Default)]
struct Tried {
    pages: u64,
    at_unlock: u64,
    by_verify: u64,
    as_today: u64,
    harmless: BTreeMap<String, u64>,
    missed: Vec<String>,
}

fn put_back_each(days: &Days, most: u64, tried: &mut Tried) {
    let today = fs::read(days.today().join(DATABASE_FILE)).expect("reads");
    let dir = days.folder.path().join("page");
    copy(&days.today(), &dir);
    // What was opened with another page is put right before the next.
    let restore = || {
        fs::remove_dir_all(&dir).expect("removed");
        copy(&days.today(), &dir);
    };
    for day in (0..DAYS - 1).rev() {
        let earlier = fs::read(days.day(day).join(DATABASE_FILE)).expect("reads");
        for page in 0..earlier.len().min(today.len()) / PAGE_BYTES {
            let range = page * PAGE_BYTES..(page + 1) * PAGE_BYTES;
            if earlier[range.clone()] == today[range.clone()] {
                continue;
            }
            if tried.pages >= most {
                return;
            }
            tried.pages += 1;
            let mut mixed = today.clone();
            mixed[range.clone()].copy_from_slice(&earlier[range]);
            fs::write(dir.join(DATABASE_FILE), mixed).expect("written");
            match examine(days, &dir, false) {
                Outcome::Found(words) if words.starts_with("unlock") => tried.at_unlock += 1,
                Outcome::Found(_) => tried.by_verify += 1,
                Outcome::Nothing => tried.as_today += 1,
                Outcome::Missed(tables)
                    if tables
                        .iter()
                        .all(|table| HARMLESS.contains(&table.as_str())) =>
                {
                    *tried.harmless.entry(tables.join(", ")).or_default() += 1;
                }
                Outcome::Missed(tables) => tried.missed.push(format!(
                    "page {page} of day {day}: {}; kept in {}",
                    tables.join(", "),
                    keep(&dir, "page").display()
                )),
            }
            restore();
        }
    }
}

#[test]
fn every_page_of_an_earlier_day() {
    let (seed, most) = (seed(), trials("HAVEN_PAGES", 120));
    let started = Instant::now();
    let mut tried = Tried::default();
    let mut round = 0;
    while tried.pages < most {
        put_back_each(&days(seed + round), most, &mut tried);
        round += 1;
    }
    assert_eq!(tried.missed, Vec::<String>::new(), "seed {seed}");
    assert!(
        tried.by_verify > 0,
        "some pages are found by verifying alone"
    );
    say(&format!(
        "{} pages put back, seed {seed}: {} found at unlock, {} by verify --deep, {} with every row as today, {:?} of no consequence, {} ms",
        tried.pages,
        tried.at_unlock,
        tried.by_verify,
        tried.as_today,
        tried.harmless,
        started.elapsed().as_millis()
    ));
}
