//! Allergies: the four states of knowledge never look alike.

use crate::present::phrase::{say, told};
use haven_model::SyncStatus;
use haven_model::display;
use serde_json::Value;

use super::recorded_twice::{Allergy, once};
use crate::present::Backdrop;
use crate::present::filed::{Filed, codes};
use crate::present::status::badge_unless_synced;
use crate::view::{AllergyLine, AllergyLineItem, AllergyState, AllergyView};

/// SNOMED CT 716186003 "No known allergy" and the IPS code of the same meaning.
const NO_KNOWN_ALLERGY: [&str; 2] = ["716186003", "no-known-allergies"];

/// "Somebody asked" about one kind of substance only: SNOMED CT 409137002, 428607008, 429625007,
/// 428197003, and the IPS codes.
const NONE_OF_A_KIND: [(&str, &str); 8] = [
    ("409137002", "No known medicine allergies"),
    (
        "no-known-medication-allergies",
        "No known medicine allergies",
    ),
    ("428607008", "No known environmental allergies"),
    (
        "no-known-environmental-allergies",
        "No known environmental allergies",
    ),
    ("429625007", "No known food allergies"),
    ("no-known-food-allergies", "No known food allergies"),
    ("428197003", "No known insect allergies"),
    ("1003774007", "No known latex allergy"),
];

/// The banner's line.
pub(super) fn line(allergies: &[&Filed<'_>], whole: bool, complete: bool) -> AllergyLine {
    if !whole {
        return empty_line(
            AllergyState::Unavailable,
            say("Allergies not on this device"),
        );
    }
    let known: Vec<AllergyLineItem> = once(sorted(allergies))
        .into_iter()
        .filter(|of_one| {
            let (filed, words) = of_one.shown();
            (words.active || is_disputed(filed)) && absence(&filed.value).is_none()
        })
        .map(|of_one| {
            let (filed, words) = of_one.shown();
            AllergyLineItem {
                substance: words.substance.clone(),
                criticality: if is_disputed(filed) {
                    say("needs review").to_owned()
                } else {
                    of_one.criticalities()
                },
                high: words.high || is_disputed(filed),
                twice: of_one.in_the_banner(),
            }
        })
        .collect();
    if !known.is_empty() {
        return AllergyLine {
            state: AllergyState::Known,
            text: if complete {
                say("Allergies:").to_owned()
            } else {
                say("Allergies, not all on this device yet:").to_owned()
            },
            items: known,
        };
    }
    // What has not arrived must not read as if nobody had recorded it, nor as if there were none.
    if !complete {
        return empty_line(
            AllergyState::Unavailable,
            say("Allergies not on this device yet"),
        );
    }
    let asked: Vec<Absence> = allergies
        .iter()
        .filter(|filed| display::allergy(&filed.value).active)
        .filter_map(|filed| absence(&filed.value))
        .collect();
    if asked.contains(&Absence::OfAny) {
        return empty_line(AllergyState::NoneKnown, say("No known allergies"));
    }
    // A clear answer about medicines says nothing about food: it must not pass for "none known".
    match asked.first() {
        Some(Absence::OfKind(words)) => empty_line(
            AllergyState::NotRecorded,
            &told!("{}; other allergies not recorded", say(words)),
        ),
        Some(Absence::OfAny) | None => {
            empty_line(AllergyState::NotRecorded, say("Allergies not recorded"))
        }
    }
}

fn empty_line(state: AllergyState, text: &str) -> AllergyLine {
    AllergyLine {
        state,
        text: text.to_owned(),
        items: Vec::new(),
    }
}

/// All allergies: current ones first, high criticality before the others; refuted ones are none. Records
/// of the same code stand as one, with each of them below it.
pub(super) fn allergies(allergies: &[&Filed<'_>], backdrop: Backdrop<'_>) -> Vec<AllergyView> {
    let standing = sorted(allergies)
        .into_iter()
        .filter(|(filed, _)| {
            !codes(&filed.value, "verificationStatus").any(|code| code == "refuted")
        })
        .collect();
    once(standing)
        .into_iter()
        .map(|of_one| {
            let (filed, words) = of_one.shown();
            let says_none = absence(&filed.value).is_some();
            AllergyView {
                key: filed.key.to_string(),
                substance: words.substance.clone(),
                category: words.category.clone(),
                criticality: match (says_none, words.active) {
                    (true, _) => String::new(),
                    (false, _) if is_disputed(filed) => say("Criticality needs review").to_owned(),
                    (false, true) => of_one.long_criticalities(),
                    (false, false) => say("No longer active").to_owned(),
                },
                high: (words.active && words.high) || is_disputed(filed),
                reaction: if says_none {
                    String::new()
                } else {
                    of_one.reactions()
                },
                sync: badge_unless_synced(filed.status, backdrop.facts, backdrop.now),
                twice: of_one.in_the_list(),
                differs: of_one.differs(),
                sources: of_one.sources(backdrop),
            }
        })
        .collect()
}

fn sorted<'f, 'a>(allergies: &[&'f Filed<'a>]) -> Vec<Allergy<'f, 'a>> {
    let mut sorted: Vec<_> = allergies
        .iter()
        .map(|filed| (*filed, display::allergy(&filed.value)))
        .collect();
    sorted.sort_by_cached_key(|(filed, words)| {
        (
            !words.active,
            !words.high,
            words.substance.to_lowercase(),
            filed.key.id.clone(),
        )
    });
    sorted
}

/// Whether two people disagree about it: until one decides, this device's side must not pass for
/// what is known, least of all where it is the milder one.
pub(super) fn is_disputed(filed: &Filed<'_>) -> bool {
    filed.status == SyncStatus::Conflict
}

/// What an AllergyIntolerance says there is none of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Absence {
    OfAny,
    OfKind(&'static str),
}

fn absence(allergy: &Value) -> Option<Absence> {
    codes(allergy, "code").find_map(|code| {
        if NO_KNOWN_ALLERGY.contains(&code) {
            return Some(Absence::OfAny);
        }
        NONE_OF_A_KIND
            .iter()
            .find(|(kind, _)| *kind == code)
            .map(|(_, words)| Absence::OfKind(words))
    })
}
