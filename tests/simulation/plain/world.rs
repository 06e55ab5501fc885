//! One schedule's world: a plain server and its people, two stations, dice and a clock of its own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use haven_model::ResourceKey;
use haven_store::{ConflictRow, ErrorCode, Op, OpKind, StoreError};
use haven_sync::pace::Pace as _;
use haven_sync::remote::{Access, FhirRemote, PlainServer as Known, Remote};
use haven_sync::{Events, SyncError, SyncOptions, sync_once};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use super::deeds::{self, Deed};
use super::line::Line;
use crate::clinic::{Template, Ticks, scratch};
use crate::ledger::Part;
use crate::line::Weather;
use crate::station::Station;
use crate::support::plain_server::{Bounds, Histories, PlainServer, Switches};

/// Who is neither at one station nor at the other.
const AT_THE_SERVER: usize = 2;

pub struct World {
    dir: TempDir,
    pub server: PlainServer,
    guards: bool,
    stations: [Station; 2],
    pub ticks: Ticks,
    dice: Mutex<ChaCha8Rng>,
    pub deeds: Mutex<Vec<Deed>>,
    serial: AtomicU64,
    pub kills: AtomicU64,
    pub faults: AtomicU64,
    pub merged: AtomicU64,
    pub jumps: AtomicU64,
}

impl World {
    pub fn open(seed: u64, template: &Template) -> Self {
        let dir = scratch();
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let ticks = Ticks::begin();
        let stations = template.stations(dir.path(), &ticks);
        let mut guards = false;
        let server = PlainServer::with(|switches| {
            of_some_kind(switches, &mut dice);
            guards = switches.if_match && switches.versions;
        });
        for station in &stations {
            let known = Known {
                name: "clinic".to_owned(),
                url: server.url(),
                added_at: ticks.now().to_instant(),
                types: None,
            };
            known
                .keep(&station.store(), &Access::Open, "someone", ticks.now())
                .expect("the server is known");
        }
        Self {
            dir,
            server,
            guards,
            stations,
            ticks,
            dice: Mutex::new(dice),
            deeds: Mutex::default(),
            serial: AtomicU64::new(1),
            kills: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            merged: AtomicU64::new(0),
            jumps: AtomicU64::new(0),
        }
    }

    pub fn stations(&self) -> &[Station; 2] {
        &self.stations
    }

    pub fn with_dice<T>(&self, throw: impl FnOnce(&mut ChaCha8Rng) -> T) -> T {
        throw(&mut self.dice.lock().expect("no panic holds the dice"))
    }

    pub fn chance(&self, percent: u32) -> bool {
        self.with_dice(|dice| dice.random_range(0..100_u32) < percent)
    }

    pub fn refuses_stale_writes(&self) -> bool {
        self.guards
    }

    fn note(&self, done: Vec<Deed>) {
        let mut deeds = self.deeds.lock().expect("no panic holds the deeds");
        deeds.extend(done);
    }

    /// The person at a station writes something.
    pub fn edit(&self, who: usize) {
        let store = self.stations[who].store();
        let mut known = Vec::new();
        store
            .for_each(None, |held| {
                if held.resource.is_some() && held.key.resource_type != "Provenance" {
                    known.push(held.key);
                }
                Ok::<_, StoreError>(())
            })
            .expect("the store reads");
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let (which, what) = self.with_dice(|dice| {
            let is_new = known.is_empty() || (known.len() < 4 && dice.random_range(0..8_u32) == 0);
            let which = dice.random_range(0..known.len().max(1));
            ((!is_new).then_some(which), dice.random_range(0..100_u32))
        });
        let chosen: Option<&ResourceKey> = which.and_then(|which| known.get(which));
        let op = Op::new(OpKind::Edit, format!("user{who}"), self.ticks.now());
        let written = store.transact(op, |tx| {
            deeds::at_a_station(tx, chosen, (serial, what), who)
        });
        match written {
            Ok((done, _)) => self.note(done),
            // What waits for a person's decision cannot be edited: nothing was acknowledged.
            Err(error) if error.code() == ErrorCode::Conflict => {}
            Err(error) => unreachable!("an edit must be kept: {error}"),
        }
    }

    /// Somebody else writes at the server.
    pub fn edit_at_the_server(&self) {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let mut keys = self.server.keys("Patient");
        keys.extend(self.server.keys("Observation"));
        let (which, what) = self.with_dice(|dice| {
            let which = dice.random_range(0..keys.len().max(1));
            (which, dice.random_range(0..110_u32))
        });
        let Some(key) = keys.get(which).filter(|_| keys.len() > 5 || what >= 8) else {
            let patient = keys.iter().find(|key| key.starts_with("Patient/"));
            let (made, parts) = deeds::new_record(serial, patient.map(String::as_str));
            self.server.put(made);
            let subject = format!("subject-{serial}-");
            return self.note(deeds::deeds(&subject, parts, "", AT_THE_SERVER));
        };
        let mut value = self.server.get(key).expect("it is there");
        let before = value.to_string();
        let subject = deeds::subject_of(&value).expect("known").to_owned();
        let part = if what >= 105 && !key.starts_with("Patient/") {
            self.server.delete(key);
            (Part::Deletion, format!("deletion-{serial}-"))
        } else {
            let part = deeds::change(&mut value, serial, what.min(99));
            self.server.put(value);
            part
        };
        self.note(deeds::deeds(&subject, vec![part], &before, AT_THE_SERVER));
    }

