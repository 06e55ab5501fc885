//! Sealing again, under the present key of its class, whatever an earlier one sealed.
//!
//! Invariant: `reseal/bodies.sql` and [`Stage`] name every table that holds bodies sealed under class
//! keys; a key is destroyed only when that query finds nothing under it.

pub(crate) mod spelling;

use std::collections::HashMap;

use haven_model::{ResourceKey, SensitivityClass, Timestamp};
use rusqlite::{Connection, named_params};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{Result, StoreError};
use crate::facts::Facts;
use crate::failpoint;
use crate::keys::{GrantKind, Held, KeyFile, RotatedKey, Secret, generation};
use crate::link::Link;
use crate::op::{Op, OpKind};
use crate::seal::{Place, Vault};
use crate::store::Store;
use crate::table::code::{IdOut, class_code, class_of};
use crate::table::discarded::part_name;
use crate::table::resource::{self, Row, select_rows};
use crate::table::{dictionary, term};
use crate::tx::Tx;

/// Bodies sealed again in one transaction, at most.
///
/// The tests take few, so that they have several transactions to be killed between.
const BATCH: u32 = if cfg!(test) { 16 } else { 500 };

/// How far a driver has come; in memory only, as starting over costs one reading of the tables.
#[derive(Clone, Debug, Default)]
pub struct Reseal {
    stage: Stage,
    after: i64,
    epoch: i64,
}

impl Reseal {
    /// Whether no step was made yet.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.epoch == 0
    }
}

/// What one step did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ResealStep {
    /// Bodies sealed again.
    pub resealed: u64,
    /// Keys of which no grant is left.
    pub destroyed: Vec<RotatedKey>,
    /// Whether nothing is left to do for this login.
    pub done: bool,
}

/// The tables, in the order in which they are walked: what moves from the rows into the history while
/// the rows are walked is found when the history is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Rows,
    Bases,
    Flights,
    Parts,
    Escalations,
    History,
    Discarded,
    Attachments,
    Dictionaries,
    Done,
}

impl Stage {
    fn next(self) -> Self {
        match self {
            Self::Rows => Self::Bases,
            Self::Bases => Self::Flights,
            Self::Flights => Self::Parts,
            Self::Parts => Self::Escalations,
            Self::Escalations => Self::History,
            Self::History => Self::Discarded,
            Self::Discarded => Self::Attachments,
            Self::Attachments => Self::Dictionaries,
            Self::Dictionaries | Self::Done => Self::Done,
        }
    }

    /// The numbers of those whose body an earlier key sealed, past `:after`.
    fn stale_sql(self) -> Option<&'static str> {
        match self {
            Self::Rows => Some(include_str!("reseal/stale_rows.sql")),
            Self::Bases => Some(include_str!("reseal/stale_bases.sql")),
            Self::Flights => Some(include_str!("reseal/stale_flights.sql")),
            Self::Parts => Some(include_str!("reseal/stale_parts.sql")),
            Self::Escalations => Some(include_str!("reseal/stale_escalations.sql")),
            Self::History => Some(include_str!("reseal/stale_history.sql")),
            Self::Discarded => Some(include_str!("reseal/stale_discarded.sql")),
            Self::Attachments => Some(include_str!("reseal/stale_attachments.sql")),
            Self::Dictionaries => Some(include_str!("reseal/stale_dictionaries.sql")),
            Self::Done => None,
        }
    }
}

