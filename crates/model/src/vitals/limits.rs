//! What is usual and what is critical, by age.

use serde::{Deserialize, Serialize};

use super::Measure;

/// How a value stands against what is usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Flag {
    /// Within the reference range.
    InRange,
    /// Above it.
    High,
    /// At or above the critical limit.
    CriticalHigh,
    /// Below it.
    Low,
    /// At or below the critical limit.
    CriticalLow,
    /// Nothing to compare with; not the same as in range.
    NoRange,
}

impl Flag {
    /// "High", "Critical high", "In range", "No range".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::InRange => "In range",
            Self::High => "High",
            Self::CriticalHigh => "Critical high",
            Self::Low => "Low",
            Self::CriticalLow => "Critical low",
            Self::NoRange => "No range",
        }
    }

    /// Whether it is one of the two critical ones.
    #[must_use]
    pub fn is_critical(self) -> bool {
        matches!(self, Self::CriticalHigh | Self::CriticalLow)
    }

    /// The one that matters more; what is unknown outweighs what is in range.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if other.weight() > self.weight() {
            other
        } else {
            self
        }
    }

    fn weight(self) -> u8 {
        match self {
            Self::InRange => 0,
            Self::NoRange => 1,
            Self::Low | Self::High => 2,
            Self::CriticalLow | Self::CriticalHigh => 3,
        }
    }
}

/// What is usual and what is critical for one measure at one age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// The reference range, both ends within it.
    pub range: Option<(f64, f64)>,
    /// Critical from here downward.
    pub critical_low: Option<f64>,
    /// Critical from here upward.
    pub critical_high: Option<f64>,
}

const fn usual(low: f64, high: f64) -> Limits {
    Limits {
        range: Some((low, high)),
        critical_low: None,
        critical_high: None,
    }
}

const fn with_critical(low: f64, high: f64, critical_low: f64, critical_high: f64) -> Limits {
    Limits {
        range: Some((low, high)),
        critical_low: Some(critical_low),
        critical_high: Some(critical_high),
    }
}

/// Age in whole years below which a row holds; rows are in order of age.
type Band = (u32, Limits);

const ADULT: u32 = 18;
const ANY_AGE: u32 = u32::MAX;

// Children: American Heart Association, Pediatric Advanced Life Support (2020), awake. It gives
// no critical limits, so there are none here. Adults: the ranges of the chart's design; critical
// limits after NEWS2 (Royal College of Physicians, 2017) and, for pressure, a crisis at 180/120.
const SYSTOLIC: &[Band] = &[
    (1, usual(72.0, 104.0)),
    (3, usual(86.0, 106.0)),
    (6, usual(89.0, 112.0)),
    (10, usual(97.0, 115.0)),
    (12, usual(102.0, 120.0)),
    (ADULT, usual(110.0, 131.0)),
    (ANY_AGE, with_critical(90.0, 140.0, 80.0, 180.0)),
];
const DIASTOLIC: &[Band] = &[
    (1, usual(37.0, 56.0)),
    (3, usual(42.0, 63.0)),
    (6, usual(46.0, 72.0)),
    (10, usual(57.0, 76.0)),
    (12, usual(61.0, 80.0)),
    (ADULT, usual(64.0, 83.0)),
    (ANY_AGE, with_critical(60.0, 90.0, 40.0, 120.0)),
];
const HEART_RATE: &[Band] = &[
    (1, usual(100.0, 180.0)),
    (3, usual(98.0, 140.0)),
    (6, usual(80.0, 120.0)),
    (12, usual(75.0, 118.0)),
    (ADULT, usual(60.0, 100.0)),
    (ANY_AGE, with_critical(60.0, 100.0, 40.0, 131.0)),
];
const RESPIRATORY_RATE: &[Band] = &[
    (1, usual(30.0, 53.0)),
    (3, usual(22.0, 37.0)),
    (6, usual(20.0, 28.0)),
    (12, usual(18.0, 25.0)),
    (ADULT, usual(12.0, 20.0)),
    (ANY_AGE, with_critical(12.0, 20.0, 8.0, 25.0)),
];
// WHO, adults only: a child's depends on age and sex.
const BODY_MASS_INDEX: &[Band] = &[
    (
        ADULT,
        Limits {
            range: None,
            critical_low: None,
            critical_high: None,
        },
    ),
    (ANY_AGE, usual(18.5, 24.9)),
];
const TEMPERATURE: Limits = with_critical(36.1, 38.0, 35.0, 40.0);
const OXYGEN_SATURATION: Limits = Limits {
    range: Some((94.0, 100.0)),
    critical_low: Some(90.0),
    critical_high: None,
};

