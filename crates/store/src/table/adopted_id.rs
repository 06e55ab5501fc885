//! Ids given up for those that a server chose.

use haven_model::ResourceKey;
use rusqlite::{OptionalExtension, named_params};

use super::code::{IdIn, IdOut};
use crate::error::Result;
use crate::link::Link;

/// Notes that what was known by `key` is that row.
pub(crate) fn put(link: &Link, key: &ResourceKey, row_id: i64) -> Result<()> {
    let type_no = link.words.intern(&link.connection, &key.resource_type)?;
    link.connection
        .prepare_cached(include_str!("adopted_id/put.sql"))?
        .execute(named_params! {":type_no": type_no, ":id": IdIn(&key.id), ":row_id": row_id})?;
    Ok(())
}

/// What a key given up is known by now.
pub(crate) fn find(link: &Link, key: &ResourceKey) -> Result<Option<ResourceKey>> {
    let Some(type_no) = link.words.find(&link.connection, &key.resource_type)? else {
        return Ok(None);
    };
    let id: Option<IdOut> = link
        .connection
        .prepare_cached(include_str!("adopted_id/find.sql"))?
        .query_row(
            named_params! {":type_no": type_no, ":id": IdIn(&key.id)},
            |row| row.get("id"),
        )
        .optional()?;
    Ok(id.map(|id| ResourceKey {
        resource_type: key.resource_type.clone(),
        id: id.0,
    }))
}
