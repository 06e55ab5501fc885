//! What the window shows: finished words and numbers, computed here so that the UI holds no clinical
//! rule. The TypeScript types are generated from these.
//!
//! Invariants: every number carries its unit in `unit` or in its text, every time its date, every
//! patient two identifiers; 64-bit integers never cross (JavaScript cannot hold them).

mod attachment;
mod case;
mod chart;
mod conflict;
mod discarded;
mod double;
mod keeping;
mod measures;
mod merged;
mod past;
mod patient;
mod session;
mod sync;
mod vitals;
mod workstation;

pub use attachment::*;
pub use case::*;
pub use chart::*;
pub use conflict::*;
pub use discarded::*;
pub use double::*;
pub use keeping::*;
pub use measures::*;
pub use merged::*;
pub use past::*;
pub use patient::*;
pub use session::*;
pub use sync::*;
pub use vitals::*;
pub use workstation::*;
