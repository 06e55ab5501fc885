//! The disk refuses: the n-th call of the system fails, for every n. Each time a clean error or none,
//! everything can still be read, the same work done later succeeds, and nothing is altered.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use super::child::{BEFORE, Work, is_clean, upkeep};
use super::model::{Model, perform, step_of};
use super::trace::{Call, is_at_hand, record};
use super::{Dice, copy, new_store, number, open, private_key, quick_folder, say, seed, trials};
use crate::error::{Result, StoreError};
use crate::keys::Secret;
use crate::store::Store;

/// How a child that met a fault ended.
const DONE: i32 = 0;
const REFUSED_THEN_DONE: i32 = 12;
const REFUSED_STILL: i32 = 13;
const NOT_CLEAN: i32 = 21;
const NOT_READABLE: i32 = 22;
const NOT_DONE_LATER: i32 = 23;

/// What is attempted while the disk refuses: a step of the seeded day, or upkeep.
const ATTEMPTS: [&str; 7] = [
    "save",
    "archive",
    "rotate",
    "backup",
    "store-key",
    "prune",
    "reopen",
];

fn do_once(name: &str, dir: &Path, private: &Secret, store: Store, model: &Model) -> Result<()> {
    if name == "save" {
        let act = model.plan(seed());
        return perform(&store, &act, model.step + 1);
    }
    upkeep(name, dir, private, store).map(drop)
}

/// The child: does the work, and when it is refused looks at the store and does it again.
pub(super) fn attempt(name: &str, dir: &Path, private: &Secret) -> i32 {
    let model = Model::after(seed(), number(BEFORE).expect("so many steps"));
    let tell = |what: &str, error: &StoreError| {
        // The disk may refuse this too.
        let _ = writeln!(
            std::io::stderr(),
            "told {} {what}: {error:?}",
            error.code().as_str()
        );
    };
    let first = open(dir, private).and_then(|store| {
        // Replacing the store's key wants the store to itself.
        let session = (name != "store-key").then(|| store.clone());
        let done = do_once(name, dir, private, store, &model);
        if let Err(error) = &done {
            tell("at the work", error);
            // Through the same session: whoever reads a chart goes on reading it.
            let readable = session.map(|session| standing(&session, &model));
            if let Some(Err(why)) = readable {
                let _ = writeln!(std::io::stderr(), "{why}");
                std::process::exit(NOT_READABLE);
            }
        }
        done
    });
    let Err(error) = first else {
        return DONE;
    };
    tell("first", &error);
    if !is_clean(&error) {
        return NOT_CLEAN;
    }
    let again = open(dir, private).and_then(|store| {
        if step_of(&store)? > model.step {
            return Ok(());
        }
        do_once(name, dir, private, store, &model)
    });
    match again {
        Ok(()) => REFUSED_THEN_DONE,
        Err(error) if number("HAVEN_FAULTS_LASTING").is_some() && is_clean(&error) => REFUSED_STILL,
        Err(error) => {
            tell("later", &error);
            NOT_DONE_LATER
        }
    }
}

/// The store holds what it held, or that and the step under way.
fn standing(store: &Store, before: &Model) -> std::result::Result<u64, String> {
    let step = step_of(store).map_err(|error| error.to_string())?;
    if step != before.step && step != before.step + 1 {
        return Err(format!("step {step} stands, {} was kept", before.step));
    }
    match Model::after(seed(), step).difference(store) {
        Ok(None) => Ok(step),
        Ok(Some(difference)) => Err(difference),
        Err(error) => Err(error.to_string()),
    }
}

/// A call, and the ways in which a disk refuses it.
fn refusals(call: &Call) -> &'static [&'static str] {
    match call.name.as_str() {
        "pwrite64" | "write" | "openat" | "rename" | "mkdir" => &["EIO", "ENOSPC"],
        "fsync" | "fdatasync" | "ftruncate" | "copy_file_range" => &["EIO", "ENOSPC"],
        "pread64" | "read" | "unlink" => &["EIO"],
        _ => &[],
    }
}

struct Refusal {
    attempt: &'static str,
    call: Call,
    how: &'static str,
    /// Every later call of that name fails too.
    lasting: bool,
}

