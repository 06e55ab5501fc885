//! Ended at every named step of every act on keys, files and schema: the old or the new opens, never
//! neither, and the act can be done anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Instant;

use super::child::{Work, upkeep};
use super::model::{Model, perform};
use super::{
    Dice, NOW, USER, copy, granted, keep, new_store, number, open, passphrase, private_key,
    quick_folder, say, seed, trials,
};
use crate::backup::{BackupKey, RestoreRequest, verify_backup};
use crate::error::Result;
use crate::failpoint::counting;
use crate::keys::{KdfParams, Passphrase, Secret};
use crate::store::{NewUser, Store};

/// The step at which a child ends.
pub(super) const END_AT: &str = "HAVEN_FAULTS_END_AT";

/// Every act, and the least number of places at which it can end. Without a count only the first
/// [`SLOT_ACTS`] are tried: `keys::rotation::tests::kills` and `backup::tests` try the others.
const ACTS: [(&str, usize); 11] = [
    ("passphrase", 2),
    ("let in", 2),
    ("put out", 2),
    ("new words", 2),
    ("rotate", 8),
    ("store-key", 8),
    ("archive", 2),
    ("prune", 1),
    ("migrate", 4),
    ("backup", 5),
    ("restore", 5),
];

const SLOT_ACTS: usize = 4;

/// Does the act in the store of `dir`, ending at the step that is asked for.
pub(super) fn act(name: &str, dir: &Path, private: &Secret) -> Result<()> {
    let begin = || counting::end_at(number(END_AT).unwrap_or(0));
    if name == "restore" {
        let key = BackupKey::Store(granted(dir, private)?);
        begin();
        let request = RestoreRequest {
            file: &dir.with_extension("backup"),
            dir: &dir.with_extension("restored"),
            replacing: None,
        };
        return Store::restore(&request, &key, NOW).map(drop);
    }
    if name == "migrate" {
        begin();
        for target in [Some(6), None] {
            Store::migrate_to(dir, USER, &passphrase(), target, true, NOW)?;
        }
        return Ok(());
    }
    let store = open(dir, private)?;
    begin();
    match name {
        "let in" => {
            let user = NewUser {
                name: "chidi".to_owned(),
                display_name: "Chidi".to_owned(),
                role: haven_model::Role::Clinician,
                kdf: KdfParams::default(),
            };
            if store.logins()?.iter().any(|login| login.name == user.name) {
                return Ok(());
            }
            store.add_user(
                &user,
                &Passphrase::new("a harbour of words".to_owned()),
                NOW,
            )
        }
        "put out" => {
            if store.logins()?.iter().any(|login| login.name == "nia") {
                store.remove_user("nia", NOW)?;
            }
            Ok(())
        }
        "new words" => store.renew_recovery(NOW).map(drop),
        "prune" => {
            let policy = crate::retention::RetentionPolicy {
                default: crate::retention::RetentionRule {
                    days: Some(1),
                    whole_chart: false,
                },
                ..Default::default()
            };
            let later = NOW.plus_ms(1000 * 24 * 60 * 60 * 1000);
            store.prune(&policy, false, later).map(drop)
        }
        other => upkeep(other, dir, private, store).map(drop),
    }
}

#[test]
fn ended_at_every_step_of_every_act() {
    let (seed, rounds) = (seed(), trials("HAVEN_ENDINGS", 1));
    let started = Instant::now();
    let mut dice = Dice::new(seed);
    let acts = match number("HAVEN_ENDINGS") {
        Some(_) => &ACTS[..],
        None => &ACTS[..SLOT_ACTS],
    };
    let mut reached: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for round in 0..rounds {
        let folder = quick_folder();
        let dir = folder.path().join("store");
        let store = new_store(&dir);
        let private = private_key(&dir);
        let nia = NewUser {
            name: "nia".to_owned(),
            display_name: "Nia".to_owned(),
            role: haven_model::Role::Nurse,
            kdf: KdfParams::default(),
        };
        store.add_user(&nia, &passphrase(), NOW).expect("let in");
        let mut model = Model::default();
        while model.step < 10 + dice.below(20) as u64 {
            let act = model.plan(seed ^ round);
            perform(&store, &act, model.step + 1).expect("kept");
            model.apply(&act);
        }
        store
            .backup(&dir.with_extension("backup"), NOW)
            .expect("an older backup");
        drop(store);
        for &(name, _) in acts {
            let tried = Tried {
                name,
                whole: &dir,
                private: &private,
                model: &model,
                at: format!("seed {seed}, round {round}"),
            };
            let (ends, steps) = tried.everywhere(rounds > 1);
            say(&format!(
                "{name}: ended {ends} times at {} places",
                steps.len()
            ));
            reached.entry(name).or_default().extend(steps);
        }
    }
    // A store in which nothing is old enough leaves an act without a step; not every one is such.
    for &(name, least) in acts {
        let steps = reached.entry(name).or_default();
        assert!(
            steps.len() >= least,
            "{name} has places to end at: {steps:?}"
        );
    }
    say(&format!(
        "{} acts, {rounds} rounds, seed {seed}: old or new opened each time, {} ms",
        acts.len(),
        started.elapsed().as_millis()
    ));
}

