use crate::present::phrase::{say, told};
use haven_model::display;
use serde_json::Value;

use crate::present::filed::{Filed, items, text};
use crate::present::now::{DATE_NOT_RECORDED, Moment};
use crate::present::status::badge_unless_synced;
use crate::present::{Backdrop, Now};
use crate::view::MedicationView;

/// Active medicines first, then those on hold, then the others; the latest first in each.
pub(super) fn medications(filed: &[Filed<'_>], backdrop: Backdrop<'_>) -> Vec<MedicationView> {
    let now = backdrop.now;
    let mut rows: Vec<(u8, Option<Moment>, &Filed<'_>)> = filed
        .iter()
        .filter(|filed| filed.is("MedicationRequest") || filed.is("MedicationStatement"))
        .map(|filed| (rank(filed.state()), began(filed, now), filed))
        .collect();
    rows.sort_by_key(|(rank, began, _)| (*rank, crate::present::filed::newest_first(*began)));
    rows.into_iter()
        .map(|(rank, began, filed)| {
            let active = rank == 0;
            MedicationView {
                key: filed.key.to_string(),
                name: display::medicine(&filed.value),
                dose: display::dosage(&filed.value),
                active,
                when: match began {
                    Some(began) if active => told!("since {}", began.date(now)),
                    Some(began) => told!("from {}", began.date(now)),
                    None => say(DATE_NOT_RECORDED).to_owned(),
                },
                status: status_word(filed.state()).to_owned(),
                sync: badge_unless_synced(filed.status, backdrop.facts, now),
            }
        })
        .collect()
}

fn began(filed: &Filed<'_>, now: &Now) -> Option<Moment> {
    filed
        .moment(&["effectivePeriod.start", "effectiveDateTime"], now)
        .or_else(|| {
            dosages(&filed.value)
                .iter()
                .filter_map(|dosage| text(dosage, "timing.repeat.boundsPeriod.start"))
                .find_map(|start| Moment::read(start, now))
        })
        .or_else(|| filed.moment(&["authoredOn", "dateAsserted"], now))
}

fn dosages(value: &Value) -> &[Value] {
    match items(value, "dosageInstruction") {
        [] => items(value, "dosage"),
        dosages => dosages,
    }
}

/// What has no status is listed with the active ones: unknown never means stopped.
fn rank(status: &str) -> u8 {
    match status {
        "active" | "intended" | "" | "unknown" => 0,
        "on-hold" | "draft" => 1,
        _ => 2,
    }
}

fn status_word(status: &str) -> &'static str {
    match status {
        "active" => say("Active"),
        "on-hold" => say("On hold"),
        "draft" => say("Draft"),
        "intended" => say("Intended"),
        "completed" => say("Completed"),
        "stopped" => say("Stopped"),
        "cancelled" => say("Cancelled"),
        "not-taken" => say("Not taken"),
        _ => say("Status not recorded"),
    }
}
