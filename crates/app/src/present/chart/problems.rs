use super::super::status::badge_unless_synced;
use crate::present::filed::{Filed, codes, newest_first};
use crate::present::now::Moment;
use crate::present::phrase::{say, told};
use crate::present::{Backdrop, words};
use crate::view::ProblemView;

/// Active problems first, by the date they began; then the others, the latest first.
pub(super) fn problems(conditions: &[&Filed<'_>], backdrop: Backdrop<'_>) -> Vec<ProblemView> {
    let now = backdrop.now;
    let mut rows: Vec<(bool, Option<Moment>, Option<Moment>, &Filed<'_>)> = conditions
        .iter()
        .filter(|filed| !codes(&filed.value, "verificationStatus").any(|code| code == "refuted"))
        .map(|filed| {
            let began = filed.moment(&["onsetDateTime", "onsetPeriod.start", "recordedDate"], now);
            let ended = filed.moment(&["abatementDateTime", "abatementPeriod.end"], now);
            (is_active(filed), began, ended, *filed)
        })
        .collect();
    rows.sort_by_key(|(active, began, ended, _)| {
        let order = if *active {
            began.map_or(i64::MAX, |moment| moment.at.as_millis())
        } else {
            newest_first(ended.or(*began))
                .0
                .map_or(i64::MAX, |at| at.saturating_neg())
        };
        (!active, order)
    });
    rows.into_iter()
        .map(|(active, began, ended, filed)| ProblemView {
            key: filed.key.to_string(),
            name: words::name_of(filed.value.get("code")),
            active,
            when: match (active, began, ended) {
                (true, Some(began), _) => told!("since {}", began.date(now)),
                (false, _, Some(ended)) => told!("until {}", ended.date(now)),
                (false, Some(began), None) => told!("from {}", began.date(now)),
                (_, None, _) => say(crate::present::now::DATE_NOT_RECORDED).to_owned(),
            },
            status: status_word(filed),
            sync: badge_unless_synced(filed.status, backdrop.facts, now),
        })
        .collect()
}

/// A problem without a status is active unless its end is recorded: unknown never means gone.
fn is_active(condition: &Filed<'_>) -> bool {
    match codes(&condition.value, "clinicalStatus").next() {
        Some("active" | "recurrence" | "relapse") => true,
        Some("inactive" | "remission" | "resolved") => false,
        Some(_) | None => ![
            "abatementDateTime",
            "abatementPeriod",
            "abatementString",
            "abatementAge",
        ]
        .iter()
        .any(|element| condition.value.get(element).is_some()),
    }
}

fn status_word(condition: &Filed<'_>) -> String {
    match codes(&condition.value, "clinicalStatus").next() {
        Some("active") => say("Active"),
        Some("recurrence") => say("Active again"),
        Some("relapse") => say("Relapse"),
        Some("inactive") => say("Inactive"),
        Some("remission") => say("In remission"),
        Some("resolved") => say("Resolved"),
        Some(_) | None => say("Status not recorded"),
    }
    .to_owned()
}
