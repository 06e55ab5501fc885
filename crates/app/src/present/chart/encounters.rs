use serde_json::Value;

use super::person;
use crate::present::filed::{Filed, date_words, items, newest_first, text};
use crate::present::now::{Moment, Precision};
use crate::present::phrase::say;
use crate::present::{Backdrop, Now, words};
use crate::view::EncounterView;

/// Newest first.
pub(super) fn encounters(encounters: &[&Filed<'_>], backdrop: Backdrop<'_>) -> Vec<EncounterView> {
    let now = backdrop.now;
    let mut rows: Vec<_> = encounters
        .iter()
        .map(|filed| (filed.moment(&["period.start", "period.end"], now), *filed))
        .collect();
    rows.sort_by_key(|(start, _)| newest_first(*start));
    rows.into_iter()
        .map(|(start, filed)| EncounterView {
            key: filed.key.to_string(),
            date: date_words(start, now),
            time: times(filed, now),
            title: title(&filed.value),
            class: class(&filed.value),
            with: person(&filed.value, &["participant"], backdrop.people).unwrap_or_default(),
            status: status_word(filed.state()).to_owned(),
        })
        .collect()
}

/// What the visit was: its type, else its reason, else its class.
pub(super) fn title(encounter: &Value) -> String {
    ["type", "reasonCode"]
        .iter()
        .flat_map(|name| items(encounter, name))
        .map(words::concept)
        .find(|words| !words.is_empty())
        .unwrap_or_else(|| match class(encounter) {
            class if class.is_empty() => say("Encounter").to_owned(),
            class => class,
        })
}

/// HL7 v3 ActEncounterCode.
pub(super) fn class(encounter: &Value) -> String {
    let Some(class) = encounter.get("class") else {
        return String::new();
    };
    match text(class, "code") {
        Some("AMB") => say("Ambulatory"),
        Some("HH") => say("Home visit"),
        Some("EMER") => say("Emergency"),
        Some("IMP") => say("Inpatient"),
        Some("ACUTE") => say("Inpatient, acute"),
        Some("NONAC") => say("Inpatient, not acute"),
        Some("OBSENC") => say("Observation"),
        Some("PRENC") => say("Before admission"),
        Some("SS") => say("Short stay"),
        Some("VR") => say("By phone or video"),
        Some("FLD") => say("In the field"),
        Some(_) | None => text(class, "display").unwrap_or_default(),
    }
    .to_owned()
}

/// "09:30–09:50"; the date of the end is said when it is another day.
fn times(filed: &Filed<'_>, now: &Now) -> String {
    let exact = |element: &str| -> Option<Moment> {
        filed
            .moment(&[element], now)
            .filter(|moment| moment.precision == Precision::Instant)
    };
    match (exact("period.start"), exact("period.end")) {
        (Some(start), Some(end)) if now.date(start.at) == now.date(end.at) => {
            format!("{}–{}", now.clock(start.at), now.clock(end.at))
        }
        (Some(start), Some(end)) => {
            format!("{} – {}", now.clock(start.at), now.date_time(end.at))
        }
        (Some(start), None) => now.clock(start.at),
        (None, _) => String::new(),
    }
}

fn status_word(status: &str) -> &'static str {
    match status {
        "planned" => say("Planned"),
        "arrived" => say("Arrived"),
        "triaged" => say("Triaged"),
        "in-progress" => say("In progress"),
        "onleave" => say("On leave"),
        "finished" => say("Finished"),
        "cancelled" => say("Cancelled"),
        _ => say("Status not recorded"),
    }
}
