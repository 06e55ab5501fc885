//! Creating, updating and deleting one resource.

use haven_model::ResourceKey;
use haven_model::SensitivityClass;
use haven_model::splice_id;

use super::ask::{Ask, Expected};
use super::dispatch::Context;
use super::problem::Problem;
use super::reply::Reply;
use super::search;
use crate::query;
use crate::records::{Accepting, Author, Version, current};
use crate::validation;

/// Makes a resource under an id of the hub's own, or under `id` where a transaction has chosen it.
pub(super) fn create(
    accepting: &Accepting<'_>,
    context: &Context<'_>,
    kind: &str,
    ask: &Ask,
    id: Option<&str>,
) -> Result<Reply, Problem> {
    if let Some(criteria) = &ask.if_none_exist
        && let Some(existing) = matching(accepting, context, kind, criteria)?
    {
        return Ok(Reply::version(200, existing));
    }
    let id = id.map_or_else(new_id, str::to_owned);
    let bytes = splice_id::with_id(&ask.body, &id);
    let (resource, value) = validation::read_or_assign(&bytes, &id)?;
    check_kind(kind, resource.key())?;
    Accepting::check_role(context.role(), None, Some(SensitivityClass::of(&value)))?;
    let written = accepting.put(None, &resource, &value, &ask.clock, author(context))?;
    Ok(Reply::version(201, written.version))
}

/// An id that sorts by the time it was made.
pub(super) fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// The one resource that `If-None-Exist` describes.
pub(super) fn matching(
    accepting: &Accepting<'_>,
    context: &Context<'_>,
    kind: &str,
    criteria: &str,
) -> Result<Option<Version>, Problem> {
    let criteria = criteria
        .rsplit_once('?')
        .map_or(criteria, |(_, search)| search);
    let pairs = query::pairs(criteria.as_bytes());
    if pairs.is_empty() {
        return Err(Problem::new(
            400,
            "value",
            "ifNoneExist has no search parameter",
        ));
    }
    search::only_match(accepting.tx(), context, kind, &pairs)
}

pub(super) fn update(
    accepting: &Accepting<'_>,
    context: &Context<'_>,
    key: &ResourceKey,
    ask: &Ask,
) -> Result<Reply, Problem> {
    let (resource, value) = validation::read_resource(&ask.body)?;
    check_kind(&key.resource_type, resource.key())?;
    if resource.key().id != key.id {
        return Err(Problem::at(
            400,
            "invariant",
            &format!("{}.id", key.resource_type),
            "the id in the body is not the id in the address",
        ));
    }
    let current = current(accepting.tx(), key)?;
    let class = SensitivityClass::of(&value);
    Accepting::check_role(context.role(), current.as_ref(), Some(class))?;
    let current = check_expected(current, ask)?;
    let live = current
        .as_ref()
        .is_some_and(|current| !current.is_deleted());
    if live && ask.none_match == Some(None) {
        return Err(Problem::lost_race(412, current));
    }
    let written = accepting.put(
        current.as_ref(),
        &resource,
        &value,
        &ask.clock,
        author(context),
    )?;
    let status = if live { 200 } else { 201 };
    Ok(Reply::version(status, written.version))
}

pub(super) fn delete(
    accepting: &Accepting<'_>,
    context: &Context<'_>,
    key: &ResourceKey,
    ask: &Ask,
) -> Result<Reply, Problem> {
    let current = current(accepting.tx(), key)?;
    let class = SensitivityClass::of(&serde_json::json!({"resourceType": key.resource_type}));
    if !context.role().permits(haven_model::Action::Delete, class) {
        return Err(Problem::forbidden(
            "your role may not delete resources of this type",
        ));
    }
    Accepting::check_role(context.role(), current.as_ref(), None)?;
    let Some(current) = check_expected(current, ask)? else {
        return Ok(Reply::empty(204));
    };
    let tombstone = if current.is_deleted() {
        current
    } else {
        accepting.delete(&current, &ask.clock, author(context))?
    };
    Ok(Reply {
        location: None,
        subject: None,
        ..Reply::version(204, tombstone)
    })
}

fn author<'a>(context: &Context<'a>) -> Author<'a> {
    Author {
        user: Some(&context.principal.user),
        device: context.principal.device.as_deref(),
        edited_at: None,
    }
}

fn check_kind(kind: &str, key: &ResourceKey) -> Result<(), Problem> {
    if key.resource_type == kind {
        return Ok(());
    }
    Err(Problem::at(
        400,
        "invariant",
        "Resource.resourceType",
        "the type in the body is not the type in the address",
    ))
}

/// Hands `current` back when it is the version the edit was made on.
fn check_expected(current: Option<Version>, ask: &Ask) -> Result<Option<Version>, Problem> {
    let there = current.as_ref().map(|current| current.version.to_string());
    let lost = match &ask.expected {
        None => None,
        Some(Expected::Match(None)) => {
            let live = current
                .as_ref()
                .is_some_and(|current| !current.is_deleted());
            (!live).then_some(412)
        }
        Some(Expected::Match(Some(tags))) => {
            let matches = there.is_some_and(|there| tags.contains(&there));
            (!matches).then_some(412)
        }
        Some(Expected::Sync(version)) => (*version != there).then_some(409),
    };
    match lost {
        None => Ok(current),
        Some(status) => Err(Problem::lost_race(status, current)),
    }
}
