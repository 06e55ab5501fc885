//! How far a first sync has come: what is asked for next, decided purely.
//!
//! The user's own patients come first, then everything else, newest first, in pieces of 30 days by the
//! server's clock, types of a higher priority before those of a lower one. Invariants: what changes at
//! the server meanwhile is read from the place where the first sync began; nothing is called complete
//! before that has been read; what is told as done is never more than the total.

use std::collections::BTreeMap;

use haven_model::Timestamp;
use haven_model::outline::{Outline, OutlineType};
use haven_model::strategy::Strategies;
use haven_model::wire::PullRequest;
use serde::{Deserialize, Serialize};

/// A piece of the past that is read at a time.
const WINDOW_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Types that name the people and places of every chart; few, and read before the first chart.
const PEOPLE: [&str; 5] = [
    "HealthcareService",
    "Location",
    "Organization",
    "Practitioner",
    "PractitionerRole",
];

/// What a first sync is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstPhase {
    /// The names of people and places.
    People,
    /// The user's own patients and today's schedule.
    Own,
    /// Everything else, newest first.
    Rest,
    /// What changed since it began.
    CatchingUp,
    /// Everything, in the server's own order: it cannot tell what comes first.
    Everything,
    /// All of it is here.
    Complete,
}

/// How far a first sync has come; kept with each page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstSync {
    /// What it is busy with.
    pub phase: FirstPhase,
    /// Where the sync goes on once everything is here.
    pub begins: Option<String>,
    /// Where the next page of the present piece starts.
    cursor: Option<String>,
    /// The end of the present piece, by the server's clock in milliseconds; `None` for now.
    until_ms: Option<i64>,
    /// How far the present piece reaches back.
    span_ms: i64,
    /// When the first sync began, by the server's clock in milliseconds.
    began_ms: i64,
    /// When the oldest version was taken.
    oldest_ms: i64,
    /// The types that are read together, the most urgent first; an empty list for all of them.
    groups: Vec<Vec<String>>,
    /// Which of them is being read.
    group: usize,
    /// Whether the present piece has brought anything.
    brought: bool,
    /// How much there is, by type; empty where the server does not tell.
    pub total: BTreeMap<String, OutlineType>,
    /// How much is here, by type.
    pub done: BTreeMap<String, OutlineType>,
}

impl FirstSync {
    /// The beginning, from what the server told.
    #[must_use]
    pub fn begin(outline: Outline, strategies: &Strategies) -> Self {
        let at = |text: &str| Timestamp::parse(text).map(Timestamp::as_millis);
        let began_ms = at(&outline.sync_timestamp).unwrap_or(0);
        let oldest_ms = outline.oldest.as_deref().and_then(at).unwrap_or(began_ms);
        Self {
            phase: FirstPhase::People,
            begins: Some(outline.cursor),
            cursor: None,
            until_ms: None,
            span_ms: WINDOW_MS,
            began_ms,
            oldest_ms,
            groups: groups(strategies, &outline.types),
            group: 0,
            brought: false,
            total: outline.types,
            done: BTreeMap::new(),
        }
    }

    /// A first sync of a server that cannot tell what comes first.
    #[must_use]
    pub fn in_the_servers_order() -> Self {
        Self {
            phase: FirstPhase::Everything,
            ..Self::begin(Outline::default(), &Strategies::default())
        }
    }

