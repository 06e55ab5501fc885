//! Time, as the process spends it and as the wall shows it.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

use crate::error::Result;

/// CPU seconds of this process so far, all threads.
fn cpu_s() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// What some work took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Took {
    pub(super) cpu_s: f64,
    pub(super) wall_s: f64,
}

/// Runs `work` and tells what it took.
pub(super) fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, Took)> {
    let (cpu, wall) = (cpu_s(), Instant::now());
    let answer = work()?;
    let took = Took {
        cpu_s: cpu_s() - cpu,
        wall_s: wall.elapsed().as_secs_f64(),
    };
    Ok((answer, took))
}

/// Two ways of doing the same, in turns.
pub(super) struct Compared {
    /// Milliseconds by the wall clock, of the first way, below which 99 of 100 stay.
    pub(super) p99_ms: f64,
    pub(super) median_ms: f64,
    /// CPU milliseconds per operation, median of the rounds.
    pub(super) cpu_ms: f64,
    pub(super) floor_cpu_ms: f64,
    /// Median of the rounds' ratios.
    pub(super) ratio: f64,
}

/// Operations of each way before any is counted.
const WARMING: usize = 40;

/// Runs both ways in `rounds` turns of `times` operations each, after turns that are not counted. The
/// shorter a turn is, the less a machine that slows down for a while speaks for or against one way.
pub(super) fn compared(
    rounds: usize,
    times: usize,
    mut ours: impl FnMut(usize) -> Result<()>,
    mut floor: impl FnMut(usize) -> Result<()>,
) -> Result<Compared> {
    let (mut walls, mut cpus, mut floors, mut ratios) = (vec![], vec![], vec![], vec![]);
    let warming = WARMING.div_ceil(times);
    for round in 0..warming + rounds {
        let mut single = Vec::with_capacity(times);
        let ((), mine) = timed(|| {
            for n in 0..times {
                let started = Instant::now();
                ours(round * times + n)?;
                single.push(started.elapsed().as_secs_f64() * 1e3);
            }
            Ok(())
        })?;
        let ((), theirs) = timed(|| (0..times).try_for_each(|n| floor(round * times + n)))?;
        if round >= warming {
            walls.append(&mut single);
            cpus.push(mine.cpu_s * 1e3 / times as f64);
            floors.push(theirs.cpu_s * 1e3 / times as f64);
            ratios.push(mine.cpu_s / theirs.cpu_s);
        }
    }
    Ok(Compared {
        p99_ms: quantile(&mut walls, 0.99),
        median_ms: quantile(&mut walls, 0.5),
        cpu_ms: quantile(&mut cpus, 0.5),
        floor_cpu_ms: quantile(&mut floors, 0.5),
        ratio: quantile(&mut ratios, 0.5),
    })
}

/// The value that `share` of all values do not pass; zero of none.
pub(super) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let at = (last as f64 * share).ceil() as usize;
    values.get(at.min(last)).copied().unwrap_or_default()
}
