//! Numbers and quantities, compared to the precision they are written with.
//!
//! Source: FHIR R4 Search §3.1.1.4.3 (number) and 3.1.1.4.11 (quantity).

use serde_json::Value;

use super::date::Prefix;
use super::unit::{Unit, written};

/// UCUM's own system.
const UCUM: &str = "http://unitsofmeasure.org";

/// Two numbers nearer to each other than this share of them are one: what converting units loses.
const NOISE: f64 = 1e-9;

/// A number of a query: its value, and half of the last digit it is written to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    value: f64,
    half_digit: f64,
}

/// What stands in a resource: a value, or all between two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Span {
    pub(super) fn point(value: f64) -> Self {
        Self {
            low: value,
            high: value,
        }
    }

    fn map(self, change: impl Fn(f64) -> f64) -> Self {
        Self {
            low: change(self.low),
            high: change(self.high),
        }
    }
}

fn same(left: f64, right: f64) -> bool {
    left == right
        || left.is_finite()
            && right.is_finite()
            && (left - right).abs() <= NOISE * left.abs().max(right.abs())
}

impl Measured {
    /// Reads a decimal: `5.4`, `-3`, `1e2`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let plausible = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        let value: f64 = plausible.then(|| text.parse().ok()).flatten()?;
        if !value.is_finite() {
            return None;
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let decimals = mantissa
            .split_once('.')
            .map_or(0, |(_, fraction)| fraction.len());
        let last = exponent - i32::try_from(decimals).ok()?;
        Some(Self {
            value,
            half_digit: 0.5 * 10f64.powi(last),
        })
    }

    pub(super) fn holds(self, prefix: Prefix, found: Span) -> bool {
        let (value, half) = (self.value, self.half_digit);
        let inside = || {
            let (low, high) = (value - half, value + half);
            (found.low > low || same(found.low, low))
                && (same(found.high, value) || (found.high < high && !same(found.high, high)))
        };
        match prefix {
            Prefix::Eq => inside(),
            Prefix::Ne => !inside(),
            Prefix::Gt => found.high > value && !same(found.high, value),
            Prefix::Lt => found.low < value && !same(found.low, value),
            Prefix::Ge => found.high > value || same(found.high, value),
            Prefix::Le => found.low < value || same(found.low, value),
            Prefix::Sa => found.low > value && !same(found.low, value),
            Prefix::Eb => found.high < value && !same(found.high, value),
            Prefix::Ap => {
                let tenth = 0.1 * value.abs();
                found.low <= value + tenth && found.high >= value - tenth
            }
        }
    }
}

/// A quantity of a query: `5.4|http://unitsofmeasure.org|mg`, `5.4||mg` or `5.4`.
#[derive(Clone, Debug)]
pub struct Amount {
    number: Measured,
    system: Option<String>,
    unit: Option<String>,
}

impl Amount {
    pub(super) fn read(parts: &[String]) -> Option<Self> {
        let (number, system, unit) = match parts {
            [number] => (number, None, None),
            [number, system, unit] => (number, Some(system), Some(unit)),
            _ => return None,
        };
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        let (system, unit) = (system.and_then(given), unit.and_then(given));
        if system.is_some() && unit.is_none() {
            return None;
        }
        Some(Self {
            number: Measured::read(number)?,
            system,
            unit,
        })
    }

    /// Whether a Quantity, Range or Money is `prefix` this amount, units converted where UCUM can.
    pub(super) fn matches(&self, prefix: Prefix, value: &Value) -> bool {
        if value.get("low").is_some() || value.get("high").is_some() {
            let bound = |name: &str| value.get(name).and_then(|bound| self.span(bound));
            let (low, high) = (bound("low"), bound("high"));
            if (value.get("low").is_some() && low.is_none())
                || (value.get("high").is_some() && high.is_none())
            {
                return false;
            }
            return self.number.holds(
                prefix,
                Span {
                    low: low.map_or(f64::NEG_INFINITY, |span| span.low),
                    high: high.map_or(f64::INFINITY, |span| span.high),
                },
            );
        }
        self.span(value)
            .is_some_and(|span| self.number.holds(prefix, span))
    }

