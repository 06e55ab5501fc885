//! `/healthz`, `/readyz` and `/metrics`: no sign-in, no patient data.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Json, Response};
use haven_model::wire::Health;
use rusqlite::Transaction;

use super::ApiError;
use super::metrics::Gauges;
use crate::error::Result;
use crate::hub::{self, Hub};

pub(super) async fn healthz(State(hub): State<Hub>) -> Result<Json<Health>, ApiError> {
    health(&hub).await.map(Json)
}

/// Ready is: the writer answers too.
pub(super) async fn readyz(State(hub): State<Hub>) -> Result<Json<Health>, ApiError> {
    hub.blocking(|hub| hub.database().write(|_| Ok::<_, crate::HubError>(())))
        .await?;
    health(&hub).await.map(Json)
}

async fn health(hub: &Hub) -> Result<Health, ApiError> {
    let epoch = hub.blocking(|hub| hub.database().read(hub::epoch)).await?;
    Ok(Health {
        status: "ok".to_owned(),
        hub_id: hub.id().to_owned(),
        epoch,
        time: hub.now().to_instant(),
    })
}

pub(super) async fn metrics(State(hub): State<Hub>) -> Result<Response, ApiError> {
    let gauges = hub.blocking(|hub| hub.database().read(gauges)).await?;
    let text = hub.counters().exposition(&gauges);
    Ok((
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
        .into_response())
}

fn gauges(tx: &Transaction<'_>) -> Result<Gauges> {
    let gauges = tx
        .prepare_cached(include_str!("../sql/gauges.sql"))?
        .query_row([], |row| {
            let count = |name| {
                row.get::<_, i64>(name)
                    .map(|n| u64::try_from(n).unwrap_or(0))
            };
            Ok(Gauges {
                resources: count("resources")?,
                versions: count("versions")?,
                devices: count("devices")?,
                revoked_devices: count("revoked_devices")?,
            })
        })?;
    Ok(gauges)
}
