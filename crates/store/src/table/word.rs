//! Recurring words, kept once; and clocks, whose nodes are such words.

use std::cell::RefCell;
use std::collections::HashMap;

use haven_model::VectorClock;
use rusqlite::{Connection, OptionalExtension, named_params};

use crate::error::{Result, StoreError};

/// Words known to one connection.
///
/// Invariant: forgotten when a transaction rolls back, as it may have held words of it.
#[derive(Default)]
pub(crate) struct Words {
    numbers: RefCell<HashMap<String, i64>>,
    texts: RefCell<HashMap<i64, String>>,
}

impl Words {
    pub(crate) fn forget(&self) {
        self.numbers.borrow_mut().clear();
        self.texts.borrow_mut().clear();
    }

    fn remember(&self, number: i64, text: &str) {
        self.numbers.borrow_mut().insert(text.to_owned(), number);
        self.texts.borrow_mut().insert(number, text.to_owned());
    }

    /// The number of a word, where it has one.
    pub(crate) fn find(&self, connection: &Connection, text: &str) -> Result<Option<i64>> {
        if let Some(number) = self.numbers.borrow().get(text) {
            return Ok(Some(*number));
        }
        let number: Option<i64> = connection
            .prepare_cached(include_str!("word/find.sql"))?
            .query_row(named_params! {":text": text}, |row| row.get("no"))
            .optional()?;
        if let Some(number) = number {
            self.remember(number, text);
        }
        Ok(number)
    }

    /// The number of a word, given one now where it has none.
    pub(crate) fn intern(&self, connection: &Connection, text: &str) -> Result<i64> {
        if let Some(number) = self.find(connection, text)? {
            return Ok(number);
        }
        connection
            .prepare_cached(include_str!("word/insert.sql"))?
            .execute(named_params! {":text": text})?;
        let number = connection.last_insert_rowid();
        self.remember(number, text);
        Ok(number)
    }

    /// The word of a number.
    pub(crate) fn text(&self, connection: &Connection, number: i64) -> Result<String> {
        if let Some(text) = self.texts.borrow().get(&number) {
            return Ok(text.clone());
        }
        let text: String = connection
            .prepare_cached(include_str!("word/text.sql"))?
            .query_row(named_params! {":no": number}, |row| row.get("text"))
            .optional()?
            .ok_or_else(|| StoreError::integrity("a row names a word that is not there"))?;
        self.remember(number, &text);
        Ok(text)
    }

    /// A clock as pairs of node number and count.
    pub(crate) fn pack_clock(
        &self,
        connection: &Connection,
        clock: &VectorClock,
    ) -> Result<Vec<u8>> {
        let mut packed = Vec::new();
        for (node, count) in clock.entries() {
            let number = self.intern(connection, node)?;
            push_varint(&mut packed, u64::try_from(number).unwrap_or(0));
            push_varint(&mut packed, count);
        }
        Ok(packed)
    }

    /// The clock of such pairs.
    pub(crate) fn unpack_clock(
        &self,
        connection: &Connection,
        packed: &[u8],
    ) -> Result<VectorClock> {
        let broken = || StoreError::integrity("a row holds a vector clock that cannot be read");
        let mut entries = Vec::new();
        let mut rest = packed;
        while !rest.is_empty() {
            let number = take_varint(&mut rest).ok_or_else(broken)?;
            let count = take_varint(&mut rest).ok_or_else(broken)?;
            let number = i64::try_from(number).map_err(|_| broken())?;
            entries.push((self.text(connection, number)?, count));
        }
        Ok(entries.into_iter().collect())
    }
}

pub(crate) fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).unwrap_or(0) | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or(0));
}

pub(crate) fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_of_any_size_comes_back() {
        let mut connection = Connection::open_in_memory().expect("memory");
        crate::migration::migrate(&mut connection, 1, haven_model::Timestamp(0)).expect("schema");
        let words = Words::default();
        let clock: VectorClock = [
            ("hub".to_owned(), 300),
            ("a".to_owned(), 1),
            ("b".to_owned(), u64::MAX),
        ]
        .into_iter()
        .collect();
        let packed = words.pack_clock(&connection, &clock).expect("packs");
        let fresh = Words::default();
        assert_eq!(
            fresh.unpack_clock(&connection, &packed).expect("unpacks"),
            clock
        );
        assert!(
            words.unpack_clock(&connection, &packed[..1]).is_err(),
            "half a pair is damage"
        );
    }
}
