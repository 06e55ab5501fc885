//! One schedule's world: a hub, two stations, dice and a clock of its own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use haven_hub::Hub;
use haven_hub::accounts::{self, Principal};
use haven_hub::exchange::{self, CursorKey};
use haven_model::wire::PushRequest;
use haven_model::{ResourceKey, Role, Timestamp};
use haven_store::{ConflictRow, InitOptions, KdfParams, Passphrase, Store, StoreKeys};
use haven_sync::pace::Pace;
use haven_sync::{Events, SyncOptions, sync_once};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use crate::ledger::Ledger;
use crate::line::{Line, Weather};
use crate::schedules::Tally;
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

    /// Two stores of this kind, below `dir`.
    pub fn stations(&self, dir: &Path, ticks: &Ticks) -> [Station; 2] {
        [0, 1].map(|number: usize| {
            let name = number.to_string();
            let folder = dir.join(&name);
            std::fs::create_dir(&folder).expect("a store's folder");
            copy_files(&self.dir.path().join(&name), &folder);
            Station::open(number, folder, &self.keys[number], ticks.another())
        })
    }
}

/// The clock, which moves a little each time it is read.
#[derive(Clone)]
pub struct Ticks {
    true_ms: Arc<AtomicI64>,
    /// By how much this clock is wrong.
    off_ms: Arc<AtomicI64>,
}

impl Ticks {
    pub fn begin() -> Self {
        Self {
            true_ms: Arc::new(AtomicI64::new(START_MS)),
            off_ms: Arc::default(),
        }
    }

    /// Another clock of the same time, which may come to be wrong.
    pub fn another(&self) -> Self {
        Self {
            true_ms: Arc::clone(&self.true_ms),
            off_ms: Arc::default(),
        }
    }

    /// Time goes by.
    pub fn pass(&self, time_ms: i64) {
        self.true_ms.fetch_add(time_ms, Ordering::Relaxed);
    }

    /// The clock jumps: from now on it is wrong by so much.
    pub fn jump(&self, off_ms: i64) {
        self.off_ms.store(off_ms, Ordering::Relaxed);
    }
}

impl Pace for Ticks {
    fn now(&self) -> Timestamp {
        let true_ms = self.true_ms.fetch_add(7, Ordering::Relaxed);
        Timestamp(true_ms + self.off_ms.load(Ordering::Relaxed))
    }

    fn draw(&self) -> f64 {
        0.5
    }
}

/// How often each of the rarer mishaps befell the clinic.
#[derive(Debug, Default)]
pub struct Mishaps {
    pub late: AtomicU64,
    pub jumps: AtomicU64,
    pub restores: AtomicU64,
    pub copies: AtomicU64,
    pub hub_restores: AtomicU64,
}

pub struct Clinic {
    dir: TempDir,
    hub: Mutex<Option<Hub>>,
    pub cursor_key: CursorKey,
    /// Requests that a slow line delivers long after their sender gave them up.
    pub late: Mutex<Vec<(Principal, PushRequest)>>,
    /// Conflicts that stores had which were given up for a backup.
    pub old_conflicts: Mutex<Vec<ConflictRow>>,
    pub mishaps: Mishaps,
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
        let ticks = Ticks::begin();
        let stations = template.stations(dir.path(), &ticks);
        let hub = open_hub(&dir.path().join("hub.db"), &ticks);
        for station in &stations {
            admit(&hub, station.number(), &station.device_id(), ticks.now());
        }
        Self {
            dir,
            hub: Mutex::new(Some(hub)),
            late: Mutex::default(),
            old_conflicts: Mutex::default(),
            mishaps: Mishaps::default(),
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
        let hub = self.hub.lock().expect("no panic holds the hub");
        hub.as_ref().expect("the hub runs").clone()
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
        *hub = Some(open_hub(&self.dir.path().join("hub.db"), &self.ticks));
    }

    /// A name in the schedule's folder that nothing has yet.
    pub fn place(&self, name: &str) -> PathBuf {
        self.dir.path().join(format!("{name}-{}", self.serial()))
    }

    /// A station's clock comes to be wrong by up to a day, or right again.
    pub fn jump_clock(&self, who: usize) {
        const DAY_MS: i64 = 24 * 60 * 60 * 1000;
        self.mishaps.jumps.fetch_add(1, Ordering::Relaxed);
        let off_ms = self.with_dice(|dice| match dice.random_range(0..4_u32) {
            0 => 0,
            _ => dice.random_range(-DAY_MS..=DAY_MS),
        });
        self.stations[who].clock().jump(off_ms);
    }

