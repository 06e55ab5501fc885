//! Import files of anyone's making; see `fuzz` of `haven-store`, whose dice and clock these are.
//!
//! `HAVEN_FUZZ_S=3600 cargo test -p haven-app --lib fuzz::import`

#[path = "../../../store/src/fuzz/harness.rs"]
mod harness;
mod import;
#[path = "../../../store/src/fuzz/mutate.rs"]
pub(crate) mod mutate;
