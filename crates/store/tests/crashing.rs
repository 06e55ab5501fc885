//! Stories of processes that die: what was acknowledged is there, what was not is nowhere.

mod clinic;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use clinic::*;
use haven_store::{OpKind, Store, StoreError};

const DIR: &str = "HAVEN_TEST_CRASH_DIR";

/// The writing process: not a story of its own, run by the one below.
#[test]
fn writer_process() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let store = Store::unlock(Path::new(&dir), USER, &passphrase(), NOW).expect("unlocks");
    let start = store
        .counts()
        .expect("counts")
        .by_type
        .iter()
        .map(|(_, n)| n)
        .sum::<u64>();
    let mut told = std::io::stdout();
    for n in start.. {
        store
            .transact(op(OpKind::Edit), |tx| {
                tx.edit(observation(&format!("o{n}"), "p1", 36.0))?;
                if n % 3 == 0 {
                    tx.begin_push(&key(&format!("Observation/o{n}")))?;
                }
                Ok::<_, StoreError>(())
            })
            .expect("kept");
        writeln!(told, "\nsaved {n}")
            .and_then(|()| told.flush())
            .expect("told");
    }
}

fn writer(dir: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "writer_process",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a writing process")
}

#[test]
fn a_process_killed_between_and_amid_writes_loses_nothing_it_acknowledged() {
    if std::env::var_os(DIR).is_some() {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let keys = new_store(dir.path()).keys();
    for round in 0..4u64 {
        let mut child = writer(dir.path());
        let lines = BufReader::new(child.stdout.take().expect("its words")).lines();
        let last = lines
            .map_while(Result::ok)
            .filter_map(|line| {
                line.strip_prefix("saved ")
                    .and_then(|n| n.parse::<u64>().ok())
            })
            .nth(usize::try_from(round * 13 + 4).expect("small"))
            .expect("it writes until it is killed");
        child.kill().expect("killed");
        child.wait().expect("gone");
        let store = Store::open_with_keys(dir.path(), &keys, NOW).expect("opens after the crash");
        for n in 0..=last {
            let stored = store
                .get(&key(&format!("Observation/o{n}")))
                .expect("reads");
            assert!(stored.is_some(), "acknowledged write {n} is missing");
        }
        let live = store.counts().expect("counts").pending;
        assert_eq!(
            live,
            store.outbox().expect("outbox").len() as u64,
            "each waits to be sent, once"
        );
        let report = store.verify_deep().expect("verifies");
        assert_eq!(report.problems, Vec::new(), "a crash is not tampering");
    }
}

#[test]
fn two_processes_share_a_store() {
    if std::env::var_os(DIR).is_some() {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let window = new_store(dir.path());
    edit(&window, patient("p1", "Garcia"));
    let mut child = writer(dir.path());
    let mut lines = BufReader::new(child.stdout.take().expect("its words")).lines();
    let mut written = 0;
    while written < 10 {
        let line = lines.next().expect("it writes on").expect("readable");
        if line.starts_with("saved ") {
            written += 1;
            edit(&window, patient("p1", &format!("Garcia {written}")));
        }
    }
    child.kill().expect("killed");
    child.wait().expect("gone");
    assert!(
        window.chart("p1").expect("chart").len() >= 11,
        "each sees what the other committed"
    );
    assert_eq!(window.verify_deep().expect("verifies").problems, Vec::new());
}
