//! Edits that a person gave up before the server took them: kept sealed beside the audit entry that says
//! so, for whoever looks into it later.

use haven_model::{Action, Operation, Resource, ResourceKey, SensitivityClass, Timestamp};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::audit::merkle::Hash;
use crate::binding::length_prefixed;
use crate::error::{Result, StoreError};
use crate::op::{Op, OpKind};
use crate::reader::Reader;
use crate::store::Store;
use crate::table::discarded::{self, Owner};

/// The schema from which on what was discarded is kept.
pub(crate) const KEEPS_DISCARDED: u32 = 20;

/// The audit log's words: content was kept, was looked at, was given up with its table.
pub(crate) const KEPT_DISCARDED: &str = "keep-discarded";
const READ_DISCARDED: &str = "read-discarded";
pub(crate) const FORGOT_DISCARDED: &str = "forget-discarded";

/// An edit that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discarded {
    /// The audit entry that says so.
    pub seq: u64,
    /// When it was given up.
    pub at: Timestamp,
    /// Who gave it up.
    pub actor: String,
    /// On which device incarnation.
    pub device: String,
    /// What was edited.
    pub key: ResourceKey,
    /// The class that its content is sealed under.
    pub class: SensitivityClass,
    /// The local version that it was.
    pub version: i64,
    /// What the server was to do.
    pub operation: Operation,
    /// When it was edited last.
    pub edited_at: Timestamp,
    /// Who edited it, where known.
    pub edited_by: Option<String>,
    /// Absent where this login does not read that class.
    pub words: Option<DiscardedWords>,
}

/// Why an edit was given up: sealed, as it may name a patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscardedWords {
    /// The person's reason.
    pub reason: String,
    /// Why the server had refused it, where it had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// The patient whose chart it was in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// Random, so that the digest in the audit log does not tell a guessed content from another.
    pub(crate) salt: String,
}

/// What the audit entry answers for.
pub(crate) fn digest(words: &[u8], body: &[u8]) -> Hash {
    Sha256::digest(length_prefixed(&[b"HVDISCARD1", words, body])).into()
}

/// Refuses while any content is kept: what another window gave up meanwhile.
pub(crate) fn require_none(connection: &Connection) -> Result<()> {
    if discarded::count(connection)? == 0 {
        return Ok(());
    }
    Err(StoreError::precondition(
        "An edit was discarded while the store was taken back. It stands as it was; close every window of it and repeat.",
    ))
}

impl Reader<'_> {
    /// What was given up, newest first: at most `limit`, only before `before_seq`.
    ///
    /// # Errors
    /// `not_permitted` for anyone but an admin or an auditor; `integrity` when something does not open.
    pub fn discarded(&self, before_seq: Option<u64>, limit: u32) -> Result<Vec<Discarded>> {
        self.may_look()?;
        discarded::list(self.link, self.vault, before_seq, limit)
    }

    fn may_look(&self) -> Result<()> {
        self.vault.permit(Action::Read, SensitivityClass::Admin)
    }
}

impl Store {
    /// As [`Reader::discarded`].
    ///
    /// # Errors
    /// As [`Reader::discarded`].
    pub fn discarded(&self, before_seq: Option<u64>, limit: u32) -> Result<Vec<Discarded>> {
        self.snapshot(|reader| reader.discarded(before_seq, limit))
    }

    /// Opens the content of an edit that was given up, `None` of a deletion; that it was looked at is on
    /// disk before it is answered.
    ///
    /// # Errors
    /// `not_found`; `not_permitted` as [`Reader::discarded`], and to a login that does not read the class
    /// of the content; `integrity` when it does not open, or is not what the audit log answers for.
    pub fn look_at_discarded(
        &self,
        seq: u64,
        now: Timestamp,
    ) -> Result<(Discarded, Option<Resource>)> {
        let op = Op::new(OpKind::Read, self.session().user.clone(), now);
        let (found, _) = self.transact(op, |tx| -> Result<_> {
            tx.may_look()?;
            let found = discarded::one(tx.link, tx.vault, seq)?
                .ok_or_else(|| StoreError::not_found("discarded change"))?;
            tx.vault.permit(Action::Read, found.class)?;
            let content = Owner::of(&found).open(tx.link, tx.vault)?;
            tx.note(READ_DISCARDED, Some(&found.key), None, None)?;
            let resource = content.resource(&found.key)?;
            Ok((found, resource))
        })?;
        Ok(found)
    }

    /// Gives up all that is kept, with an audit entry: the schema that is gone back to has no place for it.
    pub(crate) fn forget_discarded(&self, now: Timestamp) -> Result<()> {
        let op = Op::new(OpKind::Configure, self.session().user.clone(), now);
        self.transact(op, |tx| -> Result<()> {
            if discarded::count(&tx.link.connection)? == 0 {
                return Ok(());
            }
            discarded::clear(&tx.link.connection)?;
            tx.note(FORGOT_DISCARDED, None, None, None)
        })?;
        Ok(())
    }
}
