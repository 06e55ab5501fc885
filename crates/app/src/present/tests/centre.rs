use haven_model::Operation;
use haven_store::OutboxState;
use serde_json::{Value, json};

use super::{Scene, at, enrique, lisinopril, pressure, resource, waiting};
use crate::present::{
    AccountFacts, AgreementInput, CentreInput, Patients, Queued, Running, sync_centre,
};
use crate::view::ConnectionState;

#[test]
fn what_needs_a_person_comes_first() {
    let mut scene = Scene::new(ConnectionState::Connected);
    scene.facts.running = Some(Running {
        sending: true,
        done: 4,
        total: 12,
        since: Some(at("2026-11-23T14:04:00+01:00")),
    });
    let reading = pressure("p", "2026-11-23T13:52:00+01:00", 182, 110);
    let medicine = lisinopril(20, 1, "Take in the morning.");
    let before = lisinopril(10, 1, "Take in the morning.");
    let mut moved = enrique();
    if let Some(phone) = moved.pointer_mut("/telecom/0/value") {
        *phone = json!("555-0199");
    }
    let note = json!({"resourceType": "DocumentReference", "id": "n", "status": "current",
        "type": {"text": "Wound check note"}, "subject": {"reference": "Patient/enrique"}, "content": []});

    let sending = waiting(&reading, Operation::Create, OutboxState::Syncing);
    let mut retry = waiting(&moved, Operation::Update, OutboxState::Pending);
    retry.attempts = 3;
    retry.next_attempt_at = Some(at("2026-11-23T14:07:00+01:00"));
    let conflict = waiting(&medicine, Operation::Update, OutboxState::Conflict);
    let mut refused = waiting(&note, Operation::Create, OutboxState::Rejected);
    refused.last_error = Some("invalid: author is not known there.".to_owned());

    let queued = |entry, current: &Value, base: Option<&Value>, conflict_id: Option<&str>| Queued {
        entry,
        current: Some(resource(current)),
        base: base.map(resource),
        conflict_id: conflict_id.map(str::to_owned),
    };
    let queue = [
        queued(&sending, &reading, None, None),
        queued(&retry, &moved, Some(&enrique()), None),
        queued(&conflict, &medicine, Some(&before), Some("conflict-1")),
        queued(&refused, &note, None, None),
    ];
    let mut patients = Patients::new();
    patients.insert("enrique".to_owned(), enrique());
    let view = sync_centre(
        &CentreInput {
            queue: &queue,
            patients: &patients,
            account: &AccountFacts {
                signed_in: Some("Orn, Albertine".to_owned()),
                until: Some(at("2026-11-23T18:00:00+01:00")),
                server: "haven hub".to_owned(),
                round_trip_ms: Some(240),
            },
            total: 4,
            patients_on_device: 525,
            resources_on_device: 13_570,
            used_bytes: 61_200_000,
            free_bytes: Some(40_300_000_000),
            agreement: &AgreementInput::default(),
        },
        scene.backdrop(),
    );
    insta::assert_json_snapshot!(view);
}

#[test]
fn the_links_show_which_one_broke() {
    let words = |connection| {
        let scene = Scene::new(connection);
        let view = sync_centre(
            &CentreInput {
                queue: &[],
                patients: &Patients::new(),
                account: &AccountFacts::default(),
                total: 0,
                patients_on_device: 0,
                resources_on_device: 0,
                used_bytes: 0,
                free_bytes: None,
                agreement: &AgreementInput::default(),
            },
            scene.backdrop(),
        );
        view.links
            .into_iter()
            .map(|link| link.state)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        words(ConnectionState::Offline).first().map(String::as_str),
        Some("No network")
    );
    assert_eq!(
        words(ConnectionState::ServerDown)
            .get(1)
            .map(String::as_str),
        Some("Doesn’t answer")
    );
    assert_eq!(
        words(ConnectionState::SignedOut).get(2).map(String::as_str),
        Some("Signed out")
    );
}

#[test]
fn deletions_that_are_held_are_counted_by_kind_and_named_with_their_patients() {
    let scene = Scene::new(ConnectionState::Connected);
    let mut patients = Patients::new();
    patients.insert("enrique".to_owned(), enrique());
    let reading = |id: &str| resource(&pressure(id, "2026-11-23T13:52:00+01:00", 182, 110));
    let agreement = AgreementInput {
        clock_skew_ms: Some(9 * 60_000),
        held: vec![resource(&enrique()), reading("one"), reading("two")],
        attachments: None,
    };
    let view = sync_centre(
        &CentreInput {
            queue: &[],
            patients: &patients,
            account: &AccountFacts::default(),
            total: 0,
            patients_on_device: 0,
            resources_on_device: 0,
            used_bytes: 0,
            free_bytes: None,
            agreement: &agreement,
        },
        scene.backdrop(),
    );
    assert_eq!(
        view.clock.as_deref(),
        Some("This computer's clock is 9 min fast")
    );
    let held = view.held.expect("they wait for a person");
    assert_eq!(held.total, 3);
    assert_eq!(held.kinds[0].count, "2", "most first");
    assert!(
        held.rows
            .iter()
            .all(|row| row.identifier == "870 062 165" && row.born == "25-Jul-1962"),
        "every record names its patient by two identifiers: {:?}",
        held.rows
    );
}
