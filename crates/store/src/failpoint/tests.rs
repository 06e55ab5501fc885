//! Ending the process at a step, asked for by the environment of a child.

use std::sync::atomic::{AtomicU32, Ordering};

/// How many steps were reached, in this process.
static REACHED: AtomicU32 = AtomicU32::new(0);

/// The variable that names the step to end at, counted from 1.
pub(crate) const STOP_AT: &str = "HAVEN_STOP_AT";

/// The variable that names a file which every reached step is appended to.
pub(crate) const STEPS: &str = "HAVEN_STEPS";

/// Counts a step; ends the process there when asked to, as a kill would: nothing is unwound.
pub(crate) fn reached(step: &str) {
    let number = REACHED.fetch_add(1, Ordering::SeqCst) + 1;
    if let Some(file) = std::env::var_os(STEPS) {
        use std::io::Write;
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)
            .expect("the list of steps can be written");
        writeln!(file, "{step}").expect("the list of steps can be written");
    }
    if std::env::var(STOP_AT).is_ok_and(|at| at == number.to_string()) {
        std::process::abort();
    }
}
