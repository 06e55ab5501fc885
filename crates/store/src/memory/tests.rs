//! The story of whoever takes the memory of a locked workstation: it holds no key and no patient.
//!
//! A process of its own unlocks a store, works in it and locks it again; then all of its writable memory
//! is searched. What is searched for is never in that process by other ways: it gets passphrase and
//! canaries through the store alone, and tells its keys under a mask.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use haven_model::Resource;

use crate::faults::{NOW, USER, new_store, op, passphrase};
use crate::keys::Passphrase;
use crate::op::OpKind;
use crate::patient::PatientQuery;
use crate::store::Store;

const FOLDER: &str = "HAVEN_MEMORY_FOLDER";
const MASK: u8 = 0x5a;

/// Names that are nowhere else, in every table that keeps text.
const PATIENTS: usize = 40;

fn family(n: usize) -> String {
    format!("Zwyntarquist{n:02}")
}

fn fill(dir: &Path) {
    let store = new_store(dir);
    store
        .transact(op(OpKind::Edit), |tx| -> crate::Result<()> {
            for n in 0..PATIENTS {
                let family = family(n);
                let patient = format!(
                    r#"{{"resourceType":"Patient","id":"p{n}","name":[{{"family":"{family}","given":["Ada"]}}],"birthDate":"1970-01-01","identifier":[{{"system":"urn:x","value":"mrn-{family}"}}]}}"#
                );
                tx.edit(Resource::parse(patient.as_bytes())?)?;
                let note = format!(
                    r#"{{"resourceType":"Condition","id":"c{n}","subject":{{"reference":"Patient/p{n}"}},"code":{{"text":"ache of {family}"}},"note":[{{"text":"{}"}}]}}"#,
                    format!("{family} says it hurts. ").repeat(40)
                );
                tx.edit(Resource::parse(note.as_bytes())?)?;
            }
            Ok(())
        })
        .expect("kept");
}

/// Not a story of its own: what the process beside the one below does.
#[test]
fn worker() {
    let Ok(dir) = std::env::var(FOLDER) else {
        return;
    };
    super::wipe_what_is_freed();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("a passphrase");
    let passphrase = Passphrase::new(line.trim_end().to_owned());
    drop(line);
    let store = Store::unlock(Path::new(&dir), USER, &passphrase, NOW).expect("unlocks");
    drop(passphrase);
    work(&store);
    let keys = store.keys();
    let masked = |key: &[u8]| key.iter().map(|byte| byte ^ MASK).collect::<Vec<u8>>();
    let ring = &keys.ring;
    let mut told = vec![
        masked(ring.store.bytes()),
        masked(ring.audit.bytes()),
        masked(ring.private_key.bytes()),
    ];
    told.extend(ring.classes.iter().map(|held| masked(held.key.bytes())));
    told.extend(ring.blinds.iter().map(|held| masked(held.key.bytes())));
    let mut out = std::io::stdout();
    for key in &told {
        writeln!(out, "\nkey {}", hex::encode(key)).expect("told");
    }
    let wait = |word: &str| {
        let mut out = std::io::stdout();
        writeln!(out, "\n{word}")
            .and_then(|()| out.flush())
            .expect("told");
        let mut line = String::new();
        std::io::stdin()
            .read_line(&mut line)
            .expect("told to go on");
    };
    wait("open");
    drop(keys);
    drop(store);
    wait("locked");
}

fn work(store: &Store) {
    let page = store
        .patients(&PatientQuery::default())
        .expect("the list reads");
    assert_eq!(page.rows.len(), PATIENTS, "the list holds them all");
    for n in 0..PATIENTS {
        let chart = store.chart(&format!("p{n}")).expect("a chart reads");
        assert_eq!(chart.len(), 2, "and is whole");
    }
    store
        .transact(op(OpKind::Edit), |tx| -> crate::Result<()> {
            for n in 0..PATIENTS {
                let key = format!("Condition/c{n}").parse()?;
                let Some(held) = tx.get(&key)?.and_then(|stored| stored.resource) else {
                    continue;
                };
                let mut value = held.value();
                value["recordedDate"] = "2026-11-22".into();
                tx.edit(Resource::from_value(&value)?)?;
            }
            Ok(())
        })
        .expect("edits are kept");
}

/// The process that works in a store.
struct Worker {
    process: Child,
    told: BufReader<std::process::ChildStdout>,
    keys: Vec<Vec<u8>>,
}

