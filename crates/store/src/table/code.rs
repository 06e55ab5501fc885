//! Small closed sets and ids, as they stand in columns.

use haven_model::{Operation, SensitivityClass, SyncStatus};
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, Value, ValueRef};
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::outbox::OutboxState;

const STATUSES: [SyncStatus; 6] = [
    SyncStatus::Synced,
    SyncStatus::Pending,
    SyncStatus::Syncing,
    SyncStatus::Conflict,
    SyncStatus::Rejected,
    SyncStatus::LocalOnly,
];
const OPERATIONS: [Operation; 3] = [Operation::Create, Operation::Update, Operation::Delete];
const STATES: [OutboxState; 4] = [
    OutboxState::Pending,
    OutboxState::Syncing,
    OutboxState::Conflict,
    OutboxState::Rejected,
];

fn code<T: PartialEq>(all: &[T], one: &T) -> i64 {
    all.iter()
        .position(|candidate| candidate == one)
        .and_then(|at| i64::try_from(at).ok())
        .unwrap_or(-1)
}

fn decoded<T: Copy>(all: &[T], code: i64, what: &str) -> Result<T> {
    usize::try_from(code)
        .ok()
        .and_then(|at| all.get(at))
        .copied()
        .ok_or_else(|| StoreError::integrity(format!("a row holds an unknown {what}")))
}

pub(crate) fn class_code(class: SensitivityClass) -> i64 {
    code(&SensitivityClass::ALL, &class)
}

pub(crate) fn class_of(code: i64) -> Result<SensitivityClass> {
    decoded(&SensitivityClass::ALL, code, "class")
}

pub(crate) fn status_code(status: SyncStatus) -> i64 {
    code(&STATUSES, &status)
}

pub(crate) fn status_of(code: i64) -> Result<SyncStatus> {
    decoded(&STATUSES, code, "sync status")
}

pub(crate) fn operation_code(operation: Operation) -> i64 {
    code(&OPERATIONS, &operation)
}

pub(crate) fn operation_of(code: i64) -> Result<Operation> {
    decoded(&OPERATIONS, code, "operation")
}

pub(crate) fn state_code(state: OutboxState) -> i64 {
    code(&STATES, &state)
}

pub(crate) fn state_of(code: i64) -> Result<OutboxState> {
    decoded(&STATES, code, "outbox state")
}

/// An id on its way into a column: a UUID in its usual spelling takes 16 bytes, all else its text.
pub(crate) struct IdIn<'a>(pub(crate) &'a str);

impl IdIn<'_> {
    /// The id as a value of its own.
    pub(crate) fn value(&self) -> Value {
        self.bytes().map_or_else(
            || Value::Text(self.0.to_owned()),
            |bytes| Value::Blob(bytes.to_vec()),
        )
    }

    fn bytes(&self) -> Option<[u8; 16]> {
        let uuid = Uuid::try_parse(self.0)
            .ok()
            .filter(|_| self.0.len() == 36)?;
        let mut spelled = [0u8; 36];
        (uuid.hyphenated().encode_lower(&mut spelled) == self.0).then(|| *uuid.as_bytes())
    }
}

impl ToSql for IdIn<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.bytes() {
            Some(bytes) => ToSqlOutput::Owned(Value::Blob(bytes.to_vec())),
            None => ToSqlOutput::Borrowed(ValueRef::Text(self.0.as_bytes())),
        })
    }
}

/// An id on its way out of a column.
pub(crate) struct IdOut(pub(crate) String);

impl FromSql for IdOut {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Text(text) => std::str::from_utf8(text)
                .map(|text| Self(text.to_owned()))
                .map_err(|error| FromSqlError::Other(Box::new(error))),
            ValueRef::Blob(bytes) => Uuid::from_slice(bytes)
                .map(|uuid| {
                    let mut spelled = [0; 36];
                    Self(uuid.hyphenated().encode_lower(&mut spelled).to_owned())
                })
                .map_err(|error| FromSqlError::Other(Box::new(error))),
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => {
                Err(FromSqlError::InvalidType)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_as_it_went_in() {
        let connection = rusqlite::Connection::open_in_memory().expect("memory");
        for id in [
            "01890a5d-ac96-774b-bcce-b302099a8057",
            "01890A5D-AC96-774B-BCCE-B302099A8057",
            "01890a5dac96774bbcceb302099a8057",
            "p.1",
            "123456",
        ] {
            let out: IdOut = connection
                .query_row("SELECT ?1 AS id", [IdIn(id)], |row| row.get("id"))
                .expect("reads back");
            assert_eq!(out.0, id, "the spelling of an id must survive");
        }
    }
}
