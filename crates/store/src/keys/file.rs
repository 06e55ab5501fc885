//! The key file: slots and grants, beside the database.

use std::collections::HashSet;
use std::path::Path;

use haven_model::{Role, SensitivityClass};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::grant::{Grant, GrantKind};
use super::ring::{ClassKey, KeyRing};
use super::secret::{Secret, random_secret};
use super::slot::Slot;
use crate::durable;
use crate::error::{Result, StoreError};

/// The name of the key file within the store folder.
pub(crate) const KEYS_FILE: &str = "keys.json";

/// More than a thousand logins with many generations of keys take.
const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;

/// Slots and grants of every login of a store.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeyFile {
    pub(crate) store_id: String,
    pub(crate) slots: Vec<Slot>,
    pub(crate) grants: Vec<Grant>,
}

/// The file's form: a checksum tells damage apart from a wrong passphrase. It is no protection
/// against an attacker, who meets slot and grant seals instead.
#[derive(Serialize, Deserialize)]
struct Checked<'a> {
    sha256: String,
    #[serde(borrow)]
    keys: &'a RawValue,
}

impl KeyFile {
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
        Ok(file)
    }

    /// Writes the key file durably.
    pub(crate) fn write(&self, dir: &Path) -> Result<()> {
        let malformed = |_| StoreError::integrity("the key file could not be written as JSON");
        let keys = serde_json::value::to_raw_value(self).map_err(malformed)?;
        let checked = Checked {
            sha256: hex::encode(Sha256::digest(keys.get().as_bytes())),
            keys: &keys,
        };
        let bytes = serde_json::to_vec(&checked).map_err(malformed)?;
        durable::replace(dir, KEYS_FILE, &bytes)
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
    pub(crate) fn grant_all(&mut self, slot: &Slot, role: Role, ring: &KeyRing) -> Result<()> {
        let readable = role.readable_classes();
        let mut keys = vec![
            (GrantKind::Store, &ring.store),
            (GrantKind::Audit, &ring.audit),
        ];
        if readable.contains(&SensitivityClass::Sensitive) {
            let blind = ring
                .blind
                .as_ref()
                .ok_or_else(|| missing("the sensitive class"))?;
            keys.push((GrantKind::Blind, blind));
        }
        for class in readable {
            let mut held = ring
                .classes
                .iter()
                .filter(|key| key.class == class)
                .peekable();
            if held.peek().is_none() {
                return Err(missing("a class that the new login is to read"));
            }
            keys.extend(held.map(|key| (GrantKind::Class(key.class, key.generation), &key.key)));
        }
        keys.into_iter()
            .try_for_each(|(kind, key)| self.grant(slot, kind, key))
    }

    /// Seals to `slot`'s holder every key there is in `ring`.
    pub(crate) fn grant_everything(&mut self, slot: &Slot, ring: &KeyRing) -> Result<()> {
        self.grant(slot, GrantKind::Store, &ring.store)?;
        self.grant(slot, GrantKind::Audit, &ring.audit)?;
        if let Some(blind) = &ring.blind {
            self.grant(slot, GrantKind::Blind, blind)?;
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

    /// Everything that `user`'s grants open.
    pub(crate) fn open_grants(&self, user: &str, private_key: &Secret) -> Result<KeyRing> {
        let (mut store, mut audit, mut blind, mut classes) = (None, None, None, Vec::new());
        for grant in self.grants.iter().filter(|grant| grant.recipient == user) {
            match grant.open(&self.store_id, private_key)? {
                (GrantKind::Store, key) => store = Some(key),
                (GrantKind::Audit, key) => audit = Some(key),
                (GrantKind::Blind, key) => blind = Some(key),
                // Not a key of the store.
                (GrantKind::RecoveryWords, _) => {}
                (GrantKind::Class(class, generation), key) => {
                    classes.push(ClassKey {
                        class,
                        generation,
                        key,
                    });
                }
            }
        }
        let absent = || StoreError::integrity("keys.json lacks a grant that every login has");
        Ok(KeyRing {
            store_id: self.store_id.clone(),
            user: user.to_owned(),
            private_key: private_key.clone(),
            store: store.ok_or_else(absent)?,
            audit: audit.ok_or_else(absent)?,
            blind,
            classes,
        })
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
        user: user.to_owned(),
        private_key,
        store: random_secret()?,
        audit: random_secret()?,
        blind: Some(random_secret()?),
        classes,
    })
}
