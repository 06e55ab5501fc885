//! Running one target for its time, and telling what became of it.
//!
//! Also compiled into the tests of `haven-app`, which fuzz what reads import files.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::mutate::Dice;
use rustix::time::{ClockId, clock_gettime};

/// How long one input may keep the processor, in a debug build.
const LONGEST: Duration = Duration::from_secs(5);

/// How much the process may grow while all targets run.
const MOST_MEMORY_KIB: u64 = 768 * 1024;

/// How long a target runs when nobody says.
const SHORT_S: u64 = 2;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn say(line: &str) {
    use std::io::Write;
    let _written = writeln!(std::io::stderr(), "    {line}");
}

/// The processor time of this thread.
fn spent() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(now.tv_sec).unwrap_or(0),
        u32::try_from(now.tv_nsec).unwrap_or(0),
    )
}

/// The memory the process holds now.
fn resident_kib() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
            line.split_whitespace().nth(1)?.parse().ok()
        })
        .unwrap_or(0)
}

/// Hands changed inputs to `read` until the time is over; `read` answers whether the input was taken,
/// and panics when what it takes is wrong.
pub(crate) fn fuzz(
    target: &str,
    mut change: impl FnMut(&mut Dice) -> Vec<u8>,
    mut read: impl FnMut(&[u8]) -> bool,
) {
    if let Ok(input) = std::env::var("HAVEN_FUZZ_INPUT") {
        let taken = read(&hex::decode(input).expect("hex"));
        say(&format!(
            "fuzz::{target}: the input was {}",
            if taken { "taken" } else { "refused" }
        ));
        return;
    }
    let seed = number("HAVEN_SEED").unwrap_or(1);
    let length = Duration::from_secs(number("HAVEN_FUZZ_S").unwrap_or(SHORT_S));
    let mut dice = Dice::new(seed);
    let (started, before_kib) = (Instant::now(), resident_kib());
    let (mut tried, mut taken, mut longest) = (0_u64, 0_u64, Duration::ZERO);
    while started.elapsed() < length {
        let input = change(&mut dice);
        let begun = spent();
        let outcome = catch_unwind(AssertUnwindSafe(|| read(&input)));
        let took = spent().saturating_sub(begun);
        longest = longest.max(took);
        let grown_kib = if tried.is_multiple_of(64) {
            resident_kib().saturating_sub(before_kib)
        } else {
            0
        };
        let wrong = match &outcome {
            Err(_) => Some("it panicked".to_owned()),
            Ok(_) if took > LONGEST => Some(format!("it took {} ms", took.as_millis())),
            Ok(_) if grown_kib > MOST_MEMORY_KIB => Some(format!("{grown_kib} KiB are held")),
            Ok(_) => None,
        };
        if let Some(wrong) = wrong {
            // Kept whole: too long for a line, it can still be tried again.
            let file = std::env::temp_dir().join(format!("haven-fuzz-{target}-{seed}-{tried}"));
            let _kept = std::fs::write(&file, &input);
            unreachable!(
                "fuzz::{target}, seed {seed}, input {tried}: {wrong}; kept in {}; HAVEN_FUZZ_INPUT={}",
                file.display(),
                hex::encode(&input)
            );
        }
        tried += 1;
        taken += u64::from(outcome.unwrap_or(false));
    }
    assert!(tried > 0, "at least one input is tried");
    say(&format!(
        "fuzz::{target}: {tried} inputs in {} s, seed {seed}: {taken} taken, longest {} us of processor time",
        started.elapsed().as_secs(),
        longest.as_micros()
    ));
}
