//! What goes in comes out: byte for byte through import, store, sync and export, and nothing of it
//! to be read in the store's files by who has not the key.

mod files;
mod formats;
mod sealed;
#[path = "../support/mod.rs"]
mod support;
mod sync;

use std::path::{Path, PathBuf};

use support::folder::{self, Lines};
use support::station::Station;

/// Writes rows as an NDJSON file.
fn ndjson_file(folder: &Path, name: &str, rows: &[Vec<u8>]) -> String {
    file(folder, name, &support::rows::ndjson(rows))
}

/// Writes a file.
fn file(folder: &Path, name: &str, bytes: &[u8]) -> String {
    std::fs::create_dir_all(folder).expect("a folder for files");
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a file can be written");
    path.display().to_string()
}

/// Exports everything into a folder made for it.
fn export(station: &Station, folder: PathBuf) -> Lines {
    let answer = station.run(&["export", &folder.display().to_string()]);
    let lines = folder::exported(&folder);
    let count: usize = lines.values().map(Vec::len).sum();
    assert_eq!(
        answer["exported"], count,
        "the summary counts what is there"
    );
    lines
}
