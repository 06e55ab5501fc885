//! Two workstations and a server, each a process of its own, over a link that is slow, far and breaks,
//! with workstations and hub killed at any moment: they end equal, nothing that was acknowledged is
//! missing, and nothing is there twice.
//!
//! `HAVEN_STORM_ROUNDS` makes it longer, `HAVEN_SEED` replays one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::support::hub::Hub;
use super::support::link::{Line, Link};
use super::support::plain_server::PlainServer;
use super::support::say;
use super::support::station::{Batch, Station};
use super::{observation, patient};

const ROUNDS: u64 = 3;
const EDITS_A_TURN: u32 = 3;
/// The patient whom both know; a server may give it another id.
const SHARED: &str = "0192e5a0-0000-7000-8000-0000000000a1";
/// A sync is killed within this time, or let be.
const KILLED_WITHIN_MS: u64 = 2_500;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Throws the dice, and tells the seed.
fn dice(story: &str) -> (ChaCha8Rng, u64) {
    let seed = number("HAVEN_SEED").unwrap_or(1);
    say(&format!("{story}: HAVEN_SEED={seed}"));
    (ChaCha8Rng::seed_from_u64(seed), seed)
}

/// What was acknowledged: Observations by their value, and words on the shared patient.
#[derive(Default)]
struct Acknowledged {
    values: BTreeSet<u32>,
    words: BTreeSet<String>,
    /// Of a killed workstation, what may or may not have been kept.
    perhaps: BTreeSet<u32>,
}

struct Storm {
    dice: ChaCha8Rng,
    stations: [Station; 2],
    link: Link,
    /// The patient whom both know.
    shared: String,
    acknowledged: Acknowledged,
    serial: u32,
    kills: u32,
    whole: u32,
}

impl Storm {
    fn line(&mut self) -> Line {
        match self.dice.random_range(0..5_u32) {
            0 => Line::default(),
            1 => Line::SECOND_GENERATION,
            2 => Line {
                cut_percent: 30,
                swallowed_percent: 15,
                refused_percent: 10,
                ..Line::default()
            },
            3 => Line {
                bytes_per_s: Some(30_000),
                latency_ms: 150,
                cut_percent: 15,
                swallowed_percent: 10,
                ..Line::default()
            },
            _ => Line {
                refused_percent: 60,
                ..Line::default()
            },
        }
    }

    /// Someone works, and may be cut off by a power cut between two saves or amid one.
    fn work(&mut self, who: usize) {
        let station = self.stations[who].clone();
        let mut batch = station.batch();
        for _ in 0..self.dice.random_range(1..=EDITS_A_TURN) {
            self.serial += 1;
            let value = self.serial;
            let id = format!("0192e5a0-0000-7000-8000-{value:012}");
            let one = observation(&id, &self.shared, value);
            let path = station.file(&format!("{value}.json"), one.to_string().as_bytes());
            let line = format!("put {}", path.display());
            if self.dice.random_range(0..8_u32) == 0 {
                batch.send(&line);
                self.acknowledged.perhaps.insert(value);
                batch.kill();
                self.kills += 1;
                return;
            }
            batch.ask(&line);
            self.acknowledged.values.insert(value);
        }
        if self.dice.random_range(0..2_u32) == 0 {
            self.speak(who, &mut batch);
        }
        batch.end();
    }

    /// Adds to the patient whom both know, so that what they do meets.
    fn speak(&mut self, who: usize, batch: &mut Batch) {
        self.serial += 1;
        let word = format!("+1 555 {:04}", self.serial);
        let mut shared = batch.any(&format!("get Patient/{}", self.shared));
        if shared["resourceType"] != "Patient" {
            return;
        }
        let telecom = json!({"system": "phone", "value": word, "id": format!("t{}", self.serial)});
        match shared["telecom"].as_array_mut() {
            Some(all) => all.push(telecom),
            None => shared["telecom"] = json!([telecom]),
        }
        let name = format!("shared{}.json", self.serial);
        let path = self.stations[who].file(&name, shared.to_string().as_bytes());
        batch.ask(&format!("put {}", path.display()));
        self.acknowledged.words.insert(word);
    }

    fn spawn_sync(&self, who: usize) -> Child {
        let mut command = self.stations[who].command(&["sync", "--once"]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::null()).spawn().expect("haven runs")
    }

