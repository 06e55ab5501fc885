//! How long searches take on real data: `HAVEN_SEARCH_SPEED=1 cargo test --release -p haven-store
//! --test search_speed -- --nocapture`. Prints milliseconds; holds nothing to them, as machines differ.

#![expect(clippy::print_stderr, reason = "a measurement is printed")]

mod clinic;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clinic::*;
use haven_model::Resource;
use haven_store::{OpKind, PatientQuery, Store, StoreError};
use serde_json::json;

fn median_ms(mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn import(store: &Store, folder: &Path) -> (usize, usize) {
    let (mut count, mut raw_bytes) = (0, 0);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    for file in files {
        let opened = std::fs::File::open(file).expect("a file");
        let lines: Vec<String> = BufReader::new(zstd::Decoder::new(opened).expect("zstd"))
            .lines()
            .map(|line| line.expect("a line"))
            .collect();
        for chunk in lines.chunks(2_000) {
            store
                .transact(op(OpKind::Import), |tx| {
                    for line in chunk {
                        raw_bytes += line.len();
                        count += 1;
                        tx.edit(Resource::parse(line.as_bytes())?)?;
                    }
                    Ok::<_, StoreError>(())
                })
                .expect("kept");
        }
    }
    (count, raw_bytes)
}

#[test]
fn searches_of_a_whole_clinic() {
    let folder = std::env::var_os("HAVEN_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder = folder.join("synthea-main");
    if std::env::var_os("HAVEN_SEARCH_SPEED").is_none() || !folder.exists() {
        eprintln!("skipped: HAVEN_SEARCH_SPEED is not set, or there is no data folder");
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    let start = Instant::now();
    let (count, raw_bytes) = import(&store, &folder);
    let seconds = start.elapsed().as_secs_f64();
    eprintln!(
        "{count} resources in {seconds:.1} s, {:.0}/s",
        count as f64 / seconds
    );
    let names = [
        "Smith", "Garcia", "Okafor", "Müller", "Nakamura", "Haddad", "Kowalski", "Rossi",
    ];
    store
        .transact(op(OpKind::Import), |tx| {
            for n in 0..20_000_u32 {
                let family = format!("{}{}", names[n as usize % 8], n / 8 % 500);
                tx.edit(resource(
                    &json!({"resourceType": "Patient", "id": format!("x{n}"),
                    "name": [{"family": family, "given": [format!("Given{}", n % 300)]}],
                    "birthDate": format!("{}-07-25", 1930 + n % 90), "gender": "female"}),
                ))?;
            }
            Ok::<_, StoreError>(())
        })
        .expect("kept");
    let size: u64 = ["store.db", "store.db-wal"]
        .iter()
        .filter_map(|name| std::fs::metadata(dir.path().join(name)).ok())
        .map(|file| file.len())
        .sum();
    eprintln!(
        "{:.3} of {raw_bytes} raw bytes, 20,000 more patients included",
        size as f64 / raw_bytes as f64
    );
    let mut busiest = (0, String::new());
    let patients = store
        .search("Patient", &[("_count".to_owned(), "200".to_owned())])
        .expect("patients");
    for patient in &patients.resources {
        let length = store.chart(&patient.key.id).expect("a chart").len();
        busiest = busiest.max((length, patient.key.id.clone()));
    }
    let chart = store.chart(&busiest.1).expect("a chart");
    let encounter = chart
        .iter()
        .find(|stored| stored.key.resource_type == "Encounter")
        .expect("an encounter");
    eprintln!("the longest chart of 200 has {} resources", busiest.0);
    let patient = busiest.1.as_str();
    let visit = encounter.key.to_string();
    let queries: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("Patient", vec![("_count", "50")]),
        ("Patient", vec![("name", "gar"), ("_count", "50")]),
        ("Patient", vec![("name", "garcia1"), ("gender", "female")]),
        ("Patient", vec![("birthdate", "1962-07-25")]),
        ("Patient", vec![("_id", patient)]),
        ("Observation", vec![("patient", patient)]),
        ("Observation", vec![("subject", patient)]),
        (
            "Observation",
            vec![("patient", patient), ("code", "http://loinc.org|8302-2")],
        ),
        (
            "Observation",
            vec![
                ("patient", patient),
                ("code", "8302-2"),
                ("date", "ge2010"),
                ("_sort", "-date"),
            ],
        ),
        (
            "Observation",
            vec![
                ("patient", patient),
                ("category", "vital-signs"),
                ("_sort", "-date"),
            ],
        ),
        (
            "Observation",
            vec![("patient", patient), ("value-quantity", "gt100")],
        ),
        ("Observation", vec![("encounter", visit.as_str())]),
        ("Observation", vec![("code", "8302-2"), ("_count", "50")]),
        (
            "Observation",
            vec![("code", "8302-2"), ("_sort", "-date"), ("_count", "50")],
        ),
        ("Observation", vec![("date", "2015-03-04")]),
        ("Observation", vec![("date", "ge2015"), ("_count", "50")]),
        (
            "Observation",
            vec![("category", "vital-signs"), ("_count", "50")],
        ),
        ("Observation", vec![("_sort", "-date"), ("_count", "50")]),
        (
            "Observation",
            vec![
                ("code", "8302-2"),
                ("value-quantity", "gt1.8||m"),
                ("_count", "50"),
            ],
        ),
        (
            "Observation",
            vec![("subject:Patient.name", "abe"), ("_count", "50")],
        ),
        (
            "Condition",
            vec![("patient", patient), ("clinical-status", "active")],
        ),
        (
            "Patient",
            vec![("_id", patient), ("_revinclude", "Observation:patient")],
        ),
        (
            "Observation",
            vec![("status", "final"), ("value-quantity", "gt100")],
        ),
    ];
    for (resource_type, query) in queries {
        let pairs: Vec<(String, String)> = query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let page = store.search(resource_type, &pairs).expect("a page");
        let ms = median_ms(|| drop(store.search(resource_type, &pairs)));
        let shown: Vec<_> = query
            .iter()
            .filter(|(_, value)| *value != patient)
            .collect();
        eprintln!(
            "{ms:8.2} ms  {:6} found  {resource_type}?{shown:?}",
            page.total
        );
    }
    for typed in [
        "",
        "g",
        "gar",
        "garcia12",
        "gracia12",
        "smith given7",
        "kowalsky",
        "1962-07-25",
        "nobody",
    ] {
        let query = PatientQuery {
            text: typed.to_owned(),
            ..PatientQuery::default()
        };
        let page = store.patients(&query).expect("a list");
        let ms = median_ms(|| drop(store.patients(&query)));
        eprintln!("{ms:8.2} ms  {:6} found  typed {typed:?}", page.total);
    }
}
