//! The vitals form: opened, checked while typing, saved.

use haven_model::Resource;
use haven_store::OpKind;

use super::charts::Pages;
use super::{Desk, drafts};
use crate::error::{AppError, Result};
use crate::present;
use crate::view::{SavedView, VitalsCheckView, VitalsFormView, VitalsInput};

impl Desk {
    /// An empty form for one patient.
    ///
    /// # Errors
    /// `locked`, `not_found`, or when the store cannot be read.
    pub fn vitals_form(&self, patient_id: &str) -> Result<VitalsFormView> {
        self.on_stage(|session, backdrop| {
            let pages = Pages::of(session, patient_id)?;
            Ok(present::vitals_form(
                &pages.patient,
                &pages.resources,
                backdrop,
            ))
        })
    }

    /// What is to be said of what was typed so far.
    ///
    /// # Errors
    /// `locked`, `not_found`, or when the store cannot be read.
    pub fn check_vitals(&self, input: &VitalsInput) -> Result<VitalsCheckView> {
        self.on_stage(|session, backdrop| {
            let pages = Pages::of(session, &input.patient_id)?;
            Ok(present::check_vitals(
                input,
                &pages.patient,
                &pages.resources,
                backdrop,
            ))
        })
    }

    /// Saves all measured values in one transaction; answers after it is on the disk.
    ///
    /// # Errors
    /// `invalid` when a value is blocked or not confirmed, `disk_full` when it was not saved.
    pub fn save_vitals(&self, input: &VitalsInput) -> Result<SavedView> {
        self.on_stage(|session, backdrop| {
            let pages = Pages::of(session, &input.patient_id)?;
            let observations = present::to_observations(
                input,
                &pages.patient,
                &pages.resources,
                &session.who().display_name,
                &mut || session.new_id(),
                backdrop,
            )
            .map_err(|check| AppError::invalid(format!("{}. Nothing was saved.", check.reason)))?;
            let resources = observations
                .iter()
                .map(|value| {
                    Resource::from_value(value)
                        .map_err(|error| AppError::invalid(format!("{error}. Nothing was saved.")))
                })
                .collect::<Result<Vec<_>>>()?;
            let draft = drafts::after_saving(session, &input.patient_id)?;
            session.transact(OpKind::Edit, |tx| {
                if let Some(left) = &draft {
                    tx.set_setting(drafts::DRAFTS, left.as_deref())?;
                }
                for resource in resources {
                    tx.edit(resource)?;
                }
                Ok(())
            })?;
            Ok(present::saved(&observations, backdrop))
        })
    }
}
