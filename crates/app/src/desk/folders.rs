//! Where a person keeps files of their own, and names that are free there.

use std::path::{Path, PathBuf};

use crate::present::phrase::say;
use crate::view::FolderView;

/// The person's own folder; never the folder of the store.
pub(super) fn home() -> PathBuf {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    home.map_or_else(|| PathBuf::from("/"), PathBuf::from)
}

/// Where a file can be written, what is meant for that first: downloads, documents, the person's own
/// folder, and disks that are plugged in.
pub(super) fn to_choose() -> Vec<FolderView> {
    let home = home();
    let named = user_folders(&home);
    let of = |variable: &str, usual: &str| {
        let found = named.iter().find(|(name, _)| name == variable);
        found.map_or_else(|| home.join(usual), |(_, path)| path.clone())
    };
    let mut folders = vec![
        (
            say("Downloads").to_owned(),
            of("XDG_DOWNLOAD_DIR", "Downloads"),
        ),
        (
            say("Documents").to_owned(),
            of("XDG_DOCUMENTS_DIR", "Documents"),
        ),
    ];
    // Where a desktop switches one off, it names the home folder.
    folders.retain(|(_, path)| *path != home && path.is_dir());
    folders.push((say("Home folder").to_owned(), home));
    folders.extend(plugged_in());
    folders
        .into_iter()
        .map(|(name, path)| FolderView {
            name,
            path: path.join("").display().to_string(),
        })
        .collect()
}

/// What the desktop calls its folders.
///
/// Source: freedesktop.org, xdg-user-dirs, `user-dirs.dirs`.
fn user_folders(home: &Path) -> Vec<(String, PathBuf)> {
    let configured = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let file = configured
        .unwrap_or_else(|| home.join(".config"))
        .join("user-dirs.dirs");
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .filter_map(|line| folder_of(line, home))
        .collect()
}

/// `XDG_DOWNLOAD_DIR="$HOME/Téléchargements"`.
fn folder_of(line: &str, home: &Path) -> Option<(String, PathBuf)> {
    let (name, value) = line.trim().split_once('=')?;
    let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
    let path = match value.strip_prefix("$HOME") {
        Some(below) => home.join(below.trim_start_matches('/')),
        None => PathBuf::from(value),
    };
    (!name.starts_with('#') && path.is_absolute()).then(|| (name.to_owned(), path))
}

/// Disks that the desktop has mounted for this user, by the names they bear.
fn plugged_in() -> Vec<(String, PathBuf)> {
    let Some(user) = std::env::var_os("USER") else {
        return Vec::new();
    };
    let mut found: Vec<(String, PathBuf)> = ["/media", "/run/media"]
        .iter()
        .filter_map(|root| std::fs::read_dir(Path::new(root).join(&user)).ok())
        .flat_map(|entries| entries.flatten())
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .filter_map(|path| Some((path.file_name()?.to_string_lossy().into_owned(), path)))
        .collect();
    found.sort();
    found
}

/// The path, or the first of its kind with a number that is not taken: "document-2.pdf".
pub(super) fn free(path: &str) -> String {
    let wanted = PathBuf::from(path);
    let (Some(stem), Some(extension)) = (wanted.file_stem(), wanted.extension()) else {
        return path.to_owned();
    };
    let (stem, extension) = (stem.to_string_lossy(), extension.to_string_lossy());
    let numbered = (2..1_000).map(|n| wanted.with_file_name(format!("{stem}-{n}.{extension}")));
    std::iter::once(wanted.clone())
        .chain(numbered)
        .find(|candidate| !candidate.exists())
        .map_or_else(|| path.to_owned(), |free| free.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_those_that_the_desktop_names() {
        let home = Path::new("/home/ada");
        assert_eq!(
            folder_of(r#"XDG_DOWNLOAD_DIR="$HOME/Téléchargements""#, home),
            Some((
                "XDG_DOWNLOAD_DIR".to_owned(),
                PathBuf::from("/home/ada/Téléchargements")
            ))
        );
        assert_eq!(
            folder_of(r#"XDG_DOCUMENTS_DIR="/srv/ada""#, home),
            Some(("XDG_DOCUMENTS_DIR".to_owned(), PathBuf::from("/srv/ada")))
        );
        assert_eq!(folder_of("# made by xdg-user-dirs-update", home), None);
        assert_eq!(folder_of(r#"XDG_DOWNLOAD_DIR="elsewhere""#, home), None);
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("document-2026-11-23.pdf");
        let text = path.display().to_string();
        assert_eq!(free(&text), text);
        std::fs::write(&path, b"x").expect("taken");
        let second = free(&text);
        assert!(second.ends_with("document-2026-11-23-2.pdf"), "{second}");
        std::fs::write(&second, b"x").expect("taken");
        assert!(free(&text).ends_with("document-2026-11-23-3.pdf"));
    }
}
