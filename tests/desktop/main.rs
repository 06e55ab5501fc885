//! One clinician's day in the real window, on real processes.

mod clinic;
mod deciding;
mod disagreement;
mod waiting;
mod window;

use std::path::PathBuf;

use serde_json::{Value, json};

use clinic::{HubProcess, PASSPHRASE, Station};
use window::Window;

/// One window at a time: on one display only one has the focus.
static ONE_WINDOW: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// F5.
const SYNC_NOW: &str = "\u{e035}";

/// Where screenshots are kept.
fn output(folder: &str) -> PathBuf {
    std::env::var_os("HAVEN_TEST_OUTPUT")
        .map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/test-output"),
            PathBuf::from,
        )
        .join(folder)
}

/// The first patient that has a phone and a birth date to the day.
fn somebody(station: &Station) -> Value {
    let patients = station.run(&["search", "Patient?_count=50"]);
    patients
        .as_array()
        .expect("a list is an array")
        .iter()
        .find(|patient| {
            let phone = patient["telecom"]
                .as_array()
                .is_some_and(|telecom| telecom.iter().any(|point| point["system"] == "phone"));
            phone
                && patient["birthDate"]
                    .as_str()
                    .is_some_and(|date| date.len() == 10)
                && patient["deceasedDateTime"].is_null()
                && patient["name"][0]["family"].is_string()
        })
        .expect("the seeded clinic has such a patient")
        .clone()
}

fn set_phone(patient: &mut Value, number: &str) {
    let point = patient["telecom"]
        .as_array_mut()
        .and_then(|telecom| telecom.iter_mut().find(|point| point["system"] == "phone"))
        .expect("the patient has a phone");
    point["value"] = json!(number);
}

