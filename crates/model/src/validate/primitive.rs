//! The form of primitive values.
//!
//! Written by hand because the patterns that HL7 gives are many times slower, and let 31 February
//! pass. A test holds them against those patterns.

use serde_json::Value;

use super::{IssueCode, Severity};
use crate::definitions::Primitive;
use crate::resource::is_id;

/// What is wrong with a value.
pub(super) struct Fault {
    pub(super) severity: Severity,
    pub(super) code: IssueCode,
    pub(super) message: &'static str,
}

fn error(message: &'static str) -> Fault {
    Fault {
        severity: Severity::Error,
        code: IssueCode::Value,
        message,
    }
}

fn warning(message: &'static str) -> Fault {
    Fault {
        severity: Severity::Warning,
        ..error(message)
    }
}

fn wrong_kind(message: &'static str) -> Fault {
    Fault {
        code: IssueCode::Structure,
        ..error(message)
    }
}

/// What is wrong with a primitive value; `None` when nothing is.
pub(super) fn fault(primitive: Primitive, value: &Value) -> Option<Fault> {
    match primitive {
        Primitive::Boolean => {
            (!value.is_boolean()).then(|| wrong_kind("must be true or false, without quotes"))
        }
        Primitive::Decimal => {
            (!value.is_number()).then(|| wrong_kind("must be a number, without quotes"))
        }
        Primitive::Integer => whole(value, i32::MIN, "must be a whole number of at most 32 bits"),
        Primitive::PositiveInt => whole(value, 1, "must be a whole number, 1 or more"),
        Primitive::UnsignedInt => whole(value, 0, "must be a whole number, 0 or more"),
        Primitive::Base64Binary
        | Primitive::Canonical
        | Primitive::Code
        | Primitive::Date
        | Primitive::DateTime
        | Primitive::Id
        | Primitive::Instant
        | Primitive::Markdown
        | Primitive::Oid
        | Primitive::String
        | Primitive::Time
        | Primitive::Uri
        | Primitive::Url
        | Primitive::Uuid
        | Primitive::Xhtml => match value.as_str() {
            Some("") => Some(error("must not be an empty text")),
            Some(text) => text_fault(primitive, text),
            None => Some(wrong_kind("must be a text in quotes")),
        },
    }
}

fn whole(value: &Value, least: i32, words: &'static str) -> Option<Fault> {
    let Value::Number(number) = value else {
        return Some(wrong_kind("must be a whole number, without quotes"));
    };
    let sound = number
        .as_str()
        .parse::<i32>()
        .is_ok_and(|number| number >= least);
    (!sound).then(|| error(words))
}

fn text_fault(primitive: Primitive, text: &str) -> Option<Fault> {
    let bytes = text.as_bytes();
    match primitive {
        Primitive::Date => {
            (!is_date(bytes)).then(|| error("must be a date that exists, such as 2026-11-23"))
        }
        Primitive::DateTime => (!is_date_time(bytes)).then(|| {
            error("must be a date, or a time with its zone such as 2026-11-23T14:05:00+01:00")
        }),
        Primitive::Instant => (!is_instant(bytes))
            .then(|| error("must be a full time with its zone such as 2026-11-23T14:05:00Z")),
        Primitive::Time => (!is_time(bytes)).then(|| error("must be a time such as 14:05:00")),
        Primitive::Id => (!is_id(text)).then(|| error("must be 1 to 64 of A-Z a-z 0-9 - .")),
        Primitive::Code => (!is_code(text))
            .then(|| error("must not begin or end with a space, or hold two in a row")),
        Primitive::Oid => (!is_oid(text)).then(|| error("must be of the form urn:oid:1.2.3")),
        Primitive::Uuid => {
            (!is_uuid_urn(text)).then(|| error("must be of the form urn:uuid: and 36 characters"))
        }
        Primitive::Uri | Primitive::Url | Primitive::Canonical => {
            // Real servers hand out identifiers of this kind; refusing them would lose the record.
            text.contains(char::is_whitespace)
                .then(|| warning("should not contain spaces"))
        }
        Primitive::Base64Binary => base64_fault(bytes),
        Primitive::Xhtml => (!text.trim_start().starts_with("<div"))
            .then(|| warning("should be one XHTML div element")),
        Primitive::Boolean
        | Primitive::Decimal
        | Primitive::Integer
        | Primitive::Markdown
        | Primitive::PositiveInt
        | Primitive::String
        | Primitive::UnsignedInt => None,
    }
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0_u32, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + u32::from(byte - b'0'))
    })
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, of a day that exists.
pub(super) fn is_date(bytes: &[u8]) -> bool {
    let Some(year) = bytes.get(..4).and_then(digits).filter(|year| *year > 0) else {
        return false;
    };
    match bytes.len() {
        4 => true,
        7 | 10 => {
            let month = bytes.get(5..7).and_then(digits).unwrap_or(0);
            let in_year = bytes.get(4) == Some(&b'-') && (1..=12).contains(&month);
            let in_month = bytes.len() == 7 || {
                let day = bytes.get(8..10).and_then(digits).unwrap_or(0);
                bytes.get(7) == Some(&b'-') && (1..=days_in(year, month)).contains(&day)
            };
            in_year && in_month
        }
        _ => false,
    }
}

