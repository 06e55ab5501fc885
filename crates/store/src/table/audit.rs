//! The audit log's rows and head.

use haven_model::{ResourceKey, Timestamp};
use rusqlite::{Row as SqlRow, named_params};

use super::code::{IdIn, IdOut};
use crate::audit::merkle::{Hash, Tree, leaf_hash};
use crate::audit::{AuditEntry, AuditQuery};
use crate::binding::length_prefixed;
use crate::error::{Result, StoreError};
use crate::keys::Secret;
use crate::link::Link;
use crate::lobby::AuditMark;
use crate::seal::{half, keyed_digest};

/// An act to be noted.
pub(crate) struct Act<'a> {
    pub(crate) at: Timestamp,
    pub(crate) actor: &'a str,
    pub(crate) device: &'a str,
    pub(crate) action: &'a str,
    pub(crate) key: Option<&'a ResourceKey>,
    pub(crate) version: Option<i64>,
    pub(crate) digest: Option<Hash>,
}

impl Act<'_> {
    fn leaf(&self, seq: u64) -> Hash {
        let (resource_type, id) = self.key.map_or(("", ""), |key| {
            (key.resource_type.as_str(), key.id.as_str())
        });
        let version = self.version.map(i64::to_be_bytes);
        leaf_hash(&length_prefixed(&[
            b"HVLEAF1",
            &seq.to_be_bytes(),
            &self.at.as_millis().to_be_bytes(),
            self.actor.as_bytes(),
            self.device.as_bytes(),
            self.action.as_bytes(),
            resource_type.as_bytes(),
            id.as_bytes(),
            version.as_ref().map_or(&[], <[u8; 8]>::as_slice),
            self.digest.as_ref().map_or(&[], Hash::as_slice),
        ]))
    }
}

fn entry_mac(key: &Secret, leaf: &Hash) -> [u8; 16] {
    half(&keyed_digest(key.as_ref(), leaf))
}

fn head_mac(key: &Secret, tree: &Tree) -> Hash {
    let size = tree.size().to_be_bytes();
    keyed_digest(
        key.as_ref(),
        &length_prefixed(&[b"HVHEAD1", &size, &tree.root(), &tree.frontier_bytes()]),
    )
}

/// The tree as the head row tells it.
///
/// # Errors
/// `integrity` when the head was altered or is gone.
pub(crate) fn head(link: &Link, key: &Secret) -> Result<Tree> {
    let altered = || StoreError::integrity("the head of the audit log was altered or is gone");
    let mut statement = link
        .connection
        .prepare_cached(include_str!("audit/head.sql"))?;
    let mut rows = statement.query([])?;
    let row = rows.next()?.ok_or_else(altered)?;
    let size = u64::try_from(row.get::<_, i64>("size")?).map_err(|_| altered())?;
    let frontier: Vec<u8> = row.get("frontier")?;
    let mac: Vec<u8> = row.get("mac")?;
    let tree = Tree::from_parts(size, &frontier).ok_or_else(altered)?;
    if head_mac(key, &tree).as_slice() != mac.as_slice() {
        return Err(altered());
    }
    Ok(tree)
}

/// How many entries there are.
pub(crate) fn size(link: &Link) -> Result<u64> {
    let size: i64 = link
        .connection
        .prepare_cached(include_str!("audit/size.sql"))?
        .query_row([], |row| row.get("size"))?;
    u64::try_from(size).map_err(|_| StoreError::integrity("the audit log has a negative size"))
}

/// Writes the head.
pub(crate) fn put_head(link: &Link, key: &Secret, tree: &Tree, now: Timestamp) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("audit/put_head.sql"))?
        .execute(named_params! {
            ":size": i64::try_from(tree.size()).unwrap_or(i64::MAX),
            ":frontier": tree.frontier_bytes(),
            ":at": now.as_millis(),
            ":mac": head_mac(key, tree).as_slice(),
        })?;
    Ok(())
}

