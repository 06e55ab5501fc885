//! Units of UCUM as a factor and a dimension, so that quantities of one dimension compare.
//!
//! Source: The Unified Code for Units of Measure 2.1, the units met in clinical data; factors exact
//! where UCUM's are. An arbitrary unit (`[IU]`) is a dimension of its own.

use std::collections::BTreeMap;

/// A unit: value in base units = (value + offset) × factor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unit {
    factor: f64,
    offset: f64,
    dimension: BTreeMap<String, i32>,
}

/// Units with their factor and what they are made of; `true` where a metric prefix may stand.
const UNITS: &[(&str, bool, f64, &str)] = &[
    ("m", true, 1.0, "m"),
    ("s", true, 1.0, "s"),
    ("g", true, 1.0, "g"),
    ("K", true, 1.0, "K"),
    ("mol", true, 1.0, "mol"),
    ("C", true, 1.0, "C"),
    ("cd", true, 1.0, "cd"),
    ("rad", true, 1.0, "rad"),
    ("deg", false, std::f64::consts::PI / 180.0, "rad"),
    ("min", false, 60.0, "s"),
    ("h", false, 3_600.0, "s"),
    ("d", false, 86_400.0, "s"),
    ("wk", false, 604_800.0, "s"),
    ("mo", false, 2_629_800.0, "s"),
    ("a", false, 31_557_600.0, "s"),
    ("L", true, 1e-3, "m3"),
    ("l", true, 1e-3, "m3"),
    ("t", true, 1e6, "g"),
    ("%", false, 1e-2, ""),
    ("[ppth]", false, 1e-3, ""),
    ("[ppm]", false, 1e-6, ""),
    ("[ppb]", false, 1e-9, ""),
    ("N", true, 1e3, "g m s-2"),
    ("Pa", true, 1e3, "g m-1 s-2"),
    ("bar", true, 1e8, "g m-1 s-2"),
    ("atm", false, 101_325_000.0, "g m-1 s-2"),
    ("m[Hg]", true, 133_322_000.0, "g m-1 s-2"),
    ("m[H2O]", true, 9_806_650.0, "g m-1 s-2"),
    ("[psi]", false, 6_894_757.293_168_359, "g m-1 s-2"),
    ("J", true, 1e3, "g m2 s-2"),
    ("cal", true, 4_184.0, "g m2 s-2"),
    ("[Cal]", false, 4_184_000.0, "g m2 s-2"),
    ("eV", true, 1.602_176_634e-16, "g m2 s-2"),
    ("W", true, 1e3, "g m2 s-3"),
    ("Hz", true, 1.0, "s-1"),
    ("Bq", true, 1.0, "s-1"),
    ("Ci", true, 3.7e10, "s-1"),
    ("Gy", true, 1.0, "m2 s-2"),
    ("Sv", true, 1.0, "m2 s-2"),
    ("A", true, 1.0, "C s-1"),
    ("V", true, 1e3, "g m2 s-2 C-1"),
    ("Ohm", true, 1e3, "g m2 s-1 C-2"),
    ("St", true, 1e-4, "m2 s-1"),
    ("P", true, 100.0, "g m-1 s-1"),
    ("dyn", true, 1e-2, "g m s-2"),
    ("kat", true, 1.0, "mol s-1"),
    ("U", true, 1e-6 / 60.0, "mol s-1"),
    ("eq", true, 1.0, "mol"),
    ("osm", true, 1.0, "mol"),
    ("[IU]", true, 1.0, "[IU]"),
    ("[iU]", true, 1.0, "[IU]"),
    ("[in_i]", false, 0.0254, "m"),
    ("[in_us]", false, 100.0 / 3_937.0, "m"),
    ("[ft_i]", false, 0.3048, "m"),
    ("[ft_us]", false, 1_200.0 / 3_937.0, "m"),
    ("[yd_i]", false, 0.9144, "m"),
    ("[mi_i]", false, 1_609.344, "m"),
    ("[lb_av]", false, 453.592_37, "g"),
    ("[oz_av]", false, 28.349_523_125, "g"),
    ("[gr]", false, 0.064_798_91, "g"),
    ("[stone_av]", false, 6_350.293_18, "g"),
    ("[gal_us]", false, 3.785_411_784e-3, "m3"),
    ("[qt_us]", false, 9.463_529_46e-4, "m3"),
    ("[pt_us]", false, 4.731_764_73e-4, "m3"),
    ("[cup_us]", false, 2.365_882_365e-4, "m3"),
    ("[foz_us]", false, 2.957_352_956_25e-5, "m3"),
    ("[tbs_us]", false, 1.478_676_478_125e-5, "m3"),
    ("[tsp_us]", false, 4.928_921_593_75e-6, "m3"),
    ("[drp]", false, 5e-8, "m3"),
];

