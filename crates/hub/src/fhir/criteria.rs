//! What a search asks for.

use haven_model::Timestamp;
use haven_model::definitions::r4;
use jiff::civil;

use super::paging::Paging;
use super::problem::Problem;

/// One condition; all conditions of a search must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// Any of these ids.
    Ids(Vec<String>),
    /// Belongs to any of these patients.
    Patients(Vec<String>),
    /// Carries any of these identifiers.
    Identifiers(Vec<Identifier>),
    /// Taken at or after the first and before the second instant.
    Taken(Timestamp, Timestamp),
}

/// An identifier sought; what is absent is not compared.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Identifier {
    pub(super) system: Option<String>,
    pub(super) value: Option<String>,
}

/// A search of one type.
#[derive(Debug)]
pub(super) struct Criteria {
    pub(super) conditions: Vec<Condition>,
    pub(super) newest_first: bool,
    pub(super) paging: Paging,
}

impl Criteria {
    /// Reads the parameters of a search; one that is not known is refused, not ignored.
    pub(super) fn read(kind: &str, pairs: &[(String, String)]) -> Result<Self, Problem> {
        let mut criteria = Self {
            conditions: Vec::new(),
            newest_first: false,
            paging: Paging::first(),
        };
        for (name, value) in pairs {
            if criteria.paging.take(name, value)? {
                continue;
            }
            if value.contains('\u{0}') {
                return Err(Problem::new(
                    400,
                    "value",
                    "a search value holds a control character",
                ));
            }
            match name.as_str() {
                "_id" => criteria
                    .conditions
                    .push(Condition::Ids(alternatives(value))),
                "_lastUpdated" => criteria.conditions.push(taken(value)?),
                "_sort" => criteria.newest_first = newest_first(value)?,
                "_summary" => match value.as_str() {
                    "count" => criteria.paging.count = 0,
                    "false" => {}
                    _ => return Err(unknown("_summary (other than count)")),
                },
                "identifier" if has_element(kind, &["identifier"]) => {
                    criteria.conditions.push(identifiers(value));
                }
                "patient" if by_patient(kind) => criteria.conditions.push(patients(value)?),
                "subject" if has_element(kind, &["subject"]) => {
                    criteria.conditions.push(patients(value)?);
                }
                other => return Err(unknown(other)),
            }
        }
        Ok(criteria)
    }
}

/// The search parameters of a type, with their FHIR kind, for the CapabilityStatement.
pub(super) fn supported(kind: &str) -> Vec<(&'static str, &'static str)> {
    let mut supported = vec![("_id", "token"), ("_lastUpdated", "date")];
    if has_element(kind, &["identifier"]) {
        supported.push(("identifier", "token"));
    }
    if by_patient(kind) {
        supported.push(("patient", "reference"));
    }
    if has_element(kind, &["subject"]) {
        supported.push(("subject", "reference"));
    }
    supported
}

fn has_element(kind: &str, names: &[&str]) -> bool {
    let node = r4().type_node(kind);
    node.is_some_and(|node| names.iter().any(|name| node.member(name).is_some()))
}

/// Types whose owning patient the hub keeps with the row.
fn by_patient(kind: &str) -> bool {
    kind != "Patient"
        && (has_element(kind, &["subject", "patient", "beneficiary"])
            || matches!(kind, "Task" | "Appointment"))
}

fn unknown(name: &str) -> Problem {
    // The name is the client's own word, cut so that an answer stays short.
    let name: String = name.chars().take(64).collect();
    Problem::at(
        400,
        "not-supported",
        &format!("http.{name}"),
        &format!("the search parameter {name} is not supported for this type"),
    )
}

fn alternatives(value: &str) -> Vec<String> {
    value.split(',').map(|one| one.trim().to_owned()).collect()
}

fn newest_first(value: &str) -> Result<bool, Problem> {
    match value {
        "_lastUpdated" => Ok(false),
        "-_lastUpdated" => Ok(true),
        _ => Err(unknown("_sort (other than _lastUpdated or -_lastUpdated)")),
    }
}

fn identifiers(value: &str) -> Condition {
    let sought = alternatives(value)
        .into_iter()
        .map(|one| match one.split_once('|') {
            None => Identifier {
                system: None,
                value: Some(one),
            },
            Some((system, value)) => Identifier {
                system: Some(system.to_owned()),
                value: (!value.is_empty()).then(|| value.to_owned()),
            },
        })
        .collect();
    Condition::Identifiers(sought)
}

fn patients(value: &str) -> Result<Condition, Problem> {
    alternatives(value)
        .into_iter()
        .map(|one| match one.rsplit_once('/') {
            None => Ok(one),
            Some((kind, id)) if kind.rsplit('/').next() == Some("Patient") => Ok(id.to_owned()),
            Some(_) => Err(Problem::new(
                400,
                "not-supported",
                "only references to patients are searched",
            )),
        })
        .collect::<Result<_, _>>()
        .map(Condition::Patients)
}

