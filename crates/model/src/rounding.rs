//! Two spellings of one measurement: the same within rounding, and never silently the same.
//!
//! Source: `reference/ux.md` §2 (units: both as entered, with the conversion); UCUM.

use serde_json::Value;

use crate::search::Unit;

/// More decimals than this tell nobody anything.
const MOST_DECIMALS: usize = 4;

/// Two quantities that can be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The second in the unit of the first, one decimal more than the first has; `None` where both have
    /// the same unit.
    pub converted: Option<String>,
    /// Whether they differ by no more than their last digits leave open.
    pub same: bool,
}

struct Quantity<'a> {
    value: f64,
    decimals: usize,
    name: &'a str,
    unit: Unit,
}

/// Compares two FHIR Quantities, bare or below the one member that names them (`valueQuantity`).
/// `None` for what are none, for unlike dimensions, for values with a comparator, and for a number that
/// is written with an exponent, whose last digit tells nothing.
#[must_use]
pub fn compared(one: &Value, other: &Value) -> Option<Comparison> {
    let (one, other) = (Quantity::of(one)?, Quantity::of(other)?);
    if !one.unit.commensurable(&other.unit) {
        return None;
    }
    let (here, there) = (one.value, other.unit.convert(other.value, &one.unit));
    // How far half of its last digit reaches, in the unit of the first.
    let reach = |quantity: &Quantity<'_>| {
        let half = 0.5 * 10_f64.powi(-i32::try_from(quantity.decimals).unwrap_or(0));
        let moved = |by: f64| quantity.unit.convert(quantity.value + by, &one.unit);
        (moved(half) - moved(0.0)).abs()
    };
    // The arithmetic itself rounds, far below any digit that was written.
    let slack = 1e-9 * here.abs().max(1.0);
    let decimals = (one.decimals + 1).min(MOST_DECIMALS);
    Some(Comparison {
        converted: (one.name != other.name).then(|| format!("{there:.decimals$}")),
        same: (here - there).abs() <= reach(&one).max(reach(&other)) + slack,
    })
}

impl<'a> Quantity<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        let members = value.as_object()?;
        let bare = match members.get("value") {
            Some(_) => members,
            None if members.len() == 1 => members.values().next()?.as_object()?,
            None => return None,
        };
        if bare.contains_key("comparator") {
            return None;
        }
        let text = bare.get("value")?.as_number()?.as_str();
        let plain = text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-'));
        let read = |name: &str| bare.get(name).and_then(Value::as_str);
        let (code, unit) = (read("code"), read("unit"));
        Some(Self {
            value: plain.then(|| text.parse().ok())??,
            decimals: text.split_once('.').map_or(0, |(_, digits)| digits.len()),
            name: code.or(unit)?,
            unit: code
                .and_then(Unit::read)
                .or_else(|| unit.and_then(crate::search::written_unit))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn quantity(value: &str, unit: &str) -> Value {
        let number: Value = serde_json::from_str(value).expect("a number");
        json!({"value": number, "unit": unit})
    }

    #[test]
    fn what_rounding_explains_is_the_same_and_says_so_with_the_conversion() {
        let (kilos, pounds) = (quantity("70", "kg"), quantity("154", "lb"));
        assert_eq!(
            compared(&kilos, &pounds),
            Some(Comparison {
                converted: Some("69.9".to_owned()),
                same: true
            })
        );
        let wrapped = json!({"valueQuantity": quantity("36.6", "Cel")});
        let warm = json!({"valueQuantity": quantity("97.9", "[degF]")});
        assert_eq!(
            compared(&wrapped, &warm).map(|found| found.same),
            Some(true)
        );
        let feverish = json!({"valueQuantity": quantity("101.3", "[degF]")});
        assert_eq!(
            compared(&wrapped, &feverish).map(|found| found.same),
            Some(false)
        );
        let finer = compared(&quantity("36.6", "Cel"), &quantity("36.58", "Cel"));
        assert_eq!(
            finer,
            Some(Comparison {
                converted: None,
                same: true
            }),
            "one of them was written with more digits"
        );
        let other = compared(&quantity("36.6", "Cel"), &quantity("36.7", "Cel"));
        assert_eq!(other.map(|found| found.same), Some(false));
    }

    #[test]
    fn what_cannot_be_compared_is_not() {
        let kilos = quantity("70", "kg");
        for other in [
            quantity("70", "cm"),
            quantity("70", "a unit of nobody's"),
            quantity("7e1", "kg"),
            json!({"value": 70, "unit": "kg", "comparator": "<"}),
            json!("70 kg"),
        ] {
            assert_eq!(compared(&kilos, &other), None, "{other}");
        }
    }
}
