//! How the keys of a store stand.

use haven_model::{SensitivityClass, Timestamp};
use serde::Serialize;

use super::KdfParams;
use super::file::KeyFile;
use super::generation;
use super::rotation::{DUE_SETTING, STORE_WORD, names};
use crate::error::Result;
use crate::reseal;
use crate::store::Store;
use crate::table::setting;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Why a key is to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DueReason {
    /// It is 90 days old.
    Age,
    /// It has sealed 2³⁰ bodies.
    Seals,
    /// A login that held it was removed.
    LoginRemoved,
}

/// A class key that is to be replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DueKey {
    /// The class.
    pub class: SensitivityClass,
    /// Why.
    pub why: DueReason,
}

/// One generation of a class key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GenerationStatus {
    /// The class.
    pub class: SensitivityClass,
    /// The generation, from 1.
    pub generation: u16,
    /// When it was made.
    pub made_at: String,
    /// How long ago, in whole days.
    pub age_days: i64,
    /// How often it has sealed at most; counted upward in blocks.
    pub seals: u64,
    /// Bodies that are sealed under it: rows, versions, bases, sent changes, parts of conflicts.
    pub bodies: u64,
    /// `current`, `retiring` while bodies are left under it, `destroyed`.
    pub state: &'static str,
    /// Whether this login holds it.
    pub held: bool,
}

/// The key of the database's pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoreKeyStatus {
    /// The generation, from 1.
    pub generation: u16,
    /// Whether an admin is to replace it, as a login that held it was removed.
    pub due: bool,
}

/// One slot of the key file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SlotStatus {
    /// The login, or the name of the slot.
    pub user: String,
    /// `passphrase`, `recovery` and so on.
    pub kind: String,
    /// What a guess at its passphrase costs; absent where a random key opens the slot.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "cost")]
    pub kdf: Option<KdfParams>,
}

/// As answers spell names; the key file has a spelling of its own.
fn cost<S: serde::Serializer>(cost: &Option<KdfParams>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Cost {
        memory_kib: u32,
        passes: u32,
        lanes: u32,
    }
    cost.as_ref()
        .map(|cost| Cost {
            memory_kib: cost.memory_kib,
            passes: cost.passes,
            lanes: cost.lanes,
        })
        .serialize(serializer)
}

/// How the keys of a store stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyStatus {
    /// Every generation of every class key, oldest first by class.
    pub generations: Vec<GenerationStatus>,
    /// Bodies still sealed under an earlier generation.
    pub on_earlier: u64,
    /// The class keys that are to be replaced.
    pub due: Vec<DueKey>,
    /// The generation of the blind-index key.
    pub blind_generation: u16,
    /// The key of the database's pages.
    pub store_key: StoreKeyStatus,
    /// Who can open the store, and how.
    pub slots: Vec<SlotStatus>,
}

impl Store {
    /// How the keys stand: generations, ages, counts, what is due and why.
    ///
    /// # Errors
    /// When the store or the key file cannot be read.
    pub fn key_status(&self, now: Timestamp) -> Result<KeyStatus> {
        self.catch_up()?;
        let file = KeyFile::read(self.dir())?;
        let held = self.vault().held();
        let due = self.due_keys(now)?;
        self.snapshot(|reader| {
            let connection = &reader.link.connection;
            let bodies = reseal::bodies(connection)?;
            let generations: Vec<_> = generation::all(connection)?
                .into_iter()
                .map(|one| {
                    let is_current = held.known.generation(one.class) == Some(one.number);
                    GenerationStatus {
                        class: one.class,
                        generation: one.number,
                        made_at: one.made_at.to_instant(),
                        age_days: now.as_millis().saturating_sub(one.made_at.as_millis()) / DAY_MS,
                        seals: one.seals,
                        bodies: bodies.get(&(one.class, one.number)).copied().unwrap_or(0),
                        state: match (is_current, one.destroyed_at) {
                            (_, Some(_)) => "destroyed",
                            (true, None) => "current",
                            (false, None) => "retiring",
                        },
                        held: held.cipher(one.class, Some(one.number)).is_some(),
                    }
                })
                .collect();
            let words = setting::plain(connection, DUE_SETTING)?;
            Ok(KeyStatus {
                on_earlier: generations
                    .iter()
                    .filter(|one| one.state != "current")
                    .map(|one| one.bodies)
                    .sum(),
                generations,
                due,
                blind_generation: held.known.blind_generation,
                store_key: StoreKeyStatus {
                    generation: held.ring.store_generation,
                    due: words.is_some_and(|words| names(&words, STORE_WORD)),
                },
                slots: file
                    .slots
                    .iter()
                    .map(|slot| SlotStatus {
                        user: slot.user.clone(),
                        kind: slot.kind.clone(),
                        kdf: slot.kdf,
                    })
                    .collect(),
            })
        })
    }
}