    /// A sync of both at once, each killed at a random moment or let be; `amid` happens meanwhile.
    fn sync_both(&mut self, amid: impl FnOnce(&mut ChaCha8Rng)) {
        let line = self.line();
        self.link.set(line);
        let mut running: Vec<(Child, Instant)> = [0, 1]
            .map(|who| {
                let within = self.dice.random_range(50..KILLED_WITHIN_MS);
                (
                    self.spawn_sync(who),
                    Instant::now() + Duration::from_millis(within),
                )
            })
            .into();
        amid(&mut self.dice);
        while let Some((mut child, until)) = running.pop() {
            // The moment of the kill is what this is about.
            while Instant::now() < until && child.try_wait().expect("a child").is_none() {
                std::thread::sleep(Duration::from_millis(5));
            }
            match child.try_wait().expect("a child can be looked at") {
                Some(_) => self.whole += 1,
                None => {
                    child.kill().expect("a child can be killed");
                    self.kills += 1;
                }
            }
            child.wait().expect("it ends");
        }
    }

    /// Over the slowest of lines, and nobody is killed: it gets there.
    fn sync_slowly(&mut self) {
        self.work(0);
        self.link.set(Line::SECOND_GENERATION);
        let summary = self.stations[0].run(&["sync", "--once"]);
        assert_eq!(summary["waiting"], 0, "everything went: {summary}");
        self.whole += 1;
    }

    /// Fair weather, until nothing waits on either side; what only a person decides is decided.
    fn settle(&self) {
        self.link.set(Line::default());
        for _ in 0..12 {
            let mut moved = 0;
            for station in &self.stations {
                let summary = station.run(&["sync", "--once"]);
                moved += summary["pulled"].as_u64().unwrap_or(0);
                moved += summary["pushed"].as_u64().unwrap_or(0);
            }
            let waits = self
                .stations
                .iter()
                .any(|station| station.run(&["status"])["pending"] != 0);
            if moved == 0 && !waits {
                return;
            }
        }
        unreachable!("they come to rest");
    }

    /// Both hold the same, all that was acknowledged, and nothing twice.
    fn compare(&self, seed: u64) {
        let [one, two] = [0, 1].map(|who| {
            let station = &self.stations[who];
            assert_eq!(
                station.run(&["conflicts", "list"]),
                json!([]),
                "HAVEN_SEED={seed}: additions to a list meet by themselves"
            );
            let found = station.run(&["search", "Observation?_count=10000"]);
            let mut by_value: BTreeMap<u32, Vec<Value>> = BTreeMap::new();
            for one in found.as_array().into_iter().flatten() {
                let value = one["valueQuantity"]["value"].as_u64().expect("a value");
                by_value
                    .entry(u32::try_from(value).expect("small"))
                    .or_default()
                    .push(one.clone());
            }
            for (value, all) in &by_value {
                assert_eq!(all.len(), 1, "HAVEN_SEED={seed}: {value} is there once");
                assert!(
                    self.acknowledged.values.contains(value)
                        || self.acknowledged.perhaps.contains(value),
                    "HAVEN_SEED={seed}: {value} was made by somebody"
                );
            }
            let here: BTreeSet<u32> = by_value.keys().copied().collect();
            let missing: Vec<&u32> = self.acknowledged.values.difference(&here).collect();
            assert_eq!(
                missing, [&0_u32; 0],
                "HAVEN_SEED={seed}: acknowledged, and missing"
            );
            let shared = station.run(&["get", &format!("Patient/{}", self.shared)]);
            let text = shared.to_string();
            for word in &self.acknowledged.words {
                assert_eq!(
                    text.matches(word.as_str()).count(),
                    1,
                    "HAVEN_SEED={seed}: {word} is there once"
                );
            }
            station.assert_sound();
            (by_value, shared)
        });
        assert_eq!(one, two, "HAVEN_SEED={seed}: both hold the same");
        say(&format!(
            "{} edits acknowledged, {} kills, {} syncs to their end, {} bytes carried",
            self.acknowledged.values.len() + self.acknowledged.words.len(),
            self.kills,
            self.whole,
            self.link.carried()
        ));
    }
}

fn rounds() -> u64 {
    number("HAVEN_STORM_ROUNDS").unwrap_or(ROUNDS)
}

