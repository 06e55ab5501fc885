//! Conflicts before the whole clinic: escalated, decided elsewhere, taken back, decided in bulk.

mod again;
mod both;
mod bulk;
mod checked;
mod clinic;
mod crash;
mod escalate;
mod held;
mod live;
mod merged;
mod review;
#[path = "../support/mod.rs"]
mod support;
mod window;