pub(super) fn is_date_time(bytes: &[u8]) -> bool {
    is_date(bytes) || is_instant(bytes)
}

pub(super) fn is_instant(bytes: &[u8]) -> bool {
    let Some((date, rest)) = bytes.split_at_checked(10) else {
        return false;
    };
    let Some(clock) = rest.strip_prefix(b"T") else {
        return false;
    };
    let zone_at = clock
        .iter()
        .position(|byte| matches!(byte, b'Z' | b'+' | b'-'));
    zone_at
        .and_then(|at| clock.split_at_checked(at))
        .is_some_and(|(time, zone)| is_date(date) && is_time(time) && is_zone(zone))
}

/// `hh:mm:ss`, with a fraction or without; a leap second is a time too.
pub(super) fn is_time(bytes: &[u8]) -> bool {
    let Some((clock, fraction)) = bytes.split_at_checked(8) else {
        return false;
    };
    let part = |at: usize| clock.get(at..at + 2).and_then(digits).unwrap_or(u32::MAX);
    let colons = clock.get(2) == Some(&b':') && clock.get(5) == Some(&b':');
    let fraction_is_sound = match fraction.split_first() {
        None => true,
        Some((b'.', digits)) => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        Some(_) => false,
    };
    colons && part(0) <= 23 && part(3) <= 59 && part(6) <= 60 && fraction_is_sound
}

fn is_zone(bytes: &[u8]) -> bool {
    if bytes == b"Z" {
        return true;
    }
    if bytes.len() != 6 || bytes.get(3) != Some(&b':') {
        return false;
    }
    let hours = bytes.get(1..3).and_then(digits).unwrap_or(u32::MAX);
    let minutes = bytes.get(4..6).and_then(digits).unwrap_or(u32::MAX);
    (hours <= 13 && minutes <= 59) || (hours == 14 && minutes == 0)
}

fn is_code(text: &str) -> bool {
    let mut after_space = true;
    for letter in text.chars() {
        let space = letter.is_whitespace();
        if space && after_space {
            return false;
        }
        after_space = space;
    }
    !after_space
}

fn is_oid(text: &str) -> bool {
    let Some(arcs) = text.strip_prefix("urn:oid:") else {
        return false;
    };
    let mut arcs = arcs.split('.');
    let first = arcs
        .next()
        .is_some_and(|arc| matches!(arc, "0" | "1" | "2"));
    let mut rest = arcs.peekable();
    first
        && rest.peek().is_some()
        && rest.all(|arc| {
            !arc.is_empty()
                && arc.bytes().all(|byte| byte.is_ascii_digit())
                && (arc == "0" || !arc.starts_with('0'))
        })
}

