//! Keeping the indexes of search in step with the rows, and making them for rows that came before.

use crate::error::{ErrorCode, Result};
use crate::facts::Facts;
use crate::link::Link;
use crate::seal::Vault;
use crate::table::resource::{self, Row};
use crate::table::{search_date, search_pending, term};
use crate::tx::Tx;

/// How many rows one transaction of [`Tx::index_waiting`] takes.
const BATCH: u32 = 500;

/// Moves a row's entries in every search index from what it was to what it is; `None` is a row that
/// is not there, or a tombstone.
pub(crate) fn replace(
    link: &Link,
    vault: &Vault,
    row: &Row,
    old: Option<&Facts>,
    new: Option<&Facts>,
) -> Result<()> {
    move_entries(link, vault, row, old, new)?;
    // What was never indexed had none of what both have in common.
    if old.is_some() && search_pending::take(&link.connection, row.row_id)? {
        move_entries(link, vault, row, None, new)?;
    }
    Ok(())
}

fn move_entries(
    link: &Link,
    vault: &Vault,
    row: &Row,
    old: Option<&Facts>,
    new: Option<&Facts>,
) -> Result<()> {
    term::replace(
        link,
        vault,
        row.row_id,
        old.map(|facts| (facts.class, &facts.terms)),
        new.map(|facts| (facts.class, &facts.terms)),
    )?;
    search_date::replace(link, &row.key.resource_type, row.row_id, old, new)
}

/// Whether there are rows to index that this user may read.
pub(crate) fn waits_to_be_indexed(link: &Link, vault: &Vault) -> Result<bool> {
    Ok(!search_pending::page(&link.connection, vault.readable_bits(), 0, 1)?.is_empty())
}

impl Tx<'_> {
    /// Indexes the next rows that wait and that the user may read; answers the last of them.
    ///
    /// Each batch is a transaction of its own, so that it goes on where it stopped. What does not
    /// open goes on waiting: every search looks at it, and says so.
    pub(crate) fn index_waiting(&mut self, after: i64) -> Result<Option<i64>> {
        let (link, vault) = (self.link, self.vault);
        let readable = vault.readable_bits();
        let waiting = search_pending::page(&link.connection, readable, after, BATCH)?;
        for row_id in &waiting {
            if let Some(row) = resource::by_row_id(link, *row_id)? {
                match row.open(link, vault) {
                    Ok(None) => {}
                    Ok(Some(resource)) => {
                        move_entries(link, vault, &row, None, Some(&Facts::of(&resource)?))?;
                    }
                    Err(error) if error.code() == ErrorCode::Integrity => continue,
                    Err(error) => return Err(error),
                }
            }
            search_pending::take(&link.connection, *row_id)?;
        }
        Ok(waiting.last().copied())
    }
}
