//! Haven workstation.
fn main() {}
