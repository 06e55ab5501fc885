//! What a person makes of a conflict, and what the screens are told.

use haven_model::{Choice, resolve};
use serde_json::json;

use super::{patient, with};

#[test]
fn a_person_resolves_piece_by_piece() {
    let base = patient();
    let local = with(
        &with(&base, "/telecom/1/value", json!("555-8")),
        "/birthDate",
        json!("1970-01-03"),
    );
    let remote = with(
        &with(&base, "/telecom/1/value", json!("555-9")),
        "/birthDate",
        json!("1970-01-04"),
    );
    let telecom = "Patient.telecom[system=phone,use=work].value".to_owned();
    let first = resolve(
        Some(&base),
        Some(&local),
        Some(&remote),
        &[(telecom.clone(), Choice::Remote)],
    )
    .expect("the path conflicts");
    assert_eq!(first.left, ["Patient.birthDate"]);
    let birth = (
        "Patient.birthDate".to_owned(),
        Choice::Value(json!("1970-01-05")),
    );
    let done = resolve(
        Some(&base),
        Some(&local),
        Some(&remote),
        &[(telecom, Choice::Local), birth],
    )
    .expect("both conflict");
    assert_eq!(done.left, Vec::<String>::new());
    assert_eq!(
        done.resource,
        Some(with(
            &with(&base, "/telecom/1/value", json!("555-8")),
            "/birthDate",
            json!("1970-01-05")
        ))
    );
    assert!(
        resolve(
            Some(&base),
            Some(&local),
            Some(&remote),
            &[("Patient.gender".into(), Choice::Local)]
        )
        .is_err(),
        "nothing conflicts there"
    );
    let deleted = resolve(
        Some(&base),
        Some(&local),
        None,
        &[("Patient".into(), Choice::Remote)],
    )
    .expect("the whole resource conflicts");
    assert_eq!(deleted.resource, None);
}

#[test]
fn the_screens_are_told_what_one_side_changed() {
    let base = patient();
    let mut side = with(&base, "/telecom/1/value", json!("555-9"));
    side["meta"]["versionId"] = json!("2");
    let changes = haven_model::changes(Some(&base), Some(&side));
    assert_eq!(changes.len(), 1, "the server's stamp is no edit");
    assert_eq!(
        changes[0].path,
        "Patient.telecom[system=phone,use=work].value"
    );
    assert_eq!(
        (&changes[0].from, &changes[0].to),
        (&json!("555-2"), &json!("555-9"))
    );
    assert_eq!(haven_model::changes(Some(&base), None)[0].path, "Patient");
}