impl Worker {
    fn start(dir: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this program"))
            .args([
                "--exact",
                "memory::tests::worker",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(FOLDER, dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let told = BufReader::new(process.stdout.take().expect("its words"));
        let mut worker = Self {
            process,
            told,
            keys: Vec::new(),
        };
        worker.say("quiet harbour lantern");
        worker
    }

    fn say(&mut self, line: &str) {
        let to = self.process.stdin.as_mut().expect("listens");
        writeln!(to, "{line}")
            .and_then(|()| to.flush())
            .expect("heard");
    }

    /// Waits for a word, keeping the keys told before it.
    fn hear(&mut self, word: &str) {
        let mut line = String::new();
        loop {
            line.clear();
            let read = self.told.read_line(&mut line).expect("speaks");
            assert!(read > 0, "the worker ended before it said {word}");
            if let Some(key) = line.trim().strip_prefix("key ") {
                let masked = hex::decode(key).expect("hex");
                self.keys
                    .push(masked.iter().map(|byte| byte ^ MASK).collect());
            }
            if line.trim() == word {
                return;
            }
        }
    }

    /// Everything writable that the process holds; `None` where this system does not let a parent look.
    fn memory(&self) -> Option<Vec<(String, Vec<u8>)>> {
        let id = self.process.id();
        let maps = std::fs::read_to_string(format!("/proc/{id}/maps")).ok()?;
        let mut memory = File::open(format!("/proc/{id}/mem")).ok()?;
        let mut found = Vec::new();
        for map in maps.lines() {
            let mut words = map.split_whitespace();
            let (range, rights) = (words.next()?, words.next()?);
            if !rights.starts_with("rw") {
                continue;
            }
            let (from, until) = range.split_once('-')?;
            let from = u64::from_str_radix(from, 16).ok()?;
            let until = u64::from_str_radix(until, 16).ok()?;
            let mut bytes = vec![0; usize::try_from(until - from).ok()?];
            memory.seek(SeekFrom::Start(from)).ok()?;
            if memory.read_exact(&mut bytes).is_ok() {
                found.push((map.to_owned(), bytes));
            }
        }
        Some(found)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Where any of `needles` lies, by region of memory, and what is around it.
fn hits(memory: &[(String, Vec<u8>)], needles: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut starts = vec![false; 1 << 16];
    let start = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    for (_, needle) in needles {
        starts[start(needle)] = true;
    }
    let mut found = Vec::new();
    for (map, bytes) in memory {
        let mut at = 0;
        while at + 1 < bytes.len() {
            if starts[start(&bytes[at..])] {
                for (name, needle) in needles {
                    if bytes[at..].starts_with(needle) {
                        let around = &bytes[at.saturating_sub(40)..bytes.len().min(at + 80)];
                        let around = String::from_utf8_lossy(around).into_owned();
                        found.push(format!("{name} in {map}: {around:?}"));
                    }
                }
            }
            at += 1;
        }
    }
    found
}

#[test]
fn the_memory_of_a_locked_process_holds_no_key_and_no_patient() {
    let dir = tempfile::tempdir().expect("a folder");
    fill(dir.path());
    let mut worker = Worker::start(dir.path());
    worker.hear("open");
    // A common part of every name, in the forms that text takes: as written, folded for search, and wide.
    let wide: Vec<u8> = "Zwyntarq"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut needles = vec![
        ("a name".to_owned(), b"Zwyntarquist".to_vec()),
        ("a folded name".to_owned(), b"zwyntarquist".to_vec()),
        ("a wide name".to_owned(), wide),
        (
            "the passphrase".to_owned(),
            b"quiet harbour lantern".to_vec(),
        ),
    ];
    for (n, key) in worker.keys.iter().enumerate() {
        needles.push((format!("key {n}"), key.clone()));
        needles.push((format!("key {n} as text"), hex::encode(key).into_bytes()));
    }
    assert!(
        worker.keys.len() >= 7,
        "store, audit, private, four classes"
    );
    let Some(open) = worker.memory() else {
        crate::faults::say(
            "this system does not let a parent read its child's memory: not looked at",
        );
        return;
    };
    assert!(
        !hits(&open, &needles[..1]).is_empty() || !hits(&open, &needles[1..2]).is_empty(),
        "an open store does hold names: this search finds what is there"
    );
    worker.say("lock");
    worker.hear("locked");
    let locked = worker.memory().expect("as before");
    let bytes: usize = locked.iter().map(|(_, bytes)| bytes.len()).sum();
    crate::faults::say(&format!(
        "{} MB of memory, {} needles",
        bytes / 1_000_000,
        needles.len()
    ));
    let found = hits(&locked, &needles);
    assert!(
        found.is_empty(),
        "left in the memory of a locked process: {found:#?}"
    );
    assert_eq!(
        passphrase().expose_secret(),
        "quiet harbour lantern",
        "what was searched for"
    );
}
