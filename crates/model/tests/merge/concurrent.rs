//! What two people really do to one record at once, and how much of it needs a person.
//!
//! The model, stated so that it can be argued with: a record is drawn by how often its type is worked
//! on in a clinic ([`SHARE`]); each of two people makes one or two of the usual edits of that type
//! ([`super::habits`]), drawn by their weights and independently of each other. Where both make the
//! same edit of the same entry, they wrote down the same news in two of three cases (the patient told
//! both) and something different in the third. The strict figure leaves that out: they never agree.
//!
//! The oracle knows nothing of the merge: it counts every primitive by where it stands.

#![expect(clippy::print_stderr, reason = "the figures are what the test is for")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use haven_model::conflict::{MergeOutcome, Outcome};
use haven_model::merge;
use serde_json::Value;

use super::edit::{Dice, seed};
use super::habits::{Hand, edit};

/// How often a type is worked on by two people at once, of a hundred.
const SHARE: &[(&str, u64)] = &[
    ("Patient", 28),
    ("Encounter", 18),
    ("Observation", 14),
    ("Condition", 10),
    ("MedicationRequest", 9),
    ("CarePlan", 5),
    ("AllergyIntolerance", 5),
    ("Procedure", 5),
    ("Immunization", 4),
    ("DiagnosticReport", 1),
    ("DocumentReference", 1),
];

/// What no machine may settle when both sides changed it, told by type; one line is decided as one.
const GUARDED: &[(&str, &[&str])] = &[
    ("Patient", &["birthDate", "name"]),
    ("Patient", &["gender"]),
    (
        "Observation",
        &[
            "status",
            "valueQuantity",
            "valueCodeableConcept",
            "code",
            "interpretation",
        ],
    ),
    (
        "MedicationRequest",
        &[
            "status",
            "medicationCodeableConcept",
            "dosageInstruction",
            "dispenseRequest",
        ],
    ),
    (
        "AllergyIntolerance",
        &[
            "clinicalStatus",
            "verificationStatus",
            "criticality",
            "code",
            "reaction",
        ],
    ),
    (
        "Condition",
        &["clinicalStatus", "verificationStatus", "code"],
    ),
    ("Immunization", &["status", "vaccineCode", "doseQuantity"]),
    ("Immunization", &["lotNumber"]),
    ("Encounter", &["status"]),
    ("Procedure", &["status"]),
];

#[derive(Default)]
struct Tally {
    pairs: u32,
    merged: u32,
    by_type: BTreeMap<String, (u32, u32)>,
}

#[test]
fn realistic_edits_merge_without_a_person_and_never_wrongly() {
    let pool = pool();
    let count = std::env::var("HAVEN_MERGE_PAIRS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(3_000);
    let seed = seed(20_261_122);
    let agreeing = tally(&pool, seed, count, true);
    let strict = tally(&pool, seed, count, false);
    for (name, tally) in [("usual", &agreeing), ("never agreeing", &strict)] {
        let share = 100.0 * f64::from(tally.merged) / f64::from(tally.pairs);
        eprintln!(
            "{name}: {} of {} pairs merged, {share:.1} % (seed {seed})",
            tally.merged, tally.pairs
        );
    }
    for (kind, (merged, pairs)) in &agreeing.by_type {
        eprintln!("  {kind}: {merged} of {pairs}");
    }
    assert!(
        f64::from(agreeing.merged) >= 0.95 * f64::from(agreeing.pairs),
        "at least 95 of 100 merge without a person"
    );
}

fn tally(pool: &BTreeMap<String, Vec<Value>>, seed: u64, count: u32, agreeing: bool) -> Tally {
    let mut dice = Dice(seed);
    let mut tally = Tally::default();
    while tally.pairs < count {
        let Some(base) = drawn(pool, &mut dice) else {
            continue;
        };
        let kind = base["resourceType"].as_str().expect("a type").to_owned();
        let news = dice.roll();
        let mut side = |hand: u64| {
            let news = if agreeing && dice.below(3) > 0 {
                news
            } else {
                dice.roll() ^ hand
            };
            let mut hand = Hand {
                news,
                dice: &mut dice,
            };
            let mut copy = base.clone();
            for _ in 0..1 + usize::from(hand.dice.below(4) == 0) {
                edit(&kind, &mut copy, &mut hand);
            }
            copy
        };
        let (local, remote) = (side(1), side(2));
        if local == *base || remote == *base {
            continue;
        }
        let outcome = merge(Some(base), Some(&local), Some(&remote));
        let merged = outcome.outcome == Outcome::Merged;
        faultless(base, &local, &remote, &outcome, &kind);
        tally.pairs += 1;
        tally.merged += u32::from(merged);
        let row = tally.by_type.entry(kind).or_default();
        *row = (row.0 + u32::from(merged), row.1 + 1);
    }
    tally
}

fn drawn<'p>(pool: &'p BTreeMap<String, Vec<Value>>, dice: &mut Dice) -> Option<&'p Value> {
    let mut at = dice.roll() % SHARE.iter().map(|(_, share)| share).sum::<u64>();
    let (kind, _) = SHARE.iter().find(|(_, share)| {
        let here = at < *share;
        at = at.saturating_sub(*share);
        here
    })?;
    dice.pick(pool.get(*kind)?)
}

