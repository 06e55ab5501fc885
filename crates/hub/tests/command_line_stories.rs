//! `haven-hub` as the person who runs the clinic's server types it.

mod clinic;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use clinic::{Clinic, PASSPHRASE};
use haven_model::wire::TokenResponse;
use serde_json::{Value, json};

fn hub(db: &Path, arguments: &[&str]) -> Output {
    let mut words: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
    words.extend(["--db".to_owned(), format!("sqlite:{}", db.display())]);
    Command::new(env!("CARGO_BIN_EXE_haven-hub"))
        .args(words)
        .env("HAVEN_PASSPHRASE", PASSPHRASE)
        .output()
        .expect("the program runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone())
        .expect("utf-8")
        .trim()
        .to_owned()
}

fn answer(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

fn done(output: Output) -> Output {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// A server that is ended with the story.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(db: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_haven-hub"))
            .args(["serve", "--listen", "127.0.0.1:0", "--db"])
            .arg(db)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("a line");
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .expect("its one line")
            .to_owned();
        Self { child, url }
    }

    #[cfg(unix)]
    fn terminate(mut self) {
        let killed = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(killed.expect("kill runs").success());
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "SIGTERM ends it in order: {status}");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn init_makes_one_hub_and_never_another_over_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = folder.path().join("hub.db");
    let made = done(hub(
        &db,
        &["init", "--admin", "root", "--clinic", "North", "--json"],
    ));
    assert_eq!(answer(&made)["clinic"], "North");
    assert_eq!(
        hub(&db, &["init", "--admin", "root"]).status.code(),
        Some(5)
    );
    assert_eq!(
        hub(&folder.path().join("none.db"), &["users", "list"])
            .status
            .code(),
        Some(1)
    );
    let postgres = Command::new(env!("CARGO_BIN_EXE_haven-hub"))
        .args(["users", "list", "--db", "postgres://host/db"])
        .output()
        .expect("the program runs");
    assert_eq!(postgres.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&postgres.stderr).contains("not built in"));

    let mut child = Command::new(env!("CARGO_BIN_EXE_haven-hub"))
        .args(["init", "--admin", "root", "--passphrase-stdin", "--db"])
        .arg(folder.path().join("second.db"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program runs");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(b"from standard input\n")
        .expect("written");
    assert!(child.wait().expect("it ends").success());
    assert_eq!(
        Command::new(env!("CARGO_BIN_EXE_haven-hub"))
            .args(["init", "--admin", "root", "--db"])
            .arg(folder.path().join("third.db"))
            .env("HAVEN_PASSPHRASE", "short")
            .output()
            .expect("the program runs")
            .status
            .code(),
        Some(2)
    );
    assert!(
        !folder.path().join("third.db").exists(),
        "a refused init leaves nothing"
    );
}

#[tokio::test]
async fn serving_inviting_and_seeding_go_on_side_by_side() {
    let clinic = Clinic::open().await;
    let db = clinic.folder.path().join("served.db");
    done(hub(&db, &["init", "--admin", "admin"]));
    let served = Served::start(&db);
    let code = stdout(&done(hub(
        &db,
        &["invite", "--user", "ana", "--role", "clinician"],
    )));
    let joined = clinic
        .http
        .post(format!("{}/devices", served.url))
        .json(&json!({"code": code, "deviceId": "dev-a", "deviceName": "laptop", "password": PASSPHRASE}))
        .send()
        .await
        .expect("an answer");
    let joined: Value = joined.json().await.expect("an enrolment");
    let tokens: TokenResponse = serde_json::from_value(joined["tokens"].clone()).expect("tokens");
    let seeded = done(hub(
        &db,
        &[
            "seed",
            "--patients",
            "3",
            "--seed",
            "7",
            "--today",
            "2026-11-23",
            "--json",
        ],
    ));
    let created = answer(&seeded)["created"].as_u64().expect("a count");
    assert!(created > 10, "three patients have a history");
    let again = done(hub(
        &db,
        &[
            "seed",
            "--patients",
            "3",
            "--seed",
            "7",
            "--today",
            "2026-11-23",
            "--json",
        ],
    ));
    assert_eq!(
        (
            answer(&again)["created"].as_u64(),
            answer(&again)["unchanged"].as_u64()
        ),
        (Some(0), Some(created))
    );

    let ana = clinic::Person {
        base: served.url.clone(),
        ..clinic.person(&tokens.access_token, "dev-a")
    };
    let page = ana.pull(None).await;
    assert_eq!(
        page.total,
        Some(created),
        "what another process seeded is served"
    );
    assert_eq!(page.changes[0].user.as_deref(), Some("seed"));

    let devices = answer(&done(hub(&db, &["devices", "list", "--json"])));
    assert_eq!(devices[0]["id"], "dev-a");
    done(hub(&db, &["devices", "revoke", "dev-a"]));
    assert_eq!(
        ana.get("/devices").await.status(),
        401,
        "revoked on the command line, refused by the server"
    );
    #[cfg(unix)]
    served.terminate();
}

#[test]
fn files_of_every_kind_are_imported_and_what_is_not_taken_is_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = folder.path().join("hub.db");
    done(hub(&db, &["init", "--admin", "root"]));
    let rows = [
        r#"{"resourceType":"Patient","id":"p1","multipleBirthInteger":1}"#,
        "",
        r#"{"resourceType":"Observation","id":"o1","code":{"text":"x"}}"#,
        "not json",
        r#"{"resourceType":"Patient"}"#,
    ]
    .join("\n");
    let plain = folder.path().join("rows.ndjson");
    std::fs::write(&plain, &rows).expect("written");
    let zst = folder.path().join("rows.zst");
    std::fs::write(
        &zst,
        zstd::encode_all(rows.replace("p1", "p2").as_bytes(), 3).expect("packs"),
    )
    .expect("written");
    let gz = folder.path().join("bundle.json.gz");
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "id": "p3"}},
        {"resource": {"resourceType": "Condition", "id": "c1", "subject": {"reference": "urn:uuid:1"}}}]});
    let mut packer = flate2::write::GzEncoder::new(
        std::fs::File::create(&gz).expect("made"),
        flate2::Compression::fast(),
    );
    packer
        .write_all(
            serde_json::to_string_pretty(&bundle)
                .expect("JSON")
                .as_bytes(),
        )
        .expect("packs");
    packer.finish().expect("packs");

    let files: Vec<&str> = [&plain, &zst, &gz]
        .map(|path| path.to_str().expect("utf-8"))
        .to_vec();
    let mut words = vec!["import", "--json"];
    words.extend(&files);
    let report = answer(&done(hub(&db, &words)));
    assert_eq!(
        (report["created"].as_u64(), report["rejected"].as_u64()),
        (Some(6), Some(4)),
        "{report}"
    );
    let rejected = std::fs::read_to_string(folder.path().join("rows.ndjson.rejected.ndjson"))
        .expect("beside it");
    let rejected: Vec<Value> = rejected
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(
        (
            rejected[0]["line"].as_u64(),
            rejected[0]["row"]["id"].as_str()
        ),
        (Some(3), Some("o1"))
    );
    assert!(
        rejected[0]["reason"]
            .as_str()
            .expect("words")
            .contains("Observation.status")
    );
    assert_eq!(rejected[1]["row"], "not json");
    let connection = rusqlite::Connection::open(&db).expect("opens");
    let body: Vec<u8> = connection
        .query_row(
            "SELECT body FROM resource_version WHERE id = 'c1'",
            [],
            |row| row.get("body"),
        )
        .expect("imported");
    assert!(
        String::from_utf8(body)
            .expect("utf-8")
            .contains(r#""Patient/p3""#),
        "references are made good"
    );
    let again = answer(&done(hub(&db, &["import", "--json", files[2]])));
    assert_eq!(
        (again["created"].as_u64(), again["unchanged"].as_u64()),
        (Some(0), Some(2))
    );
}