/// What is usual for a measure; empty when that is not known, as without an age.
#[must_use]
pub fn limits(measure: Measure, age_years: Option<u32>) -> Limits {
    let bands = match measure {
        Measure::Systolic => SYSTOLIC,
        Measure::Diastolic => DIASTOLIC,
        Measure::HeartRate => HEART_RATE,
        Measure::RespiratoryRate => RESPIRATORY_RATE,
        Measure::BodyMassIndex => BODY_MASS_INDEX,
        // The same at every age, so also without one.
        Measure::Temperature => return TEMPERATURE,
        Measure::OxygenSaturation => return OXYGEN_SATURATION,
        Measure::Weight | Measure::Height | Measure::Pain => return Limits::default(),
    };
    age_years
        .and_then(|age| {
            bands
                .iter()
                .find(|(below, _)| age < *below || *below == ANY_AGE)
        })
        .map(|(_, limits)| *limits)
        .unwrap_or_default()
}

/// How a value stands; `NoRange` when nothing is known to compare it with.
#[must_use]
pub fn flag(measure: Measure, value: f64, age_years: Option<u32>) -> Flag {
    let limits = limits(measure, age_years);
    let Some((low, high)) = limits.range.filter(|_| value.is_finite()) else {
        return Flag::NoRange;
    };
    if limits.critical_high.is_some_and(|limit| value >= limit) {
        Flag::CriticalHigh
    } else if limits.critical_low.is_some_and(|limit| value <= limit) {
        Flag::CriticalLow
    } else if value > high {
        Flag::High
    } else if value < low {
        Flag::Low
    } else {
        Flag::InRange
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adults_are_flagged_at_the_limits() {
        for (measure, value, expected) in [
            (Measure::Systolic, 140.0, Flag::InRange),
            (Measure::Systolic, 141.0, Flag::High),
            (Measure::Systolic, 180.0, Flag::CriticalHigh),
            (Measure::Systolic, 89.0, Flag::Low),
            (Measure::Systolic, 80.0, Flag::CriticalLow),
            (Measure::Diastolic, 110.0, Flag::High),
            (Measure::Temperature, 38.4, Flag::High),
            (Measure::OxygenSaturation, 84.0, Flag::CriticalLow),
            (Measure::OxygenSaturation, 97.0, Flag::InRange),
            (Measure::HeartRate, 92.0, Flag::InRange),
            (Measure::Weight, 93.7, Flag::NoRange),
            (Measure::Pain, 3.0, Flag::NoRange),
        ] {
            assert_eq!(
                flag(measure, value, Some(64)),
                expected,
                "{measure:?} {value}"
            );
        }
    }

    #[test]
    fn an_infants_heart_beats_faster() {
        assert_eq!(flag(Measure::HeartRate, 150.0, Some(0)), Flag::InRange);
        assert_eq!(
            flag(Measure::HeartRate, 150.0, Some(40)),
            Flag::CriticalHigh
        );
    }

    #[test]
    fn what_is_not_known_is_never_normal() {
        assert_eq!(flag(Measure::HeartRate, 80.0, None), Flag::NoRange);
        assert_eq!(flag(Measure::Systolic, f64::NAN, Some(40)), Flag::NoRange);
        assert_eq!(
            Flag::InRange.worse(Flag::NoRange),
            Flag::NoRange,
            "half a blood pressure in range is not a blood pressure in range"
        );
    }

    #[test]
    fn critical_lies_outside_usual() {
        for measure in Measure::TYPED {
            for age in 0..100 {
                let limits = limits(measure, Some(age));
                if let Some((low, high)) = limits.range {
                    assert!(low < high, "{measure:?} at {age}");
                    assert!(limits.critical_low.is_none_or(|limit| limit < low));
                    assert!(limits.critical_high.is_none_or(|limit| limit > high));
                }
            }
        }
    }
}
