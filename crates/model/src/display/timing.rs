//! When something is to be done.

use serde_json::Value;

use super::{codeable, date, items, text_at};

/// A Timing in words: "once a day", "every 6 hours", "at bedtime"; `None` when it says nothing.
pub(super) fn words(timing: &Value) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(repeat) = timing.get("repeat") {
        parts.extend(repeat_words(repeat));
    }
    if parts.is_empty() {
        parts.extend(timing.get("code").map(abbreviation));
    }
    if parts.is_empty() {
        let events: Vec<String> = items(timing, "event")
            .filter_map(Value::as_str)
            .map(super::date_time)
            .collect();
        parts.extend((!events.is_empty()).then(|| format!("on {}", events.join(", "))));
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn repeat_words(repeat: &Value) -> Vec<String> {
    let mut parts = Vec::new();
    let moments = moments(repeat);
    let daily_once = number(repeat, "frequency").as_deref().unwrap_or("1") == "1"
        && number(repeat, "frequencyMax").is_none()
        && number(repeat, "period").as_deref() == Some("1")
        && text_at(repeat, "/periodUnit") == Some("d");
    // "at bedtime" says once a day by itself.
    if !(daily_once && moments.len() == 1) {
        parts.extend(rhythm(repeat));
    }
    parts.extend(joined(moments));
    let days: Vec<String> = items(repeat, "dayOfWeek")
        .filter_map(Value::as_str)
        .filter_map(day)
        .map(str::to_owned)
        .collect();
    parts.extend(joined(days).map(|days| format!("on {days}")));
    parts.extend(bounds(repeat));
    if let Some(count) = number(repeat, "count") {
        parts.push(match count.as_str() {
            "1" => "(1 time in all)".to_owned(),
            count => format!("({count} times in all)"),
        });
    }
    parts
}

fn number(value: &Value, name: &str) -> Option<String> {
    let number = value.get(name)?.as_number()?;
    Some(plain(number.as_str()))
}

/// A decimal without zeros behind: "1.0" is "1"; a stray zero is how a dose becomes tenfold.
pub(super) fn plain(text: &str) -> String {
    if text.contains('.') && !text.contains(['e', 'E']) {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

fn rhythm(repeat: &Value) -> Option<String> {
    let period = number(repeat, "period")?;
    let unit = unit(text_at(repeat, "/periodUnit")?)?;
    let most = number(repeat, "frequencyMax");
    let frequency = number(repeat, "frequency").unwrap_or_else(|| "1".to_owned());
    let longest = number(repeat, "periodMax");
    if frequency == "1" && most.is_none() && (period != "1" || matches!(unit, "hour" | "minute")) {
        return Some(match (period.as_str(), longest) {
            (period, Some(longest)) => format!("every {period} to {longest} {unit}s"),
            ("1", None) => format!("every {unit}"),
            (period, None) => format!("every {period} {unit}s"),
        });
    }
    let times = match (frequency.as_str(), most) {
        (frequency, Some(most)) => format!("{frequency} to {most} times"),
        ("1", None) => "once".to_owned(),
        ("2", None) => "twice".to_owned(),
        (frequency, None) => format!("{frequency} times"),
    };
    Some(if period == "1" {
        format!("{times} a{} {unit}", if unit == "hour" { "n" } else { "" })
    } else {
        format!("{times} every {period} {unit}s")
    })
}

fn unit(code: &str) -> Option<&'static str> {
    Some(match code {
        "s" => "second",
        "min" => "minute",
        "h" => "hour",
        "d" => "day",
        "wk" => "week",
        "mo" => "month",
        "a" => "year",
        _ => return None,
    })
}

fn moments(repeat: &Value) -> Vec<String> {
    let offset = number(repeat, "offset");
    let named = items(repeat, "when")
        .filter_map(Value::as_str)
        .filter_map(|code| {
            let words = match code {
                "MORN" => "in the morning",
                "MORN.early" => "early in the morning",
                "MORN.late" => "late in the morning",
                "NOON" => "at noon",
                "AFT" | "AFT.early" | "AFT.late" => "in the afternoon",
                "EVE" | "EVE.early" | "EVE.late" => "in the evening",
                "NIGHT" => "at night",
                "PHS" => "after falling asleep",
                "HS" => "at bedtime",
                "WAKE" => "on waking",
                "C" => "with meals",
                "CM" => "with breakfast",
                "CD" => "with lunch",
                "CV" => "with dinner",
                "AC" => "before meals",
                "ACM" => "before breakfast",
                "ACD" => "before lunch",
                "ACV" => "before dinner",
                "PC" => "after meals",
                "PCM" => "after breakfast",
                "PCD" => "after lunch",
                "PCV" => "after dinner",
                _ => return None,
            };
            Some(match &offset {
                Some(minutes) => format!("{minutes} minutes {words}"),
                None => words.to_owned(),
            })
        });
    let clock = items(repeat, "timeOfDay")
        .filter_map(Value::as_str)
        .filter_map(|time| time.get(..5))
        .map(|time| format!("at {time}"));
    named.chain(clock).collect()
}

fn day(code: &str) -> Option<&'static str> {
    Some(match code {
        "mon" => "Monday",
        "tue" => "Tuesday",
        "wed" => "Wednesday",
        "thu" => "Thursday",
        "fri" => "Friday",
        "sat" => "Saturday",
        "sun" => "Sunday",
        _ => return None,
    })
}

fn joined(mut words: Vec<String>) -> Option<String> {
    let last = words.pop()?;
    Some(if words.is_empty() {
        last
    } else {
        format!("{} and {last}", words.join(", "))
    })
}

fn bounds(repeat: &Value) -> Option<String> {
    if let Some(duration) = repeat.get("boundsDuration") {
        let length = number(duration, "value")?;
        let name = text_at(duration, "/code")
            .and_then(unit)
            .or_else(|| text_at(duration, "/unit").map(|unit| unit.trim_end_matches('s')))?;
        let plural = if length == "1" { "" } else { "s" };
        return Some(format!("for {length} {name}{plural}"));
    }
    let period = repeat.get("boundsPeriod")?;
    text_at(period, "/end").map(|end| format!("until {}", date(end)))
}

/// HL7's abbreviations of timing, spelled out.
fn abbreviation(code: &Value) -> String {
    let words = items(code, "coding")
        .filter_map(|coding| coding.get("code").and_then(Value::as_str))
        .find_map(|code| {
            Some(match code {
                "QD" => "once a day",
                "BID" => "twice a day",
                "TID" => "3 times a day",
                "QID" => "4 times a day",
                "QOD" => "every 2 days",
                "AM" => "in the morning",
                "PM" => "in the evening",
                "BED" => "at bedtime",
                "WK" => "once a week",
                "MO" => "once a month",
                "Q1H" => "every hour",
                "Q2H" => "every 2 hours",
                "Q3H" => "every 3 hours",
                "Q4H" => "every 4 hours",
                "Q6H" => "every 6 hours",
                "Q8H" => "every 8 hours",
                _ => return None,
            })
        });
    words.map_or_else(|| codeable(code), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rhythms_are_words() {
        for (repeat, expected) in [
            (
                json!({"frequency": 1, "period": 1, "periodUnit": "d"}),
                "once a day",
            ),
            (
                json!({"frequency": 2, "period": 1, "periodUnit": "d"}),
                "twice a day",
            ),
            (
                json!({"frequency": 3, "period": 1.0, "periodUnit": "d"}),
                "3 times a day",
            ),
            (
                json!({"frequency": 1, "period": 6, "periodUnit": "h"}),
                "every 6 hours",
            ),
            (
                json!({"frequency": 1, "period": 1, "periodUnit": "h"}),
                "every hour",
            ),
            (
                json!({"frequency": 1, "period": 1, "periodUnit": "wk"}),
                "once a week",
            ),
            (
                json!({"frequency": 3, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "fri"]}),
                "3 times a week on Monday and Friday",
            ),
            (
                json!({"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"}),
                "every 4 to 6 hours",
            ),
            (
                json!({"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"}),
                "1 to 2 times a day",
            ),
            (
                json!({"frequency": 1, "period": 1, "periodUnit": "d", "when": ["HS"]}),
                "at bedtime",
            ),
            (
                json!({"when": ["ACM"], "offset": 10}),
                "10 minutes before breakfast",
            ),
            (json!({"timeOfDay": ["09:00:00"]}), "at 09:00"),
            (
                json!({"frequency": 3, "period": 1, "periodUnit": "d",
                "boundsDuration": {"value": 7, "code": "d"}}),
                "3 times a day for 7 days",
            ),
        ] {
            assert_eq!(
                words(&json!({"repeat": repeat})).as_deref(),
                Some(expected),
                "{repeat}"
            );
        }
        assert_eq!(
            words(&json!({"code": {"coding": [{"code": "BID"}]}})).as_deref(),
            Some("twice a day")
        );
        assert_eq!(words(&json!({})), None);
    }
}
