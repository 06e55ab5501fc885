//! The machines that sync with this hub.

use haven_model::Timestamp;
use rusqlite::{OptionalExtension, Transaction, named_params};

use super::audit_heads::{self, AuditHeadConflict, AuditHeadKept};
use crate::error::{HubError, Result};

/// One device.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Its incarnation.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Who enrolled it.
    pub user: String,
    /// When, RFC 3339.
    pub enrolled_at: String,
    /// When someone last signed in on it, RFC 3339.
    pub last_signed_in_at: String,
    /// When it was shut out, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<String>,
    /// The head of its audit log that was taken last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_head: Option<AuditHeadKept>,
    /// What it offered that does not continue that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_head_conflict: Option<AuditHeadConflict>,
}

impl Device {
    /// Whether it has been shut out.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.revoked_at.is_some()
    }
}

fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Device> {
    let (audit_head, audit_head_conflict) = audit_heads::of_row(row)?;
    Ok(Device {
        id: row.get("id")?,
        name: row.get("name")?,
        user: row.get("user_name")?,
        enrolled_at: Timestamp(row.get("enrolled_at")?).to_instant(),
        last_signed_in_at: Timestamp(row.get("last_signed_in_at")?).to_instant(),
        revoked_at: row
            .get::<_, Option<i64>>("revoked_at")?
            .map(|at| Timestamp(at).to_instant()),
        revoked_by: row.get("revoked_by")?,
        audit_head,
        audit_head_conflict,
    })
}

/// Refuses ids that are no incarnation.
fn check_id(id: &str) -> Result<()> {
    let fits = (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    if fits {
        Ok(())
    } else {
        Err(HubError::BadInput(
            "a device id is 1 to 64 of A-Z a-z 0-9 - . _".to_owned(),
        ))
    }
}

pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<Device>> {
    Ok(tx
        .prepare_cached(include_str!("../sql/device_find.sql"))?
        .query_row(named_params! {":id": id}, from_row)
        .optional()?)
}

/// Every device, or those that one user enrolled.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &Transaction<'_>, user: Option<&str>) -> Result<Vec<Device>> {
    Ok(tx
        .prepare_cached(include_str!("../sql/device_list.sql"))?
        .query_map(named_params! {":user_name": user}, from_row)?
        .collect::<rusqlite::Result<_>>()?)
}

/// Enrols a device, or notes that someone signed in on it and what it is called now.
///
/// # Errors
/// When the id or the name is not acceptable; a revoked device is left as it is.
pub fn record(
    tx: &Transaction<'_>,
    id: &str,
    name: Option<&str>,
    user: &str,
    now: Timestamp,
) -> Result<()> {
    check_id(id)?;
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    if name.is_some_and(|name| name.chars().count() > 64 || name.chars().any(char::is_control)) {
        return Err(HubError::BadInput(
            "a device name has at most 64 characters, none of them a control character".to_owned(),
        ));
    }
    tx.execute(
        include_str!("../sql/device_record.sql"),
        named_params! {":id": id, ":name": name, ":user_name": user, ":now": now.as_millis()},
    )?;
    Ok(())
}

/// Shuts a device out: none of its tokens is accepted from now on. Revoking twice changes nothing.
///
/// # Errors
/// When there is no such device.
pub fn revoke(tx: &Transaction<'_>, id: &str, by: &str, now: Timestamp) -> Result<Device> {
    tx.execute(
        include_str!("../sql/device_revoke.sql"),
        named_params! {":id": id, ":revoked_by": by, ":now": now.as_millis()},
    )?;
    find(tx, id)?.ok_or_else(|| HubError::NotFound("there is no such device".to_owned()))
}