fn taken(value: &str) -> Result<Condition, Problem> {
    let prefix = value
        .get(..2)
        .filter(|prefix| prefix.bytes().all(|b| b.is_ascii_lowercase()));
    let date = value.get(prefix.map_or(0, str::len)..).unwrap_or_default();
    let (start, end) = period(date).ok_or_else(|| {
        Problem::new(
            400,
            "value",
            "_lastUpdated is not a date, with or without a time",
        )
    })?;
    let (first, last) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    let (from, to) = match prefix.unwrap_or("eq") {
        "eq" => (start, end),
        "gt" | "sa" => (end, last),
        "ge" => (start, last),
        "lt" | "eb" => (first, start),
        "le" => (first, end),
        _ => {
            return Err(Problem::new(
                400,
                "not-supported",
                "_lastUpdated takes eq, gt, ge, lt, le, sa and eb",
            ));
        }
    };
    Ok(Condition::Taken(from, to))
}

/// The first instant of a FHIR date, as precise as it is given, and the first instant behind it.
/// Without a zone it is read as UTC.
pub(super) fn period(text: &str) -> Option<(Timestamp, Timestamp)> {
    // In a query a plus sign that was not encoded has become a blank.
    let text = text.trim().replace(' ', "+");
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<i16>().ok());
    let day = |year: i16, month: i16, day: i16| {
        civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    };
    match text.len() {
        4 => {
            let start = day(number(Some(&text))?, 1, 1)?;
            Some((
                midnight(start)?,
                midnight(start.checked_add(jiff::Span::new().years(1)).ok()?)?,
            ))
        }
        7 => {
            let (year, month) = text.split_once('-')?;
            let start = day(number(Some(year))?, number(Some(month))?, 1)?;
            Some((
                midnight(start)?,
                midnight(start.checked_add(jiff::Span::new().months(1)).ok()?)?,
            ))
        }
        10 => {
            let start: civil::Date = text.parse().ok()?;
            Some((midnight(start)?, midnight(start.tomorrow().ok()?)?))
        }
        _ => {
            let time = text.split_once('T')?.1;
            let start = match text.parse::<jiff::Timestamp>() {
                Ok(instant) => Timestamp(instant.as_millisecond()),
                Err(_) => {
                    let local: civil::DateTime = text.parse().ok()?;
                    Timestamp(
                        local
                            .to_zoned(jiff::tz::TimeZone::UTC)
                            .ok()?
                            .timestamp()
                            .as_millisecond(),
                    )
                }
            };
            let clock = time.split(['Z', '+', '-']).next().unwrap_or_default();
            let width_ms = match (clock.contains('.'), clock.matches(':').count()) {
                (true, _) => 1,
                (false, 2) => 1000,
                (false, _) => 60_000,
            };
            Some((start, start.plus_ms(width_ms)))
        }
    }
}

fn midnight(date: civil::Date) -> Option<Timestamp> {
    let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("an instant")
    }

    #[test]
    fn a_date_is_as_wide_as_it_is_vague() {
        for (text, start, end) in [
            ("2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
            (
                "2026-11-23T14:05Z",
                "2026-11-23T14:05:00Z",
                "2026-11-23T14:06:00Z",
            ),
            (
                "2026-11-23T14:05:01Z",
                "2026-11-23T14:05:01Z",
                "2026-11-23T14:05:02Z",
            ),
            (
                "2026-11-23T14:05:01.5Z",
                "2026-11-23T14:05:01.500Z",
                "2026-11-23T14:05:01.501Z",
            ),
            (
                "2026-11-23T14:05:01 01:00",
                "2026-11-23T13:05:01Z",
                "2026-11-23T13:05:02Z",
            ),
            (
                "2026-11-23T14:05:01",
                "2026-11-23T14:05:01Z",
                "2026-11-23T14:05:02Z",
            ),
        ] {
            assert_eq!(period(text), Some((ms(start), ms(end))), "{text}");
        }
        for bad in [
            "",
            "26",
            "2026-13",
            "2026-02-30",
            "yesterday",
            "2026-11-23T",
            "é026",
        ] {
            assert_eq!(period(bad), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_date_breaks_the_reader(text: String, shaped in "[0-9T:Z+ .-]{0,30}") {
            for text in [text, shaped] {
                if let Some((start, end)) = period(&text) {
                    proptest::prop_assert!(start < end, "{} is a period", text);
                }
            }
        }
    }

    #[test]
    fn an_unknown_parameter_is_named() {
        let pairs = [("birthdate".to_owned(), "1970".to_owned())];
        let problem = Criteria::read("Patient", &pairs).expect_err("not supported");
        assert_eq!(problem.status, 400);
        assert!(problem.outcome.to_string().contains("birthdate"));
    }
}
