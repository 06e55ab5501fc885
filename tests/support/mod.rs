//! Real processes, hostile material and honest comparisons for the stories of fidelity and faults.
#![allow(
    dead_code,
    reason = "each story uses a part of what they share, and each is compiled on its own"
)]

pub mod folder;
pub mod hub;
pub mod link;
pub mod needle;
pub mod plain_server;
pub mod proxy;
pub mod rows;
pub mod station;

use std::path::{Path, PathBuf};

/// A program beside the test executable, or in `HAVEN_BIN_DIR`.
pub fn binary(name: &str) -> PathBuf {
    let folder = std::env::var_os("HAVEN_BIN_DIR").map_or_else(
        || {
            let exe = std::env::current_exe().expect("a running test has a path");
            exe.ancestors().nth(2).expect("target/debug").to_owned()
        },
        PathBuf::from,
    );
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{} is missing: build it with `cargo build -p haven-cli -p haven-hub`",
        path.display()
    );
    path
}

/// The folder of real data, where this machine has it.
pub fn data() -> Option<PathBuf> {
    std::env::var_os("HAVEN_TEST_DATA")
        .map(PathBuf::from)
        .or_else(|| {
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .parent()
                .map(|above| above.join("shared/data"))
        })
        .filter(|folder| folder.is_dir())
}

/// The data folder, or a line that says why the story is not told.
pub fn data_or_say_so(story: &str) -> Option<PathBuf> {
    let found = data();
    if found.is_none() {
        say(&format!(
            "skipped: {story} needs the data folder (HAVEN_TEST_DATA)"
        ));
    }
    found
}

/// A line of test output: seeds, figures, what was skipped.
pub fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "    {line}");
}
