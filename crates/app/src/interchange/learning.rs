//! What the rows to come look like, learnt before they are written, so that they are packed well.

use std::io;
use std::path::{Path, PathBuf};

use haven_model::Resource;

use super::source::for_each_row;
use crate::error::Result;
use crate::session::Session;

/// Rows looked at: types come in files of their own, and each is heard, the frequent ones more.
const ROWS_IN_ALL: u64 = 2_400;
const LEAST_ROWS_PER_FILE: usize = 100;

/// A compressed file holds about this much more than its size.
const USUAL_COMPRESSION: u64 = 10;

impl Session {
    /// Looks at the first rows of NDJSON files that are about to be imported, and has the store train
    /// on them what it has no dictionary for yet. Files that can be read only once are left alone.
    pub(super) fn learn_ahead(&self, files: &[PathBuf]) -> Result<()> {
        let mut sample = Vec::new();
        let mut coming = 0;
        let files: Vec<&PathBuf> = files.iter().filter(|file| is_many_rows(file)).collect();
        let all: u64 = files.iter().map(|file| expected_bytes(file)).sum();
        for file in files {
            let share = ROWS_IN_ALL * expected_bytes(file) / all.max(1);
            let wanted = LEAST_ROWS_PER_FILE + usize::try_from(share).unwrap_or_default();
            // Whatever is wrong with the file is told when it is imported.
            let rows = first_rows(file, wanted).unwrap_or_default();
            let bytes: u64 = rows.iter().map(|row| row.bytes().len() as u64).sum();
            coming += expected_bytes(file) * rows.len() as u64 / bytes.max(1);
            sample.extend(rows);
        }
        if !sample.is_empty() {
            self.store()
                .learn_ahead(&sample, coming, self.platform().now())?;
        }
        Ok(())
    }
}

fn is_many_rows(file: &Path) -> bool {
    let name = file.to_string_lossy();
    let is_ndjson = [".ndjson", ".jsonl"].iter().any(|part| name.contains(part));
    is_ndjson && file.is_file()
}

fn expected_bytes(file: &Path) -> u64 {
    let bytes = file.metadata().map_or(0, |metadata| metadata.len());
    let packed = file
        .extension()
        .is_some_and(|end| end == "gz" || end == "zst");
    if packed {
        bytes.saturating_mul(USUAL_COMPRESSION)
    } else {
        bytes
    }
}

fn first_rows(file: &Path, wanted: usize) -> io::Result<Vec<Resource>> {
    let mut rows = Vec::new();
    let read = for_each_row(file, String::new, |row| {
        if rows.len() == wanted {
            return Err(io::Error::from(io::ErrorKind::Interrupted));
        }
        rows.extend(
            row.bytes
                .ok()
                .and_then(|bytes| Resource::parse(&bytes).ok()),
        );
        Ok(())
    });
    if rows.len() == wanted {
        return Ok(rows);
    }
    read.map(|()| rows)
}
