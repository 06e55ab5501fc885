//! A workstation, through its command line.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

use super::binary;
use super::hub::Hub;

/// The passphrase of everybody in these stories.
pub const PASSPHRASE: &str = "quiet harbour lantern";

/// A workstation's store and who works at it.
#[derive(Clone)]
pub struct Station {
    /// The folder of its store.
    pub store: PathBuf,
    /// The login.
    pub user: String,
    /// What it is unlocked with.
    pub passphrase: String,
    /// Where its processes put temporary files, when the story looks at them.
    pub temporary: Option<PathBuf>,
}

/// What a refused command said.
#[derive(Debug)]
pub struct Refusal {
    /// The machine's word.
    pub code: String,
    /// The sentence for people.
    pub message: String,
    /// Whether the same call may succeed later.
    pub retryable: bool,
}

impl Station {
    /// A store that is there, or will be.
    pub fn at(store: impl Into<PathBuf>, user: &str) -> Self {
        Self {
            store: store.into(),
            user: user.to_owned(),
            passphrase: PASSPHRASE.to_owned(),
            temporary: None,
        }
    }

    /// A store of one's own, just made.
    pub fn own(dir: &Path) -> Self {
        let station = Self::at(dir.join("store"), "ada");
        station.run(&[
            "init",
            "--clinic",
            "Harbour Clinic",
            "--device-name",
            "Laptop",
        ]);
        station
    }

    /// A store that has joined a hub, nothing received yet.
    pub fn joined(dir: &Path, hub: &Hub, url: &str, user: &str, role: &str) -> Self {
        let station = Self::at(dir.join(user), user);
        let code = hub.invite(user, role);
        station.run(&["enrol", url, "--code", &code, "--device-name", user]);
        station
    }

    /// The same store, another folder.
    pub fn moved(&self, store: impl Into<PathBuf>) -> Self {
        Self {
            store: store.into(),
            ..self.clone()
        }
    }

    /// The same store, another passphrase.
    pub fn with_passphrase(&self, passphrase: &str) -> Self {
        Self {
            passphrase: passphrase.to_owned(),
            ..self.clone()
        }
    }

    /// A command, not yet run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary("haven"));
        command
            .arg("--store")
            .arg(&self.store)
            .args(["--user", &self.user, "--json"])
            .args(arguments)
            .env("HAVEN_PASSPHRASE", &self.passphrase)
            // Neither this machine's keychain nor its speed is what these stories are about.
            .env("HAVEN_KEYCHAIN", "off")
            .env("HAVEN_DERIVATION_MS", "0")
            .env_remove("HAVEN_LOG");
        if let Some(temporary) = &self.temporary {
            command
                .env("TMPDIR", temporary)
                .env("SQLITE_TMPDIR", temporary)
                .current_dir(temporary);
        }
        command
    }

    /// Runs a command, whatever comes of it.
    pub fn attempt(&self, arguments: &[&str]) -> Output {
        self.command(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("haven runs")
    }

    /// Runs a command that must succeed, and reads its JSON answer.
    pub fn run(&self, arguments: &[&str]) -> Value {
        let output = self.attempt(arguments);
        assert!(
            output.status.success(),
            "{arguments:?} failed with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        json(&output)
    }

    /// Runs a command that must be refused with this exit status and code.
    pub fn refused(&self, arguments: &[&str], status: i32, code: &str) -> Refusal {
        let output = self.attempt(arguments);
        refusal(&output, &format!("{arguments:?}"), status, code)
    }

    /// A batch, unlocked and waiting for its first line.
    pub fn batch(&self) -> Batch {
        Batch::of(self.command(&["batch"]))
    }

    /// Asserts that the whole store is sound.
    pub fn assert_sound(&self) -> Value {
        let output = self.attempt(&["verify", "--deep"]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "verify --deep finds the store sound: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        json(&output)
    }

    /// Writes a file beside the store.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let folder = self.store.with_extension("files");
        std::fs::create_dir_all(&folder).expect("a folder for files");
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("a file can be written");
        path
    }
}

/// The one JSON document that `--json` printed.
pub fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        let text = String::from_utf8_lossy(&output.stdout);
        let told = String::from_utf8_lossy(&output.stderr);
        unreachable!("--json answers one document ({error}): {text:.400} {told:.400}")
    })
}