/// The corpus's own records, and some of the data folder where it is there.
fn pool() -> BTreeMap<String, Vec<Value>> {
    let mut pool: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(here.join("tests/merge_corpus")).expect("the corpus") {
        let path = entry.expect("readable").path();
        if path.extension().is_some_and(|end| end == "json") {
            let text = std::fs::read(&path).expect("readable");
            let file = haven_model::json::parse(&text).expect("JSON");
            for resource in file["resources"].as_object().into_iter().flatten() {
                add(&mut pool, resource.1.clone());
            }
        }
    }
    let folder = std::env::var_os("HAVEN_TEST_DATA")
        .map_or_else(|| here.join("../../../shared/data"), PathBuf::from);
    let mut read = 0;
    for set in ["synthea-demo", "synthea-modern"] {
        for (kind, _) in SHARE {
            let Ok(file) = std::fs::File::open(folder.join(format!("{set}/{kind}.ndjson.zst")))
            else {
                continue;
            };
            let mut text = String::new();
            let decoded = zstd::Decoder::new(file)
                .expect("zstd")
                .take(2_000_000)
                .read_to_string(&mut text);
            if decoded.is_err() {
                continue;
            }
            for line in text.lines().take(250) {
                if let Ok(resource) = haven_model::json::parse(line.as_bytes()) {
                    add(&mut pool, resource);
                    read += 1;
                }
            }
        }
    }
    if read == 0 {
        eprintln!("no data folder: the corpus's own records only");
    }
    pool
}

fn add(pool: &mut BTreeMap<String, Vec<Value>>, resource: Value) {
    let kind = resource["resourceType"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    pool.entry(kind).or_default().push(resource);
}

/// Every edit is in the result or before the person, nothing else changed, nothing guarded slipped by.
fn faultless(base: &Value, local: &Value, remote: &Value, outcome: &MergeOutcome, kind: &str) {
    let story = || {
        format!(
            "\nbase {base}\nlocal {local}\nremote {remote}\nresult {}\nfields {:?}",
            outcome.resource, outcome.fields
        )
    };
    for (_, elements) in GUARDED.iter().filter(|(of, _)| *of == kind) {
        let part = |value: &Value| {
            elements
                .iter()
                .map(|name| value.get(*name).cloned())
                .collect::<Vec<_>>()
        };
        let (before, ours, theirs) = (part(base), part(local), part(remote));
        // Two different names of one person, or two additions, are two things.
        let additions =
            elements.contains(&"name") && before[0] == ours[0] && before[0] == theirs[0];
        // What both did alike is settled; the rest must not be of both sides.
        let own = |one: &[Option<Value>], other: &[Option<Value>]| {
            (0..before.len()).any(|at| one[at] != before[at] && one[at] != other[at])
        };
        if own(&ours, &theirs) && own(&theirs, &ours) && !additions {
            assert_eq!(
                outcome.outcome,
                Outcome::Conflict,
                "{elements:?} merged in silence{}",
                story()
            );
        }
    }
    let (before, ours, theirs) = (tokens(base), tokens(local), tokens(remote));
    let result = tokens(&outcome.resource);
    let mut shown = BTreeSet::new();
    for field in &outcome.fields {
        for column in [&field.base, &field.local, &field.remote] {
            for token in tokens(column).into_keys() {
                shown.insert(
                    token
                        .split_once('=')
                        .map_or(String::new(), |(_, value)| value.to_owned()),
                );
            }
        }
    }
    let count = |tokens: &Tokens, token: &str| tokens.get(token).copied().unwrap_or(0);
    let every: BTreeSet<&String> = [&before, &ours, &theirs, &result]
        .into_iter()
        .flat_map(BTreeMap::keys)
        .collect();
    for token in every {
        let was = count(&before, token);
        let (left, right) = (count(&ours, token) - was, count(&theirs, token) - was);
        let now = count(&result, token) - was;
        // The same change by both may be one change or two.
        let once = if left.signum() == right.signum() {
            if left.abs() > right.abs() {
                left
            } else {
                right
            }
        } else {
            left + right
        };
        let (low, high) = (once.min(left + right), once.max(left + right));
        let value = token.split_once('=').map_or("", |(_, value)| value);
        assert!(
            (low..=high).contains(&now) || shown.contains(value),
            "{token}: {left} here, {right} there, {now} in the result{}",
            story()
        );
    }
}

type Tokens = BTreeMap<String, i64>;

/// Every primitive by the names that lead to it and its value, counted.
fn tokens(value: &Value) -> Tokens {
    fn gather(value: &Value, names: &str, found: &mut Tokens) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| gather(item, names, found)),
            Value::Object(members) => members
                .iter()
                .for_each(|(name, member)| gather(member, &format!("{names}.{name}"), found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                *found.entry(format!("{names}={value}")).or_insert(0) += 1;
            }
        }
    }
    let mut found = Tokens::new();
    gather(value, "", &mut found);
    found
}
