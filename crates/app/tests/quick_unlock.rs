//! A day at one desk: the passphrase in the morning, a PIN after each pause, on a computer with a
//! keychain.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use haven_app::{AppError, Code, InitRequest, Passphrase, Platform, Session, Workstation};
use haven_model::Timestamp;
use haven_store::{Keychain, KeychainInMemory};

/// A machine whose clock the story sets.
struct Machine {
    now: AtomicI64,
    keychain: Arc<KeychainInMemory>,
}

impl Machine {
    fn at_eight() -> Arc<Self> {
        Arc::new(Self {
            now: AtomicI64::new(1_795_442_700_000),
            keychain: Arc::new(KeychainInMemory::default()),
        })
    }

    fn pass_hours(&self, hours: i64) {
        self.now.fetch_add(hours * 3_600_000, Ordering::SeqCst);
    }
}

impl Platform for Machine {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    fn new_id(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }

    fn keychain(&self) -> Option<Arc<dyn Keychain>> {
        Some(self.keychain.clone())
    }
}

fn secret(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

fn code(result: Result<Session, AppError>) -> Option<Code> {
    result.err().map(|error| error.code)
}

#[test]
fn the_passphrase_in_the_morning_a_pin_after_each_pause() {
    let dir = tempfile::tempdir().expect("a folder");
    let machine = Machine::at_eight();
    let workstation = Workstation::new(dir.path().join("store"), machine.clone());
    let words = secret("gravel ostrich maple dentist vivid");
    let request = InitRequest {
        user: "ada".to_owned(),
        display_name: "Ada".to_owned(),
        clinic: "Harbour".to_owned(),
        device_name: "Laptop".to_owned(),
    };
    drop(workstation.init(&request, &words).expect("a store"));
    assert!(!workstation.pin_offered("ada"), "none was set");

    let morning = workstation.unlock(None, &words).expect("the passphrase");
    morning.set_pin(&secret("602214")).expect("a PIN is set");
    drop(morning);
    for _ in 0..3 {
        machine.pass_hours(3);
        assert!(workstation.pin_offered("ada"));
        let after_pause = workstation.unlock_with_pin("ada", &secret("602214"));
        assert_eq!(after_pause.expect("the PIN").who().user, "ada");
    }
    assert_eq!(
        code(workstation.unlock_with_pin("ada", &secret("111213"))),
        Some(Code::WrongPassphrase)
    );
    machine.pass_hours(3);
    assert!(!workstation.pin_offered("ada"), "twelve hours are over");
    assert_eq!(
        code(workstation.unlock_with_pin("ada", &secret("602214"))),
        Some(Code::Precondition)
    );
    workstation.unlock(None, &words).expect("the passphrase");
    assert!(
        !machine
            .keychain
            .names()
            .iter()
            .any(|name| name.starts_with("pin:")),
        "nothing of the PIN is left"
    );
}

#[test]
fn a_locked_keychain_leaves_the_passphrase_and_takes_nothing_away() {
    let dir = tempfile::tempdir().expect("a folder");
    let machine = Machine::at_eight();
    let workstation = Workstation::new(dir.path().join("store"), machine.clone());
    let words = secret("gravel ostrich maple dentist vivid");
    let request = InitRequest {
        user: "ada".to_owned(),
        display_name: "Ada".to_owned(),
        clinic: "Harbour".to_owned(),
        device_name: "Laptop".to_owned(),
    };
    drop(workstation.init(&request, &words).expect("a store"));
    let session = workstation.unlock(None, &words).expect("unlocked");
    session.set_pin(&secret("602214")).expect("a PIN is set");
    drop(session);
    machine.keychain.set_locked(true);
    assert!(!workstation.pin_offered("ada"));
    drop(workstation.unlock(None, &words).expect("the passphrase"));
    machine.keychain.set_locked(false);
    assert!(workstation.pin_offered("ada"), "it was only locked");
}
