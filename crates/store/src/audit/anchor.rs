//! The audit log's head as the hub keeps it, where nobody who holds disk and keys can take it back.
//!
//! What the hub answers is kept as a setting of this device incarnation, so that verification can
//! tell how far the log is covered and since when. The setting is rolled back with the store; the
//! hub's own memory is not, and is compared with the log at each contact.

use std::ops::Range;
use std::path::Path;

use haven_model::Timestamp;
use haven_model::merkle::consistency_spans;
use serde::{Deserialize, Serialize};

use super::archive;
use super::merkle::{Hash, Tree};
use crate::binding::length_prefixed;
use crate::error::{Result, StoreError};
use crate::lobby::AuditMark;
use crate::op::{Op, OpKind};
use crate::reader::Reader;
use crate::seal::{Vault, keyed_digest};
use crate::store::Store;
use crate::table::audit::{self, Checked};
use crate::table::setting;

const ANCHOR: &str = "audit.anchor";
const ROLLED_BACK: &str = "audit.rolled_back";

/// The actor of what a contact with the hub brings to light.
const ACTOR: &str = "sync";

/// A head of the log that the hub keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditAnchor {
    /// Entries.
    pub size: u64,
    /// The Merkle root over them.
    pub root: [u8; 32],
    /// When the hub took it, by its clock.
    pub at: Timestamp,
}

impl AuditAnchor {
    /// How long ago the hub took it; 0 where the clocks disagree about the order.
    #[must_use]
    pub fn age_seconds(&self, now: Timestamp) -> u64 {
        let ms = now.as_millis().saturating_sub(self.at.as_millis()).max(0);
        u64::try_from(ms / 1000).unwrap_or(0)
    }
}

/// The head of the log, and how it continues an earlier one (RFC 6962 §2.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditAdvance {
    /// Entries.
    pub size: u64,
    /// The Merkle root over them.
    pub root: [u8; 32],
    /// Entries of the earlier log; 0 where there was none.
    pub from: u64,
    /// The nodes of the proof.
    pub proof: Vec<[u8; 32]>,
    frontier: Vec<u8>,
}

/// How the log relates to a head that the hub keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnchorCheck {
    /// It begins with the log that the hub has seen.
    Continues(AuditAdvance),
    /// It does not: it is an older copy, or another log.
    Departs {
        /// Entries that stand.
        size: u64,
        /// The Merkle root over them.
        root: [u8; 32],
    },
}

/// What the hub has seen of this log and the log lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRollback {
    /// Entries that the hub has seen.
    pub size: u64,
    /// The Merkle root over them, in hex.
    pub root: String,
    /// When the hub took them, by its clock.
    pub at: Timestamp,
    /// Entries that stood when it was noticed.
    pub stands: u64,
    /// When it was noticed.
    pub noticed_at: Timestamp,
}

impl AuditRollback {
    /// What is wrong, as a clause for people.
    #[must_use]
    pub fn finding(&self) -> String {
        let seen = self.at.to_instant();
        if self.stands < self.size {
            format!(
                "this store was rolled back since the hub saw it: {} audit entries stood where the hub has seen {} at {seen}",
                self.stands, self.size
            )
        } else {
            format!(
                "this store was rolled back or rewritten since the hub saw it: its audit log does not begin with the {} entries that the hub has seen at {seen}",
                self.size
            )
        }
    }
}

/// How far the log is covered by the hub's memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditStanding {
    /// Entries.
    pub entries: u64,
    /// The head that the hub keeps, as far as this device has heard.
    pub anchor: Option<AuditAnchor>,
    /// What the hub has seen and the log lacks.
    pub rollback: Option<AuditRollback>,
    /// Whether what is kept here of the hub's answer was altered.
    pub altered: bool,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    device: String,
    mark: AuditMark,
    at: Timestamp,
    #[serde(with = "hex::serde")]
    mac: [u8; 32],
}

fn mac(vault: &Vault, mark: &AuditMark, at: Timestamp) -> Hash {
    let said = length_prefixed(&[
        b"HVANCHOR1",
        vault.session.device_id.as_bytes(),
        &mark.size.to_be_bytes(),
        &mark.root,
        &mark.frontier,
        &at.as_millis().to_be_bytes(),
    ]);
    keyed_digest(vault.keys.ring.audit.as_ref(), &said)
}

