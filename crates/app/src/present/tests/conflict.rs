use haven_model::{ConflictKind, Resource, Role, SensitivityClass, VectorClock, merge};
use haven_store::{ConflictRow, ConflictStatus};
use serde_json::{Value, json};

use super::{Scene, at, enrique, lisinopril, pressure, resource, stored};
use crate::present::{
    ChartInput, ChoiceError, ConflictInput, Draft, Patients, Reader, Resolution, banner, conflict,
    inbox, inbox_rows,
};
use crate::session::Case;
use crate::view::{ChoiceInput, ConflictView, ConnectionState, PickView};

pub(super) fn row(
    base: Option<&Value>,
    local: Option<&Value>,
    remote: Option<&Value>,
) -> ConflictRow {
    let outcome = merge(base, local, remote);
    let any = local.or(remote).or(base).expect("a side");
    ConflictRow {
        id: "conflict-1".to_owned(),
        key: resource(any).key().clone(),
        patient: Resource::patient_of(any),
        kind: outcome.kind.unwrap_or(ConflictKind::UpdateUpdate),
        base: base.map(resource),
        local: local.map(resource),
        remote: remote.map(resource),
        remote_version: "7".to_owned(),
        remote_clock: VectorClock::new(),
        local_author: Some("orn".to_owned()),
        local_at: at("2026-11-23T10:42:00+01:00"),
        local_device: "Laptop 3".to_owned(),
        remote_author: Some("beahan".to_owned()),
        remote_at: at("2026-11-22T16:20:00+01:00"),
        remote_device: Some("Workstation 2".to_owned()),
        fields: outcome.fields,
        rule: "guarded".to_owned(),
        retry_count: 0,
        status: ConflictStatus::Open,
        opened_at: at("2026-11-22T16:05:00+01:00"),
        resolved_at: None,
        resolved_by: None,
        resolved_reason: None,
        draft: None,
        class: SensitivityClass::of(any),
        local_clock: None,
        local_version: None,
        decided_version: None,
        batch: None,
    }
}

/// The picture's conflict: both changed the dose; the server changed the refills too.
fn two_doses() -> ConflictRow {
    let mut server = lisinopril(10, 2, "Take in the morning and evening.");
    if let Some(refills) = server.pointer_mut("/dispenseRequest/numberOfRepeatsAllowed") {
        *refills = json!(5);
    }
    row(
        Some(&lisinopril(10, 1, "Take in the morning.")),
        Some(&lisinopril(20, 1, "Take in the morning.")),
        Some(&server),
    )
}

fn patients() -> Patients {
    [("enrique".to_owned(), enrique())].into()
}

pub(super) fn show(row: &ConflictRow, draft: &Draft) -> ConflictView {
    let scene = Scene::new(ConnectionState::Connected);
    let patient = stored(&enrique());
    let banner = banner(
        &ChartInput {
            patient: &patient,
            resources: &[],
            conflicts: &[],
            outbox: &[],
            similar_name: false,
            whole: true,
            complete: true,
        },
        scene.backdrop(),
    );
    let case = Case::here(row.clone(), None);
    conflict(
        &ConflictInput {
            case: &case,
            reader: Reader {
                me: "orn",
                role: Role::Clinician,
                asked_for: &[],
                has_server: true,
            },
            draft,
            beside: &[],
            banner: Some(banner),
            queue: inbox_rows(
                std::slice::from_ref(&case),
                &patients(),
                "orn",
                scene.backdrop(),
            ),
            resolved_today: 3,
            clinic: "North Shore Home Care",
            may_show_raw: false,
        },
        scene.backdrop(),
    )
}

pub(super) fn choice(path: &str, pick: PickView, text: Option<&str>) -> ChoiceInput {
    ChoiceInput {
        conflict_id: "conflict-1".to_owned(),
        path: path.to_owned(),
        pick,
        text: text.map(str::to_owned),
    }
}

