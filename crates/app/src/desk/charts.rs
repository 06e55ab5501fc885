//! One patient's chart.

use haven_model::{Action, ResourceKey, SensitivityClass};
use haven_store::{ConflictRow, OutboxEntry, PatientQuery, Stored};
use serde_json::Value;

use super::Desk;
use crate::error::{AppError, Result};
use crate::present::{self, Backdrop, ChartInput};
use crate::session::Session;
use crate::view::{BannerView, ChartView};

/// An open chart is noted in the audit log again after this long, in milliseconds.
const SAME_READING_MS: i64 = 10 * 60 * 1_000;

/// How many people of the same family name are compared for similar names.
const NAMESAKES: u32 = 100;

impl Desk {
    /// One patient's chart.
    ///
    /// # Errors
    /// `locked`, `not_found`, or when the store cannot be read.
    pub fn chart(&self, patient_id: &str) -> Result<ChartView> {
        self.note_reading(patient_id)?;
        self.on_stage(|session, backdrop| {
            let pages = Pages::of(session, patient_id)?;
            Ok(present::chart(&pages.input(), backdrop))
        })
    }

    /// Writes that the chart was opened, once for each opening.
    fn note_reading(&self, patient_id: &str) -> Result<()> {
        let session = self.unlocked()?;
        let now = session.platform().now();
        let is_new = {
            let mut open = self.lock_open();
            let Some(open) = open.as_mut() else {
                return Ok(());
            };
            let is_new = open.last_chart.as_ref().is_none_or(|(id, at)| {
                id != patient_id || now.as_millis() - at.as_millis() > SAME_READING_MS
            });
            if is_new {
                open.last_chart = Some((patient_id.to_owned(), now));
            }
            is_new
        };
        if is_new {
            session.store().record_read(patient_id, now)?;
        }
        Ok(())
    }
}

/// Everything of one patient, as read from the store.
pub(super) struct Pages {
    pub patient: Stored,
    pub resources: Vec<Stored>,
    conflicts: Vec<ConflictRow>,
    outbox: Vec<OutboxEntry>,
    similar_name: bool,
    whole: bool,
    complete: bool,
}

impl Pages {
    pub fn of(session: &Session, patient_id: &str) -> Result<Self> {
        let store = session.store();
        let key =
            ResourceKey::new("Patient", patient_id).map_err(|_| AppError::not_found("patient"))?;
        let patient = store
            .get(&key)?
            .filter(|stored| stored.resource.is_some())
            .ok_or_else(|| AppError::not_found("patient"))?;
        let is_theirs = |owner: &Option<String>| owner.as_deref() == Some(patient_id);
        let mut conflicts: Vec<ConflictRow> = session
            .cases(true)?
            .into_iter()
            .map(|case| case.row)
            .collect();
        conflicts.retain(|conflict| is_theirs(&conflict.patient));
        let mut outbox = store.outbox()?;
        outbox.retain(|entry| is_theirs(&entry.patient));
        Ok(Self {
            similar_name: has_namesake(session, &patient)?,
            resources: store.chart(patient_id)?,
            conflicts,
            outbox,
            whole: session
                .who()
                .role
                .permits(Action::Read, SensitivityClass::Clinical),
            complete: haven_sync::settings::chart_is_complete(store, patient_id)?,
            patient,
        })
    }

    pub fn input(&self) -> ChartInput<'_> {
        ChartInput {
            patient: &self.patient,
            resources: &self.resources,
            conflicts: &self.conflicts,
            outbox: &self.outbox,
            similar_name: self.similar_name,
            whole: self.whole,
            complete: self.complete,
        }
    }
}

/// The banner of a patient; `None` where the patient is not here.
pub(super) fn banner(
    session: &Session,
    patient_id: Option<&str>,
    backdrop: Backdrop<'_>,
) -> Option<BannerView> {
    let pages = Pages::of(session, patient_id?).ok()?;
    Some(present::banner(&pages.input(), backdrop))
}

fn has_namesake(session: &Session, patient: &Stored) -> Result<bool> {
    let value = patient
        .resource
        .as_ref()
        .map_or(Value::Null, |resource| resource.value());
    let family = value
        .pointer("/name/0/family")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if family.is_empty() {
        return Ok(false);
    }
    let others = session.store().patients(&PatientQuery {
        text: family.to_owned(),
        limit: NAMESAKES,
        ..PatientQuery::default()
    })?;
    Ok(present::has_similar_name(patient, &others.rows))
}
