//! Import and export of whole sets.

use std::path::Path;

use serde_json::Value;

use super::support::folder::{self, Lines};
use super::support::rows;
use super::support::station::Station;
use super::support::{data_or_say_so, say};
use super::{export, ndjson_file};

/// The lines of a packed NDJSON file.
fn unpacked(path: &Path) -> Vec<Vec<u8>> {
    let packed = std::fs::read(path).expect("a data file can be read");
    folder::split(&zstd::decode_all(packed.as_slice()).expect("it is zstd"))
}

fn assert_imported(summary: &Value, rows: usize) {
    assert_eq!(summary["rows"], rows, "every row was read: {summary}");
    assert_eq!(summary["imported"], rows, "every row was kept: {summary}");
    assert_eq!(summary["rejected"], 0, "no row was refused: {summary}");
}

/// For each type and id the last line, as updates in a file mean it.
fn last_of_each(rows: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut last = std::collections::BTreeMap::new();
    for row in rows {
        last.insert(folder::key(row), row.clone());
    }
    last.into_values().collect()
}

#[test]
fn the_demo_set_comes_out_as_it_went_in() {
    let Some(data) = data_or_say_so("the demo set") else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let paths: Vec<_> = folder::files(&data.join("synthea-demo"));
    let rows: Vec<Vec<u8>> = paths.iter().flat_map(|path| unpacked(path)).collect();
    assert_eq!(rows.len(), 13_570, "the set is the one that was promised");
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let station = Station::own(dir.path());
    let mut arguments = vec!["import"];
    arguments.extend(names.iter().map(String::as_str));
    assert_imported(&station.run(&arguments), rows.len());
    let out = export(&station, dir.path().join("out"));
    folder::assert_same(&out, &folder::by_type(&rows), "the demo set");
    say(&format!(
        "{} resources, {} bytes, each as it went in; {} bytes in the store",
        rows.len(),
        rows.iter().map(Vec::len).sum::<usize>(),
        folder::content(&station.store, &[])
            .values()
            .map(Vec::len)
            .sum::<usize>()
    ));
}

#[test]
fn the_examples_of_every_type_come_out_as_they_went_in() {
    let Some(data) = data_or_say_so("HL7's R4 examples") else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let path = data.join("r4-examples.ndjson.zst");
    let rows = unpacked(&path);
    let station = Station::own(dir.path());
    let rejected = dir.path().join("rejected.ndjson").display().to_string();
    let name = path.display().to_string();
    let summary = station.run(&["import", &name, "--rejected", &rejected]);
    assert_imported(&summary, rows.len());
    let (nameless, named): (Vec<_>, Vec<_>) = rows
        .iter()
        .cloned()
        .partition(|row| folder::key(row).1.is_empty());
    assert_eq!(nameless.len(), 1, "one line of the set has no id");
    let kept = last_of_each(&named);
    assert_eq!(kept.len() + 2, named.len(), "one id stands on three lines");
    let mut out = export(&station, dir.path().join("out"));
    assert_given_an_id(&mut out, &nameless[0], &kept);
    folder::assert_same(&out, &folder::by_type(&kept), "the examples");
}

/// Takes the one line out that was given an id, and checks that nothing else happened to it.
fn assert_given_an_id(out: &mut Lines, original: &[u8], kept: &[Vec<u8>]) {
    let known: Vec<_> = kept.iter().map(|row| folder::key(row)).collect();
    let rows = out
        .get_mut(&folder::key(original).0)
        .expect("its type was exported");
    let at = rows
        .iter()
        .position(|row| !known.contains(&folder::key(row)))
        .expect("the line without an id was kept under a new one");
    let given = rows.remove(at);
    let id = folder::key(&given).1;
    let text = String::from_utf8(given).expect("UTF-8");
    let without = text.replacen(&format!("\"id\":\"{id}\","), "", 1);
    assert_eq!(
        without.as_bytes(),
        original,
        "an id was added and nothing else changed"
    );
    if rows.is_empty() {
        out.remove(&folder::key(original).0);
    }
}

#[test]
fn names_in_every_script_come_out_as_they_went_in() {
    let Some(data) = data_or_say_so("names in every script") else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let path = data.join("patients-nonlatin.ndjson.zst");
    let rows = unpacked(&path);
    let station = Station::own(dir.path());
    assert_imported(
        &station.run(&["import", &path.display().to_string()]),
        rows.len(),
    );
    let out = export(&station, dir.path().join("out"));
    folder::assert_same(&out, &folder::by_type(&rows), "names in every script");
}

#[test]
fn nasty_rows_and_a_seeded_clinic_come_out_as_they_went_in_and_again_is_a_no_op() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut all = rows::nasty();
    all.extend(rows::clinic(8, 11));
    let path = ndjson_file(dir.path(), "all.ndjson", &all);
    let station = Station::own(dir.path());
    assert_imported(&station.run(&["import", &path]), all.len());
    let out = export(&station, dir.path().join("out"));
    folder::assert_same(&out, &folder::by_type(&all), "nasty rows and a clinic");

    let mut batch = station.batch();
    let standing = |batch: &mut super::support::station::Batch| {
        let status = batch.ask("status");
        let (pending, resources) = (status["pending"].clone(), status["resources"].clone());
        (
            pending,
            resources,
            batch
                .ask("audit list --limit 1000000")
                .as_array()
                .map(Vec::len),
        )
    };
    let before = standing(&mut batch);
    assert_eq!(before.0, all.len(), "what import writes is pending");
    assert_imported(&batch.ask(&format!("import {path}")), all.len());
    assert_eq!(
        standing(&mut batch),
        before,
        "importing the same again writes nothing"
    );
    for row in &all {
        let (resource_type, id) = folder::key(row);
        let key = format!("{resource_type}/{id}");
        let history = batch.ask(&format!("history {key}"));
        assert_eq!(
            history.as_array().map(Vec::len),
            Some(1),
            "{key} has one version"
        );
        assert_eq!(
            batch.bytes(&format!("get {key}")),
            *row,
            "{key} as it went in"
        );
    }
    batch.end();
    station.assert_sound();
}