enum Found {
    Nothing,
    Genuine(AuditMark, Timestamp),
    Altered,
}

/// What is kept here of the hub's answers to this incarnation; a restored store begins anew.
fn kept(reader: &Reader<'_>) -> Result<Found> {
    let Some(text) = setting::get(reader.link, reader.vault, ANCHOR)? else {
        return Ok(Found::Nothing);
    };
    Ok(match serde_json::from_str::<Kept>(&text) {
        Err(_) => Found::Altered,
        Ok(kept) if kept.device != reader.vault.session.device_id => Found::Nothing,
        Ok(kept) if mac(reader.vault, &kept.mark, kept.at) != kept.mac => Found::Altered,
        Ok(kept) => Found::Genuine(kept.mark, kept.at),
    })
}

#[derive(Serialize, Deserialize)]
struct Noticed {
    device: String,
    rollback: AuditRollback,
}

fn noticed(reader: &Reader<'_>) -> Result<Option<AuditRollback>> {
    let text = setting::get(reader.link, reader.vault, ROLLED_BACK)?;
    Ok(text
        .and_then(|text| serde_json::from_str::<Noticed>(&text).ok())
        .filter(|noticed| noticed.device == reader.vault.session.device_id)
        .map(|noticed| noticed.rollback))
}

/// What is kept of the hub's answers, as one connection sees it; the entries are not counted, so that
/// a log without a head can be looked at.
pub(crate) fn standing(reader: &Reader<'_>) -> Result<AuditStanding> {
    let found = kept(reader)?;
    Ok(AuditStanding {
        entries: 0,
        altered: matches!(found, Found::Altered),
        anchor: match found {
            Found::Genuine(mark, at) => Some(AuditAnchor {
                size: mark.size,
                root: mark.root,
                at,
            }),
            Found::Nothing | Found::Altered => None,
        },
        rollback: noticed(reader)?,
    })
}

/// The part of a proof that lies behind the earlier head, hashed as the entries come by.
struct Proof {
    parts: Vec<(Range<u64>, Tree)>,
}

impl Proof {
    fn between(old: u64, new: u64) -> Self {
        let spans = consistency_spans(old, new).into_iter();
        Self {
            parts: spans.map(|span| (span, Tree::default())).collect(),
        }
    }

    /// Takes the leaf that stands behind `before` others.
    fn take(&mut self, before: u64, leaf: Hash) {
        if let Some((_, tree)) = self
            .parts
            .iter_mut()
            .find(|(span, _)| span.contains(&before))
        {
            tree.push(leaf);
        }
    }

    /// The nodes; those of the earlier log come from its own full subtrees.
    fn nodes(&self, earlier: &Tree) -> Option<Vec<Hash>> {
        self.parts
            .iter()
            .map(|(span, tree)| {
                if span.end <= earlier.size() {
                    earlier.subtree_from(span.start)
                } else {
                    Some(tree.root())
                }
            })
            .collect()
    }
}

fn advance(head: &Tree, from: u64, proof: Vec<Hash>) -> AnchorCheck {
    AnchorCheck::Continues(AuditAdvance {
        size: head.size(),
        root: head.root(),
        from,
        proof,
        frontier: head.frontier_bytes(),
    })
}

