//! Records that may be of one person.

use haven_model::{Resource, ResourceKey};
use haven_store::PatientQuery;
use serde_json::Value;

use super::Desk;
use crate::error::{AppError, Result};
use crate::present::double::{self, Half};
use crate::session::{Session, linked_to};
use crate::view::{DoubleInput, DoubleVerdict, DoubleView};

/// How many people of the same family name are compared.
const NAMESAKES: u32 = 100;

impl Desk {
    /// Records that are said to be of the same person as this one, and those that may be.
    ///
    /// # Errors
    /// `locked`, `not_found`.
    pub fn doubles(&self, patient_id: &str) -> Result<Vec<DoubleView>> {
        self.on_stage(|session, backdrop| {
            let own =
                patient(session, patient_id)?.ok_or_else(|| AppError::not_found("patient"))?;
            let linked = linked_to(&own);
            let mut found: Vec<(String, Value, Option<&'static str>)> = Vec::new();
            for id in &linked {
                if let Some(other) = patient(session, id)? {
                    let why = double::why_double(&own, &other);
                    found.push((id.clone(), other, Some(why.unwrap_or_default())));
                }
            }
            for (id, other) in namesakes(session, &own, patient_id)? {
                let why = double::why_double(&own, &other);
                let is_new = !linked.contains(&id) && !session.are_kept_apart(patient_id, &id)?;
                if why.is_some() && is_new {
                    found.push((id, other, why));
                }
            }
            if found.is_empty() {
                return Ok(Vec::new());
            }
            let half = |id: &str, patient: Value| -> Result<Half> {
                Ok(Half {
                    patient,
                    chart: session.store().chart_bodies(id)?,
                })
            };
            let here = half(patient_id, own)?;
            found
                .into_iter()
                .map(|(id, other, why)| {
                    let there = half(&id, other)?;
                    let said = (linked.contains(&id), why.unwrap_or_default());
                    Ok(double::double(&id, &here, &there, said, backdrop.now))
                })
                .collect()
        })
    }

    /// Keeps a person's word on two records, and answers what to say of it.
    ///
    /// # Errors
    /// `locked`; otherwise as [`Session::link_patients`] and [`Session::keep_patients_apart`].
    pub fn judge_double(&self, input: &DoubleInput) -> Result<String> {
        self.on_stage(|session, backdrop| {
            let (one, other) = (&input.patient_id, &input.other_id);
            let reason = input.reason.trim();
            match input.verdict {
                DoubleVerdict::Link => session.link_patients(one, other, true, reason)?,
                DoubleVerdict::Unlink => session.link_patients(one, other, false, reason)?,
                DoubleVerdict::KeepApart => session.keep_patients_apart(one, other)?,
            }
            let clock = backdrop.now.clock(session.platform().now());
            Ok(double::double_words(input.verdict, &clock))
        })
    }
}

/// A Patient that is here and may be read.
fn patient(session: &Session, id: &str) -> Result<Option<Value>> {
    let Ok(key) = ResourceKey::new("Patient", id) else {
        return Ok(None);
    };
    let stored = session.store().get(&key)?;
    Ok(stored.and_then(|stored| stored.resource.as_ref().map(Resource::value)))
}

fn namesakes(session: &Session, own: &Value, id: &str) -> Result<Vec<(String, Value)>> {
    let family = own.pointer("/name/0/family").and_then(Value::as_str);
    let Some(family) = family.filter(|family| !family.is_empty()) else {
        return Ok(Vec::new());
    };
    let page = session.store().patients(&PatientQuery {
        text: family.to_owned(),
        limit: NAMESAKES,
        ..PatientQuery::default()
    })?;
    Ok(page
        .rows
        .into_iter()
        .filter(|row| row.patient.key.id != id)
        .filter_map(|row| {
            let body = row.patient.resource.as_ref().map(Resource::value)?;
            Some((row.patient.key.id, body))
        })
        .collect())
}
