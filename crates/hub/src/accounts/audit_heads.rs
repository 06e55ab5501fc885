//! The heads of the devices' audit logs, kept where no device can take them back.
//!
//! Invariant: what is kept for a device only grows, and each head was shown to continue the one
//! before it (RFC 6962 §2.1.2). A head that does not is noted beside it; nothing else of the device is
//! refused for that.

use haven_model::Timestamp;
use haven_model::merkle::{Hash, MAX_PROOF_NODES, hash_text, is_consistent, parse_hash};
use haven_model::wire::{AuditAnchor, AuditHead};
use rusqlite::{OptionalExtension, Row, Transaction, named_params};
use serde::Serialize;

use crate::error::{HubError, Result};

/// The head of a device's audit log that was taken last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditHeadKept {
    /// Entries.
    pub size: u64,
    /// The Merkle root over them, in hex.
    pub root: String,
    /// When it was taken, RFC 3339.
    pub at: String,
    /// When the device's first one was, RFC 3339.
    pub first_at: String,
    /// How many were taken.
    pub heads: u64,
}

/// The last head that did not continue the one taken before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditHeadConflict {
    /// `smaller`, `other-root`, `inconsistent`, `unproven` or `malformed`.
    pub kind: String,
    /// Entries that it claims.
    pub size: u64,
    /// The root that it claims, in hex; absent when it was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// When the first such head came, RFC 3339.
    pub first_at: String,
    /// When this one came, RFC 3339.
    pub at: String,
    /// How many such heads came.
    pub heads: u64,
}

/// What a device row joined with its heads tells.
pub(super) fn of_row(
    row: &Row<'_>,
) -> rusqlite::Result<(Option<AuditHeadKept>, Option<AuditHeadConflict>)> {
    let count = |name: &str| -> rusqlite::Result<Option<u64>> {
        let number: Option<i64> = row.get(name)?;
        Ok(number.map(|number| u64::try_from(number).unwrap_or(0)))
    };
    let instant =
        |name: &str| -> rusqlite::Result<String> { Ok(Timestamp(row.get(name)?).to_instant()) };
    let kept = match (count("head_size")?, count("head_count")?) {
        (Some(size), Some(heads)) => Some(AuditHeadKept {
            size,
            root: row.get("head_root")?,
            at: instant("head_at")?,
            first_at: instant("head_first_at")?,
            heads,
        }),
        (None | Some(_), None | Some(_)) => None,
    };
    let conflict = match (count("conflict_size")?, count("conflict_count")?) {
        (Some(size), Some(heads)) => Some(AuditHeadConflict {
            kind: row.get("conflict_kind")?,
            size,
            root: row
                .get::<_, Option<String>>("conflict_root")?
                .filter(|root| !root.is_empty()),
            first_at: instant("conflict_first_at")?,
            at: instant("conflict_at")?,
            heads,
        }),
        (None | Some(_), None | Some(_)) => None,
    };
    Ok((kept, conflict))
}

/// A head whose members are what they should be.
struct Read {
    size: u64,
    root: Hash,
    proof: Option<(u64, Vec<Hash>)>,
}

