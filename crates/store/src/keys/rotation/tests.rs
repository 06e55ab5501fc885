//! Stories of keys that are replaced, and of processes killed while they are.

mod kills;
mod stories;

use std::path::Path;
use std::sync::Arc;

use haven_model::{ConflictKind, Resource, ResourceKey, Role, Timestamp, VectorClock};

use crate::conflict::NewConflict;
use crate::keys::{KdfParams, KeyFile, Opener, Passphrase, Secret, StoreKeys};
use crate::op::{Op, OpKind};
use crate::store::{InitOptions, NewUser, Store};
use crate::stored::RemoteVersion;

pub(super) const NOW: Timestamp = Timestamp(1_795_442_700_000);
pub(super) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The logins beside amina, who is the admin.
pub(super) const OTHERS: [(&str, Role); 3] = [
    ("chidi", Role::Clinician),
    ("nia", Role::Nurse),
    ("femi", Role::FrontDesk),
];

pub(super) fn passphrase() -> Passphrase {
    Passphrase::new("quiet harbour lantern".to_owned())
}

pub(super) fn op(kind: OpKind) -> Op {
    Op::new(kind, "amina", NOW)
}

pub(super) fn later(days: i64) -> Timestamp {
    Timestamp(NOW.as_millis() + days * DAY_MS)
}

/// The label that puts a resource into the class of that name.
fn label(class: &str) -> &'static str {
    match class {
        "sensitive" => {
            r#""meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"#
        }
        _ => "",
    }
}

pub(super) fn note(class: &str, n: usize, text: &str) -> Resource {
    let kind = match class {
        "core" => "Appointment",
        "admin" => "Subscription",
        _ => "Condition",
    };
    let body = format!(
        r#"{{"resourceType":"{kind}","id":"{class}-{n}",{}"subject":{{"reference":"Patient/p1"}},"code":{{"coding":[{{"system":"http://snomed.info/sct","code":"{class}{n}"}}],"text":"{text}"}}}}"#,
        label(class)
    );
    Resource::parse(body.as_bytes()).expect("a resource")
}

pub(super) fn key(text: &str) -> ResourceKey {
    text.parse().expect("a key")
}

/// A store of amina's.
pub(super) fn store(dir: &Path) -> Store {
    let options = InitOptions {
        user: "amina".to_owned(),
        display_name: "Amina".to_owned(),
        role: Role::Admin,
        clinic: "Riverside".to_owned(),
        device_name: "Laptop".to_owned(),
        device_id: None,
        kdf: KdfParams::default(),
    };
    Store::init(dir, &options, &passphrase(), NOW).expect("made")
}

pub(super) fn add_others(store: &Store) {
    for (name, role) in OTHERS {
        add(store, name, role);
    }
}

pub(super) fn add(store: &Store, name: &str, role: Role) {
    let user = NewUser {
        name: name.to_owned(),
        display_name: name.to_owned(),
        role,
        kdf: KdfParams::default(),
    };
    store.add_user(&user, &passphrase(), NOW).expect("let in");
}

/// Rows of every class with everything that can hang on one: versions, a tombstone, a base, a sent
/// change, a conflict with a draft.
pub(super) fn fill(store: &Store, rows: usize) {
    assert!(rows >= 3, "the first three of each class are hung upon");
    store
        .transact(op(OpKind::Edit), |tx| {
            tx.edit(
                Resource::parse(
                    br#"{"resourceType":"Patient","id":"p1","name":[{"family":"Okafor"}]}"#,
                )
                .expect("a patient"),
            )?;
            for n in 0..rows {
                for class in ["core", "clinical", "sensitive", "admin"] {
                    tx.edit(note(class, n, "first"))?;
                }
            }
            Ok::<_, crate::StoreError>(())
        })
        .expect("filled");
    let remote = |n: usize, text: &str, version: &str| RemoteVersion {
        key: key(&format!("Condition/sensitive-{n}")),
        resource: Some(note("sensitive", n, text)),
        server_version: version.to_owned(),
        vector_clock: VectorClock::new(),
        last_modified: NOW,
        device_id: None,
        device_name: None,
        user: None,
        edited_at: None,
    };
    store
        .transact(op(OpKind::Edit), |tx| {
            tx.apply_remote(remote(0, "from the server", "1"))?;
            tx.apply_remote(remote(1, "from the server", "1"))?;
            // A base each, and a change on its way.
            tx.edit(note("sensitive", 0, "changed here"))?;
            tx.edit(note("sensitive", 1, "changed here"))?;
            tx.edit(note("clinical", 0, "second"))?;
            tx.delete(&key("Condition/clinical-1"))?;
            tx.begin_push(&key("Condition/clinical-0"))?;
            tx.begin_push(&key("Condition/sensitive-1"))?;
            let theirs = remote(0, "changed there", "2");
            let id = tx.open_conflict(NewConflict {
                key: theirs.key.clone(),
                kind: ConflictKind::UpdateUpdate,
                rule: "guarded".to_owned(),
                base: Some(note("sensitive", 0, "from the server")),
                local: Some(note("sensitive", 0, "changed here")),
                remote: theirs,
                fields: &[],
            })?;
            tx.save_draft(&id, r#"{"half":"decided"}"#)?;
            Ok::<_, crate::StoreError>(())
        })
        .expect("hung upon");
}

/// Opens the store as a login by its private key, which costs no derivation.
pub(super) fn open_as(dir: &Path, user: &str, private: &Secret) -> Store {
    try_open_as(dir, user, private).expect("old or new opens")
}

pub(super) fn try_open_as(dir: &Path, user: &str, private: &Secret) -> crate::Result<Store> {
    let ring = KeyFile::read(dir)?.open_grants(user, private)?;
    let keys = StoreKeys {
        ring: Arc::new(ring),
    };
    Store::open_with_keys(dir, &keys, NOW)
}

/// The private key of a login.
pub(super) fn private_key(dir: &Path, user: &str) -> Secret {
    let file = KeyFile::read(dir).expect("keys");
    let slot = file.slot(user).expect("a slot");
    slot.open(&file.store_id, &Opener::Passphrase(&passphrase()))
        .expect("opens")
        .expect("the passphrase is right")
}

/// Everything a login reads, for comparing before and after.
pub(super) fn contents(store: &Store) -> Vec<String> {
    let mut all = Vec::new();
    store
        .for_each(None, |stored| {
            let history = store.history(&stored.key)?;
            all.push(format!("{} {history:?}", stored.key));
            Ok::<_, crate::StoreError>(())
        })
        .expect("read");
    all.push(format!("{:?}", store.conflicts(false).expect("read")));
    all.push(format!("{:?}", store.in_flight().expect("read")));
    all.push(format!("{:?}", store.outbox().expect("read")));
    all
}

pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
    }
}
