//! What is said of a typed value before it is saved.

use super::typed::rounded;
use super::{Flag, Measure, Typed, flag, limits, typed};

/// The last value before this one.
#[derive(Clone, Debug, PartialEq)]
pub struct Previous {
    /// In the measure's unit.
    pub value: f64,
    /// With its unit and when it was taken: "93.9 kg, 20-Nov-2026".
    pub words: String,
}

/// How a typed value stands.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryCheck {
    /// Nothing to say.
    Ok(Typed),
    /// Saved all the same, once confirmed where that is asked.
    Unusual {
        /// The value.
        typed: Typed,
        /// "38.4 °C is high".
        message: String,
        /// "Range 36.1–38.0 °C. Last 36.8 °C, 20-Nov-2026."; may be empty.
        detail: String,
        /// Its flag.
        flag: Flag,
        /// Whether a person must say that it was measured again and is right.
        needs_confirm: bool,
    },
    /// Cannot be right: saving is blocked.
    Implausible {
        /// "378 °C cannot be right".
        message: String,
        /// What may have been meant, to be taken with one click: "37.8".
        suggestion: Option<String>,
    },
    /// Not a number in any script that is known.
    NotANumber,
}

impl EntryCheck {
    /// Whether it keeps the form from being saved, confirmed or not.
    #[must_use]
    pub fn blocks(&self) -> bool {
        matches!(self, Self::Implausible { .. } | Self::NotANumber)
    }

    /// Whether a confirmation is needed before saving.
    #[must_use]
    pub fn needs_confirm(&self) -> bool {
        matches!(
            self,
            Self::Unusual {
                needs_confirm: true,
                ..
            }
        )
    }
}

/// Judges one typed value of a patient of that age.
#[must_use]
pub fn check(
    measure: Measure,
    text: &str,
    age_years: Option<u32>,
    previous: Option<&Previous>,
) -> EntryCheck {
    let Some(entry) = typed(measure, text) else {
        return EntryCheck::NotANumber;
    };
    if let Some(refused) = implausible(measure, &entry) {
        return refused;
    }
    let standing = flag(measure, entry.value, age_years);
    let (low, high) = expected(measure, age_years);
    let uncommon = entry.value < low || entry.value > high;
    let jump = previous.and_then(|previous| jump(measure, entry.value, age_years, previous));
    let needs_confirm = standing.is_critical() || uncommon || jump.is_some();
    if !needs_confirm && matches!(standing, Flag::InRange | Flag::NoRange) {
        return EntryCheck::Ok(entry);
    }
    let value = measure.with_unit(&entry.text);
    let message = match (standing, jump) {
        (Flag::InRange | Flag::NoRange, Some(jump)) => jump,
        (Flag::InRange | Flag::NoRange, None) => format!("{value} is unusual"),
        (flag, _) => format!("{value} is {}", flag.words().to_lowercase()),
    };
    let mut detail = range_words(measure, age_years)
        .map(|range| format!("Range {range}."))
        .unwrap_or_default();
    if let Some(previous) = previous {
        if !detail.is_empty() {
            detail.push(' ');
        }
        detail.push_str(&format!("Last {}.", previous.words));
    }
    EntryCheck::Unusual {
        typed: entry,
        message,
        detail,
        flag: standing,
        needs_confirm,
    }
}

/// Judges a systolic and a diastolic value against one another; `None` when nothing is to be said
/// of the pair, each alone aside.
#[must_use]
pub fn check_blood_pressure(systolic: &str, diastolic: &str) -> Option<EntryCheck> {
    let systolic = typed(Measure::Systolic, systolic)?;
    let diastolic = typed(Measure::Diastolic, diastolic)?;
    if systolic.value > diastolic.value {
        return None;
    }
    let pair = format!("{}/{}", systolic.text, diastolic.text);
    Some(EntryCheck::Implausible {
        message: if systolic.value < diastolic.value {
            format!("{pair} cannot be right: systolic is lower than diastolic. Are they swapped?")
        } else {
            format!("{pair} cannot be right: systolic must be higher than diastolic")
        },
        suggestion: None,
    })
}

