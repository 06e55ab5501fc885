//! Reading and writing single resources.

use std::collections::HashMap;
use std::str::FromStr;

use haven_model::{Resource, ResourceKey};
use haven_store::{AuditQuery, OpKind, OutboxState, SearchPage, Stored};
use serde_json::value::RawValue;

use super::Session;
use super::answer::{OutboxAnswer, VersionAnswer, Written};
use crate::error::{AppError, Code, Result};
use crate::interchange::first_error;

/// How many acts of one record are read to say what made its versions.
const ACTS: u32 = 1_000;

/// The two versions that a machine's merge was made of: this device's, then the server's.
pub(super) fn merged_from(made: &HashMap<i64, String>, version: i64) -> Option<[i64; 2]> {
    let is = |version: i64, action: &str| made.get(&version).is_some_and(|made| made == action);
    let [ours, theirs] = [version - 2, version - 1];
    (is(version, "rebase") && is(theirs, "pull") && ours > 0).then_some([ours, theirs])
}

fn made_word(action: Option<&String>, deleted: bool) -> Option<&'static str> {
    Some(match action?.as_str() {
        "rebase" => "merged",
        "resolve" => "decided",
        "revert" | "reopen" => "taken_back",
        "pull" | "ack" => "received",
        _ if deleted => "deleted",
        _ => "edited",
    })
}

impl Session {
    /// The stored bytes of a live resource.
    ///
    /// # Errors
    /// `not_found` when there is none or it was deleted.
    pub fn get(&self, key: &str) -> Result<Resource> {
        let mut key = parse_key(key)?;
        let mut stored = self.store().get(&key)?;
        if stored.is_none()
            && let Some(now) = self.store().adopted(&key)?
        {
            // A server has given it another id since.
            stored = self.store().get(&now)?;
            key = now;
        }
        let stored = stored.ok_or_else(|| AppError::not_found(&key.resource_type))?;
        self.note_behind_glass(&key, stored.row.class, stored.row.patient.as_deref())?;
        stored.resource.ok_or_else(|| {
            AppError::new(
                Code::NotFound,
                format!(
                    "This {} was deleted. Its versions are kept: see `haven history`.",
                    key.resource_type
                ),
            )
        })
    }

    /// Creates a resource or replaces the stored one; pending until synced.
    ///
    /// # Errors
    /// `invalid` when the bytes are not a FHIR R4 resource; `precondition` when `meta.versionId` is
    /// there and is not the stored one; `conflict` when the resource waits for a decision.
    pub fn put(&self, bytes: &[u8]) -> Result<Written> {
        let resource = match Resource::parse(bytes) {
            Err(haven_model::ResourceError::MissingId) => {
                Resource::parse_or_assign(bytes, &self.new_id())
            }
            parsed => parsed,
        }
        .map_err(|error| {
            AppError::invalid(format!(
                "This is not a FHIR R4 resource: {error}. Nothing was changed."
            ))
        })?;
        if let Some(reason) = first_error(&resource.value()) {
            return Err(AppError::invalid(format!(
                "This is not valid FHIR R4. {}. Nothing was changed.",
                reason.trim_end_matches('.')
            )));
        }
        let key = resource.key().clone();
        self.transact(OpKind::Edit, |tx| {
            let stored = tx.get(&key)?;
            if let Some(stored) = &stored {
                refuse_stale(&resource, stored)?;
            }
            tx.edit(resource)?;
            tx.get(&key)?
                .map(|stored| Written::of(&stored))
                .ok_or_else(|| AppError::not_found("resource"))
        })
    }

    /// Marks a resource deleted; its versions are kept.
    ///
    /// # Errors
    /// `not_found` when there is none or it is deleted already.
    pub fn delete(&self, key: &str) -> Result<Written> {
        let key = parse_key(key)?;
        self.transact(OpKind::Edit, |tx| {
            let stored = tx
                .get(&key)?
                .filter(|stored| stored.resource.is_some())
                .ok_or_else(|| AppError::not_found(&key.resource_type))?;
            tx.delete(&key)?;
            let after = tx.get(&key)?;
            Ok(after.map_or_else(
                || Written {
                    deleted: true,
                    ..Written::of(&stored)
                },
                |stored| Written::of(&stored),
            ))
        })
    }

    /// Every version kept of a resource, newest first.
    ///
    /// # Errors
    /// `not_found` when there never was one.
    pub fn history(&self, key: &str) -> Result<Vec<VersionAnswer>> {
        let key = parse_key(key)?;
        let versions = self.store().history(&key)?;
        if self.glass().is_some()
            && let Some(stored) = self.store().get(&key)?
        {
            self.note_behind_glass(&key, stored.row.class, stored.row.patient.as_deref())?;
        }
        if versions.is_empty() {
            return Err(AppError::not_found(&key.resource_type));
        }
        let made = self.what_made(&key)?;
        Ok(versions
            .into_iter()
            .map(|entry| VersionAnswer {
                made: made_word(made.get(&entry.version), entry.resource.is_none()),
                merged_from: merged_from(&made, entry.version),
                version: entry.version,
                server_version: entry.server_version,
                vector_clock: entry.vector_clock,
                last_modified: entry.last_modified.to_instant(),
                device_id: entry.device_id,
                author: entry.author,
                current: entry.current,
                deleted: entry.resource.is_none(),
                resource: entry.resource.as_ref().and_then(raw),
            })
            .collect())
    }