#[test]
fn a_conflict_on_the_screen() {
    insta::assert_json_snapshot!(show(&two_doses(), &Draft::default()));
}

#[test]
fn the_inbox_shows_high_risk_first() {
    let scene = Scene::new(ConnectionState::Connected);
    let mut routine = row(
        Some(&enrique()),
        Some(&with(enrique(), "/telecom/0/value", "1")),
        Some(&with(enrique(), "/telecom/0/value", "2")),
    );
    routine.id = "routine".to_owned();
    routine.opened_at = at("2026-11-01T00:00:00Z");
    let view = inbox(
        &[Case::here(routine, None), Case::here(two_doses(), None)],
        &patients(),
        (3, 36),
        "orn",
        scene.backdrop(),
    );
    insta::assert_json_snapshot!(view);
}

fn with(mut value: Value, pointer: &str, text: &str) -> Value {
    if let Some(member) = value.pointer_mut(pointer) {
        *member = json!(text);
    }
    value
}

#[test]
fn nothing_is_chosen_until_a_person_chooses() {
    let row = two_doses();
    let mut draft = Draft::default();
    let view = show(&row, &draft);
    assert!(view.left > 0);
    assert!(
        view.fields
            .iter()
            .all(|field| field.pick == PickView::Undecided && field.result.is_empty())
    );
    assert!(draft.resolution(&row).is_err());
    for field in &view.fields {
        draft
            .choose(&row, &choice(&field.path, PickView::Server, None))
            .expect("a field of the view can be chosen");
    }
    let view = show(&row, &draft);
    assert_eq!((view.left, view.left_text.as_str()), (0, "All decided"));
    let Ok(Resolution::Body(body)) = draft.resolution(&row) else {
        unreachable!("all is decided");
    };
    assert_eq!(
        body.pointer("/dosageInstruction/0/timing/repeat/frequency"),
        Some(&json!(2))
    );
    assert_eq!(
        body.pointer("/dispenseRequest/numberOfRepeatsAllowed"),
        Some(&json!(5)),
        "what the machine merged stays in"
    );
    while draft.undo() {}
    assert!(
        draft.resolution(&row).is_err(),
        "every choice can be taken back, to the first"
    );
}

#[test]
fn a_draft_survives_a_restart_and_a_broken_one_is_empty() {
    let row = two_doses();
    let path = row.fields.first().expect("a field").path.clone();
    let mut draft = Draft::default();
    draft
        .choose(&row, &choice(&path, PickView::Device, None))
        .expect("a choice");
    assert_eq!(Draft::from_text(Some(&draft.to_text())), draft);
    assert_eq!(Draft::from_text(Some("{")), Draft::default());
}

#[test]
fn a_server_that_moves_on_asks_again_only_for_what_it_changed() {
    let base = enrique();
    let local = with(
        with(base.clone(), "/birthDate", "1962-07-26"),
        "/gender",
        "other",
    );
    let remote = with(
        with(base.clone(), "/birthDate", "1962-07-27"),
        "/gender",
        "female",
    );
    let first = row(Some(&base), Some(&local), Some(&remote));
    let mut draft = Draft::default();
    for field in &first.fields {
        draft
            .choose(&first, &choice(&field.path, PickView::Device, None))
            .expect("a choice");
    }
    assert_eq!(show(&first, &draft).left, 0);

    let newer = with(remote, "/birthDate", "1962-07-28");
    let mut second = row(Some(&base), Some(&local), Some(&newer));
    second.remote_version = "8".to_owned();
    let view = show(&second, &draft);
    assert!(view.stale, "the person must be told");
    let waiting: Vec<&str> = view
        .fields
        .iter()
        .filter(|field| field.pick == PickView::Undecided)
        .map(|field| field.path.as_str())
        .collect();
    assert_eq!(
        waiting,
        ["Patient.birthDate"],
        "the choice for gender still holds"
    );
    draft
        .choose(
            &second,
            &choice("Patient.birthDate", PickView::Server, None),
        )
        .expect("a choice");
    let view = show(&second, &draft);
    assert!(!view.stale);
    assert_eq!(view.left, 0);
}

