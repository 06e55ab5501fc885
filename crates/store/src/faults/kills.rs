//! SIGKILL amid mixed writes: what was acknowledged is there, what was not is whole or nowhere.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::child::Work;
use super::model::{Model, step_of};
use super::{Dice, NOW, new_store, private_key, quick_folder, say, seed, trials};
use crate::store::Store;

/// Lets a seeded time pass, so that the kill falls anywhere. Nothing is waited for.
fn spin(micros: u64) {
    let started = Instant::now();
    while started.elapsed() < Duration::from_micros(micros) {
        std::hint::spin_loop();
    }
}

#[test]
fn killed_amid_mixed_writes() {
    let (seed, kills) = (seed(), trials("HAVEN_KILLS", 100));
    let mut dice = Dice::new(seed);
    let started = Instant::now();
    let folder = quick_folder();
    let mut acknowledged_in_all = 0;
    for store_number in 0..kills.div_ceil(500) {
        let dir = folder.path().join(format!("store-{store_number}"));
        let keys = new_store(&dir).keys();
        let private = private_key(&dir);
        let of_this = (kills - store_number * 500).min(500);
        let mut kept = 0;
        for kill in 1..=of_this {
            let at = format!("seed {seed}, store {store_number}, kill {kill}");
            let work = Work {
                name: "write",
                dir: &dir,
                private: &private,
                steps: u64::MAX,
            };
            let mut child = work
                .command(&[])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("a writing process");
            let mut told = BufReader::new(child.stdout.take().expect("its words"))
                .lines()
                .map_while(Result::ok)
                .filter_map(|line| line.strip_prefix("ok ")?.parse::<u64>().ok());
            let mut acknowledged = kept;
            for _ in 0..dice.below(4) {
                acknowledged = told.next().expect("it writes until it is killed");
            }
            spin(u64::try_from(dice.below(12_000)).expect("small"));
            child.kill().expect("killed");
            child.wait().expect("gone");
            acknowledged = told.last().unwrap_or(acknowledged);
            acknowledged_in_all += acknowledged - kept;

            let store = Store::open_with_keys(&dir, &keys, NOW)
                .unwrap_or_else(|error| unreachable!("{at}: the store opens: {error}"));
            kept = step_of(&store).expect("reads");
            assert!(
                kept == acknowledged || kept == acknowledged + 1,
                "{at}: step {acknowledged} was acknowledged, {kept} stands"
            );
            let difference = Model::after(seed, kept).difference(&store).expect("reads");
            assert_eq!(difference, None, "{at}: each step is whole");
            if kill % 20 == 0 || kill == of_this {
                let report = store.verify_deep().expect("verifies");
                assert_eq!(report.problems, Vec::new(), "{at}: a kill is not tampering");
            }
        }
    }
    say(&format!(
        "{kills} kills, {acknowledged_in_all} acknowledged steps, seed {seed}: none lost, {} ms",
        started.elapsed().as_millis()
    ));
}
