//! A desk that is left alone: the warning, the lock, and what was typed before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use haven_app::view::{AppEvent, TypedValue, VitalsInput};
use haven_app::{Code, Desk, InitRequest, Passphrase, Platform, Workstation};
use haven_model::Timestamp;
use tokio::sync::broadcast::Receiver;

/// A machine whose time passes when a story says so.
#[derive(Clone, Default)]
struct Machine {
    awake_ms: Arc<AtomicU64>,
    idle_lock_ms: Option<u64>,
}

impl Machine {
    fn locking_after(idle_lock_ms: u64) -> Self {
        Self {
            idle_lock_ms: Some(idle_lock_ms),
            ..Self::default()
        }
    }

    fn pass(&self, time_ms: u64) {
        self.awake_ms.fetch_add(time_ms, Ordering::Relaxed);
    }
}

impl Platform for Machine {
    /// Wall clock and time awake go together: this machine does not sleep.
    fn now(&self) -> Timestamp {
        let since = i64::try_from(self.awake_ms()).expect("a short while");
        Timestamp(1_795_442_580_000 + since)
    }

    fn awake_ms(&self) -> u64 {
        self.awake_ms.load(Ordering::Relaxed)
    }

    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    fn new_id(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }

    fn idle_lock_ms(&self) -> Option<u64> {
        self.idle_lock_ms
    }
}

fn secret() -> Passphrase {
    Passphrase::new("gravel ostrich maple dentist vivid".to_owned())
}

/// The next event that speaks of the lock.
async fn of_the_lock(events: &mut Receiver<AppEvent>) -> AppEvent {
    let patience = Duration::from_secs(60);
    loop {
        let event = tokio::time::timeout(patience, events.recv())
            .await
            .expect("the lock comes by itself")
            .expect("the desk is there");
        if matches!(event, AppEvent::LockingSoon { .. } | AppEvent::Locked) {
            return event;
        }
    }
}

fn typed(text: &str) -> VitalsInput {
    VitalsInput {
        patient_id: "p1".to_owned(),
        date: "23-Nov-2026".to_owned(),
        time: "14:03".to_owned(),
        values: vec![TypedValue {
            key: "systolic".to_owned(),
            text: text.to_owned(),
        }],
        confirmed: Vec::new(),
    }
}

fn desk_with_a_patient(dir: &std::path::Path, machine: Machine) -> Desk {
    let workstation = Workstation::new(dir.join("store"), Arc::new(machine));
    let request = InitRequest {
        user: "ada".to_owned(),
        display_name: "Ada".to_owned(),
        clinic: "Harbour".to_owned(),
        device_name: "Laptop".to_owned(),
    };
    let session = workstation.init(&request, &secret()).expect("a store");
    let patient = br#"{"resourceType":"Patient","id":"p1","name":[{"family":"Garcia"}],"birthDate":"1962-07-25"}"#;
    session.put(patient).expect("saved");
    drop(session);
    Desk::new(workstation)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_left_alone_warns_locks_and_keeps_what_was_typed() {
    let dir = tempfile::tempdir().expect("a folder");
    let machine = Machine::locking_after(3_000);
    let desk = desk_with_a_patient(dir.path(), machine.clone());
    let mut events = desk.events();
    desk.unlock("ada", &secret()).expect("unlocked");
    desk.keep_draft(typed("12")).expect("kept");
    desk.keep_draft(typed("128")).expect("kept in its place");

    machine.pass(2_000);
    let AppEvent::LockingSoon { text } = of_the_lock(&mut events).await else {
        unreachable!("nobody is locked out without a warning")
    };
    assert!(text.starts_with("Locks in "), "{text}");
    desk.still_here();
    machine.pass(2_000);
    assert!(
        matches!(of_the_lock(&mut events).await, AppEvent::LockingSoon { .. }),
        "any input makes the lock wait anew"
    );
    machine.pass(1_000);
    assert!(matches!(of_the_lock(&mut events).await, AppEvent::Locked));
    assert!(desk.session().is_none());
    assert_eq!(
        desk.drafts().err().map(|error| error.code),
        Some(Code::Locked)
    );

    desk.unlock("ada", &secret()).expect("unlocked again");
    let drafts = desk.drafts().expect("read");
    assert_eq!(drafts.len(), 1);
    assert_eq!(drafts[0].input.values[0].text, "128");
    assert!(
        drafts[0].patient.contains("GARCIA") && drafts[0].patient.contains("25-Jul-1962"),
        "two identifiers stand beside a draft: {}",
        drafts[0].patient
    );
    let file = std::fs::read_dir(dir.path().join("store")).expect("the folder");
    for entry in file.flatten() {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        assert!(
            !bytes.windows(11).any(|part| part == b"23-Nov-2026"),
            "the draft is nowhere in the clear"
        );
    }

    let form = desk.vitals_form("p1").expect("a form");
    desk.save_vitals(&VitalsInput {
        date: form.date,
        time: form.time,
        values: vec![
            TypedValue {
                key: "systolic".to_owned(),
                text: "128".to_owned(),
            },
            TypedValue {
                key: "diastolic".to_owned(),
                text: "82".to_owned(),
            },
        ],
        ..typed("")
    })
    .expect("saved");
    assert!(
        desk.drafts().expect("read").is_empty(),
        "what is saved is no draft any more"
    );
    desk.lock();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_time_that_is_offered_can_be_chosen_and_this_workstation_tells_how_it_stands() {
    let dir = tempfile::tempdir().expect("a folder");
    let desk = desk_with_a_patient(dir.path(), Machine::default());
    desk.unlock("ada", &secret()).expect("unlocked");
    assert_eq!(
        desk.set_idle_minutes(999).err().map(|error| error.code),
        Some(Code::Invalid)
    );
    desk.set_idle_minutes(5).expect("set");
    let view = desk.workstation().expect("read");
    assert_eq!(view.lock.minutes, 5);
    assert_eq!(view.logins.as_ref().map(Vec::len), Some(1));
    assert!(view.recovery.may_show, "its words were not shown yet");
    assert_eq!(desk.show_recovery().expect("shown").len(), 24);
    assert!(!desk.workstation().expect("read").recovery.may_show);

    assert_eq!(
        desk.back_up("somewhere").err().map(|error| error.code),
        Some(Code::Invalid),
        "a path that depends on where Haven was started is refused"
    );
    let file = dir.path().join("b.haven").display().to_string();
    let words = desk.back_up(&file).expect("backed up");
    assert!(words.starts_with("Backup written and checked"), "{words}");
    let view = desk.workstation().expect("read");
    assert!(view.backup.text.starts_with("Last backup today"));
    assert!(desk.rotate_keys().expect("rotated").contains("replaced"));
    assert!(desk.verify().expect("verified").problems.is_empty());
    desk.lock();
}
