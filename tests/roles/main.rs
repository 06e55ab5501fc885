//! Who may read what, held against the command line and against the raw files.

mod attacker;
mod clinic;
mod matrix;
mod outside;
#[path = "../support/mod.rs"]
mod support;
