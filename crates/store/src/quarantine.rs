//! A store that cannot be read: what is there, told in a file beside it. Nothing of it is touched.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use haven_model::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::durable;
use crate::error::{Result, StoreError};
use crate::keys::{KEYS_FILE, KeyFile};
use crate::link::DATABASE_FILE;
use crate::lobby;

const PAGE_BYTES: u64 = 4096;

/// What a plain SQLite file begins with; an encrypted one begins with its salt.
const PLAIN_HEADER: &[u8] = b"SQLite format 3\0";

/// One file of the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileFinding {
    /// Its name within the folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 in hex; absent when it could not be read.
    pub sha256: Option<String>,
    /// What can be said of it without a key.
    pub state: String,
}

/// What is known of a store that cannot be read. Nothing of a patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuarantineReport {
    /// When it was written, FHIR `instant`.
    pub at: String,
    /// The folder's name.
    pub folder: String,
    /// The check that failed, in words; absent when the report was only asked for.
    pub failed: Option<String>,
    /// Every file.
    pub files: Vec<FileFinding>,
    /// What to do.
    pub advice: Vec<String>,
    /// Where this report lies, beside the folder.
    #[serde(skip)]
    pub path: PathBuf,
}

/// Looks at the store's files without changing them, and writes what it finds to
/// `<folder>.quarantine.json` beside the folder.
///
/// # Errors
/// `not_found` when there is no such folder; `io` when it cannot be listed or the report not written.
pub fn quarantine_report(
    dir: &Path,
    failed: Option<String>,
    now: Timestamp,
) -> Result<QuarantineReport> {
    let folder = dir
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .ok_or_else(|| StoreError::invalid("Name the store's folder."))?;
    let files = findings(dir)?;
    let name = format!("{folder}.quarantine.json");
    let place = dir
        .parent()
        .filter(|place| !place.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."));
    let report = QuarantineReport {
        at: now.to_instant(),
        folder,
        failed,
        files,
        advice: [
            "Keep the folder as it is; Haven does not write to a store that it cannot read.",
            "Copy the folder to another disk before anything else is tried.",
            "Restore the newest backup into another folder: haven --store NEW backup restore FILE --replacing OLD.",
            "Changes that were not synced may still be in this folder; do not delete it before they are accounted for.",
        ]
        .map(str::to_owned)
        .to_vec(),
        path: place.join(&name),
    };
    let bytes = serde_json::to_vec_pretty(&report)
        .map_err(|_| StoreError::integrity("the report could not be written as JSON"))?;
    durable::replace(place, &name, &bytes)?;
    Ok(report)
}

fn findings(dir: &Path) -> Result<Vec<FileFinding>> {
    let failed = |error: std::io::Error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            StoreError::NoStore
        } else {
            StoreError::io("Looking into the store's folder", error)
        }
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            files.push(finding(dir, name));
        }
    }
    if files.is_empty() {
        return Err(StoreError::NoStore);
    }
    files.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(files)
}

fn finding(dir: &Path, name: String) -> FileFinding {
    let measured = measure(&dir.join(&name));
    let bytes = measured.as_ref().map_or(0, |measured| measured.bytes);
    let state = match (&measured, name.as_str()) {
        (Err(error), _) => format!("cannot be read ({})", error.kind()),
        (Ok(measured), DATABASE_FILE) => database_state(measured),
        (Ok(_), KEYS_FILE) => match KeyFile::read(dir) {
            Ok(_) => "whole".to_owned(),
            Err(error) => error.to_string(),
        },
        (Ok(_), "lobby.json") => match lobby::read(dir) {
            Ok(_) => "readable, its seal not checked".to_owned(),
            Err(error) => error.to_string(),
        },
        (Ok(_), _) => "not examined".to_owned(),
    };
    FileFinding {
        bytes,
        sha256: measured.ok().map(|measured| measured.sha256),
        state,
        name,
    }
}

struct Measured {
    bytes: u64,
    sha256: String,
    start: Vec<u8>,
    empty_pages: u64,
}

fn measure(path: &Path) -> std::io::Result<Measured> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut measured = Measured {
        bytes: 0,
        sha256: String::new(),
        start: Vec::new(),
        empty_pages: 0,
    };
    let mut page = Vec::with_capacity(4096);
    loop {
        page.clear();
        (&mut file).take(PAGE_BYTES).read_to_end(&mut page)?;
        if page.is_empty() {
            break;
        }
        if measured.bytes == 0 {
            measured.start.clone_from(&page);
        }
        hash.update(&page);
        measured.bytes += page.len() as u64;
        measured.empty_pages += u64::from(page.iter().all(|byte| *byte == 0));
    }
    measured.sha256 = hex::encode(hash.finalize());
    Ok(measured)
}

fn database_state(measured: &Measured) -> String {
    if measured.bytes == 0 {
        return "empty".to_owned();
    }
    let mut said = vec![if measured.start.starts_with(PLAIN_HEADER) {
        "begins as an unencrypted SQLite file, so it is not the store's".to_owned()
    } else if measured.start.iter().all(|byte| *byte == 0) {
        "begins with zeros".to_owned()
    } else {
        "begins as an encrypted database does".to_owned()
    }];
    if !measured.bytes.is_multiple_of(PAGE_BYTES) {
        said.push(format!(
            "ends within a page: {} bytes beyond {} pages",
            measured.bytes % PAGE_BYTES,
            measured.bytes / PAGE_BYTES
        ));
    }
    if measured.empty_pages > 0 {
        said.push(format!("{} pages are all zeros", measured.empty_pages));
    }
    said.join("; ")
}
