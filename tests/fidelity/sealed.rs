//! Nothing of a patient can be read in the store's files, at rest or while a process has it open.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::ndjson_file;
use super::support::hub::Hub;
use super::support::needle::{Needles, SHORTEST};
use super::support::station::{Batch, Station};
use super::support::{folder, rows, say};

/// How many of each kind are looked for.
const EACH: usize = 50;

/// Names of patients, clinical codes and ids of a set.
fn secrets(rows: &[Vec<u8>]) -> BTreeSet<String> {
    let (mut names, mut codes, mut ids) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for row in rows {
        let value: Value = serde_json::from_slice(row).expect("JSON");
        if value["resourceType"] == "Patient" {
            for name in value["name"].as_array().into_iter().flatten() {
                names.extend(name["family"].as_str().map(str::to_owned));
                let given = name["given"].as_array().into_iter().flatten();
                names.extend(given.filter_map(Value::as_str).map(str::to_owned));
            }
        }
        for coding in value["code"]["coding"].as_array().into_iter().flatten() {
            codes.extend(coding["code"].as_str().map(str::to_owned));
        }
        ids.extend(value["id"].as_str().map(str::to_owned));
    }
    let mut all = BTreeSet::new();
    for (what, found) in [("names", names), ("codes", codes), ("ids", ids)] {
        let long: Vec<String> = found
            .into_iter()
            .filter(|text| text.len() >= SHORTEST)
            .collect();
        assert!(
            long.len() >= EACH,
            "{} {what} are enough to look for",
            long.len()
        );
        // Spread over the whole of them, not the first.
        all.extend(long.iter().step_by(long.len() / EACH).take(EACH).cloned());
    }
    all
}

/// Every text found in a file below `folder`, with the file's name.
fn found_below(folder: &Path, needles: &Needles) -> Vec<String> {
    let mut hits = Vec::new();
    for (path, bytes) in folder::content(folder, &[]) {
        for text in needles.found_in(&bytes) {
            hits.push(format!("{text} in {}", path.display()));
        }
        let name = path.display().to_string();
        hits.extend(
            needles
                .found_in(name.as_bytes())
                .iter()
                .map(|text| format!("{text}: a name")),
        );
    }
    hits
}

/// Files that a process holds open after their names are gone.
fn nameless_files(batch: &Batch) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(format!("/proc/{}/fd", batch.id())) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| {
            std::fs::read_link(entry.path())
                .is_ok_and(|target| target.to_string_lossy().ends_with(" (deleted)"))
        })
        .filter_map(|entry| std::fs::read(entry.path()).ok())
        .collect()
}

fn put(batch: &mut Batch, station: &Station, resource: &Value) {
    let path = station.file("edit.json", resource.to_string().as_bytes());
    batch.ask(&format!("put {}", path.display()));
}

#[test]
fn a_thief_with_the_folder_reads_no_name_no_code_and_no_id() {
    let dir = tempfile::tempdir().expect("a folder");
    let temporary = dir.path().join("temporary");
    std::fs::create_dir(&temporary).expect("a folder for temporary files");
    // Every patient of a clinic, and enough of the rest.
    let clinic: Vec<Vec<u8>> = rows::clinic(40, 23)
        .into_iter()
        .enumerate()
        .filter(|(number, row)| number % 8 == 0 || folder::key(row).0 == "Patient")
        .map(|(_, row)| row)
        .collect();
    let needles = Needles::of(&secrets(&clinic));
    let path = ndjson_file(&dir.path().join("in"), "clinic.ndjson", &clinic);
    let plain = std::fs::read(&path).expect("the plain file");
    assert_eq!(
        needles.found_in(&plain).len(),
        secrets(&clinic).len(),
        "what is looked for is found where it stands"
    );

    let hub = Hub::start(&dir.path().join("in"), "hub");
    let mut ours = Station::joined(dir.path(), &hub, &hub.url(), "albertine", "clinician");
    ours.temporary = Some(temporary.clone());
    let theirs = Station::joined(
        &dir.path().join("in"),
        &hub,
        &hub.url(),
        "bashir",
        "clinician",
    );
    let mut batch = ours.batch();
    let imported = batch.ask(&format!("import {path}"));
    assert_eq!(imported["imported"], clinic.len());
    batch.ask("sync --once");

    let patients: Vec<Value> = clinic
        .iter()
        .map(|row| serde_json::from_slice(row).expect("JSON"))
        .filter(|value: &Value| value["resourceType"] == "Patient")
        .collect();
    theirs.run(&["sync", "--once"]);
    let mut other = theirs.batch();
    for (number, patient) in patients.iter().enumerate() {
        let id = patient["id"].as_str().expect("an id");
        let mut edited = batch.ask(&format!("get Patient/{id}"));
        edited["birthDate"] = json!("1971-01-01");
        let family = edited["name"][0]["family"]
            .as_str()
            .unwrap_or("x")
            .to_owned();
        let mut unlike = edited.clone();
        unlike["birthDate"] = json!("1981-01-01");
        put(&mut batch, &ours, &edited);
        if number % 4 == 0 {
            put(&mut other, &theirs, &unlike);
        }
        batch.ask(&format!("search 'Patient?name={family}&_count=50'"));
        batch.ask(&format!("search 'Observation?patient={id}'"));
        batch.ask(&format!("chart {id}"));
    }
    other.ask("sync --once");
    batch.ask("sync --once");
    assert!(
        batch.ask("status")["conflicts"].as_u64() >= Some(5),
        "conflicts lie in the store too"
    );
    batch.ask("search 'Observation?code=8867-4'");
    // Rows that wait for a decision are refused, into a file that the caller names.
    let rejected = dir.path().join("in/rejected.ndjson").display().to_string();
    batch.ask(&format!("import {path} --rejected {rejected}"));
    let missing = dir.path().join("nowhere/x").display().to_string();
    batch.any(&format!("put {missing}"));

    let wal = ours.store.join("store.db-wal");
    assert!(
        std::fs::metadata(&wal).is_ok_and(|file| file.len() > 0),
        "the log of the open store is among what is looked at"
    );
    assert_eq!(
        found_below(&ours.store, &needles),
        Vec::<String>::new(),
        "while it is open"
    );
    assert_eq!(
        found_below(&temporary, &needles),
        Vec::<String>::new(),
        "temporary files"
    );
    for bytes in nameless_files(&batch) {
        assert!(
            needles.found_in(&bytes).is_empty(),
            "a temporary file without a name"
        );
    }
    batch.kill();
    assert_eq!(
        found_below(&ours.store, &needles),
        Vec::<String>::new(),
        "after a power cut"
    );
    ours.assert_sound();
    assert_eq!(
        found_below(&ours.store, &needles),
        Vec::<String>::new(),
        "at rest"
    );
    let size: usize = folder::content(&ours.store, &[])
        .values()
        .map(Vec::len)
        .sum();
    say(&format!(
        "{} texts looked for in {size} bytes, none found",
        3 * EACH
    ));
}
