//! Deciding, without doing: what a version from the server means here, and what is sent in which
//! order. Nothing in this module reads a clock, a store or a network.

mod order;
mod pull;
#[cfg(test)]
mod tests;

pub use order::{Sendable, in_order, in_order_by};
pub(crate) use pull::same_content;
pub use pull::{
    Action, Decided, Held, LocalState, MAX_REBASES_IN_A_ROW, Occasion, Plan, Standoff, plan_pull,
    plan_pull_by,
};
