//! The configuration of how records travel and stay, as an admin works with it.

#![allow(clippy::print_stderr, reason = "a story that cannot run here says so")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

struct Desk {
    dir: tempfile::TempDir,
    /// Where the system's bus is; nowhere, so that this machine's network plays no part.
    bus: String,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let desk = Self {
            bus: format!("unix:path={}", dir.path().join("no-bus").display()),
            dir,
        };
        desk.run(&["--user", "ana", "init"]);
        desk
    }

    fn attempt(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_haven"))
            .args([
                "--store",
                &self.dir.path().join("store").display().to_string(),
            ])
            .arg("--json")
            .args(arguments)
            .env("HAVEN_PASSPHRASE", "correct horse battery staple")
            .env("HAVEN_DERIVATION_MS", "0")
            .env("HAVEN_KEYCHAIN", "off")
            .env("DBUS_SYSTEM_BUS_ADDRESS", &self.bus)
            .output()
            .expect("haven runs")
    }

    fn run(&self, arguments: &[&str]) -> Value {
        let output = self.attempt(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).expect("one JSON document")
    }

    fn file(&self, name: &str, content: &Value) -> String {
        let path: PathBuf = self.dir.path().join(name);
        std::fs::write(&path, content.to_string()).expect("a file");
        path.display().to_string()
    }
}

fn appendix_b() -> Value {
    json!({"offline": {"enabled": true,
        "storage": {"maxSize": "1GB", "encryptionAlgorithm": "AES-256-GCM", "keyRotationDays": 30},
        "sync": {"autoSync": true, "interval": 300, "batchSize": 50, "maxRetries": 3,
            "conflictResolution": "merge"},
        "cache": {"strategies": {
            "Patient": {"retention": "90d", "priority": "high"},
            "Observation": {"retention": "30d", "priority": "medium"}}}}})
}

#[test]
fn a_configuration_is_checked_previewed_applied_and_audited() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["config", "show"])["usual"], true);
    let file = desk.file("good.json", &appendix_b());
    let preview = desk.run(&["config", "preview", &file]);
    assert_eq!(preview["applied"], false);
    let words: Vec<&str> = preview["changes"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|change| change["words"].as_str())
        .collect();
    assert!(
        words.contains(&"Keys are replaced after 30 days (until now 90)."),
        "{words:#?}"
    );
    assert_eq!(
        desk.run(&["config", "show"])["usual"],
        true,
        "a preview changes nothing"
    );
    assert_eq!(desk.run(&["config", "apply", &file])["applied"], true);
    let shown = desk.run(&["config", "show"]);
    assert_eq!(shown["usual"], false);
    assert_eq!(shown["offline"]["sync"]["interval"], 300);
    assert_eq!(
        desk.run(&["storage"])["quotaBytes"],
        1_000_000_000_u64,
        "the quota follows"
    );
    let audit = desk.run(&["audit", "list"]);
    let noted = audit.as_array().expect("a list").iter();
    assert_eq!(
        noted
            .filter(|entry| entry["action"] == "config-changed")
            .count(),
        1
    );
    // What is shown is itself a configuration, and changes nothing.
    let mut again = shown.clone();
    for told in ["usual", "metered", "meteredWords"] {
        again.as_object_mut().expect("an object").remove(told);
    }
    let file = desk.file("again.json", &again);
    assert_eq!(desk.run(&["config", "check", &file])["valid"], true);
    assert_eq!(
        desk.run(&["config", "preview", &file])["changes"],
        json!([])
    );
}

#[test]
fn a_wrong_configuration_is_refused_with_the_place_and_what_is_allowed() {
    let desk = Desk::new();
    let mut wrong = appendix_b();
    wrong["offline"]["sync"]["resourceStrategies"] =
        json!({"AllergyIntolerance": {"conflictResolution": "server_wins"}});
    wrong["offline"]["storage"]["maxSize"] = json!("plenty");
    let file = desk.file("wrong.json", &wrong);
    let output = desk.attempt(&["config", "check", &file]);
    assert_eq!(output.status.code(), Some(2));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let paths: Vec<&str> = answer["problems"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|problem| problem["path"].as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "offline.storage.maxSize",
            "offline.sync.resourceStrategies.AllergyIntolerance.conflictResolution"
        ]
    );
    let output = desk.attempt(&["config", "apply", &file]);
    assert!(!output.status.success(), "nor can it be applied");
    assert_eq!(desk.run(&["config", "show"])["usual"], true);
}

/// What NetworkManager answers, for a program that asks it.
struct Manager(u32);

#[zbus::interface(name = "org.freedesktop.NetworkManager")]
impl Manager {
    #[zbus(property)]
    fn metered(&self) -> u32 {
        self.0
    }
}

#[test]
fn the_network_is_metered_where_network_manager_says_so() {
    let mut desk = Desk::new();
    let file = desk.file(
        "wifi.json",
        &json!({"offline": {"sync": {"syncOnWifiOnly": true}}}),
    );
    desk.run(&["config", "apply", &file]);
    let shown = desk.run(&["config", "show"]);
    assert_eq!(shown["metered"], "unknown");
    assert!(
        shown["meteredWords"]
            .as_str()
            .is_some_and(|words| words.contains("cannot be told")),
        "unknown is said, not passed over: {shown}"
    );
    let Some(bus) = Bus::start(desk.dir.path()) else {
        eprintln!("skipped: there is no dbus-daemon on this machine");
        return;
    };
    desk.bus.clone_from(&bus.address);
    for (told, wanted) in [(1, "yes"), (3, "yes"), (2, "no"), (4, "no"), (0, "unknown")] {
        let _manager = zbus::blocking::connection::Builder::address(bus.address.as_str())
            .and_then(|builder| builder.name("org.freedesktop.NetworkManager"))
            .and_then(|builder| builder.serve_at("/org/freedesktop/NetworkManager", Manager(told)))
            .and_then(zbus::blocking::connection::Builder::build)
            .expect("a manager on the bus");
        assert_eq!(desk.run(&["config", "show"])["metered"], wanted, "{told}");
    }
}

/// A bus of this test's own.
struct Bus {
    address: String,
    daemon: std::process::Child,
}

impl Bus {
    fn start(dir: &Path) -> Option<Self> {
        let address = format!("unix:path={}", dir.join("bus").display());
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address"])
            .args(["--address", &address])
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        // It tells its address once it listens.
        let mut told = String::new();
        let stdout = daemon.stdout.take()?;
        BufReader::new(stdout).read_line(&mut told).ok()?;
        let bus = Self { address, daemon };
        if told.is_empty() {
            return None;
        }
        Some(bus)
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        // One that has ended already needs no end.
        let _ended = self.daemon.kill();
        let _reaped = self.daemon.wait();
    }
}
