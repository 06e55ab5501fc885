//! The clinic's people.

use haven_model::{Role, Timestamp};
use rusqlite::{OptionalExtension, Transaction, named_params};

use crate::error::{HubError, Result};

/// One person.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The login name.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// What they are.
    pub role: Role,
    /// Whether they have set a password.
    pub joined: bool,
    /// Whether they may no longer sign in.
    pub removed: bool,
    #[serde(skip)]
    pub(crate) password_hash: Option<String>,
}

/// Refuses names that could not be typed or shown.
///
/// # Errors
/// When the name is empty, longer than 64 characters, or holds blanks at its ends or control
/// characters.
pub fn check_name(name: &str) -> Result<()> {
    let length = name.chars().count();
    if length == 0 || length > 64 || name.trim() != name || name.chars().any(char::is_control) {
        return Err(HubError::BadInput(
            "a name has 1 to 64 characters, no control characters and no blanks around it"
                .to_owned(),
        ));
    }
    Ok(())
}

fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<(User, String)> {
    let password_hash: Option<String> = row.get("password_hash")?;
    let user = User {
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        role: Role::Auditor,
        joined: password_hash.is_some(),
        removed: row.get::<_, Option<i64>>("removed_at")?.is_some(),
        password_hash,
    };
    Ok((user, row.get("role")?))
}

fn with_role((user, role): (User, String)) -> Result<User> {
    let role = Role::from_word(&role).ok_or(HubError::Corrupt("a user's role"))?;
    Ok(User { role, ..user })
}

/// The user of this name, removed ones included.
pub(crate) fn find(tx: &Transaction<'_>, name: &str) -> Result<Option<User>> {
    tx.prepare_cached(include_str!("../sql/user_find.sql"))?
        .query_row(named_params! {":name": name}, from_row)
        .optional()?
        .map(with_role)
        .transpose()
}

/// Everyone, by name.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &Transaction<'_>) -> Result<Vec<User>> {
    tx.prepare_cached(include_str!("../sql/user_list.sql"))?
        .query_map([], from_row)?
        .collect::<rusqlite::Result<Vec<_>>>()?
        .into_iter()
        .map(with_role)
        .collect()
}

/// Adds a user, or gives an existing one this role and name; without a `password_hash` the old one
/// stays.
///
/// # Errors
/// When the name is not acceptable or the database fails.
pub fn add(
    tx: &Transaction<'_>,
    name: &str,
    display_name: Option<&str>,
    role: Role,
    password_hash: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    check_name(name)?;
    if let Some(display_name) = display_name {
        check_name(display_name)?;
    }
    tx.execute(
        include_str!("../sql/user_add.sql"),
        named_params! {
            ":name": name, ":display_name": display_name, ":role": role.as_str(),
            ":password_hash": password_hash, ":now": now.as_millis(),
        },
    )?;
    Ok(())
}

pub(crate) fn set_password(tx: &Transaction<'_>, name: &str, password_hash: &str) -> Result<()> {
    tx.execute(
        include_str!("../sql/user_set_password.sql"),
        named_params! {":name": name, ":password_hash": password_hash},
    )?;
    Ok(())
}

/// Takes a user's access away; what they wrote keeps their name.
///
/// # Errors
/// When there is no such user, or it is the last admin.
pub fn remove(tx: &Transaction<'_>, name: &str, now: Timestamp) -> Result<()> {
    let user = find(tx, name)?
        .filter(|user| !user.removed)
        .ok_or_else(|| HubError::NotFound("there is no such user".to_owned()))?;
    let admins = list(tx)?
        .iter()
        .filter(|other| other.role == Role::Admin && !other.removed)
        .count();
    if user.role == Role::Admin && admins == 1 {
        return Err(HubError::Precondition(
            "the last admin cannot be removed".to_owned(),
        ));
    }
    tx.execute(
        include_str!("../sql/user_remove.sql"),
        named_params! {":name": name, ":now": now.as_millis()},
    )?;
    tx.execute(
        include_str!("../sql/refresh_forget_user.sql"),
        named_params! {":user_name": name},
    )?;
    Ok(())
}