fn compare(reader: &Reader<'_>, dir: &Path, anchor: Option<&AuditAnchor>) -> Result<AnchorCheck> {
    let (link, key) = (reader.link, &reader.vault.keys.ring.audit);
    let head = audit::head(link, key)?;
    let Some(anchor) = anchor else {
        return Ok(advance(&head, 0, Vec::new()));
    };
    let departs = AnchorCheck::Departs {
        size: head.size(),
        root: head.root(),
    };
    if head.size() < anchor.size {
        return Ok(departs);
    }
    if head.size() == anchor.size {
        return Ok(if head.root() == anchor.root {
            advance(&head, anchor.size, Vec::new())
        } else {
            departs
        });
    }
    // The full subtrees at the anchor, where they are kept, spare reading the log from its start; that
    // they are its own shows in their root.
    let start = match kept(reader)? {
        Found::Genuine(mark, _) if mark.size == anchor.size => {
            Tree::from_parts(mark.size, &mark.frontier)
        }
        Found::Genuine(..) | Found::Nothing | Found::Altered => None,
    };
    let mut tree = start
        .filter(|tree| tree.root() == anchor.root)
        .unwrap_or_default();
    let mut earlier = (tree.size() == anchor.size).then(|| tree.clone());
    let mut proof = Proof::between(anchor.size, head.size());
    let mut genuine = true;
    let first = tree.size();
    let mut visit = |checked: Checked| {
        genuine &= checked.genuine && checked.entry.seq == tree.size() + 1;
        if tree.size() >= anchor.size {
            proof.take(tree.size(), checked.leaf);
        }
        tree.push(checked.leaf);
        if tree.size() == anchor.size {
            earlier = Some(tree.clone());
        }
        Ok(())
    };
    archive::each_after(
        dir,
        &reader.vault.session.store_id,
        link,
        key,
        first,
        &mut visit,
    )?;
    audit::each_after(link, key, first, &mut visit)?;
    let nodes = earlier
        .filter(|earlier| genuine && earlier.root() == anchor.root && tree == head)
        .and_then(|earlier| proof.nodes(&earlier));
    Ok(match nodes {
        Some(nodes) => advance(&head, anchor.size, nodes),
        None => departs,
    })
}

impl Store {
    /// How far the audit log is covered by the hub's memory.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn audit_standing(&self) -> Result<AuditStanding> {
        self.snapshot(|reader| {
            Ok(AuditStanding {
                entries: audit::size(reader.link)?,
                ..standing(reader)?
            })
        })
    }

    /// Compares the log with the head that the hub keeps of it; without one, any log continues it.
    ///
    /// Reads the entries made since, or the whole log where the hub's head is not the one kept here.
    ///
    /// # Errors
    /// `integrity` when the log's own head or an archive file is altered or gone.
    pub fn compare_with_anchor(&self, anchor: Option<&AuditAnchor>) -> Result<AnchorCheck> {
        self.snapshot(|reader| compare(reader, self.dir(), anchor))
    }

    /// Keeps what the hub answered: it holds `head` since `at`, and the log continues what it held.
    /// Whatever was said of a rollback is over.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn keep_anchor(&self, head: &AuditAdvance, at: Timestamp, now: Timestamp) -> Result<()> {
        let mark = AuditMark {
            size: head.size,
            root: head.root,
            frontier: head.frontier.clone(),
        };
        let kept = Kept {
            device: self.session().device_id.clone(),
            mac: mac(self.vault(), &mark, at),
            mark,
            at,
        };
        let text = json(&kept)?;
        self.transact(Op::new(OpKind::Push, ACTOR, now), |tx| -> Result<()> {
            tx.set_setting(ANCHOR, Some(&text))?;
            if noticed(tx)?.is_some() {
                tx.set_setting(ROLLED_BACK, None)?;
                tx.note("hub-agrees-again", None, None, None)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Records that the hub has seen what the log, of `stands` entries, lacks; once for each head that
    /// the hub tells of. Answers whether it was news.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn record_rollback(
        &self,
        anchor: &AuditAnchor,
        stands: u64,
        now: Timestamp,
    ) -> Result<bool> {
        let rollback = AuditRollback {
            size: anchor.size,
            root: hex::encode(anchor.root),
            at: anchor.at,
            stands,
            noticed_at: now,
        };
        let known = self.snapshot(noticed)?;
        if known.is_some_and(|known| (known.size, &known.root) == (rollback.size, &rollback.root)) {
            return Ok(false);
        }
        let text = json(&Noticed {
            device: self.session().device_id.clone(),
            rollback,
        })?;
        self.transact(Op::new(OpKind::Push, ACTOR, now), |tx| -> Result<()> {
            tx.set_setting(ROLLED_BACK, Some(&text))?;
            tx.note("rolled-back", None, None, None)
        })?;
        Ok(true)
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|_| StoreError::integrity("what the hub keeps could not be written as JSON"))
}
