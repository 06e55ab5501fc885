//! Conflicts of this device and of others, as one kind of thing.

use std::collections::BTreeMap;

use haven_model::escalation::EscalatedConflict;
use haven_model::provenance::device_version;
use haven_model::{Resource, ResourceKey, Timestamp};
use haven_store::{ConflictRow, ConflictStatus, Escalation, OpKind, RemoteVersion};
use serde_json::value::RawValue;

use super::Session;
use crate::error::{AppError, Result};

/// A conflict with what the clinic says of it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Its sides, wherever it began.
    pub(crate) row: ConflictRow,
    /// What is known of it before the clinic.
    pub(crate) escalation: Option<Escalation>,
    /// Whether the resource waits for it on this device; if not, it began on another one, or was
    /// opened again after it had been decided.
    pub(crate) is_here: bool,
}

impl Case {
    pub(crate) fn here(row: ConflictRow, escalation: Option<Escalation>) -> Self {
        Self {
            row,
            escalation: escalation.filter(Escalation::is_there),
            is_here: true,
        }
    }

    fn before_clinic(escalation: Escalation) -> Option<Self> {
        let record = escalation.record.as_ref()?;
        let mut row = row_of(&escalation.key, record)?;
        if escalation.decision_waits {
            row.status = ConflictStatus::Resolved;
        }
        Some(Self {
            row,
            escalation: Some(escalation),
            is_here: false,
        })
    }

    /// What the hub tells of it.
    pub(crate) fn record(&self) -> Option<&EscalatedConflict> {
        self.escalation
            .as_ref()
            .and_then(|escalation| escalation.record.as_ref())
    }

    /// The version id of the device's side: a device numbers it by itself.
    pub(crate) fn local_version(&self, device_id: &str) -> String {
        match self.record() {
            Some(record) => record.conflict.local_version.clone(),
            None => device_version(device_id, self.row.local_version.unwrap_or(0)),
        }
    }

    /// The server's side as the store takes it.
    pub(crate) fn server_side(&self) -> RemoteVersion {
        let row = &self.row;
        RemoteVersion {
            key: row.key.clone(),
            resource: row.remote.clone(),
            server_version: row.remote_version.clone(),
            vector_clock: row.remote_clock.clone(),
            last_modified: row.remote_at,
            device_id: None,
            device_name: row.remote_device.clone(),
            user: row.remote_author.clone(),
            edited_at: Some(row.remote_at),
        }
    }
}

impl Session {
    /// Every conflict that this user hears of, oldest first; the open ones, or all.
    pub(crate) fn cases(&self, open_only: bool) -> Result<Vec<Case>> {
        let mut escalations = self.store().escalations()?;
        let mut take = |id: &str| {
            let at = escalations.iter().position(|known| known.id == id)?;
            Some(escalations.swap_remove(at))
        };
        let mut cases = Vec::new();
        for row in self.store().conflicts(false)? {
            let is_open = row.status == ConflictStatus::Open;
            let known = take(&row.id);
            let opened_again = !is_open && known.as_ref().is_some_and(Escalation::waits_again);
            match known {
                Some(known) if opened_again => cases.extend(Case::before_clinic(known)),
                known if is_open || !open_only => cases.push(Case::here(row, known)),
                Some(_) | None => {}
            }
        }
        let others = escalations
            .into_iter()
            .filter(|known| !open_only || known.waits())
            .filter_map(Case::before_clinic);
        cases.extend(others);
        cases.sort_by(|left, right| {
            (left.row.opened_at, &left.row.id).cmp(&(right.row.opened_at, &right.row.id))
        });
        Ok(cases)
    }

