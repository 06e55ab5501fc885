//! What two people did at once, decided in the real window by keyboard: a deletion against an edit,
//! allergies from both sides, many at once and back, a server that goes on meanwhile, all of it in
//! Arabic in the dark as well.
//!
//! Everything is prepared before the window opens; the window is waited for by what stays on it.

use serde_json::json;

use super::clinic::{HubProcess, Station};
use super::disagreement::{GUARDED, PHONES, disagreeing};
use super::window::Window;
use super::{ONE_WINDOW, SYNC_NOW, output, unlock};

/// Enter.
const ENTER: &str = "\u{e007}";

/// Escape.
const ESCAPE: &str = "\u{e00c}";

/// The open conflict of a record.
fn conflict_of(station: &Station, key: &str) -> String {
    let open = station.run(&["conflicts", "list"]);
    let open = open.as_array().expect("a list is an array");
    let found = open.iter().find(|one| one["key"] == key);
    let found = found.expect("the two sides are in conflict here");
    found["id"].as_str().expect("an id").to_owned()
}

fn open_conflicts(station: &Station) -> usize {
    let open = station.run(&["conflicts", "list"]);
    open.as_array().expect("a list is an array").len()
}

async fn open_chart(window: &Window, id: &str, family: &str) {
    window.fill("search", family).await;
    // Rows that still go would move the one that is clicked.
    window
        .until_gone(&format!(
            "[data-testid^='patient-row-']:not([data-testid='patient-row-{id}'])"
        ))
        .await;
    // WebKitGTK's driver cannot click a table row itself.
    window
        .click_css(&format!("[data-testid='patient-row-{id}'] td"))
        .await;
    window
        .wait_for_words("banner", &family.to_uppercase())
        .await;
}

/// From the chart to its conflict, with R.
async fn review_from_chart(window: &Window, id: &str, family: &str) {
    open_chart(window, id, family).await;
    window.find("conflict-strip").await;
    window.press("r").await;
    window.find_css("[data-testid='conflict-row']:focus").await;
}

/// Chooses for every field that is still open, each with the key that `key_for` gives for its path.
async fn choose_by_keyboard(
    window: &Window,
    key_for: impl Fn(&str) -> (&'static str, &'static str),
) {
    while !window
        .exists("[data-testid='left-text'][data-decided]")
        .await
    {
        let field = window
            .run("return document.querySelector(\"[data-testid='conflict-row'][data-active]\").dataset.path;")
            .await;
        let path = field.as_str().expect("a field is active").to_owned();
        let (key, pick) = key_for(&path);
        window.press(key).await;
        window
            .find_css(&format!(
                "[data-testid='conflict-row'][data-path='{path}'][data-pick='{pick}']"
            ))
            .await;
        if !window
            .exists("[data-testid='left-text'][data-decided]")
            .await
        {
            window.press("n").await;
            window
                .find_css(&format!(
                    "[data-testid='conflict-row'][data-active]:focus:not([data-path='{path}'])"
                ))
                .await;
        }
    }
}

/// Gives the first reason, says the sentence of high risk where there is one, and accepts.
async fn accept_by_keyboard(window: &Window, conflict: &str) {
    window.press("r").await;
    window
        .find_css("[data-testid='accept-reason'] option:checked:not([value=''])")
        .await;
    if window.exists("[data-testid='accept-confirm']").await {
        window.press(ENTER).await;
        window
            .find_css("[data-testid='accept-confirm']:focus")
            .await;
        window.press(" ").await;
        window
            .find_css("[data-testid='accept-confirm']:checked")
            .await;
    }
    window.press_with_control(ENTER).await;
    window
        .until_gone(&format!("[data-testid='queue-row-{conflict}']"))
        .await;
}

