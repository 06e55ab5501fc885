//! One schedule's world: a hub, two stations, dice and a clock of its own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use haven_hub::Hub;
use haven_hub::exchange::CursorKey;
use haven_model::{Role, Timestamp};
use haven_store::{InitOptions, KdfParams, Passphrase, Store, StoreKeys};
use haven_sync::pace::Pace;
use haven_sync::{Events, SyncOptions, sync_once};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use crate::Tally;
use crate::ledger::Ledger;
use crate::line::{Line, Weather};
use crate::station::Station;

const START_MS: i64 = 1_795_442_700_000;

/// A hub and two stores as they are on the first day; made once, for keys are derived slowly.
pub struct Template {
    dir: TempDir,
    keys: [StoreKeys; 2],
}

impl Template {
    pub fn prepare() -> Self {
        let dir = scratch();
        let now = Timestamp(START_MS);
        let hub = Hub::create(
            &dir.path().join("hub.db"),
            "admin",
            "a long passphrase",
            "Clinic",
            now,
        )
        .expect("a hub");
        drop(hub);
        let keys = ["0", "1"].map(|name| {
            let options = InitOptions {
                user: format!("user{name}"),
                display_name: format!("User {name}"),
                role: Role::Clinician,
                clinic: "Clinic".to_owned(),
                device_name: format!("Laptop {name}"),
                device_id: None,
                kdf: KdfParams::default(),
            };
            let passphrase = Passphrase::new("a long passphrase".to_owned());
            let store =
                Store::init(&dir.path().join(name), &options, &passphrase, now).expect("a store");
            store.keys()
        });
        Self { dir, keys }
    }
}

/// The clock, which moves a little each time it is read.
#[derive(Clone)]
pub struct Ticks(Arc<AtomicI64>);

impl Pace for Ticks {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(7, Ordering::Relaxed))
    }

    fn draw(&self) -> f64 {
        0.5
    }
}

pub struct Clinic {
    dir: TempDir,
    hub: Mutex<Hub>,
    pub cursor_key: CursorKey,
    stations: [Station; 2],
    dice: Mutex<ChaCha8Rng>,
    pub ticks: Ticks,
    pub ledger: Mutex<Ledger>,
    pub kills: AtomicU64,
    pub faults: AtomicU64,
    pub restarts: AtomicU64,
    pub merged: AtomicU64,
    serial: AtomicU64,
}

impl Clinic {
    pub fn open(seed: u64, template: &Template) -> Self {
        let dir = scratch();
        copy_files(template.dir.path(), dir.path());
        for name in ["0", "1"] {
            let folder = dir.path().join(name);
            std::fs::create_dir(&folder).expect("a store's folder");
            copy_files(&template.dir.path().join(name), &folder);
        }
        let ticks = Ticks(Arc::new(AtomicI64::new(START_MS)));
        let station = |number: usize| {
            Station::open(
                number,
                dir.path().join(number.to_string()),
                &template.keys[number],
                &ticks,
            )
        };
        let stations = [station(0), station(1)];
        let hub = Mutex::new(open_hub(&dir.path().join("hub.db"), &ticks));
        Self {
            dir,
            hub,
            cursor_key: CursorKey::new(&[7; 32]),
            stations,
            dice: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
            ticks,
            ledger: Mutex::default(),
            kills: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            restarts: AtomicU64::new(0),
            merged: AtomicU64::new(0),
            serial: AtomicU64::new(0),
        }
    }

    pub fn station(&self, number: usize) -> &Station {
        &self.stations[number]
    }

    pub fn stations(&self) -> &[Station; 2] {
        &self.stations
    }

    pub fn hub(&self) -> Hub {
        self.hub.lock().expect("no panic holds the hub").clone()
    }

    pub fn with_dice<T>(&self, throw: impl FnOnce(&mut ChaCha8Rng) -> T) -> T {
        throw(&mut self.dice.lock().expect("no panic holds the dice"))
    }

    pub fn chance(&self, percent: u32) -> bool {
        self.with_dice(|dice| dice.random_range(0..100_u32) < percent)
    }

