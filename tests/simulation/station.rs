//! One workstation: its store, and the person at it.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use haven_model::resolve::{Choice, resolve};
use haven_model::{Resource, ResourceKey, SyncStatus, VectorClock, merge};
use haven_store::{
    BackupKey, ErrorCode, Op, OpKind, OutboxState, RestoreRequest, Store, StoreError, StoreKeys, Tx,
};
use haven_sync::pace::Pace as _;
use rand::RngExt as _;
use serde_json::{Value, json};

use crate::clinic::{Clinic, Ticks, copy_files};
use crate::ledger::{Edit, Part, Resolution};

pub struct Station {
    number: usize,
    keys: StoreKeys,
    clock: Ticks,
    open: Mutex<Option<(PathBuf, Store)>>,
}

impl Station {
    pub fn open(number: usize, dir: PathBuf, keys: &StoreKeys, clock: Ticks) -> Self {
        let store = Store::open_with_keys(&dir, keys, clock.now()).expect("the store opens");
        Self {
            number,
            keys: keys.clone(),
            clock,
            open: Mutex::new(Some((dir, store))),
        }
    }

    pub fn number(&self) -> usize {
        self.number
    }

    pub fn clock(&self) -> &Ticks {
        &self.clock
    }

    pub fn device_id(&self) -> String {
        self.store().session().device_id.clone()
    }

    /// Whether all that this station knows is at the hub too; what was made and deleted here before it
    /// was sent is not.
    pub fn has_nothing_waiting(&self, keys: &[ResourceKey]) -> bool {
        let store = self.store();
        let is_only_here = |key: &ResourceKey| {
            let held = store.get(key).expect("the store reads");
            held.is_some_and(|held| held.row.sync_status == SyncStatus::LocalOnly)
        };
        !keys.iter().any(is_only_here)
            && store.outbox().expect("the outbox reads").is_empty()
            && store
                .in_flight()
                .expect("what is in flight reads")
                .is_empty()
    }

    /// A backup of the store, in a file.
    pub fn back_up(&self, file: &Path) {
        self.store()
            .backup(file, self.clock.now())
            .expect("it is backed up");
    }

    /// A copy of the store's folder as it lies.
    pub fn copy(&self, to: &Path) {
        std::fs::create_dir(to).expect("a folder");
        copy_files(&self.dir(), to);
    }

    /// Restores a backup into `dir`, as a new device, and goes on there.
    pub fn restore(&self, backup: &Path, dir: PathBuf) {
        let key = BackupKey::Store(self.keys.clone());
        let request = RestoreRequest {
            file: backup,
            dir: &dir,
            replacing: None,
        };
        let (store, _) = Store::restore(&request, &key, self.clock.now()).expect("it restores");
        *self.open.lock().expect("no panic holds the store") = Some((dir, store));
    }

    /// Goes on in another folder.
    pub fn open_in(&self, dir: PathBuf) {
        let mut open = self.open.lock().expect("no panic holds the store");
        *open = None;
        let store =
            Store::open_with_keys(&dir, &self.keys, self.clock.now()).expect("the copy opens");
        *open = Some((dir, store));
    }

    pub fn store(&self) -> Store {
        let open = self.open.lock().expect("no panic holds the store");
        open.as_ref().expect("the store is open").1.clone()
    }

    pub fn dir(&self) -> PathBuf {
        let open = self.open.lock().expect("no panic holds the store");
        open.as_ref().expect("the store is open").0.clone()
    }

    /// Opens the store again after its process died; from a copy of its files where one is to be
    /// taken as they lie.
    pub fn reopen(&self, copy_to: Option<PathBuf>) {
        let mut open = self.open.lock().expect("no panic holds the store");
        let (old, store) = open.take().expect("the store is open");
        let dir = match copy_to {
            Some(fresh) => {
                std::fs::create_dir(&fresh).expect("a folder");
                copy_files(&old, &fresh);
                fresh
            }
            None => old,
        };
        drop(store);
        let store = Store::open_with_keys(&dir, &self.keys, self.clock.now())
            .expect("the store opens again");
        *open = Some((dir, store));
    }