fn implausible(measure: Measure, entry: &Typed) -> Option<EntryCheck> {
    let facts = measure.facts();
    let value = measure.with_unit(&entry.text);
    let (low, high) = facts.plausible;
    if !(low..=high).contains(&entry.value) {
        let end = if entry.value < low { low } else { high };
        let bound = measure.with_unit(&shortest(end));
        let than = if entry.value < low { "less" } else { "more" };
        return Some(EntryCheck::Implausible {
            message: if measure == Measure::Pain {
                "Pain is a whole number from 0 to 10".to_owned()
            } else {
                format!("{value} cannot be right: it is {than} than {bound}")
            },
            suggestion: suggestion(measure, entry),
        });
    }
    let decimals = entry.text.split_once('.').map_or(0, |(_, part)| part.len());
    if decimals > facts.decimals && entry.converted_from.is_none() {
        let bare = entry.text.split('.').next().unwrap_or_default();
        let only_zeros = entry
            .text
            .split_once('.')
            .is_some_and(|(_, part)| part.bytes().all(|byte| byte == b'0'));
        return Some(EntryCheck::Implausible {
            message: match facts.decimals {
                0 => format!("{} is a whole number", facts.label),
                1 => format!("{} has at most 1 digit after the point", facts.label),
                digits => format!(
                    "{} has at most {digits} digits after the point",
                    facts.label
                ),
            },
            suggestion: only_zeros.then(|| bare.to_owned()),
        });
    }
    None
}

/// What may have been meant: a shifted point, metres for centimetres, Fahrenheit for Celsius.
fn suggestion(measure: Measure, entry: &Typed) -> Option<String> {
    let (low, high) = measure.facts().common;
    let fits = |text: &String| {
        text.parse::<f64>()
            .is_ok_and(|value| (low..=high).contains(&value))
    };
    if measure == Measure::Pain {
        return None;
    }
    if measure == Measure::Temperature && (93.0..=108.0).contains(&entry.value) {
        return Some(rounded((entry.value - 32.0) * 5.0 / 9.0, measure));
    }
    [-1, 1, -2, 2]
        .into_iter()
        .map(|places| shifted(&entry.text, places))
        .filter(|text| text.split_once('.').map_or(0, |(_, part)| part.len()) <= measure.decimals())
        .find(fits)
}

/// The decimal with its point moved: ("378", −1) → "37.8".
fn shifted(text: &str, places: i32) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).unwrap_or(0) + places;
    let Ok(point) = usize::try_from(point) else {
        return text.to_owned();
    };
    let padded = format!("{digits:0<point$}");
    let (whole, fraction) = padded.split_at(point);
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

/// Within what nobody is surprised, at that age.
fn expected(measure: Measure, age_years: Option<u32>) -> (f64, f64) {
    let is_adult = age_years.is_some_and(|age| age >= 18);
    if is_adult && measure == Measure::Weight {
        (35.0, 200.0)
    } else if is_adult && measure == Measure::Height {
        (130.0, 210.0)
    } else {
        measure.facts().common
    }
}

/// Words for a change since last time that is more likely a slip than a change.
fn jump(
    measure: Measure,
    value: f64,
    age_years: Option<u32>,
    previous: &Previous,
) -> Option<String> {
    let change = value - previous.value;
    let is_far = match measure {
        // A tenth of the body weight is what a clinician wants to hear about in any case.
        Measure::Weight => change.abs() > previous.value * 0.1,
        Measure::Height => {
            let grown = age_years.is_some_and(|age| age >= 21);
            change < -3.0 || (grown && change > 3.0)
        }
        Measure::Systolic
        | Measure::Diastolic
        | Measure::HeartRate
        | Measure::RespiratoryRate
        | Measure::Temperature
        | Measure::OxygenSaturation
        | Measure::Pain
        | Measure::BodyMassIndex => false,
    };
    let direction = if change < 0.0 { "less" } else { "more" };
    let by = measure.with_unit(&rounded(change.abs(), measure));
    is_far.then(|| format!("{by} {direction} than last time"))
}

/// "90–140 mmHg", "36.1–38.0 °C"; `None` when there is no range.
pub(super) fn range_words(measure: Measure, age_years: Option<u32>) -> Option<String> {
    let (low, high) = limits(measure, age_years).range?;
    let words = if low.fract() == 0.0 && high.fract() == 0.0 {
        format!("{low}–{high}")
    } else {
        format!("{low:.1}–{high:.1}")
    };
    Some(measure.with_unit(&words))
}