impl Store {
    /// Seals up to 500 bodies again in one transaction, and destroys the keys that nothing is left
    /// under. Call it until it is done; reading and writing go on meanwhile.
    ///
    /// # Errors
    /// `integrity` when a body does not open; it then stays as it is, and so does its key.
    pub fn reseal(&self, progress: &mut Reseal, now: Timestamp) -> Result<ResealStep> {
        let held = self.catch_up()?;
        if progress.epoch != held.known.epoch {
            *progress = Reseal {
                epoch: held.known.epoch,
                ..Reseal::default()
            };
        }
        while progress.stage != Stage::Done {
            let stale = self.snapshot(|reader| stale(reader.link, &held, progress))?;
            let Some(last) = stale.last() else {
                progress.stage = progress.stage.next();
                progress.after = 0;
                continue;
            };
            let op = Op::new(OpKind::Configure, self.session().user.clone(), now);
            let stage = progress.stage;
            let (resealed, _) = self.transact(op, |tx| -> Result<u64> {
                let mut resealed = 0;
                for number in &stale {
                    resealed += reseal_one(tx, stage, *number)?;
                }
                failpoint::step("reseal: before commit");
                Ok(resealed)
            })?;
            failpoint::step("reseal: committed");
            progress.after = *last;
            return Ok(ResealStep {
                resealed,
                ..ResealStep::default()
            });
        }
        Ok(ResealStep {
            resealed: 0,
            destroyed: self.destroy_unused(&held, now)?,
            done: true,
        })
    }

    /// Destroys the grants of earlier keys of held classes that nothing is sealed under any more.
    fn destroy_unused(&self, held: &Held, now: Timestamp) -> Result<Vec<RotatedKey>> {
        let unused = |connection: &Connection| -> Result<Vec<RotatedKey>> {
            let candidates: Vec<_> = generation::all(connection)?
                .into_iter()
                .filter(|one| {
                    one.destroyed_at.is_none()
                        && held.holds(one.class)
                        && held.known.generation(one.class) > Some(one.number)
                })
                .collect();
            if candidates.is_empty() {
                return Ok(Vec::new());
            }
            let bodies = bodies(connection)?;
            Ok(candidates
                .into_iter()
                .filter(|one| !bodies.contains_key(&(one.class, one.number)))
                .map(|one| RotatedKey {
                    class: one.class,
                    generation: one.number,
                })
                .collect())
        };
        if self
            .snapshot(|reader| unused(&reader.link.connection))?
            .is_empty()
        {
            return Ok(Vec::new());
        }
        let op = Op::new(OpKind::Configure, self.session().user.clone(), now);
        let (destroyed, _) = self.transact(op, |tx| -> Result<Vec<RotatedKey>> {
            // Asked again where nobody can write: a key is gone for good.
            let destroyed = unused(&tx.link.connection)?;
            let mut file = KeyFile::read(tx.vault.dir())?;
            for key in &destroyed {
                generation::destroy(&tx.link.connection, key.class, key.generation, now)?;
                let action = format!("destroy-key:{}:{}", key.class.as_str(), key.generation);
                tx.note(&action, None, None, None)?;
            }
            file.drop_grants(|kind| match kind {
                GrantKind::Class(class, number) | GrantKind::Glass(class, number) => destroyed
                    .iter()
                    .any(|key| key.class == class && key.generation == number),
                GrantKind::Store(_)
                | GrantKind::Audit
                | GrantKind::Blind(_)
                | GrantKind::Note(_)
                | GrantKind::RecoveryWords => false,
            });
            failpoint::step("destroy: before keys.json");
            let mark = file.write(tx.vault.dir(), &tx.vault.keys.ring.audit)?;
            mark.record(&tx.link.connection)?;
            failpoint::step("destroy: keys.json written");
            Ok(destroyed)
        })?;
        failpoint::step("destroy: committed");
        Ok(destroyed)
    }
}

/// How many bodies each generation of each class has sealed and still holds.
pub(crate) fn bodies(connection: &Connection) -> Result<HashMap<(SensitivityClass, u16), u64>> {
    let mut statement = connection.prepare_cached(include_str!("reseal/bodies.sql"))?;
    let mut rows = statement.query([])?;
    let mut found = HashMap::new();
    while let Some(row) = rows.next()? {
        let class = class_of(row.get("class")?)?;
        let generation: Vec<u8> = row.get("generation")?;
        let Ok(generation) = <[u8; 2]>::try_from(generation.as_slice()) else {
            return Err(StoreError::integrity("a sealed body is cut short"));
        };
        let n = u64::try_from(row.get::<_, i64>("n")?).unwrap_or(0);
        found.insert((class, u16::from_be_bytes(generation)), n);
    }
    Ok(found)
}

