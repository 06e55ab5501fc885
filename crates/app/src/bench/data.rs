//! What is measured on: NDJSON by type in a temporary folder, as many resources as asked for.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{BenchOptions, USUAL_RESOURCES, clinic, io_error};
use crate::error::{AppError, Code, Result};
use crate::interchange::for_each_row;

/// A folder that is removed in the end.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Result<Self> {
        let name = format!("haven-bench-{}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        fs::create_dir(&dir).map_err(io_error("Making a temporary folder"))?;
        Ok(Self(dir))
    }

    /// A folder in it.
    pub(super) fn dir(&self, name: &str) -> Result<PathBuf> {
        let dir = self.0.join(name);
        fs::create_dir_all(&dir).map_err(io_error("Making a temporary folder"))?;
        Ok(dir)
    }

    /// A place in it where nothing is.
    pub(super) fn free(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// What is measured on.
pub(super) struct Input {
    /// One NDJSON file for each type.
    pub(super) files: Vec<PathBuf>,
    pub(super) resources: usize,
    /// Bytes of JSON.
    pub(super) bytes: u64,
}

/// Writes the input.
pub(super) fn prepare(options: &BenchOptions, dir: &Path) -> Result<Input> {
    let Some(folder) = &options.data else {
        let wanted = options.resources.unwrap_or(USUAL_RESOURCES);
        return clinic::write(wanted, dir);
    };
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(io_error("Reading the data folder"))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| is_ndjson(path))
        .collect();
    found.sort();
    let mut there = 0_usize;
    for file in &found {
        rows(file, |_| {
            there += 1;
            Ok(())
        })?;
    }
    if there == 0 {
        return Err(AppError::new(
            Code::Invalid,
            "The data folder holds no NDJSON. Name one that does with --data, or leave it out.",
        ));
    }
    let wanted = options.resources.unwrap_or(there);
    let mut input = Input {
        files: Vec::new(),
        resources: 0,
        bytes: 0,
    };
    for file in &found {
        take(file, wanted, there, dir, &mut input)?;
    }
    Ok(input)
}

fn is_ndjson(path: &Path) -> bool {
    let name = path.to_string_lossy();
    [".ndjson", ".ndjson.zst", ".ndjson.gz"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// This file's share of what is wanted, whole copies first.
fn take(file: &Path, wanted: usize, there: usize, dir: &Path, input: &mut Input) -> Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split('.').next().unwrap_or_default();
    let path = dir.join(format!("{stem}.ndjson"));
    let mut out = BufWriter::new(File::create(&path).map_err(io_error("Writing the input"))?);
    let mut here = 0_usize;
    rows(file, |_| {
        here += 1;
        Ok(())
    })?;
    let mut left = (here * wanted).div_ceil(there);
    for copy in 0_u32.. {
        if left == 0 || here == 0 {
            break;
        }
        rows(file, |mut bytes| {
            if left > 0 {
                left -= 1;
                rename(&mut bytes, copy);
                input.bytes += bytes.len() as u64;
                input.resources += 1;
                out.write_all(&bytes)
                    .and_then(|()| out.write_all(b"\n"))
                    .map_err(io_error("Writing the input"))?;
            }
            Ok(())
        })?;
    }
    out.flush().map_err(io_error("Writing the input"))?;
    input.files.push(path);
    Ok(())
}

enum Stop {
    Read(std::io::Error),
    App(AppError),
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Read(error)
    }
}

/// Hands every row of a file that could be read to `each`.
pub(super) fn rows(file: &Path, mut each: impl FnMut(Vec<u8>) -> Result<()>) -> Result<()> {
    let read = for_each_row(file, String::new, |row| match row.bytes {
        Ok(bytes) => each(bytes).map_err(Stop::App),
        Err(_) => Ok(()),
    });
    read.map_err(|stop| match stop {
        Stop::Read(error) => io_error("Reading the data")(error),
        Stop::App(error) => error,
    })
}

/// Gives every UUID in a body that of the same thing in another copy of the data: references between
/// resources of one copy stay whole, and no two copies share an id.
fn rename(body: &mut [u8], copy: u32) {
    if copy == 0 {
        return;
    }
    // Odd, so that every copy moves every id.
    let shift = copy.wrapping_mul(0x9e37_79b1);
    let mut at = 0;
    while let Some(candidate) = body.get_mut(at..at + UUID_BYTES) {
        if !is_uuid(candidate) {
            at += 1;
            continue;
        }
        let head = candidate
            .get(..8)
            .and_then(|head| std::str::from_utf8(head).ok());
        let moved = head
            .and_then(|head| u32::from_str_radix(head, 16).ok())
            .map(|number| format!("{:08x}", number ^ shift));
        if let (Some(moved), Some(head)) = (moved, candidate.get_mut(..8)) {
            head.copy_from_slice(moved.as_bytes());
        }
        at += UUID_BYTES;
    }
}

const UUID_BYTES: usize = 36;

fn is_uuid(text: &[u8]) -> bool {
    text.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_its_references_and_shares_no_id() {
        let id = "0a1b2c3d-0000-4000-8000-000000000001";
        let patient = format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#);
        let visit = format!(r#"{{"subject":{{"reference":"Patient/{id}"}}}}"#);
        let mut ids = std::collections::BTreeSet::new();
        for copy in 0..20 {
            let (mut patient, mut visit) =
                (patient.clone().into_bytes(), visit.clone().into_bytes());
            rename(&mut patient, copy);
            rename(&mut visit, copy);
            let patient = String::from_utf8(patient).expect("text");
            let new_id = patient.split('"').nth(7).expect("an id").to_owned();
            assert!(
                String::from_utf8(visit).expect("text").contains(&new_id),
                "a visit of a copy belongs to the patient of that copy"
            );
            assert!(ids.insert(new_id), "no two copies share an id");
        }
    }
}