    /// One conflict; `id` is the conflict's, or the `Type/id` of a resource of which one is open.
    pub(crate) fn case(&self, id: &str) -> Result<Case> {
        let found = match self.store().conflict(id)? {
            Some(row) => Some(row),
            None => match id.parse::<ResourceKey>() {
                Ok(key) => self.store().open_conflict_of(&key)?,
                Err(_) => None,
            },
        };
        if let Some(row) = found {
            let known = self.store().escalation(&row.id)?;
            let is_open = row.status == ConflictStatus::Open;
            if !is_open && known.as_ref().is_some_and(Escalation::waits_again) {
                return match known.and_then(Case::before_clinic) {
                    Some(case) => self.with_draft(case),
                    None => Err(AppError::not_found("conflict")),
                };
            }
            return Ok(Case::here(row, known));
        }
        let by_id = self.store().escalation(id)?;
        let by_key = || -> Result<Option<Escalation>> {
            let Ok(key) = id.parse::<ResourceKey>() else {
                return Ok(None);
            };
            let all = self.store().escalations()?;
            Ok(all
                .into_iter()
                .find(|known| known.key == key && known.waits()))
        };
        let known = match by_id {
            Some(known) => Some(known),
            None => by_key()?,
        };
        let case = known
            .and_then(Case::before_clinic)
            .ok_or_else(|| AppError::not_found("conflict"))?;
        self.with_draft(case)
    }
}

/// Half-made decisions about conflicts of other devices, by the conflict's id; each user's own.
const DRAFTS: &str = "drafts.conflicts";

impl Session {
    /// Keeps a half-made decision, sealed.
    pub(crate) fn keep_draft(&self, case: &Case, draft: &str) -> Result<()> {
        let id = case.row.id.as_str();
        self.transact(OpKind::Resolve, |tx| {
            if case.is_here {
                return Ok(tx.save_draft(id, draft)?);
            }
            let mut drafts = drafts_in(tx.setting(DRAFTS)?);
            drafts.retain(|known, _| {
                // Of those that are over nothing has to be kept.
                tx.escalation(known)
                    .is_ok_and(|known| known.is_some_and(|known| known.waits()))
            });
            drafts.insert(id.to_owned(), draft.to_owned());
            let text = serde_json::to_string(&drafts).unwrap_or_default();
            Ok(tx.set_setting(DRAFTS, Some(&text))?)
        })
    }

    fn with_draft(&self, mut case: Case) -> Result<Case> {
        if !case.is_here {
            case.row.draft = drafts_in(self.store().setting(DRAFTS)?).remove(&case.row.id);
        }
        Ok(case)
    }
}

fn drafts_in(text: Option<String>) -> BTreeMap<String, String> {
    text.and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

/// A conflict of another device in the form of one's own.
fn row_of(key: &ResourceKey, record: &EscalatedConflict) -> Option<ConflictRow> {
    let case = &record.conflict;
    let body = |side: &Option<Box<RawValue>>| match side {
        None => Some(None),
        Some(raw) => Resource::parse(raw.get().as_bytes()).ok().map(Some),
    };
    let at = |text: &str| Timestamp::parse(text).unwrap_or_default();
    let ending = record.ending.as_ref();
    Some(ConflictRow {
        id: case.id.clone(),
        key: key.clone(),
        patient: case.patient.clone(),
        kind: case.kind,
        base: body(&case.base)?,
        local: body(&case.local)?,
        remote: body(&case.remote)?,
        remote_version: case.remote_version.clone(),
        remote_clock: case.remote_clock.clone(),
        local_author: case.local_maker.author.clone(),
        local_at: at(&case.local_maker.at),
        local_device: case
            .local_maker
            .device
            .clone()
            .unwrap_or_else(|| record.origin_device_name.clone()),
        remote_author: case.remote_maker.author.clone(),
        remote_at: at(&case.remote_maker.at),
        remote_device: case.remote_maker.device.clone(),
        fields: case.fields.clone(),
        rule: case.rule.clone(),
        retry_count: case.retry_count,
        status: if record.status.waits() {
            ConflictStatus::Open
        } else {
            ConflictStatus::Resolved
        },
        opened_at: at(&case.opened_at),
        resolved_at: ending.map(|ending| at(&ending.at)),
        resolved_by: ending.map(|ending| ending.by.clone()),
        resolved_reason: ending.map(|_| record.why().to_owned()),
        draft: None,
        class: case.class,
        local_clock: Some(case.local_clock.clone()),
        local_version: None,
        decided_version: None,
        batch: None,
    })
}
