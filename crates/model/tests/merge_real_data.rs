//! Random edits of real FHIR resources, where the data folder is there; nothing of it is kept.

#![expect(
    clippy::print_stderr,
    reason = "a skipped test says why, a measured one how long"
)]

mod merge_oracle;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use haven_model::conflict::Outcome;
use haven_model::merge;
use merge_oracle::{Edit, check, edited};
use serde_json::Value;

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("HAVEN_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    folder
        .join("r4-examples.ndjson.zst")
        .exists()
        .then_some(folder)
}

fn resources(file: &Path) -> Vec<Value> {
    let mut text = String::new();
    let opened = std::fs::File::open(file).expect("the file is there");
    zstd::Decoder::new(opened)
        .expect("zstd")
        .read_to_string(&mut text)
        .expect("utf-8");
    text.lines()
        .filter_map(|line| haven_model::json::parse(line.as_bytes()).ok())
        .collect()
}

/// A small generator of edits (splitmix64), so that a run can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn edits(&mut self) -> Vec<Edit> {
        (0..self.roll() % 4)
            .map(|_| {
                (
                    self.roll() as u8,
                    (self.roll() >> 16) as u32,
                    self.roll() as u8,
                )
            })
            .collect()
    }
}

/// How many pairs of edits each resource gets; `HAVEN_MERGE_ROUNDS` asks for more.
fn rounds() -> u64 {
    std::env::var("HAVEN_MERGE_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1)
}

#[test]
fn edits_of_real_resources_are_merged_or_shown() {
    let Some(folder) = data() else {
        eprintln!("skipped: no data folder");
        return;
    };
    let mut corpus = resources(&folder.join("r4-examples.ndjson.zst"));
    corpus.extend(resources(&folder.join("patients-nonlatin.ndjson.zst")));
    for kind in [
        "Patient",
        "AllergyIntolerance",
        "MedicationRequest",
        "Observation",
        "DocumentReference",
    ] {
        let file = folder.join(format!("synthea-modern/{kind}.ndjson.zst"));
        if file.exists() {
            corpus.extend(resources(&file).into_iter().take(40));
        }
    }
    let seed = std::env::var("HAVEN_MERGE_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    let mut dice = Dice(seed.unwrap_or(7));
    let (mut merged, mut conflicts) = (0_u32, 0_u32);
    for base in corpus.iter().filter(|base| base.to_string().len() < 12_000) {
        for _ in 0..rounds() {
            let (local, remote) = (edited(base, &dice.edits()), edited(base, &dice.edits()));
            match check(base, &local, &remote).outcome {
                Outcome::Merged => merged += 1,
                Outcome::Conflict => conflicts += 1,
            }
        }
    }
    eprintln!("{merged} merged, {conflicts} in conflict");
    assert!(merged > 0 && conflicts > 0, "both outcomes were met");
}

#[test]
fn a_merge_of_real_resources_is_quick() {
    let Some(folder) = data() else {
        eprintln!("skipped: no data folder");
        return;
    };
    let mut dice = Dice(11);
    let mut pairs = Vec::new();
    for kind in [
        "Patient",
        "Observation",
        "MedicationRequest",
        "Condition",
        "Encounter",
    ] {
        for base in resources(&folder.join(format!("synthea-demo/{kind}.ndjson.zst")))
            .into_iter()
            .take(60)
        {
            let (local, remote) = (edited(&base, &dice.edits()), edited(&base, &dice.edits()));
            pairs.push((base, local, remote));
        }
    }
    let start = Instant::now();
    let passes = 20 * rounds();
    for _ in 0..passes {
        for (base, local, remote) in &pairs {
            std::hint::black_box(merge(Some(base), Some(local), Some(remote)));
        }
    }
    let each =
        start.elapsed() / u32::try_from(pairs.len() as u64 * passes).expect("a small number");
    eprintln!("{} pairs, {each:?} each", pairs.len());
    assert!(
        each.as_millis() < 20,
        "far from the 2 s that the requirement allows"
    );
}
