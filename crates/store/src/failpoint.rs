//! Named places at which a test may end the process, as a power cut would. Outside tests they are
//! nothing.

/// Passes the place `name`.
#[cfg(not(test))]
#[inline]
pub(crate) fn step(_name: &str) {}

#[cfg(test)]
pub(crate) use counting::step;

#[cfg(test)]
pub(crate) mod counting {
    use std::sync::atomic::{AtomicU64, Ordering};

    /// How many places are still passed; 0 stands for all of them.
    static LEFT: AtomicU64 = AtomicU64::new(0);

    /// Ends this process at the `n`-th place from now.
    pub(crate) fn end_at(n: u64) {
        LEFT.store(n, Ordering::SeqCst);
    }

    pub(crate) fn step(name: &str) {
        let left = LEFT.load(Ordering::SeqCst);
        if left == 0 {
            return;
        }
        LEFT.store(left - 1, Ordering::SeqCst);
        if left == 1 {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "ended at: {name}");
            std::process::abort();
        }
    }
}
