//! The Haven workstation: one window on the encrypted store.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    haven_workstation::run()
}