    /// The audit log's word for what made each version of a record, as far back as it is read.
    pub(super) fn what_made(&self, key: &ResourceKey) -> Result<HashMap<i64, String>> {
        let acts = self.store().audit(&AuditQuery {
            key: Some(key.clone()),
            limit: ACTS,
            ..AuditQuery::default()
        })?;
        // Newest first: of several acts about one version the first one made it.
        Ok(acts
            .into_iter()
            .filter(|act| act.digest.is_some())
            .filter_map(|act| Some((act.version?, act.action)))
            .collect())
    }

    /// All live resources of one patient, the Patient first.
    ///
    /// # Errors
    /// `not_found` when there is no such patient.
    pub fn chart(&self, patient: &str) -> Result<Vec<Resource>> {
        let id = patient.strip_prefix("Patient/").unwrap_or(patient);
        let mut chart = self.store().chart_bodies(id)?;
        if chart.is_empty() {
            return Err(AppError::not_found("Patient"));
        }
        self.store().record_read(id, self.platform().now())?;
        chart.sort_by(|left, right| {
            let order = |resource: &Resource| resource.key().resource_type != "Patient";
            let of = |resource| (order(resource), &resource.key().resource_type);
            of(left).cmp(&of(right))
        });
        Ok(chart)
    }

    /// FHIR search: `Patient?name=gar&_count=50`.
    ///
    /// # Errors
    /// `invalid` for a malformed expression, `unsupported_search` for a parameter Haven lacks.
    pub fn search(&self, expression: &str) -> Result<SearchPage> {
        let (resource_type, query) = expression.split_once('?').unwrap_or((expression, ""));
        if !haven_model::definitions::r4().is_resource_type(resource_type) {
            return Err(AppError::invalid(format!(
                "\"{resource_type}\" is not a FHIR R4 resource type. Search like Patient?name=gar."
            )));
        }
        let parameters = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok((percent_decode(name)?, percent_decode(value)?))
            })
            .collect::<Result<Vec<_>>>()?;
        let page = self.store().search(resource_type, &parameters)?;
        if self.glass().is_some() {
            for stored in &page.resources {
                let patient = stored.row.patient.as_deref();
                self.note_behind_glass(&stored.key, stored.row.class, patient)?;
            }
        }
        Ok(page)
    }

    /// The changes that wait, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn outbox(&self) -> Result<Vec<OutboxAnswer>> {
        Ok(self
            .store()
            .outbox()?
            .into_iter()
            .map(OutboxAnswer::from)
            .collect())
    }

    /// Offers refused and waiting changes again at once: one, or all.
    ///
    /// # Errors
    /// `not_found` when the named resource has no waiting change.
    pub fn retry(&self, key: Option<&str>) -> Result<Vec<OutboxAnswer>> {
        let only = key.map(parse_key).transpose()?;
        let waiting: Vec<ResourceKey> = self
            .store()
            .outbox()?
            .into_iter()
            .filter(|entry| only.as_ref().is_none_or(|key| *key == entry.key))
            .filter(|entry| entry.state != OutboxState::Conflict)
            .map(|entry| entry.key)
            .collect();
        if waiting.is_empty() && only.is_some() {
            return Err(AppError::not_found("waiting change"));
        }
        self.transact(OpKind::Edit, |tx| {
            for key in &waiting {
                tx.requeue(key)?;
            }
            Ok(())
        })?;
        self.outbox()
    }

    /// Gives up a change that waits; its content and the reason are kept, sealed, beside the audit entry.
    ///
    /// # Errors
    /// `invalid` without a reason, `not_found` when nothing waits.
    pub fn discard(&self, key: &str, reason: &str) -> Result<Vec<OutboxAnswer>> {
        let key = parse_key(key)?;
        if reason.trim().is_empty() {
            return Err(AppError::invalid(
                "Discarding a change needs a reason. Nothing was changed.",
            ));
        }
        self.transact(OpKind::Edit, |tx| Ok(tx.discard(&key, reason.trim())?))?;
        self.outbox()
    }
}

pub(super) fn raw(resource: &Resource) -> Option<Box<RawValue>> {
    std::str::from_utf8(resource.bytes())
        .ok()
        .and_then(|text| RawValue::from_string(text.to_owned()).ok())
}

pub(crate) fn parse_key(text: &str) -> Result<ResourceKey> {
    ResourceKey::from_str(text).map_err(|error| {
        AppError::invalid(format!(
            "A resource is named Type/id, for example Patient/123: {error}."
        ))
    })
}

/// Optimistic locking by `meta.versionId` (FHIR R4, http.html#concurrency).
fn refuse_stale(resource: &Resource, stored: &Stored) -> Result<()> {
    let Some(expected) = resource.version_id() else {
        return Ok(());
    };
    let held = stored
        .resource
        .as_ref()
        .and_then(Resource::version_id)
        .or_else(|| stored.row.server_version.clone());
    if held.as_deref() == Some(expected.as_str()) {
        return Ok(());
    }
    Err(AppError::new(
        Code::Precondition,
        format!(
            "This {} has changed since it was read. Nothing was changed. Read it again, repeat \
             your edit, then save.",
            stored.key.resource_type
        ),
    ))
}

/// Decodes `%XX` and `+` (WHATWG URL, application/x-www-form-urlencoded).
fn percent_decode(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next(), rest.next()];
                let value = match digits {
                    [Some(high), Some(low)] => std::str::from_utf8(&[high, low])
                        .ok()
                        .and_then(|digits| u8::from_str_radix(digits, 16).ok()),
                    _ => None,
                };
                bytes.push(value.ok_or_else(|| {
                    AppError::invalid("The search has a % that no two hex digits follow.")
                })?);
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).map_err(|_| AppError::invalid("The search is not UTF-8 once decoded."))
}
