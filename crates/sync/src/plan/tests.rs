//! The planner over generated histories: correlated versions, as two devices and a server make
//! them, rather than unrelated ones.

use haven_model::clock::HUB_NODE;
use haven_model::{Resource, ResourceKey, SensitivityClass, SyncStatus, Timestamp, VectorClock};
use haven_store::{BaseState, InFlight, RemoteVersion, RowState, Stored};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Action, Decided, Held, MAX_REBASES_IN_A_ROW, Occasion, plan_pull};

const HERE: &str = "here";
const THERE: &str = "there";

fn key() -> ResourceKey {
    ResourceKey::new("Patient", "p").expect("a key")
}

fn patient(birth_date: &str, notes: &[String]) -> Resource {
    let contacts: Vec<Value> = notes
        .iter()
        .map(|note| json!({"system": "email", "value": note}))
        .collect();
    let mut value = json!({"resourceType": "Patient", "id": "p", "birthDate": birth_date});
    if !contacts.is_empty() {
        value["telecom"] = Value::Array(contacts);
    }
    Resource::from_value(&value).expect("a patient")
}

fn remote(resource: Option<Resource>, version: u64, clock: VectorClock) -> RemoteVersion {
    let last_modified = Timestamp(1_000);
    RemoteVersion {
        key: key(),
        resource: resource.map(|body| {
            body.with_server_meta(&version.to_string(), last_modified)
                .expect("meta")
        }),
        server_version: version.to_string(),
        vector_clock: clock,
        last_modified,
        device_id: None,
        device_name: None,
        user: None,
        edited_at: None,
    }
}

fn stored(resource: Option<Resource>, clock: VectorClock, status: SyncStatus) -> Stored {
    let deleted_at = resource.is_none().then_some(Timestamp(1));
    Stored {
        key: key(),
        resource,
        row: RowState {
            version: 1,
            server_version: Some("1".to_owned()),
            vector_clock: clock,
            last_modified: Timestamp(1_000),
            device_id: HERE.to_owned(),
            author: None,
            sync_status: status,
            deleted_at,
            deleted_by: None,
            patient: Some("p".to_owned()),
            class: SensitivityClass::Core,
            last_accessed: None,
        },
    }
}

fn base_clock() -> VectorClock {
    VectorClock::new().tick(THERE).tick(HUB_NODE)
}

fn dirty(base: Option<Resource>, local: Option<Resource>) -> Held {
    Held {
        stored: stored(local, base_clock().tick(HERE), SyncStatus::Pending),
        base: base.map(|resource| BaseState {
            resource: Some(resource),
            server_version: Some("1".to_owned()),
            vector_clock: base_clock(),
        }),
        in_flight: None,
        open_conflict: None,
        rebases: 0,
        is_copy: false,
        decided: None,
    }
}

fn text(resource: Option<&Resource>) -> String {
    resource
        .map(|body| String::from_utf8_lossy(body.bytes()).into_owned())
        .unwrap_or_default()
}

/// A side: which notes it adds, whether it changes the birth date, whether it deletes.
fn side(name: &'static str) -> impl Strategy<Value = (Vec<String>, Option<String>, bool)> {
    (
        prop::collection::vec(0_u8..40, 0..4),
        prop::option::of(1_u8..28),
        prop::bool::weighted(0.1),
    )
        .prop_map(move |(notes, day, deletes)| {
            let mut notes = notes;
            notes.sort_unstable();
            notes.dedup();
            let notes = notes
                .into_iter()
                .map(|note| format!("{name}-{note}"))
                .collect();
            (notes, day.map(|day| format!("1980-01-{day:02}")), deletes)
        })
}

fn apply(side: &(Vec<String>, Option<String>, bool), base_notes: &[String]) -> Option<Resource> {
    let (notes, birth_date, deletes) = side;
    let notes: Vec<String> = base_notes.iter().chain(notes).cloned().collect();
    (!deletes).then(|| patient(birth_date.as_deref().unwrap_or("1980-06-01"), &notes))
}