struct Tried<'a> {
    name: &'static str,
    whole: &'a Path,
    private: &'a Secret,
    model: &'a Model,
    at: String,
}

impl Tried<'_> {
    /// How often it was ended, and at which steps. A step that comes again is tried again only when
    /// every time is asked for.
    fn everywhere(&self, every_time: bool) -> (u64, BTreeSet<String>) {
        let folder = quick_folder();
        let dir = folder.path().join("store");
        let (mut ends, mut steps) = (0, BTreeSet::new());
        for place in 1.. {
            copy(self.whole, &dir);
            fs::copy(
                self.whole.with_extension("backup"),
                dir.with_extension("backup"),
            )
            .expect("copied");
            let Some(step) = self.end_at(&dir, place) else {
                return (ends, steps);
            };
            if steps.insert(step.clone()) || every_time {
                self.survives(&dir, &step);
                ends += 1;
            }
            for left in fs::read_dir(folder.path()).expect("a folder") {
                let left = left.expect("an entry").path();
                if left.is_dir() {
                    fs::remove_dir_all(left).expect("removed");
                } else {
                    fs::remove_file(left).expect("removed");
                }
            }
        }
        unreachable!("an act has an end")
    }

    /// The step at which the child ended; none when it was done before.
    fn end_at(&self, dir: &Path, place: u64) -> Option<String> {
        let name = format!("act:{}", self.name);
        let work = Work {
            name: &name,
            dir,
            private: self.private,
            steps: 1,
        };
        let output = work
            .command(&[])
            .env(END_AT, place.to_string())
            .output()
            .expect("a process of its own");
        let told = String::from_utf8_lossy(&output.stderr);
        let step = told
            .lines()
            .find_map(|line| line.strip_prefix("ended at: "))
            .map(str::to_owned);
        assert_eq!(
            step.is_none(),
            output.status.success(),
            "{}, {}: ended or done, it does not fail: {told}{}",
            self.at,
            self.name,
            String::from_utf8_lossy(&output.stdout)
        );
        step
    }

    fn survives(&self, dir: &Path, step: &str) {
        let failed = |why: String| -> ! {
            let kept = keep(dir, "ending");
            let (at, name) = (&self.at, self.name);
            unreachable!(
                "{at}, {name} ended at \"{step}\": {why}; kept in {}",
                kept.display()
            )
        };
        let sound = |store: &Store| {
            // Pruning takes away what the server has, so only what waits is compared.
            if self.name != "prune" {
                match self.model.difference(store) {
                    Ok(None) => {}
                    Ok(Some(difference)) => failed(difference),
                    Err(error) => failed(error.to_string()),
                }
            }
            match store.verify_deep() {
                Ok(report) if report.is_sound() => {}
                Ok(report) => failed(format!("{:?}", report.problems)),
                Err(error) => failed(error.to_string()),
            }
        };
        let store = open(dir, self.private).unwrap_or_else(|error| failed(error.to_string()));
        sound(&store);
        let keys = store.keys();
        drop(store);
        let backup = dir.with_extension("backup");
        match verify_backup(&backup, &BackupKey::Store(keys), NOW) {
            Ok(report) if report.problems.is_empty() => {}
            // A backup is of the store's key at that time.
            Err(_) | Ok(_) if self.name == "store-key" => {}
            Ok(report) => failed(format!("{:?}", report.problems)),
            Err(error) => failed(format!("the older backup or the newer: {error}")),
        }
        let restored = dir.with_extension("restored");
        if restored.exists() {
            sound(&open(&restored, self.private).unwrap_or_else(|error| failed(error.to_string())));
        } else if let Err(error) = act(self.name, dir, self.private) {
            failed(format!("it cannot be done anew: {error}"));
        }
        sound(&open(dir, self.private).unwrap_or_else(|error| failed(error.to_string())));
    }
}
