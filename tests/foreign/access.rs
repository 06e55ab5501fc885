//! Getting in, and where the key to the door is kept.

use super::desk::Desk;
use super::support::folder;
use super::support::needle::Needles;
use super::support::plain_server::PlainServer;
use super::{change, patient, sync};

const TOKEN: &str = "a-token-that-opens-the-clinic-93751";
const SECRET: &str = "a-secret-that-nobody-may-see-20418";

fn guarded() -> PlainServer {
    let server = PlainServer::with(|switches| switches.token = Some(TOKEN.to_owned()));
    server.put(patient("p1", "Trevino"));
    server
}

fn knows(station: &Desk, server: &PlainServer, access: &[&str]) {
    let url = server.url();
    let mut arguments = vec!["remote", "add", "clinic", "--fhir", &url];
    arguments.extend(access);
    station.run(&arguments);
}

#[test]
fn a_token_opens_the_door_and_is_nowhere_in_the_clear() {
    let server = guarded();
    let dir = tempfile::tempdir().expect("a folder");
    let station = Desk::own(dir.path());
    let file = station.file("token", format!("{TOKEN}\n").as_bytes());
    knows(
        &station,
        &server,
        &["--token-file", &file.display().to_string()],
    );
    std::fs::remove_file(&file).expect("the file is needed no longer");
    assert_eq!(sync(&station)["pulled"], 1);
    let needles = Needles::of(&[TOKEN.to_owned()].into_iter().collect());
    for (path, bytes) in folder::content(station.store(), &[]) {
        assert!(
            needles.found_in(&bytes).is_empty(),
            "{} holds the token",
            path.display()
        );
    }
    let told = station.run(&["remote", "list"]).to_string() + &station.run(&["status"]).to_string();
    assert!(!told.contains(TOKEN), "it is not shown");
}

#[test]
fn a_token_that_is_taken_away_parks_the_work_and_loses_nothing() {
    let server = guarded();
    let dir = tempfile::tempdir().expect("a folder");
    let station = Desk::own(dir.path());
    let file = station.file("token", TOKEN.as_bytes());
    knows(
        &station,
        &server,
        &["--token-file", &file.display().to_string()],
    );
    sync(&station);
    change(&station, "Patient/p1", |patient| {
        patient["active"] = true.into()
    });
    server.set(|switches| switches.token = Some("another".to_owned()));
    station
        .refused(&["sync", "--once"], "signed_out")
        .comforts();
    let entry = station.run(&["outbox", "list"])[0].clone();
    assert_eq!(
        (entry["state"].as_str(), entry["attempts"].as_u64()),
        (Some("pending"), Some(0))
    );
    server.set(|switches| switches.token = Some(TOKEN.to_owned()));
    assert_eq!(sync(&station)["pushed"], 1);
}

#[test]
fn client_credentials_get_a_token_where_the_server_says_and_a_new_one_when_it_runs_out() {
    let server = guarded();
    server.set(|switches| switches.client = Some(("haven".to_owned(), SECRET.to_owned())));
    let dir = tempfile::tempdir().expect("a folder");
    let station = Desk::own(dir.path());
    let file = station.file("secret", SECRET.as_bytes());
    let path = file.display().to_string();
    knows(
        &station,
        &server,
        &["--client-id", "haven", "--client-secret-file", &path],
    );
    std::fs::remove_file(&file).expect("the file is needed no longer");
    assert_eq!(sync(&station)["pulled"], 1);
    server.asked();
    sync(&station);
    assert!(
        !server.asked().iter().any(|asked| asked.contains("/token")),
        "a token is used for as long as it is good"
    );
    server.set(|switches| switches.token = Some("the-next-token".to_owned()));
    sync(&station);
    let needles = Needles::of(
        &[SECRET.to_owned(), "the-next-token".to_owned()]
            .into_iter()
            .collect(),
    );
    for (path, bytes) in folder::content(station.store(), &[]) {
        assert!(
            needles.found_in(&bytes).is_empty(),
            "{} holds a secret",
            path.display()
        );
    }
}

#[test]
fn a_wrong_secret_is_told_and_nothing_is_sent() {
    let server = guarded();
    server.set(|switches| switches.client = Some(("haven".to_owned(), SECRET.to_owned())));
    let dir = tempfile::tempdir().expect("a folder");
    let station = Desk::own(dir.path());
    let file = station.file("secret", b"not the secret");
    let path = file.display().to_string();
    knows(
        &station,
        &server,
        &["--client-id", "haven", "--client-secret-file", &path],
    );
    station
        .refused(&["sync", "--once"], "signed_out")
        .comforts();
}