/// The next numbers of the stage's table whose body is to be sealed again by this login.
fn stale(link: &Link, held: &Held, progress: &Reseal) -> Result<Vec<i64>> {
    let Some(sql) = progress.stage.stale_sql() else {
        return Ok(Vec::new());
    };
    let current = |class| held.known.generation(class).unwrap_or(1).to_be_bytes();
    let bits: i64 = SensitivityClass::ALL
        .into_iter()
        .filter(|class| held.class_key(*class).is_some())
        .map(|class| 1 << class_code(class))
        .sum();
    let mut statement = link.connection.prepare_cached(sql)?;
    let numbers = statement.query_map(
        named_params! {
            ":after": progress.after,
            ":held": bits,
            ":core": current(SensitivityClass::Core),
            ":clinical": current(SensitivityClass::Clinical),
            ":sensitive": current(SensitivityClass::Sensitive),
            ":admin": current(SensitivityClass::Admin),
            ":limit": BATCH,
        },
        |row| row.get("number"),
    )?;
    Ok(numbers.collect::<rusqlite::Result<Vec<i64>>>()?)
}

/// Seals again what has that number, if it is still there; answers how many bodies that was.
fn reseal_one(tx: &mut Tx<'_>, stage: Stage, number: i64) -> Result<u64> {
    match stage {
        Stage::Rows => reseal_row(tx, number),
        Stage::Bases => reseal_beside(
            tx,
            number,
            include_str!("reseal/base.sql"),
            include_str!("reseal/put_base.sql"),
            |_| Ok("base".to_owned()),
        ),
        Stage::Flights => reseal_beside(
            tx,
            number,
            include_str!("reseal/flight.sql"),
            include_str!("reseal/put_flight.sql"),
            |_| Ok("flight".to_owned()),
        ),
        Stage::Parts => reseal_beside(
            tx,
            number,
            include_str!("reseal/parts.sql"),
            include_str!("reseal/put_part.sql"),
            |row| {
                let (id, part): (String, String) = (row.get("conflict_id")?, row.get("part")?);
                Ok(format!("conflict:{id}:{part}"))
            },
        ),
        Stage::Escalations => reseal_beside(
            tx,
            number,
            include_str!("reseal/escalation.sql"),
            include_str!("reseal/put_escalation.sql"),
            |row| {
                let (id, part): (String, String) = (row.get("conflict_id")?, row.get("part")?);
                Ok(format!("escalation:{id}:{part}"))
            },
        ),
        Stage::History => reseal_beside(
            tx,
            number,
            include_str!("reseal/history.sql"),
            include_str!("reseal/put_history.sql"),
            |_| Ok("row".to_owned()),
        ),
        Stage::Discarded => reseal_beside(
            tx,
            number,
            include_str!("reseal/discarded.sql"),
            include_str!("reseal/put_discarded.sql"),
            |row| Ok(part_name(number, &row.get::<_, String>("name")?)),
        ),
        Stage::Attachments => crate::attachment::reseal_chunk(tx, number),
        Stage::Dictionaries => reseal_dictionary(tx, number),
        Stage::Done => Ok(0),
    }
}

/// Whether a body is sealed under another key than the present one of its class.
pub(crate) fn is_stale(vault: &Vault, class: SensitivityClass, body: &[u8]) -> bool {
    let present = vault.held().known.generation(class).map(u16::to_be_bytes);
    body.get(1..3) != present.as_ref().map(<[u8; 2]>::as_slice)
}

