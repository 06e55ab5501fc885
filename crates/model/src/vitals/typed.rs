//! What a person types as a value, in whatever digits.

use super::Measure;
use super::unit::{Conversion, conversion, shown};

/// A typed value, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed {
    /// The decimal as typed, in ASCII digits, with a point: "38.40". In the measure's own unit.
    pub text: String,
    /// The same as a number, for comparing only.
    pub value: f64,
    /// "101.2 °F" when it was typed in another unit and converted.
    pub converted_from: Option<String>,
}

/// Reads a typed value, in the measure's unit or in one that is named behind it ("101.2 F").
///
/// `None` for what is not one plain decimal: signs, exponents, thousands and words are not guessed
/// at.
#[must_use]
pub fn typed(measure: Measure, text: &str) -> Option<Typed> {
    let plain: String = text.chars().filter_map(plain_char).collect();
    let plain = plain.trim();
    let end = plain
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')
        .unwrap_or(plain.len());
    let (number, unit) = plain.split_at(end);
    let decimal = decimal(number)?;
    let value: f64 = decimal.parse().ok()?;
    let unit = unit.trim();
    let how = if unit.is_empty() {
        Conversion::Same
    } else {
        conversion(measure, unit)?
    };
    if how == Conversion::Same {
        return Some(Typed {
            text: decimal,
            value,
            converted_from: None,
        });
    }
    let text = rounded(how.apply(value), measure);
    Some(Typed {
        value: text.parse().ok()?,
        converted_from: Some(format!("{decimal} {}", shown(unit))),
        text,
    })
}

/// Digits of every script in use become ASCII, decimal signs a point; invisible direction marks
/// vanish.
fn plain_char(letter: char) -> Option<char> {
    const ZEROS: [char; 6] = ['٠', '۰', '०', '০', '０', '၀'];
    if let Some(digit) = ZEROS
        .iter()
        .filter_map(|zero| u32::from(letter).checked_sub(u32::from(*zero)))
        .find(|digit| *digit < 10)
    {
        return char::from_digit(digit, 10);
    }
    match letter {
        '٫' | '．' => Some('.'),
        '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2066}'..='\u{2069}' => None,
        '\u{a0}' | '\u{202f}' => Some(' '),
        other => Some(other),
    }
}

/// "38,40" → "38.40", "07" → "7", ".5" → "0.5"; `None` for anything but digits with one sign.
fn decimal(text: &str) -> Option<String> {
    if text.len() > 12 {
        return None;
    }
    let text = text.replace(',', ".");
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text.as_str(), None),
    };
    if fraction.is_some_and(|fraction| fraction.contains('.'))
        || (whole.is_empty() && fraction.is_none_or(str::is_empty))
    {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(match fraction.filter(|fraction| !fraction.is_empty()) {
        Some(fraction) => format!("{whole}.{fraction}"),
        None => whole.to_owned(),
    })
}

/// A computed value as text, with as many digits as a chart shows.
pub(super) fn rounded(value: f64, measure: Measure) -> String {
    let digits = measure.decimals().min(1);
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(measure: Measure, typed_text: &str) -> Option<String> {
        typed(measure, typed_text).map(|typed| typed.text)
    }

    #[test]
    fn digits_of_every_keyboard_are_read() {
        for (typed_text, expected) in [
            ("38.4", "38.4"),
            ("38,4", "38.4"),
            ("٣٨٫٤", "38.4"),
            ("۳۸٫۴", "38.4"),
            ("۳۸.۴", "38.4"),
            ("\u{200f}٣٨٫٤\u{200f}", "38.4"),
            ("३८.४", "38.4"),
            ("３８．４", "38.4"),
            (" 38.4 °C", "38.4"),
            ("038.4", "38.4"),
            ("38.", "38"),
        ] {
            assert_eq!(
                text(Measure::Temperature, typed_text).as_deref(),
                Some(expected),
                "{typed_text}"
            );
        }
    }

    #[test]
    fn a_decimal_keeps_its_digits() {
        assert_eq!(
            text(Measure::Temperature, "38.40").as_deref(),
            Some("38.40")
        );
        assert_eq!(text(Measure::Weight, "3.250").as_deref(), Some("3.250"));
    }

    #[test]
    fn what_is_no_plain_decimal_is_not_guessed_at() {
        for wrong in [
            "", " ", "-4", "+4", "1e2", "1,234.5", "36.6.6", "abc", ".", "38 kg", "½",
        ] {
            assert_eq!(text(Measure::Temperature, wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn another_unit_is_converted_and_says_so() {
        let hot = typed(Measure::Temperature, "101.2 F").expect("Fahrenheit is known");
        assert_eq!(hot.text, "38.4");
        assert_eq!(hot.converted_from.as_deref(), Some("101.2 °F"));
        let heavy = typed(Measure::Weight, "185 lb").expect("pounds are known");
        assert_eq!(heavy.text, "83.9");
        assert_eq!(heavy.converted_from.as_deref(), Some("185 lb"));
    }
}
