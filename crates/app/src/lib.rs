//! Haven's use cases: what the window and the command line can do, once.
//!
//! Invariant: this crate does not know Tauri.

pub mod present;
pub mod view;