    /// Somebody copies the hub's files, as they lie.
    pub fn back_up_hub(&self) -> PathBuf {
        let hub = self.hub.lock().expect("no panic holds the hub").take();
        drop(hub);
        let place = self.dir.path().join(format!("hub-{}", self.serial()));
        std::fs::create_dir(&place).expect("a folder");
        copy_files(self.dir.path(), &place);
        let reopened = open_hub(&self.dir.path().join("hub.db"), &self.ticks);
        *self.hub.lock().expect("no panic holds the hub") = Some(reopened);
        place
    }

    /// The hub's disk breaks, and what was copied is put in its place.
    pub fn restore_hub(&self, from: &Path) {
        self.mishaps.hub_restores.fetch_add(1, Ordering::Relaxed);
        let mut hub = self.hub.lock().expect("no panic holds the hub");
        *hub = None;
        for name in ["hub.db", "hub.db-wal", "hub.db-shm"] {
            // What is not there need not go.
            let _absent = std::fs::remove_file(self.dir.path().join(name));
        }
        copy_files(from, self.dir.path());
        let restored = open_hub(&self.dir.path().join("hub.db"), &self.ticks);
        for station in &self.stations {
            admit(
                &restored,
                station.number(),
                &station.device_id(),
                self.ticks.now(),
            );
        }
        *hub = Some(restored);
    }

    /// A request that was given up long ago arrives after all; its answer goes nowhere.
    pub fn deliver_late(&self) {
        let late = {
            let mut late = self.late.lock().expect("no panic holds it");
            (!late.is_empty()).then(|| late.remove(0))
        };
        if let Some((principal, request)) = late {
            self.mishaps.late.fetch_add(1, Ordering::Relaxed);
            let hub = self.hub();
            let _answer = exchange::push(hub.database(), &principal, request, || hub.now());
        }
    }

    /// The station's laptop is replaced, and its store restored from a backup made earlier. Nothing
    /// waits in it, so nothing that was acknowledged is on its disk alone.
    pub fn restore_station(&self, who: usize, backup: &Path) {
        let station = &self.stations[who];
        if !station.has_nothing_waiting(&self.keys()) {
            return;
        }
        self.mishaps.restores.fetch_add(1, Ordering::Relaxed);
        self.remember_conflicts(who);
        let place = self
            .dir
            .path()
            .join(format!("{who}-restored-{}", self.serial()));
        station.restore(backup, place);
        admit(&self.hub(), who, &station.device_id(), self.ticks.now());
    }

    /// The station's folder is put back to what it was when it was copied, with no tool that would
    /// know; or, what is the same to the hub, the copy is used on another machine.
    pub fn put_station_back(&self, who: usize, copy: &Path) {
        let station = &self.stations[who];
        if !station.has_nothing_waiting(&self.keys()) {
            return;
        }
        self.mishaps.copies.fetch_add(1, Ordering::Relaxed);
        self.remember_conflicts(who);
        let place = self
            .dir
            .path()
            .join(format!("{who}-put-back-{}", self.serial()));
        std::fs::create_dir(&place).expect("a folder");
        copy_files(copy, &place);
        station.open_in(place);
    }

    fn keys(&self) -> Vec<ResourceKey> {
        let ledger = self.ledger.lock().expect("no panic holds the ledger");
        ledger.keys.clone()
    }

    fn remember_conflicts(&self, who: usize) {
        let rows = self.stations[who].store().conflicts(false);
        let mut old = self.old_conflicts.lock().expect("no panic holds it");
        old.extend(rows.expect("conflicts are readable"));
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
        self.stations[who].reopen(as_it_lies.then_some(fresh));
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
            pace: Arc::new(self.stations[who].clock().clone()),
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
            late: self.mishaps.late.load(Ordering::Relaxed),
            jumps: self.mishaps.jumps.load(Ordering::Relaxed),
            restores: self.mishaps.restores.load(Ordering::Relaxed),
            copies: self.mishaps.copies.load(Ordering::Relaxed),
            hub_restores: self.mishaps.hub_restores.load(Ordering::Relaxed),
        }
    }
}

/// The hub knows a device of a user, as after an enrolment.
fn admit(hub: &Hub, who: usize, device_id: &str, now: Timestamp) {
    let user = format!("user{who}");
    hub.invite(&user, Role::Clinician, None)
        .expect("an invitation");
    hub.database()
        .write(|tx| accounts::record_device(tx, device_id, None, &user, now))
        .expect("the device is known");
}

fn open_hub(path: &Path, ticks: &Ticks) -> Hub {
    let ticks = ticks.clone();
    Hub::open_with_clock(path, Arc::new(move || ticks.now())).expect("the hub opens")
}

/// A folder that goes with its value, in memory where the system has such a place: what a dying
/// process leaves behind is the same there, and nothing waits for a disk.
pub fn scratch() -> TempDir {
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
