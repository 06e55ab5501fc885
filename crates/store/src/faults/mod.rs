//! The store under faults: killed, cut from power, refused by the disk, damaged, rolled back.
//!
//! Each suite counts its trials and prints count and seed; without more it is short.
//!
//! | suite | count | what happens |
//! |---|---|---|
//! | `faults::kills` | `HAVEN_KILLS` | SIGKILL amid mixed writes |
//! | `faults::power` | `HAVEN_POWER_CUTS` | unsynced writes dropped, torn, reordered |
//! | `faults::refusals` | `HAVEN_REFUSALS` | the n-th call of the system fails |
//! | `faults::endings` | `HAVEN_ENDINGS` | ended at every named step of every act on keys, files and schema |
//! | `faults::flips` | `HAVEN_FLIPS` | one bit of one file turned over |
//! | `faults::rollbacks` | `HAVEN_ROLLBACKS` | something older or other put in the place of what was written |
//! | `faults::pages` | `HAVEN_PAGES` | every page that an earlier day had otherwise, put back |
//!
//! `HAVEN_SEED` asks for other dice.

mod child;
mod endings;
mod flips;
mod kills;
pub(crate) mod model;
mod pages;
mod power;
mod refusals;
mod rollbacks;
mod trace;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use haven_model::{Role, Timestamp};

use crate::keys::{KdfParams, KeyFile, Opener, Passphrase, Secret, StoreKeys};
use crate::op::{Op, OpKind};
use crate::store::{InitOptions, Store};

pub(crate) const NOW: Timestamp = Timestamp(1_795_442_700_000);
pub(crate) const USER: &str = "amina";

pub(crate) fn passphrase() -> Passphrase {
    Passphrase::new("quiet harbour lantern".to_owned())
}

pub(crate) fn op(kind: OpKind) -> Op {
    Op::new(kind, USER, NOW)
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// How many trials are asked for, or as many as take a short while.
pub(crate) fn trials(variable: &str, short: u64) -> u64 {
    number(variable).unwrap_or(short)
}

pub(crate) fn seed() -> u64 {
    number("HAVEN_SEED").unwrap_or(1)
}

pub(crate) fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "    {line}");
}

/// SplitMix64: dice that need nothing beside a seed.
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `end`, which is not zero.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("small");
        usize::try_from(self.next() % end).expect("small")
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// A folder whose flushes cost nothing, where the system has one.
pub(crate) fn quick_folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir()
        && let Ok(folder) = tempfile::tempdir_in(memory)
    {
        return folder;
    }
    tempfile::tempdir().expect("a folder")
}

/// A store nobody has worked in.
pub(crate) fn new_store(dir: &Path) -> Store {
    let options = InitOptions {
        user: USER.to_owned(),
        display_name: "Amina".to_owned(),
        role: Role::Admin,
        clinic: "Riverside".to_owned(),
        device_name: "Laptop".to_owned(),
        device_id: None,
        kdf: KdfParams::default(),
    };
    Store::init(dir, &options, &passphrase(), NOW).expect("made")
}

/// What the passphrase opens in the slot, so that no trial pays for a derivation.
pub(crate) fn private_key(dir: &Path) -> Secret {
    let file = KeyFile::read(dir).expect("keys");
    let slot = file.slot(USER).expect("a slot");
    slot.open(&file.store_id, &Opener::Passphrase(&passphrase()))
        .expect("opens")
        .expect("the passphrase is right")
}

/// The keys that the key file grants to whoever has the private key.
pub(crate) fn granted(dir: &Path, private: &Secret) -> crate::Result<StoreKeys> {
    let ring = KeyFile::read(dir)?.open_grants(USER, private)?;
    Ok(StoreKeys {
        ring: Arc::new(ring),
    })
}

/// Opens the store as unlocking does, the derivation aside.
pub(crate) fn open(dir: &Path, private: &Secret) -> crate::Result<Store> {
    Store::open_with_keys(dir, &granted(dir, private)?, NOW)
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("copied");
        }
    }
}

/// Where what a failed trial found is kept, so that it can be looked at.
pub(crate) fn keep(dir: &Path, name: &str) -> PathBuf {
    let kept = std::env::temp_dir().join(format!("haven-fault-{name}-{}", std::process::id()));
    copy(dir, &kept);
    kept
}