    /// The person writes something; what is acknowledged goes into the ledger.
    pub fn edit(&self, clinic: &Clinic) {
        let store = self.store();
        let op = Op::new(
            OpKind::Edit,
            format!("user{}", self.number),
            self.clock.now(),
        );
        let keys = clinic
            .ledger
            .lock()
            .expect("no panic holds the ledger")
            .keys
            .clone();
        let known: Vec<ResourceKey> = keys
            .into_iter()
            .filter(|key| {
                let held = store.get(key).expect("the store reads");
                held.is_some_and(|held| held.resource.is_some())
            })
            .collect();
        let serial = clinic.serial();
        let (is_new, which, what) = clinic.with_dice(|dice| {
            let is_new =
                known.is_empty() || (known.len() < 3 && dice.random_range(0..100_u32) < 10);
            let which = dice.random_range(0..known.len().max(1));
            (is_new, which, dice.random_range(0..100_u32))
        });
        let written = if is_new {
            store.transact(op, |tx| create(tx, serial, what))
        } else {
            let key = &known[which];
            store.transact(op, |tx| change(tx, key, serial, what))
        };
        let edits = match written {
            Ok((edits, _)) => edits,
            // What waits for a person's decision cannot be edited: nothing was acknowledged.
            Err(error) if error.code() == ErrorCode::Conflict => return,
            Err(error) => panic!("an edit must be kept: {error}"),
        };
        let mut ledger = clinic.ledger.lock().expect("no panic holds the ledger");
        for (key, part, text, clock) in edits {
            if !ledger.keys.contains(&key) {
                ledger.keys.push(key.clone());
            }
            ledger.edits.push(Edit {
                key,
                part,
                text,
                clock,
                station: self.number,
            });
        }
    }

    /// The person decides the oldest open conflict; answers whether there was one.
    pub fn resolve_one(&self, clinic: &Clinic) -> bool {
        let Some(resolution) = self.decide_one(|| clinic.chance(50)) else {
            return false;
        };
        let mut ledger = clinic.ledger.lock().expect("no panic holds the ledger");
        ledger.resolutions.push(resolution);
        true
    }

    /// The person decides the oldest open conflict, if there is one, field by field.
    pub fn decide_one(&self, mut takes_own: impl FnMut() -> bool) -> Option<Resolution> {
        let store = self.store();
        let conflict = store
            .conflicts(true)
            .expect("conflicts are readable")
            .into_iter()
            .next()?;
        let value = |side: &Option<Resource>| side.as_ref().map(Resource::value);
        let (base, local, remote) = (
            value(&conflict.base),
            value(&conflict.local),
            value(&conflict.remote),
        );
        let outcome = merge(base.as_ref(), local.as_ref(), remote.as_ref());
        let choices: Vec<(String, Choice)> = outcome
            .fields
            .iter()
            .map(|field| {
                let choice = if takes_own() {
                    Choice::Local
                } else {
                    Choice::Remote
                };
                (field.path.clone(), choice)
            })
            .collect();
        let resolution = resolve(base.as_ref(), local.as_ref(), remote.as_ref(), &choices)
            .expect("every field of the merge can be chosen");
        assert!(
            resolution.left.is_empty(),
            "every field was chosen: {:?}",
            resolution.left
        );
        let resolved = resolution
            .resource
            .map(|value| Resource::from_value(&value).expect("a resolution is a resource"));
        let op = Op::new(
            OpKind::Resolve,
            format!("user{}", self.number),
            self.clock.now(),
        );
        let (clock, _) = store
            .transact(op, |tx| {
                tx.resolve_conflict(&conflict.id, resolved, "decided at the desk")?;
                clock_of(tx, &conflict.key)
            })
            .expect("a decision is kept");
        Some(Resolution {
            key: conflict.key,
            clock,
        })
    }
}

impl Station {
    /// The person offers again what was set aside after too many failures; answers whether there
    /// was any.
    pub fn offer_again(&self) -> bool {
        let store = self.store();
        let outbox = store.outbox().expect("the outbox reads");
        let aside: Vec<ResourceKey> = outbox
            .into_iter()
            .filter(|entry| entry.state == OutboxState::Rejected)
            .map(|entry| entry.key)
            .collect();
        for key in &aside {
            let op = Op::new(
                OpKind::Edit,
                format!("user{}", self.number),
                self.clock.now(),
            );
            store
                .transact(op, |tx| tx.requeue(key))
                .expect("it is offered again");
        }
        !aside.is_empty()
    }
}

type Written = Vec<(ResourceKey, Part, String, VectorClock)>;

fn clock_of(tx: &Tx<'_>, key: &ResourceKey) -> Result<VectorClock, StoreError> {
    Ok(tx
        .get(key)?
        .expect("what was written is there")
        .row
        .vector_clock)
}