#[test]
fn two_workstations_and_a_hub_that_are_killed_over_a_broken_link_end_equal() {
    let (dice, seed) = dice("hub");
    let dir = tempfile::tempdir().expect("a folder");
    let mut hub = Hub::start(dir.path(), "hub");
    let link = Link::to(&hub.address, seed);
    let [one, two] = ["ines", "bashir"]
        .map(|user| Station::joined(dir.path(), &hub, &link.url(), user, "clinician"));
    let first = one.file("p1.json", patient(SHARED, "Trevino").to_string().as_bytes());
    one.run(&["put", &first.display().to_string()]);
    for station in [&one, &two] {
        station.run(&["sync", "--once"]);
    }
    let mut storm = Storm {
        dice,
        stations: [one, two],
        link,
        shared: SHARED.to_owned(),
        acknowledged: Acknowledged::default(),
        serial: 0,
        kills: 0,
        whole: 0,
    };
    for _ in 0..rounds() {
        storm.work(0);
        storm.work(1);
        storm.sync_both(|dice| {
            if dice.random_range(0..2_u32) == 0 {
                std::thread::sleep(Duration::from_millis(dice.random_range(0..800)));
                hub.kill();
                hub.serve();
            }
        });
    }
    storm.sync_slowly();
    storm.settle();
    storm.compare(seed);
    let token = hub.token();
    for value in &storm.acknowledged.values {
        let key = format!("Observation/0192e5a0-0000-7000-8000-{value:012}");
        let (_, body) = hub.fhir(&token, &format!("{key}/_history"));
        let history: Value = serde_json::from_slice(&body).expect("a Bundle");
        assert_eq!(
            history["entry"].as_array().map(Vec::len),
            Some(1),
            "HAVEN_SEED={seed}: the hub took {key} once"
        );
    }
}

fn over_a_plain_server(story: &str, url: &str, seed: (ChaCha8Rng, u64), folder: &Path, link: Link) {
    let (dice, seed) = seed;
    let base = format!("{}{}", link.url(), url);
    let [one, two] = ["one", "two"].map(|name| {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let station = Station::own(&folder);
        station.run(&["remote", "add", "clinic", "--fhir", &base]);
        station
    });
    one.run(&["sync", "--once"]);
    let own = patient(SHARED, "Trevino").to_string();
    let file = one.file("shared.json", own.as_bytes());
    one.run(&["put", &file.display().to_string()]);
    for station in [&one, &two] {
        station.run(&["sync", "--once"]);
    }
    let shared = two.run(&["search", "Patient?_count=10"])[0]["id"]
        .as_str()
        .map(str::to_owned)
        .expect("both know the patient");
    let mut storm = Storm {
        dice,
        stations: [one, two],
        link,
        shared,
        acknowledged: Acknowledged::default(),
        serial: 0,
        kills: 0,
        whole: 0,
    };
    for _ in 0..rounds() {
        storm.work(0);
        storm.work(1);
        storm.sync_both(|_| {});
    }
    storm.sync_slowly();
    storm.settle();
    storm.compare(seed);
    say(&format!("{story} came to rest"));
}

fn with_plain_server(server_ids: bool) {
    let story = format!("plain server, its own ids: {server_ids}");
    let seed = dice(&story);
    let server = PlainServer::with(|switches| {
        switches.server_ids = server_ids;
        switches.page_cap = 20;
    });
    let url = server.url();
    let address = url.trim_start_matches("http://").trim_end_matches("/fhir");
    let link = Link::to(address, seed.1);
    let dir = tempfile::tempdir().expect("a folder");
    over_a_plain_server(&story, "/fhir", seed, dir.path(), link);
    let mut values = BTreeSet::new();
    for key in server.keys("Observation") {
        let one = server.get(&key).expect("it is there");
        let value = one["valueQuantity"]["value"].as_u64();
        assert!(
            values.insert(value),
            "{key}: {value:?} is at the server once"
        );
    }
}

#[test]
fn two_workstations_that_are_killed_over_a_broken_link_to_a_plain_server_end_equal() {
    with_plain_server(false);
}

#[test]
fn two_workstations_that_are_killed_over_a_broken_link_to_a_server_that_chooses_ids_end_equal() {
    with_plain_server(true);
}

#[test]
fn two_workstations_that_are_killed_over_a_broken_link_to_a_server_that_others_made_end_equal() {
    let story = "a server that others made, over a broken link";
    let Some(server) = super::others::Other::start(story) else {
        return;
    };
    let seed = dice(story);
    let (_, rest) = server.url.split_once("://").expect("an address");
    let (address, path) = rest.split_once('/').expect("a path");
    let link = Link::to(address, seed.1);
    let dir = tempfile::tempdir().expect("a folder");
    over_a_plain_server(story, &format!("/{path}"), seed, dir.path(), link);
}
