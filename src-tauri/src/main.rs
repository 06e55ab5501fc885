//! The Haven workstation: one window on the encrypted store.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

/// What is freed is wiped: a chart that was closed is in no memory image.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> std::process::ExitCode {
    haven_workstation::run()
}
