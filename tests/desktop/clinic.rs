//! A clinic of real processes: a hub and workstations, through their command lines.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::window::{binary, first_line};

/// The passphrase of everybody in these stories.
pub const PASSPHRASE: &str = "quiet harbour lantern";

/// A hub's database and, while it serves, its process.
pub struct HubProcess {
    database: String,
    listen: String,
    process: Option<Child>,
    /// Where it serves, or served.
    pub url: String,
}

impl HubProcess {
    /// A hub with `patients` seeded, serving.
    pub fn start(dir: &Path, patients: u32) -> Self {
        let database = format!("sqlite:{}", dir.join("hub.db").display());
        let mut hub = Self {
            database,
            listen: "127.0.0.1:0".to_owned(),
            process: None,
            url: String::new(),
        };
        hub.tool(&[
            "init",
            "--admin",
            "terrance",
            "--clinic",
            "North Shore Home Care",
        ]);
        hub.tool(&["seed", "--patients", &patients.to_string(), "--seed", "7"]);
        hub.serve();
        hub
    }

    /// Serves at the address it had before.
    pub fn serve(&mut self) {
        let mut process = Command::new(binary("haven-hub"))
            .args(["serve", "--db", &self.database, "--listen", &self.listen])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the hub starts");
        let line = first_line(&mut process);
        let at = line.find("http").expect("the hub prints its URL");
        self.url = line[at..].to_owned();
        self.listen = self.url.trim_start_matches("http://").to_owned();
        self.process = Some(process);
    }

    /// Kills the process, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("the hub can be killed");
            process.wait().expect("the hub ends");
        }
    }

    /// An invitation code.
    pub fn invite(&self, user: &str, name: &str) -> String {
        self.tool(&[
            "invite",
            "--user",
            user,
            "--role",
            "clinician",
            "--display-name",
            name,
        ])
    }

    fn tool(&self, arguments: &[&str]) -> String {
        let output = Command::new(binary("haven-hub"))
            .args(arguments)
            .args(["--db", &self.database])
            .env("HAVEN_PASSPHRASE", PASSPHRASE)
            .output()
            .expect("haven-hub runs");
        succeed(&output, arguments)
    }
}

impl Drop for HubProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A workstation, through its command line.
pub struct Station {
    /// The folder of its store.
    pub store: PathBuf,
    user: String,
}

impl Station {
    /// A workstation that has joined the hub and received everything.
    pub fn enrolled(dir: &Path, hub: &HubProcess, user: &str, name: &str, device: &str) -> Self {
        let station = Self {
            store: dir.join(user),
            user: user.to_owned(),
        };
        let code = hub.invite(user, name);
        station.run(&["enrol", &hub.url, "--code", &code, "--device-name", device]);
        station.run(&["sync", "--once"]);
        station
    }

    /// Runs a command that must succeed, and reads its JSON answer.
    pub fn run(&self, arguments: &[&str]) -> Value {
        let output = self.attempt(arguments);
        serde_json::from_str(&succeed(&output, arguments)).expect("--json answers one document")
    }

    /// Runs a command, whatever comes of it.
    pub fn attempt(&self, arguments: &[&str]) -> Output {
        Command::new(binary("haven"))
            .arg("--store")
            .arg(&self.store)
            .args(["--user", &self.user, "--json"])
            .args(arguments)
            .env("HAVEN_PASSPHRASE", PASSPHRASE)
            .output()
            .expect("haven runs")
    }

    /// Runs commands one after the other in one process, unlocked once; all must succeed.
    pub fn batch(&self, lines: &[String]) -> Vec<Value> {
        let file = self.store.with_extension("batch");
        std::fs::write(&file, lines.join("\n") + "\n").expect("the commands can be written");
        let output = Command::new(binary("haven"))
            .arg("--store")
            .arg(&self.store)
            .args(["--user", &self.user, "--json", "batch"])
            .env("HAVEN_PASSPHRASE", PASSPHRASE)
            .stdin(std::fs::File::open(&file).expect("the commands can be read"))
            .output()
            .expect("haven runs");
        let answers: Vec<Value> = succeed(&output, &["batch"])
            .lines()
            .map(|line| serde_json::from_str(line).expect("an answer a line"))
            .collect();
        assert_eq!(answers.len(), lines.len(), "every command is answered");
        answers
    }

    /// The command that writes a resource.
    pub fn to_put(&self, resource: &Value) -> String {
        let folder = self.store.with_extension("files");
        std::fs::create_dir_all(&folder).expect("a folder for files");
        let name = format!("{}.json", resource["id"].as_str().expect("an id"));
        let file = folder.join(name);
        std::fs::write(&file, resource.to_string()).expect("a resource can be written");
        format!("put {}", file.display())
    }

    /// Changes a resource with `edit` and puts it back.
    pub fn change(&self, key: &str, edit: impl FnOnce(&mut Value)) {
        let mut resource = self.run(&["get", key]);
        edit(&mut resource);
        let file = self.store.with_extension("edit.json");
        std::fs::write(&file, resource.to_string()).expect("the edit can be written");
        self.run(&["put", &file.display().to_string()]);
        std::fs::remove_file(&file).expect("the edit can be removed");
    }
}

fn succeed(output: &Output, arguments: &[&str]) -> String {
    assert!(
        output.status.success(),
        "{arguments:?} failed with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone())
        .expect("answers are UTF-8")
        .trim()
        .to_owned()
}