    /// Whether all of it is here.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.phase == FirstPhase::Complete
    }

    /// Whether pages are asked for in the order of importance.
    #[must_use]
    pub fn is_by_importance(&self) -> bool {
        matches!(
            self.phase,
            FirstPhase::People | FirstPhase::Own | FirstPhase::Rest
        )
    }

    /// Narrows a pull to the present piece.
    pub fn narrow(&self, request: &mut PullRequest, own: &[String], pulled: &[String]) {
        request.cursor.clone_from(&self.cursor);
        match self.phase {
            FirstPhase::People => {
                request.collections = PEOPLE
                    .into_iter()
                    .filter(|name| pulled.is_empty() || pulled.iter().any(|one| one == name))
                    .map(str::to_owned)
                    .collect();
            }
            FirstPhase::Own => request.patients = own.to_vec(),
            FirstPhase::Rest => {
                request.except_patients = own.to_vec();
                request.collections = self
                    .groups
                    .get(self.group)
                    .filter(|group| !group.is_empty())
                    .map_or_else(|| pulled.to_vec(), Clone::clone);
                let instant = |ms: i64| Timestamp(ms).to_instant();
                request.until = self.until_ms.map(instant);
                request.since = self.since_ms().map(instant);
            }
            FirstPhase::CatchingUp | FirstPhase::Everything | FirstPhase::Complete => {}
        }
    }

    /// Where the present piece begins; `None` when it reaches back to the oldest.
    fn since_ms(&self) -> Option<i64> {
        let until_ms = self.until_ms.unwrap_or(self.began_ms);
        let since_ms = until_ms.saturating_sub(self.span_ms);
        (since_ms > self.oldest_ms).then_some(since_ms)
    }

    /// Goes on behind a page; `own` is how many patients the user has.
    pub fn advance(&mut self, cursor: &str, has_more: bool, changes: u64, own: usize) {
        self.brought |= changes > 0;
        if has_more {
            self.cursor = Some(cursor.to_owned());
            return;
        }
        self.cursor = None;
        match self.phase {
            FirstPhase::People if own > 0 => self.phase = FirstPhase::Own,
            FirstPhase::People | FirstPhase::Own => self.phase = FirstPhase::Rest,
            FirstPhase::Rest => self.next_piece(),
            FirstPhase::CatchingUp | FirstPhase::Everything => self.complete(),
            FirstPhase::Complete => {}
        }
        self.brought = false;
    }

    fn next_piece(&mut self) {
        if let Some(since_ms) = self.since_ms() {
            // Years in which nothing was written are not asked for month by month.
            self.span_ms = if self.brought {
                WINDOW_MS
            } else {
                self.span_ms.saturating_mul(2)
            };
            self.until_ms = Some(since_ms);
            return;
        }
        self.until_ms = None;
        self.span_ms = WINDOW_MS;
        self.group += 1;
        if self.group >= self.groups.len() {
            self.phase = FirstPhase::CatchingUp;
        }
    }

    /// All of it is here: what is here is the total.
    pub fn complete(&mut self) {
        self.phase = FirstPhase::Complete;
        self.total.clone_from(&self.done);
    }

    /// Counts a resource that has arrived.
    pub fn count(&mut self, resource_type: &str, bytes: u64) {
        let done = self.done.entry(resource_type.to_owned()).or_default();
        done.count = done.count.saturating_add(1);
        done.bytes = done.bytes.saturating_add(bytes);
    }

    /// Items and bytes that are here, and those there are in all; `None` where the server does not
    /// tell. What is here is at most the total, which grows where the server's records did.
    #[must_use]
    pub fn sums(&self) -> (OutlineType, Option<OutlineType>) {
        let done = sum(self.done.values());
        if self.total.is_empty() && !self.is_complete() {
            return (done, None);
        }
        let by_type = self.by_type();
        (done, Some(sum(by_type.values().map(|(_, total)| total))))
    }

    /// By type, what is here and what there is.
    #[must_use]
    pub fn by_type(&self) -> BTreeMap<&str, (OutlineType, OutlineType)> {
        let names = self.total.keys().chain(self.done.keys());
        names
            .map(|name| {
                let done = self.done.get(name).copied().unwrap_or_default();
                let told = self.total.get(name).copied().unwrap_or_default();
                let total = OutlineType {
                    count: told.count.max(done.count),
                    bytes: told.bytes.max(done.bytes),
                };
                (name.as_str(), (done, total))
            })
            .collect()
    }

    /// Whether everything of a patient's chart is here, `own` being the user's own patients.
    #[must_use]
    pub fn covers(&self, patient: &str, own: &[String]) -> bool {
        match self.phase {
            FirstPhase::CatchingUp | FirstPhase::Complete => true,
            FirstPhase::People | FirstPhase::Own | FirstPhase::Everything => false,
            FirstPhase::Rest => own.iter().any(|one| one == patient),
        }
    }
}

fn sum<'t>(types: impl Iterator<Item = &'t OutlineType>) -> OutlineType {
    types.fold(OutlineType::default(), |sum, one| OutlineType {
        count: sum.count.saturating_add(one.count),
        bytes: sum.bytes.saturating_add(one.bytes),
    })
}

