//! Systolic above diastolic.

use serde_json::Value;

use super::phrase::say;
use super::{Finding, FindingCode, Severity, codings, has_code};

/// LOINC and SNOMED CT: systolic, diastolic.
const SYSTOLIC: &[&str] = &["8480-6", "271649006"];
const DIASTOLIC: &[&str] = &["8462-4", "271650006"];

/// A panel whose systolic value is not above its diastolic one, in the same unit.
pub(super) fn findings(observation: &Value) -> Vec<Finding> {
    if observation.get("resourceType").and_then(Value::as_str) != Some("Observation") {
        return Vec::new();
    }
    let components = observation.get("component").and_then(Value::as_array);
    let components = components.map(Vec::as_slice).unwrap_or_default();
    let part = |codes: &[&str]| {
        let found = components
            .iter()
            .find(|component| has_code(component.get("code"), codes))?;
        let quantity = found.get("valueQuantity")?;
        let value: f64 = quantity.get("value")?.as_number()?.as_str().parse().ok()?;
        let unit = quantity.get("code").or_else(|| quantity.get("unit"));
        let (_, code) = codings(found.get("code")?).next()?;
        Some((
            value,
            unit,
            format!("Observation.component[code={code}].value"),
        ))
    };
    let (Some((systolic, unit, high)), Some((diastolic, other_unit, low))) =
        (part(SYSTOLIC), part(DIASTOLIC))
    else {
        return Vec::new();
    };
    if systolic > diastolic || unit != other_unit {
        return Vec::new();
    }
    vec![Finding {
        code: FindingCode::PressureOrder,
        severity: Severity::Blocker,
        message: say("The systolic pressure is not above the diastolic. One of the two is likely to be wrong, or they are of different measurements.").to_owned(),
        paths: vec![high, low],
    }]
}
