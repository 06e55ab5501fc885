//! Conflicts before the clinic, and the sealed parts that tell of a patient.

use haven_model::escalation::{Act, ActKind, EscalatedConflict};
use haven_model::{ResourceKey, SensitivityClass};
use rusqlite::{OptionalExtension, named_params};

use super::code::{IdIn, IdOut, class_code, class_of};
use crate::error::{Result, StoreError};
use crate::escalation::{Escalation, QueuedAct};
use crate::link::Link;
use crate::seal::{Place, Vault};

/// The part that holds what the hub told; every other part is an act.
const RECORD: &str = "record";

/// What a part belongs to.
pub(crate) struct Owner<'a> {
    pub(crate) id: &'a str,
    pub(crate) key: &'a ResourceKey,
    pub(crate) class: SensitivityClass,
}

impl Owner<'_> {
    fn place<'a>(&'a self, named: &'a str) -> Place<'a> {
        Place {
            part: named,
            class: self.class,
            key: self.key,
            version: 0,
            deleted: false,
        }
    }

    fn named(&self, part: &str) -> String {
        format!("escalation:{}:{part}", self.id)
    }

    fn seal(&self, link: &Link, vault: &Vault, part: &str, bytes: &[u8]) -> Result<Vec<u8>> {
        let named = self.named(part);
        link.codec.seal(vault, &self.place(&named), bytes)
    }

    fn open(&self, link: &Link, vault: &Vault, part: &str, body: &[u8]) -> Result<Vec<u8>> {
        let named = self.named(part);
        link.codec.open(vault, &self.place(&named), body)
    }
}

struct Part {
    no: i64,
    name: String,
    bytes: Vec<u8>,
}

fn parts(link: &Link, vault: &Vault, owner: &Owner<'_>) -> Result<Vec<Part>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("escalation/parts.sql"))?;
    let mut rows = statement.query(named_params! {":conflict_id": owner.id})?;
    let mut parts = Vec::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get("part")?;
        let body: Vec<u8> = row.get("body")?;
        parts.push(Part {
            no: row.get("no")?,
            bytes: owner.open(link, vault, &name, &body)?,
            name,
        });
    }
    Ok(parts)
}

/// Writes the row; where its class has changed, everything below it is sealed anew.
pub(crate) fn put(
    link: &Link,
    vault: &Vault,
    owner: &Owner<'_>,
    own: bool,
    status: &str,
) -> Result<()> {
    let before: Option<i64> = link
        .connection
        .prepare_cached(include_str!("escalation/class.sql"))?
        .query_row(named_params! {":conflict_id": owner.id}, |row| {
            row.get("class")
        })
        .optional()?;
    if let Some(before) = before
        && before != class_code(owner.class)
    {
        let earlier = Owner {
            class: class_of(before)?,
            ..*owner
        };
        for part in parts(link, vault, &earlier)? {
            let body = owner.seal(link, vault, &part.name, &part.bytes)?;
            link.connection
                .prepare_cached(include_str!("escalation/put_part.sql"))?
                .execute(named_params! {":no": part.no, ":body": body})?;
        }
    }
    link.connection
        .prepare_cached(include_str!("escalation/put.sql"))?
        .execute(named_params! {
            ":conflict_id": owner.id,
            ":type_no": link.words.intern(&link.connection, &owner.key.resource_type)?,
            ":id": IdIn(&owner.key.id),
            ":class": class_code(owner.class),
            ":own": own,
            ":status": status,
        })?;
    Ok(())
}

/// Replaces what the hub told.
pub(crate) fn put_record(
    link: &Link,
    vault: &Vault,
    owner: &Owner<'_>,
    record: &EscalatedConflict,
) -> Result<()> {
    for part in parts(link, vault, owner)? {
        if part.name == RECORD {
            remove_part(link, part.no)?;
        }
    }
    let bytes = serde_json::to_vec(record)
        .map_err(|_| StoreError::invalid("The escalated conflict cannot be kept."))?;
    add_part(link, vault, owner, RECORD, &bytes)
}