/// Appends an entry to the log and to `tree`.
pub(crate) fn append(link: &Link, key: &Secret, tree: &mut Tree, act: &Act<'_>) -> Result<()> {
    let seq = tree.size() + 1;
    let leaf = act.leaf(seq);
    insert(link, seq, act, &entry_mac(key, &leaf))?;
    tree.push(leaf);
    Ok(())
}

fn insert(link: &Link, seq: u64, act: &Act<'_>, mac: &[u8]) -> Result<()> {
    let word = |text| link.words.intern(&link.connection, text);
    let type_no = act
        .key
        .map(|key| word(key.resource_type.as_str()))
        .transpose()?;
    let id = act.key.map(|key| IdIn(&key.id));
    link.connection
        .prepare_cached(include_str!("audit/insert.sql"))?
        .execute(named_params! {
            ":seq": i64::try_from(seq).unwrap_or(i64::MAX),
            ":at": act.at.as_millis(),
            ":actor_no": word(act.actor)?,
            ":device_no": word(act.device)?,
            ":action_no": word(act.action)?,
            ":type_no": type_no,
            ":id": id,
            ":version": act.version,
            ":digest": act.digest.as_ref().map(Hash::as_slice),
            ":mac": mac,
        })?;
    Ok(())
}

/// Puts an entry back where it stood, as it was.
pub(crate) fn put_back(link: &Link, checked: &Checked, mac: &[u8]) -> Result<()> {
    let entry = &checked.entry;
    let act = Act {
        at: entry.at,
        actor: &entry.actor,
        device: &entry.device,
        action: &entry.action,
        key: entry.key.as_ref(),
        version: entry.version,
        digest: checked.digest,
    };
    insert(link, entry.seq, &act, mac)
}

/// An entry with what verification needs of it.
pub(crate) struct Checked {
    pub(crate) entry: AuditEntry,
    pub(crate) digest: Option<Hash>,
    pub(crate) leaf: Hash,
    pub(crate) genuine: bool,
}

/// Hands every entry to `visit` in order, its mac already checked.
pub(crate) fn each_checked(
    link: &Link,
    key: &Secret,
    visit: impl FnMut(Checked) -> Result<()>,
) -> Result<()> {
    each_after(link, key, 0, visit)
}

/// As [`each_checked`], from behind an entry on.
pub(crate) fn each_after(
    link: &Link,
    key: &Secret,
    after: u64,
    mut visit: impl FnMut(Checked) -> Result<()>,
) -> Result<()> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("audit/after.sql"))?;
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let mut rows = statement.query(named_params! {":after": after})?;
    while let Some(row) = rows.next()? {
        let (entry, digest) = read(link, row)?;
        let mac: Vec<u8> = row.get("mac")?;
        visit(checked(key, entry, digest, &mac))?;
    }
    Ok(())
}

/// How the log that stands relates to a mark of it made earlier.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Continuation {
    /// It is the marked log, with or without entries added since.
    Whole,
    /// It ends before the mark.
    Shorter { stands: u64 },
    /// It is as long or longer, and another one.
    Other,
}

/// Compares the log that stands with an earlier mark: whatever was added since is laid on top of it.
pub(crate) fn continues(
    link: &Link,
    key: &Secret,
    mark: &AuditMark,
    head: &Tree,
) -> Result<Continuation> {
    if head.size() < mark.size {
        return Ok(Continuation::Shorter {
            stands: head.size(),
        });
    }
    // A mark that an earlier Haven made holds no frontier: only one of the same size can be compared.
    let Some(mut tree) = Tree::from_parts(mark.size, &mark.frontier) else {
        let other = head.size() == mark.size && head.root() != mark.root;
        return Ok(if other {
            Continuation::Other
        } else {
            Continuation::Whole
        });
    };
    let mut genuine = tree.root() == mark.root;
    each_after(link, key, mark.size, |checked| {
        genuine &= checked.genuine;
        tree.push(checked.leaf);
        Ok(())
    })?;
    Ok(if genuine && tree == *head {
        Continuation::Whole
    } else {
        Continuation::Other
    })
}

