//! `haven bench` measures every row of design §10 that concerns store, sync and merge, on any data.

use haven_app::bench::{BenchOptions, bench};

#[test]
fn a_small_run_has_every_row_in_its_shape() {
    let answer = bench(&BenchOptions {
        data: None,
        resources: Some(2_000),
    })
    .expect("measures");
    let shape: Vec<String> = answer
        .rows
        .iter()
        .map(|row| {
            format!(
                "{} [{}] {} {:?}",
                row.name, row.unit, row.target, row.ratio_target
            )
        })
        .collect();
    insta::assert_snapshot!(shape.join("\n"));
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
