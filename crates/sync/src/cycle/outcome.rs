//! Recording what the server made of one change, inside the caller's transaction.

use haven_model::Timestamp;
use haven_model::wire::{Accepted, Rejection};
use haven_store::{Ack, InFlight, StoreError, Tx};

use super::page::remote_version;
use super::reread::nothing_there;
use super::settle::{Settled, Terms, settle};
use crate::plan::Occasion;

/// What became of one change.
pub(super) enum Outcome {
    Taken,
    Rejected,
    NewOpId,
    Settled(Settled),
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
    accepted: Accepted,
) -> Result<Outcome, StoreError> {
    let Some(last_updated) = Timestamp::parse(&accepted.last_modified) else {
        return Ok(Outcome::Unanswered);
    };
    tx.ack(
        &sent.op_id,
        Ack {
            server_version: accepted.version,
            last_updated,
            vector_clock: accepted.vector_clock,
        },
    )?;
    Ok(Outcome::Taken)
}

/// Records the server's no: what it holds instead is planned for like a version pulled.
pub(super) fn refuse(
    tx: &mut Tx<'_>,
    sent: &InFlight,
    rejection: Rejection,
    known: Known,
    now: Timestamp,
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
            settle(tx, current, Occasion::Refused, known.terms).map(Outcome::Settled)
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
