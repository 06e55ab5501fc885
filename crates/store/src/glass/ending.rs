//! Ending emergency access before its hour is over, and word of it for the hub.

use haven_model::{ResourceKey, Timestamp};
use rusqlite::{Connection, OptionalExtension, named_params};

use super::{GlassWindow, reviews};
use crate::error::{Result, StoreError};
use crate::link::Link;
use crate::op::{Op, OpKind};
use crate::seal::Vault;
use crate::store::Store;

/// A breaking of the glass that the hub has not taken word of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntoldGlass {
    /// Which one on this device, from 1.
    pub seq: u64,
    /// Who.
    pub actor: String,
    /// The patient's id.
    pub patient: String,
    /// From when.
    pub opened_at: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// When it was ended by hand.
    pub ended_at: Option<Timestamp>,
}

/// Whether the schema has come to where an end is kept.
pub(super) fn are_kept(connection: &Connection) -> Result<bool> {
    Ok(connection
        .prepare_cached(include_str!("ends_are_kept.sql"))?
        .query_row([], |row| row.get("ends_are_kept"))?)
}

/// Closes the glass of this session where it was ended elsewhere; costs nothing while none is open.
pub(crate) fn close_ended(link: &Link, vault: &Vault, now: Timestamp) -> Result<()> {
    let Some(open) = vault.glass.window() else {
        return Ok(());
    };
    let active: Option<GlassWindow> = link
        .connection
        .query_row(
            include_str!("active.sql"),
            named_params! {":actor": vault.session.user, ":now": now.as_millis()},
            |row| {
                Ok(GlassWindow {
                    patient: row.get("patient")?,
                    until: Timestamp(row.get("until")?),
                })
            },
        )
        .optional()?;
    if active.is_none_or(|active| active.patient != open.patient) {
        vault.glass.close();
    }
    Ok(())
}

impl Store {
    /// Ends emergency access now: one's own, all of it or the one numbered `seq`; for those who review,
    /// anyone's. Another session of that login closes at its next write or opening. The audit log
    /// tells; word of it goes to the hub. Answers the numbers that were ended.
    ///
    /// # Errors
    /// `not_found` when none that this login may end is open.
    pub fn end_glass(&self, seq: Option<u64>, now: Timestamp) -> Result<Vec<u64>> {
        let session = self.session();
        let seq = seq.map(|seq| i64::try_from(seq).unwrap_or(i64::MAX));
        let op = Op::new(OpKind::Configure, session.user.clone(), now);
        let (ended, _) = self.transact(op, |tx| -> Result<Vec<u64>> {
            let ended: Vec<(i64, String)> = {
                let mut statement = tx.link.connection.prepare_cached(include_str!("end.sql"))?;
                let rows = statement.query_map(
                    named_params! {
                        ":now": now.as_millis(), ":actor": session.user, ":seq": seq,
                        // Without a number only one's own is meant.
                        ":all": seq.is_some() && reviews(session.role),
                    },
                    |row| Ok((row.get("seq")?, row.get("patient")?)),
                )?;
                rows.collect::<rusqlite::Result<_>>()?
            };
            if ended.is_empty() {
                return Err(StoreError::not_found("emergency access that is open"));
            }
            for (_, patient) in &ended {
                let key = ResourceKey::new("Patient", patient)?;
                tx.note("glass-ended", Some(&key), None, None)?;
            }
            close_ended(tx.link, tx.vault, now)?;
            let numbers = ended
                .into_iter()
                .map(|(seq, _)| u64::try_from(seq).unwrap_or(0));
            Ok(numbers.collect())
        })?;
        Ok(ended)
    }

    /// Emergency access that the hub has not taken word of, oldest first, at most a hundred.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn untold_glass(&self) -> Result<Vec<UntoldGlass>> {
        self.snapshot(|reader| {
            let connection = &reader.link.connection;
            let mut statement = connection.prepare_cached(include_str!("untold.sql"))?;
            let rows = statement.query_map([], |row| {
                Ok(UntoldGlass {
                    seq: u64::try_from(row.get::<_, i64>("seq")?).unwrap_or(0),
                    actor: row.get("actor")?,
                    patient: row.get("patient")?,
                    opened_at: Timestamp(row.get("opened_at")?),
                    until: Timestamp(row.get("until")?),
                    ended_at: row.get::<_, Option<i64>>("ended_at")?.map(Timestamp),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Notes that the hub has taken word of these, as they were sent; one that was ended meanwhile is
    /// told of again.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn glass_told(&self, told: &[UntoldGlass], now: Timestamp) -> Result<()> {
        let op = Op::new(OpKind::Push, self.session().user.clone(), now);
        self.transact(op, |tx| -> Result<()> {
            for one in told {
                tx.link
                    .connection
                    .prepare_cached(include_str!("told.sql"))?
                    .execute(named_params! {
                        ":now": now.as_millis(),
                        ":seq": i64::try_from(one.seq).unwrap_or(i64::MAX),
                        ":ended_at": one.ended_at.map(Timestamp::as_millis),
                    })?;
            }
            Ok(())
        })?;
        Ok(())
    }
}