proptest! {
    #[test]
    fn no_edit_made_here_is_dropped(
        here in side("here"),
        there in side("there"),
        is_sent in any::<bool>(),
        occasion in prop::sample::select(vec![Occasion::Pulled, Occasion::Refused]),
    ) {
        let base_notes = ["base".to_owned()];
        let base = patient("1980-06-01", &base_notes);
        let mut held = dirty(Some(base), apply(&here, &base_notes));
        if is_sent {
            held.in_flight = Some(InFlight {
                op_id: "here:1".to_owned(),
                key: key(),
                operation: haven_model::Operation::Update,
                resource: held.stored.resource.clone(),
                base_version: Some("1".to_owned()),
                vector_clock: held.stored.row.vector_clock.clone(),
                row_version: 1,
                edited_at: Timestamp(1),
            });
        }
        let theirs = remote(
            apply(&there, &base_notes), 2, base_clock().tick(THERE).tick(HUB_NODE),
        );
        let local = Some(held.clone());
        let plan = plan_pull(&local, &theirs, occasion);
        prop_assert_eq!(&plan, &plan_pull(&local, &theirs, occasion), "the same input, the same plan");
        prop_assert_eq!(plan.release.is_some(), is_sent, "what was sent is let go with its content kept");
        let kept = match &plan.action {
            Action::Skip => return Err(TestCaseError::fail("an unseen version is never skipped")),
            Action::Accept => text(theirs.resource.as_ref()),
            Action::Rebase { resource, .. } => text(resource.as_ref()),
            Action::Conflict(standoff) => {
                prop_assert_eq!(&standoff.local, &held.stored.resource, "a person sees this side whole");
                prop_assert!(!standoff.fields.is_empty(), "a conflict says what it is about");
                return Ok(());
            }
        };
        if here.2 {
            prop_assert!(kept.is_empty() , "a deletion that is not put before a person is kept");
            return Ok(());
        }
        for note in &here.0 {
            prop_assert!(kept.contains(&format!("\"{note}\"")), "{note} is missing from the plan");
        }
        if let Some(day) = &here.1 && !there.2 {
            prop_assert!(kept.contains(day.as_str()), "the birth date set here is missing");
        }
        if let Action::Rebase { .. } = &plan.action {
            for note in &there.0 {
                prop_assert!(kept.contains(&format!("\"{note}\"")), "{note} of the server is missing");
            }
        }
    }
}

#[test]
fn what_the_server_has_seen_of_this_device_is_not_merged_again() {
    let edited = patient("1981-01-01", &[]);
    let held = dirty(Some(patient("1980-06-01", &[])), Some(edited.clone()));
    let seen = held
        .stored
        .row
        .vector_clock
        .clone()
        .tick(THERE)
        .tick(HUB_NODE);
    let theirs = remote(Some(patient("1999-09-09", &[])), 3, seen);
    assert_eq!(
        plan_pull(&Some(held), &theirs, Occasion::Pulled).action,
        Action::Accept,
        "the server's version was made knowing this edit"
    );
}

#[test]
fn a_deletion_of_what_was_sent_unanswered_and_changed_there_is_put_before_a_person() {
    let deleted = dirty(None, None);
    let changed = remote(Some(patient("1962-07-25", &[])), 2, base_clock());
    let plan = plan_pull(&Some(deleted.clone()), &changed, Occasion::Pulled);
    assert!(
        matches!(plan.action, Action::Conflict(_)),
        "nobody here knows what the server's version came from: {plan:?}"
    );
    let gone = remote(None, 2, base_clock());
    let plan = plan_pull(&Some(deleted), &gone, Occasion::Pulled);
    assert_eq!(plan.action, Action::Accept, "deleted on both sides");
}

#[test]
fn the_echo_of_the_base_changes_nothing() {
    let base = patient("1980-06-01", &[]);
    let held = dirty(Some(base.clone()), Some(patient("1981-01-01", &[])));
    let echo = remote(Some(base), 1, base_clock());
    assert_eq!(
        plan_pull(&Some(held), &echo, Occasion::Pulled).action,
        Action::Skip
    );
}

#[test]
fn an_edit_on_a_version_the_server_lost_is_put_on_what_it_has_left() {
    let local = patient("1981-01-01", &[]);
    let held = dirty(Some(patient("1980-06-01", &[])), Some(local.clone()));
    let older = remote(
        Some(patient("1970-01-01", &[])),
        1,
        VectorClock::new().tick(THERE),
    );
    assert_eq!(
        plan_pull(&Some(held), &older, Occasion::Refused).action,
        Action::Rebase {
            resource: Some(local),
            merged: false
        },
        "what is here descends from what the restored server has: it goes on top, unchanged"
    );
}

