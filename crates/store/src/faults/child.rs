//! The process that a fault befalls.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::model::{Model, perform, step_of};
use super::{NOW, USER, granted, number, op, open, passphrase};
use crate::error::{ErrorCode, Result, StoreError};
use crate::keys::{RotateOptions, Secret, replace_store_key};
use crate::op::OpKind;
use crate::reseal::Reseal;
use crate::store::Store;

const WORK: &str = "HAVEN_FAULTS_WORK";
const FOLDER: &str = "HAVEN_FAULTS_FOLDER";
const PRIVATE: &str = "HAVEN_FAULTS_PRIVATE";
const STEPS: &str = "HAVEN_FAULTS_STEPS";

/// Steps that the store was given before.
pub(super) const BEFORE: &str = "HAVEN_FAULTS_BEFORE";

/// What a child does.
pub(super) struct Work<'a> {
    pub(super) name: &'a str,
    pub(super) dir: &'a Path,
    pub(super) private: &'a Secret,
    /// Steps before it ends by itself.
    pub(super) steps: u64,
}

impl Work<'_> {
    /// The process, run by the words of `wrapper` when there are any.
    pub(super) fn command(&self, wrapper: &[String]) -> Command {
        let own = std::env::current_exe().expect("this program");
        let mut command = match wrapper.split_first() {
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments).arg(own);
                command
            }
            None => Command::new(own),
        };
        command
            .args([
                "--exact",
                "faults::child::child",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(WORK, self.name)
            .env(FOLDER, self.dir)
            .env(PRIVATE, hex::encode(self.private.bytes()))
            .env(STEPS, self.steps.to_string())
            .env("HAVEN_SEED", super::seed().to_string());
        command
    }
}

/// Not a story of its own, run by those beside it.
#[test]
fn child() {
    let Ok(work) = std::env::var(WORK) else {
        return;
    };
    let dir = PathBuf::from(std::env::var_os(FOLDER).expect("the folder is named"));
    let private = std::env::var(PRIVATE).expect("the key is handed over");
    let private = Secret::from_slice(&hex::decode(private).expect("hex")).expect("a key");
    let steps = number(STEPS).expect("so many steps");
    match work.as_str() {
        "write" => write(&dir, &private, steps, false),
        "day" => write(&dir, &private, steps, true),
        other if other.starts_with("act:") => {
            super::endings::act(&other["act:".len()..], &dir, &private)
                .expect("what is not ended succeeds");
        }
        other => {
            let status = super::refusals::attempt(other, &dir, &private);
            std::process::exit(status);
        }
    }
}

/// Tells that a step was kept, as `haven batch` answers a line.
fn tell(step: u64) {
    let mut told = std::io::stdout();
    let _ = writeln!(told, "\nok {step}").and_then(|()| told.flush());
}

fn write(dir: &Path, private: &Secret, steps: u64, with_upkeep: bool) {
    let seed = super::seed();
    let mut store = open(dir, private).expect("opens");
    let first = step_of(&store).expect("reads");
    let mut model = Model::after(seed, first);
    for done in 1..=steps {
        let act = model.plan(seed);
        perform(&store, &act, model.step + 1).expect("kept");
        model.apply(&act);
        tell(model.step);
        if with_upkeep && done % 5 == 0 {
            let what = UPKEEP[usize::try_from(done / 5).expect("small") % UPKEEP.len()];
            store = upkeep(what, dir, private, store).expect("done");
            tell(model.step);
        }
    }
}

/// What is done to a store beside writing, after each of which it holds what it held.
pub(super) const UPKEEP: [&str; 7] = [
    "reopen",
    "archive",
    "rotate",
    "backup",
    "store-key",
    "passphrase",
    "prune",
];

pub(super) fn upkeep(what: &str, dir: &Path, private: &Secret, store: Store) -> Result<Store> {
    match what {
        "reopen" => {
            drop(store);
            return open(dir, private);
        }
        "archive" => {
            store.archive_audit(NOW.plus_ms(1), NOW)?;
        }
        "rotate" => {
            let options = RotateOptions {
                classes: Some(haven_model::SensitivityClass::ALL.to_vec()),
                regrant: false,
            };
            store.rotate_keys(&options, NOW)?;
            let mut progress = Reseal::default();
            while !store.reseal(&mut progress, NOW)?.done {}
        }
        "backup" => {
            store.backup(&dir.with_extension("backup"), NOW)?;
        }
        "store-key" => {
            let keys = store.keys();
            drop(store);
            replace_store_key(dir, &keys, false, NOW)?;
            return Store::open_with_keys(dir, &granted(dir, private)?, NOW);
        }
        "passphrase" => {
            store.change_passphrase(&passphrase(), &passphrase(), NOW)?;
        }
        "prune" => {
            store.prune(&crate::retention::RetentionPolicy::default(), false, NOW)?;
        }
        "note" => {
            store.transact(op(OpKind::Configure), |tx| {
                tx.set_setting("faults.note", Some(USER))
            })?;
        }
        other => unreachable!("no upkeep is called {other}"),
    }
    Ok(store)
}

/// Whether an error is one that a person can act on when a disk fails. What cannot be read is damage,
/// as far as anyone can tell.
pub(super) fn is_clean(error: &StoreError) -> bool {
    matches!(
        error.code(),
        ErrorCode::Io
            | ErrorCode::DiskFull
            | ErrorCode::Locked
            | ErrorCode::Unreadable
            | ErrorCode::Integrity
    )
}
