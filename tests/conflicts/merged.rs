//! What a machine merged is told with both its sources, on the command line and in the window.

use serde_json::Value;

use super::clinic::{Clinic, patient, phone};

/// Both change a patient where a machine may put the changes together; merged on the first device.
fn merge_one(clinic: &mut Clinic) {
    clinic.share(&[patient("p", "Fontaine")]);
    clinic.there.change("Patient/p", |patient| {
        patient["maritalStatus"] = serde_json::json!({"text": "Married"});
    });
    clinic.here.change("Patient/p", phone("555-0199"));
    clinic.there.sync();
    let summary = clinic.here.sync();
    assert_eq!(summary["merged"], 1, "a machine puts these together");
}

#[test]
fn the_history_of_a_merge_has_both_sources_and_either_can_be_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    merge_one(&mut clinic);
    clinic.here.sync();
    let versions = clinic.here.ask("history Patient/p");
    let versions = versions.as_array().expect("versions");
    let merged = versions
        .iter()
        .find(|version| version["made"] == "merged")
        .expect("the history tells of the merge");
    let [ours, theirs] = [0, 1].map(|at| {
        let number = &merged["mergedFrom"][at];
        let found = versions
            .iter()
            .find(|version| version["version"] == *number);
        found.expect("each source is a version of its own")
    });
    let number = |version: &Value| version["resource"]["telecom"][0]["value"].clone();
    assert_eq!(
        (&ours["author"], number(ours)),
        (&"albertine".into(), "555-0199".into())
    );
    assert_eq!(
        (&theirs["author"], number(theirs)),
        (&"bashir".into(), "555-0100".into())
    );
    assert_eq!(theirs["resource"]["maritalStatus"]["text"], "Married");
    assert!(
        theirs["serverVersion"].is_string(),
        "it names the server's version"
    );
    assert_eq!(number(merged), "555-0199");
    assert_eq!(merged["resource"]["maritalStatus"]["text"], "Married");
    let held = clinic.assert_agreed("Patient/p");
    assert_eq!(held["maritalStatus"]["text"], "Married");
    assert!(
        clinic.here.found("Provenance?_count=5").is_empty(),
        "no resource travels for what nobody decided"
    );
}

#[test]
fn the_window_says_that_it_merged_and_leads_to_both_sources() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    merge_one(&mut clinic);
    let window = super::window::at(&clinic.here);
    let merges = window.desk.merges().expect("what was merged");
    assert_eq!(merges.text, "1 record merged automatically today");
    assert_eq!(merges.rows[0].key, "Patient/p");
    assert!(merges.rows[0].name.contains("FONTAINE"), "whose it is");
    let history = window.desk.history("Patient/p").expect("a history");
    let merged = history
        .versions
        .iter()
        .find(|version| version.merged)
        .expect("the history tells of the merge");
    assert_eq!(merged.sources.len(), 2);
    assert!(merged.sources[0].starts_with("From this device: "));
    assert!(merged.sources[1].starts_with("From the server: "));
    let labels: Vec<&str> = merged
        .changes
        .iter()
        .map(|line| line.label.as_str())
        .collect();
    assert!(
        labels
            .iter()
            .any(|label| label.ends_with("(from this device)"))
            && labels
                .iter()
                .any(|label| label.ends_with("(from the server)")),
        "each change says where it came from: {labels:?}"
    );
}

#[test]
fn only_an_administrator_sees_the_numbers_and_each_says_what_it_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    merge_one(&mut clinic);
    let refused = super::window::at(&clinic.here).desk.measures(30);
    assert_eq!(
        refused.expect_err("a clinician is refused").code,
        haven_app::Code::NotPermitted
    );
    let measures = super::window::at(&clinic.admin).desk.measures(30);
    let measures = measures.expect("an administrator sees them");
    assert!(
        measures
            .tiles
            .iter()
            .all(|tile| !tile.definition.is_empty())
    );
    let share = measures.tiles.iter().find(|tile| tile.key == "shareMerged");
    assert_eq!(
        share.map(|tile| (tile.amount.as_str(), tile.unit.as_str())),
        Some(("Not known", "")),
        "on a device that had nothing to merge the share is not known, and not nought"
    );
}
