//! A unit that is another than before for the same code.

use serde_json::Value;

use super::phrase::{say, say_with};
use super::{Context, Finding, FindingCode, Severity, codings, type_of, words};

/// A value with its code, its number as written and its unit.
struct Measured<'a> {
    code: (&'a str, &'a str),
    name: &'a str,
    number: &'a str,
    unit: &'a str,
    path: String,
}

/// Values whose unit differs from that of the base, or from the patient's other values of that code.
pub(super) fn findings(result: &Value, context: &Context<'_>) -> Vec<Finding> {
    if type_of(result) != "Observation" {
        return Vec::new();
    }
    let mut found = context
        .base
        .map_or_else(Vec::new, |base| changed(base, result));
    let others: Vec<Measured> = context
        .beside
        .iter()
        .filter(|other| type_of(other) == "Observation" && other.get("id") != result.get("id"))
        .flat_map(|other| measured(other))
        .collect();
    for now in measured(result) {
        let alike = |other: &&Measured| other.code == now.code && !now.code.1.is_empty();
        let mut elsewhere = others.iter().filter(alike).peekable();
        let Some(other) = elsewhere.peek().copied() else {
            continue;
        };
        if elsewhere.all(|other| other.unit != now.unit) {
            let (name, was, unit) = (now.name, other.unit, now.unit);
            found.push(Finding {
                code: FindingCode::UnitChanged,
                severity: Severity::Warning,
                message: say_with(
                    "{} is given in {} here, and in {} elsewhere in this chart.",
                    &[name, unit, was].map(str::to_owned),
                ),
                paths: vec![now.path],
            });
        }
    }
    found
}

/// Values whose unit is not that of the earlier version.
pub(crate) fn changed(before: &Value, after: &Value) -> Vec<Finding> {
    let before = measured(before);
    let mut found = Vec::new();
    for now in measured(after) {
        let was = before.iter().find(|was| was.code == now.code);
        let Some(was) = was.filter(|was| was.unit != now.unit) else {
            continue;
        };
        let names = [now.name, was.unit, now.unit].map(str::to_owned);
        let (severity, message) = if was.number == now.number {
            let suspicious = say_with(
                "The unit of {} changed from {} to {} while the number stayed the same.",
                &names,
            );
            (Severity::Blocker, suspicious)
        } else {
            let changed = say_with("The unit of {} changed from {} to {}.", &names);
            (Severity::Warning, changed)
        };
        found.push(Finding {
            code: FindingCode::UnitChanged,
            severity,
            message,
            paths: vec![now.path],
        });
    }
    found
}

fn measured(observation: &Value) -> Vec<Measured<'_>> {
    let components = observation.get("component").and_then(Value::as_array);
    let whole = std::iter::once((observation, true));
    let parts = components.into_iter().flatten().map(|part| (part, false));
    whole
        .chain(parts)
        .filter_map(|(part, whole)| {
            let quantity = part.get("valueQuantity")?;
            // Of a document read in part the code is left out where no one changed it.
            let concept = part.get("code");
            let code = match concept {
                Some(concept) => codings(concept).next()?,
                None if whole => ("", ""),
                None => return None,
            };
            let unit = quantity.get("code").or_else(|| quantity.get("unit"))?;
            Some(Measured {
                code,
                name: concept.and_then(words).unwrap_or_else(|| say("this value")),
                number: quantity.get("value")?.as_number()?.as_str(),
                unit: unit.as_str()?,
                path: if whole {
                    "Observation.value".to_owned()
                } else {
                    format!("Observation.component[code={}].value", code.1)
                },
            })
        })
        .collect()
}
