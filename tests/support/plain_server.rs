//! A plain FHIR R4 server whose behaviours are switches: what servers do well, and what they do.
//!
//! Its clock stands in 2019 and moves a second with every write, so that a client that trusts its own
//! clock is found out.

pub mod http;
mod records;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use serde_json::{Value, json};

use http::{Request, Response};

/// What a server makes of bounds on `_lastUpdated`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Bounds {
    Kept,
    /// As if there were none.
    Ignored,
    /// Nothing is before anything.
    NothingBefore,
}

/// What a server's type histories are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Histories {
    /// There are none.
    None,
    /// All that was written, the newest first, page by page.
    Whole,
    /// The oldest first.
    OldestFirst,
    /// `_since` is passed over.
    Unbounded,
    /// The first page, and no word of another.
    CutShort,
    /// Always empty.
    Empty,
    /// What a search would answer.
    Search,
}

/// What a server is like, and what befalls those who ask it.
#[derive(Clone)]
pub struct Switches {
    /// It chooses the ids itself.
    pub server_ids: bool,
    /// It refuses outdated writes.
    pub if_match: bool,
    /// With this status.
    pub lost_race: u16,
    /// Its resources carry `meta.versionId`.
    pub versions: bool,
    /// How a deleted resource is read.
    pub deleted: u16,
    /// It takes batches and transactions.
    pub bundles: bool,
    /// Its transactions roll back.
    pub atomic: bool,
    /// It refuses resources that refer to what it has not got.
    pub checks_references: bool,
    /// Its pages have next links.
    pub next_links: bool,
    /// Its searches tell a total.
    pub totals: bool,
    /// What it makes of bounds on `_lastUpdated`.
    pub bounds: Bounds,
    /// What its type histories are like.
    pub histories: Histories,
    /// It finds resources by patient, by general practitioner, by date.
    pub narrows: bool,
    /// At most so many on a page.
    pub page_cap: usize,
    /// Bundles with more entries are too large.
    pub max_entries: usize,
    /// 1.50 comes back as 1.5.
    pub shortens_numbers: bool,
    /// After the next write, which is done, nothing is answered any more.
    pub goes_silent: bool,
    /// Nothing is answered.
    pub silent: bool,
    /// The next requests are answered with 429 and `Retry-After: 1`.
    pub busy: u32,
    /// Every request is answered with this status.
    pub fails: Option<u16>,
    /// Every request is answered with a sign-in page.
    pub html: bool,
    /// After so many pages of a search, connections break.
    pub breaks_after_pages: Option<u32>,
    /// A link to a next page is dead.
    pub dead_links: bool,
    /// Resources that are shown with parts left out.
    pub masked: BTreeSet<String>,
    /// Resources that may not be written.
    pub forbidden: BTreeSet<String>,
    /// Resources that are no longer shown at all, as after access was taken away.
    pub hidden: BTreeSet<String>,
    /// Who asks must carry this token.
    pub token: Option<String>,
    /// Tokens are had with this client id and secret.
    pub client: Option<(String, String)>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            server_ids: false,
            if_match: true,
            lost_race: 412,
            versions: true,
            deleted: 410,
            bundles: true,
            atomic: true,
            checks_references: false,
            next_links: true,
            totals: true,
            bounds: Bounds::Kept,
            histories: Histories::None,
            narrows: true,
            page_cap: 1_000,
            max_entries: usize::MAX,
            shortens_numbers: false,
            goes_silent: false,
            silent: false,
            busy: 0,
            fails: None,
            html: false,
            breaks_after_pages: None,
            dead_links: false,
            masked: BTreeSet::new(),
            forbidden: BTreeSet::new(),
            hidden: BTreeSet::new(),
            token: None,
            client: None,
        }
    }
}

/// One resource and its versions, the current one last; `None` is a deletion.
pub(crate) struct Record {
    pub body: Option<Value>,
    pub version: u64,
    pub updated_s: u64,
}

#[derive(Default)]
pub(crate) struct State {
    pub switches: Switches,
    pub records: BTreeMap<String, Record>,
    pub clock_s: u64,
    /// The clock stands here.
    pub stands_at: Option<u64>,
    pub serial: u64,
    /// Every version written: its key, its body, its number, when.
    pub log: Vec<(String, Option<Value>, u64, u64)>,
    pub asked: Vec<String>,
    pub pages: BTreeMap<u64, Vec<String>>,
}

