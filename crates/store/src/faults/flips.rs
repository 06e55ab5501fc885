//! One bit of one file turned over: detected, or of no consequence at all. Never a wrong value, never
//! a panic.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::model::Model;
use super::rollbacks::tables;
use super::{
    Dice, NOW, USER, child, copy, granted, keep, new_store, private_key, quick_folder, say, seed,
    trials,
};
use crate::backup::{BackupKey, verify_backup};
use crate::error::{ErrorCode, StoreError};
use crate::keys::{Attempts, KeyFile, Secret, StoreKeys};
use crate::lobby;
use crate::store::Store;

/// The longest that a damaged store may keep anyone waiting, in a debug build on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

/// How many steps the store took.
const STEPS: u64 = 25;

/// A folder at rest, with a log that was not folded in, an archive and a backup.
struct Truth {
    folder: tempfile::TempDir,
    keys: StoreKeys,
    private: Secret,
    model: Model,
    tables: Vec<(String, String)>,
}

impl Truth {
    fn store(&self) -> PathBuf {
        self.folder.path().join("whole")
    }
}

fn truth(seed: u64) -> Truth {
    let folder = quick_folder();
    let dir = folder.path().join("store");
    let mut store = new_store(&dir);
    let private = private_key(&dir);
    let mut model = Model::default();
    while model.step < STEPS {
        let act = model.plan(seed);
        super::model::perform(&store, &act, model.step + 1).expect("kept");
        model.apply(&act);
        if model.step == 12 {
            store = child::upkeep("archive", &dir, &private, store).expect("archived");
            store = child::upkeep("reopen", &dir, &private, store).expect("folded in");
        }
    }
    let whole = folder.path().join("whole");
    store
        .backup(&folder.path().join("a.backup"), NOW)
        .expect("a backup");
    Attempts::of(&dir, USER).begin(NOW).expect("counted");
    // As the folder stands once the unlock screen's file has caught up.
    store.settle_lobby();
    copy(&dir, &whole);
    fs::remove_file(whole.join("store.db-shm")).ok();
    let keys = store.keys();
    let tables = tables(&dir, &keys);
    Truth {
        keys,
        private,
        model,
        tables,
        folder,
    }
}

/// What became of a flip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    RefusedToOpen,
    FoundByVerify,
    ToldAtUnlock,
    Unused,
}

#[test]
fn one_bit_turned_over() {
    let (seed, flips) = (seed(), trials("HAVEN_FLIPS", 150));
    let started = Instant::now();
    let mut dice = Dice::new(seed);
    let truth = truth(seed);
    let mut files: Vec<String> = fs::read_dir(truth.store())
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| !name.ends_with(".lock"))
        .collect();
    files.push("a.backup".to_owned());
    files.sort();
    assert!(files.len() >= 6, "there is enough to damage: {files:?}");
    let mut verdicts: BTreeMap<(String, Verdict), u64> = BTreeMap::new();
    let mut longest = Duration::ZERO;
    for flip in 0..flips {
        let name = &files[usize::try_from(flip).expect("small") % files.len()];
        let begun = Instant::now();
        let verdict = one(
            &truth,
            name,
            &mut dice,
            &format!("seed {seed}, flip {flip}"),
        );
        longest = longest.max(begun.elapsed());
        assert!(
            begun.elapsed() < LONGEST,
            "seed {seed}, flip {flip} of {name}: {:?}",
            begun.elapsed()
        );
        *verdicts.entry((name.clone(), verdict)).or_default() += 1;
    }
    say(&format!(
        "{flips} flips, seed {seed}: no wrong value, longest {} ms, {} ms; {verdicts:?}",
        longest.as_millis(),
        started.elapsed().as_millis()
    ));
}

fn one(truth: &Truth, name: &str, dice: &mut Dice, at: &str) -> Verdict {
    let dir = truth.folder.path().join("flipped");
    copy(&truth.store(), &dir);
    let path = if name == "a.backup" {
        fs::copy(truth.folder.path().join(name), dir.join(name)).expect("copied");
        dir.join(name)
    } else {
        dir.join(name)
    };
    let mut bytes = fs::read(&path).expect("reads");
    let (byte, bit) = (dice.below(bytes.len()), dice.below(8));
    bytes[byte] ^= 1 << bit;
    fs::write(&path, &bytes).expect("written");
    let at = format!(
        "{at}: bit {bit} of byte {byte} of {} of {name}",
        bytes.len()
    );
    let verdict = if name == "a.backup" {
        of_backup(truth, &path, &at)
    } else if name == "attempts.json" {
        of_attempts(&dir, &at)
    } else {
        of_store(truth, &dir, name, &at)
    };
    fs::remove_dir_all(&dir).expect("removed");
    verdict
}

fn of_backup(truth: &Truth, path: &Path, at: &str) -> Verdict {
    match verify_backup(path, &BackupKey::Store(truth.keys.clone()), NOW) {
        Err(_) => Verdict::RefusedToOpen,
        Ok(report) if !report.problems.is_empty() => Verdict::FoundByVerify,
        Ok(_) => unreachable!("{at}: a damaged backup passes for whole"),
    }
}

/// The count binds whoever sits here; damage neither locks anyone out nor gives attempts away.
fn of_attempts(dir: &Path, at: &str) -> Verdict {
    let left = Attempts::of(dir, USER).left().expect("the count is read");
    assert!(
        left <= 9,
        "{at}: damage gives no attempts away: {left} are left of 9"
    );
    if left == 9 {
        Verdict::Unused
    } else {
        assert!(left > 0, "{at}: damage locks nobody out");
        Verdict::FoundByVerify
    }
}

fn of_store(truth: &Truth, dir: &Path, name: &str, at: &str) -> Verdict {
    let failed = |why: &str| -> ! {
        let kept = keep(dir, "flip");
        unreachable!("{at}: {why}; kept in {}", kept.display())
    };
    let looked = lobby::read(dir);
    if let Err(error) = &looked {
        assert_eq!(error.code(), ErrorCode::Unreadable, "{at}");
    }
    let opened =
        granted(dir, &truth.private).and_then(|keys| Store::open_with_keys(dir, &keys, NOW));
    let store = match opened {
        Ok(store) => store,
        Err(error) if is_told(&error) => return Verdict::RefusedToOpen,
        Err(error) => failed(&format!("{error:?}")),
    };
    let told = !store.notices().is_empty();
    let found = match store.verify_deep() {
        Ok(report) => !report.is_sound(),
        Err(error) if is_told(&error) => true,
        Err(error) => failed(&format!("{error:?}")),
    };
    // What is read is the truth, or is not read.
    match truth.model.difference(&store) {
        Ok(None) => {}
        Ok(Some(difference)) => failed(&difference),
        Err(error) if found && is_told(&error) => return Verdict::FoundByVerify,
        Err(error) => failed(&format!("{error:?}")),
    }
    if found {
        return Verdict::FoundByVerify;
    }
    if told {
        return Verdict::ToldAtUnlock;
    }
    drop(store);
    if KeyFile::read(dir).is_err() || tables(dir, &truth.keys) != truth.tables {
        failed(&format!("a damaged {name} passes for whole"));
    }
    Verdict::Unused
}

fn is_told(error: &StoreError) -> bool {
    matches!(
        error.code(),
        ErrorCode::Integrity | ErrorCode::Unreadable | ErrorCode::NewerStore
    )
}
