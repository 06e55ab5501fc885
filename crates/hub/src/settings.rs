//! What the clinic has chosen.

use haven_model::Timestamp;
use haven_model::definitions::r4;
use rusqlite::{OptionalExtension, Transaction, named_params};

use crate::error::{HubError, Result};

/// Resource types, with commas between, at which a second person approves a decision about a conflict.
pub const SECOND_REVIEWER: &str = "conflicts.second_reviewer";

/// The value of a setting; `None` where nobody has set it.
///
/// # Errors
/// When the database fails.
pub fn get(tx: &Transaction<'_>, name: &str) -> Result<Option<String>> {
    Ok(tx
        .prepare_cached(include_str!("sql/setting_get.sql"))?
        .query_row(named_params! {":name": name}, |row| row.get("value"))
        .optional()?)
}

/// Every setting that somebody has set, by name.
///
/// # Errors
/// When the database fails.
pub fn all(tx: &Transaction<'_>) -> Result<Vec<(String, String)>> {
    Ok(tx
        .prepare_cached(include_str!("sql/setting_list.sql"))?
        .query_map([], |row| Ok((row.get("name")?, row.get("value")?)))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Sets a setting; an empty value stands for none.
///
/// # Errors
/// When there is no such setting, the value is not one of it, or the database fails.
pub fn set(tx: &Transaction<'_>, name: &str, value: &str, now: Timestamp) -> Result<()> {
    if name != SECOND_REVIEWER {
        return Err(HubError::BadInput(format!(
            "there is no setting {name:?}; there is {SECOND_REVIEWER}"
        )));
    }
    for word in types(value) {
        if !r4().is_resource_type(&word) {
            return Err(HubError::BadInput(format!(
                "{word:?} is not a FHIR R4 resource type"
            )));
        }
    }
    tx.prepare_cached(include_str!("sql/setting_put.sql"))?
        .execute(named_params! {
            ":name": name, ":value": types(value).join(","), ":now": now.as_millis(),
        })?;
    Ok(())
}

/// The resource types at which a second person approves.
///
/// # Errors
/// When the database fails.
pub fn second_reviewer(tx: &Transaction<'_>) -> Result<Vec<String>> {
    Ok(get(tx, SECOND_REVIEWER)?
        .map(|value| types(&value))
        .unwrap_or_default())
}

fn types(value: &str) -> Vec<String> {
    value
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
