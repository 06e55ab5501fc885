//! A laptop that five people share, with records of every class and everything that can hang on one.

use std::path::Path;

use haven_model::{ConflictKind, Resource, Role, SensitivityClass, Timestamp, VectorClock};
use haven_store::{
    InitOptions, KdfParams, NewConflict, NewUser, Op, OpKind, Passphrase, RemoteVersion, Reseal,
    RotateOptions, Store, StoreError, replace_store_key,
};

use super::support::station::{PASSPHRASE, Station};

/// Who works here. Amina makes the store.
pub const PEOPLE: [(&str, Role); 5] = [
    ("amina", Role::Admin),
    ("chidi", Role::Clinician),
    ("nia", Role::Nurse),
    ("femi", Role::FrontDesk),
    ("audrey", Role::Auditor),
];

/// Words that stand in sensitive records only.
pub const SENSITIVE_WORDS: [&str; 9] = [
    "Quillfeather",
    "Zephyrine",
    "sqx-710-secret",
    "http://sensitive.example/codes",
    "vexatious-diagnosis",
    "formerly-vexatious",
    "remotely-vexatious",
    "draft-vexatious",
    "19710314",
];

/// Words that stand in clinical bodies only, beside their codes.
pub const CLINICAL_WORDS: [&str; 3] = ["murmuring-heart", "once-murmuring", "clinically-drafted"];

/// Why the nurse broke the glass: for those who review, who are the admin and the auditor.
pub const REASON: &str = "unconscious-in-corridor";

/// When everything here happens.
pub fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}

fn passphrase() -> Passphrase {
    Passphrase::new(PASSPHRASE.to_owned())
}

fn op(kind: OpKind) -> Op {
    Op::new(kind, "amina", now())
}

pub fn resource(json: &str) -> Resource {
    Resource::parse(json.as_bytes()).expect("a resource")
}

/// A security label as it stands in `meta`.
const LABEL: &str = r#""meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HIV"}]},"#;

/// One record of a class, with that word in it. All are of patient patient-one-1.
pub fn record(class: SensitivityClass, id: &str, word: &str) -> String {
    match class {
        SensitivityClass::Core => format!(
            r#"{{"resourceType":"Appointment","id":"{id}","status":"booked","description":"{word}","participant":[{{"actor":{{"reference":"Patient/patient-one-1"}},"status":"accepted"}}]}}"#
        ),
        SensitivityClass::Clinical => format!(
            r#"{{"resourceType":"Condition","id":"{id}","subject":{{"reference":"Patient/patient-one-1"}},"code":{{"coding":[{{"system":"http://snomed.info/sct","code":"88610006"}}],"text":"{word}"}}}}"#
        ),
        SensitivityClass::Sensitive => format!(
            r#"{{"resourceType":"Condition","id":"{id}",{LABEL}"subject":{{"reference":"Patient/patient-one-1"}},"identifier":[{{"system":"http://sensitive.example/codes","value":"sqx-710-secret"}}],"code":{{"coding":[{{"system":"http://sensitive.example/codes","code":"sqx-710-secret"}}],"text":"{word}"}}}}"#
        ),
        SensitivityClass::Admin => format!(
            r#"{{"resourceType":"Subscription","id":"{id}","status":"off","reason":"{word}","criteria":"Observation","channel":{{"type":"message"}}}}"#
        ),
    }
}

/// A patient who must not be known to be one.
fn hidden_patient() -> String {
    format!(
        r#"{{"resourceType":"Patient","id":"p2",{LABEL}"name":[{{"family":"Quillfeather","given":["Zephyrine"]}}],"birthDate":"1971-03-14","identifier":[{{"system":"http://sensitive.example/codes","value":"sqx-710-secret"}}],"telecom":[{{"system":"phone","value":"19710314"}}]}}"#
    )
}

fn remote(json: &str, version: &str) -> RemoteVersion {
    let resource = resource(json);
    RemoteVersion {
        key: resource.key().clone(),
        resource: Some(resource),
        server_version: version.to_owned(),
        vector_clock: VectorClock::new(),
        last_modified: now(),
        device_id: None,
        device_name: None,
        user: None,
        edited_at: None,
    }
}

