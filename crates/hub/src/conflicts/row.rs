//! The rows of escalated conflicts.

use haven_model::escalation::{ConflictCase, Ending, EscalationStatus, Proposal};
use haven_model::{Role, Timestamp};
use rusqlite::{OptionalExtension, Row, Transaction, named_params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::accounts::Principal;
use crate::error::{HubError, Result};

/// A conflict as it is kept.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) sides: ConflictCase,
    pub(crate) status: EscalationStatus,
    pub(crate) device_id: String,
    pub(crate) device_name: String,
    pub(crate) escalated_by: String,
    pub(crate) escalated_at: Timestamp,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) assignee: Option<String>,
    pub(crate) reopened: u32,
    pub(crate) proposal: Option<Proposal>,
    pub(crate) ending: Option<Ending>,
    pub(crate) seq: u64,
}

impl Case {
    /// Reads the row of any statement that selects a conflict's columns.
    pub(crate) fn from_row(row: &Row<'_>) -> Result<Self> {
        let status: String = row.get("status")?;
        Ok(Self {
            sides: read(&row.get::<_, String>("sides")?)?,
            status: EscalationStatus::from_word(&status)
                .ok_or(HubError::Corrupt("a conflict's status"))?,
            device_id: row.get("device_id")?,
            device_name: row.get("device_name")?,
            escalated_by: row.get("escalated_by")?,
            escalated_at: Timestamp(row.get("escalated_at")?),
            closed_at: row.get::<_, Option<i64>>("closed_at")?.map(Timestamp),
            assignee: row.get("assignee")?,
            reopened: row.get("reopened")?,
            proposal: optional(row.get("proposal")?)?,
            ending: optional(row.get("ending")?)?,
            seq: u64::try_from(row.get::<_, i64>("seq")?).unwrap_or(0),
        })
    }

    /// Whether this person hears of it.
    pub(crate) fn is_heard_by(&self, principal: &Principal) -> bool {
        let reads = principal
            .role
            .permits(haven_model::Action::Read, self.sides.class);
        reads && (principal.role.hears_escalations() || self.began_at(principal))
    }

    /// Whether this role decides it.
    pub(crate) fn is_decided_by(&self, role: Role) -> bool {
        role.decides(self.sides.kind, self.sides.class)
    }

    pub(crate) fn began_at(&self, principal: &Principal) -> bool {
        principal.device.as_deref() == Some(self.device_id.as_str())
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| HubError::Corrupt("a conflict"))
}

fn optional<T: DeserializeOwned>(text: Option<String>) -> Result<Option<T>> {
    text.as_deref().map(read).transpose()
}

fn write<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| HubError::Corrupt("a conflict"))
}

pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<Case>> {
    tx.prepare_cached(include_str!("../sql/conflict_find.sql"))?
        .query_row(named_params! {":id": id}, |row| Ok(Case::from_row(row)))
        .optional()?
        .transpose()
}

pub(crate) fn insert(
    tx: &Transaction<'_>,
    sides: &ConflictCase,
    device_id: &str,
    device_name: &str,
    by: &str,
    now: Timestamp,
) -> Result<()> {
    let opened_at = Timestamp::parse(&sides.opened_at).unwrap_or(now);
    tx.prepare_cached(include_str!("../sql/conflict_insert.sql"))?
        .execute(named_params! {
            ":id": sides.id, ":type": sides.collection, ":resource_id": sides.record_id,
            ":class": sides.class.as_str(), ":kind": sides.kind.as_str(),
            ":device_id": device_id, ":device_name": device_name, ":escalated_by": by,
            ":now": now.as_millis(), ":opened_at": opened_at.as_millis(), ":sides": write(sides)?,
        })?;
    Ok(())
}

pub(crate) fn update(tx: &Transaction<'_>, case: &Case) -> Result<()> {
    tx.prepare_cached(include_str!("../sql/conflict_update.sql"))?
        .execute(named_params! {
            ":id": case.sides.id, ":class": case.sides.class.as_str(),
            ":kind": case.sides.kind.as_str(), ":status": case.status.as_str(),
            ":closed_at": case.closed_at.map(Timestamp::as_millis), ":assignee": case.assignee,
            ":reopened": case.reopened, ":sides": write(&case.sides)?,
            ":proposal": case.proposal.as_ref().map(write).transpose()?,
            ":ending": case.ending.as_ref().map(write).transpose()?,
        })?;
    Ok(())
}
