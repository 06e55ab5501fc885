//! Many schedules, each alone on a thread, each named by its seed.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::clinic::Template;

/// One schedule under way.
pub type Run<'a> = Pin<Box<dyn Future<Output = Tally> + 'a>>;

/// How often each thing happened, over all schedules.
#[derive(Debug, Default)]
pub struct Tally {
    pub edits: usize,
    pub deletes: usize,
    pub resolved: usize,
    pub conflicts: usize,
    pub merged: u64,
    pub kills: u64,
    pub faults: u64,
    pub restarts: u64,
    pub late: u64,
    pub jumps: u64,
    pub restores: u64,
    pub copies: u64,
    pub hub_restores: u64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.edits += other.edits;
        self.deletes += other.deletes;
        self.resolved += other.resolved;
        self.conflicts += other.conflicts;
        self.merged += other.merged;
        self.kills += other.kills;
        self.faults += other.faults;
        self.restarts += other.restarts;
        self.late += other.late;
        self.jumps += other.jumps;
        self.restores += other.restores;
        self.copies += other.copies;
        self.hub_restores += other.hub_restores;
    }
}

/// What has been heard of the schedules so far.
#[derive(Default)]
struct Told {
    tally: Tally,
    failed: Vec<u64>,
    slowest: (u128, u64),
    longest: (usize, u64),
}

impl Told {
    fn hear(&mut self, seed: u64, outcome: Option<Tally>, took_ms: u128) {
        let Some(one) = outcome else {
            eprintln!("the schedule of HAVEN_SEED={seed} failed");
            self.failed.push(seed);
            return;
        };
        self.slowest = self.slowest.max((took_ms, seed));
        self.longest = self.longest.max((one.edits, seed));
        self.tally.add(&one);
    }
}

/// Runs as many schedules as are usual, as `HAVEN_SCHEDULES` says, or the one of `HAVEN_SEED`.
pub fn assert_all_end_well(usual: u64, run: impl for<'a> Fn(u64, &'a Template) -> Run<'a> + Sync) {
    let seeds: Vec<u64> = match number("HAVEN_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("HAVEN_SCHEDULES").unwrap_or(usual)).collect(),
    };
    let template = Template::prepare();
    let next = AtomicUsize::new(0);
    let told = Mutex::new(Told::default());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers.min(seeds.len()) {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let started = std::time::Instant::now();
                    let outcome = alone(|| run(*seed, &template));
                    let took_ms = started.elapsed().as_millis();
                    told.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .hear(*seed, outcome, took_ms);
                }
            });
        }
    });
    let Told {
        tally,
        mut failed,
        slowest,
        longest,
    } = told.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.sort_unstable();
    eprintln!("{} schedules: {tally:?}", seeds.len());
    eprintln!(
        "the slowest took {} ms (HAVEN_SEED={}), the longest had {} edits (HAVEN_SEED={})",
        slowest.0, slowest.1, longest.0, longest.1
    );
    assert!(
        failed.is_empty(),
        "the schedules of these seeds failed; HAVEN_SEED runs one: {failed:?}"
    );
    assert!(
        seeds.len() < 100
            || tally.conflicts > 0 && tally.merged > 0 && tally.kills > 0 && tally.faults > 0,
        "the schedules must reach conflicts, merges, kills and faults: {tally:?}"
    );
}

/// Runs one schedule on this thread; `None` when it failed.
fn alone<'a>(run: impl FnOnce() -> Run<'a>) -> Option<Tally> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(run())
    }))
    .ok()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
