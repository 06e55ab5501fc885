//! Every version of every resource, in the hub's order.

mod accept;
mod version;

pub use accept::{Accepting, Author, WriteRefusal, Written, content_equal};
pub use version::{Version, current, head_seq, mark_at, seen_clock, seq_at};
