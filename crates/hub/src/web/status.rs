//! `/healthz`, `/readyz` and `/metrics`: no sign-in, no patient data.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Json, Response};
use haven_model::wire::Health;
use rusqlite::Transaction;

use super::ApiError;
use super::metrics::{Number, exposition};
use crate::conflicts;
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
    let text = exposition(&numbers(&hub).await?);
    Ok((
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
        .into_response())
}

/// What was counted since the process started, then what the database holds now.
pub(super) async fn numbers(hub: &Hub) -> Result<Vec<Number>> {
    let now = hub.now();
    let mut numbers = hub.counters().numbers();
    let gauges = hub
        .blocking(move |hub| {
            hub.database().read(|tx| -> Result<_> {
                let mut gauges = gauges(tx)?;
                gauges.extend(conflicts::measure(tx, now)?);
                Ok(gauges)
            })
        })
        .await?;
    numbers.extend(gauges);
    Ok(numbers)
}

fn gauges(tx: &Transaction<'_>) -> Result<Vec<Number>> {
    let gauges = tx
        .prepare_cached(include_str!("../sql/gauges.sql"))?
        .query_row([], |row| {
            let gauge = |column, name, help| {
                row.get::<_, i64>(column)
                    .map(|n| Number::gauge(name, help, u64::try_from(n).unwrap_or(0)))
            };
            Ok(vec![
                gauge(
                    "resources",
                    "haven_hub_resources",
                    "Resources held, not deleted.",
                )?,
                gauge(
                    "versions",
                    "haven_hub_versions",
                    "Versions held, tombstones included.",
                )?,
                gauge("devices", "haven_hub_devices", "Devices that may sync.")?,
                gauge(
                    "revoked_devices",
                    "haven_hub_devices_revoked",
                    "Devices shut out.",
                )?,
                gauge(
                    "waiting",
                    "haven_hub_devices_waiting_changes",
                    "Changes that wait on devices, as each said at its last contact.",
                )?,
            ])
        })?;
    Ok(gauges)
}
