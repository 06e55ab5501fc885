//! The key file: slots and grants, beside the database.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use haven_model::{Role, SensitivityClass};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::grant::{Grant, GrantKind};
use super::key_mark::KeyMark;
use super::recipient::Rights;
use super::ring::{BlindKey, ClassKey, KeyRing};
use super::secret::{Secret, random_secret};
use super::slot::Slot;
use crate::durable;
use crate::error::{Result, StoreError};

/// The name of the key file within the store folder.
pub(crate) const KEYS_FILE: &str = "keys.json";

/// Held while the key file is compared and replaced.
const LOCK_FILE: &str = "keys.lock";

/// More than a thousand logins with many generations of keys take.
const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;

/// Slots and grants of every login of a store.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeyFile {
    pub(crate) store_id: String,
    pub(crate) slots: Vec<Slot>,
    pub(crate) grants: Vec<Grant>,
    /// The checksum of the file as it was read; empty for a new one.
    #[serde(skip)]
    pub(super) read_as: String,
    /// How often the file was written when it was read; 0 for a new one, or one of an earlier Haven.
    #[serde(skip)]
    pub(super) turn: u64,
    /// The mac over both, as it was read.
    #[serde(skip)]
    pub(super) mac: String,
    /// The whole file as it was read.
    #[serde(skip)]
    read_bytes: Vec<u8>,
}

/// The file's form: a checksum tells damage apart from a wrong passphrase. It is no protection
/// against an attacker, who meets slot and grant seals instead.
#[derive(Serialize, Deserialize)]
struct Checked<'a> {
    sha256: String,
    /// How often the file was written, and a mac over that and the checksum: an earlier file put back,
    /// and one that Haven did not write, are told apart from the present one.
    #[serde(default)]
    turn: u64,
    #[serde(default)]
    mac: Cow<'a, str>,
    #[serde(borrow)]
    keys: &'a RawValue,
}

impl KeyFile {
    /// The key file of a new store, with nobody in it.
    pub(crate) fn new(store_id: String) -> Self {
        Self {
            store_id,
            slots: Vec::new(),
            grants: Vec::new(),
            read_as: String::new(),
            turn: 0,
            mac: String::new(),
            read_bytes: Vec::new(),
        }
    }