/// Reads a refusal, and holds it to the form that all have.
pub fn refusal(output: &Output, what: &str, status: i32, code: &str) -> Refusal {
    let told = String::from_utf8_lossy(&output.stderr);
    let answer = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        output.status.code(),
        Some(status),
        "{what} exits {status}; stderr: {told} stdout: {answer:.400}"
    );
    let refusal = Refusal::of(&json(output), what);
    assert_eq!(refusal.code, code, "{what}: {told}");
    assert!(
        told.contains(&refusal.message),
        "{what}: people read on stderr what programs read on stdout: {told}"
    );
    refusal
}

impl Refusal {
    fn of(document: &Value, what: &str) -> Self {
        let object = document.as_object().expect("a refusal is an object");
        let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["code", "message", "retryable"],
            "{what}: a refusal has these members"
        );
        let message = document["message"].as_str().expect("words").to_owned();
        assert!(
            message.ends_with('.') && message.len() > 20,
            "{what}: the message is made of sentences: {message}"
        );
        Self {
            code: document["code"].as_str().expect("a word").to_owned(),
            message,
            retryable: document["retryable"].as_bool().expect("yes or no"),
        }
    }

    /// Asserts that the message holds these words.
    pub fn says(&self, words: &str) -> &Self {
        assert!(
            self.message.contains(words),
            "the message says \"{words}\": {}",
            self.message
        );
        self
    }

    /// Asserts that the message tells what is safe.
    pub fn comforts(&self) -> &Self {
        let comforting = [
            "Nothing was",
            "nothing is lost",
            "Nothing is lost",
            "is safe",
            "are safe",
            "are kept",
            "is kept",
            "was not changed",
            "changed and deleted nothing",
            "still encrypted",
            "unchanged",
            "is done",
        ];
        assert!(
            comforting.iter().any(|words| self.message.contains(words)),
            "the message says what is safe: {}",
            self.message
        );
        self
    }
}

/// A `haven batch` that lives.
pub struct Batch {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Batch {
    /// Starts a prepared command that is a batch.
    pub fn of(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("haven batch starts");
        Self {
            commands: child.stdin.take(),
            answers: BufReader::new(child.stdout.take().expect("its answers are piped")),
            child,
        }
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a line and does not wait; false once the process is gone.
    pub fn send(&mut self, line: &str) -> bool {
        self.commands.as_mut().is_some_and(|commands| {
            writeln!(commands, "{line}")
                .and_then(|()| commands.flush())
                .is_ok()
        })
    }

    /// The next answer; `None` when the process ended before it was whole.
    pub fn answer(&mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        self.answers.read_until(b'\n', &mut line).ok()?;
        line.ends_with(b"\n")
            .then(|| line.trim_ascii_end().to_vec())
    }

    /// Sends a line and reads the answer's bytes.
    pub fn bytes(&mut self, line: &str) -> Vec<u8> {
        assert!(self.send(line), "the batch takes a line");
        self.answer().expect("the batch answers every line")
    }

    /// Sends a line that must succeed.
    pub fn ask(&mut self, line: &str) -> Value {
        let answer = self.any(line);
        assert!(
            answer.get("retryable").is_none() || answer.get("message").is_none(),
            "{line} succeeds: {answer}"
        );
        answer
    }

    /// Sends a line and reads whatever comes.
    pub fn any(&mut self, line: &str) -> Value {
        serde_json::from_slice(&self.bytes(line)).expect("one JSON document a line")
    }

    /// Sends a line that must be refused.
    pub fn refused(&mut self, line: &str, code: &str) -> Refusal {
        let refusal = Refusal::of(&self.any(line), line);
        assert_eq!(refusal.code, code, "{line}: {}", refusal.message);
        refusal
    }

    /// The kernel's SIGKILL, as a power cut would; how many answers had got out that nobody had read.
    pub fn kill(mut self) -> usize {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a killed child ends");
        std::iter::from_fn(|| self.answer()).count()
    }

    /// Ends it in order.
    pub fn end(mut self) {
        self.commands = None;
        let status = self.child.wait().expect("the batch ends");
        assert!(status.success(), "the batch ends well: {status}");
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