fn shortest(value: f64) -> String {
    format!("{value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADULT: Option<u32> = Some(64);

    fn verdict(measure: Measure, text: &str) -> EntryCheck {
        check(measure, text, ADULT, None)
    }

    fn suggested(measure: Measure, text: &str) -> Option<String> {
        let check = verdict(measure, text);
        assert!(check.blocks(), "{text} must be blocked, but: {check:?}");
        if let EntryCheck::Implausible { suggestion, .. } = check {
            suggestion
        } else {
            None
        }
    }

    #[test]
    fn a_usual_value_passes_in_silence() {
        for (measure, text) in [
            (Measure::Temperature, "36.8"),
            (Measure::Systolic, "120"),
            (Measure::OxygenSaturation, "97"),
            (Measure::Weight, "93.7"),
            (Measure::Pain, "0"),
            (Measure::Height, "178.5"),
        ] {
            assert!(
                matches!(verdict(measure, text), EntryCheck::Ok(_)),
                "{measure:?} {text}"
            );
        }
    }

    #[test]
    fn a_fever_is_high_and_needs_no_confirmation() {
        let text = "38.40";
        assert_eq!(
            verdict(Measure::Temperature, text),
            EntryCheck::Unusual {
                typed: typed(Measure::Temperature, text).expect("a number"),
                message: "38.40 °C is high".to_owned(),
                detail: "Range 36.1–38.0 °C.".to_owned(),
                flag: Flag::High,
                needs_confirm: false,
            },
            "digits typed are digits kept, and an everyday finding must not nag"
        );
    }

    #[test]
    fn a_critical_value_needs_a_confirmation() {
        for (measure, text) in [
            (Measure::OxygenSaturation, "84"),
            (Measure::Systolic, "184"),
            (Measure::HeartRate, "39"),
            (Measure::Temperature, "40.2"),
        ] {
            assert!(verdict(measure, text).needs_confirm(), "{measure:?} {text}");
        }
        let child = check(Measure::HeartRate, "210", Some(3), None);
        assert!(
            child.needs_confirm(),
            "no critical limit is known for a child, but 210 is rare"
        );
    }

    #[test]
    fn an_impossible_value_is_blocked_with_what_was_meant() {
        for (measure, text, meant) in [
            (Measure::Temperature, "378", Some("37.8")),
            (Measure::Temperature, "3.84", Some("38.4")),
            (Measure::Temperature, "101.2", Some("38.4")),
            (Measure::Weight, "937", Some("93.7")),
            (Measure::Height, "1.78", Some("178")),
            (Measure::OxygenSaturation, "0.97", Some("97")),
            (Measure::HeartRate, "840", Some("84")),
            (Measure::Systolic, "12", Some("120")),
            (Measure::Systolic, "120.0", Some("120")),
            (Measure::Pain, "11", None),
        ] {
            assert_eq!(
                suggested(measure, text).as_deref(),
                meant,
                "{measure:?} {text}"
            );
        }
    }

    #[test]
    fn a_suggestion_is_never_blocked_itself() {
        for measure in Measure::TYPED {
            for number in 0..2_000 {
                for text in [
                    format!("{number}"),
                    format!("{number}.5"),
                    format!("0.{number:03}"),
                ] {
                    if let EntryCheck::Implausible {
                        suggestion: Some(meant),
                        ..
                    } = check(measure, &text, ADULT, None)
                    {
                        let again = check(measure, &meant, ADULT, None);
                        assert!(!again.blocks(), "{measure:?}: {text} suggests {meant}");
                    }
                }
            }
        }
    }

    #[test]
    fn systolic_stands_above_diastolic() {
        let swapped = check_blood_pressure("80", "120").expect("swapped");
        let words = "80/120 cannot be right: systolic is lower than diastolic. Are they swapped?";
        assert_eq!(
            swapped,
            EntryCheck::Implausible {
                message: words.to_owned(),
                suggestion: None,
            }
        );
        assert!(check_blood_pressure("120", "120").is_some_and(|check| check.blocks()));
        assert_eq!(check_blood_pressure("120", "80"), None);
        assert_eq!(
            check_blood_pressure("120", ""),
            None,
            "one alone may be all there is"
        );
    }

    #[test]
    fn a_leap_since_last_time_is_pointed_out() {
        let last = Previous {
            value: 93.9,
            words: "93.9 kg, 20-Nov-2026".to_owned(),
        };
        assert_eq!(
            check(Measure::Weight, "73.9", ADULT, Some(&last)),
            EntryCheck::Unusual {
                typed: typed(Measure::Weight, "73.9").expect("a number"),
                message: "20.0 kg less than last time".to_owned(),
                detail: "Last 93.9 kg, 20-Nov-2026.".to_owned(),
                flag: Flag::NoRange,
                needs_confirm: true,
            }
        );
    }

    #[test]
    fn words_are_not_numbers() {
        assert_eq!(verdict(Measure::Weight, "heavy"), EntryCheck::NotANumber);
        assert!(verdict(Measure::Weight, "heavy").blocks());
    }
}
