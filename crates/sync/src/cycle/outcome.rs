//! Recording what the server made of one change, inside the caller's transaction.

use std::collections::HashMap;

use haven_model::wire::Rejection;
use haven_model::{ResourceKey, Timestamp};
use haven_store::{Ack, ErrorCode, InFlight, RemoteVersion, StoreError, Tx};

use super::clock;
use super::page::remote_version;
use super::reread::nothing_there;
use super::settle::{Settled, Terms, act, held, settle};
use crate::plan::Occasion;
use crate::remote::{Realm, Taken};

/// What became of one change.
pub(super) enum Outcome {
    Taken,
    Rejected,
    NewOpId,
    Settled(Settled),
    Held,
    PutOff,
    Unanswered,
}

/// What earlier answers say about a change.
pub(super) struct Known {
    pub terms: Terms,
    pub op_id_was_reused: bool,
}

/// Records the server's yes.
pub(super) fn take(
    tx: &mut Tx<'_>,
    sent: &InFlight,
    taken: Taken,
    terms: Terms,
    realm: &Realm,
    renamed: &mut HashMap<ResourceKey, ResourceKey>,
) -> Result<Outcome, StoreError> {
    let Some(last_updated) = Timestamp::parse(&taken.last_modified) else {
        return Ok(Outcome::Unanswered);
    };
    let mut key = sent.key.clone();
    if let Some(id) = &taken.id {
        key = match tx.adopt_id(&sent.key, id) {
            Ok(key) => key,
            Err(error) if error.code() == ErrorCode::Precondition => {
                tx.reject(&sent.op_id, &error.to_string())?;
                return Ok(Outcome::Rejected);
            }
            Err(error) => return Err(error),
        };
        renamed.insert(sent.key.clone(), key.clone());
    }
    let seen = match (taken.vector_clock, &realm.name) {
        (Some(clock), _) => clock,
        (None, Some(name)) => sent.vector_clock.clone().tick(&clock::node(name)),
        (None, None) => sent.vector_clock.clone(),
    };
    let was_edited = tx
        .get(&key)?
        .is_some_and(|stored| stored.row.version != sent.row_version);
    if was_edited
        && taken.differs
        && let Some(resource) = taken.resource
    {
        // Both sides went on from what was sent: the server made something else of it, and so did
        // someone here.
        let theirs = RemoteVersion {
            key: key.clone(),
            resource: Some(resource),
            server_version: taken.version,
            vector_clock: seen,
            last_modified: last_updated,
            device_id: None,
            device_name: None,
            user: None,
            edited_at: None,
        };
        let terms = Terms {
            rebases: 0,
            ..terms
        };
        // It has just said that it took what was sent.
        let local = held(tx, &theirs, Occasion::Confirmed, terms)?;
        let settled = act(tx, local, theirs, Occasion::Refused, terms)?;
        if let Some(name) = &realm.name {
            tx.assign_remote(&key, name)?;
        }
        return Ok(Outcome::Settled(settled));
    }
    tx.ack_as(
        &sent.op_id,
        Ack {
            server_version: taken.version,
            last_updated,
            vector_clock: seen,
        },
        taken.resource,
    )?;
    if let Some(name) = &realm.name {
        tx.assign_remote(&key, name)?;
    }
    Ok(Outcome::Taken)
}

/// Records the server's no: what it holds instead is planned for like a version pulled.
pub(super) fn refuse(
    tx: &mut Tx<'_>,
    sent: &InFlight,
    rejection: Rejection,
    known: Known,
    now: Timestamp,
    realm: &Realm,
) -> Result<Outcome, StoreError> {
    let word = rejection
        .reason
        .split(':')
        .next()
        .unwrap_or_default()
        .trim();
    match word {
        "conflict" => {
            let current = match rejection.conflict {
                Some(change) => remote_version(change),
                // The server does not know the resource at all: it is offered as new.
                None => Some(nothing_there(sent.key.clone(), now)),
            };
            let Some(current) = current else {
                tx.reject(
                    &sent.op_id,
                    "conflict: the server's version cannot be read here",
                )?;
                return Ok(Outcome::Rejected);
            };
            if current.key != sent.key {
                return Ok(Outcome::Unanswered);
            }
            settle(tx, current, Occasion::Refused, known.terms, realm).map(Outcome::Settled)
        }
        "op-id-reused" if !known.op_id_was_reused => {
            tx.release(&sent.op_id)?;
            // A copy of this store is at work elsewhere: its numbers are left behind.
            tx.skip_op_ids()?;
            Ok(Outcome::NewOpId)
        }
        _ => {
            tx.reject(&sent.op_id, &rejection.reason)?;
            Ok(Outcome::Rejected)
        }
    }
}