#[test]
fn refused_at_the_nth_call() {
    if !is_at_hand() {
        say("skipped: strace is not installed");
        return;
    }
    let (seed, wanted) = (seed(), trials("HAVEN_REFUSALS", 30));
    let started = Instant::now();
    let mut dice = Dice::new(seed);
    let (mut done, mut round) = (0, 0);
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    while done < wanted {
        let folder = quick_folder();
        let dir = folder.path().join("store");
        let store = new_store(&dir);
        let private = private_key(&dir);
        // Another step is refused in each round.
        let before = 12 + dice.below(10) as u64;
        let mut model = Model::default();
        while model.step < before {
            let act = model.plan(seed);
            perform(&store, &act, model.step + 1).expect("kept");
            model.apply(&act);
        }
        // A log that was not folded in, as after a kill.
        let whole = folder.path().join("whole");
        copy(&dir, &whole);
        drop(store);
        let mut all = Vec::new();
        for attempt in ATTEMPTS {
            all.extend(every_refusal(
                attempt,
                folder.path(),
                &whole,
                &private,
                before,
            ));
        }
        // All of them, or as many as are wanted, each as likely as the next.
        while all.len() as u64 > wanted - done {
            all.swap_remove(dice.below(all.len()));
        }
        for refusal in &all {
            let outcome = refuse(refusal, folder.path(), &whole, &private, &model, seed);
            *outcomes
                .entry(format!("{} {outcome}", refusal.attempt))
                .or_default() += 1;
        }
        done += all.len() as u64;
        round += 1;
    }
    say(&format!(
        "{done} refused calls in {round} rounds, seed {seed}: nothing lost or altered, {} ms; {outcomes:?}",
        started.elapsed().as_millis()
    ));
}

/// Every call that the attempt makes on the store's files when nothing fails.
fn every_refusal(
    attempt: &'static str,
    root: &Path,
    whole: &Path,
    private: &Secret,
    before: u64,
) -> Vec<Refusal> {
    let dir = root.join("tried");
    copy(whole, &dir);
    let calls = record(&work(attempt, &dir, private), &root.join("record"), before);
    std::fs::remove_dir_all(&dir).expect("removed");
    let root = root.display().to_string();
    calls
        .into_iter()
        .filter(|call| call.file().starts_with(&root))
        .flat_map(|call| {
            refusals(&call).iter().flat_map(move |how| {
                let call = call.clone();
                let writes = call.name != "pread64" && call.name != "read" && call.name != "openat";
                [false, true]
                    .into_iter()
                    .filter(move |lasting| writes || !lasting)
                    .map(move |lasting| Refusal {
                        attempt,
                        call: call.clone(),
                        how,
                        lasting,
                    })
            })
        })
        .collect()
}

fn work<'a>(attempt: &'a str, dir: &'a Path, private: &'a Secret) -> Work<'a> {
    Work {
        name: attempt,
        dir,
        private,
        steps: 1,
    }
}

fn refuse(
    refusal: &Refusal,
    root: &Path,
    whole: &Path,
    private: &Secret,
    model: &Model,
    seed: u64,
) -> String {
    let dir = root.join("tried");
    copy(whole, &dir);
    let Refusal {
        attempt,
        call,
        how,
        lasting,
    } = refusal;
    let when = format!("{}{}", call.ordinal, if *lasting { "+" } else { "" });
    let at = format!(
        "seed {seed}, step {} before, {attempt}: {} number {when} ({}) fails with {how}",
        model.step,
        call.name,
        call.file().rsplit('/').next().unwrap_or_default()
    );
    let wrapper = [
        "strace".to_owned(),
        "-f".to_owned(),
        "-o".to_owned(),
        "/dev/null".to_owned(),
        "-e".to_owned(),
        format!("trace={}", call.name),
        "-e".to_owned(),
        format!("inject={}:error={how}:when={when}", call.name),
    ];
    let mut command = work(attempt, &dir, private).command(&wrapper);
    command.env(BEFORE, model.step.to_string());
    if *lasting {
        command.env("HAVEN_FAULTS_LASTING", "1");
    }
    let output = command.output().expect("strace runs");
    let told = String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(DONE)
        && output.status.code() != Some(REFUSED_THEN_DONE)
        && output.status.code() != Some(REFUSED_STILL)
    {
        let kept = super::keep(&dir, "refusal");
        say(&format!("kept in {}", kept.display()));
        let _ = std::fs::write(kept.join("private"), hex::encode(private.bytes()));
    }
    assert!(
        call.name.contains("read") || !told.contains("told integrity"),
        "{at}: nothing is damaged when a write fails: {told}"
    );
    let outcome = match output.status.code() {
        Some(DONE) => "done all the same".to_owned(),
        Some(REFUSED_THEN_DONE) => "refused, then done".to_owned(),
        Some(REFUSED_STILL) => "refused".to_owned(),
        Some(NOT_CLEAN) => unreachable!("{at}: the error is not clean: {told}"),
        Some(NOT_READABLE) => unreachable!("{at}: the store cannot be read: {told}"),
        Some(NOT_DONE_LATER) => unreachable!("{at}: it cannot be done later: {told}"),
        other => unreachable!(
            "{at}: ended with {other:?}: {told} {}",
            String::from_utf8_lossy(&output.stdout)
        ),
    };
    let store = open(&dir, private)
        .unwrap_or_else(|error| unreachable!("{at}: the store opens later: {error}: {told}"));
    if let Err(why) = standing(&store, model) {
        unreachable!("{at}: {why}: {told}");
    }
    let report = store.verify_deep().expect("verifies");
    assert_eq!(report.problems, Vec::new(), "{at}: {told}");
    drop(store);
    std::fs::remove_dir_all(&dir).expect("removed");
    outcome
}
