//! The keys of the store: how they stand, replacing them, sealing again.

use std::path::PathBuf;
use std::sync::Arc;

use haven_model::{Action, SensitivityClass};
use haven_store::{
    KeyStatus, LeftOut, Reseal, RotateOptions, RotatedKey, Rotation, Store, StoreKeyReplaced,
};
use serde::Serialize;

use super::Session;
use crate::error::{AppError, Code, Result};
use crate::platform::Platform;

/// Which class keys to replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RotateWhat {
    /// Those that are due.
    Due,
    /// Every class that the user's role reads.
    All,
    /// One class, by its word.
    Class(String),
}

/// What was replaced, and what was sealed again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RotateAnswer {
    /// The new generations.
    pub rotated: Vec<RotatedKey>,
    /// The new generation of the blind-index key, where it was replaced too.
    pub blind_generation: Option<u16>,
    /// Logins and slots that were not granted a new key.
    pub left_out: Vec<LeftOut>,
    /// Bodies sealed again.
    pub resealed: u64,
    /// Earlier keys that nobody holds any more.
    pub destroyed: Vec<RotatedKey>,
}

impl Session {
    /// Generations, ages, counts, what is due and why, and who can open the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn key_status(&self) -> Result<KeyStatus> {
        Ok(self.store().key_status(self.platform().now())?)
    }

    /// Replaces class keys and seals again whatever earlier ones sealed, to the end. With `regrant`,
    /// an admin grants the new keys to every slot of keys.json, vouched for or not.
    ///
    /// # Errors
    /// `not_permitted` for a class that the user's role does not read, and for `regrant` by anyone but
    /// an admin; `invalid` for an unknown class.
    pub fn rotate_keys(&self, what: &RotateWhat, regrant: bool) -> Result<RotateAnswer> {
        let role = self.who().role;
        if regrant && !role.permits(Action::Write, SensitivityClass::Admin) {
            return Err(AppError::new(
                Code::NotPermitted,
                "Only an administrator may grant keys to slots that nobody vouched for. Nothing was \
                 changed.",
            ));
        }
        let classes = match what {
            RotateWhat::Due => None,
            RotateWhat::All => Some(role.readable_classes()),
            RotateWhat::Class(word) => {
                Some(vec![SensitivityClass::from_word(word).ok_or_else(|| {
                    AppError::invalid(format!(
                        "\"{word}\" is not a class of records: core, clinical, sensitive or admin. \
                         Nothing was changed."
                    ))
                })?])
            }
        };
        let options = RotateOptions { classes, regrant };
        let Rotation {
            rotated,
            blind_generation,
            left_out,
        } = self.store().rotate_keys(&options, self.platform().now())?;
        let (resealed, destroyed) = self.reseal()?;
        Ok(RotateAnswer {
            rotated,
            blind_generation,
            left_out,
            resealed,
            destroyed,
        })
    }

    /// Seals again whatever an earlier key of a class that this user holds has sealed.
    fn reseal(&self) -> Result<(u64, Vec<RotatedKey>)> {
        let mut progress = Reseal::default();
        let mut resealed = 0;
        loop {
            let step = self.store().reseal(&mut progress, self.platform().now())?;
            resealed += step.resealed;
            if step.done {
                return Ok((resealed, step.destroyed));
            }
        }
    }

    /// Replaces the key of the database itself, which every login holds; the session goes on in the
    /// new file.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin; `locked` while any window or command has the store
    /// open, this one's other users included. The store is then as it was.
    pub fn replace_store_key(self, regrant: bool) -> Result<(Self, StoreKeyReplaced)> {
        let (dir, platform): (PathBuf, Arc<dyn Platform>) =
            (self.dir().to_owned(), self.platform().clone());
        let keys = self.store().keys();
        drop(self);
        let replaced = haven_store::replace_store_key(&dir, &keys, regrant, platform.now())?;
        let store = Store::open_with_keys(&dir, &keys, platform.now())?;
        Ok((Self::new(store, &dir, platform), replaced))
    }
}