/// The server.
pub struct PlainServer {
    state: Arc<Mutex<State>>,
    address: String,
    thread: Option<JoinHandle<()>>,
}

impl PlainServer {
    /// One that does everything well.
    pub fn start() -> Self {
        Self::with(|_| {})
    }

    /// One that is as `set` says.
    pub fn with(set: impl FnOnce(&mut Switches)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let mut switches = Switches::default();
        set(&mut switches);
        let state = Arc::new(Mutex::new(State {
            switches,
            ..State::default()
        }));
        let of_thread = Arc::clone(&state);
        let own = address.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&of_thread);
                if state.lock().is_ok_and(|state| state.serial == u64::MAX) {
                    return;
                }
                let own = own.clone();
                std::thread::spawn(move || {
                    // A connection that breaks is what this is for.
                    let _ = stream.and_then(|stream| serve(stream, &state, &own));
                });
            }
        });
        Self {
            state,
            address,
            thread: Some(thread),
        }
    }

    /// What it answers, with no network between; `None` where a connection would break.
    pub fn hear(&self, request: &Request) -> Option<Response> {
        hear(&self.state, request, &self.address)
    }

    /// Its base address.
    pub fn url(&self) -> String {
        format!("http://{}/fhir", self.address)
    }

    /// The next write is done, and from then on nothing is answered.
    pub fn fall_silent_after_a_write(&self) {
        self.set(|switches| switches.goes_silent = true);
    }

    /// Answers again.
    pub fn speak(&self) {
        self.set(|switches| (switches.goes_silent, switches.silent) = (false, false));
    }

    /// From now on.
    pub fn set(&self, set: impl FnOnce(&mut Switches)) {
        set(&mut self.lock().switches);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Someone else writes a resource.
    pub fn put(&self, resource: Value) {
        let key = format!(
            "{}/{}",
            resource["resourceType"].as_str().expect("a type"),
            resource["id"].as_str().expect("an id")
        );
        self.lock().write(&key, Some(resource));
    }

    /// Someone else changes a resource.
    pub fn change(&self, key: &str, change: impl FnOnce(&mut Value)) {
        let mut resource = self.get(key).expect("it is there");
        change(&mut resource);
        self.lock().write(key, Some(resource));
    }

    /// Someone else deletes a resource.
    pub fn delete(&self, key: &str) {
        self.lock().write(key, None);
    }

    /// What is written meanwhile carries one instant.
    pub fn in_one_instant(&self, write: impl FnOnce(&Self)) {
        let at = self.lock().clock_s + 1;
        self.lock().stands_at = Some(at);
        write(self);
        self.lock().stands_at = None;
    }

    /// Days go by.
    pub fn pass_days(&self, days: u64) {
        self.lock().clock_s += days * 86_400;
    }

    /// What it holds under a key.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.lock().records.get(key)?.body.clone()
    }

    /// The number of versions that a key has had.
    pub fn version(&self, key: &str) -> u64 {
        self.lock()
            .records
            .get(key)
            .map_or(0, |record| record.version)
    }

    /// The keys of what it holds, of one type.
    pub fn keys(&self, kind: &str) -> Vec<String> {
        let prefix = format!("{kind}/");
        self.lock()
            .records
            .iter()
            .filter(|(key, record)| key.starts_with(&prefix) && record.body.is_some())
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// `METHOD path` of every request since the last question.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().asked)
    }

    /// What the server holds, to be put back later.
    pub fn backup(&self) -> BTreeMap<String, (Option<Value>, u64, u64)> {
        let state = self.lock();
        let copy = |record: &Record| (record.body.clone(), record.version, record.updated_s);
        state
            .records
            .iter()
            .map(|(key, record)| (key.clone(), copy(record)))
            .collect()
    }

    /// Goes back to a backup; the clock goes on.
    pub fn restore(&self, backup: BTreeMap<String, (Option<Value>, u64, u64)>) {
        self.lock().records = backup
            .into_iter()
            .map(|(key, (body, version, updated_s))| {
                let record = Record {
                    body,
                    version,
                    updated_s,
                };
                (key, record)
            })
            .collect();
    }
}