/// Queues an act.
pub(crate) fn add_act(
    link: &Link,
    vault: &Vault,
    owner: &Owner<'_>,
    kind: ActKind,
    act: &Act,
) -> Result<()> {
    let bytes = serde_json::to_vec(act)
        .map_err(|_| StoreError::invalid("What was done about the conflict cannot be kept."))?;
    add_part(link, vault, owner, kind.as_str(), &bytes)
}

fn add_part(link: &Link, vault: &Vault, owner: &Owner<'_>, part: &str, bytes: &[u8]) -> Result<()> {
    let body = owner.seal(link, vault, part, bytes)?;
    link.connection
        .prepare_cached(include_str!("escalation/add_part.sql"))?
        .execute(named_params! {":conflict_id": owner.id, ":part": part, ":body": body})?;
    Ok(())
}

/// Forgets a part.
pub(crate) fn remove_part(link: &Link, no: i64) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("escalation/remove_part.sql"))?
        .execute(named_params! {":no": no})?;
    Ok(())
}

/// Those that the user may read: one, or all.
pub(crate) fn list(link: &Link, vault: &Vault, id: Option<&str>) -> Result<Vec<Escalation>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("escalation/list.sql"))?;
    let mut rows = statement.query(named_params! {
        ":conflict_id": id, ":readable": vault.readable_bits(),
    })?;
    let mut escalations = Vec::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get("conflict_id")?;
        let key = ResourceKey {
            resource_type: link.words.text(&link.connection, row.get("type_no")?)?,
            id: row.get::<_, IdOut>("id")?.0,
        };
        let class = class_of(row.get("class")?)?;
        let owner = Owner {
            id: &id,
            key: &key,
            class,
        };
        let malformed = || StoreError::integrity("an escalated conflict cannot be read");
        let (mut record, mut queued) = (None, Vec::new());
        for part in parts(link, vault, &owner)? {
            match ActKind::from_word(&part.name) {
                Some(kind) => queued.push(QueuedAct {
                    no: part.no,
                    kind,
                    act: serde_json::from_slice(&part.bytes).map_err(|_| malformed())?,
                }),
                None => {
                    record = Some(serde_json::from_slice(&part.bytes).map_err(|_| malformed())?);
                }
            }
        }
        escalations.push(Escalation {
            own: row.get("own")?,
            decided_version: row.get("decided_version")?,
            decision_waits: row.get("decision_waits")?,
            record,
            queued,
            class,
            id: id.clone(),
            key: key.clone(),
        });
    }
    Ok(escalations)
}

/// Notes the version that a decision made here became.
pub(crate) fn decided(link: &Link, id: &str, version: Option<i64>) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("escalation/decided.sql"))?
        .execute(named_params! {":conflict_id": id, ":version": version})?;
    Ok(())
}

/// Notes that the server has what was decided here up to a version.
pub(crate) fn told(link: &Link, key: &ResourceKey, version: i64) -> Result<()> {
    let Some(type_no) = link.words.find(&link.connection, &key.resource_type)? else {
        return Ok(());
    };
    link.connection
        .prepare_cached(include_str!("escalation/told.sql"))?
        .execute(named_params! {
            ":type_no": type_no, ":id": IdIn(&key.id), ":version": version,
        })?;
    Ok(())
}

/// What was decided here up to a version that the server has not taken.
pub(crate) fn untold(link: &Link, key: &ResourceKey, version: i64) -> Result<Vec<String>> {
    let Some(type_no) = link.words.find(&link.connection, &key.resource_type)? else {
        return Ok(Vec::new());
    };
    let mut statement = link
        .connection
        .prepare_cached(include_str!("escalation/untold.sql"))?;
    let ids = statement.query_map(
        named_params! {":type_no": type_no, ":id": IdIn(&key.id), ":version": version},
        |row| row.get("conflict_id"),
    )?;
    Ok(ids.collect::<rusqlite::Result<Vec<String>>>()?)
}
