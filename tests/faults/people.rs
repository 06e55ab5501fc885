//! Several people on one laptop, forgotten passphrases, and the recovery key.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;

use super::support::station::{Station, json, refusal};
use super::{assert_holds, small_clinic};

const NEWER: &str = "gravel ostrich maple dentist vivid";

/// Runs a command with more in its environment.
fn with(station: &Station, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = station.command(arguments);
    for (name, value) in variables {
        command.env(name, value);
    }
    command.stdin(Stdio::null()).output().expect("haven runs")
}

/// Runs a command that reads these lines.
fn typing(station: &Station, arguments: &[&str], lines: &[&str]) -> Output {
    let mut child = station
        .command(arguments)
        .arg("--passphrase-stdin")
        .env_remove("HAVEN_PASSPHRASE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("haven runs");
    let mut stdin = child.stdin.take().expect("piped");
    for line in lines {
        writeln!(stdin, "{line}").expect("typed");
    }
    drop(stdin);
    child.wait_with_output().expect("haven ends")
}

fn done(output: &Output) -> Value {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    json(output)
}

fn names(logins: &Value) -> Vec<&str> {
    let logins = logins.as_array().expect("a list");
    logins
        .iter()
        .filter_map(|login| login["name"].as_str())
        .collect()
}

#[test]
fn a_forgotten_passphrase_is_replaced_with_the_recovery_key_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let (station, rows) = small_clinic(dir.path());
    let shown = station.run(&["recovery", "show-once"]);
    let words: Vec<&str> = shown["words"]
        .as_array()
        .expect("words")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(words.len(), 24);
    station
        .refused(&["recovery", "show-once"], 5, "precondition")
        .says("recovery renew")
        .comforts();

    let mut slip = words.clone();
    slip[11] = "lantrn";
    let output = typing(&station, &["recovery", "use"], &[&slip.join(" "), NEWER]);
    refusal(&output, "a slip of the pen", 1, "invalid")
        .says("Word 12 ")
        .comforts();
    let other = Station::own(&dir.path().join("elsewhere"));
    let others = other.run(&["recovery", "show-once"])["words"].clone();
    let others: Vec<&str> = others
        .as_array()
        .expect("words")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let output = typing(&station, &["recovery", "use"], &[&others.join(" "), NEWER]);
    refusal(&output, "another store's words", 3, "wrong_passphrase").comforts();
    let output = typing(&station, &["recovery", "use"], &[&words.join(" ")]);
    refusal(&output, "no new passphrase", 1, "invalid").says("HAVEN_NEW_PASSPHRASE");
    station.run(&["unlock", "--check"]);

    let output = typing(&station, &["recovery", "use"], &[&words.join(" "), NEWER]);
    assert_eq!(done(&output)["user"], station.user.as_str());
    station.refused(&["status"], 3, "wrong_passphrase");
    let station = station.with_passphrase(NEWER);
    assert_holds(&station, &rows);
    station.assert_sound();

    let renewed = station.run(&["recovery", "renew"]);
    assert_ne!(renewed["words"], shown["words"]);
    let output = with(
        &station,
        &["recovery", "use"],
        &[
            ("HAVEN_RECOVERY_KEY", &words.join(" ")),
            ("HAVEN_NEW_PASSPHRASE", "whatever it may be now"),
        ],
    );
    refusal(&output, "the former words", 3, "wrong_passphrase");
    station.run(&["unlock", "--check"]);
}

#[test]
fn a_passphrase_is_changed_and_a_weak_one_is_told_of() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let output = with(
        &station,
        &["passphrase", "change"],
        &[("HAVEN_NEW_PASSPHRASE", "password password")],
    );
    assert_eq!(done(&output)["changed"], true);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("weak"), "{told}");
    assert!(
        !told.contains("password password"),
        "never the passphrase itself"
    );

    let weak = station.with_passphrase("password password");
    let output = typing(
        &weak,
        &["passphrase", "change"],
        &["password password", NEWER],
    );
    done(&output);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("weak"));
    let station = station.with_passphrase(NEWER);
    station.run(&["unlock", "--check"]);
    weak.refused(&["status"], 3, "wrong_passphrase");
    let output = with(
        &station,
        &["passphrase", "change"],
        &[("HAVEN_NEW_PASSPHRASE", "short")],
    );
    refusal(&output, "too short", 1, "invalid").comforts();
    station
        .refused(&["passphrase", "change"], 1, "invalid")
        .says("HAVEN_NEW_PASSPHRASE");
    station.run(&["unlock", "--check"]);

    let suggested = station.run(&["passphrase", "suggest"]);
    let passphrase = suggested["passphrase"].as_str().expect("words");
    assert_eq!(passphrase.split(' ').count(), 5);
}

#[test]
fn people_come_and_go_on_one_laptop() {
    let dir = tempfile::tempdir().expect("a folder");
    let (station, rows) = small_clinic(dir.path());
    let add = |name: &str, role: &str| {
        with(
            &station,
            &["users", "add", name, "--role", role],
            &[("HAVEN_NEW_PASSPHRASE", NEWER)],
        )
    };
    let added = done(&add("ben", "front_desk"));
    assert_eq!(added["name"], "ben");
    assert_eq!(added["role"], "front_desk");
    assert_eq!(added["lastUnlocked"], Value::Null);
    refusal(
        &add("ben", "nurse"),
        "a name that is taken",
        5,
        "already_exists",
    )
    .comforts();
    refusal(&add("cora", "doctor"), "an unknown role", 1, "invalid")
        .says("clinician")
        .comforts();
    assert_eq!(names(&station.run(&["users", "list"])), ["ada", "ben"]);

    let ben = Station {
        user: "ben".to_owned(),
        ..station.with_passphrase(NEWER)
    };
    ben.run(&["unlock", "--check"]);
    ben.refused(&["users", "list"], 4, "not_permitted")
        .comforts();
    ben.refused(&["users", "remove", "ada"], 4, "not_permitted");
    ben.refused(&["recovery", "renew"], 4, "not_permitted");
    station
        .refused(&["users", "remove", "ada"], 5, "precondition")
        .comforts();
    station.refused(&["users", "remove", "nobody"], 1, "not_found");

    let output = with(
        &station,
        &["users", "reset", "ben"],
        &[("HAVEN_NEW_PASSPHRASE", "quiet meadow lantern seven crows")],
    );
    assert_eq!(done(&output)["disabled"], false);
    ben.refused(&["status"], 3, "wrong_passphrase");
    ben.with_passphrase("quiet meadow lantern seven crows")
        .run(&["unlock", "--check"]);

    assert_eq!(names(&station.run(&["users", "remove", "ben"])), ["ada"]);
    ben.refused(&["status"], 1, "not_found");
    assert_holds(&station, &rows);
    station.assert_sound();
}

#[test]
fn a_second_factor_needs_a_keychain_and_a_batch_keeps_no_passphrase() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let told = station.run(&["keys", "second-factor"]);
    assert_eq!(told["secondFactor"], false);
    station
        .refused(&["keys", "second-factor", "on"], 5, "precondition")
        .says("recovery key")
        .comforts();
    station.run(&["recovery", "show-once"]);
    station
        .refused(&["keys", "second-factor", "on"], 5, "precondition")
        .says("keychain")
        .comforts();
    let mut batch = station.batch();
    for line in ["passphrase change", "recovery use", "keys second-factor on"] {
        let answer = batch.any(line);
        assert_eq!(answer["code"], "invalid", "{line}: {answer}");
    }
    assert_eq!(names(&batch.ask("users list")), ["ada"]);
}
