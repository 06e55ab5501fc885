//! Real records, from several makers, pass the validator without an error.
//!
//! The records lie outside the project: in `HAVEN_TEST_DATA`, else in `../shared/data` beside the
//! workspace. Without them the tests say so and pass.

#![expect(clippy::print_stderr, reason = "a skipped test says why")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Instant;

use haven_model::display::{field_label, field_value, resource_kind, resource_title};
use haven_model::validate::{Severity, validate};
use haven_model::vitals::{Flag, VitalKind, reading};
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

/// In debug builds a part of the large sets is enough; in release builds all records are read.
fn step(file: &Path) -> usize {
    let within = |set: &str| file.components().any(|part| part.as_os_str() == set);
    match cfg!(debug_assertions) {
        true if within("synthea-main") => 80,
        true if within("synthea-demo") || within("synthea-modern") => 5,
        _ => 1,
    }
}

#[test]
fn no_real_record_is_refused() {
    let Some(folder) = data() else { return };
    let start = Instant::now();
    let types = haven_model::definitions::r4().resource_types().count();
    eprintln!("definitions of {types} types read in {:?}", start.elapsed());
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
    assert!(checked > 5_000, "the data sets were found");
    assert!(errors.is_empty(), "real data is refused: {errors:#?}");
}

#[test]
fn every_real_record_has_words_and_every_vital_sign_is_read() {
    let Some(folder) = data() else { return };
    let vitals = [
        "55284-4", "85354-9", "8302-2", "29463-7", "39156-5", "8331-1", "8310-5", "72514-3",
        "9279-1", "8867-4", "2708-6",
    ];
    let (mut read, mut told) = (0_usize, 0_usize);
    for file in files(&folder) {
        for resource in resources(&file) {
            let title = resource_title(&resource);
            assert!(
                !title.is_empty() && !title.contains('{'),
                "a title is words"
            );
            assert!(!resource_kind(&resource).is_empty());
            let kind = resource["resourceType"].as_str().expect("has a type");
            for (member, value) in resource.as_object().expect("an object") {
                let path = format!("{kind}.{member}");
                assert!(!field_label(&path).is_empty(), "{path} has a label");
                let words = field_value(&path, value);
                assert!(!words.is_empty(), "{path} has words");
                told += 1;
            }
            let code = resource
                .pointer("/code/coding/0/code")
                .and_then(Value::as_str);
            let synthea = file.to_string_lossy().contains("synthea");
            let measured = resource.pointer("/valueQuantity/value").is_some()
                || resource
                    .pointer("/component/0/valueQuantity/value")
                    .is_some();
            let vital = code.is_some_and(|code| vitals.contains(&code));
            if synthea && kind == "Observation" && vital && measured {
                let reading = reading(&resource).expect("a vital sign of a known unit is read");
                assert!(!reading.converted, "Synthea writes UCUM units of the chart");
                if reading.kind == VitalKind::BloodPressure {
                    assert_eq!(
                        reading.flag(None),
                        Flag::NoRange,
                        "without an age nothing is normal"
                    );
                }
                read += 1;
            }
        }
    }
    eprintln!("{told} values told, {read} vital signs read");
    assert!(read > 500, "vital signs were found");
}