    /// A number that no other edit of this schedule has.
    pub fn serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    pub fn now(&self) -> Timestamp {
        self.ticks.now()
    }

    /// The hub's process ends and starts again on the same file.
    pub fn restart_hub(&self) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
        let mut hub = self.hub.lock().expect("no panic holds the hub");
        *hub = open_hub(&self.dir.path().join("hub.db"), &self.ticks);
    }

    /// A workstation's process ends; half of the time its files are taken as they lie on the disk
    /// at that instant, with nothing closed or tidied.
    pub fn kill(&self, who: usize) {
        self.kills.fetch_add(1, Ordering::Relaxed);
        let as_it_lies = self.chance(50);
        let fresh = self
            .dir
            .path()
            .join(format!("{who}-after-{}", self.serial()));
        self.stations[who].reopen(as_it_lies.then_some(fresh), &self.ticks);
    }

    /// One sync of one station. In foul weather it may end early, or its process be killed.
    pub async fn sync(self: &Arc<Self>, who: usize, weather: Weather) {
        let line = Line::new(Arc::clone(self), who, weather);
        let killed = line.killed();
        let remote: Arc<dyn haven_sync::Remote> = Arc::new(line);
        let store = self.stations[who].store();
        let (page, batch, ignore_waits) = self.with_dice(|dice| {
            let page = [1, 3, 1_000][dice.random_range(0..3_usize)];
            let batch = [1, 2, 250][dice.random_range(0..3_usize)];
            (page, batch, dice.random_range(0..2_u32) == 0)
        });
        let calm = weather == Weather::Fair;
        let options = SyncOptions {
            page_records: if calm { 1_000 } else { page },
            batch_entries: if calm { 250 } else { batch },
            ignore_waits: calm || ignore_waits,
            pace: Arc::new(self.ticks.clone()),
            ..SyncOptions::new(self.stations[who].dir())
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
                            assert!(
                                summary.rejected == 0 || !calm,
                                "every edit here is valid: none is refused for good"
                            );
                        }
                        Err(error) => {
                            assert!(weather == Weather::Foul, "in fair weather a sync succeeds: {error}");
                            assert!(matches!(error, haven_sync::SyncError::Remote(_)), "the store must not fail: {error}");
                        }
                    }
                    true
                }
            }
        };
        drop(store);
        if !survived {
            self.kill(who);
        }
    }

    pub fn tally(&self) -> Tally {
        let ledger = self.ledger.lock().expect("no panic holds the ledger");
        let conflicts = self.stations.iter().map(|station| {
            station
                .store()
                .conflicts(false)
                .expect("conflicts are readable")
                .len()
        });
        Tally {
            edits: ledger.edits.len(),
            deletes: ledger.deletes(),
            resolved: ledger.resolutions.len(),
            conflicts: conflicts.sum(),
            merged: self.merged.load(Ordering::Relaxed),
            kills: self.kills.load(Ordering::Relaxed),
            faults: self.faults.load(Ordering::Relaxed),
            restarts: self.restarts.load(Ordering::Relaxed),
        }
    }
}

fn open_hub(path: &Path, ticks: &Ticks) -> Hub {
    let ticks = ticks.clone();
    Hub::open_with_clock(path, Arc::new(move || ticks.now())).expect("the hub opens")
}

/// A folder that goes with its value, in memory where the system has such a place: what a dying
/// process leaves behind is the same there, and nothing waits for a disk.
fn scratch() -> TempDir {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    in_memory
        .or_else(|_| tempfile::tempdir())
        .expect("a folder")
}

/// Copies the files of a folder, folders within it left out, and those left out that a system
/// forgets with the process: the shared memory and the lock.
pub fn copy_files(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path: PathBuf = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_owned();
        let text = name.to_string_lossy().into_owned();
        if path.is_file() && !text.ends_with("-shm") && text != "sync.lock" {
            std::fs::copy(&path, to.join(name)).expect("a copy");
        }
    }
}