#[test]
fn an_acknowledged_version_that_the_server_lost_is_offered_again() {
    let kept = patient("1981-01-01", &[]);
    let held = Held {
        stored: stored(
            Some(kept.clone()),
            base_clock().tick(HERE).tick(HUB_NODE),
            SyncStatus::Synced,
        ),
        base: None,
        in_flight: None,
        open_conflict: None,
        rebases: 0,
        is_copy: false,
        decided: None,
    };
    let older = remote(Some(patient("1980-06-01", &[])), 1, base_clock());
    assert_eq!(
        plan_pull(&Some(held), &older, Occasion::Pulled).action,
        Action::Rebase {
            resource: Some(kept),
            merged: false
        }
    );
}

#[test]
fn what_a_restored_server_lost_was_taken_away_by_nobody() {
    // The edit was made on a version that the server no longer knows; somebody went on from the one
    // before it.
    let mut held = dirty(
        Some(patient("1980-06-01", &["lost-1".to_owned()])),
        Some(patient("1981-01-01", &["lost-1".to_owned()])),
    );
    let lost = base_clock().tick(HERE).tick(HUB_NODE);
    held.stored.row.vector_clock = lost.clone().tick(HERE);
    if let Some(base) = &mut held.base {
        base.vector_clock = lost;
        base.server_version = Some("2".to_owned());
    }
    let theirs = remote(
        Some(patient("1980-06-01", &["there-1".to_owned()])),
        2,
        base_clock().tick(THERE).tick(HUB_NODE),
    );
    match plan_pull(&Some(held), &theirs, Occasion::Pulled).action {
        Action::Rebase { resource, .. } => {
            let kept = text(resource.as_ref());
            assert!(
                kept.contains("lost-1") && kept.contains("there-1"),
                "{kept}"
            );
        }
        Action::Conflict(standoff) => {
            let kept = text(standoff.local.as_ref());
            assert!(kept.contains("lost-1") && kept.contains("1981"), "{kept}");
        }
        other @ (Action::Skip | Action::Accept) => unreachable!("the edit is lost by {other:?}"),
    }
}

#[test]
fn a_deletion_that_a_restored_server_lost_is_put_before_a_person() {
    let lost = base_clock().tick(HERE).tick(HUB_NODE);
    let held = Held {
        stored: stored(None, lost, SyncStatus::Synced),
        base: None,
        in_flight: None,
        open_conflict: None,
        rebases: 0,
        is_copy: false,
        decided: None,
    };
    let theirs = remote(
        Some(patient("1980-06-01", &["there-1".to_owned()])),
        2,
        base_clock().tick(THERE).tick(HUB_NODE),
    );
    match plan_pull(&Some(held), &theirs, Occasion::Pulled).action {
        Action::Conflict(standoff) => assert_eq!(standoff.local, None, "it was deleted here"),
        other @ (Action::Skip | Action::Accept | Action::Rebase { .. }) => {
            unreachable!("whoever deleted it hears nothing: {other:?}")
        }
    }
}

#[test]
fn a_clock_says_nothing_of_an_edit_made_in_a_copy_of_the_store() {
    let base = patient("1980-06-01", &[]);
    let mut held = dirty(Some(base.clone()), Some(patient("1981-01-01", &[])));
    held.is_copy = true;
    // The other copy made one edit too: the same count of the same device.
    let theirs = remote(
        Some(patient("1980-06-01", &["there-1".to_owned()])),
        2,
        base_clock().tick(HERE).tick(HUB_NODE),
    );
    let action = plan_pull(&Some(held), &theirs, Occasion::Pulled).action;
    let Action::Rebase {
        resource,
        merged: true,
    } = action
    else {
        unreachable!("one of the two edits is lost: {action:?}");
    };
    let kept = text(resource.as_ref());
    assert!(kept.contains("1981") && kept.contains("there-1"), "{kept}");
}