async fn assert_accessible(window: &Window, what: &str) {
    let faults = window.faults().await;
    assert!(faults.is_empty(), "{what}: {faults:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_people_did_at_once_is_decided_by_keyboard() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let dir = tempfile::tempdir().expect("a folder for the clinic");
    let hub = HubProcess::start(dir.path(), 1);
    let (here, there) = disagreeing(dir.path(), &hub);
    let _alone = ONE_WINDOW.lock().await;
    let window = Window::open(&here.store, &output("deciding")).await;
    unlock(&window).await;

    allergies_of_both_sides(&window, &there).await;
    a_deletion_against_an_edit(&window, &here).await;
    the_server_goes_on_meanwhile(&window, &here, &there).await;
    many_at_once_and_back(&window, &here).await;
    in_arabic_in_the_dark(&window, &here).await;
    window.close().await;
}

/// Journey 16: the union, the double collapsed by its code and shown as such.
async fn allergies_of_both_sides(window: &Window, there: &Station) {
    open_chart(window, "rowan", "Rowan").await;
    window
        .wait_for_words(
            "banner-allergies",
            "penicillin (High / Low, recorded twice)",
        )
        .await;
    window.tab_to("tab-summary").await;
    window.press("\u{e00a}5\u{e000}").await;
    window
        .wait_for_words(
            "twice-AllergyIntolerance/penicillin-here",
            "Recorded twice, and the records differ",
        )
        .await;
    for source in ["penicillin-here", "penicillin-there"] {
        window
            .find(&format!("source-AllergyIntolerance/{source}"))
            .await;
    }
    let lines = window
        .run("return [...document.querySelectorAll(\"tbody th[scope='row'] > strong\")].map(one => one.textContent);")
        .await;
    assert_eq!(lines, json!(["penicillin", "latex", "peanut"]), "the union");
    window.shot("1-allergies-of-both-sides").await;
    assert_accessible(window, "the list of allergies").await;
    window
        .tab_to("history-AllergyIntolerance/penicillin-there")
        .await;
    window.press(ENTER).await;
    window.find("history-dialog").await;
    window.shot("2-the-other-record").await;
    window.press(ESCAPE).await;
    window.until_gone("[data-testid='history-dialog']").await;
    there.run(&["sync", "--once"]);
    let all = there.run(&["search", "AllergyIntolerance?patient=Patient/rowan"]);
    assert_eq!(
        all.as_array().map(Vec::len),
        Some(4),
        "no record was joined or removed"
    );
}

/// Journey 15: deleted on the server, edited here; the edit is kept, the history shows both.
async fn a_deletion_against_an_edit(window: &Window, here: &Station) {
    let conflict = conflict_of(here, "Condition/asthma");
    review_from_chart(window, "quimby", "Quimby").await;
    window.wait_for_words("deleted-in-words", "Deleted").await;
    window.shot("3-deleted-there-edited-here").await;
    choose_by_keyboard(window, |_| ("1", "device")).await;
    window.shot("4-keeping-the-edit").await;
    accept_by_keyboard(window, &conflict).await;
    let kept = here.run(&["get", "Condition/asthma"]);
    assert_eq!(
        kept["clinicalStatus"]["coding"][0]["code"], "inactive",
        "the edit stands"
    );
    open_chart(window, "quimby", "Quimby").await;
    window.press("\u{e00a}4\u{e000}").await;
    window.tab_to("history-Condition/asthma").await;
    window.press(ENTER).await;
    window.find("history-dialog").await;
    window.wait_for_words("history-dialog", "Decided").await;
    let sources = window
        .run("return [...document.querySelectorAll(\"[data-testid='merge-source']\")].map(one => one.textContent);")
        .await;
    let sources = sources.to_string();
    assert!(
        sources.contains("From this device: A. Orn") && sources.contains("it was deleted"),
        "both sides are told of: {sources}"
    );
    window.shot("5-the-history-shows-both").await;
    window.press(ESCAPE).await;
    window.until_gone("[data-testid='history-dialog']").await;
}

/// Journey 18: the server changes while somebody decides; only what changed is asked again.
async fn the_server_goes_on_meanwhile(window: &Window, here: &Station, there: &Station) {
    let conflict = conflict_of(here, "Patient/sorrel");
    review_from_chart(window, "sorrel", "Sorrel").await;
    choose_by_keyboard(window, |_| ("1", "device")).await;
    there.change("Patient/sorrel", |patient| {
        patient["telecom"][0]["value"] = json!("555-3900");
    });
    there.run(&["sync", "--once"]);
    window.press(SYNC_NOW).await;
    window.find("stale").await;
    window
        .find_css("[data-testid='conflict-row'][data-path='Patient.birthDate'][data-pick='device']")
        .await;
    window
        .find_css("[data-testid='left-text']:not([data-decided])")
        .await;
    let asked = window
        .run("return [...document.querySelectorAll(\"[data-testid='conflict-row']\")].filter(row => row.dataset.pick === \"undecided\").map(row => row.dataset.path);")
        .await;
    assert_eq!(
        asked.as_array().map(Vec::len),
        Some(1),
        "one is asked again: {asked}"
    );
    assert!(
        asked[0]
            .as_str()
            .is_some_and(|path| path.starts_with("Patient.telecom"))
    );
    window.shot("6-the-server-went-on").await;
    // To the field that is asked again.
    window.press("n").await;
    window
        .find_css(
            "[data-testid='conflict-row'][data-active]:focus:not([data-path='Patient.birthDate'])",
        )
        .await;
    choose_by_keyboard(window, |_| ("2", "server")).await;
    accept_by_keyboard(window, &conflict).await;
    let decided = here.run(&["get", "Patient/sorrel"]);
    assert_eq!(decided["birthDate"], "1981-01-01", "the choice that stood");
    assert_eq!(
        decided["telecom"][0]["value"], "555-3900",
        "the server's newest"
    );
}

/// Journey 17: one rule for fifty phones, two left out, all of it taken back.
async fn many_at_once_and_back(window: &Window, here: &Station) {
    assert_eq!(open_conflicts(here), PHONES);
    window.click("nav-review").await;
    window.find_css("[data-testid^='inbox-row-']").await;
    window.press("m").await;
    window
        .find_css("[data-testid='bulk-element'] option:checked[value='Patient.telecom']")
        .await;
    window.wait_for_words("bulk-sum", "49").await;
    let first = window
        .find_css("[data-testid^='bulk-include-']")
        .await
        .attr("data-testid")
        .await
        .expect("the row is there")
        .expect("it is named");
    window.tab_to(&first).await;
    window.press(" ").await;
    window.wait_for_words("bulk-sum", "48").await;
    window.shot("7-one-rule-for-many").await;
    window.fill("bulk-reason", "the registry rang them").await;
    window
        .find_css("[data-testid='bulk-decide']:not([aria-disabled])")
        .await;
    window.press(ENTER).await;
    window.wait_for_words("bulk-done", "48").await;
    assert_eq!(open_conflicts(here), 2, "high risk, and the one left out");
    window.shot("8-decided-at-once").await;
    // The server has heard of all of it: what is taken back is no edit on its way.
    window
        .find_css("[data-testid='status-sync'][data-state='review']")
        .await;
    window.tab_to("batch-back-now").await;
    window.press(ENTER).await;
    window.until_gone("[data-testid='bulk-dialog']").await;
    assert_eq!(
        open_conflicts(here),
        PHONES,
        "all of the batch is open again"
    );
    window.shot("9-taken-back").await;
}

/// The screen of a decision from right to left, in the dark.
async fn in_arabic_in_the_dark(window: &Window, here: &Station) {
    let key = format!("Patient/p{GUARDED}");
    let conflict = conflict_of(here, &key);
    for choice in ["language-ar", "scheme-dark"] {
        window.click("user-menu").await;
        window.click(choice).await;
    }
    window
        .find_css("html[dir='rtl'][data-mantine-color-scheme='dark']")
        .await;
    review_from_chart(
        window,
        &format!("p{GUARDED}"),
        &format!("Fontaine{GUARDED}"),
    )
    .await;
    window.shot("10-decision-in-arabic").await;
    assert_accessible(window, "a decision in Arabic in the dark").await;
    choose_by_keyboard(window, |path| {
        if path.ends_with("birthDate") {
            ("1", "device")
        } else {
            ("2", "server")
        }
    })
    .await;
    window.shot("11-decided-in-arabic").await;
    accept_by_keyboard(window, &conflict).await;
    let decided = here.run(&["get", &key]);
    assert_eq!(
        (&decided["birthDate"], &decided["telecom"][0]["value"]),
        (&json!("1981-01-01"), &json!(format!("555-2{GUARDED:03}"))),
        "the keys mean the same from right to left"
    );
}
