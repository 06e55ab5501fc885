//! Folders: what lies in them, and whether it stayed as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every file below a folder, in order of path.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&next) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a folder's entry can be read").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A copy of a folder's files, the folder made anew.
pub fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).expect("the copy's folder can be made");
    for path in files(from) {
        let name = path.strip_prefix(from).expect("it lies in the folder");
        let target = to.join(name);
        fs::create_dir_all(target.parent().expect("below the copy")).expect("subfolder");
        fs::copy(&path, &target).expect("a file can be copied");
    }
}

/// The content of every file but those named, for comparing before and after.
pub fn content(folder: &Path, but: &[&str]) -> BTreeMap<PathBuf, Vec<u8>> {
    files(folder)
        .into_iter()
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            !but.contains(&name.as_ref())
        })
        .map(|path| {
            let bytes = fs::read(&path).expect("a file of the folder can be read");
            (path, bytes)
        })
        .collect()
}

/// The names of files that are not in both, or whose content differs.
pub fn differences(
    before: &BTreeMap<PathBuf, Vec<u8>>,
    after: &BTreeMap<PathBuf, Vec<u8>>,
) -> Vec<String> {
    let mut names: Vec<String> = before
        .keys()
        .chain(after.keys())
        .filter(|path| before.get(*path) != after.get(*path))
        .map(|path| path.display().to_string())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The lines of an NDJSON export: by type, each a multiset.
pub type Lines = BTreeMap<String, Vec<Vec<u8>>>;

/// Every `<Type>.ndjson` of an export, sorted so that equal multisets are equal.
pub fn exported(folder: &Path) -> Lines {
    let mut lines = Lines::new();
    for path in files(folder) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let resource_type = name
            .strip_suffix(".ndjson")
            .expect("an export holds complete NDJSON files only")
            .to_owned();
        let bytes = fs::read(&path).expect("an export can be read");
        lines.insert(resource_type, split(&bytes));
    }
    for rows in lines.values_mut() {
        rows.sort();
    }
    lines
}

/// The lines that are not blank.
pub fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
        .map(<[u8]>::to_vec)
        .collect()
}

/// Lines by the type each names, sorted.
pub fn by_type(rows: &[Vec<u8>]) -> Lines {
    let mut lines = Lines::new();
    for row in rows {
        lines.entry(key(row).0).or_default().push(row.clone());
    }
    for rows in lines.values_mut() {
        rows.sort();
    }
    lines
}

/// Type and id of a resource's bytes; the id is empty where there is none.
pub fn key(row: &[u8]) -> (String, String) {
    let value: serde_json::Value = serde_json::from_slice(row).expect("a row is JSON");
    let member = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    (member("resourceType"), member("id"))
}

/// Asserts that two multisets of lines are one, naming the first difference without its content.
pub fn assert_same(left: &Lines, right: &Lines, what: &str) {
    let counts = |lines: &Lines| -> BTreeMap<String, usize> {
        lines
            .iter()
            .map(|(name, rows)| (name.clone(), rows.len()))
            .collect()
    };
    assert_eq!(counts(left), counts(right), "{what}: types and counts");
    for (resource_type, rows) in left {
        for (ours, theirs) in rows.iter().zip(&right[resource_type]) {
            assert!(
                ours == theirs,
                "{what}: {resource_type} differs:\n{}\n{}",
                short(ours),
                short(theirs)
            );
        }
    }
}

fn short(row: &[u8]) -> String {
    String::from_utf8_lossy(row).chars().take(2_000).collect()
}