#[test]
fn a_merge_that_keeps_coming_back_goes_to_a_person() {
    let mut held = dirty(
        Some(patient("1980-06-01", &[])),
        Some(patient("1980-06-01", &["here-1".to_owned()])),
    );
    let theirs = remote(
        Some(patient("1980-06-01", &["there-1".to_owned()])),
        2,
        base_clock().tick(THERE).tick(HUB_NODE),
    );
    let first = plan_pull(&Some(held.clone()), &theirs, Occasion::Refused).action;
    assert!(
        matches!(first, Action::Rebase { merged: true, .. }),
        "lists merge by themselves"
    );
    held.rebases = MAX_REBASES_IN_A_ROW;
    let last = plan_pull(&Some(held), &theirs, Occasion::Refused).action;
    assert!(
        matches!(last, Action::Conflict(_)),
        "after three merges in a row a person looks"
    );
}

#[test]
fn an_open_conflict_is_brought_up_to_date_only_by_what_it_has_not_seen() {
    let seen = base_clock().tick(THERE).tick(HUB_NODE);
    let mut held = dirty(
        Some(patient("1980-06-01", &[])),
        Some(patient("1981-01-01", &[])),
    );
    held.stored.row.sync_status = SyncStatus::Conflict;
    held.open_conflict = Some(seen.clone());
    let known = remote(Some(patient("1982-02-02", &[])), 2, seen.clone());
    assert_eq!(
        plan_pull(&Some(held.clone()), &known, Occasion::Pulled).action,
        Action::Skip
    );
    let moved = remote(
        Some(patient("1983-03-03", &[])),
        3,
        seen.tick(THERE).tick(HUB_NODE),
    );
    let action = plan_pull(&Some(held), &moved, Occasion::Pulled).action;
    assert!(
        matches!(action, Action::Conflict(_)),
        "the newer side is put before the person"
    );
}

#[test]
fn the_same_edit_made_twice_is_no_conflict() {
    let same = patient("1981-01-01", &["both".to_owned()]);
    let held = dirty(Some(patient("1980-06-01", &[])), Some(same.clone()));
    let theirs = remote(Some(same), 2, base_clock().tick(THERE).tick(HUB_NODE));
    assert_eq!(
        plan_pull(&Some(held), &theirs, Occasion::Pulled).action,
        Action::Accept
    );
}

#[test]
fn two_decisions_of_one_conflict_meet_a_person_again_unless_they_are_alike() {
    let side = base_clock().tick(HERE);
    let other_side = base_clock().tick(THERE).tick(HUB_NODE);
    let notes =
        |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.to_owned()).collect() };
    let before = patient("1980-06-01", &[]);
    let here = patient("1980-06-01", &notes(&["here-1"]));
    let mut held = dirty(Some(patient("1982-02-02", &[])), Some(here.clone()));
    held.stored.row.vector_clock = side.clone().join(&other_side).tick(HERE);
    if let Some(base) = &mut held.base {
        base.vector_clock = other_side.clone();
        base.server_version = Some("2".to_owned());
    }
    let seen_by_admin = side.clone().join(&other_side).tick("admin").tick(HUB_NODE);
    let theirs = |resource: Resource| remote(Some(resource), 3, seen_by_admin.clone());
    let apart = patient("1982-02-02", &notes(&["there-1"]));
    let undecided = plan_pull(
        &Some(held.clone()),
        &theirs(apart.clone()),
        Occasion::Pulled,
    );
    assert!(
        matches!(undecided.action, Action::Rebase { merged: true, .. }),
        "two edits a machine puts together"
    );
    held.decided = Some(Decided {
        local_clock: side,
        base: Some(before),
    });
    for occasion in [Occasion::Pulled, Occasion::Refused] {
        let again = plan_pull(&Some(held.clone()), &theirs(apart.clone()), occasion);
        let Action::Conflict(standoff) = again.action else {
            unreachable!("two decisions it does not: {again:?}");
        };
        assert_eq!(standoff.rule, "decided-twice");
        assert!(!standoff.fields.is_empty(), "and says where they differ");
        let alike = plan_pull(&Some(held.clone()), &theirs(here.clone()), occasion);
        assert_eq!(alike.action, Action::Accept, "alike they are one");
    }
    let unaware = remote(Some(apart), 3, other_side.tick(THERE).tick(HUB_NODE));
    let edit = plan_pull(&Some(held), &unaware, Occasion::Pulled);
    assert!(
        matches!(edit.action, Action::Rebase { .. }),
        "an edit by someone who knows of no conflict is an edit"
    );
}