#[test]
fn a_typed_birth_date_is_the_result() {
    let row = row(
        Some(&enrique()),
        Some(&with(enrique(), "/birthDate", "1962-07-26")),
        Some(&with(enrique(), "/birthDate", "1962-07-27")),
    );
    let mut draft = Draft::default();
    let wrong = draft.choose(
        &row,
        &choice("Patient.birthDate", PickView::Edited, Some("28/07/62")),
    );
    assert!(matches!(wrong, Err(ChoiceError::Typed(_))));
    draft
        .choose(
            &row,
            &choice("Patient.birthDate", PickView::Edited, Some("28-Jul-1962")),
        )
        .expect("a date");
    let view = show(&row, &draft);
    let field = view.fields.first().expect("one field");
    assert_eq!(field.result, "28-Jul-1962");
    assert!(view.reason_required);
    assert_eq!(
        view.confirm_text.as_deref(),
        Some("I have checked the result for TREVIÑO, Enrique, born 25-Jul-1962, MRN 870 062 165.")
    );
    let Ok(Resolution::Body(body)) = draft.resolution(&row) else {
        unreachable!("all is decided");
    };
    assert_eq!(body.get("birthDate"), Some(&json!("1962-07-28")));
}

#[test]
fn deleted_there_and_edited_here_is_one_decision() {
    let base = lisinopril(10, 1, "Take in the morning.");
    let row = row(
        Some(&base),
        Some(&lisinopril(20, 1, "Take in the morning.")),
        None,
    );
    let view = show(&row, &Draft::default());
    assert!(view.server.deleted);
    let field = view.fields.first().expect("one field");
    assert_eq!(view.fields.len(), 1);
    assert!(field.high_risk);
    let mut draft = Draft::default();
    draft
        .choose(&row, &choice(&field.path, PickView::Server, None))
        .expect("a choice");
    assert_eq!(draft.resolution(&row), Ok(Resolution::Deleted));
    draft
        .choose(&row, &choice(&field.path, PickView::Device, None))
        .expect("a choice");
    assert!(matches!(draft.resolution(&row), Ok(Resolution::Body(_))));
    assert!(draft.undo());
    assert_eq!(
        draft.resolution(&row),
        Ok(Resolution::Deleted),
        "undo brings the choice before back"
    );
}

#[test]
fn a_result_that_cannot_be_right_is_blocked() {
    let value = |upper, lower| pressure("bp", "2026-11-23T13:52:00+01:00", upper, lower);
    let row = row(
        Some(&value(120, 80)),
        Some(&value(130, 80)),
        Some(&value(125, 126)),
    );
    let mut draft = Draft::default();
    let view = show(&row, &draft);
    for field in &view.fields {
        draft
            .choose(&row, &choice(&field.path, PickView::Server, None))
            .expect("a choice");
    }
    let view = show(&row, &draft);
    assert!(
        view.issues
            .iter()
            .any(|issue| issue.blocks && issue.text.contains("systolic")),
        "125/126 must not be accepted: {:?}",
        view.issues
    );
}

#[test]
fn two_people_are_never_merged_into_one() {
    let base = enrique();
    let mut other = with(
        with(base.clone(), "/birthDate", "1990-01-01"),
        "/name/0/family",
        "Harris",
    );
    if let Some(members) = other.as_object_mut() {
        members.remove("identifier");
    }
    let row = row(
        Some(&base),
        Some(&with(base.clone(), "/birthDate", "1962-07-26")),
        Some(&other),
    );
    let view = show(&row, &Draft::default());
    assert!(
        view.issues
            .iter()
            .any(|issue| issue.blocks && issue.text.starts_with("Different patient?")),
        "{:?}",
        view.issues
    );
}

