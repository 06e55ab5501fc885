//! Taking a device's edits, each with an outcome of its own.

use haven_model::clock::HUB_NODE;
use haven_model::validate::IssueCode;
use haven_model::wire::{Accepted, PushChange, PushRequest, PushResponse, Rejection};
use haven_model::{Operation, Resource, ResourceKey, SensitivityClass, Timestamp};
use rusqlite::{OptionalExtension, Transaction, named_params};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::change_of;
use crate::accounts::Principal;
use crate::conflicts;
use crate::database::Database;
use crate::error::{HubError, Result};
use crate::records::{Accepting, Author, Version, content_equal, current};
use crate::validation::{self, Invalid};

/// The most changes in one push.
pub const MAX_CHANGES: usize = 1000;

/// Changes committed together; the reply is sent after the last commit, so an ack is durable.
const CHANGES_PER_COMMIT: usize = 100;

/// The longest op id.
const MAX_OP_ID_BYTES: usize = 200;

/// Why a whole push is not answered.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// More than [`MAX_CHANGES`].
    #[error("a push has at most {MAX_CHANGES} changes")]
    TooMany,
    /// Everything else.
    #[error(transparent)]
    Hub(#[from] HubError),
}

/// Applies a push in its order. What is answered is on disk.
///
/// # Errors
/// See [`PushError`]; whatever was committed before is answered the same when it is sent again.
pub fn push(
    database: &Database,
    principal: &Principal,
    request: PushRequest,
    clock_now: impl Fn() -> Timestamp,
) -> Result<PushResponse, PushError> {
    if request.changes.len() > MAX_CHANGES {
        return Err(PushError::TooMany);
    }
    let offers: Vec<Offer> = request.changes.into_iter().map(Offer::of).collect();
    let mut response = PushResponse::default();
    for group in offers.chunks(CHANGES_PER_COMMIT) {
        let outcomes = database.write(|tx| -> Result<Vec<Outcome>> {
            let accepting = Accepting::begin(tx, clock_now())?;
            group
                .iter()
                .map(|offer| offer.apply(&accepting, principal, &request.device_id))
                .collect()
        })?;
        for outcome in outcomes {
            match outcome {
                Ok(accepted) => {
                    response.accepted.push(accepted.change_id.clone());
                    response.results.push(accepted);
                }
                Err(rejection) => response.rejected.push(*rejection),
            }
        }
    }
    Ok(response)
}

type Outcome = Result<Accepted, Box<Rejection>>;

/// A change read and checked before the writer is taken.
struct Offer {
    change: PushChange,
    content: Result<Content, Invalid>,
    hash: Vec<u8>,
}

struct Content {
    key: ResourceKey,
    resource: Option<(Resource, Value)>,
}

impl Offer {
    fn of(change: PushChange) -> Self {
        let hash = content_hash(&change);
        let content = read_content(&change);
        Self {
            change,
            content,
            hash,
        }
    }

    fn apply(
        &self,
        accepting: &Accepting<'_>,
        principal: &Principal,
        device_id: &str,
    ) -> Result<Outcome> {
        let change = &self.change;
        if let Some(known) = self.known(accepting.tx())? {
            return Ok(known);
        }
        let content = match &self.content {
            Ok(content) => content,
            Err(invalid) => return Ok(self.reject_invalid(invalid)),
        };
        let current = current(accepting.tx(), &content.key)?;
        let class = content
            .resource
            .as_ref()
            .map(|(_, value)| SensitivityClass::of(value));
        let asked = class.or(current.as_ref().map(|current| current.class));
        let role = principal.role;
        if Accepting::check_role(role, current.as_ref(), class).is_err() {
            let words = asked.map_or("this", SensitivityClass::as_str);
            return Ok(self.reject(
                "forbidden",
                &format!(
                    "the role {} may not do this to {words} resources",
                    role.as_str()
                ),
            ));
        }
        if !change.resolves.is_empty() {
            let value = content.resource.as_ref().map(|(_, value)| value);
            let refused = conflicts::refusal(
                accepting.tx(),
                principal,
                &change.resolves,
                &content.key,
                value,
            )?;
            if let Some(refused) = refused {
                return Ok(self.reject("forbidden", refused.0));
            }
        }
        let author = Author {
            user: Some(&principal.user),
            device: Some(device_id),
            edited_at: change.last_modified.as_deref(),
        };
        let anew = !change.resolves.is_empty() && self.follows(current.as_ref());
        let taken = match (&content.resource, current) {
            (Some((_, value)), Some(current)) if !anew && content_equal(&current, value) => {
                accepting.join_clock(&current, &change.vector_clock)?
            }
            (Some((resource, value)), current) => {
                if !self.follows(current.as_ref()) {
                    return self.reject_conflict(accepting.tx(), current);
                }
                accepting
                    .put_anew(
                        current.as_ref(),
                        resource,
                        value,
                        &change.vector_clock,
                        author,
                    )?
                    .version
            }
            (None, None) => {
                return self.keep(accepting, &nothing_to_delete(change, accepting.instant()));
            }
            (None, Some(current)) if !anew && current.is_deleted() => {
                accepting.join_clock(&current, &change.vector_clock)?
            }
            (None, Some(current)) => {
                if !self.follows(Some(&current)) {
                    return self.reject_conflict(accepting.tx(), Some(current));
                }
                accepting.delete(&current, &change.vector_clock, author)?
            }
        };
        conflicts::close_resolved(
            accepting.tx(),
            principal,
            &change.resolves,
            &taken.key,
            taken.version,
            accepting.instant(),
        )?;
        let accepted = Accepted {
            change_id: change.id.clone(),
            version: taken.version.to_string(),
            last_modified: taken.last_updated.to_instant(),
            vector_clock: taken.clock,
        };
        self.keep(accepting, &accepted)
    }