/// Makes the laptop in `dir` and leaves it locked; answers amina's station.
pub fn shared_laptop(dir: &Path) -> Station {
    let folder = dir.join("store");
    let store = make(&folder);
    fill(&store).expect("filled");
    // Under two generations of every key, the database under its second.
    let options = RotateOptions {
        classes: Some(SensitivityClass::ALL.to_vec()),
        regrant: false,
    };
    store.rotate_keys(&options, now()).expect("rotated");
    store
        .reseal(&mut Reseal::default(), now())
        .expect("partly sealed again");
    store
        .transact(op(OpKind::Edit), |tx| {
            for class in SensitivityClass::ALL {
                tx.edit(resource(&record(
                    class,
                    &format!("new-{}", class.as_str()),
                    "plain",
                )))?;
            }
            Ok::<_, StoreError>(())
        })
        .expect("written under the new keys");
    let nia = Store::unlock(&folder, "nia", &passphrase(), now()).expect("in");
    let long_ago = now().plus_ms(-7_200_000);
    nia.break_glass("patient-one-1", REASON, long_ago)
        .expect("two hours ago");
    drop(nia);
    let keys = store.keys();
    drop(store);
    replace_store_key(&folder, &keys, false, now()).expect("replaced");
    Station {
        store: folder,
        user: "amina".to_owned(),
        passphrase: PASSPHRASE.to_owned(),
        temporary: None,
    }
}

fn make(folder: &Path) -> Store {
    let options = InitOptions {
        user: "amina".to_owned(),
        display_name: "Amina".to_owned(),
        role: Role::Admin,
        clinic: "Riverside".to_owned(),
        device_name: "Laptop".to_owned(),
        device_id: None,
        kdf: KdfParams::default(),
    };
    let store = Store::init(folder, &options, &passphrase(), now()).expect("made");
    for (name, role) in PEOPLE.into_iter().skip(1) {
        let user = NewUser {
            name: name.to_owned(),
            display_name: name.to_owned(),
            role,
            kdf: KdfParams::default(),
        };
        store.add_user(&user, &passphrase(), now()).expect("let in");
    }
    store
}

fn fill(store: &Store) -> Result<(), StoreError> {
    use SensitivityClass::{Admin, Clinical, Core, Sensitive};
    store.transact(op(OpKind::Edit), |tx| {
        tx.edit(resource(
            r#"{"resourceType":"Patient","id":"patient-one-1","name":[{"family":"Okafor","given":["Ada"]}],"birthDate":"1980-02-29"}"#,
        ))?;
        tx.edit(resource(&hidden_patient()))?;
        for (class, word) in [
            (Core, "front-desk-knows"),
            (Clinical, "once-murmuring"),
            (Sensitive, "formerly-vexatious"),
            (Admin, "administered"),
        ] {
            for id in ["plain", "gone", "changed"] {
                tx.edit(resource(&record(class, &format!("{id}-{}", class.as_str()), word)))?;
            }
        }
        Ok::<_, StoreError>(())
    })?;
    store.transact(op(OpKind::Edit), |tx| {
        for (class, word) in [
            (Core, "front-desk-knows"),
            (Clinical, "murmuring-heart"),
            (Sensitive, "vexatious-diagnosis"),
            (Admin, "administered"),
        ] {
            tx.edit(resource(&record(
                class,
                &format!("changed-{}", class.as_str()),
                word,
            )))?;
            tx.delete(resource(&record(class, &format!("gone-{}", class.as_str()), word)).key())?;
        }
        Ok::<_, StoreError>(())
    })?;
    for (class, theirs, draft) in [
        (Clinical, "murmuring-heart", "clinically-drafted"),
        (Sensitive, "remotely-vexatious", "draft-vexatious"),
    ] {
        hang_upon(store, class, theirs, draft)?;
    }
    Ok(())
}

/// A base, a change on its way, one that the server refused with its words, one that was given up, and a
/// conflict.
fn hang_upon(
    store: &Store,
    class: SensitivityClass,
    theirs: &str,
    draft: &str,
) -> Result<(), StoreError> {
    let named = |id: &str, word: &str| record(class, &format!("{id}-{}", class.as_str()), word);
    store.transact(op(OpKind::Edit), |tx| {
        for id in ["sent", "refused", "disputed"] {
            tx.apply_remote(remote(&named(id, theirs), "1"))?;
            tx.edit(resource(&named(id, "plain")))?;
        }
        tx.begin_push(resource(&named("sent", "")).key())?;
        let refused = tx.begin_push(resource(&named("refused", "")).key())?;
        tx.reject(
            &refused.op_id,
            &format!("The server does not take \"{theirs}\""),
        )?;
        let given_up = resource(&named("given", theirs));
        let key = given_up.key().clone();
        tx.edit(given_up)?;
        tx.discard(&key, &format!("It says {theirs}"))?;
        let disputed = remote(&named("disputed", theirs), "2");
        let id = tx.open_conflict(NewConflict {
            key: disputed.key.clone(),
            kind: ConflictKind::UpdateUpdate,
            rule: "guarded".to_owned(),
            base: Some(resource(&named("disputed", theirs))),
            local: Some(resource(&named("disputed", "plain"))),
            remote: disputed,
            fields: &[],
        })?;
        tx.save_draft(&id, &format!("\"{draft}\""))
    })?;
    Ok(())
}
