//! Stores that an earlier Haven made: what was in them is there, byte for byte, and work goes on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::support::folder;
use super::support::station::Station;
use super::{patient, put_all};

fn stores() -> Vec<PathBuf> {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/life/stores");
    let mut stores: Vec<PathBuf> = fs::read_dir(kept)
        .expect("the stores")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    stores.sort();
    stores
}

/// The lines of NDJSON files, in no order.
fn lines(bytes: &[u8]) -> BTreeSet<String> {
    String::from_utf8_lossy(bytes)
        .lines()
        .map(str::to_owned)
        .collect()
}

fn exported(station: &Station, to: &Path) -> BTreeSet<String> {
    station.run(&["export", &to.display().to_string()]);
    fs::read_dir(to)
        .expect("the export")
        .map(|entry| fs::read(entry.expect("an entry").path()).expect("reads"))
        .flat_map(|bytes| lines(&bytes))
        .collect()
}

#[test]
fn a_store_of_every_earlier_version_opens_with_all_that_was_in_it() {
    let stores = stores();
    assert!(stores.len() >= 2, "the stores lie beside this story");
    for kept in stores {
        let version = kept
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let dir = tempfile::tempdir().expect("a folder");
        let store = dir.path().join("store");
        folder::copy(&kept.join("store"), &store);
        let station = Station::at(store, "ada");
        let before = lines(&fs::read(kept.join("resources.ndjson")).expect("what it held"));
        let status = station.run(&["status"]);
        assert_eq!(status["pending"], 2, "{version}: what waits still waits");
        assert_eq!(status["conflicts"], 1, "{version}: what was open is open");
        assert_eq!(
            exported(&station, &dir.path().join("export")),
            before,
            "{version}: every resource is byte for byte what it was"
        );
        let deleted = station.refused(&["get", "Observation/gone"], 1, "not_found");
        assert!(
            deleted.message.contains("deleted"),
            "{version}: {deleted:?}"
        );
        assert_eq!(
            station.run(&["search", "Patient?name=garcia"])[0]["id"],
            "p1",
            "{version}: the index finds her"
        );
        let conflict = station.run(&["conflicts", "list"]);
        let id = conflict[0]["id"].as_str().expect("an id").to_owned();
        let choice = [
            "conflicts",
            "resolve",
            &id,
            "--take",
            "local",
            "--reason",
            "Asked her",
        ];
        station.run(&choice);
        put_all(&station, &[patient("p3", "Novak")]);
        let status = station.run(&["status"]);
        assert_eq!(status["conflicts"], 0, "{version}: it can be decided");
        station.assert_sound();
    }
}
