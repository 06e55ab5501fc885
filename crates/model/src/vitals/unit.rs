//! Units as others write them, turned into the ones Haven shows.

use super::Measure;

/// How a value in some unit becomes one in the measure's own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Conversion {
    /// It is the measure's own unit already.
    Same,
    /// value × factor
    Times(f64),
    /// (value − offset) × factor
    From { offset: f64, factor: f64 },
}

impl Conversion {
    pub(super) fn apply(self, value: f64) -> f64 {
        match self {
            Self::Same => value,
            Self::Times(factor) => value * factor,
            Self::From { offset, factor } => (value - offset) * factor,
        }
    }
}

const FAHRENHEIT: Conversion = Conversion::From {
    offset: 32.0,
    factor: 5.0 / 9.0,
};
const KELVIN: Conversion = Conversion::From {
    offset: 273.15,
    factor: 1.0,
};
/// International avoirdupois pound, exact.
const POUND_KG: f64 = 0.453_592_37;
/// International inch, exact.
const INCH_CM: f64 = 2.54;
/// One kilopascal in conventional millimetres of mercury.
const KILOPASCAL_MMHG: f64 = 7.500_62;

/// The conversion from a unit given as UCUM code or as people write it; `None` when the unit is
/// not known for this measure, so that nothing is guessed.
pub(super) fn conversion(measure: Measure, unit: &str) -> Option<Conversion> {
    use Conversion::{Same, Times};
    match measure {
        Measure::Systolic | Measure::Diastolic => match unit {
            "mm[Hg]" | "mmHg" | "mm Hg" => Some(Same),
            "kPa" => Some(Times(KILOPASCAL_MMHG)),
            _ => None,
        },
        Measure::HeartRate | Measure::RespiratoryRate => match unit {
            "/min" | "{beats}/min" | "{breaths}/min" | "bpm" | "beats/min" | "beats/minute"
            | "breaths/min" | "breaths/minute" | "{Beats}/min" | "1/min" => Some(Same),
            _ => None,
        },
        Measure::Temperature => match unit {
            "Cel" | "°C" | "C" | "degC" | "degrees C" => Some(Same),
            "[degF]" | "°F" | "F" | "degF" | "degrees F" => Some(FAHRENHEIT),
            "K" => Some(KELVIN),
            _ => None,
        },
        Measure::OxygenSaturation => (unit == "%").then_some(Same),
        Measure::Weight => match unit {
            "kg" => Some(Same),
            "g" => Some(Times(0.001)),
            "[lb_av]" | "lb" | "lbs" => Some(Times(POUND_KG)),
            "[oz_av]" | "oz" => Some(Times(POUND_KG / 16.0)),
            _ => None,
        },
        Measure::Height => match unit {
            "cm" => Some(Same),
            "m" => Some(Times(100.0)),
            "mm" => Some(Times(0.1)),
            "[in_i]" | "[in_us]" | "in" | "inch" | "inches" | "\"" => Some(Times(INCH_CM)),
            "[ft_i]" | "[ft_us]" | "ft" => Some(Times(INCH_CM * 12.0)),
            _ => None,
        },
        Measure::Pain => matches!(unit, "" | "{score}" | "1" | "{#}").then_some(Same),
        Measure::BodyMassIndex => matches!(unit, "kg/m2" | "kg/m²").then_some(Same),
    }
}

/// How the unit of a converted value is shown: "lb", "°F", "in".
pub(super) fn shown(unit: &str) -> &str {
    match unit {
        "[lb_av]" | "lbs" => "lb",
        "[oz_av]" => "oz",
        "[degF]" | "F" | "degF" | "degrees F" => "°F",
        "[in_i]" | "[in_us]" | "inch" | "inches" | "\"" => "in",
        "[ft_i]" | "[ft_us]" => "ft",
        other => other,
    }
}
