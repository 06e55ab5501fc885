//! Trained dictionaries as kept, each sealed under the key of the class it was trained on.

use haven_model::{ResourceKey, SensitivityClass, Timestamp};
use rusqlite::named_params;

use super::code::{class_code, class_of};
use crate::dictionary::Dictionary;
use crate::error::Result;
use crate::link::Link;
use crate::seal::{Place, Vault};

/// A dictionary as it stands in the table, still sealed.
pub(crate) struct Kept {
    pub(crate) no: u16,
    pub(crate) class: SensitivityClass,
    /// How many rows the class had when it was trained.
    pub(crate) rows: u64,
    /// The last row that was looked at for packing anew.
    pub(crate) packed_to: i64,
    body: Vec<u8>,
}

impl Kept {
    /// The content as it is sealed.
    pub(crate) fn sealed(&self) -> &[u8] {
        &self.body
    }
}

fn key_of(no: u16) -> ResourceKey {
    ResourceKey {
        resource_type: "Dictionary".to_owned(),
        id: no.to_string(),
    }
}

fn place(key: &ResourceKey, class: SensitivityClass) -> Place<'_> {
    Place {
        part: "dictionary",
        class,
        key,
        version: 1,
        deleted: false,
    }
}

/// Whether the store's schema has come to where dictionaries are kept; one opened for inspection
/// only is not brought there.
pub(crate) fn are_kept(link: &Link) -> Result<bool> {
    Ok(link
        .connection
        .query_row(include_str!("dictionary/are_kept.sql"), [], |row| {
            row.get("are_kept")
        })?)
}

/// Every trained dictionary, oldest first.
pub(crate) fn all(link: &Link) -> Result<Vec<Kept>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("dictionary/all.sql"))?;
    let mut rows = statement.query([])?;
    let mut kept = Vec::new();
    while let Some(row) = rows.next()? {
        kept.push(Kept {
            no: row.get("no")?,
            class: class_of(row.get("class")?)?,
            rows: u64::try_from(row.get::<_, i64>("rows")?).unwrap_or(0),
            packed_to: row.get("packed_to")?,
            body: row.get("body")?,
        });
    }
    Ok(kept)
}

/// Opens a dictionary for its user.
///
/// # Errors
/// `not_permitted` without the class key; `integrity` when it was altered or moved.
pub(crate) fn open(link: &Link, vault: &Vault, kept: &Kept) -> Result<Dictionary> {
    let key = key_of(kept.no);
    let content = link
        .codec
        .open(vault, &place(&key, kept.class), &kept.body)?;
    Ok(Dictionary::trained(kept.no, kept.class, &content))
}

/// Seals a dictionary again under the present key of its class.
///
/// # Errors
/// As [`open`].
pub(crate) fn transfer(link: &Link, vault: &Vault, kept: &Kept) -> Result<()> {
    let key = key_of(kept.no);
    let body = link
        .codec
        .transfer(vault, &place(&key, kept.class), &kept.body)?;
    link.connection
        .prepare_cached(include_str!("dictionary/reseal.sql"))?
        .execute(named_params! {":no": kept.no, ":body": body})?;
    Ok(())
}

/// Keeps a new dictionary; answers its number, `None` when all numbers are used.
pub(crate) fn insert(
    link: &Link,
    vault: &Vault,
    class: SensitivityClass,
    content: &[u8],
    rows: u64,
    now: Timestamp,
) -> Result<Option<u16>> {
    let no: i64 = link
        .connection
        .prepare_cached(include_str!("dictionary/next.sql"))?
        .query_row([], |row| row.get("no"))?;
    let Ok(no) = u16::try_from(no) else {
        return Ok(None);
    };
    let key = key_of(no);
    let body = link
        .codec
        .seal_plainly(vault, &place(&key, class), content)?;
    link.connection
        .prepare_cached(include_str!("dictionary/insert.sql"))?
        .execute(named_params! {
            ":no": no,
            ":class": class_code(class),
            ":rows": i64::try_from(rows).unwrap_or(i64::MAX),
            ":trained_at": now.as_millis(),
            ":body": body,
        })?;
    Ok(Some(no))
}

/// Notes how far rows were looked at for packing anew.
pub(crate) fn set_packed_to(link: &Link, no: u16, row_id: i64) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("dictionary/set_packed_to.sql"))?
        .execute(named_params! {":no": no, ":packed_to": row_id})?;
    Ok(())
}

/// Numbers and classes of the rows behind `after`, at most `limit`.
pub(crate) fn rows_behind(
    link: &Link,
    after: i64,
    limit: u32,
) -> Result<Vec<(i64, SensitivityClass)>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("dictionary/behind.sql"))?;
    let mut rows = statement.query(named_params! {":after": after, ":limit": limit})?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((row.get("row_id")?, class_of(row.get("class")?)?));
    }
    Ok(found)
}

/// Writes the same body, packed and sealed anew.
pub(crate) fn put_body(link: &Link, row_id: i64, body: &[u8]) -> Result<()> {
    link.connection
        .prepare_cached(include_str!("dictionary/put_body.sql"))?
        .execute(named_params! {":row_id": row_id, ":body": body})?;
    Ok(())
}
