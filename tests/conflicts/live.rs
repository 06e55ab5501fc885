//! What the hub tells as it happens, and the page on which an admin sees how things stand.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::clinic::{Clinic, born, patient, phone};

/// Longer than any hint takes, and shorter than the first look without one.
const PATIENCE: Duration = Duration::from_secs(15);

/// A WebSocket as it is on the wire (RFC 6455); a server's frames are not masked.
struct Socket(TcpStream);

impl Socket {
    fn open(address: &str, path: &str, headers: &[(&str, &str)]) -> Result<Self, String> {
        let mut stream = TcpStream::connect(address).expect("the hub takes connections");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut head = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).expect("asked");
        let mut answer = Vec::new();
        let mut byte = [0_u8; 1];
        while !answer.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).expect("an answer has a head");
            answer.push(byte[0]);
        }
        let answer = String::from_utf8_lossy(&answer).into_owned();
        if answer.starts_with("HTTP/1.1 101") {
            assert!(
                answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
                "the key of RFC 6455 §1.3 is accepted as there"
            );
            Ok(Self(stream))
        } else {
            Err(answer)
        }
    }

    /// The next message; `None` when the server ends the conversation.
    fn next(&mut self) -> Option<Value> {
        loop {
            let mut head = [0_u8; 2];
            self.0.read_exact(&mut head).ok()?;
            let length = match head[1] & 0x7f {
                126 => {
                    let mut more = [0_u8; 2];
                    self.0.read_exact(&mut more).ok()?;
                    usize::from(u16::from_be_bytes(more))
                }
                short => usize::from(short),
            };
            let mut body = vec![0_u8; length];
            self.0.read_exact(&mut body).ok()?;
            match head[0] & 0x0f {
                1 => return Some(serde_json::from_slice(&body).expect("a message is JSON")),
                8 => return None,
                _ => {}
            }
        }
    }
}

#[test]
fn a_hint_says_that_something_is_new_and_nothing_else() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine")]);
    let address = clinic.hub.address.clone();
    let refused = Socket::open(&address, "/ws/changes", &[]).err();
    assert!(
        refused.is_some_and(|answer| answer.starts_with("HTTP/1.1 401")),
        "whoever is not signed in hears nothing"
    );
    let token = clinic.hub.token();
    let bearer = format!("Bearer {token}");
    let mut socket = Socket::open(&address, "/ws/changes", &[("Authorization", &bearer)])
        .expect("whoever is signed in is heard");
    let offered = format!("bearer.{token}");
    let mut numbers = Socket::open(
        &address,
        "/ws/metrics",
        &[("Sec-WebSocket-Protocol", &offered)],
    )
    .expect("a browser cannot set headers");
    let first = numbers.next().expect("the numbers as they are");
    assert_eq!(first["type"], "metrics");
    assert_eq!(first["values"]["haven_hub_resources"], 1);

    clinic.there.change("Patient/p", phone("555-0199"));
    clinic.there.sync();
    let hint = socket.next().expect("a hint");
    let members = hint.as_object().expect("an object");
    assert_eq!(members.len(), 2, "a hint is never the data: {hint}");
    assert_eq!(hint["type"], "changes");
    assert!(hint["seq"].is_u64());
}

#[test]
fn a_revoked_device_is_cut_off_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let clinic = Clinic::open(dir.path());
    let form = format!(
        "grant_type=password&username=bashir&password={}&device_id=probe-1",
        super::support::station::PASSPHRASE.replace(' ', "+")
    );
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let (status, body) = clinic
        .hub
        .request("POST", "/auth/token", &kind, form.as_bytes());
    assert_eq!(status, 200);
    let tokens: Value = serde_json::from_slice(&body).expect("JSON");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().expect("one"));
    let mut socket = Socket::open(
        &clinic.hub.address,
        "/ws/changes",
        &[("Authorization", &bearer)],
    )
    .expect("it may listen");
    let admin = format!("Bearer {}", clinic.hub.token());
    let (status, _) = clinic.hub.request(
        "DELETE",
        "/devices/probe-1",
        &[("Authorization", &admin)],
        b"",
    );
    assert_eq!(status, 200);
    let began = Instant::now();
    assert_eq!(socket.next(), None, "it hears nothing any more");
    assert!(began.elapsed() < PATIENCE, "because it was cut off");
}