/// A live row gets an audit entry with its new digest, by which `verify --deep` knows it.
fn reseal_row(tx: &mut Tx<'_>, row_id: i64) -> Result<u64> {
    let (link, vault) = (tx.link, tx.vault);
    let Some(row) = resource::by_row_id(link, row_id)? else {
        return Ok(0);
    };
    if !is_stale(vault, row.class, &row.body) {
        return Ok(0);
    }
    let body = link.transfer_row(vault, &row.place(), &row.body)?;
    link.connection
        .prepare_cached(include_str!("reseal/put_row.sql"))?
        .execute(named_params! {":number": row_id, ":body": body})?;
    let digest = Sha256::digest(&body).into();
    tx.note("reseal", Some(&row.key), Some(row.version), Some(digest))?;
    Ok(1)
}

fn reseal_dictionary(tx: &mut Tx<'_>, number: i64) -> Result<u64> {
    let (link, vault) = (tx.link, tx.vault);
    let found = dictionary::all(link)?
        .into_iter()
        .find(|kept| i64::from(kept.no) == number);
    match found {
        Some(kept) if is_stale(vault, kept.class, kept.sealed()) => {
            dictionary::transfer(link, vault, &kept)?;
            Ok(1)
        }
        Some(_) | None => Ok(0),
    }
}

/// Transfers what an earlier key sealed beside the rows.
fn reseal_beside(
    tx: &mut Tx<'_>,
    number: i64,
    get: &str,
    put: &str,
    part: impl Fn(&rusqlite::Row<'_>) -> Result<String>,
) -> Result<u64> {
    let (link, vault) = (tx.link, tx.vault);
    again_beside(tx, number, get, put, part, |place, sealed| {
        if !is_stale(vault, place.class, sealed) {
            return Ok(None);
        }
        link.transfer_row(vault, place, sealed).map(Some)
    })
}

/// Puts in place of each body under a number what `again` makes of it, if anything. Of some tables a
/// number stands for several bodies: the parts of one conflict.
fn again_beside(
    tx: &mut Tx<'_>,
    number: i64,
    get: &str,
    put: &str,
    part: impl Fn(&rusqlite::Row<'_>) -> Result<String>,
    again: impl Fn(&Place<'_>, &[u8]) -> Result<Option<Vec<u8>>>,
) -> Result<u64> {
    let link = tx.link;
    let mut sealed_again = Vec::new();
    let mut statement = link.connection.prepare_cached(get)?;
    let mut rows = statement.query(named_params! {":number": number})?;
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get("body")?;
        let key = ResourceKey {
            resource_type: link.words.text(&link.connection, row.get("type_no")?)?,
            id: row.get::<_, IdOut>("id")?.0,
        };
        let part = part(row)?;
        let place = Place {
            part: &part,
            class: class_of(row.get("class")?)?,
            key: &key,
            version: row.get("version")?,
            deleted: row.get("deleted")?,
        };
        if let Some(body) = again(&place, &body)? {
            let name: String = row.get("name")?;
            sealed_again.push((name, body));
        }
    }
    let mut statement = link.connection.prepare_cached(put)?;
    for (name, body) in &sealed_again {
        statement.execute(named_params! {":number": number, ":name": name, ":body": body})?;
    }
    Ok(sealed_again.len() as u64)
}

/// Writes the blind terms of every live sensitive resource anew, under another key.
pub(crate) fn blind_anew(link: &Link, vault: &Vault, key: &Secret) -> Result<()> {
    let mut rows: Vec<Row> = Vec::new();
    resource::each(
        link,
        select_rows!("reseal/live_sensitive.sql"),
        named_params! {":class": class_code(SensitivityClass::Sensitive)},
        |row| -> Result<()> {
            rows.push(row);
            Ok(())
        },
    )?;
    for row in rows {
        let Some(resource) = row.open(link, vault)? else {
            continue;
        };
        term::blind_anew(link, vault, row.row_id, &Facts::of(&resource)?.terms, key)?;
    }
    Ok(())
}
