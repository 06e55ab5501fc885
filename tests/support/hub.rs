//! A hub of its own process, and plain HTTP towards it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::binary;
use super::station::PASSPHRASE;

/// A hub's database and the process that serves it.
pub struct Hub {
    database: String,
    process: Option<Child>,
    /// `127.0.0.1:port`.
    pub address: String,
}

impl Hub {
    /// A new hub named `name` in `dir`, serving.
    pub fn start(dir: &Path, name: &str) -> Self {
        let mut hub = Self {
            database: format!("sqlite:{}", dir.join(format!("{name}.db")).display()),
            process: None,
            address: "127.0.0.1:0".to_owned(),
        };
        hub.tool(&[
            "init",
            "--admin",
            "terrance",
            "--clinic",
            "North Shore Home Care",
        ]);
        hub.serve();
        hub
    }

    /// Serves, at the address it had before.
    pub fn serve(&mut self) {
        let mut process = Command::new(binary("haven-hub"))
            .args(["serve", "--db", &self.database, "--listen", &self.address])
            .env("HAVEN_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the hub starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its line is piped"))
            .read_line(&mut line)
            .expect("the hub prints its URL");
        let at = line.find("http://").expect("the line holds a URL");
        self.address = line[at + "http://".len()..].trim().to_owned();
        self.process = Some(process);
    }

    /// Kills the process, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("the hub can be killed");
            process.wait().expect("the hub ends");
        }
    }

    /// Where it serves.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// An invitation code.
    pub fn invite(&self, user: &str, role: &str) -> String {
        self.tool(&["invite", "--user", user, "--role", role])
    }

    /// Runs `haven-hub` on this hub's database.
    pub fn tool(&self, arguments: &[&str]) -> String {
        let output = Command::new(binary("haven-hub"))
            .args(arguments)
            .args(["--db", &self.database])
            .env("HAVEN_PASSPHRASE", PASSPHRASE)
            .env("HAVEN_LOG", "error")
            .output()
            .expect("haven-hub runs");
        assert!(
            output.status.success(),
            "{arguments:?} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout)
            .expect("answers are UTF-8")
            .trim()
            .to_owned()
    }

    /// The admin's access token.
    pub fn token(&self) -> String {
        let form = format!(
            "grant_type=password&username=terrance&password={}",
            PASSPHRASE.replace(' ', "+")
        );
        let (status, body) = self.request(
            "POST",
            "/auth/token",
            &[("Content-Type", "application/x-www-form-urlencoded")],
            form.as_bytes(),
        );
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        let answer: Value = serde_json::from_slice(&body).expect("a token is JSON");
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    /// The bytes of `GET /fhir/R4/{key}`.
    pub fn fhir(&self, token: &str, key: &str) -> (u16, Vec<u8>) {
        let bearer = format!("Bearer {token}");
        self.request(
            "GET",
            &format!("/fhir/R4/{key}"),
            &[
                ("Authorization", &bearer),
                ("Accept", "application/fhir+json"),
            ],
            b"",
        )
    }

    /// One request of HTTP/1.0, whose answer ends with the connection.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).expect("the hub takes connections");
        let mut head = format!(
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream
            .write_all(&[head.as_bytes(), body].concat())
            .expect("the request is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the answer is read");
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .expect("an answer has a head");
        let status = std::str::from_utf8(&answer[9..12])
            .ok()
            .and_then(|digits| digits.parse().ok())
            .expect("a status");
        (status, answer[end + 4..].to_vec())
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.kill();
    }
}