#[test]
fn migrations_go_down_only_when_nothing_is_lost_or_it_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = folder.path().join("hub.db");
    done(hub(&db, &["init", "--admin", "root"]));
    done(hub(
        &db,
        &[
            "seed",
            "--patients",
            "1",
            "--seed",
            "1",
            "--today",
            "2026-11-23",
        ],
    ));
    assert_eq!(
        hub(&db, &["migrate", "down", "--to", "0"]).status.code(),
        Some(5)
    );
    let status = answer(&done(hub(&db, &["migrate", "status", "--json"])));
    assert_eq!(status["migrations"][0]["applied"], true);
    done(hub(&db, &["migrate", "down", "--to", "0", "--drop-data"]));
    assert_eq!(
        hub(&db, &["users", "list"]).status.code(),
        Some(5),
        "it says that migrations are missing"
    );
    done(hub(&db, &["migrate", "up"]));
    assert_eq!(
        hub(&db, &["users", "list"]).status.code(),
        Some(1),
        "an empty schema is no hub"
    );
}

#[test]
fn people_are_added_and_removed_but_not_the_last_admin() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = folder.path().join("hub.db");
    done(hub(&db, &["init", "--admin", "root"]));
    done(hub(
        &db,
        &[
            "users",
            "add",
            "ana",
            "--role",
            "nurse",
            "--display-name",
            "Ana Pérez",
        ],
    ));
    let users = answer(&done(hub(&db, &["users", "list", "--json"])));
    assert_eq!(users[0]["displayName"], "Ana Pérez");
    assert!(users[0].get("passwordHash").is_none());
    assert_eq!(
        hub(&db, &["users", "remove", "root"]).status.code(),
        Some(5)
    );
    done(hub(&db, &["users", "remove", "ana"]));
    assert_eq!(hub(&db, &["users", "remove", "ana"]).status.code(), Some(1));
    assert_eq!(
        hub(&db, &["users", "add", "x", "--role", "king"])
            .status
            .code(),
        Some(2)
    );
}