/// The sum of what a hub holds of one resource, asked as any FHIR client would.
async fn at_the_hub(hub: &HubProcess, key: &str) -> Value {
    let client = reqwest::Client::new();
    let tokens: Value = client
        .post(format!("{}/auth/token", hub.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!(
            "grant_type=password&username=terrance&password={}",
            PASSPHRASE.replace(' ', "+")
        ))
        .send()
        .await
        .expect("the hub answers")
        .json()
        .await
        .expect("a token");
    client
        .get(format!("{}/fhir/R4/{key}", hub.url))
        .bearer_auth(tokens["access_token"].as_str().expect("a token"))
        .send()
        .await
        .expect("the hub answers")
        .json()
        .await
        .expect("a resource")
}

async fn unlock(window: &Window) {
    window.click("unlock-user-albertine").await;
    window.fill("passphrase", PASSPHRASE).await;
    window.click("unlock-submit").await;
    window.find("search").await;
}

async fn open_chart(window: &Window, patient: &Value) {
    let family = patient["name"][0]["family"]
        .as_str()
        .expect("a family name");
    let id = patient["id"].as_str().expect("an id");
    window.fill("search", family).await;
    window.shot("2-search").await;
    // WebKitGTK's driver cannot click a table row itself.
    window
        .click_css(&format!("[data-testid='patient-row-{id}'] td"))
        .await;
    window.find("banner").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_from_unlocking_to_agreeing_on_a_conflict() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let dir = tempfile::tempdir().expect("a folder for the clinic");
    let mut hub = HubProcess::start(dir.path(), 12);
    let here = Station::enrolled(dir.path(), &hub, "albertine", "Orn, Albertine", "Laptop 3");
    let there = Station::enrolled(dir.path(), &hub, "leanne", "Moen, Leanne", "Workstation 2");
    let patient = somebody(&here);
    let id = patient["id"].as_str().expect("an id").to_owned();
    let key = format!("Patient/{id}");

    let _alone = ONE_WINDOW.lock().await;
    let window = Window::open(&here.store, &output("day")).await;
    window.find("unlock-user-albertine").await;
    window.shot("1-unlock").await;
    unlock(&window).await;
    open_chart(&window, &patient).await;
    window.shot("3-chart").await;

    // Network off: the hub is gone, as after a power cut.
    hub.kill();
    window.press(SYNC_NOW).await;
    window.wait_for_words("status-connection", "Offline").await;
    window.click("add-vitals").await;
    window.fill("vital-temperature", "38.4").await;
    window.fill("vital-systolic", "128").await;
    window.fill("vital-diastolic", "82").await;
    window.shot("4-add-vitals-offline").await;
    confirm_unusual(&window).await;
    // Unlocked once Rust has looked at what was typed last.
    window.wait_for_words("vitals-save", "Ctrl S").await;
    window.click("vitals-save").await;
    window
        .wait_for_words("saved-note", "Saved on this device")
        .await;
    window.wait_for_words("reading-row", "Saved offline").await;
    window.shot("5-saved-offline").await;
    let waiting = here.run(&["outbox", "list"]);
    assert_eq!(
        waiting.as_array().map(Vec::len),
        Some(2),
        "temperature and blood pressure wait on the disk, whatever the window says"
    );

    // The hub is back: nothing is clicked, nothing is reloaded.
    hub.serve();
    window.wait_for_words("reading-row", "Synced").await;
    window.shot("6-synced").await;
    assert_eq!(
        here.run(&["outbox", "list"]),
        json!([]),
        "nothing waits any more"
    );

    // Two people change the same patient at once.
    there.run(&["sync", "--once"]);
    there.change(&key, |patient| {
        set_phone(patient, "+1 555 0100");
        patient["birthDate"] = json!("1970-01-02");
        patient["maritalStatus"] = json!({"text": "Married"});
    });
    here.change(&key, |patient| {
        set_phone(patient, "+1 555 0199");
        patient["birthDate"] = json!("1970-02-01");
        patient["address"] = json!([{"use": "home", "city": "Lynn"}]);
    });
    // Only now: the hub's hint makes the window fetch it at once.
    there.run(&["sync", "--once"]);
    window.press(SYNC_NOW).await;
    window.click("nav-review").await;
    let conflicts = wait_for_conflict(&window, &here).await;
    let conflict = conflicts[0]["id"]
        .as_str()
        .expect("a conflict has an id")
        .to_owned();
    window.find(&format!("inbox-row-{conflict}")).await;
    window.shot("7-inbox").await;

    let detail = here.run(&["conflicts", "show", &conflict]);
    assert_conflict_is_what_both_changed(&detail);
    let window = crash_while_deciding(window, &here).await;
    resolve_by_keyboard(&window).await;
    window.shot("10-resolved").await;

    // Everybody agrees.
    wait_until_sent(&window, &here).await;
    there.run(&["sync", "--once"]);
    let (mine, theirs) = (here.run(&["get", &key]), there.run(&["get", &key]));
    assert_eq!(mine, theirs, "both workstations hold the same resource");
    assert_eq!(mine, at_the_hub(&hub, &key).await, "and so does the hub");
    assert_eq!(
        mine["birthDate"],
        json!("1970-02-01"),
        "the side chosen by key 1"
    );
    assert_eq!(
        mine["maritalStatus"]["text"],
        json!("Married"),
        "their other edit was merged"
    );
    assert_eq!(mine["address"][0]["city"], json!("Lynn"), "and so was ours");
    assert!(
        mine.to_string().contains("+1 555 0100"),
        "the phone chosen by key 2"
    );
    take_back_in_the_window(&window, &here, &conflict).await;
    window.close().await;
}

/// It was wrong after all: the decision is found among those that were made, looked at and taken back.
async fn take_back_in_the_window(window: &Window, station: &Station, conflict: &str) {
    window.click("nav-review").await;
    window.find("chip-decided").await;
    // The box itself lies behind its label, where the driver cannot click.
    window
        .run("document.querySelector(\"[data-testid='chip-decided']\").click();")
        .await;
    window.click(&format!("take-back-{conflict}")).await;
    window.wait_for_words("changes", "Birth date").await;
    window.shot("11-take-back").await;
    window
        .fill("return-reason", "the other card is newer")
        .await;
    // With the reason missing the same button is there, locked.
    window
        .click_css("[data-testid='return-now']:not([aria-disabled])")
        .await;
    window.wait_for_words("live-polite", "Taken back").await;
    let open = station.run(&["conflicts", "list"]);
    let open = open.as_array().expect("a list is an array");
    assert!(
        open.iter().any(|one| one["id"] == conflict),
        "the conflict is open again: {open:?}"
    );
}

/// Ticks every box that an unusual value asks for.
async fn confirm_unusual(window: &Window) {
    window
        .run("document.querySelectorAll(\"[data-testid^='vitals-confirm-']\").forEach(box => { if (!box.checked) box.click(); });")
        .await;
}

/// The open conflicts, once the window's own sync has found them.
async fn wait_for_conflict(window: &Window, station: &Station) -> Vec<Value> {
    window.find_css("[data-testid^='inbox-row-']").await;
    station
        .run(&["conflicts", "list"])
        .as_array()
        .expect("a list is an array")
        .clone()
}

fn assert_conflict_is_what_both_changed(detail: &Value) {
    let mut paths: Vec<&str> = detail["fields"]
        .as_array()
        .expect("fields")
        .iter()
        .filter_map(|field| field["path"].as_str())
        .collect();
    paths.sort_unstable();
    assert_eq!(
        paths.len(),
        2,
        "phone and birth date conflict, nothing else: {paths:?}"
    );
    assert_eq!(paths[0], "Patient.birthDate");
    assert!(paths[1].starts_with("Patient.telecom["), "{paths:?}");
    assert_eq!(
        detail["resource"]["maritalStatus"]["text"],
        json!("Married")
    );
    assert_eq!(detail["resource"]["address"][0]["city"], json!("Lynn"));
}

/// Chooses twice, takes one choice back, and is ended as by a power cut. What was chosen is there when
/// the window is opened anew; then it is taken back too, so that the day goes on as it was.
async fn crash_while_deciding(window: Window, station: &Station) -> Window {
    open_conflict(&window).await;
    for (key, pick) in [("1", "device"), ("2", "server")] {
        window.press(key).await;
        window
            .find_css(&format!(
                "[data-testid='conflict-row'][data-active][data-pick='{pick}']"
            ))
            .await;
        window.press("n").await;
    }
    window.press("u").await;
    window.wait_for_words("left-text", "1 field left").await;
    let chosen = picks(&window).await;
    window.shot("8-before-the-crash").await;
    window.crash();

    let window = Window::open(&station.store, &output("day")).await;
    unlock(&window).await;
    window.click("nav-review").await;
    open_conflict(&window).await;
    window.wait_for_words("left-text", "1 field left").await;
    assert_eq!(
        picks(&window).await,
        chosen,
        "every choice that stood stands"
    );
    window.shot("8-after-the-crash").await;
    window.press("u").await;
    window.wait_for_words("left-text", "2 fields left").await;
    window.click("nav-review").await;
    window
}

/// The choice of each field, as the rows show it.
async fn picks(window: &Window) -> Value {
    window
        .run("return [...document.querySelectorAll(\"[data-testid='conflict-row']\")].map(row => [row.dataset.path, row.dataset.pick]);")
        .await
}

/// Opens the first conflict of the inbox by the keyboard.
async fn open_conflict(window: &Window) {
    window.tab_to("inbox-open").await;
    window.press("\u{e007}").await;
    window.find_css("[data-testid='conflict-row']:focus").await;
}

/// Opens the conflict and decides it without the mouse: this device's birth date, the server's phone.
async fn resolve_by_keyboard(window: &Window) {
    open_conflict(window).await;
    window.shot("8-conflict-field-table").await;
    window.press("f").await;
    window.wait_for_words("view-toggle", "Field table").await;
    window.shot("8-conflict-three-panes").await;
    window.press("f").await;
    window.wait_for_words("view-toggle", "Three panes").await;
    for is_last in [false, true] {
        let field = window
            .run("return document.querySelector(\"[data-testid='conflict-row'][data-active]\").dataset.path;")
            .await;
        let path = field.as_str().expect("a field is active").to_owned();
        let (key, pick) = if path.ends_with("birthDate") {
            ("1", "device")
        } else {
            ("2", "server")
        };
        window.press(key).await;
        window
            .find_css(&format!("[data-path='{path}'][data-pick='{pick}']"))
            .await;
        if !is_last {
            window.press("n").await;
        }
    }
    // The focus stays in the row: R gives the first reason from there, Enter leads to the sentence.
    window.wait_for_words("left-text", "All decided").await;
    window.press("r").await;
    // What is said of it may be followed at once by what is left: the choice itself stays.
    window
        .find_css("[data-testid='accept-reason'] option:checked:not([value=''])")
        .await;
    window.press("\u{e007}").await;
    window
        .find_css("[data-testid='accept-confirm']:focus")
        .await;
    window.press(" ").await;
    window.shot("9-decided").await;
    window.press_with_control("\u{e007}").await;
    window
        .wait_for_words("live-polite", "Saved on this device")
        .await;
}

async fn wait_until_sent(window: &Window, station: &Station) {
    window.wait_for_words("status-sync", "Synced").await;
    assert_eq!(
        station.run(&["outbox", "list"]),
        json!([]),
        "the window says \"Synced\" only when nothing waits"
    );
}