    /// Whether the edit was made on what is current. A hub put back to an earlier state gives numbers
    /// again that it gave before: an edit that knows versions of this hub knows the current one too.
    fn follows(&self, current: Option<&Version>) -> bool {
        let clock = &self.change.vector_clock;
        let is_known = current
            .is_none_or(|current| clock.get(HUB_NODE) == 0 || clock.includes(&current.clock));
        let current = current.map(|current| current.version.to_string());
        self.change.base_version == current && is_known
    }

    /// What was answered when this op came before.
    fn known(&self, tx: &Transaction<'_>) -> Result<Option<Outcome>> {
        let found: Option<(Vec<u8>, String)> = tx
            .prepare_cached(include_str!("../sql/op_find.sql"))?
            .query_row(named_params! {":op_id": self.change.id}, |row| {
                Ok((row.get("content_hash")?, row.get("reply")?))
            })
            .optional()?;
        let Some((hash, reply)) = found else {
            return Ok(None);
        };
        if hash != self.hash {
            return Ok(Some(self.reject(
                "op-id-reused",
                "this op id came before with other content; the device needs a new incarnation",
            )));
        }
        let accepted =
            serde_json::from_str(&reply).map_err(|_| HubError::Corrupt("a kept reply"))?;
        Ok(Some(Ok(accepted)))
    }

    fn keep(&self, accepting: &Accepting<'_>, accepted: &Accepted) -> Result<Outcome> {
        let reply = serde_json::to_string(accepted).map_err(|_| HubError::Corrupt("a reply"))?;
        accepting
            .tx()
            .prepare_cached(include_str!("../sql/op_keep.sql"))?
            .execute(named_params! {
                ":op_id": self.change.id, ":content_hash": self.hash, ":reply": reply,
                ":now": accepting.instant().as_millis(),
            })?;
        Ok(Ok(accepted.clone()))
    }

    fn reject(&self, code: &str, words: &str) -> Outcome {
        Err(Box::new(Rejection {
            change_id: self.change.id.clone(),
            reason: format!("{code}: {words}"),
            conflict: None,
            outcome: None,
        }))
    }

    fn reject_invalid(&self, invalid: &Invalid) -> Outcome {
        self.reject("invalid", &invalid.words())
            .map_err(|mut rejection| {
                rejection.outcome = Some(invalid.operation_outcome());
                rejection
            })
    }

    fn reject_conflict(&self, tx: &Transaction<'_>, current: Option<Version>) -> Result<Outcome> {
        let Some(current) = current else {
            return Ok(self.reject("conflict", "the hub holds no such resource"));
        };
        let words = if current.is_deleted() {
            "it was deleted since"
        } else {
            "it was changed since"
        };
        let device_name: Option<String> = match &current.device {
            Some(device) => tx
                .prepare_cached(include_str!("../sql/device_name.sql"))?
                .query_row(named_params! {":id": device}, |row| row.get("name"))
                .optional()?,
            None => None,
        };
        let change = change_of(current, device_name)?;
        Ok(self.reject("conflict", words).map_err(|mut rejection| {
            rejection.conflict = Some(change);
            rejection
        }))
    }
}

/// A deletion of what the hub never had: done, with nothing to show for it.
fn nothing_to_delete(change: &PushChange, instant: Timestamp) -> Accepted {
    Accepted {
        change_id: change.id.clone(),
        version: "0".to_owned(),
        last_modified: instant.to_instant(),
        vector_clock: change.vector_clock.clone(),
    }
}

/// What an op id stands for. Its base and clock are left out: they say where the content belongs,
/// not what it is.
fn content_hash(change: &PushChange) -> Vec<u8> {
    let data = change.data.as_ref().map_or("", |data| data.get());
    let mut hasher = Sha256::new();
    for part in [
        change.collection.as_str(),
        change.record_id.as_str(),
        change.operation.as_str(),
        data,
    ] {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_vec()
}

fn read_content(change: &PushChange) -> Result<Content, Invalid> {
    if change.id.is_empty() || change.id.len() > MAX_OP_ID_BYTES {
        return Err(Invalid::of(
            IssueCode::Value,
            "id",
            "an op id has 1 to 200 bytes",
        ));
    }
    validation::check_clock(&change.vector_clock)?;
    let key = ResourceKey::new(&change.collection, &change.record_id)
        .map_err(|error| Invalid::of(IssueCode::Value, "recordId", &error.to_string()))?;
    let resource = match (change.operation, &change.data) {
        (Operation::Delete, _) => None,
        (Operation::Create | Operation::Update, None) => {
            return Err(Invalid::of(
                IssueCode::Required,
                "data",
                "a create or update carries the resource",
            ));
        }
        (Operation::Create | Operation::Update, Some(data)) => {
            let (resource, value) = validation::read_resource(data.get().as_bytes())?;
            if resource.key() != &key {
                return Err(Invalid::of(
                    IssueCode::Invariant,
                    "id",
                    "collection and recordId are not the resource's type and id",
                ));
            }
            Some((resource, value))
        }
    };
    Ok(Content { key, resource })
}
