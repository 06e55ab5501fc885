//! Which store and device this is, and who has a login.

use haven_model::{Role, Timestamp};
use rusqlite::{Connection, OptionalExtension, named_params};

use crate::error::{Result, StoreError};
use crate::lobby::LobbyUser;
use crate::session::Session;

/// Writes the identity of a new store.
pub(crate) fn insert(connection: &Connection, session: &Session, now: Timestamp) -> Result<()> {
    connection.execute(
        include_str!("identity/insert.sql"),
        named_params! {":store_id": session.store_id, ":device_id": session.device_id,
        ":device_name": session.device_name, ":clinic": session.clinic, ":now": now.as_millis()},
    )?;
    Ok(())
}

/// Writes a login.
pub(crate) fn insert_login(
    connection: &Connection,
    name: &str,
    display_name: &str,
    role: Role,
    now: Timestamp,
) -> Result<()> {
    connection.execute(
        include_str!("identity/insert_login.sql"),
        named_params! {":name": name, ":display_name": display_name, ":role": role.as_str(),
        ":now": now.as_millis()},
    )?;
    Ok(())
}

/// The session of `user` in the store with these keys.
pub(crate) fn session(connection: &Connection, store_id: &str, user: &str) -> Result<Session> {
    let found = connection
        .query_row(
            include_str!("identity/session.sql"),
            named_params! {":user": user},
            |row| {
                let role: String = row.get("role")?;
                Ok((
                    role,
                    Session {
                        user: user.to_owned(),
                        display_name: row.get("display_name")?,
                        role: Role::Auditor,
                        device_id: row.get("device_id")?,
                        device_name: row.get("device_name")?,
                        clinic: row.get("clinic")?,
                        store_id: row.get("store_id")?,
                    },
                ))
            },
        )
        .optional()?;
    let Some((role, session)) = found else {
        return Err(StoreError::integrity(
            "store.db does not know the login that keys.json names",
        ));
    };
    if session.store_id != store_id {
        return Err(StoreError::integrity(
            "store.db belongs to another store than keys.json",
        ));
    }
    let role = Role::from_word(&role)
        .ok_or_else(|| StoreError::integrity("a login has a role that this Haven does not know"))?;
    Ok(Session { role, ..session })
}

/// Notes that a user unlocked the store.
pub(crate) fn set_unlocked(connection: &Connection, user: &str, now: Timestamp) -> Result<()> {
    connection.execute(
        include_str!("identity/set_unlocked.sql"),
        named_params! {":user": user, ":now": now.as_millis()},
    )?;
    Ok(())
}

/// Takes out a login; its name stays in the audit log and in what it wrote.
pub(crate) fn delete_login(connection: &Connection, user: &str) -> Result<()> {
    connection.execute(
        include_str!("identity/delete_login.sql"),
        named_params! {":user": user},
    )?;
    Ok(())
}

/// Every login.
pub(crate) fn logins(connection: &Connection) -> Result<Vec<LobbyUser>> {
    let mut statement = connection.prepare_cached(include_str!("identity/logins.sql"))?;
    let mut rows = statement.query([])?;
    let mut users = Vec::new();
    while let Some(row) = rows.next()? {
        let role: String = row.get("role")?;
        users.push(LobbyUser {
            name: row.get("name")?,
            display_name: row.get("display_name")?,
            role: Role::from_word(&role).ok_or_else(|| {
                StoreError::integrity("a login has a role that this Haven does not know")
            })?,
            last_unlocked: row.get::<_, Option<i64>>("last_unlocked")?.map(Timestamp),
        });
    }
    Ok(users)
}
