//! By what a device finds out where its charts differ from the hub's.

use std::collections::BTreeMap;

use haven_model::Role;
use haven_model::outline::{
    ChartDigest, DigestRequest, DigestResponse, MAX_DIGEST_CHARTS, VersionName, chart_digest,
};
use rusqlite::{Transaction, named_params};

use super::CursorKey;
use super::pull::{PullError, classes_json};
use crate::hub;
use crate::records::{head_seq, mark_at};

/// Answers the digest of each chart asked for, on one unchanging view of the database.
///
/// # Errors
/// [`PullError::BadRequest`] for too many charts; otherwise when the database fails.
pub fn digest(
    tx: &Transaction<'_>,
    key: &CursorKey,
    role: Role,
    request: &DigestRequest,
) -> Result<DigestResponse, PullError> {
    if request.patients.len() > MAX_DIGEST_CHARTS {
        return Err(PullError::BadRequest("too many patients"));
    }
    let classes = classes_json(role);
    let head = head_seq(tx)?;
    let mut charts = BTreeMap::new();
    for patient in &request.patients {
        let mut statement = tx.prepare_cached(include_str!("../sql/digest_versions.sql"))?;
        let rows = statement.query_map(
            named_params! {":patient": patient, ":classes": classes},
            |row| {
                let (kind, id): (String, String) = (row.get("type")?, row.get("id")?);
                Ok(VersionName {
                    key: format!("{kind}/{id}"),
                    version: row.get::<_, i64>("version")?.to_string(),
                })
            },
        )?;
        let mut versions = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        let digest = chart_digest(&mut versions);
        charts.insert(
            patient.clone(),
            ChartDigest {
                count: u64::try_from(versions.len()).unwrap_or(u64::MAX),
                digest,
                versions: if request.detail { versions } else { Vec::new() },
            },
        );
    }
    Ok(DigestResponse {
        charts,
        cursor: key.make(&hub::epoch(tx)?, head, mark_at(tx, head)?),
    })
}