/// As [`each_checked`], with the macs, until `visit` answers that it has enough.
pub(crate) fn each_until(
    link: &Link,
    key: &Secret,
    mut visit: impl FnMut(Checked, &[u8]) -> bool,
) -> Result<()> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("audit/after.sql"))?;
    let mut rows = statement.query(named_params! {":after": 0})?;
    while let Some(row) = rows.next()? {
        let (entry, digest) = read(link, row)?;
        let mac: Vec<u8> = row.get("mac")?;
        if !visit(checked(key, entry, digest, &mac), &mac) {
            break;
        }
    }
    Ok(())
}

/// An entry compared with its mac.
pub(crate) fn checked(
    key: &Secret,
    entry: AuditEntry,
    digest: Option<Hash>,
    mac: &[u8],
) -> Checked {
    let act = Act {
        at: entry.at,
        actor: &entry.actor,
        device: &entry.device,
        action: &entry.action,
        key: entry.key.as_ref(),
        version: entry.version,
        digest,
    };
    let leaf = act.leaf(entry.seq);
    let genuine = entry_mac(key, &leaf).as_slice() == mac;
    Checked {
        entry,
        digest,
        leaf,
        genuine,
    }
}

/// Entries that a query asks for, newest first.
pub(crate) fn list(link: &Link, query: &AuditQuery) -> Result<Vec<AuditEntry>> {
    let find = |text: &str| link.words.find(&link.connection, text);
    // A word that was never written matches no entry.
    let type_no = query
        .key
        .as_ref()
        .map(|key| find(&key.resource_type))
        .transpose()?
        .map(|no| no.unwrap_or(-1));
    let actor_no = query
        .actor
        .as_deref()
        .map(find)
        .transpose()?
        .map(|no| no.unwrap_or(-1));
    let mut statement = link
        .connection
        .prepare_cached(include_str!("audit/list.sql"))?;
    let mut rows = statement.query(named_params! {
        ":type_no": type_no,
        ":id": query.key.as_ref().map(|key| IdIn(&key.id)),
        ":actor_no": actor_no,
        ":since": query.since.map(Timestamp::as_millis),
        ":until": query.until.map(Timestamp::as_millis),
        ":before": query.before_seq.and_then(|seq| i64::try_from(seq).ok()),
        ":limit": query.limit,
    })?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(read(link, row)?.0);
    }
    Ok(entries)
}

fn read(link: &Link, row: &SqlRow<'_>) -> Result<(AuditEntry, Option<Hash>)> {
    let word = |number| link.words.text(&link.connection, number);
    let digest = row
        .get::<_, Option<Vec<u8>>>("digest")?
        .map(|bytes| Hash::try_from(bytes.as_slice()))
        .transpose()
        .map_err(|_| StoreError::integrity("an audit entry holds a digest of the wrong length"))?;
    let type_no: Option<i64> = row.get("type_no")?;
    let id: Option<IdOut> = row.get("id")?;
    let key = match (type_no, id) {
        (Some(type_no), Some(id)) => Some(ResourceKey {
            resource_type: word(type_no)?,
            id: id.0,
        }),
        (None | Some(_), None | Some(_)) => None,
    };
    let entry = AuditEntry {
        seq: u64::try_from(row.get::<_, i64>("seq")?).unwrap_or(0),
        at: Timestamp(row.get("at")?),
        actor: word(row.get("actor_no")?)?,
        device: word(row.get("device_no")?)?,
        action: word(row.get("action_no")?)?,
        key,
        version: row.get("version")?,
        digest: digest.map(hex::encode),
    };
    Ok((entry, digest))
}
