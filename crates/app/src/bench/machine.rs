//! What the figures were measured on.

use std::fs;
use std::path::Path;

/// Cores, processor, load and system, and how many resources there were.
pub(super) fn describe(resources: usize) -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let field = |file: &str, name: &str| {
        fs::read_to_string(file).ok().and_then(|text| {
            text.lines()
                .find(|line| line.starts_with(name))
                .and_then(|line| line.split_once(':'))
                .map(|(_, value)| value.trim().to_owned())
        })
    };
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "processor".to_owned());
    let load = fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split(' ').next().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned());
    let build = if cfg!(debug_assertions) {
        "debug build: figures mean little"
    } else {
        "release build"
    };
    format!(
        "{cores} cores of {processor}, {} {}, load {load}, {resources} resources, {build}",
        std::env::consts::OS,
        std::env::consts::ARCH,
    )
}

/// Resident memory of this process in MB, now and at its highest, where the system tells.
pub(super) fn resident_mb() -> Option<(f64, f64)> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib / 1024.0)
    };
    Some((of("VmRSS:")?, of("VmHWM:")?))
}

/// The commit that is checked out where the command runs.
pub(super) fn commit() -> String {
    std::env::current_dir()
        .ok()
        .and_then(|dir| {
            dir.ancestors()
                .find_map(|folder| head(&folder.join(".git")))
        })
        .unwrap_or_else(|| "unknown".to_owned())
}

fn head(git: &Path) -> Option<String> {
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let head = head.trim();
    let Some(name) = head.strip_prefix("ref: ") else {
        return Some(head.to_owned());
    };
    if let Ok(commit) = fs::read_to_string(git.join(name)) {
        return Some(commit.trim().to_owned());
    }
    let packed = fs::read_to_string(git.join("packed-refs")).ok()?;
    packed
        .lines()
        .find(|line| line.ends_with(name))
        .and_then(|line| line.split(' ').next())
        .map(str::to_owned)
}
