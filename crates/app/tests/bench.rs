//! `haven bench` measures every row of design §10 that concerns store, sync and merge, on any data.

use haven_app::bench::{BenchOptions, bench};

/// Name, unit, target, and the target of the ratio to plain SQLite.
const PROMISED: [(&str, &str, f64, Option<f64>); 15] = [
    ("seal one resource", "ms", 0.05, None),
    ("open one resource", "ms", 0.05, None),
    ("save one observation", "ms", 20.0, Some(2.2)),
    ("bulk import", "resources/s", 15_000.0, Some(1.4)),
    ("storage against the raw JSON", "×", 0.6, Some(0.4)),
    ("patient list, page of 50", "ms", 10.0, Some(1.5)),
    ("patient search, page of 50", "ms", 10.0, Some(1.5)),
    ("chart as bytes", "ms", 10.0, Some(2.0)),
    ("automatic merge of one pair", "ms", 0.05, None),
    ("sync 100 resources", "s", 0.5, None),
    ("first sync", "resources/s", 10_000.0, Some(1.7)),
    ("wire bytes of one edit", "bytes", 2_000.0, None),
    ("wire bytes of one record received", "bytes", 500.0, None),
    ("unlock to first list", "ms", 100.0, None),
    ("resident memory", "MB", 150.0, None),
];

#[test]
fn a_small_run_has_every_row_in_its_shape() {
    let answer = bench(&BenchOptions {
        data: None,
        resources: Some(2_000),
    })
    .expect("measures");
    let shape: Vec<_> = answer
        .rows
        .iter()
        .map(|row| (row.name, row.unit, row.target, row.ratio_target))
        .collect();
    assert_eq!(
        shape, PROMISED,
        "design §10, as far as it is about store, sync and merge"
    );
    let json = serde_json::to_value(&answer).expect("JSON");
    for member in ["rows", "machine", "commit"] {
        assert!(json.get(member).is_some(), "{member} is part of the answer");
    }
    for row in &answer.rows {
        let is_told = row.value.is_some() || row.note.is_some();
        assert!(is_told, "{} is measured, or says why not", row.name);
        assert!(
            row.value
                .is_none_or(|value| value.is_finite() && value > 0.0),
            "{} is a figure",
            row.name
        );
    }
}
