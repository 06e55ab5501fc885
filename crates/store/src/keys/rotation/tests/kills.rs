//! A process killed at every step of replacing keys: the old or the new opens, never neither.
//!
//! Without more, one kill at each named step. `HAVEN_KILLS=n` asks for n kills of each kind, at every
//! step as often as it comes, over stores of seeded sizes; `HAVEN_SEED` for other ones.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::{contents, copy, fill, later, open_as, private_key, store, try_open_as};
use crate::failpoint::counting;
use crate::keys::rotation::{DUE_SETTING, RotateOptions};
use crate::keys::{KeyFile, Secret, replace_store_key};
use crate::op::OpKind;
use crate::reseal::Reseal;
use crate::store::Store;

const CHILD: &str = "HAVEN_KEYS_CHILD";
const FOLDER: &str = "HAVEN_KEYS_FOLDER";
const END_AT: &str = "HAVEN_KEYS_END_AT";
const PRIVATE: &str = "HAVEN_KEYS_PRIVATE";

/// What the child of a kill does: not a test of its own.
#[test]
fn child() {
    let Ok(work) = std::env::var(CHILD) else {
        return;
    };
    let dir = std::env::var(FOLDER).expect("the folder is named");
    let private = std::env::var(PRIVATE).expect("the key is handed over");
    let private = Secret::from_slice(&hex::decode(private).expect("hex")).expect("a key");
    let dir = Path::new(&dir);
    if let Ok(number) = std::env::var(END_AT) {
        counting::end_at(number.parse().expect("a number"));
    }
    do_work(&work, dir, &private);
}

fn do_work(work: &str, dir: &Path, private: &Secret) {
    let store = open_as(dir, "amina", private);
    match work {
        "rotate" => {
            rotate_to_the_end(&store);
        }
        "store-key" => {
            let keys = store.keys();
            drop(store);
            replace_store_key(dir, &keys, false, later(1)).expect("replaced");
        }
        other => unreachable!("no such work: {other}"),
    }
}

fn rotate_to_the_end(store: &Store) {
    let options = RotateOptions {
        classes: Some(haven_model::SensitivityClass::ALL.to_vec()),
        regrant: false,
    };
    store.rotate_keys(&options, later(1)).expect("rotated");
    reseal_to_the_end(store);
}

pub(super) fn reseal_to_the_end(store: &Store) -> u64 {
    let mut progress = Reseal::default();
    let mut resealed = 0;
    loop {
        let step = store.reseal(&mut progress, later(1)).expect("a step");
        resealed += step.resealed;
        if step.done {
            return resealed;
        }
    }
}

/// A filled store of two logins that read everything, and their private keys.
struct Prepared {
    folder: tempfile::TempDir,
    amina: Secret,
    chidi: Secret,
    before: Vec<String>,
}

fn prepared(rows: usize) -> Prepared {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store(folder.path());
    super::add(&store, "chidi", haven_model::Role::Clinician);
    fill(&store, rows);
    store
        .transact(super::op(OpKind::Configure), |tx| {
            tx.set_setting(DUE_SETTING, Some("core clinical sensitive blind store"))
        })
        .expect("a login was removed");
    let before = contents(&store);
    drop(store);
    Prepared {
        amina: private_key(folder.path(), "amina"),
        chidi: private_key(folder.path(), "chidi"),
        folder,
        before,
    }
}

/// Runs the child, which ends at its `number`-th step; answers that step, or `None` when it was done
/// before.
fn killed_at(work: &str, dir: &Path, private: &Secret, number: usize) -> Option<String> {
    let output = Command::new(std::env::current_exe().expect("this binary"))
        .args([
            "--exact",
            "keys::rotation::tests::kills::child",
            "--nocapture",
        ])
        .env(CHILD, work)
        .env(FOLDER, dir)
        .env(PRIVATE, hex::encode(private.bytes()))
        .env(END_AT, number.to_string())
        .output()
        .expect("the child runs");
    let told = String::from_utf8_lossy(&output.stderr);
    let step = told
        .lines()
        .find_map(|line| line.strip_prefix("ended at: "))
        .map(str::to_owned);
    assert_eq!(
        step.is_none(),
        output.status.success(),
        "the child is killed or done, it does not fail: {told} {}",
        String::from_utf8_lossy(&output.stdout)
    );
    step
}

