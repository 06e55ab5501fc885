//! Passphrases: wrong, missing, and too many wrong ones.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use super::support::station::{Station, refusal};
use super::{assert_holds, small_clinic};

#[test]
fn a_wrong_passphrase_says_how_many_are_left_and_the_right_one_works() {
    let dir = tempfile::tempdir().expect("a folder");
    let (station, rows) = small_clinic(dir.path());
    let wrong = station.with_passphrase("quiet harbour lanterm");
    for left in [9, 8] {
        wrong
            .refused(&["status"], 3, "wrong_passphrase")
            .comforts()
            .says(&format!("{left} attempts left"));
    }
    assert_holds(&station, &rows);
    wrong
        .refused(&["get", "Patient/x"], 3, "wrong_passphrase")
        .says("9 attempts left");
}

#[test]
fn without_a_passphrase_the_store_stays_locked() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let output = station
        .command(&["status"])
        .env_remove("HAVEN_PASSPHRASE")
        .stdin(Stdio::null())
        .output()
        .expect("haven runs");
    refusal(&output, "no passphrase at all", 3, "locked").says("HAVEN_PASSPHRASE");
    for typed in ["", "\n"] {
        let mut child = station
            .command(&["status", "--passphrase-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("haven runs");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(typed.as_bytes()).expect("typed");
        drop(stdin);
        let output = child.wait_with_output().expect("haven ends");
        refusal(&output, "an empty passphrase", 3, "locked");
    }
    station.run(&["unlock", "--check"]);
}

#[test]
fn a_passphrase_may_come_on_standard_input_and_a_short_one_makes_no_store() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let mut child = station
        .command(&["status", "--passphrase-stdin"])
        .env_remove("HAVEN_PASSPHRASE")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("haven runs");
    let mut stdin = child.stdin.take().expect("piped");
    writeln!(stdin, "{}", station.passphrase).expect("typed");
    assert!(
        child.wait().expect("ends").success(),
        "its first line opens the store"
    );

    let other = Station::at(dir.path().join("other"), "ada").with_passphrase("short");
    other
        .refused(&["init"], 1, "invalid")
        .says("8 characters")
        .comforts();
    assert!(
        !other.store.exists(),
        "a refused init leaves no folder behind"
    );
}

/// The wrong passphrases counted, as if the last was long ago.
fn pretend_that_time_passed(station: &Station) -> Value {
    let path = station.store.join("attempts.json");
    let text = std::fs::read(&path).expect("the count is kept");
    let kept: Value = serde_json::from_slice(&text).expect("the count is JSON");
    // Written back as before counts had a checksum, which is read too.
    let mut attempts = kept["counts"].clone();
    attempts[&station.user]["last_at"] = json!(0);
    std::fs::write(&path, attempts.to_string()).expect("the count can be written");
    attempts[&station.user]["failures"].clone()
}

#[test]
fn ten_wrong_passphrases_disable_the_login_and_harm_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let wrong = station.with_passphrase("not the passphrase");
    for made in 1..=10_u32 {
        let left = format!("{} attempts left", 10 - made);
        wrong
            .refused(&["status"], 3, "wrong_passphrase")
            .says(&left);
        assert_eq!(pretend_that_time_passed(&station), made, "each is counted");
    }
    for attempt in [&wrong, &station] {
        attempt
            .refused(&["status"], 3, "too_many_attempts")
            .comforts()
            .says("disabled")
            .says("The data is safe");
    }
}

#[test]
fn wrong_passphrases_in_quick_succession_have_to_wait() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let wrong = station.with_passphrase("not the passphrase");
    // A slow machine may take longer than the first waits, which double.
    let refused = (0..10).find_map(|_| {
        let output = wrong.attempt(&["status"]);
        let answer = super::support::station::json(&output);
        (answer["code"] == "too_many_attempts").then_some(output)
    });
    let output = refused.expect("waiting is asked for before ten are made");
    refusal(&output, "too quick", 3, "too_many_attempts")
        .says("Wait")
        .comforts();
    assert!(
        pretend_that_time_passed(&station).as_u64() >= Some(3),
        "three cost no waiting"
    );
    station.run(&["unlock", "--check"]);
    wrong
        .refused(&["status"], 3, "wrong_passphrase")
        .says("9 attempts left");
}
