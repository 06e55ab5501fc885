//! Keeping the process's memory, and with it the keys, out of files and debuggers.

use std::io;

/// Makes the system write no core file of this process: it would hold keys and charts. Called once, as
/// a program starts.
#[cfg(unix)]
pub fn forbid_core_files() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    tell(
        "core files stay allowed",
        setrlimit(Resource::Core, none).map_err(io::Error::from),
    );
}

/// Only Unix writes core files of itself.
#[cfg(not(unix))]
pub fn forbid_core_files() {}

/// Makes the system let no other program of the same user read this process's memory, and write no
/// core file of it. Called once, as a program without helpers of its own starts: a window's helper
/// processes look at their parent.
#[cfg(target_os = "linux")]
pub fn forbid_reading_memory() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    forbid_core_files();
    tell(
        "other programs may read this one's memory",
        set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(io::Error::from),
    );
}

/// Elsewhere, core files are all that can be forbidden.
#[cfg(not(target_os = "linux"))]
pub fn forbid_reading_memory() {
    forbid_core_files();
}

#[cfg(unix)]
fn tell(what: &str, done: io::Result<()>) {
    if let Err(error) = done {
        tracing::warn!(kind = ?error.kind(), "{what}");
    }
}