#[test]
fn a_workstation_that_listens_has_a_change_before_it_would_have_asked() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine")]);
    clinic.here.kill();
    let mut watch = clinic
        .here
        .station
        .command(&["sync", "--watch"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let (sender, lines) = std::sync::mpsc::channel();
    let told = BufReader::new(watch.stderr.take().expect("piped"));
    let reader = std::thread::spawn(move || {
        for line in told.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    // It listens once the numbers say so: nothing else tells.
    let address = clinic.hub.address.clone();
    let mut heard = false;
    for round in 0..4 {
        clinic
            .there
            .change("Patient/p", phone(&format!("555-1{round}00")));
        clinic.there.sync();
        let began = Instant::now();
        heard = lines
            .recv_timeout(PATIENCE)
            .is_ok_and(|line| line.contains("Receiving"));
        if heard && round > 0 {
            assert!(began.elapsed() < PATIENCE, "at {address}");
            break;
        }
    }
    watch.kill().expect("it can be ended");
    watch.wait().expect("it ends");
    reader.join().expect("the reader ends");
    assert!(heard, "a hint brought the change within {PATIENCE:?}");
}

#[test]
fn an_admin_sees_devices_conflicts_and_numbers_and_no_patient() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine")]);
    let id = clinic.collide("Patient/p", born("1981-01-01"), born("1982-02-02"));
    clinic
        .here
        .ask(&format!("conflicts escalate {id} --assign chen"));
    clinic.here.sync();
    clinic.here.sync();

    let (status, body) = clinic.hub.request("GET", "/admin", &[], b"");
    let page = String::from_utf8_lossy(&body).into_owned();
    assert_eq!(status, 200);
    assert!(page.contains("autocomplete=\"current-password\""), "{page}");
    assert!(!page.contains("albertine"), "a stranger sees a form only");

    let bearer = format!("Bearer {}", clinic.hub.token());
    let (status, body) = clinic
        .hub
        .request("GET", "/admin", &[("Authorization", &bearer)], b"");
    assert_eq!(status, 200);
    let page = String::from_utf8_lossy(&body).into_owned();
    for words in [
        "Unresolved conflicts (1)",
        "update-update",
        "chen",
        "Devices (3)",
        "Last contact",
        "Waiting changes",
        "As of",
        "haven_hub_conflicts{status=&quot;open&quot;}",
        "Definition",
        "Window",
        "lang=\"en\"",
        "<th scope=\"row\">",
    ] {
        assert!(page.contains(words), "the page says {words}: {page}");
    }
    for words in [
        "Fontaine",
        "1981-01-01",
        "Patient/p",
        "<script",
        "http://",
        "https://",
    ] {
        assert!(!page.contains(words), "the page does not say {words}");
    }
    let clinician = {
        let form = format!(
            "username=bashir&password={}",
            super::support::station::PASSPHRASE.replace(' ', "+")
        );
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        clinic
            .hub
            .request("POST", "/admin/sign-in", &kind, form.as_bytes())
    };
    assert_eq!(clinician.0, 303, "signing in leads back to the page");
    let (status, text) = clinic.hub.request("GET", "/metrics", &[], b"");
    let text = String::from_utf8_lossy(&text).into_owned();
    assert_eq!(status, 200);
    assert!(
        text.contains("haven_hub_conflicts{status=\"open\"} 1"),
        "{text}"
    );
    assert!(
        text.contains("haven_hub_conflict_oldest_age_seconds"),
        "{text}"
    );
}
