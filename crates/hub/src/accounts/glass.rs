//! Word of emergency access on the devices, for whoever watches over the clinic.
//!
//! Invariant: what a device has told is never taken back by it; only an end is added.

use haven_model::wire::GlassAlert;
use haven_model::{ResourceKey, Timestamp};
use rusqlite::{Transaction, named_params};
use serde::Serialize;

use super::check_name;
use crate::error::{HubError, Result};

/// More in one push than a device can have had since the one before is nonsense.
const MOST_AT_ONCE: usize = 1_000;

/// One breaking of the glass, as the hub keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GlassAlertKept {
    /// The device it happened on.
    pub device: String,
    /// That device's name for people.
    pub device_name: String,
    /// Which one on that device, from 1.
    pub seq: u64,
    /// Who.
    pub actor: String,
    /// The patient's id.
    pub patient: String,
    /// From when, RFC 3339, by the device's clock.
    pub opened_at: String,
    /// Until when, RFC 3339.
    pub until: String,
    /// When it was ended by hand, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// When the hub heard of it first, RFC 3339.
    pub received_at: String,
}

/// Takes word of emergency access on an enrolled device; answers the numbers that need not be sent
/// again. What cannot be read is taken for heard too, with a warning: sending it again would not help.
///
/// # Errors
/// When the database fails.
pub fn take(
    tx: &Transaction<'_>,
    device_id: &str,
    alerts: &[GlassAlert],
    now: Timestamp,
) -> Result<Vec<u64>> {
    let mut taken = Vec::new();
    for alert in alerts.iter().take(MOST_AT_ONCE) {
        match read(alert) {
            Some(row) => {
                tx.prepare_cached(include_str!("../sql/glass_take.sql"))?
                    .execute(named_params! {
                        ":device_id": device_id, ":seq": row.seq, ":actor": alert.actor,
                        ":patient": alert.patient, ":opened_at": row.opened_at,
                        ":until": row.until, ":ended_at": row.ended_at,
                        ":now": now.as_millis(),
                    })?;
            }
            None => tracing::warn!(device_id, "word of emergency access that cannot be read"),
        }
        taken.push(alert.seq);
    }
    if !taken.is_empty() {
        tracing::warn!(
            device_id,
            count = taken.len(),
            "emergency access on a device"
        );
    }
    Ok(taken)
}

struct Read {
    seq: i64,
    opened_at: i64,
    until: i64,
    ended_at: Option<i64>,
}

fn read(alert: &GlassAlert) -> Option<Read> {
    let millis = |text: &str| Timestamp::parse(text).map(Timestamp::as_millis);
    let ended_at = match &alert.ended_at {
        Some(text) => Some(millis(text)?),
        None => None,
    };
    let named =
        check_name(&alert.actor).is_ok() && ResourceKey::new("Patient", &alert.patient).is_ok();
    named.then_some(Read {
        seq: i64::try_from(alert.seq).ok().filter(|seq| *seq > 0)?,
        opened_at: millis(&alert.opened_at)?,
        until: millis(&alert.until)?,
        ended_at,
    })
}

/// Every one that was heard of, the latest first.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &Transaction<'_>) -> Result<Vec<GlassAlertKept>> {
    let mut statement = tx.prepare_cached(include_str!("../sql/glass_list.sql"))?;
    let rows = statement.query_map([], |row| {
        let instant =
            |name: &str| -> rusqlite::Result<String> { Ok(Timestamp(row.get(name)?).to_instant()) };
        Ok(GlassAlertKept {
            device: row.get("device_id")?,
            device_name: row.get("device_name")?,
            seq: u64::try_from(row.get::<_, i64>("seq")?).unwrap_or(0),
            actor: row.get("actor")?,
            patient: row.get("patient")?,
            opened_at: instant("opened_at")?,
            until: instant("until")?,
            ended_at: row
                .get::<_, Option<i64>>("ended_at")?
                .map(|at| Timestamp(at).to_instant()),
            received_at: instant("received_at")?,
        })
    })?;
    rows.collect::<rusqlite::Result<_>>()
        .map_err(HubError::from)
}