fn read(head: &AuditHead) -> Option<Read> {
    let proof = match &head.consistency {
        None => None,
        Some(proof) if proof.path.len() > MAX_PROOF_NODES => return None,
        Some(proof) => Some((
            proof.from,
            proof
                .path
                .iter()
                .map(|node| parse_hash(node))
                .collect::<Option<_>>()?,
        )),
    };
    let fits = head.size > 0 && i64::try_from(head.size).is_ok();
    fits.then_some(Read {
        size: head.size,
        root: parse_hash(&head.root)?,
        proof,
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Take,
    /// It is what is kept, or has to be shown to continue that first.
    Leave,
    Conflict(&'static str),
}

fn judge(kept: Option<(u64, Hash)>, head: &Read) -> Verdict {
    let Some((size, root)) = kept else {
        return Verdict::Take;
    };
    match (head.size.cmp(&size), &head.proof) {
        (std::cmp::Ordering::Less, _) => Verdict::Conflict("smaller"),
        (std::cmp::Ordering::Equal, _) if head.root == root => Verdict::Leave,
        (std::cmp::Ordering::Equal, _) => Verdict::Conflict("other-root"),
        (std::cmp::Ordering::Greater, None) => Verdict::Conflict("unproven"),
        // The device had not heard of the last one taken: it proves again.
        (std::cmp::Ordering::Greater, Some((from, _))) if *from != size => Verdict::Leave,
        (std::cmp::Ordering::Greater, Some((_, path))) => {
            if is_consistent(size, &root, head.size, &head.root, path) {
                Verdict::Take
            } else {
                Verdict::Conflict("inconsistent")
            }
        }
    }
}

fn kept(tx: &Transaction<'_>, device_id: &str) -> Result<Option<(u64, Hash, Timestamp)>> {
    let row = tx
        .prepare_cached(include_str!("../sql/audit_head_find.sql"))?
        .query_row(named_params! {":device_id": device_id}, |row| {
            Ok((
                row.get::<_, i64>("size")?,
                row.get::<_, Vec<u8>>("root")?,
                row.get::<_, i64>("taken_at")?,
            ))
        })
        .optional()?;
    row.map(|(size, root, at)| {
        let corrupt = || HubError::Corrupt("the head of an audit log");
        Ok((
            u64::try_from(size).map_err(|_| corrupt())?,
            Hash::try_from(root.as_slice()).map_err(|_| corrupt())?,
            Timestamp(at),
        ))
    })
    .transpose()
}

/// The head of a device's audit log that was taken last.
///
/// # Errors
/// When the database fails.
pub fn anchor(tx: &Transaction<'_>, device_id: &str) -> Result<Option<AuditAnchor>> {
    Ok(kept(tx, device_id)?.map(|(size, root, at)| AuditAnchor {
        size,
        root: hash_text(&root),
        at: at.to_instant(),
    }))
}

/// Takes the head of a device's audit log when it continues the last one, notes it as a conflict when
/// it cannot, and answers what is kept now. The device must be enrolled.
///
/// # Errors
/// When the database fails.
pub fn offer(
    tx: &Transaction<'_>,
    device_id: &str,
    head: &AuditHead,
    now: Timestamp,
) -> Result<Option<AuditAnchor>> {
    let before = kept(tx, device_id)?;
    let head_read = read(head);
    let verdict = match &head_read {
        None => Verdict::Conflict("malformed"),
        Some(read) => judge(before.map(|(size, root, _)| (size, root)), read),
    };
    let size = i64::try_from(head.size).unwrap_or(i64::MAX);
    let root = head_read.as_ref().map(|read| read.root.as_slice());
    match verdict {
        Verdict::Leave => {}
        Verdict::Take => {
            tx.execute(
                include_str!("../sql/audit_head_take.sql"),
                named_params! {
                    ":device_id": device_id, ":size": size, ":root": root, ":now": now.as_millis(),
                },
            )?;
        }
        Verdict::Conflict(kind) => {
            tracing::warn!(
                device_id,
                kind,
                "a device's audit log does not continue what was kept of it"
            );
            tx.execute(
                include_str!("../sql/audit_head_conflict.sql"),
                named_params! {
                    ":device_id": device_id, ":kind": kind, ":size": size, ":root": root,
                    ":now": now.as_millis(),
                },
            )?;
        }
    }
    anchor(tx, device_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(size: u64, root: u8, proof: Option<(u64, Vec<Hash>)>) -> Read {
        Read {
            size,
            root: [root; 32],
            proof,
        }
    }

    #[test]
    fn only_a_head_that_continues_the_last_one_is_taken() {
        let kept = Some((5, [5; 32]));
        assert_eq!(judge(None, &head(9, 9, None)), Verdict::Take, "the first");
        for (offered, verdict) in [
            (head(5, 5, None), Verdict::Leave),
            (head(5, 6, None), Verdict::Conflict("other-root")),
            (head(4, 4, None), Verdict::Conflict("smaller")),
            (head(9, 9, None), Verdict::Conflict("unproven")),
            (head(9, 9, Some((3, Vec::new()))), Verdict::Leave),
            (
                head(9, 9, Some((5, vec![[1; 32]; 3]))),
                Verdict::Conflict("inconsistent"),
            ),
        ] {
            assert_eq!(judge(kept, &offered), verdict, "{} entries", offered.size);
        }
    }

    #[test]
    fn nonsense_is_none() {
        let of = |size, root: &str, path: Option<Vec<String>>| AuditHead {
            size,
            root: root.to_owned(),
            consistency: path.map(|path| haven_model::wire::AuditConsistency { from: 1, path }),
        };
        let good = "ab".repeat(32);
        assert!(read(&of(1, &good, None)).is_some());
        for bad in [
            of(0, &good, None),
            of(u64::MAX, &good, None),
            of(1, "", None),
            of(1, "zz", None),
            of(1, &good, Some(vec!["ab".to_owned()])),
            of(1, &good, Some(vec![good.clone(); 10_000])),
        ] {
            assert!(
                read(&bad).is_none(),
                "{} entries, root {}",
                bad.size,
                bad.root
            );
        }
    }
}
