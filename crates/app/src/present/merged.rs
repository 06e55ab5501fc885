//! What the machine merged, in words.

use haven_model::{ResourceKey, Timestamp};
use serde_json::Value;

use super::phrase::{say, told};
use super::{Backdrop, Patients, words};
use crate::view::{MergedRow, MergesView};

/// A record that the machine merged, and when.
#[derive(Clone, Debug)]
pub(crate) struct Merge {
    /// The record.
    pub key: ResourceKey,
    /// When it was merged last.
    pub at: Timestamp,
    /// The patient whose chart it belongs to.
    pub patient: Option<String>,
    /// The record as it stands; `None` where it has been deleted since.
    pub resource: Option<Value>,
}

/// The merges of a day, newest first.
pub(crate) fn merges(
    merges: &[Merge],
    total: usize,
    patients: &Patients,
    backdrop: Backdrop<'_>,
) -> MergesView {
    MergesView {
        text: match total {
            0 => String::new(),
            1 => say("1 record merged automatically today").to_owned(),
            _ => told!("{} records merged automatically today", total),
        },
        rows: merges
            .iter()
            .map(|merge| {
                let patient = merge.patient.as_ref().and_then(|id| patients.get(id));
                MergedRow {
                    key: merge.key.to_string(),
                    title: match &merge.resource {
                        Some(_) if merge.key.resource_type == "Patient" => {
                            say("Patient details").to_owned()
                        }
                        Some(resource) => words::key_title(resource),
                        None => say("Deleted").to_owned(),
                    },
                    name: patient.map_or_else(|| say("No patient").to_owned(), words::banner_name),
                    born: patient
                        .map_or_else(String::new, |patient| words::born(patient, backdrop.now)),
                    identifier: patient
                        .map_or_else(String::new, |patient| words::identifier(patient).1),
                    when: backdrop.now.today_or_date_time(merge.at),
                }
            })
            .collect(),
    }
}
