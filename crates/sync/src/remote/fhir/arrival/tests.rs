use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

use super::*;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const NOW: Timestamp = Timestamp(1_795_442_700_000);

fn types() -> Vec<String> {
    ["Practitioner", "Patient", "Appointment", "Observation"]
        .map(str::to_owned)
        .to_vec()
}

/// Answers whatever is asked of a server whose Observations alone fill more than a page.
fn step(first: &mut Arrival, days: i64, brings: bool) -> Option<Walk> {
    match first.next(&types(), true, NOW) {
        Next::Over => None,
        Next::Settle => step(first, days, brings),
        Next::Compare(kind) => {
            first.note_compared(&kind, false);
            step(first, days, brings)
        }
        Next::Oldest(kind) => {
            first.note_oldest(&kind, Some(NOW.plus_ms(-days * DAY_MS).as_millis()));
            step(first, days, brings)
        }
        Next::Read(walk) => {
            let is_large = walk.kind == "Observation" && first.stage == Stage::Newest;
            let page = Facts {
                count: usize::from(brings),
                is_over: !is_large,
                is_sorted: true,
                newest_ms: Some(NOW.as_millis()),
                oldest_ms: Some(NOW.as_millis() - DAY_MS),
                ..Facts::default()
            };
            if first.is_by_parts() {
                first.heed(&walk, &page);
            } else {
                first.close(&walk.kind);
            }
            Some(*walk)
        }
    }
}

proptest! {
    #[test]
    fn windows_cover_all_of_the_past_without_a_gap(days in 2_i64..4_000, empty in 0_u64..3) {
        let mut first = Arrival::default();
        let mut behind: Option<String> = None;
        let mut windows = 0_u64;
        while let Some(walk) = step(&mut first, days, windows.is_multiple_of(empty + 1)) {
            let Some(piece) = walk.piece.filter(|piece| piece.until.is_some()) else {
                continue;
            };
            if behind.is_some() {
                prop_assert_eq!(&piece.until, &behind, "each ends where the one before began");
            }
            behind = piece.from;
            windows += 1;
            prop_assert!(windows < 200, "it comes to an end");
        }
        prop_assert!(windows > 0 && behind.is_none(), "the last reaches back to the oldest");
        prop_assert_eq!(first.stage, Stage::Done);
    }
}

#[test]
fn own_charts_come_before_the_rest_and_a_gap_in_them_is_told() {
    let mut first = Arrival::default();
    step(&mut first, 10, true);
    first.add_own(["p".to_owned()]);
    let mut order = Vec::new();
    while first.stage <= Stage::Charts {
        assert!(!first.covers("p"), "not before it is read");
        order.extend(step(&mut first, 10, true).map(|walk| walk.kind));
    }
    assert_eq!(order[..3], ["Appointment", "Patient", "Appointment"]);
    assert!(first.covers("p") && !first.covers("q"));
    first.gaps = true;
    assert!(!first.covers("p"));
}

#[test]
fn a_server_that_does_not_keep_to_windows_is_read_whole() {
    let mut first = Arrival::default();
    while first.stage != Stage::Windows {
        step(&mut first, 400, true).expect("there is more");
    }
    let walk = loop {
        match first.next(&types(), true, NOW) {
            Next::Oldest(kind) => first.note_oldest(&kind, None),
            Next::Read(walk) => break walk,
            other @ (Next::Settle | Next::Compare(_) | Next::Over) => unreachable!("{other:?}"),
        }
    };
    let page = Facts {
        strays: true,
        ..Facts::default()
    };
    assert!(!first.heed(&walk, &page));
    let Next::Read(whole) = first.next(&types(), false, NOW) else {
        unreachable!("it is read")
    };
    assert_eq!(
        (first.stage, whole.kind.as_str()),
        (Stage::Whole, "Observation")
    );
    assert_eq!(whole.piece, None);
}
