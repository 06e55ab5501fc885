//! Power cuts: at every flush, what was not flushed is dropped, torn or reordered. What was
//! acknowledged is there, and the store opens and is sound.

use std::time::Instant;

use super::child::{UPKEEP, Work};
use super::model::{Model, step_of};
use super::trace::{Disk, LOSSES, is_at_hand, record};
use super::{Dice, keep, new_store, open, private_key, quick_folder, say, seed, trials};

/// Steps of a recorded day; each kind of upkeep comes at least once.
const STEPS: u64 = 5 * UPKEEP.len() as u64;

#[test]
fn power_cut_at_every_flush() {
    if !is_at_hand() {
        say("skipped: strace is not installed");
        return;
    }
    let (seed, cuts) = (seed(), trials("HAVEN_POWER_CUTS", 120));
    let started = Instant::now();
    let (mut done, mut unsure, mut days) = (0, 0, 0);
    while done < cuts {
        let folder = quick_folder();
        let dir = folder.path().join("store");
        drop(new_store(&dir));
        let private = private_key(&dir);
        let mut disk = Disk::of(folder.path(), &dir);
        let work = Work {
            name: "day",
            dir: &dir,
            private: &private,
            steps: STEPS,
        };
        let calls = record(&work, &folder.path().join("record"), 0);
        let flushes = calls.iter().filter(|call| Disk::flushes(call)).count();
        // As many cuts at each flush as are asked for, spread over the day.
        let wanted = (cuts - done).min(30 * flushes as u64);
        let mut dice = Dice::new(seed ^ (days << 32));
        let (mut flush, mut of_day) = (0_u64, 0_u64);
        for call in &calls {
            if Disk::flushes(call) {
                flush += 1;
                while of_day * (flushes as u64) < wanted * flush {
                    let loss = LOSSES[usize::try_from(of_day % 3).expect("small")];
                    let at =
                        format!("seed {seed}, day {days}, flush {flush} of {flushes}, {loss:?}");
                    unsure += u64::from(disk.unflushed() > 0);
                    let cut = folder.path().join("cut");
                    disk.cut(loss, &mut dice, &dir, &cut);
                    survives(&cut, &private, disk.told, seed, &at);
                    std::fs::remove_dir_all(&cut).expect("removed");
                    of_day += 1;
                }
            }
            disk.apply(call);
        }
        done += of_day;
        days += 1;
    }
    say(&format!(
        "{done} power cuts, {unsure} of them amid unflushed writes, {days} days, seed {seed}: none lost anything acknowledged, {} ms",
        started.elapsed().as_millis()
    ));
}

fn survives(cut: &std::path::Path, private: &crate::keys::Secret, told: u64, seed: u64, at: &str) {
    let failed = |why: String| -> ! {
        let kept = keep(cut, "power");
        unreachable!("{at}: {why}; kept in {}", kept.display())
    };
    let store =
        open(cut, private).unwrap_or_else(|error| failed(format!("the store opens: {error}")));
    let stands = step_of(&store).unwrap_or_else(|error| failed(error.to_string()));
    if stands != told && stands != told + 1 {
        failed(format!("step {told} was acknowledged, {stands} stands"));
    }
    match Model::after(seed, stands).difference(&store) {
        Ok(None) => {}
        Ok(Some(difference)) => failed(difference),
        Err(error) => failed(error.to_string()),
    }
    match store.verify_deep() {
        Ok(report) if report.is_sound() => {}
        Ok(report) => failed(format!("{:?}", report.problems)),
        Err(error) => failed(error.to_string()),
    }
}
