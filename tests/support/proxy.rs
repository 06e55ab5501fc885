//! A network between workstation and hub that fails as networks do.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It reaches the hub and its answer comes back.
    Straight,
    /// It is answered here, at once, with these bytes, when its path begins so.
    Answers(&'static str, &'static str),
    /// It reaches the hub, and the answer breaks off half-way, when its path begins so.
    CutsAnswer(&'static str),
    /// The connection is closed without a word, when its path begins so.
    HangsUp(&'static str),
}

/// A sign-in page, as a guest network answers everything.
pub const HTML: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 52\r\nConnection: close\r\n\r\n<html><body>Welcome to Guest WiFi</body></html>     ";

/// A hub's own failure.
pub const BROKEN: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

/// JSON by name only.
pub const GARBAGE: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\nConnection: close\r\n\r\n{\"status\":\"o\u{0}]}}";

/// JSON, but nothing that a hub says.
pub const OTHER_JSON: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\nConnection: close\r\n\r\n{\"hello\":\"world\"}";

/// A redirect to a place that must not get a chart.
pub const ELSEWHERE: &str = "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

struct Shared {
    mood: Mutex<Mood>,
    upstream: Mutex<String>,
    paths: Mutex<Vec<String>>,
    open: Mutex<bool>,
}

/// The network.
pub struct Proxy {
    shared: Arc<Shared>,
    address: String,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// In front of the hub at `upstream` (`host:port`).
    pub fn to(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let shared = Arc::new(Shared {
            mood: Mutex::new(Mood::Straight),
            upstream: Mutex::new(upstream.to_owned()),
            paths: Mutex::new(Vec::new()),
            open: Mutex::new(true),
        });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if !*lock(&of_thread.open) {
                    return;
                }
                let shared = Arc::clone(&of_thread);
                std::thread::spawn(move || {
                    // A connection that breaks is what this is for.
                    let _ = stream.and_then(|stream| serve(stream, &shared));
                });
            }
        });
        Self {
            shared,
            address,
            thread: Some(thread),
        }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on.
    pub fn set(&self, mood: Mood) {
        *lock(&self.shared.mood) = mood;
    }

    /// Leads to another hub from now on.
    pub fn lead_to(&self, upstream: &str) {
        *lock(&self.shared.upstream) = upstream.to_owned();
    }

    /// The paths asked for since the last question.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.shared.paths))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        *lock(&self.shared.open) = false;
        // Wakes the listener so that it sees that it is over.
        let _ = TcpStream::connect(&self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn serve(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let Some((head, body)) = read_request(&mut stream)? else {
        return Ok(());
    };
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    lock(&shared.paths).push(path.clone());
    let mood = lock(&shared.mood).clone();
    match mood {
        Mood::Answers(prefix, answer) if path.starts_with(prefix) => {
            stream.write_all(answer.as_bytes())?;
        }
        Mood::HangsUp(prefix) if path.starts_with(prefix) => {}
        Mood::CutsAnswer(prefix) if path.starts_with(prefix) => {
            let answer = forward(&head, &body, shared)?;
            let end = answer
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
                .map_or(answer.len(), |at| at + 4);
            stream.write_all(&answer[..end + (answer.len() - end) / 2])?;
        }
        Mood::Straight | Mood::Answers(..) | Mood::CutsAnswer(_) | Mood::HangsUp(_) => {
            stream.write_all(&forward(&head, &body, shared)?)?;
        }
    }
    stream.shutdown(Shutdown::Both)
}

fn read_request(stream: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 8192];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk[..read]);
    };
    let body = bytes.split_off(end);
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let length: usize = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0);
    let mut body = body;
    while body.len() < length {
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Ok(None);
        }
        body.extend_from_slice(&chunk[..read]);
    }
    Ok(Some((head, body)))
}

/// Asks the hub the same, on a connection that ends with the answer.
fn forward(head: &str, body: &[u8], shared: &Shared) -> std::io::Result<Vec<u8>> {
    let upstream = lock(&shared.upstream).clone();
    let mut hub = TcpStream::connect(upstream)?;
    let mut lines: Vec<&str> = head
        .trim_end()
        .lines()
        .filter(|line| !line.to_ascii_lowercase().starts_with("connection:"))
        .collect();
    lines.push("Connection: close");
    hub.write_all(&[lines.join("\r\n").as_bytes(), b"\r\n\r\n", body].concat())?;
    let mut answer = Vec::new();
    hub.read_to_end(&mut answer)?;
    Ok(answer)
}
