//! Drives the window through every screen and keeps a picture of each; `./run` calls it where there
//! is no display.

#![allow(dead_code, reason = "the desktop story uses the rest of the driver")]
#![allow(clippy::panic, reason = "./run reads the message")]

mod window;

use std::path::PathBuf;
use std::process::ExitCode;

use window::Window;

fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} says what to tour; ./run sets it"))
}

#[tokio::main]
async fn main() -> ExitCode {
    let out = PathBuf::from(
        std::env::args()
            .nth(1)
            .unwrap_or_else(|| "target/tour".into()),
    );
    let (store, user) = (setting("HAVEN_STORE"), setting("HAVEN_TOUR_USER"));
    let passphrase = setting("HAVEN_PASSPHRASE");
    let window = Window::open(&PathBuf::from(store), &out).await;
    window.find(&format!("unlock-user-{user}")).await;
    window.shot("01-unlock").await;
    window.click(&format!("unlock-user-{user}")).await;
    window.fill("passphrase", &passphrase).await;
    window.click("unlock-submit").await;
    window.find_css("[data-testid^='patient-row-']").await;
    window.wait_for_words("status-connection", "").await;
    window.shot("02-patients").await;
    window.fill("search", "qui").await;
    window.find_css("[data-testid^='patient-row-']").await;
    window.shot("03-search").await;
    window.click_css("[data-testid^='patient-row-'] td").await;
    window.find("banner").await;
    window.shot("04-chart").await;
    for tab in [
        "vitals",
        "medications",
        "problems",
        "allergies",
        "results",
        "encounters",
        "notes",
    ] {
        window.click(&format!("tab-{tab}")).await;
        window.shot(&format!("05-{tab}")).await;
    }
    window.click("add-vitals").await;
    window.fill("vital-temperature", "378").await;
    window.shot("06-add-vitals").await;
    window.press("\u{e00c}").await;
    window.click("nav-sync").await;
    window.find("sync-now").await;
    window.shot("07-sync-centre").await;
    window.click("nav-review").await;
    window.find_css("main h1").await;
    window.shot("08-inbox").await;
    if window.exists("[data-testid^='inbox-row-']").await {
        window.click("inbox-open").await;
        window.find("conflict-row").await;
        window.shot("09-conflict").await;
        window.press("f").await;
        window.wait_for_words("view-toggle", "Field table").await;
        window.shot("10-conflict-panes").await;
    }
    window.click("nav-device").await;
    window.find("backup-now").await;
    window.shot("12-device").await;
    window.click("user-menu").await;
    window.click("scheme-dark").await;
    window.click("nav-patients").await;
    window.click_css("[data-testid^='patient-row-'] td").await;
    window.find("banner").await;
    window.shot("11-chart-dark").await;
    window.close().await;
    ExitCode::SUCCESS
}