/// The types in groups of one priority, the most urgent first.
fn groups(strategies: &Strategies, types: &BTreeMap<String, OutlineType>) -> Vec<Vec<String>> {
    let mut by_priority: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for name in types.keys() {
        by_priority
            .entry(strategies.of(name).fetch_priority)
            .or_default()
            .push(name.clone());
    }
    if by_priority.len() <= 1 {
        return vec![Vec::new()];
    }
    by_priority.into_values().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    const DAY_MS: i64 = 24 * 60 * 60 * 1000;

    fn outline(days: i64) -> Outline {
        let now = Timestamp(1_795_442_700_000);
        Outline {
            cursor: "begin".to_owned(),
            sync_timestamp: now.to_instant(),
            oldest: Some(now.plus_ms(-days * DAY_MS).to_instant()),
            own_patients: vec!["p".to_owned()],
            types: [(
                "Observation".to_owned(),
                OutlineType {
                    count: 10,
                    bytes: 100,
                },
            )]
            .into(),
        }
    }

    proptest! {
        #[test]
        fn the_pieces_cover_all_of_the_past_without_a_gap(days in 0_i64..4_000, empty in 0_u64..3) {
            let mut first = FirstSync::begin(outline(days), &Strategies::default());
            let mut behind: Option<String> = None;
            let mut reached_the_oldest = false;
            for step in 0..200_u64 {
                if !first.is_by_importance() {
                    break;
                }
                if first.phase == FirstPhase::Rest {
                    let mut request = PullRequest::default();
                    first.narrow(&mut request, &[], &[]);
                    prop_assert_eq!(&request.until, &behind, "each piece ends where the last began");
                    reached_the_oldest = request.since.is_none();
                    behind = request.since;
                }
                first.advance("c", false, u64::from(step % (empty + 1) == 0), 1);
            }
            prop_assert!(reached_the_oldest, "the last piece reaches back to the oldest");
            prop_assert_eq!(first.phase, FirstPhase::CatchingUp);
        }

        #[test]
        fn what_is_done_is_never_more_than_the_total(more in 0_u64..40) {
            let mut first = FirstSync::begin(outline(1), &Strategies::default());
            for _ in 0..more {
                first.count("Observation", 30);
                let (done, total) = first.sums();
                let total = total.expect("the server told it");
                prop_assert!(done.count <= total.count && done.bytes <= total.bytes);
                prop_assert!(!first.is_complete(), "not before everything was read");
            }
            first.complete();
            let (done, total) = first.sums();
            prop_assert_eq!(Some(done), total);
        }
    }

    #[test]
    fn own_patients_come_first_and_are_not_read_twice() {
        let mut first = FirstSync::begin(outline(10), &Strategies::default());
        let own = ["p".to_owned()];
        let ask = |first: &FirstSync| {
            let mut request = PullRequest::default();
            first.narrow(&mut request, &own, &[]);
            request
        };
        assert!(!ask(&first).collections.is_empty(), "names before charts");
        first.advance("c", false, 1, 1);
        assert_eq!(ask(&first).patients, own);
        assert!(!first.covers("p", &own), "not before it is read");
        first.advance("page", true, 1, 1);
        assert_eq!(ask(&first).cursor.as_deref(), Some("page"), "page by page");
        first.advance("c", false, 1, 1);
        assert_eq!(ask(&first).except_patients, own);
        assert!(first.covers("p", &own) && !first.covers("q", &own));
    }

    #[test]
    fn types_of_a_higher_priority_are_read_before_the_others() {
        let strategies = Strategies::read(
            r#"{"offline": {"sync": {"resourceStrategies": {"AllergyIntolerance": {"priority": 1}}}}}"#,
        )
        .expect("a configuration");
        let mut told = outline(1);
        told.types
            .insert("AllergyIntolerance".to_owned(), OutlineType::default());
        let mut first = FirstSync::begin(told, &strategies);
        first.phase = FirstPhase::Rest;
        let mut order = Vec::new();
        while first.phase == FirstPhase::Rest {
            let mut request = PullRequest::default();
            first.narrow(&mut request, &[], &[]);
            order.extend(request.collections);
            first.advance("c", false, 1, 0);
        }
        assert_eq!(order, ["AllergyIntolerance", "Observation"]);
    }
}
