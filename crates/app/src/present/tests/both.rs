use haven_model::Resource;
use serde_json::{Value, json};

use super::conflict::{choice, row, show};
use crate::present::{ChoiceError, Draft, Resolution};
use crate::view::PickView;

fn note(status: &str, text: &str) -> Value {
    json!({"resourceType": "DocumentReference", "id": "n", "status": "current", "docStatus": status,
        "subject": {"reference": "Patient/enrique"}, "description": text,
        "content": [{"attachment": {"title": "Visit"}}]})
}

#[test]
fn both_texts_of_a_signed_note_are_one_choice_that_can_be_taken_back() {
    let (base, here, there) = (
        note("final", "Seen."),
        note("final", "Seen. Pressure high."),
        note("final", "Seen. Walks again."),
    );
    let row = row(Some(&base), Some(&here), Some(&there));
    let mut draft = Draft::default();
    let offered = show(&row, &draft).keep_both.expect("a signed note");
    assert!(!offered.chosen, "nothing is chosen for anyone");
    draft
        .choose(&row, &choice(&offered.path, PickView::Both, None))
        .expect("both can be kept");
    let draft = &mut Draft::from_text(Some(&draft.to_text()));
    let view = show(&row, draft);
    assert!(view.keep_both.is_some_and(|both| both.chosen));
    assert_eq!(view.left, 0, "{}", view.left_text);
    assert!(
        view.fields[0].result.contains("Walks again") && view.fields[0].result.contains("Pressure"),
        "both texts are shown: {}",
        view.fields[0].result
    );
    assert_eq!(draft.resolution(&row), Ok(Resolution::BothNotes));
    let path = view.fields[0].path.clone();
    draft
        .choose(&row, &choice(&path, PickView::Server, None))
        .expect("a field can still be decided");
    assert!(
        matches!(draft.resolution(&row), Ok(Resolution::Body(_))),
        "the last word counts"
    );
    draft.undo();
    assert_eq!(
        draft.resolution(&row),
        Ok(Resolution::BothNotes),
        "undo goes back to it"
    );
    draft.undo();
    assert!(draft.resolution(&row).is_err());
    let mut moved_on = row.clone();
    draft
        .choose(&row, &choice("DocumentReference", PickView::Both, None))
        .expect("again");
    moved_on.remote_version = "8".to_owned();
    assert!(
        draft.resolution(&moved_on).is_err(),
        "another text at the server is asked about anew"
    );
}

#[test]
fn a_draft_of_a_note_is_merged_word_by_word_and_offers_no_addendum() {
    let row = row(
        Some(&note("preliminary", "Seen.")),
        Some(&note("preliminary", "Seen. One.")),
        Some(&note("preliminary", "Seen. Two.")),
    );
    assert!(show(&row, &Draft::default()).keep_both.is_none());
    let refused = Draft::default().choose(&row, &choice("DocumentReference", PickView::Both, None));
    assert_eq!(refused, Err(ChoiceError::NotBoth));
}

#[test]
fn the_third_way_of_a_deletion_is_offered_where_a_record_can_be_marked() {
    let order = super::lisinopril(10, 1, "Take in the morning.");
    let edited = super::lisinopril(20, 1, "Take in the morning.");
    let row = row(Some(&order), Some(&edited), None);
    let mut draft = Draft::default();
    let field = show(&row, &draft).fields.remove(0);
    assert!(field.can_keep_both);
    draft
        .choose(&row, &choice(&field.path, PickView::Both, None))
        .expect("it can be chosen");
    let Ok(Resolution::Body(kept)) = draft.resolution(&row) else {
        unreachable!("it is a version");
    };
    assert_eq!(kept["status"], "entered-in-error");
    let shown = show(&row, &draft).fields.remove(0).result;
    assert!(
        shown.starts_with("Kept for reading, marked as entered in error"),
        "{shown}"
    );
    assert!(Resource::from_value(&kept).is_ok());
}

#[test]
fn two_spellings_of_one_weight_are_said_to_be_that_and_wait_for_a_person() {
    let weight = |value: u32, unit: &str, code: &str| {
        json!({"resourceType": "Observation", "id": "w", "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
            "subject": {"reference": "Patient/enrique"},
            "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": code}})
    };
    let row = row(
        Some(&weight(72, "kg", "kg")),
        Some(&weight(70, "kg", "kg")),
        Some(&weight(154, "lb", "[lb_av]")),
    );
    let view = show(&row, &Draft::default());
    let value = view
        .fields
        .iter()
        .find(|field| field.path.contains("value"));
    let value = value.expect("the value waits");
    assert!(
        value
            .why
            .ends_with("Same within rounding: the server’s value is 69.9 kg."),
        "{}",
        value.why
    );
    assert_eq!(
        value.pick,
        PickView::Undecided,
        "no machine takes one for the other"
    );
}
