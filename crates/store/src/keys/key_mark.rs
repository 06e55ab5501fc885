//! Which key file belongs to the database: one of an earlier day, or of another hand, shows.
//!
//! keys.json carries how often it was written and a mac under the audit key; the database holds the
//! same number and the file's checksum, recorded in the transaction that the file was changed in. A
//! file that is ahead of the database was left by a change that a crash cut off, and is taken over;
//! one behind it, or of the same number and other content, was put there.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, named_params};
use subtle::ConstantTimeEq;

use super::file::{KEYS_FILE, KeyFile};
use super::secret::Secret;
use crate::binding::length_prefixed;
use crate::error::Result;
use crate::link::Link;
use crate::seal::{derived, keyed_digest};
use crate::sums;

/// How often the key file was written, and its SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyMark {
    pub(super) turn: u64,
    pub(super) digest: [u8; 32],
}

impl KeyMark {
    /// The mac over it, in hex.
    pub(super) fn mac(&self, audit: &Secret, store_id: &str) -> String {
        let said = length_prefixed(&[
            b"HVKEYS1",
            store_id.as_bytes(),
            &self.turn.to_be_bytes(),
            &self.digest,
        ]);
        hex::encode(keyed_digest(derived(audit, b"HVKEYS1").as_ref(), &said))
    }

    /// Records it as the one that belongs to this database.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub(crate) fn record(&self, connection: &Connection) -> Result<()> {
        connection
            .prepare_cached(include_str!("key_mark/record.sql"))?
            .execute(named_params! {
                ":turn": i64::try_from(self.turn).unwrap_or(i64::MAX),
                ":digest": self.digest.as_slice(),
            })?;
        Ok(())
    }

    /// The one recorded; `None` when none is, or the schema has no place for it.
    fn recorded(connection: &Connection) -> Result<Option<Self>> {
        let has_place: bool = connection
            .prepare_cached(include_str!("key_mark/has_place.sql"))?
            .query_row([], |row| row.get("has_place"))?;
        if !has_place {
            return Ok(None);
        }
        let found: Option<(i64, Option<Vec<u8>>)> = connection
            .prepare_cached(include_str!("key_mark/recorded.sql"))?
            .query_row([], |row| {
                Ok((row.get("file_turn")?, row.get("file_digest")?))
            })
            .optional()?;
        Ok(found.and_then(|(turn, digest)| {
            Some(Self {
                turn: u64::try_from(turn).ok()?,
                digest: digest?.try_into().ok()?,
            })
        }))
    }
}

impl KeyFile {
    fn mark(&self) -> KeyMark {
        let mut digest = [0; 32];
        // A checksum that was read and compared is 32 bytes in hex.
        hex::decode_to_slice(&self.read_as, &mut digest).ok();
        KeyMark {
            turn: self.turn,
            digest,
        }
    }

    fn is_genuine(&self, audit: &Secret) -> bool {
        let expected = self.mark().mac(audit, &self.store_id);
        bool::from(expected.as_bytes().ct_eq(self.mac.as_bytes()))
    }
}

/// How the key file that stands relates to the database.
enum Relation {
    /// It is the one recorded.
    Same,
    /// The database knows of none, or of an earlier one.
    Ahead(KeyFile),
    /// It is not the one that was written, in a sentence.
    Other(String),
}

fn relation(dir: &Path, connection: &Connection, audit: &Secret) -> Result<Relation> {
    // In this order: a change made meanwhile is found ahead, never behind.
    let recorded = KeyMark::recorded(connection)?;
    let file = KeyFile::read(dir)?;
    let mark = file.mark();
    Ok(match recorded {
        None => Relation::Ahead(file),
        Some(recorded) if file.turn < recorded.turn => Relation::Other(format!(
            "{KEYS_FILE} is older than store.db: it was written {} times where {} are known, so an earlier one was put back, with the logins, passphrases and keys of its day",
            file.turn, recorded.turn
        )),
        Some(_) if !file.is_genuine(audit) => Relation::Other(format!(
            "{KEYS_FILE} was altered by something other than Haven: a login's slot, its cost or a grant is not as it was written"
        )),
        Some(recorded) if mark == recorded => Relation::Same,
        Some(recorded) if mark.turn == recorded.turn => Relation::Other(format!(
            "{KEYS_FILE} is not the one that store.db was last written beside"
        )),
        Some(_) => Relation::Ahead(file),
    })
}

/// What is amiss with the key file, as a sentence; nothing when it belongs to the database.
///
/// # Errors
/// When either cannot be read.
pub(crate) fn finding(dir: &Path, link: &Link, audit: &Secret) -> Result<Option<String>> {
    Ok(match relation(dir, &link.connection, audit)? {
        Relation::Same | Relation::Ahead(_) => None,
        Relation::Other(what) => Some(what),
    })
}

/// Records the key file that is ahead of the database; with `whatever`, the one that stands.
///
/// # Errors
/// When either cannot be written.
pub(crate) fn take_over(dir: &Path, link: &Link, audit: &Secret, whatever: bool) -> Result<()> {
    if !whatever && matches!(relation(dir, &link.connection, audit)?, Relation::Same) {
        return Ok(());
    }
    let transaction = Transaction::new_unchecked(&link.connection, TransactionBehavior::Immediate)?;
    // Again, now that nobody else changes either.
    let mut file = match relation(dir, &link.connection, audit)? {
        Relation::Ahead(file) => file,
        Relation::Other(_) if whatever => KeyFile::read(dir)?,
        Relation::Same | Relation::Other(_) => return Ok(()),
    };
    let recorded = KeyMark::recorded(&link.connection)?;
    let mark = if file.is_genuine(audit) && recorded.is_none_or(|one| one.turn < file.turn) {
        file.mark()
    } else {
        file.turn = recorded.map_or(file.turn, |one| one.turn.max(file.turn));
        file.write(dir, audit)?
    };
    mark.record(&link.connection)?;
    sums::settle(link, audit)?;
    transaction.commit()?;
    Ok(())
}