    /// A workstation's process ends; half of the time its files are taken as they lie on the disk.
    pub fn kill(&self, who: usize) {
        let number = self.kills.fetch_add(1, Ordering::Relaxed);
        let fresh: PathBuf = self.dir.path().join(format!("{who}-after-{number}"));
        let as_it_lies = self.chance(50);
        self.stations[who].reopen(as_it_lies.then_some(fresh));
    }

    /// A station's clock comes to be wrong by up to a day, or right again.
    pub fn jump_clock(&self, who: usize) {
        const DAY_MS: i64 = 24 * 60 * 60 * 1000;
        let off_ms = self.with_dice(|dice| match dice.random_range(0..4_u32) {
            0 => 0,
            _ => dice.random_range(-DAY_MS..=DAY_MS),
        });
        self.jumps.fetch_add(1, Ordering::Relaxed);
        self.stations[who].clock().jump(off_ms);
    }

    /// One sync of one station. In foul weather it may end early, or its process be killed.
    pub async fn sync(self: &Arc<Self>, who: usize, weather: Weather) {
        let line = Line::new(Arc::clone(self), who, weather);
        let killed = line.killed();
        let station = &self.stations[who];
        let store = station.store();
        let server = Known::all(&store).expect("readable").remove(0);
        let pace = Arc::new(station.clock().clone());
        let remote = FhirRemote::over(Arc::new(line), store.clone(), server, true, pace.clone())
            .expect("a client");
        let remote: Arc<dyn Remote> = Arc::new(remote);
        let calm = weather == Weather::Fair;
        let (page, batch) = self.with_dice(|dice| {
            let page = [1, 3, 1_000][dice.random_range(0..3_usize)];
            (page, [1, 2, 250][dice.random_range(0..3_usize)])
        });
        let options = SyncOptions {
            page_records: if calm { 1_000 } else { page },
            batch_entries: if calm { 250 } else { batch },
            accept_deletions: calm,
            pace,
            ..SyncOptions::new(station.dir())
        };
        let events = Events::silent();
        let survived = {
            let work = sync_once(&store, &remote, &options, &events);
            tokio::pin!(work);
            tokio::select! {
                biased;
                () = killed.notified() => false,
                result = &mut work => {
                    match result {
                        Ok(summary) => {
                            self.merged.fetch_add(summary.merged, Ordering::Relaxed);
                        }
                        Err(SyncError::Remote(_)) if !calm => {}
                        Err(error) => unreachable!("in fair weather a sync succeeds, and the store never fails: {error}"),
                    }
                    true
                }
            }
        };
        drop((store, remote));
        if !survived {
            self.kill(who);
        }
    }

    pub fn conflicts(&self) -> Vec<ConflictRow> {
        let of = |station: &Station| station.store().conflicts(false).expect("readable");
        self.stations.iter().flat_map(of).collect()
    }
}

/// A server as there are many.
fn of_some_kind(switches: &mut Switches, dice: &mut ChaCha8Rng) {
    let mut chance = |percent: u32| dice.random_range(0..100_u32) < percent;
    switches.server_ids = chance(40);
    switches.versions = chance(85);
    switches.if_match = switches.versions && chance(85);
    switches.lost_race = if chance(50) { 409 } else { 412 };
    switches.deleted = if chance(50) { 404 } else { 410 };
    switches.bundles = chance(70);
    switches.atomic = chance(70);
    switches.checks_references = chance(30);
    switches.next_links = chance(80);
    switches.totals = chance(70);
    switches.narrows = chance(70);
    switches.histories = match dice.random_range(0..12_u32) {
        0..6 => Histories::None,
        6 => Histories::OldestFirst,
        7 => Histories::Unbounded,
        8 => Histories::CutShort,
        9 => Histories::Empty,
        10 => Histories::Search,
        _ => Histories::Whole,
    };
    switches.bounds = match dice.random_range(0..8_u32) {
        0 => Bounds::Ignored,
        1 => Bounds::NothingBefore,
        _ => Bounds::Kept,
    };
    switches.page_cap = [1, 2, 1_000][dice.random_range(0..3_usize)];
    switches.max_entries = [1, 2, usize::MAX][dice.random_range(0..3_usize)];
}
