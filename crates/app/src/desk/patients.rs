//! The patient list and today's schedule.

use std::collections::HashMap;

use haven_model::ResourceKey;
use haven_store::{PatientFilter as StoreFilter, PatientQuery, Stored};

use super::Desk;
use crate::error::Result;
use crate::present::{self, Backdrop, Patients};
use crate::session::Session;
use crate::view::{PatientFilter, PatientListQuery, PatientListView, TodayView};

/// The largest page of the list.
const MAX_ROWS: u32 = 500;

impl Desk {
    /// A page of the patient list.
    ///
    /// # Errors
    /// `locked`, or when the store cannot be read.
    pub fn patients(&self, query: &PatientListQuery) -> Result<PatientListView> {
        self.on_stage(|session, backdrop| {
            let store = session.store();
            let today = present::patients_today(&appointments(session)?, backdrop);
            let page = store.patients(&PatientQuery {
                text: query.text.clone(),
                filter: match query.filter {
                    PatientFilter::All => StoreFilter::All,
                    PatientFilter::Today => StoreFilter::Today(today.clone()),
                    PatientFilter::NotSynced => StoreFilter::NotSynced,
                    PatientFilter::NeedsReview => StoreFilter::NeedsReview,
                },
                offset: u64::from(query.offset),
                limit: query.limit.min(MAX_ROWS),
            })?;
            let count = |filter: StoreFilter| -> Result<u32> {
                let page = store.patients(&PatientQuery {
                    filter,
                    limit: 0,
                    ..PatientQuery::default()
                })?;
                Ok(u32::try_from(page.total).unwrap_or(u32::MAX))
            };
            Ok(PatientListView {
                rows: present::patient_rows(&page.rows, backdrop),
                total: u32::try_from(page.total).unwrap_or(u32::MAX),
                on_device: count(StoreFilter::All)?,
                today: u32::try_from(today.len()).unwrap_or(u32::MAX),
                not_synced: count(StoreFilter::NotSynced)?,
                needs_review: count(StoreFilter::NeedsReview)?,
                similar: present::similar(&page.rows),
                data_as_of: present::status(backdrop.facts, backdrop.now).data_as_of,
            })
        })
    }

    /// Today's schedule.
    ///
    /// # Errors
    /// `locked`, or when the store cannot be read.
    pub fn today(&self) -> Result<TodayView> {
        self.on_stage(|session, backdrop: Backdrop<'_>| {
            let appointments = appointments(session)?;
            let ids = present::patients_today(&appointments, backdrop);
            let patients = patients_by_id(session, ids.into_iter())?;
            Ok(present::today(&appointments, &patients, backdrop))
        })
    }
}

fn appointments(session: &Session) -> Result<Vec<Stored>> {
    let mut found = Vec::new();
    session.store().for_each(Some("Appointment"), |stored| {
        found.push(stored);
        Ok::<(), crate::error::AppError>(())
    })?;
    Ok(found)
}

/// The Patient resources of these ids; those that are not here are left out.
pub(super) fn patients_by_id(
    session: &Session,
    ids: impl Iterator<Item = String>,
) -> Result<Patients> {
    let mut patients = HashMap::new();
    for id in ids {
        if patients.contains_key(&id) {
            continue;
        }
        let Ok(key) = ResourceKey::new("Patient", id.clone()) else {
            continue;
        };
        if let Some(resource) = session
            .store()
            .get(&key)?
            .and_then(|stored| stored.resource)
        {
            patients.insert(id, resource.value());
        }
    }
    Ok(patients)
}
