//! Memory of a process of its own that works in the store, so that nothing of the measuring counts.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{BenchRow, io_error, passphrase};
use crate::error::Result;

const NAME: &str = "resident memory";
const TARGET_MB: f64 = 150.0;

/// Has `haven batch` list, search and open charts, and tells what it then holds.
pub(super) fn measure(store: &Path, charts: &[String]) -> Result<BenchRow> {
    let Some(program) = beside("haven") else {
        return Ok(unmeasured("haven does not lie beside this program"));
    };
    let mut process = Command::new(program)
        .arg("--store")
        .arg(store)
        .args(["--user", "bench", "batch"])
        .env("HAVEN_PASSPHRASE", passphrase().expose_secret())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(io_error("Starting haven"))?;
    let held = work(&mut process, charts);
    process.kill().ok();
    process.wait().ok();
    Ok(match held? {
        Some((now, most)) => BenchRow::measured(NAME, now, "MB", TARGET_MB).noted(format!(
            "haven batch after searches and {} charts; {most:.0} MB at its highest, the 64 MB of the key derivation included",
            charts.len()
        )),
        None => unmeasured("this system does not tell"),
    })
}

fn unmeasured(why: &str) -> BenchRow {
    BenchRow::unmeasured(NAME, "MB", TARGET_MB, why.to_owned())
}

fn work(process: &mut Child, charts: &[String]) -> Result<Option<(f64, f64)>> {
    let (Some(mut input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
        return Ok(None);
    };
    let mut answers = BufReader::new(output);
    let mut answer = Vec::new();
    let searches = ["a", "be", "ma", "ro"].map(|word| format!("search Patient?name={word}"));
    let charts = charts.iter().map(|id| format!("chart {id}"));
    for line in searches.into_iter().chain(charts) {
        writeln!(input, "{line}").map_err(io_error("Asking haven"))?;
        answer.clear();
        answers
            .read_until(b'\n', &mut answer)
            .map_err(io_error("Asking haven"))?;
    }
    Ok(resident_mb(process.id()))
}

/// Resident memory of a process in MB, now and at its highest, where the system tells.
fn resident_mb(process: u32) -> Option<(f64, f64)> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib / 1024.0)
    };
    Some((of("VmRSS:")?, of("VmHWM:")?))
}

/// A program of Haven that lies beside this one; a test program lies one folder deeper.
pub(super) fn beside(name: &str) -> Option<PathBuf> {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let own = std::env::current_exe().ok()?;
    own.ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(&name))
        .find(|path| path.is_file())
}