const PREFIXES: &[(&str, i32)] = &[
    ("da", 1),
    ("Y", 24),
    ("Z", 21),
    ("E", 18),
    ("P", 15),
    ("T", 12),
    ("G", 9),
    ("M", 6),
    ("k", 3),
    ("h", 2),
    ("d", -1),
    ("c", -2),
    ("m", -3),
    ("u", -6),
    ("n", -9),
    ("p", -12),
    ("f", -15),
    ("a", -18),
];

/// How people write units where they give no UCUM code.
const WRITTEN: &[(&str, &str)] = &[
    ("mmHg", "mm[Hg]"),
    ("mm Hg", "mm[Hg]"),
    ("cmH2O", "cm[H2O]"),
    ("°C", "Cel"),
    ("degC", "Cel"),
    ("°F", "[degF]"),
    ("degF", "[degF]"),
    ("lb", "[lb_av]"),
    ("lbs", "[lb_av]"),
    ("oz", "[oz_av]"),
    ("in", "[in_i]"),
    ("inch", "[in_i]"),
    ("inches", "[in_i]"),
    ("ft", "[ft_i]"),
    ("bpm", "/min"),
    ("beats/min", "/min"),
    ("beats/minute", "/min"),
    ("breaths/min", "/min"),
    ("mcg", "ug"),
    ("µg", "ug"),
    ("μg", "ug"),
    ("IU", "[IU]"),
    ("kg/m²", "kg/m2"),
    ("year", "a"),
    ("years", "a"),
    ("month", "mo"),
    ("months", "mo"),
    ("week", "wk"),
    ("weeks", "wk"),
    ("day", "d"),
    ("days", "d"),
    ("hour", "h"),
    ("hours", "h"),
    ("minute", "min"),
    ("minutes", "min"),
];

/// The unit that a text for people means, where it is a known spelling or a UCUM code.
pub(crate) fn written(text: &str) -> Option<Unit> {
    WRITTEN
        .iter()
        .find(|(spelling, _)| *spelling == text)
        .and_then(|(_, code)| Unit::read(code))
        .or_else(|| Unit::read(text))
}

impl Unit {
    fn scalar(factor: f64) -> Self {
        Self {
            factor,
            offset: 0.0,
            dimension: BTreeMap::new(),
        }
    }

    /// Reads a UCUM code (case sensitive); `None` for a unit that is not known.
    pub(crate) fn read(code: &str) -> Option<Self> {
        match code {
            "Cel" | "[degF]" => {
                let (factor, offset) = if code == "Cel" {
                    (1.0, 273.15)
                } else {
                    (5.0 / 9.0, 459.67)
                };
                let dimension = BTreeMap::from([("K".to_owned(), 1)]);
                return Some(Self {
                    factor,
                    offset,
                    dimension,
                });
            }
            "" => return None,
            _ => {}
        }
        let mut rest = code;
        let unit = expression(&mut rest, 0)?;
        rest.is_empty().then_some(unit)
    }

    fn times(mut self, other: &Self, exponent: i32) -> Self {
        self.factor *= other.factor.powi(exponent);
        for (base, power) in &other.dimension {
            *self.dimension.entry(base.clone()).or_default() += power * exponent;
        }
        self.dimension.retain(|_, power| *power != 0);
        self
    }

    pub(crate) fn commensurable(&self, other: &Self) -> bool {
        self.dimension == other.dimension
    }

    pub(crate) fn to_base(&self, value: f64) -> f64 {
        (value + self.offset) * self.factor
    }

    pub(crate) fn convert(&self, value: f64, to: &Self) -> f64 {
        if self == to {
            return value;
        }
        self.to_base(value) / to.factor - to.offset
    }
}

/// Deeper nesting is no unit.
const MAX_DEPTH: u32 = 8;

fn expression(rest: &mut &str, depth: u32) -> Option<Unit> {
    let mut unit = Unit::scalar(1.0);
    let mut sign = 1;
    if let Some(after) = rest.strip_prefix('/') {
        *rest = after;
        sign = -1;
    }
    loop {
        let part = component(rest, depth)?;
        unit = unit.times(&part, sign);
        match rest.chars().next() {
            Some('.') => sign = 1,
            Some('/') => sign = -1,
            _ => return Some(unit),
        }
        *rest = rest.get(1..)?;
    }
}

