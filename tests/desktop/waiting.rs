//! What waits for a person outside of conflicts, in the real window by keyboard: many deletions at once,
//! an allergy that was recorded twice, a document that goes out to a file.

use serde_json::{Value, json};

use super::clinic::{HubProcess, Station};
use super::window::Window;
use super::{ONE_WINDOW, SYNC_NOW, output, unlock};

/// Enter.
const ENTER: &str = "\u{e007}";

/// Escape.
const ESCAPE: &str = "\u{e00c}";

/// More deletions than are done unseen.
const MANY: usize = 25;

const LETTER: &[u8] = b"%PDF-1.4\nDear colleague, she walks again.\n%%EOF\n";

fn patient() -> Value {
    json!({"resourceType": "Patient", "id": "tamsin", "birthDate": "1951-02-17", "gender": "female",
        "identifier": [{"system": "urn:clinic", "value": "5512"}],
        "name": [{"use": "official", "family": "Tamsin", "given": ["Edda"]}]})
}

fn reading(n: usize) -> Value {
    json!({"resourceType": "Observation", "id": format!("pulse-{n}"), "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category",
            "code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}], "text": "Heart rate"},
        "subject": {"reference": "Patient/tamsin"}, "effectiveDateTime": "2026-11-20T09:30:00Z",
        "valueQuantity": {"value": 60 + n, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"}})
}

fn penicillin(id: &str, criticality: &str) -> Value {
    json!({"resourceType": "AllergyIntolerance", "id": id, "patient": {"reference": "Patient/tamsin"},
        "clinicalStatus": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]},
        "code": {"text": "penicillin", "coding": [{"system": "http://snomed.info/sct", "code": "764146007"}]},
        "criticality": criticality})
}

async fn assert_accessible(window: &Window, what: &str) {
    let faults = window.faults().await;
    assert!(faults.is_empty(), "{what}: {faults:#?}");
}

/// Types where the focus is, once that is on this element.
async fn type_into(window: &Window, testid: &str, text: &str) {
    window
        .find_css(&format!("[data-testid='{testid}']:focus"))
        .await;
    window.press(text).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_person_is_done_by_keyboard() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let dir = tempfile::tempdir().expect("a folder for the clinic");
    let hub = HubProcess::start(dir.path(), 1);
    let here = Station::enrolled(dir.path(), &hub, "albertine", "Orn, Albertine", "Laptop 3");
    let there = Station::enrolled(dir.path(), &hub, "leanne", "Moen, Leanne", "Workstation 2");
    let letter = dir.path().join("letter.pdf");
    std::fs::write(&letter, LETTER).expect("a letter");
    let mut shared = vec![
        patient(),
        penicillin("grave", "high"),
        penicillin("mild", "low"),
    ];
    shared.extend((0..MANY).map(reading));
    let mut first: Vec<String> = shared.iter().map(|one| there.to_put(one)).collect();
    first.push(format!(
        "attachments add {} --patient tamsin --type Letter --title 'Letter of the clinic'",
        letter.display()
    ));
    first.push("sync --once".to_owned());
    there.batch(&first);
    here.batch(&["sync --once".to_owned(), "sync --once".to_owned()]);
    let mut gone: Vec<String> = (0..MANY)
        .map(|n| format!("delete Observation/pulse-{n}"))
        .collect();
    gone.push("sync --once".to_owned());
    there.batch(&gone);

    let _alone = ONE_WINDOW.lock().await;
    let window = Window::open(&here.store, &output("waiting")).await;
    unlock(&window).await;
    many_deletions_are_kept(&window, &here, &there).await;
    open_chart(&window).await;
    one_of_two_allergies_was_an_error(&window, &here).await;
    a_document_goes_to_a_file(&window).await;
    window.close().await;
}

async fn open_chart(window: &Window) {
    window.click("nav-patients").await;
    window.fill("search", "Tamsin").await;
    window
        .until_gone("[data-testid^='patient-row-']:not([data-testid='patient-row-tamsin'])")
        .await;
    window
        .click_css("[data-testid='patient-row-tamsin'] td")
        .await;
    window.wait_for_words("banner", "TAMSIN").await;
}

async fn many_deletions_are_kept(window: &Window, here: &Station, there: &Station) {
    window.click("nav-sync").await;
    window.press(SYNC_NOW).await;
    window
        .wait_for_words("held-strip", "deleted 25 records at once")
        .await;
    window.shot("1-held").await;
    window.tab_to("held-open").await;
    window.press(ENTER).await;
    window.find("held-Observation/pulse-0").await;
    assert_accessible(window, "the held deletions").await;
    type_into(window, "held-reason", "deleted by mistake").await;
    window
        .find_css("[data-testid='held-keep']:not([aria-disabled])")
        .await;
    window.shot("2-keeping-them").await;
    window.press(ENTER).await;
    window.until_gone("[data-testid='held-dialog']").await;
    window.until_gone("[data-testid='held-strip']").await;
    window
        .wait_for_words("live-polite", "25 records kept")
        .await;
    window
        .find_css("[data-testid='status-sync'][data-state='synced']")
        .await;
    window.shot("3-kept-and-sent").await;
    there.run(&["sync", "--once"]);
    for station in [here, there] {
        let pulses = station.run(&["search", "Observation?patient=Patient/tamsin&_count=50"]);
        assert_eq!(
            pulses.as_array().map(Vec::len),
            Some(MANY),
            "they are on both workstations"
        );
    }
}

async fn one_of_two_allergies_was_an_error(window: &Window, here: &Station) {
    window
        .wait_for_words(
            "banner-allergies",
            "penicillin (High / Low, recorded twice)",
        )
        .await;
    window.tab_to("tab-summary").await;
    window.press("\u{e00a}5\u{e000}").await;
    window.find("source-AllergyIntolerance/grave").await;
    window.tab_to("in-error-AllergyIntolerance/grave").await;
    window.press(ENTER).await;
    window
        .wait_for_words("in-error-weakens", "Only this record says")
        .await;
    window
        .wait_for_words("in-error-after", "Low criticality")
        .await;
    assert_accessible(window, "one of two records in error").await;
    type_into(window, "in-error-reason", "never reacted").await;
    window.shot("4-in-error").await;
    window.press(ENTER).await;
    window.until_gone("[data-testid='in-error-dialog']").await;
    window.find("retracted-AllergyIntolerance/grave").await;
    window
        .wait_for_words("banner-allergies", "penicillin (Low)")
        .await;
    window.shot("5-the-other-stands-alone").await;
    assert_accessible(window, "what was entered in error").await;
    let marked = here.run(&["get", "AllergyIntolerance/grave"]);
    assert_eq!(
        marked["verificationStatus"]["coding"][0]["code"],
        "entered-in-error"
    );
    let told = here.run(&["search", "Provenance?target=AllergyIntolerance/grave"]);
    assert!(
        told.to_string().contains("never reacted"),
        "who and why is told: {told}"
    );

    window.tab_to("history-AllergyIntolerance/grave").await;
    window.press(ENTER).await;
    window.find("history-dialog").await;
    window.tab_to("bring-back-1").await;
    window.press(ENTER).await;
    type_into(window, "return-reason", "it was right").await;
    window
        .find_css("[data-testid='return-now']:not([aria-disabled])")
        .await;
    window.press(ENTER).await;
    window.wait_for_words("live-polite", "Brought back").await;
    window.press(ESCAPE).await;
    window.until_gone("[data-testid='history-dialog']").await;
    window
        .wait_for_words(
            "banner-allergies",
            "penicillin (High / Low, recorded twice)",
        )
        .await;
    window.until_gone("[data-testid='retracted']").await;
}

async fn a_document_goes_to_a_file(window: &Window) {
    window.tab_to("tab-allergies").await;
    window.press("\u{e00a}8\u{e000}").await;
    let save = window
        .find_css("[data-testid^='attachment-save-']")
        .await
        .attr("data-testid")
        .await
        .expect("the button is there")
        .expect("it is named");
    window.shot("6-a-document").await;
    window.tab_to(&save).await;
    window.press(ENTER).await;
    window
        .find_css("[data-testid='attachment-file']:focus")
        .await;
    assert_accessible(window, "where a document goes").await;
    window.shot("7-where-it-goes").await;
    window.press(ENTER).await;
    window.wait_for_words("attachment-saved", "verified").await;
    window.shot("8-saved").await;
    let saved: Vec<_> = std::fs::read_dir(window.home().join("Downloads"))
        .expect("the folder of downloads")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(saved.len(), 1, "one file: {saved:?}");
    assert_eq!(
        std::fs::read(&saved[0]).expect("it can be read"),
        LETTER,
        "byte for byte what was taken in on the other workstation"
    );
    window.tab_to("attachment-done").await;
    window.press(ENTER).await;
    window.until_gone("[data-testid='attachment-dialog']").await;
    // A second time it does not write over the first.
    window.tab_to(&save).await;
    window.press(ENTER).await;
    window
        .find_css("[data-testid='attachment-file']:focus")
        .await;
}
