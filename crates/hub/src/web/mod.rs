//! HTTP: the router, and what every request passes through.

mod accounts;
mod admin;
mod attachments;
mod body;
mod conflicts;
mod errors;
mod gate;
mod metrics;
mod server;
mod socket;
mod status;
mod sync;

use axum::Router;
use axum::routing::{any, delete, get, post};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::decompression::RequestDecompressionLayer;

pub(crate) use body::{MAX_BODY_BYTES, media_type, read_body};
pub(crate) use errors::{ApiError, Code};
pub(crate) use gate::bearer;
pub(crate) use metrics::{Counters, Number};
pub use server::{RunningHub, serve, spawn};

use crate::fhir;
use crate::hub::Hub;

/// Every route of a hub.
pub fn router(hub: Hub) -> Router {
    Router::new()
        .route("/api/v2/sync/pull", post(sync::pull))
        .route("/api/v2/sync/push", post(sync::push))
        .route("/api/v2/sync/outline", post(sync::outline))
        .route("/api/v2/sync/digest", post(sync::digest))
        .route(
            "/api/v2/conflicts",
            post(conflicts::escalate).get(conflicts::list),
        )
        .route("/api/v2/conflicts/changes", post(conflicts::changes))
        .route("/api/v2/conflicts/{id}", get(conflicts::show))
        .route("/api/v2/conflicts/{id}/{act}", post(conflicts::act))
        .route(
            "/api/v2/attachments/{id}",
            post(attachments::offer)
                .put(attachments::take)
                .get(attachments::give),
        )
        .route("/auth/token", post(accounts::token))
        .route("/auth/refresh", post(accounts::refresh))
        .route("/.well-known/jwks.json", get(accounts::key_set))
        .route("/devices", post(accounts::enrol).get(accounts::devices))
        .route("/alerts", get(accounts::alerts))
        .route("/devices/{id}", delete(accounts::revoke))
        .route(fhir::ROOT, any(fhir::handle))
        .route(&format!("{}/", fhir::ROOT), any(fhir::handle))
        .route(&format!("{}/{{*rest}}", fhir::ROOT), any(fhir::handle))
        .route("/healthz", get(status::healthz))
        .route("/readyz", get(status::readyz))
        .route("/metrics", get(status::metrics))
        .route("/ws/changes", get(socket::changes))
        .route("/ws/metrics", get(socket::metrics))
        .route("/admin", get(admin::page))
        .route("/admin/style.css", get(admin::style))
        .route("/admin/sign-in", post(admin::sign_in))
        .route("/admin/sign-out", post(admin::sign_out))
        .method_not_allowed_fallback(errors::method_not_allowed)
        .fallback(errors::no_route)
        .layer(RequestDecompressionLayer::new())
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(axum::middleware::from_fn_with_state(
            gate::Gate::new(),
            gate::pass,
        ))
        .with_state(hub)
}
