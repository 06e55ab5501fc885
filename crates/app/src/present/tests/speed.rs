use std::time::Instant;

use serde_json::json;

use super::{Scene, enrique, pressure, stored};
use crate::present::{ChartInput, chart};
use crate::view::ConnectionState;

/// What a chart of 500 resources may take, in milliseconds, in a release build.
const BUDGET_MS: u128 = 30;

#[test]
fn a_chart_of_500_resources_opens_at_once() {
    let scene = Scene::new(ConnectionState::Connected);
    let patient = stored(&enrique());
    let resources: Vec<_> = (0..500)
        .map(|n| {
            let day = format!(
                "{}-{:02}-{:02}T10:00:00Z",
                2000 + n / 20,
                1 + n % 12,
                1 + n % 28
            );
            match n % 4 {
                0 => stored(&pressure(&format!("p{n}"), &day, 120 + n / 10, 80)),
                1 => stored(&json!({"resourceType": "Encounter", "id": format!("e{n}"),
                    "status": "finished", "class": {"code": "AMB"}, "period": {"start": day}})),
                2 => stored(
                    &json!({"resourceType": "Observation", "id": format!("o{n}"),
                    "status": "final", "category": [{"coding": [{"code": "laboratory"}]}],
                    "code": {"text": "Potassium"}, "effectiveDateTime": day,
                    "valueQuantity": {"value": 4.1, "unit": "mmol/L"}}),
                ),
                _ => stored(&json!({"resourceType": "Condition", "id": format!("c{n}"),
                    "code": {"text": "Sinusitis"}, "onsetDateTime": day})),
            }
        })
        .collect();
    let input = ChartInput {
        patient: &patient,
        resources: &resources,
        conflicts: &[],
        outbox: &[],
        similar_name: false,
        whole: true,
        complete: true,
    };
    // The best of several runs: a busy machine slows single ones.
    let best = (0..5)
        .map(|_| {
            let start = Instant::now();
            let view = chart(&input, scene.backdrop());
            assert_eq!(view.encounters.len(), 125);
            assert_eq!(view.vitals.readings.len(), 125);
            assert_eq!(view.timeline.len(), 30);
            start.elapsed()
        })
        .min()
        .unwrap_or_default();
    if cfg!(not(debug_assertions)) {
        assert!(best.as_millis() < BUDGET_MS, "took {best:?}");
    }
}
