//! Two Patient records of one person: linked, or kept apart; never joined.
//!
//! Source: FHIR R4 Patient.link, `seealso`: both records stay in use, each naming the other.

use haven_model::provenance::{Deed, Source, device_version};
use haven_model::{Resource, ResourceKey};
use haven_store::{OpKind, Tx};
use serde_json::{Value, json};

use super::Session;
use crate::error::{AppError, Result};

/// The setting that holds the pairs said to be two people.
const APART: &str = "patients.apart";

impl Session {
    /// Says that two records are of one person, or that they are not after all: each record then names
    /// the other, or no longer does. Both stay, and nothing of either is moved.
    ///
    /// # Errors
    /// `invalid` without a reason or for one record alone; `not_found`; `conflict` while one of them
    /// waits for a decision; `not_permitted` by role.
    pub fn link_patients(&self, one: &str, other: &str, linked: bool, reason: &str) -> Result<()> {
        if reason.trim().is_empty() {
            return Err(AppError::invalid(
                "Saying who two records are of needs a reason. Nothing was changed.",
            ));
        }
        if one == other {
            return Err(AppError::invalid(
                "A record is not linked to itself. Nothing was changed.",
            ));
        }
        let name =
            |id: &str| ResourceKey::new("Patient", id).map_err(|_| AppError::not_found("patient"));
        let (one, other) = (name(one)?, name(other)?);
        let deed = if linked { Deed::Link } else { Deed::Unlink };
        self.transact(OpKind::Edit, |tx| {
            self.name_other(tx, (&one, &other), linked, (deed, reason))?;
            self.name_other(tx, (&other, &one), linked, (deed, reason))
        })
    }

    /// Notes that two records are of two people, so that they are not offered as one again.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn keep_patients_apart(&self, one: &str, other: &str) -> Result<()> {
        self.transact(OpKind::Configure, |tx| {
            let mut pairs = pairs_in(tx.setting(APART)?);
            let pair = ordered(one, other);
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
            let text = serde_json::to_string(&pairs).unwrap_or_default();
            Ok(tx.set_setting(APART, Some(&text))?)
        })
    }

    /// Whether somebody has said that two records are of two people.
    pub(crate) fn are_kept_apart(&self, one: &str, other: &str) -> Result<bool> {
        let pairs = pairs_in(self.store().setting(APART)?);
        Ok(pairs.contains(&ordered(one, other)))
    }

    fn name_other(
        &self,
        tx: &mut Tx<'_>,
        (patient, other): (&ResourceKey, &ResourceKey),
        linked: bool,
        (deed, reason): (Deed, &str),
    ) -> Result<()> {
        let stored = tx
            .get(patient)?
            .ok_or_else(|| AppError::not_found("patient"))?;
        let before = stored
            .resource
            .as_ref()
            .map(Resource::value)
            .ok_or_else(|| AppError::not_found("patient"))?;
        let after = with_link(&before, &other.to_string(), linked);
        if after == before {
            return Ok(());
        }
        let resource = Resource::from_value(&after).map_err(|error| {
            AppError::invalid(format!(
                "The result is not a FHIR R4 resource: {error}. Nothing was changed."
            ))
        })?;
        let own = device_version(&self.who().device_id, stored.row.version);
        tx.edit(resource)?;
        let from = Source {
            version: stored.row.server_version.clone().unwrap_or(own),
            display: "before".to_owned(),
            deleted: false,
        };
        self.tell_deed(tx, (deed, patient), reason, from, &before)
    }
}

/// The other records that a Patient names as of the same person.
pub(crate) fn linked_to(patient: &Value) -> Vec<String> {
    let links = patient.get("link").and_then(Value::as_array);
    links
        .into_iter()
        .flatten()
        .filter_map(|link| link.pointer("/other/reference").and_then(Value::as_str))
        .filter_map(|reference| reference.strip_prefix("Patient/"))
        .map(str::to_owned)
        .collect()
}

fn with_link(patient: &Value, other: &str, linked: bool) -> Value {
    let mut after = patient.clone();
    let Some(members) = after.as_object_mut() else {
        return after;
    };
    let mut links = match members.get("link") {
        Some(Value::Array(links)) => links.clone(),
        _ => Vec::new(),
    };
    let names =
        |link: &Value| link.pointer("/other/reference").and_then(Value::as_str) == Some(other);
    let is_named = links.iter().any(names);
    match (linked, is_named) {
        (true, false) => links.push(json!({"other": {"reference": other}, "type": "seealso"})),
        (false, true) => links.retain(|link| !names(link)),
        (true, true) | (false, false) => return after,
    }
    if links.is_empty() {
        members.remove("link");
    } else {
        members.insert("link".to_owned(), Value::Array(links));
    }
    after
}

fn ordered(one: &str, other: &str) -> (String, String) {
    let (first, second) = if one < other {
        (one, other)
    } else {
        (other, one)
    };
    (first.to_owned(), second.to_owned())
}

fn pairs_in(text: Option<String>) -> Vec<(String, String)> {
    text.and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}
