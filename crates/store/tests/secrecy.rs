//! The story of a thief: nothing of a patient can be read in any file, while the store is open.

mod clinic;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use clinic::*;
use haven_model::ConflictKind;
use haven_store::{NewConflict, OpKind, StoreError};
use serde_json::json;

fn canaries() -> Vec<String> {
    (0..50)
        .flat_map(|n| {
            [
                format!("Quillfeather{n:02}"),
                format!("cod-{n:02}-zxq"),
                format!("identifier-{n:02}-vkj"),
            ]
        })
        .collect()
}

/// Every form of a canary that is looked for, by its first four bytes.
fn forms(canaries: &[String]) -> HashMap<[u8; 4], Vec<(Vec<u8>, &str)>> {
    let mut forms: HashMap<_, Vec<_>> = HashMap::new();
    for canary in canaries {
        let wide = canary.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for form in [
            canary.as_bytes().to_vec(),
            canary.to_lowercase().into_bytes(),
            wide,
        ] {
            let start = *form.first_chunk::<4>().expect("long enough");
            forms
                .entry(start)
                .or_default()
                .push((form, canary.as_str()));
        }
    }
    forms
}

fn hits(dir: &Path, canaries: &[String]) -> Vec<String> {
    let forms = forms(canaries);
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("the folder") {
        let path = entry.expect("an entry").path();
        let bytes = fs::read(&path).expect("a file");
        for (at, start) in bytes.windows(4).enumerate() {
            let start: [u8; 4] = start.try_into().expect("four bytes");
            for (form, canary) in forms.get(&start).into_iter().flatten() {
                if bytes[at..].starts_with(form) {
                    found.push(format!("{canary} in {}", path.display()));
                }
            }
        }
    }
    found
}

#[test]
fn no_name_code_or_id_can_be_read_in_any_file() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    store
        .transact(op(OpKind::Import), |tx| {
            for n in 0..50 {
                let id = format!("identifier-{n:02}-vkj");
                tx.edit(patient(&id, &format!("Quillfeather{n:02}")))?;
                tx.edit(resource(&json!({"resourceType": "Condition", "id": format!("c{n}"),
                    "subject": {"reference": format!("Patient/{id}")},
                    "code": {"coding": [{"system": "http://snomed.info/sct", "code": format!("cod-{n:02}-zxq")}]}})))?;
            }
            Ok::<_, StoreError>(())
        })
        .expect("kept");
    let first = key("Patient/identifier-00-vkj");
    store
        .transact(op(OpKind::Push), |tx| {
            tx.begin_push(&first)?;
            tx.open_conflict(NewConflict {
                key: first.clone(),
                kind: ConflictKind::CreateCreate,
                base: None,
                local: None,
                remote: remote(&patient(&first.id, "Quillfeather49"), 1, "b"),
                fields: &[],
                rule: "both-changed".to_owned(),
            })
        })
        .expect("a conflict");
    store
        .transact(op(OpKind::Edit), |tx| {
            tx.delete(&key("Patient/identifier-01-vkj"))
        })
        .expect("deleted");
    store
        .patients(&haven_store::PatientQuery {
            text: "Quillfeather4".to_owned(),
            ..Default::default()
        })
        .expect("list");
    assert!(
        fs::metadata(dir.path().join("store.db-wal"))
            .expect("a log")
            .len()
            > 0,
        "the log is looked at too"
    );
    assert_eq!(
        hits(dir.path(), &canaries()),
        Vec::<String>::new(),
        "a thief reads nothing"
    );
    let keys = store.keys();
    drop(store);
    assert_eq!(
        hits(dir.path(), &canaries()),
        Vec::<String>::new(),
        "nor after closing"
    );
    let store = haven_store::Store::open_with_keys(dir.path(), &keys, NOW).expect("opens");
    assert_eq!(
        store.counts().expect("counts").patients,
        49,
        "and it was all there to be found"
    );
}
