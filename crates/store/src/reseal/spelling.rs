//! Bodies spelled out in full again, before a store goes back to a schema that knows no left-out ids.

use haven_model::Timestamp;
use rusqlite::{Connection, named_params};
use sha2::{Digest, Sha256};

use super::{BATCH, again_beside};
use crate::error::{Result, StoreError};
use crate::failpoint;
use crate::link::Link;
use crate::op::{Op, OpKind};
use crate::seal::{Place, Vault};
use crate::store::Store;
use crate::table::resource;
use crate::tx::Tx;

/// The schema from which on sealed bodies may leave out ids.
pub(crate) const LEAVES_OUT: u32 = 19;

/// A table of which bodies may leave out ids, and how one of it is sealed again.
struct Spelled {
    shortened: &'static str,
    again: fn(&mut Tx<'_>, i64) -> Result<()>,
}

/// What a row gives up becomes history, so the history comes last.
const SPELLED: [Spelled; 2] = [
    Spelled {
        shortened: include_str!("shortened_rows.sql"),
        again: row_again,
    },
    Spelled {
        shortened: include_str!("shortened_history.sql"),
        again: history_again,
    },
];

impl Store {
    /// Seals whatever leaves out ids again with all of them, 500 bodies in one transaction; one that is
    /// stopped midway leaves a store that opens as before.
    ///
    /// # Errors
    /// `precondition` when the user holds no key of a class that bodies are of.
    pub(crate) fn spell_out(&self, now: Timestamp) -> Result<()> {
        for table in &SPELLED {
            let mut after = 0;
            loop {
                let numbers = self.snapshot(|reader| next(reader.link, table.shortened, after))?;
                let Some(last) = numbers.last() else {
                    break;
                };
                after = *last;
                let op = Op::new(OpKind::Configure, self.session().user.clone(), now);
                let spelled = self.transact(op, |tx| -> Result<()> {
                    for number in &numbers {
                        (table.again)(tx, *number)?;
                    }
                    Ok(())
                });
                match spelled {
                    Ok(_) => {}
                    Err(StoreError::NotPermitted { .. }) => {
                        return Err(StoreError::precondition(
                            "Bodies of this store have to be sealed again for that schema, and this login holds no key to some of them. Nothing was taken back. Ask somebody whose role reads them, or export the store.",
                        ));
                    }
                    Err(error) => return Err(error),
                }
                failpoint::step("spelling: committed");
            }
        }
        Ok(())
    }
}

/// Refuses while any body leaves out ids: what another window wrote meanwhile.
pub(crate) fn require_whole(connection: &Connection) -> Result<()> {
    let numbers = || named_params! {":after": 0, ":limit": 1};
    for table in &SPELLED {
        if connection.prepare(table.shortened)?.exists(numbers())? {
            return Err(StoreError::precondition(
                "Something was written while the store was taken back. It stands as it was; close every window of it and repeat.",
            ));
        }
    }
    Ok(())
}

fn next(link: &Link, sql: &str, after: i64) -> Result<Vec<i64>> {
    let mut statement = link.connection.prepare_cached(sql)?;
    let numbers = statement.query_map(named_params! {":after": after, ":limit": BATCH}, |row| {
        row.get("number")
    })?;
    Ok(numbers.collect::<rusqlite::Result<Vec<i64>>>()?)
}

fn spelled(link: &Link, vault: &Vault, place: &Place<'_>, sealed: &[u8]) -> Result<Vec<u8>> {
    let bytes = link.open_row(vault, place, sealed)?;
    link.codec.seal(vault, place, &bytes)
}

/// With an audit entry of its new digest, by which `verify --deep` knows it.
fn row_again(tx: &mut Tx<'_>, row_id: i64) -> Result<()> {
    let (link, vault) = (tx.link, tx.vault);
    let Some(row) = resource::by_row_id(link, row_id)? else {
        return Ok(());
    };
    let body = spelled(link, vault, &row.place(), &row.body)?;
    link.connection
        .prepare_cached(include_str!("put_row.sql"))?
        .execute(named_params! {":number": row_id, ":body": body})?;
    let digest = Sha256::digest(&body).into();
    tx.note("reseal", Some(&row.key), Some(row.version), Some(digest))
}

fn history_again(tx: &mut Tx<'_>, number: i64) -> Result<()> {
    let (link, vault) = (tx.link, tx.vault);
    again_beside(
        tx,
        number,
        include_str!("history.sql"),
        include_str!("put_history.sql"),
        |_| Ok("row".to_owned()),
        |place, sealed| spelled(link, vault, place, sealed).map(Some),
    )
    .map(|_| ())
}
