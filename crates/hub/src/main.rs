//! haven
fn main() {}
