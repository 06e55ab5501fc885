//! Real records, from several makers, pass the validator without an error.
//!
//! The records lie outside the project: in `HAVEN_TEST_DATA`, else in `../shared/data` beside the
//! workspace. Without them the tests say so and pass.

#![expect(clippy::print_stderr, reason = "a skipped test says why")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Instant;

use haven_model::validate::{Severity, validate};
use serde_json::Value;

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("HAVEN_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no test data (set HAVEN_TEST_DATA)");
    None
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("an entry").path())
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.to_string_lossy().ends_with(".ndjson.zst"))
        .collect();
    found.sort();
    found
}

fn resources(file: &Path) -> impl Iterator<Item = Value> + use<> {
    let packed = std::fs::File::open(file).expect("the file opens");
    let reader = zstd::Decoder::new(packed).expect("zstd");
    BufReader::new(reader)
        .lines()
        .map(|line| line.expect("a line"))
        .filter(|line| !line.trim().is_empty())
        .step_by(step(file))
        .map(|line| haven_model::json::parse(line.as_bytes()).expect("strict JSON"))
}

/// In debug builds every fortieth record of the large set is enough; in release builds all are.
fn step(file: &Path) -> usize {
    let large = file
        .components()
        .any(|part| part.as_os_str() == "synthea-main");
    if large && cfg!(debug_assertions) {
        40
    } else {
        1
    }
}

#[test]
fn no_real_record_is_refused() {
    let Some(folder) = data() else { return };
    let mut errors: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut warnings: BTreeMap<String, usize> = BTreeMap::new();
    let mut checked = 0_usize;
    let mut took = std::time::Duration::ZERO;
    for file in files(&folder) {
        for resource in resources(&file) {
            let start = Instant::now();
            let issues = validate(&resource);
            took += start.elapsed();
            checked += 1;
            for issue in issues {
                let place = issue.path.replace(|c: char| c.is_ascii_digit(), "");
                let what = format!("{place}: {}", issue.message);
                if issue.severity == Severity::Error {
                    let id = resource["id"].as_str().unwrap_or("?").to_owned();
                    let seen = errors.entry(what).or_insert((0, id));
                    seen.0 += 1;
                } else {
                    *warnings.entry(what).or_default() += 1;
                }
            }
        }
    }
    eprintln!("{checked} resources in {took:?}; warnings: {warnings:#?}");
    assert!(checked > 10_000, "the data sets were found");
    assert!(errors.is_empty(), "real data is refused: {errors:#?}");
}
