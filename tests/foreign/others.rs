//! A server that others made: Medplum's router and repository, in memory. It loses decimals, tells of
//! a deletion by 404, gives no next links and rolls nothing back.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::support::say;
use super::{beside, change, observation, patient, put, sync};

/// The server's process.
pub struct Other {
    process: Child,
    pub url: String,
}

impl Other {
    /// `None` where its packages are not installed.
    pub fn start(story: &str) -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/foreign-server");
        if !folder.join("node_modules").is_dir() {
            say(&format!(
                "skipped: {story} needs the packages of tools/foreign-server (./test installs them)"
            ));
            return None;
        }
        let mut process = Command::new("node")
            .arg("serve.mjs")
            .current_dir(&folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let mut url = String::new();
        BufReader::new(process.stdout.take().expect("its line is piped"))
            .read_line(&mut url)
            .expect("the server prints its address");
        assert!(url.starts_with("http://"), "the server is ready: {url}");
        Some(Self {
            process,
            url: url.trim().to_owned(),
        })
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const PATIENT: &str = "0192e5a0-0000-7000-8000-0000000000a1";

#[test]
fn two_workstations_work_over_a_server_that_others_made() {
    let Some(server) = Other::start("a server that others made") else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let one = beside(dir.path(), "one", &server.url);
    let two = beside(dir.path(), "two", &server.url);
    put(&one, &patient(PATIENT, "Okafor"));
    let mut ids = Vec::new();
    for number in 10..40 {
        let id = format!("0192e5a0-0000-7000-8000-0000000000{number}");
        put(&one, &observation(&id, PATIENT, number));
        ids.push(id);
    }
    assert_eq!(sync(&one)["pushed"], 31);
    assert_eq!(sync(&two)["pulled"], 31);
    let key = format!("Patient/{PATIENT}");
    // Edits of different fields.
    change(&one, &key, |patient| patient["active"] = true.into());
    change(&two, &key, |patient| patient["language"] = "es".into());
    for station in [&one, &two, &one] {
        sync(station);
    }
    let (here, there) = (one.run(&["get", &key]), two.run(&["get", &key]));
    assert_eq!(here, there);
    assert_eq!(
        (&here["active"], &here["language"]),
        (&true.into(), &"es".into())
    );
    // Edits of the same.
    change(&one, &key, |patient| {
        patient["birthDate"] = "1962-07-01".into()
    });
    change(&two, &key, |patient| {
        patient["birthDate"] = "1962-07-02".into()
    });
    sync(&one);
    assert_eq!(sync(&two)["conflicts"], 1);
    let open = two.run(&["conflicts", "list"]);
    let id = open[0]["id"].as_str().expect("an id").to_owned();
    two.run(&[
        "conflicts",
        "resolve",
        &id,
        "--take",
        "local",
        "--reason",
        "passport",
    ]);
    sync(&two);
    sync(&one);
    assert_eq!(one.run(&["get", &key])["birthDate"], "1962-07-02");
    // A deletion, which it tells by 404.
    two.run(&["delete", &format!("Observation/{}", ids[0])]);
    sync(&two);
    assert_eq!(sync(&one)["removed"], 1);
    // Digits that it loses.
    let body = br#"{"resourceType":"Observation","id":"0192e5a0-0000-7000-8000-0000000000d1","status":"final","code":{"text":"potassium"},"valueQuantity":{"value":4.50}}"#;
    let path = one.file("exact.json", body);
    one.run(&["put", &path.display().to_string()]);
    assert!(sync(&one)["notices"].to_string().contains("fewer digits"));
    let again = sync(&one);
    assert_eq!(
        (again["pulled"].as_u64(), again["pushed"].as_u64()),
        (Some(0), Some(0))
    );
    let profile = one.run(&["remote", "list"])[0]["profile"].clone();
    assert_eq!(
        (&profile["clientIds"], &profile["ifMatch"]),
        (&"yes".into(), &"yes".into())
    );
    sync(&two);
    for station in [&one, &two] {
        assert_eq!(station.run(&["status"])["pending"], 0);
        station.assert_sound();
    }
}
