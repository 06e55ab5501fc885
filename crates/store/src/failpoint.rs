//! Named steps at which a test ends the process, to show that nothing is lost there.
//!
//! Invariant: outside the crate's own tests a step does nothing.

/// A step is reached.
#[cfg(not(test))]
pub(crate) fn reach(_step: &'static str) {}

/// A step is reached; ends the process when it is the one that `HAVEN_STOP_AT` counts to.
#[cfg(test)]
pub(crate) fn reach(step: &'static str) {
    tests::reached(step);
}

#[cfg(test)]
pub(crate) mod tests;