    /// Reads the key file of the store in `dir`.
    pub(crate) fn read(dir: &Path) -> Result<Self> {
        let bytes = match std::fs::read(dir.join(KEYS_FILE)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(StoreError::NoStore);
            }
            Err(error) => return Err(StoreError::io("Reading keys.json", error)),
        };
        if bytes.len() > MAX_FILE_BYTES {
            return Err(StoreError::Unreadable {
                file: KEYS_FILE.to_owned(),
                why: "it is far larger than a key file can be".to_owned(),
            });
        }
        let damaged = |why: &str| StoreError::Unreadable {
            file: KEYS_FILE.to_owned(),
            why: why.to_owned(),
        };
        let checked: Checked<'_> = serde_json::from_slice(&bytes)
            .map_err(|_| damaged("it is cut short or is not JSON"))?;
        let sum = hex::encode(Sha256::digest(checked.keys.get().as_bytes()));
        if sum != checked.sha256 {
            return Err(damaged("its checksum does not match, so it is damaged"));
        }
        let file: Self = serde_json::from_str(checked.keys.get())
            .map_err(|_| damaged("a field is missing or malformed"))?;
        let mut holders = HashSet::new();
        if !file.slots.iter().all(|slot| holders.insert(&slot.user)) {
            return Err(damaged("it names the same login twice"));
        }
        Ok(Self {
            read_as: sum,
            turn: checked.turn,
            mac: checked.mac.into_owned(),
            read_bytes: bytes,
            ..file
        })
    }

    /// Writes the key file durably, unless it has changed since it was read: a key that another
    /// session has granted meanwhile must not be lost with bodies sealed under it. Answers the mark by
    /// which the database knows it, which is recorded there in the same transaction.
    ///
    /// # Errors
    /// `locked` when it has changed; read it again and repeat.
    pub(crate) fn write(&self, dir: &Path, audit: &Secret) -> Result<KeyMark> {
        let failed = |error| StoreError::io("Writing keys.json", error);
        let lock = std::fs::File::create(dir.join(LOCK_FILE)).map_err(failed)?;
        lock.lock().map_err(failed)?;
        if dir.join(KEYS_FILE).exists() && Self::read(dir)?.read_as != self.read_as {
            return Err(StoreError::Busy);
        }
        let malformed = |_| StoreError::integrity("the key file could not be written as JSON");
        let keys = serde_json::value::to_raw_value(self).map_err(malformed)?;
        let mark = KeyMark {
            turn: self.turn + 1,
            digest: Sha256::digest(keys.get().as_bytes()).into(),
        };
        let checked = Checked {
            sha256: hex::encode(mark.digest),
            turn: mark.turn,
            mac: mark.mac(audit, &self.store_id).into(),
            keys: &keys,
        };
        let bytes = serde_json::to_vec(&checked).map_err(malformed)?;
        durable::replace(dir, KEYS_FILE, &bytes)?;
        Ok(mark)
    }

    /// Writes the key file as it was before a change that was not committed, made within the same
    /// transaction.
    pub(crate) fn put_back(&self, dir: &Path) -> Result<()> {
        durable::replace(dir, KEYS_FILE, &self.read_bytes)
    }

    /// The slot of `user`.
    pub(crate) fn slot(&self, user: &str) -> Result<&Slot> {
        self.slots
            .iter()
            .find(|slot| slot.user == user && !slot.is_recovery())
            .ok_or(StoreError::UnknownUser)
    }

    /// The slot of the recovery key, where one was made.
    pub(crate) fn recovery_slot(&self) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.is_recovery())
    }

    /// Puts a slot in the place of what its holder had, grants included.
    pub(crate) fn replace_slot(&mut self, slot: Slot) {
        self.remove_holder(&slot.user);
        self.slots.push(slot);
    }

    /// Takes out a holder's slot and everything granted to it.
    pub(crate) fn remove_holder(&mut self, holder: &str) {
        self.slots.retain(|slot| slot.user != holder);
        self.grants.retain(|grant| grant.recipient != holder);
    }

    /// The slots of people.
    pub(crate) fn logins(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(|slot| !slot.is_recovery())
    }

    /// How many keys `user` was granted.
    pub(crate) fn keys_held(&self, user: &str) -> usize {
        let held = self.grants.iter().filter(|grant| grant.recipient == user);
        held.count()
    }

    /// Seals to `slot`'s user the keys that `role` may hold.
    ///
    /// # Errors
    /// `precondition` when the granting login lacks one of them itself.
    pub(crate) fn grant_all(&mut self, slot: &Slot, role: Role, ring: &KeyRing) -> Result<()> {
        let rights = Rights::of(slot, Some(role));
        let mut keys = vec![
            (GrantKind::Store(ring.store_generation), &ring.store),
            (GrantKind::Audit, &ring.audit),
        ];
        if rights.is_some_and(|rights| rights.finds_sensitive()) {
            if ring.blinds.is_empty() {
                return Err(missing("the sensitive class"));
            }
            keys.extend(
                ring.blinds
                    .iter()
                    .map(|blind| (GrantKind::Blind(blind.generation), &blind.key)),
            );
        }
        for class in SensitivityClass::ALL {
            let kind = |generation| rights.and_then(|rights| rights.kind(class, generation));
            if kind(1).is_none() {
                continue;
            }
            let mut held = ring
                .classes
                .iter()
                .filter(|key| key.class == class)
                .peekable();
            if held.peek().is_none() {
                return Err(missing("a class that the new login is to read"));
            }
            keys.extend(held.filter_map(|key| Some((kind(key.generation)?, &key.key))));
        }
        keys.into_iter()
            .try_for_each(|(kind, key)| self.grant(slot, kind, key))
    }

    /// Seals to `slot`'s holder every key there is in `ring`.
    pub(crate) fn grant_everything(&mut self, slot: &Slot, ring: &KeyRing) -> Result<()> {
        self.grant(slot, GrantKind::Store(ring.store_generation), &ring.store)?;
        self.grant(slot, GrantKind::Audit, &ring.audit)?;
        for blind in &ring.blinds {
            self.grant(slot, GrantKind::Blind(blind.generation), &blind.key)?;
        }
        ring.classes.iter().try_for_each(|held| {
            self.grant(
                slot,
                GrantKind::Class(held.class, held.generation),
                &held.key,
            )
        })
    }

    /// Seals one key to `slot`'s holder.
    pub(crate) fn grant(&mut self, slot: &Slot, kind: GrantKind, key: &Secret) -> Result<()> {
        self.grants.push(Grant::seal(
            &self.store_id,
            &slot.user,
            &slot.public_key,
            kind,
            key,
        )?);
        Ok(())
    }

    /// What the grants of the holder of `own` open by now, for the same login.
    pub(crate) fn open_again(&self, own: &KeyRing) -> Result<KeyRing> {
        let ring = self.open_grants(&own.holder, &own.private_key)?;
        Ok(KeyRing {
            user: own.user.clone(),
            ..ring
        })
    }

    /// Everything that `user`'s grants open, of the store's key the newest generation; what is kept
    /// for breaking the glass stays closed.
    pub(crate) fn open_grants(&self, user: &str, private_key: &Secret) -> Result<KeyRing> {
        let (mut store, mut audit) = (None::<(u16, Secret)>, None);
        let (mut blinds, mut classes) = (Vec::new(), Vec::new());
        for grant in self.grants.iter().filter(|grant| grant.recipient == user) {
            if grant.is_for_glass() {
                continue;
            }
            match grant.open(&self.store_id, private_key)? {
                (GrantKind::Store(generation), key) => {
                    if store
                        .as_ref()
                        .is_none_or(|(newest, _)| *newest < generation)
                    {
                        store = Some((generation, key));
                    }
                }
                (GrantKind::Audit, key) => audit = Some(key),
                (GrantKind::Blind(generation), key) => blinds.push(BlindKey { generation, key }),
                // Not keys of the store.
                (GrantKind::RecoveryWords, _) => {}
                (GrantKind::Class(class, generation), key) => {
                    classes.push(ClassKey {
                        class,
                        generation,
                        key,
                    });
                }
                (GrantKind::Glass(..) | GrantKind::Note(_), _) => {}
            }
        }
        let absent = || StoreError::integrity("keys.json lacks a grant that every login has");
        let (store_generation, store) = store.ok_or_else(absent)?;
        Ok(KeyRing {
            store_id: self.store_id.clone(),
            holder: user.to_owned(),
            user: user.to_owned(),
            private_key: private_key.clone(),
            store,
            store_generation,
            audit: audit.ok_or_else(absent)?,
            blinds,
            classes,
        })
    }

    /// Every generation of the store's key that `user` was granted, the newest first: two of them
    /// while it is being replaced.
    pub(crate) fn store_keys(
        &self,
        user: &str,
        private_key: &Secret,
    ) -> Result<Vec<(u16, Secret)>> {
        let mut found = Vec::new();
        for grant in self.grants.iter().filter(|grant| grant.recipient == user) {
            if let Some(GrantKind::Store(generation)) = grant.kind() {
                found.push((generation, grant.open(&self.store_id, private_key)?.1));
            }
        }
        found.sort_by_key(|(generation, _)| std::cmp::Reverse(*generation));
        Ok(found)
    }

    /// Drops the grants of a kind that `unwanted` names; answers whether there were any.
    pub(crate) fn drop_grants(&mut self, unwanted: impl Fn(GrantKind) -> bool) -> bool {
        let before = self.grants.len();
        self.grants
            .retain(|grant| !grant.kind().is_some_and(&unwanted));
        self.grants.len() < before
    }
}

fn missing(what: &str) -> StoreError {
    StoreError::Precondition {
        what: format!("Your own login does not hold the key of {what}, so it cannot be passed on."),
    }
}

/// All keys of a new store.
pub(crate) fn new_ring(store_id: &str, user: &str, private_key: Secret) -> Result<KeyRing> {
    let classes = SensitivityClass::ALL
        .into_iter()
        .map(|class| {
            Ok(ClassKey {
                class,
                generation: 1,
                key: random_secret()?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(KeyRing {
        store_id: store_id.to_owned(),
        holder: user.to_owned(),
        user: user.to_owned(),
        private_key,
        store: random_secret()?,
        store_generation: 1,
        audit: random_secret()?,
        blinds: vec![BlindKey {
            generation: 1,
            key: random_secret()?,
        }],
        classes,
    })
}