/// After a kill: both logins open the store, nothing is lost or altered, and the work can be done anew.
fn survives(work: &str, prepared: &Prepared, dir: &Path, step: &str) {
    let at = |what: &str| format!("killed at \"{step}\" of {work}: {what}");
    for (user, private) in [("amina", &prepared.amina), ("chidi", &prepared.chidi)] {
        let store = try_open_as(dir, user, private)
            .unwrap_or_else(|error| unreachable!("{}", at(&error.to_string())));
        if user == "amina" {
            assert_eq!(
                contents(&store),
                prepared.before,
                "{}",
                at("nothing changed")
            );
            let report = store.verify_deep().expect("the check runs");
            assert!(
                report.is_sound(),
                "{}",
                at(&format!("{:?}", report.problems))
            );
        } else {
            let seen = store
                .get(&super::key("Condition/sensitive-2"))
                .expect("opens");
            assert!(seen.is_some(), "{}", at("another login reads on"));
        }
        store
            .transact(super::op(OpKind::Edit), |tx| {
                tx.edit(super::note(
                    "clinical",
                    900,
                    &format!("{user} after the kill"),
                ))
            })
            .unwrap_or_else(|error| unreachable!("{}", at(&error.to_string())));
    }
    let found = |store: &Store| {
        let query = [("code".to_owned(), "sensitive2".to_owned())];
        store.search("Condition", &query).expect("searched").total
    };
    do_work(work, dir, &prepared.amina);
    let store = open_as(dir, "chidi", &prepared.chidi);
    assert_eq!(found(&store), 1, "{}", at("blind terms match their key"));
    drop(store);
    let store = open_as(dir, "amina", &prepared.amina);
    let report = store.verify_deep().expect("the check runs");
    assert!(
        report.is_sound(),
        "{}",
        at(&format!("{:?}", report.problems))
    );
    let status = store.key_status(later(1)).expect("status");
    assert_eq!(
        status.on_earlier,
        0,
        "{}",
        at("nothing is left under an old key")
    );
    let file = KeyFile::read(dir).expect("keys");
    for user in ["amina", "chidi"] {
        let kinds: Vec<_> = file
            .grants
            .iter()
            .filter(|grant| grant.recipient == user)
            .map(|grant| grant.kind.clone())
            .collect();
        let of = |name: &str| kinds.iter().filter(|kind| kind.starts_with(name)).count();
        assert_eq!(of("dsk"), 1, "{}", at(&format!("one store key: {kinds:?}")));
        assert_eq!(
            of("class:clinical"),
            1,
            "{}",
            at(&format!("one key: {kinds:?}"))
        );
    }
    assert!(
        !dir.join("store.db.new").exists(),
        "{}",
        at("no copy is left")
    );
}

fn kill_everywhere(work: &str) {
    let count: Option<usize> = std::env::var("HAVEN_KILLS")
        .ok()
        .and_then(|count| count.parse().ok());
    let seed: usize = std::env::var("HAVEN_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1);
    let (mut kills, mut round) = (0, 0);
    loop {
        let rows = 6 + (seed * 7919 + round * 104_729) % 23;
        let prepared = prepared(if count.is_some() { rows } else { 4 });
        let trials = tempfile::tempdir().expect("a folder");
        let mut seen = BTreeSet::new();
        for number in 1.. {
            let dir = trials.path().join("store");
            copy(prepared.folder.path(), &dir);
            let Some(step) = killed_at(work, &dir, &prepared.amina, number) else {
                break;
            };
            if seen.insert(step.clone()) || count.is_some() {
                survives(work, &prepared, &dir, &step);
                kills += 1;
            }
            std::fs::remove_dir_all(&dir).expect("removed");
        }
        assert!(seen.len() >= 8, "there are steps to be killed at: {seen:?}");
        round += 1;
        if count.is_none_or(|count| kills >= count) {
            break;
        }
    }
    let message =
        format!("{work}: killed {kills} times, seed {seed}; old or new opened each time\n");
    std::io::Write::write_all(&mut std::io::stderr(), message.as_bytes()).expect("said");
}

#[test]
fn killed_while_class_keys_rotate() {
    kill_everywhere("rotate");
}

#[test]
fn killed_while_the_stores_key_is_replaced() {
    kill_everywhere("store-key");
}