    /// The quantity in the unit of the query; `None` where it is of another dimension.
    fn span(&self, quantity: &Value) -> Option<Span> {
        let value = quantity.get("value")?.as_f64()?;
        let span = match quantity.get("comparator").and_then(Value::as_str) {
            Some("<" | "<=") => Span {
                low: f64::NEG_INFINITY,
                high: value,
            },
            Some(">" | ">=") => Span {
                low: value,
                high: f64::INFINITY,
            },
            _ => Span::point(value),
        };
        let text = |name: &str| quantity.get(name).and_then(Value::as_str);
        let Some(wanted) = self.unit.as_deref() else {
            return Some(span);
        };
        let system = text("system");
        if self.system.is_some() && self.system.as_deref() != system {
            return None;
        }
        // Money has its unit in `currency`.
        let code = text("code").or_else(|| text("currency"));
        if code == Some(wanted) || (self.system.is_none() && text("unit") == Some(wanted)) {
            return Some(span);
        }
        let of_ucum = |system: Option<&str>| system.is_none_or(|system| system == UCUM);
        if !of_ucum(system) || !of_ucum(self.system.as_deref()) {
            return None;
        }
        let from = code
            .and_then(Unit::read)
            .or_else(|| text("unit").and_then(written))?;
        let to = Unit::read(wanted).or_else(|| written(wanted))?;
        from.commensurable(&to)
            .then(|| span.map(|value| from.convert(value, &to)))
    }
}

/// The number by which a quantity sorts: in base units where UCUM knows its unit.
pub(super) fn sort_number(quantity: &Value) -> Option<f64> {
    let value = quantity.get("value")?.as_f64()?;
    let unit = quantity
        .get("code")
        .and_then(Value::as_str)
        .and_then(Unit::read);
    Some(unit.map_or(value, |unit| unit.to_base(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(query: &str, quantity: &Value) -> bool {
        let (prefix, rest) = Prefix::split(query);
        let parts: Vec<String> = rest.split('|').map(str::to_owned).collect();
        Amount::read(&parts)
            .expect("an amount")
            .matches(prefix, quantity)
    }

    #[test]
    fn digits_written_tell_the_precision() {
        let value = |number: f64| json!({"value": number});
        assert!(found("100", &value(100.4)) && !found("100", &value(100.5)));
        assert!(found("100.0", &value(100.04)) && !found("100.0", &value(100.4)));
        assert!(found("1e2", &value(96.0)), "one digit that counts");
        assert!(!found("gt100", &value(100.0)) && found("gt100", &value(100.1)));
        assert!(found("ap100", &value(91.0)) && !found("ap100", &value(89.0)));
    }

    #[test]
    fn units_of_one_dimension_are_one() {
        let ucum = |value: f64, code: &str| json!({"value": value, "system": UCUM, "code": code});
        assert!(found(
            "5.4|http://unitsofmeasure.org|g",
            &ucum(5400.0, "mg")
        ));
        assert!(found("eq37.0||Cel", &ucum(98.6, "[degF]")));
        assert!(
            !found("gt37.0||Cel", &ucum(98.6, "[degF]")),
            "equal is not greater"
        );
        assert!(found("gt1||m", &ucum(180.0, "cm")));
        assert!(found("120||mm[Hg]", &json!({"value": 120, "unit": "mmHg"})));
        assert!(found("ge15||kPa", &ucum(120.0, "mm[Hg]")));
        assert!(
            found("7||mmol/L", &ucum(7.0, "mmol/l")),
            "both spellings of the litre"
        );
        assert!(!found("5||mg", &ucum(5.0, "mmol")), "mass is not amount");
        assert!(!found("5|http://other|mg", &ucum(5.0, "mg")));
    }

    #[test]
    fn a_comparator_and_a_range_reach_as_far_as_they_say() {
        let under = json!({"value": 5, "comparator": "<", "unit": "mg"});
        assert!(found("lt3||mg", &under) && !found("gt6||mg", &under));
        let range = json!({"low": {"value": 2, "unit": "a"}, "high": {"value": 4, "unit": "a"}});
        assert!(found("gt3", &range) && !found("sa3", &range) && found("lt3", &range));
    }
}
