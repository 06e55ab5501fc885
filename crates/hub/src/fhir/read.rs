//! Reading one resource.

use haven_model::{Action, ResourceKey, Role, SensitivityClass};
use rusqlite::{OptionalExtension, Transaction, named_params};
use serde_json::json;

use super::ask::Ask;
use super::dispatch::Context;
use super::problem::Problem;
use super::reply::Reply;
use crate::attachments;
use crate::records::{Version, current};

pub(super) fn read(
    tx: &Transaction<'_>,
    context: &Context<'_>,
    key: &ResourceKey,
    ask: &Ask,
) -> Result<Reply, Problem> {
    check_type(context.role(), &key.resource_type)?;
    let version = match current(tx, key)? {
        Some(version) if version.readable_by(context.role()) => version,
        _ => return content(tx, context, key),
    };
    if version.is_deleted() {
        return Err(Problem::absent(Some(version)));
    }
    let known = ask.none_match.as_ref().is_some_and(|tags| {
        tags.as_ref()
            .is_none_or(|tags| tags.contains(&version.version.to_string()))
    });
    if known {
        return Ok(Reply {
            body: None,
            location: None,
            ..Reply::version(304, version)
        });
    }
    Ok(Reply {
        location: None,
        ..Reply::version(200, version)
    })
}

pub(super) fn version_read(
    tx: &Transaction<'_>,
    context: &Context<'_>,
    key: &ResourceKey,
    version: &str,
) -> Result<Reply, Problem> {
    check_type(context.role(), &key.resource_type)?;
    // Who may not see the resource as it is now does not see what it was.
    let shown = current(tx, key)?.is_some_and(|current| current.readable_by(context.role()));
    let number: Option<i64> = version.parse().ok();
    let (true, Some(number)) = (shown, number) else {
        return Err(Problem::absent(None));
    };
    let found = tx
        .prepare_cached(include_str!("../sql/version_read.sql"))?
        .query_row(
            named_params! {":type": key.resource_type, ":id": key.id, ":version": number},
            |row| Ok(Version::from_row(row)),
        )
        .optional()?
        .transpose()?
        .filter(|version| version.readable_by(context.role()));
    match found {
        None => Err(Problem::absent(None)),
        Some(version) if version.is_deleted() => Err(Problem::absent(Some(version))),
        Some(version) => Ok(Reply {
            location: None,
            ..Reply::version(200, version)
        }),
    }
}

/// Content that devices sent piece by piece, as the Binary that others refer to.
fn content(
    tx: &Transaction<'_>,
    context: &Context<'_>,
    key: &ResourceKey,
) -> Result<Reply, Problem> {
    let found = match key.resource_type.as_str() {
        "Binary" => attachments::as_resource(tx, context.role(), &key.id)?,
        _ => None,
    };
    found
        .map(Reply::document)
        .ok_or_else(|| Problem::absent(None))
}

/// Refuses types of which a role may see nothing.
pub(super) fn check_type(role: Role, kind: &str) -> Result<(), Problem> {
    let class = SensitivityClass::of(&json!({"resourceType": kind}));
    if role.permits(Action::Read, class) {
        Ok(())
    } else {
        Err(Problem::forbidden(
            "your role may not read resources of this type",
        ))
    }
}
