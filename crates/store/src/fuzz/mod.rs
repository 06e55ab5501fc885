//! Changed inputs against everything that reads what someone else may have written: no panic, bounded
//! time and memory, and nothing opens as something else.
//!
//! `HAVEN_FUZZ_S=3600 cargo test -p haven-store --lib fuzz::backup` gives one target an hour; without
//! the variable each takes two seconds. `HAVEN_SEED` asks for other dice, `HAVEN_FUZZ_INPUT=<hex>`
//! tries one input again. Each change starts from an input that is taken.
//!
//! | target | what is read |
//! |---|---|
//! | `fuzz::keys` | the key file, its slots and grants |
//! | `fuzz::envelope` | sealed bodies, moved and changed |
//! | `fuzz::backup` | the backup file, its checksums made good now and then |
//! | `fuzz::search` | search expressions |
//! | `fuzz::lobby` | the unlock screen's file |
//!
//! Import files are read by `haven-app`, where `fuzz::import` is.

mod backup;
mod envelope;
mod harness;
mod keys;
mod lobby;
pub(crate) mod mutate;
mod search;

use harness::fuzz;