#[test]
fn every_field_in_conflict_stands_in_the_whole_record() {
    let base = enrique();
    let local = with(
        with(base.clone(), "/telecom/0/value", "1"),
        "/birthDate",
        "1962-07-26",
    );
    let remote = with(
        with(base.clone(), "/telecom/0/value", "2"),
        "/birthDate",
        "1962-07-27",
    );
    let view = show(
        &row(Some(&base), Some(&local), Some(&remote)),
        &Draft::default(),
    );
    for field in &view.fields {
        let lines = view
            .record
            .iter()
            .filter(|line| line.path.as_deref() == Some(&field.path))
            .count();
        assert_eq!(lines, 1, "{} must be found in the record once", field.path);
    }
    let sections: Vec<&str> = view
        .record
        .iter()
        .map(|line| line.section.as_str())
        .filter(|section| !section.is_empty())
        .collect();
    assert_eq!(sections, ["Identity", "Contact"]);
    assert_eq!(view.title, "Patient details");
}

#[test]
fn what_was_merged_of_one_address_stands_together() {
    let mut base = enrique();
    base["address"] = json!([{"use": "home", "line": ["1 Quay Street"], "city": "Lynn"}]);
    let mut local = with(base.clone(), "/birthDate", "1962-07-26");
    local["address"] = json!([{"use": "home", "line": ["3 Harbour Row"], "city": "Salem"}]);
    let remote = with(base.clone(), "/birthDate", "1962-07-27");
    let view = show(
        &row(Some(&base), Some(&local), Some(&remote)),
        &Draft::default(),
    );
    let parts: Vec<(&str, &str)> = view
        .merged
        .iter()
        .map(|field| (field.element.as_str(), field.part.as_str()))
        .collect();
    assert_eq!(
        parts,
        [("Address, home", "Street"), ("Address, home", "City")],
        "the parts name their address, so that a screen can show it once"
    );
}

#[test]
fn every_rule_of_the_merge_says_in_words_why_a_person_decides() {
    let any = "Both sides changed it";
    for rule in [
        "guarded",
        "guarded-group",
        "weakened",
        "removed-and-changed",
        "identifier-system",
        "order",
        "ambiguous-key",
        "signed",
        "created-twice",
        "manual",
        "invalid",
        "implausible",
        "different-patient",
        "different-resource",
        "subsetted",
        "deleted-and-changed",
    ] {
        let mut row = two_doses();
        for field in &mut row.fields {
            rule.clone_into(&mut field.rule);
        }
        let view = show(&row, &Draft::default());
        let why = &view.fields.first().expect("a field").why;
        assert!(!why.is_empty() && why != any, "{rule} has words of its own");
    }
    for rule in [
        "decided-twice",
        "merged-too-often",
        "moved-on",
        "merge-unreadable",
    ] {
        let mut row = two_doses();
        rule.clone_into(&mut row.rule);
        for field in &mut row.fields {
            rule.clone_into(&mut field.rule);
        }
        let view = show(&row, &Draft::default());
        let why = &view.fields.first().expect("a field").why;
        assert!(!why.is_empty() && why != any, "{rule} has words of its own");
    }
}

#[test]
fn a_record_decided_as_a_whole_is_shown_whole_in_three_panes() {
    let base = lisinopril(10, 1, "Take in the morning.");
    let edited = lisinopril(20, 1, "Take in the morning.");
    let row = row(Some(&base), Some(&edited), None);
    let view = show(&row, &Draft::default());
    assert!(
        !view.record.is_empty(),
        "what one side deleted can be read before it is confirmed"
    );
    assert!(
        view.merged.is_empty(),
        "nothing was merged of what is decided as a whole"
    );
    let choice_line = view.record.iter().find(|line| line.conflict);
    assert!(choice_line.is_some_and(|line| line.result.is_empty()));
    let told: Vec<&str> = view
        .record
        .iter()
        .filter(|line| !line.conflict)
        .map(|line| line.result.as_str())
        .collect();
    assert!(
        told.iter().all(|result| result.is_empty()),
        "there is no result before the choice: {told:?}"
    );
}
