//! Choosing what leaves: first every row by itself, then what rows mean to each other.

use std::collections::{BTreeMap, HashMap, HashSet};

use haven_model::{ResourceKey, SyncStatus, Timestamp, VectorClock};
use rusqlite::{Connection, Row as SqlRow};

use super::references::references_of;
use super::{Kept, KeptBecause, Pin, RetentionPolicy};
use crate::error::Result;
use crate::reader::Reader;
use crate::table::code::{IdOut, class_of, status_of};
use crate::table::resource;

/// What leaves, and how many stay for which reason.
pub(super) struct Chosen {
    pub(super) leaving: Vec<ResourceKey>,
    pub(super) kept: Vec<Kept>,
}

/// A row that is old enough to leave.
struct Candidate {
    key: ResourceKey,
    row_id: i64,
    patient_no: Option<i64>,
    whole_chart: bool,
    kept: Option<KeptBecause>,
}

pub(super) fn choose(
    reader: &Reader<'_>,
    policy: &RetentionPolicy,
    now: Timestamp,
) -> Result<Chosen> {
    let mut sorting = Sorting::default();
    let mut statement = reader
        .link
        .connection
        .prepare_cached(include_str!("rows.sql"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        sorting.take(reader, policy, now, row)?;
    }
    if !sorting.candidates.is_empty() {
        sorting.keep_what_is_needed(reader)?;
    }
    Ok(sorting.chosen())
}

#[derive(Default)]
struct Sorting {
    candidates: Vec<Candidate>,
    counts: BTreeMap<KeptBecause, BTreeMap<String, u64>>,
    /// Rows that stay, for reading what they refer to.
    staying: Vec<i64>,
    /// Charts of which something stays.
    charts: HashSet<i64>,
    /// Charts of which something stays that the user cannot read.
    veiled: HashSet<Option<i64>>,
}

impl Sorting {
    fn take(
        &mut self,
        reader: &Reader<'_>,
        policy: &RetentionPolicy,
        now: Timestamp,
        row: &SqlRow<'_>,
    ) -> Result<()> {
        let (link, vault) = (reader.link, reader.vault);
        let row_id: i64 = row.get("row_id")?;
        let resource_type = link.words.text(&link.connection, row.get("type_no")?)?;
        let patient_no: Option<i64> = row.get("patient_no")?;
        let readable = vault.reads(class_of(row.get("class")?)?);
        let status = status_of(row.get("status")?)?;
        let clock: Vec<u8> = row.get("clock")?;
        let ticks = u64::try_from(row.get::<_, i64>("ticks")?).unwrap_or(0);
        let last_used = Timestamp(row.get("last_used")?);
        let device = vault.session.device_id.as_str();
        let counted = |clock: &VectorClock| clock.get(device);
        let reason = if status == SyncStatus::LocalOnly {
            Some(KeptBecause::OnlyHere)
        } else if status != SyncStatus::Synced || row.get("busy")? {
            Some(KeptBecause::NotSynced)
        } else if row.get("pinned")? {
            Some(KeptBecause::Pinned)
        } else {
            match policy.old_before(&resource_type, now) {
                None => Some(KeptBecause::Policy),
                Some(old) if last_used >= old => Some(KeptBecause::Recent),
                Some(_) if !readable => Some(KeptBecause::NotReadable),
                Some(_) if ticks > counted(&link.words.unpack_clock(&link.connection, &clock)?) => {
                    Some(KeptBecause::MayHaveBeenSent)
                }
                Some(_) => None,
            }
        };
        match reason {
            Some(reason) => {
                self.count(reason, &resource_type);
                self.charts.extend(patient_no);
                if readable {
                    self.staying.push(row_id);
                } else {
                    self.veiled.insert(patient_no);
                }
            }
            None => {
                let id: IdOut = row.get("id")?;
                self.candidates.push(Candidate {
                    whole_chart: policy.rule(&resource_type).whole_chart,
                    key: ResourceKey {
                        resource_type,
                        id: id.0,
                    },
                    row_id,
                    patient_no,
                    kept: None,
                });
            }
        }
        Ok(())
    }

    fn count(&mut self, reason: KeptBecause, resource_type: &str) {
        *self
            .counts
            .entry(reason)
            .or_default()
            .entry(resource_type.to_owned())
            .or_default() += 1;
    }

    /// Keeps candidates that something staying needs, until nothing more is needed.
    fn keep_what_is_needed(&mut self, reader: &Reader<'_>) -> Result<()> {
        let by_name: HashMap<String, usize> = self
            .candidates
            .iter()
            .enumerate()
            .map(|(index, candidate)| (candidate.key.to_string(), index))
            .collect();
        let mut to_read = std::mem::take(&mut self.staying);
        loop {
            let mut newly = Vec::new();
            for row_id in to_read {
                let Some(row) = resource::by_row_id(reader.link, row_id)? else {
                    continue;
                };
                let Some(resource) = row.open(reader.link, reader.vault)? else {
                    continue;
                };
                for name in references_of(&resource.value()) {
                    if let Some(index) = by_name.get(&name) {
                        newly.push((*index, KeptBecause::Referenced));
                    }
                }
            }
            let mut kept = self.keep(newly);
            let by_chart: Vec<_> = self
                .candidates
                .iter()
                .enumerate()
                .filter_map(|(index, candidate)| Some((index, self.reason_of_chart(candidate)?)))
                .collect();
            kept.extend(self.keep(by_chart));
            if kept.is_empty() {
                return Ok(());
            }
            to_read = kept;
        }
    }

    fn reason_of_chart(&self, candidate: &Candidate) -> Option<KeptBecause> {
        let veiled = self.veiled.contains(&candidate.patient_no)
            || (candidate.patient_no.is_none() && !self.veiled.is_empty());
        if veiled {
            return Some(KeptBecause::NotReadable);
        }
        let in_use = candidate
            .patient_no
            .is_some_and(|chart| self.charts.contains(&chart));
        (candidate.whole_chart && in_use).then_some(KeptBecause::ChartInUse)
    }

    /// Keeps these; answers the rows of those that were to leave until now.
    fn keep(&mut self, wanted: Vec<(usize, KeptBecause)>) -> Vec<i64> {
        let mut rows = Vec::new();
        for (index, reason) in wanted {
            let Some(candidate) = self.candidates.get_mut(index) else {
                continue;
            };
            if candidate.kept.is_none() {
                candidate.kept = Some(reason);
                rows.push(candidate.row_id);
                self.charts.extend(candidate.patient_no);
            }
        }
        rows
    }

    fn chosen(mut self) -> Chosen {
        let mut leaving = Vec::new();
        for candidate in std::mem::take(&mut self.candidates) {
            match candidate.kept {
                Some(reason) => self.count(reason, &candidate.key.resource_type),
                None => leaving.push(candidate.key),
            }
        }
        let kept = self
            .counts
            .into_iter()
            .map(|(reason, types)| Kept {
                reason,
                count: types.values().sum(),
                types,
            })
            .collect();
        Chosen { leaving, kept }
    }
}

/// Every pinned chart.
pub(super) fn pins(connection: &Connection) -> Result<Vec<Pin>> {
    let mut statement = connection.prepare_cached(include_str!("pins.sql"))?;
    let mut rows = statement.query([])?;
    let mut pins = Vec::new();
    while let Some(row) = rows.next()? {
        let patient: IdOut = row.get("patient")?;
        pins.push(Pin {
            patient: patient.0,
            pinned_at: Timestamp(row.get("pinned_at")?),
            pinned_by: row.get("pinned_by")?,
        });
    }
    Ok(pins)
}
