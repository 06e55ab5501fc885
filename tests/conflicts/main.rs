//! Conflicts before the whole clinic: escalated, decided elsewhere, taken back, decided in bulk.

mod again;
mod bulk;
mod clinic;
mod crash;
mod escalate;
mod live;
mod review;
#[path = "../support/mod.rs"]
mod support;
mod window;
