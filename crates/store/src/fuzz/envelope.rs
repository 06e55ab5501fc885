//! Sealed bodies: a changed one opens nowhere, and one that was moved opens nowhere else.

use haven_model::{ResourceKey, SensitivityClass};

use super::mutate::{self, Dice};
use crate::faults::{new_store, quick_folder};
use crate::seal::Place;

const PATIENT: &str = "patient-0001";

const BODIES: [&str; 4] = [
    "",
    r#"{"resourceType":"Basic","id":"b"}"#,
    r#"{"resourceType":"Observation","id":"o1","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8310-5"}]},"subject":{"reference":"Patient/patient-0001"},"valueQuantity":{"value":37.20,"unit":"Cel"}}"#,
    r#"{"resourceType":"AllergyIntolerance","id":"a","code":{"text":"PENICILLIN-ANAPHYLAXIS"},"patient":{"reference":"Patient/patient-0001"}}"#,
];

/// Which body, in which place: what stands before the sealed bytes of an input.
fn place_of(choice: u8, key: &ResourceKey) -> Place<'_> {
    let class = SensitivityClass::ALL[usize::from(choice & 3)];
    Place {
        part: if choice & 4 == 0 { "row" } else { "base" },
        class,
        key,
        version: i64::from(choice >> 4 & 3),
        deleted: choice & 8 != 0,
    }
}

#[test]
fn a_sealed_body_that_was_changed_or_moved() {
    let folder = quick_folder();
    let store = new_store(&folder.path().join("store"));
    let key = ResourceKey::new("Observation", "o1").expect("a key");
    store.with_writer(|link, vault| {
        let sealed: Vec<(u8, Vec<u8>, &str)> = (0..64_u8)
            .map(|choice| {
                let body = BODIES[usize::from(choice) % BODIES.len()];
                let place = place_of(choice, &key);
                let sealed = if choice & 4 == 0 {
                    link.seal_row(vault, &place, Some(PATIENT), body.as_bytes())
                } else {
                    link.codec.seal(vault, &place, body.as_bytes())
                }
                .expect("sealed");
                (choice, sealed, body)
            })
            .collect();
        super::fuzz(
            "envelope",
            |dice: &mut Dice| {
                let (choice, from, _) = &sealed[dice.below(sealed.len())];
                let (_, other, _) = &sealed[dice.below(sealed.len())];
                let choice = if dice.one_in(2) {
                    *choice
                } else {
                    u8::try_from(dice.below(64)).expect("small")
                };
                let body = if dice.one_in(8) {
                    from.clone()
                } else {
                    mutate::bytes(from, other, dice)
                };
                [&[choice], body.as_slice()].concat()
            },
            |input| {
                let Some((choice, bytes)) = input.split_first() else {
                    return false;
                };
                let Ok(opened) = link.open_row(vault, &place_of(*choice, &key), bytes) else {
                    return false;
                };
                let genuine = sealed.iter().any(|(at, sealed, body)| {
                    at == choice && sealed == bytes && body.as_bytes() == opened
                });
                assert!(genuine, "what opens is what was sealed there");
                true
            },
        );
    });
}