fn is_uuid_urn(text: &str) -> bool {
    text.strip_prefix("urn:uuid:")
        .is_some_and(|uuid| uuid.len() == 36 && uuid::Uuid::try_parse(uuid).is_ok())
}

fn base64_fault(bytes: &[u8]) -> Option<Fault> {
    let mut count = 0_usize;
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=' => count += 1,
            byte if byte.is_ascii_whitespace() => {}
            _ => return Some(error("must be base 64")),
        }
    }
    // Some senders leave the padding out; the bytes can still be read.
    (!count.is_multiple_of(4)).then(|| warning("should be padded to a multiple of four characters"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definitions::r4;
    use proptest::prelude::*;
    use serde_json::json;

    fn hl7_accepts(name: &str, text: &str) -> bool {
        let pattern = r4().pattern(name).expect("a primitive type");
        regex::Regex::new(&format!("^(?:{pattern})$"))
            .expect("HL7's patterns compile")
            .is_match(text)
    }

    #[test]
    fn hand_written_forms_agree_with_hl7s_patterns() {
        let texts = [
            "2026",
            "2026-1",
            "2026-13",
            "2026-02",
            "2026-02-29",
            "0000",
            "0000-01-01",
            "12026",
            "2026-11-23T14:05:00Z",
            "2026-11-23T14:05Z",
            "2026-11-23T14:05:00",
            "2026-11-23 14:05",
            "2026-11-23T24:00:00Z",
            "2026-11-23T23:59:60.123+14:00",
            "2026-11-23T14:05:00.+01:00",
            "2026-11-23T14:05:00-14:30",
            "14:05:00",
            "14:05",
            "25:00:00",
            "14:05:00.5",
            "a",
            "a b",
            " a",
            "a  b",
            "a ",
            "urn:oid:1.2.3",
            "urn:oid:3.1",
            "urn:oid:1",
            "urn:oid:1.02",
            "oid",
            "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
            "urn:uuid:c757873d",
            "é",
            "2026-１",
        ];
        for (name, primitive) in Primitive::ALL {
            let textual = !matches!(
                primitive,
                Primitive::Boolean
                    | Primitive::Decimal
                    | Primitive::Integer
                    | Primitive::PositiveInt
                    | Primitive::UnsignedInt
                    | Primitive::Xhtml
                    | Primitive::Base64Binary
            );
            if !textual {
                continue;
            }
            for text in texts {
                // The one place where Haven asks more: the day must exist.
                if text == "2026-02-29" {
                    continue;
                }
                assert_eq!(
                    fault(primitive, &json!(text)).is_none(),
                    hl7_accepts(name, text),
                    "{name} and {text:?}"
                );
            }
        }
    }

    #[test]
    fn days_that_never_were_are_refused() {
        for (text, exists) in [
            ("2024-02-29", true),
            ("2026-02-29", false),
            ("1900-02-29", false),
            ("2000-02-29", true),
            ("2026-04-31", false),
            ("2026-02-31T10:00:00Z", false),
        ] {
            assert_eq!(is_date_time(text.as_bytes()), exists, "{text}");
        }
    }

    #[test]
    fn whole_numbers_stay_within_their_range() {
        for (primitive, text, fine) in [
            (Primitive::Integer, "-2147483648", true),
            (Primitive::Integer, "2147483648", false),
            (Primitive::Integer, "1.0", false),
            (Primitive::Integer, "1e2", false),
            (Primitive::PositiveInt, "0", false),
            (Primitive::PositiveInt, "2147483647", true),
            (Primitive::UnsignedInt, "0", true),
            (Primitive::UnsignedInt, "-1", false),
        ] {
            let value = crate::json::parse(text.as_bytes()).expect("JSON");
            assert_eq!(fault(primitive, &value).is_none(), fine, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_checks_panic(text in "\\PC{0,40}") {
            for (_, primitive) in Primitive::ALL {
                let _checked = fault(primitive, &json!(text));
            }
        }
    }
}