impl Drop for PlainServer {
    fn drop(&mut self) {
        self.lock().serial = u64::MAX;
        // Wakes the listener so that it sees that it is over.
        let _ = TcpStream::connect(&self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>, own: &str) -> std::io::Result<()> {
    let Some(request) = Request::read(&mut stream)? else {
        return Ok(());
    };
    if let Some(answer) = hear(state, &request, own) {
        stream.write_all(&answer.bytes())?;
    }
    stream.shutdown(Shutdown::Both)
}

fn hear(state: &Mutex<State>, request: &Request, own: &str) -> Option<Response> {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state
        .asked
        .push(format!("{} {}", request.method, request.target));
    answer(&mut state, request, own)
}

/// `None` when the connection is to break without an answer.
fn answer(state: &mut State, request: &Request, own: &str) -> Option<Response> {
    if state.switches.silent {
        return None;
    }
    if state.switches.html {
        return Some(Response::html());
    }
    if let Some(status) = state.switches.fails {
        return Some(Response::outcome(status, "transient", "out of order"));
    }
    if state.switches.busy > 0 {
        state.switches.busy -= 1;
        return Some(Response::outcome(429, "throttled", "later").with("Retry-After", "1"));
    }
    let path = request.path().trim_start_matches("/fhir").to_owned();
    if path == "/.well-known/smart-configuration" && state.switches.client.is_some() {
        let document = json!({"token_endpoint": format!("http://{own}/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_basic"]});
        return Some(Response::json(200, &document));
    }
    if request.path() == "/token" {
        return Some(token(state, request));
    }
    if path == "/metadata" {
        return Some(Response::json(200, &statement(&state.switches)));
    }
    if let Some(token) = &state.switches.token
        && request.header("authorization") != Some(&format!("Bearer {token}"))
    {
        return Some(Response::outcome(401, "login", "who are you"));
    }
    if request.method == "GET"
        && request.target.contains("_count=")
        && let Some(left) = &mut state.switches.breaks_after_pages
    {
        if *left == 0 {
            return None;
        }
        *left -= 1;
    }
    if request.header("content-encoding").is_some() {
        return Some(Response::outcome(415, "not-supported", "plain bodies only"));
    }
    let writes = request.method != "GET";
    let answer = state.answer(request, path.trim_matches('/'), own);
    if writes && state.switches.goes_silent && answer.status < 300 {
        state.switches.silent = true;
        return None;
    }
    Some(answer)
}

fn token(state: &State, request: &Request) -> Response {
    let form = String::from_utf8_lossy(&request.body).into_owned();
    let Some((id, secret)) = &state.switches.client else {
        return Response::json(404, &json!({}));
    };
    // RFC 6749 §2.3.1: id and secret by HTTP Basic.
    let expected = format!("Basic {}", http::base64(&format!("{id}:{secret}")));
    let is_right = request.header("authorization") == Some(&expected)
        && form.contains("grant_type=client_credentials");
    if !is_right {
        return Response::json(401, &json!({"error": "invalid_client"}));
    }
    let token = state.switches.token.clone().unwrap_or_default();
    Response::json(
        200,
        &json!({"access_token": token, "token_type": "bearer", "expires_in": 300}),
    )
}

fn statement(switches: &Switches) -> Value {
    let kinds = [
        "Patient",
        "Practitioner",
        "Encounter",
        "Condition",
        "Observation",
        "Appointment",
        "CareTeam",
    ];
    let resources: Vec<Value> = kinds
        .into_iter()
        .map(|kind| json!({"type": kind, "interaction": [{"code": "read"}, {"code": "search-type"}]}))
        .collect();
    let mut interactions = Vec::new();
    if switches.bundles {
        interactions.push(json!({"code": "batch"}));
        interactions.push(json!({"code": "transaction"}));
    }
    json!({"resourceType": "CapabilityStatement", "status": "active", "kind": "instance",
        "fhirVersion": "4.0.1", "software": {"name": "Plain"},
        "rest": [{"mode": "server", "resource": resources, "interaction": interactions}]})
}