fn create(tx: &mut Tx<'_>, serial: u64, what: u32) -> Result<Written, StoreError> {
    let note = format!("note-{serial}-");
    let value = if what < 70 {
        json!({
            "resourceType": "Patient", "id": format!("p{serial}"),
            "name": [{"use": "official", "family": format!("Family-{serial}-"), "given": ["Ada"]}],
            "telecom": [
                {"system": "phone", "use": "home", "value": format!("+1 555 {serial:06}")},
                {"system": "email", "value": note},
            ],
            "birthDate": day(serial),
        })
    } else {
        json!({
            "resourceType": "MedicationRequest", "id": format!("m{serial}"),
            "status": "active", "intent": "order",
            "medicationCodeableConcept": {"text": "metformin"},
            "subject": {"reference": "Patient/someone"},
            "note": [{"text": note}],
            "dosageInstruction": [{"text": format!("dose-{serial}-")}],
        })
    };
    let resource = Resource::from_value(&value).expect("a resource");
    let key = resource.key().clone();
    tx.edit(resource)?;
    let clock = clock_of(tx, &key)?;
    let mut written = vec![(key.clone(), Part::Item, note, clock.clone())];
    for (part, text) in values_of(&value) {
        written.push((key.clone(), Part::Value(part), text, clock.clone()));
    }
    Ok(written)
}

/// The replaceable values of a resource made here, by name.
pub fn values_of(value: &Value) -> Vec<(&'static str, String)> {
    let telecom = value
        .get("telecom")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let phone = telecom.iter().find(|contact| contact["system"] == "phone");
    let texts = [
        ("birthDate", value.get("birthDate")),
        ("phone", phone.and_then(|contact| contact.get("value"))),
        ("family", value.pointer("/name/0/family")),
        ("dose", value.pointer("/dosageInstruction/0/text")),
    ];
    texts
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?.as_str()?.to_owned())))
        .collect()
}

pub fn day(serial: u64) -> String {
    format!(
        "{}-{:02}-{:02}",
        1900 + serial / 336,
        1 + serial / 28 % 12,
        1 + serial % 28
    )
}

fn change(
    tx: &mut Tx<'_>,
    key: &ResourceKey,
    serial: u64,
    what: u32,
) -> Result<Written, StoreError> {
    let Some(mut value) = tx
        .get(key)?
        .and_then(|held| held.resource)
        .map(|held| held.value())
    else {
        return Ok(Vec::new());
    };
    if what < 5 {
        tx.delete(key)?;
        let text = format!("deletion-{serial}-");
        return Ok(vec![(
            key.clone(),
            Part::Deletion,
            text,
            clock_of(tx, key)?,
        )]);
    }
    let is_patient = key.resource_type == "Patient";
    let (part, text) = match (what, is_patient) {
        (5..55, true) => {
            let text = format!("note-{serial}-");
            push(
                &mut value,
                "telecom",
                json!({"system": "email", "value": text}),
            );
            (Part::Item, text)
        }
        (5..55, false) => {
            let text = format!("note-{serial}-");
            push(&mut value, "note", json!({"text": text}));
            (Part::Item, text)
        }
        (55..70, true) => {
            let text = format!("+1 555 {serial:06}");
            let contacts = value["telecom"]
                .as_array_mut()
                .expect("a patient here has contacts");
            let phone = contacts
                .iter_mut()
                .find(|contact| contact["system"] == "phone");
            phone.expect("a patient here has a phone")["value"] = json!(text);
            (Part::Value("phone"), text)
        }
        (70..85, true) => {
            value["birthDate"] = json!(day(serial));
            (Part::Value("birthDate"), day(serial))
        }
        (_, true) => {
            let text = format!("Family-{serial}-");
            value["name"][0]["family"] = json!(text);
            (Part::Value("family"), text)
        }
        (_, false) => {
            let text = format!("dose-{serial}-");
            value["dosageInstruction"][0]["text"] = json!(text);
            (Part::Value("dose"), text)
        }
    };
    tx.edit(Resource::from_value(&value).expect("still a resource"))?;
    Ok(vec![(key.clone(), part, text, clock_of(tx, key)?)])
}

pub fn push(value: &mut Value, list: &str, item: Value) {
    match value.get_mut(list).and_then(Value::as_array_mut) {
        Some(items) => items.push(item),
        None => value[list] = json!([item]),
    }
}