fn component(rest: &mut &str, depth: u32) -> Option<Unit> {
    if let Some(after) = rest.strip_prefix('(') {
        if depth == MAX_DEPTH {
            return None;
        }
        *rest = after;
        let unit = expression(rest, depth + 1)?;
        *rest = rest.strip_prefix(')')?;
        return Some(unit);
    }
    let mut in_brackets = false;
    let end = rest
        .find(|letter: char| {
            match letter {
                '[' => in_brackets = true,
                ']' => in_brackets = false,
                _ => {}
            }
            !in_brackets && matches!(letter, '.' | '/' | '(' | ')' | '{')
        })
        .unwrap_or(rest.len());
    let (symbol, after) = rest.split_at(end);
    *rest = after;
    // An annotation says something to people and nothing of the unit.
    let annotated = rest.starts_with('{');
    if annotated {
        *rest = rest.get(rest.find('}')? + 1..)?;
    }
    match symbol {
        "" if annotated => Some(Unit::scalar(1.0)),
        "" => None,
        symbol => powered(symbol),
    }
}

/// A symbol with its exponent: `m2`, `s-1`, `10*3`, `10^9`, or a whole number.
fn powered(symbol: &str) -> Option<Unit> {
    if symbol.bytes().all(|byte| byte.is_ascii_digit()) {
        return symbol.parse().ok().map(Unit::scalar);
    }
    let base_end = symbol
        .trim_end_matches(|letter: char| letter.is_ascii_digit())
        .trim_end_matches(['+', '-'])
        .len();
    let (base, exponent) = symbol.split_at(base_end);
    let exponent: i32 = match exponent {
        "" => 1,
        digits => digits.trim_start_matches('+').parse().ok()?,
    };
    if exponent.unsigned_abs() > 30 {
        return None;
    }
    let unit = match base {
        "10*" | "10^" => Unit::scalar(10.0),
        base => atom(base)?,
    };
    Some(Unit::scalar(1.0).times(&unit, exponent))
}

fn atom(symbol: &str) -> Option<Unit> {
    let known = |symbol: &str| UNITS.iter().find(|(code, ..)| *code == symbol);
    if let Some((_, _, factor, made_of)) = known(symbol) {
        return Some(of(*factor, made_of));
    }
    let prefixed = PREFIXES.iter().find_map(|(prefix, power)| {
        let (_, metric, factor, made_of) = known(symbol.strip_prefix(prefix)?)?;
        metric.then(|| of(factor * 10f64.powi(*power), made_of))
    });
    // An arbitrary unit equals itself and nothing else.
    prefixed.or_else(|| {
        (symbol.starts_with('[') && symbol.ends_with(']')).then(|| {
            let mut unit = Unit::scalar(1.0);
            unit.dimension.insert(symbol.to_owned(), 1);
            unit
        })
    })
}

fn of(factor: f64, made_of: &str) -> Unit {
    let mut unit = Unit::scalar(factor);
    for part in made_of.split_whitespace() {
        let name = part.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '-');
        let power = part.get(name.len()..).and_then(|power| power.parse().ok());
        unit.dimension.insert(name.to_owned(), power.unwrap_or(1));
    }
    unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_met_in_charts_convert() {
        for (value, from, to, expected) in [
            (1.0, "kg", "g", 1000.0),
            (70.0, "kg", "[lb_av]", 154.323_583_529_414_3),
            (5.5, "mmol/L", "umol/dL", 550.0),
            (140.0, "meq/L", "mmol/L", 140.0),
            (120.0, "mm[Hg]", "kPa", 15.99864),
            (98.6, "[degF]", "Cel", 37.0),
            (4.5, "10*3/uL", "10*9/L", 4.5),
            (1.0, "g/dL", "mg/mL", 10.0),
            (72.0, "{beats}/min", "/min", 72.0),
            (90.0, "mL/min/{1.73_m2}", "mL/min", 90.0),
            (1.0, "mL/(kg.h)", "L/kg/h", 0.001),
            (1.0, "a", "d", 365.25),
            (50.0, "%", "1", 0.5),
        ] {
            let (from, to) = (Unit::read(from).expect(from), Unit::read(to).expect(to));
            assert!(from.commensurable(&to));
            let got = from.convert(value, &to);
            assert!(
                (got - expected).abs() <= 1e-9 * expected.abs(),
                "{got} is not {expected}"
            );
        }
        for (left, right) in [
            ("mg", "mmol"),
            ("[IU]/L", "U/L"),
            ("[beth'U]", "[CFU]"),
            ("Cel", "g"),
        ] {
            let (left, right) = (
                Unit::read(left).expect(left),
                Unit::read(right).expect(right),
            );
            assert!(!left.commensurable(&right));
        }
        for wrong in [
            "",
            "mg/",
            "bananas",
            "((((((((((g))))))))))",
            "m99",
            "kmin",
            "{x",
        ] {
            assert_eq!(Unit::read(wrong), None, "{wrong}");
        }
    }
}
